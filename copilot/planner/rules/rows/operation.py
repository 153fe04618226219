"""What is asked of rows as one value: filter, derive, group, measure, order, limit, project.

A column is a name, or several names joined by `|` where the words only tell what the column is about: the
first of them that is there is meant (`price|cost|amount`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from copilot.plan.render import snake


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep rows where `column operator value`; a value is a number or a text, maybe with an expression.

    `operator` is one of = != > < >= <= like unlike starts unstarts present absent in out true false; `in` and
    `out` take their values from `among`. Where the words do not name the column, `guessed` is set.
    """

    column: str
    operator: str
    value: str | float = ""
    among: tuple[str, ...] = ()
    guessed: bool = False

    def flipped(self) -> Filter:
        """Return the opposite: what to keep when the words say what to leave out."""
        return replace(self, operator=_OPPOSITE[self.operator])


_PAIRS = (
    ("=", "!="),
    (">", "<="),
    ("<", ">="),
    ("like", "unlike"),
    ("starts", "unstarts"),
    ("present", "absent"),
    ("in", "out"),
    ("true", "false"),
)
_OPPOSITE = dict(_PAIRS) | {other: one for one, other in _PAIRS}


@dataclass(frozen=True, slots=True)
class Measure:
    """`count`, `sum`, `avg`, `median`, `min`, `max` of a column (`*` for count), or the `share` in per cent
    of the rows a filter keeps."""

    function: str
    column: str = "*"
    share: Filter | None = None

    @property
    def name(self) -> str:
        """Name of the resulting column."""
        if self.share is not None:
            return f"percent_{snake(str(self.share.value or self.share.column.partition('|')[0]))}"
        if self.column == "*":
            return "count"
        prefix = {"sum": "total", "avg": "average"}.get(self.function, self.function)
        return f"{prefix}_{snake(self.column.partition('|')[0])}"


@dataclass(frozen=True, slots=True)
class Computed:
    """A column `name` that is `left operator right`; the sides are columns or numbers. A comparison makes
    it a column of true and false; its right side may then be a text, which is in quotes."""

    name: str
    left: str | float
    operator: str
    right: str | float


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
    offset: int = 0
    """Rows to skip; negative counts from the end, as for `the last row`."""
    distinct: bool = False
    distinct_by: tuple[str, ...] = ()
    repeated: bool = False
    upper: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    lower: tuple[str, ...] = ()
    rounded: tuple[tuple[str, int], ...] = ()
    """Columns with the number of decimals they are rounded to; 0 makes whole numbers of them."""
    computed: tuple[Computed, ...] = ()
    assumed: tuple[str, ...] = ()
    """What was taken for granted, in sentences for the user."""
    said: frozenset[str] = frozenset()
    """The words all this was read from."""
    left: tuple[str, ...] = ()
    """Telling words nothing was read from."""

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
            by = f" by {self.groups[0].partition('|')[0]}" if self.groups else ""
            return self.measures[0].name.replace("_", " ") + by
        if self.limit and self.order:
            return f"top {self.limit}" if isinstance(self.limit, int) else "top"
        return ""

    def names(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns that come out of rows with known columns."""
        if self.columns:
            return tuple(column.partition("|")[0] for column in self.columns)
        if self.measures:
            return (*(g.partition("|")[0] for g in self.groups), *(measure.name for measure in self.measures))
        return known

    def settled(self) -> Transform:
        """Return it with the first of the possible names for every column, where no rows can be looked at."""

        def first(name: str) -> str:
            return name.partition("|")[0]

        return replace(
            self,
            columns=tuple(map(first, self.columns)),
            filters=tuple(replace(item, column=first(item.column)) for item in self.filters),
            measures=tuple(
                replace(
                    item,
                    column=first(item.column),
                    share=replace(item.share, column=first(item.share.column)) if item.share else None,
                )
                for item in self.measures
            ),
            groups=tuple(map(first, self.groups)),
            order=tuple((first(name), down) for name, down in self.order),
            distinct_by=tuple(map(first, self.distinct_by)),
            computed=tuple(
                replace(item, left=first(item.left) if isinstance(item.left, str) else item.left)
                for item in self.computed
            ),
        )

    def joined(self) -> Transform:
        """Return it for the rows of two files: a thing there goes by its name, its id is in both."""

        def name(said: str) -> str:
            return "|".join([one for one in said.split("|") if not one.endswith("_id")] or [said])

        return replace(
            self,
            columns=tuple(map(name, self.columns))
            if any("|" in one for one in self.columns)
            else self.columns,
            groups=tuple(name(one) if "|" in one else one for one in self.groups),
        )

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
                self.offset,
                self.distinct,
                self.distinct_by,
                self.upper,
                self.renames,
                self.lower,
                self.rounded,
                self.computed,
            )
        )
