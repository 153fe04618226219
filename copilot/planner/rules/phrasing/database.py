# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Databases in words: where they are and who connects, distinct values to log, rows to insert."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.phrasing.told import Told

_WHO = r"(?:\s*[,(]?\s*(?:(?:and|as|with|using)\s+)*(?:the\s+)?(?:user(?:name)?|login)\s*(?:name\s*)?(?:is\s+|:\s*|=\s*)?(?P<user>⟦\d+⟧|(?!and\b|is\b)[A-Za-z_][\w.-]*\w|\w))"
_PASS = r"(?:\s*[,(]?\s*(?:and\s+|with\s+)*(?:(?P<none>(?:without|no|with no|empty|an empty)\s+(?:an?\s+)?password)|(?:the\s+|its\s+)?password\s+(?:is\s+)?(?:(?:comes|is taken|is)\s+)?(?:from|in|stored in|under)\s+(?:the\s+)?secret\s+(?P<secret>⟦\d+⟧|[A-Za-z_]\w*)|(?:the\s+)?secret\s+(?P<secret2>[A-Z_][A-Z0-9_]*)\s+(?:as|for)\s+(?:the\s+)?password))"
_CONNECTION = re.compile(
    rf"(?P<lead>^\s*|[.;]\s+|,\s*|\s+)(?:(?:and\s+)?(?:connect(?:ing)?\s+to|use|using|log in to|in|on|from|at)\s+|(?:the|our|my)\s+(?:postgres(?:ql)?\s+)?(?:database|db|connection)\s+is\s+(?:at\s+)?|there is a (?:postgres(?:ql)?\s+)?database at\s+)?(?:the\s+)?(?P<kind>(?:(?:postgres(?:ql)?|mysql)(?:\s+(?:database|db|server|connection))?|database|db|server)\s*(?:at|on|under|:)?\s*)?\(?\s*(?P<at>⟦\d+⟧)(?P<who>{_WHO})?(?P<pass>{_PASS})?\s*\)?\s*(?P<and>,?\s*(?:and\s+|to\s+)?)",
    re.IGNORECASE,
)
_TABLE: tuple[tuple[str, str], ...] = (
    (r"\b(?P<verb>log|print|show|list|report)\s+(?:all\s+)?(?:the\s+)?(?P<how>different|distinct|unique|various)\s+(?P<what>[a-z_]\w*)\s+(?P<at>(?:in|of|from)\s+(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+\S*\w)", r"query the distinct \g<what> \g<at>, then \g<verb> the result"),
    (r"\b(?P<verb>log|print|show|list|report)\s+(?:every|each)\s+(?:different|distinct|unique)\s+(?P<what>[a-z_]\w*)\s+(?P<at>(?:in|of|from)\s+(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+[A-Za-z_]\w*(?:\.\w+)?)(?:\s*,?\s*one (?:after (?:the other|another)|by one))?", r"query the distinct \g<what> \g<at>, then for each row: \g<verb> the \g<what> of the row"),
    (r"\b(?P<verb>log|print|show|report)\s+(?:the\s+)?(?:number|count)\s+of\s+(?:all\s+)?(?:the\s+)?(?:rows|records|entries|lines)\s+(?P<at>(?:in|of)\s+(?:the\s+)?(?:postgres(?:ql)?\s+)table\s+[A-Za-z_]\w*(?:\.\w+)?)", r"count the rows \g<at>, then \g<verb> the result"),
    (r"\b(?P<verb>log|print|show|report)\s+how many\s+(?:rows|records|entries|lines)\s+(?:the\s+postgres(?:ql)?\s+)table\s+(?P<t>[A-Za-z_]\w*(?:\.\w+)?)\s+(?:has|contains|holds)", r"count the rows of the postgres table \g<t>, then \g<verb> the result"),
    (r"\bfor\s+(?:all|every|each)\s+(?:the\s+)?(?:distinct|different)\s+(?P<what>[a-z_]\w*)\s+(?P<at>(?:in|of|from)\s+(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+[A-Za-z_]\w*(?:\.\w+)?)\s*,?:?\s+", r"query the distinct \g<what> \g<at>, then for each row: "),
    (r"\b(?P<verb>find|get|read|fetch|query|take|select)\s+(?:out\s+)?(?:all\s+)?(?:the\s+)?(?:different|various)\s+(?=[a-z_]\w*\s+(?:in|of|from)\s)", r"\g<verb> the distinct "),
    (r"(?<=\bcolumns )(?P<t>[a-z_]\w*)\s*\((?P<k>integer|int|bigint|text|varchar|date|timestamp|boolean|bool|numeric|float|double|real|serial|uuid|jsonb?)\)", r"\g<t> \g<k>"),
    (r"(?P<a>\btable\s+\S+[^.;⟦]*?)\s*,?\s+(?:and|then)\s+(?P<v>log|print)\s+(?:each|every)\s+(?P<n>(?!row\b|record\b|of\b|one\b)[a-z_]\w*)(?=\s*[.;]|\s*$)", r"\g<a>, then for each row: \g<v> the \g<n> of the row"),
    (r"\b(?P<verb>delete|remove|truncate|empty|clear)\b(?P<mid>[^.;⟦]*?\btable\s+)(?P<name>[A-Za-z_][\w.]*)(?P<rest>\s*(?:,\s*(?:and\s+)?then|,?\s+and\s+then|\.\s+(?:then|after that)|,?\s+and)\s*,?\s*(?:load|insert|copy|import|write)\s+⟦\d+⟧\s+(?:in)?to\s+)(?:it|that|the table)\b", r"\g<verb>\g<mid>\g<name>\g<rest>the table \g<name>"),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)


def connected(masked: Masked, told: Told) -> None:
    """Take the connection out of the words, and say what is asked of tables in plain verbs."""
    for match in _CONNECTION.finditer(masked.text):
        literal = masked.inside(match["at"])[0]
        if literal.kind != "jdbc" or not (match["who"] or match["pass"]):
            continue
        told.connection = {"url": literal.value}
        if match["user"]:
            told.connection["username"] = _value(match["user"], masked)
        if match["none"]:
            told.connection["password"] = ""
        elif match["secret"] or match["secret2"]:
            told.connection["password"] = (
                f"{{{{ secret('{_value(match['secret'] or match['secret2'], masked)}') }}}}"
            )
        before, after = masked.text[: match.start()].rstrip(" ,"), masked.text[match.end() :].lstrip(" ,.")
        lead = f"{before}{'' if not before or before[-1] in '.;' else '.'} " if before else ""
        onward = before and re.match(
            rf"to\s+(?!(?:{'|'.join(VERBS)})\b)", match["and"] + after, re.IGNORECASE
        )
        masked.text = f"{before} to {after}" if onward else f"{lead}{after}"
        break
    if told.connection and "postgres" in told.connection["url"]:
        masked.text = re.sub(
            r"\b(?:the\s+)?(?<!postgres )(?<!postgresql )table\s+(?=[A-Za-z_]\w*)(?!(?:of|with|in|is|that|and)\b)",
            "the postgres table ",
            masked.text,
            flags=re.IGNORECASE,
        )
        masked.text = re.sub(
            r"(?P<lead>^\s*|[.;]\s+)(?P<run>run|execute)\s+(?=⟦\d+⟧)",
            r"\g<lead>\g<run> in postgres ",
            masked.text,
            flags=re.IGNORECASE,
        )
        masked.text = re.sub(
            r"\ba the postgres table\b|\bthe the postgres table\b", "the postgres table", masked.text
        )
    _inserted(masked)
    _updated(masked)
    _sqlite(masked)
    masked.text = _of_table(masked.text)
    for pattern, new in _REWRITES:
        masked.text = pattern.sub(new, masked.text)


_V = r"(?:⟦\d+⟧|-?\w+(?:\.\w+)*)"
_INSERT = re.compile(
    rf"\b(?:insert|add|write|put)\s+(?:an?\s+|one\s+|the\s+)?(?:new\s+)?(?:row|record|entry|line)\s+(?:with\s+|where\s+)?(?:the\s+)?(?P<pairs>[a-z_]\w*\s*(?:is\s+|=\s*|:\s*)?{_V}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?[a-z_]\w*\s*(?:is\s+|=\s*|:\s*)?{_V})*)\s+(?:in)?to\s+(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+(?P<t>[A-Za-z_]\w*(?:\.\w+)?)",
    re.IGNORECASE,
)


def _inserted(masked: Masked) -> None:
    """`insert a row with name ⟦0⟧ and age 30 into the table people` is that statement."""
    match = _INSERT.search(masked.text)
    if match is None or not re.search(r"\bpostgres", masked.text, re.IGNORECASE):
        return
    pairs = re.findall(
        rf"([a-z_]\w*)\s*(?:is\s+|=\s*|:\s*)?({_V})(?=\s*,|\s+and\b|\s*$)", match["pairs"], re.IGNORECASE
    )
    values = [
        value
        if re.fullmatch(r"-?\d+(?:\.\d+)?", value)
        else "'" + _value(value, masked).replace("'", "''") + "'"
        for _, value in pairs
    ]
    if not pairs or any("{" in value for value in values):
        return
    sql = f"INSERT INTO {match['t']} ({', '.join(name for name, _ in pairs)})\nVALUES ({', '.join(values)})"
    mark = masked.put(Literal("code", sql, masked.unmask(match[0]), {"lang": "sql"})).strip()
    masked.text = f"{masked.text[: match.start()]}run {mark} in postgres{masked.text[match.end() :]}"


_SET = re.compile(
    rf"(?:\bin\s+)?(?:the\s+)?(?:postgres(?:ql)?\s+)?table\s+(?P<t>[A-Za-z_]\w*(?:\.\w+)?)\s*,?\s+(?:set|update)\s+(?:the\s+)?(?:column\s+)?(?P<c>[a-z_]\w*)\s+(?:to|=)\s+(?P<v>{_V})\s+(?:where|for (?:all |the )?rows? (?:where|with)|when|if)\s+(?:the\s+)?(?P<d>[a-z_]\w*)\s+(?:is|=|equals)\s+(?P<w>{_V})(?=\s*[.;,]|\s*$|\s+(?:and|then)\b)",
    re.IGNORECASE,
)


def _updated(masked: Masked) -> None:
    """`in the table tasks set done to true where id is 7` is that statement."""
    match = _SET.search(masked.text)
    if match is None or not re.search(r"\bpostgres", masked.text, re.IGNORECASE):
        return
    sql = f"UPDATE {match['t']}\nSET {match['c']} = {_quoted(match['v'], masked)}\nWHERE {match['d']} = {_quoted(match['w'], masked)}"
    mark = masked.put(Literal("code", sql, masked.unmask(match[0]), {"lang": "sql"})).strip()
    masked.text = f"{masked.text[: match.start()]}run {mark} in postgres{masked.text[match.end() :]}"


def _quoted(said: str, masked: Masked) -> str:
    if re.fullmatch(r"-?\d+(?:\.\d+)?|true|false|null", said, re.IGNORECASE):
        return said
    return "'" + _value(said, masked).replace("'", "''") + "'"


_SQLITE = re.compile(
    r"(?P<a>\bsqlite(?:\s+(?:database|db|file))*\s+(?:at\s+|in\s+|file\s+)?)(?P<at>⟦\d+⟧)", re.IGNORECASE
)


def _sqlite(masked: Masked) -> None:
    """The file of an SQLite database is its address, not something to fetch."""
    match = _SQLITE.search(masked.text)
    literal = masked.inside(match["at"])[0] if match else None
    if match is None or literal is None or literal.kind not in ("path", "file"):
        return
    mark = masked.put(Literal("jdbc", f"jdbc:sqlite:{literal.value}", literal.words)).strip()
    masked.text = f"{masked.text[: match.start('at')]}{mark}{masked.text[match.end('at') :]}"


_HAVE = re.compile(
    r"^(?P<have>\s*(?:there\s+is|(?:i|we)\s+have|we've got)\s+(?:an?|the|our)\s+postgres(?:ql)?\s+(?:database\s+)?table\s+(?:called\s+|named\s+)?(?P<name>[A-Za-z_][\w.]*\w)\b[^.;]*[.;]\s+)"
    r"(?P<verb>log|print|show|tell me|report|compute|count|get|find|query|calculate)\s+(?P<what>(?:(?!\btable\b)[^.;⟦])+?)(?P<end>\s*(?:,?\s+(?:and|then)\s+(?:log|print|show|store|save|send|write)\b.*|[.;].*)?)$",
    re.IGNORECASE | re.DOTALL,
)


def _of_table(text: str) -> str:
    """`There is a Postgres table visits … Log the total seconds per page.` asks that table."""
    match = _HAVE.match(text)
    if match is None:
        return text
    shown = match["verb"].lower() in ("log", "print", "show", "tell me", "report")
    asked = f"query {match['what']} of the postgres table {match['name']}"
    return f"{match['have']}{asked}{', then log the result' if shown else ''}{match['end']}"


def _value(said: str, masked: Masked) -> str:
    literals = masked.inside(said)
    return literals[0].value if literals else said
