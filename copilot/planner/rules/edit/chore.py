# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Chores on a table of the flow's own database: empty it, vacuum it, analyse it; and the connection for new steps."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.plan import Step
from copilot.planner.rules.edit.state import Changing, plain
from engine.model.json import Json

_TABLE = r"(?:the\s+)?(?:(?:whole\s+|old\s+)?table\s+)?(?P<table>⟦\d+⟧|[A-Za-z_][\w.]*?)(?:\s+table)?"
_CHORES = tuple(
    (re.compile(pattern, re.IGNORECASE), sql)
    for pattern, sql in (
        (rf"^(?:please\s+)?(?:vacuum)\s+{_TABLE}$", "VACUUM {}"),
        (rf"^(?:please\s+)?(?:vacuum and analy[sz]e)\s+{_TABLE}$", "VACUUM ANALYZE {}"),
        (rf"^(?:please\s+)?(?:analy[sz]e)\s+{_TABLE}$", "ANALYZE {}"),
        (rf"^(?:please\s+)?(?:reindex)\s+{_TABLE}$", "REINDEX TABLE {}"),
        (rf"^(?:please\s+)?(?:truncate|empty|clear|wipe|clean out)\s+{_TABLE}$", "TRUNCATE TABLE {}"),
        (rf"^(?:please\s+)?(?:delete|remove)\s+(?:all\s+(?:the\s+)?|everything|the\s+)(?:rows\s+|records\s+)?(?:from|in|of)\s+{_TABLE}$", "TRUNCATE TABLE {}"),
        (rf"^(?:please\s+)?(?:refresh)\s+(?:the\s+)?materiali[sz]ed view\s+{_TABLE}$", "REFRESH MATERIALIZED VIEW {}"),
        (
            (rf"^(?:please\s+)?(?:create|add|make|put)\s+(?:an?\s+)?(?P<unique>unique\s+)?index\s+(?:on|for|to)\s+{_TABLE}\s*(?:\(\s*(?P<columns>\w+(?:\s*,\s*\w+)*)\s*\)"
            r"|\s(?:on|over|by|for|with)\s+(?:the\s+)?(?:columns?\s+)?(?P<columns2>\w+(?:(?:\s*,\s*|\s+and\s+)\w+)*))$"),
            "CREATE INDEX",
        ),
        (rf"^(?:please\s+)?drop\s+(?:the\s+)?table\s+{_TABLE}(?:\s+if it exists)?$", "DROP TABLE IF EXISTS {}"),
    )
)  # fmt: skip
_COUNT = re.compile(
    rf"^(?:please\s+)?count\s+(?:the\s+|all\s+(?:the\s+)?)?(?:number of\s+)?(?:rows|records|entries)\s+(?:of|in|from)\s+{_TABLE}$",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"[\s,]*\b(?:on|in|with|against|using)\s+(?:the|our)\s+(?:same|very same|flow's)?\s*(?:postgres(?:ql)?\s+|mysql\s+)?(?:database|connection|db|server)(?:\s+as\s+\w+)?\b|[\s,]+there$",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"^(?:please\s+)?(?:run|execute)\s+(?:the\s+)?(?:sql\s+|query\s+|statement\s+)?⟦\d+⟧(?:\s+(?:on|in|with|against)\s+(?:the\s+)?(?:postgres(?:ql)?|mysql|database|db))?$",
    re.IGNORECASE,
)
_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|vacuum|analy[sz]e|truncate|create|alter|drop|refresh|reindex|grant|call|with)\s",
    re.IGNORECASE,
)
_CONNECTION = ("url", "username", "password", "connection")


def chore(text: str, state: Changing) -> Step | None:
    """Return the step for `empty the table trips`, where the flow works with one database."""
    said = " ".join(_SAME.sub(" ", text).split()).strip(" ,")
    kind = database_of(state)
    given = _GIVEN.match(said)
    literal = state.masked.inside(said)[0] if given else None
    if kind and literal is not None and _SQL.match(literal.value):
        step = Step(id="run_sql", type=f"{kind}.Query", values={"sql": literal.value}, because=text)
        connected([step], state)
        return step
    counted = _COUNT.match(said)
    if kind and counted is not None and (table := plain(counted["table"], state.masked)) in tables_of(state):
        values: dict[str, Json] = {"sql": f"SELECT count(*) AS n FROM {table}", "fetchType": "FETCH_ONE"}
        step = Step(id=f"count_{table.rpartition('.')[2]}", type=f"{kind}.Query", values=values, because=text)
        connected([step], state)
        return step
    for pattern, sql in _CHORES if kind else ():
        match = pattern.match(said)
        if match is None:
            continue
        table = plain(match["table"], state.masked)
        known = re.search(rf"(?<![\w.]){re.escape(table)}(?![\w.])", state.text)
        if not known and "table" not in said:
            return None
        name = f"{sql.split()[0].lower()}_{table.rpartition('.')[2]}"
        if sql == "CREATE INDEX":
            columns = re.split(r"\s*,\s*|\s+and\s+", match["columns"] or match["columns2"])
            unique = "UNIQUE " if match["unique"] else ""
            name = f"index_{table.rpartition('.')[2]}"
            sql = f"CREATE {unique}INDEX IF NOT EXISTS {table.rpartition('.')[2]}_{'_'.join(columns)}_idx ON {{}} ({', '.join(columns)})"
        step = Step(
            id=re.sub(r"\W", "_", name), type=f"{kind}.Query", values={"sql": sql.format(table)}, because=text
        )
        connected([step], state)
        return step
    return None


def tables_of(state: Changing) -> set[str]:
    """Return the tables the flow names: where it loads to, and in its SQL."""
    found = {
        str(task["table"]) for _, task in target.tasks_of(state.data) if isinstance(task.get("table"), str)
    }
    for _, task in target.tasks_of(state.data):
        if isinstance(task.get("sql"), str) and ".duckdb." not in task["type"]:
            found |= set(
                re.findall(
                    r"\b(?:from|into|table(?:\s+if\s+(?:not\s+)?exists)?|update|join)\s+([A-Za-z_][\w.]*)",
                    task["sql"],
                    re.IGNORECASE,
                )
            )
    return found


def database_of(state: Changing) -> str:
    """Return the package of the only database the flow works with."""
    kinds = {
        task["type"].rpartition(".")[0] for _, task in target.tasks_of(state.data) if ".jdbc." in task["type"]
    }
    return kinds.pop() if len(kinds) == 1 else ""


def connected(steps: list[Step], state: Changing, given: str = "") -> None:
    """Let new steps on a database reach it as the flow's own tasks do, unless the words give an address."""
    if "jdbc:" in given:
        return
    for outer in steps:
        for step in outer.walk():
            package = step.type.rpartition(".")[0]
            if ".jdbc." not in package or package.endswith("duckdb"):
                continue
            values = _of(package, state)
            if values is not None:
                for key in _CONNECTION:
                    step.values.pop(key, None)
                step.values.update(values)


def _of(package: str, state: Changing) -> dict[str, Json] | None:
    """Return how the tasks of a package reach their database; empty where the defaults of the flow say it."""
    for item in state.data.get("pluginDefaults") or ():
        values = item.get("values") if isinstance(item, dict) else None
        if isinstance(values, dict) and "url" in values and f"{package}.".startswith(f"{item.get('type')}."):
            return {}
    ways = [
        {key: task[key] for key in _CONNECTION if key in task}
        for _, task in target.tasks_of(state.data)
        if task["type"].rpartition(".")[0] == package and "url" in task
    ]
    return ways[-1] if ways and all(way == ways[0] for way in ways) else None
