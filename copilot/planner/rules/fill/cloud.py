"""Google Cloud: buckets, uploads, BigQuery."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.duckdb import sql_of
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import columns_of, gives_one_row, to_sql
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

PREFIX = "io.kestra.plugin.gcp"
UPLOAD, BUCKET = f"{PREFIX}.gcs.Upload", f"{PREFIX}.gcs.CreateBucket"
QUERY, DATASET = f"{PREFIX}.bigquery.Query", f"{PREFIX}.bigquery.CreateDataset"

_BUCKET = re.compile(
    (
        r"\bbucket\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|(?!in\b|with\b|and\b|on\b"
        r"|as\b)[a-z0-9][\w.-]*)|\b(?P<b>⟦\d+⟧|[a-z0-9][\w.-]*-[\w.-]*)\s+bucket\b"
    ),
    re.IGNORECASE,
)
_TABLE = re.compile(
    (
        r"\b(?:table|into|from|to|of|in)\s+(?:bigquery\s+)?(?:the\s+)?(?:table\s+)?(?P<a>⟦\d+⟧"
        r"|[\w-]+\.[\w-]+(?:\.[\w-]+)?)(?=\s|$)"
        r"|\bbigquery\s+(?:table\s+)?(?P<b>[\w-]+\.[\w-]+(?:\.[\w-]+)?)"
    ),
    re.IGNORECASE,
)
_DATASET = re.compile(
    (
        r"\bdataset\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|(?!in\b|with\b|and\b"
        r"|on\b)[A-Za-z_]\w*)|\b(?P<b>(?!(?:the|an?|new|this|big ?query|our|my)\b)[A-Za-z_]\w*)\s+dataset\b"
    ),
    re.IGNORECASE,
)


def connect(scene: Scene, type_id: str) -> None:
    """Put project and credentials where all Google Cloud steps share them; the location where it is taken."""
    scene.default(
        PREFIX,
        {
            "projectId": "{{ kv('GCP_PROJECT_ID') }}",
            "serviceAccount": "{{ secret('GCP_SERVICE_ACCOUNT') }}",
        },
    )
    found = scene.types.find(type_id)
    if found is not None and "location" in found.model_fields:
        shared = f"{PREFIX}.bigquery" if type_id.startswith(f"{PREFIX}.bigquery.") else type_id
        scene.default(shared, {"location": "{{ kv('GCP_LOCATION', errorOnMissing=false) ?? 'EU' }}"})
    scene.note(
        "Google Cloud needs the key GCP_PROJECT_ID in this namespace's key-value store and "
        "the secret GCP_SERVICE_ACCOUNT (the JSON key; environment variable "
        "SECRET_GCP_SERVICE_ACCOUNT, base64)."
    )


def _said(match: re.Match[str] | None, scene: Scene) -> str | None:
    if match is None:
        return None
    text = match["a"] or match["b"]
    literal = scene.masked.inside(text)
    return scene.fill_text(literal[0].value if literal else text)


def _bucket(act: Act, scene: Scene) -> str:
    address = act.first("bucket")
    if address:
        return address.removeprefix("gs://").partition("/")[0]
    name = _said(_BUCKET.search(" ".join(act.text.split())), scene) or scene.last_bucket
    if name:
        scene.last_bucket = name
        return name
    known = scene.lookup("bucket") or scene.lookup("bucket name")
    if known:
        return f"{{{{ {known} }}}}"
    scene.note("The bucket is read from the key GCP_BUCKET_NAME of this namespace's key-value store.")
    return "{{ kv('GCP_BUCKET_NAME') }}"


def _fill_upload(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    file = source_file(act, scene, steps)
    if file is None:
        return None
    connect(scene, UPLOAD)
    target = scene.fill_text(act.first("bucket") or "")
    named = re.search(
        r"\b(?:under|as|at|to|named|called)\s+(?:the\s+)?(?:name\s+|path\s+|key\s+)?(?P<at>⟦\d+⟧)", act.text
    )
    if named and (said := scene.masked.inside(named["at"])[0]).kind in ("file", "text"):
        target = f"gs://{_bucket(act, scene)}/{scene.fill_text(said.value).lstrip('/')}"
    if not target or target.endswith("/") or target.count("/") < 3:
        loop = scene.loop_value()
        extension = f".{file.name.partition('.')[2]}" if "." in file.name else ""
        if scene.loop is not None and scene.loop.noun == "file":  # the loop's value is an address
            loop = f"{loop} | substringAfterLast('/')"
            extension = "" if file.given.startswith("@") else extension
        name = f"{{{{ {loop} }}}}{extension}" if loop else f"{file.subject or 'data'}{extension}"
        target = f"{target.rstrip('/')}/{name}" if target else f"gs://{_bucket(act, scene)}/{name}"
    upload = scene.step(UPLOAD, "upload", act, {"to": target})
    upload.wiring["from"] = scene.address(file)
    scene.purposes.append("to gcs")
    scene.gives(upload, "value", "uri", format=file.format, name=target, subject="gcs")
    return [*steps, upload]


def _fill_bucket(act: Act, scene: Scene) -> list[Step] | None:
    connect(scene, BUCKET)
    values: dict[str, Json] = {"name": _bucket(act, scene), "ifExists": "SKIP"}
    return [scene.step(BUCKET, "create_bucket", act, values)]


def _fill_dataset(act: Act, scene: Scene) -> list[Step] | None:
    connect(scene, DATASET)
    name = _said(_DATASET.search(" ".join(act.text.split())), scene) or "{{ kv('GCP_DATASET') }}"
    return [scene.step(DATASET, "create_dataset", act, {"name": name, "ifExists": "SKIP"})]


def _fill_query(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    sql = sql_of(act)
    table = _said(_TABLE.search(" ".join(act.text.split())), scene)
    if table is None:
        table = next((item.name for item in reversed(scene.carriers) if item.subject == "bigquery"), None)
    if sql is None and act.has(r"\b(?:load|insert|ingest|import|write|save|store|external table|create)\b"):
        if table is None:
            return None
        sql = _load_sql(act, scene, table, steps)
    elif sql is None and table is not None:
        text = act.text.replace(table, " ")
        wanted = read_rows(text, scene.masked, scene)
        scene.understand(wanted.said, wanted.assumed, wanted.left)
        sql = to_sql(wanted, f"`{table}`")
    if sql is None:
        return None
    connect(scene, QUERY)
    reads = bool(re.match(r"\s*(?:select|with)\b", sql, re.IGNORECASE))
    values: dict[str, Json] = {"fetchType": "FETCH", "sql": sql} if reads else {"sql": sql}
    step = scene.step(QUERY, "query" if reads else "load_bigquery", act, values)
    if reads:
        scene.gives(step, "rows", "rows", columns=columns_of(sql), single=gives_one_row(sql))
    elif table is not None:
        scene.gives(step, "value", "jobId", subject="bigquery", name=table)
    return [*steps, step]


def _load_sql(act: Act, scene: Scene, table: str, steps: list[Step]) -> str | None:
    source = scene.latest("value")
    if source is not None and source.subject != "gcs":
        source = None
    address = act.first("bucket")
    if source is None and address is None:
        steps += _fill_upload(act, scene) or []
        if not steps:
            return None
        source = scene.carriers[-1]
    where = address or f"{{{{ {scene.address(source)} }}}}"  # type: ignore[arg-type]
    format_ = {"csv": "CSV", "parquet": "PARQUET", "json": "JSON", "jsonl": "JSON"}.get(
        source.format if source else (address or "").removesuffix(".gz").rpartition(".")[2], "CSV"
    )
    header = ", skip_leading_rows = 1" if format_ == "CSV" else ""
    if act.has(r"\bexternal\b"):
        return (
            f"CREATE OR REPLACE EXTERNAL TABLE `{table}`\nOPTIONS (format = '{format_}', uris = "
            f"['{where}']{header})\n"
        )
    how = "OVERWRITE" if act.has(r"\b(?:replac|overwrit|truncat)") else "INTO"
    return f"LOAD DATA {how} `{table}`\nFROM FILES (format = '{format_}', uris = ['{where}']{header})\n"


RULES = (
    Rule(
        UPLOAD,
        words(
            (
                (
                    r"\b(?:upload|copy|send|put|store|save|write|push|load|move)\b.*\b(?:gcs"
                    r"|google cloud storage|cloud storage|bucket|data lake)\b"
                ),
                0.95,
            ),
            (r"\b(?:gcs|cloud storage)\b", 0.6),
            unless=r"\bbigquery\b|^create\b|\bs3\b",
        ),
        _fill_upload,
    ),
    Rule(
        UPLOAD,
        lambda act, scene: (
            0.9
            if any(item.value.startswith("gs://") for item in act.of("bucket"))
            and not act.has(r"\bbigquery\b|^(?:list|delete|remove|drop|show|find)\b")
            and (act.first("url") or not act.has(r"\bfrom ⟦"))
            else 0.0
        ),
        _fill_upload,
    ),
    Rule(
        UPLOAD,
        lambda act, scene: (
            0.9
            if scene.last_bucket and act.has(r"^(?:upload|copy|send|put|push)\b.*\b(?:it|there)$")
            else 0.0
        ),
        _fill_upload,
    ),
    Rule(BUCKET, words((r"\b(?:create|make|set up|ensure)\b.*\bbucket\b", 0.96)), _fill_bucket),
    Rule(DATASET, words((r"\b(?:create|make|set up|ensure)\b.*\bdataset\b", 0.96)), _fill_dataset),
    Rule(
        QUERY, words((r"\b(?:bigquery|big query|bq)\b", 0.95), unless=r"\bcreate\b.*\bdataset\b"), _fill_query
    ),
)
