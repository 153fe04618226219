"""The published SDK drives the service over a real socket."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest

kestrapy = pytest.importorskip("kestrapy", reason="the SDK is a development dependency")

from kestrapy import KestraClient, QueryFilter, QueryFilterField, QueryFilterOp  # noqa: E402
from kestrapy.exceptions import ConflictException, NotFoundException  # noqa: E402

from tests.api.conftest import HELLO, yaml_flow  # noqa: E402

T = "main"

GATE = """\
id: gate
namespace: sdk
tasks:
  - id: ask
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: approved
        type: BOOLEAN
  - id: answer
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.ask.onResume.approved }}"
"""

MEASURED = """\
id: measured
namespace: sdk
inputs:
  - id: table
    type: FILE
  - id: rows
    type: INT
  - id: tags
    type: ARRAY
    itemType: STRING
    required: false
tasks:
  - id: publish
    type: io.kestra.plugin.core.metric.Publish
    metrics:
      - type: counter
        name: rows
        value: "{{ inputs.rows }}"
      - type: timer
        name: took
        value: PT1.5S
  - id: show
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(inputs.table) | trim }} {{ inputs.tags ?? [] | length }}"
outputs:
  - id: text
    type: STRING
    value: "{{ outputs.show.value }}"
"""

FAILING = """\
id: failing
namespace: sdk
inputs:
  - id: fail
    type: BOOLEAN
    defaults: true
tasks:
  - id: first
    type: io.kestra.plugin.core.log.Log
    message: first
  - id: break
    type: io.kestra.plugin.core.execution.Fail
    runIf: "{{ inputs.fail }}"
"""

SLOW = """\
id: slow
namespace: sdk
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT1H
"""


def source(flow_id: str, message: str = "hi", extra: str = "") -> str:
    return yaml_flow(flow_id, message, extra).replace("namespace: demo", "namespace: sdk")


@pytest.fixture(scope="module")
def kestra(server: httpx.Client) -> KestraClient:
    client = KestraClient(host=str(server.base_url).rstrip("/"), timeout=30)
    for text in (HELLO.replace("namespace: demo", "namespace: sdk"), GATE, MEASURED, FAILING, SLOW):
        client.flows.create_flow(tenant=T, body=text)
    return client


def ended(kestra: KestraClient, flow_id: str, **more: object) -> object:
    return kestra.executions.create_execution(tenant=T, namespace="sdk", id=flow_id, wait=True, **more)


def is_(field: str, value: object, operation: str = "EQUALS") -> list[QueryFilter]:
    return [QueryFilter(field=QueryFilterField[field], operation=QueryFilterOp[operation], value=value)]


# -- flows


def test_a_flow_lives_and_dies(kestra: KestraClient) -> None:
    flows = kestra.flows
    made = flows.create_flow(tenant=T, body=source("life"))
    assert (made.id, made.revision) == ("life", 1)
    with pytest.raises(ConflictException):
        flows.create_flow(tenant=T, body=source("life"))
    changed = source("life", "changed")
    assert flows.update_flow(namespace="sdk", id="life", tenant=T, body=changed).revision == 2
    assert flows.flow(namespace="sdk", id="life", tenant=T, source=True).source == changed
    assert [one.revision for one in flows.list_flow_revisions(namespace="sdk", id="life", tenant=T)] == [1, 2]
    assert flows.task_from_flow(namespace="sdk", id="life", task_id="one", tenant=T).id == "one"
    assert flows.delete_flow(namespace="sdk", id="life", tenant=T) is None
    with pytest.raises(NotFoundException):
        flows.flow(namespace="sdk", id="life", tenant=T)


def test_a_flow_from_an_object(kestra: KestraClient) -> None:
    task = {"id": "one", "type": "io.kestra.plugin.core.log.Log", "message": "hi"}
    made = kestra.flows.create_flow_from_object(
        tenant=T, flow={"id": "object", "namespace": "sdk", "tasks": [task]}
    )
    assert made.id == "object"


def test_flows_are_found(kestra: KestraClient) -> None:
    flows = kestra.flows
    assert "hello" in {one.id for one in flows.list_flows_by_namespace(namespace="sdk", tenant=T)}
    page = flows.search_flows(tenant=T, filters=is_("QUERY", "gate"), page=1, size=5, sort=["id:asc"])
    assert [one.id for one in page.results] == ["gate"]
    assert "sdk" in flows.list_distinct_namespaces(tenant=T)
    hits = flows.search_flows_by_source_code(tenant=T, q="onResume", case_sensitive=True, whole_word=True)
    assert [(one.id, one.matches[0].line) for one in hits.results] == [("gate", 6)]
    assert flows.search_flows_by_source_code(tenant=T, q="on[A-Z]esume:", regex=True).total == 1
    assert flows.search_flows_by_source_code(tenant=T, q="onresum", whole_word=True).total == 0


def test_flows_are_found_by_groups_of_conditions(kestra: KestraClient) -> None:
    from kestrapy.query import and_, eq, or_, where

    field = QueryFilterField
    wanted = where(
        and_(eq(field.NAMESPACE, "sdk"), or_(eq(field.FLOW_ID, "gate"), eq(field.FLOW_ID, "slow")))
    )
    found = kestra.flows.search_flows(tenant=T, filters=wanted)
    assert sorted(one.id for one in found.results) == ["gate", "slow"]


def test_validation_answers_row_by_row(kestra: KestraClient) -> None:
    flows = kestra.flows
    good, bad = flows.validate_flows(
        tenant=T, body=source("fine") + "---\n" + source("bad").replace("Log", "Lug")
    )
    assert good.constraints is None
    assert "Lug" in bad.constraints
    task = {"id": "x", "type": "io.kestra.plugin.core.log.Log", "message": "{{ outputs.other.value }}"}
    assert flows.validate_task(section="TASKS", tenant=T, body=task).constraints is None
    assert (
        "level" in flows.validate_task(section="TASKS", tenant=T, body={**task, "level": "LOUD"}).constraints
    )
    cron = {"id": "c", "type": "io.kestra.plugin.core.trigger.Schedule", "cron": "every day"}
    assert "every day" in flows.validate_trigger(tenant=T, body=cron).constraints


def test_export_and_import_round_trip(kestra: KestraClient) -> None:
    flows = kestra.flows
    text = source("travel", "there and back")
    flows.create_flow(tenant=T, body=text)
    data = flows.export_flows_by_ids(tenant=T, ids=[{"namespace": "sdk", "id": "travel"}])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("sdk.travel.yml").decode() == text
    flows.delete_flow(namespace="sdk", id="travel", tenant=T)
    assert flows.import_flows(tenant=T, file_content=data) == []
    assert flows.flow(namespace="sdk", id="travel", tenant=T, source=True).source == text
    assert flows.import_flows(tenant=T, file_content=b"id: broken\nnamespace: sdk\n") == ["sdk.broken"]
    assert flows.export_flows_by_query_csv(tenant=T, filters=is_("FLOW_ID", "travel")).count("\n") == 2


def test_flows_are_switched_and_deleted_in_numbers(kestra: KestraClient) -> None:
    flows = kestra.flows
    text = source("switch", extra="# why\n")
    flows.create_flow(tenant=T, body=text)
    named = [{"namespace": "sdk", "id": "switch"}]
    assert flows.disable_flows_by_ids(tenant=T, ids=named).count == 1
    assert flows.disable_flows_by_ids(tenant=T, ids=named).count == 0
    read = flows.flow(namespace="sdk", id="switch", tenant=T, source=True)
    assert (read.disabled, read.source) == (True, text.replace("sdk\n", "sdk\ndisabled: true\n", 1))
    with pytest.raises(ConflictException):
        kestra.executions.create_execution(tenant=T, namespace="sdk", id="switch")
    assert flows.enable_flows_by_query(tenant=T, filters=is_("FLOW_ID", "switch")).count == 1
    assert flows.delete_flows_by_ids(tenant=T, ids=named).count == 1
    flows.create_flow(tenant=T, body=text)
    assert flows.delete_flows_by_query(tenant=T, filters=is_("FLOW_ID", "switch")).count == 1


def test_a_namespace_is_synchronised(kestra: KestraClient) -> None:
    def in_space(flow_id: str) -> str:
        return source(flow_id).replace("namespace: sdk", "namespace: synced")

    flows = kestra.flows
    body = in_space("a") + "---\n" + in_space("b")
    assert [one.id for one in flows.update_flows_in_namespace(namespace="synced", tenant=T, body=body)] == [
        "a",
        "b",
    ]
    flows.update_flows_in_namespace(namespace="synced", tenant=T, body=in_space("c"), delete=False)
    assert len(flows.list_flows_by_namespace(namespace="synced", tenant=T)) == 3
    flows.update_flows_in_namespace(namespace="synced", tenant=T, body=source("d"), override=True)
    assert [one.id for one in flows.list_flows_by_namespace(namespace="synced", tenant=T)] == ["d"]
    assert [one.id for one in flows.bulk_update_flows(tenant=T, body=in_space("e"), namespace="synced")] == [
        "e"
    ]
    assert len(flows.list_flows_by_namespace(namespace="synced", tenant=T)) == 2


def test_graphs_and_dependencies(kestra: KestraClient) -> None:
    flows = kestra.flows
    caller = (
        "id: caller\nnamespace: sdk\ntasks:\n  - id: call\n    type: io.kestra.plugin.core.flow.Subflow\n"
        "    namespace: sdk\n    flowId: hello\n"
    )
    flows.create_flow(tenant=T, body=caller)
    graph = flows.generate_flow_graph(namespace="sdk", id="caller", tenant=T)
    assert "root.call" in {node.uid for node in graph.nodes}
    opened = flows.generate_flow_graph_from_source(tenant=T, body=caller, subflows=["root.call"])
    assert [one.cluster.uid for one in opened.clusters] == ["cluster_root.call"]
    assert "root.call.greet" in {node.uid for node in opened.nodes}
    near = flows.flow_dependencies(namespace="sdk", id="hello", tenant=T)
    assert [(edge.source, edge.target) for edge in near.edges] == [("main_sdk_caller", "main_sdk_hello")]
    whole = flows.flow_dependencies_from_namespace(namespace="sdk", tenant=T)
    assert {"caller", "gate"} <= {node.id for node in whole.nodes}
    done = ended(kestra, "caller")
    drawn = kestra.executions.execution_flow_graph(execution_id=done.id, tenant=T)
    assert "root.call" in {node.uid for node in drawn.nodes}


# -- executions


def test_inputs_outputs_and_metrics(kestra: KestraClient) -> None:
    inputs = {"table": ("t.csv", b"a,b\n"), "rows": 7, "tags": ["x", "y"]}
    done = ended(kestra, "measured", inputs=inputs, labels=["team:data"])
    assert done.state.current == "SUCCESS"
    read = kestra.executions.execution(execution_id=done.id, tenant=T)
    assert (read.id, read.inputs["rows"]) == (done.id, 7)
    assert kestra.outputs.execution_outputs(execution_id=done.id, tenant=T)["text"].startswith("a,b")
    rows = kestra.outputs.task_outputs_information(execution_id=done.id, tenant=T)
    run_id = next(row.task_run_id for row in rows if row.task_id == "show")
    assert "value" in kestra.outputs.task_run_outputs(execution_id=done.id, task_run_id=run_id, tenant=T)
    page = kestra.metrics.execution_metrics(
        execution_id=done.id, tenant=T, task_id="publish", sort=["name:asc"]
    )
    own = [(one["name"], one["value"]) for one in page["results"] if one["name"] != "duration"]
    assert own == [("rows", 7.0), ("took", 1500.0)]
    assert {"rows", "took"} <= set(
        kestra.metrics.flow_metric_names(namespace="sdk", flow_id="measured", tenant=T)
    )
    assert "publish" in kestra.metrics.tasks_with_metrics(namespace="sdk", flow_id="measured", tenant=T)
    summed = kestra.metrics.aggregate_flow_metric(
        namespace="sdk", flow_id="measured", metric="rows", tenant=T
    )
    assert [one["value"] for one in summed["aggregations"]] == [7.0]


def test_inputs_are_validated_without_a_run(kestra: KestraClient) -> None:
    answer = kestra.executions.validate_new_execution_inputs(
        namespace="sdk", id="measured", tenant=T, inputs={"rows": "many"}
    )
    problems = {one["input"]["id"]: one["errors"] for one in answer["inputs"]}
    assert problems["table"]
    assert problems["rows"]
    assert not problems["tags"]


def test_executions_are_found(kestra: KestraClient) -> None:
    done = ended(kestra, "hello", labels=["find:me"])
    executions = kestra.executions
    found = executions.search_executions(tenant=T, filters=is_("LABELS", {"find": "me"}))
    assert [one["id"] for one in found["results"]] == [done.id]
    listed = executions.search_executions_by_flow_id(namespace="sdk", flow_id="hello", tenant=T)
    assert done.id in {one["id"] for one in listed["results"]}
    (last,) = executions.latest_executions(tenant=T, filters=[{"namespace": "sdk", "id": "hello"}])
    assert (last.id, last.status) == (done.id, "SUCCESS")
    assert "sdk" in executions.list_executable_namespaces(tenant=T)
    runnable = executions.list_executable_flows_by_namespace(namespace="sdk", tenant=T)
    assert "hello" in {one.id for one in runnable}
    flow = executions.flow_from_execution_by_id(execution_id=done.id, tenant=T)
    assert [task.id for task in flow.tasks] == ["greet", "answer"]
    average = executions.execution_average_duration(namespace="sdk", flow_id="hello", tenant=T)
    assert average["count"] >= 1
    assert average["averageDuration"].startswith("PT")
    table = executions.export_executions_by_query_to_csv(tenant=T, filters=is_("FLOW_ID", "hello"))
    assert done.id in table
    names = executions.find_distinct_execution_field_values(tenant=T, field="FLOW_ID")
    assert "hello" in names


def test_following_an_execution_and_its_log(kestra: KestraClient) -> None:
    made = kestra.executions.create_execution(tenant=T, namespace="sdk", id="hello", inputs={"name": "Ada"})
    seen = list(kestra.executions.follow_execution(execution_id=made.id, tenant=T))
    assert seen[-1].state.current == "SUCCESS"
    followed = [one.message for one in kestra.logs.follow_logs_from_execution(execution_id=made.id, tenant=T)]
    assert "Hello Ada" in followed
    assert "Hello Ada" in kestra.logs.download_logs_from_execution(execution_id=made.id, tenant=T)
    listed = kestra.logs.list_logs_from_execution(execution_id=made.id, tenant=T, min_level="INFO")
    assert "Hello Ada" in [one.message for one in listed]
    assert kestra.logs.search_logs(tenant=T, filters=is_("QUERY", "Hello Ada")).results
    kestra.logs.delete_logs_from_execution(execution_id=made.id, tenant=T)
    assert kestra.logs.list_logs_from_execution(execution_id=made.id, tenant=T) == []


def test_following_dependencies_ends(kestra: KestraClient) -> None:
    done = ended(kestra, "hello")
    frames = list(kestra.executions.follow_dependencies_execution(execution_id=done.id, tenant=T))
    assert frames[-1].execution_id == done.id


def test_kill(kestra: KestraClient) -> None:
    made = kestra.executions.create_execution(tenant=T, namespace="sdk", id="slow")
    kestra.executions.kill_execution(execution_id=made.id, tenant=T)
    seen = list(kestra.executions.follow_execution(execution_id=made.id, tenant=T))
    assert seen[-1].state.current == "KILLED"


def test_restart_and_replay(kestra: KestraClient) -> None:
    executions = kestra.executions
    failed = ended(kestra, "failing")
    assert failed.state.current == "FAILED"
    again = executions.restart_execution(execution_id=failed.id, tenant=T)
    assert again.id == failed.id
    assert list(executions.follow_execution(execution_id=failed.id, tenant=T))[-1].state.current == "FAILED"
    copy = executions.replay_execution(execution_id=failed.id, tenant=T)
    assert copy.original_id == failed.id
    better = executions.replay_execution_with_inputs(execution_id=failed.id, tenant=T, inputs={"fail": False})
    assert list(executions.follow_execution(execution_id=better.id, tenant=T))[-1].state.current == "SUCCESS"
    same = executions.replay_execution_with_inputs(execution_id=failed.id, tenant=T)
    assert list(executions.follow_execution(execution_id=same.id, tenant=T))[-1].state.current == "FAILED"
    bulk = executions.replay_executions_by_ids(tenant=T, ids=[failed.id], latest_revision=True)
    assert bulk["count"] == 1


def test_pause_and_resume(kestra: KestraClient) -> None:
    executions = kestra.executions
    made = executions.create_execution(tenant=T, namespace="sdk", id="gate")
    for seen in executions.follow_execution(execution_id=made.id, tenant=T):
        if hasattr(seen, "state") and seen.state.current == "PAUSED":
            break
    answer = executions.validate_resume_execution_inputs(
        execution_id=made.id, tenant=T, inputs={"other": "x"}
    )
    assert answer["inputs"][0]["errors"]
    executions.resume_execution(execution_id=made.id, tenant=T, inputs={"approved": True})
    assert list(executions.follow_execution(execution_id=made.id, tenant=T))[-1].state.current == "SUCCESS"
    read = executions.execution(execution_id=made.id, tenant=T)
    assert read.task_run_list[-1].state.current == "SUCCESS"
    with pytest.raises(ConflictException):
        executions.resume_execution_from_breakpoint(execution_id=made.id, tenant=T)


def test_labels_states_and_the_end(kestra: KestraClient) -> None:
    executions = kestra.executions
    done = ended(kestra, "hello")
    labelled = executions.set_labels_on_terminated_execution(
        execution_id=done.id, tenant=T, labels=[{"key": "a", "value": "1"}]
    )
    assert {"a": "1"}.items() <= {one.key: one.value for one in labelled.labels}.items()
    request = {"executionsId": [done.id], "executionLabels": [{"key": "b", "value": "2"}]}
    assert executions.set_labels_on_terminated_executions_by_ids(tenant=T, request=request)["count"] == 1
    read = executions.execution(execution_id=done.id, tenant=T)
    assert {"a": "1", "b": "2"}.items() <= {one.key: one.value for one in read.labels}.items()
    warned = executions.update_execution_status(execution_id=done.id, status="WARNING", tenant=T)
    assert warned.state.current == "WARNING"
    result = executions.eval_expression(execution_id=done.id, tenant=T, expression="{{ execution.id }}")
    assert result["result"] == done.id
    executions.delete_execution(execution_id=done.id, tenant=T)
    with pytest.raises(NotFoundException):
        executions.execution(execution_id=done.id, tenant=T)


# -- the rest


def test_key_values(kestra: KestraClient) -> None:
    kv = kestra.kv
    kv.set_key_value(namespace="sdk", key="greeting", tenant=T, body='"hello"')
    kv.set_key_value(namespace="sdk", key="rows", tenant=T, body='{"n": 3}')
    detail = kv.key_value(namespace="sdk", key="greeting", tenant=T)
    assert (detail.type, detail.value) == ("STRING", "hello")
    keys = [one.key for one in kv.list_all_keys(tenant=T, filters=is_("NAMESPACE", "sdk")).results]
    assert keys == ["greeting", "rows"]
    assert "rows" not in {one.key for one in kv.list_keys_with_inheritance(namespace="sdk", tenant=T)}
    assert kv.delete_key_value(namespace="sdk", key="greeting", tenant=T) is True
    assert kv.delete_key_values(namespace="sdk", tenant=T, request={"keys": ["rows"]}).keys == ["rows"]
    with pytest.raises(NotFoundException):
        kv.key_value(namespace="sdk", key="rows", tenant=T)


def test_namespace_files(kestra: KestraClient) -> None:
    files = kestra.files
    files.create_namespace_file(namespace="sdk", path="/sql/a.sql", tenant=T, file_content=b"select 1")
    assert files.file_content(namespace="sdk", path="/sql/a.sql", tenant=T) == b"select 1"
    assert [one.file_name for one in files.list_namespace_directory_files(namespace="sdk", tenant=T)] == [
        "sql"
    ]
    assert files.file_metadatas(namespace="sdk", tenant=T, path="/sql/a.sql").size == 8
    files.move_file_directory(namespace="sdk", from_path="/sql/a.sql", to_path="/sql/b.sql", tenant=T)
    assert files.search_namespace_files(namespace="sdk", q="b.sql", tenant=T) == ["/sql/b.sql"]
    with zipfile.ZipFile(io.BytesIO(files.export_namespace_files(namespace="sdk", tenant=T))) as archive:
        assert archive.namelist() == ["sql/b.sql"]
    files.delete_file_directory(namespace="sdk", path="/sql", tenant=T)
    with pytest.raises(NotFoundException):
        files.file_content(namespace="sdk", path="/sql/b.sql", tenant=T)


def test_plugins(kestra: KestraClient) -> None:
    plugins = kestra.plugins
    log = "io.kestra.plugin.core.log.Log"
    assert "# " in plugins.plugin_documentation(cls=log)["markdown"]
    assert plugins.list_plugins(page=1, size=2)["total"] > 2
    assert plugins.plugin_icons()[log]["flowable"] is False
    assert {
        "type": "FILE",
        "cls": "io.kestra.core.models.flows.input.FileInput",
    } in plugins.plugin_input_types()
    assert "extension" in str(plugins.plugin_input_schema(input_type="FILE"))
    assert plugins.plugin_schema(schema_type="flow")["$schema"]


def test_namespaces(kestra: KestraClient) -> None:
    page = kestra.namespaces.search_namespaces(tenant=T, page=1, size=10, existing=True)
    assert "sdk" in {one.id for one in page.results}
    assert kestra.namespaces.namespace(id="sdk", tenant=T).id == "sdk"
    assert kestra.namespaces.autocomplete_namespaces(tenant=T, request={"q": "sd"}) == ["sdk"]
    with pytest.raises(NotFoundException):
        kestra.namespaces.namespace(id="nowhere", tenant=T)


def test_the_concurrency_limits_are_counted(kestra: KestraClient) -> None:
    limited = source("limited", extra="concurrency:\n  limit: 2\n")
    kestra.flows.create_flow(tenant=T, body=limited)
    page = kestra.flows.search_concurrency_limits(tenant=T)
    assert [(one.flow_id, one.running) for one in page.results] == [("limited", 0)]


def test_what_is_not_there_answers_politely(kestra: KestraClient) -> None:
    assert kestra.dashboards.search_dashboards(tenant=T)["results"] == []
    assert kestra.misc.configuration().version
