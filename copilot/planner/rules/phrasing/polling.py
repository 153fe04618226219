# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Asking again until something is so: what is asked, how often, how many times, how long."""

from __future__ import annotations

import re

from copilot.planner.rules.literal import MARK, Literal, Masked
from copilot.planner.rules.phrasing.told import Told, joined, sentences
from copilot.planner.rules.word import NUMBER, find_duration, whole

_LEAD = r"(?:\s*[,(]?\s*(?:\b(?:and|but|with|by|then|or)\s+)*)"
_LOOK = r"(?:(?:check|look|ask|poll|try|retry|repeat|test|do|call|request|query)(?:ing)?\s+(?:(?:it|this|that|again|for it|there|the \w+)\s+)*)?"
_EVERY = (
    rf"{_LEAD}{_LOOK}(?:every|each|once\s+(?:per|every|each)|once(?=\s+an?\s)|(?:in|at|with)\s+(?:an?\s+)?intervals?\s+of)\s+",
    rf"{_LEAD}(?:with|after|wait(?:ing)?|paus(?:e|ing)|leav(?:e|ing)|sleep(?:ing)?)\s+(?:for\s+)?(?:an?\s+(?:pause|break|gap|delay|interval|wait)\s+of\s+)?",
)
_GAP = re.compile(
    r"\s*(?:(?:in\s+)?between(?:\s+(?:the\s+|two\s+|each\s+)?(?:tries|attempts|checks|calls|requests|them|try|call|check|two))?|apart|pause|after each (?:try|check|call))\s*\)?",
    re.IGNORECASE,
)
_MOST = r"(?:at most|no more than|not more(?: often)? than|up to|(?:a )?max(?:imum|\.)?(?: of)?|for at most|never more than|at the most|limited to|not longer than|no longer than|for)"
_ROUNDS = r"(?:times|tries|attempts|checks|requests|calls|rounds|iterations|polls|goes|repetitions)"
_TIMES = re.compile(
    rf"{_LEAD}(?:(?:give|giving) up\s+after|stop(?:ping)?(?:\s+\w+ing)?\s+after|{_MOST}|do (?:this|that|it)\s+{_MOST}|try(?:ing)?\s+(?:it\s+)?(?:{_MOST})?)\s*(?P<n>{NUMBER}|twice)(?:\s+{_ROUNDS}|(?<=twice))(?:\s+(?:in total|altogether|at most|max(?:imum)?))?\s*\)?",
    re.IGNORECASE,
)
_TIMES_BEHIND = re.compile(
    rf"{_LEAD}(?P<n>{NUMBER})\s+{_ROUNDS}\s+(?:at (?:the )?most|max(?:imum)?|in total)\s*\)?", re.IGNORECASE
)
_STOP = r"(?:give|giving) up(?:\s+(?:on it|waiting))?\s+after|(?:stop|quit|end|abort)(?:ping|ting|ing)?(?:\s+(?:it|trying|asking|polling|checking|waiting|looking))?\s+after"
_LONG = re.compile(
    rf"{_LEAD}(?:{_STOP}|(?:wait(?:ing)?\s+)?(?:for\s+)?{_MOST}|within|(?:or\s+)?until)\s+(?=(?:{NUMBER}|an?|half)\b)",
    re.IGNORECASE,
)
_PASSED = re.compile(
    r"\s*(?:(?:have|has|are)\s+(?:passed|gone by|over))?\s*(?:in total|altogether)?\s*\)?", re.IGNORECASE
)
_MARKED = re.compile(rf"{_LEAD}(?:{_MOST}\s+|do\s+)?(?P<mark>⟦\d+⟧)\s*\)?", re.IGNORECASE)
_UNTIL = re.compile(r"^(?P<body>.*?)[\s,]*\b(?:un)?till?\b\s+(?P<until>.+)$", re.IGNORECASE | re.DOTALL)
_REST = re.compile(
    r"\s*(?:,\s*(?:and\s+)?then\b|\band\s+then\b|,\s*(?:and\s+)?after(?:wards| that)\b|;)\s*,?\s*|\s*,\s*(?:and\s+)?(?=(?:log|download|load|fetch|call|send|post|run|write|print|read|count|save|store|import)\b)",
    re.IGNORECASE,
)
_NO_POLL = re.compile(
    r"\b(?:approv|confirm|tomorrow|midnight|noon|manual|resum)|^\s*\d{1,2}(?::\d\d)?\s*(?:$|am|pm|o'clock)",
    re.IGNORECASE,
)


def polled(masked: Masked, told: Told) -> None:
    """Write every poll as `call ⟦0⟧ until … ⟦poll⟧`, the mark with its limits."""
    text = re.sub(r"\btwice (?:a|per|every) minute\b", "every 30 seconds", masked.text, flags=re.IGNORECASE)
    text = re.sub(
        r"\b(?:wait|waiting)\s+for\s+(?:the\s+file\s+|the\s+page\s+)?(⟦\d+⟧)\s+to\s+(?:become|be|get)\s+(?:available|there|ready|online|uploaded|published)\b",
        r"wait until \1 is there",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:do not|don't|never)\s+(?:start|begin|go on|continue)\s+(?:before|until)\s+",
        "wait until ",
        text,
        flags=re.IGNORECASE,
    )
    masked.text = re.sub(
        r"\b(?:and\s+)?(?P<v>download|load|fetch|call)\s+(?P<w>it|them|⟦\d+⟧)\s+afterwards\b",
        r"then \g<v> \g<w>",
        text,
        flags=re.IGNORECASE,
    )
    kept: list[tuple[str, str]] = []
    poll: Literal | None = None
    for text, end in sentences(masked.text):
        if poll is not None and _only_limits(text, poll, masked):
            continue
        if poll is not None:
            text = _fetched(_ENDED.sub("Then ", text), str(poll.facts.pop("at", "it")))
        poll = None
        made = _read(text, masked)
        if made is None:
            kept.append((text, end))
            continue
        asked, poll, rest = made
        kept.append((asked, ". "))
        if rest:
            kept.append((rest, end))
    if poll is not None:
        poll.facts.pop("at", None)
    masked.text = joined(kept)


_ENDED = re.compile(
    r"^\s*(?:and\s+)?(?:when|once|as soon as|after|if)\s+(?:it|that|this|the \w+)\s+(?:is|was|has|becomes?|succeeds?|worked|happened)\b[^,.⟦]*?(?:,\s*|\s+(?=(?:log|download|load|fetch|call|send|post|run|write|print|read|count|save|store)\b))(?:then\s+)?",
    re.IGNORECASE,
)


def _read(text: str, masked: Masked) -> tuple[str, Literal, str] | None:
    match = _UNTIL.match(text.rstrip(" .!?"))
    if match is None:
        return None
    cut = _REST.search(match["until"])
    until, rest = (
        (match["until"][: cut.start()], match["until"][cut.end() :]) if cut else (match["until"], "")
    )
    facts: dict[str, object] = {}
    if rest and not re.search(r"[a-z]{3}", _limits(rest, dict(facts), masked), re.IGNORECASE):
        until, rest = f"{until}, {rest}", ""
    until = re.sub(
        r"\s*[,;]?\s*(?:and\s+|or\s+)?(?:otherwise|else|or else)\s*,?\s*(?:let it\s+|it should\s+)?fails?(?:\s+the\s+\w+)?\s*$",
        "",
        until,
        flags=re.IGNORECASE,
    )
    if (
        passed := re.search(
            r"\s*,?\s*or\s+(?:until\s+|after\s+|when\s+)?(?P<d>\S+\s+(?:seconds?|minutes?|hours?))\s+(?:have|has|are|is)\s+(?:passed|gone|over|up)",
            until,
            re.IGNORECASE,
        )
    ) and (found := find_duration(passed["d"])):
        facts["maxDuration"] = found.iso
        until = f"{until[: passed.start()]}{until[passed.end() :]}"
    body, until = _limits(match["body"], facts, masked), _limits(until, facts, masked)
    if cut and rest and (later := _limits(rest, facts, masked)) != rest and _BARE.match(rest):
        rest = later
    asked = _asked(body, until, masked)
    if asked is None or _NO_POLL.search(until):
        return None
    literal = Literal("poll", "poll", masked.unmask(text).strip(" ."), facts)
    if (at := re.search(r"⟦\d+⟧", asked)) is not None:
        rest = _fetched(rest, at[0])
        facts["at"] = at[0]
    return f"{asked} {masked.put(literal).strip()}", literal, rest.strip(" ,")


def _fetched(rest: str, at: str) -> str:
    """`then download it`: what was waited for."""
    return re.sub(
        r"\b(download|fetch|get|load|import|read)\s+(?:it|that|them|the file)\b",
        rf"\1 {at}",
        rest,
        count=1,
        flags=re.IGNORECASE,
    )


_BARE = re.compile(rf"(?:but\s+)?(?:{_MOST}|give up|stop)\b", re.IGNORECASE)


def _only_limits(text: str, poll: Literal, masked: Masked) -> bool:
    """`Check once per minute for at most one hour.` belongs to the poll before it."""
    rest = _limits(text, facts := dict(poll.facts), masked)
    bare = re.sub(
        r"\b(?:check|checking|look|ask|try|poll|do|repeat|it|this|that|but|and|then|please|trying|asking|stop|give up|wait|the|interval|is|of)\b",
        "", rest, flags=re.IGNORECASE,
    )  # fmt: skip
    if facts == poll.facts or re.search(r"[A-Za-z⟦]", bare):
        return False
    poll.facts.update(facts)
    return True


def _limits(text: str, facts: dict[str, object], masked: Masked) -> str:
    """Take interval, number of rounds and length of time out of a text."""
    text = re.sub(r"\b(once)\s+per\s+(?=[a-z])", r"\1 every ", text, flags=re.IGNORECASE)
    text = re.sub(r"\beach\s+(?=second|minute|hour)", "every ", text, flags=re.IGNORECASE)
    for match in list(_MARKED.finditer(text)):
        literal = masked.inside(match["mark"])[0]
        retry = literal.facts.get("retry")
        if literal.kind == "timeout":
            facts["maxDuration"] = literal.value
        elif literal.kind == "retry" and isinstance(retry, dict):
            facts["maxIterations"] = retry["maxAttempts"]
            if (said := find_duration(literal.words)) is not None:
                facts["interval"] = said.iso
        else:
            continue
        text = text.replace(match[0], " ", 1)
    for name, pattern in (("n", _TIMES), ("n", _TIMES_BEHIND)):
        if (found := pattern.search(text)) is not None:
            number = 2 if found[name].lower() == "twice" else whole(found[name])
            if number:
                facts["maxIterations"] = number
                text = f"{text[: found.start()]} {text[found.end() :]}"
    for number, head in enumerate(_EVERY):
        text = _timed(text, re.compile(head, re.IGNORECASE), _GAP, facts, "interval", tail_needed=number == 1)
    text = _timed(text, _LONG, _PASSED, facts, "maxDuration")
    return " ".join(text.replace("( )", " ").split()).strip(" ,(")


def _timed(
    text: str,
    head: re.Pattern[str],
    tail: re.Pattern[str],
    facts: dict[str, object],
    name: str,
    *,
    tail_needed: bool = False,
) -> str:
    for match in head.finditer(text):
        found = find_duration(text, match.end())
        if found is None or found.start - match.end() > 1:
            continue
        behind = tail.match(text, found.end)
        if tail_needed and behind is None:
            continue
        facts[name] = found.iso
        return f"{text[: match.start()]} {text[behind.end() if behind else found.end :]}"
    return text


_THERE = r"(?:is|are)\s+(?:finally\s+|really\s+)?(?:there|available|present|online|uploaded|published|ready)|exists?|appears?|shows up|can be (?:downloaded|fetched|reached)|has (?:arrived|appeared)"
_URL_THERE = re.compile(
    rf"^(?:the\s+)?(?:file|page|document|address|data|export|csv|report)?\s*(?:at\s+|under\s+|behind\s+)?(?P<at>⟦\d+⟧)\s+(?:{_THERE})$",
    re.IGNORECASE,
)
_URL_SAYS = re.compile(
    r"^(?:the\s+)?(?:service|server|api|endpoint|site|page|address|url)?\s*(?:at\s+|under\s+|behind\s+)?(?P<at>⟦\d+⟧)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_OF_URL = re.compile(
    r"^(?P<head>(?:the\s+)?[a-z_][\w ]*?)\s+(?:of|at|from|in|on|under|behind)\s+(?:the\s+(?:answer|response|json)\s+(?:of|from)\s+)?(?P<at>⟦\d+⟧)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^(?:answers?|responds?|replies|returns?|says|is|gives)\s*(?:with\s+)?(?:an?\s+|the\s+)?(?:http\s+)?(?:status(?:\s+code)?\s+|code\s+)?(?P<code>\d{3})(?:\s+ok)?$",
    re.IGNORECASE,
)
_UP = re.compile(
    r"^(?:answers?|responds?|works?|replies|is (?:up|reachable|available|healthy|online|alive|back|running)|(?:becomes|comes) (?:available|up|online|back)|can be reached|succeeds?|is ok|gets? through)$",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"^(?:there\s+(?:is|are)\s+(?P<n0>at least\s+\w+|any|more than\s+\w+|an?|\d+)?\s*(?:row|record|entrie|entry|line|data)s?\s+in\s+)?(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+(?P<name>⟦\d+⟧|[A-Za-z_][\w.]*)(?:\s+in\s+(?:the\s+|our\s+)?postgres(?:ql)?(?:\s+database)?)?"
    r"(?:\s+(?:(?:has|contains|holds|have)\s+(?P<n>at least\s+\w+|more than\s+\w+|any|some|an?|\d+|one)?\s*(?P<what>new\s+)?(?:rows?|records?|entries|entry|lines?|data|something)|is\s+(?:not empty|no longer empty|filled)|(?P<there>exists|is there)))?(?:\s+(?:with|where|whose|that have|that has)\s+(?:an?\s+|the\s+)?(?P<where>.+))?$",
    re.IGNORECASE,
)


def _asked(body: str, until: str, masked: Masked) -> str | None:
    """Return `call … until …`, None where it is not known what is to be asked."""
    body = re.sub(
        r"^\s*(?:please\s+|then\s+|first\s+|now\s+|after that\s+)*", "", body, flags=re.IGNORECASE
    ).strip(" ,")
    waits = re.fullmatch(
        r"(?:then\s+)?(?:wait|hold|pause|check|poll|look|keep (?:checking|waiting|trying|polling))(?:\s+(?:again|here|there))*",
        body,
        re.IGNORECASE,
    )
    if waits:
        return _of_condition(until, masked)
    marks = [item for item in masked.inside(body) if item.kind == "url"]
    if len(marks) != 1:
        return None
    return f"{_called(body, marks[0], masked)} until {_plain(until)}"


def _called(body: str, literal: Literal, masked: Masked) -> str:
    mark = f"⟦{masked.literals.index(literal)}⟧"
    if re.search(r"\b(?:post|put|send|submit|delete|patch)\b", body, re.IGNORECASE):
        return body
    return f"call {mark}"


def _of_condition(until: str, masked: Masked) -> str | None:
    if (there := _URL_THERE.match(until)) is not None and masked.inside(there["at"])[0].kind == "url":
        return f"call {there['at']} until the status code is 200"
    for pattern in (_URL_SAYS, _OF_URL):
        said = pattern.match(until)
        if said is None or masked.inside(said["at"])[0].kind != "url":
            continue
        head = said.groupdict().get("head") or ""
        so = _plain(f"{head} {said['rest']}".strip())
        return f"call {said['at']} until {so}"
    table = _TABLE.match(until)
    if table is None or table["there"] or not re.search(r"\bpostgres", masked.text, re.IGNORECASE):
        return None
    number = (table["n"] or table["n0"] or "").lower()
    least = re.search(r"\d+|one|two|three|four|five|ten", number)
    count = (whole(least[0]) or 1) if least else 1
    count += "more than" in number
    where = f" where {_equal(table['where'])}" if table["where"] else ""
    return f"count the rows of the postgres table {table['name']}{where} until the number of rows is at least {count}"


def _equal(test: str) -> str:
    """`status done` is `status is done`."""
    if re.fullmatch(r"[a-z_]\w*\s+(?:⟦\d+⟧|[\w.-]+)", test, re.IGNORECASE):
        return re.sub(r"\s+", " is ", test, count=1)
    return test


def _plain(until: str) -> str:
    """`its state becomes fine` is `the state is fine`; an answer of 200 is its status code."""
    text = until.strip(" ,.")
    if (code := _CODE.match(re.sub(r"^(?:it|that|this)\s+", "", text, flags=re.IGNORECASE))) is not None:
        return f"the status code is {code['code']}"
    if _UP.match(
        re.sub(r"^(?:it|that|this|the (?:service|server|api|site))\s+", "", text, flags=re.IGNORECASE)
    ):
        return "the status code is 200"
    if MARK.search(text) is None and (
        said := re.fullmatch(
            r"(?:it|that|the (?:answer|response|service|server|api))\s+(?:says|answers|contains|includes|reports|returns)\s+(?:the\s+word\s+)?([\w.-]+)",
            text,
            re.IGNORECASE,
        )
    ):
        return f"the answer contains {said[1]}"
    if said := re.fullmatch(
        r"(?:it|that|the (?:answer|response|service|server|api))\s+(?:says|answers|contains|includes)\s+(⟦\d+⟧)",
        text,
        re.IGNORECASE,
    ):
        return f"the answer contains {said[1]}"
    text = re.sub(
        r"^(?:it|the (?:service|server|api|answer|response))\s+(?:says|answers|reports|tells|returns)\s+(?:that\s+)?(?=\w+\s+(?:is|=|equals))",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:becomes|turns(?: to| into)?|changes to|reads|has become|switches to|reaches)\b",
        "is",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"^its\s+", "the ", text, flags=re.IGNORECASE)
