"""The header that makes browsers save an answer as a file."""

from __future__ import annotations

import re
from urllib.parse import quote


def attachment(name: str) -> dict[str, str]:
    """Return the header with a file's name; one beyond ASCII in both forms of RFC 6266."""
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", name)
    value = f'attachment; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": value}
