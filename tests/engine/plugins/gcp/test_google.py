"""Who Google Cloud tasks are, what they say when they cannot be anybody, and that their examples are valid."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.plugin import Plugin, Task, Trigger
from engine.plugin.task import Example
from engine.plugins.gcp.bigquery._cells import interval_text, json_row
from engine.plugins.gcp.bigquery._retry import RetryAuto
from engine.validation.check import check
from tests.emulators.google import PROJECT, Google
from tests.engine.plugins.conftest import MakeContext, make_plugin, registry

PREFIX = "io.kestra.plugin."
TYPES = [name for name in registry().types(Plugin) if name.startswith(f"{PREFIX}gcp.")]


def test_a_service_account_logs_in(google: Google, make_context: MakeContext) -> None:
    ctx = make_context()
    account = {"serviceAccount": google.service_account}
    make_plugin(ctx, "gcp.gcs.CreateBucket", name="data", **account).run(ctx)
    made = make_plugin(ctx, "gcp.bigquery.CreateDataset", name="sales", **account).run(ctx)
    assert made.project == PROJECT
    assert google.gcs.tokens == google.bigquery.bearers == {"emulated-token"}
    for claims in google.bigquery.tokens:
        assert claims["iss"] == f"loader@{PROJECT}.iam.gserviceaccount.com"
        assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"


def test_nobody_logs_in_to_an_emulator_without_a_key(google: Google, make_context: MakeContext) -> None:
    ctx = make_context()
    make_plugin(ctx, "gcp.gcs.CreateBucket", name="data").run(ctx)
    make_plugin(ctx, "gcp.bigquery.CreateDataset", name="sales", projectId=PROJECT).run(ctx)
    assert (google.gcs.tokens, google.bigquery.bearers, google.bigquery.tokens) == (set(), set(), [])


def test_a_query_needs_a_project(google: Google, make_context: MakeContext) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="projectId: missing"):
        make_plugin(ctx, "gcp.bigquery.Query", sql="SELECT 1").run(ctx)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("{nonsense", "it is no JSON"),
        ("[]", "TypeError|AttributeError|Service account info"),
        ('{"type": "service_account", "private_key": "hush-hush"}', "missing fields"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_it(
    google: Google, make_context: MakeContext, key: str, said: str
) -> None:
    ctx = make_context()
    task = make_plugin(ctx, "gcp.gcs.List", **{"from": "gs://data"}, serviceAccount=key)
    with pytest.raises(TaskFailure, match=f"serviceAccount: not the JSON text.*({said})") as failure:
        task.run(ctx)
    assert "hush" not in str(failure.value)


def test_a_machine_without_credentials_is_told_what_to_do(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    ctx = make_context()
    with pytest.raises(TaskFailure, match="this machine has no Google credentials of its own"):
        make_plugin(ctx, "gcp.gcs.List", **{"from": "gs://data"}).run(ctx)


def test_another_account_can_be_acted_as(google: Google, make_context: MakeContext) -> None:
    other = "other@project.iam.gserviceaccount.com"
    given = {"serviceAccount": google.service_account, "impersonatedServiceAccount": other, "scopes": ["a"]}
    task = make_plugin(make_context(), "gcp.gcs.List", **{"from": "gs://data"}, **given)
    credentials, project = task.identity("STORAGE_EMULATOR_HOST")
    assert (credentials.service_account_email, project) == (other, PROJECT)


@pytest.mark.parametrize(
    ("type_id", "module", "given"),
    [
        ("gcp.gcs.List", "google.cloud.storage", {"from": "gs://data"}),
        ("gcp.bigquery.Query", "google.cloud.bigquery", {"sql": "SELECT 1", "projectId": "p"}),
    ],
)
def test_a_missing_package_is_named_with_the_cure(
    make_context: MakeContext,
    monkeypatch: pytest.MonkeyPatch,
    type_id: str,
    module: str,
    given: dict[str, str],
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    ctx = make_context()
    with pytest.raises(TaskFailure, match=rf"{module}\).*run: pip install 'flowsmith\[gcp\]'"):
        make_plugin(ctx, type_id, **given).run(ctx)


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        (RetryAuto(), [5, 10, 20, 40, 80, 160, 320, None]),
        (RetryAuto(max_duration=None, max_interval=timedelta(seconds=30)), [5, 10, 20, 30, 30, 30, 30, 30, 30, None]),
        (RetryAuto(type="constant", max_attempts=3), [5, 5, None]),
        (RetryAuto(type="random", max_interval=timedelta(seconds=5), max_attempts=2), [5, None]),
    ],
)  # fmt: skip
def test_waits_grow_until_it_is_given_up(retry: RetryAuto, waits: list[float | None]) -> None:
    passed, found = timedelta(0), []
    for attempt in range(1, len(waits) + 1):
        wait = retry.wait(attempt, passed)
        found.append(wait and wait.total_seconds())
        passed += wait or timedelta(0)
    assert found == waits


def _interval(**parts: int) -> SimpleNamespace:
    names = ("years", "months", "days", "hours", "minutes", "seconds", "microseconds")
    return SimpleNamespace(**{name: parts.get(name, 0) for name in names})


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("BIGNUMERIC", Decimal("123456789012345678901.5"), "123456789012345678901.5"),
        ("GEOGRAPHY", "POINT(-122.35 47.62)", [-122.35, 47.62]),
        ("GEOGRAPHY", "LINESTRING(1 1, 2 2)", "LINESTRING(1 1, 2 2)"),
        ("INTERVAL", _interval(years=1, months=2, days=3, hours=4), "1-2 3 4:0:0"),
        ("RANGE", {"start": None, "end": None}, {"start": None, "end": None}),
        ("FLOAT", float("inf"), "inf"),
    ],
)
def test_rare_cells_become_json(kind: str, value: Any, expected: Any) -> None:
    field = SimpleNamespace(name="x", field_type=kind, mode="NULLABLE", fields=())
    assert json_row({"x": value}, [field]) == {"x": expected}


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "0-0 0 0:0:0"),
        ({"months": -14, "days": -3}, "-1-2 -3 0:0:0"),
        ({"hours": -1, "minutes": -30}, "0-0 0 -1:30:0"),
        ({"seconds": 61, "microseconds": 5}, "0-0 0 0:1:1.000005"),
    ],
)
def test_intervals_are_written_as_bigquery_does(parts: dict[str, int], text: str) -> None:
    assert interval_text(_interval(**parts)) == text


def test_defaults_for_all_of_google_cloud_reach_the_types_that_have_them() -> None:
    flow = """\
id: defaults
namespace: company.team
tasks:
  - id: upload
    type: io.kestra.plugin.gcp.gcs.Upload
    from: kestra:///company/team/x
    to: gs://data/x
  - id: query
    type: io.kestra.plugin.gcp.bigquery.Query
    sql: SELECT 1
pluginDefaults:
  - type: io.kestra.plugin.gcp
    values: {projectId: p, location: EU, bucket: data}
"""
    checked = check(flow, registry())
    assert checked.flow is not None
    assert [finding.code for finding in checked.findings] == ["unused-default"]
    upload, query = (task.properties for task in checked.flow.tasks)
    assert (upload["projectId"], "location" in upload, "bucket" in upload) == ("p", False, False)
    assert (query["projectId"], query["location"], "bucket" in query) == ("p", "EU", False)
    misspelt = check(flow.replace("location:", "locatoin:"), registry())
    assert [finding.code for finding in misspelt.findings if finding.blocking] == ["unknown-property"]


def examples() -> Iterator[tuple[str, Example]]:
    for name in TYPES:
        for number, example in enumerate(getattr(registry().resolve(name), "examples", ())):
            yield f"{name.removeprefix(PREFIX)}-{number}", example


EXAMPLES = dict(examples())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_and_shows_its_type(name: str) -> None:
    checked = check(EXAMPLES[name].yaml, registry())
    assert [finding.text for finding in checked.findings] == []
    assert f"type: {PREFIX}{name.rpartition('-')[0]}\n" in EXAMPLES[name].yaml


@pytest.mark.parametrize("type_id", TYPES)
def test_everything_is_documented(type_id: str) -> None:
    plugin: Any = registry().resolve(type_id)
    assert plugin.__doc__ and plugin.__doc__ != Plugin.__doc__
    undocumented = [name for name, field in plugin.model_fields.items() if not field.description]
    if issubclass(plugin, Task | Trigger):
        undocumented += [name for name, field in plugin.gives.model_fields.items() if not field.description]
        assert plugin.examples
    assert undocumented == []
