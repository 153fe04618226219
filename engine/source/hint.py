"""Sentences for what the YAML parser refuses: what is wrong here, and the fix."""

from __future__ import annotations

import re

from yaml import YAMLError

from engine.errors import SourceError

_QUOTE = "put quotes around the whole value, for example"
_EXPRESSION = re.compile(r"(?:^|[:\-\[,]\s+|^\s*)(?P<value>\{[{%].*?)\s*$")
_EXPLAINED = {
    "mapping values are not allowed in this context": (
        "unexpected `:`; indent keys of one map alike, and quote a text that contains `: `"
    ),
    "block sequence entries are not allowed in this context": (
        "a list item cannot begin here; put `- ` on a line of its own below the key"
    ),
    "did not find expected '-' indicator": (
        "a key stands where a list item (`- …`) is expected; check the indentation of this line"
    ),
    "did not find expected ',' or ']'": "the list opened with `[` is not closed; add `]`",
    "did not find expected ',' or '}'": "the map opened with `{` is not closed; add `}`",
    "found unexpected end of stream": "the quote opened here is never closed; add the closing quote",
    "could not find expected ':'": (
        "this line is neither `key: value` nor the continuation of a text; check its indentation"
    ),
}


def explain(error: YAMLError | UnicodeError, text: str) -> SourceError:
    """Turn the parser's error into a sentence with line, column and the fix."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _unreadable(error, text)
    problem = str(getattr(error, "problem", "") or error)
    line_number = mark.line
    lines = text.splitlines()
    line = lines[line_number] if line_number < len(lines) else ""
    if ("end of stream" in problem or "expected ':'" in problem) and getattr(error, "context_mark", None):
        mark = getattr(error, "context_mark", mark)
    message = _unquoted(line) or _character(problem, line, mark.column) or _explained(problem)
    return SourceError(message, line=mark.line + 1, column=mark.column + 1)


def unquoted_expression(value: str, *, line: int, column: int) -> SourceError:
    """Explain a value such as `{{ x }}` that YAML takes for a map."""
    return SourceError(_quote_it(value), line=line, column=column)


def _quote_it(value: str) -> str:
    quote = "'" if '"' in value else '"'
    shown = value if len(value) <= 80 else value[:77] + "…"
    return (
        f"quote the expression: YAML reads an unquoted `{value[:2]}` as the start of a map; "
        f"write {quote}{shown}{quote}"
    )


def _unquoted(line: str) -> str | None:
    match = _EXPRESSION.search(line)
    return _quote_it(match["value"]) if match else None


def _character(problem: str, line: str, column: int) -> str | None:
    if "cannot start any token" not in problem:
        return None
    character = line[column : column + 1]
    if character == "\t":
        return "a tab is used for indentation; YAML only allows spaces there"
    return f'a value cannot begin with `{character}`; {_QUOTE} "{line[column:].strip()[:60]}"'


def _explained(problem: str) -> str:
    for known, sentence in _EXPLAINED.items():
        if known in problem:
            return sentence
    if "did not find expected node content" in problem:
        return "a list or map opened with `[` or `{` is not closed before this line; close it"
    if "did not find expected key" in problem:
        return (
            "this is not a key of the map it stands in; check the indentation, and write a single quote "
            "inside a single-quoted text twice"
        )
    return f"the YAML is not well formed: {problem}"


def _unreadable(error: YAMLError | UnicodeError, text: str) -> SourceError:
    position = error.start if isinstance(error, UnicodeEncodeError) else getattr(error, "position", None)
    if not isinstance(position, int):
        return SourceError(f"the YAML is not well formed: {error}")
    before = text[:position]
    shown = text[position : position + 1]
    return SourceError(
        f"the character {shown!a} is not allowed in YAML; remove it",
        line=before.count("\n") + 1,
        column=position - before.rfind("\n"),
    )
