"""Filters on lists and maps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.limits import MAX_NODES, checked_items, checked_size
from engine.expression.order import hash_ordered
from engine.expression.text import java_text
from engine.expression.value import Long, class_name, copied, identity, is_list, is_map, is_number, kind
from engine.model.json import Json


def chunk(value: Json, size: Json) -> Json:
    """Cut a list into lists of a size; the last one may be shorter.

    size: items of each list

    `{{ [1,2,3,4,5] | chunk(2) }}` -> `[[1,2],[3,4],[5]]`
    """
    if value is None:
        return None
    items, step = expect.items(value, "chunk"), expect.whole(size, "chunk", "size")
    if step < 1:
        raise ExpressionError(f"`chunk` needs a size of 1 or more, not {step}")
    return [items[at : at + step] for at in range(0, len(items), step)]


def distinct(value: Json) -> Json:
    """Remove items that were there before; the order stays.

    `{{ [1,1,2] | distinct }}` -> `[1,2]`
    """
    if value is None:
        return None
    budget = [MAX_NODES]
    kept: dict[Json, Json] = {}
    for item in expect.items(value, "distinct"):
        kept.setdefault(identity(item, budget), item)
    return list(kept.values())


def first(value: Json) -> Json:
    """Return the first item of a list, or the first character of a text.

    `{{ [4,5] | first }}` -> `4`
    `{{ 'abc' | first }}` -> `a`
    `{{ [] | first }}` -> ``
    """
    return _end(value, 0, "first")


def last(value: Json) -> Json:
    """Return the last item of a list, or the last character of a text.

    `{{ [4,5] | last }}` -> `5`
    """
    return _end(value, -1, "last")


def flatten(value: Json) -> Json:
    """Put the items of inner lists into the outer one; one level.

    `{{ [[1],[2,3],4] | flatten }}` -> `[1,2,3,4]`
    `{{ [[1],[2,[3]]] | flatten }}` -> `[1,2,[3]]`
    """
    if value is None:
        return None
    flat: list[Json] = []
    for item in expect.items(value, "flatten"):
        flat.extend(item) if is_list(item) else flat.append(item)
        checked_items(len(flat))
    return flat


def join(value: Json, separator: Json = "") -> Json:
    """Put the items of a list together as one text; null becomes `null`.

    separator: what stands between two items

    `{{ ['a','b'] | join('-') }}` -> `a-b`
    `{{ [null,1] | join(',') }}` -> `null,1`
    """
    if value is None:
        return None
    mark = "" if separator is None else java_text(separator)
    parts = [java_text(item) for item in expect.items(value, "join")]
    checked_size(sum(map(len, parts)) + len(mark) * len(parts))
    return mark.join(parts)


def keys(value: Json) -> Json:
    """Return the keys of a map, or the indexes of a list.

    `{{ {'k':'v'} | keys }}` -> `["k"]`
    `{{ ['x','y'] | keys }}` -> `[0,1]`
    """
    if value is None:
        return None
    if is_map(value):
        return list(value)
    return [Long(index) for index in range(len(expect.items(value, "keys")))]


def values(value: Json) -> Json:
    """Return the values of a map; a list stays as it is.

    `{{ {'k':'v'} | values }}` -> `["v"]`
    """
    if value is None:
        return None
    return list(value.values()) if is_map(value) else expect.items(value, "values")


def length(value: Json) -> Json:
    """Count the characters of a text, the items of a list or the entries of a map; 0 for all else.

    `{{ [1,2,3] | length }}` -> `3`
    `{{ {'a':1} | length }}` -> `1`
    `{{ 'abc' | length }}` -> `3`
    `{{ null | length }}` -> `0`
    `{{ 5 | length }}` -> `0`
    """
    return Long(len(value)) if isinstance(value, str) or is_map(value) or is_list(value) else Long(0)


def merge(value: Json, items: Json) -> Json:
    """Put two maps or two lists together; of equal keys the right one wins.

    items: the other map or list; a list given to a map adds its items as keys

    `{{ {'a':1} | merge({'a':2,'c':3}) }}` -> `{"a":2,"c":3}`
    `{{ [1] | merge([2]) }}` -> `[1,2]`
    """
    if value is None and items is None:
        raise ExpressionError("`merge` needs two maps or two lists, both are null")
    if value is None or items is None:
        return items if value is None else value
    if is_map(value):
        more = copied(items) if is_map(items) else {item: item for item in expect.items(items, "merge")}
        checked_items(len(value) + len(more), "map")
        return hash_ordered({**copied(value), **more}, len(value) + len(more) + 16)
    both = [*expect.items(value, "merge"), *expect.items(items, "merge")]
    checked_items(len(both))
    return both


def reverse(value: Json) -> Json:
    """Turn a list around. The list itself is not changed (Kestra changes it in place).

    `{{ [1,2] | reverse }}` -> `[2,1]`
    `{{ 'abc' | reverse }}` -> error
    """
    return None if value is None else expect.items(value, "reverse")[::-1]


def sort(value: Json) -> Json:
    """Sort a list of numbers or of texts.

    `{{ [3,1,2] | sort }}` -> `[1,2,3]`
    `{{ ['b', 1] | sort }}` -> error
    """
    return None if value is None else sorted(expect.items(value, "sort"), key=cmp_to_key(_compare))


def rsort(value: Json) -> Json:
    """Sort a list of numbers or of texts, the largest first.

    `{{ [3,1,2] | rsort }}` -> `[3,2,1]`
    """
    if value is None:
        return None
    return sorted(expect.items(value, "rsort"), key=cmp_to_key(_compare), reverse=True)


def slice_(value: Json, from_index: Json = 0, to_index: Json = None) -> Json:
    """Return a part of a list or text.

    fromIndex: index of the first item, from 0
    toIndex: index after the last item; the end when left out

    `{{ [1,2,3,4] | slice(1,3) }}` -> `[2,3]`
    `{{ 'abcdef' | slice(1,3) }}` -> `bc`
    `{{ [1] | slice(0, 5) }}` -> error
    """
    if value is None:
        return None
    whole = value if isinstance(value, str) else expect.items(value, "slice")
    begin = expect.whole(from_index, "slice", "fromIndex")
    end = len(whole) if to_index is None else expect.whole(to_index, "slice", "toIndex")
    if begin < 0 or end > len(whole) or begin >= end:
        raise ExpressionError(
            f"`slice` cannot go from {begin} to {end} of {len(whole)} items; "
            "it needs 0 <= fromIndex < toIndex <= length"
        )
    return whole[begin:end]


def _end(value: Json, index: int, name: str) -> Json:
    if value is None:
        return None
    if isinstance(value, str):
        if not value:
            raise ExpressionError(f"`{name}` needs a text that is not empty")
        return value[index]
    items = list(value.values()) if is_map(value) else expect.items(value, name)
    return items[index] if items else None


def _compare(left: Json, right: Json) -> int:
    numbers = is_number(left) and is_number(right)
    if not numbers and (
        class_name(left) != class_name(right) or left is None or is_map(left) or is_list(left)
    ):
        raise ExpressionError(f"Cannot sort {kind(left)} and {kind(right)} in one list")
    return int(left > right) - int(left < right)


FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "chunk": chunk,
    "distinct": distinct,
    "first": first,
    "flatten": flatten,
    "join": join,
    "keys": keys,
    "last": last,
    "length": length,
    "merge": merge,
    "reverse": reverse,
    "rsort": rsort,
    "slice": slice_,
    "sort": sort,
    "values": values,
}
