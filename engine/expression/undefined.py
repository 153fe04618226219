"""What does not exist: a light error while computing, a full sentence when it leaves the template."""

from __future__ import annotations

from engine.errors import UndefinedError
from engine.expression.nearest import listed, nearest
from engine.expression.value import is_list, is_map, kind
from engine.model.json import Json


class Missing(UndefinedError):
    """Raised while computing; `??`, `default` and `is defined` catch it, so no sentence is made yet."""

    def __init__(self, name: str, base: Json, trail: tuple[str, ...]) -> None:
        super().__init__(f"Unable to find `{name}`")
        self.name = name
        self.base = base
        self.trail = trail

    def hint(self) -> str:
        """Say what exists instead."""
        owner = ".".join(self.trail)
        what = f"`{owner}`" if owner else "the value on its left"
        base = self.base
        if base is None:
            return f"; {what} is null"
        if is_map(base):
            return self._names(owner, [str(key) for key in list(base)])
        if is_list(base):
            return f"; {what} is a list of {len(base)} items, counted from [0]"
        if isinstance(base, str) and base.lstrip()[:1] in ("{", "["):
            return f"; {what} is a text; read JSON with `fromJson(…)`"
        return f"; {what} is {kind(base)}"

    def _names(self, owner: str, names: list[str]) -> str:
        holder = f"`{owner}` has" if owner else "there is"
        if not names:
            return f"; {holder} nothing"
        close = nearest(self.name, names)
        if close is None:
            return f"; {holder}: {listed(names)}"
        written = close if close.isidentifier() else f"{owner}['{close}']"
        return f"; did you mean `{written}`? {holder[0].upper()}{holder[1:]}: {listed(names)}"
