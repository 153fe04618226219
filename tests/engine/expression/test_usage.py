from __future__ import annotations

import pytest

from engine.expression.template import compile_template


def paths(text: str) -> list[tuple[str, bool]]:
    return [(".".join(one.path), one.guarded) for one in compile_template(text).references]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ outputs.a.value | upper }}", [("outputs.a.value", False)]),
        ("{{ outputs['my-task'].uri }}", [("outputs.my-task.uri", False)]),
        ("{{ outputs.t[taskrun.value].x }}", [("outputs.t", False), ("taskrun.value", False)]),
        ("{{ outputs.t.rows[0].id }}", [("outputs.t.rows", False)]),
        ("{{ inputs.a ?? inputs.b }}", [("inputs.a", True), ("inputs.b", False)]),
        ("{{ inputs.a ??? 'x' }}", [("inputs.a", True)]),
        ("{{ a ?? b ?? 'c' }}", [("a", True), ("b", True)]),
        ("{{ inputs.a | default(inputs.b) }}", [("inputs.a", True), ("inputs.b", False)]),
        ("{{ inputs.a | upper | default('d') }}", [("inputs.a", True)]),
        ("{{ inputs.a is defined }}", [("inputs.a", True)]),
        ("{{ inputs.a is empty }}", [("inputs.a", False)]),
        ("{{ inputs.a is defined ? inputs.a.b : 'x' }}", [("inputs.a", True), ("inputs.a.b", True)]),
        ("{{ inputs.a is defined and inputs.a == 1 }}", [("inputs.a", True), ("inputs.a", True)]),
        (
            "{% if trigger is defined %}{{ trigger.date }}{% endif %}",
            [("trigger", True), ("trigger.date", True)],
        ),
        ("{% for x in outputs.l %}{{ x.a }}{{ loop.index }}{% endfor %}", [("outputs.l", False)]),
        ("{% set a = inputs.b %}{{ a }}", [("inputs.b", False)]),
        (
            "{% macro m(p, q=vars.d) %}{{ p }}{% endmacro %}{{ m(inputs.c) }}",
            [("vars.d", False), ("inputs.c", False)],
        ),
        ("{{ fromJson(outputs.a.body).x }}", [("outputs.a.body", False)]),
        ("{{ inputs.x.toUpperCase() }}", [("inputs.x", False)]),
        ('{{ "a #{inputs.x}" }}', [("inputs.x", False)]),
        (
            "{{ [inputs.a, {inputs.b: inputs.c}] }}",
            [("inputs.a", False), ("inputs.b", False), ("inputs.c", False)],
        ),
        ("{% raw %}{{ x }}{% endraw %}{# {{ y }} #}{% verbatim %}{{ z }}{% endverbatim %}", []),
        (
            "{% filter replace({'a': inputs.b}) %}{{ inputs.c }}{% endfilter %}",
            [("inputs.b", False), ("inputs.c", False)],
        ),
    ],
)
def test_references_are_found_with_their_guard(text: str, expected: list[tuple[str, bool]]) -> None:
    assert paths(text) == expected


def test_a_reference_knows_its_place_and_the_place_of_each_name() -> None:
    text = "x\n  {{ 'a' ~ outputs['my-task'].value }}"
    (reference,) = compile_template(text).references
    assert (reference.line, reference.column) == (2, 12)
    assert [text[start:end] for start, end in reference.spans] == ["outputs", "my-task", "value"]


def test_calls_are_found_in_order() -> None:
    text = "{{ now() | date('x') }}\n{% if a is defined %}{{ kv(secret('b')) }}{% endif %}"
    assert [(use.kind, use.name, use.line, use.column) for use in compile_template(text).calls] == [
        ("function", "now", 1, 4),
        ("filter", "date", 1, 12),
        ("test", "defined", 2, 12),
        ("function", "kv", 2, 25),
        ("function", "secret", 2, 28),
    ]
