"""The service with a lot in it: reads and searches, followers, editors.

100,000 executions of 1,000 flows in SQLite are written straight into the store, then asked for over HTTP.
Every figure has a target; a missed one is marked.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.model.execution import Execution, TaskRun
from engine.model.flow import Flow
from engine.model.id import new_id
from engine.model.state import History, State
from engine.storage.opening import open_store
from engine.storage.ports import Changes

EXECUTIONS = 100_000
FLOWS = 1_000
FOLLOWERS = 500
ASKED = 300
"""Requests of each kind."""

LINES = 1_800
SLOW = """id: slow
namespace: bench
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Sleep, duration: PT10M}
"""


def main() -> None:
    """Print what was measured beside its target."""
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        started = time.perf_counter()
        ids = _fill(home)
        print(
            f"{EXECUTIONS:,} executions and {FLOWS:,} flows stored in {time.perf_counter() - started:.0f} s"
        )
        with _service(home) as (port, process):
            _requests(port, ids)
            _editor(port)
            _followers(port, process)


# -- what is there


def _fill(home: Path) -> list[str]:
    """Store flows and executions; returns the ids of the executions."""
    store = open_store(None, home)
    begun = datetime.now(UTC) - timedelta(days=30)
    for number in range(FLOWS):
        source = (
            f"id: flow-{number}\nnamespace: company.team{number % 20}\ndescription: Loads table {number}\n"
            f"labels: {{owner: team{number % 7}}}\ntasks:\n  - {{id: log, "
            f"type: io.kestra.plugin.core.log.Log, message: hi}}\n"
        )
        flow = Flow(
            f"flow-{number}",
            f"company.team{number % 20}",
            source,
            (),
            description=f"Loads table {number}",
            labels={"owner": f"team{number % 7}"},
        )
        store.flows.save(flow, begun)
    ids: list[str] = []
    for start in range(0, EXECUTIONS, 2_000):
        changes = Changes()
        for number in range(start, start + 2_000):
            one, run = _execution(number, begun)
            changes.executions[one.id] = one
            changes.task_runs[run.id] = run
            ids.append(one.id)
        with store.executions.transaction() as transaction:
            transaction.write(changes)
    store.close()
    return ids


def _execution(number: int, begun: datetime) -> tuple[Execution, TaskRun]:
    flow = number % FLOWS
    start = begun + timedelta(seconds=number * 25)
    state = random.choices([State.SUCCESS, State.FAILED, State.WARNING], [90, 8, 2])[0]
    history = History.begin(State.CREATED, start).then(State.RUNNING, start + timedelta(milliseconds=5))
    history = history.then(state, start + timedelta(seconds=1))
    id_ = new_id()
    execution = Execution(
        id=id_,
        namespace=f"company.team{flow % 20}",
        flow_id=f"flow-{flow}",
        flow_revision=1,
        history=history,
        original_id=id_,
        original_created=start,
        labels={"owner": f"team{flow % 7}", "system.correlationId": id_},
    )
    run = TaskRun(id=new_id(), execution_id=id_, task_id="log", history=history, index=0)
    return execution, run


# -- the service


@contextmanager
def _service(home: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "FLOWSMITH_HOME": str(home),
        "FLOWSMITH_PORT": str(port),
        "FLOWSMITH_EMBEDDER": "lexical",
    }
    command = [str(Path(sys.executable).with_name("flowsmith")), "up", "--no-ingest"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, cwd=home, stdout=quiet, stderr=quiet)
    try:
        _until(lambda: _answers(port))
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Client:
    """One connection that is kept, with as little of a client as possible in what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        """Send a request and return the body of the answer; raises unless it is 200."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        status = self._file.readline()
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = self._file.read(length)
        if b" 200 " not in status:
            raise RuntimeError(f"{method} {path}: {status!r} {answer[:300]!r}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()


def _requests(port: int, ids: Sequence[str]) -> None:
    client = Client(port)
    executions, flows = "/api/v1/main/executions", "/api/v1/main/flows"
    some = random.sample(list(ids), ASKED)
    kinds: list[tuple[str, float, Callable[[int], str]]] = [
        ("GET execution", 10, lambda n: f"{executions}/{some[n]}"),
        ("search flows by words", 30, lambda n: f"{flows}/search?q=table%20{n}&size=25"),
        ("search flows, all", 30, lambda n: f"{flows}/search?size=25&page={n % 40 + 1}"),
        ("search flows by namespace", 30, lambda n: f"{flows}/search?namespace=company.team{n % 20}&size=25"),
        ("search flows by label", 30, lambda n: f"{flows}/search?labels=owner:team{n % 7}&size=25"),
        ("search executions, newest", 60, lambda n: f"{executions}/search?size=25&page={n % 4 + 1}"),
        ("  of a flow", 60, lambda n: f"{executions}/search?flowId=flow-{n}&size=25"),
        ("  of a namespace", 60, lambda n: f"{executions}/search?namespace=company.team{n % 20}&size=25"),
        ("  failed", 60, lambda n: f"{executions}/search?state=FAILED&size=25"),
        (
            "  failed of a namespace and a day",
            60,
            lambda n: (
                f"{executions}/search?state=FAILED&namespace=company.team{n % 20}&timeRange=P1D&size=25"
            ),
        ),
        ("  by label", 60, lambda n: f"{executions}/search?labels=owner:team{n % 7}&size=25"),
        ("  by words", 300, lambda n: f"{executions}/search?q=flow-{n}&size=25"),
    ]
    for name, target, path in kinds:
        _show(name, target, [_timed(lambda n=n, p=path: client.ask("GET", p(n))) for n in range(ASKED)])
    client.close()


def _editor(port: int) -> None:
    """Ask what an editor asks while a flow of 1,800 lines is written."""
    client = Client(port)
    text = _long_flow()
    root = "/api/v1/main/editor"
    middle = text.index("message", len(text) // 2)
    inside = text.index("{{ outputs.", len(text) // 2) + len("{{ outputs.")
    broken = text[:middle] + "me" + text[middle + len("message: ") :]
    asked = [
        ("editor: lint", f"{root}/lint", {"text": text}),
        ("editor: complete a property", f"{root}/complete", {"text": broken, "offset": middle + 2}),
        ("editor: complete an expression", f"{root}/complete", {"text": text, "offset": inside}),
        (
            "editor: complete a type",
            f"{root}/complete",
            {"text": text, "offset": text.index("io.kestra", middle) + 9},
        ),
        ("editor: hover", f"{root}/hover", {"text": text, "offset": middle + 3}),
    ]
    print(f"\na flow of {text.count(chr(10)):,} lines")
    for name, path, body in asked:
        sent = json.dumps(body).encode()
        client.ask("POST", path, sent)
        _show(name, 120, [_timed(lambda p=path, s=sent: client.ask("POST", p, s)) for _ in range(40)])
    client.close()


def _long_flow() -> str:
    lines = ["id: long", "namespace: bench", "tasks:"]
    number = 0
    while len(lines) < LINES:
        lines += [
            f"  - id: get{number}",
            "    type: io.kestra.plugin.core.http.Request",
            f"    uri: https://example.com/{number}",
            f"  - id: say{number}",
            "    type: io.kestra.plugin.core.log.Log",
            f'    message: "{{{{ outputs.get{number}.body }}}}"',
        ]
        number += 1
    return "\n".join(lines) + "\n"


# -- followers


def _followers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Let many clients follow executions, then end these, and see that everyone was told."""
    client = Client(port)
    client.ask("POST", "/api/v1/main/flows", SLOW.encode(), "application/x-yaml")
    ids = [json.loads(client.ask("POST", "/api/v1/main/executions/bench/slow"))["id"] for _ in range(50)]
    ended, seconds, memory = asyncio.run(_follow_all(port, process, ids))
    client.close()
    ok = "" if ended == FOLLOWERS and memory < 400 else "   MISSED"
    print(
        f"\n{FOLLOWERS} followers of {len(ids)} executions: {ended} saw the end within {seconds:.2f} s, "
        f"service at {memory:.0f} MB (target all, below 400 MB){ok}"
    )


async def _follow_all(
    port: int, process: subprocess.Popen[bytes], ids: Sequence[str]
) -> tuple[int, float, float]:
    ready = 0
    all_ready = asyncio.Event()

    async def follow(execution_id: str) -> bool:
        nonlocal ready
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = f"/api/v1/main/executions/{execution_id}/follow"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        is_over = False
        while line := await reader.readline():
            if line.startswith(b"id: progress") and not is_over:
                ready += 1
                if ready >= FOLLOWERS:
                    all_ready.set()
            if line.startswith(b"id: end"):
                is_over = True
            if is_over and line.startswith(b"0\r\n"):
                break
        writer.close()
        return is_over

    tasks = [asyncio.create_task(follow(ids[n % len(ids)])) for n in range(FOLLOWERS)]
    await asyncio.wait_for(all_ready.wait(), 60)
    memory = _memory_mb(process.pid)
    started = time.perf_counter()
    killer = Client(port)
    body = json.dumps(list(ids)).encode()
    await asyncio.to_thread(killer.ask, "DELETE", "/api/v1/main/executions/kill/by-ids", body)
    ended = sum(await asyncio.gather(*tasks))
    seconds = time.perf_counter() - started
    killer.close()
    return ended, seconds, max(memory, _memory_mb(process.pid))


def _memory_mb(pid: int) -> float:
    """Return the resident memory of a process, read from Linux's process table."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


# -- measuring


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3


def _show(name: str, target_ms: float, times_ms: list[float]) -> None:
    times_ms.sort()
    p95 = times_ms[int(len(times_ms) * 0.95)]
    ok = "" if p95 <= target_ms else "   MISSED"
    print(
        f"{name:36s} p50 {statistics.median(times_ms):7.2f} ms   p95 {p95:7.2f} ms   "
        f"(target {target_ms:.0f} ms){ok}"
    )


def _until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError("the service did not start")
        time.sleep(0.05)
