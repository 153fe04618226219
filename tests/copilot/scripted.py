"""A model server on loopback that speaks the chat API and answers from a script."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Say:
    """One scripted answer. `hold` waits until the server closes, for replies that never come in time."""

    text: str = ""
    status: int = 200
    finish: str = "stop"
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False
    tokens: tuple[int, int] = (100, 20)
    pieces: Sequence[str] | None = None


@dataclass
class Scripted:
    """The server: its address, what it will say next, and every request body it has seen."""

    base_url: str
    answers: deque[Say]
    requests: list[dict[str, Any]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, *answers: str | Say) -> None:
        """Add answers to the script."""
        self.answers.extend(Say(item) if isinstance(item, str) else item for item in answers)

    def sent(self, number: int = -1) -> str:
        """Return all message texts of a request."""
        return "\n".join(str(message["content"]) for message in self.requests[number]["messages"])


@contextmanager
def scripted_model(*answers: str | Say) -> Iterator[Scripted]:
    """Serve a script until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Talk)
    server.daemon_threads = True
    scripted = Scripted(f"http://127.0.0.1:{server.server_address[1]}/v1", deque())
    scripted.says(*answers)
    server.script = scripted  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scripted
    finally:
        scripted.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one chat request."""
        script: Scripted = self.server.script  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        script.requests.append(body)
        say = script.answers.popleft() if script.answers else Say(status=500, error="the script has ended")
        if say.hold:
            script.released.wait()
            self.close_connection = True
            return
        if say.status != 200:
            self._send(say.status, {"error": {"message": say.error, "type": "error"}}, say.headers)
        elif body.get("stream"):
            self._stream(say, body)
        else:
            self._send(200, _whole(say, body), say.headers)

    def _send(self, status: int, value: dict[str, Any], headers: dict[str, str]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **headers,
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, say: Say, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in say.pieces or [say.text[at : at + 7] for at in range(0, len(say.text), 7)]:
            self._event(body, [{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
        self._event(body, [{"index": 0, "delta": {}, "finish_reason": say.finish}])
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event(body, [], _usage(say))
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _event(
        self, body: dict[str, Any], choices: list[dict[str, Any]], usage: dict[str, int] | None = None
    ) -> None:
        chunk = {
            "id": "c", "object": "chat.completion.chunk", "created": 0, "model": body["model"], "choices": choices,
            "usage": usage,
        }  # fmt: skip
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


def _usage(say: Say) -> dict[str, int]:
    return {
        "prompt_tokens": say.tokens[0],
        "completion_tokens": say.tokens[1],
        "total_tokens": sum(say.tokens),
    }


def _whole(say: Say, body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": say.text}
    choice = {"index": 0, "message": message, "finish_reason": say.finish}
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice], "usage": _usage(say)
    }  # fmt: skip
