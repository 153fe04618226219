"""An operation on rows as SQL."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.planner.rules.rows.operation import Computed, Filter, Measure, Transform


def to_sql(transform: Transform, relation: str) -> str:
    """Write one SELECT over a relation: a table, or a table function of DuckDB.

    Where a column has several possible names, DuckDB takes one that is there; elsewhere it is the first.
    """
    if "(" not in relation:
        transform = transform.settled()
    if transform.measures and (transform.distinct_by or transform.distinct):  # first distinct, then measured
        only = Transform(
            distinct=transform.distinct,
            distinct_by=transform.distinct_by,
            filters=transform.filters,
            columns=transform.columns,
        )
        relation = f"({to_sql(only, relation)})"
        transform = replace(transform, distinct=False, distinct_by=(), filters=(), columns=())
    elif transform.measures and not transform.groups and transform.limit and transform.order:
        only = Transform(
            filters=transform.filters, order=transform.order, limit=transform.limit, offset=transform.offset
        )
        relation = f"({to_sql(only, relation)})"  # measured of the first few only
        transform = replace(transform, filters=(), order=(), limit=None, offset=0)
    elif transform.computed and (transform.measures or transform.order or transform.filters):
        made = {item.name for item in transform.computed}
        if made & {*(m.column for m in transform.measures), *(f.column for f in transform.filters)}:
            relation = f"({to_sql(Transform(computed=transform.computed), relation)})"
            transform = replace(transform, computed=())
    lines = [f"SELECT {_select_list(transform)}", f"FROM {relation}"]
    if transform.filters:
        lines.append("WHERE " + "\n  AND ".join(_sql_filter(item) for item in transform.filters))
    if transform.groups and transform.measures:
        several = any("|" in name for name in transform.groups)
        lines.append("GROUP BY " + ("ALL" if several else ", ".join(map(identifier, transform.groups))))
    if transform.repeated:
        lines.append("HAVING count(*) > 1")
    order = transform.order
    if not order and transform.groups and transform.measures:
        order = ((transform.measures[0].name, True),)
    if order and not (transform.measures and not transform.groups):
        lines.append("ORDER BY " + ", ".join(_sql_order(name, down, transform) for name, down in order))
    if transform.limit is not None:
        lines.append(f"LIMIT {transform.limit}")
    if transform.offset > 0:
        lines[-1] += f" OFFSET {transform.offset}"
    elif transform.offset < 0 and order:  # the last of an order is the first of its opposite
        lines = [line for line in lines if not line.startswith("ORDER BY")]
        turned = ", ".join(_sql_order(name, not down, transform) for name, down in order)
        lines.insert(-1, f"ORDER BY {turned}")
    elif transform.offset < 0:
        where = f" WHERE {' AND '.join(map(_sql_filter, transform.filters))}" if transform.filters else ""
        lines[-1] += f" OFFSET (SELECT greatest(count(*) - {-transform.offset}, 0) FROM {relation}{where})"
    return "\n".join(lines)


def column_of(name: str) -> str:
    """Write a column; the first there is of several possible ones, which is the language of DuckDB."""
    if "|" not in name or name.startswith("{{"):
        return identifier(name)
    return f"coalesce(*COLUMNS('^({name})$'))"


def _first(name: str) -> str:
    return name.partition("|")[0]


def _named(name: str) -> str:
    """Write a column under its own name."""
    return f"{column_of(name)} AS {identifier(name.partition('|')[0])}" if "|" in name else identifier(name)


def _select_list(transform: Transform) -> str:
    if transform.measures:
        parts = [_named(name) for name in transform.groups]
        parts += [f"{_call(measure)} AS {measure.name}" for measure in transform.measures]
        wanted = {name.partition("|")[0] for name in transform.columns}
        kept = [part for part in parts if not wanted or re.split(r"\s+AS\s+", part)[-1].strip('"') in wanted]
        return ", ".join(kept or parts)
    if transform.columns:
        columns = ", ".join(_sql_column(name, transform) for name in transform.columns)
    else:
        columns = "*"
        if transform.dropped:
            columns += f" EXCLUDE ({', '.join(identifier(name) for name in transform.dropped)})"
        changed = [f"{text} AS {identifier(name)}" for name, text in _changed(transform).items()]
        if changed:
            columns += f" REPLACE ({', '.join(changed)})"
        if transform.renames:
            renamed = ", ".join(f"{identifier(old)} AS {identifier(new)}" for old, new in transform.renames)
            columns = f"* RENAME ({renamed})" if columns == "*" else f"{columns}, {renamed}"
    columns += "".join(f", {_made(item)} AS {identifier(item.name)}" for item in transform.computed)
    if transform.distinct_by:
        return f"DISTINCT ON ({', '.join(column_of(name) for name in transform.distinct_by)}) {columns}"
    return f"DISTINCT {columns}" if transform.distinct else columns


def _changed(transform: Transform) -> dict[str, str]:
    """Return the columns whose values are changed in place, with what they become."""
    changed = {_first(name): f"upper({identifier(_first(name))})" for name in transform.upper}
    changed |= {_first(name): f"lower({identifier(_first(name))})" for name in transform.lower}
    for said, places in transform.rounded:
        name = _first(said)
        text = (
            f"round({column_of(name)}, {places})" if places else f"CAST(round({column_of(name)}) AS BIGINT)"
        )
        changed[name] = text
    return changed


def _made(item: Computed) -> str:
    right = item.right if isinstance(item.right, str) and item.right.startswith("'") else _side(item.right)
    return f"{_side(item.left)} {item.operator.replace('!=', '<>')} {right}"


def _side(side: str | float) -> str:
    return f"{side:g}" if isinstance(side, float) else column_of(side)


def _sql_column(name: str, transform: Transform) -> str:
    new = dict(transform.renames).get(name)
    text = _changed(transform).get(name)
    if text is None and new is None:
        return _named(name)
    return f"{text or column_of(name)} AS {identifier(new or name)}"


def _call(measure: Measure) -> str:
    if measure.share is not None:
        return f"100.0 * sum(CASE WHEN {_sql_filter(measure.share)} THEN 1 ELSE 0 END) / count(*)"
    return "count(*)" if measure.column == "*" else f"{measure.function}({column_of(measure.column)})"


def _sql_order(name: str, down: bool, transform: Transform) -> str:
    measured = next((m.name for m in transform.measures if name in (m.column, m.name)), name)
    return f"{column_of(measured)}{' DESC' if down else ''}"


def _sql_filter(item: Filter) -> str:
    name, value = column_of(item.column), item.value
    if item.operator in ("true", "false"):
        return f"CAST({name} AS BOOLEAN) = {item.operator}"
    if "|" in item.column and item.operator in ("=", "!=", "in", "out") and not isinstance(value, float):
        return _any_of(item)
    if item.operator in ("present", "absent"):
        return f"{name} IS {'NOT ' if item.operator == 'present' else ''}NULL"
    if item.operator in ("in", "out"):
        values = ", ".join("'" + one.replace("'", "''") + "'" for one in item.among)
        if "|" in item.column:
            return f"({name} IN ({values})) = {'false' if item.operator == 'out' else 'true'}"
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


def _any_of(item: Filter) -> str:
    """Write that one of the possible columns holds a text, or that none does."""
    out = item.operator in ("!=", "out")
    tests = []
    for said in item.among or (str(item.value),):
        text = said.replace("'", "''") if "{{" not in said else said
        test = f"'{text}' IN (*COLUMNS('^({item.column})$'))"
        tests.append(f"({test}) = false" if out else test)  # DuckDB takes no NOT before such columns
    joined = (" AND " if out else " OR ").join(tests)
    return f"({joined})" if len(tests) > 1 else joined


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
