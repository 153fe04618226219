import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plugins.jdbc._statements import names_in, place, split, with_placeholders

PARTS = [
    "SELECT 1",
    "INSERT INTO t VALUES ('a;b', 'it''s; fine')",
    'SELECT "odd;name" FROM t',
    "SELECT $$ ; $$, $tag$ $$ ; $tag$",
    "SELECT 1 /* ; /* nested ; */ */ + 1",
    "SELECT 1 -- ; comment\n + 2",
    "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql",
    "CREATE TRIGGER x AFTER INSERT ON a BEGIN UPDATE a SET i = CASE WHEN 1 THEN 2 END; DELETE FROM b; END",
    "BEGIN",
    "COMMIT",
    r"SELECT E'it\'s; fine'",
    "SELECT `odd;name`",
]


@given(
    st.lists(st.sampled_from(PARTS), max_size=8), st.sampled_from([";", " ; ", ";\n\n", "; -- end;\n", ";;"])
)
def test_what_was_joined_is_split_again(parts, glue):
    text = glue.join(parts)
    statements = split(text)
    assert [statement.sql for statement in statements] == parts
    assert all(text.startswith(statement.sql, statement.offset) for statement in statements)


@pytest.mark.parametrize("text", ["", " ; ;\n", "-- nothing;", "/* ; */ ;"])
def test_nothing_is_no_statement(text):
    assert split(text) == []


def test_an_open_end_stays_in_its_statement():
    assert [s.sql for s in split("SELECT 'open; SELECT 2")] == ["SELECT 'open", "SELECT 2"] or len(
        split("SELECT $$open; SELECT 2")
    ) == 1


def test_placeholders_stand_outside_texts_comments_and_casts():
    sql = "SELECT :a, ':b', \":c\", x::int, '12:30', :d_1 -- :e\n, arr[1:2], $$:f$$, :a"
    assert names_in(sql) == ["a", "d_1"]
    written = with_placeholders(sql, lambda name: f"<{name}>", lambda other: other)
    assert written == sql.replace(":a", "<a>").replace(":d_1", "<d_1>")


@given(st.text(alphabet="ab:;'\"$-/*\n %x1[]", max_size=40))
def test_rewriting_nothing_changes_nothing(sql):
    assert with_placeholders(sql, lambda name: f":{name}", lambda other: other) == sql


def test_places_count_from_one():
    assert place("a\nbc", 0) == (1, 1)
    assert place("a\nbc", 3) == (2, 2)
