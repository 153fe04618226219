"""What to do with rows, in words: columns, filters, order, limit, groups; written as SQL or as Python."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.plan.render import snake
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.row_filter import Filter, filters
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
            )
        )


# Superlatives: the columns they speak of (the first known one is taken), and descending or not.
_SUPERLATIVES: dict[str, tuple[tuple[str, ...], bool]] = {
    "most expensive": (("price", "cost", "amount"), True),
    "priciest": (("price", "cost"), True),
    "dearest": (("price", "cost"), True),
    "costliest": (("cost", "price"), True),
    "cheapest": (("price", "cost", "amount"), False),
    "least expensive": (("price", "cost"), False),
    "best rated": (("rating", "score", "stars"), True),
    "best-rated": (("rating", "score", "stars"), True),
    "highest rated": (("rating", "score"), True),
    "top rated": (("rating", "score"), True),
    "worst rated": (("rating", "score"), False),
    "lowest rated": (("rating", "score"), False),
    "newest": (("date", "created_at", "timestamp", "year", "published"), True),
    "latest": (("date", "created_at", "timestamp", "year", "published"), True),
    "most recent": (("date", "created_at", "timestamp", "year", "published"), True),
    "oldest": (("date", "created_at", "age", "year", "published"), False),
    "earliest": (("date", "created_at", "timestamp", "year", "published"), False),
    "longest": (("length", "duration", "distance"), True),
    "shortest": (("length", "duration", "distance"), False),
    "tallest": (("height",), True),
    "heaviest": (("weight",), True),
    "lightest": (("weight",), False),
    "most populous": (("population",), True),
    "fastest": (("speed", "duration"), True),
    "slowest": (("speed", "duration"), False),
    "youngest": (("age",), False),
    "hottest": (("temperature",), True),
    "coldest": (("temperature",), False),
    "most popular": (("popularity", "views", "count"), True),
    "richest": (("income", "wealth"), True),
}
_SUPER = "|".join(re.escape(word) for word in sorted(sorted(_SUPERLATIVES), key=len, reverse=True))
_ENDS = (
    r"(?=\s+(?:with|using|in|into|from|as|by|where|whose|when|and (?:then )?(?:show|sort"
    r"|order|write|save|keep|drop|group|count)|to|via|for|per|of|through|on)\b|[.;]|$)"
)
_KEEP = re.compile(
    r"\b(?:keep(?:ing)?|select(?:ing)?|extract(?:ing)?|pick|project|take|retain|choose"
    r"|show|with)\s+(?:only\s+)?(?:(?:the|just|its)\s+)*(?:(?:columns?|fields?"
    rf"|attributes?|properties)\s*:?\s*)(?P<a>.+?){_ENDS}|"
    r"\b(?:keep(?:ing)?|retain|project|select(?:ing)?"
    r"|extract(?:ing)?)\s+(?:only\s+)?(?:(?:the|just|its)\s+)*(?P<b>(?!rows|records|those"
    r"|all|data|products? where)[\w⟦⟧.]+(?:(?:\s*,\s*(?:and\s+)?"
    rf"|\s+and\s+)(?:the\s+)?[\w⟦⟧.]+)*)(?:\s+(?:columns?|fields?|attributes?))?{_ENDS}",
    re.IGNORECASE,
)
_DROP = re.compile(
    (
        r"\b(?:drop|remove|delete|discard|exclude)(?:ing)?\s+(?:the\s+)?(?:columns?"
        rf"|fields?)\s+(?P<a>.+?){_ENDS}|\b(?:drop|remove"
        r"|discard)\s+(?:the\s+)?(?P<b>\w+(?:(?:\s*,\s*|\s+and\s+)\w+)*)\s+(?:columns?"
        r"|fields?)"
    ),
    re.IGNORECASE,
)
_TOP = re.compile(
    (
        rf"\b(?:(?:top|first|{_SUPER})\s+(?P<n>{NUMBER}|\{{\w+\}})|(?P<n2>{NUMBER})\s+(?=(?:{_SUPER})"
        r"|(?:rows?|records?|products?|items?|\w+s)?\s*with the (?:highest|lowest|most"
        r"|biggest|largest|smallest))|limit(?:ed)?(?:\s+(?:it"
        rf"|them))?(?:\s+to)?\s+(?P<n3>{NUMBER}|\{{\w+\}}|the \w+)|(?P<n4>{NUMBER})\s+(?=(?:biggest"
        r"|largest|highest|lowest|smallest|best|worst)\b)|(?:only"
        rf"|at most)\s+(?P<n5>{NUMBER})\s+(?:rows|records|results|lines|items))"
    ),
    re.IGNORECASE,
)
_SUPER_RE = re.compile(rf"\b(?:{_SUPER})\b", re.IGNORECASE)
_EXTREME = re.compile(
    (
        r"\b(?:with\s+)?(?:the\s+)?(?P<word>highest|largest|biggest|greatest|most|maximum"
        r"|best|lowest|smallest|least|fewest|minimum|worst)\s+(?P<col>⟦\d+⟧|(?!rated"
        r"|expensive|recent|popular|populous)[a-z_]\w*)"
    ),
    re.IGNORECASE,
)
_ORDER = re.compile(
    (
        r"\b(?:sort|sorted|order|ordered|rank|ranked|sorting|ordering)(?:\s+(?:it|them"
        r"|the \w+|rows|records|results?))?\s+by\s+(?:the\s+)?(?P<col>⟦\d+⟧"
        r"|[\w.]+)(?P<dir>\s*(?:,|\()?\s*(?:in\s+)?(?:desc(?:ending)?|asc(?:ending)?"
        r"|from (?:high(?:est)?|large(?:st)?) to (?:low(?:est)?|small(?:est)?)"
        r"|high(?:est)? (?:to low|first)|(?:largest|biggest|newest"
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
        r"\b(?:(?P<sum>sum(?: up)?|total|add up|aggregate(?:d)?)|(?P<avg>average|mean|avg)|(?P<min>minimum"
        r"|lowest|smallest|min)|(?P<max>maximum|highest|largest|biggest"
        r"|max))\s+(?:value\s+)?(?:(?:of|for)\s+)?(?:the\s+|all\s+)?(?P<col>⟦\d+⟧|(?!of\b"
        r"|by\b|per\b|for\b|number\b)[a-z_]\w*)"
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
    r"\b(?:distinct|unique|de-?duplicate[ds]?|without duplicates|dedupe[ds]?"
    r"|(?:remove|drop) (?:the |all |any )?duplicates?(?: rows)?)\b",
    re.IGNORECASE,
)
_DISTINCT_BY = re.compile(
    r"\b(?:distinct|unique|de-?duplicate[ds]?|duplicates?|dedupe[ds]?)\b(?:\s+(?:it|them|the \w+|\w+s))?"
    rf"\s+(?:by|on|per)\s+(?:the\s+)?(?:columns?\s+)?(?P<a>[\w⟦⟧]+(?:\s+and\s+[\w⟦⟧]+)?){_ENDS}",
    re.IGNORECASE,
)
_UPPER = re.compile(
    (
        r"\b(?:upper-?case|capitali[sz]e)\s+(?:the\s+)?(?P<col>[a-z_]\w*)|\b(?:turn|convert"
        r"|make|put)\s+(?:the\s+)?(?P<col2>[a-z_]\w*)\s+(?:to|into|in)?\s*upper-?case"
    ),
    re.IGNORECASE,
)
_RENAMED = r"(?:the\s+)?(?:columns?\s+)?(?P<a>[a-z_]\w*)\s+(?:to|as|into)\s+(?P<b>[a-z_]\w*)"
_RENAME = re.compile(rf"\brename\s+{_RENAMED}", re.IGNORECASE)
_AND_RENAME = re.compile(rf"\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:rename\s+)?{_RENAMED}", re.IGNORECASE)
_REPEATED = re.compile(
    r"\b(?:find|show|list|report|get|log|count|which|check for|look for|detect)\s+(?:(?:the|all|any|out)\s+)*"
    r"(?:duplicated?|duplicates of|repeated)\s+(?:values of\s+)?(?:the\s+)?(?P<col>⟦\d+⟧|[a-z_]\w*)",
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
_TOOLS = frozenset(
    [
        "duckdb",
        "duck",
        "sql",
        "python",
        "pandas",
        "postgres",
        "postgresql",
        "bigquery",
        "script",
        "the",
        "a",
        "an",
        "query",
        "database",
        "table",
        "file",
        "csv",
        "json",
        "it",
        "them",
    ]
)


def read_transform(text: str, masked: Masked, scene: Scene, known: tuple[str, ...] = ()) -> Transform:
    """Read what a clause asks of the rows; `known` are columns that are there for sure."""
    text = " ".join(text.split())
    if (column := _repeated(text, masked)) is not None:
        return Transform(measures=(Measure("count"),), groups=(column,), repeated=True)
    measures = _measures(text, masked)
    groups = _groups(text, masked, measures)
    order = _order(text, masked, known)
    limit = _limit(text, scene)
    if (
        order
        and limit is None
        and (_EXTREME.search(text) or _SUPER_RE.search(text))
        and not _ORDER.search(text)
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
        columns=_columns(text, masked),
        dropped=_names_of(_DROP.search(text), masked),
        filters=filters(text, masked, scene, limited=bool(_TOP.search(text)), known=known),
        measures=measures,
        groups=groups,
        order=order,
        limit=limit,
        distinct=bool(_DISTINCT.search(text)),
        distinct_by=_names_of(_DISTINCT_BY.search(text), masked),
        upper=tuple(column for match in _UPPER.finditer(text) if (column := match["col"] or match["col2"])),
        renames=_renames(text),
    )


def _renames(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for match in _RENAME.finditer(text):
        found.append((match["a"], match["b"]))
        position = match.end()
        while more := _AND_RENAME.match(text, position):
            found.append((more["a"], more["b"]))
            position = more.end()
    return tuple(dict.fromkeys(found))


def _repeated(text: str, masked: Masked) -> str | None:
    """Return the column whose repeated values are asked for."""
    match = _REPEATED.search(text)
    column = singular(_word(match["col"], masked)) if match else ""
    return column if column and column.lower() not in _TOOLS | STOP_WORDS | _ROWS_TOO else None


_ROWS_TOO = frozenset({"row", "record", "entry", "value", "line", "item"})


def _word(text: str, masked: Masked) -> str:
    literals = masked.inside(text)
    return literals[0].value if literals else text.strip(" ,.")


def _names_of(match: re.Match[str] | None, masked: Masked) -> tuple[str, ...]:
    if match is None:
        return ()
    listed = next((group for group in match.groups() if group), "")
    names = []
    for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", listed):
        part = re.sub(r"^(?:only\s+)?(?:the|its|a|an)\s+", "", part.strip(), flags=re.IGNORECASE)
        part = re.sub(r"\s+(?:columns?|fields?)$", "", part, flags=re.IGNORECASE)
        if MARK.fullmatch(part):
            names += [name.strip() for name in _word(part, masked).split(",")]
        elif re.fullmatch(r"[A-Za-z_][\w.]*(?: [A-Za-z_]\w*)?", part):
            names.append(part if " " not in part else snake(part))
    return tuple(dict.fromkeys(name for name in names if name.lower() not in _TOOLS))


def _columns(text: str, masked: Masked) -> tuple[str, ...]:
    match = _KEEP.search(text)
    names = _names_of(match, masked)
    if (
        match is not None
        and match["b"]
        and (
            _rows_noun(match, text)
            or _SUPER_RE.search(match["b"])
            or _TOP.search(text[match.start() :])
            or whole(names[0] if names else "x") is not None
        )
    ):
        return ()
    return tuple(name for name in names if name.lower() not in STOP_WORDS | {"everything", "rows", "records"})


def _rows_noun(match: re.Match[str], text: str) -> bool:
    """Whether `users` in `keep only users with …` or `extract users from …` are the rows themselves."""
    said, behind = match["b"].strip(), text[match.end("b") :]
    return (
        re.fullmatch(r"[a-z_]\w*", said, re.IGNORECASE) is not None
        and singular(said) != said
        and re.match(r"\s+(?:from|with|where|whose|that|who|which|in)\b", behind, re.I) is not None
    )


def _limit(text: str, scene: Scene) -> int | str | None:
    match = _TOP.search(text)
    if match is None:
        return None
    said = next(group for group in (match["n"], match["n2"], match["n3"], match["n4"], match["n5"]) if group)
    if said.lower().startswith(("the ", "{")):
        found = scene.lookup(said.strip("{}").removeprefix("the "))
        return f"{{{{ {found} }}}}" if found else None
    return whole(said)


def _order(text: str, masked: Masked, known: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    if match := _ORDER.search(text):
        down = bool(match["dir"] and re.search(r"desc|high|large|big|new|late", match["dir"], re.IGNORECASE))
        return ((_word(match["col"], masked), down),)
    if match := _SUPER_RE.search(text):
        columns, down = _SUPERLATIVES[match[0].lower()]
        return ((next((name for name in columns if name in known), columns[0]), down),)
    if match := _TOP_BY.search(text):
        return ((match["col"], True),)
    if match := _EXTREME.search(text):
        column = _word(match["col"], masked)
        if singular(column).lower() in _MEASURED:
            column = singular(column)
        plural = column.endswith("s") and singular(column) != column and column not in known
        if not plural and column.lower() not in _TOOLS | STOP_WORDS:
            return (
                (
                    column,
                    match["word"].lower()
                    in ("highest", "largest", "biggest", "greatest", "most", "maximum", "best"),
                ),
            )
    return ()


def _measures(text: str, masked: Masked) -> tuple[Measure, ...]:
    found = []
    if _COUNT.search(text):
        found.append(Measure("count"))
    if not _TOP.search(text):
        for match in _MEASURE.finditer(text):
            function = next(name for name in ("sum", "avg", "min", "max") if match[name])
            column = _word(match["col"], masked)
            word = match[function].lower()
            if word in ("lowest", "smallest", "highest", "largest", "biggest") and re.search(
                rf"\bwith the {word}\b", text, re.I
            ):
                continue
            if column.lower() not in _TOOLS | STOP_WORDS | {"rows", "row", "records"}:
                found.append(Measure(function, column))
    return tuple(dict.fromkeys(found))


def _groups(text: str, masked: Masked, measures: tuple[Measure, ...]) -> tuple[str, ...]:
    if not measures:
        return ()
    if each := _EACH_HAS.search(text):
        return (each["col"],)
    match = _GROUP.search(text)
    if match is None:
        return ()
    names = [_word(match["col"], masked), match["col2"]]
    return tuple(name for name in names if name and name.lower() not in _TOOLS)
