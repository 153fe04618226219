"""Files of a folder that match, and what is done with them once they are stored."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import TaskFailure
from engine.plugins.fs.local._allowed import existing, target
from engine.plugins.fs.local._file import walk

if TYPE_CHECKING:
    from engine.plugin import RunContext


def matching(ctx: RunContext, name: str, reg_exp: str | None, *, recursive: bool) -> tuple[Path, list[Path]]:
    """Return a folder and its files whose whole path matches, by path; raises TaskFailure."""
    folder = existing(ctx, "from", name)
    try:
        pattern = re.compile(reg_exp or ".*", re.DOTALL)
    except re.error as error:
        raise TaskFailure(f"regExp: '{reg_exp}' is not a regular expression: {error}") from error
    return folder, [path for path in walk(folder, recursive=recursive) if pattern.fullmatch(str(path))]


def check_action(action: str, move_directory: str | None) -> None:
    """Raise TaskFailure when it is not said where files are moved to."""
    if action == "MOVE" and not move_directory:
        raise TaskFailure("moveDirectory: it is missing; say where the files are moved to")


def put_aside(ctx: RunContext, path: Path, folder: Path, action: str, move_directory: str | None) -> None:
    """Delete or move a file of a folder, or leave it."""
    if action == "DELETE":
        path.unlink()
    elif action == "MOVE":
        to = f"{move_directory}/{path.relative_to(folder)}"
        shutil.move(path, target(ctx, "moveDirectory", to, overwrite=True))
