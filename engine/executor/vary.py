"""Applying what a task wants changed in its execution: labels and variables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.errors import FlowError
from engine.model.execution import Execution
from engine.model.flow import Flow
from engine.model.json import Json
from engine.plugin import Change


class VariableClash(FlowError):
    """Variables exist already, or do not exist, where the task insists."""


def changed(execution: Execution, flow: Flow, change: Change) -> Execution:
    """Return the execution with the change; raises VariableClash."""
    if change.labels:
        execution = replace(execution, labels={**execution.labels, **change.labels})
    if change.set_variables or change.unset_variables:
        known = execution.variables if execution.variables is not None else dict(flow.variables)
        execution = replace(execution, variables=_unset(_set(known, change), change))
    return execution


def _set(known: Mapping[str, Json], change: Change) -> dict[str, Json]:
    clash = sorted(set(known) & set(change.set_variables))
    if clash and not change.overwrite_variables:
        raise VariableClash(
            f"`overwrite` is set to false and the following variables already exist: {','.join(clash)}"
        )
    return merged(known, change.set_variables)


def merged(under: Mapping[str, Json], over: Mapping[str, Json]) -> dict[str, Json]:
    """Merge maps deeply; the second wins."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _unset(known: dict[str, Json], change: Change) -> dict[str, Json]:
    for name in change.unset_variables:
        known = _without(known, name.split("."), name, ignore=change.ignore_missing_variables)
    return known


def _without(known: dict[str, Json], parts: list[str], name: str, *, ignore: bool) -> dict[str, Json]:
    head, *rest = parts
    if head not in known or (rest and not isinstance(known[head], Mapping)):
        if ignore:
            return known
        raise VariableClash(f"The variable '{name}' does not exist, so it cannot be unset")
    copy = dict(known)
    if rest:
        copy[head] = _without(dict(copy[head]), rest, name, ignore=ignore)
    else:
        del copy[head]
    return copy
