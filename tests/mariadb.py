"""A real MariaDB server for tests, where its binaries are installed: one server a worker, one database a test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_SETTINGS = (
    "--skip-networking=0",
    "--bind-address=127.0.0.1",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--local-infile=1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
)
USER, PASSWORD = "flow", "pa55word"


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a running server."""

    port: int
    name: str

    @property
    def jdbc_url(self) -> str:
        """The address as flows write it."""
        return f"jdbc:mysql://127.0.0.1:{self.port}/{self.name}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        import pymysql

        with contextlib.closing(_connect(pymysql, self.port, database=self.name)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall())


def _connect(pymysql: Any, port: int, **options: Any) -> Any:
    return pymysql.connect(
        host="127.0.0.1", port=port, user=USER, password=PASSWORD, autocommit=True, **options
    )


class Server:
    """A MariaDB server in a folder of its own."""

    def __init__(self) -> None:
        self._binary = shutil.which(
            "mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        )
        if self._binary is None:
            pytest.skip("`mariadbd` is not installed; on Debian: apt-get install mariadb-server-core")
        pytest.importorskip("pymysql")
        self._folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
        self._made = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the system tables and start it."""
        data = self._folder / "data"
        data.mkdir()
        user = "root" if os.geteuid() == 0 else os.environ.get("USER", "")
        common = ["--no-defaults", f"--datadir={data}", f"--user={user}"]
        tables = Path("/usr/share/mysql")
        scripts = ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"]
        text = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
        text += "\n".join((tables / name).read_text("utf-8") for name in scripts if (tables / name).exists())
        subprocess.run(
            [str(self._binary), *common, "--bootstrap", "--skip-networking", *_SETTINGS[2:5]],
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        first = self._folder / "first.sql"
        first.write_text(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'%';\nFLUSH PRIVILEGES;\n"
        )
        socket_path = self._folder / "s"
        options = [f"--port={self.port}", f"--socket={socket_path}", f"--init-file={first}"]
        self._process = subprocess.Popen(
            [str(self._binary), *common, *options, *_SETTINGS],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if b"ready for connections" in line:
                return
        raise RuntimeError(f"MariaDB did not start: {b''.join(said).decode()}")

    def make(self) -> Database:
        """Make an empty database."""
        import pymysql

        self._made += 1
        name = f"test_{self._made}"
        with contextlib.closing(_connect(pymysql, self.port)) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return Database(self.port, name)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A running server for this process; stopped at the end of the session."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def mariadb(mariadb_server: Server) -> Database:
    """An empty database for one test."""
    return mariadb_server.make()
