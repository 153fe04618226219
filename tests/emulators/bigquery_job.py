"""Jobs of the BigQuery emulator: each runs on a thread of its own, one after the other."""

from __future__ import annotations

import gzip
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from tests.emulators.bigquery_sql import Refused, translate
from tests.emulators.bigquery_store import Answer, Store, key_of, literal, quoted
from tests.emulators.bigquery_wire import column_type

_SOON_SECONDS = 1.0
"""How long a job may take to be told as ended at once; longer ones must be asked for."""


class Job:
    """A job and its result."""

    def __init__(self, project: str, body: dict[str, Any], content: bytes | None) -> None:
        given = body.get("jobReference") or {}
        self.reference = {"location": "US", **given, "projectId": project}
        self.reference.setdefault("jobId", uuid4().hex)
        self.configuration = body["configuration"]
        self.content = content
        self.ended = threading.Event()
        self.cancelled = False
        self.error: Refused | None = None
        self.answer = Answer()
        self.statistics: dict[str, Any] = {"creationTime": _now(), "startTime": _now()}
        self.kind = next(name for name in ("query", "load", "extract", "copy") if name in self.configuration)

    @property
    def settings(self) -> dict[str, Any]:
        """What belongs to the kind of job."""
        found: dict[str, Any] = self.configuration[self.kind]
        return found

    @property
    def layout(self) -> dict[str, Any]:
        """Partitions and clusters of the table it makes."""
        names = ("timePartitioning", "rangePartitioning", "clustering")
        return {name: self.settings[name] for name in names if name in self.settings}

    def resource(self) -> dict[str, Any]:
        """Return its REST form."""
        status: dict[str, Any] = {"state": "DONE" if self.ended.is_set() else "RUNNING"}
        if self.ended.is_set() and self.error is not None:
            told = {"reason": self.error.reason, "message": str(self.error)}
            status |= {"errorResult": told, "errors": [told]}
        return {
            "kind": "bigquery#job",
            "jobReference": self.reference,
            "configuration": self.configuration,
            "statistics": self.statistics,
            "status": status,
        }

    def page(self, start: int, size: int) -> dict[str, Any]:
        """Return some of its rows; raises Refused when it has failed."""
        if self.error is not None:
            raise self.error
        end = start + size
        found = {
            "jobReference": self.reference,
            "jobComplete": True,
            "schema": {"fields": self.answer.fields},
            "rows": self.answer.rows[start:end],
            "totalRows": str(len(self.answer.rows)),
        }
        if self.answer.affected is not None:
            found["numDmlAffectedRows"] = str(self.answer.affected)
        return found | ({"pageToken": str(end)} if end < len(self.answer.rows) else {})


class Jobs:
    """All jobs of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.all: dict[str, Job] = {}
        self.failures: list[Refused] = []
        """How the next jobs fail."""

    def need(self, job: str) -> Job:
        """Return a job; raises Refused when there is none."""
        if job not in self.all:
            raise Refused(f"Not found: Job {job}", "notFound", 404)
        return self.all[job]

    def start(self, project: str, body: dict[str, Any], content: bytes | None) -> Job:
        """Start a job, and wait a little for its end."""
        job = Job(project, body, content)
        self.all[job.reference["jobId"]] = job
        threading.Thread(target=self._run, args=(job,), daemon=True).start()
        job.ended.wait(_SOON_SECONDS)
        return job

    def cancel(self, job_id: str) -> None:
        """Stop a job."""
        job = self.need(job_id)
        job.cancelled = True
        self._store.connection.interrupt()
        job.ended.wait(_SOON_SECONDS)

    def _run(self, job: Job) -> None:
        run = {"query": self._query, "load": self._load, "extract": self._extract, "copy": self._copy}
        try:
            with self._store.lock:
                if job.cancelled:
                    raise Refused("Job execution was cancelled", "stopped")
                if self.failures:
                    raise self.failures.pop(0)
                run[job.kind](job)
        except Refused as error:
            job.error = error
        except duckdb.Error as error:
            job.error = Refused(str(error))
        job.statistics["endTime"] = _now()
        job.ended.set()

    def _query(self, job: Job) -> None:
        settings, project = job.settings, job.reference["projectId"]
        if settings.get("useLegacySql"):
            raise Refused("the emulator has no legacy SQL")
        statements = translate(
            settings["query"], project, settings.get("defaultDataset", {}).get("datasetId")
        )
        told: dict[str, Any] = {"totalBytesProcessed": "1024", "totalBytesBilled": "2048", "cacheHit": False}
        told["statementType"] = statements[0].kind if len(statements) == 1 else "SCRIPT"
        job.statistics |= {"query": told, "totalBytesProcessed": "1024"}
        if job.configuration.get("dryRun"):
            for statement in statements:
                job.answer.fields = self._store.check(statement) or job.answer.fields
            return
        target = settings.get("destinationTable")
        if target is not None:
            if len(statements) > 1:
                raise Refused("Cannot set destination table in jobs with scripts", "invalid")
            self._store.refresh(statements[0].reads)
            for key in statements[0].reads:
                self._store.need_table(key)
            job.answer.fields = self._store.check(statements[0])
            source = f"({statements[0].sql})"
            self._store.write(key_of(target), source, settings, "WRITE_EMPTY", job.layout)
            source = quoted(*key_of(target))
            [statement] = translate(f"SELECT * FROM `{'.'.join(key_of(target))}`", project, None)
            job.answer = self._store.run(statement)
            return
        for statement in statements:
            answer = self._store.run(statement)
            if answer.affected is not None:
                told["numDmlAffectedRows"] = str(answer.affected)
            if answer.fields or answer.affected is not None:
                job.answer = answer
        if told["statementType"] == "SELECT":
            anonymous = {"datasetId": "_anonymous", "tableId": f"anon_{job.reference['jobId']}"}
            settings["destinationTable"] = {"projectId": project, **anonymous}

    def _load(self, job: Job) -> None:
        settings, key = job.settings, key_of(job.settings["destinationTable"])
        if settings.get("ignoreUnknownValues") and settings.get("sourceFormat", "CSV") == "CSV":
            raise Refused("the emulator cannot ignore values of CSV without a column", "invalid")
        contents = (
            [job.content] if job.content is not None else self._store.buckets.find(settings["sourceUris"])
        )
        fields = settings.get("schema", {}).get("fields", [])
        columns = {item["name"]: column_type(item) for item in fields}
        known = settings.get("sourceFormat", "CSV") in ("PARQUET",) or settings.get("autodetect")
        if not columns and not known:
            self._store.need_table(key)
            columns = {item["name"]: column_type(item) for item in self._store.fields(key)}
        self._store.need_dataset(*key[:2])
        with self._store.read(contents, settings, columns) as source:
            rows = self._store.write(key, source, settings, "WRITE_APPEND", job.layout)
        size = sum(map(len, contents))
        job.statistics["load"] = {"outputRows": str(rows), "inputFileBytes": str(size), "inputFiles": "1"}

    def _extract(self, job: Job) -> None:
        settings, key = job.settings, key_of(job.settings["sourceTable"])
        self._store.need_table(key)
        self._store.refresh([key])
        kind = settings.get("destinationFormat", "CSV")
        options = {
            "CSV": f"FORMAT csv, HEADER {str(settings.get('printHeader', True)).lower()}, "
            f"DELIMITER {literal(settings.get('fieldDelimiter', ','))}",
            "NEWLINE_DELIMITED_JSON": "FORMAT json",
            "PARQUET": "FORMAT parquet",
        }.get(kind)
        packed = settings.get("compression", "NONE")
        if options is None or packed not in ("NONE", "GZIP"):
            raise Refused(f"the emulator cannot write {kind} with compression {packed}", "invalid")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "file")
            self._store.connection.execute(f"COPY {quoted(*key)} TO {literal(str(path))} ({options})")
            content = path.read_bytes()
        for uri in settings["destinationUris"]:
            address = uri.removeprefix("gs://").replace("*", "0" * 12)
            self._store.buckets.put(address, gzip.compress(content) if packed == "GZIP" else content)
        counts = ["1"] * len(settings["destinationUris"])
        job.statistics["extract"] = {"destinationUriFileCounts": counts}

    def _copy(self, job: Job) -> None:
        settings = job.settings
        keys = [key_of(reference) for reference in settings["sourceTables"]]
        for key in keys:
            self._store.need_table(key)
        source = " UNION ALL ".join(f"FROM {quoted(*key)}" for key in keys)
        self._store.write(key_of(settings["destinationTable"]), f"({source})", settings, "WRITE_EMPTY", {})


def _now() -> str:
    return str(time.time_ns() // 1_000_000)
