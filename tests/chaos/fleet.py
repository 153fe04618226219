"""A fleet: real processes of every role on one database, that can be killed, frozen and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.postgres import Database

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60


class Process:
    """One `flowsmith` process; ready when it says so."""

    def __init__(self, role: str, environment: dict[str, str], *arguments: str) -> None:
        self.role = role
        self._log = Path(environment["FLOWSMITH_HOME"]).with_suffix(".log")
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", role, *arguments],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_ready(self) -> Process:
        """Wait for the line that tells that it works."""
        assert self._process.stdout is not None
        watchdog = threading.Timer(READY_SECONDS, self._process.kill)
        watchdog.start()
        for line in self._process.stdout:
            if "ready" in line:
                watchdog.cancel()
                return self
        watchdog.cancel()
        raise AssertionError(f"the {self.role} did not get ready: {self._log.read_text()}")

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, as a crash of the machine does."""
        self._process.kill()
        self._process.wait(10)

    def freeze(self) -> None:
        """Let it do nothing more, its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on as if nothing had been."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end and wait for that; returns its exit code."""
        self.wake()
        self._process.terminate()
        try:
            return self._process.wait(20)
        finally:
            self.close()

    def close(self) -> None:
        """End it if it has not ended, and let go of its pipe."""
        if self.running:
            self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def said(self) -> str:
        """Return its log."""
        return self._log.read_text()


class Fleet:
    """Processes on one database and one place of files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self.processes: list[Process] = []

    def launch(self, role: str, *arguments: str) -> Process:
        """Start a process with a home of its own; it is not waited for."""
        home = self._folder / f"{role}-{len(self.processes)}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FLOWSMITH_")},
            "FLOWSMITH_HOME": str(home),
            "FLOWSMITH_DATABASE_URL": self._database.url,
            "FLOWSMITH_STORAGE_URL": f"file://{self._folder}/files",
            "FLOWSMITH_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "FLOWSMITH_STOP_SECONDS": "1",
            "FLOWSMITH_LOG_LEVEL": "info",
            "PYTHONPATH": str(ROOT),
        }
        process = Process(role, environment, *arguments)
        self.processes.append(process)
        return process

    def of(self, role: str) -> list[Process]:
        """Return the processes of a role that run."""
        return [one for one in self.processes if one.role == role and one.running]

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.close()
