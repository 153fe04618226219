"""The commands for accounts, tokens and the audit log, as people run them."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from api.cli import app
from engine.errors import FlowsmithError

PASSWORD = "correct horse battery"


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def flowsmith(folder: Path, *words: str, given: str = "") -> Answer:
    """Run a command in this process: how it is started and how errors are printed is in ../test_cli.py."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, list(words), input=given, env={"COLUMNS": "200"})
    error = f"flowsmith: {result.exception}\n" if isinstance(result.exception, FlowsmithError) else ""
    return Answer(result.exit_code, result.stdout, result.stderr + error)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("FLOWSMITH_", "OPENAI_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cli")
    (home / ".env").write_text("FLOWSMITH_USERNAME=op@example.com\nFLOWSMITH_PASSWORD=Admin1234!\n")
    return home


def test_an_account_from_its_beginning_to_its_end(folder: Path) -> None:
    adding = ("accounts", "add", "ann@example.com", "--password-stdin", "--role")
    added = flowsmith(folder, *adding, "editor", given=f"{PASSWORD}\n")
    assert added.returncode == 0 and "ann@example.com may sign in as editor" in added.stdout
    again = flowsmith(folder, *adding, "admin", given=PASSWORD)
    assert again.returncode == 1 and again.stderr == (
        "flowsmith: There is an account 'ann@example.com' already\n"
    )
    made = flowsmith(
        folder, "tokens", "create", "ci", "--owner", "ANN@example.com", "--scope", "run", "--expires", "P1D"
    )
    assert made.returncode == 0 and made.stdout.startswith("flowsmith_")
    rows = json.loads(flowsmith(folder, "tokens", "list", "--json").stdout)
    assert [(row["owner"], row["scopes"]) for row in rows] == [("ann@example.com", ["run"])]
    assert made.stdout.strip() not in json.dumps(rows)
    assert flowsmith(folder, "accounts", "role", "ann@example.com", "viewer").returncode == 0
    listed = json.loads(flowsmith(folder, "accounts", "list", "--json").stdout)
    assert [(row["name"], row["role"]) for row in listed] == [
        ("op@example.com", "admin"),
        ("ann@example.com", "viewer"),
    ]
    changed = flowsmith(folder, "accounts", "password", "ann@example.com", "--password-stdin", given="short")
    assert changed.returncode == 1 and "12 characters" in changed.stderr and "short" not in changed.stderr
    removed = flowsmith(folder, "accounts", "remove", "ann@example.com")
    assert "1 tokens have ended" in removed.stdout
    words = [
        row["path"] for row in json.loads(flowsmith(folder, "audit", "list", "--json").stdout)["results"]
    ]
    assert [text.split()[:2] for text in words] == [
        ["accounts", "remove"],
        ["accounts", "role"],
        ["tokens", "create"],
        ["accounts", "add"],
    ]
    assert PASSWORD not in str(words) and "flowsmith_" not in str(words)


def test_tokens_are_revoked_by_their_id(folder: Path) -> None:
    made = json.loads(flowsmith(folder, "tokens", "create", "x", "--json").stdout)
    assert flowsmith(folder, "tokens", "revoke", made["id"]).returncode == 0
    again = flowsmith(folder, "tokens", "revoke", made["id"])
    assert again.returncode == 1 and made["id"] in again.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("tokens", "create", "x", "--scope", "all"), "read, run, write"),
        (("tokens", "create", "x", "--owner", "nobody"), "no account 'nobody'"),
        (("tokens", "create", "x", "--expires", "soon"), "--expires"),
        (("accounts", "remove", "op@example.com"), "FLOWSMITH_USERNAME"),
        (("accounts", "add", "a", "--role", "king", "--password-stdin"), "admin, editor, viewer"),
    ],
)
def test_mistakes_are_told_in_one_sentence(folder: Path, words: tuple[str, ...], problem: str) -> None:
    answer = flowsmith(folder, *words, given=PASSWORD)
    assert answer.returncode == 1 and problem in answer.stderr
    assert answer.stderr.startswith("flowsmith: ") and answer.stderr.count("\n") == 1


def test_an_account_without_a_login_is_told_to_mean_nothing(tmp_path: Path) -> None:
    answer = flowsmith(
        tmp_path, "accounts", "add", "ann", "--role", "admin", "--password-stdin", given=PASSWORD
    )
    assert answer.returncode == 0 and "asks for no login" in answer.stderr
    assert "FLOWSMITH_USERNAME" in flowsmith(tmp_path, "tokens", "create", "x").stderr
