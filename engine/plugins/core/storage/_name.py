"""Names of stored files."""

from __future__ import annotations

from posixpath import splitext


def extension_of(uri: str, default: str = ".tmp") -> str:
    """Return the extension of an address with its dot, or the default."""
    return splitext(uri.rpartition("/")[2])[1] or default


def dotted(extension: str | None) -> str:
    """Return an extension with its dot; nothing stays nothing."""
    return f".{extension.lstrip('.')}" if extension else ""
