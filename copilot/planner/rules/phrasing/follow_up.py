# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Sentences that bound the step or the flow before them: how long, how often, how many at once, which days."""

from __future__ import annotations

import re

from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.phrasing.told import Told
from copilot.planner.rules.word import NUMBER, find_duration, whole

_IT = r"(?:it|this|that|(?:the|this|that)\s+(?:step|task|call|request|download|query|script|command|load|loading|run|thing|job))"
_STOP = r"(?:stop(?:ped)?|abort(?:ed)?|cancel(?:led|ed)?|kill(?:ed)?|end(?:ed)?|terminate(?:d)?|interrupt(?:ed)?|give(?:n)? up(?: on)?|cut off)"
_STOPPED = rf"(?:\s*,?\s*(?:then\s+)?(?:please\s+)?(?:(?:{_IT})\s+(?:should|must|has to|is to|shall|can|may)\s+be\s+{_STOP}|{_STOP}(?:\s+{_IT})?|it (?:should|must) fail|(?:let|make) it fail|fail(?: it)?|(?:that|this) is an error|it counts as (?:failed|a failure)))?"
_HEADS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    rf"\b{_STOP}\s+(?:{_IT})\s+(?:if|when|as soon as|in case)\s+(?:{_IT})\s+(?:takes?|runs?|lasts?|needs?)\s+(?:for\s+)?(?:more|longer) than\s+",
    rf"(?:\b(?:if|when|in case|should|as soon as)\s+)(?:{_IT})\s+(?:ever\s+)?(?:takes?|runs?|lasts?|needs?|goes on|is running)\s+(?:for\s+)?(?:more|longer) than\s+",
    rf"\b(?:{_IT})\s+(?:must|should|may|shall|has to|can)(?:\s+not|n't|\s+never)\s+(?:take|run|last|need)\s+(?:for\s+)?(?:more|longer) than\s+",
    rf"\b(?:{_IT})\s+(?:must|should|has to|needs to|shall|is to)\s+(?:be\s+)?(?:done|finish(?:ed)?|end(?:ed)?|over|complete(?:d)?|ready|back|answer(?:ed)?)\s+(?:with)?in\s+",
    rf"\b{_STOP}\s+(?:{_IT})\s+(?:after|once it has run for)\s+",
    rf"\b(?:{_IT})\s+(?:should|must|is to|has to)\s+be\s+{_STOP}\s+after\s+",
    rf"\b(?:{_IT})\s+(?:may|can|is allowed to)\s+(?:take|run|last)\s+(?:for\s+)?(?:at most|no more than|no longer than|up to)\s+",
    rf"\b(?:allow|give|grant)\s+(?:{_IT})\s+(?:at most|no more than|up to|a maximum of)\s+",
    r"\b(?:wait|waiting)\s+(?:for\s+)?(?:at most|no longer than|no more than)\s+(?=[^.;,]*\bfor (?:it|the (?:answer|response|reply))\b)",
))  # fmt: skip
_RETRIED = re.compile(
    rf"\b(?:should|must|can|is to|has to|shall|may)?\s*be\s+(?:re-?)?(?:tried|repeated|attempted|retried)\s+(?:again\s+)?(?:up to\s+|at most\s+)?(?P<n>{NUMBER}|twice|once)(?:\s+(?:more\s+)?times?)?"
    rf"|\b(?:with|make|allow(?: for)?|have)\s+(?:up to\s+|at most\s+|a maximum of\s+)?(?P<n2>{NUMBER})\s+(?:tries|attempts)",
    re.IGNORECASE,
)
_AGAIN = r"(?:\s*,?\s*(?:if|when|in case)\s+(?:it|this|that)\s+(?:fails|does not work|doesn't work|breaks))?"
_PAUSE = re.compile(
    r"\s*(?:,|\band\b|\bwith\b|\bat\b)?\s*(?:\bwith\b\s*)?(?:(?:an?\s+|the\s+)?(?:interval|pause|delay|wait|break|gap)s?\s+of\s+|(?:and\s+)?(?:wait|waiting|pausing|pause)\s+(?:for\s+)?)?",
    re.IGNORECASE,
)
_APART = re.compile(
    r"\s*(?:of\s+)?(?:(?:in )?between(?:\s+(?:them|each(?:\s+(?:try|attempt|one))?|tries|attempts|the (?:tries|attempts)|two (?:tries|attempts)))?|apart|pause|delay)\b",
    re.IGNORECASE,
)


def bounded(masked: Masked, told: Told) -> None:
    """Put limits of time and numbers of tries aside as marks, and say those of the whole flow in one way."""
    masked.text = _MAY_FAIL.sub(
        lambda match: masked.put(Literal("lenient", "true", match[0].strip())), masked.text
    )
    _timed(masked)
    _tried(masked)
    _spaced(masked)
    text = masked.text
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    masked.text = _weekdays(text)


_MAY_FAIL = re.compile(
    r"(?:\s*,?\s*\b(?:but|and)\s+)?\b(?:carry on|go on|continue|keep going|move on|proceed)(?:\s+(?:anyway|regardless))?(?:\s+with (?:just |only )?a warning)?\s+(?:even\s+)?(?:if|when|in case)\s+(?:it|that|this|the \w+)\s+(?:does not work|doesn't work|does not succeed|goes wrong|breaks|fails|is missing|is not there|isn't there|does not exist|doesn't exist)(?:\s+out)?|"
    r"\b(?:it|that)\s+(?:does\s+not|doesn't|is\s+not\s+important|isn't\s+important)(?:\s+matter)?\s+(?:if|when|whether)\s+(?:it|that|this|the \w+)\s+fails(?:\s+or not)?|\b(?:never mind|don't worry|do not worry|ignore it)\s+(?:if|when)\s+(?:it|that|this)\s+fails|\b(?:a|its)\s+failure\s+(?:is|would be)\s+(?:fine|ok|okay|no problem|not important)|\b(?:if|when)\s+(?:it|that|this)\s+fails\s*,?\s*(?:just\s+|simply\s+|please\s+)?(?:go on|carry on|continue|that's (?:ok|okay|fine)|that is (?:ok|okay|fine)|never mind|ignore it|keep going)(?:\s+anyway)?",
    re.IGNORECASE,
)


def _timed(masked: Masked) -> None:
    for head in _HEADS:
        position = 0
        while (match := head.search(masked.text, position)) is not None:
            found = find_duration(masked.text, match.end())
            if found is None or found.start - match.end() > 1:
                position = match.end()
                continue
            tail = re.compile(_STOPPED, re.IGNORECASE).match(masked.text, found.end)
            end = tail.end() if tail else found.end
            mark = masked.put(Literal("timeout", found.iso, masked.text[match.start() : end].strip(" ,")))
            masked.text = f"{masked.text[: match.start()]}{mark}{masked.text[end:]}"
            position = match.start()


def _tried(masked: Masked) -> None:
    while (match := _RETRIED.search(masked.text)) is not None:
        tail = re.compile(_AGAIN, re.IGNORECASE).match(masked.text, match.end())
        end = tail.end() if tail else match.end()
        number = whole(match["n"] or match["n2"]) or 3
        attempts = number + 1 if "retried" in match[0].lower() or " more " in match[0].lower() else number
        retry = {"type": "constant", "interval": "PT10S", "maxAttempts": max(attempts, 2)}
        words = masked.text[match.start() : end].strip(" ,")
        mark = masked.put(Literal("retry", "PT10S", words, {"retry": retry, "flow": False}))
        masked.text = f"{masked.text[: match.start()]}{mark}{masked.text[end:]}"


def _spaced(masked: Masked) -> None:
    """`⟦retry⟧ and one second between them`: the pause belongs to the tries before it."""
    for match in reversed(list(re.finditer(r"⟦(\d+)⟧", masked.text))):
        literal = masked.literals[int(match[1])]
        retry = literal.facts.get("retry")
        if literal.kind != "retry" or not isinstance(retry, dict):
            continue
        pause = _PAUSE.match(masked.text, match.end())
        start = pause.end() if pause else match.end()
        found = find_duration(masked.text, start)
        if found is None or found.start - start > 1:
            continue
        apart = _APART.match(masked.text, found.end)
        named = pause is not None and re.search(r"interval|pause|delay|wait|break|gap", pause[0], re.I)
        if apart is None and not named:
            continue
        retry["interval"] = found.iso
        masked.text = f"{masked.text[: match.end()]} {masked.text[apart.end() if apart else found.end :]}"


_RUNS = r"(?:runs?|executions?|instances?|copies|of them|of these|of it)"
_AT_ONCE = r"(?:at (?:a|the same|one) time|at once|in parallel|concurrently|simultaneously|side by side)"
_SENTENCE = r"(?:^|(?<=[.;]\s)|,\s*(?:and\s+|but\s+)?|\s+(?:and|but)\s+)"
_TABLE: tuple[tuple[str, str], ...] = (
    (rf"{_SENTENCE}(?:there\s+)?(?:should|must|may|can|shall)\s*(?:never|not)\s+be\s+(?:two|more than one|several|any two)(?:\s+{_RUNS})?\s+(?:running\s+|active\s+)?{_AT_ONCE}", ", only one run at a time"),
    (rf"{_SENTENCE}never\s+(?:run\s+|start\s+|let\s+)?(?:two|more than one|several)(?:\s+{_RUNS})?(?:\s+run)?\s+{_AT_ONCE}", ", only one run at a time"),
    (rf"{_SENTENCE}(?:two|several|multiple|the)\s+runs\s+(?:must|should|may|can)\s*(?:never|not)\s+(?:overlap|run\s+{_AT_ONCE})", ", only one run at a time"),
    (rf"{_SENTENCE}(?:it|the flow|this)\s+(?:must|should|may|can)\s*(?:never|not)\s+(?:run|be running|be started)\s+(?:twice|more than once|a second time)(?:\s+{_AT_ONCE}|\s+while (?:it|one) is (?:still )?running)?", ", only one run at a time"),
    (rf"{_SENTENCE}(?:a|the)\s+(?:new|next|second)\s+(?:run|one|execution)\s+(?:has to|must|should|shall)\s+wait\s+(?:until|till|for)\s+(?:the\s+)?(?:old|previous|first|last|one before|running)\b[^.;,]*", ", only one run at a time"),
    (r"\b(?:it|that|this(?: step)?|the (?:step|call|download|request|command))\s+(?:may|can|is allowed to)\s+fail\s+without\s+(?:stopping|ending|failing)\s+(?:the\s+\w+|anything)", "it may fail"),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)

_NOT_WEEKENDS = re.compile(
    r"[,.;]?\s*(?:\b(?:but|and)\s+)?(?:(?:skip|leave)\s+(?:it\s+)?(?:out\s+)?(?:on\s+|at\s+)?(?:the\s+)?weekends?|(?:do(?:n't| not)|never)\s+(?:run|start|do)\s+(?:it\s+)?(?:on|at)\s+(?:the\s+)?weekends?|not\s+(?:on|at)\s+(?:the\s+)?weekends?|(?:it\s+)?(?:should|must|shall)(?:\s+not|n't)\s+(?:run|start)\s+(?:on|at)\s+(?:the\s+)?weekends?|except\s+(?:on|at)\s+(?:the\s+)?weekends?|(?:saturdays?\s+and\s+sundays?|weekends?)\s+(?:are|is)\s+(?:off|skipped|left out|free))",
    re.IGNORECASE,
)
_DAILY = re.compile(r"\b(?:every|each)\s+(?:single\s+)?(?:day|morning|evening)\b|\bdaily\b", re.IGNORECASE)


def _weekdays(text: str) -> str:
    """`every day at 8 … Skip it on weekends` is every weekday."""
    match = _NOT_WEEKENDS.search(text)
    if match is None or (daily := _DAILY.search(text)) is None:
        return text
    stopped = "." if match[0].lstrip()[:1] == "." or text[: match.start()].rstrip().endswith(".") else ""
    stopped = "" if text[match.end() :].lstrip().startswith(".") else stopped
    rest = f"{text[: match.start()].rstrip(' .')}{stopped}{text[match.end() :]}"
    part = re.search(r"morning|evening", daily[0], re.IGNORECASE)
    return _DAILY.sub(f"every weekday {part[0].lower()}" if part else "every weekday", rest, count=1)
