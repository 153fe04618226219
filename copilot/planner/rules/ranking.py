"""Order, limit and measures of rows, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.plan.render import snake
from copilot.planner.rules.columns import (
    SUPER_RE,
    SUPERLATIVES,
    TOOLS,
    TOP,
    said_word,
)
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import NUMBER, STOP_WORDS, singular, whole


@dataclass(frozen=True, slots=True)
class Measure:
    """`count`, `sum`, `avg`, `min`, `max` of a column (`*` for count)."""

    function: str
    column: str = "*"

    @property
    def name(self) -> str:
        """Name of the resulting column."""
        if self.column == "*":
            return "count"
        prefix = {"sum": "total", "avg": "average"}.get(self.function, self.function)
        return f"{prefix}_{snake(self.column)}"


EXTREME = re.compile(
    (
        r"\b(?:with\s+)?(?:the\s+)?(?P<word>highest|largest|biggest|greatest|most|maximum"
        r"|best|lowest|smallest|least|fewest|minimum|worst)\s+(?P<col>⟦\d+⟧|(?!rated"
        r"|expensive|recent|popular|populous)[a-z_]\w*)"
    ),
    re.IGNORECASE,
)


ORDER = re.compile(
    (
        r"\b(?:sort|sorted|order|ordered|rank|ranked|sorting|ordering)(?:\s+(?:it|them"
        r"|the \w+|rows|records|results?))?\s+by\s+(?:the\s+)?(?P<col>⟦\d+⟧"
        r"|[\w.]+)(?P<dir>\s*(?:,|\()?\s*(?:in\s+)?(?:desc(?:ending)?|asc(?:ending)?"
        r"|from (?:high(?:est)?|large(?:st)?) to (?:low(?:est)?|small(?:est)?)"
        r"|high(?:est)? (?:to low(?:est)?|first)|(?:most|largest) to (?:least|smallest|fewest)|"
        r"(?:most|largest|biggest|newest"
        r"|latest) first)(?:\s+order)?\)?)?"
    ),
    re.IGNORECASE,
)


_TOP_BY = re.compile(
    rf"\btop\s+(?:(?:{NUMBER}|\{{\w+\}})\s+)?[\w ]*?\bby\s+(?:the\s+)?(?P<col>[\w.]+)", re.IGNORECASE
)


_COUNT = re.compile(r"\b(?:count(?:s|ing)?(?! of)|how many|number of|count of)\b", re.IGNORECASE)


_MEASURE = re.compile(
    (
        r"\b(?:(?P<sum>sum(?: up)?|total|add up|aggregate(?:d)?)|(?P<avg>average|mean|avg)|"
        r"(?P<median>median)|(?P<min>minimum"
        r"|lowest|smallest|min)|(?P<max>maximum|highest|largest|biggest"
        r"|max))\s+(?:value\s+)?(?:(?:of|for)\s+)?(?:the\s+|all\s+)?(?:(?:columns?|fields?"
        r"|values?)\s+(?=[a-z_]\w*)(?!in\b|of\b|by\b|per\b|from\b))?(?P<col>⟦\d+⟧|(?!of\b|first\b"
        r"|last\b|to\b"
        r"|by\b|per\b|for\b|number\b)[a-z_]\w*)"
    ),
    re.IGNORECASE,
)


_MEASURED = frozenset(
    {
        "amount",
        "price",
        "total",
        "cost",
        "value",
        "score",
        "rating",
        "quantity",
        "salary",
        "distance",
        "duration",
    }
    | {
        "revenue",
        "population",
        "temperature",
        "size",
        "fare",
        "tip",
        "weight",
        "height",
        "age",
        "balance",
        "profit",
    }
)


def read_limit(text: str, scene: Scene) -> int | str | None:
    match = TOP.search(text)
    if match is None:
        return None
    said = next(group for group in (match["n"], match["n2"], match["n3"], match["n4"], match["n5"]) if group)
    if said.lower().startswith(("the ", "{")):
        found = scene.lookup(said.strip("{}").removeprefix("the "))
        return f"{{{{ {found} }}}}" if found else None
    return whole(said)


def read_order(text: str, masked: Masked, known: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    if match := ORDER.search(text):
        newest = SUPER_RE.search(text)
        down = bool(newest and SUPERLATIVES[newest[0].lower()][1]) and not match["dir"]
        down = down or bool(
            match["dir"] and re.search(r"desc|high|large|big|new|late", match["dir"], re.IGNORECASE)
        )
        return ((said_word(match["col"], masked), down),)
    if match := SUPER_RE.search(text):
        columns, down = SUPERLATIVES[match[0].lower()]
        return ((next((name for name in columns if name in known), columns[0]), down),)
    if match := _TOP_BY.search(text):
        return ((match["col"], True),)
    if match := EXTREME.search(text):
        column = said_word(match["col"], masked)
        if singular(column).lower() in _MEASURED:
            column = singular(column)
        plural = column.endswith("s") and singular(column) != column and column not in known
        if not plural and column.lower() not in TOOLS | STOP_WORDS:
            return (
                (
                    column,
                    match["word"].lower()
                    in ("highest", "largest", "biggest", "greatest", "most", "maximum", "best"),
                ),
            )
    return ()


def read_measures(text: str, masked: Masked) -> tuple[Measure, ...]:
    found = []
    if _COUNT.search(text):
        found.append(Measure("count"))
    if not TOP.search(text) or re.search(r"\bper\s+\w+\b.*\blimit\b", text):
        for match in _MEASURE.finditer(text):
            function = next(name for name in ("sum", "avg", "median", "min", "max") if match[name])
            column = said_word(match["col"], masked)
            if singular(column).lower() in _MEASURED and not masked.inside(match["col"]):
                column = singular(column)  # `sum up the amounts`
            word = match[function].lower()
            if word in ("lowest", "smallest", "highest", "largest", "biggest") and re.search(
                rf"\bwith the {word}\b", text, re.I
            ):
                continue
            if column.lower() not in TOOLS | STOP_WORDS | {"rows", "row", "records"}:
                found.append(Measure(function, column))
    return tuple(dict.fromkeys(found))
