"""Whatever an author writes, the check answers with findings and never raises."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.flow import Flow
from engine.registry import Registry
from engine.source import read_document
from engine.validation import check

TEXT = """\
id: f
namespace: company.team
labels: {a: b}
inputs:
  - {id: n, type: INT, min: 1, defaults: 3, dependsOn: {inputs: [m], condition: "{{ true }}"}}
  - {id: m, type: SELECT, values: [a, b]}
variables: {v: 1}
tasks:
  - id: one
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.n > 1 }}"
    then:
      - id: two
        type: io.kestra.plugin.core.flow.ForEach
        values: [1, 2]
        concurrencyLimit: 2
        tasks:
          - {id: three, type: io.kestra.plugin.core.log.Log, message: "{{ taskrun.value }}", level: WARN}
        errors:
          - {id: four, type: io.kestra.plugin.core.debug.Return, format: 1.10}
  - id: five
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.four.value }}"
    runIf: "true"
    timeout: PT1S
    retry: {type: exponential, interval: PT1S, maxInterval: PT5S}
    taskCache: {enabled: true}
outputs: [{id: o, value: "{{ outputs.five.value }}", type: STRING}]
pluginDefaults: [{type: io.kestra.plugin.core.log, values: {level: INFO}}]
concurrency: {limit: 1}
sla: [{id: s, type: MAX_DURATION, duration: PT1H, behavior: FAIL}]
checks: [{condition: "{{ true }}", message: m}]
"""
DATA: Any = read_document(TEXT).data

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [
            "",
            "x",
            "{{ inputs.n }}",
            "{{",
            "{{ outputs.five.value }}",
            "SUCCESS",
            "io.kestra.plugin.core.log.Log",
            "a.b",
        ]
    )
    | st.text("aé{}%|.'\"\\-", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "type", "tasks", "key", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def test_the_flow_itself_is_valid(registry: Registry) -> None:
    assert check(TEXT, registry).ok


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in members:
        yield from _paths(item, (*path, key))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(_paths(DATA))), ODD), min_size=1, max_size=2))
def test_a_flow_with_odd_values_gives_findings(
    registry: Registry, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    data = deepcopy(DATA)
    for (*parents, last), value in changes:
        target = data
        try:
            for step in parents:
                target = target[step]
            target[last] = value
        except (TypeError, KeyError, IndexError):
            continue
    checked = check(json.dumps(data), registry)
    assert checked.document is not None
    assert isinstance(checked.flow, Flow) is not any(finding.blocking for finding in checked.findings)
    for finding in checked.findings:
        assert finding.line == 1 and finding.message and finding.code


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(TEXT)), st.integers(0, 30), st.text("a:- \n{}[]'\"&*|", max_size=4))
def test_a_damaged_text_gives_findings(registry: Registry, start: int, length: int, added: str) -> None:
    checked = check(TEXT[:start] + added + TEXT[start + length :], registry)
    assert checked.flow is not None or checked.findings
