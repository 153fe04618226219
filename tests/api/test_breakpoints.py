"""Breakpoints: an execution stops before a task, and goes on when it is told to."""

from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import post_flow
from tests.api.waiting import until

FLOW = """\
id: stepping
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: first}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [x, y]
    tasks:
      - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }} {{ taskrun.value }}"}
  - {id: c, type: io.kestra.plugin.core.debug.Return, format: last}
"""
ROOT = "/api/v1/main/executions"


@pytest.fixture(scope="module", autouse=True)
def flow(server: httpx.Client) -> None:
    post_flow(server, FLOW)


def stopped(server: httpx.Client, execution_id: str, at: set[str]) -> dict[str, object]:
    """Wait until the execution stands at these tasks."""

    def look() -> dict[str, object] | None:
        one = server.get(f"{ROOT}/{execution_id}").json()
        here = {run["taskId"] for run in one["taskRunList"] if run["state"]["current"] == "BREAKPOINT"}
        return one if one["state"]["current"] == "BREAKPOINT" and here == at else None

    return until(look)


def ended(server: httpx.Client, execution_id: str) -> dict[str, object]:
    def look() -> dict[str, object] | None:
        one = server.get(f"{ROOT}/{execution_id}").json()
        return one if "endDate" in one["state"] else None

    return until(look)


def test_an_execution_stops_before_a_task_and_goes_on(server: httpx.Client) -> None:
    made = server.post(f"{ROOT}/demo/stepping?breakpoints=a,c").json()
    assert made["breakpoints"] == ["a", "c"]
    stopped(server, made["id"], {"a"})
    server.post(f"{ROOT}/{made['id']}/actions/resume-from-breakpoint").raise_for_status()
    one = stopped(server, made["id"], {"c"})
    assert [run["taskId"] for run in one["taskRunList"] if run["state"]["current"] == "SUCCESS"] != []
    server.post(f"{ROOT}/{made['id']}/resume-from-breakpoint").raise_for_status()
    over = ended(server, made["id"])
    assert over["state"]["current"] == "SUCCESS"
    states = [passage["state"] for passage in over["state"]["histories"]]
    assert states == ["CREATED", "RUNNING", "BREAKPOINT", "RUNNING", "BREAKPOINT", "RUNNING", "SUCCESS"]


def test_one_value_of_a_loop(server: httpx.Client) -> None:
    made = server.post(f"{ROOT}/demo/stepping?breakpoints=b.y").json()
    one = stopped(server, made["id"], {"b"})
    values = {run["value"]: run["state"]["current"] for run in one["taskRunList"] if run["taskId"] == "b"}
    assert values["y"] == "BREAKPOINT"
    server.post(f"{ROOT}/{made['id']}/actions/resume-from-breakpoint?breakpoints=c").raise_for_status()
    one = stopped(server, made["id"], {"c"})
    assert one["breakpoints"] == ["c"]
    assert server.delete(f"{ROOT}/{made['id']}/kill").status_code == 202
    assert ended(server, made["id"])["state"]["current"] == "KILLED"


def test_a_replay_stops_too(server: httpx.Client) -> None:
    made = server.post(f"{ROOT}/demo/stepping?wait=true").json()
    again = server.post(f"{ROOT}/{made['id']}/actions/replay?breakpoints=c").json()
    stopped(server, again["id"], {"c"})
    server.post(f"{ROOT}/{again['id']}/actions/resume-from-breakpoint").raise_for_status()
    assert ended(server, again["id"])["state"]["current"] == "SUCCESS"


def test_what_cannot_be_is_refused(server: httpx.Client) -> None:
    answer = server.post(f"{ROOT}/demo/stepping?breakpoints=aa")
    assert answer.status_code == 422
    assert "no task 'aa'" in answer.json()["message"]
    made = server.post(f"{ROOT}/demo/stepping?wait=true").json()
    assert server.post(f"{ROOT}/{made['id']}/actions/resume-from-breakpoint").status_code == 409
