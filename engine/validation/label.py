"""Reads labels: a map, or a list of maps with `key` and `value`."""

from __future__ import annotations

from engine.model.json import Json
from engine.model.label import SYSTEM_PREFIX, Labels
from engine.source.document import Path
from engine.validation.raw import Raw, kind_of, scalar_text

_ALLOWED = f"{SYSTEM_PREFIX}readOnly"


def read_labels(raw: Raw, name: str) -> Labels:
    """Return the labels as texts; values that are lists or maps and reserved keys are reported."""
    value = raw.get(name)
    labels: Labels = {}
    if value is None:
        return labels
    if isinstance(value, dict):
        for key, item in value.items():
            _add(raw, labels, key, item, (*raw.at(name), key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _add_pair(raw, labels, item, (*raw.at(name), number))
    else:
        raw.wrong(name, f"expected a map but found {kind_of(value)}", "write `key: value` lines below it")
    return labels


def _add_pair(raw: Raw, labels: Labels, item: Json, path: Path) -> None:
    if not isinstance(item, dict) or set(item) != {"key", "value"}:
        raw.report.error(
            "wrong-value", "a label in a list must have exactly `key` and `value`", path, "write both of them"
        )
        return
    if not isinstance(item["key"], str) or not item["key"]:
        raw.report.error("wrong-value", "the key of a label must be a text", (*path, "key"))
        return
    _add(raw, labels, item["key"], item["value"], (*path, "value"))


def _add(raw: Raw, labels: Labels, key: str, value: Json, path: Path) -> None:
    if key.startswith(SYSTEM_PREFIX) and key != _ALLOWED:
        raw.report.error(
            "reserved-label",
            f"System labels can only be set by Kestra itself, offending label: {key}={scalar_text(value)}",
            path,
            "use a key that does not begin with `system.`",
        )
    elif isinstance(value, list | dict):
        raw.report.error("wrong-value", f"the value of a label must be a text, not {kind_of(value)}", path)
    elif value is None:
        raw.report.error("wrong-value", f"the label '{key}' has no value", path, "give it one or remove it")
    else:
        labels[key] = scalar_text(value)
