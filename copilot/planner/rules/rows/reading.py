"""One clause being read: what it has asked so far, and the words nothing has been read from yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from copilot.plan.render import snake
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.rows.lexicon import FILLER, KEYED, MEASURED, PEOPLE, ROWS, THINGS
from copilot.planner.rules.rows.operation import Computed, Filter, Measure, Transform
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import STOP_WORDS, number_of, singular

GAP = "∎"
"""Stands for every letter something was read from; no pattern reads across it."""
COLUMN = r"(?:⟦\d+⟧|[A-Za-z_]\w*)"
THE = (
    r"(?:(?:the|a|an|all|any|our|my|their|its|his|her|those|these|only|just|remaining|individual|single"
    r"|resulting)\s+)*"
)
_TELLING = r"[A-Za-zÀ-ɏ0-9][\w'’-]*"
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
        "query",
        "database",
        "table",
        "file",
        "csv",
        "json",
        "parquet",
        "slack",
        "kafka",
        "redis",
        "mysql",
        "s3",
        "gcs",
        "bucket",
    ]
)
LOGS = r"(?:log|print|show|display|report|list|tell|output)\b"
"""What is only shown."""
Use = Callable[["Reading", re.Match[str]], bool]
"""Takes a match into a reading; False where it means something else."""


@dataclass(slots=True)
class Reading:
    """What is read; `left` is the clause with a gap for everything that was understood."""

    text: str
    masked: Masked
    scene: Scene
    known: tuple[str, ...] = ()
    left: str = ""
    whole: str = ""
    columns: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    down: bool | None = None
    sorted: bool = False
    """Whether a column to order by was named."""
    turned: bool = False
    """Whether the direction of an order by a column was said."""
    limit: int | str | None = None
    offset: int = 0
    distinct: bool = False
    distinct_by: list[str] = field(default_factory=list)
    repeated: bool = False
    upper: list[str] = field(default_factory=list)
    lower: list[str] = field(default_factory=list)
    renames: list[tuple[str, str]] = field(default_factory=list)
    rounded: list[tuple[str, int]] = field(default_factory=list)
    computed: list[Computed] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    places: dict[str, int] = field(default_factory=dict)
    """Where a column or a measure was said first: they come out in the order of the words."""

    def __post_init__(self) -> None:
        self.text = self.left = self.whole = " ".join(self.text.split())

    def cut(self, pattern: re.Pattern[str], use: Use) -> None:
        """Cut out every match a use accepts, so that phrases are read across it."""
        self.text = self.left = pattern.sub(lambda match: " " if use(self, match) else match[0], self.left)

    def take(self, pattern: re.Pattern[str], use: Use) -> None:
        """Read every match a use accepts, and leave a gap where it stood."""
        position = 0
        while (match := pattern.search(self.left, position)) is not None:
            if match.end() > match.start() and use(self, match):
                start, end = match.span()
                for item in (*self.measures, *self.columns):
                    self.places.setdefault(str(item), start)
                self.left = f"{self.left[:start]}{GAP * (end - start)}{self.left[end:]}"
                position = end
            else:
                position = match.start() + 1

    # -- words

    def value(self, said: str) -> str:
        """Return a quoted text, or the words as they are."""
        literals = self.masked.inside(said)
        return literals[0].value if literals else said.strip(" ,.'")

    def is_rows(self, word: str) -> bool:
        """Whether a noun stands for the rows themselves: `orders` of orders.csv, `records`."""
        low = word.lower()
        one = singular(low)
        if low in ROWS or one in ROWS or any(one in _parts(subject) for subject in self.subjects()):
            return True
        if low in ("people", "persons", "folks") and low not in self.known:
            return True
        return one != low and one in THINGS and one not in self.known

    def subjects(self) -> list[str]:
        """Return what the files and tables at hand are called."""
        literals = self.masked.literals
        places = [item for item in literals if item.kind in ("url", "path", "bucket")]
        named = [
            item.value
            for item in places or literals
            if item.kind in ("url", "file", "path", "bucket")
            and not re.search(
                rf"\b(?:as|to|into|called|named)\s+(?:an?\s+|the\s+)?⟦{literals.index(item)}⟧",
                self.masked.text,
            )
        ]
        stems = [
            re.sub(r"[?#].*$", "", name).rstrip("/").rpartition("/")[2].partition(".")[0] for name in named
        ]
        return [*self.scene.subjects, *stems]

    def is_noun(self, word: str) -> bool:
        """Whether a word may name a column or a thing: no pronoun, no tool, no grammar."""
        low = word.lower()
        return low not in STOP_WORDS and low not in FILLER - {"name", "value", "total"} and low not in _TOOLS

    def column(self, said: str) -> str:
        """Return the column some words mean: one that is known, else their name."""
        if MARK.search(said):
            return self.value(said)
        name = snake(re.sub(r"^(?:the|a|an|their|its)\s+", "", said.strip(), flags=re.IGNORECASE))
        thing, _, part = name.partition("_")
        if (
            " " in said.strip()
            and not self.known
            and singular(thing) in KEYED | PEOPLE
            and singular(part) in ("name", "id")
        ):
            thing, part = singular(thing), singular(part)
            return self.choose(
                said, f"{thing}_{part}|{part}|{thing}" if part == "name" else f"{thing}_{part}|{part}"
            )
        for form in (name, singular(name)):
            exact = next((known for known in self.known if known.lower() == form), None)
            if exact is not None:
                return exact
        parts = [known for known in self.known if singular(name) in known.lower().split("_")]
        if len(parts) == 1:
            return parts[0]
        one = singular(name)
        if self.known or one == name:
            return name
        return one if one in MEASURED else f"{name}|{one}"

    def choose(self, said: str, columns: str) -> str:
        """Return the column words speak of without naming it; what is taken for granted is said."""
        names = [name for name in columns.split("|") if name]
        there = next((name for name in names if name in self.known), None)
        if there is not None:
            return there
        one_of = f"a column called {', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else ""
        self.assume(f"'{said.strip()}' is read as {one_of or repr(names[0]).join(('the column ', ''))}.")
        return "|".join(names)

    def key(self, said: str) -> str:
        """Return the column rows are grouped by: a thing that has a key may be told apart by its id."""
        column = self.column(said)
        if (
            column not in self.known
            and singular(said.lower()) in KEYED
            and singular(said.lower()) not in self.known
        ):
            column = singular(said.lower())
        if column in KEYED and column not in self.known:
            keyed = next((name for name in self.known if name in (f"{column}_id", f"{column}_name")), None)
            return keyed or self.choose(said, f"{column}|{column}_id")
        return column

    def assume(self, note: str) -> None:
        """Remember what was taken for granted."""
        if note not in self.assumed:
            self.assumed.append(note)

    def number(self, said: str) -> float | None:
        """Read `12`, `1,000`, `$5`, `2.5k`, `ten`."""
        plain = said.strip().lstrip("$€£").rstrip("$€£%")
        thousand = plain.lower().endswith("k") and plain[:-1].replace(".", "").isdigit()
        found = number_of(plain[:-1] if thousand else plain)
        return found * 1000 if found is not None and thousand else found

    # -- outcome

    def transform(self) -> Transform:
        """Return all that was read, with the words nothing was read from."""
        words = [
            word
            for piece in re.split(rf"{GAP}+", MARK.sub(" ", self.left))
            for word in re.findall(r"[A-Za-zÀ-ɏ][\w'’-]*|\d[\w.,:%]*", piece)
        ]
        texts = [item for item in self.masked.inside(self.left) if item.kind in ("text", "code")]
        rest = (*(word for word in words if not self._plain(word)), *(item.words for item in texts))
        gone = {word.lower() for word in re.findall(_TELLING, self.whole)} - {word.lower() for word in words}
        return Transform(
            columns=tuple(
                sorted(dict.fromkeys(self.columns), key=lambda name: self.places.get(str(name), 0))
            ),
            dropped=tuple(self.dropped),
            filters=tuple(dict.fromkeys(self.filters)),
            measures=tuple(
                sorted(dict.fromkeys(self.measures), key=lambda one: self.places.get(str(one), 0))
            ),
            groups=tuple(dict.fromkeys(self.groups)),
            order=tuple(dict(self.order).items()),
            limit=self.limit,
            offset=self.offset,
            distinct=self.distinct,
            distinct_by=tuple(self.distinct_by),
            repeated=self.repeated,
            upper=tuple(self.upper),
            renames=tuple(dict.fromkeys(self.renames)),
            lower=tuple(self.lower),
            rounded=tuple(self.rounded),
            computed=tuple(dict.fromkeys(self.computed)),
            assumed=tuple(self.assumed),
            said=frozenset(gone if rest else (word.lower() for word in re.findall(_TELLING, self.whole))),
            left=rest,
        )

    def _plain(self, word: str) -> bool:
        low = re.sub(r"['’]s?$", "", word.lower())
        if low in _LEFT_OUT and (self.filters or self.distinct or self.dropped):
            return True
        return low in FILLER or low in STOP_WORDS or self.is_rows(low) or (len(low) < 2 and not low.isdigit())


_LEFT_OUT = frozenset(
    f"{verb}{end}"
    for verb in ("remov", "drop", "dropp", "exclud", "delet", "discard", "skip", "skipp", "clean")
    for end in ("", "e", "es", "s", "ing", "ed")
)


def _parts(subject: str) -> list[str]:
    low = snake(subject)
    return [singular(low), *(singular(part) for part in low.split("_") if len(part) > 2)]
