"""Google Cloud Storage tasks with the real client."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import TaskFailure
from tests.emulators.google import PROJECT, Google
from tests.engine.plugins.conftest import NOW, MakeContext, make_plugin


@pytest.fixture
def gcs(google: Google, make_context: MakeContext) -> Callable[..., dict[str, Any]]:
    """Return `gcs("Upload", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        plugin = make_plugin(ctx, f"gcp.gcs.{task}", projectId=PROJECT, **properties)
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def bucket(google: Google, gcs: Any) -> str:
    """Return the name of a bucket with three files."""
    gcs("CreateBucket", name="data")
    for name in ("a.csv", "b.txt", "deep/c.csv"):
        google.gcs.put(f"data/{name}", name.encode())
    return "data"


def test_a_bucket_is_made_with_its_settings(google: Google, gcs: Any) -> None:
    made = gcs(
        "CreateBucket",
        name="shop",
        location="EU",
        storageClass="NEARLINE",
        labels={"team": "data", "level": 1},
        versioningEnabled=True,
        requesterPays=True,
        indexPage="index.html",
        notFoundPage="404.html",
        retentionPeriod=60,
        defaultKmsKeyName="projects/p/key",
        defaultEventBasedHold=True,
        lifecycleRules=[
            {"condition": {"age": 30}, "action": {"type": "SET_STORAGE_CLASS", "value": "ARCHIVE"}},
            {"condition": {"age": 90}, "action": {"type": "DELETE"}},
        ],
        cors=[{"origins": ["https://example.com"], "methods": ["GET"], "maxAgeSeconds": 5}],
        iamConfiguration={"uniformBucketLevelAccessEnabled": True, "publicAccessPrevention": "ENFORCED"},
        logging={"logBucket": "logs", "logObjectPrefix": "shop"},
    )
    assert made == {
        "bucket": {
            "name": "shop",
            "uri": "gs://shop",
            "location": "EU",
            "indexPage": "index.html",
            "notFoundPage": "404.html",
        },
        "created": True,
        "updated": False,
    }
    stored = google.gcs.storage.get_bucket("shop")
    assert stored["labels"] == {"team": "data", "level": "1"}
    assert stored["storageClass"] == "NEARLINE"
    assert stored["versioning"] == {"enabled": True}
    assert stored["billing"] == {"requesterPays": True}
    assert stored["retentionPolicy"] == {"retentionPeriod": "60"}
    assert stored["encryption"] == {"defaultKmsKeyName": "projects/p/key"}
    assert stored["defaultEventBasedHold"] is True
    assert stored["lifecycle"]["rule"] == [
        {"action": {"type": "SetStorageClass", "storageClass": "ARCHIVE"}, "condition": {"age": 30}},
        {"action": {"type": "Delete"}, "condition": {"age": 90}},
    ]
    assert stored["cors"] == [{"origin": ["https://example.com"], "method": ["GET"], "maxAgeSeconds": 5}]
    assert stored["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    assert stored["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert stored["logging"] == {"logBucket": "logs", "logObjectPrefix": "shop"}


def test_a_bucket_that_exists_fails_stays_or_changes(google: Google, gcs: Any, bucket: str) -> None:
    with pytest.raises(TaskFailure, match="The bucket data exists already; set `ifExists` to SKIP"):
        gcs("CreateBucket", name=bucket)
    skipped = gcs("CreateBucket", name=bucket, ifExists="SKIP", labels={"a": "b"})
    assert (skipped["created"], skipped["updated"]) == (False, False)
    assert "labels" not in google.gcs.storage.get_bucket(bucket)
    updated = gcs("CreateBucket", name=bucket, ifExists="UPDATE", labels={"a": "b"})
    assert (updated["created"], updated["updated"]) == (False, True)
    assert google.gcs.storage.get_bucket(bucket)["labels"] == {"a": "b"}


def test_a_bucket_is_changed(google: Google, gcs: Any, bucket: str) -> None:
    changed = gcs("UpdateBucket", name=bucket, indexPage="home.html", storageClass="COLDLINE")
    assert (changed["updated"], changed["bucket"]["indexPage"]) == (True, "home.html")
    assert google.gcs.storage.get_bucket(bucket)["storageClass"] == "COLDLINE"
    with pytest.raises(TaskFailure, match=r"Changing the bucket nowhere failed: .*\(404\)"):
        gcs("UpdateBucket", name="nowhere", labels={"a": "b"})


def test_a_full_bucket_is_deleted_only_by_force(google: Google, gcs: Any, bucket: str) -> None:
    with pytest.raises(TaskFailure, match="set `force: true`"):
        gcs("DeleteBucket", name=bucket)
    assert gcs("DeleteBucket", name=bucket, force=True) == {"bucket": "data", "bucketUri": "gs://data"}
    with pytest.raises(TaskFailure, match=r"Deleting the bucket data failed: .*\(404\)"):
        gcs("DeleteBucket", name=bucket)


def test_a_file_goes_up_and_comes_back(google: Google, gcs: Any, bucket: str, make_context: Any) -> None:
    ctx = make_context()
    content = b"id,name\n1,x\n" * 1000
    md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
    uploaded = gcs(
        "Upload",
        ctx=ctx,
        **{"from": ctx.put("x.csv", content)},
        to="gs://data/in/x.csv",
        contentType="text/csv",
        cacheControl="no-cache",
        contentDisposition="attachment",
        expectedMd5=hashlib.md5(content).hexdigest(),
    )
    assert (uploaded["uri"], uploaded["md5"]) == ("gs://data/in/x.csv", md5)
    assert ("file.size", len(content)) in [(m.name, m.value) for m in ctx.metrics]
    [blob] = gcs("List", **{"from": "gs://data/in/"})["blobs"]
    told = ("contentType", "cacheControl", "contentDisposition", "md5", "crc32c", "size", "directory")
    assert [blob[name] for name in told] == [
        "text/csv",
        "no-cache",
        "attachment",
        md5,
        uploaded["crc32c"],
        len(content),
        False,
    ]
    got = gcs("Download", ctx=ctx, **{"from": "gs://data/in/x.csv"}, validateChecksum=True)
    assert (got["bucket"], got["path"]) == ("data", "in/x.csv")
    assert ctx.open(got["uri"]).read() == content


def test_a_large_file_goes_up_in_parts(google: Google, gcs: Any, bucket: str, make_context: Any) -> None:
    ctx = make_context()
    content = bytes(range(256)) * 40_000  # more than the 8 MB up to which one request is enough
    gcs("Upload", ctx=ctx, **{"from": ctx.put("x.bin", content)}, to="gs://data/x.bin")
    assert google.gcs.get("data/x.bin") == content


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"expectedMd5": "0" * 32}, "expectedMd5: the file has the checksum .*; nothing was written"),
        ({"expectedCrc32c": "AAAAAA=="}, "expectedCrc32c: the file has the checksum"),
        ({"expectedCrc32c": "what?"}, "expectedCrc32c: 'what\\?' is not a checksum"),
        ({"to": "data/x.bin"}, "to: 'data/x.bin' is not the address of an object"),
        ({"to": "gs://data/"}, "to: 'gs://data/' is not the address of an object"),
        ({"to": "gs://nowhere/x.bin"}, "Upload to gs://nowhere/x.bin failed: .*(404)"),
    ],
)
def test_an_upload_that_cannot_be_is_refused(
    google: Google, gcs: Any, bucket: str, make_context: Any, given: dict[str, str], message: str
) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=message):
        gcs("Upload", ctx=ctx, **{"from": ctx.put("x.bin", b"x"), "to": "gs://data/x.bin", **given})
    assert "x.bin" not in google.gcs.names("data")


def test_a_damaged_download_is_noticed(google: Google, gcs: Any, bucket: str, make_context: Any) -> None:
    ctx = make_context()
    gcs("Upload", ctx=ctx, **{"from": ctx.put("x.bin", b"good")}, to="gs://data/x.bin")
    resource = google.gcs.storage.get_file_obj("data", "x.bin")
    google.gcs.storage.create_file("data", "x.bin", b"evil", resource)
    with pytest.raises(TaskFailure, match="does not have the CRC32C checksum"):
        gcs("Download", **{"from": "gs://data/x.bin"}, validateChecksum=True)
    assert gcs("Download", **{"from": "gs://data/x.bin"})["path"] == "x.bin"


def test_a_missing_object_fails(google: Google, gcs: Any, bucket: str) -> None:
    with pytest.raises(TaskFailure, match=r"Download of gs://data/no.csv failed: .*\(404\)"):
        gcs("Download", **{"from": "gs://data/no.csv"})


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["a.csv", "b.txt", "deep/"]),
        ({"filter": "FILES"}, ["a.csv", "b.txt"]),
        ({"filter": "DIRECTORY"}, ["deep/"]),
        ({"listingType": "RECURSIVE"}, ["a.csv", "b.txt", "deep/c.csv"]),
        ({"listingType": "RECURSIVE", "regExp": r"gs://data/.*\.csv"}, ["a.csv", "deep/c.csv"]),
        ({"listingType": "RECURSIVE", "regExp": r"\.csv"}, []),
        ({"from": "gs://data/deep/"}, ["deep/c.csv"]),
        ({"from": "gs://data/a"}, ["a.csv"]),
    ],
)
def test_objects_are_listed(gcs: Any, bucket: str, given: dict[str, Any], names: list[str]) -> None:
    listed = gcs("List", **{"from": "gs://data", **given})["blobs"]
    assert [blob["name"] for blob in listed] == names
    assert [blob["uri"] for blob in listed] == [f"gs://data/{name}" for name in names]
    assert all(blob["directory"] == blob["name"].endswith("/") for blob in listed)


def test_long_lists_are_cut_with_a_warning(gcs: Any, bucket: str, make_context: Any) -> None:
    ctx = make_context()
    listed = gcs("List", ctx=ctx, **{"from": "gs://data"}, listingType="RECURSIVE", maxFiles=2)
    assert [blob["name"] for blob in listed["blobs"]] == ["a.csv", "b.txt"]
    assert ctx.messages == ["3 objects were found, more than `maxFiles` allows; only 2 are taken"]


def test_a_wrong_pattern_is_named(gcs: Any, bucket: str) -> None:
    with pytest.raises(TaskFailure, match=r"regExp: '\(' is not a regular expression"):
        gcs("List", **{"from": "gs://data"}, regExp="(")


def test_several_files_are_read_and_moved(google: Google, gcs: Any, bucket: str, make_context: Any) -> None:
    ctx = make_context()
    got = gcs(
        "Downloads",
        ctx=ctx,
        **{"from": "gs://data"},
        listingType="RECURSIVE",
        regExp=r".*\.csv",
        action="MOVE",
        moveDirectory="gs://data/done/",
    )
    assert {name: ctx.read_text(uri) for name, uri in got["outputFiles"].items()} == {
        "a.csv": "a.csv",
        "deep/c.csv": "deep/c.csv",
    }
    assert [blob["uri"] for blob in got["blobs"]] == list(got["outputFiles"].values())
    assert google.gcs.names("data") == ["b.txt", "done/a.csv", "done/c.csv"]
    gcs("Downloads", **{"from": "gs://data/done/"}, action="DELETE")
    assert google.gcs.names("data") == ["b.txt"]
    with pytest.raises(TaskFailure, match="moveDirectory: missing"):
        gcs("Downloads", **{"from": "gs://data/"}, action="MOVE")


def test_an_object_is_deleted_once(gcs: Any, bucket: str) -> None:
    assert gcs("Delete", uri="gs://data/a.csv") == {"uri": "gs://data/a.csv", "deleted": True}
    assert gcs("Delete", uri="gs://data/a.csv")["deleted"] is False
    with pytest.raises(TaskFailure, match="gs://data/a.csv does not exist and `errorOnMissing` is true"):
        gcs("Delete", uri="gs://data/a.csv", errorOnMissing=True)


@pytest.mark.parametrize("concurrent", [None, 4])
def test_many_objects_are_deleted(google: Google, gcs: Any, bucket: str, concurrent: int | None) -> None:
    gone = gcs("DeleteList", **{"from": "gs://data"}, listingType="RECURSIVE", concurrent=concurrent)
    assert gone == {"count": 3, "size": len("a.csv" + "b.txt" + "deep/c.csv")}
    assert google.gcs.names("data") == []
    assert gcs("DeleteList", **{"from": "gs://data"}) == {"count": 0, "size": 0}
    with pytest.raises(TaskFailure, match="`errorOnEmpty` is true"):
        gcs("DeleteList", **{"from": "gs://data"}, errorOnEmpty=True)


def test_an_object_is_copied_or_moved(google: Google, gcs: Any, bucket: str) -> None:
    gcs("CreateBucket", name="other")
    assert gcs("Copy", **{"from": "gs://data/a.csv"}, to="gs://other/x/a.csv")["uri"] == "gs://other/x/a.csv"
    gcs("Copy", **{"from": "gs://data/b.txt"}, to="gs://other/b.txt", delete=True)
    assert google.gcs.get("other/x/a.csv") == b"a.csv"
    assert (google.gcs.names("data"), google.gcs.names("other")) == (
        ["a.csv", "deep/c.csv"],
        ["b.txt", "x/a.csv"],
    )
    with pytest.raises(TaskFailure, match="it would be lost"):
        gcs("Copy", **{"from": "gs://data/a.csv"}, to="gs://data/a.csv", delete=True)


def test_objects_are_joined(google: Google, gcs: Any, bucket: str) -> None:
    joined = gcs("Compose", list={"from": "gs://data", "listingType": "RECURSIVE"}, to="gs://data/all.txt")
    assert joined == {"uri": "gs://data/all.txt"}
    assert google.gcs.get("data/all.txt") == b"a.csvb.txtdeep/c.csv"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"list": {"from": "gs://data/none/"}}, "No object was found at gs://data/none/"),
        ({"to": "gs://other/x"}, "is in another bucket"),
        ({"list": {"from": "gs://data/many/"}}, "33 objects were found at gs://data/many/; 32 can be joined"),
    ],
)
def test_objects_that_cannot_be_joined_are_refused(
    google: Google, gcs: Any, bucket: str, given: dict[str, Any], message: str
) -> None:
    for number in range(33):
        google.gcs.put(f"data/many/{number}", b"x")
    with pytest.raises(TaskFailure, match=message):
        gcs("Compose", **{"list": {"from": "gs://data"}, "to": "gs://data/all.txt", **given})


def test_joining_nothing_can_be_fine(gcs: Any, bucket: str) -> None:
    joined = gcs("Compose", list={"from": "gs://data/none/"}, to="gs://data/all.txt", allowEmpty=True)
    assert joined == {"uri": None}


def test_a_role_is_granted_once(gcs: Any, bucket: str, google: Google) -> None:
    wanted = {"name": bucket, "member": "user:grace@example.com", "role": "roles/storage.objectViewer"}
    assert gcs("CreateBucketIamPolicy", **wanted)["created"] is True
    assert gcs("CreateBucketIamPolicy", **wanted)["created"] is False
    with pytest.raises(TaskFailure, match=r"user:grace@example.com has roles/storage.objectViewer"):
        gcs("CreateBucketIamPolicy", **wanted, ifExists="ERROR")
    [binding] = google.gcs.storage.get_bucket_iam_policy(bucket)["bindings"]
    assert binding == {"role": wanted["role"], "members": [wanted["member"]]}


@pytest.fixture
def poll(google: Google, make_context: MakeContext) -> Callable[..., list[tuple[str, str]]]:
    """Return `poll(**properties)`: names and kinds of change of the objects that start the flow."""

    def look(later: timedelta = timedelta(0), **properties: Any) -> list[tuple[str, str]]:
        ctx = make_context(
            task_run_id="", execution_id="", task_id="", trigger_id="watch", clock=lambda: NOW + later
        )
        trigger = make_plugin(ctx, "gcp.gcs.Trigger", **{"from": "gs://data", **properties})
        fired = trigger.poll(ctx)
        blobs = fired.variables["blobs"] if fired else []
        assert [ctx.read_text(blob["uri"])[:1] for blob in blobs] == [blob["name"][:1] for blob in blobs]
        return [(blob["name"], blob["changeType"]) for blob in blobs]

    return look


def upload(gcs: Any, make_context: Any, name: str) -> None:
    ctx = make_context()
    gcs("Upload", ctx=ctx, **{"from": ctx.put("x", name.encode())}, to=f"gs://data/{name}")


def test_every_version_of_an_object_starts_once(gcs: Any, poll: Any, make_context: Any) -> None:
    gcs("CreateBucket", name="data")
    assert poll() == []
    upload(gcs, make_context, "a.csv")
    assert (poll(), poll()) == ([("a.csv", "CREATE")], [])
    upload(gcs, make_context, "a.csv")
    upload(gcs, make_context, "b.csv")
    assert (poll(), poll()) == ([("a.csv", "UPDATE"), ("b.csv", "CREATE")], [])


def test_a_trigger_may_want_only_new_or_only_changed_objects(gcs: Any, poll: Any, make_context: Any) -> None:
    gcs("CreateBucket", name="data")
    both = ({"on": "CREATE", "stateKey": "one"}, {"on": "UPDATE", "stateKey": "two"})
    upload(gcs, make_context, "a.csv")
    assert [poll(**given) for given in both] == [[("a.csv", "CREATE")], []]
    upload(gcs, make_context, "a.csv")
    assert [poll(**given) for given in both] == [[], [("a.csv", "UPDATE")]]


def test_what_is_over_the_limit_starts_the_next_time(gcs: Any, poll: Any, make_context: Any) -> None:
    gcs("CreateBucket", name="data")
    for name in ("a", "b", "c"):
        upload(gcs, make_context, name)
    found = [[name for name, _ in poll(maxFiles=2)] for _ in range(3)]
    assert found == [["a", "b"], ["c"], []]


def test_an_object_that_was_moved_away_is_new_when_it_comes_again(
    google: Google, gcs: Any, poll: Any, make_context: Any
) -> None:
    gcs("CreateBucket", name="data")
    moved = {"action": "MOVE", "moveDirectory": "gs://data/done"}
    for _ in range(2):
        upload(gcs, make_context, "a.csv")
        assert poll(**moved) == [("a.csv", "CREATE")]
    assert google.gcs.names("data") == ["done/a.csv"]


def test_an_object_is_forgotten_after_its_time(
    google: Google, gcs: Any, poll: Any, make_context: Any
) -> None:
    gcs("CreateBucket", name="data")
    upload(gcs, make_context, "a.csv")
    assert poll(stateTtl="P1D") == [("a.csv", "CREATE")]
    assert poll(timedelta(hours=23), stateTtl="P1D") == []
    google.gcs.storage.delete_file("data", "a.csv")
    assert poll(timedelta(hours=50), stateTtl="P1D") == []
    upload(gcs, make_context, "a.csv")
    assert poll(timedelta(hours=51), stateTtl="P1D") == [("a.csv", "CREATE")]
