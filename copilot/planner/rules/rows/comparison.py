# ruff: noqa: E501 - one phrase, one line
"""Comparisons: a column, a sign and a value, and the signs some words mean."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.planner.rules.literal import MARK
from copilot.planner.rules.rows.lexicon import (
    COMPARATIVES,
    MONEY,
    WORTH,
    N,
)
from copilot.planner.rules.rows.operation import Filter
from copilot.planner.rules.rows.reading import Reading
from copilot.planner.rules.word import STOP_WORDS

_OPERATORS: tuple[tuple[str, str], ...] = (
    (r"(?:is |are |was )?(?:greater|larger|higher|bigger|more|longer) than or equal to|>=|(?:is |are |was |of )?(?:at least|no less than|not less than|not under|not below|minimum)|(?:is |are )?from", ">="),
    (r"(?:is |are |was )?(?:less|lower|smaller|fewer|shorter) than or equal to|<=|(?:is |are |was |of )?(?:at most|no more than|not more than|not over|not above|up to|maximum)", "<="),
    (r"(?:is |are |was |of )?(?:greater|larger|higher|bigger|more|longer|later|better) than|(?:is |are |was |of )?(?:above|over|after|beyond)|exceed(?:s|ing)?|>", ">"),
    (r"(?:is |are |was |of )?(?:less|lower|smaller|fewer|shorter|earlier|worse) than|(?:is |are |was |of )?(?:below|under|before)|<", "<"),
    (r"is not(?: equal to)?|isn'?t|are not|aren'?t|was not|!=|<>|other than|does not equal|differs from", "!="),
    (r"contains?|containing|includes?|including|has", "like"),
    (r"(?:starts?|starting|begins?|beginning) with", "starts"),
    (r"(?:is|are|was|equals?|={1,2}|being)(?: equal to| exactly)?", "="),
)  # fmt: skip
SIGN = "|".join(f"(?:{pattern})" for pattern, _ in _OPERATORS)
ORDERED = "|".join(f"(?:{pattern})" for pattern, sign in _OPERATORS if sign in (">", "<", ">=", "<="))
NUMBER = rf"[$€£]?(?:-?\d[\d,]*(?:\.\d+)?k?|{N})[$€£%]?"
UNIT = r"(?:\s*(?:years?|dollars?|euros?|usd|eur|miles?|km|kilomet(?:er|re)s?|met(?:er|re)s?|kg|grams?|pounds?|degrees?|points?|stars?|pieces?|units?|percent|minutes?|seconds?|hours?)(?:\s+old)?\b)?"
_NAME = r"(?-i:(?!Duck|Python|Slack|Postgres|CSV|JSON|Parquet|SQL|Big|MySQL|Kafka|Redis|S3|GCS|Docker|UTC|Kestra|Discord|Teams|Excel|I\b)[A-ZÀ-Ý][\w'-]*(?:\s+(?!Duck|Python|SQL|CSV|JSON)[A-ZÀ-Ý][\w'-]*)?)"
ONE = rf"(?:⟦\d+⟧|{_NAME})"
NAMES = rf"(?P<vals>{ONE}(?:\s*(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)(?:from\s+|in\s+)?{ONE})*)"
WORD = r"(?:⟦\d+⟧|-?\d[\d,]*(?:\.\d+)?|\{\w+\}|(?:the\s+)?[\w][\w.-]*)"
_OUT = re.compile(
    r"\b(?:filter(?:ing|s|ed)?\s+out|exclud\w*|drop\w*|remov\w*|discard\w*|delet\w*|skip\w*|leav\w*\s+out|without|get rid of"
    r"|throw\w*\s+(?:away|out)|ignor\w*|except|but not|other than|not)\b",
    re.IGNORECASE,
)  # fmt: skip
_IN = re.compile(
    r"\b(?:keep|select|show|only|filter(?!\w*\s+out)|take|retain|remain|count|sum|log|list)\w*\b",
    re.IGNORECASE,
)
USUAL = (
    r"(?:status|state|country|category|type|city|region|currency|brand|colou?r|year|month|day|name|kind|gender|language|vendor|department"
    r"|class|species|customer|product|user|title|genre|continent|payment_type|priority|severity|level|email|code|id|\w+_id)"
)


def sign_of(said: str) -> str:
    """Return the operator some words mean."""
    low = " ".join(said.lower().split())
    return next((sign for pattern, sign in _OPERATORS if re.fullmatch(pattern, low, re.IGNORECASE)), "=")


def add(reading: Reading, item: Filter, start: int) -> bool:
    """Keep a filter, turned round where the nearest verb before it says what to leave out."""
    before = reading.text[:start]
    out = max((match.start() for match in _OUT.finditer(before)), default=-1)
    kept = max((match.start() for match in _IN.finditer(before)), default=-1)
    reading.filters.append(item.flipped() if out > kept else item)
    return True


def value_of(reading: Reading, said: str) -> str | float | None:
    said = re.sub(r"^the\s+", "", said.strip(), flags=re.IGNORECASE)
    if MARK.fullmatch(said):
        literal = reading.masked.inside(said)[0]
        return reading.scene.fill_text(literal.value) if literal.kind in ("text", "code") else None
    if said.startswith("{"):
        filled = reading.scene.fill_text(said)
        return filled if filled != said else None
    number = reading.number(said.replace(",", "")) if said.lower() not in ("a", "an") else None
    if number is not None:
        return float(number)
    if known := reading.scene.lookup(said):
        return f"{{{{ {known} }}}}"
    return said if said.lower() not in STOP_WORDS or said.isupper() else None


def compared(reading: Reading, column: str, sign: str, said: str) -> Filter | None:
    """Return a filter by the words of its value; None where the value says nothing."""
    low = said.strip().lower()
    if sign in ("=", "!=") and low in ("true", "false", "yes", "no"):
        right = (low in ("true", "yes")) == (sign == "=")
        return Filter(column, "true" if right else "false")
    if sign in ("=", "!=") and low in ("empty", "null", "missing", "blank", "none", "nan"):
        return Filter(column, "absent" if sign == "=" else "present")
    value = value_of(reading, said)
    if value is None or (sign in ("like", "starts") and isinstance(value, float) and not said[:1].isdigit()):
        return None
    return Filter(
        column,
        sign,
        value if sign not in ("like", "starts") else str(said if isinstance(value, float) else value),
    )


def where(reading: Reading, match: re.Match[str]) -> bool:
    column = match["col"]
    if not reading.is_noun(column) or (
        reading.is_rows(column) and column.lower() not in reading.known and not match["lead"]
    ):
        return False
    sign = sign_of(match["op"])
    values = [
        match["val"],
        *re.findall(WORD, re.sub(r"\b(?:or|and)\b", " ", match["more"] or "", flags=re.IGNORECASE)),
    ]
    first = compared(reading, reading.column(column), sign, values[0])
    if first is None:
        return False
    if len(values) > 1:
        among = tuple(str(reading.value(value)) for value in values)
        operator = {"=": "in", "!=": "out"}.get(sign, sign)
        if operator not in ("in", "out", "like", "starts"):
            return False
        first = replace(first, operator=operator, value="", among=among)
    return add(reading, first, match.start())


def and_where(reading: Reading, match: re.Match[str]) -> bool:
    """`… and city is Rome`: goes on where a comparison has just been read."""
    if not reading.filters or not reading.is_noun(match["col"]):
        return False
    item = compared(reading, reading.column(match["col"]), sign_of(match["op"]), match["val"])
    return item is not None and add(reading, item, match.start())


def over(reading: Reading, match: re.Match[str]) -> bool:
    """`more than 5 pieces`, `over 100 reviews`: the column is named behind the number."""
    if reading.is_rows(match["col"]) or not reading.is_noun(match["col"]):
        return False
    money = _MONEY.fullmatch(match["col"]) is not None and match["col"] not in reading.known
    column = reading.choose(match[0], MONEY) if money else reading.column(match["col"])
    number = reading.number(match["val"])
    return number is not None and add(
        reading, Filter(column, sign_of(match["op"]), float(number)), match.start()
    )


def between(reading: Reading, match: re.Match[str]) -> bool:
    said = match["col"].strip()
    column = "age" if said.lower() == "aged" else reading.column(said)
    if not reading.is_noun(said):
        return False
    if said.lower() == "aged":
        column = reading.choose(said, "age")
    low, high = (compared(reading, column, sign, match[name]) for sign, name in ((">=", "a"), ("<=", "b")))
    if low is None or high is None:
        return False
    reading.filters += [low, high]
    return True


def comparative(reading: Reading, match: re.Match[str]) -> bool:
    columns, sign = COMPARATIVES[" ".join(match["word"].lower().split())]
    item = compared(reading, "", sign, match["val"])
    if item is None or (
        re.match(
            r"\s*(?:second|minute|hour|day|week|month)s?\b", reading.left[match.end("val") :], re.IGNORECASE
        )
        and columns == "age"
    ):
        return False
    return add(reading, replace(item, column=reading.choose(match["word"], columns)), match.start())


def worth(reading: Reading, match: re.Match[str]) -> bool:
    columns = next(
        columns for pattern, columns in WORTH.items() if re.fullmatch(pattern, match["verb"], re.IGNORECASE)
    )
    item = compared(reading, "", sign_of(match["op"] or "="), match["val"])
    return item is not None and add(
        reading, replace(item, column=reading.choose(match["verb"], columns)), match.start()
    )


_MONEY = re.compile(r"euros?|dollars?|usd|eur|bucks|pounds?|gbp|chf|cents?", re.IGNORECASE)


def stocked(reading: Reading, match: re.Match[str]) -> bool:
    """`fewer than 5 in stock`."""
    number = reading.number(match["val"])
    column = reading.choose(match[0], "stock|quantity|in_stock|inventory")
    return number is not None and add(
        reading, Filter(column, sign_of(match["op"]), float(number)), match.start()
    )
