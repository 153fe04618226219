"""Airflow operators as steps; those nothing here replaces become placeholders that name them."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Callable
from typing import Final

from copilot.plan.plan import Plan, Step
from copilot.plan.render import snake
from copilot.skills.fix.rules.package import PACKAGES
from copilot.skills.imports.airflow_scope import Found, Scope
from copilot.skills.imports.airflow_template import Unknown, translated
from copilot.skills.imports.airflow_value import Code, whole
from copilot.skills.imports.common import COMMANDS, PROCESS, PYTHON, open_step, protected
from engine.model.json import Json

QUERY = "io.kestra.plugin.jdbc.postgresql.Queries"
REQUEST = "io.kestra.plugin.core.http.Request"
SUBFLOW = "io.kestra.plugin.core.flow.Subflow"
_PUBLISH = 'print("::" + json.dumps({"outputs": {"value": result}}, default=str) + "::")'
_EMPTY = ("EmptyOperator", "DummyOperator")
_STANDARD = frozenset({"airflow", "pendulum", "__future__"})


def step_of(found: Found, scope: Scope, plan: Plan) -> Step | None:
    """Return the step of a task; None for one that does nothing."""
    if found.kind in _EMPTY:
        return None
    make = _MAKERS.get(found.kind)
    name = snake(found.task_id) or "task"
    try:
        if make is None:
            raise Unknown(f"{found.kind} {_options(found)}".strip())
        step = make(found, scope, plan)
    except Unknown as error:
        return open_step(name, f"task '{found.task_id}': {error}")
    step.id, step.because = name, found.task_id
    retries = found.options.get("retries")
    if isinstance(retries, int) and not isinstance(retries, bool) and retries > 0:
        delay = found.options.get("retry_delay")
        interval = whole(delay) if isinstance(delay, str) else "PT5M"
        step.retry = {"type": "constant", "interval": interval, "maxAttempts": retries + 1}
    limit = found.options.get("execution_timeout")
    step.timeout = whole(limit) if isinstance(limit, str) else None
    rule = found.options.get("trigger_rule")
    if rule not in (None, "all_success"):
        plan.notes.append(f"'{found.task_id}' had the trigger rule {rule}; check when it runs here.")
    return step


def _options(found: Found) -> str:
    shown = {key: item for key, item in found.options.items() if key not in ("task_id", "dag")}
    return ", ".join(f"{key}={item!r}" for key, item in shown.items())[:300]


def _text(found: Found, key: str) -> str:
    value = found.options.get(key)
    if value is None:
        raise Unknown(f"{found.kind} without {key}")
    if isinstance(value, Code) or not isinstance(value, str):
        raise Unknown(f"{key} is made by code: {value}")
    return translated(value)


def _bash(found: Found, scope: Scope, plan: Plan) -> Step:
    values: dict[str, Json] = {"taskRunner": dict(PROCESS), "interpreter": ["/bin/bash", "-c"]}
    env = found.options.get("env")
    if isinstance(env, dict):
        values["env"] = {key: translated(str(item)) for key, item in env.items()}
    return Step(type=COMMANDS, values={**values, "commands": [_text(found, "bash_command").strip()]})


def _python(found: Found, scope: Scope, plan: Plan) -> Step:
    function = scope.functions.get(str(found.options.get("python_callable", "")))
    if function is None:
        raise Unknown(f"python_callable {found.options.get('python_callable')} is not in this file")
    given = found.options.get("op_kwargs") or {}
    positional = found.options.get("op_args") or []
    if isinstance(given, Code) or isinstance(positional, Code):
        raise Unknown("its arguments are made by code")
    arguments = [repr(item) for item in positional] + [f"{key}={item!r}" for key, item in given.items()]
    return _script(function, arguments, {}, scope, plan)


def _decorated(found: Found, scope: Scope, plan: Plan) -> Step:
    if found.function is None:
        raise Unknown("its function is not in this file")
    arguments: list[str] = []
    env: dict[str, Json] = {}
    names = {item.name: snake(item.task_id) for item in scope.tasks}
    given = [("", item) for item in found.node.args]
    given += [(item.arg or "", item.value) for item in found.node.keywords]
    for number, (key, node) in enumerate(given):
        head = f"{key}=" if key else ""
        source = _source_task(node, scope)
        if source is not None:
            variable = f"ARGUMENT_{number}"
            env[variable] = f"{{{{ outputs.{names[source]}.vars.value | toJson }}}}"
            arguments.append(f'{head}json.loads(os.environ["{variable}"])')
        else:
            arguments.append(f"{head}{ast.unparse(node)}")
    return _script(found.function, arguments, env, scope, plan)


def _source_task(node: ast.expr, scope: Scope) -> str | None:
    """Return the task whose result an argument is."""
    names = {found.name for found in scope.tasks}
    if isinstance(node, ast.Name) and node.id in names:
        return node.id
    same = [found.name for found in scope.tasks if found.node is node]
    return same[0] if same else None


def _script(
    function: ast.FunctionDef, arguments: list[str], env: dict[str, Json], scope: Scope, plan: Plan
) -> Step:
    """Write the function with the imports of its file, its call, and its result as an output."""
    lines = scope.source.splitlines()[function.lineno - 1 : function.end_lineno]
    body = textwrap.dedent("\n".join(lines))
    if re.search(r"\bcontext\b|\bti\b|\bxcom_|Variable\.get|BaseHook|Hook\(", body):
        raise Unknown(f"{function.name}() uses Airflow itself")
    imports, packages = _imports(scope, body)
    constants = _constants(scope, body)
    call = f"result = {function.name}({', '.join(arguments)})"
    script = "\n".join([*imports, "", *constants, body, "", call, _PUBLISH])
    values: dict[str, Json] = {"taskRunner": dict(PROCESS)}
    if packages:
        values["dependencies"] = list(packages)
    if env:
        values["env"] = env
    return Step(type=PYTHON, values={**values, "script": protected(script) + "\n"})


def _imports(scope: Scope, body: str) -> tuple[list[str], list[str]]:
    """Return the file's imports a function needs, without Airflow's, and the packages to install for them."""
    lines = ["import json", "import os"]
    packages: dict[str, None] = {}
    for node in scope.module.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        modules = (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
        roots = {name.partition(".")[0] for name in modules}
        bound = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
        if not any(re.search(rf"\b{re.escape(name)}\b", body) for name in bound):
            continue
        if roots & _STANDARD or (isinstance(node, ast.ImportFrom) and node.level):
            continue
        lines.append(ast.unparse(node))
        packages.update(dict.fromkeys(package for root in roots if (package := _package_of(root))))
    return list(dict.fromkeys(lines)), list(packages)


def _package_of(module: str) -> str:
    """Return the package of a module that does not come with Python, else nothing."""
    if module in sys.stdlib_module_names:
        return ""
    return PACKAGES.get(module, module.replace("_", "-"))


def _constants(scope: Scope, body: str) -> list[str]:
    return [
        f"{key} = {value!r}"
        for key, value in scope.names.items()
        if re.search(rf"\b{re.escape(key)}\b", body)
    ]


def _sql(found: Found, scope: Scope, plan: Plan) -> Step:
    connection = next(
        (
            str(item)
            for key, item in found.options.items()
            if key.endswith("conn_id") and not isinstance(item, Code)
        ),
        "postgres_default",
    )
    sql = found.options.get("sql")
    if isinstance(sql, list) and all(isinstance(item, str) and not isinstance(item, Code) for item in sql):
        text = translated(";\n".join(sql))
    else:
        text = _text(found, "sql")
    if text.strip().endswith(".sql"):
        raise Unknown(f"its query is in the file {text.strip()}")
    name = snake(connection).upper()
    plan.notes.append(f"The connection '{connection}' became the secrets {name}_URL, _USER and _PASSWORD.")
    values: dict[str, Json] = {
        "url": f"{{{{ secret('{name}_URL') }}}}",
        "username": f"{{{{ secret('{name}_USER') }}}}",
        "password": f"{{{{ secret('{name}_PASSWORD') }}}}",
        "sql": text,
    }
    return Step(type=QUERY, values=values)


def _http(found: Found, scope: Scope, plan: Plan) -> Step:
    connection = found.options.get("http_conn_id", "http_default")
    name = f"{snake(str(connection)).upper()}_URL"
    plan.notes.append(f"The connection '{connection}' became the secret {name}: the address's beginning.")
    endpoint = translated(str(found.options.get("endpoint") or "")).lstrip("/")
    method = str(found.options.get("method") or "POST").upper()
    values: dict[str, Json] = {"uri": f"{{{{ secret('{name}') }}}}/{endpoint}", "method": method}
    headers, data = found.options.get("headers"), found.options.get("data")
    if isinstance(headers, dict):
        values["headers"] = {key: translated(str(item)) for key, item in headers.items()}
    if isinstance(data, str) and not isinstance(data, Code):
        values["body"] = translated(data)
    elif data is not None:
        raise Unknown(f"data is made by code: {data}")
    return Step(type=REQUEST, values=values)


def _trigger_dag(found: Found, scope: Scope, plan: Plan) -> Step:
    flow = snake(_text(found, "trigger_dag_id")).replace("_", "-")
    waits = found.options.get("wait_for_completion") is True
    values: dict[str, Json] = {"namespace": plan.namespace, "flowId": flow, "wait": waits}
    plan.notes.append(f"'{found.task_id}' starts the flow {plan.namespace}.{flow}; import that DAG as well.")
    return Step(type=SUBFLOW, values=values)


_MAKERS: Final[dict[str, Callable[[Found, Scope, Plan], Step]]] = {
    "BashOperator": _bash,
    "PythonOperator": _python,
    "PythonVirtualenvOperator": _python,
    "@task": _decorated,
    "PostgresOperator": _sql,
    "SQLExecuteQueryOperator": _sql,
    "SimpleHttpOperator": _http,
    "HttpOperator": _http,
    "TriggerDagRunOperator": _trigger_dag,
}
