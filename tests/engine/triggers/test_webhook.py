"""Webhooks: a call with the right key starts the flow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import FlowDisabled, InputInvalid, NotFound
from engine.model.state import State
from tests.engine.triggers.conftest import Bench, Time, opened

HOOK = """\
id: hook
namespace: demo
inputs:
  - {id: taxi, type: STRING, defaults: yellow}
tasks:
  - {id: show, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.taxi }}"}
triggers:
  - id: t
    type: io.kestra.plugin.core.trigger.Webhook
    key: "{{ secret('HOOK_KEY') }}"
    inputs: {taxi: "{{ trigger.body.taxi ?? 'green' }}"}
    labels: {from: "{{ trigger.parameters.who[0] ?? 'nobody' }}"}
"""


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Bench]:
    environment = {"SECRET_HOOK_KEY": "aHVzaA=="}
    with opened(tmp_path / "home", Time(), in_memory=True, environment=environment) as bench:
        yield bench


def test_a_call_starts_the_flow(hooks: Bench) -> None:
    hooks.engine.save(HOOK)
    one = hooks.engine.webhook(
        "demo", "hook", "hush", '{"taxi": "fhv"}', {"X-A": ["1"]}, {"who": ["me", "you"]}
    )
    assert one is not None
    ended = hooks.engine.wait(one.id)
    assert ended.task_runs[0].outputs == {"value": "fhv"}
    assert ended.labels["from"] == "me"
    assert ended.trigger is not None and ended.trigger.variables == {
        "body": {"taxi": "fhv"},
        "headers": {"X-A": ["1"]},
        "parameters": {"who": ["me", "you"]},
    }


def test_a_call_without_a_body_has_none(hooks: Bench) -> None:
    hooks.engine.save(HOOK)
    one = hooks.engine.webhook("demo", "hook", "hush")
    assert one is not None and one.trigger is not None
    assert "body" not in one.trigger.variables
    assert one.inputs == {"taxi": "green"}


def test_calls_are_not_locked_by_a_running_execution(hooks: Bench) -> None:
    hooks.engine.save(
        HOOK.replace("tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n")
    )
    calls = [hooks.engine.webhook("demo", "hook", "hush") for _ in range(3)]
    assert len({one.id for one in calls if one}) == 3


@pytest.mark.parametrize("key", ["", "hus", "hush2", "HUSH", "{{ secret('HOOK_KEY') }}"])
def test_another_key_is_not_found(hooks: Bench, key: str) -> None:
    hooks.engine.save(HOOK)
    with pytest.raises(NotFound, match="Webhook not found"):
        hooks.engine.webhook("demo", "hook", key)


def test_an_unknown_flow_is_not_found(hooks: Bench) -> None:
    with pytest.raises(NotFound, match="Flow not found"):
        hooks.engine.webhook("demo", "nothing", "hush")


def test_a_key_that_cannot_be_rendered_never_matches(bench: Bench) -> None:
    bench.engine.save(HOOK)
    with pytest.raises(NotFound):
        bench.engine.webhook("demo", "hook", "hush")


def test_conditions_decide_and_what_cannot_be_told_is_false(hooks: Bench) -> None:
    hooks.engine.save(HOOK + '    when: "{{ trigger.body.go }}"\n')
    assert hooks.engine.webhook("demo", "hook", "hush", '{"go": false}') is None
    assert hooks.engine.webhook("demo", "hook", "hush", '{"other": 1}') is None
    assert hooks.engine.webhook("demo", "hook", "hush", '{"go": true}') is not None


def test_what_is_disabled_answers_nothing(hooks: Bench) -> None:
    hooks.engine.save(HOOK + "disabled: true\n")
    with pytest.raises(FlowDisabled):
        hooks.engine.webhook("demo", "hook", "hush")
    hooks.engine.save(HOOK + "    disabled: true\n")
    with pytest.raises(NotFound):
        hooks.engine.webhook("demo", "hook", "hush")
    hooks.engine.save(HOOK)
    hooks.engine.triggers.set_disabled(("demo", "hook", "t"), True)
    with pytest.raises(NotFound):
        hooks.engine.webhook("demo", "hook", "hush")


def test_inputs_that_do_not_fit_are_told_to_the_caller(hooks: Bench) -> None:
    hooks.engine.save(HOOK.replace("type: STRING, defaults: yellow", "type: INT"))
    with pytest.raises(InputInvalid, match="taxi"):
        hooks.engine.webhook("demo", "hook", "hush")
    assert hooks.runs("hook") == []


def test_required_inputs_that_nobody_gives_are_left_out(hooks: Bench) -> None:
    needs = HOOK.replace(
        "defaults: yellow}", "defaults: yellow}\n  - {id: month, type: INT}\n  - {id: a.b, type: INT}"
    )
    hooks.engine.save(needs)
    one = hooks.engine.webhook("demo", "hook", "hush")
    assert one is not None and one.inputs == {"taxi": "green"}
    assert hooks.engine.wait(one.id).state is State.SUCCESS
    hooks.engine.save(needs.replace("{{ inputs.taxi }}", "{{ inputs.month }}"))
    two = hooks.engine.webhook("demo", "hook", "hush")
    assert two is not None
    assert hooks.engine.wait(two.id).state is State.FAILED
    assert any("month" in entry.message for entry in hooks.engine.logs(two.id))


def test_stop_after_switches_it_off(hooks: Bench) -> None:
    hooks.engine.save(HOOK + "    stopAfter: [SUCCESS]\n")
    one = hooks.engine.webhook("demo", "hook", "hush")
    assert one is not None
    hooks.engine.wait(one.id)
    hooks.settle()
    assert hooks.state("hook").disabled
    with pytest.raises(NotFound):
        hooks.engine.webhook("demo", "hook", "hush")
