"""Which flows start which, read from their texts."""

import pytest

from api.topology import Edge, Link, around, links_of

CALL = "id: a\nnamespace: n\ntasks:\n- id: c\n  type: io.kestra.plugin.core.flow.{kind}\n  namespace: m\n  flowId: b\n"
WAIT = "id: a\nnamespace: n\ntasks: []\ntriggers:\n- id: t\n  type: io.kestra.plugin.core.trigger.Flow\n  {what}\n"


@pytest.mark.parametrize("kind", ["Subflow", "ForEachItem"])
def test_tasks_that_call(kind: str) -> None:
    assert links_of(CALL.replace("{kind}", kind)) == (Link("FLOW_TASK", "m", "b"),)


def test_a_name_that_is_a_template_is_not_followed() -> None:
    assert links_of(CALL.replace("{kind}", "Subflow").replace("flowId: b", "flowId: '{{ inputs.b }}'")) == ()


@pytest.mark.parametrize(
    ("what", "link"),
    [
        ("preconditions: {id: p, flows: [{namespace: m, flowId: b}]}", Link("FLOW_TRIGGER", "m", "b")),
        ("preconditions: {id: p, flows: [{namespace: m}]}", Link("FLOW_TRIGGER", "m")),
        (
            "preconditions: {id: p, where: [{id: w, filters: [{field: NAMESPACE, type: STARTS_WITH, value: m}]}]}",
            Link("FLOW_TRIGGER", "m", None, True),
        ),
        (
            "conditions: [{type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: m, flowId: b}]",
            Link("FLOW_TRIGGER", "m", "b"),
        ),
        (
            "conditions: [{type: io.kestra.plugin.core.condition.ExecutionNamespace, namespace: m, prefix: true}]",
            Link("FLOW_TRIGGER", "m", None, True),
        ),
    ],
)
def test_triggers_that_wait(what: str, link: Link) -> None:
    assert links_of(WAIT.replace("{what}", what)) == (link,)


@pytest.mark.parametrize("text", ["id: [", "just words", "triggers: 3"])
def test_a_text_that_is_no_flow_names_nothing(text: str) -> None:
    assert links_of(text) == ()


A, B, C, D = (("n", name) for name in "abcd")
CHAIN = [Edge(A, B, "FLOW_TASK"), Edge(B, C, "FLOW_TASK"), Edge(C, D, "FLOW_TRIGGER")]


@pytest.mark.parametrize(
    ("only_down", "everything", "found"),
    [(False, False, CHAIN[:2]), (True, False, CHAIN[1:2]), (True, True, CHAIN[1:]), (False, True, CHAIN)],
)
def test_what_is_around_a_flow(only_down: bool, everything: bool, found: list[Edge]) -> None:
    near = around(CHAIN, {B}, only_down=only_down, everything=everything)
    assert sorted(near, key=str) == sorted(found, key=str)


def test_a_circle_ends() -> None:
    circle = [Edge(A, B, "FLOW_TASK"), Edge(B, A, "FLOW_TASK")]
    assert around(circle, {A}, only_down=False, everything=True) == circle
