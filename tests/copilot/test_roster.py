"""Several models side by side."""

from __future__ import annotations

import pytest

from copilot.providers.port import Usage
from copilot.providers.roster import read_roster
from engine.errors import SettingsError

FILE = """\
providers:
  - {name: local, kind: ollama, model: qwen3}
  - {name: claude, kind: anthropic, model: big, apiKeyEnv: MY_KEY, default: true, inputPrice: 3, outputPrice: 15}
  - {name: own, model: m, baseUrl: "http://127.0.0.1:9/v1"}
"""


def test_models_stand_side_by_side_with_one_default() -> None:
    listed = read_roster(FILE, {"MY_KEY": "secret-key"})
    assert [(one.name, one.provider.model, one.is_default) for one in listed] == [
        ("local", "qwen3", False), ("claude", "big", True), ("own", "m", False)
    ]  # fmt: skip
    assert listed[1].price is not None
    assert listed[1].price.of(Usage(1_000_000, 100_000)) == pytest.approx(4.5)
    assert listed[0].price is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("providers: []", "write a list"),
        ("x: [", "not valid YAML"),
        ("providers: [{name: a}]", r"providers\[0\].model"),
        ("providers: [{name: a, model: m, wrong: 1}]", r"providers\[0\].wrong"),
        ("providers: [{name: a, model: m}, {name: a, model: n}]", "two providers are named 'a'"),
        (
            "providers: [{name: a, model: m, default: true}, {name: b, model: n, default: true}]",
            "both default",
        ),
        ("providers: [{name: a, kind: anthropic, model: m, apiKeyEnv: NOPE}]", "NOPE, which is not set"),
    ],
)
def test_a_wrong_file_names_entry_and_fix(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_roster(text, {})
