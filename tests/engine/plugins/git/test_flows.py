"""Flows between real repositories and an engine."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.expression.ion import read_ion_rows
from engine.model.state import State
from engine.plugins.git._flow import in_namespace
from tests.engine.plugins.git.conftest import Repository, git

FLOW = """\
# kept as it is
id: {id}
namespace: anything.else  # replaced
tasks: [{{id: t, type: io.kestra.plugin.core.log.Log, message: {text}}}]
"""


def flow(flow_id: str, text: str = "hi") -> str:
    return FLOW.format(id=flow_id, text=text)


@pytest.fixture
def task(run, engine: Engine, repository: Repository):
    """Run one Git task on the repository; gives its state, rows, outputs and errors."""

    def run_task(type_id: str, **properties):
        lines = "".join(f"    {name}: {value}\n" for name, value in properties.items())
        ended = run(
            f"id: git\nnamespace: system\ntasks:\n  - id: task\n    type: io.kestra.plugin.git.{type_id}\n"
            f"    url: {repository.url}\n{lines}"
        )
        outputs = ended.task_runs[0].outputs or {}
        rows = []
        if outputs:
            path = outputs["flows"].removeprefix("kestra:///")
            with engine.files.open(path) as file:
                rows = list(read_ion_rows(file))
        errors = [entry.message for entry in engine.logs(ended.id) if entry.level in ("ERROR", "WARN")]
        return ended.state, rows, outputs, errors

    return run_task


def saved(engine: Engine, namespace: str) -> dict[str, int]:
    return {
        f"{row.namespace}.{row.id}": row.revision
        for row in engine.store.flows.latest()
        if row.namespace.startswith(namespace)
    }


def test_flows_are_added_updated_and_left(task, engine: Engine, repository: Repository) -> None:
    repository.commit(_flows__a_dot_yml=flow("a"), _flows__b_dot_yaml=flow("b"), _flows__notes_dot_md="text")
    state, rows, _, _ = task("SyncFlows", targetNamespace="company.team")
    assert state is State.SUCCESS
    assert rows == [
        {"gitPath": f"_flows/{name}", "syncState": "ADDED", "flowId": name[0], "namespace": "company.team", "revision": 1}
        for name in ("a.yml", "b.yaml")
    ]  # fmt: skip
    assert engine.flow_row("company.team", "a").source == flow("a").replace("anything.else", "company.team")
    repository.commit(_flows__a_dot_yml=flow("a", "changed"))
    _, rows, _, _ = task("SyncFlows", targetNamespace="company.team")
    assert [(row["flowId"], row["syncState"], row["revision"]) for row in rows] == [
        ("a", "UPDATED", 2),
        ("b", "UNCHANGED", 1),
    ]
    ended = engine.wait(engine.start("company.team", "a").id, 20)
    assert ended.state is State.SUCCESS


def test_folders_are_child_namespaces_if_wanted(task, engine: Engine, repository: Repository) -> None:
    repository.commit(_flows__a_dot_yml=flow("a"), _flows__x__y__b_dot_yml=flow("b"))
    task("SyncFlows", targetNamespace="company")
    assert saved(engine, "company") == {"company.a": 1}
    task("SyncFlows", targetNamespace="company", includeChildNamespaces=True)
    assert saved(engine, "company") == {"company.a": 1, "company.x.y.b": 1}


@pytest.mark.parametrize(
    ("children", "left"),
    [(False, {"company.a", "company.child.other"}), (True, {"company.a"})],
)
def test_what_is_not_in_git_is_deleted_if_wanted(
    children: bool, left: set[str], task, engine: Engine, repository: Repository
) -> None:
    for namespace in ("company", "company.child", "companyx"):
        engine.save(flow("other").replace("anything.else", namespace))
    repository.commit(_flows__a_dot_yml=flow("a"))
    _, rows, _, _ = task("SyncFlows", targetNamespace="company", dryRun=True, delete=True)
    assert {row["flowId"]: row["syncState"] for row in rows} == {"a": "ADDED", "other": "DELETED"}
    assert "company.a" not in saved(engine, "company")
    task("SyncFlows", targetNamespace="company", delete=True, includeChildNamespaces=children)
    assert saved(engine, "company").keys() == left | {"companyx.other"}


def test_the_flow_that_runs_is_not_deleted(task, engine: Engine, repository: Repository) -> None:
    repository.commit(_flows__a_dot_yml=flow("a"))
    task("SyncFlows", targetNamespace="system", delete=True)
    assert saved(engine, "system").keys() == {"system.git", "system.a"}


def test_an_invalid_file_stops_all_or_is_left_out(task, engine: Engine, repository: Repository) -> None:
    engine.save(flow("bad").replace("anything.else", "company"))
    bad = flow("bad").replace("log.Log", "log.Logg")
    repository.commit(_flows__bad_dot_yml=bad, _flows__z_dot_yml=flow("z"), _flows__twice_dot_yml=flow("z"))
    state, _, _, errors = task("SyncFlows", targetNamespace="company", delete=True)
    assert state is State.FAILED and saved(engine, "company") == {"company.bad": 1}
    assert "bad.yml: tasks[0].type" in errors[0] and "did you mean" in errors[0] and "line 4" in errors[0]
    assert "z.yml: twice.yml has a flow 'z' already" in errors[0]
    state, rows, _, errors = task(
        "SyncFlows", targetNamespace="company", delete=True, ignoreInvalidFlows=True
    )
    assert state is State.SUCCESS and len(errors) == 2
    assert saved(engine, "company") == {"company.bad": 1, "company.z": 1}
    assert [row["syncState"] for row in rows] == ["ADDED"]


def test_a_missing_folder_and_a_wrong_namespace_fail(task, repository: Repository) -> None:
    repository.commit(a_dot_txt="x")
    state, _, _, errors = task("SyncFlows", targetNamespace="company")
    assert state is State.FAILED and "there is no folder '_flows'" in errors[0]
    state, rows, _, _ = task("SyncFlows", targetNamespace="company", failOnMissingDirectory=False)
    assert (state, rows) == (State.SUCCESS, [])
    state, _, _, errors = task("SyncFlows", targetNamespace="../up")
    assert state is State.FAILED and "targetNamespace: '../up' is not a namespace" in errors[0]


def test_flows_are_pushed_and_come_back_the_same(task, engine: Engine, repository: Repository) -> None:
    repository.commit(readme_dot_md="x", _flows__gone_dot_yml=flow("gone"), _flows__b_dot_yaml="old")
    a, b = (flow(name).replace("anything.else", "dev") for name in "ab")
    deep = flow("c").replace("anything.else", "dev.x.y")
    for source in (a, b, deep):
        engine.save(source)
    state, rows, outputs, _ = task(
        "PushFlows", sourceNamespace="dev", targetNamespace="prod", includeChildNamespaces=True
    )
    assert state is State.SUCCESS
    assert {row["file"] for row in rows} == {
        "_flows/a.yml",
        "_flows/b.yaml",
        "_flows/gone.yml",
        "_flows/x/y/c.yml",
    }
    assert outputs["commitId"] == git(repository.bare, "rev-parse", "main")
    assert repository.tree() == {
        "_flows/a.yml": a.replace("dev", "prod").strip(),
        "_flows/b.yaml": b.replace("dev", "prod").strip(),
        "_flows/x/y/c.yml": deep.replace("dev.x", "prod.x").strip(),
        "readme.md": "x",
    }
    _, rows, outputs, _ = task(
        "PushFlows", sourceNamespace="dev", targetNamespace="prod", includeChildNamespaces=True
    )
    assert (rows, outputs.get("commitId")) == ([], None)
    task("SyncFlows", targetNamespace="dev", includeChildNamespaces=True)
    assert saved(engine, "dev") == {"dev.a": 1, "dev.b": 1, "dev.x.y.c": 1}


def test_a_pattern_chooses_what_is_pushed_and_deleted(task, engine: Engine, repository: Repository) -> None:
    repository.commit(_flows__etl_old_dot_yml="x", _flows__other_dot_yml="y", _flows__notes_dot_md="z")
    engine.save(flow("etl_new").replace("anything.else", "dev"))
    engine.save(flow("report").replace("anything.else", "dev"))
    _, rows, outputs, _ = task("PushFlows", sourceNamespace="dev", flows="etl_*", dryRun=True)
    assert {row["file"] for row in rows} == {"_flows/etl_new.yml", "_flows/etl_old.yml"}
    assert outputs.get("commitId") is None and "_flows/etl_old.yml" in repository.tree()
    task("PushFlows", sourceNamespace="dev", flows="[etl_*]", branch="side", delete=False)
    assert repository.tree("side").keys() == repository.tree().keys() | {"_flows/etl_new.yml"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id: a\nnamespace: b\n", "id: a\nnamespace: x.y\n"),
        ("id: a\r\nnamespace: 'b.c' # note\r\n", "id: a\r\nnamespace: x.y # note\r\n"),
        ("id: a\n", "namespace: x.y\nid: a\n"),
        ("# note\n---\nid: a\n", "# note\n---\nnamespace: x.y\nid: a\n"),
        (
            "id: a\ntasks:\n  - namespace: b\nnamespace: c\n",
            "id: a\ntasks:\n  - namespace: b\nnamespace: x.y\n",
        ),
    ],
    ids=["plain", "quoted, with carriage returns", "absent", "after a document mark", "not that of a task"],
)
def test_the_namespace_is_replaced_in_the_text(before: str, after: str) -> None:
    assert in_namespace(before, "x.y") == after
