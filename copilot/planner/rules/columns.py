"""The columns a clause speaks of: kept, dropped, renamed."""

from __future__ import annotations

import re

from copilot.plan.render import snake
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.word import NUMBER, STOP_WORDS, singular, whole

# Superlatives: the columns they speak of (the first known one is taken), and descending or not.
SUPERLATIVES: dict[str, tuple[tuple[str, ...], bool]] = {
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


_SUPER = "|".join(re.escape(word) for word in sorted(sorted(SUPERLATIVES), key=len, reverse=True))


ENDS = (
    r"(?=\s+(?:with|using|in|into|from|as|by|where|whose|when|and (?:then )?(?:show|sort"
    r"|order|write|save|keep|drop|group|count)|to|via|for|per|of|through|on)\b|[.;]|$)"
)


_KEEP = re.compile(
    r"\b(?:keep(?:ing)?|select(?:ing)?|extract(?:ing)?|pick|project|take|retain|choose"
    r"|show|with)\s+(?:only\s+)?(?:(?:the|just|its)\s+)*(?:(?:columns?|fields?"
    rf"|attributes?|properties)\s*:?\s*)(?P<a>.+?){ENDS}|"
    r"\b(?:keep(?:ing)?|retain|project|select(?:ing)?"
    r"|extract(?:ing)?)\s+(?:only\s+)?(?:(?:the|just|its)\s+)*(?P<b>(?!rows|records|those"
    r"|all|data|products? where)[\w⟦⟧.]+(?:(?:\s*,\s*(?:and\s+)?"
    rf"|\s+and\s+)(?:the\s+)?[\w⟦⟧.]+)*)(?:\s+(?:columns?|fields?|attributes?))?{ENDS}",
    re.IGNORECASE,
)


TOP = re.compile(
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


SUPER_RE = re.compile(rf"\b(?:{_SUPER})\b", re.IGNORECASE)


_DIFFERENT = re.compile(
    r"\b(?:distinct|unique|different)\s+(?:values\s+(?:of|in)\s+)?(?:the\s+)?(?P<col>[a-z_]\w*)\b(?!\s+(?:by|of|columns?))",
    re.IGNORECASE,
)


_RENAMED = r"(?:the\s+)?(?:columns?\s+)?(?P<a>[a-z_]\w*)\s+(?:to|as|into)\s+(?P<b>[a-z_]\w*)"


_RENAME = re.compile(rf"\brename\s+{_RENAMED}", re.IGNORECASE)


_AND_RENAME = re.compile(rf"\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:rename\s+)?{_RENAMED}", re.IGNORECASE)


TOOLS = frozenset(
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


def read_renames(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for match in _RENAME.finditer(text):
        found.append((match["a"], match["b"]))
        position = match.end()
        while more := _AND_RENAME.match(text, position):
            found.append((more["a"], more["b"]))
            position = more.end()
    return tuple(dict.fromkeys(found))


ROWS_TOO = frozenset({"row", "record", "entry", "value", "line", "item"})


def said_word(text: str, masked: Masked) -> str:
    literals = masked.inside(text)
    return literals[0].value if literals else text.strip(" ,.")


def names_of(match: re.Match[str] | None, masked: Masked) -> tuple[str, ...]:
    if match is None:
        return ()
    listed = next((group for group in match.groups() if group), "")
    names = []
    for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", listed):
        part = re.sub(r"^(?:only\s+)?(?:the|its|a|an)\s+", "", part.strip(), flags=re.IGNORECASE)
        part = re.sub(r"\s+(?:columns?|fields?)$", "", part, flags=re.IGNORECASE)
        if MARK.fullmatch(part):
            names += [name.strip() for name in said_word(part, masked).split(",")]
        elif re.fullmatch(r"[A-Za-z_][\w.]*(?: [A-Za-z_]\w*)?", part):
            names.append(part if " " not in part else snake(part))
    return tuple(dict.fromkeys(name for name in names if name.lower() not in TOOLS))


_SAVE_COLUMNS = re.compile(
    r"\b(?:save|write|export|store|output|return|show)\s+(?:only\s+)?(?:the\s+|its\s+|their\s+)?(?P<a>[a-z_]\w*(?:\s*,\s*[a-z_]\w*)*"
    r"\s*,?\s+and\s+(?:the\s+)?[a-z_]\w*)\s+(?:only\s+)?(?:as|to|in|into)\b",
    re.IGNORECASE,
)


_LIST_COLUMN = re.compile(
    r"\b(?:list|show|return|give|get)\s+(?:only\s+|just\s+)?the\s+(?P<a>(?!number|count|sum|average|total|first|last|top|rows)[a-z_]\w*s)"
    r"\s+of\s+(?:all\s+|the\s+|every\s+)+[a-z_]\w*s\b",
    re.IGNORECASE,
)
_LIST_COLUMNS = re.compile(
    r"\b(?:list|show|return|give)\s+(?:only\s+|just\s+)?(?:the\s+|their\s+|its\s+)?(?P<a>[a-z_]\w*(?:\s*,\s*[a-z_]\w*)*"
    r"\s*,?\s+and\s+(?:the\s+)?[a-z_]\w*)(?:\s+only)?(?:\s+of\s+(?:them|each|it))?(?:\s+with\s+duckdb)?\s*$",
    re.IGNORECASE,
)


def read_columns(text: str, masked: Masked) -> tuple[str, ...]:
    match = _KEEP.search(text)
    alone = _DIFFERENT.search(text)
    if alone and not re.search(r"\b(?:count|number|how many)\b", text, re.IGNORECASE):
        column = singular(alone["col"]).lower()
        if column not in ROWS_TOO | TOOLS | STOP_WORDS:
            return (column,)
    if match is None and (one := _LIST_COLUMN.search(text)) and singular(one["a"]).lower() not in ROWS_TOO:
        return (singular(one["a"]),)
    if match is None and (listed := _LIST_COLUMNS.search(text)):
        return names_of(listed, masked)
    if match is None and (saved := _SAVE_COLUMNS.search(text)):
        return names_of(saved, masked)
    names = names_of(match, masked)
    if (
        match is not None
        and match["b"]
        and (
            _rows_noun(match, text)
            or SUPER_RE.search(match["b"])
            or TOP.search(text[match.start() :])
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
        and re.match(r"\s+(?:from|with|where|whose|that|who|which|in|of|for)\b", behind, re.I) is not None
    )
