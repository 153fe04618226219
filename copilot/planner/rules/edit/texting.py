# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""What a task tells people: the text of a log, a chat message, a mail, wherever its type keeps it."""

from __future__ import annotations

import json
import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.coverage import stem
from copilot.planner.rules.edit.state import Changing, dotted, plain, set_on
from engine.model.json import Json
from engine.source.document import Path

_PLAIN = (
    "message",
    "messageText",
    "errorMessage",
    "htmlTextContent",
    "plainTextContent",
    "textContent",
    "text",
    "content",
    "format",
)
_JSON_KEYS = ("text", "content", "message", "body", "title")
_NOUN = r"(?P<noun>texts?|messages?|wording|words|body|lines?|contents?|subject|title|sentence)"
_SAY = r"(?:be|say|read|tell|go|sound|state|show|just be|just say)"
_SAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^(?:the\s+)?(?P<what>[\w ⟦⟧-]*?)\s*(?:'s\s+|’s\s+)?\b{_NOUN}(?:\s+(?:of|in|to|on|for|from)\s+(?P<of>[\w -]+?))?\s+(?:should|must|has to|needs to|shall|is to)"
            rf"\s+(?:now\s+|just\s+|rather\s+|simply\s+)?{_SAY}\s*:?\s*(?P<text>⟦\d+⟧)(?:\s+(?:instead|now))?$"
        ),
        rf"^(?:let|make|have)\s+(?:the\s+)?(?P<what>[\w -]*?)\s*(?:'s\s+)?(?:\b{_NOUN}\s+)?(?:say|read|tell|be)\s*:?\s*(?P<text>⟦\d+⟧)(?:\s+(?:instead|now))?(?P<of>)$",
        (
            rf"^(?:change|set|update|replace|rewrite|reword|make)\s+(?:the\s+)?(?P<what>[\w ⟦⟧-]*?)\s*(?:'s\s+)?\b{_NOUN}(?:\s+(?:of|in|to|on|for|from)\s+(?P<of>[\w -]+?))?"
            rf"\s*(?:to|with|by|into|:|as|=)\s*(?:say\s+|read\s+|be\s+)?(?P<text>⟦\d+⟧)$"
        ),
        rf"^(?:write|put|say|tell|send|post)\s+(?P<text>⟦\d+⟧)\s+(?:in|into|as)\s+(?:the\s+)?(?P<what>[\w -]*?)\s*\b{_NOUN}(?:\s+(?:of|for)\s+(?P<of>[\w -]+?))?(?:\s+instead)?$",
        (
            r"^(?:the\s+)?(?P<what>[\w -]+?)\s+(?:should|must|has to|needs to)\s+(?:now\s+|just\s+|rather\s+)?(?:say|read|tell(?: us| people| them)?|write)\s*:?\s*"
            r"(?P<text>⟦\d+⟧)(?:\s+(?:instead|now))?(?P<of>)(?P<noun>)$"
        ),
        rf"^(?P<what>[\w -]+?)\s+{_NOUN}\s*(?::|=)\s*(?P<text>⟦\d+⟧)(?P<of>)$",
    )
)
_WEAK = frozenset(
    stem(word)
    for word in [
        "the",
        "a",
        "an",
        "in",
        "on",
        "for",
        "to",
        "task",
        "step",
        "new",
        "its",
        "our",
        "text",
        "message",
        "notification",
        "alert",
        "note",
        "it",
        "this",
        "that",
        "one",
        "only",
    ]
)


def texting(clause: str, state: Changing) -> bool:
    """Read `the slack text should be "…"`, `let the mail say "…"`."""
    for pattern in _SAYS:
        match = pattern.match(clause)
        if match is None or state.masked.inside(match["text"])[0].kind != "text":
            continue
        noun = (match["noun"] or "").lower()
        said = f"{match['what'] or ''} {match['of'] or ''}"
        owner = _owner(said, noun, state)
        if owner is None:
            return False
        name, inner, old = owner
        value = plain(match["text"], state.masked)
        if inner[-1] == "payload":
            return set_on(state, clause, name, dotted(inner), _in_json(old, value))
        return set_on(state, clause, name, dotted(inner), value)
    return False


_AGAIN = re.compile(
    r"^(?P<verb>say|log|print|write|tell|read)\s+(?P<text>⟦\d+⟧)(?:\s+(?:instead|rather|now))?$",
    re.IGNORECASE,
)


def texting_again(clause: str, state: Changing) -> bool:
    """Read `say "…" instead`: the one text of the flow that is like it, or the only one."""
    match = _AGAIN.match(clause) if state.instead else None
    if match is None or state.masked.inside(match["text"])[0].kind != "text":
        return False
    value = plain(match["text"], state.masked)
    told = [(task["id"], place) for _, task in target.tasks_of(state.data) if (place := _place(task, "text"))]
    if len(told) > 1:
        words = set(value.lower().split())
        alike = [item for item in told if len(words & set(item[1][1].lower().split())) * 2 >= len(words)]
        state.vague["instead"] = [name for name, _ in told]
        told = alike
    if len(told) != 1:
        return False
    name, (inner, old) = told[0]
    return set_on(
        state, clause, name, dotted(inner), _in_json(old, value) if inner[-1] == "payload" else value
    )


def text_of(task: dict[str, Json]) -> str:
    """Return what a task tells, empty when it tells nothing."""
    for key in _PLAIN[:-1]:
        if isinstance(task.get(key), str):
            return str(task[key])
    found = _json_text(task.get("payload"))
    return found[1] if found else ""


def _owner(said: str, noun: str, state: Changing) -> tuple[str, Path, str] | None:
    """Return the task, the property and the old text; None when that is not clear."""
    words = {stem(word) for word in snake(said).split("_") if word} - _WEAK
    found = []
    for path, task in target.tasks_of(state.data):
        place = _place(task, noun)
        if place is None:
            continue
        names = {
            stem(word)
            for word in f"{snake(task['id'])}_{snake(task['type'].removeprefix('io.kestra.plugin.'))}".replace(
                ".", "_"
            ).split("_")
        }
        names |= {stem("mail"), stem("email")} if "mail" in task["type"].lower() else set()
        names |= {stem("error"), stem("failure")} if path[0] == "errors" else set()
        names |= {stem("log"), stem("print")} if task["type"].endswith(".Log") else set()
        around = {
            stem(word)
            for length in range(2, len(path))
            for word in _id_words(target.get(state.data, path[:length]))
        }
        around |= {str(step).lower() for step in path if isinstance(step, str)}
        if words <= names | around:
            found.append((words <= names, task["id"], place[0], place[1]))
    sure = [item for item in found if item[0]] or found
    if state.focus:
        sure = [item for item in sure if item[1] == state.focus] or sure
    if len(sure) > 1:
        state.vague[said.strip() or "the text"] = [item[1] for item in sure]
    return sure[0][1:] if len(sure) == 1 else None


def _id_words(item: Json) -> list[str]:
    return snake(str(item["id"])).split("_") if isinstance(item, dict) and "id" in item else []


def _place(task: dict[str, Json], noun: str) -> tuple[Path, str] | None:
    """Return where a task keeps what is meant: the subject of a mail, else its text."""
    if noun in ("subject", "title"):
        return (("subject",), str(task["subject"])) if "subject" in task else None
    for key in _PLAIN:
        if isinstance(task.get(key), str) and not (key == "content" and ".storage." in task["type"]):
            return (key,), str(task[key])
    return (("payload",), str(task["payload"])) if _json_text(task.get("payload")) else None


def _json_text(payload: Json) -> tuple[str, str] | None:
    """Return the key and the text of a message in JSON."""
    if not isinstance(payload, str):
        return None
    for key in _JSON_KEYS:
        match = re.search(rf'"{key}"\s*:\s*"((?:[^"\\]|\\.)*)"', payload)
        if match:
            return key, match[1]
    return None


def _in_json(payload: str, text: str) -> str:
    """Put another text into a message in JSON; everything else stays."""
    found = _json_text(payload)
    if found is None:
        return payload
    key = found[0]
    return re.sub(
        rf'("{key}"\s*:\s*)"(?:[^"\\]|\\.)*"',
        lambda match: f"{match[1]}{json.dumps(text, ensure_ascii=False)}",
        payload,
        count=1,
    )
