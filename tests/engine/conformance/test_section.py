"""What runs around the tasks: errors, finally, afterExecution, listeners; in this order."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.model.state import State
from tests.engine.conformance.language import (
    Case,
    cases,
    flow,
    judge,
    listing,
    one,
    output,
    start,
    until_state,
)

_AROUND = """
errors:
  - {id: e1, type: +debug.Return, format: "{{ errorLogs() | length > 0 }} {{ tasks.a.state }}"}
  - {id: e2, type: +log.Log, message: x}
finally:
  - {id: f1, type: +debug.Return, format: "{{ execution.state }}"}
afterExecution:
  - {id: z1, type: +debug.Return, format: "{{ execution.state }} {{ execution.outputs.o }}"}
outputs: [{id: o, value: "{{ tasks.a.state }}"}]
"""

TABLE = (
    Case(
        "success: finally, then the end, then after",
        "tasks: [{id: a, type: +log.Log, message: x}]" + _AROUND,
        listing=("a", "f1", "z1"),
        values={"f1": "RUNNING", "z1": "SUCCESS SUCCESS"},
    ),
    Case(
        "failure: errors, then finally, then the end, then after",
        "tasks: [{id: a, type: +execution.Fail}, {id: b, type: +log.Log, message: x}]" + _AROUND,
        "FAILED",
        listing=("a", "e1", "e2", "f1", "z1"),
        values={"e1": "true FAILED", "f1": "RUNNING", "z1": "FAILED FAILED"},
    ),
    Case(
        "warning: no errors",
        "tasks: [{id: a, type: +execution.Fail, allowFailure: true}]" + _AROUND,
        "WARNING",
        listing=("a", "f1", "z1"),
        values={"z1": "WARNING WARNING"},
    ),
    Case(
        "a failing errors task stops errors, not finally",
        """
        tasks: [{id: a, type: +execution.Fail}]
        errors: [{id: e1, type: +execution.Fail}, {id: e2, type: +log.Log, message: x}]
        finally: [{id: f1, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("a", "e1", "f1"),
    ),
    Case(
        "a failing finally task fails the execution and stops finally",
        """
        tasks: [{id: a, type: +log.Log, message: x}]
        finally: [{id: f1, type: +execution.Fail}, {id: f2, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("a", "f1"),
    ),
    Case(
        "afterExecution never changes the state, and stops at its own failure",
        """
        tasks: [{id: a, type: +log.Log, message: x}]
        afterExecution: [{id: z1, type: +execution.Fail}, {id: z2, type: +log.Log, message: x}]
        """,
        listing=("a", "z1"),
    ),
    Case(
        "blocks may stand in every section",
        """
        tasks: [{id: a, type: +execution.Fail}]
        errors: [{id: e, type: +flow.Parallel, tasks: [{id: e1, type: +log.Log, message: x}]}]
        finally: [{id: f, type: +flow.Sequential, tasks: [{id: f1, type: +log.Log, message: x}]}]
        afterExecution:
          - {id: z, type: +flow.ForEach, values: [1, 2], tasks: [{id: z1, type: +log.Log, message: x}]}
        """,
        "FAILED",
        listing=("a", "e", "e1", "f", "f1", "z", "z1[1]", "z1[2]"),
    ),
    Case(
        "local errors and finally, then those of the flow",
        """
        tasks:
          - id: s
            type: +flow.Sequential
            tasks: [{id: a, type: +execution.Fail}]
            errors: [{id: le, type: +log.Log, message: x}]
            finally: [{id: lf, type: +log.Log, message: x}]
        errors: [{id: e, type: +log.Log, message: x}]
        finally: [{id: f, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("s", "a", "le", "lf", "e", "f"),
    ),
    Case(
        "disabled ones leave no trace",
        """
        tasks: [{id: a, type: +execution.Fail}]
        errors: [{id: e, type: +log.Log, message: x, disabled: true}]
        finally: [{id: f, type: +log.Log, message: x, disabled: true}]
        afterExecution: [{id: z, type: +log.Log, message: x, disabled: true}]
        """,
        "FAILED",
        listing=("a",),
    ),
    Case(
        "errors do not run when only an output cannot be rendered",
        """
        tasks: [{id: a, type: +log.Log, message: x}]
        errors: [{id: e, type: +log.Log, message: x}]
        outputs: [{id: o, value: "{{ fromJson('{}').none }}"}]
        """,
        "FAILED",
        listing=("a",),
        logs=("Failed to render output values: o",),
    ),
    Case(
        "Exit runs neither errors nor finally, but what comes after",
        """
        tasks: [{id: a, type: +execution.Exit, state: FAILED}, {id: b, type: +log.Log, message: x}]
        errors: [{id: e, type: +log.Log, message: x}]
        finally: [{id: f, type: +log.Log, message: x}]
        afterExecution: [{id: z, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("a", "z"),
    ),
    Case(
        "a runIf that cannot be rendered fails the task and runs errors",
        """
        tasks: [{id: a, type: +log.Log, message: x, runIf: "{{ fromJson('{}').none }}"}]
        errors: [{id: e, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("a", "e"),
        logs=("Unable to evaluate the runIf condition for task a",),
    ),
    Case(
        "listeners run when all their conditions hold, after afterExecution",
        """
        tasks: [{id: a, type: +execution.Fail}]
        afterExecution: [{id: z, type: +log.Log, message: x}]
        listeners:
          - description: told of failures
            conditions: [{type: +condition.ExecutionStatus, in: [FAILED]}]
            tasks: [{id: l1, type: +debug.Return, format: "{{ execution.state }}"}]
          - conditions:
              - {type: +condition.ExecutionStatus, in: [FAILED]}
              - {type: +condition.Expression, expression: "{{ flow.id == 'other' }}"}
            tasks: [{id: l2, type: +log.Log, message: x}]
          - conditions: [{type: +condition.ExecutionStatus, notIn: [FAILED]}]
            tasks: [{id: l3, type: +log.Log, message: x}]
          - tasks: [{id: l4, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("a", "z", "l1", "l4"),
        values={"l1": "FAILED"},
    ),
    Case(
        "a condition that cannot be told does not hold",
        """
        tasks: [{id: a, type: +log.Log, message: x}]
        listeners:
          - conditions: [{type: +condition.Expression, expression: "{{ fromJson('{}').none }}"}]
            tasks: [{id: l1, type: +log.Log, message: x}]
        """,
        listing=("a",),
        logs=("A condition of a listener cannot be told",),
    ),
)


@cases(*TABLE)
def test_sections(engine: Engine, case: Case) -> None:
    judge(case, engine)


@pytest.mark.parametrize("section", ["errors", "finally"])
def test_kill_runs_neither_errors_nor_finally_but_what_comes_after(engine: Engine, section: str) -> None:
    body = f"""
    tasks: [{{id: p, type: +flow.Pause}}]
    {section}: [{{id: never, type: +log.Log, message: x}}]
    afterExecution: [{{id: z, type: +debug.Return, format: "{{{{ execution.state }}}}"}}]
    """
    execution = start(engine, flow(body))
    until_state(engine, execution.id, State.PAUSED)
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 10)
    assert (ended.state, listing(ended)) == (State.KILLED, {"p": "KILLED", "z": "SUCCESS"})
    assert output(one(ended, "z")) == "KILLED"


def test_outputs_of_a_failed_task_are_known_to_errors(engine: Engine) -> None:
    body = """
    tasks: [{id: a, commands: ["echo '::{\\"outputs\\": {\\"n\\": 5}}::'; exit 3"], type: shell}]
    errors: [{id: e, type: +debug.Return, format: "{{ outputs.a.exitCode }} {{ outputs.a.vars.n }}"}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 20)
    assert output(one(ended, "e")) == "3 5"


def test_waiting_ends_when_the_tasks_after_the_end_are_done(engine: Engine) -> None:
    body = """
    tasks: [{id: a, type: +log.Log, message: x}]
    afterExecution: [{id: z, type: +flow.Sleep, duration: PT0.2S}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert (ended.state, str(one(ended, "z").state)) == (State.SUCCESS, "SUCCESS")
