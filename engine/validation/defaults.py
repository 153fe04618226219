"""Plugin defaults, merged into every map with a `type` before anything else is read."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from engine.model.flow import PluginDefault
from engine.model.json import Json
from engine.model.near import nearest
from engine.plugin.base import properties_of
from engine.registry import Registry
from engine.source.document import Path
from engine.validation.task import BLOCK_PROPERTIES, TASK_PROPERTIES, TRIGGER_PROPERTIES

_KEYS = ("pluginDefaults", "taskDefaults")
# `type` means something else in these: an input's type, a promise's kind.
_OTHER_TYPES = ("inputs", "outputs", "sla", "checks", "labels", "variables", *_KEYS)

_COMMON = {*TASK_PROPERTIES, *TRIGGER_PROPERTIES, *BLOCK_PROPERTIES}


def apply_defaults(
    data: dict[str, Json], defaults: Sequence[PluginDefault], registry: Registry
) -> tuple[dict[str, Json], dict[Path, int], list[tuple[int, str]]]:
    """Return the flow's data with defaults merged in, for each list how many items they put in front, and
    the values (index of the default, name) that no type of the flow took.

    Values that are not forced lose against those of the task; lists are joined, the default's items first;
    an explicit null does not override. Earlier defaults win over later ones. What a default for several types
    sets passes by those without such a property (a bucket name, below all of Google Cloud).
    """
    if not defaults:
        return data, {}, []
    merger = _Merger(defaults, registry)
    merged = {
        key: value if key in _OTHER_TYPES else merger.walk(value, (key,)) for key, value in data.items()
    }
    return merged, merger.shifts, merger.unused


class _Merger:
    def __init__(self, defaults: Sequence[PluginDefault], registry: Registry) -> None:
        self._defaults = defaults
        self._registry = registry
        self._matching: dict[str, list[PluginDefault]] = {}
        self._used: set[tuple[int, str]] = set()
        self._passed: set[tuple[int, str]] = set()
        self.shifts: dict[Path, int] = {}

    def walk(self, value: Json, path: Path) -> Json:
        if isinstance(value, list):
            return [self.walk(item, (*path, number)) for number, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("type"), str):
            value = self._filled(value, path)
        return {key: self.walk(item, (*path, key)) for key, item in value.items()}

    def _filled(self, value: dict[str, Json], path: Path) -> dict[str, Json]:
        for default in self._for(value["type"]):
            if default.forced:
                value = _over(dict(default.values), value)
            else:
                value = self._under(value, default.values, path)
        return value

    def _for(self, type_id: str) -> list[PluginDefault]:
        found = self._matching.get(type_id)
        if found is None:
            names = {type_id}
            canonical = self._registry.canonical(type_id)
            if canonical:
                names |= {canonical, *self._registry.aliases(canonical)}
            found = [
                d if d.type in names else self._fitting(d, type_id)
                for d in self._defaults
                if any(name.startswith(d.type) for name in names)
            ]
            # Forced ones go on last to first, so that the first, the most global, wins.
            found = [d for d in found if not d.forced] + [d for d in reversed(found) if d.forced]
            self._matching[type_id] = found
        return found

    def _fitting(self, default: PluginDefault, type_id: str) -> PluginDefault:
        """Return what a type has a property for; a misspelling of one stays, to be told later."""
        own = self._properties(type_id)
        if own is None:
            return default
        kept = {name: value for name, value in default.values.items() if name in own or nearest(name, own)}
        index = self._defaults.index(default)
        self._used.update((index, name) for name in kept)
        self._passed.update((index, name) for name in default.values if name not in kept)
        return replace(default, values=kept)

    def _properties(self, type_id: str) -> set[str] | None:
        """Return the property names of a type, None when there is no such type here."""
        try:
            plugin = self._registry.find(type_id)
        except ImportError:
            return None
        return None if plugin is None else {*properties_of(plugin).names, *plugin.renamed, *_COMMON}

    @property
    def unused(self) -> list[tuple[int, str]]:
        """Index of a default and name of a value in it that no type of the flow took."""
        return sorted(self._passed - self._used)

    def _under(self, value: Json, default: Json, path: Path) -> Json:
        """Return the value with what it lacks taken from the default."""
        if value is None:
            return deepcopy(default)
        if isinstance(value, dict) and isinstance(default, dict):
            merged = dict(value)
            for key, item in default.items():
                merged[key] = self._under(value.get(key), item, (*path, key))
            return merged
        if isinstance(value, list) and isinstance(default, list):
            self.shifts[path] = self.shifts.get(path, 0) + len(default)
            return [*deepcopy(default), *value]
        return value


def _over(default: Json, value: Json) -> Json:
    """Return the default with what it lacks taken from the value."""
    if isinstance(default, dict) and isinstance(value, dict):
        merged = dict(value)
        for key, item in default.items():
            merged[key] = _over(item, value.get(key))
        return merged
    return deepcopy(default)
