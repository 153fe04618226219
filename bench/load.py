"""Executions by API at a fixed rate: the flow of two light tasks, on one service with SQLite."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path

RATES = (50, 100, 200, 400, 600)
SECONDS = 8
CONNECTIONS = 32
FLOW = """id: two-tasks
namespace: bench
tasks:
  - {id: value, type: io.kestra.plugin.core.debug.Return, format: "{{ execution.id }}"}
  - {id: log, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.value.value }}"}
"""


def main() -> None:
    """Print, for each offered rate, what was held and how long executions took from request to end."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "FLOWSMITH_HOME": folder, "FLOWSMITH_PORT": str(port)}
        command = [str(Path(sys.executable).with_name("flowsmith")), "up", "--no-ingest"]
        service = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(port)
            _post(port, "/api/v1/main/flows", FLOW.encode(), "application/x-yaml")
            for rate in RATES:
                _print(port, rate, asyncio.run(_offer(port, rate)))
        finally:
            service.terminate()
            service.wait(20)


async def _offer(port: int, rate: int) -> dict[str, float]:
    """Send requests at the rate, whatever the answers do; returns execution id to the moment of sending."""
    sent: dict[str, float] = {}
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def one(due: float) -> None:
        reader, writer = await free.get()
        writer.write(
            b"POST /api/v1/main/executions/bench/two-tasks HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        sent[json.loads(await reader.readexactly(length))["id"]] = due
        free.put_nowait((reader, writer))

    started, tasks = time.time(), []
    for number in range(rate * SECONDS):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.time()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return sent


def _print(port: int, rate: int, sent: dict[str, float]) -> None:
    ends = _ends(port, set(sent))
    delays = sorted(ends[id_] - due for id_, due in sent.items())
    span = max(ends.values()) - min(sent.values())
    p50, p95 = statistics.median(delays), delays[int(len(delays) * 0.95)]
    print(
        f"offered {rate:4d}/s   held {len(ends) / span:6.1f}/s   "
        f"request to end p50 {p50 * 1e3:6.1f} ms   p95 {p95 * 1e3:6.1f} ms"
    )


def _ends(port: int, wanted: set[str]) -> dict[str, float]:
    """Return the end of every wanted execution, seconds since the epoch; waits for the last."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ends: dict[str, float] = {}
        page = 1
        while len(ends) < len(wanted):
            path = f"/api/v1/main/executions/search?namespace=bench&size=500&page={page}"
            rows = json.loads(_get(port, path))["results"]
            if not rows:
                break
            for row in rows:
                if row["id"] in wanted and "endDate" in row["state"]:
                    ends[row["id"]] = datetime.fromisoformat(row["state"]["endDate"]).timestamp()
            page += 1
        if len(ends) == len(wanted):
            return ends
        time.sleep(0.5)
    raise TimeoutError("executions did not end")


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            _get(port, "/ping")
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the service did not start")


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return bytes(answer.read())


def _post(port: int, path: str, body: bytes, kind: str) -> None:
    url = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")
    urllib.request.urlopen(request, timeout=30).read()
