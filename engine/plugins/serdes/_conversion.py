"""What all conversions share: one file in, one file out, counted in records."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, ClassVar, Literal, TextIO

from pydantic import Field

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_rows
from engine.model.id import new_id
from engine.model.json import Json
from engine.plugin import Output, Plugin, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

OnBadLines = Literal["ERROR", "WARN", "SKIP"]


class ConversionOutput(Output):
    """Outputs of a conversion."""

    uri: str
    """Address of the new file."""

    size: int
    """How many records were converted."""


class Conversion(Task):
    """A task that turns one stored file into another."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = ConversionOutput

    from_: Annotated[Text, Field(alias="from")]
    """Address of the file to convert."""


class Charset(Plugin):
    """The character set of a text file."""

    abstract: ClassVar[bool] = True

    charset: Text = "UTF-8"
    """Character set of the text file. A byte order mark of UTF-8 is not part of the text."""

    @property
    def reads(self) -> str:
        """Name of the codec for reading; raises TaskFailure when there is none."""
        return "utf-8-sig" if self.writes == "utf-8" else self.writes

    @property
    def writes(self) -> str:
        """Name of the codec for writing; raises TaskFailure when there is none."""
        try:
            return codecs.lookup(self.charset).name
        except LookupError as error:
            raise TaskFailure(
                f"charset: '{self.charset}' is not a character set; use for example UTF-8 or ISO-8859-1"
            ) from error

    @contextmanager
    def reading(self, ctx: RunContext, uri: str) -> Iterator[TextIO]:
        """Open a stored text file; line ends are kept as they are."""
        with ctx.open(uri) as source, io.TextIOWrapper(source, self.reads, newline="") as text:
            try:
                yield text
            except UnicodeDecodeError as error:
                raise TaskFailure(
                    f"{uri} is not {self.charset} text (byte {error.start} of a block); set `charset`"
                ) from error


def store(ctx: RunContext, name: str, write: Callable[[IO[bytes]], int]) -> ConversionOutput:
    """Store what `write` writes; it returns the number of records."""
    path = ctx.work_dir / f"converted-{new_id()}"
    try:
        with path.open("wb") as file:
            size = write(file)
        ctx.metric("records", size)
        return ConversionOutput(uri=ctx.put(name, path), size=size)
    finally:
        path.unlink(missing_ok=True)


def store_text(ctx: RunContext, name: str, charset: str, write: Callable[[TextIO], int]) -> ConversionOutput:
    """Store the text that `write` writes; it returns the number of records."""

    def encoded(file: IO[bytes]) -> int:
        text = io.TextIOWrapper(file, charset, newline="")
        try:
            return write(text)
        except UnicodeEncodeError as error:
            raise TaskFailure(
                f"charset: {charset} has no '{error.object[error.start : error.end]}'; use UTF-8"
            ) from error
        finally:
            text.detach()

    return store(ctx, name, encoded)


def store_rows(ctx: RunContext, rows: Iterable[Json]) -> ConversionOutput:
    """Store rows, one a line; null rows are left out."""
    return store(ctx, "rows.ion", lambda file: write_ion_rows(rows, file))


def rows_of(ctx: RunContext, uri: str) -> Iterator[Json]:
    """Yield the rows of a stored row file."""
    with ctx.open(uri) as source:
        yield from read_ion_rows(source)


def one_character(name: str, value: str) -> str:
    """Return a separator or quote; raises TaskFailure unless it is one character (`\\t` is a tab)."""
    value = "\t" if value == "\\t" else value
    if len(value) != 1 or value in "\r\n":
        raise TaskFailure(f"{name}: {value!r} must be one character, like `,` or `;` or a tab")
    return value


def bad_line(ctx: RunContext, rule: OnBadLines, problem: str, *, advice: Sequence[str] = ()) -> None:
    """Fail, warn or pass over, as the rule says."""
    if rule == "ERROR":
        more = "; ".join(["to leave such records out set `onBadLines: SKIP` or `WARN`", *advice])
        raise TaskFailure(f"{problem}; {more}")
    if rule == "WARN":
        ctx.warn(f"{problem}; it was left out")
