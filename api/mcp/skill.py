"""The skill file for coding agents: installed with the package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

from engine.errors import NotFound

_PLACE = Path("docs", "skills", "flowsmith", "SKILL.md")


def skill_text() -> str:
    """Return the text of the skill file. Raises NotFound when the installation lacks it."""
    api = Path(__file__).resolve().parent.parent
    for folder in (api / "_share", api.parent):
        path = folder / _PLACE
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise NotFound(f"{_PLACE.as_posix()} is not part of this installation; it is in the project's repository")
