"""Retries, timeouts, schedules, concurrency, labels, switching on and off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from copilot.plan import target
from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.retime import DAY as _DAY
from copilot.planner.rules.edit.retime import keep_time, schedules_of, spoken, unheard
from copilot.planner.rules.edit.state import Changing, note, plain, set_on
from copilot.planner.rules.literal import MARK, Literal, Masked
from copilot.planner.rules.schedule import find_schedules
from copilot.planner.rules.word import find_duration, whole
from copilot.planner.rules.zone import ZONE
from engine.model.json import Json

# --- retries, timeouts, schedules, concurrency --------------------------------------------------------------


_FILLERS = re.compile(
    r"\b(?:add|set|give|make|let|put|use|with|to|for|on|the|a|an|of|in|when|if|up"
    r"|fails?|should|be|policy|retry|retries|timeout|at|most|please|change|must|have|has|get|gets|limit"
    r"|from)\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:everything|(?:all|every|each)(?: of)?(?: the)? (?:other )?(?:tasks?|steps?))\b", re.IGNORECASE
)
_FLOW = re.compile(
    r"\b(?:the |this |our )?(?:whole |entire )?(?:flow|workflow|pipeline|execution|thing|run)\b", re.I
)


def modifiers(clause: str, state: Changing) -> bool:
    """Read `add a retry of 3 times to the download`, `retry load 5 times`, `give it a timeout`."""
    literals = [
        literal for literal in state.masked.inside(clause) if literal.kind in ("retry", "timeout", "lenient")
    ]
    if not literals:
        return False
    unmasked = MARK.sub(lambda m: state.masked.literals[int(m[1])].words, clause)
    words = " ".join(_FILLERS.sub(" ", MARK.sub(" ", clause)).split()).strip(" ,:")
    words = re.sub(r"^and\b|\band$", "", words).strip(" ,:")
    words = words or _inside_words(literals[0].words)
    every = bool(_ALL.search(unmasked))
    owners = [] if every or not words else [name for name, _ in state.tasks(words)]
    whole_flow = (
        not owners
        and not every
        and bool(_FLOW.search(unmasked) or any(literal.facts.get("flow") for literal in literals))
    )
    if not (owners or every or whole_flow) and state.focus:
        owners = [state.focus]
    if not (owners or every or whole_flow):
        if words and words.lower() != "it":
            return False
        owners = [name for name, _ in state.top] if len(state.top) == 1 else []
        whole_flow = not owners
    for literal in literals:
        _modify(literal, clause, owners, every, state)
    return True


def _modify(literal: Literal, clause: str, owners: list[str], every: bool, state: Changing) -> None:
    """Write down what one literal says: on tasks, on every task, or on the flow."""
    retry, timeout = literal.kind == "retry", literal.kind == "timeout"
    told = f"maxAttempts counts the first attempt as well, so '{literal.words}' is written with one more."
    again = re.search(r"\bretr", literal.words, re.IGNORECASE) and re.search(r"\d", literal.words)
    if retry and again and told not in state.edit.notes:
        state.edit.notes.append(told)
    if retry and not owners:
        note(state, clause, op="set", path="retry", value=literal.facts["retry"])
        return
    if timeout and not owners and not every:
        limit_duration(clause, literal.value, state)
        return
    path = "retry" if retry else "timeout" if timeout else "allowFailure"
    value: object = literal.facts["retry"] if retry else literal.value if timeout else True
    for name in owners or [name for name, _ in state.top]:
        set_on(state, clause, name, path, value)


def limit_duration(clause: str, duration: str, state: Changing) -> bool:
    """Write down how long the whole flow may take: a promise that cancels what takes longer."""
    behavior = "FAIL" if re.search(r"\bfail\b", clause, re.IGNORECASE) else "CANCEL"
    kept = state.data.get("sla")
    for number, item in enumerate(kept if isinstance(kept, list) else ()):
        if isinstance(item, dict) and item.get("type") == "MAX_DURATION":
            return note(state, clause, op="set", path=f"sla.{number}.duration", value=duration)
    value = {"id": "max_duration", "type": "MAX_DURATION", "behavior": behavior, "duration": duration}
    return note(state, clause, op="add", section="sla", value=value)


_TOO_LONG = re.compile(
    r"^(?P<verb>kill|stop|cancel|abort|fail|end)\s+(?:the\s+|this\s+)?(?:whole\s+)?(?:thing|flow|workflow"
    r"|pipeline|it|run|execution|everything)\s+(?:if|when|once|as soon as|after)\b",
    re.IGNORECASE,
)
_LONGER = re.compile(
    r"\b(?:it|the (?:whole )?(?:flow|run|execution|thing))\s+(?:must|should|may)\s+(?:not|never)\s+"
    r"(?:take|run)|\bno (?:run|execution) (?:may|should) take",
    re.IGNORECASE,
)


def too_long(clause: str, state: Changing) -> bool:
    """Read `cancel the whole thing if it takes longer than an hour`."""
    said = MARK.sub(lambda m: state.masked.literals[int(m[1])].words, clause)
    duration = find_duration(said) if _TOO_LONG.match(said) or _LONGER.search(said) else None
    return duration is not None and limit_duration(said, duration.iso, state)


_MAY_TAKE = re.compile(
    r"^(?:give|allow|grant)\s+(?P<a>.+?)\s+(?:at most\s+|up to\s+|only\s+|no more than\s+"
    r"|a maximum of\s+)?(?P<time>(?:\d|an?\b|one\b|half\b|"
    r"two\b|five\b|ten\b).+?)(?:\s+at (?:the )?most|\s+to (?:finish|run|complete)|\s+max(?:imum)?)?$"
    r"|^(?P<b>.+?)\s+(?:may|can|should|must)\s+(?:only\s+)?(?:take|run(?: for)?"
    r"|last)\s+(?:at most|up to|no more than|no longer than|only)\s+"
    r"(?P<time2>.+)$"
    r"|^(?:stop|kill|cancel|abort|end)\s+(?P<c>.+?)\s+(?:after|when it takes (?:longer"
    r"|more) than|if it takes (?:longer|more) than)\s+(?P<time3>.+)$"
    r"|^(?:if|when|once)\s+(?P<d>.+?)\s+(?:takes?|runs?|needs?)\s+(?:longer"
    r"|more)\s+than\s+(?P<time4>.+?)\s*,\s*"
    r"(?:kill|stop|cancel|abort|end|fail)\b.*$",
    re.IGNORECASE,
)


def may_take(clause: str, state: Changing) -> bool:
    """Read `give clean 2 minutes at most`, `stop the query after 30 seconds`: a timeout."""
    match = _MAY_TAKE.match(clause)
    if match is None:
        return False
    said = match["time"] or match["time2"] or match["time3"] or match["time4"]
    duration = find_duration(said)
    if duration is None or said[: duration.start].strip() or said[duration.end :].strip(" ."):
        return False
    found = state.tasks(match["a"] or match["b"] or match["c"] or match["d"])
    return bool(found) and all(set_on(state, clause, name, "timeout", duration.iso) for name, _ in found)


def _inside_words(words: str) -> str:
    match = re.search(r"\b(?:retry|try)\s+(?:the\s+)?(?P<what>\w+)", words, re.IGNORECASE)
    return (
        match["what"]
        if match
        and match["what"].lower() not in ("it", "again", "up", "at", "on")
        and whole(match["what"]) is None
        else ""
    )


def schedule(clause: str, state: Changing) -> bool:
    code = spoken(clause, state)
    found = find_schedules(code)
    if not found and _DAY.search(code) and (_ANOTHER.match(clause) or not schedules_of(state, clause)):
        code = _DAY.sub(lambda match: f"{match[0]} of every month", code)
        found = find_schedules(code)
    timezone = re.search(
        r"\btime ?zone\b.*?\b(?:to|of|is)\s+(?P<zone>⟦\d+⟧|[A-Za-z_]+/[A-Za-z_/]+|UTC)", clause, re.IGNORECASE
    )
    schedules = schedules_of(state, clause)
    if timezone and schedules and not found:
        return note(
            state,
            clause,
            op="set",
            kind="trigger",
            target=schedules[0]["id"],
            path="timezone",
            value=plain(timezone["zone"], state.masked),
        )
    if not found or not re.match(
        (
            r"(?:run|schedule|change|make|set|add|execute|trigger|update|start|put|move|let"
            r"|use|also|have|do|it should|the (?:flow|schedule) should|this should)\b"
            r"|(?:every|each|daily|hourly|weekly|monthly|nightly|at|on|only|once|twice|weekdays|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?"
            r"|saturdays?|sundays?|weekends?|mornings?|evenings?|from now on)\b"
        ),
        clause,
        re.IGNORECASE,
    ):
        return False
    if re.search(
        r"(?:\b(?:not|never|except|without|skip|no)\b|n't\b)[^,]{0,25}$",
        code[: found[0].start],
        re.IGNORECASE,
    ):
        return False  # when it is not to run
    start = starts.Start()
    starts.read_schedule(found[0], len(schedules), state.types, start, False)
    if start.open:
        state.edit.open.append(": ".join(start.open[0]))
        return True
    rest, values, name = _beside_schedule(code[: found[0].start] + " " + code[found[0].end :], state)
    gone = unheard(ZONE.sub(" ", _OLD.sub(" ", rest)), state)
    gone = [word for word in gone if word not in _SCHEDULING]
    if {task["id"].lower() for _, task in target.tasks_of(state.data)} & set(gone):
        return False  # it is about a task
    if gone:
        state.edit.open.append(f"{state.masked.unmask(clause)} (not understood: {', '.join(gone)})")
    if len(start.triggers) > 1 and not schedules:
        return all(note(state, clause, op="add", trigger=trigger) for trigger in start.triggers)
    trigger = start.triggers[0]
    if not schedules or _ANOTHER.match(clause):
        taken = {item.get("id") for item in state.data.get("triggers") or ()}
        trigger.id = next(free for free in _names(name or trigger.id) if free not in taken)
        if values:
            trigger.values["inputs"] = values
        return note(state, clause, op="add", trigger=trigger)
    if len(schedules) > 1:
        state.vague["the schedule"] = [str(item.get("id")) for item in schedules]
        return False
    trigger.values["cron"] = keep_time(found[0], str(schedules[0].get("cron", "")), code)
    for key, value in trigger.values.items():
        note(state, clause, op="set", kind="trigger", target=schedules[0]["id"], path=key, value=value)
    return True


_SCHEDULING = frozenset(
    [
        "add",
        "create",
        "another",
        "second",
        "third",
        "also",
        "additional",
        "extra",
        "additionally",
        "too",
        "well",
        "weekly",
        "monthly",
        "hourly",
        "rather",
        "than",
    ]
)
_OLD = re.compile(r"\b(?:instead of|rather than|not)\b.*$", re.IGNORECASE)
_ANOTHER = re.compile(
    r"(?:add|create)\b|schedule it\b.*\b(?:another|second|third|additional|extra)\b"
    r"|(?:also|additionally)\b|.*\b(?:also|as well|additionally|too)\b",
    re.IGNORECASE,
)


def _beside_schedule(rest: str, state: Changing) -> tuple[str, dict[str, Json], str]:
    """Take the inputs a schedule runs with, and its name, out of the words beside it."""
    values: dict[str, Json] = {}
    for item in state.data.get("inputs") or ():
        said = re.search(
            rf"\b(?:with|and|for)\s+(?:the\s+)?(?:input\s+)?{re.escape(str(item.get('id')))}\s*(?:=|:"
            rf"|is|as|set to|of)?\s*(?P<value>⟦\d+⟧|[\w.-]+)",
            rest,
        )
        if said:
            values[str(item["id"])] = plain(said["value"], state.masked)
            rest = f"{rest[: said.start()]} {rest[said.end() :]}"
    named = re.search(
        r"\b(?:called|named)\s+(?P<a>[\w-]+)|^\s*(?:add|create)\s+(?P<b>\w+_\w+)", rest, re.IGNORECASE
    )
    name = (named["a"] or named["b"]) if named else ""
    return (f"{rest[: named.start()]} {rest[named.end() :]}" if named else rest), values, name


def _names(wanted: str) -> Iterator[str]:
    yield wanted
    yield from (f"{wanted}_{number}" for number in count(2))


def bounds(clause: str, state: Changing) -> bool:
    """Concurrency, labels, webhooks: what bounds a flow."""
    if (one := _alone(clause)) is not None:
        return note(state, clause, op="set", path="concurrency", value=one)
    if pairs := _pairs(clause, state):
        return all(note(state, clause, op="set", path=f"labels.{key}", value=value) for key, value in pairs)
    masked = Masked(clause, state.masked.literals)
    start = starts.take_start(masked, state.types, str(state.data.get("namespace", "")))
    if start.concurrency:
        return note(state, clause, op="set", path="concurrency", value=start.concurrency)
    if start.triggers and re.search(r"\bwebhook|flow\b", clause, re.IGNORECASE):
        return all(note(state, clause, op="add", trigger=trigger) for trigger in start.triggers)
    label = re.match(
        (
            r"(?:add|set|put|change|update|make|give it)\s+(?:the\s+"
            r"|an?\s+)?labels?\s+(?:called\s+)?(?P<key>⟦\d+⟧|[\w.-]+)\s*(?:=|:|to"
            r"|with(?: the)? value|of)?\s*(?P<value>⟦\d+⟧|[\w.-]+)$"
        ),
        clause,
        re.IGNORECASE,
    )
    if label:
        return note(
            state,
            clause,
            op="set",
            path=f"labels.{plain(label['key'], state.masked)}",
            value=plain(label["value"], state.masked),
        )
    for key, value in start.labels.items():
        note(state, clause, op="set", path=f"labels.{key}", value=value)
    return bool(start.labels)


_ALONE = re.compile(
    r"^(?:(?P<how>cancel|skip|drop|reject|fail|refuse|queue|hold)\s+(?:all\s+|any\s+"
    r"|the\s+)?(?:new|other|further|overlapping|parallel"
    r"|concurrent|additional|second)?\s*(?:runs?|executions?)\s+(?:while|if|when"
    r"|as long as)\s+(?:one|another(?: one)?|it|a run|the flow)\s+"
    r"(?:is|runs?)\b.*"
    r"|(?:never|do not|don't)\s+(?:run|start|execute)\s+(?:it|the flow|this)?\s*(?:twice"
    r"|two times|in parallel|more than once)\b.*"
    r"|(?:do not|don't)\s+start\s+(?:a\s+)?(?:new|second|another)\s+(?:run"
    r"|execution)s?\s+(?:while|if|when|before)\s.+"
    r"|(?:no|avoid|prevent|forbid)\s+(?:overlapping|overlaps?|parallel"
    r"|concurrent)(?:\s+(?:runs|executions))?)$",
    re.IGNORECASE,
)


def _alone(clause: str) -> dict[str, Json] | None:
    """Read `cancel new runs while one is running`, `never run it twice at the same time`."""
    match = _ALONE.match(clause)
    if match is None:
        return None
    how = (match["how"] or "").lower()
    behavior = (
        "CANCEL"
        if how in ("cancel", "skip", "drop")
        else "FAIL"
        if how in ("reject", "fail", "refuse")
        else "QUEUE"
    )
    return {"limit": 1, "behavior": behavior}


_LABELS = re.compile(
    r"^(?:add|set|put|give it|attach|use)\s+(?:the\s+|some\s+|these\s+)?(?:(?:tags?|labels?)\s*:?\s+)?"
    r"(?P<pairs>[\w.-]+\s*[=:]\s*(?:⟦\d+⟧|[\w.-]+)(?:(?:\s*,\s*(?:and\s+)?"
    r"|\s+and\s+)[\w.-]+\s*[=:]\s*(?:⟦\d+⟧|[\w.-]+))*)"
    r"(?:\s+(?:as|to the)\s+(?:labels?|tags?))?$",
    re.IGNORECASE,
)


def _pairs(clause: str, state: Changing) -> list[tuple[str, str]]:
    """Return the labels of `add tags: team=growth and cost=low as labels`."""
    match = _LABELS.match(clause)
    if match is None or not re.search(r"\b(?:labels?|tags?)\b", clause, re.IGNORECASE):
        return []
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", match["pairs"])
    return [
        (key.strip(), plain(value, state.masked))
        for key, value in (re.split(r"\s*[=:]\s*", part, maxsplit=1) for part in parts)
    ]


def switch(clause: str, state: Changing) -> bool:
    match = re.match(
        (
            r"(?P<verb>disable|enable|turn off|turn on|switch off|switch on|pause|skip|activate"
            r"|deactivate)\s+(?P<what>.+)$"
        ),
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return False
    off = match["verb"].lower() in ("disable", "turn off", "switch off", "pause", "skip", "deactivate")
    if re.fullmatch(r"(?:the\s+|this\s+)?(?:flow|workflow)", match["what"], re.IGNORECASE):
        return note(state, clause, op="set", path="disabled", value=off)
    if re.search(r"\b(?:schedule|trigger|webhook)\b", match["what"], re.IGNORECASE):
        triggers = state.data.get("triggers") or ()
        named = [
            item for item in triggers if str(item.get("id")) in plain(match["what"], state.masked).split()
        ] or list(triggers)
        return bool(named) and all(
            note(state, clause, op="set", kind="trigger", target=item["id"], path="disabled", value=off)
            for item in named
        )
    return _switch_tasks(clause, match["what"], off, state)


def _switch_tasks(clause: str, what: str, off: bool, state: Changing) -> bool:
    found = state.tasks(what)
    if not found:
        named = next(
            (
                item
                for item in state.data.get("triggers") or ()
                if item.get("id") in re.findall(r"[\w-]+", plain(what, state.masked))
            ),
            None,
        )
        return named is not None and note(
            state, clause, op="set", kind="trigger", target=named["id"], path="disabled", value=off
        )
    return all(set_on(state, clause, name, "disabled", off) for name, _ in found)
