"""Conditions of tasks and approvals: what runs only if something holds, what waits for a person."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.control import condition
from copilot.planner.rules.declared import take_declared
from copilot.planner.rules.edit.place import declare, row_count, scene_at
from copilot.planner.rules.edit.state import Changing, free_id, note, set_on
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.scene import Scene

_RUN = r"(?:run|do|execute|start|perform|call|have|let|make)"
_IF = r"(?P<if>if|when|whenever|as long as|in case|where|unless|provided(?: that)?)"
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^only\s+{_RUN}\s+(?P<task>.+?)\s+{_IF}\s+(?P<test>.+)$",
        rf"^{_RUN}\s+(?P<task>.+?)\s+(?:run\s+)?only\s+{_IF}\s+(?P<test>.+)$",
        (
            rf"^(?P<task>.+?)\s+(?:should|must|may|has to)\s+(?:only\s+)?(?:run|happen|be (?:run"
            rf"|executed|done))\s+"
            rf"(?:only\s+)?{_IF}\s+(?P<test>.+)$"
        ),
        rf"^only\s+(?P<task>[\w-]+(?:\s+(?:task|step))?)\s+{_IF}\s+(?P<test>.+)$",
        rf"^(?P<skip>skip|leave out|don't run|do not run|omit)\s+(?P<task>.+?)\s+{_IF}\s+(?P<test>.+)$",
        rf"^{_IF}\s+(?P<test>[^,]+),\s*(?P<skip>skip|don't run|do not run|leave out)\s+(?P<task>.+)$",
        (
            r"^(?:add\s+a\s+(?:condition|guard)|put\s+a\s+condition)\s+(?:to"
            r"|on)\s+(?P<task>.+?)\s*:?\s+(?:that\s+)?"
            r"(?P<if>only if|if|when|that)\s+(?P<test>.+)$"
        ),
        rf"^{_RUN}\s+(?P<task>[\w-]+(?:\s+(?:task|step))?)\s+{_IF}\s+(?P<test>.+)$",
    )
)
_APPROVAL = (
    re.compile(
        r"^(?:(?:i|we|you|somebody|someone|a (?:person|human|colleague|manager)|the \w+|my \w+)\s+"
        r"(?:has to|have to|must|should|needs? to|want to|wants to)\s+(?:approve|confirm|check"
        r"|accept|review|sign off)\b"
        r"(?:\s+(?:it|this|that|everything|the (?:result|data|file|run)))?)\s*,?\s+before\s+(?P<task>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:add|ask for|wait for|require|get|request|insert|put|have)\s+(?:an?\s+|my\s+|the\s+"
        r"|our\s+)?(?:manual\s+"
        r"|human\s+)?(?:approval|confirmation|sign-?off|go-?ahead|manual check)(?:\s+(?:step|task))?\s*,?\s+"
        r"before\s+(?P<task>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:pause|stop|wait)\s+(?:and\s+(?:wait|ask)\s+)?(?:for\s+(?:me|us|someone|somebody"
        r"|a person|approval|a human)"
        r"(?:\s+to\s+\w+)?)\s*,?\s+before\s+(?P<task>.+)$",
        re.IGNORECASE,
    ),
)
PAUSE = "io.kestra.plugin.core.flow.Pause"


def guard(clause: str, state: Changing) -> bool:
    """Read `only run x if there are rows`, `skip x when …`, `run x only when a boolean input y is true`."""
    for pattern in _ORDERS:
        match = pattern.match(clause)
        if match is None or re.search(r"\b(?:fails?|failed|goes wrong)\b", match["test"], re.IGNORECASE):
            continue
        tasks = state.tasks(match["task"])
        if not tasks:
            continue
        denied = (match["if"].lower() == "unless") != bool(match.groupdict().get("skip"))
        tests = [test_at(match["test"], name, clause, state) for name, _ in tasks]
        if not all(tests):
            return False
        for (name, _), test in zip(tasks, tests, strict=True):
            said = quoted(str(test), match["test"], state)
            set_on(state, clause, name, "runIf", negated(said) if denied else said)
        return True
    return _for_value(clause, state)


_FOR = re.compile(
    rf"^(?:only\s+{_RUN}\s+(?P<a>.+?)|{_RUN}\s+(?P<b>.+?)\s+only)\s+(?:for|with"
    rf"|on)\s+(?P<value>[\w.-]+)$",
    re.IGNORECASE,
)


def _for_value(clause: str, state: Changing) -> bool:
    """Read `only do the load for yellow`: a value only one input can have."""
    match = _FOR.match(clause)
    owner = state.task(match["a"] or match["b"]) if match else None
    if match is None or owner is None:
        return False
    having = [
        item["id"]
        for item in state.data.get("inputs") or ()
        if match["value"] in map(str, item.get("values") or ())
    ]
    return len(having) == 1 and set_on(
        state, clause, owner[0], "runIf", f"{{{{ inputs.{having[0]} == '{match['value']}' }}}}"
    )


def quoted(test: str, words: str, state: Changing) -> str:
    """Write numbers as texts where they are compared with an input that is a text, as the words have them."""
    texts = {
        str(item.get("id"))
        for item in state.data.get("inputs") or ()
        if str(item.get("type", "STRING")) in ("STRING", "SELECT", "ENUM")
    }

    def text(match: re.Match[str]) -> str:
        if match["name"] not in texts:
            return match[0]
        said = next(
            (item for item in re.findall(r"\d+", words) if item.lstrip("0") == match["n"].lstrip("0")),
            match["n"],
        )
        return f"inputs.{match['name']} {match['how']} '{said}'"

    return re.sub(r"inputs\.(?P<name>\w+) (?P<how>==|!=) (?P<n>\d+)(?![\d.])", text, test)


def negated(expression: str) -> str:
    """Return the opposite of an expression with braces."""
    inner = expression.strip().removeprefix("{{").removesuffix("}}").strip()
    swapped = {"==": "!=", "!=": "==", ">": "<=", "<": ">=", ">=": "<", "<=": ">"}
    parts = re.fullmatch(r"([^<>=!&|]+?)\s*(==|!=|>=|<=|>|<)\s*([^<>=!&|]+)", inner)
    if parts and not re.search(r"\b(?:and|or)\b", inner):
        return f"{{{{ {parts[1]} {swapped[parts[2]]} {parts[3].strip()} }}}}"
    return f"{{{{ not ({inner}) }}}}"


def test_at(words: str, anchor: str, clause: str, state: Changing) -> str | None:
    """Return the condition in words as an expression, seen from a task; inputs it names are declared."""
    masked = Masked(words, state.masked.literals)
    found = take_declared(masked)
    scene = scene_at(state, masked.text, "before", anchor)
    for item in found:
        scene.add_input(item)
    declare(scene, state, clause)
    text = " ".join(scene.masked.text.split()).strip(" ,.")
    if (
        found
        and len(found) == 1
        and re.fullmatch(r"(?:is\s+|are\s+)?(?P<value>true|false|on|off|set)", text, re.I)
    ):
        text = f"{found[0].id} {text if text.lower().startswith('is') else 'is ' + text}"
    if state.input and (it := re.match(r"(?:it|that|this)\s+(?=is\b|equals\b|has\b)", text, re.IGNORECASE)):
        text = f"{state.input} {text[it.end() :]}"
    return _rows(text, scene) or condition(text, scene.masked, scene)


def test_of(words: str, state: Changing, where: str, anchor: str) -> str | None:
    """Return a condition about the number of rows, or one of values the flow knows by name, at a place."""
    scene = scene_at(state, words, where, anchor)
    text = " ".join(scene.masked.text.split()).strip(" ,.")
    if (rows := _rows(text, scene)) is not None:
        return rows
    known = {item.id for item in scene.inputs} | set(scene.variables)
    subject = re.match(
        r"(?:the\s+)?(?:input\s+)?(?P<name>⟦\d+⟧|[\w]+)\s+(?:is|are|equals|contains|starts|ends"
        r"|was|has)\b",
        text,
    )
    if subject is None or not (MARK.fullmatch(subject["name"]) or subject["name"] in known):
        return None
    return condition(text, scene.masked, scene)


def _rows(text: str, scene: Scene) -> str | None:
    """Read `there are rows`, `it found more than 10 rows` against the number that was counted last."""
    counted = row_count(scene)
    match = re.fullmatch(
        r"(?:(?:there (?:is|are|were)|(?:it|the \w+|the query|\w+) (?:has|have|had|found|finds"
        r"|returned|returns|gave|gives))\s+)?"
        r"(?:the\s+)?(?P<how>(?P<no>no|not any|zero)|(?P<more>more than|over|at least)"
        r"|(?P<less>less than|fewer than|at most)"
        r"|any|some|new)?\s*(?P<n>\d+)?\s*(?:new\s+)?(?:rows?|records?|lines?|data|results?|orders"
        r"|trips|entries|anything)"
        r"(?:\s+(?:were|are|was|is|have been|got)\s+(?:loaded|found|there|copied|inserted|written"
        r"|returned|fetched|left))?"
        r"(?:\s+(?:in|at|to)\b.*)?",
        text,
        re.IGNORECASE,
    )
    if counted is None or match is None:
        return None
    if match["no"]:
        return f"{{{{ {counted} == 0 }}}}"
    if match["n"] is None:
        return f"{{{{ {counted} > 0 }}}}" if not (match["more"] or match["less"]) else None
    how = (match["how"] or "").lower()
    sign = {"at least": ">=", "at most": "<="}.get(
        how, ">" if match["more"] else "<" if match["less"] else "=="
    )
    return f"{{{{ {counted} {sign} {match['n']} }}}}"


def approval(clause: str, state: Changing) -> bool:
    """Read `somebody has to approve it before we load`: a pause before the task."""
    match = next((found for pattern in _APPROVAL if (found := pattern.match(clause))), None)
    if match is None:
        return False
    said = re.sub(r"^(?:we|i|you|it|they|the flow)\s+", "", match["task"].strip(), flags=re.IGNORECASE)
    said = re.sub(rf"^(?:{_RUN}s?|running|starting)\s+", "", said, flags=re.IGNORECASE)
    owner = state.task(
        re.sub(r"\s+(?:runs?|starts?|is (?:run|started)|happens)$", "", said, flags=re.IGNORECASE)
    )
    if owner is None:
        return False
    step = Step(id=free_id("approval", state), type=PAUSE, because=state.masked.unmask(clause))
    state.edit.notes.append("The run waits at the pause until somebody resumes it.")
    return note(state, clause, op="add", step=step, where="before", anchor=owner[0])
