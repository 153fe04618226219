"""A fleet: real processes of every role on one database, that can be killed, frozen and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.chaos.clock import Clock
from tests.chaos.clocked import FILE
from tests.chaos.proxy import Link
from tests.postgres import Database

ROOT = Path(__file__).parents[2]
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
READY_SECONDS = 120


class Process:
    """One `flowsmith` process; ready when it says so."""

    def __init__(
        self,
        role: str,
        environment: Mapping[str, str],
        *arguments: str,
        link: Link | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.role = role
        self.link = link
        self.clock = clock
        home = Path(environment["FLOWSMITH_HOME"])
        self.name = home.name
        self.port: int | None = None
        """Where a server listens, known when it is ready."""
        self._log = home.with_suffix(".log")
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "api.cli" if clock is None else "tests.chaos.clocked",
                    role,
                    *arguments,
                ],
                cwd=home.parent,  # where no folder of flows is
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
        try:
            for line in self._process.stdout:
                if "ready" in line:
                    if "http://" in line:
                        self.port = int(line.split("http://")[1].split("/")[0].rsplit(":", 1)[1])
                    return self
        finally:
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
        self._process.wait(60)

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
            return self._process.wait(60)
        finally:
            self.close()

    def close(self) -> None:
        """End it if it has not ended, and let go of its pipe and its way to the database."""
        if self.running:
            self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self.link is not None:
            self.link.close()
            self.link = None

    def said(self) -> str:
        """Return its log."""
        return self._log.read_text()


class Fleet:
    """Processes on one database and one place of files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self.processes: list[Process] = []

    def launch(self, role: str, *arguments: str, linked: bool = False, clocked: bool = False) -> Process:
        """Start a process with a home of its own; it is not waited for.

        `linked`: it reaches the database by a way that can be made slow and be cut. `clocked`: its clock can
        be set.
        """
        home = self._folder / f"{role}-{len(self.processes)}"
        clock = Clock(home.with_suffix(".clock")) if clocked else None
        link = Link(self._database.port) if linked else None
        database = self._database if link is None else replace(self._database, port=link.port)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FLOWSMITH_")},
            "FLOWSMITH_HOME": str(home),
            "FLOWSMITH_DATABASE_URL": database.url,
            "FLOWSMITH_STORAGE_URL": f"file://{self._folder}/files",
            "FLOWSMITH_ENCRYPTION_KEY": KEY,
            "FLOWSMITH_STOP_SECONDS": "1",
            "FLOWSMITH_LOG_LEVEL": "info",
            "PYTHONPATH": str(ROOT),
            **({FILE: str(clock.file)} if clock is not None else {}),
        }
        process = Process(role, environment, *arguments, link=link, clock=clock)
        self.processes.append(process)
        return process

    def of(self, role: str) -> list[Process]:
        """Return the processes of a role that run."""
        return [one for one in self.processes if one.role == role and one.running]

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.close()
