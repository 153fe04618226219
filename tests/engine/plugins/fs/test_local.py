"""Files of this machine, only in folders the operator allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ForbiddenPath, SettingsError, TaskFailure


@pytest.fixture
def data(tmp_path) -> Path:
    folder = tmp_path / "data"
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "a.csv").write_text("one")
    (folder / "in" / "b.txt").write_text("two")
    (folder / "in" / "deep" / "c.csv").write_text("three")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def ctx(make_context, data):
    return make_context(settings={"io.kestra.plugin.fs.local": {"allowed-paths": [str(data)]}})


def names(output: dict) -> list[str]:
    return [file["name"] for file in output["files"]]


def test_files_are_listed(ctx, run_task, data) -> None:
    output = run_task(ctx, "fs.local.List", **{"from": str(data / "in")})
    assert (names(output), output["count"]) == (["a.csv", "b.txt"], 2)
    (found,) = run_task(ctx, "fs.local.List", **{"from": str(data)}, regExp=r"c\.csv", recursive=True)[
        "files"
    ]
    assert (found["localPath"], found["parent"], found["size"]) == (
        str(data / "in/deep/c.csv"),
        str(data / "in/deep"),
        5,
    )
    assert (found["uri"], found["isDirectory"]) == ((data / "in/deep/c.csv").as_uri(), False)


def test_a_file_goes_into_the_storage_and_out_again(ctx, run_task, data) -> None:
    stored = run_task(ctx, "fs.local.Download", **{"from": str(data / "in/a.csv")})
    assert (ctx.read_text(stored["uri"]), stored["size"]) == ("one", 3)
    output = run_task(ctx, "fs.local.Upload", **{"from": stored["uri"]}, to=str(data / "new/x.csv"))
    assert (output["uri"], output["size"]) == ((data / "new/x.csv").as_uri(), 3)
    run_task(ctx, "fs.local.Upload", **{"from": stored["uri"]}, to=f"{data}/new/")
    assert len(list((data / "new").iterdir())) == 2
    with pytest.raises(TaskFailure, match="exists already.*overwrite: true"):
        run_task(
            ctx, "fs.local.Upload", **{"from": stored["uri"]}, to=str(data / "new/x.csv"), overwrite=False
        )


def test_copy_and_move(ctx, run_task, data) -> None:
    run_task(ctx, "fs.local.Copy", **{"from": str(data / "in/a.csv")}, to=str(data / "copy/a.csv"))
    assert (data / "copy/a.csv").read_text() == (data / "in/a.csv").read_text() == "one"
    with pytest.raises(TaskFailure, match="exists already"):
        run_task(ctx, "fs.local.Copy", **{"from": str(data / "in/b.txt")}, to=str(data / "copy/a.csv"))
    run_task(
        ctx, "fs.local.Copy", **{"from": str(data / "in/b.txt")}, to=str(data / "copy/a.csv"), overwrite=True
    )
    assert (data / "copy/a.csv").read_text() == "two"
    run_task(ctx, "fs.local.Move", **{"from": str(data / "in/deep")}, to=f"{data}/moved/")
    assert (data / "moved/deep/c.csv").exists()
    assert not (data / "in/deep").exists()
    with pytest.raises(TaskFailure, match="inside of"):
        run_task(ctx, "fs.local.Move", **{"from": str(data / "moved")}, to=str(data / "moved/x/y"))


def test_delete(ctx, run_task, data) -> None:
    path = str(data / "in/a.csv")
    assert run_task(ctx, "fs.local.Delete", path=path) == {"deleted": True}
    assert run_task(ctx, "fs.local.Delete", path=path) == {"deleted": False}
    with pytest.raises(TaskFailure, match="errorOnMissing: false"):
        run_task(ctx, "fs.local.Delete", path=path, errorOnMissing=True)
    with pytest.raises(TaskFailure, match="recursive: true"):
        run_task(ctx, "fs.local.Delete", path=str(data / "in"))
    run_task(ctx, "fs.local.Delete", path=str(data / "in"), recursive=True)
    assert list(data.iterdir()) == []


def test_many_files_are_taken_and_put_aside(ctx, run_task, data) -> None:
    options = {"from": str(data / "in"), "regExp": r".*\.csv", "recursive": True}
    output = run_task(ctx, "fs.local.Downloads", **options, action="MOVE", moveDirectory=str(data / "done"))
    assert list(output["outputFiles"]) == ["a.csv", "deep/c.csv"]
    assert [ctx.read_text(file["uri"]) for file in output["files"]] == ["one", "three"]
    assert (data / "done/deep/c.csv").read_text() == "three"
    output = run_task(ctx, "fs.local.Downloads", **{"from": str(data / "in")}, action="DELETE", maxFiles=1)
    assert (names(output), (data / "in/b.txt").exists()) == (["b.txt"], False)
    with pytest.raises(TaskFailure, match="moveDirectory: it is missing"):
        run_task(ctx, "fs.local.Downloads", **options, action="MOVE")


def outside(data: Path) -> dict[str, str]:
    (data / "link").symlink_to(data.parent)
    return {
        "above": str(data.parent / "secret.txt"),
        "dots": f"{data}/../secret.txt",
        "link": str(data / "link" / "secret.txt"),
        "sibling": f"{data}-other/secret.txt",
    }


@pytest.mark.parametrize("way", ["above", "dots", "link", "sibling"])
def test_nothing_leaves_the_folders_that_are_allowed(way: str, ctx, run_task, data) -> None:
    path = outside(data)[way]
    stored = ctx.put("x", b"x")
    inside = str(data / "in/a.csv")
    for name, properties in {
        "Download": {"from": path},
        "List": {"from": path},
        "Downloads": {"from": path},
        "Delete": {"path": path},
        "Upload": {"from": stored, "to": path},
        "Copy": {"from": inside, "to": path},
        "Move": {"from": inside, "to": path},
    }.items():
        with pytest.raises(ForbiddenPath, match="not in a folder that tasks may use.*allowed-paths"):
            run_task(ctx, f"fs.local.{name}", **properties)
    assert (data.parent / "secret.txt").read_text() == "secret"
    assert (data / "in/a.csv").read_text() == "one"


def test_links_are_not_listed(ctx, run_task, data) -> None:
    outside(data)
    (data / "in" / "l.txt").symlink_to(data.parent / "secret.txt")
    assert "secret.txt" not in names(run_task(ctx, "fs.local.List", **{"from": str(data)}, recursive=True))
    assert "l.txt" not in names(run_task(ctx, "fs.local.Downloads", **{"from": str(data / "in")}))


def test_the_folder_of_the_operator_stays(ctx, run_task, data) -> None:
    with pytest.raises(ForbiddenPath):
        run_task(ctx, "fs.local.Delete", path=str(data), recursive=True)


def test_nothing_is_allowed_without_the_operator(make_context, run_task, data) -> None:
    with pytest.raises(ForbiddenPath, match="none yet"):
        run_task(make_context(), "fs.local.List", **{"from": str(data)})
    broken = make_context(settings={"io.kestra.plugin.fs.local": {"allowed-paths": "data"}})
    with pytest.raises(SettingsError, match="must be a list of absolute folders"):
        run_task(broken, "fs.local.List", **{"from": str(data)})


@pytest.mark.parametrize(
    ("name", "properties", "problem"),
    [
        ("Download", {"from": "in/a.csv"}, "is not an absolute path"),
        ("Download", {"from": "{data}/in/none"}, "does not exist"),
        ("Download", {"from": "{data}/in"}, "is a folder"),
        ("List", {"from": "{data}/in/a.csv"}, "is a file"),
        ("List", {"from": "{data}/in", "regExp": "("}, "is not a regular expression"),
        ("Copy", {"from": "{data}/in", "to": "{data}/x"}, "is a folder"),
        ("Copy", {"from": "{data}/in/a.csv", "to": "{data}/in"}, "is a folder"),
        ("Move", {"from": "{data}/none", "to": "{data}/x"}, "does not exist"),
    ],
)
def test_mistakes_are_named(name: str, properties: dict, problem: str, ctx, run_task, data) -> None:
    given = {key: value.replace("{data}", str(data)) for key, value in properties.items()}
    with pytest.raises(TaskFailure, match=problem):
        run_task(ctx, f"fs.local.{name}", **given)
