"""Numbers of a process without an interface: `/prometheus` and `/health` on an address of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from api.prometheus import MEDIA_TYPE
from engine.errors import SettingsError

SECONDS: Final = 10.0
"""How long a client may take to ask."""


@contextmanager
def measured(address: str, exposition: Callable[[], str], well: Callable[[], bool]) -> Iterator[None]:
    """Answer at `host:port` while the process works; nothing is listened to without an address.

    Raises SettingsError when nobody can listen there.
    """
    if not address:
        yield
        return
    host, port = split_address(address)
    try:
        server = ThreadingHTTPServer((host, port), _handler(exposition, well))
    except OSError as error:
        raise SettingsError(
            f"FLOWSMITH_METRICS={address}: nobody can listen there: {error.strerror}"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port`. Raises SettingsError."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) < 65536):
        raise SettingsError(f"FLOWSMITH_METRICS={address} is no address: write host:port, as 127.0.0.1:9090")
    return host.strip("[]"), int(port)


def _handler(exposition: Callable[[], str], well: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS

        def do_GET(self) -> None:
            if self.path == "/prometheus":
                self._answer(200, MEDIA_TYPE, exposition())
            elif self.path == "/health":
                up = well()
                text = '{"status":"UP"}' if up else '{"status":"DOWN"}'
                self._answer(200 if up else 503, "application/json", text)
            else:
                self._answer(404, "text/plain; charset=utf-8", "There are /prometheus and /health\n")

        def _answer(self, status: int, media_type: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, form: str, *args: object) -> None:
            """Say nothing: who scrapes does so every few seconds."""

    return Handler
