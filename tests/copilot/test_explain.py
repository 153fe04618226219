"""Explanations: every step of every flow that ships is told, nothing secret is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.evaluate.case import load_flows
from copilot.plan import target
from copilot.skills.explain import explain
from copilot.skills.step_words import duration_words
from engine.registry import Registry
from engine.source.document import read_document

SHIPPED = sorted((Path(__file__).parents[2] / "flows").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_part_of_a_shipped_flow_is_told(path: Path, registry: Registry) -> None:
    source = path.read_text(encoding="utf-8")
    data = read_document(source).data
    text = explain(source, registry)
    names = [task["id"] for _, task in target.tasks_of(data)]
    names += [item["id"] for part in ("inputs", "triggers", "outputs") for item in data.get(part) or ()]
    assert [name for name in names if f"`{name}`" not in text] == []
    assert "not installed" not in text


def test_a_loop_says_what_it_goes_over_and_how(registry: Registry) -> None:
    text = explain(load_flows()["notify"], registry)
    assert "for each of a, b, c, one after the other" in text
    assert "Waits 10 seconds" in text


@pytest.mark.parametrize(
    ("limit", "words"),
    [(0, "all at the same time"), (3, "up to 3 at the same time"), (1, "one after the other")],
)
def test_a_loop_says_how_many_run_at_once(limit: int, words: str, registry: Registry) -> None:
    flow = (
        "id: f\nnamespace: n\ntasks:\n- id: each\n  type: io.kestra.plugin.core.flow.ForEach\n"
        f"  values: [1, 2]\n  concurrencyLimit: {limit}\n  tasks:\n"
        "  - {id: t, type: io.kestra.plugin.core.log.Log, message: hi}\n"
    )
    assert words in explain(flow, registry)


def test_passwords_written_in_a_flow_are_not_repeated(registry: Registry) -> None:
    text = explain(load_flows()["taxi"], registry)
    assert "k3stra-pw" not in text
    assert "`password`" in text
    flow = "id: f\nnamespace: n\ninputs:\n- {id: api_token, type: STRING, defaults: t0ps3cret}\ntasks: []\n"
    assert "t0ps3cret" not in explain(flow, registry)


def test_what_a_flow_needs_is_named(registry: Registry) -> None:
    flow = (
        "id: f\nnamespace: n\ntasks:\n- id: t\n  type: io.kestra.plugin.core.log.Log\n"
        "  message: \"{{ secret('A_KEY') }} {{ kv('PROJECT') }} {{ kv('PLACE') }}\"\n"
    )
    text = explain(flow, registry)
    assert "Needs the secret `A_KEY` and the keys `PROJECT`, `PLACE` in the key-value store." in text


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("PT10S", "10 seconds"),
        ("PT1H30M", "1 hour 30 minutes"),
        ("P1D", "1 day"),
        ("{{ x }}", "{{ x }}"),
        ("P", "P"),
    ],
)
def test_lengths_of_time_are_words(iso: str, words: str) -> None:
    assert duration_words(iso) == words
