"""Orders in other words brought to the forms the rules of changes read."""

from __future__ import annotations

import re

from copilot.planner.rules.edit.state import Changing

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), new)
    for pattern, new in (
        (
            r"^(?P<verb>turn|switch)\s+(?P<what>(?!on\b|off\b).+?)\s+(?P<how>on|off)$",
            r"\g<verb> \g<how> \g<what>",
        ),
        (r"^stop\s+(?:the\s+)?(?P<what>schedule|trigger|webhook)$", r"disable the \g<what>"),
        (r"^(?:when|if)\b[^,]*,\s*(?:then\s+)?also\s+(?=.*\b(?:after|before)\b)", "add "),
        (r"\bto\s+the\s+front$", "to the start"),
        (r"\bto\s+the\s+back$", "to the end"),
        (r"^(?:get rid of|throw out|take out|cut)\s+", "remove "),
        (
            (
                r"^(?:i (?:want|need|would like)|we (?:want|need)|there (?:should|must) be)\s+(?=(?:an?"
                r"|another)\s)"
            ),
            "add ",
        ),
        (r"\s+(?:as well|too|please)$", ""),
        (r"^(?!.*⟦\d+⟧ instead)(?P<all>(?:make|let|change|set|log|print)\b.+?)\s+instead$", r"\g<all>"),
        (r"\bbetween\s+(?P<a>(?:the\s+)?[\w-]+)\s+and\s+(?:the\s+)?[\w-]+$", r"after \g<a>"),
        (
            (
                r"^(?:the\s+)?(?P<prop>[\w.]+)\s+of\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
                r"|step))?)\s+(?:should|must|has to|needs to)\s+be\s+"
            ),
            r"set the \g<prop> of \g<task> to ",
        ),
        (
            (
                r"^(?:change|update|let|get)\s+(?P<task>(?:the\s+)?[\w-]+)\s+to\s+(?P<verb>log|print|say"
                r"|return)\s+"
            ),
            r"make \g<task> \g<verb> ",
        ),
    )
)


def plainer(clause: str, state: Changing) -> str:
    """Return a clause in plainer words; `before x wait …` becomes `add wait … before x`."""
    for pattern, new in _REWRITES:
        clause = pattern.sub(new, clause)
    placed = re.match(
        r"^(?P<where>before|after|following)\s+(?P<anchor>(?:the\s+)?(?:task\s+|step\s+)?[\w-]+"
        r"(?:\s+(?:task|step))?)\s*,?\s+(?:please\s+|also\s+|then\s+)?(?P<body>.+)$",
        clause,
        re.IGNORECASE,
    )
    if placed and state.task(placed["anchor"]) is not None and re.match(r"[a-z]+\s+\S", placed["body"]):
        where = "before" if placed["where"].lower() == "before" else "after"
        return f"{re.sub(r'^add ', '', placed['body'], flags=re.IGNORECASE)} {where} {placed['anchor']}".join(
            ("add ", "")
        )
    return clause
