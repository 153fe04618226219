from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Expired, TaskFailure
from engine.model.kv import convert, kind_of

HERE = "company.team"


@pytest.mark.parametrize(
    ("properties", "value", "kind"),
    [
        ({"value": "text"}, "text", "STRING"),
        ({"value": "12"}, "12", "STRING"),
        ({"value": "{{ 40 + 2 }}"}, 42, "NUMBER"),
        ({"value": "{{ true }}"}, True, "BOOLEAN"),
        ({"value": {"a": ["{{ flow.id }}"]}}, {"a": ["my-flow"]}, "JSON"),
        ({"value": "PT5M"}, "PT5M", "DURATION"),
        ({"value": "12", "kvType": "NUMBER"}, 12, "NUMBER"),
        ({"value": "TRUE", "kvType": "BOOLEAN"}, True, "BOOLEAN"),
        ({"value": "1", "kvType": "BOOLEAN"}, False, "BOOLEAN"),
        ({"value": '{"a": 1}', "kvType": "JSON"}, {"a": 1}, "JSON"),
        ({"value": "P1D", "kvType": "DURATION"}, "P1D", "DURATION"),
        ({"value": "2024-01-31T01:00:00+01:00", "kvType": "DATETIME"}, "2024-01-31T00:00:00Z", "DATETIME"),
        ({"value": "2024-01-31T00:00:00Z", "kvType": "DATE"}, "2024-01-31", "DATE"),
        ({"value": "42", "kvType": "STRING"}, "42", "STRING"),
    ],
    ids=str,
)
def test_set_keeps_the_type(make_context, run_task, properties, value, kind) -> None:
    ctx = make_context()
    assert run_task(ctx, "core.kv.Set", key="k", **properties) == {}
    entry = ctx.world.store.kv.get(HERE, "k")
    assert (entry.value, entry.kind) == (value, kind)
    assert run_task(ctx, "core.kv.Get", key="k") == {"value": value}


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x", "NUMBER"), ("true", "NUMBER"), ("{", "JSON"), ("soon", "DURATION"), ("x", "DATE")],
)
def test_a_text_that_does_not_fit_its_type_fails(make_context, run_task, text, kind) -> None:
    with pytest.raises(TaskFailure, match="value: "):
        run_task(make_context(), "core.kv.Set", key="k", value=text, kvType=kind)


@pytest.mark.parametrize("key", ["-a", "a b", "", "a/b"])
def test_a_key_that_is_none_fails(make_context, run_task, key) -> None:
    with pytest.raises(TaskFailure, match="is not a key"):
        run_task(make_context(), "core.kv.Set", key=key, value="x")


@pytest.mark.parametrize("namespace", ["_states", "_retrieval", "a b"])
def test_namespaces_of_the_service_are_closed(make_context, run_task, namespace) -> None:
    with pytest.raises(TaskFailure, match="is not a namespace"):
        run_task(make_context(), "core.kv.Get", key="k", namespace=namespace)


def test_overwrite_false_refuses_an_existing_key_but_not_an_expired_one(make_context, run_task) -> None:
    ctx = make_context()
    run_task(ctx, "core.kv.Set", key="k", value="1", ttl="PT1M")
    with pytest.raises(TaskFailure, match="Key already exists and `overwrite` is set to `false`"):
        run_task(ctx, "core.kv.Set", key="k", value="2", overwrite=False)
    later = make_context(clock=lambda: ctx.clock() + timedelta(minutes=1))
    run_task(later, "core.kv.Set", key="k", value="2", overwrite=False)
    assert run_task(later, "core.kv.Get", key="k") == {"value": "2"}


def test_an_expired_key_fails_and_is_gone(make_context, run_task) -> None:
    ctx = make_context()
    run_task(ctx, "core.kv.Set", key="k", value="1", ttl="PT1M")
    later = make_context(clock=lambda: ctx.clock() + timedelta(minutes=1))
    assert run_task(later, "core.kv.GetKeys") == {"keys": []}
    with pytest.raises(Expired, match="The requested value has expired"):
        run_task(later, "core.kv.Get", key="k")
    assert run_task(later, "core.kv.Get", key="k") == {"value": None}


def test_missing_keys(make_context, run_task) -> None:
    ctx = make_context()
    assert run_task(ctx, "core.kv.Get", key="k") == {"value": None}
    assert run_task(ctx, "core.kv.Delete", key="k") == {"deleted": False}
    for name in ("Get", "Delete"):
        with pytest.raises(TaskFailure, match="No value found for key 'k'"):
            run_task(ctx, f"core.kv.{name}", key="k", errorOnMissing=True)


def test_keys_are_listed_by_prefix_and_deleted(make_context, run_task) -> None:
    ctx = make_context()
    for key in ("b.2", "b.1", "a"):
        run_task(ctx, "core.kv.Set", key=key, value="x", namespace="other")
    assert run_task(ctx, "core.kv.GetKeys", prefix="b", namespace="other") == {"keys": ["b.1", "b.2"]}
    assert run_task(ctx, "core.kv.Delete", key="b.1", namespace="other") == {"deleted": True}
    assert run_task(ctx, "core.kv.GetKeys") == {"keys": []}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": {"y": 2}}, {"a": {"x": 1, "y": 2}, "b": 1}),
        ([{"key": "a.x", "value": 5}, {"key": "c.d", "value": 6}], {"a": {"x": 5}, "b": 1, "c": {"d": 6}}),
        ([{"value": [1]}], [1]),
        ("text", "text"),
        ([1, 2], [1, 2]),
    ],
    ids=str,
)
def test_put_merges_sets_or_replaces(make_context, run_task, given, expected) -> None:
    ctx = make_context()
    run_task(ctx, "core.kv.Set", key="k", value={"a": {"x": 1}, "b": 1}, ttl="P1D", kvDescription="what")
    run_task(ctx, "core.kv.Put", key="k", value=given)
    entry = ctx.world.store.kv.get(HERE, "k")
    assert (entry.value, entry.description) == (expected, "what")
    assert entry.expires == ctx.clock() + timedelta(days=1)


def test_put_into_what_is_no_map_fails(make_context, run_task) -> None:
    ctx = make_context()
    run_task(ctx, "core.kv.Set", key="k", value="text")
    with pytest.raises(TaskFailure, match="is not a map"):
        run_task(ctx, "core.kv.Put", key="k", value=[{"key": "a", "value": 1}])
    with pytest.raises(TaskFailure, match="No value found"):
        run_task(ctx, "core.kv.Put", key="none", value="x", errorOnMissing=True)


def test_purge_removes_what_has_expired_and_spares_the_service(make_context, run_task) -> None:
    ctx = make_context()
    for namespace in ("a", "a.b", "c"):
        run_task(ctx, "core.kv.Set", key="old", value="x", ttl="PT1S", namespace=namespace)
        run_task(ctx, "core.kv.Set", key="new", value="x", namespace=namespace)
    kv = ctx.world.store.kv
    kv.put("_own", "old", "x", "STRING", ctx.clock(), expires=ctx.clock())
    later = make_context(clock=lambda: ctx.clock() + timedelta(minutes=1))
    assert run_task(later, "core.kv.PurgeKV", namespaces=["a"], includeChildNamespaces=False) == {"size": 1}
    assert run_task(later, "core.kv.PurgeKV", namespacePattern="a*") == {"size": 1}
    assert run_task(later, "core.kv.PurgeKV") == {"size": 1}
    purge = {"behavior": {"type": "key", "expiredOnly": False}, "keyPattern": "n*", "namespaces": ["a"]}
    assert run_task(later, "core.kv.PurgeKV", **purge) == {"size": 2}
    assert kv.get("_own", "old") is not None
    with pytest.raises(TaskFailure, match="not both"):
        run_task(later, "core.kv.PurgeKV", namespaces=["a"], namespacePattern="b")


def test_kinds() -> None:
    assert [kind_of(value) for value in (True, 1, "x", "-PT1.5S", "P", None, [])] == [
        "BOOLEAN",
        "NUMBER",
        "STRING",
        "DURATION",
        "STRING",
        "JSON",
        "JSON",
    ]
    assert convert("1.5e3", "NUMBER") == 1500.0


def test_states_are_merged_and_kept_apart(make_context, run_task) -> None:
    ctx = make_context()
    assert run_task(ctx, "core.state.Get") == {"count": 0, "data": {}}
    run_task(ctx, "core.state.Set", data={"a": "{{ flow.id }}"})
    assert run_task(ctx, "core.state.Set", data={"b": 2})["count"] == 2
    assert run_task(ctx, "core.state.Get")["data"] == {"a": "my-flow", "b": 2}
    other_flow = make_context(flow_id="other")
    assert run_task(other_flow, "core.state.Get")["count"] == 0
    in_loop = make_context(value="v")
    assert run_task(in_loop, "core.state.Get")["count"] == 0
    assert run_task(in_loop, "core.state.Get", taskrunValue=False)["count"] == 2
    run_task(ctx, "core.state.Set", namespace=True, data={"shared": 1})
    assert run_task(other_flow, "core.state.Get", namespace=True)["data"] == {"shared": 1}
    assert run_task(ctx, "core.state.Delete") == {"deleted": True}
    for name in ("Get", "Delete"):
        with pytest.raises(TaskFailure, match="does not exist"):
            run_task(ctx, f"core.state.{name}", errorOnMissing=True)
    assert run_task(ctx, "core.kv.GetKeys") == {"keys": []}
