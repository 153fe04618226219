"""BigQuery on this machine: its REST interface over DuckDB, on a thread of this process.

What the tests need, no more: datasets, tables, and query, load, extract and copy jobs. Whatever it cannot do
as the real service does it refuses with a sentence that begins `the emulator`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.emulators.bigquery_job import Job, Jobs
from tests.emulators.bigquery_sql import Refused
from tests.emulators.bigquery_store import Buckets, Store, key_of

_API = "/bigquery/v2/projects/(?P<project>[^/]+)"
_MOST_WAIT_SECONDS = 10.0


class BigQuery:
    """A running emulator, and what tests look at."""

    def __init__(self, buckets: Buckets) -> None:
        self.url = ""
        self._buckets = buckets
        self.tokens: list[dict[str, Any]] = []
        """What service accounts asked for: the claims of the assertions they signed."""
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        old = getattr(self, "store", None)
        if old is not None:
            old.close()
        self.store = Store(self._buckets)
        self.jobs = Jobs(self.store)
        self.tokens.clear()
        self.bearers: set[str] = set()
        """Access tokens that requests came with."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run DuckDB's SQL; tables are `"project"."dataset"."table"`."""
        with self.store.lock:
            return self.store.connection.execute(sql).fetchall()

    def fail_next(self, reason: str, message: str, times: int = 1) -> None:
        """Let the next jobs fail."""
        self.jobs.failures += [Refused(message, reason)] * times

    @property
    def queries(self) -> list[Job]:
        """All query jobs, oldest first."""
        return [job for job in self.jobs.all.values() if "query" in job.configuration]

    # -- resources

    def dataset(self, project: str, dataset: str, **_: Any) -> dict[str, Any]:
        """GET a dataset."""
        return self.store.need_dataset(project, dataset)

    def add_dataset(self, project: str, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """POST a dataset."""
        dataset = body["datasetReference"]["datasetId"]
        if not re.fullmatch(r"\w{1,1024}", dataset):
            raise Refused(f'Invalid dataset ID "{dataset}".', "invalid")
        if (project, dataset) in self.store.datasets:
            raise Refused(f"Already Exists: Dataset {project}:{dataset}", "duplicate", 409)
        resource = {"kind": "bigquery#dataset", "location": "US", "etag": "1", **body}
        self.store.add_dataset(project, dataset, resource)
        return resource

    def change_dataset(self, project: str, dataset: str, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """PATCH a dataset."""
        self.store.need_dataset(project, dataset).update(body)
        return self.store.need_dataset(project, dataset)

    def remove_dataset(self, project: str, dataset: str, query: dict[str, str], **_: Any) -> None:
        """DELETE a dataset."""
        self.store.need_dataset(project, dataset)
        self.store.remove_dataset(project, dataset, contents=query.get("deleteContents") == "true")

    def table(self, project: str, dataset: str, table: str, **_: Any) -> dict[str, Any]:
        """GET a table."""
        return self.store.described((project, dataset, table))

    def add_table(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """POST a table."""
        key = key_of(body["tableReference"])
        self.store.add_table(key, body)
        return self.store.described(key)

    def change_table(
        self, project: str, dataset: str, table: str, body: dict[str, Any], **_: Any
    ) -> dict[str, Any]:
        """PATCH a table."""
        if "schema" in body:
            raise Refused("the emulator cannot change columns", "invalid")
        self.store.need_table((project, dataset, table)).update(body)
        return self.store.described((project, dataset, table))

    def remove_table(self, project: str, dataset: str, table: str, **_: Any) -> None:
        """DELETE a table."""
        self.store.remove_table((project, dataset, table))

    # -- jobs

    def add_job(self, project: str, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """POST a job."""
        job = self.jobs.start(project, body, None)
        if body["configuration"].get("dryRun") and job.error is not None:
            raise job.error
        return job.resource()

    def job(self, job: str, **_: Any) -> dict[str, Any]:
        """GET a job."""
        return self.jobs.need(job).resource()

    def cancel_job(self, job: str, **_: Any) -> dict[str, Any]:
        """POST to the end of a job."""
        self.jobs.cancel(job)
        return {"kind": "bigquery#jobCancelResponse", "job": self.jobs.need(job).resource()}

    def results(self, job: str, query: dict[str, str], **_: Any) -> dict[str, Any]:
        """GET rows of a job; waits for them as long as is asked."""
        found = self.jobs.need(job)
        wait = min(int(query.get("timeoutMs", "10000")) / 1000, _MOST_WAIT_SECONDS)
        if not found.ended.wait(wait):
            return {"jobReference": found.reference, "jobComplete": False}
        return found.page(int(query.get("pageToken") or 0), int(query.get("maxResults") or 10_000))

    def upload(self, project: str, query: dict[str, str], body: Any, **_: Any) -> dict[str, Any]:
        """POST a load job together with its file."""
        metadata, content = body
        return self.jobs.start(project, metadata, content).resource()

    def token(self, body: dict[str, str], **_: Any) -> dict[str, Any]:
        """Give an access token to a service account."""
        claims = body["assertion"].split(".")[1]
        self.tokens.append(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))
        return {"access_token": "emulated-token", "expires_in": 3600, "token_type": "Bearer"}


_DATASET = f"{_API}/datasets/(?P<dataset>[^/]+)"
_TABLE = f"{_DATASET}/tables/(?P<table>[^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("POST", f"{_API}/datasets", BigQuery.add_dataset),
    ("GET", _DATASET, BigQuery.dataset),
    ("PATCH", _DATASET, BigQuery.change_dataset),
    ("DELETE", _DATASET, BigQuery.remove_dataset),
    ("POST", f"{_DATASET}/tables", BigQuery.add_table),
    ("GET", _TABLE, BigQuery.table),
    ("PATCH", _TABLE, BigQuery.change_table),
    ("DELETE", _TABLE, BigQuery.remove_table),
    ("POST", f"{_API}/jobs", BigQuery.add_job),
    ("GET", f"{_API}/jobs/(?P<job>[^/]+)", BigQuery.job),
    ("POST", f"{_API}/jobs/(?P<job>[^/]+)/cancel", BigQuery.cancel_job),
    ("GET", f"{_API}/queries/(?P<job>[^/]+)", BigQuery.results),
    ("POST", f"/upload{_API}/jobs", BigQuery.upload),
    ("POST", "/token", BigQuery.token),
]
_WAITING = (BigQuery.results, BigQuery.cancel_job, BigQuery.add_job, BigQuery.upload, BigQuery.job)
"""Must not hold the lock that a running job holds."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def __init__(self, bigquery: BigQuery, uploads: dict[str, Any], *args: Any) -> None:
        self.bigquery, self.uploads = bigquery, uploads
        super().__init__(*args)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization"):
            self.bigquery.bearers.add(self.headers["Authorization"].removeprefix("Bearer "))
        try:
            if query.get("uploadType") == "resumable" and self.command == "POST":
                upload = str(len(self.uploads))
                self.uploads[upload] = json.loads(content)
                self._send(200, {}, Location=f"{self.bigquery.url}{self.path}&upload_id={upload}")
                return
            self._send(200, self._routed(address.path, query, content))
        except Refused as error:
            told = {"reason": error.reason, "message": str(error)}
            body = {"code": error.status, "message": str(error), "errors": [told]}
            self._send(error.status, {"error": body})

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _answer  # noqa: N815  # names of the base class

    def _routed(self, path: str, query: dict[str, str], content: bytes) -> Any:
        method = "POST" if self.command == "PUT" else self.command
        for wanted, pattern, route in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and wanted == method:
                call = partial(route, self.bigquery, **match.groupdict(), query=query)
                body = self._body(query, content)
                if route in _WAITING:
                    return call(body=body)
                with self.bigquery.store.lock:
                    return call(body=body)
        raise Refused(f"the emulator has no {method} {path}", "notImplemented", 501)

    def _body(self, query: dict[str, str], content: bytes) -> Any:
        kind = self.headers.get("Content-Type") or ""
        if "upload_id" in query:
            return self.uploads.pop(query["upload_id"]), content
        if kind.startswith("multipart/"):
            boundary = kind.partition("boundary=")[2].strip('"').encode()
            _, first, second, _ = content.split(b"--" + boundary)
            parts = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in (first, second)]
            return json.loads(parts[0]), parts[1]
        if kind.startswith("application/x-www-form-urlencoded"):
            return {name: values[0] for name, values in parse_qs(content.decode()).items()}
        return json.loads(content) if content else {}

    def _send(self, status: int, body: Any, **headers: str) -> None:
        content = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve(
    get: Callable[[str], bytes], put: Callable[[str, bytes], None], names: Callable[[str], list[str]]
) -> Iterator[BigQuery]:
    """Run an emulator while the block runs; it reads and writes objects with the functions."""
    bigquery = BigQuery(Buckets(get, put, names))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, bigquery, {}))
    bigquery.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield bigquery
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        bigquery.store.close()
