"""What people who come from other tools call things: their word → words of our pages, one way only."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.term import stem

_WORDS: dict[str, str] = {
    # other orchestrators
    "job": "flow execution task",
    "operator": "task plugin",
    "sensor": "trigger poll",
    "xcom": "output",
    "hook": "webhook",
    "connection": "plugindefaults",
    "tag": "label",
    "catchup": "backfill",
    "queue": "concurrency",
    "throttle": "concurrency",
    "mutex": "concurrency",
    "overlap": "concurrency",
    "param": "input",
    "parametrize": "input",
    "parameterize": "input",
    "dropdown": "select",
    "checkbox": "boolean",
    "form": "input",
    "history": "execution",
    "orchestrate": "flow",
    # what goes wrong
    "crash": "fail error",
    "break": "fail error",
    "broken": "fail error",
    "blow": "fail error",
    "red": "fail failed",
    "green": "success",
    "hang": "timeout kill",
    "stuck": "timeout kill",
    "redo": "restart replay retry",
    "rerun": "restart replay backfill",
    "again": "retry",
    "recover": "restart retry",
    "cleanup": "finally purge delete",
    # control
    "fan": "foreach parallel",
    "while": "loopuntil",
    "until": "loopuntil",
    "ternary": "if condition",
    "person": "manual pause",
    "human": "manual pause",
    "signoff": "pause approval",
    "weekday": "dayweek",
    "calendar": "schedule date",
    "timer": "schedule",
    "christmas": "holiday",
    "easter": "holiday",
    "midnight": "schedule cron",
    "noon": "schedule cron",
    # data
    "upsert": "merge",
    "dedupe": "deduplicate",
    "duplicate": "deduplicate",
    "watermark": "kv state",
    "checkpoint": "kv state",
    "persist": "kv state store",
    "remember": "kv state store",
    "dump": "export copyout",
    "sheet": "excel",
    "workbook": "excel",
    "directory": "folder file",
    "glue": "concat",
    "append": "concat",
    "join": "concat",
    "chop": "split",
    "piece": "split batch",
    "chunk": "split batch",
    "warehouse": "bigquery",
    "lake": "gcs storage",
    "record": "row",
    "dataframe": "pandas row",
    "payload": "body json",
    "wipe": "purge delete",
    "tidy": "purge finally",
    # messages, caches
    "bus": "kafka nats topic message",
    "broker": "kafka mqtt nats",
    "stream": "consume topic kafka",
    "subscribe": "consume trigger",
    "listen": "subscribe consume trigger",
    "emit": "produce publish",
    "broadcast": "publish",
    "publisher": "produce publish",
    "producer": "produce publish",
    "consumer": "consume",
    "partition": "kafka topic",
    "iot": "mqtt",
    "device": "mqtt",
    "telemetry": "mqtt",
    "mosquitto": "mqtt",
    "jetstream": "nats",
    "cache": "redis",
    "memcached": "redis",
    "expire": "ttl expiration",
    "expiry": "ttl expiration",
    "atomic": "increment",
    "atomically": "increment",
    "counter": "increment",
    # files on other machines
    "amazon": "aws s3",
    "minio": "s3",
    "blob": "bucket object",
    "remote": "sftp ftp",
    "ssh": "sftp",
    "content": "list",
    "react": "trigger",
    "arrive": "trigger",
    "arrival": "trigger",
    "appear": "trigger",
    "land": "trigger",
    "watch": "trigger",
    "whenever": "trigger",
    "incoming": "trigger",
    "scrape": "http request download",
    "website": "http request download",
    "bulk": "batch copyin load",
    # models
    "gpt": "ai model completion",
    "chatgpt": "openai model completion",
    "claude": "anthropic",
    "gemini": "googlegemini",
    "prompt": "chatcompletion model",
    "summarise": "chatcompletion model",
    "summarize": "chatcompletion model",
    "summary": "chatcompletion model",
    "sentiment": "classification",
    "categorise": "classification",
    "categorize": "classification",
    "category": "classification",
    "picture": "image",
    "photo": "image",
    "draw": "imagegeneration image",
    "paint": "imagegeneration image",
    "bot": "ai agent chatcompletion",
    "chatbot": "ai agent chatcompletion",
    "conversation": "memory chat",
    "dialogue": "memory chat",
    "vector": "embedding",
    "semantic": "embedding search",
    "internet": "web search",
    "autonomous": "agent",
    "observability": "langfuse",
    # images and projects
    "dangling": "prune",
    "unused": "prune",
    "halt": "stop",
    "registry": "docker push pull",
    "containerize": "docker build",
    "stale": "freshness",
    "staleness": "freshness",
    "gate": "pause approval",
    # programming
    "interpolation": "expression template",
    "placeholder": "expression variable",
    "null": "default",
    "missing": "default",
    "regex": "regular pattern",
    "typescript": "javascript deno bun",
    "venv": "dependency",
    "library": "dependency package",
    "package": "dependency",
    "pip": "dependency package",
    "image": "docker container",
    "sandbox": "docker runner",
    "repo": "git",
    "repository": "git",
    "commit": "git",
    "checkout": "git clone",
    "ping": "notify message",
    "chat": "slack teams discord",
    "credential": "secret",
}

_PHRASES: dict[str, str] = {
    "sign off": "pause approval",
    "version control": "git",
    "fan out": "foreach parallel",
    "f string": "expression template",
    "clean up": "finally purge",
    "key value": "kv",
    "dead letter": "error",
    "one at a time": "concurrency limit",
    "only one": "concurrency limit",
    "in process database": "duckdb",
    "embedded database": "duckdb sqlite",
    "object storage": "gcs bucket",
    "pull request": "git",
    "go ahead": "pause approval",
    "four eyes": "pause approval",
    "same connection": "plugindefaults",
    "same setting": "plugindefaults",
    "repeat myself": "plugindefaults",
    "same property": "plugindefaults",
    "secure ftp": "sftp ftps",
    "drop a file": "trigger",
    "drops a file": "trigger",
    "show up": "trigger",
    "shows up": "trigger",
    "new file": "trigger",
    "what is in": "list",
    "are in": "list",
    "web page": "http request download",
    "free text": "jsonstructuredextraction",
    "structured data": "jsonstructuredextraction",
    "language model": "ai model completion",
    "local model": "ollama localai",
    "local llm": "ollama localai",
    "search the web": "web search tavily",
    "vector store": "embeddings",
    "vector database": "embeddings",
    "tool calling": "agent tool",
    "in memory": "redis",
    "time to live": "ttl",
    "message queue": "kafka nats",
    "working hours": "timebetween",
    "bank holiday": "publicholiday",
}


def _keys(found: str) -> tuple[str, ...]:
    """Return stems, and the words themselves: composed names such as `pluginDefaults` are kept whole."""
    return tuple(dict.fromkeys(key for word in found.split() for key in (stem(word), word)))


_BY_STEM = {stem(word): found for word, found in _WORDS.items()}

JARGON = {word: _keys(found) for word, found in _BY_STEM.items()}
"""Stem → terms."""


def translate(text: str, found: Sequence[str]) -> list[str]:
    """Return terms our pages use for what is in the text, without those that are in it already."""
    extra = [key for words in _of_phrases(text) for key in _keys(words)]
    extra += [other for word in found for other in JARGON.get(word, ())]
    known = set(found)
    return [word for word in dict.fromkeys(extra) if word not in known]


def phrases(text: str) -> list[str]:
    """Return terms our pages use for the phrases in the text alone: they are surer than single words."""
    return list(dict.fromkeys(key for words in _of_phrases(text) for key in _keys(words)))


def gloss(text: str, found: Sequence[str]) -> str:
    """Return our words for what is in the text, as words, for an embedder to read; empty without any."""
    words = [*_of_phrases(text), *(_BY_STEM[word] for word in found if word in _BY_STEM)]
    return " ".join(dict.fromkeys(" ".join(words).split()))


def _of_phrases(text: str) -> list[str]:
    lower = " ".join(text.lower().replace("-", " ").split())
    return [found for phrase, found in _PHRASES.items() if phrase in lower]
