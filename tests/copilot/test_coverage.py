"""Words that nothing answers to are found; words that are answered are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from copilot.plan.plan import Step
from copilot.planner.rules.compose import compose
from copilot.planner.rules.coverage import stem, unexplained
from engine.registry import Registry

Suggest = Callable[[str], Sequence[str]]

OPEN = {
    "Download https://example.com/a.csv and clean it up properly": "properly",
    "Log the phase of the moon": "moon",
    "Return the sentiment of the text I type in": "sentiment",
    "Read https://example.com/a.csv and predict next month's amount": "predict",
    "Get the 3 most expensive products from https://example.com/p.json, cheapest shipping first": "shipping",
    'Log "x" every 7.5 fortnights': "fortnights",
}


@pytest.mark.parametrize(("words", "left"), OPEN.items(), ids=OPEN.keys())
def test_what_is_not_understood_stays_visible(
    words: str, left: str, registry: Registry, suggest: Suggest
) -> None:
    assert any(left in item for item in compose(words, registry, suggest).placeholders)


def test_words_of_the_steps_are_answered() -> None:
    step = Step(
        id="a", type="io.kestra.plugin.core.http.Download", values={"uri": "https://example.com/cities.csv"}
    )
    assert unexplained("download the cities", [step]) == []
    assert unexplained("download the cities in lavender", [step]) == ["lavender"]


@pytest.mark.parametrize(
    ("one", "two"),
    [("filters", "filtering"), ("filtered", "filter"), ("cities", "city"), ("dropped", "drop")],
)
def test_forms_of_a_word_share_a_stem(one: str, two: str) -> None:
    assert stem(one) == stem(two)
