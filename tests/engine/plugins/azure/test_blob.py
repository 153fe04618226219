"""Azure Blob Storage with the real client and Microsoft's Azurite."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.errors import TaskFailure
from tests.emulators.azurite import ACCOUNT, Azurite
from tests.engine.plugins.conftest import MakeContext, make_plugin

pytestmark = pytest.mark.xdist_group("azure")

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def blob(azurite: Azurite, make_context: MakeContext) -> Run:
    """Return `blob("Download", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        plugin = make_plugin(ctx, f"azure.storage.blob.{task}", **{**azurite.properties, **properties})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


def names(output: dict[str, Any]) -> list[str]:
    return [item["name"] for item in output["blobs"]]


def test_a_file_goes_up_and_comes_down(azurite: Azurite, blob: Run, make_context: MakeContext) -> None:
    azurite.make("round")
    ctx = make_context()
    place = {"container": "round", "name": "a/grüße.csv"}
    given = {"metadata": {"source": "taxi"}, "tags": {"year": "2021"}, "accessTier": "cool"}
    for content in (b"old", b"id\n1\n" * 1000):  # the second one replaces the first
        uri = ctx.put("trips.csv", content)
        up = blob("Upload", ctx=ctx, **{"from": uri}, **place, **given)
    assert up["blobs"] == [up["blob"]]
    assert {name: up["blob"][name] for name in ("container", "name", "size")} == {**place, "size": 5000}
    found = azurite.client.get_blob_client(container="round", blob=place["name"])
    told = found.get_blob_properties()
    assert (told.metadata, told.blob_tier, found.get_blob_tags()) == (
        {"source": "taxi"},
        "Cool",
        {"year": "2021"},
    )
    down = blob("Download", ctx=ctx, **place)["blob"]
    assert ctx.read_text(down["uri"]) == "id\n1\n" * 1000
    assert {**down, "uri": None} == up["blob"]


def test_several_files_go_up(azurite: Azurite, blob: Run, make_context: MakeContext) -> None:
    azurite.make("several")
    ctx = make_context()
    files = {name: ctx.put(name, name.encode()) for name in ("a.csv", "b.csv")}
    output = blob("Upload", ctx=ctx, container="several", name="to/", **{"from": files})
    assert (output["blob"], names(output)) == (None, ["to/a.csv", "to/b.csv"])
    blob("Upload", ctx=ctx, container="several", name="one", **{"from": [files["a.csv"]]})
    one, *others = azurite.names("several")
    assert one.startswith("one/")
    assert one.endswith("a.csv")
    assert others == ["to/a.csv", "to/b.csv"]
    assert azurite.read("several", "to/b.csv") == b"b.csv"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["a.csv", "in/b.csv", "in/deep/c.txt"]),
        ({"prefix": "in/"}, ["in/b.csv", "in/deep/c.txt"]),
        ({"regexp": r".*\.csv"}, ["a.csv", "in/b.csv"]),
        ({"delimiter": "/"}, ["a.csv"]),
        ({"delimiter": "/", "filter": "DIRECTORY"}, ["in/"]),
        ({"delimiter": "/", "prefix": "in/", "filter": "BOTH"}, ["in/b.csv", "in/deep/"]),
        ({"maxFiles": 1}, ["a.csv"]),
        ({"prefix": "none"}, []),
    ],
)
def test_blobs_are_listed(azurite: Azurite, blob: Run, given: dict[str, Any], expected: list[str]) -> None:
    if "listed" not in [item.name for item in azurite.client.list_containers()]:
        azurite.make("listed", **{"a.csv": b"1", "in__b.csv": b"22", "in__deep__c.txt": b"333"})
    assert names(blob("List", container="listed", **given)) == expected


def test_a_list_cut_off_is_told(azurite: Azurite, blob: Run, make_context: MakeContext) -> None:
    azurite.make("many", a=b"", b=b"")
    ctx = make_context()
    blob("List", ctx=ctx, container="many", maxFiles=1)
    assert ctx.messages == ["2 blobs were found, more than `maxFiles` allows; only 1 are taken"]


@pytest.mark.parametrize(
    ("name", "given", "left"),
    [
        ("stay", {}, ["in/a", "in/b", "other"]),
        ("gone", {"action": "DELETE"}, ["other"]),
        ("move", {"action": "MOVE", "moveTo": {"name": "done"}}, ["done/a", "done/b", "other"]),
    ],
)
def test_several_come_down(
    azurite: Azurite, blob: Run, make_context: MakeContext, name: str, given: Any, left: list[str]
) -> None:
    azurite.make(name, in__a=b"1", in__b=b"2", other=b"3")
    ctx = make_context()
    output = blob("Downloads", ctx=ctx, container=name, prefix="in/", **given)
    assert [ctx.read_text(item["uri"]) for item in output["blobs"]] == ["1", "2"]
    assert output["outputFiles"] == {item["name"]: item["uri"] for item in output["blobs"]}
    assert azurite.names(name) == left


def test_a_blob_is_copied_or_moved(azurite: Azurite, blob: Run) -> None:
    azurite.make("from", a=b"1")
    azurite.make("target")
    source = {"from": {"container": "from", "name": "a"}}
    made = blob("Copy", **source, to={"container": "target", "name": "x/b"})["blob"]
    assert (made["container"], made["name"], made["size"]) == ("target", "x/b", 1)
    assert azurite.names("from") == ["a"]
    blob("Copy", **source, to={"container": "target", "name": "c"}, delete=True)
    assert (azurite.names("from"), azurite.read("target", "c")) == ([], b"1")
    with pytest.raises(
        TaskFailure, match="to: target/c is also `from`; with `delete: true` it would be lost"
    ):
        same = {"container": "target", "name": "c"}
        blob("Copy", **{"from": same}, to=same, delete=True)


def test_blobs_are_deleted(azurite: Azurite, blob: Run) -> None:
    azurite.make("less", a=b"1", in__b=b"22", in__c=b"333")
    assert blob("Delete", container="less", name="a")["blob"]["size"] == 1
    with pytest.raises(TaskFailure, match=r"Deleting less/a failed: .*"):
        blob("Delete", container="less", name="a")
    assert blob("DeleteList", container="less", prefix="in/") == {"count": 2, "size": 5}
    assert blob("DeleteList", container="less") == {"count": 0, "size": 0}
    with pytest.raises(TaskFailure, match="No blob was found at less/ and `errorOnEmpty` is true"):
        blob("DeleteList", container="less", errorOnEmpty=True)


def test_an_address_lets_others_in_for_a_while(azurite: Azurite, blob: Run) -> None:
    azurite.make("shared", a=b"for you")
    end = datetime.now(UTC) + timedelta(hours=1)
    for allowed in (["READ"], ["r", "WRITE"]):
        given = {"container": "shared", "name": "a", "permissions": allowed}
        uri = blob("SharedAccess", **given, expirationDate=end.isoformat())["uri"]
        with urllib.request.urlopen(uri) as answer:
            assert answer.read() == b"for you"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(
            blob("SharedAccess", **given, expirationDate="2020-01-01T00:00:00Z")["uri"]
        ).close()
    # A task with such a signature for its token reads, and cannot delete.
    token = uri.partition("?")[2]
    own = {"sharedKeyAccountName": None, "sharedKeyAccountAccessKey": None, "sasToken": f"?{token}"}
    assert blob("Download", **own, container="shared", name="a")["blob"]["size"] == 7
    copied = {"from": {"container": "shared", "name": "a"}, "to": {"container": "shared", "name": "a"}}
    assert blob("Copy", **own, **copied)["blob"]["size"] == 7
    with pytest.raises(TaskFailure, match=r"\(AuthorizationPermissionMismatch\); the `sasToken` does not"):
        blob("Delete", **own, container="shared", name="a")
    with pytest.raises(TaskFailure, match="sharedKeyAccountAccessKey: missing; only it can sign"):
        blob("SharedAccess", **own, **given, expirationDate=end.isoformat())


def test_a_connection_string_is_enough(azurite: Azurite, blob: Run) -> None:
    azurite.make("text", a=b"1")
    none = dict.fromkeys(azurite.properties)
    given = {**none, "connectionString": azurite.connection, "container": "text", "name": "a"}
    assert blob("Download", **given)["blob"]["size"] == 1
    shared = blob("SharedAccess", **given, permissions=["READ"], expirationDate="2999-01-01T00:00:00Z")
    assert shared["uri"].startswith(f"{azurite.endpoint}/text/a?")


def test_new_and_changed_blobs_start_the_flow(azurite: Azurite, make_context: MakeContext) -> None:
    azurite.make("watched", in__a=b"1")
    ctx = make_context(trigger_id="arrival")

    def poll(**given: Any) -> Any:
        fired = make_plugin(
            ctx,
            "azure.storage.blob.Trigger",
            **azurite.properties,
            container="watched",
            prefix="in/",
            **given,
        ).poll(ctx)
        return fired and [
            (item["name"], item["changeType"], ctx.read_text(item["uri"]))
            for item in fired.variables["blobs"]
        ]

    assert poll() == [("in/a", "CREATE", "1")]
    assert poll() is None
    client = azurite.client.get_container_client("watched")
    client.upload_blob("in/a", b"2", overwrite=True)
    assert poll(on="CREATE") is None
    client.upload_blob("in/a", b"3", overwrite=True)
    client.upload_blob("in/b", b"4")
    moved = {"action": "MOVE", "moveTo": {"name": "done"}}
    assert poll(**moved) == [("in/a", "UPDATE", "3"), ("in/b", "CREATE", "4")]
    assert azurite.names("watched") == ["done/a", "done/b"]
    client.upload_blob("in/b", b"5")
    assert poll(action="DELETE") == [("in/b", "CREATE", "5")]


def test_a_trigger_whose_action_fails_starts_the_flow_once(
    azurite: Azurite, make_context: MakeContext
) -> None:
    azurite.make("stuck", a=b"1")
    ctx = make_context(trigger_id="arrival")
    trigger = make_plugin(
        ctx,
        "azure.storage.blob.Trigger",
        **azurite.properties,
        container="stuck",
        action="MOVE",
        moveTo={"container": "nowhere"},
    )
    assert trigger.poll(ctx) is not None
    assert "the flow starts all the same" in ctx.messages[-1]
    assert trigger.poll(ctx) is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"name": "none"},
            r"Download of errors/none failed: .*does not exist \(BlobNotFound\); check `name`",
        ),
        ({"container": "none"}, r"\(ContainerNotFound\); check `container`"),
        ({"sharedKeyAccountAccessKey": "d3JvbmcgMQ=="}, r"\(AuthorizationFailure\); check the account key"),
        ({"sharedKeyAccountAccessKey": None}, "sharedKeyAccountAccessKey: missing; name and key"),
        (
            {"sharedKeyAccountName": None, "sharedKeyAccountAccessKey": None},
            "connectionString: missing; give it, a `sasToken`, or",
        ),
        ({"endpoint": None}, "endpoint: missing; give it, or a `connectionString`"),
        ({"connectionString": "secret-thing"}, "connectionString: not one; copy it from the access keys"),
        ({"endpoint": f"http://127.0.0.1:1/{ACCOUNT}"}, "refused; check `endpoint` and the network"),
    ],
)
def test_what_cannot_be_is_told_without_secrets(
    azurite: Azurite, blob: Run, given: dict[str, Any], problem: str
) -> None:
    if "errors" not in [item.name for item in azurite.client.list_containers()]:
        azurite.make("errors", a=b"1")
    with pytest.raises(TaskFailure, match=problem) as caught:
        blob("Download", **{"container": "errors", "name": "a", **given})
    assert "d3JvbmcgMQ==" not in str(caught.value)
    assert "secret-thing" not in str(caught.value)


@pytest.mark.parametrize(
    ("task", "given", "problem"),
    [
        ("Upload", {"accessTier": "WARM", "from": "kestra:///x"}, "accessTier: 'WARM' is none; use ARCHIVE,"),
        ("Downloads", {"action": "MOVE"}, "moveTo: missing; `action: MOVE` needs it"),
        ("List", {"regexp": "("}, r"regexp: '\(' is not a regular expression"),
        (
            "SharedAccess",
            {"permissions": ["FLY"], "expirationDate": "2999-01-01"},
            "permissions: fly is none",
        ),
        ("SharedAccess", {"permissions": ["READ"], "expirationDate": "soon"}, "'soon' is not a date"),
    ],
)
def test_wrong_properties_are_told(
    blob: Run, make_context: MakeContext, task: str, given: Any, problem: str
) -> None:
    ctx = make_context()
    if "from" in given:
        given = {**given, "from": ctx.put("x", b"1")}
    name = {} if task in ("Downloads", "List") else {"name": "a"}
    with pytest.raises(TaskFailure, match=problem):
        blob(task, ctx=ctx, container="any", **name, **given)


@pytest.mark.parametrize(
    "given", [{"legalHold": True}, {"immutabilityPolicy": {"expiryTime": "2999-01-01T00:00:00Z"}}]
)
def test_a_hold_is_asked_for(azurite: Azurite, blob: Run, make_context: MakeContext, given: Any) -> None:
    """Azurite knows neither kind, and says so."""
    if "held" not in [item.name for item in azurite.client.list_containers()]:
        azurite.make("held")
    ctx = make_context()
    uri = ctx.put("a", b"1")
    with pytest.raises(TaskFailure, match="not implemented yet"):
        blob("Upload", ctx=ctx, container="held", name="a", **{"from": uri}, **given)


def test_a_stopped_upload_says_so(azurite: Azurite, blob: Run, make_context: MakeContext) -> None:
    azurite.make("halted")
    ctx = make_context()
    uri = ctx.put("a", b"1")
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped; "):
        blob("Upload", ctx=ctx, container="halted", name="a", **{"from": uri})
    assert azurite.names("halted") == []
