"""Small changes of a query: its order, how many rows, which rows."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.edit.state import Changing, dotted, plain, set_on
from copilot.planner.rules.word import whole
from engine.source.document import Path

_TASK = r"(?:\s+(?:in|of|for|to|from)\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task|step|query))?))?"
_ORDER = re.compile(
    rf"^(?:order|sort)\s+(?:the\s+)?(?:(?:results?|rows|output|query"
    rf"|it)\s*)?(?P<what>[\w-]+\s+)?by\s+(?:the\s+)?(?P<column>[A-Za-z_]\w*)"
    rf"(?P<down>\s+(?:desc(?:ending)?|downwards|from (?:high|most|largest"
    rf"|newest) to \w+))?(?:\s+asc(?:ending)?)?{_TASK}$",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    rf"^(?:limit\s+(?:the\s+)?(?P<what>[\w-]+)(?:\s+(?:task|step|query|results?))?\s+to"
    rf"|(?:only\s+)?(?:take|read|select|return|fetch|use)\s+(?:only\s+)?the\s+"
    rf"first)\s+(?:the\s+first\s+)?(?P<n>\d+|\w+)\s+(?:rows?|records?|results?|lines?){_TASK}$",
    re.IGNORECASE,
)
_WHERE = re.compile(
    rf"^(?:add|put)\s+(?:an?\s+|the\s+)?where\s+(?:clause|condition)?\s*:?\s*(?P<test>⟦\d+⟧"
    rf"|[\w.]+\s*(?:=|<>|!=|<=|>=|<|>|like)\s*\S+)\s*{_TASK}$",
    re.IGNORECASE,
)


def query(clause: str, state: Changing) -> bool:
    """Read `order the result by n in the query`, `limit x to 10 rows`, `add a where clause a > 10 to x`."""
    order, limit, where = _ORDER.match(clause), _LIMIT.match(clause), _WHERE.match(clause)
    match = order or limit or where
    owner = _owner(match, state) if match else None
    if match is None or owner is None:
        return False
    sql = str((target.get(state.data, owner[1]) or {}).get("sql"))
    new: str | None = None
    if order is not None:
        new = _with(
            sql,
            f"ORDER BY {order['column']}{' DESC' if order['down'] else ''}",
            after="order by",
            before="limit",
        )
    elif limit is not None and (number := whole(limit["n"])) is not None:
        new = _with(sql, f"LIMIT {number}", after="limit", before="")
    elif where is not None:
        test = plain(where["test"], state.masked)
        new = _with(
            sql,
            f"WHERE {re.sub(r'^where ', '', test, flags=re.I)}",
            after="where",
            before="group by|having|order by|limit",
        )
    return new is not None and set_on(state, clause, owner[0], dotted(("sql",)), new)


def _owner(match: re.Match[str], state: Changing) -> tuple[str, Path] | None:
    parts = match.groupdict()
    said = parts.get("task") or (parts.get("what") or "").strip()
    having = [
        (task["id"], path)
        for path, task in target.tasks_of(state.data)
        if isinstance(task.get("sql"), str)
        and re.match(r"(?:--[^\n]*\n\s*)*select\b", task["sql"].strip(), re.IGNORECASE)
    ]
    named = (
        state.task(said)
        if said and said.lower() not in ("result", "results", "rows", "output", "it")
        else None
    )
    if named is not None:
        return named if named in having else None
    focus = [item for item in having if item[0] == state.focus]
    found = focus or having
    return found[0] if len(found) == 1 else None


def _with(sql: str, clause: str, *, after: str, before: str) -> str | None:
    """Return a single SELECT with a clause more; None where it has one already or is not so simple."""
    text = sql.rstrip()
    ending = ";" if text.endswith(";") else ""
    text = text.removesuffix(";").rstrip()
    if ";" in text or re.search(rf"\b(?:{after}|union|intersect|except)\b", text, re.IGNORECASE):
        return None
    later = re.search(rf"\b(?:{before})\b", text, re.IGNORECASE) if before else None
    gap = "\n" if "\n" in text else " "
    if later is None:
        return f"{text}{gap}{clause}{ending}{sql[len(sql.rstrip()) :]}"
    head, rest = text[: later.start()].rstrip(), text[later.start() :]
    return f"{head}{gap}{clause}{gap}{rest}{ending}{sql[len(sql.rstrip()) :]}"
