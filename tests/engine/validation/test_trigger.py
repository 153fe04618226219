"""Rules between triggers and their flow, with the real plugins."""

from __future__ import annotations

import pytest

from engine.model.finding import Finding
from engine.registry import Registry
from engine.validation import check

FLOW = """\
id: started
namespace: company.team
inputs:
{inputs}
tasks:
  - {{id: show, type: io.kestra.plugin.core.debug.Return, format: "{{{{ inputs.taxi ?? '' }}}}"}}
triggers:
  - id: t
{trigger}
"""
TAXI = "  - {id: taxi, type: STRING}"
SCHEDULE = "    type: io.kestra.plugin.core.trigger.Schedule\n    cron: '0 9 * * *'"
WEBHOOK = "    type: io.kestra.plugin.core.trigger.Webhook\n    key: abc"
UPSTREAM = (
    "    type: io.kestra.plugin.core.trigger.Flow\n"
    "    conditions: [{type: io.kestra.plugin.core.condition.ExecutionStatus, in: [SUCCESS]}]"
)
BOTH = """\
type: io.kestra.plugin.core.condition.MultipleCondition
id: both
conditions: {a: {type: io.kestra.plugin.core.condition.ExecutionStatus, in: [SUCCESS]}}
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def found(registry: Registry, trigger: str, inputs: str = "  []") -> list[Finding]:
    return list(check(FLOW.format(trigger=trigger, inputs=inputs), registry).findings)


@pytest.mark.parametrize("trigger", [SCHEDULE, UPSTREAM], ids=["schedule", "flow"])
def test_an_input_that_a_trigger_does_not_give_is_warned_of(registry: Registry, trigger: str) -> None:
    [finding] = found(registry, trigger, TAXI)
    assert (finding.code, finding.severity.value, finding.path) == ("missing-input", "WARNING", "triggers[0]")
    assert "'taxi' is required and has no default" in finding.message
    assert "fails before its first task" in finding.message
    assert finding.line == 8


def test_of_a_webhook_it_is_said_that_the_input_is_left_out(registry: Registry) -> None:
    [finding] = found(registry, WEBHOOK, TAXI)
    assert "left out" in finding.message


def test_all_that_is_lacking_is_named(registry: Registry) -> None:
    inputs = f"{TAXI}\n  - {{id: a.b, type: INT}}\n  - {{id: c.d, type: INT}}"
    [finding] = found(registry, f"{SCHEDULE}\n    inputs: {{c: {{d: 1}}}}", inputs)
    assert "the inputs 'taxi', 'a.b' are required" in finding.message
    assert finding.path == "triggers[0].inputs"


@pytest.mark.parametrize(
    ("trigger", "inputs"),
    [
        (f"{SCHEDULE}\n    inputs: {{taxi: green}}", TAXI),
        (f'{WEBHOOK}\n    inputs: {{taxi: "{{{{ trigger.body.taxi }}}}"}}', TAXI),
        (f"{SCHEDULE}\n    disabled: true", TAXI),
        (SCHEDULE, "  - {id: taxi, type: STRING, required: false}"),
        (SCHEDULE, "  - {id: taxi, type: STRING, defaults: green}"),
        (SCHEDULE, "  - {id: taxi, type: SELECT, values: [green], autoSelectFirst: true}"),
        (f"{SCHEDULE}\n    inputs: {{a.b: 1}}", "  - {id: a.b, type: INT}"),
        (
            SCHEDULE,
            """\
  - {id: more, type: BOOL, defaults: false}
  - {id: taxi, type: STRING, dependsOn: {inputs: [more], condition: '{{ inputs.more }}'}}""",
        ),
    ],
    ids=["given", "mapped", "disabled", "optional", "default", "first", "dotted", "depends"],
)
def test_what_is_given_or_not_needed_is_not_warned_of(registry: Registry, trigger: str, inputs: str) -> None:
    assert found(registry, trigger, inputs) == []


@pytest.mark.parametrize("inside", ["Or", "Not", None])
def test_a_webhook_has_no_conditions_over_a_window_of_time(registry: Registry, inside: str | None) -> None:
    condition = f"{{{', '.join(BOTH.strip().splitlines())}}}"
    if inside:
        condition = f"{{type: io.kestra.plugin.core.condition.{inside}, conditions: [{condition}]}}"
    findings = found(registry, f"{WEBHOOK}\n    conditions: [{condition}]")
    errors = [one for one in findings if one.severity.value == "ERROR"]
    assert [one.path for one in errors] == ["triggers[0].conditions[0]"]
    assert "window of time" in errors[0].message
    assert "trigger.Flow" in (errors[0].suggestion or "")
    upstream = "    type: io.kestra.plugin.core.trigger.Flow\n"
    assert not any(
        one.severity.value == "ERROR" for one in found(registry, f"{upstream}    conditions: [{condition}]")
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("cron: '0 0 31 2 *'", "'0 0 31 2 *' never happens: none of its months has such a day"),
        ("cron: '0 0 31 4,6,9,11 *'", "'0 0 31 4,6,9,11 *' never happens"),
        ("cron: '0 25 * * *'", "the hour of '0 25 * * *' is not possible; it may be 0-23"),
        ("cron: '0 9 * *'", "has 4 fields; it needs 5"),
        ("cron: '0 0 9 * * *'", "set `withSeconds: true`"),
        ("cron: '0 9 * * *', timezone: Europe/Berlim", "'Europe/Berlim' is not a time zone"),
        ("cron: '0 9 * * *', timezone: Europe", "'Europe' is not a time zone"),
        ("cron: '0 9 * * *', lateMaximumDelay: soon", "soon"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(registry: Registry, lines: str, told: str) -> None:
    text = FLOW.format(trigger="    type: x", inputs="  []").replace(
        "  - id: t\n    type: x", f"  - {{id: t, type: io.kestra.plugin.core.trigger.Schedule, {lines}}}"
    )
    checked = check(text, registry)
    assert checked.flow is None
    assert told in checked.findings[0].text
    assert checked.findings[0].path.startswith("triggers[0]")
    assert checked.findings[0].line == 8
