"""Words to a plan without a model: take out what bounds the flow, then fill a step per clause."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.errors import MissingPlugin, OffTopic
from copilot.plan.plan import InputPlan, Plan, Step, TriggerPlan
from copilot.plan.render import DEFAULT_NAMESPACE, kebab, step_value
from copilot.planner.rules import start as starts
from copilot.planner.rules.arrivals import arrival_of, each_file, given, uses_file
from copilot.planner.rules.builder import Builder
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.declared import take_declared
from copilot.planner.rules.fill.http import file_name, format_of
from copilot.planner.rules.guess import tell_guesses
from copilot.planner.rules.inputs import default_for, take_inputs
from copilot.planner.rules.literal import MARK, mask
from copilot.planner.rules.matcher import Suggest
from copilot.planner.rules.parse import parse
from copilot.planner.rules.phrasing.asked_input import settle
from copilot.planner.rules.phrasing.hear import hear
from copilot.planner.rules.promise import unkept
from copilot.planner.rules.rewrite import rewritten
from copilot.planner.rules.scene import Carrier, Scene, Types
from copilot.planner.rules.system import SYSTEMS
from copilot.planner.rules.talk import plain_talk
from copilot.planner.rules.uploaded import give_uploaded
from copilot.planner.rules.verb import plain_verbs
from copilot.planner.rules.word import name_of


def compose(
    words: str, types: Types, suggest: Suggest, *, namespace: str | None = None, flow_id: str | None = None
) -> Plan:
    """Compose the plan of a new flow. Raises OffTopic or MissingPlugin when there is nothing to draft."""
    words = without_passwords(words)
    masked = mask(words)
    told = hear(masked)
    asked = MARK.sub(" ", masked.text)
    masked.text = plain_talk(masked)
    masked.text = plain_verbs(rewritten(masked))
    inputs = _unique([*told.inputs, *take_declared(masked), *take_inputs(masked)])
    settle(inputs, told)
    start = starts.take_start(masked, types, namespace or DEFAULT_NAMESPACE)
    scene = Scene(
        types,
        masked,
        namespace=start.namespace or namespace or DEFAULT_NAMESPACE,
        inputs=inputs,
        request=words,
        lists=told.lists,
        connection=told.connection,
        logins=told.logins,
    )
    scene.notes += [*told.notes, *start.notes]
    scene.scheduled = any(trigger.type == starts.SCHEDULE for trigger in start.triggers)
    scene.hooked = any(trigger.type == starts.WEBHOOK for trigger in start.triggers)
    _give_files(scene, words)
    _give_table(scene)
    give_uploaded(scene)
    said = masked.text
    scene, builder, plan = _built(scene, suggest, start.triggers)
    plan.namespace = scene.namespace
    plan.id = start.flow_id or flow_id or _flow_name(said, plan, scene)
    plan.labels, plan.concurrency, plan.triggers = start.labels, start.concurrency, start.triggers
    plan.description = _description(words)
    plan.inputs, plan.variables, plan.plugin_defaults = scene.inputs, scene.variables, scene.defaults
    plan.outputs = scene.outputs
    for said, why in start.open:
        plan.steps.append(Step(placeholder=True, because=f"{said}: {why}"))
    for said in unkept(asked, plan):
        plan.steps.append(Step(placeholder=True, because=f"nothing here does what '{said}' asks for"))
    tell_guesses(plan, scene)
    _refuse_if_empty(words, plan, builder)
    if not plan.steps:  # everything is an error or final task
        plan.steps.append(Step(placeholder=True, because=" ".join(words.split())[:200]))
    _fill_schedule_inputs(plan, scene)
    if start.namespace is None and namespace is None:
        scene.note(f"The namespace is '{DEFAULT_NAMESPACE}', as none was named.")
    plan.notes = scene.notes
    return plan


def _built(scene: Scene, suggest: Suggest, triggers: list[TriggerPlan]) -> tuple[Scene, Builder, Plan]:
    """Build the steps; what reads the files a trigger brings is done for each of them."""
    arrival = arrival_of(triggers)
    if arrival is not None and arrival.one:
        given(arrival, scene)
    elif arrival is not None:
        scene.arrivals = f"{arrival.files} | jq('.[].{arrival.name}')"
        trial = replace(
            scene,
            inputs=list(scene.inputs),
            carriers=list(scene.carriers),
            taken=set(scene.taken),
            subjects=list(scene.subjects),
            notes=list(scene.notes),
            variables=dict(scene.variables),
            defaults=list(scene.defaults),
            purposes=list(scene.purposes),
        )
        builder = Builder(trial, suggest)
        plan = builder.build(each_file(parse(trial.masked), arrival, trial))
        if uses_file(" ".join(str(step_value(step)) for step in plan.walk())):
            return trial, builder, plan
    builder = Builder(scene, suggest)
    return scene, builder, builder.build(parse(scene.masked))


_PASSWORD = re.compile(
    r"\b(?P<head>(?:password|passwd|passphrase|api key|access key|token|secret key)(?:\s+(?:is"
    r"|of)|\s*[:=])?\s+)"
    r"(?P<value>(?!is\b|of\b|for\b|from\b|in\b|and\b|to\b|with\b|the\b|a\b|as\b|secret\b"
    r"|stored\b|that\b|which\b|it\b|on\b|via\b)(?=\S*\d)[^\s,;\"'⟦{]{4,})",
    re.IGNORECASE,
)


def without_passwords(words: str) -> str:
    """Take passwords and keys out of a request: they must not get into a flow, not even its description."""
    words = _PASSWORD.sub(lambda match: f"{match['head']}***", words)
    words = re.sub(r"(?<=://)([^/\s:@]*):[^/\s@]+@", r"\1:***@", words)
    return re.sub(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "***", words)


def _unique(inputs: list[InputPlan]) -> list[InputPlan]:
    return list({item.id: item for item in reversed(inputs)}.values())[::-1]


def _give_files(scene: Scene, words: str) -> None:
    """Make the files that are given as inputs known to the steps."""
    for item in scene.inputs:
        if item.type == "FILE":
            format_, compressed = format_of(item.id.replace("_", "."), words)
            name = file_name("", format_, compressed)
            facts = {"format": format_, "compressed": compressed, "name": name, "given": f"inputs.{item.id}"}
            scene.carriers.append(Carrier("file", "", (), **facts))  # type: ignore[arg-type]


_HAVE_TABLE = re.compile(
    r"(?:^|(?<=[.;]\s))\s*(?:(?:i|we)\s+have|there\s+is|we've got)\s+(?:an?|the"
    r"|our)\s+(?:postgres(?:ql)?\s+)?(?:database\s+)?"
    r"table\s+(?:called\s+|named\s+)?(?P<name>[A-Za-z_][\w.]*\w)(?:\s+in\s+(?:our\s+|the\s+)?postgres(?:ql)?)?"
    r"(?:\s+(?:with|that has|which has)\s+(?:an?\s+|the\s+)?(?:columns?"
    r"|fields?)\s+(?P<columns>[\w, ]+?))?\s*[.;]\s+",
    re.IGNORECASE,
)


def _give_table(scene: Scene) -> None:
    """`We have a Postgres table called events with a column created_at.`: later steps may ask of it."""
    match = _HAVE_TABLE.search(scene.masked.text)
    if match is None or not re.search(r"\bpostgres", scene.request, re.IGNORECASE):
        return
    columns = tuple(re.findall(r"(?!and\b)[A-Za-z_]\w*", match["columns"] or ""))
    scene.carriers.append(Carrier("table", "", (), name=match["name"], columns=columns))
    scene.masked.text = scene.masked.text[: match.start()] + scene.masked.text[match.end() :]


_TALK = frozenset({"tell", "ask", "answer", "describe", "do", "make", "take", "find", "pick", "say"})


_SUBJECTS = frozenset(
    {
        *(
            "consume",
            "archive",
            "zip",
            "files",
            "folder",
            "bucket",
            "image",
            "docker",
            "repository",
            "git",
            "dbt",
        ),
        "produce",
        "topic",
        "queue",
        "database",
        "warehouse",
        "flow",
        "workflow",
        "pipeline",
        "slack",
        "postgres",
        "duckdb",
        "python",
        "table",
        "csv",
        "api",
    }
)


def _refuse_if_empty(words: str, plan: Plan, builder: Builder) -> None:
    real = [step for step in plan.walk() if not step.placeholder]
    if real:
        return
    if builder.missing:
        raise MissingPlugin(
            f"No installed plugin does this: {'; '.join(builder.missing)}.", missing=builder.missing
        )
    spoken = set(re.findall(r"[a-z]+", words.lower()))
    asks = (VERBS - _TALK) | _SUBJECTS | {part for name in SYSTEMS for part in name.split()}
    if not (spoken & asks or plan.triggers) or (not plan.placeholders and not plan.triggers):
        raise OffTopic(
            "These words do not describe a flow. Say what to do in steps, for example: "
            "download https://example.com/data.csv, count the rows with DuckDB and log the result.",
            missing=["steps"],
        )
    if not plan.steps:
        plan.steps.append(Step(placeholder=True, because=" ".join(words.split())[:200]))


def _description(words: str) -> str:
    text = " ".join(words.split())
    return text if len(text) <= 200 else text[:197].rsplit(" ", 1)[0] + " …"


_NO_NAMES = re.compile(
    r"\b(?:(?:let|allow|ask)\s+(?:me|us|the user|users?)|(?:i|we)\s+(?:want|need|would like)"
    r"|for (?:each|every|all)|(?:it|this|that|something|anything) fails"
    r"|(?:with|using|in|via|by)\s+(?:duckdb|python|pandas|sql|kestra|bash|the shell)"
    r"|under|over|its?|their|current|back|the (?:result|results|log)|if|when|whenever|otherwise|else|then"
    r"|finally|loop over|go through|up to|retry|times)\b",
    re.IGNORECASE,
)


def _flow_name(said: str, plan: Plan, scene: Scene) -> str:
    """Name the flow by what it is about and what comes out, else by the telling words of the request."""
    subject = next((name for name in scene.subjects if name not in ("", "data", "file")), "")
    purpose = next((text for text in reversed(scene.purposes) if text), "")
    if subject and purpose:
        return kebab(f"{subject} {purpose}")[:60].strip("-")
    plain = _NO_NAMES.sub(" ", re.sub(r"⟦\d+⟧|\{\w+\}|\b\d\S*", " ", said))
    telling = list(dict.fromkeys(name_of(plain, limit=12).split("_")))
    verb = next((word for word in re.findall(r"[a-z]+", plain.lower()) if word in VERBS), "run")
    if subject:
        return kebab(f"{verb} {subject}")[:60].strip("-")
    if len(telling) < 2:
        telling += name_of(
            " ".join(item.value for item in scene.masked.literals if item.kind == "text")
        ).split("_")
    steps = [step.id for step in plan.walk() if not step.placeholder]
    return kebab(" ".join(telling[:4]).strip() or " ".join(steps[:2]) or "new flow")[:60].strip("-")


def _fill_schedule_inputs(plan: Plan, scene: Scene) -> None:
    """A schedule starts the flow with nobody to answer: its inputs need defaults."""
    if not any(trigger.type in (starts.SCHEDULE, starts.FLOW, starts.WEBHOOK) for trigger in plan.triggers):
        return
    for item in plan.inputs:
        if item.defaults is None and item.required and item.type not in ("FILE", "SECRET"):
            item.defaults = default_for(item)
            scene.note(
                f"Input '{item.id}' got the default {item.defaults!r}, because a trigger starts the flow."
            )
