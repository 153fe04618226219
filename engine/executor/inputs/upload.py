"""A file given for a FILE input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Upload:
    """The name the file had, and its content."""

    filename: str
    content: bytes | IO[bytes]

    @property
    def empty(self) -> bool:
        """Whether there is no content at all; a stream that cannot be wound back is taken to have some."""
        if isinstance(self.content, bytes):
            return not self.content
        if not self.content.seekable():
            return False
        position = self.content.tell()
        first = self.content.read(1)
        self.content.seek(position)
        return not first

    def text(self) -> str:
        """Return the content as text, for inputs that are no files; raises ValueError when it is none."""
        content = self.content if isinstance(self.content, bytes) else self.content.read()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"the file '{self.filename}' is not UTF-8 text") from error
