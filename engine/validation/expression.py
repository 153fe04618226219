"""Compiles every template of a flow and has what it refers to resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.errors import ExpressionError
from engine.expression.template import compile_template
from engine.model.flow import Flow, InputSpec, TaskSpec, TriggerSpec
from engine.model.json import Json
from engine.plugin.base import properties_of
from engine.source.document import Path
from engine.validation.order import Node, Order
from engine.validation.reference import Place, Resolver
from engine.validation.report import Report
from engine.validation.task import TaskReader
from engine.validation.task_reference import FOR_EACH_ITEM


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may be a template; `free` when its variables are not known before it is rendered."""

    text: str
    path: Path
    free: bool = False


def check_expressions(flow: Flow, report: Report, tasks: TaskReader) -> None:
    """Report templates that do not compile and references that cannot be resolved."""
    order = Order(flow, tasks)
    check = _Check(report, Resolver(flow, order, tasks, report))
    for spec in flow.walk():
        node = order.node(spec)
        extra = node.plugin.extra_variables if node.plugin else ()
        check.all(_task_texts(spec, node, tasks.path(spec)), Place("task", node, frozenset(extra)))
        if node.isolates:
            late = Place("task", node, frozenset({"iteration"}), at_end=True)
            check.all(_late_texts(spec, tasks.path(spec)), late)
    for trigger in flow.triggers:
        check.all(_trigger_texts(trigger, tasks), Place("trigger"))
    for number, output in enumerate(flow.outputs):
        check.all(_texts(output.value, ("outputs", number, "value")), Place("output"))
    for number, asked in enumerate(flow.inputs):
        check.all(_input_texts(asked, ("inputs", number)), Place("input", own=asked.id))
    for number, sla in enumerate(flow.sla):
        check.all(_texts(sla.assertion, ("sla", number, "assert")), Place("output"))
    for number, item in enumerate(flow.checks):
        check.all(_texts(item.condition, ("checks", number, "condition")), Place("input"))


class _Check:
    def __init__(self, report: Report, resolver: Resolver) -> None:
        self._report = report
        self._resolver = resolver

    def all(self, texts: Iterator[Text], place: Place) -> None:
        for item in texts:
            if "{{" in item.text or "{%" in item.text or "{#" in item.text:
                self._one(item, place)

    def _one(self, item: Text, place: Place) -> None:
        try:
            template = compile_template(item.text)
        except ExpressionError as error:
            path = self._report.written_path(item.path)
            at = self._report.document.place_in(path, error.line or 1, error.column or 1)
            message, _, suggestion = error.message.partition("; ")
            self._report.add("expression-syntax", message, item.path, suggestion=suggestion or None, place=at)
            return
        if not item.free:
            self._resolver.resolve(template.references, item.path, place)


def _task_texts(spec: TaskSpec, node: Node, path: Path) -> Iterator[Text]:
    yield from _texts(spec.run_if, (*path, "runIf"))
    yield from _texts(spec.timeout, (*path, "timeout"))
    if node.plugin is None:
        return
    marks = properties_of(node.plugin)
    rows = node.plugin.row_properties
    late = ("inputs", "labels") if spec.type == FOR_EACH_ITEM else ()
    for name, value in spec.properties.items():
        if name in rows:
            yield from (replace(text, free=True) for text in _texts(value, (*path, name)))
        elif name not in marks.nested and (name not in marks.static or name in late):
            yield from _texts(value, (*path, name))


def _late_texts(spec: TaskSpec, path: Path) -> Iterator[Text]:
    """Yield what a Loop renders when the tasks of an iteration have ended."""
    for name in ("outputs", "breakWhen"):
        yield from _texts(spec.properties.get(name), (*path, name))


def _trigger_texts(spec: TriggerSpec, tasks: TaskReader) -> Iterator[Text]:
    path = tasks.path(spec)
    plugin = tasks.plugin(spec)
    if plugin is not None:
        static = properties_of(plugin).static
        for name, value in spec.properties.items():
            if name not in static and name not in ("inputs", "conditions"):
                free = name in plugin.row_properties
                yield from (replace(text, free=free) for text in _texts(value, (*path, name)))
    yield from _texts(spec.inputs, (*path, "inputs"))
    yield from _texts(spec.labels, (*path, "labels"))
    yield from (replace(text, free=True) for text in _texts(list(spec.conditions), (*path, "conditions")))
    yield from (replace(text, free=True) for text in _texts(spec.when, (*path, "when")))


def _input_texts(spec: InputSpec, path: Path) -> Iterator[Text]:
    yield from _texts(spec.defaults, (*path, "defaults"))
    yield from _texts(spec.prefill, (*path, "prefill"))
    yield from _texts(spec.options.get("expression"), (*path, "expression"))
    if spec.depends_on:
        yield from _texts(spec.depends_on.condition, (*path, "dependsOn", "condition"))


def _texts(value: Json, path: Path) -> Iterator[Text]:
    if isinstance(value, str):
        yield Text(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield Text(key, (*path, key))
            yield from _texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
