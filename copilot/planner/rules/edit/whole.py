"""Orders about the flow as a whole: its namespace and description, its error tasks, two tasks swapped."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.edit.state import Changing, note, plain
from copilot.planner.rules.edit.value import fitting, property_path


def head(clause: str, state: Changing) -> bool:
    """Read `move the flow to the namespace x`, `add a description: …`."""
    space = re.match(
        r"(?:move|put|change|set|use|transfer)\b.*?\bnamespace\s*(?:to|is|=|:)?\s*(?P<ns>⟦\d+⟧"
        r"|[a-z0-9][\w.-]*\w)$"
        r"|(?:move|put)\s+(?:it|this|the flow)\s+(?:in)?to\s+(?P<ns2>[a-z0-9][\w-]*(?:\.[\w-]+)+)$",
        clause,
        re.IGNORECASE,
    )
    if space:
        state.edit.notes.append("A flow saved under another namespace is a new flow; the old one stays.")
        return note(
            state,
            clause,
            op="set",
            path="namespace",
            value=plain(space["ns"] or space["ns2"], state.masked).lower(),
        )
    said = re.match(
        r"(?:add|set|write|give it|put|change|update)\s+(?:an?\s+|the\s+)?(?:flow\s+)?description"
        r"(?:\s+of the flow)?\s*(?:saying|that says|to|of|:|=)?\s*:?\s*(?P<text>\S.*)$",
        clause,
        re.IGNORECASE,
    )
    if said and not re.match(r"(?:of|for|in|on)\b", said["text"], re.IGNORECASE):
        return note(state, clause, op="set", path="description", value=plain(said["text"], state.masked))
    return False


def value_of(clause: str, state: Changing) -> bool:
    """Read `add a variable limit with value 5`, `add an output total …`, `make the input x optional`."""
    match = re.match(
        r"(?:add|set|create|define|declare)\s+(?:an?\s+|the\s+)?(?:flow\s+)?(?P<kind>variable"
        r"|output)\s+(?:called\s+|named\s+)?(?P<name>⟦\d+⟧|[A-Za-z_][\w-]*)\s*"
        r"(?:with\s+(?:the\s+)?value(?:\s+of)?|=|:|to|as|set to|of)\s*(?P<value>\S.*)$",
        clause,
        re.IGNORECASE,
    )
    if match:
        name, value = plain(match["name"], state.masked), plain(match["value"], state.masked)
        if match["kind"].lower() == "variable":
            typed = int(value) if re.fullmatch(r"-?(?:0|[1-9]\d*)", value) else value
            return note(state, clause, op="set", path=f"variables.{name}", value=typed)
        return note(
            state, clause, op="add", section="outputs", value={"id": name, "type": "STRING", "value": value}
        )
    said = re.match(
        r"make\s+(?:the\s+)?(?:(?:inputs?|parameter)\s+(?P<a>[\w-]+)|(?P<b>[\w-]+)\s+(?:input"
        r"|parameter))\s+(?P<how>optional|required|mandatory)$",
        clause,
        re.IGNORECASE,
    )
    known = [str(item.get("id")) for item in state.data.get("inputs") or ()]
    if said and (name := said["a"] or said["b"]) in known:
        required = said["how"].lower() != "optional"
        return note(state, clause, op="set", kind="input", target=name, path="required", value=required)
    return False


def every(clause: str, state: Changing) -> bool:
    """Read `set the timeout of every task to 10 minutes`."""
    match = re.match(
        r"(?:set|change|add|give|put)\s+(?:the\s+|an?\s+)?(?P<prop>[\w.]+)\s+(?:of|for|on|in)\s+"
        r"(?:every|all|each)(?:\s+of)?(?:\s+the)?\s+(?:tasks?|steps?)\s+(?:to|=)\s*(?P<value>.+)$",
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return False
    tasks = [
        (task["id"], path)
        for path, task in target.tasks_of(state.data)
        if len(path) == 2 and path[0] == "tasks"
    ]
    found = [(name, property_path(match["prop"], path, state), path) for name, path in tasks]
    for name, inner, path in found:
        if inner:
            value = fitting(match["value"], target.get(state.data, (*path, *inner)), inner, state)
            note(
                state, clause, op="set", kind="task", target=name, path=".".join(map(str, inner)), value=value
            )
    return any(inner for _, inner, _ in found)


def errors(clause: str, state: Changing) -> bool:
    """Read `remove the error handling`."""
    if not re.fullmatch(
        r"(?:remove|delete|drop)\s+(?:the\s+|all\s+)?error(?:s)?(?:\s+(?:handling|handlers?|tasks?"
        r"|section|branch|part))?",
        clause,
        re.IGNORECASE,
    ):
        return False
    return "errors" in state.data and note(state, clause, op="unset", path="errors")


def swap(clause: str, state: Changing) -> bool:
    """Read `swap hello and bye`: both stay in the list they share."""
    match = re.fullmatch(
        r"(?:swap|exchange|switch)\s+(?P<a>.+?)\s+(?:and|with)\s+(?P<b>.+)", clause, re.IGNORECASE
    )
    both = (
        sorted(
            (task for task in (state.task(match["a"]), state.task(match["b"])) if task), key=lambda t: t[1]
        )
        if match
        else []
    )
    if len(both) != 2 or both[0][1][:-1] != both[1][1][:-1]:
        return False
    (first, at), (second, end) = both
    siblings = target.get(state.data, at[:-1])
    note(state, clause, op="move", kind="task", target=second, where="before", anchor=first)
    if isinstance(at[-1], int) and isinstance(end[-1], int) and end[-1] - at[-1] > 1:
        note(
            state,
            clause,
            op="move",
            kind="task",
            target=first,
            where="after",
            anchor=siblings[end[-1] - 1]["id"],
        )
    return True


def lenient(clause: str, state: Changing) -> bool:
    """Read `let the download fail without stopping the flow`."""
    match = re.match(
        r"(?:let|allow)\s+(?P<a>.+?)\s+(?:to\s+)?fail\b.*$|(?:ignore|tolerate)\s+(?:any\s+"
        r"|all\s+)?(?:failures?|errors?)\s+(?:of|in|from)\s+(?P<b>.+)$"
        r"|(?P<c>.+?)\s+(?:may|can|is allowed to)\s+fail\b.*$|(?:go on|continue|carry on"
        r"|keep going)\s+(?:even\s+)?(?:if|when)\s+(?P<d>.+?)\s+fails?$"
        r"|(?:(?:it|that)(?: is|'s)\s+(?:fine|ok|okay|no problem|not a problem|all right|alright"
        r"|not so bad)|no problem|never mind|i don't"
        r" (?:mind|care)|we don't (?:mind|care))\s+(?:if|when)\s+(?P<e>.+?)\s+fails?$"
        r"|(?:failures?|errors?)\s+(?:of|in)\s+(?P<f>.+?)\s+(?:are|is)\s+(?:fine|ok|okay"
        r"|no problem|acceptable|to be ignored)$",
        clause,
        re.IGNORECASE,
    )
    owner = state.task(next(part for part in match.groups() if part)) if match else None
    return owner is not None and note(
        state, clause, op="set", kind="task", target=owner[0], path="allowFailure", value=True
    )


def address(clause: str, state: Changing) -> bool:
    """Read `download from ⟦0⟧ instead`: the address of the only task that has one, or of the one named."""
    literal = next((item for item in state.masked.inside(clause) if item.kind == "url"), None)
    if literal is None or not re.search(
        r"\b(?:instead|rather|now)\b|^(?:use|point)\b", clause, re.IGNORECASE
    ):
        return False
    having = [
        (task["id"], name)
        for _, task in target.tasks_of(state.data)
        for name in ("uri", "url")
        if str(task.get(name, "")).startswith(("http://", "https://"))
    ]
    named = [item for item in having if re.search(rf"\b{re.escape(item[0])}\b", clause)]
    found = named or having
    return len(found) == 1 and note(
        state, clause, op="set", kind="task", target=found[0][0], path=found[0][1], value=literal.value
    )
