"""Files of servers reached by SFTP, FTP and FTP over TLS: the same tasks, the same facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import FlowsmithError, TaskFailure
from tests.emulators.files import PASSWORD, USER, Files
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]


@pytest.fixture(params=["sftp", "ftp", "ftps"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of server."""
    return str(request.param)


@pytest.fixture
def remote(files: Files, make_context: MakeContext, kind: str) -> Run:
    """Return `remote("Upload", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        given = {**files.properties(kind), **properties}
        plugin = make_plugin(ctx, f"fs.{kind.partition('-')[0]}.{task}", **given)
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def base(files: Files, kind: str) -> str:
    """The address of the server."""
    return f"{kind.partition('-')[0]}://127.0.0.1:{files.ports[kind]}"


@pytest.mark.parametrize("kind", ["sftp", "ftp", "ftps", "ftps-implicit"], indirect=True)
def test_a_file_goes_up_and_comes_back(
    files: Files, remote: Run, base: str, make_context: MakeContext
) -> None:
    ctx, content = make_context(), bytes(range(256)) * 4000
    uri = ctx.put("x.bin", content)
    sent = remote("Upload", ctx=ctx, **{"from": uri}, to="/new/deep/ä b.bin")
    assert sent == {"from": uri, "to": f"{base}/new/deep/ä b.bin"}
    assert (files.folder / "new/deep/ä b.bin").read_bytes() == content
    got = remote("Download", ctx=ctx, **{"from": "new/deep/ä b.bin"})
    assert ctx.open(got["to"]).read() == content
    assert (got["from"], got["checksum"]) == (sent["to"], hashlib.sha256(content).hexdigest())
    assert ("file.size", len(content)) in [(metric.name, metric.value) for metric in ctx.metrics]


def test_an_upload_keeps_what_is_there_if_told(
    files: Files, remote: Run, base: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    uri = ctx.put("x.txt", b"new")
    files.put("x.txt", "old")
    with pytest.raises(TaskFailure, match="to: there is a file '/x.txt' already; set `overwrite: true`"):
        remote("Upload", ctx=ctx, **{"from": uri}, to="/x.txt", overwrite=False)
    assert (files.folder / "x.txt").read_text() == "old"
    remote("Upload", ctx=ctx, **{"from": uri}, to="/x.txt")
    assert (files.folder / "x.txt").read_text() == "new"
    (files.folder / "box").mkdir()
    with pytest.raises(TaskFailure, match="to: '/box' is a folder; write `/box/`"):
        remote("Upload", ctx=ctx, **{"from": uri}, to="/box")
    name = uri.rpartition("/")[2]
    assert remote("Upload", ctx=ctx, **{"from": uri}, to="/box/")["to"] == f"{base}/box/{name}"
    assert remote("Upload", ctx=ctx, **{"from": uri})["to"] == f"{base}/{name}"


def test_several_files_go_up(files: Files, remote: Run, base: str, make_context: MakeContext) -> None:
    ctx = make_context()
    given = {"a.csv": ctx.put("a.csv", b"1"), "sub/b.csv": ctx.put("b.csv", b"2"), "c.txt": ctx.put("c", b"")}
    sent = remote("Uploads", ctx=ctx, **{"from": given}, to="/in", regExp=r".*\.csv")
    assert sent["files"] == [f"{base}/in/a.csv", f"{base}/in/sub/b.csv"]
    assert files.names() == ["in/a.csv", "in/sub/b.csv"]
    remote("Uploads", ctx=ctx, **{"from": list(given.values())}, to="/all", maxFiles=1)
    assert len(files.names()) == 3
    assert ctx.messages == ["3 files, more than `maxFiles` allows; only 1 are written"]
    with pytest.raises(TaskFailure, match="from: '../x' would leave its folder"):
        remote("Uploads", ctx=ctx, **{"from": {"../x": given["a.csv"], "y": given["a.csv"]}}, to="/in")


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("Download", {"from": "/a/../../etc/passwd"}),
        ("Upload", {"from": "kestra:///x", "to": "../x"}),
        ("Move", {"from": "/a", "to": "/b/../../c"}),
        ("Delete", {"uri": "/a\r\nDELE /b"}),
        ("List", {"from": ".."}),
    ],
)
def test_no_path_leaves_its_folder(files: Files, make_context: MakeContext, task: str, given: Any) -> None:
    ctx = make_context()
    plugin = make_plugin(ctx, f"fs.ftp.{task}", **files.properties("ftp"), **given)
    with pytest.raises(TaskFailure, match="would leave its folder"):
        plugin.run(ctx)


def test_a_checksum_is_compared(files: Files, remote: Run) -> None:
    files.put("x.txt", "good")
    md5 = hashlib.md5(b"good").hexdigest()
    given = {"from": "/x.txt", "validateChecksum": True, "checksumAlgorithm": "MD5"}
    assert remote("Download", **given, checksumExpected=md5.upper())["checksum"] == md5
    with pytest.raises(TaskFailure, match=f"has the checksum {md5}, not 00; nothing was stored"):
        remote("Download", **given, checksumExpected="00")
    with pytest.raises(TaskFailure, match="checksumExpected: missing"):
        remote("Download", **given)


def test_a_missing_file_is_named(remote: Run) -> None:
    with pytest.raises(TaskFailure, match=r"Download of '/no\.txt' failed: "):
        remote("Download", **{"from": "/no.txt"})
    with pytest.raises(TaskFailure, match="from: there is no folder '/none' on "):
        remote("List", **{"from": "/none"})
    with pytest.raises(TaskFailure, match=r"from: there is no '/no\.txt' on "):
        remote("Move", **{"from": "/no.txt"}, to="/yes.txt")


@pytest.mark.parametrize("kind", ["sftp", "ftp", "ftp-old", "ftps-implicit"], indirect=True)
def test_files_are_listed(files: Files, remote: Run, base: str, make_context: MakeContext) -> None:
    files.put("in/b.csv", "1", 1_600_000_000)
    files.put("in/a.csv", "22", 1_700_000_000)
    files.put("in/sub/c.csv", "333", 1_650_000_000)
    files.put("in/d.txt")

    def names(**given: Any) -> list[str]:
        found = remote("List", **{"from": "/in", "regExp": r".*\.csv", **given})["files"]
        return [item["name"] for item in found]

    assert names(sort="NAME_ASC") == ["a.csv", "b.csv"]
    assert names(recursive=True, sort="NAME_DESC") == ["c.csv", "b.csv", "a.csv"]
    assert names(recursive=True, sort="LAST_MODIFIED_ASC") == ["b.csv", "c.csv", "a.csv"]
    assert names(recursive=True, sort="LAST_MODIFIED_DESC", maxFiles=1) == ["a.csv"]
    assert names(recursive=True, regExp=".*/sub/.*") == ["c.csv"]
    [item] = remote("List", **{"from": "in"}, regExp=r"/in/a\.csv")["files"]
    assert (item["serverPath"], item["size"], item["fileType"]) == (f"{base}/in/a.csv", 2, "FILE")
    assert item["updatedDate"].startswith("2023-11-1")
    assert PASSWORD not in str(item)
    ctx = make_context()
    remote("List", ctx=ctx, **{"from": "/in"}, maxFiles=1)
    assert ctx.messages == ["3 files were found, more than `maxFiles` allows; only 1 are taken"]
    with pytest.raises(TaskFailure, match=r"regExp: '\(' is not a regular expression"):
        names(regExp="(")


def test_several_files_are_read_and_moved_or_deleted(
    files: Files, remote: Run, make_context: MakeContext
) -> None:
    for name in ("in/a.csv", "in/b.txt", "in/sub/a.csv"):
        files.put(name)
    ctx = make_context()
    given = {"from": "/in", "recursive": True, "regExp": r".*\.csv"}
    got = remote("Downloads", ctx=ctx, **given)
    assert {name: ctx.read_text(uri) for name, uri in got["outputFiles"].items()} == {
        "a.csv": "in/a.csv",
        "/in/sub/a.csv": "in/sub/a.csv",
    }
    assert [item["path"] for item in got["files"]] == list(got["outputFiles"].values())
    remote("Downloads", **{**given, "recursive": False}, action="MOVE", moveDirectory="/done/today/")
    assert files.names() == ["done/today/a.csv", "in/b.txt", "in/sub/a.csv"]
    remote("Downloads", **given, action="DELETE")
    assert files.names() == ["done/today/a.csv", "in/b.txt"]
    with pytest.raises(TaskFailure, match="moveDirectory: missing"):
        remote("Downloads", **given, action="MOVE")


def test_a_file_is_moved(files: Files, remote: Run, base: str) -> None:
    files.put("a.txt", "a")
    moved = remote("Move", **{"from": "/a.txt"}, to="/x/y/")
    assert moved == {"from": f"{base}/a.txt", "to": f"{base}/x/y/a.txt"}
    files.put("b.txt", "b")
    with pytest.raises(TaskFailure, match="to: there is a file '/b.txt' already"):
        remote("Move", **{"from": "/x/y/a.txt"}, to="/b.txt")
    remote("Move", **{"from": "/x/y/a.txt"}, to="/b.txt", overwrite=True)
    assert (files.folder / "b.txt").read_text() == "a"
    with pytest.raises(TaskFailure, match="is where it is already"):
        remote("Move", **{"from": "/b.txt"}, to="/b.txt", overwrite=True)
    remote("Move", **{"from": "/x"}, to="/z")
    assert (files.folder / "z/y").is_dir()


def test_files_and_folders_are_deleted(files: Files, remote: Run, base: str) -> None:
    for name in ("a.txt", "box/b.txt", "box/deep/c.csv", "box/deep/d.txt"):
        files.put(name)
    assert remote("Delete", uri="/a.txt") == {"uri": f"{base}/a.txt", "deleted": True, "uris": []}
    assert remote("Delete", uri="/a.txt")["deleted"] is False
    with pytest.raises(TaskFailure, match="there is no '/a.txt' on .*, `errorOnMissing` is true"):
        remote("Delete", uri="/a.txt", errorOnMissing=True)
    with pytest.raises(TaskFailure, match="the folder '/box' is not empty; set `recursive: true`"):
        remote("Delete", uri="/box")
    gone = remote("Delete", uri="/box", regExp=r".*\.csv", recursive=True)
    assert (gone["uris"], gone["deleted"]) == ([f"{base}/box/deep/c.csv"], True)
    assert remote("Delete", uri="/box", regExp=r".*\.csv")["deleted"] is False
    remote("Delete", uri="/box", recursive=True)
    assert list(files.folder.iterdir()) == []
    with pytest.raises(TaskFailure, match="the whole server would be deleted"):
        remote("Delete", uri="/", recursive=True)


def test_links_are_not_followed_out_of_a_folder(files: Files, remote: Run, tmp_path: Any, kind: str) -> None:
    files.put("keep/x.txt")
    files.put("box/y.txt")
    (files.folder / "box/link").symlink_to("../keep")
    names = [item["name"] for item in remote("List", **{"from": "/box"}, recursive=True)["files"]]
    assert "x.txt" not in names or kind.startswith("ftp")  # MLSD shows a linked folder as a folder
    if kind == "sftp":
        remote("Delete", uri="/box", recursive=True)
        assert files.names() == ["keep/x.txt"]


def test_a_trigger_starts_once_for_each_content(files: Files, kind: str, make_context: MakeContext) -> None:
    def poll(**given: Any) -> list[tuple[str, str]]:
        ctx = make_context(task_run_id="", execution_id="", task_id="", trigger_id="watch")
        properties = {**files.properties(kind), "from": "/in", **given}
        trigger = make_plugin(ctx, f"fs.{kind.partition('-')[0]}.Trigger", **properties)
        fired = trigger.poll(ctx)
        found = fired.variables["files"] if fired else []
        assert all(ctx.read_text(item["path"]) for item in found)
        return [(item["name"], item["changeType"]) for item in found]

    assert poll() == []
    files.put("in/a.csv", "1", 1_600_000_000)
    files.put("in/b.csv", "2", 1_600_000_000)
    assert (poll(maxFiles=1, sort="NAME_ASC"), poll(), poll()) == (
        [("a.csv", "CREATE")],
        [("b.csv", "CREATE")],
        [],
    )
    files.put("in/a.csv", "now longer", 1_600_000_000)
    assert poll() == [("a.csv", "UPDATE")]
    moved = {"action": "MOVE", "moveDirectory": "/done"}
    for content in ("first", "second"):
        files.put("in/c.csv", content, 1_600_000_000)
        assert poll(**moved) == [("c.csv", "CREATE")]
    assert (files.folder / "done/c.csv").read_text() == "second"


def test_a_stopped_task_breaks_off(files: Files, remote: Run, make_context: MakeContext) -> None:
    files.put("x.txt")
    ctx = make_context()
    uri = ctx.put("y.txt", b"y")
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        remote("Download", ctx=ctx, **{"from": "/x.txt"})
    with pytest.raises(TaskFailure, match="Stopped"):
        remote("Upload", ctx=ctx, **{"from": uri}, to="/y.txt")
    assert files.names() == ["x.txt"]


def test_a_wrong_login_is_told_without_the_password(remote: Run) -> None:
    with pytest.raises(TaskFailure, match="check `username`") as refused:
        remote("List", **{"from": "/"}, password="guessed")
    assert "guessed" not in refused.value.message


def test_an_unreachable_server_is_named(remote: Run) -> None:
    with pytest.raises(TaskFailure, match="127.0.0.1:1.*; check `host` and `port`"):
        remote("List", **{"from": "/"}, port=1)
    with pytest.raises(TaskFailure, match="port: 'x' is not a port"):
        remote("List", **{"from": "/"}, port="x")
    with pytest.raises(FlowsmithError, match="host"):
        remote("List", **{"from": "/"}, host=None)


def sftp(files: Files, make_context: MakeContext, **given: Any) -> Any:
    ctx = make_context()
    properties = {**files.properties("sftp"), "from": "/", **given}
    return make_plugin(ctx, "fs.sftp.List", **properties).run(ctx)


def test_a_key_opens_the_door(files: Files, make_context: MakeContext) -> None:
    files.put("x.txt")
    assert len(sftp(files, make_context, password=None, keyfile=files.keyfile).files) == 1
    locked = files.locked_keyfile("swordfish")
    assert sftp(files, make_context, password=None, keyfile=locked, passphrase="swordfish").files
    with pytest.raises(TaskFailure, match="passphrase: missing or wrong"):
        sftp(files, make_context, password=None, keyfile=locked, passphrase="guess")
    with pytest.raises(TaskFailure, match="keyfile: not a private key"):
        sftp(files, make_context, password=None, keyfile="-----BEGIN nonsense")
    with pytest.raises(TaskFailure, match=f"refused the login of '{USER}'"):
        sftp(files, make_context, password=None)


def test_the_servers_own_key_is_checked(files: Files, make_context: MakeContext) -> None:
    sftp(files, make_context, knownHosts=files.known_hosts)
    other = "[127.0.0.1]:{} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2mRwbmLTqNlnmyJSsqEwhzv5Sqq6wDdLMWi9cyhvmm"
    with pytest.raises(TaskFailure, match="shows another key than `knownHosts` says"):
        sftp(files, make_context, knownHosts=other.format(files.ports["sftp"]))


def test_the_key_exchange_can_be_chosen(files: Files, make_context: MakeContext) -> None:
    sftp(files, make_context, keyExchangeAlgorithm="ecdh-sha2-nistp256", enableSshRsa1=True)
    with pytest.raises(TaskFailure, match="failed"):
        sftp(files, make_context, keyExchangeAlgorithm="nonsense")


def test_a_certificate_is_checked(files: Files, make_context: MakeContext) -> None:
    ctx = make_context()
    given = {**files.properties("ftps"), "insecureTrustAllCertificates": False, "from": "/"}
    with pytest.raises(TaskFailure, match="the certificate of the server is not valid: "):
        make_plugin(ctx, "fs.ftps.List", **given).run(ctx)
    given = {**files.properties("ftp"), "mode": "IMPLICIT", "from": "/"}
    with pytest.raises(TaskFailure, match="no secure connection: "):
        make_plugin(ctx, "fs.ftps.List", **given).run(ctx)


def test_a_server_without_encrypted_data_is_told(files: Files, make_context: MakeContext) -> None:
    ctx = make_context()
    given = {**files.properties("ftps"), "dataChannelProtectionLevel": "C", "from": "/"}
    with pytest.raises(TaskFailure, match="Listing '/' failed: 5"):
        make_plugin(ctx, "fs.ftps.List", **given).run(ctx)


def test_data_can_come_actively(files: Files, make_context: MakeContext) -> None:
    files.put("x.txt")
    ctx = make_context()
    given = {**files.properties("ftp"), "passiveMode": False, "from": "/"}
    assert len(make_plugin(ctx, "fs.ftp.List", **given).run(ctx).files) == 1
