"""Changes of a flow in words, without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from copilot.errors import NeedInfo, OffTopic
from copilot.gate import judge
from copilot.plan import target
from copilot.plan.patch import apply_edit
from copilot.planner.rules.change import change
from engine.registry import Registry
from engine.source.document import read_document

Suggest = Callable[[str], Sequence[str]]

FLOW = """\
id: demo
namespace: company.team

inputs:
  - id: city
    type: STRING
    defaults: Rome

tasks:
  # get it
  - id: download
    type: io.kestra.plugin.core.http.Download
    uri: https://example.com/data.csv

  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    inputFiles:
      data.csv: "{{ outputs.download.uri }}"
    fetchType: FETCH
    sql: SELECT * FROM 'data.csv'

  - id: say   # the end
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.query.rows }} {{ inputs.city }}"

triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 9 * * *"
"""

SETS: dict[str, tuple[str, str, Any]] = {
    "add a retry of 3 times every 10 seconds to the download": ("download", "retry", {"type": "constant", "interval": "PT10S", "maxAttempts": 4}),
    "retry download 5 times with a timeout of 2 minutes": ("download", "timeout", "PT2M"),
    'change the message of say to "hello"': ("say", "message", "hello"),
    "set the timeout of query to 5 minutes": ("query", "timeout", "PT5M"),
    "change the url to https://example.com/new.csv": ("download", "uri", "https://example.com/new.csv"),
    "set the level of say to warn": ("say", "level", "WARN"),
    "run it every Monday at 8 Paris time": ("daily", "timezone", "Europe/Paris"),
    "change the schedule to every 15 minutes": ("daily", "cron", "*/15 * * * *"),
    "disable the schedule": ("daily", "disabled", True),
    "disable the query task": ("query", "disabled", True),
    "make it run only one at a time": ("", "concurrency", {"limit": 1, "behavior": "QUEUE"}),
    "add the label team data": ("", "labels", {"team": "data"}),
    "set the default of the city input to Paris": ("city", "defaults", "Paris"),
    "set the description of the flow to \"my demo\"": ("", "description", "my demo"),
    "continue if the download fails, ignore errors of download": ("download", "allowFailure", True),
}  # fmt: skip

ORDERS: dict[str, list[str]] = {
    "remove the say task": ["download", "query"],
    'add a log task saying "done" at the end': ["download", "query", "say", "log"],
    'add a task that logs "start" before the download': ["log", "download", "query", "say"],
    "wait 5 seconds after the download": ["download", "sleep", "query", "say"],
    "run download and query in parallel": ["parallel", "download", "query", "say"],
    "rename download to extract": ["extract", "query", "say"],
    'if it fails, log "oh no"': ["download", "query", "say", "log"],
    'rename say to tell and add a log task saying "end" at the end': ["download", "query", "tell", "log"],
}


def edited(words: str, registry: Registry, suggest: Suggest) -> Any:
    edit = change(words, FLOW, registry, suggest)
    assert edit.open == []
    text = apply_edit(FLOW, edit)
    assert [finding.text for finding in judge(text, registry).blocking] == []
    return read_document(text).data


@pytest.mark.parametrize(("words", "expected"), SETS.items(), ids=SETS.keys())
def test_values_are_set(
    words: str, expected: tuple[str, str, Any], registry: Registry, suggest: Suggest
) -> None:
    name, key, value = expected
    data = edited(words, registry, suggest)
    assert target.get(data, (*target.find(data, name), key)) == value


@pytest.mark.parametrize(("words", "ids"), ORDERS.items(), ids=ORDERS.keys())
def test_tasks_come_go_and_move(words: str, ids: list[str], registry: Registry, suggest: Suggest) -> None:
    assert [task["id"] for _, task in target.tasks_of(edited(words, registry, suggest))] == ids


@pytest.mark.parametrize("words", ["move b before a", "move a after b", "move a to the end"])
def test_a_task_is_moved(words: str, registry: Registry, suggest: Suggest) -> None:
    log = "    type: io.kestra.plugin.core.log.Log\n    message: hi\n"
    text = f"id: moves\nnamespace: company.team\ntasks:\n  - id: a\n{log}  - id: b\n{log}"
    moved = apply_edit(text, change(words, text, registry, suggest))
    assert [task["id"] for _, task in target.tasks_of(read_document(moved).data)] == ["b", "a"]
    assert judge(moved, registry).valid


def test_a_move_before_what_a_task_reads_is_found_by_the_gate(registry: Registry, suggest: Suggest) -> None:
    text = apply_edit(FLOW, change("move say before query", FLOW, registry, suggest))
    assert [task["id"] for _, task in target.tasks_of(read_document(text).data)] == [
        "download",
        "say",
        "query",
    ]
    assert [finding.path for finding in judge(text, registry).blocking] == ["tasks[1].message"]


def test_a_failure_handler_goes_to_errors(registry: Registry, suggest: Suggest) -> None:
    assert edited('if it fails, log "oh no"', registry, suggest)["errors"][0]["message"] == "oh no"


def test_inputs_and_triggers_come_and_go(registry: Registry, suggest: Suggest) -> None:
    data = edited("add an input limit (default 10)", registry, suggest)
    assert data["inputs"][1] == {"id": "limit", "type": "INT", "defaults": 10}
    assert "triggers" not in edited("remove the schedule", registry, suggest)
    assert (
        "{{ inputs.town }}"
        in edited("rename the input city to town", registry, suggest)["tasks"][2]["message"]
    )


def test_a_new_task_sees_what_is_before_it(registry: Registry, suggest: Suggest) -> None:
    data = edited("add a python step that keeps name and price after the download", registry, suggest)
    step = data["tasks"][1]
    assert step["inputFiles"] == {"data.csv": "{{ outputs.download.uri }}"}
    data = edited("log the number of rows after query", registry, suggest)
    assert data["tasks"][2]["message"] == "{{ outputs.query.size }}"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("make me a sandwich", NeedInfo),
        ("what a lovely flow", OffTopic),
        ("remove the frobnicator", NeedInfo),
    ],
)
def test_what_is_no_change_is_refused(
    words: str, error: type[Exception], registry: Registry, suggest: Suggest
) -> None:
    with pytest.raises(error):
        change(words, FLOW, registry, suggest)


def test_a_part_that_is_not_understood_stays_open(registry: Registry, suggest: Suggest) -> None:
    edit = change("remove say. Make the flux capacitor hum", FLOW, registry, suggest)
    assert [operation.op for operation in edit.operations] == ["remove"]
    assert edit.open == ["Make the flux capacitor hum"]
