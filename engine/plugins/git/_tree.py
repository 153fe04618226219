"""The files of a namespace and those of a folder in a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.uri import safe_path
from engine.plugins.git._repository import Git, lines

if TYPE_CHECKING:
    from engine.plugin import RunContext

IGNORED: Final = ".kestraignore"
"""Name of files with patterns of what is left out, in the form of `.gitignore`."""

_BLOCK: Final = 1 << 18


def tracked(git: Git, root: Path, folder: str) -> dict[str, Path]:
    """Return the files of a folder in a clone by their path below it, without links and ignored ones."""
    place = root / folder if folder else root
    if not place.is_dir():
        return {}
    names = lines(git.run("ls-files", "--cached", "-z", folder=place))
    ignore = f"--exclude-per-directory={IGNORED}"
    ignored = set(lines(git.run("ls-files", "--cached", "--ignored", ignore, "-z", folder=place)))
    found = {name: place / name for name in names if name not in ignored and Path(name).name != IGNORED}
    return {name: path for name, path in found.items() if path.is_file() and not path.is_symlink()}


def folder_in(repository_folder: str) -> str:
    """Return a folder of a repository as a relative path; nothing for the root."""
    folder = safe_path(repository_folder)
    if folder.split("/")[0] == ".git":
        raise TaskFailure(f"gitDirectory: '{repository_folder}' belongs to Git itself; choose another folder")
    return folder


def same(ctx: RunContext, stored: str, path: Path) -> bool:
    """Tell whether a stored file and one of this machine have the same content."""
    if ctx.world.files.info(stored).size != path.stat().st_size:
        return False
    with ctx.world.files.open(stored) as one, path.open("rb") as other:
        while True:
            left, right = one.read(_BLOCK), other.read(_BLOCK)
            if left != right:
                return False
            if not left:
                return True


def below(ctx: RunContext, folder: str) -> Iterator[str]:
    """Yield the paths of all stored files of a folder, relative to it."""
    for info in list(ctx.world.files.walk(folder)):
        yield info.path.removeprefix(folder).lstrip("/")


def clone_place(ctx: RunContext) -> Path:
    """Return a new place for a clone in the working directory."""
    return ctx.work_dir / f".clone-{new_id()}"
