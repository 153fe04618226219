# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Reasons and small talk around an order: what asks for nothing is set aside, what may ask for something is not."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.edit.state import Changing
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.word import singular

_PERSON = r"(?:nobody|no one|no-one|noone|everybody|everyone|somebody|someone|people|we|they|i|he|she|none of us|who)"
_THING = r"(?:(?:the|our|my|this|that|these|those|their|its|it|which|things?|all)\b(?:\s+(?!should|must|may)[a-z][\w-]*){0,3}?)"
_VAGUE = (
    r"(?:done|over|gone|back|ready|fine|good|ok|okay|right|correct|wrong|finished|complete|completed|here|there|same|unchanged"
    r"|enough|small|big|large|full|slow|fast|busy|old|outdated|obsolete|broken|flaky|noisy|annoying|happy|sad|expensive|cheap"
    r"|heavy|weak|unused|useless|superfluous|unnecessary|needed|used|known|alive|stable|working|away|late|early|important"
    r"|closed|open|down|up|dead|confusing|misleading|clear|lost|missing|tiny|huge|taken|reserved|in use|misspelled|historic|overloaded|limited|safe|dangerous|it)"
)
_STATEMENTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^{_PERSON}(?:\s+(?:really|just|always|never|only|all|still|even|ever|actually|hardly|rarely))*\s+"
            r"(?!don't\b|do not\b|doesn't\b|does not\b|no longer\b|should\b|must\b|can\b|may\b|will\b|shall\b|could\b|would\b|want|need|have to|has to|prefer|like\b)\w+.*$"
        ),
        (
            rf"^{_PERSON}\s+(?:do not|don't|does not|doesn't|will not|won't|cannot|can't|could not|couldn't|never)\s+"
            r"(?!want\b|need\b)\w+.*$"
        ),
        rf"^{_PERSON}\s+(?:needs?|wants?|likes?)\s+(?:it|that|this|them)(?:\s+(?:any ?more|any longer|now|at all))?$",
        (
            rf"^{_THING}\s*(?:'s|is|are|was|were|isn't|aren't|wasn't)\s+(?:not\s+|just\s+|already\s+|still\s+|now\s+|all\s+|the\s+)*"
            rf"(?:(?:too|very|so|really|much|rather|quite|far|a bit|a lot)\s+)*{_VAGUE}(?:\s+(?:now|already|again|anyway|any ?more"
            r"|as (?:it is|before)|today|enough|there|here|on .{3,20})){0,2}$"
        ),
        (
            rf"^{_THING}\s+(?:has|have|had)\s+(?:just\s+|already\s+|finally\s+|been\s+|now\s+)*(?:arrived|ended|finished|gone"
            r"|happened|improved|changed|grown|passed|died|settled|worked|started|complained|asked|left|recovered|come back)\b[^,]*$"
        ),
        (
            rf"^{_THING}\s+(?:works?|stays?|remains?|suffices?|runs?|looks?|comes?|keeps?|hates?|likes?|gets?|takes?|does|do)"
            r"(?:\s+(?:as|like|the|just|all|too|so|not|very|it|they|well|fine|same|here|there|is|are|was|were|before|unchanged"
            r"|working|long|much|good|better|annoyed|tired|enough|now|anyway|untouched|alone|that|way|long))*$"
        ),
        rf"^{_THING}\s+(?:got|gets|became|becomes|grew|went|is getting|are getting|was getting|broke|failed|crashed|died|complained|had|caused)\b[^⟦\d,]*$",
        rf"^(?!.*\b(?:is|are|be|was|were|been|renamed|used|needed|moved|changed)\b){_THING}\s+(?:\w+ly\s+)?[a-z]{{2,}}ed\b[^⟦\d]*$",
        rf"^{_THING}\s+(?:\w+ly\s+)?(?:hangs?|crash(?:es)?|fails?|breaks?|times? out|sleeps?|struggles?|complains?|suffers?|dies|chokes?|lags?|grows?|costs?)\b[^⟦\d]*$",
        rf"^\S+\s+(?:is|are|was|were)\s+(?:not\s+)?(?:(?:too|very|so|really|quite|a bit)\s+)*{_VAGUE}(?:\s+(?:now|for us|anyway))?$",
        r"^\S+\s+(?:is|are|was|were)\s+(?:too\s+\w+|not enough|wrong|gone|closed|dead|obsolete|outdated|history)(?:\s+(?:now|for us|anyway))?$",
        (
            r"^(?:everything|all|the rest|the others?|nothing)(?:\s+else)?\s+(?:is|are|stays?|remains?|keeps?|can stay|should stay"
            r"|should remain|must stay|may stay|as|changes|else)\b[^⟦\d]*$"
        ),
        r"^(?:it|this|that)\s+(?:is|was|makes|has been)\s+(?:the|an?|just|only|all|what|how|more|less|clearer|easier|better)\b[^⟦\d]*$",
        r"^[a-z][\w-]+\s+(?:left|quit|retired|moved on|has left|is gone|is away|resigned)(?:\s+(?:us|the company|the team))?$",
        rf"^{_THING}\s+(?:is|are|was|were)\s+(?:not|no longer|never)\s+(?:used|needed|wanted|read|called|loaded|sold)(?:\s+(?:any ?more|now|here|at all))?$",
        r"^[^⟦]{3,40}\s(?:is|are|was|were)\s+(?:(?:far|way|much|just|a bit)\s+)?(?:too (?:many|much|few|little|slow|fast|often|long|short|late|early)|not enough)$",
        r"^(?:with\s+)?(?:the\s+)?same\s+(?:\w+)(?:\s+as\s+(?:before|now))?$",
        (
            r"^(?:leave|keep)\s+(?:everything|all|the rest|the others?)(?:\s+else)?\s*(?:as (?:it|they) (?:is|are)|alone|unchanged"
            r"|the same|untouched)?$"
        ),
        r"^(?:as|like)\s+(?:discussed|agreed|always|before|usual|promised|said|planned|you know|we agreed)\b[^⟦\d]*$",
        (
            r"^(?:(?:many\s+|a lot of\s+)?thanks?(?: you)?|cheers|sorry|hi|hello|hey|good morning|ok|okay|well|fine|great|perfect"
            r"|no problem|no hurry|if (?:possible|you can|that's possible|you don't mind))(?:\s+(?:a lot|in advance|so much|there"
            r"|team|all))*$"
        ),
        r"^(?:go easy on|be nice to|be gentle with|be careful with)\s+[^⟦\d]{3,40}$",
        r"^(?:too (?:many|much|often)|not enough|no need for)\b[^⟦\d]{2,40}$",
    )
)
_REASON = re.compile(
    r"[\s,;–—-]*\b(?:so\s+that|so\s+(?=(?:we|i|it|they|nobody|no one|nothing|the|there|that|you|people|everyone|our)\b)"
    r"|because|cause\s|since\s+(?=(?:we|i|it|they|nobody|the|there|our|that|this)\b)"
    r"|as\s+(?=(?:we|i|they|nobody|our|there|people)\b|(?:it|the \w+)\s+(?:is|was|has|does|are)\b)"
    r"|otherwise\s+(?=(?:we|it|they|nobody|the|our|people)\b)|to\s+(?=(?:save|avoid|be (?:safe|sure|nice)|keep (?:it|things))\b)"
    r"|in order\s+(?:to|that)|for the sake of|which\s+(?=is|was|are)|even though|although|though\s)\s*(?P<why>[^;.⟦]+)$",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:should|must|has to|have to|needs? to|please|instead|called|named|from now on)\b", re.IGNORECASE
)
_NAMES = re.compile(r"⟦\d+⟧|\d|\b[A-Z][\w-]*[A-Z_]\w*\b|\w[._/:@]\w|(?<=\s)[A-Z][a-z]+\b")
_EXACT = re.compile(r"⟦\d+⟧|\d|\w[._/:@]\w")
"""What a reason may not hold without being heard: figures, quoted texts, addresses."""
_STAYS = re.compile(
    r"\s*[,;]\s*(?:and\s+|with\s+|but\s+)?(?P<value>⟦\d+⟧|[\w.-]+)\s+(?:stays?|remains?|is|being|as|should (?:be|stay|remain)"
    r"|will be)\s+(?:as\s+)?(?:the|its|our)\s+default(?:\s+value)?\b",
    re.IGNORECASE,
)


def defaulted(text: str) -> str:
    """`…, Ada stays the default` is `… with default Ada`."""
    return _STAYS.sub(r" with default \g<value>", text)


def apart(clause: str) -> list[str]:
    """Cut a clause where a reason or a statement stands before or behind the order."""
    parts: list[str] = []
    reason = _REASON.search(clause)
    ordered = re.search(
        r"\bplugin\s?defaults?\b", clause, re.IGNORECASE
    )  # `… so that every log task has level WARN`
    if reason is not None and not ordered and reason.start() > 2 and not _EXACT.search(reason["why"]):
        parts.append(clause[reason.start() :].strip(" ,;–—-"))
        clause = clause[: reason.start()].rstrip(" ,;–—-")
    pieces = re.split(
        r"(\s*[,;]\s+(?:and\s+|but\s+)?|\s+[–—-]\s+|:\s+|\s+(?:but|and)\s+(?=(?:everything|the rest|nobody)\b))",
        clause,
    )
    while len(pieces) > 2 and _states(pieces[-1]):
        parts.append(pieces[-1])
        pieces = pieces[:-2]
    while len(pieces) > 2 and _states(pieces[0]):
        parts.append(pieces[0])
        pieces = pieces[2:]
    return ["".join(pieces).strip(" ,;"), *parts]


def _states(piece: str) -> bool:
    said = piece.strip(" ,;.!?")
    return not _MODAL.search(said) and any(pattern.match(said) for pattern in _STATEMENTS)


def is_aside(clause: str, others: str, state: Changing, base: str) -> bool:
    """Whether a clause asks for nothing: a statement or a reason that names nothing new.

    `base` is the flow as it was before: what stands there is told, not asked for.
    """
    said = clause.strip(" ,;.!?")
    reason = _REASON.match(said)
    if not others.strip() or (reason is None and not _states(said)):
        return False
    names = _NAMES.findall(reason["why"] if reason else said)
    if reason is not None:
        return not _EXACT.search(reason["why"])
    if any(not _written(name, base) for name in _TOKEN.findall(said) if _NAMES.search(f" {name}")) or any(
        "⟦" in name for name in names
    ):
        return False
    told = {singular(word) for word in re.findall(r"[a-z]+", MARK.sub(" ", others).lower())}
    named = {singular(word) for word in re.findall(r"[a-z]+", said.lower())} & _values(state)
    return named <= told


_TOKEN = re.compile(r"[\w@./:-]*\w")


def _written(name: str, text: str) -> bool:
    """Whether a name or a number stands in the flow as it is: what is there, not what shall be."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text) is not None


def referred(clauses: list[str], state: Changing) -> list[str]:
    """Put the subject of a statement in the place of `it`: `south is closed, take it off the regions`."""
    for number, clause in enumerate(clauses):
        if not _states(clause):
            continue
        named = [word for word in re.findall(r"[\w-]+", clause) if word.lower() in _names(state)]
        others = [
            n for n, other in enumerate(clauses) if n != number and re.search(r"\b(?:it|them)\b", other)
        ]
        if len(others) == 1 and len(named) == 1:
            clauses[others[0]] = re.sub(r"\b(?:it|them)\b", named[0], clauses[others[0]], count=1)
    return clauses


def _values(state: Changing) -> set[str]:
    """Return the names and the one-word values of the flow that an order could mean."""
    found: set[str] = set()
    for item in state.data.get("inputs") or ():
        found |= {str(value).lower() for value in (*(item.get("values") or ()), item.get("defaults"))}
        found |= (
            {str(value).lower() for value in item["defaults"]}
            if isinstance(item.get("defaults"), list)
            else set()
        )
    found |= (
        {str(value).lower() for value in (state.data.get("labels") or {}).values()}
        if isinstance(state.data.get("labels"), dict)
        else set()
    )
    found |= {snake(task["id"]) for _, task in target.tasks_of(state.data)}
    return {singular(word) for word in found if re.fullmatch(r"[a-z]+", word)}


def _names(state: Changing) -> set[str]:
    """Return the ids of the flow and the items of its lists, as they are written, in small letters."""
    found = {task["id"].lower() for _, task in target.tasks_of(state.data)}
    for section in ("inputs", "triggers"):
        found |= {
            str(item.get("id")).lower() for item in state.data.get(section) or () if isinstance(item, dict)
        }
    for item in state.data.get("inputs") or ():
        for key in ("values", "defaults"):
            found |= {str(value).lower() for value in item[key]} if isinstance(item.get(key), list) else set()
    for _, task in target.tasks_of(state.data):
        found |= (
            {str(value).lower() for value in task["values"]}
            if isinstance(task.get("values"), list)
            else set()
        )
    for _, task in target.tasks_of(state.data):
        found |= (
            {str(case).lower() for case in task["cases"]} if isinstance(task.get("cases"), dict) else set()
        )
    return found
