"""The trigger for folders of this machine: files that arrive start the flow once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.triggers.conftest import Bench, Time, flow, opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "input"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def watching(tmp_path: Path, folder: Path) -> Iterator[Bench]:
    settings = {"io.kestra.plugin.fs.local": {"allowed-paths": [str(folder.parent)]}}
    with opened(tmp_path / "home", Time(), in_memory=True, plugin_settings=settings) as bench:
        yield bench


def watch(folder: Path, more: str = "") -> str:
    kind = "type: io.kestra.plugin.fs.local.Trigger\ninterval: PT1M\n"
    return flow("watch", f"{kind}from: {folder}\nregExp: .*\\.csv\n{more}")


def starts(bench: Bench) -> list[list[tuple[str, str, bytes]]]:
    """What each start was given: name, change and content."""
    found = []
    for one in bench.runs("watch"):
        assert one.trigger is not None
        files = one.trigger.variables["files"]
        found.append([(file["name"], file["changeType"], content(bench, file["uri"])) for file in files])
    return found


def content(bench: Bench, uri: str) -> bytes:
    with bench.engine.files.open(uri.removeprefix("kestra:///")) as file:
        return bytes(file.read())


def test_a_file_that_stays_starts_the_flow_once_and_again_when_it_changes(
    watching: Bench, folder: Path
) -> None:
    (folder / "a.csv").write_text("1")
    (folder / "a.txt").write_text("no")
    watching.engine.save(watch(folder))
    watching.settle()
    watching.forward(minutes=1)
    assert starts(watching) == [[("a.csv", "CREATE", b"1")]]
    (folder / "a.csv").write_text("12")
    (folder / "b.csv").write_text("3")
    watching.forward(minutes=1)
    watching.forward(minutes=1)
    assert starts(watching)[1:] == [[("a.csv", "UPDATE", b"12"), ("b.csv", "CREATE", b"3")]]


def test_files_are_put_aside_and_those_above_the_limit_come_next(watching: Bench, folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.csv").write_text(name)
    done = folder.parent / "done"
    watching.engine.save(watch(folder, f"action: MOVE\nmoveDirectory: {done}\nmaxFiles: 2"))
    watching.settle()
    watching.forward(minutes=1)
    assert [[name for name, *_ in files] for files in starts(watching)] == [["a.csv", "b.csv"], ["c.csv"]]
    assert sorted(path.name for path in done.iterdir()) == ["a.csv", "b.csv", "c.csv"]
    assert list(folder.iterdir()) == []
    (folder / "a.csv").write_text("new")
    watching.forward(minutes=1)
    assert starts(watching)[2] == [("a.csv", "CREATE", b"new")]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("action: MOVE", "moveDirectory: it is missing"),
        ("from: /etc", "not in a folder that tasks may use"),
        ("regExp: '('", "not a regular expression"),
    ],
)
def test_what_cannot_be_is_told_in_the_log(watching: Bench, folder: Path, more: str, told: str) -> None:
    name = more.partition(":")[0]
    lines = [line for line in watch(folder).splitlines() if not line.strip().startswith(f"{name}:")]
    watching.engine.save("\n".join([*lines, f"    {more}"]) + "\n")
    watching.settle()
    assert watching.runs("watch") == []
    assert any(
        told in entry.message for entry in watching.engine.store.executions.logs(flow_id="watch").results
    )
