"""Which folders of this machine tasks may use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import ForbiddenPath, SettingsError, TaskFailure

if TYPE_CHECKING:
    from engine.plugin import RunContext

SETTINGS: Final = "io.kestra.plugin.fs.local"
"""Plugin settings of the operator: `allowed-paths`, a list of folders. Without it nothing is allowed."""


def allowed(ctx: RunContext, name: str, path: str, *, itself: bool = True) -> Path:
    """Return the place a path means, links followed; raises ForbiddenPath outside of the allowed folders.

    `name` is the property it comes from. Without `itself` an allowed folder is not enough: the place must be
    inside one, so that no folder of the operator is deleted or moved.
    """
    if "\0" in path or not Path(path).is_absolute():
        raise TaskFailure(f"{name}: '{path}' is not an absolute path; begin it with /")
    place = Path(path).resolve()
    folders = _folders(ctx)
    if any(place.is_relative_to(folder) and (itself or place != folder) for folder in folders):
        return place
    known = ", ".join(str(folder) for folder in folders) or "none yet"
    raise ForbiddenPath(
        f"{name}: '{path}' is not in a folder that tasks may use ({known}); the operator allows folders with "
        f"FLOWSMITH_ALLOWED_PATHS (`allowed-paths` in the plugin settings of {SETTINGS})"
    )


def existing(ctx: RunContext, name: str, path: str) -> Path:
    """Return the place of a file or folder that is there; raises TaskFailure when it is not."""
    place = allowed(ctx, name, path)
    if not place.exists():
        raise TaskFailure(f"{name}: '{path}' does not exist")
    return place


def target(ctx: RunContext, name: str, path: str, *, overwrite: bool) -> Path:
    """Return the place for a new file, its folder made; raises TaskFailure when one is there already."""
    place = allowed(ctx, name, path, itself=False)
    if place.is_dir():
        raise TaskFailure(f"{name}: '{path}' is a folder; write the path of a file")
    if place.exists() and not overwrite:
        raise TaskFailure(f"{name}: '{path}' exists already; to replace it set `overwrite: true`")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _folders(ctx: RunContext) -> list[Path]:
    settings = ctx.world.settings.get(SETTINGS)
    found = settings.get("allowed-paths") if isinstance(settings, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) and one.startswith("/") for one in found):
        raise SettingsError(f"{SETTINGS}: allowed-paths is {found!r}; it must be a list of absolute folders")
    return [Path(one).resolve() for one in found]
