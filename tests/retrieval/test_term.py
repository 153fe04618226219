"""Words of texts and questions."""

from __future__ import annotations

import pytest

from retrieval.synonym import expand
from retrieval.term import camel_names, estimate_tokens, identifiers, stem, terms
from retrieval.typo import Speller, edit_distance


def test_a_dotted_id_is_kept_whole_and_split() -> None:
    found = terms("io.kestra.plugin.core.http.Request")
    assert found[0] == "io.kestra.plugin.core.http.request"
    assert {stem("core"), "http", "request"} <= set(found)
    assert "kestra" not in found


def test_camel_case_is_kept_whole_and_split() -> None:
    assert terms("fetchType") == ["fetchtype", "fetch", "typ"]
    assert "for" not in terms("ForEach") and terms("ForEach")[0] == "foreach"


def test_stop_words_say_nothing() -> None:
    assert terms("How do I use the flow?") == ["flow"]


@pytest.mark.parametrize(
    "forms",
    [
        ("schedule", "schedules", "scheduled", "scheduling"),
        ("retry", "retries"),
        ("execute", "executes", "execution", "executions"),
        ("stop", "stopped", "stopping"),
        ("class", "classes"),
        ("query", "queries"),
    ],
    ids=lambda forms: forms[0],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["s3", "k8s", "is", "status", "bus"])
def test_short_and_odd_words_stay(word: str) -> None:
    assert stem(word) == word


def test_identifiers_and_camel_names_are_found_as_written() -> None:
    assert identifiers("use io.kestra.plugin.core.log.Log here") == ["io.kestra.plugin.core.log.log"]
    assert camel_names("set fetchType on ForEach, not Log") == ["fetchType", "ForEach"]


def test_synonyms_are_found_both_ways_but_times_only_lead_to_schedules() -> None:
    assert "postgresql" in expand("pg", [stem("pg")])
    assert "pg" in expand("postgresql", [stem("postgresql")])
    assert stem("schedule") in expand("every day", [stem("day")])
    assert stem("day") not in expand("schedule", [stem("schedule")])


def test_longer_texts_are_estimated_longer() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("a flow") < estimate_tokens("a flow with `fetchType: STORE`")


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("flow", "flow", 0),
        ("flow", "flwo", 1),
        ("flow", "flo", 1),
        ("flow", "plough", 3),
        ("abcd", "badc", 2),
    ],
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other, 2) == distance


def test_a_misspelt_word_finds_its_neighbour() -> None:
    speller = Speller(["schedul", "timezon", "concurrency", "flow", "file"])
    assert speller.correct("shedul") == "schedul"
    assert speller.correct("concurrecny") == "concurrency"
    assert speller.correct("pizza") is None
    assert speller.correct("flo") is None
