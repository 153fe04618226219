"""The audit log: what is in it, and what never is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api.security.audit import AuditLog, Change, Wanted
from api.security.gate import Gate
from api.security.recorder import Recorder
from api.security.security import Security
from api.settings import Settings
from api.wiring import Wiring
from engine.model.id import new_id
from engine.storage.memory import MemoryStore
from tests.api.conftest import post_flow, yaml_flow
from tests.api.security.conftest import EDITOR, KEY, VIEWER

MAIN = "/api/v1/main"
START = datetime(2026, 1, 1, tzinfo=UTC)


def row(minutes: float, actor: str = "ann", path: str = "/flows", outcome: str = "done") -> Change:
    moment = START + timedelta(minutes=minutes)
    return Change(new_id(), moment, actor, "password", "192.0.2.1", "POST", path, 200, outcome)  # type: ignore[arg-type]  # a table of the test


@pytest.fixture
def log() -> AuditLog:
    return AuditLog(MemoryStore().kv, days=30, clock=lambda: START)


def test_the_newest_comes_first_page_by_page(log: AuditLog) -> None:
    rows = [row(number) for number in range(25)]
    log.write(rows[10:])
    log.write(rows[:10])
    newest = rows[::-1]
    assert log.page(Wanted(), 0, 10).results == newest[:10]
    assert log.page(Wanted(), 20, 10).results == newest[20:]
    assert log.page(Wanted(), 0, 10).total == 25


@pytest.mark.parametrize(
    ("wanted", "minutes"),
    [
        (Wanted(actor="BOB"), [3, 1]),
        (Wanted(outcome="refused"), [2]),
        (Wanted(path="/kv"), [3]),
        (Wanted(method="post"), [3, 2, 1, 0]),
        (Wanted(after=START + timedelta(minutes=1)), [3, 2]),
        (Wanted(before=START + timedelta(minutes=1)), [0]),
        (Wanted(actor="bob", before=START + timedelta(minutes=2)), [1]),
        (Wanted(actor="nobody"), []),
    ],
)
def test_conditions(log: AuditLog, wanted: Wanted, minutes: list[int]) -> None:
    log.write([row(0), row(1, "bob"), row(2, outcome="refused"), row(3, "bob", "/kv/x")])
    found = log.page(wanted, 0, 10)
    assert [one.time for one in found.results] == [START + timedelta(minutes=m) for m in minutes]
    assert found.total == len(minutes)
    assert log.page(wanted, 1, 1).results == found.results[1:2]


def test_old_rows_go_once_a_day() -> None:
    now = [START]
    log = AuditLog(MemoryStore().kv, days=30, clock=lambda: now[0])
    day = 24 * 60
    log.write([row(number) for number in range(1200)])
    now[0] = START + timedelta(days=30, minutes=600)
    log.write([row(30 * day + 600)])
    found = log.page(Wanted(), 0, 2000)
    assert found.total == 601
    assert found.results[-1].time == START + timedelta(minutes=600)
    now[0] += timedelta(hours=23)
    log.write([row(31 * day)])
    assert log.page(Wanted(), 0, 1).total == 602


def test_rows_that_wait_together_are_written_together() -> None:
    writes = []

    class Log(AuditLog):
        def write(self, rows: object) -> None:  # type: ignore[override]  # counts, then writes
            writes.append(len(rows))  # type: ignore[arg-type]
            super().write(rows)  # type: ignore[arg-type]

    log = Log(MemoryStore().kv, clock=lambda: START)

    async def many() -> None:
        recorder = Recorder(log)
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(recorder.record, row(number))

    anyio.run(many)
    assert log.page(Wanted(), 0, 1).total == sum(writes) == 50
    assert len(writes) < 5


def test_a_log_that_cannot_be_written_leaves_the_answer_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    class Full(AuditLog):
        def write(self, rows: object) -> None:  # type: ignore[override]
            raise OSError("disk full")

    async def one() -> None:
        await Recorder(Full(MemoryStore().kv)).record(row(1, "carol"))

    anyio.run(one)
    assert "audit row not stored" in caplog.text and "carol" in caplog.text


def test_a_change_that_breaks_is_in_the_log_as_failed() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("down")

    security = Security(Settings(), MemoryStore().kv)

    async def call() -> None:
        transport = httpx.ASGITransport(Gate(broken, security))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            with pytest.raises(RuntimeError):
                await client.post(f"{MAIN}/flows")

    anyio.run(call)
    (found,) = security.audit.page(Wanted(), 0, 10).results
    assert (found.actor, found.outcome, found.status, found.path) == ("local", "failed", 500, f"{MAIN}/flows")


# -- over the service


def last(wiring: Wiring, count: int = 1) -> list[Change]:
    return wiring.security.audit.page(Wanted(), 0, count).results


def test_a_change_is_stored_before_its_answer(editor: httpx.Client, wiring: Wiring) -> None:
    for number in range(10):
        answer = post_flow(editor, yaml_flow(f"noted-{number}"))
        (found,) = last(wiring)
        assert answer.status_code == 200
        assert (found.actor, found.via, found.address) == (EDITOR[0], "password", "127.0.0.1")
        assert (found.method, found.path, found.status) == ("POST", f"{MAIN}/flows", 200)


def test_refusals_and_failures_are_rows_and_reading_is_none(
    viewer: httpx.Client, editor: httpx.Client, wiring: Wiring
) -> None:
    viewer.delete(f"{MAIN}/flows/demo/hooked")
    editor.delete(f"{MAIN}/flows/demo/not-there")
    editor.get(f"{MAIN}/flows/search")
    editor.post(f"{MAIN}/flows/validate", content=b"id: x")
    failed, refused = last(wiring, 2)
    assert (refused.actor, refused.outcome, refused.status, refused.missing) == (
        VIEWER[0],
        "refused",
        403,
        "write",
    )
    assert (failed.actor, failed.outcome, failed.status) == (EDITOR[0], "failed", 404)


def test_the_key_of_a_webhook_is_not_in_it(nobody: httpx.Client, admin: httpx.Client) -> None:
    assert nobody.get(f"{MAIN}/executions/webhook/demo/hooked/{KEY}?x=secret-in-query").status_code == 200
    answer = admin.get(f"{MAIN}/audits", params={"actor": "webhook"})
    assert answer.json()["results"][0]["path"] == f"{MAIN}/executions/webhook/demo/hooked/******"
    assert KEY not in answer.text and "secret-in-query" not in answer.text


def test_a_wrong_key_writes_nothing(nobody: httpx.Client, wiring: Wiring) -> None:
    before = wiring.security.audit.page(Wanted(), 0, 1).total
    assert nobody.post(f"{MAIN}/executions/webhook/demo/hooked/wrong").status_code == 404
    assert nobody.get("/api/v1/configs").status_code == 401
    assert wiring.security.audit.page(Wanted(), 0, 1).total == before


def test_the_api_pages_filters_and_gives_lines(admin: httpx.Client, editor: httpx.Client) -> None:
    for number in range(3):
        editor.put(f"{MAIN}/namespaces/demo/kv/paged{number}", content=b"1")
    found = admin.get(f"{MAIN}/audits", params={"path": "kv/paged", "size": "2"}).json()
    assert [row["path"][-6:] for row in found["results"]] == ["paged2", "paged1"] and found["total"] == 3
    second = admin.get("/api/v1/audits", params={"path": "kv/paged", "size": "2", "page": "2"}).json()
    assert [row["path"][-6:] for row in second["results"]] == ["paged0"]
    lines = admin.get(
        f"{MAIN}/audits", params={"path": "kv/paged"}, headers={"Accept": "application/x-ndjson"}
    )
    assert [json.loads(line)["status"] for line in lines.text.splitlines()] == [200] * 3
    since = admin.get(f"{MAIN}/audits", params={"after": found["results"][1]["time"], "path": "kv/paged"})
    assert since.json()["total"] == 1
    for wrong in ({"after": "yesterday"}, {"outcome": "maybe"}, {"page": "0"}):
        assert admin.get(f"{MAIN}/audits", params=wrong).status_code in (400, 422)
