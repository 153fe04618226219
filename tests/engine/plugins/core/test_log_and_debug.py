from __future__ import annotations

import pytest

from engine.errors import TaskFailure, UndefinedError
from engine.model.log import Level


def test_one_message_is_one_line(make_context, run_task) -> None:
    ctx = make_context()
    assert run_task(ctx, "core.log.Log", message="{{ flow.id }} runs") == {}
    assert ctx.logs == [(Level.INFO, "my-flow runs")]


def test_every_item_of_a_list_is_a_line_also_what_is_no_text(make_context, run_task) -> None:
    ctx = make_context()
    run_task(ctx, "core.log.Log", level="WARN", message=["a", 1, True, {"k": "{{ flow.id }}"}])
    assert ctx.logs == [(Level.WARN, text) for text in ("a", "1", "true", '{"k":"my-flow"}')]


def test_a_map_is_no_message(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="message"):
        run_task(make_context(), "core.log.Log", message={"a": 1})


def test_an_undefined_variable_fails(make_context, run_task) -> None:
    with pytest.raises(UndefinedError):
        run_task(make_context(), "core.log.Log", message="{{ nothing }}")


@pytest.mark.parametrize(
    ("text", "value"),
    [("{{ 1 + 1 }}", "2"), ("{{ {'a': 1} }}", '{"a":1}'), (5, "5"), (None, None), ("", "")],
)
def test_return_gives_text(make_context, run_task, text, value) -> None:
    ctx = make_context()
    given = {} if text is None else {"format": text}
    assert run_task(ctx, "core.debug.Return", **given) == {"value": value}
    assert [metric.name for metric in ctx.metrics][-1] == "duration"


def test_echo_logs(make_context, run_task) -> None:
    ctx = make_context()
    run_task(ctx, "core.debug.Echo", format="hi", level="ERROR")
    assert ctx.logs == [(Level.ERROR, "hi")]


def test_output_values_keep_their_shape_and_render_texts(make_context, run_task) -> None:
    values = {"a": "{{ 1 + 1 }}", "b": [1, {"c": "{{ flow.id }}"}]}
    given = run_task(make_context(), "core.output.OutputValues", values=values)
    assert given == {"values": {"a": "2", "b": [1, {"c": "my-flow"}]}}


def test_metrics_are_published(make_context, run_task) -> None:
    ctx = make_context()
    metrics = [
        {"type": "counter", "name": "rows", "value": "{{ 40 + 2 }}", "tags": {"taxi": "yellow"}},
        {"type": "timer", "name": "load", "value": "PT2.5S"},
        {"type": "gauge", "name": "depth", "value": 1},
    ]
    given = run_task(ctx, "core.metric.Publish", metrics=metrics)
    assert [(one.name, one.kind, one.value) for one in ctx.metrics] == [
        ("rows", "counter", 42.0),
        ("load", "timer", 2.5),
        ("depth", "gauge", 1.0),
    ]
    assert given["metrics"][0]["tags"] == {"taxi": "yellow"}


def test_a_metric_that_is_no_number_fails(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="metric 'rows': 'many' is not a number"):
        run_task(
            make_context(),
            "core.metric.Publish",
            metrics=[{"type": "counter", "name": "rows", "value": "many"}],
        )


def test_a_templated_task_runs_and_gives_its_outputs(make_context, run_task) -> None:
    spec = "id: x\ntype: io.kestra.plugin.core.debug.Return\nformat: '{{ flow.id }}'"
    assert run_task(make_context(), "core.templating.TemplatedTask", spec=spec) == {"value": "my-flow"}


def test_the_properties_of_a_templated_task_are_rendered_too(make_context, run_task) -> None:
    spec = (
        'type: io.kestra.plugin.core.output.OutputValues\nvalues: \'{"id": "{{ flow.id }}"}\'\n'
        "description: '{{ unknown }}'"
    )
    given = run_task(
        make_context(), "core.templating.TemplatedTask", spec=f"{{% verbatim %}}{spec}{{% endverbatim %}}"
    )
    assert given == {"values": {"id": "my-flow"}}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("a: [", "not YAML"),
        ("just text", "not the map"),
        ("format: x", "`type`"),
        ("type: io.kestra.plugin.core.log.Logs\nmessage: x", "did you mean io.kestra.plugin.core.log.Log"),
        ("type: io.kestra.plugin.core.flow.Sequential\ntasks: []", "cannot be templated"),
        ("type: io.kestra.plugin.core.templating.TemplatedTask\nspec: x", "cannot be templated"),
        ("type: io.kestra.plugin.core.log.Log\nmassage: x", "massage"),
    ],
)
def test_what_cannot_be_templated_says_so(make_context, run_task, spec, message) -> None:
    with pytest.raises(TaskFailure, match=message):
        run_task(make_context(), "core.templating.TemplatedTask", spec=spec)
