"""What starts and bounds a flow, in words: schedules, webhooks, other flows, concurrency, names, labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from copilot.plan.plan import TriggerPlan
from copilot.plan.render import kebab, snake
from copilot.planner.rules.arrivals import take_arrivals
from copilot.planner.rules.events import take_events
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.scene import Types
from copilot.planner.rules.schedule import Schedule, find_schedules
from copilot.planner.rules.word import whole
from engine.model.json import Json

SCHEDULE = "io.kestra.plugin.core.trigger.Schedule"
WEBHOOK = "io.kestra.plugin.core.trigger.Webhook"
FLOW = "io.kestra.plugin.core.trigger.Flow"
DAY_IN_MONTH = "io.kestra.plugin.core.condition.DayWeekInMonth"
STATUS = "io.kestra.plugin.core.condition.ExecutionStatus"
OF_FLOW = "io.kestra.plugin.core.condition.ExecutionFlow"


@dataclass
class Start:
    """What was found, and the words that could not be turned into a trigger."""

    triggers: list[TriggerPlan] = field(default_factory=list)
    concurrency: dict[str, Json] | None = None
    flow_id: str | None = None
    namespace: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    open: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


_NAMED = r"(?:⟦\d+⟧|[A-Za-z0-9][\w.-]*\w)"
_ID = re.compile(
    r"[\s,(]*(?:\b|(?=⟦))(?:(?:and\s+)?(?:call|name)\s+(?:it|the flow|this flow|this)"
    r"|(?:(?:with\s+(?:the\s+)?|the\s+)?(?:flow\s+|workflow\s+)?(?<!execution )(?<!task )"
    r"(?<!on )\bid(?:\s+(?:is|should be)\b|\s*[:=])|(?:with|flow)\s+(?:the\s+)?(?:flow\s+)?id)"
    r"|(?<=flow )(?:called|named)|(?<=workflow )(?:called|named)|(?<=pipeline )(?:called"
    r"|named)|(?<=job )(?:called|named)"
    rf"|(?<=flow )(?=⟦)|(?<=workflow )(?=⟦)|(?<=pipeline )(?=⟦))\s*(?P<id>{_NAMED})\)?"
    rf"(?:\s+and\s+(?=namespace\b))?",
    re.IGNORECASE,
)
_SPACE = (
    r"(?:⟦\d+⟧|(?!(?:is|of|the|for|called|named|and|that|which|with|to|files?"
    r"|variables?)\b)[A-Za-z0-9][\w.-]*\w)"
)
_NAMESPACE = re.compile(
    rf"(?:[\s,]*\b(?:in|into|under|to|for|with|and|on)\s+(?:the\s+|an?\s+)?|^\s*|[,;.]\s*"
    rf"(?:and\s+)?(?:the\s+)?)namespace"
    rf"(?:\s*[:=]\s*|\s+(?:is\s+|should be\s+)?(?:[^.,;:⟦]{{0,40}}?\b(?:called|named)\s+)?)(?P<ns>{_SPACE})"
    rf"|[\s,]*\b(?:in|under|into)\s+(?:the\s+|our\s+)?(?P<ns2>⟦\d+⟧|[a-z0-9][\w.-]*\w)\s+namespace\b",
    re.IGNORECASE,
)
# `a flow under company.data that …`: a name with dots beside the flow, before anything is done.
_UNDER = re.compile(
    r"^(?P<head>(?:(?!⟦|[.;:]\s).)*?\b(?:flow|workflow|pipeline|job|dag)\b(?:(?!⟦"
    r"|[.;:]\s).)*?)\s+(?:in|under|into|for)\s+"
    r"(?P<ns>[a-z][\w-]*(?:\.[a-z][\w-]*)+)(?=\s+(?:that|which|to|and|called|named|with)\b|\s*[,:;]|\s*$)",
    re.IGNORECASE,
)
_ONE = re.compile(
    (
        r"[\s,]*(?:\b(?:and|but|with|make sure(?: that)?|ensure(?: that)?"
        r"|allow)\s+)*(?:\bonly\s+)?(?:\b(?:allow|run"
        r"|execute)\s+)?\b(?:(?:only\s+)?(?P<one>one|a single)\s+(?:execution|run"
        r"|instance)s?\s+(?:at (?:a|the same) time|at once|may run|can run|is allowed)?"
        r"|(?:the flow\s+)?(?:only\s+)?(?:once|one) at a time|never (?:run )?(?:two"
        r"|more than one)(?: (?:executions|runs"
        r"|instances))?(?: (?:at (?:the same time|once|a time)|in parallel|concurrently))?"
        r"|(?:no|without) (?:overlap(?:ping)?|concurrent|parallel)(?: (?:runs|executions))?"
        r"|(?:limit\s+(?:the\s+)?)?concurrency\s*(?:limit)?(?:\s*(?:of|to|is|="
        r"|:))?\s*(?P<n>\d+|one|two|three|four|five|ten)|(?:at most|maximum|max(?:imum of)?"
        r"|up to|no more than|never more than|only|allow|limit (?:it|the flow) to|limit to)\s+"
        r"(?P<n2>\d+|one|two|three|four|five"
        r"|six|ten)\s+(?:concurrent\s+|parallel\s+|simultaneous\s+)?(?:executions?|runs?"
        r"|instances?)(?:\s+of\s+(?:it|this|the)(?:\s+flow)?)?(?:\s+(?:may|can|should|to"
        r"|are allowed to))?(?:\s+runs?)?(?:\s+(?:at (?:once|a time|the same time)|in parallel"
        r"|concurrently))?)"
    ),
    re.IGNORECASE,
)
_BEHAVIOR = re.compile(
    (
        r"[\s,]*(?:and\s+)?(?:(?P<cancel>(?:cancel|skip|drop)\s+(?:the\s+)?(?:others?|rest"
        r"|new ones?|it|them|extra ones?))|(?P<fail>(?:fail|refuse"
        r"|reject)\s+(?:the\s+)?(?:others?|rest|new ones?|it|them))|(?:queue"
        r"|wait for)\s+(?:the\s+)?(?:others?|rest|new ones?|it|them))"
    ),
    re.IGNORECASE,
)
_HOOK = re.compile(
    (
        r"[\s,]*(?:\b(?:and|then)\s+)?\b(?:(?:when|whenever|each time|every time|on"
        r"|if)\s+(?:i\s+(?:get|receive)\s+|(?:someone|somebody|anybody|anyone|a client|the client"
        r"|a user|a service)\s+(?:calls|posts to|hits|triggers|uses)\s+)?(?:an?"
        r"|the)?\s*(?:(?:incoming|http|post|https?)\s+)*(?:webhook|post request|http call"
        r"|post)\b(?:\s+(?:call|request|event))?\s*(?:arrives|is (?:called|received|hit)"
        r"|comes(?: in)?|fires|happens|calls|triggers(?: it)?)?(?:\s+with\s+an?\s+(?:\w+\s+)?"
        r"(?:body|payload))?|(?:trigger(?:ed|able)?"
        r"|start(?:ed|able)?|run|callable)?\s*(?:it\s+|the flow\s+)?(?:by|via|from|through"
        r"|with|expose(?:d)? (?:as|through)|add|set up|create|use|define|has|have|accept"
        r"|receive|offer|provide"
        r"|listen(?:s|ing)? (?:to|on|for)|wait(?:s|ing)? for)\s+(?:an?\s+"
        r"|the\s+)?webhook(?:\s+trigger)?)(?:\s*(?:\(\s*(?:with\s+)?|with\s+|that has\s+"
        r"|which has\s+|using\s+|whose\s+)(?:the\s+|an?\s+)?key\s+(?:is\s+|:\s*)?(?P<key>⟦\d+⟧"
        r"|[\w-]+)\)?)?"
    ),
    re.IGNORECASE,
)
_AFTER = re.compile(
    (
        r"[\s,]*(?:\b(?:run|start|trigger|execute)(?:ed)?\s+(?:it\s+|this\s+"
        r"|the flow\s+)?)?\b(?:after|when|whenever|once|if|in case|each time|every time|on completion of"
        r"|as soon as)\s+(?:the\s+)?(?:(?:flow|workflow)\s+(?P<a>⟦\d+⟧|[A-Za-z0-9][\w.-]*)"
        r"|(?P<b>⟦\d+⟧|[A-Za-z0-9][\w.-]*)\s+(?:flow|workflow))(?:\s+(?:in"
        r"|of)\s+(?:the\s+)?(?:namespace\s+(?=\w)|(?=[a-z][\w-]*\.[a-z]))(?P<ns>[\w.-]+\w))?\s+"
        r"(?P<how>(?:has\s+)?(?:finish(?:e"
        r"s|ed)?|succeed(?:s|ed)?|end(?:s|ed)?|complet(?:es|ed)|(?:is )?done|ran|runs"
        r"|fail(?:s|ed)?|was successful|is successful))(?:\s+success(?:fully)?)?"
    ),
    re.IGNORECASE,
)
_LABELS = re.compile(
    (
        r"[\s,]*(?:\b(?:and|with)\s+)*\b(?:(?:label|tag)\s+the\s+(?:flow|workflow|pipeline)"
        r"|(?:the\s+)?(?:flow\s+)?labels?(?=\s*:?\s*[\w-]+\s*[:=]))\s*(?:with|as"
        r"|by)?\s*:?\s*(?P<pairs>[\w.-]+\s*[:=]\s*(?:⟦\d+⟧|[\w.-]+)(?:(?:\s*,\s*(?:and\s+)?"
        r"|\s+and\s+)[\w.-]+\s*[:=]\s*(?:⟦\d+⟧|[\w.-]+))*)(?!\s+(?:on|to|for)\s+(?:the|this)\s+"
        r"(?:execution|run))"
    ),
    re.IGNORECASE,
)
_DISABLED = re.compile(
    (
        r"[\s,(]*(?:\bbut\s+)?(?:\bkeep\s+(?:it|the schedule|the trigger)\s+(?:disabled|off"
        r"|paused)|\b(?:initially|at first)\s+disabled|\bdisabled (?:at first|initially"
        r"|for now)|\b(?:the\s+)?(?:schedule|trigger)\s+(?:is\s+|should be\s+)?disabled)\)?"
    ),
    re.IGNORECASE,
)


def take_start(masked: Masked, types: Types, namespace: str) -> Start:
    """Find them and take their words out of the text."""
    start = Start()
    _names(masked, start)
    _labels(masked, start)
    _concurrency(masked, start)
    _events(masked, types, start, start.namespace or namespace)
    _schedules(masked, types, start)
    return start


def _value(masked: Masked, text: str) -> str:
    literals = masked.inside(text)
    return literals[0].value if literals else text


def _cut(masked: Masked, match: re.Match[str], instead: str = " ") -> None:
    masked.text = masked.text[: match.start()] + instead + masked.text[match.end() :]


def _names(masked: Masked, start: Start) -> None:
    if match := _NAMESPACE.search(masked.text):
        call = re.search(
            r"\b(?:call|run|trigger|start|execute|purge|delete|upload|sync|after|when|whenever"
            r"|once)\b[^.;,]*$"
            r"|\b(?:sub-?flow|executions?|files?)\b[^.;,]*$",
            masked.text[: match.start()],
            re.IGNORECASE,
        )
        if call is None or re.match(r"^\s*(?:create|write|build|make)", masked.text, re.IGNORECASE):
            start.namespace = _value(masked, match["ns"] or match["ns2"]).lower()
            _cut(masked, match, ", " if match[0][:1] in ",.;" or match.start() == 0 else " ")
    elif match := _UNDER.search(masked.text):
        start.namespace = match["ns"].lower()
        masked.text = match["head"] + masked.text[match.end() :]
    if match := _ID.search(masked.text):
        name = _value(masked, match["id"])
        if not match[0].strip().startswith("⟦") or re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            start.flow_id = name if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) else kebab(name)
            _cut(masked, match)


def _labels(masked: Masked, start: Start) -> None:
    if match := _LABELS.search(masked.text):
        for pair in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", match["pairs"]):
            key, _, value = re.sub(r"\s*[:=]\s*", "=", pair).partition("=")
            start.labels[key] = _value(masked, value)
        _cut(masked, match)


def _concurrency(masked: Masked, start: Start) -> None:
    match = _ONE.search(masked.text)
    if match is None:
        return
    before = masked.text[: match.start()].lower()
    if re.search(r"for (?:each|every|all)[^.;]*$", before) and match[0].strip(" ,").lower().startswith(
        "one at a time"
    ):
        return
    limit = whole(match["n"] or match["n2"] or "1") or 1
    behavior = _BEHAVIOR.match(masked.text, match.end())
    kind = (
        "CANCEL" if behavior and behavior["cancel"] else "FAIL" if behavior and behavior["fail"] else "QUEUE"
    )
    start.concurrency = {"limit": limit, "behavior": kind}
    end = behavior.end() if behavior else match.end()
    masked.text = f"{masked.text[: match.start()]} {masked.text[end:]}"


def _events(masked: Masked, types: Types, start: Start, namespace: str) -> None:
    start.triggers += take_events(masked, types, namespace) or take_arrivals(masked, types, namespace)
    if (match := _AFTER.search(masked.text)) and types.find(FLOW) is not None:
        name = _value(masked, match["a"] or match["b"])
        if name.lower() not in ("the", "this", "a", "that"):
            space = match["ns"] or namespace
            if "." in name:
                space, _, name = name.rpartition(".")
            states: list[Json] = (
                ["FAILED"]
                if "fail" in match["how"].lower()
                else ["SUCCESS"]
                if "succe" in match[0].lower()
                else ["SUCCESS", "WARNING"]
            )
            values: dict[str, Json] = {
                "preconditions": {
                    "id": "upstream",
                    "flows": [{"namespace": space, "flowId": name, "states": states}],
                }
            }
            found = types.find(FLOW)
            if found is not None and "preconditions" not in {
                item.alias for item in found.model_fields.values()
            }:
                values = {
                    "conditions": [
                        {"type": OF_FLOW, "namespace": space, "flowId": name},
                        {"type": STATUS, "in": states},
                    ]
                }
            start.triggers.append(
                TriggerPlan(
                    id=f"after_{snake(name)}",
                    type=FLOW,
                    values=values,
                    because=masked.unmask(match[0]).strip(" ,"),
                )
            )
            _cut(masked, match, ", ")
    if (match := _HOOK.search(masked.text)) and types.find(WEBHOOK) is not None:
        key = _value(masked, match["key"]) if match["key"] else "change-me-to-a-long-random-key"
        start.triggers.append(
            TriggerPlan(
                id="webhook", type=WEBHOOK, values={"key": key}, because=masked.unmask(match[0]).strip(" ,")
            )
        )
        _cut(masked, match, ", ")


# `… and runs every minute`: these words go with the schedule.
_AND_RUNS = re.compile(
    r"[\s,]*(?:\b(?:and|which|that|it)\b|,)[\s,]*(?:(?:it|which|that|should|must|is|to|be|do|all)\s+)*"
    r"(?:(?:runs?|running|executes?|executed|scheduled?|triggered|starts?|started|repeats?|repeated)"
    r"(?:\s+(?:it|this|that|the (?:flow|pipeline|workflow)|automatically|all))*"
    r"|(?<=and )|(?<=which )|(?<=that ))[\s,]*$",
    re.IGNORECASE,
)
# `the table daily`, `topic hourly`: a name, not a time.
_A_NAME = re.compile(r"\b(?:table|topic|bucket|key|folder|subject|channel|called|named)\s+$", re.IGNORECASE)
_CLOCK_ALONE = re.compile(
    r"(?:^\s*|[.;]\s+|[\s,])(?P<at>at\s+(?:\d{1,2}(?::\d\d)?\s*[ap]\.?m\b|\d{1,2}:\d\d\b|noon\b|midnight\b))(?=\s*(?:$|[.,;]|[a-z]+\s+⟦))",
    re.IGNORECASE,
)
_AT_AN_END = re.compile(r"\s*(?:$|[,.;]|(?:and|but|with|then|so)\b)", re.IGNORECASE)


def _schedules(masked: Masked, types: Types, start: Start) -> None:
    text = masked.text
    disabled = _DISABLED.search(text)
    if disabled:
        masked.text = text = f"{text[: disabled.start()]} {text[disabled.end() :]}"
    code = _cron_literal(masked)
    if code is not None:
        masked.text = text = code[0]
    if not find_schedules(text) and (clock := _CLOCK_ALONE.search(text)) is not None:
        masked.text = text = f"{text[: clock.start('at')]}every day {text[clock.start('at') :]}"
        start.notes.append(f"'{clock['at'].strip()}' is read as every day at that time, as no day was named.")
    found = [
        item
        for item in find_schedules(text)
        if not _inside_loop(text, item)
        and not _A_NAME.search(text[: item.start])
        and text[item.start - 1 : item.start] not in (".", "_", "-", "/")
        and text[item.end : item.end + 1] not in ("_", "-", "/")
    ]
    for item in reversed(found):
        gap = ", " if text[: item.start].strip() else ""
        if _AT_AN_END.match(text, item.end) and (verb := _AND_RUNS.search(text[: item.start])):
            text = text[: verb.start()] + " " * (item.start - verb.start()) + text[item.start :]
            masked.text = text[: item.start] + masked.text[item.start :]
        masked.text = masked.text[: item.start].rstrip(" ,") + gap + masked.text[item.end :].lstrip(" ,:")
    for number, item in enumerate(found):
        read_schedule(item, number, types, start, bool(disabled))


def _cron_literal(masked: Masked) -> tuple[str] | None:
    """Put a quoted cron back into the text, so that it is found as a schedule."""
    for number, literal in enumerate(masked.literals):
        if literal.kind == "text" and re.fullmatch(r"(?:[\d*/,-]+\s+){4}[\w*/,-]+", literal.value.strip()):
            return (masked.text.replace(f"⟦{number}⟧", literal.value.strip()),)
    return None


def _inside_loop(text: str, item: Schedule) -> bool:
    """Whether the words belong to a loop over days or months, to `until`, or to `per`."""
    before, after = text[: item.start], text[item.end :]
    if re.search(r"\b(?:for|over|through|per|of)\s*$", before, re.IGNORECASE):
        return True
    return bool(re.match(r"\s*until\b", after, re.IGNORECASE) and item.words.lower().startswith("every"))


def read_schedule(item: Schedule, number: int, types: Types, start: Start, disabled: bool) -> None:
    if item.problem or types.find(SCHEDULE) is None:
        start.open.append((item.words, item.problem or "no schedule trigger is installed"))
        return
    values: dict[str, Json] = {"cron": item.cron}
    if item.with_seconds:
        values["withSeconds"] = True
    if item.timezone:
        values["timezone"] = item.timezone
    if item.nth_weekday:
        if types.find(DAY_IN_MONTH) is None:
            start.open.append((item.words, "cron cannot say the nth weekday of a month"))
            return
        which, day = item.nth_weekday
        values["conditions"] = [{"type": DAY_IN_MONTH, "dayOfWeek": day, "dayInMonth": which}]
    name = "schedule" if not number else f"schedule_{number + 1}"
    for extra, cron in enumerate(item.more, start=2):
        values_more = {**values, "cron": cron}
        start.triggers.append(
            TriggerPlan(
                id=f"{name}_at_{extra}",
                type=SCHEDULE,
                values=values_more,
                disabled=disabled,
                because=item.words,
            )
        )
    start.triggers.append(
        TriggerPlan(id=name, type=SCHEDULE, values=values, disabled=disabled, because=item.words)
    )
