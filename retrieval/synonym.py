"""Words that mean the same to a data engineer, and the phrases that stand for one of them."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.term import stem

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("postgres", "postgresql", "pg", "psql"),
    ("s3", "bucket", "aws"),
    ("gcs", "bucket", "gcp"),
    ("bigquery", "bq"),
    ("csv", "spreadsheet", "delimited"),
    ("k8s", "kubernetes"),
    ("docker", "container"),
    ("js", "javascript", "node", "nodejs"),
    ("py", "python"),
    ("bash", "shell", "sh", "terminal"),
    ("cron", "schedule", "periodic", "daily", "hourly", "weekly", "monthly", "nightly"),
    ("loop", "iterate", "foreach", "repeat"),
    ("branch", "condition", "conditional", "if", "switch"),
    ("concurrent", "parallel", "simultaneous"),
    ("download", "fetch", "retrieve"),
    ("upload", "push"),
    ("api", "http", "rest", "endpoint"),
    ("url", "uri", "link"),
    ("mail", "email", "smtp"),
    ("notify", "notification", "alert", "message"),
    ("secret", "password", "credential", "token"),
    ("parameter", "input", "argument", "param"),
    ("result", "output"),
    ("fail", "failure", "error", "exception"),
    ("wait", "sleep", "delay"),
    ("approve", "approval", "pause", "resume", "manual"),
    ("step", "task"),
    ("flow", "workflow", "pipeline", "dag"),
    ("run", "execution", "execute"),
    ("stop", "kill", "cancel", "abort"),
    ("subflow", "subworkflow", "child"),
    ("kv", "keyvalue"),
    ("config", "configuration", "setting"),
    ("log", "print"),
    ("delete", "remove", "purge"),
    ("unzip", "decompress", "extract", "gunzip"),
    ("zip", "compress", "archive"),
    ("json", "jsonl", "ndjson", "ion"),
    ("expression", "template", "pebble", "jinja"),
    ("default", "fallback"),
    ("backfill", "catchup", "historical"),
    ("ingest", "load", "import"),
    ("transform", "convert"),
    ("db", "database"),
    ("llm", "ai", "copilot", "assistant"),
    ("webhook", "callback"),
)

_TIMES = ("day", "hour", "minute", "week", "month", "morning", "evening", "night", "monday", "weekday")
"""Lead to schedules, but schedules do not lead to them."""

_PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("google cloud storage", ("gcs",)),
    ("big query", ("bigquery",)),
    ("key value", ("kv",)),
    ("for each", ("foreach", "loop")),
    ("in parallel", ("parallel",)),
    ("at the same time", ("parallel", "concurrency")),
    ("every day", ("schedule", "cron")),
    ("every hour", ("schedule", "cron")),
    ("every morning", ("schedule", "cron")),
    ("every night", ("schedule", "cron")),
    ("every week", ("schedule", "cron")),
    ("every month", ("schedule", "cron")),
    ("every minute", ("schedule", "cron")),
    ("past date", ("backfill",)),
    ("try again", ("retry",)),
    ("human approval", ("pause",)),
    ("environment variable", ("env",)),
    ("power shell", ("powershell",)),
)


def _table() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in _GROUPS:
        stems = [stem(word) for word in group]
        for word in stems:
            found.setdefault(word, {}).update(dict.fromkeys(other for other in stems if other != word))
    for word in _TIMES:
        found.setdefault(stem(word), {}).update(dict.fromkeys((stem("schedule"), "cron")))
    return {word: tuple(others) for word, others in found.items()}


SYNONYMS = _table()
"""Stem → stems of the same meaning."""

_PHRASE_STEMS = tuple((phrase, tuple(stem(word) for word in words)) for phrase, words in _PHRASES)


def expand(text: str, found: Sequence[str]) -> list[str]:
    """Return stems that mean the same as those found in the text, without them, in order, each once."""
    lower = " ".join(text.lower().replace("-", " ").split())
    extra = [word for phrase, words in _PHRASE_STEMS if phrase in lower for word in words]
    extra += [other for word in found for other in SYNONYMS.get(word, ())]
    known = set(found)
    return [word for word in dict.fromkeys(extra) if word not in known]
