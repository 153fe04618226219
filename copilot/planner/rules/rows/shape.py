# ruff: noqa: E501 - one phrase, one line
"""What the rows look like: columns kept, dropped, renamed, made, rounded; each row once."""

from __future__ import annotations

import re

from copilot.planner.rules.rows.comparison import compared, sign_of
from copilot.planner.rules.rows.lexicon import SUPERLATIVES
from copilot.planner.rules.rows.operation import Computed
from copilot.planner.rules.rows.reading import COLUMN, Reading
from copilot.planner.rules.word import NUMBER, singular, whole

_LIST = r"(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)(?:also\s+)?(?:the\s+|their\s+|its\s+)?"
_SIDE = r"(?:-?\d+(?:\.\d+)?|[a-z_]\w*)"
_REC: tuple[tuple[str, str], ...] = (
    (r"times|multiplied (?:by|with)|\*|x", "*"),
    (r"divided by|over|/", "/"),
    (r"plus|added to|\+", "+"),
    (r"minus|less|-", "-"),
)
_OPS = "|".join(pattern for pattern, _ in _REC)
_MADE = (
    rf"(?:(?P<percent>\d+(?:\.\d+)?)\s*(?:%|percent|per cent)\s+of\s+(?:the\s+)?(?P<of>[a-z_]\w*)"
    rf"|(?P<twice>twice|double|half)\s+(?:of\s+)?(?:the\s+)?(?P<what>[a-z_]\w*)"
    rf"|(?P<left>(?:the\s+)?{_SIDE})\s*(?P<op>{_OPS})\s*(?:the\s+)?(?P<right>{_SIDE}))"
)


def _side(reading: Reading, text: str) -> str | float:
    plain = re.sub(r"^the\s+", "", text.strip(), flags=re.IGNORECASE)
    return float(plain) if re.fullmatch(r"-?\d+(?:\.\d+)?", plain) else reading.column(plain)


def _computed(reading: Reading, match: re.Match[str]) -> bool:
    name = re.sub(r"\W+", "_", reading.value(match["name"]).strip().lower()).strip("_")
    if not name:
        return False
    if match["percent"]:
        made = Computed(name, reading.column(match["of"]), "*", float(match["percent"]) / 100)
    elif match["twice"]:
        made = Computed(
            name, reading.column(match["what"]), "/" if match["twice"].lower() == "half" else "*", 2.0
        )
    else:
        sign = next(sign for pattern, sign in _REC if re.fullmatch(pattern, match["op"], re.IGNORECASE))
        made = Computed(name, _side(reading, match["left"]), sign, _side(reading, match["right"]))
    reading.computed.append(made)
    return True


def _flagged(reading: Reading, match: re.Match[str]) -> bool:
    """`a column adult that says whether age is at least 30`: true or false in every row."""
    item = compared(reading, reading.column(match["col"]), sign_of(match["op"]), match["val"])
    if item is None or item.operator not in ("=", "!=", ">", "<", ">=", "<="):
        return False
    right = item.value if isinstance(item.value, float) else f"'{item.value}'"
    reading.computed.append(Computed(reading.value(match["name"]).lower(), item.column, item.operator, right))
    return True


def _rounded(reading: Reading, match: re.Match[str]) -> bool:
    said = match["what"]
    if not reading.is_noun(said) or (reading.is_rows(said) and said.lower() not in reading.known):
        return False
    reading.rounded.append((_singular(reading, said), (whole(match["n"]) or 0) if match["n"] else 0))
    return True


def _singular(reading: Reading, said: str) -> str:
    column = reading.column(said)
    if column in reading.known:
        return column
    first, _, second = column.partition("|")
    if not second:
        return singular(first)
    return second if second == singular(first) else column


def _cased(how: str):  # type: ignore[no-untyped-def]
    def use(reading: Reading, match: re.Match[str]) -> bool:
        said = next((match[name] for name in ("a", "b", "c") if match.groupdict().get(name)), "")
        words = said.split()
        if not words or not reading.is_noun(words[-1]) or words[-1].lower() in ("it", "word", "text"):
            return False
        column = _singular(reading, said) if len(words) == 1 else reading.column(said)
        getattr(reading, how).append(column)
        return True

    return use


def _letters(word: str) -> str:
    thing = r"(?:[a-z_]\w*\s+)?[a-z_]\w*"
    return rf"\b(?:{word})\s+(?:all\s+|the\s+|their\s+)*(?P<a>{thing}?)(?=\s*$|\s*[,.;∎]|\s+(?:and|of|in|from|with|for|to|column|field)\b)|\b(?:turn|convert|make|put|write|change|set|bring|transform)\s+(?:the\s+|all\s+|their\s+)*(?P<b>{thing}?)\s+(?:to|into|in)?\s*(?:all\s+)?(?:{word})|\b(?:the\s+|their\s+|all\s+)*(?P<c>[a-z_]\w*)\s+(?:in|to|into)\s+(?:all\s+)?(?:{word})"


def _renamed(reading: Reading, match: re.Match[str]) -> bool:
    for old, new in re.findall(rf"({COLUMN})\s+(?:to|as|into)\s+({COLUMN})", match["pairs"], re.IGNORECASE):
        reading.renames.append((reading.value(old), reading.value(new)))
    return bool(reading.renames)


def _items(reading: Reading, said: str) -> list[str]:
    parts = re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)\s*", said)
    names = []
    for part in parts:
        part = re.sub(
            r"^(?:(?:the|their|its|also|just|only|a|an|all)\s+)+", "", part.strip(), flags=re.IGNORECASE
        )
        part = re.sub(r"\s+(?:columns?|fields?)$", "", part, flags=re.IGNORECASE)
        names += (
            [name.strip() for name in reading.value(part).split(",")]
            if "⟦" in part
            else [part]
            if part
            else []
        )
    return names


def _dropped(reading: Reading, match: re.Match[str]) -> bool:
    names = _items(reading, match["a"] or match["b"])
    if not all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names):
        return False
    reading.dropped += names
    return True


def _columns(reading: Reading, match: re.Match[str]) -> bool:
    """`keep title and price`, `the columns a, b and c`: named one by one."""
    names = _items(reading, match["list"])
    plain = [name for name in names if re.fullmatch(r"[A-Za-z_][\w.]*(?: [A-Za-z_]\w*)?", name)]
    if len(plain) != len(names) or not names:
        return False
    if not match["sure"]:
        behind = re.match(r"\s*∎+\s+([a-z]+)\b", reading.left[match.end() :], re.IGNORECASE)
        if len(names) == 1 and behind is not None and reading.is_rows(behind[1]):
            return False  # `select shiny cancelled orders`: a word about the rows, no column
        if len(names) == 1 and singular(names[0]) != names[0] and _OF_ROWS.match(reading.left[match.end() :]):
            return False
        if any(
            not reading.is_noun(word) or (reading.is_rows(name) and name.lower() not in reading.known)
            for name in names
            for word in name.split()[:1]
        ):
            return False
        if any(
            word.lower() in SUPERLATIVES
            or whole(word) is not None
            or word.lower() in ("first", "last", "top", "everything", "distinct", "unique", "different")
            for name in names
            for word in name.split()
        ):
            return False
        if any(name.lower().endswith(("ed", "ing")) and name.lower() not in reading.known for name in names):
            return False
    reading.columns += [
        _singular(reading, name) if _is_plural_column(reading, name, match) else reading.column(name)
        for name in names
    ]
    return True


# `keep the orders from DE`, `extract users with …`: a plural before these is the rows.
_OF_ROWS = re.compile(
    r"\s*(?:∎|(?:from|with|where|whose|that|who|which|in|of|for|named|called|older|younger)\b)", re.IGNORECASE
)


def _is_plural_column(reading: Reading, name: str, match: re.Match[str]) -> bool:
    return not match["sure"] and singular(name) != name


def _of_rows(reading: Reading, match: re.Match[str]) -> bool:
    """`the names of all users`, `their names and cities`, `the titles`: one value of each row."""
    names = _items(reading, match["list"])
    if not names or any(not re.fullmatch(r"[A-Za-z_]\w*(?: [A-Za-z_]\w*)?", name) for name in names):
        return False
    if any(
        not reading.is_noun(name.split()[-1]) and name.lower() not in ("name", "names") for name in names
    ) or any(reading.is_rows(name) for name in names):
        return False
    if any(name.lower() in SUPERLATIVES or whole(name) is not None for name in names):
        return False
    if (
        match["of"]
        and not (reading.is_rows(match["of"]) or singular(match["of"]) != match["of"])
        and not match["whose"]
    ):
        return False
    if " of " in match[0].lower() and not match["of"] and not match["whose"]:
        return _of_kind(reading, match, names)
    if not match["of"] and not match["whose"] and not all(singular(name) != name for name in names):
        return False
    reading.columns += [_singular(reading, name) for name in names]
    return True


def _of_kind(reading: Reading, match: re.Match[str], names: list[str]) -> bool:
    """`the titles of office products`: the rows and their kind are read by themselves."""
    behind = re.match(r"[A-Za-z][\w-]*\s+([a-z]+s)\b", reading.left[match.end() :])
    if behind is None or not reading.is_rows(behind[1]):
        return False
    reading.columns += [_singular(reading, name) for name in names]
    return True


def _of_chosen(reading: Reading, match: re.Match[str]) -> bool:
    """`the name of the oldest user`, `the titles of those in stock`."""
    return bool(reading.order or reading.limit or reading.filters) and _of_rows(reading, match)


def _owned(reading: Reading, match: re.Match[str]) -> bool:
    """`the oldest user's name`, `its title`: one value of the row that was chosen."""
    if not (reading.order or reading.limit or reading.filters) or (
        not reading.is_noun(match["what"]) and match["what"].lower() != "name"
    ):
        return False
    reading.columns.append(_singular(reading, match["what"]))
    return True


def _distinct_by(reading: Reading, match: re.Match[str]) -> bool:
    names = _items(reading, match["by"])
    if not all(re.fullmatch(r"[A-Za-z_]\w*(?: [A-Za-z_]\w*)?", name) for name in names):
        return False
    reading.distinct_by += [reading.column(name) for name in names]
    reading.distinct = True
    return True


def _distinct(reading: Reading, match: re.Match[str]) -> bool:
    reading.distinct = True
    return True


def _different(reading: Reading, match: re.Match[str]) -> bool:
    """`the distinct countries`: the values of one column, each once."""
    if reading.is_rows(match["what"]) or not reading.is_noun(match["what"]):
        return False
    reading.distinct = True
    reading.columns.append(_singular(reading, match["what"]))
    return True


_NEW = r"(?:add|create|compute|calculate|derive|make|append|with|include|insert)"
_ITEM = r"(?:⟦\d+⟧|[A-Za-z_](?:[\w.]*\w)?(?:\s+(?!and\b|of\b|from\b|for\b|in\b|with\b|to\b|as\b|who\b|that\b|where\b|whose\b|when\b|by\b|only\b|using\b|via\b|is\b|are\b|which\b|on\b|into\b|named\b|called\b|older\b|younger\b|cheaper\b|aged\b|above\b|below\b|over\b|under\b|between\b|through\b)[A-Za-z_]\w*)?)"
_WORDS = rf"(?P<list>{_ITEM}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)(?:the\s+|their\s+|its\s+)?{_ITEM})*)"
_STOP = r"(?=\s*$|\s*[,.;∎()]|\s+(?:of|from|for|in|with|to|as|only|and|using|via|per|by|on|into|sorted|where|whose|who|that|which|when|is|are|named|called|older|younger|cheaper|aged|above|below|over|under|between|through)\b)"
DERIVED = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b{_NEW}\s+(?:an?\s+|the\s+)?(?:new\s+|extra\s+|boolean\s+|flag\s+)?(?:columns?|fields?|flags?)\s+(?:called\s+|named\s+)?(?P<name>{COLUMN})\s*,?\s*(?:(?:that|which)\s+(?:says?|tells?|shows?|holds?|is|marks?|contains?|indicates?)|showing|telling|saying|for|is|=|as)\s+(?:true\s+)?(?:whether|if|when|where)\s+(?:the\s+|their\s+|its\s+)?(?P<col>[a-z_]\w*)\s*(?P<op>(?:is |are |was )?(?:at least|at most|(?:greater|more|higher|larger|bigger|less|lower|smaller|fewer) than(?: or equal to)?|above|over|below|under|equal to|not)|>=|<=|!=|>|<|==?|is|are|equals)\s+(?P<val>⟦\d+⟧|[\w.-]+)", _flagged),
        (rf"\b{_NEW}\s+(?:an?\s+|the\s+)?(?:new\s+|extra\s+|computed\s+)?(?:(?:columns?|fields?)\s+(?:called\s+|named\s+)?)(?P<name>{COLUMN})\s*(?:,?\s*(?:that|which)\s+(?:is|equals|holds|contains)|as|=|is|being|equal to|equals|with|from|holding|containing|(?:computed|calculated)\s+(?:as|from))\s*(?:the\s+)?{_MADE}", _computed),
        (rf"\b{_NEW}\s+(?:an?\s+|the\s+)?(?:new\s+|extra\s+|computed\s+)?(?P<name>{COLUMN})\s+(?:columns?|fields?)\s*(?:,?\s*(?:that|which)\s+(?:is|equals|holds|contains)|as|=|is|being|equal to|equals|with|from|holding|containing|(?:computed|calculated)\s+(?:as|from))\s*(?:the\s+)?{_MADE}", _computed),
        (rf"\b(?:compute|calculate|derive|add|with)\s+(?:the\s+|an?\s+)?(?P<name>[a-z_]\w*(?:\s+(?:per|of|by|after|before|without|including)\s+[a-z_]\w*)?)\s+(?:as|from|=|which is|that is)\s+(?:the\s+)?{_MADE}", _computed),
        (rf"\bround(?:ing|ed)?(?:\s+(?:up|down|off))?\s+(?:the\s+|all\s+|every\s+)*(?:columns?\s+)?(?P<what>{COLUMN})(?:\s+(?:column|values?))?(?:\s+(?:to|with|at)\s+(?:(?:the\s+)?(?:nearest\s+)?(?:whole\s+numbers?|integers?|dollars?|euros?)|(?P<n>{NUMBER}|no)\s+(?:decimals?|digits|(?:decimal\s+)?places)(?:\s+places)?))?", _rounded),
        (rf"\b(?:convert|cast|turn|change|make|transform|parse|parsing|casting|converting)\s+(?:the\s+|all\s+|every\s+)*(?:columns?\s+)?(?P<what>{COLUMN})(?P<n>)(?:\s+(?:column|values?))?\s+(?:to|into|as)\s+(?:an?\s+)?(?:integers?|ints?|whole\s+numbers?|bigints?)\b", _rounded),
        (_letters(r"upper-?\s?case|uppercasing|capitali[sz]e|capital letters|upper-?\s?case letters|capitals"), _cased("upper")),
        (_letters(r"lower-?\s?case|lowercasing|small letters"), _cased("lower")),
        (rf"\brename\s+(?:the\s+)?(?:columns?\s+)?(?P<pairs>{COLUMN}\s+(?:to|as|into)\s+{COLUMN}{_LIST}(?:rename\s+)?{COLUMN}\s+(?:to|as|into)\s+{COLUMN})*)", _renamed),
        (rf"\b(?:drop|remove|delete|discard|exclude|without)(?:ping|ing)?\s+(?:the\s+)?(?:columns?|fields?)\s+(?P<a>{COLUMN}{_LIST}{COLUMN})*)|\b(?:drop|remove|discard|exclude)\s+(?:the\s+)?(?P<b>\w+(?:(?:\s*,\s*|\s+and\s+)\w+)*)\s+(?:columns?|fields?)\b", _dropped),
        (rf"\b(?:(?:remove|drop|delete|discard|eliminate)(?:ing)?\s+)?(?:the\s+|all\s+|any\s+)*(?:distinct|unique|de-?duplicate[ds]?|duplicated?s?(?:\s+(?:rows|records|entries|ones))?|dedupe[ds]?|dedup)\b(?:\s+(?:it|them|those|the\s+\w+|\w+s|⟦\d+⟧))?\s+(?:by|on|per|based on|with the same|according to)\s+(?:the\s+|their\s+|same\s+)*(?:columns?\s+)?(?P<by>{COLUMN}(?:\s+and\s+(?!then\b|count\b|sort\b|save\b|log\b|keep\b|store\b|write\b){COLUMN})?)(?:\s+(?:address|column))?", _distinct_by),
        (r"\b(?:distinct|unique|different)\s+(?:values\s+(?:of|in)\s+)?(?:the\s+)?(?:column\s+)?(?P<what>(?!by\b|of\b)[a-z_]\w*)", _different),
        (r"\b(?:distinct|unique|de-?duplicate[ds]?|without\s+duplicates|no\s+duplicates|dedupe[ds]?|dedup|each\s+\w+\s+(?:only\s+)?once|(?:remove|drop|delete|discard|eliminate)\s+(?:(?:the|all|any|exact)\s+)*duplicated?s?(?:\s+(?:rows|records|entries|ones|\w+s))?|duplicates?)\b", _distinct),
    )
)  # fmt: skip
"""New and changed columns, each row once."""
COLUMNS = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b(?:(?:keep|select|show|take|pick|extract|log|list|return|print|get|read|project|retain|choose|output)(?:ing)?\s+)?(?:with\s+|and\s+)?(?:only\s+|just\s+)?(?:the\s+|its\s+|their\s+)?(?P<sure>columns?|fields?|attributes?|properties)\s*:?\s*{_WORDS}{_STOP}", _columns),
        (rf"\b(?:keep(?:ing)?|select(?:ing)?|project(?:ing)?|retain(?:ing)?|extract(?:ing)?|with\s+only|with\s+just|only\s+with|only\s+keep(?:ing)?|containing\s+only|having\s+only|show|list|return|pick)\s+(?:only\s+|just\s+)?(?P<sure>){_WORDS}(?:\s+only)?{_STOP}", _columns),
        (rf"\b(?:save|write|export|store|output|show|return|list|log|print)\s+(?P<sure>)(?:only\s+|just\s+)?(?:the\s+|their\s+|its\s+)?(?P<list>[a-z_]\w*(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?[a-z_]\w*(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?[a-z_]\w*)*)(?:\s+only)?{_STOP}", _columns),
        (rf"\b(?P<whose>)(?:(?:the|all|only|just|list|show|log|print|return|get|give me|tell me|what are|which)\s+)+(?P<list>{_ITEM}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?{_ITEM})*)\s+of\s+(?:(?:all|the|every|each|those|these|our|only|any|remaining)\s+)*(?P<of>(?![a-z_]\w*\s+[a-z]+s\b)[a-z_]\w*)?", _of_rows),
        (rf"\b(?:the|all|only)?\s*(?P<list>{_ITEM}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?{_ITEM})*)\s+(?P<whose>of)\s+(?:the\s+|all\s+)*∎(?P<of>)", _of_chosen),
        (rf"\b(?P<whose>their|its|his|her)\s+(?:only\s+)?(?P<list>{_ITEM}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:the\s+|their\s+|its\s+)?{_ITEM})*)(?P<of>)", _of_rows),
        (r"\b(?:the|only|just|all)\s+(?P<whose>)(?P<list>[a-z_]\w*s(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?[a-z_]\w*s)*)(?P<of>)(?=\s*$|\s*[,.;∎])", _of_rows),
        (r"['’]s?\s+(?P<what>[a-z_]\w*)", _owned),
    )
)  # fmt: skip
"""Columns, named or owned by the rows."""
