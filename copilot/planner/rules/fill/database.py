"""MySQL, and tables of databases that are handed on as files of rows."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.convert import converted, wanted_format
from copilot.planner.rules.fill.duckdb import sql_of
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.postgres import PREFIX as POSTGRES
from copilot.planner.rules.fill.postgres import connect as connect_postgres
from copilot.planner.rules.fill.postgres_sql import table_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import columns_of, gives_one_row, to_sql
from copilot.planner.rules.scene import Scene

MYSQL = "io.kestra.plugin.jdbc.mysql"
_MYSQL = r"\b(?:mysql|mariadb)\b"
_PG = r"\b(?:postgres(?:ql)?|pg)\b"
_READ = (
    r"^(?:read|get|fetch|query|select|load|extract|pull|take|export|dump|unload|copy|run|execute|"
    r"count|sum|find|show|list|use)\b"
)
PUT = r"^(?:load|insert|write|save|store|put|copy|import|append|ingest|push|export|add|move|upsert|send)\b"
_ONWARD = (
    r"\b(?:upload|publish|send|push|load|copy|insert|write|save|store|put|convert|export|move|"
    r"append|archive|import)\b"
)
_YESTERDAY = re.compile(
    r"\b(?:yesterday(?:['’]s)?|of yesterday|from yesterday|(?P<today>today(?:['’]s)?))\b", re.IGNORECASE
)


def connect_mysql(act: Act, scene: Scene) -> None:
    """Put the connection where all steps share it: said in the words, else a key and secrets."""
    url = next((item.value for item in scene.masked.literals if item.value.startswith("jdbc:mysql:")), None)
    scene.default(
        MYSQL,
        {
            "url": url or "{{ kv('MYSQL_JDBC_URL') }}",
            "username": "{{ secret('MYSQL_USERNAME') }}",
            "password": "{{ secret('MYSQL_PASSWORD') }}",
        },
    )
    scene.note(
        "MySQL needs the secrets MYSQL_USERNAME and MYSQL_PASSWORD (environment variables SECRET_…, base64)"
        + (
            "."
            if url
            else " and the key MYSQL_JDBC_URL, such as jdbc:mysql://db:3306/shop, in the key-value store."
        )
    )


def _about_mysql(act: Act) -> bool:
    return act.has(_MYSQL)


def about_postgres(act: Act, scene: Scene) -> bool:
    """Whether a clause speaks of PostgreSQL, itself or through what came before."""
    others = _MYSQL + r"|\b(?:duck ?db|big ?query|sqlite|redis|python)\b"
    if act.has(others):
        return False
    used = any(item.type == POSTGRES for item in scene.defaults)
    return act.has(_PG) or (
        act.has(r"\btable\b|\binto\b") and (used or bool(re.search(_PG, scene.request.lower())))
    )


def _table(act: Act, scene: Scene) -> str | None:
    plain = Act(re.sub(_MYSQL, "postgres", act.text, flags=re.IGNORECASE), act.words, act.literals)
    found = table_of(plain, scene)
    if found:
        return found
    match = act.find(
        r"\b(?:mysql|mariadb|postgres\w*)(?:'s)?\s+(?:table\s+)?(?P<a>(?!table\b|and\b|into\b|in\b|"
        r"with\b|database\b|for\b)[a-z_]\w*(?:\.\w+)?)"
    )
    return match["a"] if match else None


def _select(act: Act, table: str, prefix: str, scene: Scene, steps: list[Step]) -> str:
    """Write the SELECT of a table; which column holds the day is asked for when the words do not say."""
    text = " ".join(act.text.split())
    text = re.sub(rf"\b(?:the\s+)?(?:table\s+)?{re.escape(table)}(?:\s+table)?\b", " ", text)
    day = _YESTERDAY.search(text)
    wanted = read_rows(
        _YESTERDAY.sub(" ", re.sub(rf"{_MYSQL}|{_PG}", " ", text)) if day else text, scene.masked, scene
    )
    scene.understand(wanted.said, wanted.assumed, wanted.left)
    sql = to_sql(wanted, table)
    if day is None:
        return sql
    said = re.search(r"\b(?:by|where|column|using)\s+(?:the\s+)?(?:column\s+)?([a-z_]\w*)\s*(?:is|=|$)", text)
    back = "" if day["today"] else " | dateAdd(-1, 'DAYS')"
    moment = "(trigger.date ?? now())" if scene.scheduled else "now()"
    value = f"{{{{ {moment}{back} | date('yyyy-MM-dd') }}}}"
    if said:
        column = said[1]
    else:
        scene.variables["date_column"] = "date_column"
        column = "{{ vars.date_column }}"
        steps.append(
            Step(
                id=scene.name("placeholder"),
                placeholder=True,
                because=f"{day[0]}: which column of {table} holds the date? Write it into the "
                f"variable date_column",
            )
        )
    cast = f"CAST({column} AS date)"
    joined = "\nAND" if "\nWHERE" in sql else "\nWHERE"
    head, order, tail = sql.partition("\nORDER BY")
    return f"{head}{joined} {cast} = '{value}'{order}{tail}"


def _fill_read(act: Act, scene: Scene) -> list[Step] | None:
    prefix = MYSQL if _about_mysql(act) else POSTGRES
    steps: list[Step] = []
    sql = sql_of(act)
    table = _table(act, scene) if sql is None else None
    if sql is None and table is None:
        return None
    sql = scene.fill_text(sql) if sql is not None else _select(act, str(table), prefix, scene, steps)
    if prefix == MYSQL:
        connect_mysql(act, scene)
    else:
        connect_postgres(act, scene)
    if not re.match(r"\s*(?:select|with|show|table|values)\b", sql, re.IGNORECASE):
        several = len([part for part in sql.split(";") if part.strip()]) > 1
        return [scene.step(f"{prefix}.{'Queries' if several else 'Query'}", "query", act, {"sql": sql})]
    format_ = wanted_format(" ".join(act.text.split()))
    stored = format_ is not None or _handed_on(scene)
    step = scene.step(
        f"{prefix}.Query", "query", act, {"fetchType": "STORE" if stored else "FETCH", "sql": sql}
    )
    if not stored:
        scene.gives(step, "rows", "rows", columns=columns_of(sql), single=gives_one_row(sql))
        return [step, *steps]
    subject = re.sub(r"\W+", "_", (table or "rows").rpartition(".")[2])
    carrier = scene.gives(step, "file", "uri", format="ion", name="rows.ion", subject=subject, records=True)
    made = [step, *steps]
    if re.search(r"\b(?:duck ?db|python|pandas)\b", scene.upcoming):
        format_ = "csv"
    if (
        format_ is None
        and re.search(r"\b(?:gcs|google cloud|bucket)\b|⟦", scene.upcoming)
        and not re.search(r"\bs3\b", scene.upcoming)
    ):
        format_ = _bucket_format(scene)
    if format_ is not None and converted(carrier, format_, act, scene, made) is None:
        return None
    return made


def _bucket_format(scene: Scene) -> str | None:
    """Return the format of the object in Google Cloud Storage the next clause writes; None elsewhere."""
    literals = scene.masked.inside(scene.upcoming)
    address = next((item.value for item in literals if item.value.startswith("gs://")), "")
    if not address and not re.search(r"\b(?:gcs|google cloud|cloud storage)\b", scene.upcoming):
        return None
    said = wanted_format(scene.upcoming)
    suffix = address.rpartition(".")[2].lower()
    return said or (suffix if suffix in ("csv", "json", "parquet", "avro", "jsonl", "xml") else "csv")


def _handed_on(scene: Scene) -> bool:
    """Whether the next step takes the rows as a file: all but brokers, which take them one by one."""
    coming = scene.upcoming
    if re.search(r"\b(?:kafka|mqtt|nats|redis|slack|mail|kv|key)\b", coming):
        return False
    return (
        re.match(_ONWARD, coming) is not None
        or re.search(r"\b(?:duck ?db|python|pandas)\b", coming) is not None
    )


def _score_mysql(act: Act, scene: Scene) -> float:
    if not _about_mysql(act):
        return 0.0
    if sql_of(act) is not None:
        return 0.985
    return (
        0.985 if act.has(_READ) and not act.has(r"\b(?:into|to) (?:the |our )?(?:mysql|mariadb)\b") else 0.0
    )


def _score_postgres(act: Act, scene: Scene) -> float:
    """Score reading a PostgreSQL table into a file of another format than the database writes by itself."""
    if not act.has(_PG) or _about_mysql(act) or not act.has(_READ) or act.first("url"):
        return 0.0
    format_ = wanted_format(" ".join(act.text.split()))
    if format_ not in (None, "csv"):
        return 0.99
    if format_ == "csv" or act.has(r"\binto\b.*\btable\b") or not _table(act, scene):
        return 0.0
    if act.has(_YESTERDAY.pattern):
        return 0.985
    newest = scene.latest("file")
    onward = re.search(
        r"\b(?:s3|gcs|bucket|s?ftps?|parquet|avro|excel|xml|mysql|duck ?db|big ?query)\b", scene.upcoming
    )
    return 0.98 if onward and _handed_on(scene) and newest is None else 0.0


# --- rows of a file into a table ---------------------------------------------------------------------------

_BATCHED = frozenset({"ion", "parquet", "avro", "excel", "xml", "yaml"})


def _fill_batch(act: Act, scene: Scene) -> list[Step] | None:
    prefix = MYSQL if _about_mysql(act) else POSTGRES
    table = _table(act, scene)
    steps: list[Step] = []
    source = source_file(act, scene, steps) if act.first("url") else scene.latest("file", "rows", "response")
    if table is None or source is None:
        return None
    rows = converted(source, "ion", act, scene, steps)
    if rows is None:
        return None
    if prefix == MYSQL:
        connect_mysql(act, scene)
    else:
        connect_postgres(act, scene)
    if act.has(r"\b(?:replac|overwrit|truncat|refresh|reload)"):
        sql = f"TRUNCATE TABLE {table}"
        steps.append(scene.step(f"{prefix}.Query", "truncate_table", Act("", act.words, []), {"sql": sql}))
    step = scene.step(f"{prefix}.Batch", "load", act, {"table": table})
    step.wiring["from"] = scene.address(rows)
    scene.note(f"Every column of {table} takes the value of that name in the rows; the table must exist.")
    scene.gives(step, "value", "rowCount", subject="row_count")
    scene.gives(step, "table", "rowCount", name=table, subject=re.sub(r"\W+", "_", table))
    scene.purposes.append("to mysql" if prefix == MYSQL else "to postgres")
    return [*steps, step]


def _score_batch(act: Act, scene: Scene) -> float:
    if not act.has(PUT) or sql_of(act) is not None:
        return 0.0
    if act.has(r"\b(?:into|to|in) (?:the |a |our )?(?:mysql|mariadb)\b"):
        return 0.985
    if re.search(r"\.(?:xml|xlsx|avro|parquet|ya?ml)(?:$|\?)", act.first("url") or ""):
        return 0.99 if about_postgres(act, scene) else 0.0
    newest = scene.latest("file", "rows", "response")
    if act.first("url") or newest is None or newest.kind != "file" or newest.format not in _BATCHED:
        return 0.0
    return 0.99 if about_postgres(act, scene) else 0.0


RULES = (
    Rule(f"{MYSQL}.Query", _score_mysql, _fill_read),
    Rule(f"{POSTGRES}.Query", _score_postgres, _fill_read),
    Rule(f"{POSTGRES}.Batch", _score_batch, _fill_batch),
)
