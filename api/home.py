"""The data folder: made for its owner alone."""

from __future__ import annotations

from pathlib import Path

from engine.errors import SettingsError


def make_home(home: Path) -> None:
    """Make the data folder, readable by its owner only; one that exists keeps its mode."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{home} cannot be made: {error.strerror}; choose another FLOWSMITH_HOME"
        ) from error
