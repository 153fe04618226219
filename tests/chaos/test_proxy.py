"""The proxy is what the suite's faults of the network rest on."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Link


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while chunk := self.request.recv(65_536):
            self.request.sendall(chunk)


@pytest.fixture
def link() -> Iterator[Link]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        link = Link(server.server_address[1])
        yield link
        link.close()
        server.shutdown()
        thread.join()


def _connect(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), 60)


def _echoed(connection: socket.socket, sent: bytes) -> float:
    """Return how long it took until everything had come back."""
    began = time.monotonic()
    connection.sendall(sent)
    back = b""
    while len(back) < len(sent):
        chunk = connection.recv(65_536)
        assert chunk
        back += chunk
    assert back == sent
    return time.monotonic() - began


def test_everything_passes_unchanged(link: Link) -> None:
    with _connect(link) as connection:
        _echoed(connection, bytes(range(256)) * 4096)
    assert link.passed_bytes == 2 * 256 * 4096


def test_latency_delays_both_ways_and_a_bandwidth_bounds_what_passes(link: Link) -> None:
    with _connect(link) as connection:
        link.slow(0.1)
        assert _echoed(connection, b"x") >= 0.2
        link.slow(0.0, bytes_per_second=100_000)
        assert _echoed(connection, bytes(20_000)) >= 0.2
        link.heal()
        _echoed(connection, bytes(200_000))


def test_a_stalled_connection_goes_on_where_it_stood(link: Link) -> None:
    with _connect(link) as connection:
        _echoed(connection, b"before")
        link.stall()
        connection.sendall(b"held back")
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(60)
        link.heal()
        assert connection.recv(100) == b"held back"


@pytest.mark.parametrize("condition", ["fast", "slow", "stalled"])
def test_a_cut_connection_is_reset_and_a_new_one_is_let_through(link: Link, condition: str) -> None:
    with _connect(link) as connection:
        _echoed(connection, b"before")
        if condition == "slow":
            link.slow(60.0)
        if condition == "stalled":
            link.stall()
        connection.sendall(b"lost")
        link.cut()
        with pytest.raises(ConnectionResetError):
            while connection.recv(100):
                pass
            raise ConnectionResetError  # an end is as good
    link.heal()
    with _connect(link) as connection:
        _echoed(connection, b"after")


def test_the_end_of_one_side_is_the_end_of_the_other(link: Link) -> None:
    with _connect(link) as connection:
        _echoed(connection, b"x")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_where_nobody_listens_a_connection_is_reset() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        link = Link(probe.getsockname()[1])
        with _connect(link) as connection, pytest.raises(ConnectionResetError):
            connection.sendall(b"x")
            assert connection.recv(1) == b""
            raise ConnectionResetError
        link.close()
