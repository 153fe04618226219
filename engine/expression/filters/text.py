"""Filters on texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.limits import checked_items, checked_size
from engine.expression.pattern import java_split, java_sub
from engine.expression.text import java_text, json_text
from engine.expression.value import bounded, copied, is_list, is_map
from engine.model import uri
from engine.model.json import Json


def abbreviate(value: Json, length: Json) -> Json:
    """Cut a text and end it with three dots, so that it has at most `length` characters.

    length: the longest result; a text of exactly this length is cut too

    `{{ 'hello world' | abbreviate(8) }}` -> `hello...`
    `{{ 'abcdefghij' | abbreviate(6) }}` -> `abc...`
    `{{ 'abcde' | abbreviate(5) }}` -> `ab...`
    """
    if value is None:
        return None
    text, size = expect.text(value, "abbreviate"), expect.whole(length, "abbreviate", "length")
    if size < 3:
        raise ExpressionError(f"`abbreviate` needs a length of at least 3, not {size}")
    return text[: size - 3] + "..." if len(text) >= size else text


def capitalize(value: Json) -> Json:
    """Write the first letter large and leave the rest as it is.

    `{{ 'mY text' | capitalize }}` -> `MY text`
    """
    if value is None:
        return None
    text = expect.text(value, "capitalize")
    blank = len(text) - len(text.lstrip())
    return text[:blank] + text[blank : blank + 1].upper() + text[blank + 1 :]


def ends_with(value: Json, value_: Json) -> bool:
    """Tell whether a text ends with another.

    value: the end to look for

    `{{ 'file.csv' | endsWith('.csv') }}` -> `true`
    `{{ null | endsWith('x') }}` -> error
    """
    return expect.any_text(value, "endsWith").endswith(expect.any_text(value_, "endsWith"))


def escape_char(value: Json, type_: Json) -> Json:
    """Escape quotes, in all texts of a list or map too.

    type: which quote, `single`, `double`, or `shell` for text inside of single quotes of a shell

    `{{ "l'x" | escapeChar('single') }}` -> `l\\'x`
    `{{ 'say "x"' | escapeChar('double') }}` -> `say \\"x\\"`
    `{{ "it's" | escapeChar('shell') }}` -> `it'\\''s`
    """
    pairs = {"single": ("'", "\\'"), "double": ('"', '\\"'), "shell": ("'", "'\\''")}
    pair = pairs.get(type_) if isinstance(type_, str) else None
    if pair is None:
        raise ExpressionError(
            f"`escapeChar` knows the types single, double and shell, not {java_text(type_)!r}"
        )
    return _deep(bounded(value), lambda text: text.replace(*pair))


def indent(value: Json, amount: Json, prefix: Json = " ") -> Json:
    """Indent all lines but the first.

    amount: how often the prefix is put in front of a line
    prefix: what is put in front

    `{{ 'l1⏎l2' | indent(2) }}` -> `l1⏎  l2`
    `{{ 'l1⏎l2' | indent(2, '-') }}` -> `l1⏎--l2`
    `{{ '' | indent(2) }}` -> ``
    """
    if value is None:
        return None
    text, front = expect.any_text(value, "indent"), _front(amount, prefix, "indent")
    checked_size(len(text) + text.count("\n") * len(front))
    return _LINE_END.sub(lambda match: match[0] + front, text)


def nindent(value: Json, amount: Json, prefix: Json = " ") -> Json:
    """Begin a new line and indent all lines.

    amount: how often the prefix is put in front of a line
    prefix: what is put in front

    `{{ 'l1⏎l2' | nindent(2) }}` -> `⏎  l1⏎  l2`
    """
    if value is None:
        return None
    return "\n" + _front(amount, prefix, "nindent") + str(indent(value, amount, prefix))


def lower(value: Json) -> Json:
    """Write a text in small letters.

    `{{ 'Zoo' | lower }}` -> `zoo`
    """
    return None if value is None else expect.text(value, "lower").lower()


def upper(value: Json) -> Json:
    """Write a text in capitals.

    `{{ 'zoo' | upper }}` -> `ZOO`
    """
    return None if value is None else expect.text(value, "upper").upper()


def replace(value: Json, replace_pairs: Json, regexp: Json = False) -> Json:
    """Replace parts of a text, in all texts of a list or map too; other values become text.

    replace_pairs: a map from what is there to what shall be there
    regexp: whether the keys are Java regular expressions; then `$1` is the first group

    `{{ 'I like blue' | replace({'blue': 'red'}) }}` -> `I like red`
    `{{ 'aa1' | replace({'(\\d)': '-$1'}, regexp=true) }}` -> `aa-1`
    `{{ ['a1', 'b1'] | replace({'1': '2'}) }}` -> `["a2","b2"]`
    """
    if value is None:
        return None
    pairs = [
        (java_text(old), java_text(new)) for old, new in expect.mapping(replace_pairs, "replace").items()
    ]
    checked_items(len(pairs))

    def change(text: str) -> str:
        for old, new in pairs:
            if regexp is True:
                text = java_sub(old, new, text)[0]
            elif old:
                checked_size(len(text) + text.count(old) * len(new))
                text = text.replace(old, new)
        return text

    return _deep(bounded(value), change)


def slugify(value: Json) -> Json:
    """Write a text as part of an address: small letters, digits and `-`.

    `{{ 'Hello World/É_x' | slugify }}` -> `hello-worlde-x`
    """
    return None if value is None else uri.slugify(expect.text(value, "slugify"))


def split(value: Json, delimiter: Json, limit: Json = 0) -> Json:
    """Split a text at a Java regular expression; empty texts at the end are dropped.

    delimiter: where to split; for a literal dot or pipe write `'[.]'` or `'[|]'`
    limit: at most this many parts; 0 for all

    `{{ 'a,b' | split(',') }}` -> `["a","b"]`
    `{{ 'a.b' | split('[.]') }}` -> `["a","b"]`
    `{{ 'a.b' | split('.') }}` -> `[]`
    `{{ 'a|b' | split('|') }}` -> `["a","|","b"]`
    `{{ 'a,b,c' | split(',', 2) }}` -> `["a","b,c"]`
    """
    if value is None:
        return None
    text, pattern = expect.text(value, "split"), expect.text(delimiter, "split")
    return java_split(text, pattern, expect.whole(limit, "split", "limit"))


def starts_with(value: Json, value_: Json) -> bool:
    """Tell whether a text begins with another.

    value: the beginning to look for

    `{{ 'file.csv' | startsWith('x') }}` -> `false`
    `{{ 12 | startsWith('1') }}` -> `true`
    """
    return expect.any_text(value, "startsWith").startswith(expect.any_text(value_, "startsWith"))


def string(value: Json) -> Json:
    """Write any value as text; maps and lists as JSON.

    `{{ 1 | string }}` -> `1`
    `{{ ([1, 2] | string) ~ '!' }}` -> `[1,2]!`
    """
    if value is None:
        return None
    return json_text(value) if is_map(value) or is_list(value) else java_text(value)


def substring_after(value: Json, separator: Json) -> Json:
    """Return what comes after the first separator; nothing when there is none.

    separator: the text to look for

    `{{ 'a.b.c' | substringAfter('.') }}` -> `b.c`
    `{{ 'abc' | substringAfter('-') }}` -> ``
    """
    if value is None:
        return None
    return expect.text(value, "substringAfter").partition(_separator(separator, "substringAfter"))[2]


def substring_after_last(value: Json, separator: Json) -> Json:
    """Return what comes after the last separator; nothing when there is none.

    separator: the text to look for

    `{{ 'a.b.c' | substringAfterLast('.') }}` -> `c`
    """
    if value is None:
        return None
    text, mark = expect.text(value, "substringAfterLast"), _separator(separator, "substringAfterLast")
    return text.rpartition(mark)[2] if mark in text else ""


def substring_before(value: Json, separator: Json) -> Json:
    """Return what comes before the first separator; everything when there is none.

    separator: the text to look for

    `{{ 'a.b.c' | substringBefore('.') }}` -> `a`
    `{{ 'abc' | substringBefore('-') }}` -> `abc`
    """
    if value is None:
        return None
    return expect.text(value, "substringBefore").partition(_separator(separator, "substringBefore"))[0]


def substring_before_last(value: Json, separator: Json) -> Json:
    """Return what comes before the last separator; everything when there is none.

    separator: the text to look for

    `{{ 'a.b.c' | substringBeforeLast('.') }}` -> `a.b`
    """
    if value is None:
        return None
    text, mark = expect.text(value, "substringBeforeLast"), _separator(separator, "substringBeforeLast")
    return text.rpartition(mark)[0] if mark in text else text


def title(value: Json) -> Json:
    """Write the first letter of every word large.

    `{{ 'my big day' | title }}` -> `My Big Day`
    """
    if value is None:
        return None
    text = expect.text(value, "title")
    return re.sub(r"(^|\s)(\S)", lambda match: match[1] + match[2].upper(), text)


def trim(value: Json) -> Json:
    """Remove blanks and line ends at both ends.

    `{{ '  x ' | trim }}` -> `x`
    """
    return None if value is None else expect.text(value, "trim").strip()


def urldecode(value: Json) -> Json:
    """Read the form used in web addresses.

    `{{ 'a+b%26c' | urldecode }}` -> `a b&c`
    """
    return None if value is None else unquote_plus(expect.text(value, "urldecode"), errors="replace")


def urlencode(value: Json) -> Json:
    """Write a text for use in a web address; a blank becomes `+`.

    `{{ 'a b&c' | urlencode }}` -> `a+b%26c`
    """
    if value is None:
        return None
    text = expect.any_text(value, "urlencode")
    return quote_plus(text, safe="*-._", errors="replace").replace("~", "%7E")


def _deep(value: Json, change: Callable[[str], str]) -> Json:
    """Change all texts of a value; scalars that are not texts become text first, null stays."""
    if value is None:
        return None
    if is_map(value):
        return {key: _deep(item, change) for key, item in copied(value).items()}
    if is_list(value):
        return [_deep(item, change) for item in list(value)]
    return change(java_text(value))


def _front(amount: Json, prefix: Json, name: str) -> str:
    times, text = expect.whole(amount, name, "amount"), expect.any_text(prefix, name)
    if times < 0:
        raise ExpressionError(f"`{name}` needs an amount of 0 or more, not {times}")
    checked_size(times * len(text))
    return text * times


def _separator(separator: Json, name: str) -> str:
    text = expect.text(separator, name)
    if not text:
        raise ExpressionError(f"`{name}` needs a separator that is not empty")
    return text


_LINE_END: Final = re.compile(r"\r\n|\n|\r")

FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "abbreviate": abbreviate,
    "capitalize": capitalize,
    "endsWith": ends_with,
    "escapeChar": escape_char,
    "indent": indent,
    "lower": lower,
    "nindent": nindent,
    "replace": replace,
    "slugify": slugify,
    "split": split,
    "startsWith": starts_with,
    "string": string,
    "substringAfter": substring_after,
    "substringAfterLast": substring_after_last,
    "substringBefore": substring_before,
    "substringBeforeLast": substring_before_last,
    "title": title,
    "trim": trim,
    "upper": upper,
    "urldecode": urldecode,
    "urlencode": urlencode,
}
