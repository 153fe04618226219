"""Conditions and loop heads cut from what is to be done."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS

VERB = "|".join(sorted(sorted(VERBS), key=len, reverse=True))


ADVERB = r"(?:(?:finally|also|just|simply|only|lastly|afterwards|next|immediately|please|first)\s+)*"


ELSE = re.compile(
    r"(?:^|[\s,;]+)(?:or\s+)?(?:otherwise|else|if not|in the other case|or else)\b(?!\s+if)[\s,:]*",
    re.IGNORECASE,
)


_CHAINED = re.compile(
    r"[,;]\s*(?:and\s+|but\s+|or\s+)?(?:(?:else|otherwise)\s+)?(?=(?:if|when)\s)", re.IGNORECASE
)


def split_if(rest: str) -> tuple[str, str, str]:
    """Split `it is yellow, load it, otherwise stop` in condition, then and otherwise."""
    chained = _CHAINED.search(rest)
    first = ELSE.search(rest)
    if chained and (first is None or chained.start() <= first.start()):
        head, otherwise = rest[: chained.start()], rest[chained.end() :]
    else:
        head, otherwise = (rest[: first.start()], rest[first.end() :]) if first else (rest, "")
    split = re.search(
        rf"\s*,\s*(?:then\s+)?|\s+then\s+|:\s+|(?<!\bis)(?<!\bare)(?<!\bequals)(?<!\bto)(?<!\bbe)\s+(?={_STRONG}\b)",
        head,
        re.IGNORECASE,
    )
    if split is None:
        return head.strip(), "", otherwise
    return head[: split.start()].strip(), head[split.end() :].strip(), otherwise.strip()


_STRONG = (
    r"(?:download|fetch|load|insert|log|print|run|send|wait|sleep|upload|store|save"
    r"|return|show|call|fail|stop|execute|create|delete|say|write|post|notify|put)"
)


def split_loop(rest: str) -> tuple[str, str]:
    """Split `month of 2019, download …` in head and body: at the first colon, or before the first verb."""
    colon = re.search(r":(?:\s+|$)", rest)
    verb = re.search(
        (
            r"(?:[\s,]+(?:i want to|we|do the following|do this|please|do)[\s,:]+|\s*,\s*"
            rf"|(?<!\bthe)(?<!\ba)(?<!\bthis)(?<!\bin)\s+(?:and\s+)?(?:then\s+)?){ADVERB}(?=(?!do\b)(?:{VERB})\b(?!\s*(?:,|and"
            r"|or)\s)(?!$))"
        ),
        rest,
        re.IGNORECASE,
    )
    cuts = [match for match in (colon, verb) if match is not None]
    if not cuts:
        return rest.strip(" ,:"), ""
    cut = min(cuts, key=lambda match: match.start())
    return rest[: cut.start()].strip(" ,:"), rest[cut.end() :].strip(" ,:")
