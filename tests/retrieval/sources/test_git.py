"""Documents from a git repository, a real one in a folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from retrieval.errors import SourceRefused
from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.sources.git import Git
from retrieval.sources.parse import parse_source


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook.git"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "load.md").write_text("# Loading\n\nStage the parcels first.")
    (folder / "README.md").write_text("# Not a page\n\nnor this")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def test_a_folder_of_a_repository_is_read_and_kept_up_to_date(kv, repository: Path) -> None:
    source = parse_source(f"file://{repository}#docs", allow_private=True)
    assert source.origin == f"git:file://{repository}#docs"
    assert ingest([source], kv, None).added == 1
    assert Retriever(kv, None).search("parcels")[0].source == "handbook/docs/load.md"
    assert ingest([source], kv, None).unchanged == 1
    git(repository, "mv", "docs/load.md", "docs/stage.md")
    git(repository, "commit", "-qm", "two")
    report = ingest([source], kv, None)
    assert (report.documents, report.removed) == (1, 1)


def test_what_cannot_be_had_is_named(tmp_path: Path, repository: Path) -> None:
    for source, reason in (
        (Git(f"file://{tmp_path}/absent.git", allow_private=True), "absent.git"),
        (Git(f"file://{repository}", "nowhere", allow_private=True), "no folder 'nowhere'"),
        (Git(f"file://{repository}", "../..", allow_private=True), "no folder"),
        (Git(f"file://{repository}"), "allow private"),
        (Git("http://127.0.0.1:9/x.git"), "not a public address"),
        (Git("ssh://host/x.git"), "only https"),
    ):
        with pytest.raises(SourceRefused, match=reason):
            list(source.read({}))
