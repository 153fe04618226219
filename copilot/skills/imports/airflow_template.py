"""Airflow's Jinja templates in our expressions; what has no counterpart is refused."""

from __future__ import annotations

import re

from copilot.plan.render import snake

_EXPRESSION = re.compile(r"\{\{(?P<inside>.*?)\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_DATE = "(trigger.date ?? execution.startDate)"
_KNOWN = {
    "ds": f"{_DATE} | date('yyyy-MM-dd')",
    "ds_nodash": f"{_DATE} | date('yyyyMMdd')",
    "ts": _DATE,
    "ts_nodash": f"{_DATE} | date(\"yyyyMMdd'T'HHmmss\")",
    "execution_date": _DATE,
    "logical_date": _DATE,
    "data_interval_start": "trigger.previous ?? execution.startDate",
    "data_interval_end": _DATE,
    "run_id": "execution.id",
    "dag.dag_id": "flow.id",
    "task.task_id": "task.id",
}
_PARAM = re.compile(r"(?:dag_run\.conf|params)(?:\.(\w+)|\[['\"](\w+)['\"]\])")
_VARIABLE = re.compile(r"var\.(value|json)\.(\w+)")
_XCOM = re.compile(
    r"(?:ti|task_instance)\.xcom_pull\(\s*(?:task_ids\s*=\s*)?['\"]([\w.-]+)['\"]\s*"
    r"(?:,\s*key\s*=\s*['\"](\w+)['\"]\s*)?\)"
)


class Unknown(Exception):
    """Something of a task has no counterpart; the text says what."""


def translated(text: str) -> str:
    """Return a template in ours. Raises Unknown with the piece that has no counterpart."""
    return _EXPRESSION.sub(_one, text)


def _one(match: re.Match[str]) -> str:
    inside = (match["inside"] or "").strip()
    if inside in _KNOWN:
        return f"{{{{ {_KNOWN[inside]} }}}}"
    if found := _PARAM.fullmatch(inside):
        return f"{{{{ inputs.{snake(found[1] or found[2])} }}}}"
    if found := _VARIABLE.fullmatch(inside):
        return f"{{{{ kv('{found[2]}') }}}}"
    if found := _XCOM.fullmatch(inside):
        return f"{{{{ outputs.{snake(found[1])}.vars.{found[2] or 'value'} }}}}"
    raise Unknown(f"the template {match[0]}")
