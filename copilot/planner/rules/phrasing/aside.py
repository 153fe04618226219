# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Words around a request that change nothing of it, dates in addresses, and checks of rows in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told
from copilot.planner.rules.word import NUMBER, singular, whole

_VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})"
_NOW = r"(?:\s+(?:for now|for the moment|at the moment|so far|today|right now|in the end|to begin with))?"
_TABLE: tuple[tuple[str, str], ...] = (
    (r"(?<=[a-z⟧])\s+[-–—]\s+(?P<x>(?=[^-–—.;]*[a-z])[^-–—.;]{2,70}?)\s+[-–—]\s+(?=[a-z])", r", \g<x>, "),
    (r"(?P<lead>^\s*|[.;]\s+)(?P<who>i|we)\s+(?:just|only|simply)\s+(?P<v>want|need|would like)\b", r"\g<lead>\g<who> \g<v>"),
    (rf"\b(?P<who>that|which|it|flow|workflow|pipeline|and|then)\s+(?:just|simply|merely|basically)\s+(?=(?:{_VERB})(?:e?s)?\b)", r"\g<who> "),
    (rf"(?P<lead>^\s*|[.;]\s+)(?:and\s+)?all\s+(?:that\s+)?(?:it|the flow|this(?: flow)?|the job)\s+(?:does|should do|has to do|shall do|must do|needs to do|is to do){_NOW}\s+is\s+(?:to\s+)?(?=(?:{_VERB})\b)", r"\g<lead>"),
    (rf"\s*,?\s*(?:and\s+)?\ball\s+(?:that\s+)?(?:it|the flow|this(?: flow)?|the job)\s+(?:does|should do|has to do|shall do|must do|needs to do|is to do){_NOW}\s+is\s+(?:to\s+)?(?=(?:{_VERB})\b)", ". "),
    (r"\b(?P<what>the\s+(?:whole\s+|json\s+|posted\s+)?(?:body|payload))\s+(?:(?:that|which)\s+)?(?:was|is|has been|got|gets|it)\s+(?:sent|posted|received|delivered|got|gets|receives)(?:\s+(?:to it|with it|along|in))?\b", r"\g<what>"),
    (r"\b(?P<v>run|call|start|trigger|execute)\s+(?P<sub>(?:the\s+)?(?:sub)?flow)\s+(?P<a>[\w-]+)\s+(?P<ns>(?:in|of|from)\s+(?:the\s+)?namespace\s+(?P<n>[\w.]*\w))(?P<mid>[^.;⟦]*?)[,.;]?\s+(?:and\s+)?(?:then|after that|afterwards)\s+(?:also\s+)?(?:(?:run|call|start|trigger|execute)\s+)?(?:the\s+)?(?:(?:sub)?flow\s+)?(?P<b>[\w-]+)\s+(?:in|of|from)\s+(?:the|that)\s+same\s+(?:namespace|one)", r"\g<v> \g<sub> \g<a> \g<ns>\g<mid>. Then \g<v> the flow \g<b> in namespace \g<n>"),
    (r"\b(?P<day>(?:every|each|on)\s+(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|day|weekdays?|weekend|morning|evening|month))\s*,?\s+(?P<at>\d{1,2}:\d\d)(?=\s|[.,;]|$)", r"\g<day> at \g<at>"),
    (r"\bif\s+(?:there\s+(?:are|is|were|was)\s+(?:none|nothing)(?:\s+left)?|none\s+(?:are|is|were)\s+(?:left|found|there)|nothing\s+(?:is|was)\s+(?:left|found))\b", "if there are no rows"),
    (r"\bask\s+(?P<who>big ?query|duck ?db|postgres(?:ql)?)\s+for\s+(?=(?:the|how|which|all)\b)", r"query \g<who>: "),
    (r"\b(?P<v>post|send|put)\s+(?:the\s+)?(?:contents?\s+of\s+|file\s+(?:at\s+)?)?(?P<a>⟦\d+⟧)\s+to\s+(?P<b>⟦\d+⟧)", "«handed»"),
    (r"\bhow\s+(?:big|large)\s+(?:the\s+(?:file|download)|it)\s+(?:is|was|turned out)\b", "the size of the file"),
    (r",?\s+(?:but\s+|and\s+)?(?:do not|don't|never)\s+wait\s+for\s+(?:that(?: one)?|it|this(?: one)?|the (?:second|last)(?: one)?|its end)(?:\s+to\s+(?:finish|end|complete))?", " without waiting for it"),
    (rf"(?P<lead>[;.]\s+)if\s+(?:the\s+)?(?:data|file|rows?|it|that|everything|this)\s+(?:is|are|looks?)\s+(?:good|fine|ok|okay|right|valid|clean|all right)\s*,?\s+(?=(?:{_VERB})\b)", r". "),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)


def set_aside(masked: Masked, told: Told) -> None:
    """Write what is said around a step plainly."""
    _checked(masked)
    for pattern, new in _REWRITES:
        made = new if new != "«handed»" else lambda match: _handed(match, masked)
        masked.text = pattern.sub(made, masked.text)
    masked.text = _FLOWS.sub(_each_flow, _EXCEPT.sub(_other_days, masked.text))
    _in_vain(masked, told)
    _columns_of(masked)
    _dated(masked)


_FLOWS = re.compile(
    r"\b(?P<v>run|call|trigger|start|execute)s?\s+(?:the\s+)?(?:sub)?flows\s+(?P<list>[\w-]+(?:\s*,\s*[\w-]+)*\s*,?\s+(?:and|then)\s+[\w-]+)(?P<ns>\s+(?:in|of|from)\s+(?:the\s+)?namespace\s+[\w.]*\w)?(?:\s*,?\s*(?:one after (?:the other|another)|in (?:this|that) order|in sequence|in a row))?(?!\s+(?:in parallel|at the same time|side by side))",
    re.IGNORECASE,
)


def _each_flow(match: re.Match[str]) -> str:
    """`run the flows a, b and c` is three runs, one after the other."""
    names = re.findall(r"[\w-]+", re.sub(r"\b(?:and|then)\b", " ", match["list"]))
    return ", then ".join(f"{match['v']} the flow {name}{match['ns'] or ''}" for name in names)


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXCEPT = re.compile(
    rf"\b(?:every|each)\s+(?:day|morning|evening|night)(?P<at>\s+at\s+[\d:]+(?:\s*[ap]m)?)?\s*,?\s+(?:except|but not|other than)\s+(?:on\s+|for\s+)?(?P<day>{'|'.join(_DAYS)})s?\b",
    re.IGNORECASE,
)


def _other_days(match: re.Match[str]) -> str:
    """`every day except on sundays` names the six others."""
    days = [day for day in _DAYS if day != match["day"].lower()]
    return f"every {', '.join(days[:-1])} and {days[-1]}{match['at'] or ''}"


def _handed(match: re.Match[str], masked: Masked) -> str:
    """`post ⟦0⟧ to ⟦1⟧`: what one address holds is sent to the other."""
    if any(item.kind != "url" for item in masked.inside(match[0])):
        return match[0]
    return f"download {match['a']}, then {match['v']} it to {match['b']}"


_IN_VAIN = re.compile(
    r"\s*[.,;]?\s*(?:and|or|otherwise|else)?\s*(?:(?:let|make) it )?\bfail(?:\s+(?:with|saying)\s+(?:the\s+(?:message|text)\s+|an?\s+error\s+)?(?P<text>⟦\d+⟧))?\s+(?:if|when)\s+(?:it|that|this)\s+(?:never\s+(?:gets there|happens|comes|becomes (?:so|true)|is|arrives|succeeds|works)|is still not|does not (?:happen|come|get there)(?: in time)?)(?=\s*[.;,]|\s*$)",
    re.IGNORECASE,
)


def _in_vain(masked: Masked, told: Told) -> None:
    """`until done is true, and fail if it never gets there`: what waits until then fails by itself."""
    match = _IN_VAIN.search(masked.text)
    if match is None or not re.search(r"\buntil\b", masked.text, re.IGNORECASE):
        return
    masked.text = f"{masked.text[: match.start()]}{masked.text[match.end() :]}"
    if match["text"]:
        said = masked.inside(match["text"])[0].words
        told.notes.append(f"The wait fails by itself when its tries are over; {said} is not its message.")


_KIND = r"(?:int|integer|bigint|smallint|text|varchar(?:\s*\(\d+\))?|date|timestamp|timestamptz|time|boolean|bool|numeric|decimal|float|double precision|real|jsonb?|uuid|bigserial|serial)"
_COLUMNS = re.compile(
    rf"\s*[.;]\s*(?:the|its|their)\s+columns\s+(?:are|should be|shall be)\s*:?\s*(?P<list>[a-z_]\w*\s+{_KIND}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)[a-z_]\w*\s+{_KIND})*)(?=\s*[.;]|\s*$)",
    re.IGNORECASE,
)
_TABLE_NAMED = re.compile(
    r"\btable\s+(?:called\s+|named\s+)?[A-Za-z_]\w*(?:\.\w+)*\b(?!\s*\()", re.IGNORECASE
)
_CREATED = re.compile(
    r"\s*[.;,]\s*(?:and\s+)?(?:please\s+)?(?:create|make)\s+(?:the|that)\s+table\s+(?:first\s+)?(?:if|when|in case|unless)\s+(?:it\s+)?(?:is\s?n['’o]?t|isnt|does\s?n['’o]?t|doesnt|is not|does not|is|exists)?\s*(?:there|exist(?:s)?|present)?(?:\s+(?:yet|already))?(?=\s*[.;,]|\s*$)",
    re.IGNORECASE,
)
_LOADED = re.compile(r"\b(?:load|import|copy|insert|write|save|put)\b[^.;]*\btable\b", re.IGNORECASE)


def _columns_of(masked: Masked) -> None:
    """`The columns are id int, …` belongs to the table named before; loading makes a table that is missing."""
    named = _TABLE_NAMED.search(masked.text)
    told = _COLUMNS.search(masked.text)
    if named is not None and told is not None and named.end() <= told.start():
        masked.text = f"{masked.text[: told.start()]}{masked.text[told.end() :]}"
        columns = re.sub(r"\s*(?:,\s*and|,|\band\b)\s+", ", ", told["list"])
        masked.text = f"{masked.text[: named.end()]} ({columns}){masked.text[named.end() :]}"
    created = _CREATED.search(masked.text)
    if created is not None and _LOADED.search(masked.text[: created.start()]):
        masked.text = f"{masked.text[: created.start()]}{masked.text[created.end() :]}"


# --- dates in addresses

_DATE_IN = re.compile(
    r"[<{\[](?P<format>(?:yyyy|yy|MM|dd|HH|mm|YYYY|DD)(?:[-_/.]?(?:yyyy|yy|MM|dd|HH|mm|YYYY|DD))*)[>}\]](?!\})"
)
_DAY_BEFORE = re.compile(
    r"\s*,?\s*\b(?:of|from|for)\s+(?:the\s+)?(?:day before|previous day|day earlier|yesterday)\b\s*,?|\byesterday['’]s\s+|\bthe previous day['’]s\s+"
    r"|\s*,?\s*\b(?:of|from|for)\s+(?:the\s+)?(?P<month>month before|previous month|last month)\b\s*,?|\b(?P<months>the previous month['’]s|last month['’]s)\s+",
    re.IGNORECASE,
)
_FROM_SCHEDULE = re.compile(
    r"[.;,]?\s*(?:and\s+)?(?:the|that|its)\s+date\s+(?:has to|must|should|shall|is to|needs to)\s+(?:come|be taken|be read)\s+from\s+the\s+(?:schedule|trigger)(?:['’]s)?(?:\s+date)?(?:\s*,?\s*(?:so|in order)\s+(?:that\s+)?(?:a\s+)?backfills?\s+(?:works?|can work|are possible|is possible))?(?=\s*[.;]|\s*$)",
    re.IGNORECASE,
)


def _left_out(match: re.Match[str]) -> str:
    """Leave the comma between two clauses, not the one before an address."""
    ended = match[0].rstrip().endswith(",") and not match.string[match.end() :].lstrip().startswith("⟦")
    return ", " if ended else " "


def _dated(masked: Masked) -> None:
    """`…/<yyyy-MM-dd>.csv` is the day of the schedule in an address, else today."""
    numbers = [
        number for number, item in enumerate(masked.literals)
        if item.kind in ("url", "bucket", "file", "path", "uri") and _DATE_IN.search(item.value)
    ]  # fmt: skip
    if not numbers:
        return
    back = _DAY_BEFORE.search(masked.text)
    masked.text = _DAY_BEFORE.sub(_left_out, masked.text)
    masked.text = _FROM_SCHEDULE.sub("", masked.text)
    unit = "MONTHS" if back and (back["month"] or back["months"]) else "DAYS"
    moved = f" | dateAdd(-1, '{unit}')" if back else ""
    for number in numbers:
        item = masked.literals[number]

        def written(match: re.Match[str]) -> str:
            form = match["format"].replace("YYYY", "yyyy").replace("DD", "dd")
            return f"{{{{ (trigger.date ?? now()){moved} | date('{form}') }}}}"

        masked.literals[number] = replace(item, value=_DATE_IN.sub(written, item.value))


# --- checks of rows

_CHECK = re.compile(
    r"(?P<lead>^\s*|[.;,]\s+|\band\s+)(?:then\s+)?(?:make sure|check|ensure|verify|assert|validate)\s+(?:that\s+)?(?P<what>[^.;]+?)(?P<end>\s*[.;]|\s*,(?=\s*(?:if|otherwise|else)\b)|\s*$)(?P<else>\s*(?:if\s+(?:the\s+)?(?:data|file|it|that|this|not|any of (?:it|this|that))(?:\s+(?:is|are|looks?)\s+(?:bad|wrong|broken|invalid|not (?:so|the case|ok|okay|fine|true|right)))?|otherwise|else)\s*,?\s+(?:(?:the\s+)?(?:run|flow|execution|it)\s+(?:has to|must|should|shall)\s+)?(?:fail|stop)s?(?:\s+(?:it|the (?:run|flow|execution)))?\s*[,.;]?)?",
    re.IGNORECASE,
)
_PART = re.compile(r"\s*(?:,\s*(?:and\s+)?(?:that\s+)?|\s+and\s+(?:that\s+)?)\s*", re.IGNORECASE)
_BROKEN: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (rf"(?:there\s+are|it\s+has|the\s+(?:file|data)\s+has)\s+(?:at least|no fewer than|no less than)\s+(?P<n>{NUMBER})\s+(?:rows|records|lines|entries)", lambda m: f"If the number of rows is less than {whole(m['n'])}, fail"),
    (r"(?:there\s+are\s+|it\s+has\s+|has\s+)?(?:no|not any)\s+negative\s+(?P<c>[a-z_]\w*)", lambda m: f"If there are rows where {singular(m['c'])} is less than 0, fail"),
    (r"(?:there\s+are\s+|it\s+has\s+|has\s+)?no\s+(?:missing|empty|null)\s+(?P<c>[a-z_]\w*)", lambda m: f"If there are rows where {singular(m['c'])} is missing, fail"),
    (r"(?:the\s+|every\s+|all\s+)?(?P<c>[a-z_]\w*)\s+(?:is|are)\s+(?:never|not)\s+(?P<how>negative|missing|empty|null)", lambda m: f"If there are rows where {singular(m['c'])} is {'less than 0' if m['how'].lower() == 'negative' else 'missing'}, fail"),
    (r"(?:every|all|each)\s+(?:the\s+)?(?P<c>[a-z_]\w*)\s+(?:is|are)\s+positive", lambda m: f"If there are rows where {singular(m['c'])} is at most 0, fail"),
)  # fmt: skip


def _checked(masked: Masked) -> None:
    """`make sure there are at least three rows and no negative amounts; if not, fail`: one check for each."""
    match = _CHECK.search(masked.text)
    if match is None:
        return
    said = []
    for part in _PART.split(match["what"].strip(" ,")):
        found = (
            make(hit)
            for form, make in _BROKEN
            if (hit := re.fullmatch(form, part, re.IGNORECASE)) is not None
        )
        check = next(found, None)
        if check is None:
            return
        said.append(check)
    head = masked.text[: match.start()].rstrip(" ,;.")
    rest = masked.text[match.end() :].lstrip(" ,;.")
    masked.text = ". ".join(part for part in (head, *said, rest) if part)
    masked.text = re.sub(
        r"(?<=, fail\. )(?:and\s+)?if\s+(?:the\s+)?(?:data|file|it|that|everything)\s+(?:is|are|looks?)\s+(?:good|fine|ok|okay|right|valid|clean)\s*,?\s+",
        "",
        masked.text,
        flags=re.IGNORECASE,
    )
