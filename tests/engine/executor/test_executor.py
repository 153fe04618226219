"""Executions end in the states, task runs and outputs of the language's rules."""

from __future__ import annotations

import textwrap

import pytest

from engine.engine import Engine
from engine.errors import Conflict, InputInvalid, NotFound
from engine.executor import operations
from engine.model.execution import Execution
from engine.model.state import State
from tests.engine.conftest import Run, runs_of, states

RETURN = "io.kestra.plugin.core.debug.Return"
FAIL = "io.kestra.plugin.core.execution.Fail"
FLOW = "io.kestra.plugin.core.flow"


def flow(tasks: str, more: str = "", flow_id: str = "t") -> str:
    """Write a flow around its tasks."""
    body = textwrap.indent(textwrap.dedent(tasks).strip(), "  ")
    return f"id: {flow_id}\nnamespace: tests.engine\n{textwrap.dedent(more).strip()}\ntasks:\n{body}\n"


def value(execution: Execution, task_id: str) -> str:
    """Return the value output of the last run of a Return task."""
    outputs = runs_of(execution, task_id)[-1].outputs
    assert outputs is not None
    return str(outputs["value"])


def test_tasks_run_one_after_the_other_and_see_earlier_outputs(run: Run) -> None:
    execution = run(
        flow(f"""
        - {{id: a, type: {RETURN}, format: one}}
        - {{id: b, type: {RETURN}, format: "{{{{ outputs.a.value | upper }}}}"}}
        """)
    )
    assert execution.state is State.SUCCESS
    assert value(execution, "b") == "ONE"
    assert [str(p.state) for p in execution.history.passages] == ["CREATED", "RUNNING", "SUCCESS"]
    first = runs_of(execution, "a")[0]
    assert [str(p.state) for p in first.history.passages] == ["CREATED", "RUNNING", "SUCCESS"]
    assert [str(attempt.state) for attempt in first.attempts] == ["SUCCESS"]


def test_a_failed_task_stops_the_flow_and_runs_errors_then_finally_then_after(
    run: Run, engine: Engine
) -> None:
    execution = run(
        flow(
            f"""
            - {{id: bad, type: {FAIL}}}
            - {{id: never, type: {RETURN}, format: x}}
            """,
            f"""
            errors:
              - {{id: e, type: {RETURN}, format: "{{{{ tasks.bad.state }}}}"}}
            finally:
              - {{id: f, type: {RETURN}, format: "{{{{ execution.state }}}}"}}
            afterExecution:
              - {{id: z, type: {RETURN}, format: "{{{{ execution.state }}}}"}}
            """,
        )
    )
    assert execution.state is State.FAILED
    assert [run.task_id for run in execution.task_runs] == ["bad", "e", "f", "z"]
    assert [value(execution, task) for task in "efz"] == ["FAILED", "RUNNING", "FAILED"]
    assert any("Task failure" in entry.message for entry in engine.logs(execution.id))


def test_parallel_if_and_sequential_nest(run: Run) -> None:
    execution = run(
        flow(
            f"""
        - id: p
          type: {FLOW}.Parallel
          tasks:
            - id: yes
              type: {FLOW}.If
              condition: "{{{{ 1 == 1 }}}}"
              then: [{{id: a, type: {RETURN}, format: a}}]
              else: [{{id: b, type: {RETURN}, format: b}}]
            - id: s
              type: {FLOW}.Sequential
              tasks: [{{id: c, type: {RETURN}, format: c}}, {{id: d, type: {RETURN}, format: d}}]
        - {{id: end, type: {RETURN}, format: "{{{{ outputs.a.value ~ outputs.d.value }}}}"}}
        """.replace("id: yes", "id: 'yes'")
        )
    )
    assert execution.state is State.SUCCESS
    assert value(execution, "end") == "ad"
    assert "b" not in states(execution)


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_for_each_runs_every_value_and_outputs_are_addressed_by_value(run: Run, limit: int) -> None:
    execution = run(
        flow(f"""
        - id: each
          type: {FLOW}.ForEach
          values: ["x", "y", "x", "z"]
          concurrencyLimit: {limit}
          tasks:
            - {{id: a, type: {RETURN}, format: "{{{{ taskrun.value }}}}"}}
            - {{id: b, type: {RETURN}, format: "{{{{ outputs.a[taskrun.value].value }}}}!"}}
        - {{id: end, type: {RETURN}, format: "{{{{ outputs.b['z'].value }}}}{{{{ outputs.b.x.value }}}}"}}
        """)
    )
    assert execution.state is State.SUCCESS
    assert len(execution.task_runs) == 1 + 3 * 2 + 1
    assert value(execution, "end") == "z!x!"


def test_allow_failure_makes_a_warning_and_goes_on(run: Run) -> None:
    execution = run(
        flow(f"""
        - {{id: bad, type: {FAIL}, allowFailure: true}}
        - {{id: good, type: {RETURN}, format: x}}
        """)
    )
    assert execution.state is State.WARNING
    assert states(execution) == {"bad": "WARNING", "good": "SUCCESS"}


def test_run_if_skips_runs_or_fails(run: Run, engine: Engine) -> None:
    execution = run(
        flow(f"""
        - {{id: a, type: {RETURN}, format: x, runIf: "{{{{ true }}}}"}}
        - {{id: b, type: {RETURN}, format: x, runIf: "{{{{ 1 == 2 }}}}"}}
        - {{id: c, type: {RETURN}, format: x, runIf: "{{{{ fromJson('{{}}').nope }}}}"}}
        - {{id: d, type: {RETURN}, format: x}}
        """)
    )
    assert execution.state is State.FAILED
    assert states(execution) == {"a": "SUCCESS", "b": "SKIPPED", "c": "FAILED"}
    message = "Unable to evaluate the runIf condition for task c"
    assert any(message in entry.message for entry in engine.logs(execution.id))


def test_a_disabled_task_leaves_no_run(run: Run) -> None:
    execution = run(
        flow(f"""
        - {{id: a, type: {RETURN}, format: x, disabled: true}}
        - {{id: b, type: {RETURN}, format: x}}
        """)
    )
    assert states(execution) == {"b": "SUCCESS"}


def test_retry_keeps_one_task_run_with_several_attempts(run: Run) -> None:
    execution = run(
        flow(f"""
        - id: a
          type: {FAIL}
          condition: "{{{{ taskrun.attemptsCount < 2 }}}}"
          retry: {{type: constant, interval: PT0.01S, maxAttempts: 4, warningOnRetry: true}}
        """)
    )
    assert execution.state is State.WARNING
    attempts = runs_of(execution, "a")[0].attempts
    assert [str(attempt.state) for attempt in attempts] == ["FAILED", "FAILED", "SUCCESS"]


def test_retry_gives_up_after_max_attempts(run: Run) -> None:
    retry = "retry: {type: constant, interval: PT0.01S, maxAttempts: 3}"
    execution = run(
        flow(f"- {{id: a, type: {FAIL}, {retry}}}", f"errors: [{{id: e, type: {RETURN}, format: x}}]")
    )
    assert execution.state is State.FAILED
    assert len(runs_of(execution, "a")[0].attempts) == 3
    assert len(execution.task_runs) == 2


def test_retry_by_new_execution_leaves_the_first_one_retried(run: Run, engine: Engine) -> None:
    retry = "{type: constant, interval: PT0.01S, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}"
    first = run(flow(f"- {{id: a, type: {FAIL}}}", f"retry: {retry}"))
    assert first.state is State.RETRIED
    from engine.storage.ports import ExecutionQuery

    found = engine.store.executions.search(ExecutionQuery(parent_id=first.id)).results
    assert len(found) == 1
    second = engine.wait(found[0].id, 10)
    assert second.state is State.FAILED
    assert (second.attempt_number, second.original_id) == (2, first.id)


def test_timeout_fails_the_attempt(run: Run, engine: Engine) -> None:
    execution = run(
        flow(
            "- {id: a, type: io.kestra.plugin.scripts.shell.Commands, commands: [sleep 30], timeout: PT0.2S,\n"
            "   taskRunner: {type: io.kestra.plugin.core.runner.Process}}"
        )
    )
    assert execution.state is State.FAILED
    assert any("Timeout after PT0.2S" in entry.message for entry in engine.logs(execution.id))


def test_sleep_waits_without_a_thread(run: Run) -> None:
    sleeping = "\n".join(f"    - {{id: s{n}, type: {FLOW}.Sleep, duration: PT0.1S}}" for n in range(30))
    execution = run(flow(f"- id: p\n  type: {FLOW}.Parallel\n  tasks:\n{sleeping}"))
    assert execution.state is State.SUCCESS
    assert execution.history.duration(execution.history.started).total_seconds() < 2


def test_labels_and_variables_change_for_later_tasks(run: Run) -> None:
    execution = run(
        flow(
            f"""
            - {{id: l, type: io.kestra.plugin.core.execution.Labels, labels: {{team: "{{{{ vars.v.a }}}}"}}}}
            - {{id: s, type: io.kestra.plugin.core.execution.SetVariables, variables: {{v: {{b: two}}}}}}
            - {{id: r, type: {RETURN}, format: "{{{{ labels.team }}}}{{{{ vars.v.a }}}}{{{{ vars.v.b }}}}"}}
            """,
            "variables: {v: {a: one}}",
        )
    )
    assert value(execution, "r") == "oneonetwo"
    assert execution.labels["team"] == "one"


def test_exit_ends_the_execution_at_once(run: Run) -> None:
    execution = run(
        flow(f"""
        - id: s
          type: {FLOW}.Sequential
          tasks:
            - {{id: x, type: io.kestra.plugin.core.execution.Exit, state: WARNING}}
            - {{id: never, type: {RETURN}, format: x}}
        """)
    )
    assert execution.state is State.WARNING
    assert states(execution) == {"s": "WARNING", "x": "WARNING"}


def test_flow_outputs_are_rendered_and_typed(run: Run) -> None:
    execution = run(
        flow(
            f"- {{id: a, type: {RETURN}, format: '3'}}",
            'outputs:\n  - {id: n, type: INT, value: "{{ outputs.a.value }}"}\n  - {id: t, value: "v{{ 1 + 1 }}"}',
        )
    )
    assert execution.outputs == {"n": 3, "t": "v2"}


def test_an_output_that_cannot_be_rendered_fails_the_execution(run: Run) -> None:
    more = """outputs: [{id: n, value: "{{ fromJson('{}').nope }}"}]"""
    assert run(flow(f"- {{id: a, type: {RETURN}, format: x}}", more)).state is State.FAILED


def test_subflow_waits_and_returns_its_outputs(run: Run, engine: Engine) -> None:
    engine.save(
        flow(
            f"- {{id: r, type: {RETURN}, format: '{{{{ inputs.name }}}}'}}",
            'inputs: [{id: name, type: STRING}]\noutputs: [{id: said, value: "{{ outputs.r.value }}"}]',
            "child",
        )
    )
    execution = run(
        flow(
            f"""
            - id: sub
              type: {FLOW}.Subflow
              namespace: tests.engine
              flowId: child
              inputs: {{name: Ada}}
            - {{id: r, type: {RETURN}, format: "{{{{ outputs.sub.outputs.said }}}}"}}
            """
        )
    )
    assert execution.state is State.SUCCESS
    assert value(execution, "r") == "Ada"
    child = engine.execution(runs_of(execution, "sub")[0].outputs["executionId"])  # type: ignore[index]
    assert child.labels["system.correlationId"] == execution.id


def test_loop_until_repeats_and_keeps_the_last_round(run: Run) -> None:
    execution = run(
        flow(f"""
        - id: loop
          type: {FLOW}.LoopUntil
          condition: "{{{{ outputs.loop.iterationCount >= 3 }}}}"
          checkFrequency: {{interval: PT0.01S}}
          tasks: [{{id: r, type: {RETURN}, format: x}}]
        """)
    )
    assert execution.state is State.SUCCESS
    assert len(runs_of(execution, "r")) == 1
    assert runs_of(execution, "loop")[0].outputs == {"iterationCount": 3}


def test_kill_stops_processes_and_ends_killed(engine: Engine) -> None:
    engine.save(
        flow(
            "- {id: a, type: io.kestra.plugin.scripts.shell.Commands, commands: [sleep 30],\n"
            "   taskRunner: {type: io.kestra.plugin.core.runner.Process}}\n"
            f"- {{id: b, type: {RETURN}, format: x}}",
            f"errors: [{{id: e, type: {RETURN}, format: x}}]",
        )
    )
    events, unsubscribe = __import__("engine.feed", fromlist=["queue_of"]).queue_of(engine.feed)
    execution = engine.start("tests.engine", "t")
    while getattr(events.get(timeout=10), "task_id", None) != "a":
        pass
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 10)
    unsubscribe()
    assert ended.state is State.KILLED
    assert states(ended) == {"a": "KILLED"}
    with pytest.raises(Conflict, match="already finished"):
        engine.kill(execution.id)


def test_pause_waits_for_a_person_and_gives_the_inputs_on(engine: Engine) -> None:
    engine.save(
        flow(f"""
        - {{id: p, type: {FLOW}.Pause, onResume: [{{id: asked, type: STRING}}]}}
        - {{id: r, type: {RETURN}, format: "{{{{ outputs.p.onResume.asked }}}}"}}
        """)
    )
    execution = engine.start("tests.engine", "t")
    _until(engine, execution.id, State.PAUSED)
    with pytest.raises(InputInvalid):
        engine.resume(execution.id, {})
    assert engine.execution(execution.id).state is State.PAUSED
    engine.resume(execution.id, {"asked": "yes"})
    ended = engine.wait(execution.id, 10)
    assert value(ended, "r") == "yes"
    assert [str(p.state) for p in ended.history.passages] == [
        "CREATED", "RUNNING", "PAUSED", "RESTARTED", "RUNNING", "SUCCESS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("behavior", "expected"), [("QUEUE", "QUEUED"), ("CANCEL", "CANCELLED"), ("FAIL", "FAILED")]
)
def test_concurrency_limits(engine: Engine, behavior: str, expected: str) -> None:
    engine.save(flow(f"- {{id: p, type: {FLOW}.Pause}}", f"concurrency: {{limit: 1, behavior: {behavior}}}"))
    first = engine.start("tests.engine", "t")
    _until(engine, first.id, State.PAUSED)
    second = engine.start("tests.engine", "t")
    _until(engine, second.id, State(expected))
    engine.resume(first.id)
    assert engine.wait(first.id, 10).state is State.SUCCESS
    if behavior == "QUEUE":
        _until(engine, second.id, State.PAUSED)
        engine.resume(second.id)
        assert engine.wait(second.id, 10).state is State.SUCCESS


def test_restart_runs_the_failed_task_again_and_keeps_the_rest(engine: Engine) -> None:
    engine.save(
        flow(
            f"""
            - {{id: a, type: {RETURN}, format: x}}
            - {{id: b, type: {FAIL}, condition: "{{{{ taskrun.attemptsCount == 0 }}}}"}}
            - {{id: c, type: {RETURN}, format: x}}
            """,
            f"errors: [{{id: e, type: {RETURN}, format: x}}]",
        )
    )
    first = engine.wait(engine.start("tests.engine", "t").id, 10)
    assert (first.state, len(first.task_runs)) == (State.FAILED, 3)
    engine.restart(first.id)
    again = engine.wait(first.id, 10)
    assert again.state is State.SUCCESS
    assert states(again) == {"a": "SUCCESS", "b": "SUCCESS", "c": "SUCCESS"}
    assert len(runs_of(again, "b")[0].attempts) == 2
    assert len(runs_of(again, "a")[0].attempts) == 1
    assert again.attempt_number == 2


def test_replay_repeats_from_a_task_run_as_a_new_execution(engine: Engine) -> None:
    engine.save(flow("\n".join(f"- {{id: t{n}, type: {RETURN}, format: x}}" for n in range(4))))
    first = engine.wait(engine.start("tests.engine", "t").id, 10)
    from_second = runs_of(first, "t1")[0]
    replayed = engine.replay(first.id, task_run_id=from_second.id)
    ended = engine.wait(replayed.id, 10)
    assert ended.state is State.SUCCESS
    assert (ended.parent_id, ended.original_id) == (first.id, first.id)
    assert [len(run.attempts) for run in ended.task_runs] == [1, 2, 1, 1]
    assert not {run.id for run in first.task_runs} & {run.id for run in ended.task_runs}


def test_unknown_flow_and_missing_input_create_nothing(engine: Engine) -> None:
    with pytest.raises(NotFound, match=r"Flow tests\.engine\.none does not exist"):
        engine.start("tests.engine", "none")
    engine.save(flow(f"- {{id: a, type: {RETURN}, format: x}}", "inputs: [{id: n, type: INT}]"))
    with pytest.raises(InputInvalid, match="n"):
        engine.start("tests.engine", "t")
    assert engine.store.executions.unfinished() == []


def _until(engine: Engine, execution_id: str, state: State) -> None:
    """Return when the execution is in the state."""
    import threading

    reached = threading.Event()

    def look(event: object) -> None:
        if isinstance(event, Execution) and event.state is state:
            reached.set()

    unsubscribe = engine.feed.subscribe(look, execution_id=execution_id)
    if engine.execution(execution_id).state is not state:
        assert reached.wait(10), engine.execution(execution_id).state
    unsubscribe()


def test_a_kill_that_comes_too_late_is_refused_and_not_acknowledged(engine: Engine) -> None:
    engine.save("id: quick\nnamespace: a\ntasks: [{id: t, type: io.kestra.plugin.core.debug.Return}]")
    started = engine.start("a", "quick")
    engine.wait(started.id)
    assert not started.state.ended  # what was read before it ended
    with pytest.raises(Conflict, match="already finished"):
        operations.kill(engine.executor, started, cascade=True)
