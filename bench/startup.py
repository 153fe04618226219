"""Start-up: from the command to the first answered request, warm; and what an idle service costs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

IDLE_SECONDS = 10


def main() -> None:
    """Print start-up time, idle CPU and memory of `flowsmith up` on a prepared home."""
    with tempfile.TemporaryDirectory() as folder:
        _serve(Path(folder), wait_s=120, quiet=True)
        times = [_serve(Path(folder), wait_s=30, quiet=True) for _ in range(3)]
        print(f"start-up to first answer, warm {min(times):.2f} s (target <= 2)")
        _serve(Path(folder), wait_s=30, quiet=False)


def _serve(home: Path, *, wait_s: float, quiet: bool) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "FLOWSMITH_HOME": str(home), "FLOWSMITH_PORT": str(port)}
    command = [str(Path(sys.executable).with_name("flowsmith")), "up"]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/ping", started + wait_s)
        taken = time.perf_counter() - started
        if not quiet:
            time.sleep(3)
            before = _cpu(process.pid)
            time.sleep(IDLE_SECONDS)
            used = _cpu(process.pid) - before
            print(
                f"idle CPU {used / IDLE_SECONDS:.2%} of a core (target < 1 %)   memory {_rss(process.pid)} MB"
            )
        else:
            time.sleep(2 if wait_s < 60 else 25)
        return taken
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, deadline: float) -> None:
    while time.perf_counter() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise TimeoutError(url)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> int:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) // 1024
