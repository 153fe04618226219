"""What the drafted flows talk to while they are judged: one HTTP server on loopback."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from engine.model.json import Json

FAILURES = 2
"""How often `/flaky.csv` and `/flaky.json` answer 503 before they answer."""

_PRODUCTS: list[Json] = [
    {
        "id": 1,
        "title": "Lamp",
        "brand": "Lux",
        "category": "light",
        "price": 30.5,
        "rating": 4.9,
        "stock": 12,
    },
    {"id": 2, "title": "Desk", "brand": "Oak", "category": "office", "price": 250, "rating": 4.1, "stock": 0},
    {"id": 3, "title": "Chair", "brand": "Oak", "category": "office", "price": 80, "rating": 4.6, "stock": 7},
    {"id": 4, "title": "Pen", "brand": "Ink", "category": "office", "price": 2, "rating": 3.2, "stock": 900},
]
_USERS: list[Json] = [
    {"id": 1, "name": "Ann", "age": 41, "city": "Oslo", "email": "ann@example.com", "active": True},
    {"id": 2, "name": "Bob", "age": 25, "city": "Rome", "email": "bob@example.com", "active": False},
    {"id": 3, "name": "Cem", "age": 35, "city": "Oslo", "email": None, "active": True},
    {"id": 4, "name": "Ann", "age": 52, "city": "Bonn", "email": "ann@example.com", "active": True},
]
_ORDERS = """order_id,customer_id,country,status,amount
1,10,DE,paid,20.5
2,11,FR,open,100
3,10,DE,paid,7
4,12,FR,paid,1
5,13,IT,cancelled,55
"""
_CUSTOMERS = "customer_id,customer\n10,Ann\n11,Bob\n12,Cem\n13,Dan\n"
_TRIPS = "trip_id,vendor,distance,fare\n1,A,3.5,12\n2,B,1.0,6\n3,A,10.0,30\n4,A,0.5,4\n"


@dataclass
class Ground:
    """A running server: where it is, how often each path was asked for, and what was posted."""

    url: str
    asked: Counter[str] = field(default_factory=Counter)
    posted: list[str] = field(default_factory=list)


Answer = Callable[[str, dict[str, list[str]], int], tuple[int, bytes]]
"""Path, query and how often it was asked for before now, to status and content."""


def answer(path: str, query: dict[str, list[str]], times: int) -> tuple[int, bytes]:
    """Return the status and the content of an address asked for the nth time."""
    if path.startswith("/flaky"):
        good = _ORDERS.encode() if path.endswith(".csv") else _json(_PRODUCTS)
        return (503, b"busy") if times <= FAILURES else (200, good)
    if path.startswith("/sales"):
        return 200, b"day,pieces\nmon,3\ntue,4\n"
    if path == "/weather":
        city = query.get("city", ["nowhere"])[0]
        return 200, _json({"city": city, "temperature": len(city)})
    files: dict[str, bytes] = {
        "/products.json": _json(_PRODUCTS),
        "/products": _json({"products": _PRODUCTS, "total": len(_PRODUCTS)}),
        "/users.json": _json(_USERS),
        "/orders.csv": _ORDERS.encode(),
        "/orders.csv.gz": gzip.compress(_ORDERS.encode()),
        "/customers.csv": _CUSTOMERS.encode(),
        "/trips.csv": _TRIPS.encode(),
        "/status": _json({"state": "fine", "version": 7}),
        "/health": _json({"status": "ok"}),
        "/rate": _json({"base": "EUR", "usd": 1.1}),
        "/text.txt": b"one two three\n",
    }
    return (200, files[path]) if path in files else (404, b"nothing here")


@contextmanager
def serve(answer: Answer = answer) -> Iterator[Ground]:
    """Serve on a free loopback port until the block ends."""
    ground = Ground("")

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            ground.asked[self.path] += 1
            self._send(*answer(parts.path, parse_qs(parts.query), ground.asked[self.path]))

        def do_POST(self) -> None:
            ground.posted.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
            self._send(201, b"{}")

        def do_PUT(self) -> None:
            self.do_POST()

        def do_DELETE(self) -> None:
            self.do_GET()

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    ground.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield ground
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _json(value: Json) -> bytes:
    return json.dumps(value).encode()
