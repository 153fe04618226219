"""Which rows to keep, in words: `where price is above 10`, `users older than 30`, `rows without an email`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import STOP_WORDS, singular


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep rows where `column operator value`; a value is a number or a text, maybe with an expression.

    `operator` is one of = != > < >= <= like unlike starts unstarts present absent in out; the last two take
    their values from `among`. Where the words do not name the column, `guessed` is set.
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
)
_OPPOSITE = dict(_PAIRS) | {other: one for one, other in _PAIRS}
_OPERATORS: tuple[tuple[str, str], ...] = (
    (
        (
            r"(?:is |are )?(?:greater|larger|higher|bigger|more|longer) than or equal to|>="
            r"|(?:is |are |of )?at least"
        ),
        ">=",
    ),
    (r"(?:is |are )?(?:less|lower|smaller|fewer) than or equal to|<=|(?:is |are |of )?at most", "<="),
    (
        (
            r"(?:is |are )?(?:greater|larger|higher|bigger|more|longer) than|(?:is "
            r"|are )?(?:above|over|after)|exceeds?|>"
        ),
        ">",
    ),
    (
        (r"(?:is |are )?(?:less|lower|smaller|fewer|shorter) than|(?:is |are )?(?:below|under|before)|<"),
        "<",
    ),
    (r"is not|isn'?t|are not|!=|<>|other than", "!="),
    (r"contains?|includes?", "like"),
    (r"starts? with", "starts"),
    (r"(?:is|are|equals?|={1,2}|of)(?: equal to)?", "="),
)
_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_VALUE = rf"(?P<val>⟦\d+⟧|{_NUMBER}|\{{\w+\}}|(?:the )?[\w-]+)"
_COMPARED = (
    r"(?P<col>[a-z_][\w.]*)\s+(?P<op>" + "|".join(f"(?:{p})" for p, _ in _OPERATORS) + rf")\s+{_VALUE}"
)
_WHERE = re.compile(
    rf"\b(?:where|whose|with|having|when|if)\s+(?:the\s+|their\s+|its\s+|an?\s+)?{_COMPARED}"
    r"|\b(?P<op2>(?:more|greater|less|fewer) than|over|under|above|below|at least"
    rf"|at most)\s+(?P<val2>{_NUMBER})\s+(?P<col2>[a-z_]\w*)",
    re.IGNORECASE,
)
_AND_WHERE = re.compile(
    rf"\s+and\s+(?:whose\s+|where\s+|with\s+)?(?:the\s+|their\s+)?{_COMPARED}", re.IGNORECASE
)
_BARE = re.compile(
    (
        r"\b(?:(?P<col>[a-z_]\w*)\s+)(?P<op>above|over|below|under|at least|at most|more than"
        rf"|less than|greater than|[<>]=?)\s+(?P<val>{_NUMBER})"
    ),
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"\b(?:filter|keep|select)\w*\s+(?:\w+\s+){0,3}?(?:by|on|to|for)\s+(?:the\s+)?"
    rf"(?P<col>[a-z_][\w.]*)\s*(?P<op>={{1,2}}|!=|<>|is|equals?)\s*{_VALUE}",
    re.IGNORECASE,
)
# `filter it to country FR`, `rows with status paid`: no `is`, but a usual column and a value.
_USUAL = (
    r"(?:status|state|country|category|type|city|region|currency|brand|colou?r|year|month|day|name|kind|gender|language|vendor|department"
    r"|class|species|customer|product|payment_type|priority|severity|level)"
)
_TO = re.compile(
    rf"\b(?:have|has|had|having|with|whose|where|to|only|for|in|of)\s+(?:the\s+|a\s+)?(?P<col>{_USUAL})\s+(?P<op>of\s+)?"
    r"(?P<val>⟦\d+⟧|(?!of\b|is\b|and\b|or\b|in\b|by\b|with\b|per\b|as\b|using\b|columns?\b|fields?\b|not\b|equals?\b|greater\b|less\b|above\b|below\b|over\b|under\b|=)[\w-]+)"
    r"(?=\s*$|\s*[,.;]|\s+(?:and|or|with|in|using|via|from|then|by)\b)",
    re.IGNORECASE,
)
_EMPTY = r"(?:missing|empty|null|blank|unknown|none)"
_MISSING = re.compile(
    rf"\b(?:with|having|where|whose)\s+(?:an?\s+|the\s+)?(?:no|{_EMPTY})\s+(?P<a>⟦\d+⟧|[a-z_]\w*)"
    rf"|\b(?:where|whose|if|when)\s+(?:the\s+)?(?P<b>⟦\d+⟧|[a-z_]\w*)\s+(?:is|are)\s+(?P<not>not\s+)?{_EMPTY}\b"
    r"|\b(?:rows|records|ones|those|\w+s)\s+without\s+(?:an?\s+|any\s+|the\s+)?(?P<c>⟦\d+⟧|[a-z_]\w*)"
    r"|\b(?:rows|records|ones|those|\w+s)\s+(?:that|which|who)\s+have\s+(?:an?\s+)(?P<d>⟦\d+⟧|[a-z_]\w*)",
    re.IGNORECASE,
)
_OUT = re.compile(
    r"\b(?:filter(?:ing|s|ed)?\s+out|exclud\w*|drop\w*|remov\w*|discard\w*|delet\w*|skip\w*|leav\w*\s+out"
    r"|throw\w*\s+away|ignor\w*|except)\b",
    re.IGNORECASE,
)
_IN = re.compile(r"\b(?:keep|select|show|only|filter(?!\w*\s+out)|take|retain)\w*\b", re.IGNORECASE)

# Comparatives that name their column: the first known one is taken.
_COMPARATIVES: dict[str, tuple[tuple[str, ...], str]] = {
    "older": (("age",), ">"),
    "younger": (("age",), "<"),
    "cheaper": (("price", "cost", "amount"), "<"),
    "less expensive": (("price", "cost", "amount"), "<"),
    "more expensive": (("price", "cost", "amount"), ">"),
    "pricier": (("price", "cost", "amount"), ">"),
    "longer": (("duration", "length", "distance"), ">"),
    "shorter": (("duration", "length", "distance"), "<"),
    "heavier": (("weight",), ">"),
    "lighter": (("weight",), "<"),
    "taller": (("height",), ">"),
    "faster": (("speed",), ">"),
    "slower": (("speed",), "<"),
    "hotter": (("temperature",), ">"),
    "warmer": (("temperature",), ">"),
    "colder": (("temperature",), "<"),
}
_COMPARATIVE = re.compile(
    rf"(?<!is )(?<!are )\b(?P<word>{'|'.join(_COMPARATIVES)})\s+than\s+"
    rf"(?P<val>⟦\d+⟧|[$€£]?{_NUMBER}|\{{\w+\}}|the \w+)(?!\d|\s*(?:second|minute|hour|day|week|month)s?\b)|"
    rf"\b(?:who|which|that|and)\s+(?:is|are)\s+(?P<word2>{'|'.join(_COMPARATIVES)})\s+than\s+(?P<val2>{_NUMBER})",
    re.IGNORECASE,
)
_NO_COLUMNS = re.compile(
    r"duckdb|duck|sql|python|pandas|postgres(?:ql)?|bigquery|script|query|database|table|file|csv|json|it|them"
    r"|rows|records|there|duplicates?|headers?"
)


def is_column(word: str) -> bool:
    """Whether a word may name a column: no tool, no pronoun."""
    return word.lower() not in STOP_WORDS and _NO_COLUMNS.fullmatch(word.lower()) is None


def filters(
    text: str, masked: Masked, scene: Scene, *, limited: bool, known: tuple[str, ...] = ()
) -> tuple[Filter, ...]:
    """Read which rows to keep; `limited` when the clause asks for the first so many."""
    found: list[Filter] = []
    patterns = (_WHERE, _PLAIN) if limited else (_WHERE, _BARE, _PLAIN)
    matches = next((said for pattern in patterns if (said := [*pattern.finditer(text)])), [])
    missing = [*_MISSING.finditer(text)]
    for match in matches:
        if any(gap.start() <= match.start() < gap.end() for gap in missing):
            continue
        found += _compared(match, text, masked, scene, known)
    found += _of_input(text, scene) if not matches else []
    if not matches and not found:
        matches = [*_TO.finditer(text)]
        for match in matches:
            item = _filter(match["col"], "=", match["val"], masked, scene)
            found += [_turned(item, text[: match.start()])] if item else []
    for match in _COMPARATIVE.finditer(text):
        columns, operator = _COMPARATIVES[(match["word"] or match["word2"]).lower()]
        column = next((name for name in columns if name in known), columns[0])
        item = _filter(column, operator, (match["val"] or match["val2"]).lstrip("$€£"), masked, scene)
        found += [_turned(item, text[: match.start()])] if item else []
    for gap in missing:
        found += _gap(gap, text, masked)
    return tuple(dict.fromkeys([*found, *([] if found else _of_status(text, scene))]))


# Words that say how far a thing has come; a noun in the plural follows.
_STATUS_WORD = (
    r"(?:paid|unpaid|open|closed|cancell?ed|pending|shipped|delivered|completed|refunded|returned|rejected"
    r"|approved|overdue|expired|failed|successful|draft|published|archived|confirmed|unconfirmed)"
)
_STATUS = re.compile(
    rf"\b(?:the|all|only|of|filter|keep|select|take|get|count|sum|remove|drop|exclude|ignore|skip|many|just|out)\s+"
    rf"(?P<said>{_STATUS_WORD}(?:\s*(?:,\s*(?:or\s+|and\s+)?|\s+or\s+|\s+and\s+|/){_STATUS_WORD})*)\s+"
    r"(?P<noun>(?!rows\b)[a-z]+s|rows)\b",
    re.IGNORECASE,
)


def _of_status(text: str, scene: Scene) -> list[Filter]:
    """Read `the paid orders`, `open or cancelled orders`: the usual column of such words is `status`."""
    match = _STATUS.search(text)
    if match is None:
        return []
    said = re.findall(_STATUS_WORD, match["said"].lower())
    shown = ", ".join(f"'{word}'" for word in said)
    scene.note(f"'{match['said']} {match['noun']}' are read as rows whose column 'status' is {shown}.")
    item = (
        Filter("status", "=", said[0], guessed=True)
        if len(said) == 1
        else Filter("status", "in", "", tuple(said), guessed=True)
    )
    return [_turned(item, text[: match.start("said")])]


_OF_INPUT = re.compile(
    r"\b(?:of|for|from|in|with)\s+(?:that|this|the(?:\s+(?:chosen|selected|given|same))?)\s+(?P<col>[a-z_]\w*)\b",
    re.IGNORECASE,
)


def _of_input(text: str, scene: Scene) -> list[Filter]:
    """Read `the fares of that vendor`, where `vendor` is an input: rows whose column of that name has"
    " its value."""
    asked = {
        item.id for item in scene.inputs if item.type not in ("FILE", "URI", "ARRAY", "MULTISELECT", "JSON")
    }
    said = [match["col"].lower() for match in _OF_INPUT.finditer(text)]
    return [
        Filter(name, "=", f"{{{{ inputs.{name} }}}}", guessed=True)
        for name in dict.fromkeys(said)
        if name in asked
    ]


_OR_VALUE = re.compile(r"\s*(?:,\s*(?:or\s+)?|\s+or\s+)(?P<val>⟦\d+⟧|[\w-]+)", re.IGNORECASE)


def _or_more(item: Filter, text: str, end: int, masked: Masked) -> tuple[Filter, int]:
    """Read `… is paid or open`, `… starts with A, B or C`: one of several values will do."""
    values, position = [str(item.value)], end
    while (more := _OR_VALUE.match(text, position)) is not None:
        if more[0].lstrip().startswith(",") and " or " not in text[position : position + 60]:
            break
        literals = masked.inside(more["val"])
        values.append(literals[0].value if literals else more["val"])
        position = more.end()
    if len(values) == 1 or item.operator not in ("=", "like", "starts") or isinstance(item.value, float):
        return item, end
    operator = "in" if item.operator == "=" else item.operator
    return replace(item, operator=operator, value="", among=tuple(values)), position


def _compared(
    match: re.Match[str], text: str, masked: Masked, scene: Scene, known: tuple[str, ...]
) -> list[Filter]:
    parts = match.groupdict()
    if parts.get("col2") and "count" in known and singular(parts["col2"]) not in known:
        parts["col2"] = "count"  # `customers with more than 1 order`, where the orders were counted
    first = _filter(
        parts.get("col") or singular(parts.get("col2") or ""),
        parts.get("op") or parts.get("op2") or "",
        parts.get("val") or parts.get("val2") or "",
        masked,
        scene,
    )
    if first is None:
        return []
    first, position = _or_more(first, text, match.end(), masked)
    found = [first]
    while more := _AND_WHERE.match(text, position):
        extra = _filter(more["col"], more["op"], more["val"], masked, scene)
        position = more.end()
        found += [extra] if extra is not None else []
    return [_turned(item, text[: match.start()]) for item in found]


def _gap(match: re.Match[str], text: str, masked: Masked) -> list[Filter]:
    said = next(match[name] for name in "abcd" if match[name])
    literals = masked.inside(said)
    column = literals[0].value if literals else said
    if not is_column(column):
        return []
    there = bool(match["not"] or match["d"])
    return [_turned(Filter(column, "present" if there else "absent"), text[: match.start() + 1])]


def _turned(item: Filter, before: str) -> Filter:
    """Turn a filter round where the nearest verb says what to leave out."""
    out = max((match.start() for match in _OUT.finditer(before)), default=-1)
    kept = max((match.start() for match in _IN.finditer(before)), default=-1)
    return item.flipped() if out > kept else item


def _filter(column: str, operator: str, value: str, masked: Masked, scene: Scene) -> Filter | None:
    if not is_column(column) or not value:
        return None
    sign = next(
        (sign for pattern, sign in _OPERATORS if re.fullmatch(pattern, operator.strip(), re.IGNORECASE)), "="
    )
    if MARK.fullmatch(value) and masked.inside(value)[0].kind not in ("text", "code"):
        return None
    if MARK.fullmatch(value):
        return Filter(column, sign, scene.fill_text(masked.inside(value)[0].value))
    if value.startswith("{"):
        filled = scene.fill_text(value)
        return Filter(column, sign, filled) if filled != value else None
    plain = value.replace(",", "")
    if re.fullmatch(r"-?\d+(?:\.\d+)?", plain):
        return Filter(column, sign, float(plain))
    known = scene.lookup(re.sub(r"^the\s+", "", value, flags=re.IGNORECASE))
    if known:
        return Filter(column, sign, f"{{{{ {known} }}}}")
    said = value.lower() not in STOP_WORDS or (value.isupper() and len(value) == 1)  # `vendor is A`
    return Filter(column, sign, value) if said else None
