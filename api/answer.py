"""How answers are written: JSON without nulls, moments with `Z`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from engine.model.json import dumps, without_nulls


class JsonAnswer(Response):
    """JSON as clients of Kestra read it: null members are left out, at every depth."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the body."""
        return dumps(without_nulls(content))
