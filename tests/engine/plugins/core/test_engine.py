"""Core tasks inside a running engine, where only the two together show the behaviour."""

from __future__ import annotations

from engine.model.state import State

HEAD = "id: f\nnamespace: company.team\n"


def states(execution) -> dict[str, str]:
    return {run.task_id: str(run.state) for run in execution.task_runs}


def test_loop_until_keeps_the_last_round_and_counts(run) -> None:
    ended = run(
        HEAD
        + """
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.LoopUntil
    condition: "{{ outputs.loop.iterationCount >= 3 and outputs.round.value == 'f' }}"
    checkFrequency: {interval: PT0.01S}
    tasks:
      - id: round
        type: io.kestra.plugin.core.debug.Return
        format: "{{ flow.id }}"
"""
    )
    assert ended.state is State.SUCCESS
    assert [run.outputs for run in ended.task_runs if run.task_id == "round"] == [{"value": "f"}]
    assert [run.outputs for run in ended.task_runs if run.task_id == "loop"] == [{"iterationCount": 3}]


def test_a_pause_fails_after_its_timeout(run) -> None:
    ended = run(HEAD + "tasks: [{id: p, type: io.kestra.plugin.core.flow.Pause, timeout: PT0.05S}]")
    assert (ended.state, states(ended)) == (State.FAILED, {"p": "FAILED"})


def test_a_pause_cancels(run) -> None:
    source = HEAD + (
        "tasks:\n"
        "  - {id: p, type: io.kestra.plugin.core.flow.Pause, delay: PT0.05S, behavior: CANCEL}\n"
        "  - {id: never, type: io.kestra.plugin.core.log.Log, message: x}\n"
    )
    ended = run(source)
    assert ended.state is State.CANCELLED and "never" not in states(ended)


def test_a_switch_without_a_match_fails(run, engine) -> None:
    ended = run(
        HEAD
        + """
tasks:
  - id: s
    type: io.kestra.plugin.core.flow.Switch
    value: z
    cases:
      x: [{id: x, type: io.kestra.plugin.core.log.Log, message: x}]
"""
    )
    assert states(ended) == {"s": "FAILED"}
    assert any("No task found on flow" in entry.message for entry in engine.logs(ended.id))


def test_allow_failure_goes_on_with_a_warning(run) -> None:
    ended = run(
        HEAD
        + """
tasks:
  - id: try
    type: io.kestra.plugin.core.flow.AllowFailure
    tasks:
      - {id: broken, type: io.kestra.plugin.core.execution.Fail}
      - {id: never, type: io.kestra.plugin.core.log.Log, message: x}
  - {id: after, type: io.kestra.plugin.core.log.Log, message: x}
"""
    )
    assert ended.state is State.WARNING
    assert states(ended) == {"try": "WARNING", "broken": "FAILED", "after": "SUCCESS"}


def test_a_subflow_gives_its_outputs(run, engine) -> None:
    engine.save(
        "id: child\nnamespace: company.team\n"
        "inputs: [{id: n, type: INT}]\n"
        "tasks: [{id: t, type: io.kestra.plugin.core.debug.Return, format: '{{ inputs.n * 2 }}'}]\n"
        "outputs: [{id: twice, type: INT, value: '{{ outputs.t.value }}'}]\n"
    )
    ended = run(
        HEAD
        + """
tasks:
  - {id: s, type: io.kestra.plugin.core.flow.Subflow, namespace: company.team, flowId: child, inputs: {n: 21}}
  - {id: t, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.s.outputs.twice }} {{ outputs.s.state }}"}
"""
    )
    assert [run.outputs for run in ended.task_runs if run.task_id == "t"] == [{"value": "42 SUCCESS"}]


def test_null_values_fail_the_loop(run, engine) -> None:
    ended = run(
        HEAD
        + """
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: '[1, null, {"key": "k"}]'
    tasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: x}]
"""
    )
    assert (ended.state, states(ended)) == (State.FAILED, {"each": "FAILED"})
    assert any("Found '1' null values on Each" in entry.message for entry in engine.logs(ended.id))
