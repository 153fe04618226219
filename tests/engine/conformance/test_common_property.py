"""Properties every task has: runIf, timeout, retry, allowFailure, levels, log files, cache, defaults."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.model.log import Level
from engine.model.state import State
from engine.storage.ports import ExecutionQuery
from tests.engine.conformance.language import (
    Case,
    cases,
    flow,
    judge,
    listing,
    one,
    output,
    passages,
    start,
    until_state,
)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        *((text, True) for text in ("true", "True", "FALSE", "no", "null", "[]", "0.0", " false", "x")),
        *((text, False) for text in ("false", "0", "-0", "{{ null }}", "{{ 1 == 2 }}", "{{ '' }}")),
    ],
)
def test_run_if_follows_the_rules_of_truth(engine: Engine, text: str, runs: bool) -> None:
    body = f"""tasks: [{{id: a, type: +log.Log, message: x, runIf: "{text}"}}]"""
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert listing(ended) == {"a": "SUCCESS" if runs else "SKIPPED"}
    assert str(ended.state) == "SUCCESS"
    assert (one(ended, "a").outputs is None, len(one(ended, "a").attempts)) == (not runs, int(runs))


TABLE = (
    *(
        Case(
            f"allowFailure {failure}, allowWarning {warning}",
            f"""
            tasks:
              - {{id: a, type: +execution.Fail, allowFailure: {failure}, allowWarning: {warning}}}
              - {{id: b, type: +log.Log, message: x}}
            """,
            state,
            count=count,
        )
        for failure, warning, state, count in (
            ("false", "false", "FAILED", 1),
            ("true", "false", "WARNING", 2),
            ("false", "true", "FAILED", 1),
            ("true", "true", "SUCCESS", 2),
        )
    ),
    Case(
        "timeout, each attempt anew",
        """
        tasks:
          - {id: a, commands: [sleep 20], type: shell, timeout: "PT{{ 0.1 }}S",
             retry: {type: constant, interval: PT0.01S, maxAttempts: 2}}
        errors: [{id: e, type: +log.Log, message: x}]
        """,
        "FAILED",
        attempts={"a": 2},
        logs=("Timeout after PT0.1S",),
        states={"e": "SUCCESS"},
    ),
    Case(
        "timeout of a task that only waits",
        """
        tasks: [{id: a, type: +flow.Sleep, duration: PT1H, timeout: PT0.1S,
                 retry: {type: constant, interval: PT0.01S, maxAttempts: 2}}]
        """,
        "FAILED",
        attempts={"a": 2},
    ),
    Case(
        "timeout of a block is ignored",
        """
        tasks: [{id: a, type: +flow.Sequential, timeout: PT0.01S, tasks: [{id: s, type: +flow.Sleep, duration: PT0.1S}]}]
        """,
    ),
    Case(
        "a timeout that is no duration fails the task",
        "tasks: [{id: a, type: +log.Log, message: x, timeout: \"{{ 'soon' }}\"}]",
        "FAILED",
        logs=("soon",),
    ),
    *(
        Case(
            f"retry {kind}",
            f"tasks: [{{id: a, type: +execution.Fail, retry: {{type: {kind}, maxAttempts: 3, {more}}}}}]",
            "FAILED",
            attempts={"a": 3},
        )
        for kind, more in (
            ("constant", "interval: PT0.01S"),
            ("exponential", "interval: PT0.01S, maxInterval: PT0.05S, delayFactor: 2"),
            ("random", "minInterval: PT0.01S, maxInterval: PT0.02S"),
        )
    ),
    Case(
        "retry until its longest time",
        "tasks: [{id: a, type: +execution.Fail, retry: {type: constant, interval: PT0.1S, maxDuration: PT0.25S}}]",
        "FAILED",
        attempts={"a": 3},
    ),
    Case(
        "the nearest retry counts: the task's, its block's, the flow's",
        """
        retry: {type: constant, interval: PT0.01S, maxAttempts: 2}
        tasks:
          - {id: flows, type: +execution.Fail, allowFailure: true}
          - id: s
            type: +flow.Sequential
            allowFailure: true
            retry: {type: constant, interval: PT0.01S, maxAttempts: 3}
            tasks:
              - {id: blocks, type: +execution.Fail, allowFailure: true}
              - {id: own, type: +execution.Fail, retry: {type: constant, interval: PT0.01S, maxAttempts: 4}}
        """,
        "WARNING",
        attempts={"flows": 2, "blocks": 3, "own": 4},
    ),
    Case(
        "attemptsCount is 0 at first",
        """
        tasks:
          - id: a
            type: +execution.Fail
            condition: "{{ taskrun.attemptsCount < 2 }}"
            errorMessage: "n={{ taskrun.attemptsCount }}"
            retry: {type: constant, interval: PT0.01S, maxAttempts: 3}
        """,
        attempts={"a": 3},
        logs=("n=0", "n=1"),
    ),
    Case(
        "plugin defaults: exact, by prefix, forced, nested, and what the task says",
        """
        pluginDefaults:
          - {type: io.kestra.plugin.core.debug.Return, values: {format: default}}
          - {type: io.kestra.plugin.core.log, values: {level: WARN}}
          - {type: io.kestra.plugin.core.execution.Fail, forced: true, values: {errorMessage: "forced {{ task.id }}"}}
        tasks:
          - {id: a, type: +debug.Return}
          - {id: b, type: +debug.Return, format: own}
          - id: s
            type: +flow.Sequential
            tasks: [{id: c, type: +debug.Return}, {id: d, type: +log.Log, message: x}]
          - {id: e, type: +execution.Fail, errorMessage: own, allowFailure: true}
        """,
        "WARNING",
        values={"a": "default", "b": "own", "c": "default"},
        logs=("forced e",),
    ),
    Case(
        "old names of defaults and types",
        """
        taskDefaults: [{type: io.kestra.core.tasks.debugs.Return, values: {format: default}}]
        tasks: [{id: a, type: io.kestra.core.tasks.debugs.Return}]
        """,
        values={"a": "default"},
    ),
)


@cases(*TABLE)
def test_common_properties(engine: Engine, case: Case) -> None:
    judge(case, engine)


def test_a_retry_shows_in_the_states(engine: Engine) -> None:
    body = """
    tasks:
      - id: a
        type: +execution.Fail
        condition: "{{ taskrun.attemptsCount == 0 }}"
        retry: {type: constant, interval: PT0.3S, maxAttempts: 2}
    """
    execution = start(engine, flow(body))
    until_state(engine, execution.id, State.RETRYING)
    ended = engine.wait(execution.id, 10)
    assert passages(one(ended, "a")) == [
        "CREATED", "RUNNING", "FAILED", "RETRYING", "CREATED", "RUNNING", "SUCCESS",
    ]  # fmt: skip
    assert passages(ended) == ["CREATED", "RUNNING", "RETRYING", "RUNNING", "SUCCESS"]


def test_force_run_makes_a_retry_at_once(engine: Engine) -> None:
    body = """
    tasks:
      - id: a
        type: +execution.Fail
        condition: "{{ taskrun.attemptsCount == 0 }}"
        retry: {type: constant, interval: PT1H}
    """
    execution = start(engine, flow(body))
    until_state(engine, execution.id, State.RETRYING)
    engine.force_run(execution.id)
    assert engine.wait(execution.id, 10).state is State.SUCCESS


@pytest.mark.parametrize("place", ["task", "flow"])
def test_retry_by_new_executions(engine: Engine, place: str) -> None:
    retry = "retry: {type: constant, interval: PT0.01S, maxAttempts: 3, behavior: CREATE_NEW_EXECUTION}"
    body = f"""
    tasks:
      - id: s
        type: +flow.Sequential
        tasks: [{{id: a, type: +execution.Fail, errorMessage: "{{{{ inputs.n }}}}"{", " + retry if place == "task" else ""}}}]
    errors: [{{id: e, type: +log.Log, message: x}}]
    inputs: [{{id: n, type: INT}}]
    {retry if place == "flow" else ""}
    """
    first = engine.wait(start(engine, flow(body), {"n": 7}).id, 10)
    assert (str(first.state), listing(first)) == ("RETRIED", {"s": "RETRIED", "a": "RETRIED"})
    chain = [first]
    while True:
        following = engine.store.executions.search(ExecutionQuery(parent_id=chain[-1].id)).results
        if not following:
            break
        chain.append(engine.wait(following[0].id, 10))
    assert [str(one_.state) for one_ in chain] == ["RETRIED", "RETRIED", "FAILED"]
    assert {(one_.original_id, (one_.inputs or {})["n"]) for one_ in chain} == {(first.id, 7)}
    assert [one_.attempt_number for one_ in chain] == [1, 2, 3]
    assert listing(chain[-1])["e"] == "SUCCESS"


def test_log_level_is_the_least_that_is_kept(engine: Engine) -> None:
    lines = "\n".join(
        f"  - {{id: t{level}, type: +log.Log, level: {level}, message: said {level}, logLevel: WARN}}"
        for level in ("DEBUG", "INFO", "WARN", "ERROR")
    )
    ended = engine.wait(start(engine, flow(f"tasks:\n{lines}")).id, 10)
    assert [entry.message for entry in engine.logs(ended.id)] == ["said WARN", "said ERROR"]
    assert [entry.message for entry in engine.logs(ended.id, Level.ERROR)] == ["said ERROR"]


def test_log_to_file_keeps_the_messages_out_of_the_log(engine: Engine) -> None:
    body = "tasks: [{id: a, type: +log.Log, message: [one, two], logToFile: true}]"
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert engine.logs(ended.id) == []
    address = one(ended, "a").attempts[0].log_file
    assert address is not None
    from engine.model import uri as uris

    lines = engine.files.read(uris.to_path(address)).decode().splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["one", "two"]


def test_a_cached_task_runs_again_only_when_its_properties_change(engine: Engine) -> None:
    body = """
    inputs: [{id: n, type: INT}]
    tasks:
      - id: a
        commands: ["echo {{ inputs.n }} > out.txt; echo '::{\\"outputs\\": {\\"r\\": '$RANDOM$RANDOM'}}::'"]
        outputFiles: [out.txt]
        interpreter: [bash, -c]
        taskCache: {enabled: true, ttl: PT1H}
        type: shell
      - {id: r, type: +debug.Return, format: "{{ outputs.a.vars.r }} {{ read(outputs.a.outputFiles['out.txt']) | trim }}"}
    """.replace("type: shell", "type: io.kestra.plugin.scripts.shell.Commands\n        "
                "taskRunner: {type: io.kestra.plugin.core.runner.Process}")  # fmt: skip
    seen = [
        output(one(engine.wait(start(engine, flow(body), {"n": number}).id, 20), "r")) for number in (1, 1, 2)
    ]
    assert seen[0] == seen[1] != seen[2]
    assert str(seen[2]).endswith(" 2")


def test_the_messages_of_a_log_list_are_lines(engine: Engine) -> None:
    body = 'tasks: [{id: a, type: +log.Log, message: ["{{ task.id }}", 2, true]}]'
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert [entry.message for entry in engine.logs(ended.id)] == ["a", "2", "true"]
