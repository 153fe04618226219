"""Messages and values: log, return, greet, labels."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.derived import derived
from copilot.planner.rules.fill.duckdb import counted
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.phrase import message_of, part_of, pronoun, subject_of
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

LOG = "io.kestra.plugin.core.log.Log"
RETURN = "io.kestra.plugin.core.debug.Return"
LABELS = "io.kestra.plugin.core.execution.Labels"
VALUES = "io.kestra.plugin.core.output.OutputValues"

_LEAD = re.compile(
    (
        r"^\s*(?:log|print(?: out)?|show|display|echo|write|output|return|give back|emit"
        r"|record|report|tell|say|warn|message|alert|list|compute|generate|produce|make|build"
        r"|set|put)\b\s*(?:(?:out|me|us|to (?:the )?(?:log|logs|console|screen)"
        r"|in(?:to)? the logs?|a log|a message|an? (?:info|error|warning|debug)(?: (?:message"
        r"|log))?(?=\s)|the (?:message|text|words?|sentence|string)|a (?:message|text|line|string"
        r"|value)|message|line|with|saying|that says|which says|that|about|of|:)\b:?\s*)*"
    ),
    re.IGNORECASE,
)
_TRAIL = re.compile(
    (
        r"\s*\b(?:to|in|into|on) the (?:logs?|console|screen|output)$|\s*\b(?:as|at|with"
        r"|on) (?:an? |the )?(?:(?:level|log level) )?(?:info|warn(?:ing)?s?|errors?|debug"
        r"|trace)(?: levels?| messages?)?$|\s*\bwith a log(?: task)?$|\s+(?:with"
        r"|using) (?:a )?log\b.*$"
    ),
    re.IGNORECASE,
)
_LEVEL = re.compile(
    (
        r"\b(?:as|at|with|on|an?|the)\s+(?:an?\s+|the\s+)?(?:(?:log )?level\s+)?(trace|debug"
        r"|info|warn(?:ing)?|error)s?(?=\s+(?:level|message|log|saying|that says|which says|with|reading"
        r"|telling)\b|\s*$|\s*[,.:⟦])"
        r"|\b(?:log )?level[ :=]+(trace|debug|info|warn(?:ing)?|error)\b"
    ),
    re.IGNORECASE,
)
_GREET = re.compile(
    (
        r"\b(?:say|log|print|display|write)\s+(?P<word>hello|hi|good ?bye|bye|good morning"
        r"|welcome|thanks|thank you)\b(?:\s+(?:to\s+)?(?P<who>.+))?$|\b(?P<greet>greet"
        r"|welcome)\s+(?P<whom>.+)$"
    ),
    re.IGNORECASE,
)


def rest_of(act: Act) -> str:
    """Return the clause without its verb and without words about logging."""
    text = " ".join(act.text.split())
    text = re.sub(r"⟦(\d+)⟧", lambda m: "" if int(m[1]) in _modifiers(act) else m[0], text)
    rest = _TRAIL.sub("", _LEAD.sub("", text)).strip(" ,:.")
    rest = re.sub(
        r"\s+as (?:an? )?(?:percent(?:age)?|number|result|list|text|json|table)$",
        "",
        rest,
        flags=re.IGNORECASE,
    )
    return re.sub(r"\s+(?:again|once more|as well|too|back|and)$", "", rest, flags=re.IGNORECASE)


def _modifiers(act: Act) -> set[int]:
    numbers = [int(number) for number in MARK.findall(act.text)]
    return {
        n
        for n, literal in zip(numbers, act.literals, strict=False)
        if literal.kind in ("retry", "timeout", "lenient")
    }


_score_log = words(
    (r"^(?:log|logs|logging)\b", 0.92),
    (r"\b(?:log|print|write|add) (?:a |the |an )?(?:\w+ )?(?:message|line|log)\b", 0.9),
    (r"\bto the (?:log|console)\b|\bin the logs?\b", 0.85),
    (r"^print\b", 0.8),
    (r"^(?:say|greet|welcome)\b", 0.85),
    (r"^(?:warn|alert|echo)\b|^tell (?!me\b)", 0.6),
    (r"^(?:show|display|report|list)\b", 0.55),
    (r"^(?:an? )?(?:\w+ )?hello,? world\b", 0.6),
    unless=(
        r"\bwith (?:python|duckdb|bash|shell)\b|\b(?:in|using|via) (?:python|duckdb|bash"
        r"|shell|slack)\b|\bslack\b|^(?!log\b|print\b).*\be-?mail\b|^log (?:in|on)to\b"
    ),
)


_ROW_COUNT = re.compile(
    r"(?:the\s+)?(?:number|count|amount) of (?:the\s+|its\s+|all\s+)?(?!characters|letters|words|bytes"
    r"|days|items)[a-z]+s"
    r"(?:\s+(?:in|of) \w+(?: \w+)?)?"
    r"|how many [a-z]+s(?:\s+(?:there are|it has|are there|are in it|it contains))?"
    r"|(?:the\s+|its\s+)?row count",
    re.IGNORECASE,
)


def _fill_log(act: Act, scene: Scene) -> list[Step] | None:
    rest = rest_of(act)
    if act.of("text") and scene.loop is None and _ONE_FOR_EACH.search(MARK.sub("", rest)):
        return None  # one message for each of something: which parts of the text change was not said
    if _ROW_COUNT.fullmatch(rest) and subject_of(rest, scene) is None:
        return _measured("count the rows", act, scene)
    if (each := _OF_EACH.search(rest)) and len(scene.files()) > 1 and not act.of("text", "code"):
        return _of_every_file(rest[: each.start()], act, scene)
    known = subject_of(rest, scene) or part_of(rest, scene) or _several(rest, scene)
    if not act.of("text", "code") and not known:
        newest = scene.source()
        found = read_rows(rest, scene.masked, scene, newest.columns if newest else ())
        if found and not found.left and (steps := _measured(rest, act, scene)) is not None:
            return steps
    text = message(act, scene)
    if not text:
        return None
    scene.last_message = text
    values: dict[str, Json] = {"message": text}
    if level := level_of(act):
        values["level"] = level
    greeting = _GREET.search(act.text)
    name = (
        "say_hello"
        if greeting and (greeting["greet"] or (greeting["word"] or "").lower() in ("hello", "hi"))
        else "log"
    )
    return [scene.step(LOG, name, act, values)]


_ONE_FOR_EACH = re.compile(
    r"\b(?:one|a)\s+(?:line|message|entry)\s+(?:per|for (?:each|every)|of each)\s+[a-z]", re.IGNORECASE
)
_OF_EACH = re.compile(
    r"\s+(?:of|in|for)\s+(?:each|both|all|every)(?:\s+(?:of\s+(?:them|these|the\s+(?:files|tables))|files?|one|two|three))?$",
    re.IGNORECASE,
)


def _of_every_file(asked: str, act: Act, scene: Scene) -> list[Step] | None:
    """`log the row count of each`: one query and one message for every file there is."""
    steps: list[Step] = []
    for file in scene.files():
        scene.carriers.append(file)
        found = _measured(asked, act, scene)
        if found is None:
            return None
        steps += found
    return steps


def level_of(act: Act) -> str:
    """Return the level a clause asks for; empty for the usual one."""
    level = _LEVEL.search(" ".join(act.text.split())) or re.match(r"\s*(warn)\b", act.text, re.IGNORECASE)
    said = (level[1] or level[2]).upper() if level else "INFO"
    return "" if said == "INFO" else {"WARNING": "WARN"}.get(said, said)


def _measured(asked: str, act: Act, scene: Scene) -> list[Step] | None:
    """Ask the newest file for a number first, then log it; None when there is no file to ask."""
    steps = counted(Act(asked, act.words, []), scene)
    if steps is None:
        return None
    rows = scene.carriers[-1]
    address = scene.address(rows)
    message = f"{address}[0].{rows.columns[-1]}" if rows.single and rows.columns else address
    if rows.single and len(rows.columns) > 1:  # `which country has the most orders`
        message = f"{address}[0].{rows.columns[0]}"
    if not rows.single and len(rows.columns) == 1:
        message = f"{address} | jq('.[].{rows.columns[0]}')"
    return [*steps, scene.step(LOG, "log", act, {"message": f"{{{{ {message} }}}}"})]


def message(act: Act, scene: Scene) -> str:
    """Write the message of a log or return clause."""
    plain = " ".join(MARK.sub("", act.text).split())
    greeting = (
        _GREET.search(" ".join(act.text.split()))
        if not act.of("text", "code") or re.match(r"(?:say|greet|welcome)", plain, re.I)
        else None
    )
    if greeting is not None:
        return _greeting(greeting, act, scene)
    rest = rest_of(act)
    if hello := re.fullmatch(
        r"an? (?:\w+ )?(?:greeting|hello|welcome)(?: message)?(?: (?:for|to) (?P<who>.+))?",
        rest,
        re.IGNORECASE,
    ):
        known = (
            (_person(hello["who"], scene) or subject_of(hello["who"], scene))
            if hello["who"]
            else scene.loop_value()
        )
        return f"Hello, {{{{ {known} }}}}!" if known else "" if hello["who"] else "Hello!"
    if not rest:
        known = pronoun(scene)
        return f"{{{{ {known} }}}}" if known else ""
    if (
        scene.last_message
        and rest.lower() in ("it", "that", "the same", "the same message")
        and pronoun(scene) is None
    ):
        return scene.last_message
    several = _several(rest, scene)
    if several:
        return several
    return message_of(rest, scene.masked, scene)


def _greeting(match: re.Match[str], act: Act, scene: Scene) -> str:
    word = (match["word"] or "hello").strip().capitalize()
    who = re.sub(
        r"\s*\b(?:in|to) the logs?$", "", (match["who"] or match["whom"] or "").strip(" ,.!"), flags=re.I
    )
    who = re.sub(r"^(?:and|plus|followed by|then|,)\s+", "", who, flags=re.IGNORECASE)
    if not who:
        return f"{word}!"
    known = _person(who, scene) or subject_of(who, scene)
    if known is None and re.match(
        r"(?:each|every|all|everyone|everybody|both)\b(?! (?:day|time|morning))", who, re.IGNORECASE
    ):
        return ""
    literals = scene.masked.inside(who)
    if known:
        return f"{word}, {{{{ {known} }}}}!"
    if literals:
        return f"{word}, {scene.fill_text(literals[0].value)}!"
    return (
        f"{word} {who}"
        if who.lower() in ("world", "the world")
        else f"{word}, {re.sub(r'^(?:to|the) ', '', who)}!"
    )


def _person(who: str, scene: Scene) -> str | None:
    """Read `that person`, `them`, `the user` as the input that names somebody."""
    if not re.fullmatch(
        r"(?:(?:that|this|the)\s+(?:person|user|one|human|caller|visitor)|them|him|her|it|me|you)",
        who,
        re.IGNORECASE,
    ):
        return None
    named = [item.id for item in scene.inputs if re.search(r"name|person|user|who", item.id)]
    given = [item.id for item in scene.inputs if item.type == "STRING"]
    found = (named or given)[:1]
    return f"inputs.{found[0]}" if found else None


def _several(rest: str, scene: Scene) -> str:
    """`the year and the month`, `both`: several known things in one message."""
    if (
        re.fullmatch(
            r"(?:both|all|all of them|them all|all inputs|the inputs|both inputs|all the inputs|them)",
            rest,
            re.IGNORECASE,
        )
        and len(scene.inputs) > 1
        and not scene.carriers
    ):
        return ", ".join(f"{item.id.replace('_', ' ')}: {{{{ inputs.{item.id} }}}}" for item in scene.inputs)
    parts = re.split(
        r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s+(?:next to|along with|together with|as well as|plus"
        r"|with(?=\s+(?:the|its)\b))\s+)\s*",
        rest,
    )
    if len(parts) < 2:
        return ""
    found = [(part, subject_of(part, scene) or part_of(part, scene)) for part in parts]
    if not all(expression for _, expression in found):
        return ""
    return ", ".join(
        f"{re.sub(r'^(?:the|its|a|an) ', '', part)}: {{{{ {expression} }}}}" for part, expression in found
    )


def _fill_return(act: Act, scene: Scene) -> list[Step] | None:
    text = message(act, scene)
    if not text:
        return None
    step = scene.step(RETURN, "return", act, {"format": text})
    scene.gives(step, "value", "value")
    return [step]


_PAIR = re.compile(
    (
        r"(?P<key>⟦\d+⟧|[A-Za-z][\w.-]*)\s*(?:[:=]|\bis\b|\bto\b"
        r"|\bwith value\b)\s*(?P<value>⟦\d+⟧|(?:the )?[\w.@-]+)"
    ),
    re.IGNORECASE,
)


def _fill_labels(act: Act, scene: Scene) -> list[Step] | None:
    text = re.sub(
        (
            r"^.*?\b(?:labels?|tags?|tagged|labelled)\b\s*(?:it|the (?:run|execution|flow)"
            r"|them)?\s*(?:with|as|to|:)?\s*(?:the\s+)?(?:labels?|tags?)?\s*"
        ),
        "",
        " ".join(act.text.split()),
        count=1,
        flags=re.IGNORECASE,
    )
    labels: dict[str, Json] = {}
    for match in _PAIR.finditer(text):
        literal = scene.masked.inside(match["value"])
        value = literal[0].value if literal else match["value"]
        known = None if literal else scene.lookup(re.sub(r"^the ", "", value))
        key = scene.masked.inside(match["key"])
        labels[key[0].value if key else snake(match["key"])] = (
            f"{{{{ {known} }}}}" if known else scene.fill_text(value)
        )
    if not labels and (
        said := re.fullmatch(
            r"(?:called\s+|named\s+)?(?P<key>[a-z_]\w*)\s+(?:with|to|holding|containing|from)\s+(?P<value>(?:the|that|its|this)\s+[^⟦]+)",
            text.strip(" ,."),
            re.IGNORECASE,
        )
    ):
        value = subject_of(said["value"], scene) or part_of(said["value"], scene)
        value = value or (
            pronoun(scene)
            if re.fullmatch(r"(?:that|this|the) (?:number|value|result|count)", said["value"])
            else None
        )
        if value:
            labels[snake(said["key"])] = f"{{{{ {value} }}}}"
    if not labels:
        for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", text):
            found = scene.lookup(re.sub(r"^the ", "", part.strip()))
            if found:
                labels[
                    found.rpartition(".")[2]
                    if found.startswith("inputs.")
                    else snake(re.sub(r"^the ", "", part.strip()))
                ] = f"{{{{ {found} }}}}"
    return [scene.step(LABELS, "set_labels", act, {"labels": labels})] if labels else None


def _fill_made(act: Act, scene: Scene) -> list[Step] | None:
    """`turn the name into upper case`, `reverse the word`: a value made from a known one."""
    said = re.sub(
        r"^(?:turn|convert|change|make|spell|write|put|transform|compute|calculate)\s+", "", act.low
    )
    said = re.sub(
        r"^(reverse|trim|uppercase|lowercase|capitali[sz]e)\s+", lambda m: _MADE.get(m[1], f"{m[1]}d "), said
    )
    made = derived(said, scene, subject_of)
    if made is None:
        return None
    step = scene.step(RETURN, "value", act, {"format": f"{{{{ {made} }}}}"})
    scene.gives(step, "value", "value")
    return [step]


_MADE = {"reverse": "reverse of ", "trim": "trimmed ", "uppercase": "uppercase ", "lowercase": "lowercase "}


RULES = (
    Rule(
        RETURN,
        words(
            (
                r"^(?:turn|convert|change|make|spell|write|put|transform|reverse|trim|uppercase|lowercase|capitali[sz]e|compute|calculate)\b(?!.*⟦)",
                0.72,
            )
        ),
        _fill_made,
    ),
    Rule(LOG, _score_log, _fill_log),
    Rule(
        RETURN,
        words(
            (r"^(?:return|give back)\b", 0.92),
            (r"^(?:output|emit|generate|produce)\b", 0.5),
            unless=r"\bflow output\b|\bpython\b|\bduckdb\b",
        ),
        _fill_return,
    ),
    Rule(
        LABELS,
        words(
            (r"\b(?:set|add|put|attach)\b.*\blabels?\b", 0.95),
            (r"^(?:label|tag)\b", 0.9),
            unless=r"\bdocker\b|\bgit\b",
        ),
        _fill_labels,
    ),
)
