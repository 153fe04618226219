# ruff: noqa: E501 - one phrase, one line
"""Which rows are meant: names and places, states, what is missing, and the table of all such phrases."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.rows.comparison import (
    NAMES,
    NUMBER,
    ONE,
    ORDERED,
    SIGN,
    UNIT,
    USUAL,
    WORD,
    add,
    and_where,
    between,
    comparative,
    over,
    stocked,
    where,
    worth,
)
from copilot.planner.rules.rows.lexicon import (
    CATEGORY,
    COMPARATIVES,
    FLAGS,
    KEYED,
    PEOPLE,
    PLACE,
    STATUS,
    WORTH,
)
from copilot.planner.rules.rows.operation import Filter
from copilot.planner.rules.rows.reading import COLUMN, Reading
from copilot.planner.rules.word import STOP_WORDS, singular


def _values(reading: Reading, said: str) -> list[str]:
    return [reading.value(one) for one in re.findall(ONE, said)]


def _one_of(reading: Reading, column: str, values: list[str], start: int) -> bool:
    item = (
        Filter(column, "=", values[0], guessed=True)
        if len(values) == 1
        else Filter(column, "in", "", tuple(values), guessed=True)
    )
    return add(reading, item, start)


def _named(reading: Reading, match: re.Match[str]) -> bool:
    values = _values(reading, match["vals"])
    thing = singular((match["thing"] or "").lower())
    columns = f"name|{thing}|{thing}_name" if thing and reading.is_noun(thing) else "name"
    return _one_of(
        reading,
        reading.choose(f"{thing or 'rows'} named {' or '.join(values)}", columns),
        values,
        match.start(),
    )


def _placed(reading: Reading, match: re.Match[str]) -> bool:
    """`from Oslo`, `who live in Rome or Bonn`, `from DE`: where the words do not say which column."""
    values = _values(reading, match["vals"])
    literals = reading.masked.inside(match["vals"])
    if any(item.kind not in ("text", "code") for item in literals) or (literals and not match["live"]):
        return False
    if all(re.fullmatch(r"[A-Z]{2,3}", value) for value in values):
        columns = f"country|country_code|{PLACE}"
    elif match["prep"] and match["prep"].lower() in ("of", "by", "for"):
        columns = "customer|name|customer_name|user|brand|owner"
    else:
        columns = PLACE
    columns = "|".join(dict.fromkeys(columns.split("|")))
    return _one_of(
        reading,
        reading.choose(f"{match['prep'] or 'in'} {' or '.join(values)}", columns),
        values,
        match.start(),
    )


def _coded(reading: Reading, match: re.Match[str]) -> bool:
    """`German (DE) and Italian (IT) orders`: the code in brackets is the value."""
    codes = re.findall(r"\((?-i:([A-Z]{2,3}))\)", match[0])
    return _one_of(
        reading,
        reading.choose(", ".join(codes), "country|country_code|region|currency"),
        codes,
        match.start(),
    )


def _usual(reading: Reading, match: re.Match[str]) -> bool:
    """`brand Oak`, `with status paid`, `country FR`: a usual column and a value behind it."""
    values = [
        reading.value(v)
        for v in re.findall(
            r"⟦\d+⟧|[\w-]+", re.sub(r"\b(?:or|and)\b", " ", match["vals"], flags=re.IGNORECASE)
        )
    ]
    if not values or values[0].lower() in STOP_WORDS or not _is_value(reading, values[0], match["vals"]):
        return False
    column = reading.column(match["col"])
    numbers = [reading.number(value) for value in values]
    if len(values) == 1:
        value: str | float = (
            float(numbers[0]) if numbers[0] is not None and values[0][0].isdigit() else values[0]
        )
        return add(reading, Filter(column, "=", value), match.start())
    return add(reading, Filter(column, "in", "", tuple(values)), match.start())


def _is_value(reading: Reading, word: str, said: str) -> bool:
    quoted = bool(MARK.search(said))
    return quoted or word[:1].isupper() or word[:1].isdigit() or word.lower() not in _GRAMMAR


_GRAMMAR = frozenset(
    [
        "list",
        "file",
        "data",
        "feed",
        "export",
        "page",
        "report",
        "of",
        "is",
        "and",
        "or",
        "in",
        "id",
        "ids",
        "code",
        "number",
        "address",
        "by",
        "with",
        "per",
        "as",
        "using",
        "column",
        "columns",
        "field",
        "fields",
        "not",
        "equals",
        "greater",
        "less",
        "above",
        "below",
        "over",
        "under",
        "are",
        "has",
        "have",
        "descending",
        "ascending",
        "desc",
        "asc",
        "who",
        "that",
        "which",
        "where",
        "name",
        "names",
        "only",
        "value",
        "values",
        "from",
        "to",
        "when",
        "if",
        "was",
        "into",
        "via",
        "on",
        "save",
        "log",
        "write",
        "store",
        "print",
        "show",
        "count",
        "sort",
        "order",
        "group",
        "join",
        "then",
        "the",
        "it",
    ]
)


def _ids(reading: Reading, match: re.Match[str]) -> bool:
    """`ids 3 and 4`, `order 3`, `the order with the id 3`."""
    thing = singular((match["thing"] or "").lower())
    numbers = re.findall(r"\d+", match["vals"])
    if thing and not reading.is_rows(thing) and thing not in KEYED:
        return False
    nouns = (
        [thing]
        if thing and thing not in ("row", "line", "record")
        else [singular(name.rpartition("_")[2]) for name in reading.subjects()[-1:]]
    )
    if thing in ("row", "line"):
        return False
    columns = "|".join(["id", *(f"{noun}_id" for noun in nouns if noun)])
    column = reading.choose(match[0], columns)
    item = (
        Filter(column, "=", float(numbers[0]))
        if len(numbers) == 1
        else Filter(column, "in", "", tuple(numbers))
    )
    return add(reading, item, match.start())


def _status(reading: Reading, match: re.Match[str]) -> bool:
    said = re.findall(STATUS, match["said"], re.IGNORECASE)
    words = [word.lower() for word in said]
    if words == ["new"] and "status" not in reading.known:
        return False
    column = reading.choose(match["said"], "status|state")
    item = (
        Filter(column, "=", words[0], guessed=True)
        if len(words) == 1
        else Filter(column, "in", "", tuple(words), guessed=True)
    )
    if match.groupdict().get("no"):
        item = item.flipped()
    return add(reading, item, match.start())


def _flag(reading: Reading, match: re.Match[str]) -> bool:
    columns, right = FLAGS[match["flag"].lower()]
    item = Filter(reading.choose(match["flag"], columns), "true" if right else "false", guessed=True)
    return add(reading, item.flipped() if match["no"] else item, match.start())


def _missing(reading: Reading, match: re.Match[str]) -> bool:
    said = next(match[name] for name in ("a", "b", "c", "d") if match[name])
    if not MARK.search(said) and (
        not reading.is_noun(said) or said.lower() in ("duplicates", "duplicate", "header", "headers", "them")
    ):
        return False
    for one in re.split(r"\s*(?:,|\band\b|\bor\b)\s*(?:an?\s+|the\s+)?", said):
        item = Filter(reading.column(one), "absent")
        # `without` says itself what is missing: only the verb before it turns it round
        add(reading, item.flipped() if match["not"] or match["d"] else item, match.start())
    return True


def _stock(reading: Reading, match: re.Match[str]) -> bool:
    column = reading.choose(match[0], "stock|quantity|in_stock|inventory")
    return add(reading, Filter(column, ">" if match["how"].lower() == "in" else "=", 0.0), match.start())


def _of_input(reading: Reading, match: re.Match[str]) -> bool:
    """`the fares of that vendor`, where `vendor` is an input."""
    name = match["col"].lower()
    asked = {
        item.id
        for item in reading.scene.inputs
        if item.type not in ("FILE", "URI", "ARRAY", "MULTISELECT", "JSON")
    }
    return name in asked and add(
        reading, Filter(name, "=", f"{{{{ inputs.{name} }}}}", guessed=True), match.start()
    )


def _kind(reading: Reading, match: re.Match[str]) -> bool:
    """`office products`: an unknown word before the rows tells their kind."""
    word = match["kind"]
    low = word.lower()
    if not reading.is_rows(match["noun"]) or match["noun"].lower() in (
        "one",
        "ones",
        "it",
        "them",
        "data",
        "they",
        "file",
        "results",
        "result",
    ):
        return False
    if (
        not reading.is_noun(word)
        or reading.is_rows(word)
        or low in _NO_KINDS
        or low in VERBS
        or low in PEOPLE
        or low.endswith(("ed", "ing", "est", "ly"))
    ):
        return False
    if low.endswith(_ADJECTIVE):  # what makes a user suspicious, nobody has said
        return False
    column = reading.choose(f"{word} {match['noun']}", CATEGORY)
    return add(reading, Filter(column, "=", word, guessed=True), match.start())


_ADJECTIVE = (
    "ous",
    "ive",
    "al",
    "ful",
    "less",
    "able",
    "ible",
    "ish",
    "ary",
    "ent",
    "ant",
    "er",
    "or",
    "like",
    "own",
    "ern",
)


_NO_KINDS = frozenset(
    ["top", "first", "last", "best", "worst", "most", "least", "more", "less", "many", "few", "some", "other", "same", "different", "unique", "distinct", "duplicate", "double", "next", "previous", "second", "third", "new", "old", "raw", "clean", "whole", "full", "entire", "merged", "joined", "final", "big", "small", "large", "high", "low", "cheap", "expensive", "long", "short", "good", "bad", "german", "french", "italian", "nice", "usual", "valid", "invalid", "null", "empty", "missing", "current", "daily", "weekly", "monthly", "yearly", "average", "total", "max", "min", "median", "number", "sum", "count", "today", "yesterday", "yesterday's", "today's", "per", "as", "split", "merge", "join", "dedupe", "dedup", "clean", "transform", "parse", "validate", "load", "upload", "convert", "copy", "move", "between", "than", "where", "whose", "when", "while", "after", "before", "since", "until", "not", "no", "of", "group", "sorted"]
)  # fmt: skip
_EMPTY = r"(?:missing|empty|null|blank|unknown|none|no)"
TABLE = tuple(
    (re.compile(pattern, re.IGNORECASE), use)
    for pattern, use in (
        (rf"\b(?:(?:with|having|that have|which have|there are)\s+)?(?P<op>(?:more|greater|less|fewer) than|over|under|above|below|at least|at most)\s+(?P<val>{NUMBER})(?:\s+(?:pieces|items|units|of them))?\s+(?:left\s+)?(?:in|on)\s+stock\b", stocked),
        (rf"\b(?:with|having|where|whose|that have|which have|who have)\s+(?:an?\s+|the\s+)?{_EMPTY}\s+(?P<a>⟦\d+⟧|[a-z_]\w*)|\b(?:where|whose|if|when|with)\s+(?:the\s+|their\s+|an?\s+)?(?P<b>⟦\d+⟧|[a-z_]\w*)\s+(?:is|are|that is)\s+(?P<not>not\s+)?(?:missing|empty|null|blank|unknown|none)\b|\b(?:rows|records|ones|those|\w+s)\s+without\s+(?:an?\s+|any\s+|the\s+)?(?P<c>⟦\d+⟧|[a-z_]\w*(?:\s+(?:and|or)\s+(?:an?\s+|the\s+)?(?!duplicate)[a-z_]\w*(?=\s*$|\s*[,.;]))?)(?:\s+(?:address|value|set|given))?|\b(?:rows|records|ones|those|\w+s)\s+(?:that|which|who)\s+have\s+(?:an?\s+)(?P<d>⟦\d+⟧|[a-z_]\w*)", _missing),
        (rf"\b(?:(?:where|whose|with|having|when|if|that have|which have|who have|that has)\s+)?(?:the\s+|their\s+|its\s+|an?\s+)?(?P<col>aged|{COLUMN})\s+(?:is\s+|are\s+|lies\s+|of\s+|was\s+)?between\s+(?P<a>{WORD})\s+and\s+(?P<b>{WORD}){UNIT}", between),
        (rf"\b(?:(?:that|which|who|and)\s+(?:is|are|was|were)\s+)?(?P<word>{'|'.join(COMPARATIVES)})\s+than\s+(?P<val>[$€£]?⟦\d+⟧|{NUMBER}|\{{\w+\}}|the \w+){UNIT}", comparative),
        (rf"\b(?:(?:that|which|who)\s+)?(?P<verb>{'|'.join(WORTH)})\s+(?:between\s+)?(?P<op>{ORDERED}|is|of|exactly)\s+(?P<val>{NUMBER}|⟦\d+⟧|\{{\w+\}}){UNIT}", worth),
        (rf"\b(?P<lead>(?:where|whose|with|having|when|if|for which|in which|such that|that have|which have|who have|that has|filter\w*\s+(?:\w+\s+){{0,3}}?(?:by|on|to|for)|keep\s+(?:\w+\s+){{0,3}}?(?:by|on|for))\s+)(?:the\s+|their\s+|its\s+|an?\s+)?(?:column\s+)?(?P<col>{COLUMN})\s*(?P<op>{SIGN})\s*(?P<val>{WORD})(?P<more>(?:\s*,\s*{WORD})*\s*,?\s+or\s+(?![a-z_]\w*\s+(?:is|are|=|>|<)){WORD})?{UNIT}", where),
        (rf"\s(?:and|but)\s+(?:whose\s+|where\s+|with\s+|that\s+)?(?:the\s+|their\s+|an?\s+)?(?P<col>[a-z_]\w*)\s*(?P<op>(?!of\b|from\b|has\b)(?:{SIGN}))\s*(?P<val>{WORD}){UNIT}", and_where),
        (rf"\b(?P<lead>)(?P<col>[a-z_]\w*)\s*(?P<op>{ORDERED}|==?|!=|<>)\s*(?P<val>{NUMBER}|(?<=[=<>]\s)⟦\d+⟧|(?<=[=<>]\s)[\w-]+|(?<=[=<>])[\w-]+)(?P<more>)(?!\s+(?:rows|records|lines|orders|times)\b){UNIT}", where),
        (rf"\b(?:with\s+|having\s+|that have\s+|who have\s+)?(?P<op>(?:more|greater|less|fewer) than|over|under|above|below|at least|at most)\s+(?P<val>{NUMBER})\s+(?P<col>[a-z_]\w*)", over),
        (r"(?:\b[a-z]+\s+)?\((?-i:[A-Z]{2,3})\)(?:\s*(?:,|and|or)+\s*(?:[a-z]+\s+)?\((?-i:[A-Z]{2,3})\))*", _coded),
        (rf"\b(?:(?P<thing>[a-z]+)\s+(?:(?:that|which|who)\s+(?:is|are)\s+)?)?(?:named|called|whose name is|with the name)\s+(?:either\s+)?{NAMES}", _named),
        (r"\b(?:ids?|(?P<thing>[a-z]+)(?:\s+(?:with\s+(?:the\s+)?)?(?:ids?|numbers?|no\.?|nr\.?))?)\s+(?:are\s+|is\s+|#)?(?P<vals>\d+(?:\s*(?:,|and|or)\s*(?:and\s+|or\s+)?\d+)*)\b(?!\s*(?:%|percent|times|rows|minutes|seconds|hours|days|[a-z]+s\b))", _ids),
        (rf"\b(?:of\s+|with\s+|having\s+|where\s+|whose\s+|from\s+|for\s+|in\s+|to\s+|only\s+)?(?:the\s+|a\s+)?(?P<col>{USUAL})\s+(?:of\s+|is\s+|=\s*|are\s+|named\s+|called\s+)?(?:the\s+)?(?P<vals>(?:⟦\d+⟧|[\w-]+)(?:\s*(?:,\s*(?:or\s+)?|\s+or\s+)(?:⟦\d+⟧|[\w-]+))*)(?=\s*$|\s*[,.;∎)]|\s+(?:and|or|with|in|using|via|from|then|by|as|to|only)\b)", _usual),
        (rf"\b(?:(?:that|which|who)\s+)?(?P<live>(?:(?:is|are|was|were)\s+)?(?:living|live|lives|based|located|situated|come|comes|coming|shipped|sold|resident)\s+)?(?P<prep>from|in|of|by|for)\s+(?:the\s+)?(?:(?:city|town|country|customer|user|brand)\s+)?{NAMES}", _placed),
        (rf"\b(?:(?:that|which|who)\s+(?:are|is|were|was|have been|has been)\s+)?(?P<no>(?:not|non)[\s-]+)?(?:still\s+|yet\s+|already\s+)?(?P<said>{STATUS}(?:\s*(?:,\s*(?:or\s+|and\s+)?|\s+or\s+|\s+and\s+|/)(?:the\s+)?{STATUS})*)\s*(?:yet\s+)?(?=$|[,.;∎]|\s+(?:and|with|in|from|[a-z]+s\b|ones?|by|to|then|amount|or))", _status),
        (rf"\b(?:(?:that|which|who)\s+(?:are|is)\s+)?(?P<no>not\s+)?(?:currently\s+|still\s+)?(?P<flag>{'|'.join(FLAGS)})\b", _flag),
        (r"\b(?:(?:that|which)\s+(?:are|is)\s+)?(?:still\s+|currently\s+)?(?P<how>in|out of)\s+stock\b", _stock),
        (r"\b(?:of|for|from|in|with)\s+(?:that|this|the(?:\s+(?:chosen|selected|given|same))?)\s+(?P<col>[a-z_]\w*)\b", _of_input),
    )
)  # fmt: skip
"""Every way to say which rows, comparisons first."""
LAST = ((re.compile(r"\b(?P<kind>[A-Za-z][\w-]*)\s+(?P<noun>[a-z]+s)\b(?!['’])", re.IGNORECASE), _kind),)
