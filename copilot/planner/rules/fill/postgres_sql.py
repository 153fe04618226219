"""SQL for PostgreSQL, written from the words."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import Act
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import identifier, to_sql
from copilot.planner.rules.scene import Scene

_NAME = r"⟦\d+⟧|[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)?"


_TABLES = (
    re.compile(rf"\btables?\s+(?:called\s+|named\s+)?(?P<a>{_NAME})", re.IGNORECASE),
    re.compile(
        rf"\b(?:read|select|get|fetch|query|export|pull|take|load|extract|copy)\s+(?:the\s+|all\s+|every\s+|my\s+)*(?P<a>{_NAME})\s+"
        r"(?:from|out of|in)\s+(?:the\s+|our\s+)?(?:postgres(?:ql)?|pg)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<a>{_NAME})\s+table\b", re.IGNORECASE),
    re.compile(
        (
            r"\b(?:into|from|to|in)\s+(?:the\s+)?(?:postgres(?:ql)?|pg|database|db)(?:\s+(?:as"
            rf"|into|in|at|to))?\s+(?P<a>{_NAME})(?=\s*$|\s+(?:with|and|at|on)\b)"
        ),
        re.IGNORECASE,
    ),
    re.compile(rf"\binto\s+(?P<a>{_NAME})(?=\s+(?:in|on|of|at)\b|\s*$)", re.IGNORECASE),
    re.compile(rf"\bcount(?:s|ing)?\s+(?:the\s+)?(?P<a>{_NAME})(?=\s+(?:by|per)\b)", re.IGNORECASE),
    re.compile(
        rf"\b(?:query|select|get|fetch|read|count|find|delete)\s+(?:(?:postgres\w*|pg|the database)\s+)?"
        rf"(?:for\s+)?(?:all\s+|the\s+|every\s+)+(?P<a>{_NAME})(?=\s+(?:where|with|whose|that|in|from|of)\b|\s*$)",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:in|from|of)\s+(?:the\s+)?(?P<a>[A-Za-z]+_\w+)(?=\s*$)", re.IGNORECASE),
)


NOT_TABLES = frozenset(
    [
        "the",
        "a",
        "an",
        "postgres",
        "postgresql",
        "pg",
        "database",
        "db",
        "table",
        "tables",
        "it",
        "them",
        "each",
        "every",
        "same",
        "target",
        "staging",
        "sql",
        "from",
        "with",
        "where",
        "rows",
        "into",
        "new",
        "for",
        "of",
        "and",
        *("in", "on", "at", "to", "by", "as", "is", "if", "via", "using", "called", "named", "that", "which"),
        *(
            "when",
            "then",
            "so",
            "per",
            "after",
            "before",
            "through",
            "every",
            "daily",
            "its",
            "their",
            "there",
        ),
    ]
)


POSTGRES = r"\b(?:postgres(?:ql)?|pg|psql|postgre)\b"


_COLUMNS = re.compile(
    (
        r"\b(?:with|columns?|having)\s+(?:the\s+)?(?:columns?\s+)?:?\s*(?P<cols>[a-z_]\w*(?:\s"
        r"+(?:int|integer|bigint|text|varchar|date|timestamp|boolean|bool|numeric|float"
        r"|double precision|real|json|jsonb|uuid|serial))?(?:(?:\s*,\s*(?:and\s+)?"
        r"|\s+and\s+)[a-z_]\w*(?:\s+(?:int|integer|bigint|text|varchar|date|timestamp|boolean"
        r"|bool|numeric|float|double precision|real|json|jsonb|uuid|serial))?)*)"
    ),
    re.IGNORECASE,
)


_KIND = (
    r"(?:int|integer|bigint|smallint|text|varchar(?:\s*\(\d+\))?|date|timestamp|timestamptz|time|boolean|bool"
    r"|numeric|decimal|float|double precision|real|jsonb?|uuid|bigserial|serial)"
)
_LISTED = re.compile(
    rf"\(\s*(?P<cols>[a-z_]\w*\s+{_KIND}(?:\s+primary key|\s+not null)*"
    rf"(?:\s*,\s*[a-z_]\w*\s+{_KIND}(?:\s+primary key|\s+not null)*)*)\s*\)",
    re.IGNORECASE,
)


def table_of(act: Act, scene: Scene) -> str | None:
    """Return the table a clause names."""
    text = " ".join(act.text.split())
    for number, match in ((n, match) for n, one in enumerate(_TABLES) for match in one.finditer(text)):
        said = match["a"]
        if not number and said.lower() in ("staging", "target"):
            return said
        literal = scene.masked.inside(said)
        name = literal[0].value if literal else said
        if name.lower() not in NOT_TABLES and not (literal and literal[0].kind not in ("text", "file")):
            return scene.fill_text(name)
    known = scene.lookup("table") or scene.lookup("table name")
    return f"{{{{ {known} }}}}" if known else None


def said_columns(act: Act) -> list[str]:
    text = " ".join(act.text.split())
    match = _LISTED.search(text) or _COLUMNS.search(text)
    if match is None:
        return []
    parts = [
        part.strip()
        for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", match["cols"])
        if part.strip()
    ]
    no_columns = NOT_TABLES | {"header", "headers", "replacing", "overwriting", "appending"}
    if any(part.lower() in no_columns for part in parts):
        return []
    return [f"{identifier(part.split()[0])} {' '.join(part.split()[1:]) or 'text'}" for part in parts]


def said_sql(act: Act, scene: Scene) -> str | None:
    both = act.find(
        rf"\b(?:sync|copy|insert|load|append|replicate)\b.*?\btable\s+(?P<one>{_NAME})\s+(?:in)?to\s+(?:the\s+)?(?:table\s+)?"
        rf"(?P<two>{_NAME})\s*$"
    )
    if both:
        one, two = (_named(both[name], scene) for name in ("one", "two"))
        refill = f"TRUNCATE TABLE {two};\n" if act.has(r"\b(?:sync|replace|overwrite|replicate)\b") else ""
        return f"{refill}INSERT INTO {two} SELECT * FROM {one}"
    table = table_of(act, scene)
    if table is None:
        found = scene.latest("table")
        table = found.name if found else None
    if table is None:
        return None
    if act.has(r"^insert\b.*\("):
        rows = _said_rows(act, scene)
        return f"INSERT INTO {table} VALUES {', '.join(rows)}" if rows else None
    if act.has(r"\btruncate|\bempty (?:the|it)\b|^clear (?:it|the table)\b"):
        return f"TRUNCATE TABLE {table}"
    if act.has(r"\bdrop\b.*\btable\b"):
        return f"DROP TABLE IF EXISTS {table}"
    if act.has(r"\bcreate\b.*\btable\b"):
        columns = said_columns(act)
        return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)})" if columns else None
    if act.has(
        r"^(?:update|alter|upsert|merge|rename|sync|move|(?:copy|load|insert|import|append|write|store|save|put|push)\b.*\b(?:in)?to)\b"
    ):
        return None
    if act.has(r"^(?:delete|remove|purge|clean(?: up)?)\b"):
        return _said_delete(act, table, scene)
    text = re.sub(
        rf"\b(?:the\s+)?(?:table\s+)?{re.escape(table)}(?:\s+table)?\b|{POSTGRES}",
        " ",
        act.text,
        flags=re.IGNORECASE,
    )
    wanted = read_rows(text, scene.masked, scene)
    scene.understand(wanted.said, wanted.assumed, wanted.left)
    return to_sql(wanted, table)


def _named(said: str, scene: Scene) -> str:
    literal = scene.masked.inside(said)
    return literal[0].value if literal else said


def _said_delete(act: Act, table: str, scene: Scene) -> str | None:
    """Write a DELETE for `rows older than 30 days`, `rows where …`; None when it is not clear which rows."""
    if act.has(r"\b(?:all|every)\b(?! (?:of )?the (?:old|stale))") and not act.has(
        r"\bwhere|whose|older|with\b"
    ):
        return f"DELETE FROM {table}"
    aged = act.find(r"\bolder than\s+(?P<n>\d+|an?|one)\s+(?P<unit>minute|hour|day|week|month|year)s?\b")
    if aged:
        column = re.search(r"\b(?:by|using|column)\s+(?:the\s+)?(?:column\s+)?([a-z_]\w*)", act.low)
        known = scene.latest("table")
        only = known.columns[0] if known and len(known.columns) == 1 else None
        name = column[1] if column else only or "created_at"
        if column is None and only is None:
            scene.note(
                f"How old a row of {table} is, is read from its column '{name}'; name another if it differs."
            )
        age = f"{aged['n'] if aged['n'].isdigit() else 1} {aged['unit'].lower()}s"
        return f"DELETE FROM {table}\nWHERE {identifier(name)} < now() - interval '{age}'"
    text = re.sub(r"^\w+(?: up)?\s+", "select ", act.text, flags=re.IGNORECASE)
    text = re.sub(
        rf"\b(?:the\s+)?(?:table\s+)?{re.escape(table)}(?:\s+table)?\b|{POSTGRES}",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    wanted = read_rows(text, scene.masked, scene)
    if not wanted.filters:
        return None
    other = [*wanted.columns, *(measure.name for measure in wanted.measures), *wanted.distinct_by]
    scene.understand(
        wanted.said - {*other}, wanted.assumed, [*wanted.left, *other]
    )  # no row is told by these
    return to_sql(Transform(filters=wanted.filters), table).replace("SELECT *\nFROM", "DELETE FROM", 1)


def _said_rows(act: Act, scene: Scene) -> list[str]:
    """Read `(1, 'start'), (2, 'stop')` as rows of SQL values."""
    rows = []
    for match in re.finditer(r"\(([^()]+)\)", act.text):
        cells = []
        for part in match[1].split(","):
            literal = scene.masked.inside(part)
            plain = literal[0].value if literal else part.strip()
            known = None if literal else scene.lookup(plain)
            bare = not literal and re.fullmatch(
                r"-?\d+(?:\.\d+)?|true|false|null|now\(\)", plain, re.IGNORECASE
            )
            text = f"{{{{ {known} }}}}" if known else scene.fill_text(plain).replace("'", "''")
            cells.append(plain if bare else f"'{text}'")
        rows.append(f"({', '.join(cells)})")
    return rows
