"""What a file says about each DAG: its options, its tasks, and who waits for whom."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from copilot.skills.imports.airflow_value import Code, called, keywords_of, value_of
from engine.model.json import Json

_OPERATORS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync")
_SCHEDULES = ("schedule", "schedule_interval", "timetable")


@dataclass(slots=True)
class Found:
    """A task as the file writes it. `name` is how the file calls it, `node` the call that makes it."""

    name: str
    task_id: str
    kind: str
    node: ast.Call
    options: dict[str, Json]
    function: ast.FunctionDef | None = None


@dataclass(slots=True)
class Scope:
    """One DAG."""

    dag_id: str
    options: dict[str, Json]
    source: str
    module: ast.Module
    names: dict[str, Json]
    functions: dict[str, ast.FunctionDef]
    timezone: str = ""
    tasks: list[Found] = field(default_factory=list)
    before: dict[str, list[str]] = field(default_factory=dict)

    @property
    def schedule(self) -> Json:
        """The schedule, by whichever name it is given."""
        return next((self.options[name] for name in _SCHEDULES if self.options.get(name) is not None), None)

    def after(self, later: str, earlier: str) -> None:
        """Note that a task waits for another."""
        waits = self.before.setdefault(later, [])
        if earlier != later and earlier not in waits:
            waits.append(earlier)


def dags_of(module: ast.Module, source: str) -> list[Scope]:
    """Return the DAGs of a file: `with DAG(...)`, `dag = DAG(...)`, and functions under `@dag`."""
    names = _constants(module)
    functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    scopes: list[Scope] = []
    for node in module.body:
        if isinstance(node, ast.With):
            for item in node.items:
                if isinstance(item.context_expr, ast.Call) and called(item.context_expr) == "DAG":
                    scopes.append(_scope(item.context_expr, module, source, names, functions))
                    _read(scopes[-1], node.body)
        elif isinstance(node, ast.FunctionDef) and (decorator := _decorator(node, "dag")) is not None:
            call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
            scopes.append(_scope(call, module, source, names, functions, name=node.name))
            _read(scopes[-1], node.body)
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) == "DAG"
        ):
            scopes.append(_scope(node.value, module, source, names, functions))
            rest = [item for item in module.body if item is not node]
            _read(scopes[-1], rest)
    return scopes


def _scope(
    call: ast.Call,
    module: ast.Module,
    source: str,
    names: dict[str, Json],
    functions: dict[str, ast.FunctionDef],
    *,
    name: str = "",
) -> Scope:
    options = keywords_of(call, names)
    given = options.get("dag_id") or (value_of(call.args[0], names) if call.args else name)
    return Scope(str(given or name or "dag"), options, source, module, names, functions, _timezone(call))


def _timezone(call: ast.Call) -> str:
    """Return the zone of `start_date=pendulum.datetime(..., tz="...")`."""
    for item in call.keywords:
        if item.arg == "start_date":
            for inner in ast.walk(item.value):
                if isinstance(inner, ast.keyword) and inner.arg in ("tz", "tzinfo"):
                    zone = (
                        inner.value.args[0]
                        if isinstance(inner.value, ast.Call) and inner.value.args
                        else inner.value
                    )
                    if isinstance(zone, ast.Constant) and isinstance(zone.value, str):
                        return zone.value
    return ""


def _constants(module: ast.Module) -> dict[str, Json]:
    names: dict[str, Json] = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = value_of(node.value, names)
            if not isinstance(value, Code):
                names[node.targets[0].id] = value
    return names


def _decorator(node: ast.FunctionDef, name: str) -> ast.expr | None:
    for item in node.decorator_list:
        function = item.func if isinstance(item, ast.Call) else item
        parts = ast.unparse(function).split(".")
        if parts[0] == name or parts[-1] == name:
            return item
    return None


# --- tasks and their order


def _read(scope: Scope, body: list[ast.stmt]) -> None:
    for node in body:
        if isinstance(node, ast.With):  # a task group
            _read(scope, node.body)
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            _made(scope, node.value, node.targets[0].id)
        elif isinstance(node, ast.Expr):
            _said(scope, node.value)


def _made(scope: Scope, value: ast.expr, name: str) -> list[str]:
    """Note the task an expression makes under a name; returns the names of the tasks it stands for."""
    if not isinstance(value, ast.Call):
        return _said(scope, value)
    function = called(value)
    task = scope.functions.get(function)
    if task is not None and _decorator(task, "task") is not None:
        options = keywords_of(value, scope.names)
        name = name or function
        scope.tasks.append(Found(name, _task_id(task, name), "@task", value, options, task))
        for item in (*value.args, *(keyword.value for keyword in value.keywords)):
            for earlier in _said(scope, item):
                scope.after(name, earlier)
        return [name]
    if function.endswith(_OPERATORS):
        options = keywords_of(value, scope.names)
        task_id = str(options.get("task_id") or name or function)
        name = name or task_id
        scope.tasks.append(Found(name, task_id, function, value, options))
        return [name]
    return _said(scope, value)


def _task_id(task: ast.FunctionDef, name: str) -> str:
    decorator = _decorator(task, "task")
    if isinstance(decorator, ast.Call):
        for item in decorator.keywords:
            if item.arg == "task_id" and isinstance(item.value, ast.Constant):
                return str(item.value.value)
    return task.name


def _said(scope: Scope, node: ast.expr) -> list[str]:
    """Read an expression for order; returns the names of the tasks at its end."""
    known = {found.name for found in scope.tasks}
    if isinstance(node, ast.Name):
        return [node.id] if node.id in known else []
    if isinstance(node, ast.List | ast.Tuple):
        return [name for item in node.elts for name in _said(scope, item)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.LShift):
        left, right = _said(scope, node.left), _said(scope, node.right)
        earlier, later = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
        _all_after(scope, later, earlier)
        return right
    if isinstance(node, ast.Call):
        return _call(scope, node)
    return [name for item in _children(node) for name in _said(scope, item)]


def _call(scope: Scope, node: ast.Call) -> list[str]:
    function = called(node)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if function in ("set_downstream", "set_upstream") and owner is not None:
        own, others = _said(scope, owner), [name for item in node.args for name in _said(scope, item)]
        earlier, later = (own, others) if function == "set_downstream" else (others, own)
        _all_after(scope, later, earlier)
        return others
    if function in ("chain", "cross_downstream"):
        groups = [_said(scope, item) for item in node.args]
        for earlier, later in itertools.pairwise(groups):
            pairs = function == "chain" and len(earlier) == len(later) > 1
            for one, other in zip(earlier, later, strict=True) if pairs else ():
                scope.after(other, one)
            if not pairs:
                _all_after(scope, later, earlier)
        return groups[-1] if groups else []
    task = scope.functions.get(function)
    if (task is not None and _decorator(task, "task") is not None) or function.endswith(_OPERATORS):
        names = {found.name for found in scope.tasks}
        wanted = function if task is not None else ""
        number = 2
        while wanted and wanted in names:
            wanted, number = f"{function}_{number}", number + 1
        return _made(scope, node, wanted)
    return []


def _all_after(scope: Scope, later: list[str], earlier: list[str]) -> None:
    for one in later:
        for other in earlier:
            scope.after(one, other)


def _children(node: ast.expr) -> Iterator[ast.expr]:
    return (item for item in ast.iter_child_nodes(node) if isinstance(item, ast.expr))
