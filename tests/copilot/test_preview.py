"""What a draft would do, before it is accepted: nothing is run, nothing is asked of the world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from copilot.preview import preview
from engine.registry import Registry

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
FLOW = """\
id: orders
namespace: demo
labels: {team: data}
inputs:
  - {id: year, type: INT, defaults: 2024}
  - {id: city, type: STRING}
  - {id: key, type: STRING, defaults: "{{ secret('KEY') }}"}
  - {id: pin, type: SECRET, defaults: s3cretpass9}
variables: {base: https://example.com}
tasks:
  - id: get
    type: io.kestra.plugin.core.http.Download
    uri: "{{ vars.base }}/{{ inputs.year }}/{{ trigger.date | date('yyyy-MM-dd') }}.csv"
    headers: {X-Pin: "{{ inputs.pin }}", X-City: "{{ inputs.city }}"}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - {id: say, type: io.kestra.plugin.core.log.Log, message: "{{ taskrun.value }} of {{ labels.team }}"}
  - id: choose
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.year > 2000 }}"
    then:
      - {id: a, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.get.uri }} {{ kv('x') }}"}
    else:
      - {id: b, type: io.kestra.plugin.core.log.Log, message: "{{ inputs.year / 0 }}"}
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - {id: p, type: io.kestra.plugin.core.log.Log, message: "{{ http('http://127.0.0.1:9/') }}"}
  - id: dag
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task: {id: x, type: io.kestra.plugin.core.log.Log, message: hi}
      - task: {id: y, type: io.kestra.plugin.core.log.Log, message: hi, disabled: true}
        dependsOn: [x]
errors:
  - {id: tell, type: io.kestra.plugin.core.log.Log, message: failed}
triggers:
  - {id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "30 7 * * 1-5", timezone: Europe/Paris}
"""


@pytest.fixture(scope="module")
def facts(registry: Registry) -> dict[str, Any]:
    found = preview(FLOW, registry, NOW)
    assert found is not None
    return found


def test_the_next_starts_follow_the_zone(facts: dict[str, Any]) -> None:
    (daily,) = facts["triggers"]
    assert daily["local"] == [
        "2026-03-30T07:30:00+02:00",
        "2026-03-31T07:30:00+02:00",
        "2026-04-01T07:30:00+02:00",
    ]
    assert daily["next"][0].startswith("2026-03-30T05:30:00")
    assert "conditional" not in daily


def test_inputs_have_their_default_or_what_they_wait_for(facts: dict[str, Any]) -> None:
    year, city, key, pin = facts["inputs"]
    assert year == {"id": "year", "type": "INT", "value": 2024}
    assert city == {"id": "city", "type": "STRING", "missing": True}
    assert key == {"id": "key", "type": "STRING", "needs": ["secret()"]}
    assert "s3cretpass9" not in str(pin)


def test_values_are_rendered_with_the_defaults_and_the_next_start(facts: dict[str, Any]) -> None:
    values = {(one["task"], one["property"]): one for one in facts["values"]}
    assert values["get", "uri"]["value"] == "https://example.com/2024/2026-03-30.csv"
    assert values["get", "headers.X-City"]["needs"] == ["inputs.city"]
    assert "s3cretpass9" not in str(values["get", "headers.X-Pin"])
    assert values["say", "message"]["needs"] == ["taskrun.value"]
    assert values["choose", "condition"]["value"] == "true"
    assert values["a", "message"]["needs"] == ["outputs.get.uri", "kv()"]
    assert "divided by 0" in values["b", "message"]["problem"]
    assert values["p", "message"]["needs"] == ["http()"]


def test_the_order_is_numbered_through(facts: dict[str, Any]) -> None:
    assert [(one["number"], one["id"], one["how"], one.get("branch", "")) for one in facts["order"]] == [
        ("1", "get", "SEQUENTIAL", ""),
        ("2", "each", "SEQUENTIAL", ""),
        ("2.1", "say", "LOOP", ""),
        ("3", "choose", "SEQUENTIAL", ""),
        ("3.1", "a", "CHOICE", "then"),
        ("3.2", "b", "CHOICE", "else"),
        ("4", "both", "SEQUENTIAL", ""),
        ("4.1", "p", "PARALLEL", ""),
        ("5", "dag", "SEQUENTIAL", ""),
        ("5.1", "x", "DEPENDENT", ""),
        ("5.2", "y", "DEPENDENT", ""),
        ("6", "tell", "ERROR", ""),
    ]
    last = facts["order"][-2]
    assert (last["after"], last["disabled"], last["inside"]) == (["x"], True, "dag")


TRIGGERS = """\
triggers:
  - {id: idle, type: io.kestra.plugin.core.trigger.Schedule, cron: "@daily", disabled: true}
  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: a-long-random-key-0815}
  - id: after
    type: io.kestra.plugin.core.trigger.Flow
    preconditions: {id: x, flows: [{namespace: demo, flowId: other}]}
  - {id: odd, type: io.kestra.plugin.core.trigger.Schedule, cron: "@daily", timezone: "{{ flow.id }}"}
  - id: first
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 6 * * 1"
    conditions:
      - {type: io.kestra.plugin.core.condition.DayWeekInMonth, dayOfWeek: MONDAY, dayInMonth: FIRST, date: "{{ trigger.date }}"}
"""


def test_other_triggers_say_what_they_wait_for(registry: Registry) -> None:
    flow = f"id: a\nnamespace: b\ntasks:\n  - {{id: t, type: io.kestra.plugin.core.log.Log, message: '{{{{ trigger.date }}}}'}}\n{TRIGGERS}"
    found = preview(flow, registry, NOW)
    assert found is not None
    triggers = {one["id"]: one for one in found["triggers"]}
    assert triggers["idle"]["next"] == []
    assert triggers["after"]["waitsFor"] == "event"
    assert triggers["hook"]["waitsFor"] in ("call", "event")
    assert "problem" in triggers["odd"]
    assert triggers["first"]["conditional"] is True
    assert found["values"][0]["needs"] == ["trigger.date"]


@pytest.mark.parametrize("text", ["", "id: [", "id: a\nnamespace: b\ntasks: []\n"])
def test_a_flow_that_cannot_be_saved_has_none(registry: Registry, text: str) -> None:
    assert preview(text, registry, NOW) is None
