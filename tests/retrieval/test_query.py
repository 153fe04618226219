"""What a question asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retrieval.entry import Entry
from retrieval.hybrid import Asked, HybridIndex
from retrieval.lexical import LexicalIndex
from retrieval.query import parts, read_query
from retrieval.weights import PAGES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("download a CSV and copy it to Postgres", ["download a CSV", "copy it to Postgres"]),
        ("unzip, then load; mail me the result", ["unzip", "load", "mail me the result"]),
        ("If or Switch: which one", []),
        ("run a script", []),
        ("and then", []),
        ("a, b, c, d, e, f of the g", []),
    ],
)
def test_a_question_of_several_is_taken_apart(text: str, found: list[str]) -> None:
    assert parts(text) == found


def test_neighbours_written_as_one_are_tried() -> None:
    assert {"csvto", "csvtoion", "toion"} <= set(read_query("csv to ion", LexicalIndex([["csv"]])).joined)


def test_words_of_other_tools_lead_to_ours_when_asked_for() -> None:
    index = LexicalIndex([["label"], ["timeout"]])
    assert "label" in read_query("tag a run", index, jargon=True).weights
    assert "label" not in read_query("tag a run", index).weights


def test_jargon_is_glossed_for_the_embedder_and_names_stay_whole() -> None:
    index = LexicalIndex([["plugindefaults"], ["messag"]])
    read = read_query("the same connection on our bus", index, jargon=True)
    assert read.glossed == "the same connection on our bus plugindefaults kafka nats topic message"
    assert read.weights["plugindefaults"] > read.weights["messag"] > 0
    assert read_query("the same connection on our bus", index).glossed == ""
    assert read_query("nothing of that kind", index, jargon=True).glossed == ""


def test_pages_of_one_class_name_make_room_for_another() -> None:
    entries = [
        Entry(head="copy rows", body="", type=f"io.kestra.plugin.{group}.Query", document=group)
        for group in ("one", "two", "three")
    ]
    entries.append(Entry(head="copy", body="", type="io.kestra.plugin.four.Load", document="four"))
    found = {}
    for alike in (0.0, 2.0):
        index = HybridIndex(entries, weights=replace(PAGES, alike=alike))
        hits = index.rank(Asked(index.read("copy rows of my table")), 4)
        found[alike] = [entries[hit.position].document for hit in hits]
    assert found[0.0] == ["one", "two", "three", "four"]
    assert found[2.0][:2] == ["one", "four"]


def test_postings_say_which_documents_have_a_term() -> None:
    index = LexicalIndex([["a", "b"], ["b"], ["c", "b", "a"]])
    everything = np.arange(3)
    assert index.presence("a", everything).tolist() == [True, False, True]
    assert index.presence("b", np.array([1])).tolist() == [True]
    assert index.presence("absent", everything).tolist() == [False] * 3
    assert (index.scores({"a": 1.0, "absent": 2.0}) > 0).tolist() == [True, False, True]
