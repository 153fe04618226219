# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Servers that moved: the host, the port or the whole address of what the flow reaches is another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.plan import target
from copilot.planner.rules.edit.state import Changing, dotted, note, plain
from engine.model.json import Json
from engine.source.document import Path

_VALUE = r"(?P<value>⟦\d+⟧|(?:port\s+)?\d{2,5}|localhost(?::\d+)?|(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d+)?|[a-z][\w-]*:\d{2,5}|[a-z]+[\w]*[\d-][\w-]*)"
_WHAT = r"(?:(?:the|our|my|this)\s+)?(?P<what>[A-Za-z][\w.-]*(?:\s+[A-Za-z][\w-]*){0,3}?)"
_MOVED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^{_WHAT}\s+(?:has\s+|have\s+|was\s+|were\s+|is\s+|got\s+|been\s+|just\s+|now\s+|will\s+|be\s+)*"
            rf"(?:moved?|migrated?|switched?|relocated|changed|gone|went|moving)\s+(?:over\s+)?(?:to|into)\s+(?:the\s+)?(?:host\s+|server\s+)?{_VALUE}(?:\s+now)?$"
        ),
        (
            rf"^{_WHAT}\s+(?:now\s+)?(?:is|are|lives?|runs?|sits?|listens?|answers?|can be found|can be reached|is found|is reached|is hosted|is served)\s+"
            rf"(?:now\s+|from now on\s+)?(?:at|on|under|behind|from)\s+(?:the\s+)?(?:host\s+|server\s+)?{_VALUE}(?:\s+(?:now|from now on))?$"
        ),
        rf"^{_VALUE}\s+is\s+(?:now\s+)?(?:the|our)\s+(?:new\s+)?(?:home|host|address|server|machine)?\s*(?:of|for)?\s*(?:the\s+|our\s+)?(?P<what>[a-z][\w-]*(?:\s+(?:host|server|machine|address))?)$",
        rf"^(?:move|switch|point|connect|redirect|migrate)\s+{_WHAT}\s+(?:over\s+)?(?:to|at|towards?)\s+(?:the\s+)?(?:host\s+|server\s+)?{_VALUE}$",
        rf"^(?:use|take|connect to|talk to|go to)\s+(?:the\s+)?(?:host\s+|server\s+)?{_VALUE}\s+(?:for|as)\s+{_WHAT}$",
        rf"^{_WHAT}\s+is\s+(?:now\s+)?(?:called|named)\s+(?P<value>⟦\d+⟧|\w+)(?:\s+now)?$",
        rf"^{_WHAT}\s+(?:has|gets|got)\s+(?:a\s+)?new\s+(?:host|address|home|server|port|url)\s*(?:name)?\s*[:,]?\s*(?:it is\s+|which is\s+|now\s+)?{_VALUE}$",
        rf"^{_WHAT}\s+(?:host|server|address|port)\s+(?:is\s+now|changes\s+to|changed\s+to|should\s+be|is)\s+{_VALUE}(?:\s+now)?$",
        rf"^(?:change|set|switch)\s+(?:the\s+)?(?:host|server|port)\s+(?:of|for)\s+{_WHAT}\s+to\s+{_VALUE}$",
        rf"^(?:change|set|switch)\s+{_WHAT}\s+(?:host|server|port)\s+to\s+{_VALUE}$",
    )
)
_DATABASE = re.compile(
    r"\b(?:databases?|db|postgres\w*|mysql|mariadb|warehouse|sql server|oracle|clickhouse|jdbc)\b",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"\b(?:api|site|web ?site|page|endpoint|download|file server|files?|exports?|web ?server|service|data|source|url)\b",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\b(?:mail|smtp|e-?mail)\b", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][\w+:.-]*://)(?:[^/@\s]*@)?(?P<host>\[[^\]]+\]|[A-Za-z0-9._-]+)(?P<port>:\d+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Reach:
    """One place where the flow says what it reaches."""

    path: Path
    text: str
    scheme: str
    host: str
    port: str
    owner: str


def moved(clause: str, state: Changing) -> bool:
    """Read `the database has moved to db.acme.io`: every address with the old host gets the new one."""
    for pattern in _MOVED:
        match = pattern.match(clause)
        if match is None:
            continue
        what = plain(match["what"], state.masked).lower()
        found = _meant(what, list(_reaches(state)))
        hosts = sorted({(item.host, item.port) for item in found})
        if len({host for host, _ in hosts}) > 1:
            state.vague[what] = [host for host, _ in hosts]
            return False
        value = plain(match["value"], state.masked)
        if not _IS_HOST.fullmatch(value):
            return _named_database(value, what, found, clause, state)
        if found:
            return _write(plain(match["value"], state.masked), found, clause, state)
    return False


_IS_HOST = re.compile(
    r"(?:port\s+)?\d{2,5}|localhost(?::\d+)?|[a-z][\w+:.-]*://\S+|(?:[\w-]+\.)+[\w-]+(?::\d+)?|[\w-]+:\d{2,5}",
    re.IGNORECASE,
)
_CALLED = re.compile(r"^(?:use|take)\b.*\bas\b|\b(?:called|named|name)\b", re.IGNORECASE)


def _named_database(value: str, what: str, found: list[_Reach], clause: str, state: Changing) -> bool:
    """A bare word is the name of a database where one is named, the name of a machine where a server moved."""
    if not _CALLED.search(clause):
        return bool(found) and re.search(r"\d|-", value) is not None and _write(value, found, clause, state)
    if (
        not _DATABASE.search(what)
        or re.search(r"\b(?:server|host|machine)\b", what)
        or not re.fullmatch(r"\w+", value)
    ):
        return False
    texts = {
        item.path: re.sub(r"^(jdbc:[a-z:]+//[^/]+/)[^/?;]+", lambda match: f"{match[1]}{value}", item.text)
        for item in found
        if item.scheme.startswith("jdbc:")
    }
    if len({item.text for item in found}) > 1 or any(
        text == target.get(state.data, path) for path, text in texts.items()
    ):
        return False
    return bool(texts) and all(
        note(state, clause, op="set", path=dotted(path), value=text) for path, text in texts.items()
    )


def _meant(what: str, reaches: list[_Reach]) -> list[_Reach]:
    words = set(re.findall(r"[a-z0-9]+", what)) - {
        "server",
        "host",
        "machine",
        "the",
        "address",
        "new",
        "port",
        "url",
    }
    whole = [item for item in reaches if item.host.lower() == what]
    told = [
        item
        for item in reaches
        if words
        & (set(re.findall(r"[a-z0-9]+", item.host.lower())) | set(re.findall(r"[a-z]+", item.owner.lower())))
    ]
    told = whole or told
    if _DATABASE.search(what):
        kept = [item for item in reaches if item.scheme.startswith("jdbc:")]
        return [item for item in kept if item in told] or kept
    if told:
        return told
    if _MAIL.search(what):
        return [item for item in reaches if item.path[-1] == "host"]
    if _SITE.search(what):
        return [item for item in reaches if item.scheme.startswith("http")]
    return reaches if not words else []


def _reaches(state: Changing) -> Iterator[_Reach]:
    owners = [(path, task) for path, task in target.tasks_of(state.data)]
    for path, text in _texts(state.data, ()):
        if path[-1] in ("id", "type", "namespace", "description"):
            continue
        owner = next(
            (
                f"{task['id']} {task['type'].split('.')[-2]}"
                for at, task in reversed(owners)
                if path[: len(at)] == at
            ),
            str(path[-1]),
        )
        for match in _ADDRESS.finditer(text):
            yield _Reach(path, text, match["scheme"].lower(), match["host"], match["port"] or "", owner)
        if path[-1] in ("host", "hostname") and "{{" not in text:
            yield _Reach(path, text, "", text, "", owner)


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
    elif isinstance(value, str) and path:
        yield path, value


def _write(value: str, found: list[_Reach], clause: str, state: Changing) -> bool:
    port = re.fullmatch(r"(?:port\s+)?(\d{2,5})", value, re.IGNORECASE)
    new = _ADDRESS.match(value)
    texts: dict[Path, str] = {}
    for item in found:
        old = texts.get(item.path, item.text)
        if port is not None:
            if not item.scheme:
                return False
            wanted = f"{item.scheme}{{}}{item.host}:{port[1]}"
        elif new is not None:
            if value[new.end() :].strip("/"):  # a whole address takes the place of the old one
                if len(found) > 1 and len({one.text for one in found}) > 1:
                    return False
                texts[item.path] = value
                continue
            scheme = new["scheme"] if not item.scheme.startswith("jdbc:") else item.scheme
            wanted = f"{scheme}{{}}{new['host']}{new['port'] or item.port}"
        elif not item.scheme:
            texts[item.path] = value
            continue
        else:
            wanted = f"{item.scheme}{{}}{value if ':' in value else value + item.port}"
        pattern = re.compile(
            rf"{re.escape(item.scheme)}(?P<user>[^/@\s]*@)?{re.escape(item.host + item.port)}(?![\w.-])",
            re.IGNORECASE,
        )
        texts[item.path] = _rewritten(pattern, wanted, old)
    changed = {path: text for path, text in texts.items() if text != target.get(state.data, path)}
    return bool(changed) and all(
        note(state, clause, op="set", path=dotted(path), value=text) for path, text in changed.items()
    )


def _rewritten(pattern: re.Pattern[str], wanted: str, text: str) -> str:
    """Put a new address in the place of the old one; a user named in it stays."""
    return pattern.sub(lambda match: wanted.format(match["user"] or ""), text)
