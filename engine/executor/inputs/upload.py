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
        """Whether there is no content at all."""
        if isinstance(self.content, bytes):
            return not self.content
        position = self.content.tell()
        first = self.content.read(1)
        self.content.seek(position)
        return not first

    def text(self) -> str:
        """Return the content as text, for inputs that are no files; undecodable bytes are replaced."""
        content = self.content if isinstance(self.content, bytes) else self.content.read()
        return content.decode("utf-8", "replace")
