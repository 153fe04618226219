"""The types of inputs and what each of them takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "STRING": ("validator",),
    "ENUM": ("values",),
    "SELECT": ("values", "expression", "allowCustomValue", "isRadio", "autoSelectFirst"),
    "MULTISELECT": ("values", "options", "expression", "itemType", "allowCustomValue", "autoSelectFirst"),
    "INT": ("min", "max"),
    "FLOAT": ("min", "max"),
    "BOOLEAN": (),
    "BOOL": (),
    "DATETIME": ("after", "before"),
    "DATE": ("after", "before"),
    "TIME": ("after", "before"),
    "DURATION": ("min", "max"),
    "FILE": ("extension", "allowedFileExtensions", "accept"),
    "JSON": (),
    "YAML": (),
    "URI": (),
    "EMAIL": (),
    "SECRET": ("validator",),
    "ARRAY": ("itemType",),
}
"""Input type to the properties only it takes."""

COMMON: Final = (
    "id",
    "type",
    "description",
    "required",
    "defaults",
    "prefill",
    "dependsOn",
    "displayName",
)
"""What every input takes."""
