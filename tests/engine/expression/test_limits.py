"""Templates cannot take the service down: they end with an error that says which limit they met."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError, ExpressionSyntaxError
from engine.expression.example import example_scope
from engine.expression.reference import items
from engine.expression.scope import Scope
from engine.expression.template import Template, compile_template, render_text

SHARED = (
    "{% set x = [] %}{% set y = [] %}{% for i in 1..12 %}"
    "{% set x = [x,x,x,x,x,x,x,x,x,x] %}{% set y = [y,y,y,y,y,y,y,y,y,y] %}{% endfor %}"
    "{% set w = [x] %}{% set v = [y] %}"
)
"""Two lists of ten to the power of twelve values each, of which only a few are in memory."""


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% set s = 'ab' %}{% for i in 1..60 %}{% set s = s ~ s %}{% endfor %}", "longer than"),
        ("{% set s = [1] %}{% for i in 1..60 %}{% set s = s + s %}{% endfor %}", "more than 1000000 items"),
        (SHARED + "{{ w }}", "more than 3000000 values"),
        (SHARED + "{{ w | toIon }}", "more than 3000000 values"),
        (SHARED + "{{ [w] | distinct }}", "more than 3000000 values"),
        (SHARED + "{{ w == v }}", "more than 3000000 values"),
        ("{{ 1..1000000000000 }}", "more than 1000000 items"),
        ("{{ range(1, 9000000000000000000) | length }}", "more than 1000000 items"),
        ("{% for i in 1..2000 %}{% for j in 1..2000 %}{% endfor %}{% endfor %}", "more than 1000000 rounds"),
        ("{{ 'a' | indent(10000000000) }}", "longer than"),
        ("{{ 'a'.repeat(10) }}", "cannot follow a text directly"),
        ("{{ ('a').repeat(10000000000) }}", "longer than"),
        ("{{ 9223372036854775807 * 9223372036854775807 }}", "does not fit into 64 bits"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested deeper"),
        ("{{ render(loop) }}", "nested deeper"),
        ("{{ render(grow) }}", "Too many rendering attempts"),
        ("{{ '1e999999999' | number('BIGDECIMAL') }}", "is not a number"),
        ("{{ slow | split('(a|a)*[bc]') }}", "takes more than"),
        ("{{ slow | split('a{99999}') }}", "repeats at most"),
        ("{{ 'x' | jq('.[') }}", "jq program"),
    ],
)
def test_a_template_that_asks_for_too_much_is_stopped(template: str, message: str) -> None:
    variables = {
        "loop": "{{ render(loop) }}",
        "grow": "{{ grow }}x",
        "slow": "a" * 40 + "!",
    }
    with pytest.raises(ExpressionError) as caught:
        render_text(template, Scope(variables))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "[" * 5000,
        "{{ " + "not " * 5000 + "true }}",
        "{{ " + "1 + " * 5000 + "1 }}",
        "{{ a" + ".b" * 5000 + " }}",
        "{{ a" + " | upper" * 5000 + " }}",
        "{{ a" + " ? b : c" * 5000 + " }}",
        "{% if true %}" * 5000,
        '{{ "' + '#{"' * 5000 + " }}",
        "{{ f(" * 5000,
        "{{ 1" + "0" * 5000 + " }}",
    ],
    ids=[
        "brackets",
        "lists",
        "nots",
        "sums",
        "attributes",
        "filters",
        "conditions",
        "ifs",
        "texts",
        "calls",
        "digits",
    ],
)
def test_a_template_that_is_nested_too_deeply_is_refused(template: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template(template)


def test_typed_rendering_is_bounded_too() -> None:
    with pytest.raises(ExpressionError, match="more than 3000000 values"):
        compile_template(SHARED + "{{ w }}").render_typed(Scope({}))


def test_references_of_a_long_condition_are_found_quickly() -> None:
    template = compile_template("{{ " + " and ".join(["inputs.a is defined"] * 100) + " }}")
    assert len(template.references) == 100


def test_reasonable_depth_works() -> None:
    assert render_text("{{ " + "(" * 40 + "1" + ")" * 40 + " }}", Scope({})) == "1"
    assert render_text("{{ " + " ~ ".join(["'a'"] * 150) + " }}", Scope({})) == "a" * 150


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{-",
        "-}}",
        "{%-",
        "-%}",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "?",
        "|",
        "~",
        "..",
        "??",
        "???",
        "==",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "'",
        '"',
        "#{",
        "\\'",
        "or",
        "and",
        "not",
        "is",
        "contains",
        "in",
        "equals",
        "null",
        "true",
        "if",
        "elseif",
        "else",
        "endif",
        "for",
        "endfor",
        "set",
        "macro",
        "endmacro",
        "block",
        "endblock",
        "filter",
        "endfilter",
        "verbatim",
        "endverbatim",
        "raw",
        "endraw",
        "a",
        "inputs.x",
        "outputs['my-task'].value",
        "1",
        "2.5",
        "12L",
        "'text'",
        '"t"',
        "x",
        "defined",
        "empty",
        "even",
        "json",
        "loop.index",
        "i",
    ]
    + [item.name for item in items() if item.kind in ("filter", "function", "test")]
    + [" ", "\n", "{{ inputs.x | ", "{% for i in ", "{% set a = ", "{% if ", " %}", " }}", "{{ "]
)
NOT_FOR_CHANCE = ("jq", "randomPort", "http")


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_any_pieces_make_a_template_or_a_typed_error(pieces: list[str]) -> None:
    text = " ".join(piece for piece in pieces if piece not in NOT_FOR_CHANCE)
    for source in (text, "{{ " + text + " }}"):
        try:
            template = Template(source)
        except ExpressionSyntaxError as error:
            assert error.line is not None
            continue
        assert template.references is not None
        assert template.calls is not None
        try:
            template.render(example_scope())
        except ExpressionError as error:
            assert error.line is not None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_makes_a_template_or_a_typed_error(text: str) -> None:
    for source in (text, "{{" + text + "}}", "{%" + text + "%}"):
        try:
            Template(source).render(example_scope())
        except ExpressionError as error:
            assert error.line is not None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
CALLS = [
    (item.kind, item.name, sum(one.required for one in item.arguments), len(item.arguments))
    for item in items()
    if item.kind in ("filter", "function", "test") and item.name not in (*NOT_FOR_CHANCE, "block")
]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(CALLS), st.lists(VALUES, min_size=7, max_size=7), st.data())
def test_any_filter_function_and_test_answers_any_value_or_refuses_it(
    call: tuple[str, str, int, int], values: list[object], data: st.DataObject
) -> None:
    kind, name, required, most = call
    count = data.draw(st.integers(required, min(most, 6)))
    arguments = ", ".join(f"v{number}" for number in range(1, count + 1))
    template = {
        "filter": f"{{{{ v0 | {name}({arguments}) }}}}",
        "function": f"{{{{ {name}({arguments}) }}}}",
        "test": f"{{{{ v0 is {name} }}}}",
    }[kind]
    scope = Scope({f"v{number}": value for number, value in enumerate(values)})
    try:
        render_text(template, scope)
    except ExpressionError as error:
        assert error.line is not None


OPERATORS = [item.name for item in items() if item.kind == "operator" and "(" not in item.name]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for name in OPERATORS if name not in ("|", "is", "is not", "not", "? :")]),
    VALUES,
    VALUES,
)
def test_any_operator_answers_any_values_or_refuses_them(operator: str, left: object, right: object) -> None:
    try:
        render_text(f"{{{{ a {operator} b }}}}{{{{ a ? 1 : 2 }}}}", Scope({"a": left, "b": right}))
    except ExpressionError as error:
        assert error.line is not None
