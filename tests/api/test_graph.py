"""A flow as a graph, from text to nodes and edges."""

import pytest

from api.graph import flow_graph
from engine.registry import Registry
from engine.validation import check

LOG = "type: io.kestra.plugin.core.log.Log, message: hi"
HEAD = "id: drawn\nnamespace: demo\n"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def draw(registry: Registry, text: str) -> tuple[dict[str, dict], set[tuple[str, str, str]], dict[str, dict]]:
    """Return nodes by uid, edges as (source, target, relation) and clusters by uid; checks that they fit."""
    checked = check(HEAD + text, registry)
    assert checked.flow is not None, [finding.text for finding in checked.findings]
    graph = flow_graph(checked.flow, callee=lambda task: None)
    nodes = {node["uid"]: node for node in graph["nodes"]}
    assert len(nodes) == len(graph["nodes"])
    edges = {(e["source"], e["target"], e["relation"]["relationType"]) for e in graph["edges"]}
    assert {end for source, target, _ in edges for end in (source, target)} == set(nodes)
    clusters = {one["cluster"]["uid"]: one for one in graph["clusters"]}
    assert all(set(one["nodes"]) <= set(nodes) for one in clusters.values())
    return nodes, edges, clusters


def test_a_sequence(registry: Registry) -> None:
    nodes, edges, clusters = draw(registry, f"tasks:\n- {{id: a, {LOG}}}\n- {{id: b, {LOG}}}\n")
    assert list(nodes) == ["root.@start", "root.a", "root.b", "root.@end"]
    assert nodes["root.a"]["task"] == {"id": "a", "type": "io.kestra.plugin.core.log.Log", "message": "hi"}
    assert edges == {
        ("root.@start", "root.a", "SEQUENTIAL"),
        ("root.a", "root.b", "SEQUENTIAL"),
        ("root.b", "root.@end", "SEQUENTIAL"),
    }
    assert clusters == {}


def test_a_disabled_task_is_not_drawn(registry: Registry) -> None:
    nodes, _, _ = draw(registry, f"tasks:\n- {{id: a, {LOG}}}\n- {{id: b, {LOG}, disabled: true}}\n")
    assert "root.b" not in nodes


def test_a_choice_without_else_may_be_skipped(registry: Registry) -> None:
    text = f"tasks:\n- id: c\n  type: io.kestra.plugin.core.flow.If\n  condition: '{{{{ true }}}}'\n  then:\n  - {{id: a, {LOG}}}\n"
    _, edges, clusters = draw(registry, text)
    assert ("root.c", "root.c.a", "CHOICE") in edges
    assert ("root.c", "cluster_root.c.@end", "SEQUENTIAL") in edges
    assert clusters["cluster_root.c"]["cluster"]["taskNode"]["uid"] == "root.c"
    _, edges, _ = draw(registry, f"{text}  else:\n  - {{id: b, {LOG}}}\n")
    assert ("root.c", "cluster_root.c.@end", "SEQUENTIAL") not in edges


def test_parallel_tasks_all_begin_at_their_parent(registry: Registry) -> None:
    text = f"tasks:\n- id: p\n  type: io.kestra.plugin.core.flow.Parallel\n  tasks:\n  - {{id: a, {LOG}}}\n  - {{id: b, {LOG}}}\n"
    _, edges, _ = draw(registry, text)
    assert {edge for edge in edges if edge[2] == "PARALLEL"} == {
        ("root.p", "root.p.a", "PARALLEL"),
        ("root.p", "root.p.b", "PARALLEL"),
    }


def test_a_dag_follows_its_dependencies(registry: Registry) -> None:
    text = (
        "tasks:\n- id: d\n  type: io.kestra.plugin.core.flow.Dag\n  tasks:\n"
        f"  - task: {{id: a, {LOG}}}\n  - task: {{id: b, {LOG}}}\n    dependsOn: [a]\n  - task: {{id: c, {LOG}}}\n"
    )
    _, edges, _ = draw(registry, text)
    inside = {
        (source, target) for source, target, _ in edges if "cluster_root.d.@start" not in (source, target)
    }
    assert {
        ("root.d", "root.d.a"),
        ("root.d.a", "root.d.b"),
        ("root.d", "root.d.c"),
        ("root.d.b", "cluster_root.d.@end"),
        ("root.d.c", "cluster_root.d.@end"),
    } <= inside
    assert ("root.d.a", "cluster_root.d.@end") not in inside


def test_a_loop_is_dynamic_and_clusters_nest(registry: Registry) -> None:
    text = (
        "tasks:\n- id: l\n  type: io.kestra.plugin.core.flow.ForEach\n  values: [1, 2]\n  tasks:\n"
        f"  - id: s\n    type: io.kestra.plugin.core.flow.Sequential\n    tasks:\n    - {{id: a, {LOG}}}\n"
    )
    _, edges, clusters = draw(registry, text)
    assert ("root.l", "cluster_root.l.s.@start", "DYNAMIC") in edges
    assert clusters["cluster_root.l.s"]["parents"] == ["cluster_root.l"]
    assert "root.l.s.a" in clusters["cluster_root.l"]["nodes"]


def test_errors_finally_and_after_execution(registry: Registry) -> None:
    text = (
        f"tasks:\n- {{id: a, {LOG}}}\nerrors:\n- {{id: e, {LOG}}}\nfinally:\n- {{id: f, {LOG}}}\n"
        f"afterExecution:\n- {{id: x, {LOG}}}\n"
    )
    nodes, edges, _ = draw(registry, text)
    assert ("root.@start", "root.e", "ERROR") in edges
    assert ("root.a", "root.f", "FINALLY") in edges
    assert ("root.e", "root.f", "FINALLY") in edges
    assert ("root.@end", "root.x", "AFTER_EXECUTION") in edges
    branches = {uid: node.get("branchType") for uid, node in nodes.items()}
    assert branches["root.e"] == "ERROR"
    assert branches["root.f"] == "FINALLY"
    assert branches["root.x"] == "AFTER_EXECUTION"
    assert branches["root.a"] is None


def test_triggers_come_first(registry: Registry) -> None:
    text = (
        f"tasks:\n- {{id: a, {LOG}}}\ntriggers:\n- id: daily\n  type: io.kestra.plugin.core.trigger.Schedule\n"
        "  cron: '0 9 * * *'\n"
    )
    nodes, edges, _ = draw(registry, text)
    assert nodes["root.Triggers.daily"]["triggerDeclaration"]["cron"] == "0 9 * * *"
    assert ("cluster_Triggers.@end", "root.@start", "SEQUENTIAL") in edges
