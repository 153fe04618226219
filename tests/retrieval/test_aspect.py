"""Questions that ask for several things at once."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.aspect import Systems, cover
from retrieval.entry import Entry
from retrieval.lexical import LexicalIndex
from retrieval.query import parts, read_query
from retrieval.term import terms

ENTRIES = [
    Entry("mysql query", "run sql on mysql", "io.kestra.plugin.jdbc.mysql.Query"),
    Entry("mysql batch", "write rows into mysql", "io.kestra.plugin.jdbc.mysql.Batch"),
    Entry("postgresql query", "run sql on postgresql", "io.kestra.plugin.jdbc.postgresql.Query"),
    Entry("list pop", "take from a list", "io.kestra.plugin.redis.list.ListPop"),
    Entry("s3 list", "list keys", "io.kestra.plugin.aws.s3.List"),
    Entry("loop", "repeat for a list of values, a list of rows", "io.kestra.plugin.core.flow.Loop"),
]


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    return LexicalIndex([terms(f"{entry.head} {entry.body} {entry.type}") for entry in ENTRIES])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("copy mysql rows to postgres", [{0, 1}, {2}]),
        ("mysql and mysql", [{0, 1}]),
        ("a list of values", []),
        ("nothing of the kind", []),
    ],
    ids=["by name and by another word", "once", "everyday words are no names", "none"],
)
def test_groups_named_in_a_question(lexical: LexicalIndex, text: str, named: list[set[int]]) -> None:
    assert [set(group) for group in Systems(ENTRIES, lexical).named(read_query(text, lexical))] == named


def test_the_best_page_stays_first_and_the_next_answers_what_it_leaves_open() -> None:
    scores = np.array([1.0, 0.95, 0.9, 0.3])
    relevance = np.array([[1.0, 0.9, 0.8, 0.0], [0.0, 0.0, 0.0, 1.0]])
    assert cover(scores, relevance, 3, weight=0.8) == [0, 3, 1]
    assert cover(scores, relevance, 9, weight=0.0) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("every night copy the table", ["copy the table", "every night"]),
        ("fetch the file daily and mail it", ["fetch the file", "mail it", "daily"]),
        ("each monday at 7:30 run the report", ["run the report", "each monday at 7:30"]),
        ("copy the table", []),
        ("daily", []),
    ],
)
def test_when_is_a_part_of_its_own(text: str, found: list[str]) -> None:
    assert parts(text) == found
