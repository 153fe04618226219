"""Addresses to draft flows against: files, an API, a service that fails at first, a hook that remembers."""

from __future__ import annotations

import gzip
import json
from contextlib import AbstractContextManager

from copilot.evaluate import ground as evaluation
from copilot.evaluate.ground import Ground
from engine.model.json import Json

PRODUCTS = [
    {"title": "Lamp", "brand": "Lux", "price": 30.5, "rating": 4.9, "reviews": ["good"]},
    {"title": "Desk", "brand": "Oak", "price": 250, "rating": 4.1, "reviews": []},
    {"title": "Chair", "brand": "Oak", "price": 80, "rating": 4.6, "reviews": ["ok", "fine"]},
]
USERS = [
    {"name": "Ann", "age": 41, "email": "ann@example.com"},
    {"name": "Bob", "age": 25, "email": "bob@example.com"},
    {"name": "Cem", "age": 35, "email": None},
    {"name": "Ann B.", "age": 52, "email": "ann@example.com"},
]
ORDERS = """order_id,customer_id,country,amount
1,10,DE,20.5
2,11,FR,100
3,10,DE,7
4,12,FR,1
"""
CUSTOMERS = "customer_id,customer\n10,Ann\n11,Bob\n12,Cem\n"
SALES = "day,pieces\n{month}-01,3\n{month}-02,4\n"
FAILURES = 2
"""How often `/flaky.csv` answers 503 before it answers."""


def answer(path: str, query: dict[str, list[str]], times: int) -> tuple[int, bytes]:
    """Return the status and the content of an address asked for the nth time."""
    if path == "/flaky.csv":
        return (503, b"") if times <= FAILURES else (200, ORDERS.encode())
    if path == "/weather":
        return 200, _json({"city": query["city"][0], "temperature": len(query["city"][0])})
    if path.startswith("/sales-"):
        return 200, SALES.format(month=path.removeprefix("/sales-").removesuffix(".csv")).encode()
    files: dict[str, bytes] = {
        "/products.json": _json({"products": PRODUCTS, "total": len(PRODUCTS)}),
        "/users.json": _json(USERS),
        "/orders.csv": ORDERS.encode(),
        "/orders.csv.gz": gzip.compress(ORDERS.encode()),
        "/customers.csv": CUSTOMERS.encode(),
        "/status": _json({"state": "fine", "version": 7}),
    }
    return (200, files[path]) if path in files else (404, b"nothing here")


def serve() -> AbstractContextManager[Ground]:
    """Serve on a free port of this machine."""
    return evaluation.serve(answer)


def _json(value: Json) -> bytes:
    return json.dumps(value).encode()
