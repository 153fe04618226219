"""The editor's services: what is offered, explained and marked at a position, in whole and in broken texts."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.editor.complete import Completer
from api.editor.cursor import cursor_at
from api.editor.hover import hover
from api.editor.position import Positions
from engine.registry import Registry

HEAD = "id: a\nnamespace: b\n"
TASK = "  - id: x\n    type: io.kestra.plugin.core.log.Log\n"
REQUEST = "  - id: get\n    type: io.kestra.plugin.core.http.Request\n    uri: http://x\n"


@pytest.fixture(scope="module")
def completer() -> Completer:
    return Completer(Registry.load())


def offered(completer: Completer, marked: str) -> list[str]:
    """Return the labels offered at `¦`."""
    offset = marked.index("¦")
    return [one.label for one in completer.complete(marked.replace("¦", ""), offset).items]


COMPLETIONS = {
    "an empty text": ("¦", ["id", "namespace", "tasks"], ["message"]),
    "a property of the flow": (f"{HEAD}¦", ["tasks", "triggers", "inputs"], ["id", "namespace"]),
    "a property typed": (f"{HEAD}tri¦", ["triggers"], ["tasks"]),
    "a property of a task": (f"{HEAD}tasks:\n{TASK}    ¦", ["message", "level", "retry"], ["id", "type"]),
    "between properties": (f"{HEAD}tasks:\n{TASK}    ¦\n    message: hi\n", ["level"], ["message"]),
    "an item without a type": (f"{HEAD}tasks:\n  - ¦", ["id", "type", "runIf"], ["message"]),
    "a list without a dash": (f"{HEAD}tasks:\n  ¦", ["id", "type"], []),
    "dashes below their key": (f"{HEAD}tasks:\n- id: x\n  type: ¦", ["io.kestra.plugin.core.log.Log"], []),
    "a type of task": (
        f"{HEAD}tasks:\n  - id: x\n    type: log.Lo¦",
        ["io.kestra.plugin.core.log.Log"],
        ["io.kestra.plugin.core.trigger.Schedule"],
    ),
    "a type of trigger": (
        f"{HEAD}triggers:\n  - id: t\n    type: ¦",
        ["io.kestra.plugin.core.trigger.Schedule"],
        ["io.kestra.plugin.core.log.Log"],
    ),
    "a type of runner": (
        f"{HEAD}tasks:\n  - id: x\n    type: io.kestra.plugin.scripts.python.Script\n    taskRunner:\n      type: ¦",
        ["io.kestra.plugin.core.runner.Process"],
        ["io.kestra.plugin.core.log.Log"],
    ),
    "a condition": (
        f"{HEAD}triggers:\n  - id: t\n    type: io.kestra.plugin.core.trigger.Flow\n    conditions:\n      - type: ¦",
        ["io.kestra.plugin.core.condition.DayWeek"],
        [],
    ),
    "one of a few values": (f"{HEAD}tasks:\n{TASK}    level: ¦", ["INFO", "WARN"], ["true"]),
    "a boolean": (f"{HEAD}tasks:\n{TASK}    disabled: ¦", ["true", "false"], []),
    "a type of input": (f"{HEAD}inputs:\n  - id: n\n    type: S¦", ["STRING", "SELECT"], ["INT"]),
    "an option of an input": (f"{HEAD}inputs:\n  - id: n\n    type: SELECT\n    ¦", ["values"], ["min"]),
    "a nested map": (f"{HEAD}tasks:\n{TASK}    retry:\n      ¦", ["type", "interval"], ["message"]),
    "a nested task": (
        (
            f"{HEAD}tasks:\n  - id: l\n    type: io.kestra.plugin.core.flow.ForEach\n    tasks:\n      - id: y\n"
            f"        type: io.kestra.plugin.core.log.Log\n        ¦"
        ),
        ["message"],
        ["values"],
    ),
    "in braces on one line": (
        f"{HEAD}tasks:\n  - {{id: x, type: core.log.¦}}\n",
        ["io.kestra.plugin.core.log.Log"],
        [],
    ),
    "inside a script": (
        f"{HEAD}tasks:\n  - id: x\n    type: io.kestra.plugin.scripts.python.Script\n    script: |\n      im¦",
        [],
        ["id", "type", "inputs"],
    ),
    "a variable": (
        f'{HEAD}tasks:\n{TASK}    message: "{{{{ ¦ }}}}"',
        ["inputs", "outputs", "now"],
        ["upper"],
    ),
    "a task with outputs, in broken YAML": (
        f"{HEAD}tasks:\n{REQUEST}{TASK}    message: {{{{ outputs.¦",
        ["get"],
        ["x"],
    ),
    "an output": (
        f'{HEAD}tasks:\n{REQUEST}{TASK}    message: "{{{{ outputs.get.¦ }}}}"',
        ["body", "code"],
        ["get"],
    ),
    "no output of a task that comes later": (
        f'{HEAD}tasks:\n{TASK}    message: "{{{{ outputs.¦ }}}}"\n{REQUEST}',
        [],
        ["get"],
    ),
    "an input": (
        f'inputs:\n  - id: day\n    type: DATE\ntasks:\n{TASK}    message: "{{{{ inputs.¦ }}}}"',
        ["day"],
        [],
    ),
    "an expression in a script": (
        (
            "inputs:\n  - id: day\n    type: DATE\ntasks:\n  - id: x\n"
            "    type: io.kestra.plugin.scripts.python.Script\n    script: |\n      print('{{ inputs.¦ }}')\n"
        ),
        ["day"],
        [],
    ),
    "a filter": (
        f'{HEAD}tasks:\n{TASK}    message: "{{{{ inputs.a | up¦ }}}}"',
        ["upper"],
        ["now", "inputs"],
    ),
    "a test": (f'{HEAD}tasks:\n{TASK}    message: "{{{{ inputs.a is de¦ }}}}"', ["defined"], ["upper"]),
    "a default for a type": (
        f"{HEAD}pluginDefaults:\n  - type: core.log.¦",
        ["io.kestra.plugin.core.log.Log"],
        [],
    ),
}


@pytest.mark.parametrize(("marked", "there", "missing"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_completion(completer: Completer, marked: str, there: list[str], missing: list[str]) -> None:
    labels = offered(completer, marked)
    assert [one for one in there if one not in labels] == []
    assert [one for one in missing if one in labels] == []


HOVERS = {
    "a type": ("tasks:\n  - id: x\n    type: io.kestra.plugin.core.ht¦tp.Request\n", "Make an HTTP request"),
    "a property": (f"tasks:\n{REQUEST.replace('uri', 'ur¦i')}", "**uri** (required)"),
    "a value": (f"tasks:\n{TASK}    level: IN¦FO\n", "One of `TRACE`"),
    "the flow": ("tas¦ks:\n", "**tasks** (required)"),
    "a filter": (f"tasks:\n{TASK}    message: '{{{{ now() | da¦te }}}}'\n", "`date("),
    "a function": (f"tasks:\n{TASK}    message: '{{{{ no¦w() }}}}'\n", "`now("),
    "a task": (f"tasks:\n{REQUEST}{TASK}    message: '{{{{ outputs.ge¦t.body }}}}'\n", "**get** Task"),
    "an output": (f"tasks:\n{REQUEST}{TASK}    message: '{{{{ outputs.get.bo¦dy }}}}'\n", "**body**"),
    "an input": (
        f"inputs:\n  - id: day\n    type: DATE\ntasks:\n{TASK}    message: '{{{{ inputs.d¦ay }}}}'\n",
        "`DATE`",
    ),
    "a word of a script": (
        "tasks:\n  - id: x\n    type: io.kestra.plugin.scripts.python.Script\n    script: |\n      id¦\n",
        None,
    ),
    "nothing": ("id: a\n¦\ntasks:\n", None),
}


@pytest.mark.parametrize(("marked", "about"), HOVERS.values(), ids=HOVERS)
def test_hover(completer: Completer, marked: str, about: str | None) -> None:
    found = hover(completer, marked.replace("¦", ""), marked.index("¦"))
    if about is None:
        assert found is None
    else:
        assert found is not None
        assert about in found.markdown


def test_what_is_accepted_is_valid(completer: Completer) -> None:
    """Every property offered for a task is one the gate knows."""
    from engine.validation import check

    registry = Registry.load()
    for name in offered(completer, f"{HEAD}tasks:\n{TASK}    ¦"):
        source = f"{HEAD}tasks:\n{TASK}    {name}: x\n"
        codes = {found.code for found in check(source, registry).findings}
        assert "unknown-property" not in codes, name


def test_the_cursor_never_fails_wherever_it_is() -> None:
    text = f"{HEAD}tasks:\n{REQUEST}{TASK}    message: |\n      a {{{{ b }}}}\n\n# c\n  - {{id: y, type: z}}\n   odd\n- q\n"
    for offset in range(len(text) + 1):
        cursor = cursor_at(text, offset)
        assert cursor.start <= offset <= cursor.end
        assert len(cursor.beside) == len(cursor.path) + 1


def test_positions_are_counted_as_javascript_does() -> None:
    text = "a: 😀b\nc: d"
    positions = Positions(text)
    assert positions.outside(text.index("b")) == 5
    assert positions.inside(5) == text.index("b")
    assert positions.place(text.index("c")) == {"offset": 7, "line": 2, "column": 1}
    assert positions.at(1, 6) == text.index("b")
    assert Positions(text, "characters").outside(text.index("b")) == 4
    for offset in range(len(text) + 1):
        assert positions.inside(positions.outside(offset)) == offset


def test_lint_marks_what_is_wrong_and_fixes_it(client: TestClient) -> None:
    text = f"{HEAD}description: 😀\ntasks:\n  - id: x\n    type: io.kestra.plugin.core.log.Logg\n    message: a\n"
    answer = client.post("/api/v1/main/editor/lint", json={"text": text}).json()
    assert answer["valid"] is False
    (finding,) = answer["findings"]
    units = text.encode("utf-16-le")
    marked = units[2 * finding["from"] : 2 * finding["to"]].decode("utf-16-le")
    assert "io.kestra.plugin.core.log.Logg" in marked or marked == "type"
    fix = finding["fix"]
    changed = units[: 2 * fix["from"]] + fix["text"].encode("utf-16-le") + units[2 * fix["to"] :]
    again = client.post("/api/v1/main/editor/lint", json={"text": changed.decode("utf-16-le")}).json()
    assert again == {"valid": True, "findings": []}


def test_completion_and_hover_by_line_and_column(client: TestClient) -> None:
    body = {"text": f"{HEAD}tasks:\n{TASK}    me", "line": 6, "column": 7}
    answer = client.post("/api/v1/main/editor/complete", json=body).json()
    assert answer["items"][0]["label"] == "message"
    assert answer["items"][0]["insert"] == "message: "
    assert body["text"][answer["from"] : answer["to"]] == "me"
    assert answer["start"] == {"offset": answer["from"], "line": 6, "column": 5}
    hovered = client.post("/api/v1/editor/hover", json={"text": f"{HEAD}tasks: []", "offset": 21}).json()
    assert hovered["markdown"].startswith("**tasks**")
    assert client.post("/api/v1/main/editor/hover", json={"text": "", "offset": 0}).json() == {}


def test_a_position_is_asked_for(client: TestClient) -> None:
    answer = client.post("/api/v1/main/editor/complete", json={"text": "id: a"})
    assert answer.status_code == 422
    assert "offset" in answer.json()["message"]
