"""An MQTT broker on loopback: Debian's `mosquitto` as a process of its own, also behind TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.emulators.files import certificate

USER, PASSWORD = "meter", "let-me-in"


@dataclass(frozen=True, slots=True)
class Mosquitto:
    """A running broker."""

    port: int
    tls_port: int
    pem: str
    """The certificate of the broker."""

    def properties(self, name: str) -> dict[str, Any]:
        """Properties of a task that reaches the broker under a client's name."""
        server = f"tcp://127.0.0.1:{self.port}"
        return {"server": server, "clientId": name, "username": USER, "password": PASSWORD}

    @contextmanager
    def client(self) -> Iterator[mqtt.Client]:
        """Give a client that is connected."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.username_pw_set(USER, PASSWORD)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            yield client
        finally:
            client.disconnect()
            client.loop_stop()

    def retain(self, topic: str, *payloads: bytes, **more: Any) -> None:
        """Publish messages that stay, to topics `topic/0`, `topic/1` …."""
        with self.client() as client:
            for number, payload in enumerate(payloads):
                client.publish(f"{topic}/{number}", payload, 1, retain=True, **more).wait_for_publish(10)


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker for the whole run; tests take topics of their own."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path_factory.mktemp("mosquitto")
    pem, port, tls_port = certificate(folder), _free_port(), _free_port()
    users = folder / "users"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(users), USER, PASSWORD], check=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"user root\nallow_anonymous false\npassword_file {users}\n"
        f"listener {port} 127.0.0.1\n"
        f"listener {tls_port} 127.0.0.1\ncertfile {pem}\nkeyfile {pem}\n"
    )
    command = [binary, "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if " running" in line:
                break
        else:
            raise AssertionError("".join(said))
        public = Path(pem).read_text().partition("-----BEGIN PRIVATE")[0]
        try:
            yield Mosquitto(port, tls_port, public)
        finally:
            process.terminate()
