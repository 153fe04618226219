"""Flow triggers: executions of other flows start flows, each once, also across a crash."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.model.label import CORRELATION_ID
from engine.model.state import State
from tests.engine.triggers.conftest import Bench, Time, opened

UP = """\
id: {id}
namespace: {namespace}
tasks:
  - {{id: give, type: io.kestra.plugin.core.debug.Return, format: "{{{{ inputs.word }}}}"}}
  - {{id: maybe, type: io.kestra.plugin.core.execution.Fail, condition: "{{{{ inputs.word == 'bad' }}}}"}}
inputs:
  - {{id: word, type: STRING, defaults: good}}
outputs:
  - {{id: said, type: STRING, value: "{{{{ outputs.give.value }}}}"}}
"""

DOWN = """\
id: {id}
namespace: demo
inputs:
  - {{id: heard, type: STRING, required: false}}
tasks:
  - {{id: note, type: io.kestra.plugin.core.debug.Return, format: "{{{{ inputs.heard ?? '' }}}}"}}
triggers:
  - id: t
    type: io.kestra.plugin.core.trigger.Flow
"""

AFTER_UP = """\
    states: [SUCCESS]
    inputs: {heard: "{{ trigger.outputs.said }}"}
    labels: {after: "{{ trigger.flowId }}"}
    conditions:
      - {type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: demo, flowId: up}
"""

AFTER_BOTH = """\
    preconditions:
      id: both
      timeWindow: {type: SLIDING_WINDOW, window: PT1H}
      flows:
        - {namespace: demo, flowId: up, states: [SUCCESS]}
        - {namespace: demo, flowId: other, states: [SUCCESS]}
"""


def up(flow_id: str, namespace: str = "demo") -> str:
    return UP.format(id=flow_id, namespace=namespace)


def run(bench: Bench, flow_id: str, namespace: str = "demo", **inputs: str) -> str:
    execution = bench.engine.start(namespace, flow_id, inputs=inputs)
    bench.engine.wait(execution.id)
    bench.settle()
    return execution.id


def test_an_execution_starts_the_flow_with_what_it_gives(bench: Bench) -> None:
    bench.engine.save(up("up"))
    bench.engine.save(DOWN.format(id="down") + AFTER_UP)
    started = run(bench, "up", word="hello")
    [one] = bench.runs("down")
    assert one.inputs == {"heard": "hello"}
    assert one.labels["after"] == "up"
    assert one.labels[CORRELATION_ID] == started
    assert one.trigger is not None
    assert one.trigger.variables == {
        "executionId": started,
        "namespace": "demo",
        "flowId": "up",
        "flowRevision": 1,
        "state": "SUCCESS",
        "outputs": {"said": "hello"},
    }


def test_other_states_and_flows_start_nothing(bench: Bench) -> None:
    bench.engine.save(up("up"))
    bench.engine.save(up("up", "elsewhere"))
    bench.engine.save(DOWN.format(id="down") + AFTER_UP)
    run(bench, "up", word="bad")
    run(bench, "up", "elsewhere")
    assert bench.runs("down") == []


def test_a_flow_never_starts_itself(bench: Bench) -> None:
    condition = "    conditions:\n      - {type: io.kestra.plugin.core.condition.ExecutionNamespace, namespace: demo}\n"
    bench.engine.save(DOWN.format(id="down") + condition)
    run(bench, "down")
    assert len(bench.runs("down")) == 1


def test_a_paused_execution_is_an_event(bench: Bench) -> None:
    bench.engine.save(
        "id: up\nnamespace: demo\ntasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    condition = (
        "    conditions:\n      - {type: io.kestra.plugin.core.condition.ExecutionStatus, in: [PAUSED]}\n"
    )
    bench.engine.save(DOWN.format(id="down") + condition)
    execution = bench.engine.start("demo", "up")
    while not bench.runs("down"):
        bench.settle()
    bench.engine.resume(execution.id)
    bench.engine.wait(execution.id)
    bench.settle()
    assert [one.trigger and one.trigger.variables["state"] for one in bench.runs("down")] == ["PAUSED"]


def test_preconditions_wait_for_all_within_the_window(bench: Bench) -> None:
    for name in ("up", "other"):
        bench.engine.save(up(name))
    bench.engine.save(DOWN.format(id="down") + AFTER_BOTH)
    run(bench, "up")
    run(bench, "up")
    assert bench.runs("down") == []
    bench.time.now += timedelta(hours=2)
    run(bench, "other")
    assert bench.runs("down") == []
    run(bench, "up")
    assert len(bench.runs("down")) == 1
    run(bench, "up")
    assert len(bench.runs("down")) == 1


def test_what_was_met_is_remembered_over_a_restart(tmp_path: Path) -> None:
    time = Time()
    with opened(tmp_path / "home", time) as bench:
        for name in ("up", "other"):
            bench.engine.save(up(name))
        bench.engine.save(DOWN.format(id="down") + AFTER_BOTH)
        run(bench, "up")
    with opened(tmp_path / "home", time) as bench:
        run(bench, "other")
        assert len(bench.runs("down")) == 1


def test_a_condition_that_cannot_be_told_counts_as_false(bench: Bench) -> None:
    bench.engine.save(up("up"))
    bench.engine.save(DOWN.format(id="down") + '    when: "{{ trigger.nothing.there }}"\n')
    run(bench, "up")
    assert bench.runs("down") == []
    [entry] = bench.engine.store.executions.logs(flow_id="down").results
    assert "count as false" in entry.message and entry.trigger_id == "t"


def test_labels_changed_later_are_no_event(bench: Bench) -> None:
    bench.engine.save(up("up"))
    bench.engine.save(DOWN.format(id="down") + AFTER_UP)
    started = run(bench, "up")
    bench.engine.set_labels(started, {"a": "b"})
    bench.settle()
    assert len(bench.runs("down")) == 1


def test_stop_after_switches_it_off(bench: Bench) -> None:
    bench.engine.save(up("up"))
    bench.engine.save(DOWN.format(id="down") + AFTER_UP + "    stopAfter: [SUCCESS]\n")
    run(bench, "up")
    run(bench, "up")
    assert len(bench.runs("down")) == 1
    assert bench.state("down").disabled


def test_an_end_nobody_heard_of_is_heard_by_the_next_process_once(tmp_path: Path) -> None:
    time = Time()
    options = EngineOptions(
        home=tmp_path / "home", environment={}, threads=2, clock=time, collect_rarely=False
    )
    bench = Bench(Engine.open(options), time)
    bench.engine.save(up("up"))
    bench.engine.save(DOWN.format(id="down") + AFTER_UP)
    heard = run(bench, "up", word="heard")
    # The process is deaf from here on, as if it died before it handled the event.
    bench.engine.scheduler.close()
    bench.time.now += timedelta(seconds=1)
    lost = bench.engine.wait(bench.engine.start("demo", "up", inputs={"word": "lost"}).id)
    assert lost.state is State.SUCCESS
    bench.engine.close()
    for _ in range(2):
        with opened(tmp_path / "home", time) as bench:
            bench.settle()
            found = [one.inputs and one.inputs["heard"] for one in bench.runs("down")]
            assert sorted(str(one) for one in found) == ["heard", "lost"]
    assert heard != lost.id
