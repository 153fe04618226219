"""Download a file over HTTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote, unquote, urlsplit

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.http._client import HttpProperties, exchange, header_lists

if TYPE_CHECKING:
    import httpx

    from engine.plugin import RunContext

_NAME = re.compile(r"filename\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]+)", re.IGNORECASE)
_EXTENDED_NAME = re.compile(r"filename\*\s*=\s*[\w-]*'[^']*'([^;]+)", re.IGNORECASE)
_SUFFIX = re.compile(r"\.\w{1,16}")


class DownloadOutput(Output):
    """Outputs of `Download`."""

    uri: str
    """Address of the stored file."""

    code: int
    """Status code."""

    length: int
    """Size of the file in bytes."""

    headers: dict[str, list[str]]
    """Headers of the answer; every name has a list of values, names are in lower case."""


class Download(HttpProperties, Task):
    """Download a file into the internal storage, piece by piece: its size is limited only by the storage.

    Fails when the server cannot be reached, when its status code is 400 or more (unless allowed), when it
    breaks off before the announced size, and when the file is empty (unless `failOnEmptyResponse` is false).
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.fs.http.Download",)
    gives: ClassVar[type[Output]] = DownloadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a CSV file",
            """\
id: download-file
namespace: company.team
tasks:
  - id: download
    type: io.kestra.plugin.core.http.Download
    uri: https://huggingface.co/datasets/kestra/datasets/raw/main/csv/orders.csv
  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.uri }}"
""",
        ),
    )

    fail_on_empty_response: bool = True
    """Whether an empty file is a failure."""

    save_as: Text | None = None
    """Name of the stored file; by default the one the server gives, else one of its own."""

    def run(self, ctx: RunContext) -> DownloadOutput:
        """Download the file."""
        path = ctx.work_dir / f"download-{new_id()}"
        try:
            with exchange(self, ctx) as response:
                length = self._receive(response, path)
                self._check(ctx, response, length)
            name = self.save_as or _name(response)
            ctx.metric("response.length", length)
            return DownloadOutput(
                uri=ctx.put(name, path),
                code=response.status_code,
                length=length,
                headers=header_lists(response),
            )
        finally:
            path.unlink(missing_ok=True)

    def _receive(self, response: httpx.Response, path: Path) -> int:
        length = 0
        with path.open("wb") as file:
            if response.is_stream_consumed:  # it was logged
                return file.write(response.content)
            for chunk in response.iter_bytes(1 << 18):
                length += file.write(chunk)
        return length

    def _check(self, ctx: RunContext, response: httpx.Response, length: int) -> None:
        announced = response.headers.get("content-length", "")
        received = response.num_bytes_downloaded
        if length and announced.isdigit() and int(announced) != received:
            raise TaskFailure(f"{self.uri} sent {received} bytes of the {announced} it announced; try again")
        if length:
            return
        if self.fail_on_empty_response and not self.forgiving:
            raise TaskFailure(
                f"{self.uri} answered {response.status_code} with no content; "
                f"to accept that set `failOnEmptyResponse: false`"
            )
        ctx.warn(f"{self.uri} answered {response.status_code} with no content")


def _name(response: httpx.Response) -> str:
    """Return the name the server gives, else a new one with the suffix of the address."""
    disposition = response.headers.get("content-disposition", "")
    for pattern in (_NAME, _EXTENDED_NAME):
        match = pattern.search(disposition)
        if match:
            name = unquote(match[1].strip().strip('"').strip("'")).replace("\\", "/").rpartition("/")[2]
            if name.strip(". "):
                return quote(name, safe="")
    suffix = _SUFFIX.fullmatch(Path(urlsplit(str(response.url)).path).suffix)
    return f"{new_id()}{suffix[0] if suffix else ''}"
