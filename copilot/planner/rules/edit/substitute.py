# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Another kind of step in the place of one: `no more slack: send an email to …`, `discord instead of slack`."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.edit.addition import compose_at, secret_named, with_secret
from copilot.planner.rules.edit.mail import addressed, mailed
from copilot.planner.rules.edit.place import declare
from copilot.planner.rules.edit.state import Changing, note
from copilot.planner.rules.edit.texting import text_of
from copilot.planner.rules.literal import Literal
from engine.model.json import Json

_VERB = "|".join(
    sorted(VERBS - {"call", "rename", "use", "set", "change", "make", "add"}, key=len, reverse=True)
)
_OLD = r"(?:the\s+|an?\s+|that\s+|our\s+)?(?P<old>(?:e?mailing|logging|slacking)(?:\s+(?:the\s+)?[a-z]+)??|[\w-]+)(?:\s+(?:messages?|notifications?|steps?|tasks?|alerts?|posts?|pings?|webhook))?"
_THING = r"(?:e-?mails?|mails?|slack(?: message)?|discord(?: message)?|teams(?: message)?|telegram(?: message)?|log(?: message)?|http request|webhook call|message|notification)"
_DO = rf"(?P<do>(?:please\s+)?(?:(?:{_VERB})\b|an?\s+{_THING}\b|{_THING}\b|tell\b|use\s+{_THING}\b).*)"
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^no\s+(?:more\s+|longer\s+)?{_OLD}(?:\s+any ?more)?\s*(?:[:;,]|\s[–—-])\s*(?:but\s+|just\s+|rather\s+)?{_DO}$",
        rf"^(?:stop|drop|forget)\s+(?:using\s+|with\s+)?{_OLD}\s*(?:[:;,]|\s[–—-]|\s+and)\s*(?:but\s+|just\s+|rather\s+)?{_DO}\s+instead\b.*$",
        rf"^(?:instead of|rather than|in place of)\s+{_OLD}\s*,?\s+{_DO}$",
        rf"^(?!(?:use|take)\s+[\w-]+\s+instead){_DO[:-3]}?)\s*,?\s+(?:instead of|rather than|in place of)\s+{_OLD}(?P<more>\s*[:,]\s*.+)?$",
        rf"^(?:replace|swap|exchange|substitute)\s+{_OLD}\s+(?:with|by|for)\s+{_DO}$",
        rf"^(?:switch|move|change)\s+from\s+{_OLD}\s+to\s+{_DO}$",
        rf"^(?:turn|change|make|convert)\s+{_OLD}\s+into\s+{_DO}$",
        rf"^{_OLD}\s+(?:should|must|has to)\s+(?:become|turn into|be)\s+(?P<do>an?\s+{_THING}\b.*?)(?:\s+instead)?$",
    )
)


def substitute(clause: str, state: Changing) -> bool:
    """Read such orders; the new task keeps the place and the id, and the text where none is said."""
    for pattern in _ORDERS:
        match = pattern.match(clause)
        owner = _only(match["old"], clause, state) if match else None
        if match is None or owner is None:
            continue
        words, secret = secret_named(match["do"] + (match.groupdict().get("more") or ""), state)
        words, letter = mailed(words, state)
        task = target.get(state.data, target.find(state.data, owner, "task")) or {}
        if any(isinstance(value, list) and value and isinstance(value[0], dict) for value in task.values()):
            continue
        steps, scene = compose_at(_order(words, task, state), state, "before", owner)
        if len(steps) != 1 or steps[0].placeholder or steps[0].type == task.get("type"):
            continue
        step = steps[0]
        if not addressed(steps, letter) or not with_secret(step, secret):
            continue
        declare(scene, state, clause)
        note(state, clause, op="add", step=step, where="after", anchor=owner)
        note(state, clause, op="remove", kind="task", target=owner)
        state.edit.notes += [item for item in scene.notes if not secret or "needs the secret" not in item]
        return note(state, clause, op="rename", kind="task", target=step.id, to=owner)
    return False


def _order(words: str, task: dict[str, Json], state: Changing) -> str:
    """Return the order for the new step; what the old one told goes along where nothing else is said."""
    said = re.sub(r"\s*,?\s*\binstead\b", "", _BROKEN.sub(" ", words)).strip(" ,:")
    said = re.sub(rf"^(?:write|post)\s+(?=an?\s+{_THING})", "send ", said, flags=re.IGNORECASE)
    said = re.sub(r"^(?:please\s+)?use\s+", "", said, flags=re.IGNORECASE)
    if re.match(rf"(?:an?\s+)?{_THING}\b", said, re.IGNORECASE):
        said = (
            f"send {said}"
            if not re.match(r"(?:an?\s+)?log\b|mail\b|e-?mail\s+\S+@", said, re.IGNORECASE)
            else re.sub(r"^an?\s+", "", said)
        )
        said = re.sub(r"^send (e-?mail|mail|slack|discord|teams)\b", r"send an \1", said, flags=re.IGNORECASE)
        said = re.sub(
            r"^send an (slack|discord|teams)\b(?: message)?", r"send a \1 message", said, flags=re.IGNORECASE
        )
    old = text_of(task)
    told = any(item.kind == "text" for item in state.masked.inside(said)) or re.search(
        r"\b(?:saying|subject|text|body)\b", said
    )
    if not old or told:
        return said
    state.masked.literals.append(Literal("text", old, old))
    return f"{said} saying ⟦{len(state.masked.literals) - 1}⟧"


_BROKEN = re.compile(
    r"[\s,]*\b(?:when|if|whenever|once)\s+(?:it|something|anything|the flow)\s+(?:breaks?|broke|fails?|failed|goes wrong|crash\w*)\b|\bon (?:errors?|failures?)\b",
    re.I,
)


def _only(word: str, clause: str, state: Changing) -> str | None:
    """Return the task of that id, or the only one of that kind."""
    low = re.sub(r"ing\b.*$", "", word.lower().replace("-", "").replace("logging", "log"))
    failing = _BROKEN.search(clause) is not None
    tasks = [task for path, task in target.tasks_of(state.data) if not failing or path[0] == "errors"]
    exact = [task["id"] for task in tasks if task["id"].lower() == word.lower()]
    kinds = {"email": "mail", "postgres": "postgresql", "mails": "mail", "emails": "mail"}
    kind = kinds.get(low, low)
    alike = [task["id"] for task in tasks if kind in task["type"].removeprefix("io.kestra.plugin.").lower().split(".")
             or (task["type"].rpartition(".")[2].lower().startswith(kind) and len(kind) > 2)]  # fmt: skip
    found = exact or alike
    if len(found) > 1:
        state.vague[word] = found
    return found[0] if len(found) == 1 else None
