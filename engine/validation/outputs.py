"""What a plugin class is known to give."""

from __future__ import annotations

from functools import cache

from pydantic.alias_generators import to_camel

from engine.plugin import NoOutput, Output, Plugin, Task, Trigger


@cache
def output_names(plugin: type[Plugin]) -> tuple[str, ...] | None:
    """Return the YAML names of the outputs; None when they are only known at run time."""
    if not issubclass(plugin, Task | Trigger):
        return None
    gives = plugin.gives
    if gives is Output or gives.model_config.get("extra") == "allow":
        return None
    if gives is NoOutput:
        return ()
    return tuple(field.alias or to_camel(name) for name, field in gives.model_fields.items())
