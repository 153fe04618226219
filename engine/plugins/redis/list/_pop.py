"""Taking values from the head of a list, without losing any when something goes wrong."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_rows
from engine.model.id import new_id
from engine.model.json import Json
from engine.plugin import Duration, Output, RunContext, Text
from engine.plugins._records import store_rows, write_row
from engine.plugins.redis._redis import RedisProperties, SerdeType, read

_FOR_EVER = timedelta(days=36500)


class PopOutput(Output):
    """What was taken."""

    count: int = 0
    """How many values."""
    uri: str
    """The file of the values (Ion, one a line)."""


class PopProperties(RedisProperties):
    """Which list, and how much of it."""

    abstract: ClassVar[bool] = True

    key: Text
    """Key of the list."""
    serde_type: SerdeType = "STRING"
    """Form of the values: text, or `JSON` that becomes values."""
    max_records: Annotated[int | None, Field(ge=1)] = None
    """How many values are taken at most. This or `maxDuration` is needed."""
    max_duration: Duration | None = None
    """How long values are taken at most; an empty list ends it earlier."""
    count: Annotated[int, Field(ge=1)] = 100
    """How many values are taken at once."""

    def popped(self, ctx: RunContext) -> PopOutput:
        """Take values and store them; when that fails they are put back at the head in their order."""
        if self.max_records is None and self.max_duration is None:
            raise TaskFailure("maxRecords: missing; give it or `maxDuration`, so that there is an end")
        taken = ctx.work_dir / f"taken-{new_id()}"
        with self.connected(ctx, f"Popping from '{self.key}'") as client:
            batches: list[tuple[int, int]] = []
            try:
                with taken.open("wb") as file:
                    count = self._take(ctx, client, file, batches)
                with taken.open("rb") as file:
                    rows = (read(text, self.serde_type, f"'{self.key}'") for text in read_ion_rows(file))
                    uri = store_rows(ctx, partial(_write, rows), "values.ion")
            except BaseException:
                self._put_back(client, taken, batches)
                raise
            finally:
                taken.unlink(missing_ok=True)
        ctx.metric("popped.records.count", count, key=self.key)
        return PopOutput(count=count, uri=uri)

    def _take(self, ctx: RunContext, client: Any, file: IO[bytes], batches: list[tuple[int, int]]) -> int:
        """Write what is taken; `batches` are the places in the file where each one begins and ends."""
        count, end = 0, time.monotonic() + (self.max_duration or _FOR_EVER).total_seconds()
        while time.monotonic() < end:
            if ctx.cancelled.is_set():
                raise TaskFailure("Stopped; the values were put back")
            wanted = self.count if self.max_records is None else min(self.count, self.max_records - count)
            values = client.lpop(self.key, wanted) if wanted > 0 else None
            if not values:
                break
            start = file.tell()
            try:
                count += write_ion_rows(values, file)
                file.flush()
            except BaseException:
                client.lpush(self.key, *reversed(values))
                raise
            batches.append((start, file.tell()))
        return count

    def _put_back(self, client: Any, taken: Path, batches: list[tuple[int, int]]) -> None:
        if not batches:
            return
        with taken.open("rb") as file:
            for start, end in reversed(batches):
                file.seek(start)
                batch = list(read_ion_rows(io.BytesIO(file.read(end - start))))
                client.lpush(self.key, *reversed(batch))


def _write(rows: Iterator[Json], file: IO[bytes]) -> None:
    """Write rows, nulls included: the number of values stays true."""
    for row in rows:
        write_row(file, row)
