"""Inputs declared with type, name, options and default: `a date called day`, `integers a and b`."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan
from copilot.plan.render import snake
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.word import STOP_WORDS, singular
from engine.model.json import Json

_TYPES: dict[str, str] = {
    "string": "STRING",
    "text": "STRING",
    "word": "STRING",
    "integer": "INT",
    "int": "INT",
    "whole number": "INT",
    "number": "INT",
    "float": "FLOAT",
    "decimal": "FLOAT",
    "decimal number": "FLOAT",
    "boolean": "BOOL",
    "bool": "BOOL",
    "flag": "BOOL",
    "date": "DATE",
    "day": "DATE",
    "datetime": "DATETIME",
    "timestamp": "DATETIME",
    "time": "TIME",
    "duration": "DURATION",
    "file": "FILE",
    "csv file": "FILE",
    "json": "JSON",
    "email": "EMAIL",
    "email address": "EMAIL",
    "e-mail": "EMAIL",
    "list": "ARRAY",
    "array": "ARRAY",
    "select": "SELECT",
    "multi-select": "MULTISELECT",
    "multiselect": "MULTISELECT",
    "choice": "SELECT",
    "uri": "URI",
    "url": "URI",
    "secret": "SECRET",
    "enum": "SELECT",
    "dropdown": "SELECT",
}
_TYPE = "|".join(sorted((f"{name}s?" for name in map(re.escape, _TYPES)), key=len, reverse=True))
_NAME = r"(?:⟦\d+⟧|[A-Za-z_][\w-]*)"
_VERB = "|".join(sorted(VERBS - {"name", "label", "order", "count", "limit", "index", "format"}))
_NAMES = rf"{_NAME}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?!(?:{_VERB}|then|if|for|when|also|it)\b){_NAME})*"
_INPUT = r"(?:inputs?|parameters?|params?|arguments?|variables?)"
_TAKE = (
    r"(?:takes?|taking|accepts?|accepting|asks? for|asking for|needs?|expects?|expecting"
    r"|requires?|receives?|gets?|has"
    r"|have|with|give it|define|declare|add|using|uses?|provide|create|inputs? (?:is|are|of)|i need|read)"
)
_VALUE = r"(?:⟦\d+⟧|-?[\w./:+-]*\w)"
_WORDS = r"[\w-]+(?:\s+(?!or\b|and\b)[\w-]+)?"
_CHOICES = (
    rf"(?:⟦\d+⟧|{_WORDS})(?:\s*(?:,\s*(?:and\s+|or\s+)?|/|\|)\s*(?:⟦\d+⟧|{_WORDS}))*(?:\s*,?\s+"
    rf"(?:or|and)\s+(?:⟦\d+⟧|{_WORDS}))"
)
_BETWEEN = r"between\s+(?P<low>-?\d+(?:\.\d+)?)\s+and\s+(?P<high>-?\d+(?:\.\d+)?)"

# `takes two integers a and b`, `a date called day`, `with a boolean input dry_run`
_TYPED = re.compile(
    rf"(?:(?:^|\b(?:and|that|which|it|flow)\s+|(?<=[.,;:]\s)|(?<=,)|\s){_TAKE}\s+)?"
    rf"(?P<article>\b(?:an?|one|two|three|four|\d|some|the)\s+)?"
    rf"(?P<optional>optional\s+|required\s+)?(?P<type>{_TYPE})(?P<noun>\s+{_INPUT})?\s+(?:of\s+)?"
    rf"(?:called|named|(?P<bare>(?={_NAME})))\s*(?P<names>{_NAMES})",
    re.IGNORECASE,
)
# `input temperature is a float`, `inputs are start_date and end_date (dates)`
_IS = re.compile(
    rf"\b(?:the\s+|an?\s+)?{_INPUT}\s+(?:called\s+|named\s+)?(?P<name>{_NAME})\s+(?:is"
    rf"|should be|being)\s+(?:an?\s+)?(?P<type>{_TYPE})\b",
    re.IGNORECASE,
)
_ARE = re.compile(
    rf"\b(?:the\s+)?{_INPUT}\s*(?:are|is|:)\s*(?P<names>{_NAMES})\s*\((?:both\s+|all\s+)?"
    rf"(?:an?\s+)?(?P<type>{_TYPE})\)",
    re.IGNORECASE,
)
_SIMPLE_LIST = rf"(?:⟦\d+⟧|{_WORDS})(?:\s*(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)(?:⟦\d+⟧|{_WORDS}))+"
_OFFERED = re.compile(
    rf"\s*(?:with|of|from|:|\()\s*(?:the\s+)?(?P<choices>{_SIMPLE_LIST})\)?(?=\s*[,.;)]|\s*$|\s+and\s)",
    re.IGNORECASE,
)
# `a size, default 10`; `choose a colour, red or blue`; `upload a CSV`
_DEFAULTED = re.compile(
    rf"\s*(?:,?\s*and\s+)?\ban?\s+(?P<name>(?!input\b|parameter\b){_NAME}),?\s+(?=(?:with\s+)?"
    rf"(?:an?\s+|the\s+)?default)",
    re.IGNORECASE,
)
_CHOSEN = re.compile(
    rf"\b(?:choose|pick|select)\s+an?\s+(?P<name>{_NAME}(?:\s+(?!or\b"
    rf"|and\b){_NAME})?)\s*[,:]\s*(?P<choices>{_CHOICES})",
    re.IGNORECASE,
)
_UPLOADED = re.compile(
    r"(?:^|(?<=[.;]\s))\s*(?:i\s+|let me\s+|users?\s+)?(?:upload|provide|hand in)s?\s+(?:an?"
    r"|the|my)\s+(?P<what>csv|json|excel|text|parquet)?(?:\s*file)?(?=\s*(?:[,.;]|and\b"
    r"|then\b))",
    re.IGNORECASE,
)
# `pick one of small, medium or large as size`, `the input action (start, stop or restart)`
_PICK = re.compile(
    r"(?:\blet(?:ting)?\s+(?:me|us|the user|users|people|them)\s+|\b(?:the user|users|i)\s+"
    r"(?:can|may|should|must)\s+|\b(?:and\s+)?)"
    rf"(?P<verb>pick|choose|select)\s+(?:one\s+(?:of|from|out of)|from|between|among)\s+"
    rf"(?:the\s+\w+\s+)?(?P<choices>{_CHOICES})\s+(?:as|for)\s+(?:the\s+|an?\s+)?"
    rf"(?P<name>{_NAME})",
    re.IGNORECASE,
)
_MULTI = re.compile(
    rf"\b(?:an?\s+)?multi-?select\s+(?:of|with|from)\s+(?:the\s+\w+\s+)?"
    rf"(?P<choices>{_CHOICES})\s+(?:called|named|as)\s+(?P<name>{_NAME})",
    re.IGNORECASE,
)
_LISTED = re.compile(
    rf"\b(?:take\s+|takes\s+|with\s+|has\s+|have\s+)?(?:an?\s+|the\s+)?{_INPUT}\s+(?:called\s+"
    rf"|named\s+)?(?P<name>{_NAME})\s*"
    rf"\((?P<choices>{_CHOICES})\)",
    re.IGNORECASE,
)
_COMMA = r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+or\s+|\s+and\s+|/|\|)\s*"
_VALUES = re.compile(
    rf"\s*,?\s*(?:with|having|from|out of|that can be|being|:)?\s*\(?(?:the\s+)?(?:values?"
    rf"|options?|choices?|one of)\s*(?:are\s+|of\s+|:\s*)?(?P<choices>{_CHOICES})\)?",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    rf"\s*[,(]?\s*(?:(?:and\s+)?(?:with\s+|that\s+|which\s+)?(?:an?\s+|the\s+)?defaults?"
    rf"(?:ing)?(?:\s+value)?(?:\s+(?:to|of|is))?"
    rf"|=)\s*[:=]?\s*(?P<value>{_VALUE})\)?",
    re.IGNORECASE,
)
_AS_INPUT = re.compile(rf"\s*(?:as\s+(?:an?\s+)?{_INPUT})\b", re.IGNORECASE)


_IN_PARENTHESES = re.compile(
    rf"(?P<name>{_NAME})\s*\(\s*(?:(?:optional|required|an?)\s+)*(?P<type>{_TYPE})\s*,?\s*(?:(?:optional|required)\s*,?\s*)?"
    rf"(?:(?:with\s+)?(?:the\s+|an?\s+)?default(?:s to|\s+is|\s+to"
    rf"|\s+of)?\s*[:=]?\s*(?P<value>{_VALUE}))?\s*\)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    rf"(?:\bwith\s+)?(?:\b(?:the|an?|one|two|three|four|five|\d|these|following)\s+)*\b{_INPUT}\s*:?\s*"
    r"(?:called\s+|named\s+|are\s+)?"
    rf"(?={re.sub(r'[?]P<[a-z]+>', '', _IN_PARENTHESES.pattern)})",
    re.IGNORECASE,
)


def take_declared(masked: Masked) -> list[InputPlan]:
    """Find such inputs and take their words out of the text."""
    found = _take_parenthesised(masked)
    for pattern, read in (
        (_UPLOADED, _upload),
        (_MULTI, _multi),
        (_PICK, _pick),
        (_CHOSEN, _pick),
        (_LISTED, _pick),
        (_ARE, _typed),
        (_IS, _typed),
        (_TYPED, _typed),
        (_DEFAULTED, _named),
    ):
        position = 0
        while (match := pattern.search(masked.text, position)) is not None:
            items = read(match, masked)
            if not items:
                position = match.end()
                continue
            end = _tail(masked, items, match.end())
            for item in items:
                item.because = masked.unmask(masked.text[match.start() : end]).strip(" ,")
                if all(item.id != known.id for known in found):
                    found.append(item)
            masked.text = _without(masked.text, match.start(), end, items)
            position = max(0, match.start() - 2)
    return found


def _without(text: str, start: int, end: int, items: list[InputPlan]) -> str:
    """Take the words of inputs out; where a condition speaks of the input, its name stays."""
    asked = re.search(r"\b(?:if|when|whenever|unless|whether)\s*$", text[:start], re.IGNORECASE)
    if asked and len(items) == 1 and re.match(r"\s+(?:is|are|has|exceeds?|equals?|contains?)\b", text[end:]):
        return f"{text[:start].rstrip()} the {items[0].id}{text[end:]}"
    reckoned = re.search(
        r"\b(?:sum|product|difference|total|quotient|average)\s+(?:of|between)(?:\s+the)?\s*$",
        text[:start],
        re.IGNORECASE,
    )
    if reckoned:  # `the sum of the two integers a and b`
        return f"{text[:start].rstrip()} {' and '.join(item.id for item in items)}{text[end:]}"
    return f"{text[:start].rstrip(' ,')}, {text[end:].lstrip(' ,')}".strip(" ,")


def _take_parenthesised(masked: Masked) -> list[InputPlan]:
    """Take `inputs: name (string) and excited (boolean, default false)`, `the input amount (number)`."""
    found: list[InputPlan] = []
    while (lead := _LEAD.search(masked.text)) is not None:
        items, position = [], lead.end()
        while (one := _IN_PARENTHESES.match(masked.text, position)) is not None:
            items.append(_parenthesised(one, masked))
            position = one.end()
            between = re.match(r"\s*(?:,\s*(?:and\s+)?|\band\s+)", masked.text[position:])
            if between is None or _IN_PARENTHESES.match(masked.text, position + between.end()) is None:
                break
            position += between.end()
        for item in items:
            item.because = masked.unmask(masked.text[lead.start() : position]).strip(" ,")
        found += items
        head, rest = masked.text[: lead.start()].rstrip(" ,"), masked.text[position:]
        spoken_of = re.match(r"\s+(?:is|are|has|exceeds?|equals?|contains?|to|in|as)\b", rest)
        masked.text = (
            f"{head} the {items[0].id}{rest}" if spoken_of else f"{head}, {rest.lstrip(' ,')}".strip(" ,")
        )
    return found


def _parenthesised(match: re.Match[str], masked: Masked) -> InputPlan:
    said = match["type"].lower()
    kind = _TYPES.get(said) or _TYPES[singular(said)]
    item = InputPlan(id=snake(_text(masked, match["name"])), type=kind)
    if match["value"]:
        item.defaults = _default(item, _text(masked, match["value"]))
    item.required = "optional" not in match[0].lower()
    return item


def _text(masked: Masked, said: str) -> str:
    literals = masked.inside(said)
    return literals[0].value if literals else said.strip()


def _typed(match: re.Match[str], masked: Masked) -> list[InputPlan]:
    parts = match.groupdict()
    names = [
        _text(masked, part)
        for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", parts.get("names") or parts["name"])
    ]
    said = match["type"].lower()
    kind = _TYPES.get(said) or _TYPES.get(said.removesuffix("s")) or _TYPES[singular(said)]
    if parts.get("bare") is not None and not _bare_name(match, parts, names):
        return []
    kinds = {
        literal.kind for literal in masked.inside(match["names"] if parts.get("names") else match["name"])
    }
    if kinds - {"text"} or (kinds and parts.get("bare") is not None):  # addresses and texts are no names
        return []
    ids = [snake(name) for name in names]
    if not all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in ids):
        return []
    items = [
        InputPlan(id=name, type=kind, required=not (parts.get("optional") or "").lower().startswith("opt"))
        for name in ids
    ]
    for item in items:
        if kind == "ARRAY":
            item.options = {"itemType": "STRING"}
    return items


def _bare_name(match: re.Match[str], parts: dict[str, str | None], names: list[str]) -> bool:
    """`an integer score`, `a boolean input dry_run`: without `called`, only where a taking verb leads."""
    led = re.match(rf"\W*(?:\w+\s+)?{_TAKE}\b", match[0], re.IGNORECASE)
    plain = [name.lower() for name in names]
    if (
        len(plain) > 1
        and match["type"].lower().endswith("s")
        and not any(name in _NO_NAMES for name in plain)
    ):
        return True
    if any(name in STOP_WORDS | _NO_NAMES or name in _TYPES for name in plain):
        return False
    if parts.get("noun"):
        return True
    return (
        led is not None and match["type"].lower().rstrip("s") in _STRONG_TYPES and bool(parts.get("article"))
    )


_STRONG_TYPES = frozenset(
    {"integer", "int", "float", "boolean", "bool", "datetime", "multi-select", "string", "decimal"}
)
_NO_NAMES = frozenset(
    [
        "called",
        "named",
        "and",
        "or",
        "then",
        "input",
        "inputs",
        "parameter",
        "that",
        "which",
        "with",
        "between",
        "where",
        "into",
        "from",
        "default",
        "defaults",
        "is",
        "are",
        "of",
        "for",
        "as",
        "if",
        "when",
        "path",
        "column",
        "columns",
        "value",
        "values",
        "key",
        "file",
        "field",
    ]
)


def _pick(match: re.Match[str], masked: Masked) -> list[InputPlan]:
    values: list[Json] = [
        _text(masked, part)
        for part in re.split(r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+or\s+|\s+and\s+|/|\|)\s*", match["choices"])
        if part.strip()
    ]
    name = snake(_text(masked, match["name"]))
    if (
        len(values) < 2
        or not name
        or name in STOP_WORDS
        or any(str(v).lower().startswith("default") for v in values)
    ):
        return []
    return [InputPlan(id=name, type="SELECT", options={"values": values})]


def _named(match: re.Match[str], masked: Masked) -> list[InputPlan]:
    name = snake(_text(masked, match["name"]))
    return [InputPlan(id=name, type="STRING")] if name and name not in STOP_WORDS | _NO_NAMES else []


def _upload(match: re.Match[str], masked: Masked) -> list[InputPlan]:
    return [InputPlan(id=f"{(match['what'] or 'input').lower()}_file", type="FILE")]


def _multi(match: re.Match[str], masked: Masked) -> list[InputPlan]:
    items = _pick(match, masked)
    for item in items:
        item.type = "MULTISELECT"
    return items


def _tail(masked: Masked, items: list[InputPlan], end: int) -> int:
    """Read what is said behind: the default, `between 0 and 50`, `as input`."""
    if after := _AS_INPUT.match(masked.text, end):
        end = after.end()
    if (bounds := re.compile(rf"\s+{_BETWEEN}", re.IGNORECASE).match(masked.text, end)) is not None:
        for item in items:
            if item.type in ("INT", "FLOAT"):
                item.options |= {"min": _number(item, bounds["low"]), "max": _number(item, bounds["high"])}
        end = bounds.end()
    if values := _VALUES.match(masked.text, end):
        for item in items:
            item.type = "MULTISELECT" if item.type in ("MULTISELECT", "ARRAY") else "SELECT"
            item.options = {
                "values": [
                    _text(masked, part) for part in re.split(_COMMA, values["choices"]) if part.strip()
                ]
            }
        end = values.end()
    if (
        items[0].type in ("SELECT", "MULTISELECT")
        and not items[0].options
        and (offered := _OFFERED.match(masked.text, end))
    ):
        for item in items:
            item.options = {
                "values": [
                    _text(masked, part) for part in re.split(_COMMA, offered["choices"]) if part.strip()
                ]
            }
        end = offered.end()
    if default := _DEFAULT.match(masked.text, end):
        for item in items:
            item.defaults = _default(item, _text(masked, default["value"]))
        end = default.end()
    return end


def _number(item: InputPlan, text: str) -> Json:
    return int(float(text)) if item.type == "INT" else float(text)


def _default(item: InputPlan, text: str) -> Json:
    if item.type == "INT" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if item.type == "FLOAT" and re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return float(text)
    if item.type == "BOOL":
        return text.lower() in ("true", "yes", "on")
    if item.type == "MULTISELECT":
        return [text]
    if item.type == "STRING" and re.fullmatch(r"-?(?:0|[1-9]\d{0,8})", text):
        item.type = "INT"
        return int(text)
    return text
