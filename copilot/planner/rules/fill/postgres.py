"""PostgreSQL: load a file into a table, run SQL, read and count tables, copy a table out."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.duckdb import sql_of
from copilot.planner.rules.fill.http import source_of
from copilot.planner.rules.fill.postgres_sql import NOT_TABLES, POSTGRES, said_columns, said_sql, table_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.script import PYTHON, plain_file, transformed
from copilot.planner.rules.fill.shell import runner
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import columns_of, gives_one_row
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

PREFIX = "io.kestra.plugin.jdbc.postgresql"
QUERY, QUERIES = f"{PREFIX}.Query", f"{PREFIX}.Queries"
COPY_IN, COPY_OUT = f"{PREFIX}.CopyIn", f"{PREFIX}.CopyOut"

_HEADER_SCRIPT = """import csv
import json
import re

PATTERNS = [
    ("bigint", r"[-+]?[0-9]{1,18}"),
    ("double precision", r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?"),
    ("text", r"(?s:.*)"),
]

with open("{name}", newline="") as file:
    reader = csv.reader(file)
    header = next(reader)
    types = [list(PATTERNS) for _ in header]
    for row in reader:
        for number, cell in enumerate(row[: len(header)]):
            if cell != "":
                types[number] = [kind for kind in types[number] if re.fullmatch(kind[1], cell)]
columns = ", ".join(f'"{column}" {kinds[0][0]}' for column, kinds in zip(header, types))
print("::" + json.dumps(dict(outputs=dict(columns=columns))) + "::")
"""


def connect(act: Act, scene: Scene) -> None:
    """Put the connection where all steps share it: said in the words, else visible defaults and a secret."""
    words = f"{act.text} {scene.masked.text}"
    jdbc = next((item.value for item in scene.masked.literals if item.kind == "jdbc"), None)
    host = re.search(
        (
            r"\b(?:at|on|host)\s+(?P<host>[\w.-]+):(?P<port>\d{2,5})(?:/(?P<db>\w+))?"
            r"|\bhost(?:\s+is)?\s+(?P<host2>[\w.-]+)(?:,?\s+(?:and\s+|on\s+)?port\s+(?P<port2>\d{2,5}))?"
        ),
        words,
    )
    database = re.search(
        (
            r"\b(?:database|db)\s+(?:called\s+|named\s+)?(?P<db>(?!at\b|on\b|table\b|into\b"
            r"|with\b|and\b|as\b|host\b|user\b|every\b)[a-z_]\w*)(?!\s+table)"
        ),
        words,
        re.IGNORECASE,
    )
    user = re.search(
        (
            r"\b(?:as|with|user(?:name)?)\s+(?:the\s+)?user(?:name)?\s+(?P<user>\w+)"
            r"|\buser(?:name)?\s*[:=]?\s+(?P<user2>(?!i\b|can\b)\w+)"
        ),
        words,
        re.IGNORECASE,
    )
    named = database["db"] if database and database["db"].lower() not in NOT_TABLES else "postgres"
    place = (
        f"{host['host'] or host['host2']}:{host['port'] or host['port2'] or 5432}"
        if host
        else "localhost:5432"
    )
    url = jdbc or f"jdbc:postgresql://{place}/{(host['db'] if host and host['db'] else named)}"
    who = (user["user"] or user["user2"]) if user else "postgres"
    told = scene.connection
    if "postgres" in told.get("url", ""):
        who = told.get("username", who)
        given = {"url": told["url"], "username": who} | (
            {"password": told["password"]} if told.get("password") else {}
        )
        if "password" in told:
            scene.default(PREFIX, given)
            scene.note(f"PostgreSQL is reached at {told['url']} as '{who}' (see pluginDefaults).")
            return
    scene.default(PREFIX, {"url": url, "username": who, "password": "{{ secret('POSTGRES_PASSWORD') }}"})
    scene.note(
        f"PostgreSQL is reached at {url} as '{who}' (see pluginDefaults); its password is the "
        "secret POSTGRES_PASSWORD (environment variable SECRET_POSTGRES_PASSWORD, base64)."
    )


def _about(act: Act, scene: Scene) -> bool:
    """Whether the clause speaks of PostgreSQL, itself or through what came before."""
    if act.has(r"\b(?:duckdb|bigquery|python|gcs|mysql|sqlite)\b"):
        return False
    return act.has(POSTGRES) or (
        bool(re.search(POSTGRES, scene.request.lower()))
        and act.has(r"\b(?:table|database|sql|query|insert|load|truncate)\b|\binto\b")
    )


def _score_load(act: Act, scene: Scene) -> float:
    if not _about(act, scene) or not act.has(
        r"\b(?:load|insert|copy|import|ingest|write|save|store|put|upload|append|add|move|export|send|push)\b"
    ):
        return 0.0
    if act.has(r"\btable \S+ (?:in)?to (?:the )?(?:table )?\S+$"):
        return 0.0
    if act.has(r"\bcopy\b.*\bout\b|\bfrom\b.*\b(?:postgres|table)\b") and not act.has(r"\binto\b"):
        return 0.0
    if act.has(r"\binsert\b.*\(.*\)"):
        return 0.0
    return 0.97 if act.first("url") or scene.source() or act.of("file") or act.has(r"\bcsv\b") else 0.4


def _fill_load(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    file = source_of(act, scene, steps, "csv", "json", "jsonl")
    made = scene.latest("table")
    table = (
        table_of(act, scene) or (made.name if made else None) or (file.subject if file is not None else None)
    )
    if file is None or not table or file.format not in ("csv", "json", "jsonl"):
        return None
    connect(act, scene)
    if file.format != "csv":
        said = tuple(part.split()[0].strip('"') for part in said_columns(act))
        steps.append(transformed(Transform(columns=said), Act("to csv", act.words, []), scene, file))
        file = scene.carriers[-1]
    file = plain_file(act, scene, steps, file)
    if made is not None and made.subject == "created" and made.name == table:
        return [*steps, *_create_and_copy(table, [], file, act, scene)]
    columns = said_columns(act) or [f'"{name}" text' for name in file.columns]
    if not columns and scene.has(PYTHON):
        header = scene.step(
            PYTHON,
            "read_header",
            Act("", act.words, []),
            {**runner(act, scene), "script": _HEADER_SCRIPT.replace("{name}", file.name)},
        )
        header.wiring[f"inputFiles/{file.name}"] = scene.address(file)
        steps.append(header)
        found = scene.address(
            Carrier(
                "value",
                header.id,
                ("vars", "columns"),
                header.type,
                loops=scene.carriers[-1].loops if scene.loop else (),
            )
        )
        columns = [f"{{{{ {found} }}}}"]
    steps += _create_and_copy(table, columns, file, act, scene)
    return steps


def _create_and_copy(table: str, columns: list[str], file: Carrier, act: Act, scene: Scene) -> list[Step]:
    sql = f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)})"
    steps = [scene.step(QUERY, "create_table", Act("", act.words, []), {"sql": sql})] if columns else []
    if act.has(r"\b(?:replac\w+|overwrit\w+|truncate|refresh|reload|fresh)\b"):
        steps.append(
            scene.step(QUERY, "truncate_table", Act("", act.words, []), {"sql": f"TRUNCATE TABLE {table}"})
        )
    copy = scene.step(COPY_IN, "load", act, {"table": table, "format": "CSV", "header": True})
    copy.wiring["from"] = scene.address(file)
    scene.gives(copy, "value", "rowCount", subject="row_count")
    scene.gives(copy, "table", "rowCount", name=table, subject=snake(table))
    scene.purposes.append("to postgres")
    return [*steps, copy]


# --- SQL ---------------------------------------------------------------------------------------------------


def _score_query(act: Act, scene: Scene) -> float:
    onward = _on_table(act, scene)
    if not _about(act, scene) and not onward:
        return 0.0
    if sql_of(act) is not None:
        return 0.96
    if act.has(r"\binsert\b.*\(.*\)|\btable \S+ (?:in)?to (?:the )?(?:table )?\S+$"):
        return 0.95
    if act.has(r"\b(?:create|truncate|drop|empty)\b.*\btable\b") or (
        act.has(r"^(?:truncate|empty|clear) (?:it|the table)\b") and scene.latest("table")
    ):
        return 0.95
    if act.has(
        r"\b(?:select|query|count|read|get|fetch|show|sum|average|list|top|find|extract"
        r"|delete|check|compute|remove|purge|clean)\b"
    ):
        return 0.9 if onward or table_of(act, scene) or scene.latest("table") else 0.5
    return 0.3 if _about(act, scene) else 0.0


def _on_table(act: Act, scene: Scene) -> bool:
    """Whether the clause names no tool and a table is the newest thing to ask something of."""
    if act.has(r"\b(?:duckdb|bigquery|python|pandas|gcs|slack|https?|api|kv|key)\b|^(?:log|print|return)\b"):
        return False
    if act.first("url"):
        return False
    for carrier in reversed(scene.carriers):
        if carrier.kind == "table":
            return bool(read_rows(act.text, scene.masked, scene)) or act.has(
                r"^(?:select|query|read)\b|^(?:delete|remove|purge)\b.*\brows?\b|^(?:truncate|empty"
                r"|clear) (?:it|the table)\b"
            )
        if carrier.kind == "value" or carrier.type.startswith(PREFIX):
            continue
        return False
    return False


def _fill_query(act: Act, scene: Scene) -> list[Step] | None:
    sql = sql_of(act)
    sql = scene.fill_text(sql) if sql is not None else said_sql(act, scene)
    if sql is None:
        return None
    connect(act, scene)
    several = len([part for part in sql.split(";") if part.strip()]) > 1
    type_id = QUERIES if several and scene.has(QUERIES) else QUERY
    reads = bool(re.match(r"\s*(?:select|with|table|values|show)\b", sql, re.IGNORECASE)) and not several
    values: dict[str, Json] = {"fetchType": "FETCH", "sql": sql} if reads else {"sql": sql}
    name = "query" if reads else snake(" ".join(sql.split()[:2])) or "query"
    step = scene.step(type_id, name, act, values)
    if reads:
        scene.gives(step, "rows", "rows")
    if reads and scene.carriers[-1].step == step.id:
        bare = re.match(r"\s*select\s+(count|sum|avg|min|max)\s*\([^()]*\)\s+from\b", sql, re.IGNORECASE)
        scene.carriers[-1] = replace(
            scene.carriers[-1],
            columns=columns_of(sql) or ((bare[1].lower(),) if bare else ()),
            single=gives_one_row(sql) or sql.endswith("LIMIT 1"),
        )
    if made := re.match(
        r"\s*(?:create table (?:if not exists )?|truncate table |insert into )([\w.]+)", sql, re.IGNORECASE
    ):
        scene.gives(step, "table", "size", name=made[1], subject="created")
    return [step]


def _fill_out(act: Act, scene: Scene) -> list[Step] | None:
    sql, table = sql_of(act), table_of(act, scene)
    if sql is None and table is None:
        return None
    connect(act, scene)
    values: dict[str, Json] = {"sql": sql or f"SELECT * FROM {table}", "format": "CSV", "header": True}
    step = scene.step(COPY_OUT, "export", act, values)
    name = next((item.value.rpartition("/")[2] for item in act.of("file")), "data.csv")
    scene.gives(step, "file", "uri", format="csv", name=name, records=True)
    return [step]


def _score_out(act: Act, scene: Scene) -> float:
    if not _about(act, scene):
        return 0.0
    return (
        0.96
        if act.has(
            r"\b(?:export|dump|copy|unload)\b.*\b(?:out|to (?:a )?(?:csv|file)|as csv)\b"
            r"|\bexport\b.*\btable\b"
        )
        else 0.0
    )


RULES = (
    Rule(COPY_IN, _score_load, _fill_load),
    Rule(QUERY, _score_query, _fill_query),
    Rule(COPY_OUT, _score_out, _fill_out),
)
