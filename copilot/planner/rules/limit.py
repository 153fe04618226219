"""Retries and timeouts that name the step they are meant for, said in the clause of another one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.literal import MARK, Literal

_NAMED = re.compile(
    r"\b(?:retry(?:ing)?|try(?:ing)?|repeat(?:ing)?)\s+(?:the\s+|that\s+)"
    r"(?P<what>(?!whole\b|entire\b|flow\b|job\b|run\b|thing\b|pipeline\b|step\b|task\b)[a-z]+)",
    re.IGNORECASE,
)
_TYPES = {
    "download": r"Download|Request",
    "fetch": r"Download|Request",
    "request": r"Request|Download",
    "call": r"Request|Subflow",
    "query": r"jdbc|Query|duckdb",
    "script": r"scripts",
    "code": r"scripts",
    "command": r"shell|scripts",
    "upload": r"Upload|CopyIn",
    "load": r"CopyIn|Batch|Load|bigquery",
    "loading": r"CopyIn|Batch|Load|bigquery",
    "import": r"CopyIn|Batch|Load",
    "mail": r"MailSend|email",
    "email": r"MailSend|email",
    "post": r"Request|slack",
    "message": r"slack|MailSend|Publish|Produce",
}


def bound_elsewhere(act: Act, before: Sequence[Step]) -> tuple[Act, list[str]]:
    """Give limits to the step they name; return the clause without them, and those that name no step."""
    kept: list[Literal] = []
    lost: list[str] = []
    text = act.text
    numbers = [int(number) for number in MARK.findall(text)]
    rest = MARK.sub(" ", text).lower()
    for literal, number in zip(act.literals, numbers, strict=False):
        named = _NAMED.search(literal.words) if literal.kind == "retry" else None
        if named is None or not rest.strip(" ,.") or _is_about(named["what"].lower(), rest, act):
            kept.append(literal)
            continue
        target = _step_of(named["what"].lower(), before)
        if target is None:
            lost.append(f"{literal.words}: which step is the {named['what']}?")
        else:
            target.retry = dict(literal.facts["retry"])  # type: ignore[call-overload]
        text = text.replace(f"⟦{number}⟧", " ")
    if len(kept) == len(act.literals):
        return act, []
    return Act(" ".join(text.split()), act.words, kept), lost


def _is_about(what: str, rest: str, act: Act) -> bool:
    """Whether the clause itself does what the limit names."""
    if re.search(rf"\b{re.escape(what)}", rest):
        return True
    fetches = re.match(r"\s*(?:get|fetch|grab|pull|download|call|request|load|read|retrieve|import)\b", rest)
    return bool(fetches and act.of("url")) or (what in ("script", "code", "command") and bool(act.of("code")))


def _step_of(what: str, before: Sequence[Step]) -> Step | None:
    real = [step for step in reversed(before) if not step.placeholder]
    named = next((step for step in real if what in step.id.split("_")), None)
    kind = _TYPES.get(what)
    return named or next((step for step in real if kind and re.search(kind, step.type)), None)
