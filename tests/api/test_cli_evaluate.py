"""`flowsmith eval` with a model on loopback: live, recorded, replayed, compared; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.test_cli_copilot import command, here
from tests.copilot.scripted import Say, scripted_model
from tests.copilot.test_baseline import BAD, GOOD, LOG, PLAN

__all__ = ["here"]
CASES = """
- {kind: create, words: serenade the moon as only you know how, has: [Log], run: {logs: [moon]}}
"""
KEY = "k-very-secret-0815"


def settings(folder: Path, base_url: str) -> dict[str, str]:
    """Write the file of models and of cases; return the environment."""
    (folder / "cases.yaml").write_text(CASES)
    (folder / "providers.yaml").write_text(
        f"providers:\n  - {{name: here, kind: vllm, model: tiny, baseUrl: '{base_url}', apiKeyEnv: HERE_KEY, "
        "inputPrice: 1, outputPrice: 2}\n"
    )
    return {"FLOWSMITH_LLM_PROVIDERS": "providers.yaml", "HERE_KEY": KEY}


def test_a_model_is_tried_recorded_and_replayed(here: Path) -> None:
    plan = json.dumps(PLAN)
    with scripted_model(plan, "no plan", Say(status=401, error=f"no {KEY}")) as server:
        # A name that only looks like that of a secret.
        environment = {**settings(here, server.base_url), "TOKENIZERS_PARALLELISM": "false"}
        live = command(
            "eval", "--cases", "cases.yaml", "--model", "here", "--repeat", "2", "--record", "tape.jsonl",
            **environment,
        )  # fmt: skip
    assert live.exit_code == 0, live.stderr
    assert "2 trial(s) of each case" in live.stdout
    assert "| pass^k, every trial passes | 0 % (0–0 %) | 0 % (0–0 %) |" in live.stdout
    assert "| pass@1 | 50 % (50–50 %) |" in live.stdout
    assert KEY not in live.stdout + live.stderr + (here / "tape.jsonl").read_text()
    again = command("eval", "--cases", "cases.yaml", "--replay", "tape.jsonl", "--repeat", "2")
    assert again.exit_code == 0, again.stderr
    figures = [line for line in live.stdout.splitlines() if line.startswith("|") and " ms" not in line]
    assert figures == [
        line for line in again.stdout.splitlines() if line.startswith("|") and " ms" not in line
    ]
    more = command("eval", "--cases", "cases.yaml", "--replay", "tape.jsonl", "--repeat", "3")
    assert more.exit_code == 1
    assert "1 call(s) are not on the tape" in more.stderr
    assert "the first: tape.jsonl: this call was recorded" in more.stderr


def test_the_baselines_stand_beside_the_copilot(here: Path) -> None:
    replies = [BAD, GOOD, GOOD, BAD, GOOD, json.dumps({"types": [LOG]}), GOOD, json.dumps(PLAN)]
    with scripted_model(*replies) as server:
        environment = settings(here, server.base_url)
        compared = command(
            "eval", "--cases", "cases.yaml", "--compare", "--model", "default", "--report", "peers.md",
            **environment,
        )  # fmt: skip
    assert compared.exit_code == 0, compared.stderr
    page = (here / "peers.md").read_text()
    assert "| figure | direct | catalogue | documented | repaired | finder | rules | copilot |" in page
    row = next(line for line in page.splitlines() if line.startswith("| pass@1 |"))
    assert [cell.strip().partition(" ")[0] for cell in row.strip("|").split("|")[1:]] == [
        "0", "100", "100", "100", "100", "0", "100",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--model", "nobody"), "there is no model 'nobody'; use default, here"),
        (("--record", "x.jsonl"), "name the model to record"),
        (("--replay", "none.jsonl"), "cannot be read"),
        (("--replay", "x", "--model", "here"), "a tape is replayed without"),
        (("--model", "here", "--record", "cases.yaml"), "is there already"),
        (("--half", "best"), "'best' is no part"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_named(here: Path, words: tuple[str, ...], what: str) -> None:
    refused = command("eval", "--cases", "cases.yaml", *words, **settings(here, "http://127.0.0.1:9/v1"))
    assert refused.exit_code == 2
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert what in said
