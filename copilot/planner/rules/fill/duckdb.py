"""DuckDB: SQL that was given, or SELECTs written from the words, over the file at hand."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import download, saved_as, source_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.script import PYTHON, transformed
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import columns_of, gives_one_row, identifier, to_sql
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

QUERY = "io.kestra.plugin.jdbc.duckdb.Query"
QUERIES = "io.kestra.plugin.jdbc.duckdb.Queries"
FORMATS = ("json", "jsonl", "csv", "parquet")
_READERS = {
    "json": "read_json_auto",
    "jsonl": "read_json_auto",
    "csv": "read_csv_auto",
    "parquet": "read_parquet",
}
_SQL = re.compile(
    r"^\s*(?:select|with|create|insert|update|delete|copy|from|describe|show|pivot|attach|load|install)\b",
    re.IGNORECASE,
)


def sql_of(act: Act) -> str | None:
    """Return the SQL a clause quotes."""
    for literal in act.of("code", "text"):
        if literal.facts.get("lang") == "sql" or _SQL.match(literal.value):
            return literal.value.strip()
    return None


def _score(act: Act, scene: Scene) -> float:
    if act.has(r"\bduck ?db\b"):
        return 0.97
    if (saved_as(act) or "").endswith("parquet"):
        return 0.95
    if joins(act) and len(scene.files()) + len(act.of("url")) > 1 and not act.has(r"\bpython\b"):
        return 0.985
    if act.has(r"\b(?:python|pandas|postgres(?:ql)?|bigquery|slack|email)\b"):
        return 0.0
    if sql_of(act) is not None:
        return 0.6 if scene.latest("table") else 0.86
    file = scene.source(*FORMATS)
    wanted = read_rows(act.text, scene.masked, scene, file.columns if file else ())
    if file is None and act.of("file") and wanted:
        return 0.8
    if file is None or act.first("url"):
        elsewhere = act.has(r"^(?:download|post|put)\b|\b(?:kv|key|table|bucket|variable)\b")
        return 0.85 if act.first("url") and wanted.narrows and not elsewhere else 0.0
    if wanted.limit and act.has(r"^return\b") and scene.latest("rows", "file") is not None:
        return 0.95
    if not wanted or act.has(r"^log\b|^return\b|^load\b|^insert\b|^save\b"):
        return 0.0
    strong = bool(wanted.measures or wanted.order or wanted.filters or wanted.limit or wanted.distinct)
    return 0.8 if strong else 0.74


def _fill(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    if (joined := _joined(act, scene)) is not None:
        return joined
    file = source_of(act, scene, steps, *FORMATS)
    given = sql_of(act)
    if given is not None:
        return [*steps, _query(scene.fill_text(given), act, scene, file)]
    known = file.columns if file is not None else ()
    wanted = read_rows(act.text, scene.masked, scene, known)
    if file is None or file.format not in FORMATS:
        return _calculated(act, scene)
    if file.format == "json" and not file.records and scene.has(PYTHON):
        unwrap = transformed(Transform(), Act("", act.words, []), scene, file)
        scene.note(
            "The address may answer with an object around its rows; a small script takes the rows out first."
        )
        steps.append(unwrap)
        file = scene.carriers[-1]
    scene.understand(wanted.said, wanted.assumed, wanted.left)
    if kept := act.find(
        r"\binto\s+(?:an?\s+|the\s+)?(?:duck ?db\s+)?table\s+(?:called\s+|named\s+)?(?P<t>[a-z_]\w*)"
    ):
        scene.note(f"DuckDB keeps no table '{kept['t']}' between tasks; the rows are handed on.")
    if not wanted:
        wanted = (
            Transform(limit=100)
            if act.has(r"\b(?:query|show|preview|look|read|sample|display|load|analy[sz]e)\b")
            else Transform()
        )
    relation = _relation(file.format, file.name)
    scene.purposes.append(wanted.purpose)
    if saved := saved_as(act):
        return [*steps, _saved(to_sql(wanted, relation), saved, act, scene, file)]
    step = _query(to_sql(wanted, relation), act, scene, file)
    if scene.carriers and scene.carriers[-1].kind == "rows":
        scene.carriers[-1] = replace(scene.carriers[-1], columns=wanted.names(known), single=wanted.one_row)
    return [*steps, step]


def counted(act: Act, scene: Scene) -> list[Step] | None:
    """Count the rows of the newest file; None when there is none that can be read."""
    file = scene.source(*FORMATS)
    return _fill(act, scene) if file is not None and file.format in FORMATS and scene.has(QUERY) else None


def _relation(format_: str, name: str) -> str:
    """Write the table function of a file. Whether a CSV file has a header cannot be told from texts alone."""
    return f"{_READERS[format_]}('{name}'{', header = true' if format_ == 'csv' else ''})"


_FORMS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet"}


def _saved(sql: str, saved: str, act: Act, scene: Scene, file: Carrier) -> Step:
    """Make the query that writes its rows to a file."""
    name = saved if "." in saved else f"{file.subject or 'rows'}.{saved}"
    name = name if name != file.name else f"new_{name}"
    how = _FORMS.get(name.rpartition(".")[2], "FORMAT json, ARRAY")
    text = f"COPY (\n{_indented(sql)}\n) TO '{{{{ workingDir }}}}/{name}' ({how})\n"
    step = scene.step(QUERY, "query", act, {"outputFiles": [name], "sql": text})
    step.wiring[f"inputFiles/{file.name}"] = scene.content(file)
    scene.gives(
        step, "file", "outputFiles", name, format=name.rpartition(".")[2], name=name, records=True,
        subject=file.subject,
    )  # fmt: skip
    return step


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


_JOIN = re.compile(
    r"\b(?:(?:left|right|full|inner|outer)\s+)*(?:join(?:ed|ing|s)?|merg(?:e|ed|ing)|combin(?:e|ed|ing)|match(?:ed|ing)?|link(?:ed|ing)?"
    r"|enrich(?:ed|ing)?)\b[^.;]*?"
    r"(?:\b(?:on|by|using|over|via|through|with the)\s+(?:the\s+|their\s+)?"
    r"(?:same\s+|common\s+)?(?:(?:columns?|keys?|fields?)\s+)?"
    r"|[(,]\s*(?:the\s+)?(?:key|column)s?\s*(?:is\s+|:\s*)?)(?P<col>⟦\d+⟧|(?!duck|sql|python|commas?\b|semicolons?\b|spaces?\b|dashes\b|hyphens?\b|newlines?\b|an?\b|the\b|names?\b|data\b)[A-Za-z_]\w*)\)?",
    re.IGNORECASE,
)  # fmt: skip


def joins(act: Act) -> bool:
    """Whether a clause joins two files by a column they share."""
    return _JOIN.search(" ".join(act.text.split())) is not None and not act.has(
        r"\btable\b|\bpostgres|\bmysql"
    )


def _joined(act: Act, scene: Scene) -> list[Step] | None:
    """`join them on customer_id`: the two newest files as one table."""
    match = _JOIN.search(" ".join(act.text.split()))
    if match is None or not joins(act) or sql_of(act) is not None:
        return None
    before = [download(item.value, act, scene, number=n) for n, item in enumerate(act.of("url"))]
    files = [item for item in scene.files() if item.format in FORMATS and not item.compressed][-2:]
    if len(files) < 2:
        return None
    literal = scene.masked.inside(match["col"])
    column = identifier(literal[0].value if literal else match["col"])
    kind = (
        "LEFT JOIN"
        if act.has(r"\bleft join\b")
        else "FULL JOIN"
        if act.has(r"\b(?:full|outer)\b")
        else "JOIN"
    )
    names = [f"{item.step}.{item.format}" for item in files]
    readers = [
        f"{_relation(item.format, name)} AS {identifier(item.step.removeprefix('download_'))}"
        for item, name in zip(files, names, strict=True)
    ]
    text = _JOIN.sub(" ", " ".join(act.text.split()), count=1)
    wanted = read_rows(text, scene.masked, scene).joined()
    scene.understand(wanted.said, wanted.assumed, wanted.left)
    sql = to_sql(wanted, f"{readers[0]}\n{kind} {readers[1]} USING ({column})")
    if saved := saved_as(act):
        step = _saved(sql, saved, act, scene, files[0])
        step.id = scene.name("join")
        step.wiring = {}
    else:
        step = scene.step(QUERY, "join", act, {"fetchType": "FETCH", "sql": sql})
    for item, name in zip(files, names, strict=True):
        step.wiring[f"inputFiles/{name}"] = scene.address(item)
    if not saved:
        scene.gives(step, "rows", "rows", subject="joined", columns=wanted.names(()), single=wanted.one_row)
    return [*before, step]


def _query(sql: str, act: Act, scene: Scene, file: Carrier | None) -> Step:
    several = len([part for part in re.split(r";\s*(?:\n|$|\s(?=[A-Za-z]))", sql) if part.strip()]) > 1
    type_id = QUERIES if several and scene.has(QUERIES) else QUERY
    store = act.has(r"\b(?:store|save|keep|write)\b.*\b(?:result|file|ion)\b") or act.has(
        r"\bfetch ?type store\b"
    )
    values: dict[str, Json] = {}
    step = scene.step(type_id, "query", act, values)
    if file is not None and file.name:
        step.wiring[f"inputFiles/{file.name}"] = scene.content(file)
        sql = re.sub(r"(?i)(from\s+)(?:the file|input|data)\b(?!\.)", rf"\1'{file.name}'", sql)
    values["fetchType"] = "STORE" if store else "FETCH"
    values["sql"] = sql.rstrip().removesuffix(";") + "\n" if "\n" in sql else sql
    step.values = values
    path = ("outputs",) if type_id == QUERIES else ("uri",) if store else ("rows",)
    if store:
        scene.gives(step, "file", *path, format="ion", name="rows.ion")
    else:
        scene.gives(
            step, "rows", *path, subject=file.subject if file else "",
            columns=columns_of(sql), single=gives_one_row(sql),
        )  # fmt: skip
    return step


def _calculated(act: Act, scene: Scene) -> list[Step] | None:
    """`calculate 40 + 2 with DuckDB`."""
    match = act.find(r"(?P<sum>-?\d+(?:\.\d+)?(?:\s*[-+*/]\s*-?\d+(?:\.\d+)?)+)")
    if match is None:
        return None
    return [_query(f"SELECT {match['sum']} AS result", act, scene, None)]


RULES = (Rule(QUERY, _score, _fill),)
