"""YAML documents, read and written one after the other."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, TextIO

import yaml

from engine.errors import TaskFailure
from engine.model.json import Json

_MOST_ALIASED: Final = 1_000_000
"""As many values one document may have once its aliases are spelled out."""


class _Loader(yaml.CSafeLoader):
    """Reads dates as text, as the flow language does: a row has the kinds of values JSON has."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.CSafeDumper):
    """Writes what rows hold."""


def _number(dumper: _Dumper, value: Decimal) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:float", str(value))


def _date(dumper: _Dumper, value: Any) -> Any:
    return dumper.represent_str(value.isoformat())


def _bytes(dumper: _Dumper, value: bytes) -> Any:
    return dumper.represent_str(base64.b64encode(value).decode())


_Dumper.add_multi_representer(str, yaml.CSafeDumper.represent_str)
_Dumper.add_multi_representer(int, yaml.CSafeDumper.represent_int)
_Dumper.add_multi_representer(Decimal, _number)
_Dumper.add_multi_representer(date, _date)
_Dumper.add_multi_representer(time, _date)
_Dumper.add_representer(bytes, _bytes)
for _kind in (date, datetime, time):
    _Dumper.add_representer(_kind, _date)
_Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign]  # rows repeat, they do not refer


def read_documents(text: TextIO, source: str) -> Iterator[Json]:
    """Yield the documents of a file, null for empty ones. Raises TaskFailure with the line."""
    try:
        for document in yaml.load_all(text, _Loader):
            yield _plain(document, [_MOST_ALIASED], source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1} of {source}" if mark else source
        problem = getattr(error, "problem", None) or error
        raise TaskFailure(f"{where} is not YAML: {problem}") from error
    except UnicodeDecodeError:
        raise  # whoever opened the file knows its character set
    except (RecursionError, ValueError) as error:
        raise TaskFailure(f"{source} is not YAML that can be read: {error}") from error


def yaml_text(value: Json) -> str:
    """Write one document, without a mark before it."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text.removesuffix("...\n")


def write_documents(values: Iterator[Json], text: TextIO) -> int:
    """Write documents with `---` between them, a single one without; return how many."""
    first = next(values, None)
    if first is None:
        return 0
    second = next(values, None)
    if second is None:
        text.write(yaml_text(first))
        return 1
    count = 2
    text.write(f"---\n{yaml_text(first)}---\n{yaml_text(second)}")
    for value in values:
        text.write(f"---\n{yaml_text(value)}")
        count += 1
    return count


def _plain(value: Any, budget: list[int], source: str) -> Json:
    """Return a value with text keys, its aliases spelled out; refuse what grows without bounds."""
    budget[0] -= 1
    if budget[0] < 0:
        raise TaskFailure(f"{source}: a document has more than {_MOST_ALIASED} values; split it")
    if isinstance(value, dict):
        return {_key(key): _plain(item, budget, source) for key, item in value.items()}
    if isinstance(value, list | set | tuple):
        return [_plain(item, budget, source) for item in value]
    return value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return "null" if key is None else str(key)
