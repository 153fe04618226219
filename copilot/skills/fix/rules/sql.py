"""Queries a database refused: names that do not exist, words it does not know, too many statements."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot.skills.fix.failure import Failure, word_in
from copilot.skills.fix.remedy import Remedy, advise, change, put
from engine.model.near import nearest
from engine.source.document import Path

_COLUMN = re.compile(
    r"""Referenced column "(?P<duckdb>[^"]+)" not found|no such column: (?P<sqlite>[\w.]+)"""
    r"""|column "?(?P<postgres>[\w.]+)"? does not exist|Unrecognized name: (?P<bigquery>\w+)"""
)
_TABLE = re.compile(
    r"""Table with name (?P<duckdb>\S+) does not exist|no such table: (?P<sqlite>[\w.]+)"""
    r"""|relation "(?P<postgres>[\w.]+)" does not exist"""
)
_OFFERED = re.compile(
    r"""Candidate bindings: (?P<bindings>[^\n]+)|Did you mean "(?P<meant>[^"]+)"?"""
    r"""|Perhaps you meant to reference the column "(?P<column>[^"]+)\"|Did you mean (?P<name>\w+)\?"""
)
_SYNTAX = re.compile(r"""syntax error at or near "(?P<word>[^"]+)"|near "(?P<lite>[^"]+)": syntax error""")
_MANY = re.compile(r"`sql` holds (?P<count>\d+) statements, but Query runs one")
_NO_FILE = re.compile(r'No files found that match the pattern "(?P<name>[^"]+)"')
_TABLE_NAMES = re.compile(
    r"\b(?:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?table(?:\s+if\s+not\s+exists)?|insert\s+into"
    r"|merge\s+into|update|copy)\s+([\w.\"]+)",
    re.IGNORECASE,
)
_COLUMN_LISTS = re.compile(r"\bcreate\s[^;(]*\(([^;]*)\)", re.IGNORECASE)
_WORDS = re.findall(
    r"\w+",
    "select from where group order by having limit join left right inner outer on as insert into "
    "values update set delete create table drop alter union all distinct count case when then else "
    "end and or not null is in between like exists with copy offset returning using primary key "
    "default if replace view index asc desc",
)


def unknown_column(failure: Failure) -> Remedy | None:
    """A column does not exist."""
    return _unknown(failure, _COLUMN, "column", _columns(failure))


def unknown_table(failure: Failure) -> Remedy | None:
    """A table does not exist."""
    return _unknown(failure, _TABLE, "table", _tables(failure))


def _unknown(failure: Failure, pattern: re.Pattern[str], what: str, known: Iterable[str]) -> Remedy | None:
    match = pattern.search(failure.text)
    if match is None:
        return None
    name = next(found for found in match.groupdict().values() if found)
    bare = name.rpartition(".")[2]
    at, sql = _statement(failure, bare)
    problem = f"the {what} '{name}' does not exist"
    offered = _offered(failure.text)
    near = nearest(bare, offered) or (offered[0] if len(offered) == 1 else None) or nearest(bare, known)
    if near is None or near == bare or not sql:
        there = f"; there is {', '.join(offered)}" if offered else ""
        return advise(failure, f"unknown-{what}", problem, f"correct the name{there}", at)
    better = word_in(sql, bare).sub(near, sql)
    return change(
        failure, f"unknown-{what}", problem, f"did you mean '{near}'?", at, put(failure, at, better)
    )


def _offered(text: str) -> list[str]:
    """Return the names the database itself proposes."""
    names: list[str] = []
    for match in _OFFERED.finditer(text):
        if match["bindings"]:
            names += re.findall(r'"([^"]+)"', match["bindings"])
        else:
            names.append(match["meant"] or match["column"] or match["name"])
    return list(dict.fromkeys(name.rpartition(".")[2] for name in names))


def bad_syntax(failure: Failure) -> Remedy | None:
    """A word of the query is misspelt."""
    match = _SYNTAX.search(failure.text)
    if match is None:
        return None
    word = match["word"] or match["lite"]
    at, sql = _statement(failure, word)
    problem = f"the query cannot be read at '{word}'"
    near = nearest(word, _WORDS, cutoff=0.75)
    if near is None or near == word.lower() or not sql:
        hint = "look at the word and what stands before it: a comma, a quote or a keyword is missing"
        return advise(failure, "sql-syntax", problem, hint, at)
    near = near.upper() if word.isupper() else near
    better = word_in(sql, word).sub(near, sql, count=1)
    return change(failure, "sql-syntax", problem, f"did you mean '{near}'?", at, put(failure, at, better))


def many_statements(failure: Failure) -> Remedy | None:
    """`Query` got several statements."""
    match = _MANY.search(failure.text)
    if match is None or not failure.type.endswith(".Query"):
        return None
    kind = failure.type.removesuffix("Query") + "Queries"
    problem = f"`sql` holds {match['count']} statements, Query runs one"
    return change(
        failure, "many-statements", problem, f"use {kind}", ("type",), put(failure, ("type",), kind)
    )


def no_such_file(failure: Failure) -> Remedy | None:
    """A query reads a file that is not there."""
    match = _NO_FILE.search(failure.text)
    if match is None:
        return None
    return advise(
        failure,
        "missing-file",
        f"the query reads '{match['name']}', which is not there",
        f'give the file with `inputFiles`: `{match["name"]}: "{{{{ outputs.<task>.uri }}}}"`',
        ("inputFiles",),
    )


def _statement(failure: Failure, word: str) -> tuple[Path, str]:
    return next(
        (
            (path, text)
            for path, text in failure.texts()
            if path[0] in ("sql", "queries", "beforeSQL") and word_in(text, word).search(text)
        ),
        (("sql",), ""),
    )


def _tables(failure: Failure) -> list[str]:
    return list(
        dict.fromkeys(name.strip('"').rpartition(".")[2] for name in _TABLE_NAMES.findall(failure.source))
    )


def _columns(failure: Failure) -> list[str]:
    names: list[str] = []
    for inside in _COLUMN_LISTS.findall(failure.source):
        names += [part.split()[0].strip('"') for part in inside.split(",") if part.split()]
    return list(dict.fromkeys(names))
