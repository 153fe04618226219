# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Add inputs and tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.plan import target
from copilot.plan.plan import InputPlan, Step
from copilot.plan.render import input_value
from copilot.planner.rules.builder import Builder
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.declared import take_declared
from copilot.planner.rules.edit.chore import chore, connected
from copilot.planner.rules.edit.container import holder
from copilot.planner.rules.edit.guard import negated, test_of
from copilot.planner.rules.edit.mail import addressed, mailed
from copilot.planner.rules.edit.pace import loop_over
from copilot.planner.rules.edit.place import declare, scene_at
from copilot.planner.rules.edit.state import Changing, free_id, note
from copilot.planner.rules.flowable import IF
from copilot.planner.rules.inputs import take_inputs
from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.parse import parse
from copilot.planner.rules.scene import Scene

# --- inputs and new tasks ----------------------------------------------------------------------------------


def inputs(clause: str, state: Changing) -> bool:
    """Read `add an optional input email for …`, `add an input limit of type integer with default 100`."""
    said = re.sub(
        r"\b(?P<what>(?:inputs?|parameters?)\s+(?:called\s+|named\s+)?(?:⟦\d+⟧|[A-Za-z_][\w-]*))\s+"
        r"(?:of\s+(?:the\s+)?type|with\s+(?:the\s+)?type|as\s+an?)\s+(?P<type>[A-Za-z]+)\b",
        lambda match: f"{match['type'].lower()} {match['what']}",
        clause,
        flags=re.IGNORECASE,
    )
    optional = re.search(r"\boptional\s+(?=(?:\w+\s+)?(?:input|parameter))", said, re.IGNORECASE)
    if optional:
        said = said[: optional.start()] + said[optional.end() :]
    masked = Masked(said, state.masked.literals)
    found = take_declared(masked) or take_inputs(masked)
    if not found:
        return False
    if re.search(rf"\b(?:{_DOING})\s+(?:the|it|all|this|a|an)\b", masked.text, re.IGNORECASE):
        return False  # there is something to do beside the input
    known = {item.get("id") for item in state.data.get("inputs") or ()}
    for item in found:
        if optional:
            item.required = False
        _describe(item, masked, state)
        if item.id not in known:
            note(state, clause, op="add", section="inputs", value=input_value(item))
        else:
            _change_input(item, clause, state)
    return True


_DOING = (
    "|".join(
        sorted(
            VERBS
            - {
                "add",
                "take",
                "ask",
                "use",
                "set",
                "make",
                "put",
                "pick",
                "get",
                "create",
                "insert",
                "append",
                "request",
            }
        )
    )
    + "|skip|move|rename"
)


def _describe(item: InputPlan, masked: Masked, state: Changing) -> None:
    """Take what is said behind an input, `for whoever …`, as its description."""
    rest = masked.unmask(masked.text).strip(" ,.")
    about = re.search(
        r"\b(?:for|that (?:is|says|holds)|which (?:is|says|holds))\s+\S.*$", rest, re.IGNORECASE
    )
    if about and not item.description:
        text = about[0].strip()
        item.description = text[:1].upper() + text[1:]


def _change_input(item: InputPlan, clause: str, state: Changing) -> None:
    """An input that is there already gets what the words say of it."""
    values: dict[str, object] = {"type": item.type} if item.options or item.type != "STRING" else {}
    values |= dict(item.options)
    if item.defaults is not None:
        values["defaults"] = item.defaults
    if not item.required:
        values["required"] = False
    for key, value in values.items():
        note(state, clause, op="set", kind="input", target=item.id, path=key, value=value)


_PLACE = re.compile(
    (
        r"[\s,]*\b(?:right\s+|directly\s+|just\s+|immediately\s+)?(?P<where>before|after"
        r"|at the (?:very\s+)?(?:start|beginning|end|top|bottom)"
        r"|as the (?:very\s+)?(?:first|last) (?:task|step|thing)|at last|inside|to the (?:very\s+)?start"
        r"|to the (?:very\s+)?end)\b\s*(?P<anchor>(?:the\s+)?(?:task\s+|step\s+)?(?:(?!saying\b"
        r"|that\b|which\b"
        r"|with\b|and\b|to\b)[\w-]+)?(?:\s+(?:task|step))?)"
    ),
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\bbetween\s+(?P<a>(?:the\s+)?[\w-]+)\s+and\s+(?:the\s+)?[\w-]+(?:\s+(?:tasks?|steps?))?\b",
    re.IGNORECASE,
)
_ADD = re.compile(
    (
        r"^(?:add|insert|append|include|put|also|create)\s+(?:in\s+)?(?:an?(?:other)?\s+|the\s+|(?:second"
        r"|third|fourth|fifth)\s+"
        r"|one more\s+|new\s+)*(?:new\s+)?(?:(?:task|step|branch)\s+(?:that|to|which)\s+"
        r"|(?P<kind>[\w ]+?)\s+(?:task|step)\s*(?:that|to|which|saying|with|for|:)?\s*)?"
    ),
    re.IGNORECASE,
)
_PART = re.compile(
    r"^(?:add|put|create|make|insert)\s+(?:an?\s+|the\s+)?(?P<part>error|finally|final|cleanup"
    r"|clean-up)\s+(?:task|step|handler|block|section|branch|part)?\s*(?:that|which|to|with|:)\s+"
    r"(?P<body>.+)$",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"^(?:whatever happens|in any case|no matter what(?: happens)?|in all cases|either way)[\s,]+"
    r"(?P<a>.+?)(?:\s+at the end)?$"
    r"|^(?P<b>.+?)[\s,]+(?:whatever happens|in any case|no matter what(?: happens)?|even if (?:it|something"
    r"|anything|the flow) fails)$"
    r"|^(?:at the end[\s,]+)?always\s+(?P<c>.+?)(?:\s+at the end)?$",
    re.IGNORECASE,
)
_ON_FAILURE = re.compile(
    r"\b(?:on|in case of|upon)\s+(?:an?\s+|any\s+)?(?:failures?|errors?)\b(?:\s+of\s+(?:it"
    r"|the flow))?,?",
    re.IGNORECASE,
)
_ON_ERROR = re.compile(
    r"\b(?:if|when|whenever|in case|should)\b.*\b(?:fails?|failed|goes wrong|breaks?|crashes)\b"
    r"|\bon (?:failures?|errors?)\b|\berror handler\b|\bin case of (?:an? )?(?:failures?|errors?)\b",
    re.IGNORECASE,
)


_ABOUT_FLOW = re.compile(
    r"^(?!run|start|trigger|call|execute|add|insert|log|print|send|stop|fail|cancel|kill|when"
    r"|if|unless|in|on|at|after|before|while|once)[a-z]+\s+(?:it|this|the (?:whole )?(?:flow"
    r"|workflow"
    r"|pipeline|yaml))\b(?!\s+to\s+(?:⟦|slack|s3|gs))",
    re.IGNORECASE,
)
"""Something that is to happen to the flow itself, not a step of it."""


_OF_THE_FLOW = re.compile(
    r"^(?:the|our|its|my)\s+(?:[\w-]+\s+){1,4}?(?:should|must|has to|needs to|shall|is to)\s+(?:now\s+|also\s+|just\s+)?"
    r"(?:be|say|read|have|use|go|tell|become|stay)\b",
    re.IGNORECASE,
)


@dataclass
class _Slot:
    """Where new tasks go."""

    where: str = "last"
    anchor: str = ""
    section: str = ""
    inside: tuple[str, str] | None = None


def add(clause: str, state: Changing) -> bool:
    """Read `add a log task after x`, `send … to Slack when it fails`, `whatever happens, …`."""
    found = None if _ABOUT_FLOW.match(clause) else _slot(clause, state)
    if found is None:
        return False
    if _OF_THE_FLOW.match(clause):
        return False  # it says how something that is there should be
    plain_slot = found[1] == _Slot()
    if plain_slot and (state.focus or _EDITS.match(clause)):
        return False  # words that change what is there; a new task is not what they ask for
    if _of_a_task(clause, state):
        return False
    said, secret = secret_named(found[0], state)
    said, letter = mailed(said, state)
    text, slot = _told(_with_message(said, state), state), found[1]
    head = _ADD.match(text)
    body = text[head.end() :] if head else text
    kind = (head["kind"] or "") if head else ""
    words = f"{_verb_of(kind)} {body}".strip() if kind else body
    job = chore(text, state) or chore(words, state)
    steps, scene = ([job], scene_at(state, "", "last", "")) if job else _new_steps(words, state, slot)
    if job is not None:
        job.id = free_id(job.id, state)
    elif ".jdbc." in " ".join(step.type for step in steps):
        connected(steps, state, " ".join(item.value for item in state.masked.inside(words)))
        scene.defaults = [
            item for item in scene.defaults if ".jdbc." not in item.type or item.type not in state.text
        ]
    if not steps or all(step.placeholder for step in steps):
        return False
    if not addressed(steps, letter):
        return False
    kept = [with_secret(inner, secret) for step in steps for inner in step.walk()]
    if secret and not any(kept):
        return False
    declare(scene, state, clause)
    previous = slot.anchor
    for number, step in enumerate(steps):
        if slot.section:
            note(state, clause, op="add", step=step, section=slot.section)
        elif slot.inside and not number:
            note(state, clause, op="add", step=step, inside=slot.inside[0], section=slot.inside[1])
        elif number and previous:
            note(state, clause, op="add", step=step, where="after", anchor=previous, kind="task")
        else:
            section = "" if slot.anchor else "tasks"
            note(state, clause, op="add", step=step, where=slot.where, anchor=slot.anchor, section=section)
        previous = step.id
    _defaults(scene, clause, state)
    state.edit.notes += [item for item in scene.notes if not secret or "needs the secret" not in item]
    return True


_EDITS = re.compile(
    r"^(?:rename|use|replace|remove|delete|drop|set|change|make|move|put|limit|keep|only|allow"
    r"|let|have|give|take|swap|switch|turn|increase"
    r"|decrease|raise|lower|update|improve|fix|unset|wrap|group|order|sort|filter|convert"
    r"|translate|simplify)\b",
    re.IGNORECASE,
)


def _of_a_task(clause: str, state: Changing) -> bool:
    """Whether something is to be added to a task that holds no tasks: `add a where clause to count`."""
    match = re.match(
        r"^(?:add|append|include|insert)\s.+\s+(?:to|in)\s+(?:the\s+)?(?P<id>[\w-]+)(?:\s+(?:task"
        r"|step))?$",
        clause,
        re.IGNORECASE,
    )
    task = next(
        (task for _, task in target.tasks_of(state.data) if match and task["id"] == match["id"]), None
    )
    return task is not None and not any(isinstance(task.get(name), list) for name in ("tasks", "then"))


def _told(text: str, state: Changing) -> str:
    """`post to ⟦0⟧ that shop failed` is `send ⟦1⟧ to Slack at ⟦0⟧`."""
    match = re.search(
        r"\b(?:post|send|write|report)\s+(?:a\s+message\s+)?(?:to"
        r"|at)\s+(?P<at>⟦(?P<n>\d+)⟧)\s+(?:that|saying(?:\s+that)?)\s+"
        r"(?P<what>[^⟦,;]+)$",
        text,
        re.IGNORECASE,
    )
    if match is None or state.masked.literals[int(match["n"])].kind != "url":
        return text
    state.masked.literals.append(Literal("text", match["what"].strip(), match["what"]))
    slack = " Slack at" if "hooks.slack.com" in state.masked.literals[int(match["n"])].value else ""
    return f"{text[: match.start()]}send ⟦{len(state.masked.literals) - 1}⟧ to{slack} {match['at']}"


def _with_message(text: str, state: Changing) -> str:
    """Put the message of a task in the place of its name: `send the alarm to …`."""
    match = re.search(
        r"\b(?:send|post|forward|mail|email)\s+(?P<what>(?:the\s+)?(?P<id>[\w-]+))\s+to\b",
        text,
        re.IGNORECASE,
    )
    if match is None:
        return text
    for _, task in target.tasks_of(state.data):
        if task["id"] == match["id"] and isinstance(task.get("message"), str):
            state.masked.literals.append(Literal("text", task["message"], match["what"]))
            return (
                f"{text[: match.start('what')]}⟦{len(state.masked.literals) - 1}⟧{text[match.end('what') :]}"
            )
    return text


def _slot(clause: str, state: Changing) -> tuple[str, _Slot] | None:
    """Return what is to be added without the words that say where, and the place."""
    if part := _PART.match(clause):
        section = "errors" if part["part"].lower() == "error" else "finally"
        return f"add a task that {part['body']}", _Slot(section=section)
    if always := _ALWAYS.match(clause):
        return next(body for body in always.groups() if body), _Slot(section="finally")
    if _ON_ERROR.search(clause):
        plain_words = _ON_FAILURE.sub(" ", clause)
        said = clause if plain_words == clause else f"if it fails, {' '.join(plain_words.split())}"
        return said, _Slot(section="errors")
    if (looped := _in_loop(clause, state)) is not None:
        return looped
    if (between := _BETWEEN.search(clause)) and (neighbour := state.task(between["a"])):
        text = f"{clause[: between.start()].rstrip(' ,')} {clause[between.end() :].lstrip(' ,')}".strip()
        return text, _Slot("after", neighbour[0])
    places = list(_PLACE.finditer(clause))
    beside = next((item for item in places if item["where"].lower() in ("before", "after")), None)
    if beside is not None and (placed := _placed(clause, beside, state)) is not None:
        opening = _INSIDE.match(placed[0])
        return (placed[0][opening.end() :], placed[1]) if opening else placed
    if places:
        return _placed(clause, places[0], state)
    if inside := holder(clause, state):
        return inside[2], _Slot(inside=inside[:2])
    return clause, _Slot()


_EACH = re.compile(
    r"[\s,]*\b(?:(?:after|for|at the end of|with|before|at the start of|in|inside|between)\s+(?:each|every)\s+(?:single\s+|two\s+)?|per\s+|between\s+(?:the\s+|two\s+|all\s+)*)(?P<noun>[a-z][\w-]*)"
    r"(?:\s+(?:is|was|has been)\s+(?:done|loaded|finished|processed|ready))?\b[\s,]*",
    re.IGNORECASE,
)


def _value_words(noun: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:the|its|that|this)\s+(?:(?:name|value|id|code)\s+of\s+the\s+)?{re.escape(noun)}(?:['’]s\s+(?:name|value|id|code)|\s+name)?\b",
        re.IGNORECASE,
    )


def _value_mark(words: str, state: Changing) -> str:
    """Put the value of the loop in the place of words for it."""
    state.masked.literals.append(Literal("text", "{{ taskrun.value }}", words))
    return f"⟦{len(state.masked.literals) - 1}⟧"


def _in_loop(clause: str, state: Changing) -> tuple[str, _Slot] | None:
    """Read `after each city log …`: a step inside the loop that is there."""
    match = _EACH.search(clause)
    if match is not None and re.search(rf"{re.escape(match['noun'])}\s+and\s+\w", clause):
        return None  # `between a and b`
    if match is None or (match.start() > 2 and match.end() < len(clause) - 2):
        return None
    owner = loop_over(match["noun"], state)
    rest = f"{clause[: match.start()]} {clause[match.end() :]}".strip(" ,")
    rest = _value_words(match["noun"]).sub(lambda found: _value_mark(found[0], state), rest)
    if owner is None:
        return None
    if re.search(r"\b(?:before|start)\b", match[0], re.IGNORECASE):
        inside = target.get(state.data, (*owner[1], "tasks"))
        first = inside[0]["id"] if isinstance(inside, list) and inside else None
        return (rest, _Slot("before", str(first))) if first else None
    return rest, _Slot(inside=(owner[0], "tasks"))


_INSIDE = re.compile(
    r"^(?:inside|in|within)\s+(?:the\s+)?(?:[\w-]+\s+)?(?:loop|branch|block|group|else"
    r"|parallel|foreach)\b(?:\s+branch)?[\s,]*(?:also\s+)?",
    re.IGNORECASE,
)


def _placed(clause: str, place: re.Match[str], state: Changing) -> tuple[str, _Slot] | None:
    said = place["where"].lower()
    text = (
        f"{clause[: place.start()]} {clause[place.end() :]}".strip()
        if place.start()
        else clause[place.end() :].strip(" ,")
    )
    if said in ("before", "after"):
        neighbour = state.task(place["anchor"])
        return None if neighbour is None else (text, _Slot(said, neighbour[0]))
    # `at the very beginning` names no task: what follows the place belongs to the words
    text = f"{clause[: place.start()]} {place['anchor']} {clause[place.end() :]}".strip(" ,")
    if said == "inside":
        inside = holder(clause, state)
        return (inside[2], _Slot(inside=inside[:2])) if inside else (clause, _Slot())
    first = any(word in said for word in ("start", "beginning", "first", "top"))
    if not first and (inside := holder(text, state)):
        return inside[2], _Slot(inside=inside[:2])
    return text, _Slot("first" if first else "last")


def _defaults(scene: Scene, clause: str, state: Changing) -> None:
    for default in scene.defaults:
        present = state.data.get("pluginDefaults") or ()
        if not any(str(default.type).startswith(str(item.get("type"))) for item in present):
            value = {"type": default.type, "values": default.values}
            note(state, clause, op="add", section="pluginDefaults", value=value)


_KINDS = {
    "log": "log",
    "logging": "log",
    "sleep": "sleep",
    "wait": "wait",
    "return": "return",
    "download": "download",
    "http": "request",
    "python": "run with python",
    "shell": "run in the shell",
    "duckdb": "query with duckdb",
    "slack": "send to slack",
    "email": "send an email",
    "mail": "send an email",
    "pause": "pause",
}


def _verb_of(kind: str) -> str:
    return _KINDS.get(kind.lower().split()[-1], kind) if kind else ""


_SECRET = re.compile(
    r"[\s,;]*(?:\band\s+|\bwith\s+|\busing\s+|\bfrom\s+|\()?\s*(?:(?:the|its|our|an?)\s+)?(?:(?:slack|discord|teams|web|smtp|incoming)\s*)?"
    r"(?:hook\s*|webhook\s*)?(?:url|address|hook|webhook|token|password|key|link)?\s*"
    r"(?:(?:is|stands|sits|lies|can be found|comes|lives|are|stored|kept)\s+)?(?:in|from|under|as|is|with|by|using|of)?\s*"
    r"(?:the\s+|an?\s+|our\s+)?secret\s+(?:called\s+|named\s+)?(?P<name>⟦\d+⟧|[A-Za-z_]\w*)\)?",
    re.IGNORECASE,
)


def secret_named(text: str, state: Changing) -> tuple[str, str]:
    """Take `the webhook url is in the secret X` out of an order; return the name of the secret, empty when none."""
    match = _SECRET.search(text)
    if match is None or match["name"].lower() in ("to", "for", "in", "store", "of", "and"):
        return text, ""
    name = state.masked.inside(match["name"])[0].value if "⟦" in match["name"] else match["name"]
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split()), name


def with_secret(step: Step, name: str) -> bool:
    """Let a new step read its only secret from the one named; tell whether it has one."""
    if not name:
        return True
    found = [key for key, value in step.values.items() if isinstance(value, str) and "secret('" in value]
    if len(found) > 1:
        found = [key for key in found if key.lower() in ("url", "password", "token", "apikey")]
    if len(found) != 1:
        return False
    step.values[found[0]] = re.sub(r"secret\('[^']*'\)", f"secret('{name}')", str(step.values[found[0]]))
    return True


def _new_steps(text: str, state: Changing, slot: _Slot) -> tuple[list[Step], Scene]:
    """Compose steps for a slot; what only happens under a condition goes into an If."""
    anchor, where = slot.anchor, slot.where
    if slot.inside and (last := _last_inside(slot.inside, state)):
        anchor, where = last, "after"
    for pattern in () if slot.section == "errors" else _CONDITIONAL:
        match = pattern.match(text)
        test = test_of(match["test"], state, where, anchor) if match else None
        if match is None or test is None:
            continue
        steps, scene = compose_at(match["do"], state, where, anchor)
        if steps and not any(step.placeholder for outer in steps for step in outer.walk()):
            name = free_id("check", state)
            condition = negated(test) if match["if"].lower() == "unless" else test
            shell = Step(
                id=name, type=IF, values={"condition": condition}, nested={"then": steps}, because=text
            )
            return [shell], scene
    return compose_at(text, state, where, anchor)


_CONDITIONAL = (
    re.compile(
        r"^(?P<if>if|when|whenever|unless|in case)\s+(?P<test>[^,]+),\s*(?:then\s+)?(?P<do>(?!.*\b"
        r"(?:otherwise|else)\b).+)$",
        re.I,
    ),
    re.compile(
        r"^(?P<do>(?!if\b|when\b).+?),?\s+(?P<if>if|when|whenever|unless"
        r"|in case)\s+(?P<test>[^,]+)$",
        re.IGNORECASE,
    ),
)


def compose_at(text: str, state: Changing, where: str, anchor: str) -> tuple[list[Step], Scene]:
    """Compose steps that see what the flow already gives at the place they are added to."""
    scene = scene_at(state, text, where, anchor)
    known = {item.id for item in scene.inputs}
    built = Builder(scene, state.suggest).build(parse(scene.masked))
    scene.inputs = [item for item in scene.inputs if item.id not in known]
    steps = [*built.steps, *built.errors, *built.finally_]
    if all(step.placeholder for step in steps) and (system := _database(text, state)):
        return compose_at(f"{text} in {system}", state, where, anchor)
    return steps, scene


_SYSTEMS = {
    "postgresql": "postgres",
    "mysql": "MySQL",
    "duckdb": "duckdb",
    "sqlite": "SQLite",
    "bigquery": "BigQuery",
}


def _database(text: str, state: Changing) -> str | None:
    """Return the only database the flow works with, for words that speak of tables and name none."""
    if not re.search(r"\b(?:table|truncate|rows|index|vacuum|select|view|column)\b", text, re.IGNORECASE):
        return None
    types = {task["type"].split(".")[-2] for _, task in target.tasks_of(state.data)} & set(_SYSTEMS)
    if len(types) != 1 or any(re.search(rf"\b{name}", text, re.IGNORECASE) for name in _SYSTEMS.values()):
        return None
    return _SYSTEMS[types.pop()]


def _last_inside(inside: tuple[str, str], state: Changing) -> str:
    holding = target.get(state.data, (*target.find(state.data, inside[0], "task"), inside[1]))
    tasks = [item for item in holding or () if isinstance(item, dict) and "id" in item]
    return str(tasks[-1]["id"]) if tasks else ""
