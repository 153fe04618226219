# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""What depends on an answer: `if ⟦url⟧ says …`, `only go on if …`, `status ok -> …, anything else -> …`."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told

_VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})"
_RUN = r"(?:the\s+|this\s+|whole\s+)*(?:run|flow|execution|workflow|it|thing|pipeline|job)"
_SAYS = r"(?:says?|reports?|returns?|answers?|tells?(?: us| me)?|shows?|gives?|states?)"
_GO_ON = r"(?:go(?:es)? on|continues?|proceeds?|carr(?:y|ies) on|keeps? going|moves? on)"
_TABLE: tuple[tuple[str, str], ...] = (
    (r"(?P<lead>^\s*|[.;]\s+|,\s+)(?:if|when|in case)\s+(?:the\s+)?(?:field\s+|value of\s+)?(?P<f>(?!number|count|file|size|status|row)[a-z_]\w*)\s+(?:at|of|from|in|on|under)\s+(?:the\s+answer\s+(?:of|from)\s+)?(?P<at>⟦\d+⟧)\s+(?=(?:is|equals|exceeds|contains|goes|has)\b)", r"\g<lead>call \g<at>. If the field \g<f> "),
    (r"(?P<lead>^\s*|[.;]\s+)(?:if|when|in case)\s+(?P<at>⟦\d+⟧)\s+(?:answers|responds|replies|returns|comes back)\s+(?:with\s+)?(?:an?\s+|the\s+)?(?P<f>[a-z_]\w*)\s+(?:other than|different from|that is not|not)\s+(?P<v>⟦\d+⟧|[\w.-]+)\s*,\s*", r"\g<lead>call \g<at>. If the field \g<f> is not \g<v>, "),
    (rf"(?:only\s+{_GO_ON}|{_GO_ON}\s+only)\s+(?:if|when|once)\s+(?P<at>⟦\d+⟧)\s+(?:returns|answers|responds|gives)\s+(?:with\s+)?(?:an?\s+)?(?:status\s+)?(?:code\s+)?(?P<c>\d{{3}})", r"call \g<at> and only go on if the status code is \g<c>"),
    (r"\b(?P<v>take|get|read|extract|pick|pull|log|print|show|return)\s+(?P<what>(?:the|only|just)\s+[^.,;⟦]+?)\s+(?:out of|from|of|in)\s+(?:the\s+)?(?:json\s+)?(?:answer|response|reply|result|json|output)\s+(?:of|from|at)\s+(?P<at>⟦\d+⟧)", r"call \g<at>, \g<v> \g<what> of the answer"),
    (rf"\b{_RUN}\s+(?:has to|must|should|shall|is to)\s+fail\b", "fail"),
    (rf"\b(?:and\s+)?(?:let|make|have|lets|makes)\s+{_RUN}\s+fails?\b", "«fail»"),
    (rf"(?P<lead>^\s*|[.;]\s+|,\s+|\band\s+)(?:if|when|in case)\s+(?:the\s+(?:service|api|server|endpoint)\s+(?:at\s+)?)?(?P<at>⟦\d+⟧)\s+{_SAYS}\s+(?:that\s+)?(?P<rest>(?:the\s+|its\s+)?[a-z_]\w*\s+(?:is|are|equals|contains|has|=|>|<)\s)", r"\g<lead>call \g<at>. If \g<rest>"),
    (rf"(?P<lead>^\s*|[.;]\s+)should\s+(?P<what>(?:the|its|their|that|this|it)\b[^.,;]*?)\s+(?P<not>not\s+)?(?:be\s+|(?P<v>equal|contain|exceed|start with|have)\s+)(?P<rest>[^.,;]+?)\s*,\s*(?:then\s+)?(?=(?:{_VERB})\b)", "«should»"),
    (r"[,;]\s*(?:and\s+|but\s+)?if\s+not\s*,?\s+(?=(?:" + _VERB + r")\b)", ", otherwise "),
    (rf"(?P<lead>^\s*|[.;]\s+)(?:if not|in any other case|in all other cases|in every other case)\s*,?\s+(?=(?:{_VERB})\b)", r"\g<lead>otherwise "),
    (r"(?P<lead>[.;]\s+|,\s*)(?:otherwise|else)\s*,?\s+(?:it|the flow|we)\s+(?:should\s+|must\s+|will\s+)?(?P<v>[a-z]+?)(?P<s>e?s)?\b", "«otherwise»"),
    (r"(?P<do>\bfail(?:s)?\b(?:\s+(?:the\s+)?(?:run|flow|execution))?(?:\s+with\s+(?:the\s+message\s+|an?\s+error\s+)?⟦\d+⟧)?)\s+(?:when|if|in case)\s+(?P<c>[^.;,⟦]+)", "«failif»"),
    (rf"(?P<lead>^\s*|[.;]\s+|,?\s+and\s+|,\s*(?:but\s+|and\s+)?)(?:then\s+)?only\s+(?:then\s+)?{_GO_ON}\s+(?:if|when|once)\s+(?P<c>[^.;,]+?)(?=\s*[.;,]|\s*$)", "«gate»"),
    (rf"(?P<lead>^\s*|[.;]\s+|,?\s+and\s+|,\s*(?:but\s+|and\s+)?){_GO_ON}\s+only\s+(?:if|when|once)\s+(?P<c>[^.;,]+?)(?=\s*[.;,]|\s*$)", "«gate»"),
    (r"(?P<at>⟦\d+⟧)\s*,?\s+(?:with|using|taking|and)\s+(?:the\s+|its\s+)?(?:values?|fields?|data|numbers?)\s+(?:from|of|in)\s+(?:the\s+|its\s+)?(?:answer|response|reply|result|json|output|query|row)\b", r"\g<at>"),
    (r"\b(?P<a>the\s+[a-z]+(?:\s+[a-z]+)?)\s+(?:that\s+|which\s+)?(?:python|(?:the\s+)?(?:python\s+)?(?:script|step|code))\s+(?:has\s+)?(?:came up with|come up with|drew|drawn|computed|calculated|returned|printed|produced|made|picked|chose|found|gave|worked out|generated|handed on)\b", r"\g<a>"),
    (r"\bwhat\s+(?:python|the (?:python\s+)?(?:script|step|code))\s+(?:has\s+)?(?:came up with|come up with|computed|calculated|returned|printed|produced|made|found|gave|worked out|generated)\b", "the result"),
    (r"(?P<lead>[.;,]\s+)if\s+(?P<c>it is|it's)\s+between\b", r"\g<lead>if it is between"),
    (r"\b(?:take|return|give(?: back)?|hand(?: back)?|use|make|publish|expose)\s+(?P<what>(?:the|its)\s+[^.,;⟦]+?)\s+(?:as|an)\s+(?:an?\s+|the\s+)?(?:flow\s+)?outputs?(?:\s+of\s+(?:the|this)\s+flow)?(?=\s*[.;,]|\s*$)", r"give the flow output \g<what>"),
    (r"(?P<what>\bthe\s+[^.,;⟦]+?)\s+(?:should|must|shall|is to|has to)\s+be\s+(?:returned|given back|handed back|given|made|available|exposed)(?:\s+by\s+the\s+flow)?\s+(?:as\s+)?(?:an?\s+|the\s+)?(?:flow\s+)?outputs?(?:\s+of\s+(?:the|this)\s+flow)?(?=\s*[.;,]|\s*$)", r"give the flow output \g<what>"),
    (r"(?P<lead>^\s*|[.;]\s+|,\s*|\bthen\s+)(?-i:GET)\s+(?P<at>⟦\d+⟧)", r"\g<lead>call \g<at>"),
    (r"\b(?:send|do|make|issue)\s+an?\s+(?:http\s+)?(?:GET\s+)?(?:request|call)\s*(?:to|against|on)\s+(?P<at>⟦\d+⟧)", r"call \g<at>"),
    (r"(?P<lead>^\s*|[.;]\s+|,\s*|\bthen\s+)ask\s+(?P<at>⟦\d+⟧)(?:\s+for\s+(?:the\s+|its\s+|a\s+)?(?:list of\s+)?[a-z]+(?:\s+[a-z]+)?(?=\s*[.,;]|\s+and\b))?", r"\g<lead>call \g<at>"),
    (r"(?P<lead>^\s*|[.;]\s+)(?:the\s+)?(?:flow|it)\s+checks\s+(?P<at>⟦\d+⟧)\s+and\s+", r"\g<lead>call \g<at>, then "),
    (r"(?:^|(?<=[.;]\s))(?:from|out of)\s+(?:the\s+)?(?:json|answer|response|reply|result)(?:\s+that\s+comes\s+back|\s+it\s+(?:gives|returns))?\s*,?\s*(?:i|we)\s+(?:only\s+|just\s+)?(?:need|want|care (?:about|for))\s+(?:only\s+|just\s+)?(?P<what>the\s+[a-z_]\w*)\s*(?:,|[.;]|\band\b)\s*(?:so\s+)?(?:please\s+)?", r"take \g<what> out of the answer, then "),
    (r"\b(?:and\s+)?(?:write|put|print)\s+(?P<what>it|that|this|them|⟦\d+⟧)\s+(?:in)?to\s+the\s+logs?\b", r"log \g<what>"),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)


def settled(masked: Masked, told: Told) -> None:
    """Write conditions on answers as `if …, …, otherwise …`."""
    text = re.sub(
        r"(?P<a>[a-z0-9⟧])\s+means\s+(?:that\s+)?(?:to\s+)?(?=(?:log|fail|the run|print|call|send|stop|the flow)\b)",
        r"\g<a> -> ",
        masked.text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:and\s+|then\s+)*(?:check|look at|test)\s+(?:the|its)\s+(?:answer|response|status|result)\s*:\s*(?=[^.;]*->)",
        ", ",
        text,
        flags=re.IGNORECASE,
    )
    text = _arrows(text)
    for pattern, new in _REWRITES:
        make = _MAKERS.get(new)
        text = pattern.sub(make if make is not None else new, text)
    masked.text = text


def _fail(match: re.Match[str]) -> str:
    return " and fail" if match[0].lower().startswith("and") else "fail"


def _should(match: re.Match[str]) -> str:
    verb = match["v"]
    said = (
        f"{'does not ' if match['not'] else ''}{verb}{'' if match['not'] else 's'}"
        if verb
        else f"is {'not ' if match['not'] else ''}"
    )
    return f"{match['lead']}If {match['what']} {said.strip()} {match['rest']}, "


def _otherwise(match: re.Match[str]) -> str:
    word = f"{match['v']}{match['s'] or ''}".lower()
    verb = next(
        (form for form in (match["v"].lower(), word, f"{match['v'].lower()}e") if form in VERBS), word
    )
    return f"{match['lead']}otherwise {verb}"


def _fail_if(match: re.Match[str]) -> str:
    do = re.sub(r"^fails", "fail", match["do"], flags=re.IGNORECASE)
    before = match.string[: match.start()].rstrip()
    lead = "if " if not before or before[-1:] in ".;\n" else ", if "
    return f"{lead}{match['c'].strip()}, {do}"


def _gate(match: re.Match[str]) -> str:
    """What follows is only done if it is so: the parser puts the rest of the request inside."""
    lead = match["lead"].strip(" ,")
    start = "" if not match.string[: match.start()].strip() else ". "
    return f"{'. ' if lead.lower() in ('and', '', 'but') and start else match['lead']}If {match['c'].strip()}, go on"


_MAKERS = {
    "«fail»": _fail,
    "«should»": _should,
    "«otherwise»": _otherwise,
    "«failif»": _fail_if,
    "«gate»": _gate,
}

_ARROW = r"\s*(?:->|=>|→|⇒)\s*"
_CASE = re.compile(
    rf"(?P<lead>^|[.;,]\s*|\n\s*)(?P<test>[^.;,\n>→]*?[a-z0-9⟧])(?:{_ARROW})(?P<do>(?:(?!\s*(?:->|=>|→)).)*?)(?=\s*(?:[.;,\n]\s*[^.;,\n>→]*?(?:->|=>|→)|[.;\n]\s|[.;]?\s*$))",
    re.IGNORECASE,
)
_ANY = re.compile(
    r"^(?:and\s+|or\s+)?(?:any(?:thing)?\s*(?:else|other)?|otherwise|else|everything else|if not|not|no|other(?:wise)?)$",
    re.IGNORECASE,
)
_TEST = re.compile(
    r"^(?:if\s+|when\s+)?(?:the\s+)?(?P<f>[a-z_]\w*(?:\s+code)?)\s*(?P<op>is|==?|>=?|<=?|equals|above|below|over|under|:)?\s*(?P<v>⟦\d+⟧|[\w.-]+)$",
    re.IGNORECASE,
)


def _arrows(text: str) -> str:
    """`status ok -> log ⟦0⟧, anything else -> log ⟦1⟧` is a condition with both outcomes."""
    found = list(_CASE.finditer(text))
    if len(found) < 2:
        return text
    tests = [_TEST.match(match["test"].strip()) for match in found]
    others = [_ANY.match(match["test"].strip()) is not None for match in found]
    if not all(test or other for test, other in zip(tests, others, strict=True)) or others[0]:
        return text
    parts = []
    for number, (match, test, other) in enumerate(zip(found, tests, others, strict=True)):
        if other or test is None:
            parts.append(f"otherwise {match['do'].strip()}")
            continue
        operator = {
            "=": "is",
            "==": "is",
            ":": "is",
            "": "is",
            "above": "is above",
            "below": "is below",
            "over": "is above",
            "under": "is below",
        }.get((test["op"] or "").lower(), test["op"])
        parts.append(
            f"{'otherwise ' if number else ''}if the {test['f']} {operator} {test['v']}, {match['do'].strip()}"
        )
    head = text[: found[0].start()].rstrip(" ,")
    rest = text[found[-1].end() :]
    return f"{head}{'. ' if head else ''}{', '.join(parts)}{rest}"
