"""Files in buckets and archives, repositories, chat rooms, old executions."""

from __future__ import annotations

import json
import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.control import condition
from copilot.planner.rules.fill.cloud import PREFIX, connect
from copilot.planner.rules.fill.duckdb import sql_of
from copilot.planner.rules.fill.http import message_text, source_file
from copilot.planner.rules.fill.rule import Fill, Rule, Score, words
from copilot.planner.rules.rows.sql import columns_of, gives_one_row
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import find_duration
from engine.model.json import Json

LIST, DELETE, GET = f"{PREFIX}.gcs.List", f"{PREFIX}.gcs.Delete", f"{PREFIX}.gcs.Download"
LOAD = f"{PREFIX}.bigquery.LoadFromGcs"
CLONE = "io.kestra.plugin.git.Clone"
WORKING = "io.kestra.plugin.core.flow.WorkingDirectory"
COMPRESS = "io.kestra.plugin.compress.FileCompress"
ARCHIVE = "io.kestra.plugin.compress.ArchiveCompress"
DISCORD = "io.kestra.plugin.notifications.discord.DiscordIncomingWebhook"
TEAMS = "io.kestra.plugin.notifications.teams.TeamsIncomingWebhook"
PURGE = "io.kestra.plugin.core.execution.PurgeExecutions"


def _object(act: Act) -> str | None:
    return next((item.value for item in act.of("bucket") if item.value.startswith("gs://")), None)


def _on_object(*patterns: str, weight: float) -> Score:
    def score(act: Act, scene: Scene) -> float:
        return weight if _object(act) and any(act.has(pattern) for pattern in patterns) else 0.0

    return score


def _fill_list(act: Act, scene: Scene) -> list[Step] | None:
    connect(scene, LIST)
    step = scene.step(LIST, "list_files", act, {"from": scene.fill_text(_object(act) or "")})
    scene.gives(step, "value", "blobs", subject="files")
    return [step]


def _fill_delete(act: Act, scene: Scene) -> list[Step] | None:
    connect(scene, DELETE)
    return [scene.step(DELETE, "delete_file", act, {"uri": scene.fill_text(_object(act) or "")})]


def _fill_get(act: Act, scene: Scene) -> list[Step] | None:
    address = _object(act) or ""
    if address.endswith("/") or "*" in address:
        return None
    connect(scene, GET)
    step = scene.step(GET, "download", act, {"from": scene.fill_text(address)})
    name = address.rpartition("/")[2]
    suffix = name.removesuffix(".gz").rpartition(".")[2]
    scene.gives(
        step,
        "file",
        "uri",
        format=suffix,
        compressed=name.endswith(".gz"),
        name=f"data.{suffix}",
        subject=re.sub(r"\W+", "_", name.partition(".")[0]),
    )
    return [step]


def _fill_load(act: Act, scene: Scene) -> list[Step] | None:
    address = _object(act)
    table = re.search(
        r"\b(?:table|into)\s+(?:the\s+)?(?:bigquery\s+)?(?:table\s+)?([\w-]+(?:\.[\w-]+){1,2})",
        act.text,
        re.IGNORECASE,
    )
    formats = {
        "csv": "CSV",
        "parquet": "PARQUET",
        "json": "JSON",
        "jsonl": "JSON",
        "avro": "AVRO",
        "orc": "ORC",
    }
    format_ = formats.get((address or "").removesuffix(".gz").rpartition(".")[2])
    if address is None or table is None or format_ is None:
        return None
    connect(scene, LOAD)
    name = table[1] if table[1].count(".") == 2 else f"{{{{ kv('GCP_PROJECT_ID') }}}}.{table[1]}"
    values: dict[str, Json] = {
        "from": [scene.fill_text(address)],
        "destinationTable": name,
        "format": format_,
    }
    if format_ == "CSV":
        values |= {"autodetect": True, "csvOptions": {"skipLeadingRows": 1}}
    if act.has(r"\bappend|\badd(?:ing)? to\b"):
        values["writeDisposition"] = "WRITE_APPEND"
    elif act.has(r"\b(?:overwrit|replac|truncat)"):
        values["writeDisposition"] = "WRITE_TRUNCATE"
    return [scene.step(LOAD, "load", act, values)]


def _score_clone(act: Act, scene: Scene) -> float:
    return 0.97 if act.first("url") and act.has(r"^(?:git )?clone\b|^check ?out\b") else 0.0


def _fill_clone(act: Act, scene: Scene) -> list[Step] | None:
    values: dict[str, Json] = {"url": act.first("url") or ""}
    if branch := re.search(r"\bbranch\s+([\w./-]+)|\bthe\s+([\w./-]+)\s+branch\b", act.text, re.IGNORECASE):
        values["branch"] = branch[1] or branch[2]
    return [scene.step(CLONE, "clone", act, values)]


def _fill_compress(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    file = source_file(act, scene, steps)
    if file is None:
        return None
    if act.has(r"\bzip|\barchive") and not act.has(r"\bgzip"):
        step = scene.step(ARCHIVE, "zip", act, {"algorithm": "ZIP"})
        step.wiring[f"from/{file.name or 'file'}"] = scene.address(file)
    else:
        step = scene.step(COMPRESS, "compress", act, {"compression": "GZIP"})
        step.wiring["from"] = scene.address(file)
    scene.gives(step, "file", "uri", format="zip", name="archive.zip", subject=file.subject)
    return [*steps, step]


def _fill_room(type_id: str, key: str, secret: str, name: str) -> Fill:
    def fill(act: Act, scene: Scene) -> list[Step] | None:
        text = message_text(act, scene)
        if not text:
            return None
        if (hook := act.first("url")) is None:
            scene.note(
                f"{name.capitalize()} needs the secret {secret} "
                f"(environment variable SECRET_{secret}, base64)."
            )
        values: dict[str, Json] = {
            "url": hook or f"{{{{ secret('{secret}') }}}}",
            "payload": json.dumps({key: text}, ensure_ascii=False),
        }
        return [scene.step(type_id, f"notify_{name}", act, values)]

    return fill


def _fill_purge(act: Act, scene: Scene) -> list[Step] | None:
    age = find_duration(act.text)
    if age is None:
        return None
    values: dict[str, Json] = {"endDate": f"{{{{ now() | dateAdd(-{_days(age.iso)}, 'DAYS') }}}}"}
    if space := re.search(
        r"\bnamespace\s+(⟦\d+⟧|[\w.-]*\w)|\b(?:of|in)\s+([a-z][\w-]*\.[\w.-]*\w)", act.text
    ):
        values = {"namespace": space[1] or space[2], **values}
    return [scene.step(PURGE, "purge_executions", act, values)]


def _days(iso: str) -> int:
    found = re.match(r"P(\d+)D", iso)
    return int(found[1]) if found else 1


SQLITE = "io.kestra.plugin.jdbc.sqlite.Query"
ASSERT = "io.kestra.plugin.core.execution.Assert"


def _fill_sqlite(act: Act, scene: Scene) -> list[Step] | None:
    sql = sql_of(act)
    if sql is None:
        return None
    address = act.first("jdbc") or "jdbc:sqlite::memory:"
    if act.first("jdbc") is None:
        scene.note("The SQLite database is in memory; give its file as `url`, such as jdbc:sqlite:my.db.")
    values: dict[str, Json] = {"url": address, "fetchType": "FETCH", "sql": scene.fill_text(sql)}
    step = scene.step(SQLITE, "query", act, values)
    scene.gives(step, "rows", "rows", columns=columns_of(sql), single=gives_one_row(sql))
    return [step]


_ASSERTED = re.compile(
    r"^(?:assert|ensure|make sure|verify|check)\s+(?:that\s+)?(?P<test>.+?)(?:\s*,?\s+"
    r"(?:or\s+else|or|otherwise|else|and)\s+(?:it\s+)?fails?\b.*)?$",
    re.IGNORECASE,
)


def _fill_assert(act: Act, scene: Scene) -> list[Step] | None:
    match = _ASSERTED.match(" ".join(act.text.split()))
    test = condition(match["test"], scene.masked, scene) if match else None
    if test is None:
        return None
    values: dict[str, Json] = {"conditions": [test]}
    if texts := act.of("text"):
        values["errorMessage"] = scene.fill_text(texts[-1].value)
    return [scene.step(ASSERT, "assert", act, values)]


RULES = (
    Rule(SQLITE, words((r"\bsqlite\b", 0.985)), _fill_sqlite),
    Rule(ASSERT, words((r"^(?:assert|ensure|make sure|verify that|check that)\b", 0.975)), _fill_assert),
    Rule(
        LIST,
        _on_object(r"^(?:list|show|get (?:the |a )?list|find|look)\b.*\bfiles?\b|^list\b", weight=0.98),
        _fill_list,
    ),
    Rule(DELETE, _on_object(r"^(?:delete|remove|drop)\b", weight=0.98), _fill_delete),
    Rule(GET, _on_object(r"^(?:download|fetch|get|read|grab|pull|take)\b", weight=0.94), _fill_get),
    Rule(LOAD, _on_object(r"\bbig ?query\b|\bbq\b", weight=0.99), _fill_load),
    Rule(CLONE, _score_clone, _fill_clone),
    Rule(
        COMPRESS,
        words((r"^(?:zip|gzip|compress|archive)\b|^(?:make|create)\b.*\b(?:zip|archive)\b", 0.98)),
        _fill_compress,
    ),
    Rule(
        DISCORD,
        words((r"\bdiscord\b", 0.98)),
        _fill_room(DISCORD, "content", "DISCORD_WEBHOOK_URL", "discord"),
    ),
    Rule(
        TEAMS,
        words((r"\b(?:microsoft|ms) teams\b|\bteams (?:channel|webhook)\b", 0.98)),
        _fill_room(TEAMS, "text", "TEAMS_WEBHOOK_URL", "teams"),
    ),
    Rule(
        PURGE,
        words((r"^(?:purge|delete|remove|clean up)\b.*\bexecutions?\b.*\b(?:older|old)\b", 0.98)),
        _fill_purge,
    ),
)
