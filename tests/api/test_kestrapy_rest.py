"""The published SDK, the other calls of normal use: bulk actions, triggers, files, icons."""

from __future__ import annotations

import zipfile
from io import BytesIO

import httpx
import pytest

kestrapy = pytest.importorskip("kestrapy", reason="the SDK is a development dependency")

from kestrapy import KestraClient, QueryFilter, QueryFilterField, QueryFilterOp  # noqa: E402
from kestrapy.exceptions import ConflictException, NotFoundException  # noqa: E402
from kestrapy.models.execution_controller_state_request import ExecutionControllerStateRequest  # noqa: E402
from kestrapy.models.id_with_namespace import IdWithNamespace  # noqa: E402
from kestrapy.models.label import Label  # noqa: E402
from kestrapy.models.state_type import StateType  # noqa: E402

from tests.api.conftest import yaml_flow  # noqa: E402
from tests.api.waiting import until  # noqa: E402

T, N = "main", "rest"

FLOWS = {
    "plain": "  - {id: one, type: io.kestra.plugin.core.debug.Return, format: hi}\n",
    "fails": "  - {id: one, type: io.kestra.plugin.core.execution.Fail}\n",
    "slow": "  - {id: one, type: io.kestra.plugin.core.flow.Sleep, duration: PT1H}\n",
    "asks": "  - {id: one, type: io.kestra.plugin.core.flow.Pause}\n",
    "hooked": "  - {id: one, type: io.kestra.plugin.core.debug.Return, format: hi}\n"
    "triggers:\n  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: opensesame}\n",
    "timed": "  - {id: one, type: io.kestra.plugin.core.debug.Return, format: hi}\n"
    "triggers:\n  - {id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: '0 3 * * *', disabled: false}\n",
    "one-at-a-time": "  - {id: one, type: io.kestra.plugin.core.flow.Sleep, duration: PT1H}\n"
    "concurrency: {limit: 1, behavior: QUEUE}\n",
    "files": '  - {id: write, type: io.kestra.plugin.core.storage.Write, content: "a,b\\n1,2\\n", extension: .csv}\n'
    "  - {id: count, type: io.kestra.plugin.core.metric.Publish, "
    "metrics: [{type: counter, name: rows, value: 1}]}\n",
}


@pytest.fixture(scope="module")
def kestra(server: httpx.Client) -> KestraClient:
    client = KestraClient(host=str(server.base_url).rstrip("/"), timeout=30)
    for name, tasks in FLOWS.items():
        client.flows.create_flow(tenant=T, body=f"id: {name}\nnamespace: {N}\ntasks:\n{tasks}")
    return client


def begin(kestra: KestraClient, flow: str, *, wait: bool = False) -> str:
    made = kestra.executions.create_execution(tenant=T, namespace=N, id=flow, wait=wait)
    return str(made.id)


def in_state(flow: str, state: str) -> list[QueryFilter]:
    """Return the filters of a flow's executions in a state."""
    states = QueryFilter(field=QueryFilterField.STATE, operation=QueryFilterOp.IN, value=[state])
    return [*is_("FLOW_ID", flow), states]


def is_(field: str, value: object) -> list[QueryFilter]:
    return [QueryFilter(field=QueryFilterField[field], operation=QueryFilterOp.EQUALS, value=value)]


def reached(kestra: KestraClient, execution_id: str, state: str) -> object:
    """Wait until an execution is in a state."""

    def look() -> object | None:
        one = kestra.executions.execution(execution_id=execution_id, tenant=T)
        return one if one.state.current == state else None

    return until(look)


def count_of(answer: object) -> int:
    """Return how many an answer says were changed; bulk calls answer maps or models."""
    told = answer if isinstance(answer, dict) else answer.to_dict()  # type: ignore[attr-defined]
    return int(told.get("count", told.get("totalItems")))


# -- flows


def test_flows_by_query_and_by_ids(kestra: KestraClient) -> None:
    flows = kestra.flows
    for name in ("many-a", "many-b"):
        flows.create_flow(tenant=T, body=yaml_flow(name).replace("namespace: demo", f"namespace: {N}.sub"))
    sub = is_("NAMESPACE", f"{N}.sub")
    assert count_of(flows.disable_flows_by_query(tenant=T, filters=sub)) == 2
    assert flows.flow(namespace=f"{N}.sub", id="many-a", tenant=T).disabled is True
    ids = [IdWithNamespace(namespace=f"{N}.sub", id=one) for one in ("many-a", "many-b")]
    assert count_of(flows.enable_flows_by_ids(tenant=T, ids=ids)) == 2
    with zipfile.ZipFile(BytesIO(flows.export_flows_by_query(tenant=T, filters=sub))) as archive:
        assert len(archive.namelist()) == 2
    assert flows.list_deprecated(tenant=T, namespace=f"{N}.sub") == []


def test_revisions_are_deleted(kestra: KestraClient) -> None:
    flows = kestra.flows
    for message in "ab":
        text = yaml_flow("revised", message).replace("namespace: demo", f"namespace: {N}")
        if message == "a":
            flows.create_flow(tenant=T, body=text)
        else:
            flows.update_flow(namespace=N, id="revised", tenant=T, body=text)
    flows.delete_revisions(namespace=N, id="revised", tenant=T, revisions=[1])
    assert [one.revision for one in flows.list_flow_revisions(namespace=N, id="revised", tenant=T)] == [2]
    flow = {
        "id": "revised",
        "namespace": N,
        "tasks": [{"id": "x", "type": "io.kestra.plugin.core.log.Log", "message": "m"}],
    }
    assert flows.update_flow_from_object(namespace=N, id="revised", tenant=T, flow=flow).revision == 3
    with pytest.raises(ConflictException):
        flows.delete_revisions(namespace=N, id="revised", tenant=T, revisions=[3])


def test_expressions_of_a_task(kestra: KestraClient) -> None:
    body = f"id: files\nnamespace: {N}\ntasks:\n{FLOWS['files']}"
    found = kestra.flows.expressions(tenant=T, body=body, task_id="count")
    assert "outputs.write.uri" in str(found)


# -- executions


def test_steering_one(kestra: KestraClient) -> None:
    executions = kestra.executions
    slow = begin(kestra, "slow")
    reached(kestra, slow, "RUNNING")
    assert executions.pause_execution(execution_id=slow, tenant=T).state.current == "PAUSED"
    executions.resume_execution(execution_id=slow, tenant=T)
    reached(kestra, slow, "RUNNING")
    executions.kill_execution(execution_id=slow, tenant=T)
    reached(kestra, slow, "KILLED")
    failed = begin(kestra, "fails", wait=True)
    run = executions.execution(execution_id=failed, tenant=T).task_run_list[0]
    request = ExecutionControllerStateRequest(task_run_id=run.id, state=StateType.SUCCESS)
    executions.update_task_run_state(execution_id=failed, tenant=T, request=request)
    reached(kestra, failed, "SUCCESS")
    assert executions.flow_from_execution(tenant=T, namespace=N, flow_id="plain").id == "plain"


def test_steering_a_queue(kestra: KestraClient) -> None:
    executions = kestra.executions
    first, second, third, fourth = (begin(kestra, "one-at-a-time") for _ in range(4))
    reached(kestra, first, "RUNNING")
    for one in (second, third, fourth):
        reached(kestra, one, "QUEUED")
    executions.unqueue_execution(execution_id=second, tenant=T)
    reached(kestra, second, "RUNNING")
    executions.unqueue_executions_by_ids(tenant=T, state=StateType.CANCELLED, ids=[third])
    reached(kestra, third, "CANCELLED")
    executions.force_run_execution(execution_id=fourth, tenant=T)
    reached(kestra, fourth, "RUNNING")
    fifth = begin(kestra, "one-at-a-time")
    reached(kestra, fifth, "QUEUED")
    executions.force_run_by_ids(tenant=T, ids=[fifth])
    reached(kestra, fifth, "RUNNING")
    executions.kill_executions_by_query(tenant=T, filters=in_state("one-at-a-time", "RUNNING"))
    for one in (first, second, fourth, fifth):
        reached(kestra, one, "KILLED")


def test_many_by_ids_and_by_query(kestra: KestraClient) -> None:
    executions = kestra.executions
    slow = [begin(kestra, "slow") for _ in range(2)]
    for one in slow:
        reached(kestra, one, "RUNNING")
    executions.pause_executions_by_ids(tenant=T, ids=slow)
    executions.resume_executions_by_ids(tenant=T, ids=slow)
    executions.pause_executions_by_query(tenant=T, filters=in_state("slow", "RUNNING"))
    executions.resume_executions_by_query(tenant=T, filters=in_state("slow", "PAUSED"))
    executions.kill_executions_by_ids(tenant=T, ids=slow)
    for one in slow:
        reached(kestra, one, "KILLED")
    failed = [begin(kestra, "fails", wait=True) for _ in range(2)]
    executions.restart_executions_by_ids(tenant=T, ids=failed)
    for one in failed:
        until(lambda one=one: _attempt(kestra, one) == 2 or None)
        reached(kestra, one, "FAILED")
    executions.restart_executions_by_query(tenant=T, filters=in_state("fails", "FAILED"))
    for one in failed:
        until(lambda one=one: _attempt(kestra, one) == 3 or None)
        reached(kestra, one, "FAILED")
    executions.update_executions_status_by_ids(tenant=T, new_status=StateType.WARNING, ids=failed)
    reached(kestra, failed[0], "WARNING")
    executions.update_executions_status_by_query(
        tenant=T, new_status=StateType.SUCCESS, filters=is_("FLOW_ID", "fails")
    )
    reached(kestra, failed[1], "SUCCESS")
    labels = [Label(key="team", value="data")]
    executions.set_labels_on_terminated_executions_by_query(
        tenant=T, labels=labels, filters=is_("FLOW_ID", "fails")
    )
    assert {"team"} <= {one.key for one in executions.execution(execution_id=failed[0], tenant=T).labels}
    executions.replay_executions_by_query(tenant=T, filters=is_("FLOW_ID", "fails"), latest_revision=False)
    until(lambda: _total(kestra, "fails") >= 4 or None)
    assert count_of(executions.delete_executions_by_ids(tenant=T, ids=failed)) == 2
    with pytest.raises(NotFoundException):
        executions.execution(execution_id=failed[0], tenant=T)
    until(lambda: _all_ended(kestra, "fails") or None)
    executions.delete_executions_by_query(tenant=T, filters=is_("FLOW_ID", "fails"))
    assert _total(kestra, "fails") == 0


def _total(kestra: KestraClient, flow: str) -> int:
    page = kestra.executions.search_executions(tenant=T, filters=is_("FLOW_ID", flow))
    return int(page["total"])


def _attempt(kestra: KestraClient, execution_id: str) -> int:
    return int(kestra.executions.execution(execution_id=execution_id, tenant=T).metadata.attempt_number)


def _all_ended(kestra: KestraClient, flow: str) -> bool:
    page = kestra.executions.search_executions(tenant=T, filters=is_("FLOW_ID", flow))
    return all("endDate" in one["state"] for one in page["results"])


def test_files_metrics_and_evaluation(kestra: KestraClient) -> None:
    executions, metrics = kestra.executions, kestra.metrics
    made = begin(kestra, "files", wait=True)
    run = executions.execution(execution_id=made, tenant=T).task_run_list[0]
    uri = kestra.outputs.task_run_outputs(execution_id=made, task_run_id=run.id, tenant=T)["uri"]
    found = executions.download_file_from_execution(execution_id=made, path_uri=uri, tenant=T)
    assert found == b"a,b\n1,2\n"
    assert executions.file_metadatas_from_execution(execution_id=made, path_uri=uri, tenant=T).size == 8
    preview = executions.preview_file_from_execution(execution_id=made, path_uri=uri, tenant=T, max_rows=5)
    assert "csv" in str(preview)
    asked = {"execution_id": made, "task_run_id": run.id, "tenant": T}
    assert executions.eval_task_run_expression(**asked, expression="{{ 1 + 1 }}").result == "2"
    assert metrics.task_metric_names(namespace=N, flow_id="files", task_id="count", tenant=T) == ["rows"]
    total = metrics.aggregate_task_metric(
        namespace=N, flow_id="files", task_id="count", metric="rows", tenant=T
    )
    assert sum(one["value"] for one in total["aggregations"]) >= 1
    kestra.logs.delete_logs_from_flow(namespace=N, flow_id="files", trigger_id="", tenant=T)


def test_webhooks_with_and_without_a_path(kestra: KestraClient) -> None:
    executions = kestra.executions
    key = {"tenant": T, "namespace": N, "id": "hooked", "key": "opensesame"}
    assert executions.trigger_execution_by_get_webhook(**key).flow_id == "hooked"
    for method in ("get", "post", "put"):
        call = getattr(executions, f"trigger_execution_by_{method}_webhook_with_path")
        assert call(**key, webhook_path="a/b").flow_id == "hooked"


# -- triggers


def test_triggers_one_by_one(kestra: KestraClient) -> None:
    triggers = kestra.triggers
    key = {"namespace": N, "flowId": "timed", "triggerId": "daily"}
    path = {"tenant": T, "namespace": N, "flow_id": "timed", "trigger_id": "daily"}
    assert triggers.search_triggers(tenant=T, filters=is_("NAMESPACE", N))["total"] >= 1
    assert triggers.search_triggers_for_flow(tenant=T, namespace=N, flow_id="timed")["total"] == 1
    assert triggers.disable_trigger_by_id(tenant=T, request={**key, "disabled": True})["disabled"] is True
    assert triggers.disable_trigger_by_id(tenant=T, request={**key, "disabled": False})["disabled"] is False
    assert triggers.restart_trigger(**path)["triggerId"] == "daily"
    with pytest.raises(ConflictException):
        triggers.unlock_trigger(**path)
    assert "daily" in triggers.export_triggers(tenant=T, filters=is_("NAMESPACE", N))
    with pytest.raises(ConflictException):
        triggers.delete_trigger(**path)


def test_backfills(kestra: KestraClient) -> None:
    triggers = kestra.triggers
    key = {"namespace": N, "flowId": "timed", "triggerId": "daily"}
    backfill = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T12:00:00Z", "paused": True}

    def create() -> None:
        assert (
            triggers.create_backfill(tenant=T, request={**key, "backfill": backfill})["triggerId"] == "daily"
        )

    create()
    triggers.unpause_backfill(tenant=T, trigger_id=key)
    until(lambda: _total(kestra, "timed") or None)
    until(lambda: _no_backfill(kestra) or None)
    for verb in ("pause", "delete"):
        create()
        getattr(triggers, f"{verb}_backfill")(tenant=T, trigger_id=key)
        if verb == "pause":
            triggers.delete_backfill(tenant=T, trigger_id=key)
    found = is_("FLOW_ID", "timed")
    create()
    assert count_of(triggers.pause_backfill_by_ids(tenant=T, trigger_ids=[key])) == 1
    assert count_of(triggers.delete_backfill_by_ids(tenant=T, trigger_ids=[key])) == 1
    create()
    assert count_of(triggers.pause_backfill_by_query(tenant=T, filters=found)) == 1
    assert count_of(triggers.delete_backfill_by_query(tenant=T, filters=found)) == 1
    for answer in (
        triggers.unpause_backfill_by_ids(tenant=T, trigger_ids=[key]),
        triggers.unpause_backfill_by_query(tenant=T, filters=found),
        triggers.unlock_triggers_by_ids(tenant=T, trigger_ids=[key]),
        triggers.unlock_triggers_by_query(tenant=T, filters=found),
        triggers.delete_triggers_by_ids(tenant=T, trigger_ids=[key]),
    ):
        assert answer["count"] == 0, "there is nothing it fits"
    assert count_of(triggers.disabled_triggers_by_query(tenant=T, disabled=True, filters=found)) == 1
    assert count_of(triggers.disabled_triggers_by_query(tenant=T, disabled=False, filters=found)) == 1


def _no_backfill(kestra: KestraClient) -> bool:
    rows = kestra.triggers.search_triggers_for_flow(tenant=T, namespace=N, flow_id="timed")["results"]
    return not rows[0].get("backfill")


# -- the rest


def test_folders_namespaces_and_secrets(kestra: KestraClient) -> None:
    kestra.files.create_namespace_directory(namespace=N, tenant=T, path="/sql")
    kestra.files.create_namespace_file(namespace=N, path="/sql/a.sql", tenant=T, file_content=b"select 1")
    revisions = kestra.files.file_revisions(namespace=N, tenant=T, path="/sql/a.sql")
    assert [one.revision for one in revisions] == [1]
    assert kestra.namespaces.inherited_variables(id=N, tenant=T) == {}
    assert isinstance(kestra.namespaces.inherited_secrets(namespace=N, tenant=T), dict)
    assert kestra.namespaces.list_secrets(tenant=T, page=1, size=10).total >= 0


def test_plugins_icons_and_versions(kestra: KestraClient) -> None:
    plugins, log = kestra.plugins, "io.kestra.plugin.core.log.Log"
    assert plugins.list_plugins_by_subgroups()
    (version, *_) = plugins.plugin_versions(cls=log)["versions"]
    assert plugins.plugin_documentation_for_version(cls=log, version=version)["markdown"]
    assert plugins.plugin_group_icons()
    assert plugins.plugin_icon(cls=log)["icon"]
    assert plugins.plugin_icon_svg(cls=log).startswith("<svg")
    assert plugins.plugin_properties(schema_type="task")
    assert plugins.plugin_triggers()["total"] > 2


def test_the_language_and_the_login(kestra: KestraClient) -> None:
    assert "upper" in kestra.misc.pebble_filters()
    assert "now" in str(kestra.misc.pebble_functions())
    assert kestra.misc.login_configuration() is not None
    assert kestra.misc.basic_auth_validation_errors() == []
    assert isinstance(kestra.ai.list_ai_providers(tenant=T), list)
