"""Neighbouring clauses that are one step: what they ask of the same rows is one operation."""

from __future__ import annotations

import re

from copilot.planner.rules.asked import asked
from copilot.planner.rules.clause import Act, Node
from copilot.planner.rules.fill.duckdb import joins
from copilot.planner.rules.fill.http import saved_as
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reading import LOGS
from copilot.planner.rules.scene import Scene

_TOOLS = r"\b(?:duckdb|python|pandas|postgres\w*|bigquery|mysql|mariadb)\b"
_ELSEWHERE = re.compile(
    r"\b(?:slack|e-?mail|mail|discord|teams|kafka|redis|mqtt|nats|s3|gcs|bucket|kv|key-value|table|hook|input)\b"
)
_READS = re.compile(
    r"^(?:read|open|load|take|use|query|get|fetch|download|retrieve|grab|pull|look at"
    r"|go through|analy[sz]e|filter|find)\b"
)


def merged(nodes: list[Node], scene: Scene) -> list[Node]:
    """Join neighbouring clauses that are one step."""
    found: list[Node] = []
    for node in nodes:
        last = found[-1] if found else None
        if isinstance(node, Act) and isinstance(last, Act) and _belongs(last, node, scene):
            text, words = f"{last.text} and then {node.text}", f"{last.words}, {node.words}"
            found[-1] = Act(text, words, [*last.literals, *node.literals])
        else:
            found.append(node)
    return found


def _belongs(one: Act, two: Act, scene: Scene) -> bool:
    return (
        _one_script(one, two, scene)
        or _asks_of_join(one, two, scene)
        or _saves_rows(one, two, scene)
        or _one_operation(one, two, scene)
    )


def _one_script(one: Act, two: Act, scene: Scene) -> bool:
    """`a Python script that computes … and prints it` is one script."""
    file = next((item.value for item in one.of("file") if item.value.endswith((".py", ".sh"))), None)
    if file and re.match(r"(?:run|execute|start|call) (?:it|that|this|the (?:file|script))\b", two.low):
        return re.match(r"(?:read|get|take|use|load|open|fetch)\b", one.low) is not None
    shows = re.fullmatch(
        r"(?:print|show|display|output|log) (?:it|that|this|them|the "
        r"(?:result|sum|total|output|average|mean|count|number|answer|value)s?)",
        two.low,
    )
    if not shows or not one.has(r"\bpython\b"):
        return False
    return bool(asked(one.text, scene)) or (
        one.has(r"\bpython\b.*\b(?:compute|calculate|print)") and not one.literals
    )


def _asks_of_join(one: Act, two: Act, scene: Scene) -> bool:
    """`join them on id and show the ten largest amounts`, `load it into DuckDB and count …`: one query."""
    into = re.fullmatch(
        r"(?:load|read|put|import|open|use) (?:it|them|that|the \w+) (?:in|into|with|in to) duck ?db",
        one.low,
    )
    if not (into or joins(one)) or two.of("url", "text", "code") or _tools(two) - {"duckdb"}:
        return False
    if joins(one) and re.match(LOGS, two.low) and not asked(two.text, scene).measures:
        return False
    return bool(asked(two.text, scene)) and not _ELSEWHERE.search(two.low)


def _saves_rows(one: Act, two: Act, scene: Scene) -> bool:
    """`compute the total per country and save it as CSV`: the file is written where the rows are made."""
    if not saved_as(two) or two.of("url", "text", "code") or one.of("text", "code") or saved_as(one):
        return False
    if one.has(r"\bpostgres|\bbigquery|^log\b|\bmysql\b|\bmariadb\b") or _tools(two):
        return False
    return bool(joins(one) or asked(one.text, scene)) and _only_saves(asked(two.text, scene))


def _only_saves(wanted: Transform) -> bool:
    return not wanted or bool(wanted.columns and not wanted.narrows)


def _one_operation(one: Act, two: Act, scene: Scene) -> bool:
    """`keep the users from Oslo, sort them by age and log their names`: one operation on the same rows."""
    if _tools(two) and _tools(one) != _tools(two):
        return False
    if two.of("url", "text", "code", "path", "bucket") or one.of("code") or saved_as(one):
        return False
    if _ELSEWHERE.search(two.low) or _ELSEWHERE.search(MARKED.sub("", one.low)) or len(one.of("url")) > 1:
        return False
    first, second = asked(one.text, scene), asked(two.text, scene)
    grouping = re.match(r"group(?:ed)?\s", one.low) is not None and not first.measures
    if not second or not (first or grouping or (_READS.match(one.low) and _tools(one) and one.of("url"))):
        return False
    if first.measures and re.match(LOGS, two.low):
        return False  # what is logged there is a part of what was measured
    if _tools(one) & {"python", "pandas"} and second.measures and first:
        return False  # a number is asked of the rows a script has written
    whole = asked(f"{one.text} and then {two.text}", scene)
    if grouping:
        return bool(whole.groups and whole.measures)
    return bool(whole) and _goes_before(first, second)


MARKED = re.compile(r"⟦\d+⟧")


def _goes_before(first: Transform, second: Transform) -> bool:
    """Whether one operation does both, the second after the first."""
    if first.measures:
        return not (second.measures or second.filters or second.columns or second.distinct or second.computed)
    if first.limit is not None or first.offset:
        return not (second.measures or second.filters or second.limit or second.distinct or second.order)
    if first.columns and second.measures:
        return first.distinct and all(measure.column == "*" for measure in second.measures)
    return not (first.columns and second.columns)


def _tools(act: Act) -> set[str]:
    return {
        name.replace("pandas", "python") for name in re.findall(_TOOLS, act.low.replace("duck db", "duckdb"))
    }
