# ruff: noqa: E501 - one phrase, one line
"""What is measured, and by what it is grouped: counts, sums, averages, extremes, shares."""

from __future__ import annotations

import re

from copilot.planner.rules.rows.lexicon import (
    AGGREGATES,
    DONE,
    HIGH,
    KEYED,
    LOW,
    MONEY,
    SPENT,
    STATUS,
    SUMS,
    THINGS,
    N,
)
from copilot.planner.rules.rows.operation import Filter, Measure
from copilot.planner.rules.rows.reading import COLUMN, THE, Reading
from copilot.planner.rules.word import singular, whole

_AGGREGATE = "|".join(f"(?:{pattern})" for pattern, _ in AGGREGATES)
_GROUP = rf"(?P<g>{COLUMN}(?:\s+(?:name|id|type|code|method))?)"
_SUMS = "|".join(SUMS)


def aggregate(said: str) -> str:
    """Return the function a word of measuring means."""
    return next(name for pattern, name in AGGREGATES if re.fullmatch(pattern, said.strip(), re.IGNORECASE))


def _group(reading: Reading, said: str) -> bool:
    if not reading.is_noun(said.split()[0]) or (
        reading.is_rows(said) and singular(said.lower()) not in KEYED
    ):
        return False
    reading.groups.append(reading.key(said))
    return True


def _sum_of(reading: Reading, noun: str) -> Measure:
    low = noun.lower()
    column = reading.column(noun) if reading.column(noun) in reading.known else ""
    return Measure("sum", column or reading.choose(noun, SUMS[low]))


def _each_has(reading: Reading, match: re.Match[str]) -> bool:
    """`how many orders has each customer`, `how many users come from each city`."""
    if not _group(reading, match["g"]):
        return False
    reading.measures.append(Measure("count"))
    return True


def _each_spent(reading: Reading, match: re.Match[str]) -> bool:
    """`how much did each customer spend`, `how much revenue did each country bring in`."""
    said = match["what"]
    if not _group(reading, match["g"]):
        return False
    if said is None or said.lower() in SUMS:
        measure = _sum_of(reading, said or "money")
    else:
        measure = Measure("sum", reading.column(said))
    reading.measures.append(measure)
    return True


def _most(reading: Reading, match: re.Match[str]) -> bool:
    """`which customer placed the most orders`, `the vendor with the highest total fare`."""
    down = re.fullmatch(rf"most|{HIGH}", match["how"], re.IGNORECASE) is not None
    what, group, agg = match["what"], match["g"], match["agg"]
    n = whole(match["n"]) if match["n"] else None
    plural = singular(what) != what and not what.lower().endswith("ss")
    if agg or what.lower() in SUMS:
        measure = (
            _sum_of(reading, what) if what.lower() in SUMS else Measure(aggregate(agg), reading.column(what))
        )
        if what.lower() in SUMS and agg and aggregate(agg) != "sum":
            measure = Measure(aggregate(agg), measure.column)
    elif match["how"].lower() in ("most", "fewest", "least") and plural:
        measure = Measure("count")
    elif match["which"] or reading.is_rows(group) or group.lower() not in reading.known:
        if not reading.is_noun(what) or reading.is_rows(what):
            return False
        reading.order.append((reading.column(what), down))
        reading.limit = n or (1 if singular(group) == group else 10)
        one = singular(group.lower())
        if match["which"].lower() not in ("", "the") and not reading.is_rows(group) and one not in THINGS:
            reading.columns.append(reading.key(group))
        return True
    else:
        return False
    if not _group(reading, group):
        return False
    reading.measures.append(measure)
    reading.order.append((measure.name, down))
    reading.limit = n or 1
    return True


def _measure(reading: Reading, match: re.Match[str]) -> bool:
    said = match["what"]
    if not said:
        return False
    function = aggregate(match["agg"])
    if said.lower() in SUMS:
        reading.measures.append(Measure(function, _sum_of(reading, said).column))
        return True
    if not reading.is_noun(said) or (
        reading.is_rows(said) and said.lower() not in reading.known and function in ("min", "max")
    ):
        return False
    if singular(said) != said and reading.is_rows(said):
        return False
    if function in ("min", "max") and singular(said.lower()) in THINGS and said.lower() not in reading.known:
        return False  # `the most expensive product` is a row
    reading.measures.append(Measure(function, reading.column(said)))
    for more in re.findall(rf"{COLUMN}", match["more"] or ""):
        if reading.is_noun(more):
            reading.measures.append(Measure(function, reading.column(more)))
    return True


def _several(reading: Reading, match: re.Match[str]) -> bool:
    """`min, max and average price`."""
    if (
        reading.is_rows(match["what"])
        or singular(match["what"].lower()) in THINGS
        or not reading.is_noun(match["what"])
    ):
        return False
    for word in re.findall(rf"\b(?:count|{_AGGREGATE})\b", match["list"], re.IGNORECASE):
        low = word.lower()
        reading.measures.append(
            Measure("count") if low == "count" else Measure(aggregate(low), reading.column(match["what"]))
        )
    return True


def _total_rows(reading: Reading, match: re.Match[str]) -> bool:
    """`the total of all orders`, `the total amount of the orders`: which number is meant is a guess."""
    if not reading.is_rows(match["what"]) or reading.measures:
        return False
    reading.measures.append(Measure("sum", reading.choose(match[0], MONEY)))
    return True


def _bare_sum(reading: Reading, match: re.Match[str]) -> bool:
    if reading.is_rows(match["what"]):
        return False
    reading.measures.append(_sum_of(reading, match["what"]))
    return True


def _count(reading: Reading, match: re.Match[str]) -> bool:
    reading.measures.append(Measure("count"))
    return True


def _count_of(reading: Reading, match: re.Match[str]) -> bool:
    if match["what"] and not (reading.is_rows(match["what"]) or singular(match["what"]) != match["what"]):
        return False
    reading.measures.append(Measure("count"))
    return True


def _count_each(reading: Reading, match: re.Match[str]) -> bool:
    """`count by status`, `orders per country`: nothing else is measured there."""
    if reading.measures or (not reading.is_rows(match["what"]) and singular(match["what"]) == match["what"]):
        return False
    if not _group(reading, match["g"]):
        return False
    reading.measures.append(Measure("count"))
    return True


def _share(reading: Reading, match: re.Match[str]) -> bool:
    said = match["status"].lower()
    column = reading.choose(said, "status|state")
    reading.measures.append(Measure("share", share=Filter(column, "=", said, guessed=True)))
    return True


def _by(reading: Reading, match: re.Match[str]) -> bool:
    if not reading.measures:
        return False
    if not _group(reading, match["g"]):
        return False
    for more in re.findall(COLUMN, match["more"] or ""):
        if more.lower() not in ("and", "by", "per", "the", "each", "every"):
            reading.groups.append(reading.key(more))
    return True


def _repeated(reading: Reading, match: re.Match[str]) -> bool:
    """`find duplicate emails`: the values there are more than once."""
    said = reading.value(match["what"])
    if reading.is_rows(said) or not reading.is_noun(said):
        return False
    reading.measures.append(Measure("count"))
    reading.groups.append(reading.column(match["what"]))
    reading.repeated = True
    return True


def _adds_up(reading: Reading, match: re.Match[str]) -> bool:
    """`how much the paid orders add up to`: the rest of the words says which of them."""
    reading.measures.append(Measure("sum", reading.choose(match[0], MONEY)))
    return True


_NO = r"(?!by\b|per\b|for\b|of\b|in\b|and\b|or\b|to\b|from\b|with\b|is\b|are\b|each\b|every\b|the\b|first\b|last\b|rated\b|recent\b|expensive\b|number\b|value\b|values\b|column\b)"
_AND_AGG = rf"(?:\s*(?:,\s*(?:and\s+)?|\band\s+|&\s*|/\s*)(?:the\s+)?(?:count|{_AGGREGATE})\b)+"
TABLE = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b(?:find|show|list|report|get|log|count|which|check for|look for|detect)\s+(?:(?:the|all|any|out)\s+)*(?:duplicated?|duplicates of|repeated)\s+(?:values\s+(?:of|in)\s+)?(?:the\s+)?(?P<what>{COLUMN})", _repeated),
        (rf"\bhow\s+many\s+(?:different\s+)?[\w-]+\s+(?:{DONE}\s+)?(?:(?:placed|made|come|came|live|are|were|there|belong|to|by|in|from|for|of|at|with)\s+)*(?:the\s+)?(?:each|every)\s+(?:of the\s+)?{_GROUP}(?:\s+{DONE})?", _each_has),
        (rf"\bhow\s+(?:often|many times)\s+(?:{DONE}\s+)?(?:each|every)\s+{_GROUP}(?:\s+(?:{DONE}|occurs?|appears?|comes up|shows up))?", _each_has),
        (rf"\bhow\s+much\s+(?:(?P<what>(?!did\b|does\b|do\b|has\b|have\b|was\b|is\b|each\b|every\b|the\b|in\b|by\b|per\b)[a-z_]\w*)\s+)?(?:(?:did|does|do|has|have|was|is)\s+)?(?:the\s+)?(?:each|every)\s+(?:of the\s+)?{_GROUP}\s*(?:has\s+|have\s+)?{SPENT}?(?:\s+in)?\b", _each_spent),
        (rf"\bhow\s+much\s+(?P<what>{_SUMS})?\s*(?:was\s+|is\s+|were\s+|did\s+\w+\s+)?(?:{SPENT}\s+)?(?:by|per|for|in)\s+(?:each|every)?\s*{_GROUP}", _each_spent),
        (r"\b(?:how\s+much\s+|what\s+)(?=(?:(?!how\b|what\b)[a-z_∎⟦⟧\d]+\s+){1,6}?(?:add(?:s)?\s+up\s+to|sum(?:s)?\s+up\s+to|amounts?\s+to|comes?\s+to|(?:is|are)\s+worth)\b)", _adds_up),
        (r"\b(?:add(?:s)?\s+up\s+to|sum(?:s)?\s+up\s+to|amounts?\s+to|comes?\s+to|(?:is|are)\s+worth)\s*(?:together|in total|altogether)?(?=\s*$|\s*[,.;])", lambda r, m: bool(r.measures)),
        (rf"\b(?P<which>which|what|find out which|the)\s+(?:(?P<n>{N})\s+)?{_GROUP}\s+(?:(?:with|that|which|who|has|have|had|having|got|made|placed|took|sold|bought|ordered|generated|brought in|wrote)\s+)+(?:the\s+)?(?P<how>most|fewest|{HIGH}|{LOW})\s+(?:(?P<agg>{_AGGREGATE})\s+)?(?P<what>{_NO}{COLUMN})", _most),
        (rf"\b(?P<which>)(?:the\s+)?(?:(?P<n>{N})\s+)?{_GROUP}\s+with\s+(?:the\s+)?(?P<how>most|fewest|{HIGH}|{LOW})\s+(?:(?P<agg>{_AGGREGATE})\s+)?(?P<what>{_NO}{COLUMN})", _most),
        (rf"\b(?P<list>(?:count|{_AGGREGATE}){_AND_AGG})\s+(?:of\s+)?(?:the\s+)?(?P<what>{_NO}{COLUMN})", _several),
        (rf"\b(?:share|percentage|per\s?cent|fraction|proportion|ratio)\s+of\s+(?:the\s+)?(?P<status>{STATUS})\s+[a-z]+s\b", _share),
        (rf"\b(?:the\s+)?(?P<agg>{_AGGREGATE})\s+(?:value\s+)?(?:(?:of|for)\s+)?{THE}(?:(?:column|field|values?)\s+(?:of\s+)?)?(?P<what>{_NO}{COLUMN}(?:\s+ids?\b)?)(?P<more>(?:\s*,\s*(?:and\s+)?(?!{_AGGREGATE}\b)[a-z_]\w*(?=\s*,|\s+and\b|\s*$|\s+(?:per|by|for)\b))*)", _measure),
        (rf"\b(?P<agg>sum|total|average|add)(?:\s+up)?\s+{THE}(?P<what>{_NO}{COLUMN})(?P<more>)(?:\s+up\b)?", lambda r, m: _measure(r, m) if m["agg"].lower() != "add" else _added(r, m)),
        (rf"\b(?:the\s+)?(?:total|sum|value)\s+of\s+(?:all\s+|the\s+)*(?P<what>{COLUMN})", _total_rows),
        (r"\b(?:the\s+|its\s+)?row\s+count(?:s)?\b", _count),
        (rf"\b(?:the\s+)?(?:total\s+)?(?:number|count|amount|quantity)s?\s+of\s+(?:the\s+|all\s+|its\s+)*(?P<what>{COLUMN})", _count_of),
        (rf"\bhow\s+many\s+(?P<what>(?!are\b|there\b|were\b){COLUMN})?(?:\s+(?:there\s+)?(?:are|were|is)(?:\s+there)?(?:\s+in\s+(?:it|total))?)?", _count_of),
        (rf"\b(?:count|counts|counting)(?:\s+up)?(?:\s+(?:the|all|its|number|of|how|many))*\s+(?P<what>(?!by\b|per\b|for\b|in\b|of\b){COLUMN})", _count_of),
        (r"\b(?:the\s+)?(?:counts?|how many|number)\b", _count),
        (rf"\b(?:the\s+)?(?P<what>{_SUMS})\b(?!\s*(?:=|is\b|>|<|above|over|below|under))", _bare_sum),
        (rf"\b(?:list|show|give|report|compute|log|print|for)\s+(?:me\s+)?(?:each\s+|every\s+|the\s+)?(?P<more>){_GROUP}\s+(?:with|and|together with)\s+(?:(?:the|its|their)\s+)?∎", _by),
        (rf"\b(?P<what>[a-z]+s)\s+(?:per|for each|for every|by each)\s+(?:the\s+)?{_GROUP}", _count_each),
        (rf"\b(?:group(?:ed|ing)?(?:\s+(?:it|them|the rows|the results?|the \w+))?\s+by|broken down by|split by|aggregated by|summed by|per|for\s+(?:each|every)|(?:of|in|from|by|to|at)\s+(?:each|every)|each|every|by)\s+(?:the\s+|single\s+|each\s+)?{_GROUP}(?P<more>(?:\s*(?:,|\band\b)\s*(?:per\s+|by\s+|each\s+)?(?!log\b|save\b|sort\b|order\b|show\b|print\b|the\b|count\b)[a-z_]\w*(?=\s*$|\s*[,.;∎]|\s+(?:with|using|in|and|sorted|ordered|as|from)\b))*)", _by),
    )
)  # fmt: skip
"""Every way to ask for a number, the most telling first."""


def _added(reading: Reading, match: re.Match[str]) -> bool:
    """`add up the fares`, not `add a column`."""
    if " up" not in match[0].lower() or not reading.is_noun(match["what"]):
        return False
    reading.measures.append(Measure("sum", reading.column(match["what"])))
    return True
