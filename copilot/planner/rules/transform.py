"""What to do with rows, in words: columns, filters, order, limit, groups; written as SQL or as Python."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.planner.rules.columns import (
    ENDS,
    ROWS_TOO,
    SUPER_RE,
    TOOLS,
    TOP,
    names_of,
    read_columns,
    read_renames,
    said_word,
)
from copilot.planner.rules.computed import Computed, computed
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.ranking import EXTREME, ORDER, Measure, read_limit, read_measures, read_order
from copilot.planner.rules.row_filter import Filter, filters
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import STOP_WORDS, singular


@dataclass(frozen=True, slots=True)
class Transform:
    """Everything asked of the rows in one clause."""

    columns: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    measures: tuple[Measure, ...] = ()
    groups: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | str | None = None
    distinct: bool = False
    distinct_by: tuple[str, ...] = ()
    repeated: bool = False
    upper: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    lower: tuple[str, ...] = ()
    computed: tuple[Computed, ...] = ()

    @property
    def one_row(self) -> bool:
        """Whether there is one row at most."""
        return self.limit == 1 or bool(self.measures and not self.groups)

    @property
    def narrows(self) -> bool:
        """Whether rows are chosen or counted, not only shaped."""
        return bool(self.measures or self.order or self.filters or self.limit or self.distinct)

    @property
    def purpose(self) -> str:
        """A few words for what comes out, for a name: `average price by brand`, `top 10`."""
        if self.measures:
            by = f" by {self.groups[0]}" if self.groups else ""
            return self.measures[0].name.replace("_", " ") + by
        if self.limit and self.order:
            return f"top {self.limit}" if isinstance(self.limit, int) else "top"
        return ""

    def names(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns that come out of rows with known columns."""
        if self.measures:
            return (*self.groups, *(measure.name for measure in self.measures))
        return self.columns or known

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return any(
            (
                self.columns,
                self.dropped,
                self.filters,
                self.measures,
                self.groups,
                self.order,
                self.limit,
                self.distinct,
                self.distinct_by,
                self.upper,
                self.renames,
                self.lower,
                self.computed,
            )
        )


_DROP = re.compile(
    (
        r"\b(?:drop|remove|delete|discard|exclude)(?:ing)?\s+(?:the\s+)?(?:columns?"
        rf"|fields?)\s+(?P<a>.+?){ENDS}|\b(?:drop|remove"
        r"|discard)\s+(?:the\s+)?(?P<b>\w+(?:(?:\s*,\s*|\s+and\s+)\w+)*)\s+(?:columns?"
        r"|fields?)"
    ),
    re.IGNORECASE,
)
_GROUP = re.compile(
    (
        r"\b(?:group(?:ed|ing)?(?: (?:it|them|the rows|the \w+))? by|per|for each|for every"
        r"|by each|by)\s+(?:the\s+)?(?P<col>⟦\d+⟧|[a-z_]\w*)(?:(?:\s*,\s*"
        r"|\s+and\s+)(?P<col2>[a-z_]\w*)(?=\s*$|\s+(?:with|using|in)\b))?"
    ),
    re.IGNORECASE,
)
_EACH_HAS = re.compile(
    r"\bhow many \w+ (?:does |do |did )?(?:each|every) (?P<col>[a-z_]\w*) "
    r"(?:has|have|had|made|placed|got|ordered|wrote)\b",
    re.IGNORECASE,
)
_DISTINCT = re.compile(
    r"\b(?:distinct|unique|different|de-?duplicate[ds]?|without duplicates|dedupe[ds]?"
    r"|(?:remove|drop) (?:the |all |any )?duplicates?(?: rows)?)\b",
    re.IGNORECASE,
)
_DISTINCT_BY = re.compile(
    r"\b(?:distinct|unique|de-?duplicate[ds]?|duplicates?|dedupe[ds]?)\b(?:\s+(?:it|them"
    r"|the \w+|\w+s|⟦\d+⟧))?"
    rf"\s+(?:by|on|per)\s+(?:the\s+)?(?:columns?\s+)?(?P<a>[\w⟦⟧]+(?:\s+and\s+[\w⟦⟧]+)?){ENDS}",
    re.IGNORECASE,
)


def _letters(word: str) -> re.Pattern[str]:
    """Match `uppercase the title`, `turn names into upper case`, `the title in capital letters`."""
    return re.compile(
        rf"\b(?:{word})\s+(?:the\s+)?(?P<col>[a-z_]\w*)"
        rf"|\b(?:turn|convert|make|put|write|change)\s+(?:the\s+|all\s+)?(?P<col2>[a-z_]\w*)\s+"
        rf"(?:to|into|in)?\s*(?:{word})",
        re.IGNORECASE,
    )


_UPPER = _letters(r"upper-?\s?case|capitali[sz]e|capital letters")
_LOWER = _letters(r"lower-?\s?case|small letters")
_REPEATED = re.compile(
    r"\b(?:find|show|list|report|get|log|count|which|check for|look for|detect)\s+(?:(?:the|all|any|out)\s+)*"
    r"(?:duplicated?|duplicates of|repeated)\s+(?:values of\s+)?(?:the\s+)?(?P<col>⟦\d+⟧|[a-z_]\w*)",
    re.IGNORECASE,
)


def read_transform(text: str, masked: Masked, scene: Scene, known: tuple[str, ...] = ()) -> Transform:
    """Read what a clause asks of the rows; `known` are columns that are there for sure."""
    text = " ".join(text.split())
    if (column := _repeated(text, masked)) is not None:
        return Transform(measures=(Measure("count"),), groups=(column,), repeated=True)
    measures = read_measures(text, masked)
    groups = _groups(text, masked, measures)
    order = read_order(text, masked, known)
    limit = read_limit(text, scene)
    if (
        order
        and limit is None
        and (EXTREME.search(text) or SUPER_RE.search(text))
        and not ORDER.search(text)
        and not measures
    ):
        limit = (
            None
            if re.search(r"\bsort|order\b", text, re.I)
            else 1
            if re.search(r"\bthe \w*(?:est|most)\b \w+(?<!s)\b", text, re.I)
            else 10
        )
    return Transform(
        columns=read_columns(text, masked),
        dropped=names_of(_DROP.search(text), masked),
        filters=filters(text, masked, scene, limited=bool(TOP.search(text)), known=known),
        measures=measures,
        groups=groups,
        order=order,
        limit=limit,
        distinct=bool(_DISTINCT.search(text)),
        distinct_by=names_of(_DISTINCT_BY.search(text), masked),
        upper=tuple(column for match in _UPPER.finditer(text) if (column := match["col"] or match["col2"])),
        renames=read_renames(text),
        lower=tuple(column for match in _LOWER.finditer(text) if (column := match["col"] or match["col2"])),
        computed=computed(text, masked),
    )


def _repeated(text: str, masked: Masked) -> str | None:
    """Return the column whose repeated values are asked for."""
    match = _REPEATED.search(text)
    column = singular(said_word(match["col"], masked)) if match else ""
    return column if column and column.lower() not in TOOLS | STOP_WORDS | ROWS_TOO else None


def _groups(text: str, masked: Masked, measures: tuple[Measure, ...]) -> tuple[str, ...]:
    if not measures:
        return ()
    if each := _EACH_HAS.search(text):
        return (each["col"],)
    match = _GROUP.search(text)
    if match is None:
        return ()
    names = [said_word(match["col"], masked), match["col2"]]
    return tuple(name for name in names if name and name.lower() not in TOOLS)
