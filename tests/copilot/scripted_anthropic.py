"""A server on loopback that speaks Anthropic's Messages API from a script."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Say:
    """One answer: content blocks, or an error with its status. `hold` waits until the server closes."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    stop: str = "end_turn"
    status: int = 200
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False


@dataclass
class Script:
    """The server: its address, what comes, and what it was asked with which headers."""

    base_url: str
    answers: deque[Say]
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


def text(words: str) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": words}


@contextmanager
def scripted(*answers: Say) -> Iterator[Script]:
    """Serve a script until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Talk)
    server.daemon_threads = True
    script = Script(f"http://127.0.0.1:{server.server_address[1]}", deque(answers))
    server.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one request."""
        script: Script = self.server.script  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        script.requests.append({**body, "path": self.path})
        script.headers.append({key.lower(): value for key, value in self.headers.items()})
        say = script.answers.popleft() if script.answers else Say(status=500, error="the script has ended")
        if say.hold:
            script.released.wait()
            self.close_connection = True
        elif say.status != 200:
            self._send({"type": "error", "error": {"type": "x", "message": say.error}}, say)
        elif body.get("stream"):
            self._stream(say)
        else:
            usage = {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3}
            self._send({"content": say.blocks, "stop_reason": say.stop, "usage": usage}, say)

    def _send(self, value: dict[str, Any], say: Say) -> None:
        data = json.dumps(value).encode()
        self.send_response(say.status)
        for name, item in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **say.headers,
        }.items():
            self.send_header(name, item)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, say: Say) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self._event({"type": "message_start", "message": {"usage": {"input_tokens": 7}}})
        for block in say.blocks:
            for at in range(0, len(block.get("text", "")), 5):
                delta = {"type": "text_delta", "text": block["text"][at : at + 5]}
                self._event({"type": "content_block_delta", "delta": delta})
        if say.error:
            self._event({"type": "error", "error": {"type": "overloaded_error", "message": say.error}})
        self._event(
            {"type": "message_delta", "delta": {"stop_reason": say.stop}, "usage": {"output_tokens": 4}}
        )
        self.close_connection = True

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(f"event: {value['type']}\ndata: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Stay quiet."""
