"""Changes of a flow in words: add, remove, rename, move, set, wrap, retry, schedule."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.errors import NeedInfo, OffTopic, PatchError
from copilot.plan import target
from copilot.plan.operation import Edit
from copilot.planner.rules.builder import Suggest
from copilot.planner.rules.clause import Act
from copilot.planner.rules.edit import container, whole
from copilot.planner.rules.edit.addition import add, inputs
from copilot.planner.rules.edit.bound import bounds, modifiers, schedule, switch
from copilot.planner.rules.edit.order import move, remove, rename, wrap
from copilot.planner.rules.edit.plain_words import plainer
from copilot.planner.rules.edit.state import Changing
from copilot.planner.rules.edit.value import set_value
from copilot.planner.rules.literal import mask
from copilot.planner.rules.scene import Types
from copilot.planner.rules.verb import plain_verbs
from engine.errors import SourceError
from engine.source.document import read_document


def change(words: str, current_yaml: str, types: Types, suggest: Suggest) -> Edit:
    """Read the changes some words ask for. Raises OffTopic, NeedInfo or PatchError."""
    try:
        data = read_document(current_yaml).data
    except SourceError as error:
        raise PatchError(f"the flow must parse before it can be changed: {error}") from error
    if not isinstance(data, dict):
        raise PatchError("there is no flow to change")
    masked = mask(words)
    masked.text = plain_verbs(masked.text)
    state = Changing(masked, data, types, suggest, Edit())
    for said in _clauses(masked.text):
        clause = plainer(said, state)
        if not any(rule(clause, state) for rule in _RULES):
            state.edit.open.append(masked.unmask(clause))
    if not state.edit.operations:
        if state.edit.open and re.search(
            (
                r"\b(?:add|remove|delete|rename|move|change|set|replace|retry|schedule|increase"
                r"|update|make|disable|swap|wrap|turn|label|enable|run)\b"
            ),
            words,
            re.IGNORECASE,
        ):
            raise NeedInfo(
                f"It is not clear what to change by '{'; '.join(state.edit.open)}'. Name the task and "
                "the property; this flow has the tasks "
                f"{', '.join(task['id'] for _, task in target.tasks_of(data))}.",
                missing=state.edit.open,
            )
        raise OffTopic("These words do not describe a change of the flow.", missing=["change"])
    return state.edit


_VERBS = (
    r"(?:add|insert|append|put|remove|delete|drop|rename|move|change|set|replace|make|run"
    r"|schedule|retry|wrap|disable|enable|increase|decrease|raise|lower|update|use|give"
    r"|let|switch|unset|limit|log|ask|swap|turn|allow|call|create|label|tag)"
)
_SPLIT = re.compile(
    (
        rf"(?:[.;]\s+|\s*\n\s*(?:[-*]\s+)?|,?\s+and\s+(?:then\s+|also\s+)?(?={_VERBS}\b)"
        rf"|,\s*(?:then\s+|also\s+)?(?={_VERBS}\b)|,?\s+then\s+(?={_VERBS}\b))"
    ),
    re.IGNORECASE,
)


def _clauses(text: str) -> list[str]:
    text = re.sub(
        r"^\s*(?:please|can you|could you|would you|i want(?: you)? to|i'd like(?: you)? to|now|also|and)\s+",
        "",
        text,
        flags=re.IGNORECASE,
    )
    if re.match(r"\s*(?:if|when|on)\b.{0,30}\b(?:fails?|failure|error)\b", text, re.IGNORECASE):
        return [text.strip(" .,;!")]
    pieces = re.split(r"(?<=[^\w])\b(?:and then)\b\s*", text)
    return [
        clause.strip(" .,;!")
        for piece in pieces
        for clause in _SPLIT.split(piece)
        if clause and clause.strip(" .,;!")
    ]


_RULES: tuple[Callable[[str, Changing], bool], ...] = (
    whole.every,
    modifiers,
    whole.head,
    whole.errors,
    whole.value_of,
    whole.swap,
    whole.lenient,
    whole.address,
    container.loop,
    container.runner,
    rename,
    remove,
    wrap,
    move,
    switch,
    schedule,
    bounds,
    set_value,
    inputs,
    add,
)

__all__ = ["Act", "change"]
