"""S3 tasks with the real client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from engine.errors import FlowsmithError, TaskFailure
from tests.emulators.aws import KEYS, REGION, Aws
from tests.engine.plugins.conftest import NOW, MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def s3(aws: Aws, make_context: MakeContext) -> Run:
    """Return `s3("Upload", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        plugin = make_plugin(ctx, f"aws.s3.{task}", **{**aws.properties, **properties})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def bucket(aws: Aws) -> str:
    """Return the name of a bucket with three files."""
    client = aws.client("s3")
    client.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in ("a.csv", "b.txt", "deep/c.csv"):
        client.put_object(Bucket="data", Key=name, Body=name.encode())
    return "data"


def names(aws: Aws, bucket: str = "data") -> list[str]:
    return [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_bucket_is_made_in_its_region_once(aws: Aws, s3: Run) -> None:
    made = s3("CreateBucket", bucket="shop", objectLockEnabledForBucket=True)
    assert (made["bucket"], "shop" in made["region"]) == ("shop", True)
    assert aws.client("s3").get_bucket_location(Bucket="shop")["LocationConstraint"] == REGION
    assert aws.client("s3").get_object_lock_configuration(Bucket="shop")
    with pytest.raises(TaskFailure, match="Creating the bucket shop failed: .*BucketAlreadyOwnedByYou"):
        s3("CreateBucket", bucket="shop")
    s3("CreateBucket", bucket="first", region="us-east-1")


def test_a_file_goes_up_and_comes_back(aws: Aws, s3: Run, bucket: str, make_context: MakeContext) -> None:
    ctx, content = make_context(), b"id,name\n1,x\n" * 1000
    uploaded = s3(
        "Upload",
        ctx=ctx,
        **{"from": ctx.put("x.csv", content)},
        bucket=bucket,
        key="in/x.csv",
        contentType="text/csv",
        cacheControl="no-cache",
        contentDisposition="attachment",
        metadata={"made-by": "test", "level": 1},
        storageClass="STANDARD_IA",
        serverSideEncryption="AES256",
        checksumAlgorithm="SHA256",
        tagging={"team": "data = co+"},
    )
    assert (uploaded["bucket"], uploaded["key"], uploaded["files"]) == ("data", "in/x.csv", None)
    head = aws.client("s3").head_object(Bucket=bucket, Key="in/x.csv")
    assert (head["ContentType"], head["CacheControl"], head["StorageClass"]) == (
        "text/csv",
        "no-cache",
        "STANDARD_IA",
    )
    tags = aws.client("s3").get_object_tagging(Bucket=bucket, Key="in/x.csv")["TagSet"]
    assert tags == [{"Key": "team", "Value": "data = co+"}]
    got = s3("Download", ctx=ctx, bucket=bucket, key="in/x.csv", validateChecksum=True)
    assert ctx.open(got["uri"]).read() == content
    assert (got["eTag"], got["contentLength"], got["contentType"]) == (
        uploaded["eTag"],
        len(content),
        "text/csv",
    )
    assert (got["metadata"], got["checksumAlgorithm"]) == ({"made-by": "test", "level": "1"}, "SHA256")
    assert ("file.size", len(content)) in [(metric.name, metric.value) for metric in ctx.metrics]


def test_a_large_file_goes_up_in_parts(aws: Aws, s3: Run, bucket: str, make_context: MakeContext) -> None:
    ctx, content = make_context(), bytes(range(256)) * 40_000  # above 8 MB the client sends parts
    s3("Upload", ctx=ctx, **{"from": ctx.put("x.bin", content)}, bucket=bucket, key="x.bin")
    found = aws.client("s3").get_object(Bucket=bucket, Key="x.bin")
    assert found["Body"].read() == content
    assert found["ETag"].endswith('-2"')
    got = s3("Download", ctx=ctx, bucket=bucket, key="x.bin")
    assert ctx.open(got["uri"]).read() == content


@pytest.mark.parametrize("form", ["map", "json", "list"])
def test_several_files_go_into_a_folder(
    aws: Aws, s3: Run, bucket: str, make_context: MakeContext, form: str
) -> None:
    import json

    ctx = make_context()
    files = {"one.txt": ctx.put("one.txt", b"1"), "sub/two.txt": ctx.put("two.txt", b"22")}
    given: Any = {"map": files, "json": json.dumps(files), "list": list(files.values())}[form]
    uploaded = s3("Upload", ctx=ctx, **{"from": given}, bucket=bucket, key="out/", concurrentUploads=2)
    assert sorted(info["contentLength"] for info in uploaded["files"].values()) == [1, 2]
    assert sorted(f"out/{name}" for name in uploaded["files"]) == [
        name for name in names(aws) if name.startswith("out/")
    ]
    if form != "list":
        assert list(uploaded["files"]) == ["one.txt", "sub/two.txt"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bucket": "nowhere"}, r"Upload to s3://nowhere/x failed: .*NoSuchBucket\); check `bucket`"),
        ({"from": {"../x": "kestra:///x", "b": "kestra:///y"}}, "from: '../x' would leave its folder"),
        ({"from": "[]"}, "from: holds no file"),
        ({"from": "{oops"}, "from: neither an address nor the JSON text"),
        ({"from": ["kestra:///a/x", "kestra:///b/x"]}, "from: two files have the name 'x'"),
        ({"secretKeyId": None}, "secretKeyId: missing; `accessKeyId` and `secretKeyId` belong together"),
    ],
)
def test_an_upload_that_cannot_be_is_refused(
    aws: Aws, s3: Run, bucket: str, make_context: MakeContext, given: dict[str, Any], message: str
) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=message):
        s3("Upload", ctx=ctx, **{"from": ctx.put("x", b"x"), "bucket": bucket, "key": "x", **given})
    assert names(aws) == ["a.csv", "b.txt", "deep/c.csv"]


def test_a_missing_file_is_no_empty_object(aws: Aws, s3: Run, bucket: str) -> None:
    with pytest.raises(FlowsmithError):
        s3("Upload", **{"from": "kestra:///company/team/my-flow/none.csv"}, bucket=bucket, key="none.csv")
    assert "none.csv" not in names(aws)


def test_credentials_are_asked_for(aws: Aws, s3: Run, bucket: str) -> None:
    with pytest.raises(TaskFailure, match="there are no credentials; set `accessKeyId`"):
        s3("List", bucket=bucket, accessKeyId=None, secretKeyId=None)
    with aws.authenticating(), pytest.raises(TaskFailure) as refused:
        s3("List", bucket=bucket)
    assert "InvalidAccessKeyId" in refused.value.message
    assert "check `accessKeyId`" in refused.value.message
    assert KEYS["secretKeyId"] not in refused.value.message


def test_an_unreachable_service_is_named(s3: Run, aws: Aws) -> None:
    with pytest.raises(TaskFailure, match="127.0.0.1:1/.*; check `endpointOverride`, `region`"):
        s3("List", bucket="data", endpointOverride="http://127.0.0.1:1")
    with pytest.raises(TaskFailure, match="Listing s3://data/ failed: Invalid endpoint: oops"):
        s3("List", bucket="data", endpointOverride="oops")


def test_a_role_is_taken_on(aws: Aws, s3: Run, bucket: str) -> None:
    role = aws.client("iam").create_role(RoleName="loader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    aws.client("iam").put_role_policy(RoleName="loader", PolicyName="all", PolicyDocument=policy)
    taken = {"stsRoleArn": role, "stsEndpointOverride": aws.url, "stsRoleExternalId": "partner"}
    assert len(s3("List", bucket=bucket, **taken)["objects"]) == 3
    with pytest.raises(TaskFailure, match="Taking on the role .* failed: .*; check"):
        s3("List", bucket=bucket, **{**taken, "stsEndpointOverride": "http://127.0.0.1:1"})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["a.csv", "b.txt", "deep/c.csv"]),
        ({"prefix": "deep/"}, ["deep/c.csv"]),
        ({"delimiter": "/"}, ["a.csv", "b.txt"]),
        ({"marker": "a.csv"}, ["b.txt", "deep/c.csv"]),
        ({"regexp": r".*\.csv"}, ["a.csv", "deep/c.csv"]),
        ({"regexp": r"csv"}, []),
        ({"filter": "DIRECTORY"}, []),
        ({"filter": "FILES", "encodingType": "url"}, ["a.csv", "b.txt", "deep/c.csv"]),
    ],
)
def test_objects_are_listed(s3: Run, bucket: str, given: dict[str, Any], found: list[str]) -> None:
    assert [item["key"] for item in s3("List", bucket=bucket, **given)["objects"]] == found


def test_odd_names_are_listed_as_they_are(aws: Aws, s3: Run, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="z/ä +%20.csv", Body=b"")
    [item] = s3("List", bucket=bucket, prefix="z/")["objects"]
    assert (item["key"], item["size"]) == ("z/ä +%20.csv", 0)


def test_long_lists_are_cut_with_a_warning(s3: Run, bucket: str, make_context: MakeContext) -> None:
    ctx = make_context()
    assert len(s3("List", ctx=ctx, bucket=bucket, maxFiles=2)["objects"]) == 2
    assert ctx.messages == ["3 objects were found, more than `maxFiles` allows; only 2 are taken"]
    ctx = make_context()
    assert len(s3("List", ctx=ctx, bucket=bucket, maxKeys=1)["objects"]) == 1
    assert ctx.messages == ["The bucket holds more objects than `maxKeys` (1) lets be looked at"]


def test_a_wrong_pattern_is_named(s3: Run, bucket: str) -> None:
    with pytest.raises(TaskFailure, match=r"regexp: '\(' is not a regular expression"):
        s3("List", bucket=bucket, regexp="(")


def test_a_download_needs_a_name_that_exists(s3: Run, bucket: str) -> None:
    with pytest.raises(TaskFailure, match=r"s3://data/no.csv failed: .*\(NoSuchKey\); check `key`"):
        s3("Download", bucket=bucket, key="no.csv")
    with pytest.raises(TaskFailure, match="key: missing"):
        s3("Download", bucket=bucket)
    with pytest.raises(TaskFailure, match="key: goes not with"):
        s3("Download", bucket=bucket, key="a.csv", prefix="a")


def test_a_version_is_read(aws: Aws, s3: Run, bucket: str, make_context: MakeContext) -> None:
    client = aws.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = client.put_object(Bucket=bucket, Key="v", Body=b"old")["VersionId"]
    client.put_object(Bucket=bucket, Key="v", Body=b"new")
    ctx = make_context()
    got = s3("Download", ctx=ctx, bucket=bucket, key="v", versionId=old)
    assert (ctx.read_text(got["uri"]), got["versionId"]) == ("old", old)
    assert s3("Delete", bucket=bucket, key="v")["deleteMarker"] is True


def test_a_download_without_name_reads_all_that_match(
    s3: Run, bucket: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    files = s3("Download", ctx=ctx, bucket=bucket, regexp=r".*\.csv")["files"]
    assert {name: ctx.read_text(info["uri"]) for name, info in files.items()} == {
        "a.csv": "a.csv",
        "deep/c.csv": "deep/c.csv",
    }


def test_an_object_without_checksum_is_told(
    aws: Aws, s3: Run, bucket: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    s3(
        "Upload",
        ctx=ctx,
        **{"from": ctx.put("x", b"x")},
        bucket=bucket,
        key="plain",
        compatibilityMode=True,
        forcePathStyle=True,
    )
    got = s3("Download", ctx=ctx, bucket=bucket, key="plain", validateChecksum=True)
    assert got["checksumValue"] is None
    assert ctx.messages == ["s3://data/plain has no stored checksum; it was not compared"]


def test_several_objects_are_read_and_moved(
    aws: Aws, s3: Run, bucket: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    got = s3("Downloads", ctx=ctx, bucket=bucket, regexp=r".*\.csv", action="MOVE", moveTo={"key": "done/"})
    assert {name: ctx.read_text(uri) for name, uri in got["outputFiles"].items()} == {
        "a.csv": "a.csv",
        "deep/c.csv": "deep/c.csv",
    }
    assert [item["uri"] for item in got["objects"]] == list(got["outputFiles"].values())
    assert names(aws) == ["b.txt", "done/a.csv", "done/c.csv"]
    s3("Downloads", bucket=bucket, prefix="done/", action="DELETE")
    assert names(aws) == ["b.txt"]
    with pytest.raises(TaskFailure, match="moveTo: missing"):
        s3("Downloads", bucket=bucket, action="MOVE")
    with pytest.raises(TaskFailure, match="it would be lost"):
        s3("Downloads", bucket=bucket, action="MOVE", moveTo={"bucket": "data"})
    assert names(aws) == ["b.txt"]


def test_an_object_is_copied_or_moved(aws: Aws, s3: Run, bucket: str) -> None:
    s3("CreateBucket", bucket="other")
    copied = s3(
        "Copy",
        **{"from": {"bucket": bucket, "key": "a.csv"}},
        to={"bucket": "other", "serverSideEncryption": "AES256"},
    )
    assert (copied["bucket"], copied["key"]) == ("other", "a.csv")
    assert aws.client("s3").head_object(Bucket="other", Key="a.csv")["ServerSideEncryption"] == "AES256"
    s3("Copy", **{"from": {"bucket": bucket, "key": "b.txt"}}, to={"key": "x/b.txt"}, delete=True)
    assert names(aws) == ["a.csv", "deep/c.csv", "x/b.txt"]
    with pytest.raises(TaskFailure, match="it would be lost"):
        s3("Copy", **{"from": {"bucket": bucket, "key": "a.csv"}}, delete=True)
    with pytest.raises(TaskFailure, match="kmsKeyId: goes only with"):
        s3("Copy", **{"from": {"bucket": bucket, "key": "a.csv"}}, to={"key": "x", "kmsKeyId": "k"})
    with pytest.raises(TaskFailure, match="Copying s3://data/none to s3://data/x failed: .*404"):
        s3("Copy", **{"from": {"bucket": bucket, "key": "none"}}, to={"key": "x"})


def test_objects_are_deleted(aws: Aws, s3: Run, bucket: str) -> None:
    for _ in range(2):
        assert s3("Delete", bucket=bucket, key="a.csv")["versionId"] is None
    assert names(aws) == ["b.txt", "deep/c.csv"]
    gone = s3("DeleteList", bucket=bucket, concurrent=4)
    assert gone == {"count": 2, "size": len("b.txt" + "deep/c.csv")}
    assert names(aws) == []
    assert s3("DeleteList", bucket=bucket) == {"count": 0, "size": 0}
    with pytest.raises(TaskFailure, match="`errorOnEmpty` is true"):
        s3("DeleteList", bucket=bucket, errorOnEmpty=True)


def test_a_stopped_task_breaks_off(s3: Run, bucket: str, make_context: MakeContext) -> None:
    ctx = make_context()
    uri = ctx.put("x", b"x")
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        s3("Upload", ctx=ctx, **{"from": uri}, bucket=bucket, key="x")
    with pytest.raises(TaskFailure, match="Stopped"):
        s3("Download", ctx=ctx, bucket=bucket, key="a.csv")


def test_unknown_properties_are_refused(s3: Run) -> None:
    with pytest.raises((ValidationError, FlowsmithError)):
        s3("List", bucket="data", buckets="x")


@pytest.fixture
def poll(aws: Aws, make_context: MakeContext) -> Callable[..., list[tuple[str, str]]]:
    """Return `poll(**properties)`: names and kinds of change of the objects that start the flow."""

    def look(later: timedelta = timedelta(0), **properties: Any) -> list[tuple[str, str]]:
        ctx = make_context(
            task_run_id="", execution_id="", task_id="", trigger_id="watch", clock=lambda: NOW + later
        )
        trigger = make_plugin(ctx, "aws.s3.Trigger", **{**aws.properties, "bucket": "data", **properties})
        fired = trigger.poll(ctx)
        objects = fired.variables["objects"] if fired else []
        look.messages = ctx.messages  # type: ignore[attr-defined]
        assert all(ctx.read_text(item["uri"]) for item in objects)
        return [(item["key"], item["changeType"]) for item in objects]

    return look


def test_every_version_of_an_object_starts_once(aws: Aws, poll: Any, bucket: str) -> None:
    assert poll(prefix="n") == []
    assert [name for name, _ in poll()] == ["a.csv", "b.txt", "deep/c.csv"]
    assert poll() == []
    aws.client("s3").put_object(Bucket=bucket, Key="a.csv", Body=b"changed")
    aws.client("s3").put_object(Bucket=bucket, Key="n.csv", Body=b"new")
    assert (poll(), poll()) == ([("a.csv", "UPDATE"), ("n.csv", "CREATE")], [])


def test_a_trigger_may_want_only_new_or_only_changed_objects(aws: Aws, poll: Any, bucket: str) -> None:
    both = [{"on": on, "stateKey": on, "prefix": "a"} for on in ("CREATE", "UPDATE")]
    assert [poll(**given) for given in both] == [[("a.csv", "CREATE")], []]
    aws.client("s3").put_object(Bucket=bucket, Key="a.csv", Body=b"changed")
    assert [poll(**given) for given in both] == [[], [("a.csv", "UPDATE")]]


def test_what_is_over_the_limit_starts_the_next_time(poll: Any, bucket: str) -> None:
    found = [[name for name, _ in poll(maxFiles=2)] for _ in range(3)]
    assert found == [["a.csv", "b.txt"], ["deep/c.csv"], []]


def test_an_object_that_was_moved_away_is_new_when_it_comes_again(aws: Aws, poll: Any, bucket: str) -> None:
    for _ in range(2):
        aws.client("s3").put_object(Bucket=bucket, Key="in/x", Body=b"x")
        assert poll(prefix="in/", action="MOVE", moveTo={"key": "done"}) == [("in/x", "CREATE")]
    assert "done/x" in names(aws)


def test_a_flow_starts_although_its_objects_cannot_be_moved(poll: Any, bucket: str) -> None:
    gone = {"prefix": "a", "action": "MOVE", "moveTo": {"bucket": "nowhere", "key": "done"}}
    assert poll(**gone) == [("a.csv", "CREATE")]
    [message] = poll.messages
    assert message.startswith("MOVE of s3://data/a.csv failed: ")
    assert poll(**gone) == []


def test_an_object_is_forgotten_after_its_time(poll: Any, aws: Aws, bucket: str) -> None:
    assert len(poll(stateTtl="P1D", prefix="a")) == 1
    assert poll(timedelta(hours=23), stateTtl="P1D", prefix="a") == []
    aws.client("s3").delete_object(Bucket=bucket, Key="a.csv")
    assert poll(timedelta(hours=50), stateTtl="P1D", prefix="a") == []
    aws.client("s3").put_object(Bucket=bucket, Key="a.csv", Body=b"a.csv")
    assert poll(timedelta(hours=51), stateTtl="P1D", prefix="a") == [("a.csv", "CREATE")]
