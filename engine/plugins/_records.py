"""Records that tasks send: from a list, a map, a stored file or JSON text, one at a time; and row files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_row
from engine.model.id import new_id
from engine.model.json import Json, dumps, loads
from engine.plugin import RunContext

_STORED = "kestra://"


def records_of(ctx: RunContext, source: Json, *, texts: bool = False) -> Iterator[Json]:
    """Yield the records of a `from` property; a stored file is read one row at a time.

    A list gives its entries, a map is one record, text is an address (`kestra:///…`) or JSON of either.
    `texts`: other text is one record; otherwise it raises TaskFailure.
    """
    if isinstance(source, str):
        if source.startswith(_STORED):
            with ctx.open(source) as file:
                yield from read_ion_rows(file)
            return
        source = _parsed(source, texts)
    if isinstance(source, list | tuple):
        yield from source
    elif source is not None:
        yield source


def _parsed(text: str, texts: bool) -> Json:
    if text.lstrip().startswith(("[", "{")):
        try:
            return loads(text)
        except ValueError as error:
            if not texts:
                raise TaskFailure(f"from: not JSON: {error}") from error
    if texts:
        return text
    raise TaskFailure(
        f"from: '{text[:80]}' is neither the address of a stored file (kestra:///…) nor JSON text of a list "
        "or a map"
    )


def map_of(record: Json, wanted: str) -> Mapping[str, Any]:
    """Return a record that must be a map; raises TaskFailure that shows what is `wanted`."""
    if not isinstance(record, Mapping):
        raise TaskFailure(f"from: {str(record)[:80]!r} is no map; write records like {wanted}")
    return record


def json_text(value: Json, name: str) -> str:
    """Return a value as JSON; text must be JSON already. Raises TaskFailure that names the property."""
    if isinstance(value, str):
        try:
            loads(value)
        except ValueError as error:
            raise TaskFailure(
                f"{name}: {value[:80]!r} is not JSON ({error}); write JSON, or use the form STRING"
            ) from error
        return value
    return dumps(value).decode()


def plain_text(value: Json) -> str:
    """Return a value as text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


def batches(records: Iterable[Json], size: int) -> Iterator[list[Json]]:
    """Yield lists of up to `size` records."""
    batch: list[Json] = []
    for record in records:
        batch.append(record)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def store_rows(ctx: RunContext, write: Callable[[IO[bytes]], Any], name: str = "messages.ion") -> str:
    """Store what `write` writes (rows, one a line) and return the address of the file."""
    path = ctx.work_dir / f"rows-{new_id()}"
    try:
        with path.open("wb") as file:
            write(file)
        return ctx.put(name, path)
    finally:
        path.unlink(missing_ok=True)


def write_row(file: IO[bytes], row: Json) -> None:
    """Write one row."""
    file.write(write_ion_row(row).encode("utf-8", "surrogatepass") + b"\n")
