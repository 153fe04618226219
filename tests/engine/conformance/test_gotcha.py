"""Surprises of the language that flows rely on (chapter 13 of the specification)."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.errors import FlowInvalid
from engine.model.json import Json
from tests.engine.conformance.language import Case, cases, flow, judge, one, output, start

_SWITCH = """
inputs: [{id: x, type: %s}]
tasks:
  - id: s
    type: +flow.Switch
    value: "{{ inputs.x }}"
    cases:
      true: [{id: yes-case, type: +log.Log, message: x}]
      1: [{id: one-case, type: +log.Log, message: x}]
      a: [{id: a-case, type: +log.Log, message: x}]
    defaults: [{id: other, type: +log.Log, message: x}]
"""


@pytest.mark.parametrize(
    ("kind", "given", "chosen"),
    [
        ("BOOL", True, "yes-case"),
        ("BOOL", False, "other"),
        ("INT", 1, "one-case"),
        ("STRING", "1", "one-case"),
        ("STRING", "a", "a-case"),
        ("STRING", "A", "other"),
        ("STRING", " a", "other"),
    ],
)
def test_switch_compares_texts_and_keys_are_texts(
    engine: Engine, kind: str, given: Json, chosen: str
) -> None:
    ended = engine.wait(start(engine, flow(_SWITCH % kind), {"x": given}).id, 10)
    assert [run.task_id for run in ended.task_runs] == ["s", chosen]


TABLE = (
    Case(
        "maps as values of a loop are JSON text",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [{key: k, n: 1}]
            tasks:
              - {id: a, type: +debug.Return, format: "{{ taskrun.value }}"}
              - {id: b, type: +debug.Return, format: "{{ fromJson(taskrun.value).key }}"}
              - {id: c, type: +debug.Return, format: "{{ taskrun.value | jq('.key') }}"}
              - {id: d, type: +debug.Return, format: "{{ taskrun.value.key }}", allowFailure: true}
        """,
        "WARNING",
        values={
            'a[{"key":"k","n":1}]': '{"key":"k","n":1}',
            'b[{"key":"k","n":1}]': "k",
            'c[{"key":"k","n":1}]': '["k"]',
        },
        states={'d[{"key":"k","n":1}]': "WARNING"},
    ),
    Case(
        "values are texts",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [1]
            tasks:
              - {id: a, type: +debug.Return, format: "{{ taskrun.value == 1 }} {{ taskrun.value == '1' }} {{ taskrun.value + 1 }} {{ (taskrun.value | number) + 1 }}"}
        """,
        values={"a[1]": "false true 11 2"},
    ),
    Case(
        "a block ending in a line break is true",
        """
        tasks:
          - id: i
            type: +flow.If
            condition: |
              {{ false }}
            then: [{id: x, type: +log.Log, message: x}]
        """,
        listing=("i", "x"),
    ),
    Case(
        "a skipped task has no outputs, not even for the flow's",
        """
        tasks: [{id: a, type: +debug.Return, format: x, runIf: "{{ false }}"}]
        outputs: [{id: o, value: "{{ outputs.a.value }}"}]
        """,
        "FAILED",
        listing=("a",),
    ),
    Case(
        "a task without outputs has an empty map",
        """
        tasks:
          - {id: l, type: +log.Log, message: x}
          - {id: r, type: +debug.Return, format: "{{ outputs.l }} {{ outputs['l'] is defined }}"}
        """,
        values={"r": "{} true"},
    ),
    Case(
        "null vanishes from outputs",
        """
        tasks:
          - {id: a, type: +debug.Return, format: null}
          - {id: b, type: +output.OutputValues, values: {x: null, y: "1"}}
          - {id: r, type: +debug.Return, format: "{{ outputs.a }} {{ outputs.b.values.x is defined }} {{ outputs.b.values.y }}"}
        """,
        values={"r": "{} false 1"},
    ),
    Case(
        "changed labels are seen by later tasks only",
        """
        labels: {k: old}
        tasks:
          - {id: a, type: +debug.Return, format: "{{ labels.k }}"}
          - {id: l, type: +execution.Labels, labels: {k: new}}
          - {id: b, type: +debug.Return, format: "{{ labels.k }}"}
        """,
        values={"a": "old", "b": "new"},
    ),
    Case(
        "what users give is never rendered",
        """
        inputs: [{id: x, type: STRING, defaults: "{{ '{{' }} 1 }}"}]
        tasks:
          - {id: a, type: +debug.Return, format: "{{ inputs.x }}"}
          - {id: b, type: +debug.Return, format: "{{ outputs.a.value }}"}
        """,
        values={"a": "{{ 1 }}", "b": "{{ 1 }}"},
    ),
)


@cases(*TABLE)
def test_gotchas(engine: Engine, case: Case) -> None:
    judge(case, engine)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            """
            tasks:
              - id: w
                type: +flow.WorkingDirectory
                tasks: [{id: s, type: +flow.Sequential, tasks: [{id: x, type: +log.Log, message: x}]}]
            """,
            "Only runnable tasks are allowed as children of a WorkingDirectory task",
            id="64 blocks in a shared folder",
        ),
        pytest.param(
            """
            tasks:
              - {id: off, type: +log.Log, message: x, disabled: true}
              - {id: r, type: +debug.Return, format: "{{ tasks.off.state }}"}
            """,
            "off",
            id="65 the state of a disabled task",
        ),
        pytest.param(
            """
            tasks: [{id: a, type: +log.Log, message: x}]
            errors: [{id: a, type: +log.Log, message: x}]
            """,
            "Duplicate task id",
            id="71 the same id twice",
        ),
        pytest.param(
            "tasks: [{id: a.b, type: +log.Log, message: x}]", "is not an id", id="72 a dot in a task id"
        ),
        pytest.param(
            "tasks: [{id: a, type: +log.Log, mesage: x}]", "mesage", id="73 a property that does not exist"
        ),
        pytest.param(
            """
            pluginDefaults: [{type: io.kestra.plugin.core.log.Log, values: {nothing: x}}]
            tasks: [{id: a, type: +log.Log, message: x}]
            """,
            "nothing",
            id="74 a default its one type does not know",
        ),
        pytest.param(
            "tasks: [{id: a, type: +flow.Subflow, namespace: tests.engine, flowId: t}]",
            "Recursive call to flow",
            id="1.3 a flow that calls itself",
        ),
    ],
)
def test_what_is_refused_when_a_flow_is_saved(engine: Engine, body: str, message: str) -> None:
    with pytest.raises(FlowInvalid, match=message):
        engine.save(flow(body))


def test_a_default_for_many_types_passes_by_those_without_the_property(engine: Engine) -> None:
    """74, as the course's flows need it: `bucket` is set below all of Google Cloud."""
    body = """
    pluginDefaults: [{type: io.kestra.plugin.core.log, values: {nothing: x, level: WARN}}]
    tasks: [{id: a, type: +log.Log, message: x}]
    """
    checked = engine.check(flow(body))
    assert checked.flow is not None
    assert checked.flow.tasks[0].properties == {"message": "x", "level": "WARN"}
    assert [(finding.code, finding.severity) for finding in checked.findings] == [
        ("unused-default", "WARNING")
    ]
    assert "'nothing'" in checked.findings[0].message


def test_a_namespace_in_capitals_is_refused(engine: Engine) -> None:
    with pytest.raises(FlowInvalid, match="is not a namespace"):
        engine.save(flow("tasks: [{id: a, type: +log.Log, message: x}]").replace("tests.engine", "Tests"))


def test_duplicate_values_that_share_a_text_run_once(engine: Engine) -> None:
    body = """
    tasks:
      - {id: each, type: +flow.ForEach, values: '["a","a","b"]', tasks: [{id: x, type: +debug.Return, format: "{{ taskrun.value }}"}]}
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert [output(run) for run in ended.task_runs if run.task_id == "x"] == ["a", "b"]
    assert one(ended, "each").outputs in (None, {})
