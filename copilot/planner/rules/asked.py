# ruff: noqa: E501 - one phrase, one line: a pattern cut in pieces is harder to read
"""Loops and conditions that ask something of rows: one query does what they say."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import Act, Branch, Loop
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import whole


def asked(text: str, scene: Scene) -> Transform:
    """Return what some words ask of the rows at hand; nothing where a word of them is not understood."""
    newest = scene.source()
    found = read_rows(text, scene.masked, scene, newest.columns if newest else ())
    return found if not found.left else Transform()


def grouped_by(node: Loop, scene: Scene) -> Act | None:
    """`for every country in orders.csv count the orders` is one query, not a loop; None where it is a loop."""
    act = node.body[0] if len(node.body) == 1 else None
    head = " ".join(node.head.split())
    said = re.fullmatch(
        r"(?:the\s+)?[a-z_]\w*(?:\s+(?:in|of|from)\s+(?:⟦\d+⟧|it|the (?:file|data|csv)))?",
        head,
        re.IGNORECASE,
    )
    if not isinstance(act, Act) or said is None or act.of("text", "code"):
        return None
    if not scene.masked.inside(head) and scene.source() is None:
        return None
    text = f"{act.text} for each {head}"
    found = asked(text, scene)
    if not found.groups or not found.measures:
        return None
    return Act(text, node.words, [*act.literals, *scene.masked.inside(head)])


_MANY = (
    r"(?P<cmp>no|not any|any|some|more than|over|less than|fewer than|under|at least|at most|exactly)"
    r"(?:\s+(?P<n>\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|an?)(?=\s))?"
)
_HAS = re.compile(
    rf"^(?:there\s+(?:is|are|was|were)|(?P<of>⟦\d+⟧|it|the (?:file|table|result|data|csv)|(?:the )?[a-z_]+)\s+(?:has|have|had|contains?|includes?|holds?))"
    rf"\s+{_MANY}\s*(?P<what>[^,;]+)$",
    re.IGNORECASE,
)  # fmt: skip
_SOME = re.compile(
    r"^(?:any|some|at least one|one)\s+(?:of\s+the\s+)?(?P<what>[a-z]+\b.*\b(?:is|are|has|have|costs?|was|were)\b.+)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^(?P<what>.+?)\s+(?P<op>(?:(?:is|are|was|goes|rises|falls|drops)\s+)?(?:(?:greater|bigger|larger|higher|more|less|lower|"
    r"smaller|fewer) than(?: or equal to)?|above|over|below|under|at least|at most|equal to|exactly|not)|exceeds|is|equals|[<>=!]=?)"
    r"\s+(?P<n>-?\d[\d,]*(?:\.\d+)?|zero|one|two|three|four|five|ten)(?:\s+(?:dollars?|euros?|rows?|orders?|%|percent))?$",
    re.IGNORECASE,
)  # fmt: skip
_SIGNS = {"no": "== 0", "not any": "== 0", "any": "> 0", "some": "> 0"}


def rows_condition(node: Branch, scene: Scene) -> tuple[Act, str] | None:
    """Read a condition that asks for a number of rows, or for a measure of them.

    Returns the clause that asks for the number, and how it is compared; None where it is about something else.
    """
    text = " ".join(node.condition.split()).strip(" ,?")
    text = re.sub(
        r"^(there (?:is|are|was|were)|it (?:has|contains))\s+(?=(?:rows?|records?|lines?)\s+(?:where|with|that|whose)\b)",
        r"\1 any ",
        text,
        flags=re.IGNORECASE,
    )
    literals = scene.masked.inside(text)
    if any(item.kind in ("text", "code") for item in literals) and not any(
        item.kind == "url" for item in literals
    ):
        return None
    if not literals and scene.source() is None:
        return None
    if match := _HAS.match(text):
        return _number_of(match, node, scene)
    if match := _SOME.match(text):
        found = asked(match["what"], scene)
        if found.filters and not found.measures:
            return Act(f"count the rows of the {match['what']} with duckdb", node.words, literals), "> 0"
        return None
    match = _NUMBER.match(text)
    if match is None:
        return None
    what = re.sub(r"^(?:the|its)\s+", "", match["what"], flags=re.IGNORECASE)
    found = asked(f"the {what}", scene)
    number = match["n"].replace(",", "")
    if not found.measures or found.groups or len(found.measures) > 1:
        return None
    value = number if number[:1].isdigit() or number[:1] == "-" else str(whole(number) or 0)
    return Act(f"compute the {what} with duckdb", node.words, literals), f"{_sign(match['op'])} {value}"


def _number_of(match: re.Match[str], node: Branch, scene: Scene) -> tuple[Act, str] | None:
    what, of = match["what"], match["of"] or ""
    at = f" in {of}" if of.startswith("⟦") else ""
    text = f"count the {what}{at} with duckdb"
    found = asked(text, scene)
    if len(found.measures) != 1 or found.groups or found.limit:
        return None
    plain = not found.filters and not at and not scene.masked.inside(what)
    if plain and scene.latest("rows") is not None:
        return None  # the rows are there: nothing has to be asked
    how = match["cmp"].lower()
    number = whole(match["n"].replace(",", "")) if match["n"] else None
    if how not in _SIGNS and number is None:
        return None
    compared = _SIGNS.get(how) or f"{_sign(how)} {number}"
    return Act(text, node.words, scene.masked.inside(f"{text}")), compared


def _sign(said: str) -> str:
    low = re.sub(r"^(?:is|are|was|goes|rises|falls|drops)\s+", "", said.lower())
    for pattern, sign in (
        (r".*or equal to|at least|>=", ">="),
        (r"at most|<=", "<="),
        (r"(?:greater|bigger|larger|higher|more) than|above|over|exceeds|>", ">"),
        (r"(?:less|lower|smaller|fewer) than|below|under|<", "<"),
        (r"not|!=", "!="),
    ):
        if re.fullmatch(pattern, low):
            if sign == ">=" and re.match(r"(?:less|lower|smaller|fewer)", low):
                return "<="
            return sign
    return "=="
