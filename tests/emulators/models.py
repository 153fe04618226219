"""Model servers on loopback: OpenAI's, Gemini's and Anthropic's API, web searches, and plain files.

Chats answer from a script; vectors are made by the hashing embedder, so that near texts are near.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from retrieval.embed.hashing import HashingEmbedder

EMBEDDER = HashingEmbedder()
IMAGE = b"\x89PNG not really"


@dataclass
class Say:
    """One scripted answer of a chat. `hold` waits until the server closes."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish: str = ""
    status: int = 200
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: tuple[int, int] = (10, 5)
    thinking: str = ""
    raw: bytes | None = None
    hold: bool = False


@dataclass(frozen=True)
class Seen:
    """A request."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Models:
    """The server."""

    root: str
    answers: deque[Say] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, *answers: str | Say) -> None:
        """Add answers to the script."""
        self.answers.extend(Say(one) if isinstance(one, str) else one for one in answers)

    def of(self, ending: str) -> list[Seen]:
        """Return the requests to a path."""
        return [one for one in self.seen if one.path.partition("?")[0].endswith(ending)]

    @property
    def chats(self) -> list[Any]:
        """The bodies of the chats with OpenAI's API."""
        return [one.body for one in self.of("/chat/completions")]


@contextmanager
def serving_models() -> Iterator[Models]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Talk)
    server.daemon_threads = True
    models = Models(f"http://127.0.0.1:{server.server_address[1]}")
    server.models = models  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield models
    finally:
        models.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def models(self) -> Models:
        return self.server.models  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        json_body = "json" in self.headers.get("content-type", "")
        self._answer(json.loads(data) if json_body else data.decode())

    def _answer(self, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.models.seen.append(Seen(self.path, headers, body))
        self.models.asked.set()
        path = self.path.partition("?")[0]
        if path in self.models.files:
            self._send(200, self.models.files[path].encode(), {}, "text/plain")
            return
        for ending, answer in _ANSWERS.items():
            if path.endswith(ending):
                self._scripted(body, answer) if answer in _CHATS else self._json(200, answer(body))
                return
        self._json(404, {"error": {"message": f"no {path} here"}})

    def _scripted(self, body: Any, form: Any) -> None:
        script = self.models.answers
        say = script.popleft() if script else Say(status=400, error="the script has ended")
        if say.hold:
            self.models.released.wait()
            self.close_connection = True
        elif say.raw is not None:
            self._send(say.status, say.raw, say.headers)
        elif say.status != 200:
            self._json(say.status, {"error": {"message": say.error, "type": "error"}}, say.headers)
        else:
            self._json(200, form(body, say), say.headers)

    def _json(self, status: int, value: Any, headers: Mapping[str, str] = {}) -> None:
        self._send(status, json.dumps(value).encode(), headers)

    def _send(
        self, status: int, data: bytes, headers: Mapping[str, str], media: str = "application/json"
    ) -> None:
        self.send_response(status)
        sent = {"Content-Type": media, "Content-Length": str(len(data)), **headers}
        for name, text in sent.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


def _openai_chat(body: Any, say: Say) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": say.text or None}
    if say.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {
                    "name": name,
                    "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
                },
            }
            for number, (name, arguments) in enumerate(say.calls)
        ]
    if say.thinking:
        message["reasoning_content"] = say.thinking
    finish = say.finish or ("tool_calls" if say.calls else "stop")
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": say.tokens[0],
            "completion_tokens": say.tokens[1],
            "total_tokens": sum(say.tokens),
        },
    }


def _anthropic_chat(body: Any, say: Say) -> Any:
    content: list[Any] = []
    if say.thinking:
        content.append({"type": "thinking", "thinking": say.thinking, "signature": "signed"})
    if say.text:
        content.append({"type": "text", "text": say.text})
    content += [
        {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}
        for number, (name, arguments) in enumerate(say.calls)
    ]
    return {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": say.finish or ("tool_use" if say.calls else "end_turn"),
        "usage": {"input_tokens": say.tokens[0], "output_tokens": say.tokens[1]},
    }


def _openai_vectors(body: Any) -> Any:
    rows = EMBEDDER.embed(body["input"], "passage").tolist()
    data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
    tokens = sum(len(text.split()) for text in body["input"])
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    # Out of order on purpose: a client has to look at the index.
    return {"object": "list", "data": data[::-1], "model": body["model"], "usage": usage}


def _gemini_vectors(body: Any) -> Any:
    texts = [one["content"]["parts"][0]["text"] for one in body["requests"]]
    return {"embeddings": [{"values": row} for row in EMBEDDER.embed(texts, "passage").tolist()]}


def _image(body: Any) -> Any:
    import base64

    return {"created": 0, "data": [{"b64_json": base64.b64encode(IMAGE).decode()}]}


def _tavily(body: Any) -> Any:
    found = [{"title": "Ducks", "content": f"About {body['query']}", "url": "https://ducks.example"}]
    return {"results": found[: body["max_results"]]}


def _google(body: Any) -> Any:
    return {"items": [{"title": "Cats", "snippet": "They sleep", "link": "https://cats.example"}]}


_CHATS = (_openai_chat, _anthropic_chat)
_ANSWERS: dict[str, Any] = {
    "/chat/completions": _openai_chat,
    "/messages": _anthropic_chat,
    "/embeddings": _openai_vectors,
    ":batchEmbedContents": _gemini_vectors,
    "/images/generations": _image,
    "/search": _tavily,
    "/customsearch/v1": _google,
    "/api/public/ingestion": lambda body: {"successes": [], "errors": []},
    "/oauth2/v2.0/token": lambda body: {"access_token": "azure-token", "expires_in": 3600},
}
