"""A RabbitMQ broker on loopback: Debian's `rabbitmq-server` as a process of its own, with all it writes in one folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pytest

USER = PASSWORD = "guest"


@dataclass(frozen=True, slots=True)
class RabbitMq:
    """A running broker."""

    port: int

    @property
    def properties(self) -> dict[str, Any]:
        """Properties of a task that reaches the broker."""
        return {"host": "127.0.0.1", "port": str(self.port), "username": USER, "password": PASSWORD}

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """Give a channel of the package."""
        login = pika.PlainCredentials(USER, PASSWORD)
        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port, "/", login)) as link:
            yield link.channel()

    def make_queue(self, name: str, *bodies: bytes, **properties: Any) -> None:
        """Make a queue and put messages into it."""
        with self.channel() as channel:
            channel.queue_declare(name)
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish("", name, body, pika.BasicProperties(**properties))

    def take(self, name: str) -> list[tuple[Any, bytes]]:
        """Take all messages of a queue: properties and body."""
        found = []
        with self.channel() as channel:
            while (got := channel.basic_get(name, auto_ack=True))[0] is not None:
                found.append(got[1:])
        return found

    def count(self, name: str) -> int:
        """Return how many messages wait in a queue."""
        with self.channel() as channel:
            return int(channel.queue_declare(name, passive=True).method.message_count)


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _ended(command: list[str], env: dict[str, str], **more: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process and end it with all it started; what it holds is not worth keeping."""
    given: dict[str, Any] = {"env": env, "text": True, "start_new_session": True, **more}
    with subprocess.Popen(command, **given) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    """A broker for the whole run; tests take queues of their own."""
    scripts = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    epmd = shutil.which("epmd")
    if not scripts or epmd is None:
        pytest.skip("rabbitmq is not installed: apt-get install rabbitmq-server")
    folder, port, names = tmp_path_factory.mktemp("rabbitmq"), _free_port(), str(_free_port())
    env = {
        "PATH": f"{Path(epmd).parent}:{os.defpath}",
        "HOME": str(folder),
        "ERL_EPMD_PORT": names,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "tests@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(_free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "store"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG": "connection.none,channel.none",  # nobody reads the pipe once it is up
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.env"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
    }
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        _ended([epmd, "-address", "127.0.0.1", "-port", names], env, stdout=subprocess.DEVNULL, **quiet),
        _ended([str(scripts[-1])], env, stdout=subprocess.PIPE, **quiet) as broker,
        (folder / "said").open("w+") as said,
    ):
        assert broker.stdout is not None
        for line in broker.stdout:
            said.write(line)
            if "Server startup complete" in line:
                break
        else:
            said.seek(0)
            raise AssertionError(said.read())
        yield RabbitMq(port)
