"""Words to a plan without a model: take out what bounds the flow, then fill a step per clause."""

from __future__ import annotations

import re

from copilot.errors import MissingPlugin, OffTopic
from copilot.plan.plan import Plan, Step
from copilot.plan.render import DEFAULT_NAMESPACE, kebab
from copilot.planner.rules import start as starts
from copilot.planner.rules.builder import Builder, Suggest
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.fill.http import file_name, format_of
from copilot.planner.rules.inputs import default_for, take_inputs
from copilot.planner.rules.literal import mask
from copilot.planner.rules.parse import parse, plain_verbs
from copilot.planner.rules.scene import Carrier, Scene, Types
from copilot.planner.rules.word import name_of


def compose(
    words: str, types: Types, suggest: Suggest, *, namespace: str | None = None, flow_id: str | None = None
) -> Plan:
    """Compose the plan of a new flow. Raises OffTopic or MissingPlugin when there is nothing to draft."""
    masked = mask(words)
    masked.text = plain_verbs(masked.text)
    inputs = take_inputs(masked)
    start = starts.take_start(masked, types, namespace or DEFAULT_NAMESPACE)
    scene = Scene(
        types,
        masked,
        namespace=start.namespace or namespace or DEFAULT_NAMESPACE,
        inputs=inputs,
        request=words,
    )
    scene.scheduled = any(trigger.type == starts.SCHEDULE for trigger in start.triggers)
    scene.hooked = any(trigger.type == starts.WEBHOOK for trigger in start.triggers)
    _give_files(scene, words)
    said = masked.text
    builder = Builder(scene, suggest)
    plan = builder.build(parse(masked))
    plan.namespace = scene.namespace
    plan.id = start.flow_id or flow_id or _flow_name(said, plan, scene)
    plan.labels, plan.concurrency, plan.triggers = start.labels, start.concurrency, start.triggers
    plan.description = _description(words)
    plan.inputs, plan.variables, plan.plugin_defaults = scene.inputs, scene.variables, scene.defaults
    for said, why in start.open:
        plan.steps.append(Step(placeholder=True, because=f"{said}: {why}"))
    _refuse_if_empty(words, plan, builder)
    _fill_schedule_inputs(plan, scene)
    if start.namespace is None and namespace is None:
        scene.note(f"The namespace is '{DEFAULT_NAMESPACE}', as none was named.")
    plan.notes = scene.notes
    return plan


def _give_files(scene: Scene, words: str) -> None:
    """Make the files that are given as inputs known to the steps."""
    for item in scene.inputs:
        if item.type == "FILE":
            format_, compressed = format_of(item.id.replace("_", "."), words)
            name = file_name("", format_, compressed)
            facts = {"format": format_, "compressed": compressed, "name": name, "given": f"inputs.{item.id}"}
            scene.carriers.append(Carrier("file", "", (), **facts))  # type: ignore[arg-type]


_TALK = frozenset({"tell", "ask", "answer", "describe", "do", "make", "take", "find", "pick", "say"})


_SUBJECTS = frozenset(
    {"flow", "workflow", "pipeline", "slack", "postgres", "duckdb", "python", "table", "csv", "api"}
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
    asks = (VERBS - _TALK) | _SUBJECTS
    if not spoken & asks or (not plan.placeholders and not plan.triggers):
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
