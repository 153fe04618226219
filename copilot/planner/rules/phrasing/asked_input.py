# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Inputs in the words people use: who gives what, defaults in a sentence of their own, optional ones."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan
from copilot.plan.render import snake
from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.phrasing.told import Told
from engine.model.json import Json

_V = r"(?P<v>⟦\d+⟧|-?[\w./:+-]*\w)"
_NAME = r"[a-z_]\w*(?:[ -](?!(?:is|are|and|or|as|with|if|to)\b)[a-z_]\w*)?"
_NONE = r"(?:none|nothing|no\s+(?:\w+|value|input)|it)\s+(?:is|was)\s+(?:not\s+)?(?:given|said|set|entered|provided|chosen|passed|specified|there|filled in|left empty|missing|empty)"
_TABLE: tuple[tuple[str, str], ...] = (
    (r"(?:\bone\s+)?\binputs?\s*:\s*(?P<n>[a-z_]\w*)\s*,\s*an?\s+(?P<t>string|text|integer|int|whole number|number|float|decimal number|decimal|boolean|date|time|duration|email)\b", r"Take a \g<t> called \g<n>"),
    (r"\s*,\s*(?P<v>⟦\d+⟧|true|false|yes|no|-?\d+(?:\.\d+)?|[A-Za-z][\w.-]*)\s+(?:by default|unless (?:something else is )?(?:given|said|told|set|stated)(?: otherwise)?|if (?:nothing|none) is (?:given|said))(?=\s*(?:[.,;)]|$|and\b))", r" (default \g<v>)"),
    (r"\band\s*,\s*optionally\s*,\s*an?\s+", "and an optional "),
    (r"(?:^|(?<=[.;]\s))\s*(?:start|begin)\s+with\s+(?:an?|the)\s+(?P<k>csv|json|text)?\s*file\s+(?:that\s+)?(?:i|we|the user|you)\s+(?:provides?|gives?|uploads?|hand over)\s*(?:,?\s*and\s+|[,.]\s*)", r"Upload a \g<k> file. "),
    (r"\b(?P<v>takes?|gets?|receives?|accepts?|asks? for|is given|expects?|needs?)\s+(?:an?|one)\s+(?P<t>number|integer|date|text|string)(?=\s*(?:,|and\b|\.|$))", r"\g<v> a \g<t> input"),
    (r"\b(?P<a>the\s+[a-z_]\w*)\s+(?:(?:that|which)\s+)?(?:i|we|you|they|he|she|the user|was|has been|is)\s+(?:have\s+|has\s+|was\s+)?(?:picked|chosen|chose|selected|entered|gave|given|typed(?: in)?)\b", r"\g<a>"),
    (r"\b(?P<v>takes?|gets?|receives?|accepts?|is given|expects?)\s+(?:an?|one)\s+(?P<t>word|name|city|sentence|country|country code|year|url|colour|color|user name|username|greeting)(?=\s*(?:,|and\b|\.|$))", r"\g<v> an input \g<t>"),
    (rf"\s*[.,;]\s*(?:and\s+)?(?:if|when|in case)\s+{_NONE}\s*,?\s*(?:then\s+)?(?:take|use|it is|assume|it should be|fall back to|default to)\s+{_V}(?=\s*(?:[.,;]|$))", r" (default \g<v>)"),
    (r"(?P<a>\b(?:an?|the)\s+[a-z_]\w*(?:\s+[a-z_]\w*)?)\s*,\s*(?:which is\s+|that is\s+)?(?:required|mandatory|must be given)(?=\s*(?:[.,;]|$|and\b))", r"\g<a>"),
    (r"(?P<a>\b(?:the user|users|somebody|someone|one|whoever (?:starts|runs) (?:it|the flow)|you|i|we)\s+)(?:has|have|needs?|is supposed|is asked)\s+to\s+(?=(?:give|enter|provide|type|fill in|say|pass|supply|specify|state|tell)\b)", r"\g<a>must "),
    (r"(?:^|(?<=[.;]\s))\s*(?:the user|users|somebody|someone|one|you|i|we)\s+must\s+(?:give|enter|provide|type(?: in)?|fill in|say|pass(?: in)?|supply|specify|state|tell)\s+(?:me\s+|us\s+|it\s+)?(?=(?:an?|the|one|two|three|his|her|their)\s)", "Ask the user for "),
    (r"\b(?:i|we|the user|users?)\s+(?:want|wants|would like|must|should|can|may|will)(?:\s+(?:to|be able to))*\s+(?:upload|hand in|provide|give|choose|attach)\s+an?\s+(?P<k>csv|json|text|excel|parquet)?\s*file(?:\s+(?:when\s+(?:i|we|they)\s+start\s+(?:the flow|it)|when\s+(?:starting|it starts|the flow starts)(?:\s+(?:it|the flow))?|at (?:the )?start|as (?:an? )?input))?\s*(?:,?\s*and\s+|[,.]\s*|$)", r"Upload a \g<k> file. "),
    (r"(?<!take )(?<!takes )(?<!with )(?<!has )(?<!have )(?<!needs )(?<!add )(?<!accepts )\b(?:all\s+(?:of\s+)?)?(?:the\s+)?(?:three|two|four|five)(?:\s+of\s+(?:them|these)|\s+(?:inputs|values))\b(?=\s*(?:[.,;]|$))", "all of them"),
    (r"\b(?P<verb>log|print|show|write)\s+the\s+(?:text|words?|sentence)\s+(?P<t>(?!plus\b|of\b|in\b|from\b|that\b|which\b)[A-Za-z][^.,;⟦\"]*?)\s+(?:plus|followed by|and then|and after it)\s+(?P<what>(?:the|its)\s+[\w ]+?)(?=\s*(?:[.,;]|$))", "«quoted»"),
    (r"\b(?P<verb>doubl|tripl|halv|squar)(?:es|e|s)\s+(?P<what>it|that|the\s+[a-z_]\w*)\b", "«made»"),
    (r"(?:,?\s+and\s+|,\s*|(?<=[.;]\s)|^)(?P<what>(?:the|its|their|all|this|that|both)\s+(?:(?!\b(?:should|must|has to|is to|and|if|when)\b)[^.,;])+?|it|they)\s+(?:should|must|has to|have to|is to|are to|shall|needs? to)\s+(?:then\s+|also\s+|finally\s+)?be\s+(?P<how>logged|printed|stored|saved|written|uploaded|downloaded|posted|sent|shown|returned|counted|deleted)\b(?!(?:\s+by\s+the\s+flow)?\s+(?:as\s+)?(?:an?\s+|the\s+)?(?:flow\s+)?outputs?\b)(?P<rest>[^.;,]*)", "«passive»"),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)
_DEFAULT_OF = re.compile(
    rf"\s*[.,;]?\s*(?:and\s+|where\s+|with\s+)?\b(?:the\s+)?default(?:\s+value)?\s+(?:for|of)\s+(?:the\s+)?(?P<n>{_NAME})\s+(?:is|should be|shall be|being|=|:)\s+{_V}(?=\s*(?:[.,;]|$))"
    rf"|\s*[.;]\s*(?:the\s+)?(?P<n2>{_NAME})\s+(?:defaults\s+to|is\s+by default|is\s+normally|by default is)\s+(?P<v2>⟦\d+⟧|-?[\w./:+-]*\w)(?=\s*(?:[.,;]|$))",
    re.IGNORECASE,
)
_DEFAULTS = re.compile(
    r"\b(?P<a>[a-z_]\w*)\s+and\s+(?P<b>[a-z_]\w*)\s*\(\s*(?:with\s+)?(?:the\s+)?defaults?(?:\s+are|\s+to|:)?\s+(?P<v>-?[\w.]+)\s+and\s+(?P<w>-?[\w.]+)\s*\)(?P<and>\s*,?\s*and\s+)?",
    re.IGNORECASE,
)
_PASSIVE = {"logged": "log", "printed": "print", "stored": "store", "saved": "save", "written": "write", "uploaded": "upload", "downloaded": "download", "posted": "post", "sent": "send", "shown": "show", "returned": "return", "counted": "count", "deleted": "delete"}  # fmt: skip


def asked(masked: Masked, told: Told) -> None:
    """Say inputs in the forms the readers of inputs know; what is said apart is kept in `told`."""
    _listed(masked, told)
    text = masked.text
    for pattern, new in _REWRITES:
        if new == "«quoted»":
            text = pattern.sub(lambda match: _quoted(match, masked), text)
        elif new == "«made»":
            text = pattern.sub(lambda m: f"compute the {_MADE[m['verb'].lower()]} of {m['what']}", text)
        elif new == "«passive»":
            text = pattern.sub(_active, text)
        else:
            text = pattern.sub(new, text)
    for match in _DEFAULTS.finditer(text):
        told.defaults |= {snake(match["a"]): match["v"], snake(match["b"]): match["w"]}
    text = _DEFAULTS.sub(lambda m: f"{m['a']} and {m['b']}{'. It ' if m['and'] else ''}", text)
    for match in _DEFAULT_OF.finditer(text):
        said = match["v"] or match["v2"]
        literals = masked.inside(said)
        told.defaults[snake(match["n"] or match["n2"])] = literals[0].value if literals else said
    masked.text = _DEFAULT_OF.sub("", text)
    for match in re.finditer(
        rf"\boptional(?:ly)?\s+(?:\w+\s+)?(?:input\s+|parameter\s+)?(?:called\s+|named\s+|an?\s+)?({_NAME})",
        masked.text,
        re.IGNORECASE,
    ):
        told.optional |= {snake(match[1]), snake(match[1].split()[0]), snake(match[1].split()[-1])}
    for match in re.finditer(
        rf"\b({_NAME})\s*[,(]\s*(?:which is\s+|it is\s+)?optional\b", masked.text, re.IGNORECASE
    ):
        told.optional |= {snake(match[1]), snake(match[1].split()[-1])}


_MADE = {"doubl": "double", "tripl": "triple", "halv": "half", "squar": "square"}


def _quoted(match: re.Match[str], masked: Masked) -> str:
    text = match["t"].strip()
    mark = masked.put(Literal("text", text, text)).strip()
    return f"{match['verb']} {mark} followed by {match['what']}"


def _active(match: re.Match[str]) -> str:
    """`, and the number of rows should be logged` is `. Log the number of rows`."""
    if re.search(r"\b(?:password|secret|key)\b", match["what"], re.IGNORECASE):
        return match[0]
    what = match["what"]
    rest = match["rest"]
    lead = (
        ""
        if match.start() == 0
        else " "
        if match.string[match.start() - 1] in " " and match.string[: match.start()].rstrip()[-1:] in ".;"
        else ", then "
    )
    return f"{lead}{_PASSIVE[match['how'].lower()]} {what}{rest}"


_KINDS: dict[str, str] = {
    "text": "STRING", "string": "STRING", "word": "STRING", "number": "INT", "integer": "INT", "int": "INT", "whole number": "INT", "float": "FLOAT",
    "decimal": "FLOAT", "date": "DATE", "datetime": "DATETIME", "time": "TIME", "boolean": "BOOL", "bool": "BOOL", "yes/no": "BOOL", "yes or no": "BOOL",
    "true/false": "BOOL", "flag": "BOOL", "file": "FILE", "csv file": "FILE", "json": "JSON", "email": "EMAIL", "e-mail": "EMAIL", "list": "ARRAY", "url": "URI",
    "duration": "DURATION",
}  # fmt: skip
_ONE = re.compile(
    r"\s*(?:(?:the|an?|optional)\s+)*(?P<name>⟦\d+⟧|[A-Za-z_]\w*(?:[ -][A-Za-z_]\w*)?)\s*\((?P<in>[^()]*)\)",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?P<lead>^\s*|[.;]\s+|\b(?:with|takes?|has|needs?|asks? for|three|two|four|the)\s+)*\b(?:inputs?|parameters?)\s*(?:are\s*|is\s*)?:?\s*(?!called\b|named\b)(?=(?:(?:the|an?)\s+)?[A-Za-z_]\w*(?:[ -][A-Za-z_]\w*)?\s*\()",
    re.IGNORECASE,
)


def _listed(masked: Masked, told: Told) -> None:
    """`inputs: name (text), age (number, min 18, default 30)`: what is in parentheses describes each."""
    match = _LIST.search(masked.text)
    if match is None:
        return
    items: list[InputPlan] = []
    position = match.end()
    while (one := _ONE.match(masked.text, position)) is not None:
        item = _described(one, masked)
        if item is None:
            return
        items.append(item)
        position = one.end()
        comma = re.match(r"\s*(?:,\s*(?:and\s+)?|\band\s+)", masked.text[position:], re.IGNORECASE)
        if comma is None or _ONE.match(masked.text, position + comma.end()) is None:
            if comma and re.match(r"(?:the|an?)\s", masked.text[position + comma.end() :], re.IGNORECASE):
                return  # more inputs, not described like this: left to the other readers
            break
        position += comma.end()
    told.inputs += items
    before = re.sub(
        r"\s*\b(?:that\s+|which\s+)?(?:with|takes?|has|having|taking|needs?)(?:\s+(?:an?|the|one))?$",
        "",
        masked.text[: match.start()].rstrip(" ,"),
        flags=re.IGNORECASE,
    )
    masked.text = f"{before} {masked.text[position:].lstrip(' .,;')}".strip()


def _described(one: re.Match[str], masked: Masked) -> InputPlan | None:
    name = masked.inside(one["name"])[0].value if masked.inside(one["name"]) else one["name"]
    item = InputPlan(id=snake(name), type="", because=masked.unmask(one[0]).strip(" ,"))
    default: str | None = None
    for part in (piece.strip() for piece in one["in"].split(",")):
        low = part.lower()
        if low in _KINDS:
            item.type = _KINDS[low]
        elif low in ("required", "mandatory", ""):
            continue
        elif low == "optional":
            item.required = False
        elif bound := re.fullmatch(
            r"(?P<w>min(?:imum)?|max(?:imum)?|at least|at most|from|up to|>=|<=)\s*:?\s*(?P<n>-?\d+(?:\.\d+)?)",
            low,
        ):
            item.options[_SIDE[bound["w"]]] = _number(bound["n"])
        elif both := re.fullmatch(r"(?:between|from)?\s*(-?\d+)\s*(?:to|and|-|–)\s*(-?\d+)", low):
            item.options |= {"min": int(both[1]), "max": int(both[2])}
        elif said := re.fullmatch(
            r"(?:the\s+)?default(?:s)?(?:\s+(?:is|to|of))?\s*[:=]?\s*(.+)", part, re.IGNORECASE
        ):
            default = masked.inside(said[1])[0].value if masked.inside(said[1]) else said[1].strip()
        elif re.fullmatch(r"[\w.+-]+(?:\s*(?:/|\||\bor\b)\s*[\w.+-]+)+", part, re.IGNORECASE):
            item.type, item.options = (
                "SELECT",
                {"values": [one for one in re.split(r"\s*(?:/|\||\bor\b)\s*", part) if one]},
            )
        else:
            return None
    said_type = bool(item.type)
    if item.type == "ARRAY":
        item.options.setdefault("itemType", "STRING")
    item.type = item.type or ("INT" if item.options else "STRING")
    if default is not None:
        if item.type == "STRING" and not said_type and re.fullmatch(r"-?(?:0|[1-9]\d{0,8})", default):
            item.type = "INT"
        item.defaults = typed(item, default)
    return item


_SIDE = {"min": "min", "minimum": "min", "at least": "min", "from": "min", ">=": "min", "max": "max", "maximum": "max", "at most": "max", "up to": "max", "<=": "max"}  # fmt: skip


def _number(text: str) -> Json:
    return float(text) if "." in text else int(text)


def typed(item: InputPlan, text: str) -> Json:
    """Return a default as its type wants it."""
    if item.type in ("INT", "FLOAT") and re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return int(text) if item.type == "INT" and "." not in text else float(text)
    if item.type == "BOOL":
        return text.lower() in ("true", "yes", "on")
    return text


def settle(inputs: list[InputPlan], told: Told) -> None:
    """Give inputs what was said of them in other sentences."""
    for item in inputs:
        if item.type == "ARRAY":
            item.options.setdefault("itemType", "STRING")
        if item.id in told.optional and item.defaults is None:
            item.required = False
        said = told.defaults.get(item.id) or (
            next(iter(told.defaults.values())) if len(inputs) == len(told.defaults) == 1 else None
        )
        if said is not None and item.defaults is None:
            if item.type == "STRING" and re.fullmatch(r"-?\d{1,9}", said):
                item.type = "INT"
            item.defaults = typed(item, said)
