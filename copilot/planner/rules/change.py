# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Changes of a flow in words: add, remove, rename, move, set, wrap, retry, schedule."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.errors import NeedInfo, OffTopic, PatchError
from copilot.plan import target
from copilot.plan.operation import Edit
from copilot.planner.rules.clause import VERBS, Act
from copilot.planner.rules.edit import container, section, whole, wording
from copilot.planner.rules.edit.addition import add, inputs
from copilot.planner.rules.edit.aside import apart, defaulted, is_aside, referred
from copilot.planner.rules.edit.bound import bounds, may_take, modifiers, schedule, switch, too_long
from copilot.planner.rules.edit.branch import branch
from copilot.planner.rules.edit.calendar import calendar
from copilot.planner.rules.edit.enclosure import unwrap, wrap
from copilot.planner.rules.edit.entry import entry
from copilot.planner.rules.edit.exchange import exchange
from copilot.planner.rules.edit.guard import approval, guard
from copilot.planner.rules.edit.heard import lost
from copilot.planner.rules.edit.membership import membership
from copilot.planner.rules.edit.moved import moved
from copilot.planner.rules.edit.naming import naming
from copilot.planner.rules.edit.option import option, typed
from copilot.planner.rules.edit.order import move, remove, rename
from copilot.planner.rules.edit.pace import goes_on, pace
from copilot.planner.rules.edit.parameter import choose, parameter
from copilot.planner.rules.edit.plain_words import plainer
from copilot.planner.rules.edit.query import query
from copilot.planner.rules.edit.retime import redays, retime
from copilot.planner.rules.edit.secret import secret
from copilot.planner.rules.edit.state import Changing
from copilot.planner.rules.edit.stated import stated
from copilot.planner.rules.edit.substitute import substitute
from copilot.planner.rules.edit.texting import texting, texting_again
from copilot.planner.rules.edit.twin import twin
from copilot.planner.rules.edit.value import set_value
from copilot.planner.rules.literal import mask
from copilot.planner.rules.matcher import Suggest
from copilot.planner.rules.scene import Types
from copilot.planner.rules.verb import plain_verbs
from engine.errors import SourceError
from engine.source.document import read_document


def change(words: str, current_yaml: str, types: Types, suggest: Suggest) -> Edit:
    """Read the changes some words ask for. Raises OffTopic, NeedInfo or PatchError."""
    try:
        data = read_document(current_yaml).data
    except SourceError as error:
        raise PatchError(f"the flow must parse before it can be changed: {error}") from error
    if not isinstance(data, dict):
        raise PatchError("there is no flow to change")
    masked = mask(_target_first(words))
    masked.text = defaulted(plain_verbs(masked.text))
    state = Changing(masked, current_yaml, data, types, suggest, Edit())
    clauses = referred([part for clause in _clauses(masked.text) for part in apart(clause)], state)
    for number, said in enumerate(clauses):
        state.follow()
        if not is_aside(said, " ; ".join([*clauses[:number], *clauses[number + 1 :]]), state, current_yaml):
            _read(plainer(said, state), state, said)
    state.follow()
    _dangling(state)
    if not state.edit.operations:
        _refuse(words, state)
    return state.edit


_RETRIED = re.compile(
    r"\b(?P<verb>retry|try)\s+(?P<what>(?:the\s+|all\s+(?:the\s+)?|both\s+)?(?!(?:it|this|that"
    r"|them|again|up|at|on|if|when|with"
    r"|every|everything|each|after|for|to|until|a|the|twice"
    r"|once)\b)[A-Za-z_][\w-]*(?:(?:\s+and|,)?\s+(?!up\b|at\b|twice\b|once\b|on\b|if\b)[a-z]\w*){0,3}?)"
    r"\s+(?=(?:up to |at most )?(?:\d+|once|twice|two|three|four|five|six|ten)\b)",
    re.IGNORECASE,
)


def _target_first(words: str) -> str:
    """`retry the count query 3 times` is `the count query: retry 3 times`: the tries are one piece."""
    words = re.sub(
        r"^[^,:;.]{2,40}?\s(?:wants?|needs?|would like|likes?|has|have)\s+to\s+(?:know|hear|be told|be informed|see)\s+(?:it\s+)?(?:when|if|whenever)\s+"
        r"(?:it|something|anything|the flow|this)\s+(?:broke|breaks|fails|failed|goes wrong|crashe[sd])\s*[:,;]\s*",
        "if it fails, ",
        words,
        flags=re.IGNORECASE,
    )
    said = re.sub(
        r"\b(?:an?\s+)?(\d+[ -]\w+)[ -](?:timeout|time limit)\b",
        r"a timeout of \1",
        words,
        flags=re.IGNORECASE,
    )
    said = re.sub(
        r"\b(?:if|when)\s+(?:the\s+)?([\w-]+)\s+fails?\s*,?\s+(?:re)?try\s+(?:it\s+)?(?:again\s+)?"
        r"(?=(?:up to |at most )?\d)",
        r"\1: retry ",
        said,
        flags=re.IGNORECASE,
    )
    said = re.sub(
        r"\b([\w-]+)\s+(?:should|must|has to|can)\s+be\s+(?:re)?tried\b",
        r"\1: retry",
        said,
        flags=re.IGNORECASE,
    )
    said = re.sub(r"\b(\d+ times?|twice|once)\s+each\b", r"\1", said, flags=re.IGNORECASE)
    said = _RETRIED.sub(lambda match: f"{match['what']}: {match['verb']} ", said)
    return re.sub(
        r"\b((?:re)?try)\s+twice\b", r"\1 2 times", re.sub(r"\b((?:re)?try)\s+once\b", r"\1 1 times", said)
    )


_INSTEAD = re.compile(r"\b(?:instead|rather than|in place of)\b", re.IGNORECASE)


def _only_adds(state: Changing, before: int) -> bool:
    made = state.edit.operations[before:]
    return bool(made) and all(item.op == "add" and item.step is not None for item in made)


def _read(clause: str, state: Changing, raw: str = "") -> None:
    """Let the first rule that understands a clause write its operations; what it lost stays open."""
    before = len(state.edit.operations)
    state.vague.clear()
    for rule in _RULES:
        if rule(clause, state):
            gone = lost(clause, state.edit.operations[before:], state)
            if (instead := _INSTEAD.search(raw)) and _only_adds(state, before):
                gone = [instead[0], *gone]  # something was to make room
            if gone:
                state.edit.open.append(f"{state.masked.unmask(clause)} (not understood: {', '.join(gone)})")
            return
        del state.edit.operations[before:]
    if (rest := re.match(r"[^:⟦]{3,60}:\s+(?=[A-Za-z]+\s+\S)", clause)) and not _CONDITION.match(clause):
        _read(clause[rest.end() :], state)  # what stands before says why
        return
    asked = _which(state)
    state.edit.open.append(f"{state.masked.unmask(clause)}{f' ({asked})' if asked else ''}")


def _dangling(state: Changing) -> None:
    """Ask back where something that was removed is still read somewhere."""
    for operation in state.edit.operations:
        root = {"input": "inputs", "task": "outputs", "variable": "vars"}.get(operation.kind)
        if (
            operation.op == "remove"
            and root
            and not any(o.to == operation.target for o in state.edit.operations)
        ):
            reads = re.search(rf"\b{root}\.{re.escape(operation.target)}\b", state.text)
            if reads:
                state.edit.open.append(
                    f"{operation.because} ('{reads[0]}' is still read in the flow: what shall stand there?)"
                )


_CONDITION = re.compile(r"(?:if|when|unless|every|for|in|on|at|before|after)\b", re.IGNORECASE)


def _which(state: Changing) -> str:
    """Ask which of several things some words mean; empty when that was not the trouble."""
    if not state.vague:
        return ""
    said = min(state.vague, key=len)
    *names, last = state.vague[said]
    return f"which one is '{said}': {', '.join(names)} or {last}?"


def _refuse(words: str, state: Changing) -> None:
    """Say why nothing can be changed. Raises NeedInfo or OffTopic."""
    names = [task["id"] for _, task in target.tasks_of(state.data)]
    told = {word for name in names for word in re.findall(r"[a-z]{3,}", name.lower())}
    begins = re.match(r"\s*(?:please\s+|also\s+)?([a-z]+)\s+\S", words, re.IGNORECASE)
    about = (
        _CHANGES.search(words)
        or _BEGINS.match(words)
        or (begins and begins[1].lower() in VERBS)
        or told & set(re.findall(r"[a-z]{3,}", words.lower()))
    )
    if state.edit.open and about:
        asked = next((part for part in state.edit.open if part.endswith("?)")), None)
        if asked is not None:
            raise NeedInfo(f"It is not clear what to change by '{asked}'", missing=state.edit.open)
        raise NeedInfo(
            f"It is not clear what to change by '{'; '.join(state.edit.open)}'. Name the task and "
            f"the property; this flow has the tasks {', '.join(names)}.",
            missing=state.edit.open,
        )
    raise OffTopic("These words do not describe a change of the flow.", missing=["change"])


_CHANGES = re.compile(
    r"\b(?:add|remove|delete|rename|move|change|set|replace|retry|schedule|increase|decrease"
    r"|update|make|disable|swap|wrap"
    r"|turn|label|enable|run)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\s*(?:please\s+)?(?:take|put|get|call|let|use|give|drop|cache|limit|describe|only|keep"
    r"|stop|don't|skip|unwrap)\b",
    re.I,
)
_VERBS = (
    r"(?:add|insert|append|put|remove|delete|drop|rename|move|change|set|replace|make|run"
    r"|schedule|retry|wrap|disable|enable|increase|decrease|raise|lower|update|use|give"
    r"|let|switch|unset|limit|log|ask|swap|turn|allow|call|create|label|tag|describe|unwrap|cache|name"
    r"|group|stop|cancel|(?:pause|wait|sleep)(?=\s+(?:for\s+)?\d)|get rid|take|skip|only run"
    r"|parallelize|parallelise)"
)
_SPLIT = re.compile(
    (
        rf"(?:[.;]\s+|\s*\n\s*(?:[-*]\s+)?|,?\s+and\s+(?:then\s+|also\s+)?(?={_VERBS}\b)"
        rf"|,\s*(?:then\s+|also\s+)?(?={_VERBS}\b)|,?\s+then\s+(?={_VERBS}\b))"
    ),
    re.IGNORECASE,
)


def _clauses(text: str) -> list[str]:
    text = re.sub(
        r"^\s*(?:please|can you|could you|would you|i want(?: you)? to|i'd like(?: you)? to|now|also|and)\s+",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\s*,?\s*\bplease\b(?=\s*[,.;]|\s*$)", "", text, flags=re.IGNORECASE)
    if re.match(
        r"\s*(?:if|when|on)\b.{0,30}\b(?:fails?|failure|error|breaks?|crashes|goes wrong)\b",
        text,
        re.IGNORECASE,
    ):
        return [text.strip(" .,;!?")]
    pieces = re.split(r"(?<=[^\w])\b(?:and then)\b\s*", text)
    clauses = [
        clause.strip(" .,;!?")
        for piece in pieces
        for clause in _SPLIT.split(piece)
        if clause and clause.strip(" .,;!?")
    ]
    return [part for clause in _glued(clauses) for part in _gapped(clause)]


_PAIRS = re.compile(
    r"^(?P<verb>rename|set|change|move|call)\s+(?P<rest>\S.*?\s(?P<how>to|before|after"
    r"|as)\s+\S+(?:\s*,\s*(?:and\s+)?|\s+and\s+).+)$",
    re.I,
)


_TWO_PLACES = re.compile(
    r"^(?P<verb>(?:add\s+a\s+)?(?:log|print|say|run|echo)(?:\s+task)?(?:\s+saying)?)\s+(?P<a>⟦"
    r"\d+⟧\s+(?:right\s+)?(?:at|before|after|to)\s[^⟦]+?)\s+and\s+"
    r"(?P<b>⟦\d+⟧\s+(?:right\s+)?(?:at|before|after|to)\s.+)$",
    re.IGNORECASE,
)
_HOLDERS = r"(?:in\s+parallel|(?:in|into|inside)\s+(?:an?|one|the)\s+[a-z ]+?)"
_TWO_HOLDERS = re.compile(
    rf"^(?P<verb>put|wrap|run|group)\s+(?P<a>.+?\s{_HOLDERS})\s+and\s+(?P<b>.+\s{_HOLDERS})$", re.IGNORECASE
)


def _gapped(clause: str) -> list[str]:
    """`rename a to b and c to d` says its verb once."""
    for pattern in (_TWO_PLACES, _TWO_HOLDERS):
        if (both := pattern.match(clause)) is not None:
            return [f"{both['verb']} {both[name]}" for name in ("a", "b")]
    match = _PAIRS.match(clause)
    if match is None:
        return [clause]
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", match["rest"])
    whole = re.compile(
        r"(?:(?:the|task|step|input|variable)\s+)*(?:\S+)(?:\s+of\s+(?:the\s+)?\S+)?\s+(?:to|before|after"
        r"|as)\s+\S+",
        re.IGNORECASE,
    )
    if len(parts) < 2 or not all(whole.fullmatch(part.strip()) for part in parts):
        return [clause]
    return [f"{match['verb']} {part.strip()}" for part in parts]


_OPENING = re.compile(
    r"(?:whatever happens|in any case|no matter what(?: happens)?|either way"
    r"|at the (?:very )?(?:end|start|beginning)"
    r"|(?:inside|in|within|before|after|between|for|on)\s[^,]{1,40}|(?:if|when|whenever|unless|once)\s.+)",
    re.IGNORECASE,
)


_REST = re.compile(
    r"(?:(?:make|let|have)\s+(?:the\s+)?(?:others?|rest|new ones?)\s+(?:wait|queue)(?:\s+(?:for\s+it|in line))?"
    r"|(?:cancel|skip|queue|fail|drop|refuse|reject|wait for)\s+(?:the\s+|all\s+)*(?:others?"
    r"|rest|new ones?|them|it|other (?:runs|ones)))",
    re.I,
)
"""What belongs to a limit of runs at the same time, before it."""


def _glued(clauses: list[str]) -> list[str]:
    """Join what only opens a clause, `inside the loop`, `if …`, with what follows it."""
    joined: list[str] = []
    for clause in clauses:
        if joined and (_OPENING.fullmatch(joined[-1]) or _REST.fullmatch(clause)):
            joined[-1] = f"{joined[-1]}, {clause}"
        else:
            joined.append(clause)
    return joined


_RULES: tuple[Callable[[str, Changing], bool], ...] = (
    moved,
    naming,
    membership,
    texting,
    goes_on,
    substitute,
    branch,
    section.plugin_default,
    whole.every,
    secret,
    wording.everywhere,
    option,
    typed,
    guard,
    approval,
    too_long,
    may_take,
    modifiers,
    section.describe,
    whole.head,
    whole.errors,
    section.cache,
    section.package,
    section.asked,
    choose,
    parameter,
    whole.value_of,
    section.output,
    whole.swap,
    whole.lenient,
    whole.address,
    pace,
    container.loop,
    container.runner,
    container.version,
    unwrap,
    rename,
    query,
    twin,
    exchange,
    entry,
    remove,
    wrap,
    wording.says,
    texting_again,
    wording.level,
    wording.default,
    wording.fetch,
    wording.append,
    wording.choice,
    move,
    switch,
    calendar,
    redays,
    schedule,
    retime,
    wording.instead,
    stated,
    bounds,
    set_value,
    inputs,
    wording.should,
    add,
)
"""What a clause may ask for, the surest readings first."""

__all__ = ["Act", "change"]
