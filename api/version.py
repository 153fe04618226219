"""The version of this package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version as installed; `0` in a checkout that is not."""
    try:
        return version("flowsmith")
    except PackageNotFoundError:
        return "0"
