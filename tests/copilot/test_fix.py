"""Failures of real executions: the reason is named, the change passes the gate, the changed flow works."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from copilot.chat import Copilot
from copilot.errors import NothingFailed
from copilot.event import DraftEvent, FindingEvent, TokenEvent
from copilot.providers.openai_compatible import OpenAICompatible
from copilot.skills.fix.failure import Failure, Surroundings, failure_of
from copilot.skills.fix.table import diagnose
from copilot.skills.fix.trim import trim
from copilot.voice import Terms
from engine.engine import Engine, EngineOptions
from engine.model.state import State
from tests.copilot.ground import Ground, serve
from tests.copilot.scripted import scripted_model

P = "io.kestra.plugin."
PROCESS = f"taskRunner: {{type: {P}core.runner.Process}}"
LOG = f"type: {P}core.log.Log"


@dataclass(frozen=True)
class Case:
    """A task that fails, the code of the reason, and the line its change brings; None where only advice helps."""

    task: str
    code: str
    line: str | None = None
    works: bool = True


def script(body: str, more: str = "") -> str:
    lines = "".join(f"      {line}\n" for line in body.split("\n"))
    return f"- id: t\n    type: {P}scripts.python.Script\n    {PROCESS}\n{more}    script: |\n{lines}"


def shell(*commands: str, more: str = "") -> str:
    listed = "".join(f"      - {json.dumps(command)}\n" for command in commands)
    return f"- id: t\n    type: {P}scripts.shell.Commands\n    {PROCESS}\n{more}    commands:\n{listed}"


def sql(kind: str, text: str) -> str:
    url = "    url: 'jdbc:sqlite:x.db'\n" if "sqlite" in kind else ""
    return f"- id: t\n    type: {P}jdbc.{kind}\n{url}    fetchType: FETCH\n    sql: {json.dumps(text)}\n"


def log(message: str) -> str:
    return f"- id: t\n    {LOG}\n    message: {json.dumps(message)}\n"


CASES = {
    "misspelt key": Case(log("{{ kv('colour_key') }}"), "missing-key", "kv('color_key')"),
    "missing key": Case(log("{{ kv('zebra') }}"), "missing-key"),
    "misspelt secret": Case(log("{{ secret('API_TOKN') }}"), "missing-secret", "secret('API_TOKEN')"),
    "missing secret": Case(log("{{ secret('ZEBRA') }}"), "missing-secret"),
    "no such flow": Case(
        f"- id: t\n    type: {P}core.flow.Subflow\n    namespace: demo\n    flowId: helpr\n", "missing-flow", "flowId: helper"
    ),
    "404": Case(f"- id: t\n    type: {P}core.http.Download\n    uri: GROUND/nothing\n", "http-not-found"),
    "503": Case(
        f"- id: t\n    type: {P}core.http.Download\n    uri: GROUND/flaky.csv\n", "http-busy", "maxAttempts: 5", works=False
    ),
    "refused": Case(f"- id: t\n    type: {P}core.http.Request\n    uri: http://127.0.0.1:9/x\n", "connection-refused"),
    "unknown host": Case(f"- id: t\n    type: {P}core.http.Request\n    uri: http://nosuch.invalid/x\n", "unknown-host"),
    "no scheme": Case(
        f"- id: t\n    type: {P}core.http.Request\n    uri: files.example.com/x\n", "no-address", "https://files.example.com/x", works=False
    ),
    "misspelt module": Case(script("import jsonn\nprint(1)"), "missing-module", "import json"),
    "missing module": Case(script("import sklearn"), "missing-module", "- scikit-learn", works=False),
    "misspelt command": Case(shell("ehco hello"), "missing-command", "echo hello"),
    "missing command": Case(shell("zqxwv --go"), "missing-command"),
    "exit code": Case(shell("echo boo >&2", "exit 3"), "exit-code"),
    "killed for memory": Case(shell("kill -9 $$"), "memory"),
    "memory error": Case(script("raise MemoryError()"), "memory"),
    "timeout": Case(shell("sleep 0.4", more="    timeout: PT0.1S\n"), "timeout", "timeout: PT10S"),
    "misspelt name": Case(script("x = 1\npritn(x)"), "script-error", "print(x)"),
    "key error": Case(script("x = {}\nprint(x['price'])"), "script-error"),
    "not executable": Case(
        shell("./go.sh", more="    inputFiles: {go.sh: 'echo 1'}\n"), "permission", "sh ./go.sh"
    ),
    "misspelt input file": Case(
        shell("cat data.csv", more="    inputFiles: {dates.csv: 'a,b'}\n"), "missing-file", "cat dates.csv"
    ),
    "missing file": Case(shell("cat nothing.csv"), "missing-file"),
    "column": Case(
        sql("duckdb.Queries", "create table t(price int); select prices from t"), "unknown-column", "select price from t"
    ),
    "table": Case(
        sql("duckdb.Queries", "create table taxi(price int); select price from taxis"), "unknown-table", "from taxi\""
    ),
    "sqlite column": Case(
        sql("sqlite.Queries", "create table t(price int); select prices from t"), "unknown-column", "select price from t"
    ),
    "sqlite table": Case(
        sql("sqlite.Queries", "create table taxi(price int); select price from taxis"), "unknown-table", "from taxi\""
    ),
    "misspelt keyword": Case(sql("duckdb.Query", "selct 1"), "sql-syntax", "sql: select 1"),
    "two statements": Case(
        sql("duckdb.Query", "create table t(a int); select a from t"), "many-statements", "duckdb.Queries"
    ),
    "duration": Case(
        f"- id: t\n    type: {P}core.flow.Sleep\n    duration: \"{{{{ '0 seconds' }}}}\"\n", "wrong-value", "PT0S"
    ),
    "level": Case(f"- id: t\n    {LOG}\n    message: x\n    level: \"{{{{ 'WARM' }}}}\"\n", "wrong-value", "WARN"),
    "no list": Case(
        f"- id: t\n    type: {P}core.flow.ForEach\n    values: a, b\n    tasks:\n      - {{id: u, {LOG}, message: x}}\n", "no-list", "- b"
    ),
    "outputs by value": Case(
        f"- id: l\n    type: {P}core.flow.ForEach\n    values: [a]\n    tasks:\n"
        f"      - {{id: s, type: {P}core.debug.Return, format: x}}\n      - {{id: t, {LOG}, message: \"{{{{ outputs.s.value }}}}\"}}\n",
        "outputs-by-value",
        "outputs.s[taskrun.value].value",
    ),
    "not kept file": Case(
        f"- id: s\n    type: {P}scripts.shell.Commands\n    {PROCESS}\n    outputFiles: [b.csv]\n"
        f"    commands: ['echo 1 > a.csv; echo 1 > b.csv']\n"
        f"  - id: t\n    {LOG}\n    message: \"{{{{ read(outputs.s.outputFiles['a.csv']) }}}}\"\n",
        "output-file",
        "a.csv",
    ),
    "misspelt output": Case(
        f"- id: s\n    type: {P}core.debug.Return\n    format: '{{{{ {{\"price\": 1}} | toJson }}}}'\n"
        f"  - id: t\n    {LOG}\n    message: \"{{{{ fromJson(outputs.s.value).pricee }}}}\"\n",
        "undefined-name",
        "fromJson(outputs.s.value).price }}",
    ),
    "JSON as text": Case(
        f"- id: s\n    type: {P}core.debug.Return\n    format: '{{{{ {{\"price\": 1}} | toJson }}}}'\n"
        f"  - id: t\n    {LOG}\n    message: \"{{{{ outputs.s.value.price }}}}\"\n",
        "not-parsed",
        "fromJson(outputs.s.value).price",
    ),
    "file of another task": Case(
        f"- id: s\n    type: {P}core.storage.Write\n    content: 'a,b'\n    extension: .csv\n"
        f"  {shell('cat rows.csv')}",
        "missing-file",
        "rows.csv: \"{{ outputs.s.uri }}\"",
    ),
    "on purpose": Case(f"- id: t\n    type: {P}core.execution.Fail\n    errorMessage: stop\n", "on-purpose"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home: Path = tmp_path_factory.mktemp("home")
    with Engine.open(EngineOptions(home=home, schedule=False)) as opened:
        yield opened


AROUND = Surroundings(kv=["color_key", "other"], secrets=["API_TOKEN"], flows=["demo.helper", "demo.rest"])


def flow(name: str, task: str, ground: Ground) -> str:
    return f"# kept\nid: {name.replace(' ', '-')}\nnamespace: demo\ntasks:\n  {task}".replace(
        "GROUND", ground.url
    )


def failed(engine: Engine, source: str) -> Failure:
    row = engine.save(source)
    execution = engine.wait(engine.start(row.namespace, row.id).id, 30)
    assert execution.state is State.FAILED
    return failure_of(execution, engine.logs(execution.id), source, AROUND)


def told(copilot: Copilot, failure: Failure, provider: str = "") -> list[Any]:
    async def collect() -> list[Any]:
        try:
            return [event async for event in copilot.fix(failure, terms=Terms(provider))]
        finally:
            await copilot.close()

    return asyncio.run(collect())


def only(events: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES.keys())
def test_a_failure_is_named_and_mended(engine: Engine, ground: Ground, name: str, case: Case) -> None:
    source = flow(name, case.task, ground)
    failure = failed(engine, source)
    events = told(Copilot(engine.registry, None, None, engine.store.kv), failure)  # type: ignore[arg-type]
    findings = [event.finding for event in only(events, FindingEvent)]
    assert findings[0].code == f"fix-{case.code}", findings
    assert findings[0].line
    assert findings[0].suggestion
    drafts = only(events, DraftEvent)
    if case.line is None:
        assert not drafts
        assert findings[0].suggestion in only(events, TokenEvent)[0].text
        return
    text = drafts[0].draft["yaml"]
    assert case.line in text
    assert text.startswith("# kept\n")
    assert drafts[0].draft["valid"] or "API_TOKEN" in text
    if case.works and not any(word in case.line for word in ("kv(", "secret(", "helper")):
        row = engine.save(text)
        again = engine.wait(engine.start(row.namespace, row.id).id, 30)
        assert again.state in (State.SUCCESS, State.WARNING), engine.logs(again.id)[-3:]


def test_a_change_is_made_in_the_flow_as_it_is_saved_now(engine: Engine, ground: Ground) -> None:
    source = flow("newer", sql("duckdb.Query", "selct 1"), ground)
    row = engine.save(source)
    execution = engine.wait(engine.start(row.namespace, row.id).id, 30)
    newer = engine.save(source + "# more\n")
    failure = failure_of(
        execution, engine.logs(execution.id), newer.source, AROUND, latest_revision=newer.revision
    )
    (draft,) = only(
        told(Copilot(engine.registry, None, None, engine.store.kv), failure),
        DraftEvent,  # type: ignore[arg-type]
    )
    assert draft.draft["yaml"].endswith("# more\n")
    assert "revision 2 is saved now" in " ".join(draft.draft["notes"]).lower()


def test_nothing_to_fix_is_said(engine: Engine, ground: Ground) -> None:
    row = engine.save(flow("fine", log("hello"), ground))
    execution = engine.wait(engine.start(row.namespace, row.id).id, 30)
    with pytest.raises(NothingFailed, match="no task of it failed"):
        failure_of(execution, [], row.source)


def test_a_failed_task_that_is_gone_is_said(engine: Engine, ground: Ground) -> None:
    source = flow("gone", sql("duckdb.Query", "selct 1"), ground)
    row = engine.save(source)
    execution = engine.wait(engine.start(row.namespace, row.id).id, 30)
    with pytest.raises(NothingFailed, match="no longer has it"):
        failure_of(execution, [], source.replace("- id: t", "- id: renamed"))


def with_model(engine: Engine, failure: Failure, *answers: str) -> tuple[list[Any], Any]:
    with scripted_model(*answers) as server:
        provider = OpenAICompatible(base_url=server.base_url, model="tiny", retries=0, timeout_s=5)
        copilot = Copilot(
            engine.registry,
            None,
            None,
            engine.store.kv,
            provider,
            secret_values=lambda: ["hunter2222"],  # type: ignore[arg-type]
        )
        return told(copilot, failure), server


def test_a_model_is_asked_where_no_rule_has_a_change(engine: Engine, ground: Ground) -> None:
    source = flow("asked", script("print('password hunter2222')\nraise KeyError('price')"), ground)
    failure = failed(engine, source)
    edit = {"operations": [{"op": "set", "target": "t", "path": "script", "value": "print(1)\n"}]}
    events, server = with_model(engine, failure, json.dumps(edit))
    assert only(events, DraftEvent)[0].draft["planner"] == "tiny"
    assert "KeyError" in server.sent()
    assert "hunter2222" not in server.sent()
    assert "<data " in server.sent()


def test_a_model_is_not_asked_where_a_rule_helps(engine: Engine, ground: Ground) -> None:
    failure = failed(engine, flow("ruled", sql("duckdb.Query", "selct 1"), ground))
    events, server = with_model(engine, failure, "never read")
    assert only(events, DraftEvent)[0].draft["planner"] == "rules"
    assert server.requests == []


def test_a_models_invalid_change_is_never_shown(engine: Engine, ground: Ground) -> None:
    failure = failed(engine, flow("invalid", script("raise KeyError('price')"), ground))
    bad = json.dumps(
        {"operations": [{"op": "set", "target": "t", "path": "retry", "value": {"type": "never"}}]}
    )
    events, server = with_model(engine, failure, bad, bad, bad)
    assert not only(events, DraftEvent)
    assert len(server.requests) <= 3
    assert "no change that is valid" in only(events, TokenEvent)[0].text


def test_a_log_is_cut_around_its_errors() -> None:
    lines = [(False, f"line {number}") for number in range(1000)]
    lines[500] = (True, "the error")
    assert trim(lines) == ("…", "line 498", "line 499", "the error", "line 501", "line 502")
    long = trim([(True, "x" * 5000)] * 200)
    assert sum(map(len, long)) < 8000
    assert all(len(line) <= 1000 for line in long)
    assert trim([]) == ()


def test_every_failure_has_a_remedy(engine: Engine, ground: Ground) -> None:
    failure = failed(engine, flow("any", log("{{ read('kestra:///none.txt') }}"), ground))
    remedies = diagnose(failure)
    assert remedies
    assert all(remedy.problem and remedy.advice and remedy.path for remedy in remedies)
