"""The registry: every plugin class by its type id, built-in and third-party, imported when first needed."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from importlib import import_module
from importlib.metadata import entry_points
from inspect import isabstract, isclass
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.errors import NotFound
from engine.model.alias import ALIASES
from engine.plugin.base import PREFIX, TYPE_PREFIX, Plugin
from engine.plugin.task import Task

logger = logging.getLogger(__name__)

GROUP = "flowsmith.plugins"
"""The entry point group of third-party plugins: each names a plugin class, a module or list of them, or a
package with a `TYPE_PREFIX`: it is laid out like `engine/plugins`, and imported when its types are needed."""

_LONGEST = 200
_BUILT_IN = "engine.plugins"
_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


class Registry:
    """Finds plugin classes by type id or an older alias of it.

    Classes in packages of plugins are known by the place of their file and imported on first use.
    """

    def __init__(
        self, *, lazy: dict[str, tuple[str, str]] | None = None, classes: Iterable[type[Plugin]] = ()
    ):
        self._lazy = dict(lazy or {})
        """Type id to module and class name."""
        self._classes: dict[str, type[Plugin]] = {}
        self._aliases: dict[str, str] = {old: new for old, new in ALIASES.items() if new in self._lazy}
        self._broken: set[str] = set()
        self._lock = threading.RLock()
        for plugin in classes:
            self.add(plugin)

    @classmethod
    def load(cls) -> Registry:
        """Return a registry of all built-in plugins and of those that installed distributions bring."""
        lazy = dict(plugins_below(import_module(_BUILT_IN)))
        classes: list[type[Plugin]] = []
        for loaded in _third_party():
            if isinstance(loaded, ModuleType) and hasattr(loaded, TYPE_PREFIX):
                lazy.update(plugins_below(loaded))
            else:
                classes += plugins_in(loaded)
        return cls(lazy=lazy, classes=classes)

    def add(self, plugin: type[Plugin]) -> None:
        """Add a class; a class with the same type id is replaced."""
        if not plugin.type_id or plugin.abstract:
            raise ValueError(
                f"{plugin.__name__} has no type id, or is abstract; it cannot be found by a type"
            )
        with self._lock:
            self._classes[plugin.type_id] = plugin
            for alias in plugin.aliases:
                self._aliases[alias] = plugin.type_id

    def resolve(self, type_id: str) -> type[Plugin]:
        """Return the class; raises NotFound with the nearest valid id."""
        found = self.find(type_id)
        if found is None:
            near = self.nearest(type_id)
            raise NotFound(f"unknown type '{type_id}'" + (f"; did you mean {near}?" if near else ""))
        return found

    def find(self, type_id: str) -> type[Plugin] | None:
        """Return the class, None when no plugin has this id or alias."""
        canonical = self.canonical(type_id)
        if canonical is None:
            return None
        return self._part(canonical) if "$" in canonical else self._class(canonical)

    def canonical(self, type_id: str) -> str | None:
        """Return the present id of a type, None when there is none."""
        if type_id in self._classes or type_id in self._lazy:
            return type_id
        if "$" in type_id:
            return type_id if self._part(type_id) else None
        if type_id not in self._aliases:
            self._import_all()
        return self._aliases.get(type_id)

    def types(self, kind: type[Plugin] = Task) -> list[str]:
        """Return the ids of all plugins of a kind, sorted, deprecated ones last. Imports every plugin."""
        self._import_all()
        found = [plugin for plugin in self._classes.values() if issubclass(plugin, kind)]
        return [plugin.type_id for plugin in sorted(found, key=lambda p: (bool(p.deprecated), p.type_id))]

    def names(self) -> list[str]:
        """Return the canonical ids of all plugins, sorted. Imports nothing."""
        return sorted(self._lazy.keys() | self._classes.keys())

    def aliases(self, type_id: str) -> list[str]:
        """Return the older ids of a canonical id, sorted."""
        self._class(type_id)
        return sorted(old for old, new in self._aliases.items() if new == type_id)

    def nearest(self, type_id: str, kind: type[Plugin] | None = None) -> str | None:
        """Return the id most like a mistyped one: its last part near, its group not another world.

        Only ids of a kind if one is given, which imports every plugin.
        """
        group, _, last = type_id[:_LONGEST].removeprefix(PREFIX).lower().rpartition(".")
        best: tuple[float, str] | None = None
        for name in self.types(kind) if kind else self.names():
            other_group, _, other_last = name.removeprefix(PREFIX).lower().rpartition(".")
            like = SequenceMatcher(None, last, other_last).ratio()
            if like < 0.75:
                continue
            same = SequenceMatcher(None, group, other_group).ratio() if group else 1.0
            score = 0.7 * like + 0.3 * same
            if same >= 0.5 and (best is None or score > best[0]):
                best = (score, name)
        return best[1] if best else None

    def _class(self, type_id: str) -> type[Plugin] | None:
        found = self._classes.get(type_id)
        if found is None and type_id in self._lazy:
            module, name = self._lazy[type_id]
            found = getattr(import_module(module), name)
            if not (isclass(found) and issubclass(found, Plugin)) or found.abstract:
                with self._lock:
                    self._lazy.pop(type_id, None)
                return None
            self.add(found)
        return found

    def _part(self, type_id: str) -> type[Plugin] | None:
        """Return a part of a plugin (`Outer$Part`), defined in the module of the outer one."""
        outer = self._class(type_id.partition("$")[0])
        for item in vars(sys.modules[outer.__module__]).values() if outer else ():
            if isclass(item) and issubclass(item, Plugin) and item.type_id == type_id:
                return item
        return None

    def _import_all(self) -> None:
        for type_id in sorted(self._lazy.keys() - self._classes.keys() - self._broken):
            try:
                self._class(type_id)
            except ImportError:
                # Its optional driver is not installed; whoever names this very type is told so.
                self._broken.add(type_id)
                logger.warning("plugin cannot be imported", extra={"type": type_id}, exc_info=True)


def plugins_below(package: ModuleType) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield type id, module and class name of every file of a package of plugins, without importing it."""
    prefix = getattr(package, TYPE_PREFIX)
    for root in package.__path__:
        for file in sorted(Path(root).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            if any(part.startswith("_") for part in parts):
                continue
            name = _class_name(file, parts[-1])
            if name:
                module = ".".join((package.__name__, *parts))
                yield f"{prefix}{'.'.join((*parts[:-1], name))}", (module, name)


def _class_name(file: Path, stem: str) -> str | None:
    """Return the class whose name is that of the file: `for_each.py` holds `ForEach`, `if_.py` holds `If`."""
    wanted = stem.replace("_", "").lower()
    names = _CLASS.findall(file.read_text("utf-8"))
    return next((name for name in names if name.lower() == wanted), None)


def _third_party() -> Iterator[Any]:
    for point in entry_points(group=GROUP):
        try:
            yield point.load()
        except Exception:
            # One broken distribution must not take the service down; its types are then unknown types.
            logger.exception("plugin cannot be loaded", extra={"entry_point": point.value})


def plugins_in(loaded: Any) -> Iterator[type[Plugin]]:
    """Yield the concrete plugin classes in what an entry point names: a class, a module or a list."""
    if isclass(loaded):
        if issubclass(loaded, Plugin) and not loaded.abstract and not isabstract(loaded) and loaded.type_id:
            yield loaded
    elif isinstance(loaded, ModuleType):
        for item in vars(loaded).values():
            if isclass(item) and item.__module__ == loaded.__name__:
                yield from plugins_in(item)
    elif isinstance(loaded, Iterable):
        for item in loaded:
            yield from plugins_in(item)
