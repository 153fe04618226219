from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.errors import (
    ExpressionError,
    ExpressionSyntaxError,
    NotFound,
    OperatorError,
    StorageError,
    UndefinedError,
)
from engine.expression.example import ExampleServices, example_scope
from engine.expression.scope import Scope
from engine.expression.template import compile_template, render, render_text, render_typed
from engine.model.json import Json


def scope(**variables: Json) -> Scope:
    return Scope(variables)


def test_a_text_without_a_brace_is_returned_untouched() -> None:
    text = "no expression % # }} here"
    assert render_text(text, scope()) is text
    assert render(text, scope()) is text


def test_a_map_is_rendered_deeply_and_texts_stay_texts() -> None:
    value = {"{{ 'k' }}": ["{{ 1 }}", 2, None, True], "b": {"c": "{{ [1] }}"}, "d": "{{ null }}"}
    assert render(value, scope()) == {"k": ["1", 2, None, True], "b": {"c": "[1]"}, "d": ""}


def test_of_equal_rendered_keys_the_first_wins() -> None:
    assert render({"a": 1, "{{ 'a' }}": 2}, scope()) == {"a": 1}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 1 }}", 1),
        ("{{ 'a' }}", "a"),
        ("{{ null }}", None),
        ("{{ [1, {'a': 2}] }}", [1, {"a": 2}]),
        ("{{ 1 }}{{ 2 }}", 3),
        ("{{ 'a' }}{{ 'b' }}", "ab"),
        ("a{{ 'b' }}", "ab"),
        ("{% if true %}{{ 5 }}{% endif %}", 5),
        ("{% for i in 1..3 %}{{ i }}{% endfor %}", 6),
        ("plain", "plain"),
    ],
)
def test_typed_rendering_keeps_the_type(template: str, expected: Json) -> None:
    result = render_typed(template, scope())
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("template", ["a{{ 1 }}", "{{ 1 }}{{ 'a' }}", "{{ [1] }}{{ [2] }}", "{{ 1 }}\n"])
def test_typed_rendering_refuses_to_add_different_things(template: str) -> None:
    with pytest.raises(ExpressionError, match="Tried to add"):
        render_typed(template, scope())


def test_typed_rendering_is_deep_and_gives_plain_integers() -> None:
    result = render_typed({"a": ["{{ 1..2 }}", 3], "b": "{{ x }}"}, scope(x=True))
    assert result == {"a": [[1, 2], 3], "b": True}
    assert all(type(number) is int for number in result["a"][0])


def test_typed_rendering_hands_out_the_value_itself() -> None:
    rows = [{"a": 1}, {"a": 2}]
    assert render_typed("{{ rows }}", scope(rows=rows)) is rows


def test_an_undefined_variable_is_named_with_expression_line_and_what_exists() -> None:
    with pytest.raises(UndefinedError) as caught:
        render_text("first\n  {{ inputs.fooo }}", scope(inputs={"foo": 1, "bar": 2}))
    assert str(caught.value) == (
        "Unable to find `fooo` used in the expression `{{ inputs.fooo }}` at line 2; "
        "did you mean `foo`? `inputs` has: bar, foo"
    )
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ outputs.my-task.value }}", "did you mean `outputs['my-task']`?"),
        ("{{ iputs.x }}", "did you mean `inputs`?"),
        ("{{ inputs.nothing.deeper }}", "`inputs.nothing` is null"),
        ("{{ inputs.list[7] }}", "is a list of 2 items"),
        ("{{ inputs.body.a }}", "read JSON with `fromJson(…)`"),
        ("{{ inputs.n.a }}", "`inputs.n` is a number"),
    ],
)
def test_an_undefined_error_says_what_to_do(template: str, hint: str) -> None:
    variables = {
        "inputs": {"x": 1, "nothing": None, "list": [1, 2], "body": '{"a":1}', "n": 5},
        "outputs": {"my-task": {"value": 1}},
    }
    with pytest.raises(UndefinedError) as caught:
        render_text(template, Scope(variables))
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("template", "hint", "column"),
    [
        ("{{ 'a' | uper }}", "Unknown filter `uper`; did you mean `upper`?", 10),
        ("{{ fromjson('1') }}", "Unknown function `fromjson`; did you mean `fromJson`?", 4),
        ("{{ upper('a') }}", "it is a filter: `… | upper`", 4),
        ("{{ 'a' | kv }}", "it is a function: `kv(…)`", 10),
        ("{{ 1 is evn }}", "Unknown test `evn`; did you mean `even`?", 9),
        ("{{ now(timezone='UTC') }}", "has no argument `timezone`; did you mean `timeZone`?", 8),
        ("{{ 'a' | split }}", "needs the argument `delimiter`", 10),
        ("{{ 'a' | split(',', delimiter='.') }}", "given the argument `delimiter` twice", 21),
        ("{{ 'a' | trim(1) }}", "given 1 arguments, but takes none", 10),
        ("{% fro x in y %}", "Unknown tag `fro`; did you mean `for`?", 1),
        ("{% import 'x' %}", "not available in flows", 1),
        ("{% if true %}", "`{% if %}` has no `{% endif %}`", 1),
        ("{% endif %}", "closes nothing", 1),
        ("{{ a", "`{{` is not closed with `}}`", 1),
        ("{{ (a }}", "The bracket `(` is not closed", 4),
        ("{{ a = b }}", "equality is written `==`", 6),
        ("{{ a && b }}", "write `and`", 6),
        ("{{ $x }}", "variables have no `$`", 4),
        ("{{ 'abc }}", "has no closing `'`", 4),
        ("{{ }}", "a value is expected", 4),
        ("{{ a.contains('x') }}", "cannot follow `.`", 6),
        ("{{ a ? b }}", "`test ? then : otherwise`", 10),
        ("{{ a | f(x=1, 2) }}", "cannot follow one with a name", 15),
        ("{{ outputs.1st }}", "cannot begin with a digit", 12),
        ("{{ 99999999999999999999 }}", "does not fit into 64 bits", 4),
        ("{{ a not in b }}", "write `not (a in b)`", 6),
        ('{{ block("x") }}', "There is no block `x`", 4),
        ("{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "The macro `m` has no argument `b`", 36),
        ("{% set or = 1 %}", "cannot be the name of a variable", 8),
    ],
)
def test_a_syntax_error_names_the_place_and_the_fix(template: str, hint: str, column: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(template)
    assert hint in str(caught.value)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_the_error_of_a_filter_names_expression_and_line() -> None:
    with pytest.raises(ExpressionError) as caught:
        render_text("a\n{{ 5 | upper }}", scope())
    assert str(caught.value) == (
        "`upper` needs a text, not a number; write it as text with `| string` or `| toJson`, "
        "in the expression `{{ 5 | upper }}` at line 2"
    )
    assert not isinstance(caught.value, UndefinedError)


def test_errors_of_services_are_expression_errors_and_never_caught_by_a_default() -> None:
    with pytest.raises(ExpressionError, match="The key 'k' does not exist") as caught:
        render_text("{{ kv('k') | default('d') }}", example_scope())
    assert isinstance(caught.value.__cause__, NotFound)
    assert not isinstance(caught.value, UndefinedError)


def test_a_broken_storage_stays_an_error_of_the_operator() -> None:
    class Broken(ExampleServices):
        def kv(self, key: str, namespace: str | None, *, error_on_missing: bool) -> Json:
            raise StorageError("the database is gone")

    with pytest.raises(OperatorError, match="the database is gone"):
        render_text("{{ kv('k') }}", Scope({}, Broken()))


def test_services_are_refused_where_there_is_no_world() -> None:
    with pytest.raises(ExpressionError, match=r"`secret\(\)` cannot be used here"):
        render_text("{{ secret('X') }}", scope())


def test_what_is_undefined_inside_render_is_not_caught_outside() -> None:
    with pytest.raises(ExpressionError, match="Unable to find `nope`"):
        render_text("{{ render(v) ?? 'd' }}", scope(v="{{ nope }}"))


def test_render_keeps_raw_parts_out_of_further_passes() -> None:
    variables = {"a": "{% raw %}{{ x }}{% endraw %} {{ b }}", "b": "{{ 1 }}"}
    assert render_text("{{ render(a) }}", Scope(variables)) == "{{ x }} 1"


def test_render_goes_into_maps_and_lists() -> None:
    assert render_typed("{{ render(v) }}", scope(v={"k": ["{{ 1 }}", 2]})) == {"k": ["1", 2]}
    assert render_typed("{{ render(v, recursive=false) }}", scope(v="{{ '{{ 1 }}' }}")) == "{{ 1 }}"


def test_a_set_inside_of_a_loop_changes_the_outer_variable() -> None:
    template = "{% set n = 0 %}{% for i in 1..3 %}{% set n = n + i %}{% set t = 1 %}{% endfor %}{{ n }}{{ t ?? '-' }}"
    assert render_text(template, scope()) == "6-"


def test_a_set_never_changes_the_variables_of_the_execution() -> None:
    variables: dict[str, Any] = {"inputs": {"a": 1}, "list": [1]}
    template = "{% set inputs = 5 %}{% set list = list + 2 %}{{ inputs }}{{ list }}{{ list | reverse }}"
    assert render_text(template, Scope(variables)) == "5[1,2][2,1]"
    assert variables == {"inputs": {"a": 1}, "list": [1]}


def test_a_macro_sees_its_arguments_only() -> None:
    with pytest.raises(UndefinedError, match="Unable to find `inputs`"):
        render_text("{% macro m() %}{{ inputs }}{% endmacro %}{{ m() }}", scope(inputs=1))


def test_macros_may_call_each_other() -> None:
    template = (
        "{% macro a(n) %}<{{ b(n) }}>{% endmacro %}{% macro b(n) %}{{ n }}{% endmacro %}{{ a(n=3) | upper }}"
    )
    assert render_text(template, scope()) == "<3>"


def test_a_loop_knows_where_it_is() -> None:
    template = "{% for x in ['a','b'] %}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }} {% endfor %}"
    assert render_text(template, scope()) == "truefalse21 falsetrue20 "


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2024, 1, 1, 10, 0, 0, 123000, UTC), "2024-01-01T10:00:00.123Z"),
        (datetime(2024, 1, 1, 10, 0, 0, 123456, UTC), "2024-01-01T10:00:00.123456Z"),
        (datetime(2024, 1, 1, 10, tzinfo=UTC), "2024-01-01T10:00:00Z"),
        (datetime(2013, 9, 8, 16, 19, tzinfo=timezone(timedelta(hours=2))), "2013-09-08T16:19+02:00"),
        (
            datetime(2013, 9, 8, 16, 19, 5, tzinfo=ZoneInfo("Europe/Paris")),
            "2013-09-08T16:19:05+02:00[Europe/Paris]",
        ),
        (datetime(2024, 1, 1, 10, 0), "2024-01-01T10:00"),
        (date(2024, 1, 31), "2024-01-31"),
        (time(9, 30), "09:30"),
        (timedelta(hours=1, seconds=2), "PT1H2S"),
        (Decimal("1.50"), "1.50"),
        (12345678.9, "1.23456789E7"),
        (0.0001, "1.0E-4"),
        (-0.0, "-0.0"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (10**25, "1" + "0" * 25),
        ({"a": 1e7, "b": None, "c": [None, 0.00001]}, '{"a":1.0E7,"c":[null,1.0E-5]}'),
        (
            {"d": datetime(2024, 1, 1, tzinfo=UTC), "e": Decimal("1.10")},
            '{"d":"2024-01-01T00:00:00Z","e":1.10}',
        ),
        ({1: "é/", "b": b"ab"}, '{"1":"é/","b":"YWI="}'),
        ({"t": timedelta(minutes=1)}, '{"t":60.000000000}'),
    ],
)
def test_a_value_prints_as_java_prints_it(value: Json, text: str) -> None:
    assert render_text("{{ v }}", scope(v=value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, "x"], "b": {"c": 1.0}}, "{a=[1, null, x], b={c=1.0}}"),
        (True, "true"),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00Z"),
    ],
)
def test_a_value_joins_in_the_form_of_to_string(value: Json, text: str) -> None:
    assert render_text("{{ 'v:' ~ v }}", scope(v=value)) == f"v:{text}"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # three entries in a table of four: 'a' is bucket 1, 'b' 2, 'd' 0
        ("{{ {'a':1,'b':2,'d':3} }}", '{"d":3,"a":1,"b":2}'),
        ("{{ {'name':1,'age':2} }}", '{"name":1,"age":2}'),
        ("{% for e in {'b':1,'a':2} %}{{ e.key }}{% endfor %}", "ab"),
    ],
)
def test_a_map_made_in_a_template_has_the_order_of_a_hash_map(template: str, expected: str) -> None:
    assert render_text(template, scope()) == expected


def test_a_template_is_compiled_once() -> None:
    assert compile_template("{{ a.b }}") is compile_template("{{ a.b }}")


def test_a_map_may_grow_in_another_thread_while_it_is_printed() -> None:
    outputs: dict[str, Json] = {str(number): {"value": number} for number in range(1000)}
    stop = threading.Event()

    def grow() -> None:
        number = 1000
        while not stop.is_set():
            outputs[str(number)] = {"value": number}
            number += 1
            if number > 20_000:
                return

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(6):
            text = render_text(
                "{{ outputs | length }}{{ outputs }}{% for e in outputs %}{{ e.key }}{% endfor %}",
                scope(outputs=outputs),
            )
            assert text.count("value") >= 1000
    finally:
        stop.set()
        thread.join()


def test_interpolation_may_hold_quotes_maps_and_itself() -> None:
    template = """{{ "a #{ m["k"] } b #{ {'x': "c#{1 + 1}"} } \\"q\\"" }}"""
    assert render_text(template, scope(m={"k": "v"})) == 'a v b {x=c2} "q"'


def test_verbatim_keeps_lines_and_trims_on_request() -> None:
    assert render_text("{% verbatim %}\n{{ x }}\n{% endverbatim %}!", scope()) == "\n{{ x }}\n!"
    assert render_text("a {%- verbatim -%} {{ x }} {%- endverbatim -%} !", scope()) == "a{{ x }}!"
