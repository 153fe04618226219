"""Python names as JSON names."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.alias_generators import to_camel

from engine.model.json import Json


def camelized(values: Mapping[str, Json]) -> dict[str, Json]:
    """Return the mapping with `start_line` as `startLine`; what is inside stays as it is."""
    return {to_camel(key): value for key, value in values.items()}
