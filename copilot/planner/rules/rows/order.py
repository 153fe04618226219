# ruff: noqa: E501 - one phrase, one line
"""In which order the rows come, and which of them: sorted, the first few, the oldest."""

from __future__ import annotations

import re

from copilot.planner.rules.rows.lexicon import HIGH, LOW, PEOPLE, SUPERLATIVES, N
from copilot.planner.rules.rows.reading import COLUMN, Reading
from copilot.planner.rules.word import singular, whole

_SUPER = "|".join(re.escape(word) for word in sorted(SUPERLATIVES, key=len, reverse=True))
_DOWN = (
    r"desc(?:ending)?|(?:in\s+)?descending(?:\s+order)?|from\s+(?:the\s+)?(?:high(?:est)?|large(?:st)?|big(?:gest)?|most|new(?:est)?|top|expensive)\s+to\s+(?:the\s+)?\w+"
    r"|(?:high(?:est)?|largest|biggest|most|newest|latest|most expensive|oldest)\s+(?:[a-z]+s\s+)?(?:first|to\s+\w+)|(?:in\s+)?reverse(?:d)?(?:\s+order)?"
)
_UP = (
    r"asc(?:ending)?|(?:in\s+)?ascending(?:\s+order)?|from\s+(?:the\s+)?(?:low(?:est)?|small(?:est)?|least|fewest|old(?:est)?|young(?:est)?|cheap(?:est)?|short(?:est)?|a)\s+to\s+(?:the\s+)?\w+"
    r"|(?:lowest|smallest|fewest|cheapest|youngest|shortest|earliest)\s+(?:first|to\s+\w+)|alphabetical(?:ly)?(?:\s+order)?"
)
_DIR = rf"(?P<dir>\s*,?\s*\(?(?:in\s+)?(?:(?P<down>{_DOWN})|(?:{_UP}))(?:\s+order)?\)?)"


def _sorted(reading: Reading, match: re.Match[str]) -> bool:
    if not match["dir"] and reading.value(match["what"]).lower() in SUPERLATIVES:
        return False
    if (
        reading.is_rows(match["what"])
        and reading.value(match["what"]) not in reading.known
        and not reading.measures
    ):
        return False
    down = bool(match["down"])
    if re.search(r"oldest\s+first", match[0], re.IGNORECASE):
        down = reading.column(match["what"]) == "age"
    reading.order.append((_measured(reading, match["what"]), down))
    reading.sorted, reading.turned = True, bool(match["dir"])
    return True


def _extremes(reading: Reading, match: re.Match[str]) -> bool:
    """`the two largest amounts`: the rows with them."""
    if reading.is_rows(match["what"]) or not reading.is_noun(match["what"]):
        return False
    column = reading.column(match["what"])
    reading.order.append((column.rpartition("|")[2], bool(match["down"])))
    reading.turned = True
    reading.limit = whole(match["n"])
    return True


def _first_by(reading: Reading, match: re.Match[str]) -> bool:
    """`longest distance first`."""
    if reading.is_rows(match["what"]) or not reading.is_noun(match["what"]):
        return False
    reading.order.append((_measured(reading, match["what"]), bool(match["down"])))
    reading.turned = True
    return True


def _measured(reading: Reading, said: str) -> str:
    """Return the column an order speaks of: the number that was measured where it is meant."""
    column = reading.column(said)
    for measure in reading.measures:
        if column in (measure.name, measure.column) or column in (
            "count",
            "number",
            "total",
            "sum",
            "result",
            "value",
        ):
            return measure.name
    return column


def _direction(reading: Reading, match: re.Match[str]) -> bool:
    reading.down = bool(match["down"])
    return True


def _top_by(reading: Reading, match: re.Match[str]) -> bool:
    n = match["n"]
    reading.order.append(
        (
            _measured(reading, match["what"]),
            match["how"].lower() in ("top", "best", "largest", "biggest", "highest"),
        )
    )
    reading.limit = (
        _limit(reading, n)
        if n
        else 1
        if singular(match["noun"] or "rows") == (match["noun"] or "rows")
        else 10
    )
    return True


def _limit(reading: Reading, said: str) -> int | str | None:
    low = said.lower()
    if low.startswith(("the ", "{")):
        found = reading.scene.lookup(low.strip("{}").removeprefix("the "))
        return f"{{{{ {found} }}}}" if found else None
    return whole(said)


def _super(reading: Reading, match: re.Match[str]) -> bool:
    word = " ".join(match["word"].lower().split())
    noun = match["noun"] or ""
    if noun and not reading.is_rows(noun) and (not reading.is_noun(noun) or singular(noun) == noun):
        return False
    columns, down = SUPERLATIVES[word]
    if (
        word in ("oldest", "youngest")
        and singular(noun.lower()) in PEOPLE | {""}
        and "created" not in " ".join(reading.known)
    ):
        columns, down = f"age|{columns}" if word == "youngest" else "age", word == "oldest"
    if (
        len(reading.order) == 1 and reading.sorted and not reading.turned
    ):  # `the 10 newest, ordered by created_at`
        reading.order[0] = (reading.order[0][0], down)
    else:
        reading.order.append((reading.choose(word, columns), down))
    said = match["n"] or match["n2"]
    if said:
        reading.limit = whole(said)
    else:
        reading.limit = 1 if noun == "" or singular(noun) == noun or noun.lower() in ("one",) else 10
        if reading.limit == 10:
            reading.assume(f"'{match[0].strip()}' is read as the first ten.")
    return True


def _end(reading: Reading, match: re.Match[str]) -> bool:
    """`the first 3 rows`, `the last order`, `the last two`."""
    noun, n = match["noun"] or "", match["n"]
    if not n and (noun == "" or (singular(noun) != noun and not reading.is_rows(noun))):
        return False
    if (
        noun
        and not reading.is_rows(noun)
        and not (n and singular(noun) != noun)
        and not (not n and match["the"])
    ):
        return False
    if noun.lower() in (
        "name",
        "names",
        "letter",
        "letters",
        "day",
        "days",
        "time",
        "step",
        "month",
        "word",
        "words",
        "week",
        "hour",
        "hours",
        "year",
    ):
        return False
    count = _limit(reading, n) if n else 1
    if count is None:
        return False
    reading.limit = count
    if match["how"].lower() == "last" and isinstance(count, int):
        reading.offset = -count
    return True


_ORDINALS = {
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}


def _nth(reading: Reading, match: re.Match[str]) -> bool:
    if not reading.is_rows(match["noun"]):
        return False
    reading.limit, reading.offset = 1, _ORDINALS[match["how"].lower()] - 1
    return True


def _limited(reading: Reading, match: re.Match[str]) -> bool:
    count = _limit(reading, match["n"])
    if count is None:
        return False
    reading.limit = count
    return True


def _top(reading: Reading, match: re.Match[str]) -> bool:
    """`the top 3`: of what was measured."""
    count = _limit(reading, match["n"])
    if count is None:
        return False
    reading.limit = count
    return True


BEFORE = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b(?:the\s+)?(?:(?P<down>{HIGH}|most|newest|latest|oldest)|{LOW}|fewest|earliest)\s+(?P<what>(?!to\b|first\b){COLUMN})\s+first\b(?P<dir>)", _first_by),
        (rf"\b(?:the\s+)?(?P<n>{N})\s+(?:(?P<down>{HIGH})|{LOW})\s+(?P<what>(?!rated\b|of\b|in\b){COLUMN})(?!\s+by\b)", _extremes),
        (rf"\b(?P<how>top|best|bottom|worst|largest|biggest|highest|smallest|lowest)\s+(?:(?P<n>{N}|\{{\w+\}})\s+)?(?:(?P<noun>(?!by\b)[a-z_]\w*)\s+)?by\s+(?:the\s+)?(?P<what>(?!total\b|average\b|number\b|count\b|mean\b|revenue\b|sum\b|sales\b|turnover\b|spend){COLUMN})", _top_by),
        (rf"\blimit(?:ed)?(?:\s+(?:it|them|the (?:rows|result|results|output)))?(?:\s+to)?\s+(?:the\s+)?(?:first\s+|top\s+)?(?P<n>{N}|\{{\w+\}}|the \w+)(?:\s+(?:rows|records|results|lines|items|entries))?", _limited),
        (rf"\b(?:only|at most)\s+(?P<n>{N})\s+(?:rows|records|results|lines|items|entries)\b", _limited),
    )
)  # fmt: skip
"""What would be taken for a group or a number, read before them."""
AFTER = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b(?:sort|order|rank|arrange)(?:ed|ing|s)?(?:\s+(?:it|them|these|those|the\s+\w+|rows|records|results?|all|[a-z]+s))?\s+by\s+(?:the\s+|their\s+|its\s+)?(?:column\s+)?(?P<what>{COLUMN}){_DIR}?", _sorted),
        (rf"(?:\b(?:sort|order|rank|arrange)(?:ed|ing|s)?(?:\s+(?:it|them|these|those|the\s+\w+|rows|records|results?))?\s+)?(?:\bby\s+)?(?:with\s+(?:the\s+)?)?{_DIR}", _direction),
        (rf"\b(?:the\s+|their\s+|its\s+|our\s+)?(?:(?P<n>{N})\s+)?(?P<word>{_SUPER})\b(?:\s+(?P<n2>{N}))?(?:\s+(?P<noun>(?!of\b|in\b|and\b|from\b|with\b|by\b|to\b|is\b|first\b|for\b)[a-z_]\w*))?", _super),
        (rf"\b(?P<the>the\s+|its\s+)?(?:very\s+)?(?P<how>first|last|top|latest)(?:\s+(?P<n>{N}|\{{\w+\}}))?(?:\s+(?P<noun>(?!of\b|in\b|and\b|from\b|with\b|by\b|to\b|is\b|as\b)[a-z_]\w*))?", _end),
        (rf"\b(?:the\s+)?(?P<how>{'|'.join(_ORDINALS)})\s+(?P<noun>[a-z_]\w*)", _nth),
    )
)  # fmt: skip
"""Orders and ends, read once measures are known."""
