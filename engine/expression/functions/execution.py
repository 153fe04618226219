"""Functions about the running execution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.access import item
from engine.expression.environment import Env
from engine.expression.text import json_text
from engine.expression.value import is_list, is_map, kind
from engine.model.json import Json


def current_each_output(outputs: Json, *, env: Env) -> Json:
    """Return the outputs of a sibling task in the same round of the loops around it.

    outputs: the outputs of the other task

    `{{ currentEachOutput(outputs.make).value }}` -> `made`
    """
    run = env.variables.get("taskrun")
    if not is_map(run) or run.get("value") is None:
        return outputs
    found = outputs
    parents = env.variables.get("parents")
    for parent in reversed(list(parents) if is_list(parents) else []):
        outer = parent.get("taskrun") if is_map(parent) else None
        if is_map(outer) and outer.get("value") is not None:
            found = item(found, outer["value"])
    return item(found, run["value"])


def error_logs(*, env: Env) -> Json:
    """Return the ERROR log entries of this execution.

    `{{ errorLogs()[0].message }}` -> `boom`
    `{{ errorLogs() | length }}` -> `1`
    """
    return env.scope.services.error_logs()


def fetch_context(*, env: Env) -> str:
    """Return all variables as JSON; the same as `printContext`.

    `{{ fetchContext() | length > 0 }}` -> `true`
    """
    return json_text(env.variables)


def loop_outputs(outputs: Json, name: Json, *, env: Env) -> Json:
    """Return one declared output of every iteration of a Loop, as a list in order.

    outputs: the list `outputs.<loop>.outputs`
    name: the id of the output

    `{{ loopOutputs([{'outputs': {'a': 1}}, {'outputs': {'a': 2}}], 'a') }}` -> `[1,2]`
    """
    if not is_list(outputs):
        raise ExpressionError(
            f"loopOutputs takes the list `outputs.<loop>.outputs`, not {kind(outputs)}; "
            "with fetchType STORE read the file `outputs.<loop>.uri`"
        )
    key = expect.text(name, "loopOutputs")
    found = []
    for entry in list(outputs):
        given = entry.get("outputs") if is_map(entry) else None
        found.append(given.get(key) if is_map(given) else None)
    return found


def print_context(*, env: Env) -> str:
    """Return all variables as JSON, to look at while writing a flow.

    `{{ printContext() | length > 0 }}` -> `true`
    """
    return json_text(env.variables)


def tasks_with_state(state: Json, *, env: Env) -> Json:
    """Return the task runs in a state, each with `taskId`, `value` and `state`.

    state: the state, like `FAILED`

    `{{ tasksWithState('FAILED')[0].taskId }}` -> `load`
    """
    return env.scope.services.tasks_with_state(expect.text(state, "tasksWithState"))


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "currentEachOutput": current_each_output,
    "errorLogs": error_logs,
    "fetchContext": fetch_context,
    "loopOutputs": loop_outputs,
    "printContext": print_context,
    "tasksWithState": tasks_with_state,
}
