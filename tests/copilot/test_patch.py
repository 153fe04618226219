"""Edits as splices: they do what they say, and nothing outside is touched."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.operation import Operation
from copilot.plan.patch import apply
from copilot.plan.plan import InputPlan, Step, TriggerPlan
from copilot.plan.render import input_value, step_value
from engine.source.document import read_document

FLOW = """\
# a flow with habits of its own
id: demo
namespace: company.team   # ours

inputs:
  - {id: city, type: STRING}

tasks:
  # get it first
  - id: extract   # keep this comment
    type: io.kestra.plugin.core.http.Download
    uri: 'https://example.com/{{ inputs.city }}.csv'

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: >-
      got {{ outputs.extract.uri }}
      for {{ inputs.city }}
    # a thought about show

  - id: check
    type: io.kestra.plugin.core.flow.If
    condition: "{{ outputs['extract'].code == 200 }}"
    then:
      - id: yes_log
        type: io.kestra.plugin.core.log.Log
        message: |
          fine

          and done
triggers:
- id: daily
  type: io.kestra.plugin.core.trigger.Schedule
  cron: "0 9 * * *"
# the end
"""
NEW = Step(id="new", type="io.kestra.plugin.core.log.Log", values={"message": "one\ntwo\n"})


def after(**fields: Any) -> Any:
    return read_document(apply(FLOW, Operation(**fields))).data


def ids(data: Any) -> list[str]:
    return [task["id"] for _, task in target.tasks_of(data)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"where": "after", "anchor": "extract"}, ["extract", "new", "show", "check", "yes_log"]),
        ({"where": "before", "anchor": "extract"}, ["new", "extract", "show", "check", "yes_log"]),
        ({}, ["extract", "show", "check", "yes_log", "new"]),
        ({"where": "first"}, ["new", "extract", "show", "check", "yes_log"]),
        ({"inside": "check", "section": "then"}, ["extract", "show", "check", "yes_log", "new"]),
        ({"inside": "check", "section": "else"}, ["extract", "show", "check", "yes_log", "new"]),
        ({"section": "errors"}, ["extract", "show", "check", "yes_log", "new"]),
    ],
    ids=["after", "before", "last", "first", "inside", "new branch", "new section"],
)
def test_a_task_is_added_at_its_place(fields: dict[str, Any], expected: list[str]) -> None:
    data = after(op="add", step=NEW, **fields)
    assert ids(data) == expected


def test_triggers_and_inputs_are_added() -> None:
    trigger = TriggerPlan(
        id="hourly", type="io.kestra.plugin.core.trigger.Schedule", values={"cron": "0 * * * *"}
    )
    assert [item["id"] for item in after(op="add", trigger=trigger)["triggers"]] == ["daily", "hourly"]
    value = input_value(InputPlan(id="limit", type="INT", defaults=3))
    assert after(op="add", section="inputs", value=value)["inputs"][1] == value


def test_a_removed_task_leaves_with_its_comment_only() -> None:
    text = apply(FLOW, Operation(op="remove", target="extract"))
    assert "get it first" not in text
    assert text == FLOW.replace(FLOW[FLOW.index("  # get") : FLOW.index("  - id: show")], "")


def test_an_emptied_section_goes_with_its_key() -> None:
    text = apply(FLOW, Operation(op="remove", target="daily"))
    assert "triggers" not in text
    assert text.endswith("and done\n# the end\n")


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("show", "message", "short"),
        ("yes_log", "message", "other\ntext\n"),
        ("extract", "uri", "https://x.y/{{ inputs.city }}"),
        ("extract", "retry.maxAttempts", 3),
        ("daily", "cron", "0 8 * * 1"),
        ("city", "defaults", "Rome"),
        ("", "labels.team", "data"),
        ("", "description", "text: with colon"),
        ("check", "then.0.level", "WARN"),
    ],
)
def test_a_value_is_set(name: str, path: str, value: Any) -> None:
    data = after(op="set", target=name, path=path, value=value)
    assert target.get(data, (*target.find(data, name), *target.steps_of(path))) == value


def test_a_set_scalar_changes_only_itself() -> None:
    text = apply(FLOW, Operation(op="set", target="daily", path="cron", value="1 1 * * *"))
    assert text == FLOW.replace("0 9 * * *", "1 1 * * *")


def test_a_property_is_unset() -> None:
    assert "message" not in after(op="unset", target="show", path="message")["tasks"][1]
    assert after(op="unset", target="city", path="type")["inputs"] == [{"id": "city"}]


def test_a_moved_task_keeps_its_lines_and_its_comment() -> None:
    text = apply(FLOW, Operation(op="move", target="extract", where="after", anchor="show"))
    block = FLOW[FLOW.index("  # get it") : FLOW.index("\n  - id: show")]
    assert block in text
    assert ids(read_document(text).data)[:2] == ["show", "extract"]


def test_a_task_moves_into_a_branch_and_out_of_it() -> None:
    assert ids(after(op="move", target="show", inside="check", section="then")) == [
        "extract",
        "check",
        "yes_log",
        "show",
    ]
    assert ids(after(op="move", target="yes_log", where="first"))[0] == "yes_log"


def test_a_renamed_task_takes_every_reference_along() -> None:
    text = apply(FLOW, Operation(op="rename", target="extract", to="get-data"))
    assert "outputs['get-data'].uri" in text
    assert "outputs['get-data'].code" in text
    assert "extract" not in text
    assert text.count("\n") == FLOW.count("\n")


def test_a_renamed_input_takes_every_reference_along() -> None:
    text = apply(FLOW, Operation(op="rename", target="city", to="town"))
    assert text == FLOW.replace("inputs.city", "inputs.town").replace("id: city", "id: town")


def test_a_rename_leaves_plain_words_and_other_names_alone() -> None:
    flow = (
        "id: a\nnamespace: b\ntasks:\n"
        "- {id: load, type: t, format: 'load outputs.load {{ outputs.load_2.x ~ \"outputs.load\" ~ outputs.load.y }}'}\n"
        "- {id: load_2, type: t}\n"
    )
    text = apply(flow, Operation(op="rename", target="load", to="put"))
    assert text == flow.replace("outputs.load.y", "outputs.put.y").replace("id: load,", "id: put,")


def test_neighbours_are_wrapped() -> None:
    shell = Step(id="both", type="io.kestra.plugin.core.flow.Parallel")
    data = after(op="wrap", targets=["extract", "show"], step=shell)
    assert ids(data) == ["both", "extract", "show", "check", "yes_log"]
    assert data["tasks"][0]["tasks"][1]["message"] == "got {{ outputs.extract.uri }} for {{ inputs.city }}"


def test_a_flowable_is_unwrapped_without_its_tasks() -> None:
    shell = Step(id="both", type="io.kestra.plugin.core.flow.Parallel")
    wrapped = apply(FLOW, Operation(op="wrap", targets=["extract", "show"], step=shell))
    assert apply(wrapped, Operation(op="unwrap", target="both")) == FLOW
    assert ids(after(op="unwrap", target="check")) == ["extract", "show", "yes_log"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"op": "remove", "target": "extrct"}, "did you mean 'extract'"),
        ({"op": "rename", "target": "extract", "to": "show"}, "already"),
        ({"op": "rename", "target": "extract", "to": "no spaces"}, "cannot be an id"),
        ({"op": "move", "target": "check", "inside": "check", "section": "then"}, "into itself"),
        ({"op": "set", "target": "extract", "path": "uri.x", "value": 1}, "not a map"),
        ({"op": "wrap", "targets": ["extract", "check"], "step": NEW}, "next to each other"),
        ({"op": "unset", "target": "extract", "path": "nothing"}, "does not exist"),
        ({"op": "unwrap", "target": "show"}, "holds no tasks"),
    ],
    ids=["typo", "taken", "bad id", "itself", "no map", "apart", "missing", "nothing inside"],
)
def test_an_edit_that_does_not_fit_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(PatchError, match=re.escape(words)):
        apply(FLOW, Operation(**fields))


def test_a_value_shared_by_an_anchor_is_not_changed_twice() -> None:
    flow = "id: a\nnamespace: b\nvariables:\n  x: &one 1\n  y: *one\ntasks:\n- {id: t, type: u}\n"
    with pytest.raises(PatchError, match="anchor"):
        apply(flow, Operation(op="set", path="variables.x", value=2))


# --- the law -----------------------------------------------------------------------------------------------

_WORD = st.sampled_from(
    ["alpha", "beta", "gamma", "two words", "x: y", "{{ inputs.a }}", "a\nb\n", "a\n\n  b", "#no", ""]
)
_VALUE = st.one_of(
    _WORD,
    st.integers(0, 99),
    st.lists(_WORD, max_size=2),
    st.dictionaries(st.sampled_from(["k", "l"]), _WORD, max_size=2),
)


@st.composite
def flows(draw: st.DrawFn) -> str:
    """Write a flow in one of many styles: comments, blank lines, indents, quotes, brackets, line ends."""
    indent = " " * draw(st.sampled_from([0, 2, 4]))
    blank = draw(st.sampled_from(["", "\n", "\n\n"]))
    lines = [draw(st.sampled_from(["", "# head\n\n"])) + "id: f", "namespace: n", "tasks:"]
    for number in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            lines.append(f"{indent}# about {number}")
        style = draw(st.sampled_from(["block", "block", "dash", "flow"]))
        if style == "flow":
            lines.append(f"{indent}- {{id: t{number}, type: T, v: 'it''s'}}  # short {number}")
            continue
        inner = indent + "  "
        lines.append(f"{indent}- id: t{number}" if style == "block" else f"{indent}-\n{inner}id: t{number}")
        lines.append(f"{inner}type: T   # a type {number}")
        if draw(st.booleans()):
            lines.append(f"{inner}text: |\n{inner}  one\n\n{inner}    two\n{inner}  {{{{ outputs.t0.x }}}}")
        if draw(st.booleans()):
            lines.append(
                f"{inner}map:\n{inner}    k: 'v'\n{inner}    # inside {number}\n{inner}    l: [1, {{a: b}}]"
            )
        if draw(st.booleans()):
            lines.append(f"{inner}tasks:\n{inner}- id: c{number}\n{inner}  type: T\n{inner}  # own {number}")
        lines[-1] += blank.rstrip("\n") if not blank else blank[:-1]
    lines.append(draw(st.sampled_from(["", "# tail", "labels: {a: b}", "triggers:\n  - id: s\n    type: S"])))
    text = "\n".join(lines)
    text = text + "\n" if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


SHELL = Step(id="shell", type="io.kestra.plugin.core.flow.Sequential")
OPS = ["add", "remove", "set", "unset", "move", "rename", "wrap", "unwrap", "section", "trigger", "head"]


@st.composite
def operations(draw: st.DrawFn, data: Any) -> Operation:
    """Choose an operation that fits the flow."""
    names = [task["id"] for _, task in target.tasks_of(data)]
    one, two = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    match draw(st.sampled_from(OPS)):
        case "add":
            return Operation(op="add", step=NEW, where=draw(st.sampled_from(["before", "after"])), anchor=one)
        case "set":
            path = draw(st.sampled_from(["type", "new", "map.k", "deep.er", "text", "map"]))
            return Operation(op="set", target=one, path=path, value=draw(_VALUE))
        case "unset":
            keys = [key for key in target.get(data, target.find(data, one)) if key != "id"]
            return Operation(op="unset", target=one, path=draw(st.sampled_from(keys)))
        case "move":
            where = draw(st.sampled_from(["before", "after"]))
            return Operation(op="move", target=one, where=where, anchor=two)
        case "rename":
            return Operation(op="rename", target=one, kind="task", to="renamed")
        case "wrap":
            return Operation(op="wrap", targets=[one], step=SHELL)
        case "unwrap":
            holding = [task["id"] for _, task in target.tasks_of(data) if isinstance(task.get("tasks"), list)]
            return Operation(op="unwrap", target=draw(st.sampled_from(holding or names)))
        case "section":
            section = draw(st.sampled_from(["errors", "finally", "tasks"]))
            return Operation(op="add", step=NEW, section=section)
        case "trigger":
            return Operation(op="add", trigger=TriggerPlan(id="hook", type="T", values={"key": "k"}))
        case "head":
            path = draw(st.sampled_from(["description", "concurrency.limit", "labels.team", "variables.x"]))
            return Operation(op="set", path=path, value=draw(_WORD))
    return Operation(op="remove", target=one)


def touched(data: Any, operation: Operation) -> set[str]:
    """Return the ids of the top-level tasks an operation works in."""
    names = [operation.target, operation.anchor, *operation.targets]
    paths = [target.find(data, name, "task") for name in names if name]
    return {str(target.get(data, path[:2])["id"]) for path in paths if path}


def comments_in(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """Return the comments outside some spans of a text."""
    return [
        found[0]
        for found in re.finditer(r"#[^\r\n]*", text)
        if not any(start <= found.start() < end for start, end in spans)
    ]


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_every_edit_keeps_the_bytes_and_comments_of_all_other_tasks(draws: st.DataObject) -> None:
    text = draws.draw(flows())
    data = read_document(text).data
    operation = draws.draw(operations(data))
    try:
        result = apply(text, operation)
    except PatchError:
        return
    inside = touched(data, operation)
    document, later = read_document(text), read_document(result)
    renamed = operation.op == "rename"
    spans = []
    for number, task in enumerate(data["tasks"]):
        before = document.span(("tasks", number))
        spans.append((before.start, before.end))
        if task["id"] in inside:
            continue
        path = target.find(later.data, task["id"], "task")
        after_span = later.span(path)
        block = text[before.start : before.end]
        wanted = block.replace(f"outputs.{operation.target}.", "outputs.renamed.") if renamed else block
        assert result[after_span.start : after_span.end] == wanted
    for name in ("labels", "triggers"):
        if name in data and data[name] == later.data[name]:
            before, after_span = document.span((name,)), later.span((name,))
            assert text[before.start : before.end] == result[after_span.start : after_span.end]
    kept = re.findall(r"#[^\r\n]*", result)
    # A removed or unwrapped task takes its own comments along; those of all others, and of the flow, stay.
    gone = {
        f"# {word} {number}"
        for number, task in enumerate(data["tasks"])
        for word in ("about", "own", "short", "a type", "inside")
        if task["id"] in inside
    }
    allowed = gone if operation.op in ("remove", "unwrap") else set()
    rewritten = operation.op in ("set", "unset") and operation.target
    for comment in comments_in(text, spans):
        assert comment in kept or comment.strip() in allowed or rewritten
    if operation.op in ("add", "move", "rename", "wrap") or not operation.target:
        assert len(kept) >= len(re.findall(r"#[^\r\n]*", text))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_unwrapping_undoes_wrapping_to_the_byte(draws: st.DataObject) -> None:
    text = draws.draw(flows())
    data = read_document(text).data
    name = draws.draw(st.sampled_from([task["id"] for _, task in target.tasks_of(data)]))
    try:
        wrapped = apply(text, Operation(op="wrap", targets=[name], step=SHELL))
    except PatchError:
        return
    again = apply(wrapped, Operation(op="unwrap", target="shell"))
    assert read_document(again).data == data
    # Blank lines inside and the line end at the very end may differ; nothing else does.
    assert [line for line in again.splitlines() if line.strip()] == [
        line for line in text.splitlines() if line.strip()
    ]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_most_edits_are_possible_and_give_exactly_the_wanted_data(draws: st.DataObject) -> None:
    text = draws.draw(flows())
    data = read_document(text).data
    name = draws.draw(st.sampled_from([task["id"] for _, task in target.tasks_of(data)]))
    value = draws.draw(_VALUE)
    result = read_document(apply(text, Operation(op="set", target=name, path="fresh", value=value))).data
    wanted = copy.deepcopy(data)
    target.get(wanted, target.find(wanted, name))["fresh"] = value
    assert result == wanted
    added = read_document(apply(text, Operation(op="add", step=NEW, where="after", anchor=name))).data
    path = target.find(data, name)
    items = target.get(wanted := copy.deepcopy(data), path[:-1])
    items.insert(int(path[-1]) + 1, step_value(NEW))
    assert added == wanted
