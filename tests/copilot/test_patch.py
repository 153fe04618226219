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
    ],
    ids=["typo", "taken", "bad id", "itself", "no map", "apart", "missing"],
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
            lines.append(f"{indent}- {{id: t{number}, type: T, v: 'it''s'}}  # short")
            continue
        inner = indent + "  "
        lines.append(f"{indent}- id: t{number}" if style == "block" else f"{indent}-\n{inner}id: t{number}")
        lines.append(f"{inner}type: T   # a type")
        if draw(st.booleans()):
            lines.append(f"{inner}text: |\n{inner}  one\n\n{inner}    two\n{inner}  {{{{ outputs.t0.x }}}}")
        if draw(st.booleans()):
            lines.append(f"{inner}map:\n{inner}    k: 'v'\n{inner}    # inside\n{inner}    l: [1, {{a: b}}]")
        if draw(st.booleans()):
            lines.append(f"{inner}tasks:\n{inner}- id: c{number}\n{inner}  type: T\n{inner}  # own")
        lines[-1] += blank.rstrip("\n") if not blank else blank[:-1]
    lines.append(draw(st.sampled_from(["", "# tail", "labels: {a: b}", "triggers:\n  - id: s\n    type: S"])))
    text = "\n".join(lines)
    text = text + "\n" if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@st.composite
def operations(draw: st.DrawFn, data: Any) -> Operation:
    """Choose an operation that fits the flow."""
    names = [task["id"] for _, task in target.tasks_of(data)]
    one, two = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    op = draw(st.sampled_from(["add", "remove", "set", "unset", "move"]))
    if op == "add":
        return Operation(op="add", step=NEW, where=draw(st.sampled_from(["before", "after"])), anchor=one)
    if op == "set":
        path = draw(st.sampled_from(["type", "new", "map.k", "deep.er", "text", "map"]))
        return Operation(op="set", target=one, path=path, value=draw(_VALUE))
    if op == "unset":
        path = draw(st.sampled_from([key for key in target.get(data, target.find(data, one)) if key != "id"]))
        return Operation(op="unset", target=one, path=path)
    if op == "move":
        return Operation(op="move", target=one, where=draw(st.sampled_from(["before", "after"])), anchor=two)
    return Operation(op="remove", target=one)


def touched(data: Any, operation: Operation) -> str:
    """Return the id of the top-level task an operation works in."""
    path = target.find(data, operation.target or operation.anchor)
    return str(target.get(data, path[:2])["id"])


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_every_edit_keeps_the_bytes_and_comments_of_all_other_tasks(draws: st.DataObject) -> None:
    text = draws.draw(flows())
    data = read_document(text).data
    operation = draws.draw(operations(data))
    try:
        result = apply(text, operation)
    except PatchError:
        return
    inside = {touched(data, operation)}
    if operation.op == "move":
        inside.add(touched(data, Operation(op="remove", target=operation.anchor)))
    document, later = read_document(text), read_document(result)
    for number, task in enumerate(data["tasks"]):
        if task["id"] in inside:
            continue
        before = document.span(("tasks", number))
        path = target.find(later.data, task["id"])
        after_span = later.span(path)
        assert text[before.start : before.end] == result[after_span.start : after_span.end]
    comments = re.findall(r"#[^\r\n]*", text)
    gone = {"remove": 99, "unset": 99, "set": 99}.get(operation.op, 0)
    kept = re.findall(r"#[^\r\n]*", result)
    assert len([comment for comment in comments if comment not in kept]) <= gone


@given(st.data())
@settings(max_examples=200, deadline=None)
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
