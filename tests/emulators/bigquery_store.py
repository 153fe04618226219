"""Datasets, tables and rows of the BigQuery emulator: one DuckDB in memory, and what it cannot keep."""

from __future__ import annotations

import fnmatch
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from tests.emulators.bigquery_sql import External, Refused, Statement, TableKey, translate
from tests.emulators.bigquery_wire import column_type, field_of, row


def quoted(*names: str) -> str:
    """Return a name for DuckDB."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """Return a text for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def key_of(reference: dict[str, str]) -> TableKey:
    """Return the key of a table reference."""
    return reference["projectId"], reference["datasetId"], reference["tableId"]


@dataclass
class Buckets:
    """Google Cloud Storage: read, write and list objects, `bucket/path`."""

    get: Callable[[str], bytes]
    put: Callable[[str, bytes], None]
    names: Callable[[str], list[str]]

    def find(self, uris: Sequence[str]) -> list[bytes]:
        """Return the contents of all objects that match; raises Refused when an address matches none."""
        found = []
        for uri in uris:
            bucket, _, pattern = uri.removeprefix("gs://").partition("/")
            try:
                names = [name for name in self.names(bucket) if fnmatch.fnmatchcase(name, pattern)]
            except Exception as error:
                raise Refused(f"Not found: Bucket {bucket}", "notFound", 404) from error
            if not names:
                raise Refused(f"Not found: URI {uri}", "notFound", 404)
            found += [self.get(f"{bucket}/{name}") for name in names]
        return found


@dataclass
class Answer:
    """What a statement gave."""

    fields: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    affected: int | None = None


class Store:
    """All data. One statement runs at a time; `interrupt` stops it from another thread."""

    def __init__(self, buckets: Buckets) -> None:
        self.buckets = buckets
        self.lock = threading.RLock()
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.projects: set[str] = set()
        self.datasets: dict[tuple[str, str], dict[str, Any]] = {}
        self.tables: dict[TableKey, dict[str, Any]] = {}
        """What DuckDB does not keep of a table: description, labels, layout, required columns."""
        self.externals: dict[TableKey, External] = {}

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    # -- datasets and tables

    def add_dataset(self, project: str, dataset: str, resource: dict[str, Any]) -> None:
        """Make a dataset."""
        if project not in self.projects:
            self.connection.execute(f"ATTACH ':memory:' AS {quoted(project)}")
            self.projects.add(project)
        self.connection.execute(f"CREATE SCHEMA {quoted(project, dataset)}")
        self.datasets[project, dataset] = resource

    def remove_dataset(self, project: str, dataset: str, *, contents: bool) -> None:
        """Remove a dataset; raises Refused when there is something in it and `contents` is false."""
        inside = [key for key in self.tables if key[:2] == (project, dataset)]
        if inside and not contents:
            raise Refused(f"Dataset {project}:{dataset} is still in use", "resourceInUse")
        self.connection.execute(f"DROP SCHEMA {quoted(project, dataset)} CASCADE")
        del self.datasets[project, dataset]
        for key in inside:
            self._forget(key)

    def need_dataset(self, project: str, dataset: str) -> dict[str, Any]:
        """Return a dataset; raises Refused when there is none."""
        if (project, dataset) not in self.datasets:
            raise Refused(f"Not found: Dataset {project}:{dataset}", "notFound", 404)
        return self.datasets[project, dataset]

    def need_table(self, key: TableKey) -> dict[str, Any]:
        """Return what is kept of a table; raises Refused when there is none."""
        self.need_dataset(*key[:2])
        if key not in self.tables:
            raise Refused(f"Not found: Table {key[0]}:{key[1]}.{key[2]}", "notFound", 404)
        return self.tables[key]

    def add_table(self, key: TableKey, resource: dict[str, Any]) -> None:
        """Make a table from its REST form."""
        self.need_dataset(*key[:2])
        if key in self.tables:
            raise Refused(f"Already Exists: Table {key[0]}:{key[1]}.{key[2]}", "duplicate", 409)
        fields = resource.get("schema", {}).get("fields", [])
        columns = {item["name"]: column_type(item) for item in fields}
        if "view" in resource:
            [view] = translate(f"CREATE VIEW `{'.'.join(key)}` AS {resource['view']['query']}", key[0], None)
            self.run(view)
        elif "externalDataConfiguration" in resource:
            self.externals[key] = External(resource["externalDataConfiguration"], columns)
        elif columns:
            listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
            self.connection.execute(f"CREATE TABLE {quoted(*key)} ({listed})")
        else:
            raise Refused("the emulator cannot make a table without columns", "invalid")
        self._remember(key, resource)

    def remove_table(self, key: TableKey) -> None:
        """Remove a table."""
        kept = self.need_table(key)
        kind = "VIEW" if "view" in kept else "TABLE"
        self.connection.execute(f"DROP {kind} IF EXISTS {quoted(*key)}")
        self._forget(key)

    def described(self, key: TableKey) -> dict[str, Any]:
        """Return the REST form of a table."""
        kept = self.need_table(key)
        self.refresh([key])
        counted = self.connection.execute(f"SELECT count(*) FROM {quoted(*key)}").fetchone()
        assert counted is not None
        given = {item["name"]: item for item in kept.get("schema", {}).get("fields", [])}
        fields = [{**item, **_told(given.get(item["name"], {}))} for item in self.fields(key)]
        kind = "VIEW" if "view" in kept else "EXTERNAL" if key in self.externals else "TABLE"
        return {
            "kind": "bigquery#table",
            "type": kind,
            "location": self.datasets[key[:2]].get("location", "US"),
            "numRows": str(counted[0]),
            "numBytes": "0",
            **kept,
            "schema": {"fields": fields},
        }

    def fields(self, key: TableKey) -> list[dict[str, Any]]:
        """Return the columns of a table."""
        description = self.connection.execute(f"SELECT * FROM {quoted(*key)} LIMIT 0").description or []
        return [field_of(name, kind) for name, kind, *_ in description]

    def _remember(self, key: TableKey, resource: dict[str, Any]) -> None:
        moment = str(time.time_ns() // 1_000_000)
        reference = {"projectId": key[0], "datasetId": key[1], "tableId": key[2]}
        made = {"tableReference": reference, "creationTime": moment, "lastModifiedTime": moment}
        self.tables[key] = {"etag": f"etag-{time.time_ns()}", **made, **resource}

    def _forget(self, key: TableKey) -> None:
        self.tables.pop(key, None)
        self.externals.pop(key, None)

    # -- statements

    def run(self, statement: Statement) -> Answer:
        """Run a statement; raises Refused with the database's words."""
        target = statement.target
        for key in statement.reads:
            self.need_table(key)
        if target is not None and statement.kind.startswith("CREATE"):
            self.need_dataset(*target[:2])
            if target in self.tables and statement.if_not_exists:
                return Answer()
            if target in self.tables and not statement.replace:
                raise Refused(f"Already Exists: Table {'.'.join(target)}", "duplicate", 409)
        if target is not None and statement.kind.startswith("DROP"):
            if target not in self.tables and "IF EXISTS" in statement.sql:
                return Answer()
            self.remove_table(target)
            return Answer()
        if statement.external is not None and target is not None:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(*target)}")
            self.externals[target] = statement.external
            configuration = {"externalDataConfiguration": statement.external.configuration}
            self._remember(target, configuration)
            return Answer()
        self.refresh(statement.reads)
        answer = self._execute(statement.sql)
        if target is not None:
            view = {"view": {"query": statement.sql}} if statement.kind == "CREATE_VIEW" else {}
            self._remember(target, {**statement.layout, **view})
            return Answer()
        if statement.kind in ("INSERT", "UPDATE", "DELETE", "MERGE"):
            return Answer(affected=int(answer.rows[0]["f"][0]["v"]))
        return answer

    def check(self, statement: Statement) -> list[dict[str, Any]]:
        """Look at a statement without running it and return the columns of its result."""
        for key in statement.reads:
            self.need_table(key)
        self.refresh(statement.reads)
        if statement.kind.startswith(("CREATE", "DROP")):
            return []
        self._execute(f"EXPLAIN {statement.sql}")
        if statement.kind in ("INSERT", "UPDATE", "DELETE", "MERGE"):
            return []
        return self._execute(f"SELECT * FROM ({statement.sql}) LIMIT 0").fields

    def _execute(self, sql: str) -> Answer:
        try:
            found = self.connection.execute(sql)
            fields = [field_of(name, kind) for name, kind, *_ in found.description or []]
            return Answer(fields, [row(values, fields) for values in found.fetchall()])
        except duckdb.InterruptException as error:
            raise Refused("Job execution was cancelled: User requested cancellation", "stopped") from error
        except duckdb.Error as error:
            raise Refused(str(error)) from error

    # -- files

    def refresh(self, keys: Sequence[TableKey]) -> None:
        """Read the files of external tables again: their rows are what the files hold now."""
        for key in keys:
            if key in self.externals:
                external = self.externals[key]
                options = {**external.configuration.get("csvOptions", {}), **external.configuration}
                with self.read(self.buckets.find(options["sourceUris"]), options, external.columns) as source:
                    self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(*key)} AS FROM {source}")

    @contextmanager
    def read(
        self, contents: Sequence[bytes], options: dict[str, Any], columns: dict[str, str]
    ) -> Iterator[str]:
        """Give DuckDB's table function for files; `columns` is empty to find them out."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, content in enumerate(contents):
                suffix = ".gz" if content.startswith(b"\x1f\x8b") else ""
                paths.append(Path(folder, f"{number}.file{suffix}"))
                paths[-1].write_bytes(content)
            listed = "[" + ", ".join(literal(str(path)) for path in paths) + "]"
            try:
                yield _reader(listed, options, columns)
            except duckdb.Error as error:
                raise Refused(f"Error while reading data: {error}", "invalid") from error

    def write(
        self, key: TableKey, source: str, settings: dict[str, Any], default: str, layout: dict[str, Any]
    ) -> int:
        """Write the rows of `FROM source` as the dispositions say; return how many."""
        self.need_dataset(*key[:2])
        exists = key in self.tables
        mode = settings.get("writeDisposition", default)
        if not exists and settings.get("createDisposition") == "CREATE_NEVER":
            self.need_table(key)
        if exists and mode == "WRITE_EMPTY" and self._count(f"FROM {quoted(*key)}"):
            raise Refused(f"Already Exists: Table {'.'.join(key)}", "duplicate", 409)
        try:
            rows = self._count(f"FROM {source}")
            if not exists or mode != "WRITE_APPEND":
                self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(*key)} AS FROM {source}")
                self._remember(key, {**layout, **({} if not exists else self.tables[key])})
            else:
                self._widen(key, source, settings.get("schemaUpdateOptions") or [])
                self.connection.execute(f"INSERT INTO {quoted(*key)} BY NAME FROM {source}")
        except duckdb.Error as error:
            raise Refused(str(error), "invalid") from error
        return rows

    def _widen(self, key: TableKey, source: str, options: Sequence[str]) -> None:
        has = {item["name"].lower() for item in self.fields(key)}
        description = self.connection.execute(f"FROM {source} LIMIT 0").description or []
        for name, kind, *_ in description:
            if name.lower() in has:
                continue
            if "ALLOW_FIELD_ADDITION" not in options:
                raise Refused(
                    f"Provided Schema does not match Table {'.'.join(key)}. Cannot add fields (field: {name})",
                    "invalid",
                )
            self.connection.execute(f"ALTER TABLE {quoted(*key)} ADD COLUMN {quoted(name)} {kind}")

    def _count(self, source: str) -> int:
        found = self.connection.execute(f"SELECT count(*) {source}").fetchone()
        assert found is not None
        return int(found[0])


def _told(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("mode", "description") if name in given}


def _reader(paths: str, options: dict[str, Any], columns: dict[str, str]) -> str:
    kind = options.get("sourceFormat", "CSV")
    if options.get("encoding", "UTF-8") not in ("UTF-8", "UTF8"):
        raise Refused(f"the emulator cannot read {options['encoding']}", "invalid")
    if kind == "PARQUET":
        return f"read_parquet({paths})"
    described = "{" + ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items()) + "}"
    if kind == "NEWLINE_DELIMITED_JSON":
        given = f", columns = {described}" if columns else ""
        return f"read_json({paths}, format = 'newline_delimited'{given})"
    if kind != "CSV":
        raise Refused(f"the emulator cannot read {kind}", "invalid")
    skip = int(options.get("skipLeadingRows") or 0)
    arguments = [paths, f"delim = {literal(options.get('fieldDelimiter') or ',')}"]
    if columns:
        texts = [literal(name) for name, type_ in columns.items() if type_ in ("VARCHAR", "TEXT")]
        arguments += [f"columns = {described}", "header = false", f"skip = {skip}", "auto_detect = false"]
        # In BigQuery an empty field of a text column is an empty text, of any other column NULL.
        if not options.get("allowJaggedRows"):
            arguments.append(f"force_not_null = [{', '.join(texts)}]")
    elif skip:
        arguments += ["header = true", f"skip = {skip - 1}"]
    if options.get("quote") is not None:
        arguments.append(f"quote = {literal(options['quote'])}")
    if options.get("allowJaggedRows"):
        arguments.append("null_padding = true")
    if options.get("maxBadRecords"):
        arguments.append("ignore_errors = true")
    return f"read_csv({', '.join(arguments)})"
