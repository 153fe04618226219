"""fix, import and llm on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from copilot.errors import DraftUnknown, NotImportable
from engine.errors import SettingsError
from tests.api.test_cli import flowsmith
from tests.api.test_conversations import BROKEN
from tests.copilot.scripted import Say, scripted_model


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("FLOWSMITH_LLM_PROVIDERS", "FLOWSMITH_LLM_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def command(*words: str, **environment: str) -> Any:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(words), env={"FLOWSMITH_EMBEDDER": "lexical", **environment})


def test_fix_shows_the_reason_and_saves_when_told(here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    execution = json.loads(command("run", "broken.yaml", "--json").stdout)["id"]
    shown = command("fix", execution, "--save")
    assert shown.exit_code == 0, shown.stderr
    assert "+    sql: select 1   # kept" in shown.stdout
    assert "did you mean 'select'?" in shown.stderr
    assert "saved demo.broken-sql, revision 2" in shown.stderr
    unknown = flowsmith(here, "fix", "none")
    assert (unknown.returncode, unknown.stderr) == (1, "flowsmith: Execution none does not exist\n")


def test_import_prints_writes_and_says_what_is_open(here: Path) -> None:
    (here / "cron").write_text("0 1 * * * echo one\n5 1 * * * echo two\n")
    printed = command("import", "cron")
    assert printed.exit_code == 0, printed.stderr
    assert printed.stdout.count("---\n") == 1
    assert command("import", "cron", "--out", "flows", "--namespace", "ops").exit_code == 0
    files = sorted(path.name for path in (here / "flows").iterdir())
    assert files == ["echo-2.yaml", "echo.yaml"]
    assert command("validate", "flows/echo.yaml").exit_code == 0
    (here / "flows" / "echo.yaml").write_text("mine")
    again = command("import", "cron", "--out", "flows")
    assert again.exit_code == 1
    assert "nothing was written" in again.stderr
    assert (here / "flows" / "echo.yaml").read_text() == "mine"
    (here / "boot").write_text("@reboot echo\n")
    opened = command("import", "boot", "--json")
    assert opened.exit_code == 1
    assert json.loads(opened.stdout)[0]["placeholders"]
    (here / "text").write_text("hello\n")
    assert isinstance(command("import", "text").exception, NotImportable)


def test_llm_check_says_what_works(here: Path) -> None:
    nothing = command("llm", "check")
    assert (nothing.exit_code, "no model is set" in nothing.stderr) == (1, True)
    with scripted_model(
        "ready", '{"word": "ready", "number": 7}', "ready", Say(status=401, error="no")
    ) as server:
        (here / "providers.yaml").write_text(
            f"providers:\n  - {{name: here, kind: vllm, model: tiny, baseUrl: '{server.base_url}'}}\n"
            f"  - {{name: other, model: big, baseUrl: '{server.base_url}', apiKeyEnv: OTHER_KEY}}\n"
        )
        options = {"FLOWSMITH_LLM_PROVIDERS": "providers.yaml", "OTHER_KEY": "k-very-secret"}
        good = command("llm", "check", "here", **options)
        assert good.exit_code == 0, good.stderr
        assert "follows the schema" in good.stdout
        bad = command("llm", "check", "other", "--json", **options)
        assert bad.exit_code == 1
        assert json.loads(bad.stdout)[0]["works"] is False
        assert "API key" in bad.stdout
        listed = command("llm", "list", **options)
        assert "here (default)" in listed.stdout
        assert "k-very-secret" not in listed.stdout + bad.stdout
        missing = command("llm", "list", FLOWSMITH_LLM_PROVIDERS="providers.yaml", OTHER_KEY="")
        assert isinstance(missing.exception, SettingsError)
        assert "OTHER_KEY, which is not set" in str(missing.exception)


def test_what_you_think_is_kept_listed_and_measured(here: Path) -> None:
    made = json.loads(command("draft", "log hello", "--json").stdout)["draft"]["id"]
    shown = command("draft", "log hello")
    assert "draft " in shown.stderr
    kept = command("feedback", "add", made, "--good", "--comment", "as I said")
    assert (kept.exit_code, kept.stdout) == (0, f"kept as draft-{made}\n"), kept.stderr
    assert command("feedback", "add", "--question", "How?", "--bad").exit_code == 0
    listed = command("feedback", "list")
    assert "'log hello': as I said" in listed.stdout
    assert [row["good"] for row in json.loads(command("feedback", "list", "--json").stdout)] == [True, False]
    assert command("feedback", "export", "--out", "cases.yaml").exit_code == 0
    assert command("feedback", "export").stdout == (here / "cases.yaml").read_text()
    measured = command("eval", "--from-feedback", "cases.yaml", "--kind", "create")
    assert measured.exit_code == 0, measured.stderr
    assert "| create | new flows from words | 1/1 (100 %) |" in measured.stdout
    for words in (("x",), ("--good",), ("x", "--question", "y", "--good")):
        assert command("feedback", "add", *words).exit_code == 2
    assert isinstance(command("feedback", "add", "none", "--good").exception, DraftUnknown)
