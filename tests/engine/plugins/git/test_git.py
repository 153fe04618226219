"""Git tasks against real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ForbiddenPath, TaskFailure
from engine.expression.ion import read_ion_rows
from engine.plugins.git._push import commit_url
from tests.engine.plugins.git.conftest import Repository, git

CLONE = "git.Clone"
SYNC = "git.SyncNamespaceFiles"
PUSH = "git.PushNamespaceFiles"
FILES = "company/team/_files"


def rows(ctx, uri: str) -> list[dict]:
    with ctx.open(uri) as file:
        return list(read_ion_rows(file))


def put(ctx, **files: str) -> None:
    for name, content in files.items():
        ctx.world.files.put(f"{FILES}/{name.replace('__', '/').replace('_dot_', '.')}", content.encode())


def stored(ctx) -> dict[str, str]:
    return {
        info.path.removeprefix(f"{FILES}/"): ctx.world.files.read(info.path).decode()
        for info in ctx.world.files.walk(FILES)
    }


# -- Clone


def test_the_main_branch_is_cloned(make_context, run_task, repository: Repository) -> None:
    repository.commit(a_dot_txt="one", deep__b_dot_txt="two")
    repository.commit(a_dot_txt="three")
    ctx = make_context()
    (ctx.work_dir / "mine.txt").write_text("stays")
    output = run_task(ctx, CLONE, url=repository.url)
    folder = Path(output["directory"])
    assert folder == ctx.work_dir.resolve()
    found = {path.name: path.read_text() for path in folder.rglob("*.txt") if ".git" not in path.parts}
    assert found == {"a.txt": "three", "b.txt": "two", "mine.txt": "stays"}
    assert git(folder, "rev-list", "--count", "HEAD") == "1"


@pytest.mark.parametrize("chosen", ["branch", "tag", "commit"])
def test_a_branch_tag_or_commit_is_cloned(
    chosen: str, make_context, run_task, repository: Repository
) -> None:
    first = repository.commit(a_dot_txt="old")
    git(repository.work, "tag", "v1")
    repository.commit("side", a_dot_txt="side")
    repository.commit("main", a_dot_txt="new")
    value = {"branch": "side", "tag": "v1", "commit": first}[chosen]
    ctx = make_context()
    output = run_task(ctx, CLONE, url=repository.url, directory="sub/repo", **{chosen: value})
    assert Path(output["directory"]) == ctx.work_dir.resolve() / "sub/repo"
    assert (ctx.work_dir / "sub/repo/a.txt").read_text() == ("side" if chosen == "branch" else "old")


def test_depth_branches_and_tags_are_chosen(make_context, run_task, repository: Repository) -> None:
    for content in "abc":
        repository.commit(a_dot_txt=content)
    git(repository.work, "tag", "v1")
    repository.commit("side", a_dot_txt="side")
    ctx = make_context()
    run_task(ctx, CLONE, url=repository.url, branch="main", depth=2, cloneAllBranches=False, noTags=True)
    assert git(ctx.work_dir, "rev-list", "--count", "HEAD") == "2"
    assert git(ctx.work_dir, "branch", "--remotes", "--format=%(refname:short)").split() == [
        "origin/HEAD",
        "origin/main",
    ]
    assert git(ctx.work_dir, "tag") == ""


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"branch": "none"}, "git clone failed: .*none"),
        ({"tag": "--upload-pack=touch"}, "tag: '--upload-pack=touch' is not a name"),
        ({"branch": "a..b"}, "branch: 'a..b' is not a name"),
        ({"commit": "f" * 40}, "the repository has no commit"),
        ({"commit": "HEAD"}, "is not the id of a commit"),
        ({"url": "ext::sh -c whoami"}, "is not an address of Git"),
        ({"url": "--upload-pack=x"}, "is not an address of Git"),
        ({"url": "file:///nowhere/at/all"}, "git clone failed"),
        ({"gitConfig": {"core.sshCommand": "touch /tmp/x"}}, "gitConfig: 'core.sshCommand' cannot be set"),
        ({"gitConfig": {"credential.helper": "!x"}}, "cannot be set"),
        ({"privateKey": "nonsense"}, "privateKey: it is no private key"),
    ],
)
def test_mistakes_are_named(
    properties: dict, problem: str, make_context, run_task, repository: Repository
) -> None:
    repository.commit(a="x")
    with pytest.raises(TaskFailure, match=problem):
        run_task(make_context(), CLONE, **{"url": repository.url, **properties})


def test_the_folder_stays_inside(make_context, run_task, repository: Repository) -> None:
    repository.commit(a="x")
    with pytest.raises(ForbiddenPath):
        run_task(make_context(), CLONE, url=repository.url, directory="../out")


def test_settings_of_git_are_used(make_context, run_task, repository: Repository) -> None:
    repository.commit(a_dot_txt="one\n")
    ctx = make_context()
    run_task(ctx, CLONE, url=repository.url, gitConfig={"core.autocrlf": True, "core.eol": "crlf"})
    assert (ctx.work_dir / "a.txt").read_bytes() == b"one\r\n"


def test_a_login_over_http(make_context, run_task, repository: Repository, web: str) -> None:
    repository.commit(a_dot_txt="one")
    ctx = make_context()
    run_task(ctx, CLONE, url=web, username="ann", password="right token")
    assert (ctx.work_dir / "a.txt").read_text() == "one"
    for login in ({}, {"username": "ann", "password": "wrong token"}):
        with pytest.raises(TaskFailure, match="git clone failed: fatal: ") as caught:
            run_task(make_context(), CLONE, url=web, **login)
        assert "wrong token" not in str(caught.value)


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_a_key_over_ssh(passphrase: str | None, make_context, run_task, repository: Repository, ssh) -> None:
    repository.commit(a_dot_txt="one")
    key, url = ssh
    login = {"privateKey": key(passphrase), **({"passphrase": passphrase} if passphrase else {})}
    ctx = make_context()
    run_task(ctx, CLONE, url=url, **login)
    assert (ctx.work_dir / "a.txt").read_text() == "one"
    with pytest.raises(TaskFailure, match="git clone failed"):
        run_task(make_context(), CLONE, url=url)
    if passphrase:
        with pytest.raises(TaskFailure, match="git clone failed: .*(Permission denied|passphrase)"):
            run_task(make_context(), CLONE, url=url, privateKey=key(passphrase), passphrase="wrong")
    left = [path for path in (ctx.world.home / "work").iterdir() if path.name.startswith("git-")]
    assert left == []


def test_the_tasks_of_a_folder_see_the_clone(run, engine, repository: Repository) -> None:
    repository.commit(hello_dot_sh="echo hello from git")
    execution = run(
        f"""
id: clones
namespace: company.team
tasks:
  - id: folder
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - id: clone
        type: io.kestra.plugin.git.Clone
        url: {repository.url}
      - id: work
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands: [sh hello.sh]
"""
    )
    assert execution.state == "SUCCESS"
    assert "hello from git" in [entry.message for entry in engine.logs(execution.id)]


# -- SyncNamespaceFiles


def test_files_come_into_the_namespace(make_context, run_task, repository: Repository) -> None:
    repository.commit(_files__a_dot_sql="one", _files__deep__b_dot_py="two", readme="no")
    ctx = make_context()
    put(ctx, a_dot_sql="old", mine="stays")
    output = run_task(ctx, SYNC, url=repository.url)
    assert rows(ctx, output["files"]) == [
        {"gitPath": "_files/a.sql", "syncState": "OVERWRITTEN", "kestraPath": "/a.sql"},
        {"gitPath": "_files/deep/b.py", "syncState": "ADDED", "kestraPath": "/deep/b.py"},
    ]
    assert stored(ctx) == {"a.sql": "one", "deep/b.py": "two", "mine": "stays"}
    again = run_task(ctx, SYNC, url=repository.url, delete=True)
    assert [row["syncState"] for row in rows(ctx, again["files"])] == ["UNCHANGED", "UNCHANGED", "DELETED"]
    assert "mine" not in stored(ctx)


def test_a_dry_run_changes_nothing(make_context, run_task, repository: Repository) -> None:
    repository.commit(_files__a="one")
    ctx = make_context()
    put(ctx, mine="stays")
    output = run_task(ctx, SYNC, url=repository.url, delete=True, dryRun=True)
    assert [row["syncState"] for row in rows(ctx, output["files"])] == ["ADDED", "DELETED"]
    assert stored(ctx) == {"mine": "stays"}


def test_ignored_files_and_links_are_left_out(make_context, run_task, repository: Repository) -> None:
    (repository.work / "_files").mkdir()
    (repository.work / "_files/passwd").symlink_to("/etc/passwd")
    repository.commit(
        _files___dot_kestraignore="*.tmp\n/top.txt\n",
        _files__a_dot_tmp="x",
        _files__top_dot_txt="x",
        _files__b="1",
        _files__deep__top_dot_txt="2",
    )
    ctx = make_context()
    run_task(ctx, SYNC, url=repository.url)
    assert stored(ctx) == {"b": "1", "deep/top.txt": "2"}


def test_another_namespace_folder_and_branch(make_context, run_task, repository: Repository) -> None:
    repository.commit("dev", a_dot_txt="one")
    ctx = make_context()
    run_task(ctx, SYNC, url=repository.url, branch="dev", gitDirectory=".", namespace="company.other")
    assert ctx.world.files.read("company/other/_files/a.txt") == b"one"


def test_a_folder_that_is_not_there(make_context, run_task, repository: Repository) -> None:
    repository.commit(a="one")
    ctx = make_context()
    with pytest.raises(TaskFailure, match="there is no folder '_files'.*failOnMissingDirectory: false"):
        run_task(ctx, SYNC, url=repository.url)
    assert rows(ctx, run_task(ctx, SYNC, url=repository.url, failOnMissingDirectory=False)["files"]) == []
    with pytest.raises(TaskFailure, match="belongs to Git itself"):
        run_task(ctx, SYNC, url=repository.url, gitDirectory=".git")


# -- PushNamespaceFiles


def test_files_are_pushed_into_an_empty_repository(make_context, run_task, repository: Repository) -> None:
    ctx = make_context()
    put(ctx, a_dot_sql="one\ntwo\n", deep__b="x")
    output = run_task(
        ctx,
        PUSH,
        url=repository.url,
        commitMessage="Files of {{ flow.id }}",
        authorName="Bob",
        authorEmail="bob@example.org",
    )
    assert repository.tree() == {"_files/a.sql": "one\ntwo", "_files/deep/b": "x"}
    assert (
        git(repository.bare, "log", "-1", "--format=%H|%an|%ae|%s", "main")
        == f"{output['commitId']}|Bob|bob@example.org|Files of my-flow"
    )
    assert output["commitURL"] is None
    assert rows(ctx, output["files"])[0] == {
        "file": "_files/a.sql",
        "additions": "+2",
        "deletions": "-0",
        "changes": "2",
    }


def test_only_differences_are_pushed(make_context, run_task, repository: Repository) -> None:
    before = repository.commit(_files__a="old", _files__gone="x", _files__b_dot_txt="y", readme="stays")
    ctx = make_context()
    put(ctx, a="new")
    output = run_task(ctx, PUSH, url=repository.url, files=["a", "gone"])
    assert repository.tree() == {"_files/a": "new", "_files/b.txt": "y", "readme": "stays"}
    assert git(repository.bare, "rev-parse", "main~1") == before
    again = run_task(ctx, PUSH, url=repository.url, files=["a", "gone"])
    assert (again["commitId"], rows(ctx, again["files"])) == (None, [])
    assert ctx.messages[-1] == "Nothing differs, so nothing is pushed"
    assert output["commitId"] == git(repository.bare, "rev-parse", "main")


def test_a_new_branch_begins_at_the_main_one(make_context, run_task, repository: Repository) -> None:
    repository.commit(readme="hi")
    ctx = make_context()
    put(ctx, a="1")
    run_task(ctx, PUSH, url=repository.url, branch="from/production", gitDirectory="x/y")
    assert repository.tree("from/production") == {"readme": "hi", "x/y/a": "1"}
    assert repository.tree() == {"readme": "hi"}


def test_nothing_is_pushed_in_a_dry_run_and_nothing_deleted_unless_wanted(
    make_context, run_task, repository: Repository
) -> None:
    repository.commit(_files__old="x")
    ctx = make_context()
    put(ctx, a="1")
    output = run_task(ctx, PUSH, url=repository.url, dryRun=True)
    assert ([row["file"] for row in rows(ctx, output["files"])], output["commitId"]) == (
        ["_files/a", "_files/old"],
        None,
    )
    assert repository.tree() == {"_files/old": "x"}
    run_task(ctx, PUSH, url=repository.url, delete=False)
    assert repository.tree() == {"_files/a": "1", "_files/old": "x"}


def test_a_link_in_the_repository_is_not_followed(
    make_context, run_task, repository: Repository, tmp_path
) -> None:
    (repository.work / "_files").mkdir()
    (repository.work / "_files/out").symlink_to(tmp_path)
    repository.commit(a="x")
    ctx = make_context()
    put(ctx, out__evil="x")
    with pytest.raises(TaskFailure, match="is a link in the repository"):
        run_task(ctx, PUSH, url=repository.url)
    assert not (tmp_path / "evil").exists()


def test_no_file_that_matches(make_context, run_task, repository: Repository) -> None:
    repository.commit(a="x")
    with pytest.raises(TaskFailure, match="no file of the namespace matches"):
        run_task(make_context(), PUSH, url=repository.url, files="*.sql", errorOnMissing=True)


def test_files_are_pushed_over_http_and_ssh(
    make_context, run_task, repository: Repository, web: str, ssh
) -> None:
    ctx = make_context()
    put(ctx, a="1")
    output = run_task(ctx, PUSH, url=web, username="ann", password="right token")
    assert output["commitURL"] == f"{web.removesuffix('.git')}/commit/{output['commitId']}"
    put(ctx, a="2")
    key, url = ssh
    run_task(ctx, PUSH, url=url, privateKey=key(None))
    assert repository.tree() == {"_files/a": "2"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me@github.com/a/b.git", "https://github.com/a/b/commit/1"),
        ("git@github.com:a/b.git", "https://github.com/a/b/commit/1"),
        ("ssh://git@gitlab.com:22/a/b.git", "https://gitlab.com/a/b/-/commit/1"),
        ("https://bitbucket.org/a/b", "https://bitbucket.org/a/b/commits/1"),
        ("/srv/repo.git", None),
        ("file:///srv/repo.git", None),
    ],
)
def test_addresses_of_commits(url: str, expected: str | None) -> None:
    assert commit_url(url, "1") == expected
