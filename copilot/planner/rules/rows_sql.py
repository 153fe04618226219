"""A transform of rows as SQL."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.planner.rules.ranking import Measure
from copilot.planner.rules.row_filter import Filter
from copilot.planner.rules.transform import Transform

# --- SQL ---------------------------------------------------------------------------------------------------


def to_sql(transform: Transform, relation: str) -> str:
    """Write one SELECT over a relation."""
    if transform.measures and (transform.distinct_by or transform.distinct):  # first distinct, then measured
        only = Transform(
            distinct=transform.distinct, distinct_by=transform.distinct_by, filters=transform.filters
        )
        relation = f"({to_sql(only, relation)})"
        transform = replace(transform, distinct=False, distinct_by=(), filters=())
    lines = [f"SELECT {_select_list(transform)}", f"FROM {relation}"]
    if transform.filters:
        lines.append("WHERE " + "\n  AND ".join(_sql_filter(item) for item in transform.filters))
    if transform.groups and transform.measures:
        lines.append("GROUP BY " + ", ".join(identifier(name) for name in transform.groups))
    if transform.repeated:
        lines.append("HAVING count(*) > 1")
    order = transform.order
    if not order and transform.groups and transform.measures:
        order = ((transform.measures[0].name, True),)
    if order and not (transform.measures and not transform.groups):
        lines.append("ORDER BY " + ", ".join(_sql_order(name, down, transform) for name, down in order))
    if transform.limit is not None:
        lines.append(f"LIMIT {transform.limit}")
    return "\n".join(lines)


def _select_list(transform: Transform) -> str:
    if transform.measures:
        parts = [identifier(name) for name in transform.groups]
        parts += [f"{_call(measure)} AS {measure.name}" for measure in transform.measures]
        return ", ".join(parts)
    columns = ", ".join(_sql_column(name, transform) for name in transform.columns)
    if not columns:
        columns = "*"
        if transform.dropped:
            columns += f" EXCLUDE ({', '.join(identifier(name) for name in transform.dropped)})"
        cased = [(name, how) for how in ("upper", "lower") for name in getattr(transform, how)]
        if cased:
            texts = ", ".join(f"{how}({identifier(name)}) AS {identifier(name)}" for name, how in cased)
            columns += f" REPLACE ({texts})"
        if transform.renames:
            kept = ", ".join(f"{identifier(old)} AS {identifier(new)}" for old, new in transform.renames)
            columns = f"* RENAME ({kept})" if columns == "*" else f"{columns}, {kept}"
    columns += "".join(
        f", {_side(i.left)} {i.operator} {_side(i.right)} AS {identifier(i.name)}" for i in transform.computed
    )
    if transform.distinct_by:
        return f"DISTINCT ON ({', '.join(identifier(name) for name in transform.distinct_by)}) {columns}"
    return f"DISTINCT {columns}" if transform.distinct else columns


def _side(side: str | float) -> str:
    return f"{side:g}" if isinstance(side, float) else identifier(side)


def _sql_column(name: str, transform: Transform) -> str:
    new = dict(transform.renames).get(name)
    text = (
        f"upper({identifier(name)}) AS {identifier(new or name)}"
        if name in transform.upper
        else identifier(name)
    )
    return f"{text} AS {identifier(new)}" if new and name not in transform.upper else text


def _call(measure: Measure) -> str:
    return "count(*)" if measure.column == "*" else f"{measure.function}({identifier(measure.column)})"


def _sql_order(name: str, down: bool, transform: Transform) -> str:
    measured = next((m.name for m in transform.measures if m.column == name), name)
    return f"{identifier(measured)}{' DESC' if down else ''}"


def _sql_filter(item: Filter) -> str:
    name, value = identifier(item.column), item.value
    if item.operator in ("present", "absent"):
        return f"{name} IS {'NOT ' if item.operator == 'present' else ''}NULL"
    if item.operator in ("in", "out"):
        values = ", ".join("'" + one.replace("'", "''") + "'" for one in item.among)
        return f"{name} {'NOT ' if item.operator == 'out' else ''}IN ({values})"
    if item.among:
        negated = item.operator.startswith("un")
        plain = "starts" if "starts" in item.operator else "like"
        tests = [_sql_filter(replace(item, operator=plain, value=one, among=())) for one in item.among]
        return f"{'NOT ' if negated else ''}({' OR '.join(tests)})"
    if isinstance(value, float):
        return f"{name} {item.operator.replace('!=', '<>')} {value:g}"
    text = value.replace("'", "''") if "{{" not in value else value
    if item.operator in ("like", "unlike"):
        return f"{name} {'NOT ' if item.operator == 'unlike' else ''}LIKE '%{text}%'"
    if item.operator in ("starts", "unstarts"):
        return f"{name} {'NOT ' if item.operator == 'unstarts' else ''}LIKE '{text}%'"
    return f"{name} {item.operator.replace('!=', '<>')} '{text}'"


def columns_of(sql: str) -> tuple[str, ...]:
    """Return the names of the columns a SELECT gives, as far as its text tells."""
    match = re.match(
        r"\s*select\s+(?:distinct\s+)?(.+?)\s+from\b|\s*select\s+(.+)$", sql, re.IGNORECASE | re.DOTALL
    )
    if match is None:
        return ()
    parts = re.split(r",(?![^()]*\))", match[1] or match[2])
    named = (re.search(r"([A-Za-z_]\w*)\s*$", part.strip().strip('"')) for part in parts)
    return tuple(found[1] for found in named if found)


def gives_one_row(sql: str) -> bool:
    """Whether a SELECT gives one row for sure: a measure without groups, or nothing to select from."""
    low = sql.lower()
    measured = re.match(r"\s*select\s+(?:count|sum|avg|min|max)\s*\(", low) and "group by" not in low
    return bool(measured) or (low.lstrip().startswith("select") and not re.search(r"\bfrom\b", low))


def identifier(name: str) -> str:
    """Write a column name, quoted where SQL needs it."""
    if re.fullmatch(r"[A-Za-z_]\w*", name) and name.lower() not in _SQL_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


_SQL_WORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "group",
        "order",
        "by",
        "limit",
        "table",
        "user",
        "end",
        "case",
        "when",
        "then",
        "else",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "desc",
        "asc",
    ]
)
