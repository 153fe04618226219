"""What all BigQuery tasks share: the client, names of tables, and running a job to its end."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Annotated, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.state import State
from engine.plugin import STATIC, Output, RunContext, StringMap, Text
from engine.plugins.gcp._google import GcpProperties, google, google_errors, reason
from engine.plugins.gcp.bigquery._retry import RetryAuto, is_passing

_EMULATOR = "BIGQUERY_EMULATOR_HOST"
_REASONS = ["rateLimitExceeded", "jobBackendError", "backendError", "internalError", "jobInternalError"]
_MESSAGES = [
    "due to concurrent update",
    "Retrying the job may solve the problem",
    "Retrying may solve the problem",
]
_LABEL_LENGTH = 63


class TableId(Output):
    """A table."""

    project: str
    """Its project."""
    dataset: str
    """Its dataset."""
    table: str
    """Its name."""

    @classmethod
    def of(cls, reference: Any) -> TableId | None:
        """Return a table of the client."""
        if reference is None:
            return None
        return cls(project=reference.project, dataset=reference.dataset_id, table=reference.table_id)


class BigQueryProperties(GcpProperties):
    """A task that works with BigQuery."""

    abstract: ClassVar[bool] = True

    location: Text | None = None
    """Where the data is, like `EU` or `europe-west1`; by default that of the datasets."""
    retry_auto: Annotated[RetryAuto, STATIC] = RetryAuto()
    """When a job that failed for a passing reason is started again."""
    retry_reasons: list[Text] = _REASONS
    """Reasons of BigQuery that count as passing."""
    retry_messages: list[Text] = _MESSAGES
    """Words of an error that count as passing."""

    @contextmanager
    def opened(self, ctx: RunContext, doing: str) -> Iterator[Any]:
        """Give a client that is closed at the end; its errors become a TaskFailure that names `doing`."""
        bigquery = google("google.cloud.bigquery")
        credentials, project = self.identity(_EMULATOR)
        if not project:
            raise TaskFailure(
                "projectId: missing; set it, or give a serviceAccount that belongs to a project"
            )
        client = bigquery.Client(project=project, credentials=credentials, location=self.location)
        with google_errors(doing, ctx), closing(client):
            yield client

    def finished(self, ctx: RunContext, start: Callable[[], Any], wait: Callable[[Any], object]) -> Any:
        """Run a job to its end and return it; start it again while it fails for passing reasons.

        A stop of the task cancels the job.
        """
        failed = google("google.api_core.exceptions").GoogleAPICallError
        began = time.monotonic()
        for attempt in count(1):
            try:
                job = start()
                ctx.debug(f"Job {job.job_id} has started")
                ctx.on_cancel(partial(_cancel, job))
                wait(job)
                return job
            except failed as error:
                again = is_passing(error, self.retry_reasons, self.retry_messages)
                passed = timedelta(seconds=time.monotonic() - began)
                delay = self.retry_auto.wait(attempt, passed) if again else None
                if delay is None or ctx.cancelled.is_set():
                    raise
                self._wait(ctx, delay, reason(error))
        raise AssertionError("unreachable")

    def _wait(self, ctx: RunContext, delay: timedelta, why: str) -> None:
        ctx.warn(f"{why}; next attempt in {delay.total_seconds():g} seconds")
        if self.retry_auto.warning_on_retry:
            ctx.final_state = State.WARNING
        if ctx.cancelled.wait(delay.total_seconds()):
            raise TaskFailure("Stopped while waiting for the next attempt")


def _cancel(job: Any) -> None:
    errors = (google("google.api_core.exceptions").GoogleAPIError, google("requests").RequestException)
    with contextlib.suppress(*errors):  # a job that has just ended, or a service that cannot be reached
        job.cancel(retry=None)


def job_labels(ctx: RunContext, labels: StringMap | None = None) -> dict[str, str]:
    """Return the labels of a job: those given, and for which execution it runs."""
    at = ctx.where
    own = {"namespace": at.namespace, "flow": at.flow_id, "execution": at.execution_id}
    found = {name: re.sub(r"[^\w-]", "-", text).lower()[:_LABEL_LENGTH] for name, text in own.items() if text}
    return {**found, **(labels or {})}


def table_id(text: str, name: str, client: Any) -> dict[str, str]:
    """Read `dataset.table` or `project.dataset.table`; raises TaskFailure that names the property."""
    parts = text.strip().strip("`").split(".")
    if len(parts) not in (2, 3) or not all(parts):
        raise TaskFailure(
            f"{name}: '{text}' is not a table; write it like dataset.table or project.dataset.table"
        )
    project, dataset, table = [client.project, *parts][-3:]
    return {"projectId": project, "datasetId": dataset, "tableId": table}


def table_reference(text: str, name: str, client: Any) -> Any:
    """Return the table of `table_id` as the client takes it."""
    return google("google.cloud.bigquery").TableReference.from_api_repr(table_id(text, name, client))


def dataset_id(text: str, name: str, client: Any) -> dict[str, str]:
    """Read `dataset` or `project.dataset`; raises TaskFailure that names the property."""
    parts = text.strip().strip("`").split(".")
    if len(parts) not in (1, 2) or not all(parts):
        raise TaskFailure(f"{name}: '{text}' is not a dataset; write it like dataset or project.dataset")
    project, dataset = [client.project, *parts][-2:]
    return {"projectId": project, "datasetId": dataset}


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is not None: the service has its own defaults for the rest."""
    return {name: value for name, value in values.items() if value is not None}
