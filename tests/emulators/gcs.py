"""Google Cloud Storage on this machine: gcp-storage-emulator, in memory, on a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from gcp_storage_emulator.handlers import buckets, objects
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage


@dataclass
class Gcs:
    """A running emulator. Tests look into `storage` and need no client for that."""

    url: str
    storage: Storage
    tokens: set[str] = field(default_factory=set)
    """Access tokens that requests came with."""

    def put(self, address: str, content: bytes) -> None:
        """Write `bucket/path`; the bucket must exist."""
        bucket, _, path = address.partition("/")
        make, size = objects._make_object_resource, str(len(content))
        resource = make(self.url, bucket, path, "application/octet-stream", size)
        self.storage.create_file(bucket, path, content, objects._checksums(content, resource))

    def get(self, address: str) -> bytes:
        """Read `bucket/path`."""
        bucket, _, path = address.partition("/")
        content = self.storage.get_file(bucket, path)
        return content if isinstance(content, bytes) else content.encode()

    def names(self, bucket: str) -> list[str]:
        """Return the names of the objects of a bucket."""
        return sorted(item["name"] for item in self.storage.get_file_list(bucket)[0])


class Handler(RequestHandler):
    """The emulator's own, but a new bucket keeps the settings it is made with, as in the real service."""

    def __init__(self, gcs: Gcs, *args: Any) -> None:
        self.gcs = gcs
        super().__init__(gcs.storage, *args)

    def parse_request(self) -> bool:
        """Note the access token of the request."""
        parsed = super().parse_request()
        if parsed and self.headers.get("Authorization"):
            self.gcs.tokens.add(self.headers["Authorization"].removeprefix("Bearer "))
        return parsed


def _insert(request: Any, response: Any, storage: Storage, *args: Any) -> None:
    buckets.insert(request, response, storage, *args)
    if response.status == 200:
        name = request.data["name"]
        storage.create_bucket(name, {**storage.get_bucket(name), **request.data})
        response.json(storage.get_bucket(name))


def _cancel(request: Any, response: Any, storage: Storage, *args: Any) -> None:
    """Answer to a resumable upload that is given up, as the real service does."""
    response.status = SimpleNamespace(value=499, phrase="Client Closed Request")


@contextmanager
def serve() -> Iterator[Gcs]:
    """Run an emulator while the block runs."""
    from gcp_storage_emulator import server as module

    for _, methods in module.HANDLERS:
        if methods.get("POST") is buckets.insert:
            methods["POST"] = _insert
        if methods.get("PUT") is objects.upload_partial:
            methods["DELETE"] = _cancel
    gcs = Gcs("", Storage(use_memory_fs=True))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, gcs))
    gcs.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gcs
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
