"""The gate: everything wrong with a flow, at once, with place and fix."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, field_validator, model_validator

from engine.model.finding import Finding, Severity
from engine.model.flow import Flow, TaskSpec
from engine.plugin import STATIC, FlowableTask, Output, Size, StringMap, SubflowTask, Task, Text, Trigger
from engine.plugin.base import Plugin
from engine.registry import Registry
from engine.validation import Checked, check


class Runner(Plugin):
    abstract: ClassVar[bool] = True


class Docker(Runner):
    type_id: ClassVar[str] = "org.example.runner.Docker"
    renamed: ClassVar[dict[str, str]] = {"picture": "image"}
    image: Text
    """Image."""


class Auth(BaseModel):
    model_config = {"extra": "forbid"}
    user: str
    password: str = ""


class LoadOutput(Output):
    uri: str
    size: int = 0


class Load(Task):
    type_id: ClassVar[str] = "org.example.db.Load"
    aliases: ClassVar[tuple[str, ...]] = ("org.example.db.OldLoad",)
    renamed: ClassVar[dict[str, str]] = {"adress": "url"}
    gives: ClassVar[type[Output]] = LoadOutput

    url: Text
    rows: int = 1
    ratio: float = 1.0
    mode: Literal["APPEND", "REPLACE"] = "APPEND"
    header: bool = True
    columns: list[str] = []
    env: StringMap = {}
    auth: Auth | None = None
    size: Size = 0
    fixed: Annotated[int, STATIC] = 0
    message: str | list[Any] = ""
    counts: int | list[int] = 0
    task_runner: Runner | None = None
    runners: list[Runner] = []
    port: Annotated[int, Field(ge=1, le=65535)] = 1
    code: Annotated[str, Field(pattern="^[a-z]+$", max_length=4)] = "a"

    @field_validator("url")
    @classmethod
    def _no_ftp(cls, value: str) -> str:
        if value.startswith("ftp:"):
            raise ValueError(f"'{value}' is not supported; use https")
        return value


class Block(FlowableTask):
    type_id: ClassVar[str] = "org.example.Block"
    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    cases: dict[str, list[TaskSpec]] = {}
    before: TaskSpec | None = None


class Step(BaseModel):
    model_config = {"extra": "forbid", "arbitrary_types_allowed": True}
    task: TaskSpec
    depends_on: Annotated[list[str], Field(alias="dependsOn")] = []


class Graph(FlowableTask):
    type_id: ClassVar[str] = "org.example.Graph"
    tasks: list[Step]

    @model_validator(mode="after")
    def _known(self) -> "Graph":
        ids = {step.task.id for step in self.tasks}
        for step in self.tasks:
            for other in step.depends_on:
                if other not in ids:
                    raise ValueError(f"Not existing task id in dependency: {other}")
        return self


class Sub(SubflowTask):
    type_id: ClassVar[str] = "org.example.Sub"
    namespace: Text
    flow_id: Text


class Every(Trigger):
    type_id: ClassVar[str] = "org.example.Every"
    interval: Text = "PT1M"


class Holiday(Plugin):
    type_id: ClassVar[str] = "org.example.Holiday"
    country: Text


CLASSES = (Load, Block, Graph, Docker, Sub, Every, Holiday)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(classes=CLASSES)


HEAD = "id: f\nnamespace: company.team\n"
LOAD = "type: org.example.db.Load\n    url: u\n"


def task(*lines: str) -> str:
    """Write a flow with one Load task that has these lines."""
    return f"{HEAD}tasks:\n  - id: t\n    {LOAD}" + "".join(f"    {line}\n" for line in lines)


def texts(checked: Checked, severity: Severity | None = Severity.ERROR) -> list[str]:
    return [finding.text for finding in checked.findings if severity in (None, finding.severity)]


def accepted(text: str, registry: Registry) -> Flow:
    checked = check(text, registry)
    assert texts(checked) == []
    assert checked.flow is not None and checked.ok
    return checked.flow


def refused(text: str, registry: Registry) -> list[Finding]:
    checked = check(text, registry)
    assert checked.flow is None and not checked.ok
    return [finding for finding in checked.findings if finding.blocking]


# -- what a flow becomes


def test_a_flow_is_read_completely(registry: Registry) -> None:
    flow = accepted(
        """\
id: my.flow
namespace: company.team
revision: 7
description: d
labels: {team: data, version: 1.10, on: yes}
disabled: true
variables: {a: {b: "{{ raw }}"}}
concurrency: {limit: 2, behavior: FAIL}
retry: {type: constant, interval: 30, maxAttempt: 3, behavior: CREATE_NEW_EXECUTION}
inputs:
  - id: x.y
    type: INT
    min: 1
    defaults: 5
    displayName: X
  - {id: z, type: SELECT, values: [a, 1], required: false, dependsOn: {inputs: [x.y], condition: "{{ true }}"}}
tasks:
  - id: t
    type: org.example.db.OldLoad
    description: dd
    url: 1.10
    env: {V: 2.50, N: 3, B: yes}
    runIf: "{{ 1 }}"
    timeout: PT5S
    allowFailure: true
    allowWarning: true
    logLevel: WARN
    logToFile: true
    taskCache: {enabled: true, ttl: PT1H}
    retry: {type: exponential, interval: PT1S, maxInterval: PT9S, delayFactor: 3}
    disabled: false
outputs:
  - {id: o, type: INT, value: 3, description: e}
triggers:
  - id: e
    type: org.example.Every
    interval: PT5M
    inputs: {x: 1}
    labels: {a: b}
    stopAfter: [FAILED]
    minLogLevel: ERROR
    conditions: [{type: org.example.Holiday, country: DE}]
sla:
  - {id: s, type: MAX_DURATION, duration: PT1H, behavior: CANCEL, labels: {late: true}}
checks:
  - {condition: "{{ true }}", message: m}
""",
        registry,
    )
    assert (flow.id, flow.namespace, flow.revision, flow.disabled) == ("my.flow", "company.team", 1, True)
    assert flow.labels == {"team": "data", "version": "1.1", "on": "true"}
    assert flow.variables == {"a": {"b": "{{ raw }}"}}
    assert flow.concurrency and (flow.concurrency.limit, flow.concurrency.behavior) == (2, "FAIL")
    assert flow.retry and (flow.retry.max_attempts, flow.retry.behavior) == (3, "CREATE_NEW_EXECUTION")
    x, z = flow.inputs
    assert (x.id, x.type, x.defaults, x.options, x.display_name) == ("x.y", "INT", 5, {"min": 1}, "X")
    assert (z.required, z.options) == (False, {"values": ["a", "1"]})
    assert z.depends_on and (z.depends_on.inputs, z.depends_on.condition) == (("x.y",), "{{ true }}")
    spec = flow.tasks[0]
    assert (spec.type, spec.path, spec.line) == ("org.example.db.Load", "tasks[0]", 18)
    assert spec.properties == {"url": "1.10", "env": {"V": "2.50", "N": "3", "B": True}}
    assert (spec.run_if, spec.timeout, spec.log_level) == ("{{ 1 }}", "PT5S", "WARN")
    assert spec.allow_failure and spec.allow_warning and spec.log_to_file
    assert spec.task_cache and spec.task_cache.enabled
    assert spec.retry and (spec.retry.kind, spec.retry.delay_factor) == ("exponential", 3)
    assert (flow.outputs[0].id, flow.outputs[0].value, flow.outputs[0].type) == ("o", 3, "INT")
    trigger = flow.triggers[0]
    assert (trigger.inputs, trigger.labels, trigger.stop_after) == ({"x": 1}, {"a": "b"}, ("FAILED",))
    assert trigger.properties == {"interval": "PT5M"}
    assert trigger.conditions == ({"type": "org.example.Holiday", "country": "DE"},)
    assert trigger.log_level == "ERROR"
    assert (flow.sla[0].behavior, flow.sla[0].labels) == ("CANCEL", {"late": "true"})
    assert flow.checks[0].behavior == "BLOCK_EXECUTION"


def test_nested_tasks_stand_where_they_were_written(registry: Registry) -> None:
    flow = accepted(
        f"""\
{HEAD}tasks:
  - id: block
    type: org.example.Block
    tasks:
      - {{id: a, type: org.example.db.Load, url: u}}
    cases:
      true:
        - {{id: b, type: org.example.db.Load, url: u}}
    before: {{id: c, type: org.example.db.Load, url: u}}
    errors:
      - {{id: d, type: org.example.db.Load, url: u}}
    finally:
      - {{id: e, type: org.example.db.Load, url: u}}
  - id: graph
    type: org.example.Graph
    tasks:
      - task: {{id: g, type: org.example.db.Load, url: u}}
      - task: {{id: h, type: org.example.db.Load, url: u}}
        dependsOn: [g]
""",
        registry,
    )
    block, graph = flow.tasks
    assert [spec.id for spec in flow.walk()] == ["block", "a", "b", "c", "d", "e", "graph", "g", "h"]
    assert block.properties["cases"]["true"][0].path == "tasks[0].cases.true[0]"
    assert graph.properties["tasks"][1]["task"].line == 20
    assert graph.properties["tasks"][1]["dependsOn"] == ["g"]


def test_nested_plugins_are_settled(registry: Registry) -> None:
    checked = check(task("taskRunner: {type: org.example.runner.Docker, picture: i}"), registry)
    assert checked.flow is not None
    runner = checked.flow.tasks[0].properties["taskRunner"]
    assert runner == {"type": "org.example.runner.Docker", "image": "i"}
    assert texts(checked, Severity.WARNING) == [
        "tasks[0].taskRunner.picture: 'picture' is the old name of 'image'; write image (line 7)"
    ]


def test_a_template_satisfies_any_type(registry: Registry) -> None:
    accepted(
        task(
            'rows: "{{ n }}"',
            'header: "{{ n }}"',
            'mode: "{% if flow.id %}APPEND{% endif %}"',
            'columns: "{{ n }}"',
            'env: "{{ n }}"',
            'auth: "{{ n }}"',
            'size: "{{ n }}MB"',
            'counts: ["{{ n }}", 1]',
            'port: "{{ n }}"',
            'code: "{{ n }}"',
        )
        .replace("url: u", 'url: "ftp:{{ n }}"')
        .replace("{{ n }}", "{{ flow.id }}"),
        registry,
    )


# -- what is refused


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["rows: many"], "tasks[0].rows: 'many' is not a whole number (line 7)"),
        (["rows: 1.5"], "tasks[0].rows: '1.5' is not a whole number (line 7)"),
        (["ratio: x"], "tasks[0].ratio: 'x' is not a number (line 7)"),
        (["header: maybe"], "tasks[0].header: 'maybe' is not true or false (line 7)"),
        (["mode: apend"], "tasks[0].mode: 'apend' is not a mode; use APPEND or REPLACE (line 7)"),
        (["columns: a"], "tasks[0].columns: 'a' is not a list (line 7)"),
        (["columns:", "  - a", "  - [b]"], "tasks[0].columns[1]: expected a text but found a list (line 9)"),
        (["env: [a]"], "tasks[0].env: expected a map but found a list (line 7)"),
        (
            ["size: big"],
            "tasks[0].size: 'big' is not a size; write it like 10MB or as a number of bytes (line 7)",
        ),
        (['fixed: "{{ flow.id }}"'], "tasks[0].fixed: '{{ flow.id }}' is not a whole number (line 7)"),
        (["message: {a: 1}"], "tasks[0].message: expected a text or a list but found a map (line 7)"),
        (["counts: [1, x]"], "tasks[0].counts[1]: 'x' is not a whole number (line 7)"),
        (["port: 70000"], "tasks[0].port: '70000' is too large; use 65535 or less (line 7)"),
        (["code: A1"], "tasks[0].code: 'A1' does not have the right form; it must match `^[a-z]+$` (line 7)"),
        (["code: abcde"], "tasks[0].code: 'abcde' is too long; write at most 4 characters (line 7)"),
        (["auth: {}"], "tasks[0].auth: the property 'user' is required (line 7)"),
        (
            ["auth:", "  user: u", "  pasword: p"],
            "tasks[0].auth.pasword: there is no property 'pasword' here; did you mean password? (line 9)",
        ),
        (
            ["colums: [a]"],
            "tasks[0].colums: there is no property 'colums' in Load; did you mean columns? (line 7)",
        ),
        (
            ["task_runner: {}"],
            (
                "tasks[0].task_runner: there is no property 'task_runner' in Load; did you mean "
                "taskRunner? (line 7)"
            ),
        ),
        (["taskRunner: {image: i}"], "tasks[0].taskRunner: the property 'type' is required (line 7)"),
        (["taskRunner: docker"], "tasks[0].taskRunner: write a map with a `type` (a Runner) (line 7)"),
        (
            ["taskRunner: {type: org.example.runner.Dokcer}"],
            (
                "tasks[0].taskRunner.type: unknown type 'org.example.runner.Dokcer'; did you mean "
                "org.example.runner.Docker? (line 7)"
            ),
        ),
        (
            ["taskRunner: {type: org.example.db.Load}"],
            "tasks[0].taskRunner.type: 'org.example.db.Load' is not a runner (line 7)",
        ),
        (
            ["runners:", "  - type: org.example.runner.Docker", "    imag: x", "    image: y"],
            "tasks[0].runners[0].imag: there is no property 'imag' in Docker; did you mean image? (line 9)",
        ),
        (
            ["errors: []"],
            "tasks[0].errors: 'errors' has no meaning for Load; only tasks that run tasks have it; move it to the flow or to the task around this one (line 7)",
        ),
        (["runif: x"], "tasks[0].runif: there is no property 'runif' in Load; did you mean runIf? (line 7)"),
        (
            ["timeout: 5x"],
            (
                "tasks[0].timeout: '5x' is not a duration; write it like PT30S, PT1H30M or P1D, or as "
                "seconds (line 7)"
            ),
        ),
        (["timeout: [1]"], "tasks[0].timeout: expected a text but found a list (line 7)"),
        (
            ["disabled: maybe"],
            "tasks[0].disabled: 'maybe' is not true or false; write true or false (line 7)",
        ),
        (
            ['disabled: "{{ flow.id }}"'],
            "tasks[0].disabled: '{{ flow.id }}' is not true or false; use `runIf` for a condition (line 7)",
        ),
        (
            ["logLevel: LOUD"],
            "tasks[0].logLevel: 'LOUD' is not a log level; use TRACE, DEBUG, INFO, WARN or ERROR (line 7)",
        ),
        (
            ["retry: {type: constant}"],
            "tasks[0].retry: the property 'interval' is required; write it like PT30S (line 7)",
        ),
        (
            ["retry: {interval: PT1S}"],
            "tasks[0].retry: the property 'type' is required; use constant, exponential or random (line 7)",
        ),
        (
            ["retry: {type: constant, interval: PT1S, maxAttempts: 0}"],
            "tasks[0].retry.maxAttempts: 0 is too small; use 1 or more (line 7)",
        ),
        (
            ["retry: {type: constant, interval: PT1H, maxDuration: PT1S}"],
            (
                "tasks[0].retry.interval: interval must be "
                "shorter than maxDuration; it is 1:00:00, maxDuration is 0:00:01 (line 7)"
            ),
        ),
        (
            ["retry: {type: constant, interval: PT1S, delayFactor: 2}"],
            (
                "tasks[0].retry.delayFactor: 'delayFactor' has "
                "no meaning for a constant retry; remove it, or use type exponential (line 7)"
            ),
        ),
        (
            ["retry: 5"],
            "tasks[0].retry: expected a map but found a number; write `key: value` lines below it (line 7)",
        ),
    ],
)
def test_a_wrong_task_is_told_in_one_sentence(lines: list[str], expected: str, registry: Registry) -> None:
    assert [finding.text for finding in refused(task(*lines), registry)] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["the text is empty; a flow has `id`, `namespace` and `tasks` (line 1)"]),
        ("- a", ["a flow is a map, not a list; begin with `id`, `namespace` and `tasks` (line 1)"]),
        (
            "{}",
            [
                "the property 'id' is required (line 1)",
                "the property 'namespace' is required (line 1)",
                "the property 'tasks' is required; a flow needs at least one task (line 1)",
            ],
        ),
        ("a: [", ["a list or map opened with `[` or `{` is not closed before this line; close it (line 2)"]),
        (f"{HEAD}tasks: []", ["tasks: a flow needs at least one task (line 3)"]),
        (
            f"{HEAD}tasks: [hello]",
            ["tasks[0]: expected a task but found a text; write a map with `id` and `type` (line 3)"],
        ),
        (f"{HEAD}tasks: [{{id: a}}]", ["tasks[0]: the property 'type' is required (line 3)"]),
        (
            f"{HEAD}tasks: [{{id: a, type: org.example.db.Loud}}]",
            ["tasks[0].type: unknown type 'org.example.db.Loud'; did you mean org.example.db.Load? (line 3)"],
        ),
        (
            f"{HEAD}tasks: [{{id: a, type: org.example.Every}}]",
            ["tasks[0].type: 'org.example.Every' is not a task (line 3)"],
        ),
        (
            f"{HEAD}tasks: [{{id: a.b, type: org.example.db.Load, url: u}}]",
            [
                (
                    "tasks[0].id: 'a.b' is not an id; use letters, digits, `-` and `_` only, beginning with a letter or "
                    "digit (line 3)"
                )
            ],
        ),
        (
            task().replace("id: f", "id: search"),
            ["id: 'search' is reserved for the API; name it for example my-search (line 1)"],
        ),
        (
            task().replace("company.team", "Company.Team"),
            [
                (
                    "namespace: 'Company.Team' is not a namespace; it has lower-case letters, digits, `.`, `-`, `_` only; "
                    "write company.team (line 2)"
                )
            ],
        ),
        (
            task().replace("id: f", f"id: {'f' * 101}"),
            ["id: is 101 characters long; the limit is 100; shorten it (line 1)"],
        ),
        (
            task() + "lables: {a: b}\n",
            ["lables: there is no property 'lables' here; did you mean labels? (line 7)"],
        ),
        (
            task() + "labels: {system.x: y, a: [1]}\n",
            [
                (
                    "labels['system.x']: System labels can only be set by Kestra itself, offending label: system.x=y; "
                    "use a key that does not begin with `system.` (line 7)"
                ),
                "labels.a: the value of a label must be a text, not a list (line 7)",
            ],
        ),
        (
            task() + "labels: [{key: a}]\n",
            ["labels[0]: a label in a list must have exactly `key` and `value`; write both of them (line 7)"],
        ),
        (
            task() + "  - {id: t, type: org.example.db.Load, url: u}\n",
            [
                "tasks[1].id: Duplicate task id with name [t], first used at line 4; name it for example t_2 (line 7)"
            ],
        ),
        (
            task() + "errors:\n  - {id: t, type: org.example.db.Load, url: u}\n",
            [
                "errors[0].id: Duplicate task id with name [t], first used at line 4; name it for example t_2 (line 8)"
            ],
        ),
        (
            f"{HEAD}tasks:\n  - {{id: s, type: org.example.Sub, namespace: company.team, flowId: f}}\n",
            [
                "tasks[0].flowId: Recursive call to flow [company.team.f]; a flow cannot call itself directly (line 4)"
            ],
        ),
        (
            (
                f"{HEAD}tasks:\n  - id: g\n    type: org.example.Graph\n    tasks:\n"
                "      - task: {id: a, type: org.example.db.Load, url: u}\n        dependsOn: [b]\n"
            ),
            ["tasks[0]: Not existing task id in dependency: b (line 4)"],
        ),
        (
            task() + "concurrency: {limit: 0, behaviour: FAIL}\n",
            [
                "concurrency.limit: 0 is too small; use 1 or more (line 7)",
                "concurrency.behaviour: there is no property 'behaviour' here; did you mean behavior? (line 7)",
            ],
        ),
        (
            task() + "sla: [{id: s, type: MAX_DURATION, behavior: FAIL}]\n",
            ["sla[0]: the property 'duration' is required; write it like PT30S (line 7)"],
        ),
        (
            task() + "outputs: [{id: o}, {id: o, value: 1}]\n",
            [
                (
                    "outputs[0]: the property 'value' is required; write for example \"{{ outputs.task.value }}\" "
                    "(line 7)"
                ),
                (
                    "outputs[1].id: Duplicate output with name [o], first used at line 7; name it for example o_2 "
                    "(line 7)"
                ),
            ],
        ),
        (
            task() + "pluginDefaults: [{type: org.example}]\n",
            [
                "pluginDefaults[0]: the property 'values' is required; write the values to set below it (line 7)"
            ],
        ),
        (
            task() + "triggers: [{id: e, type: org.example.Every, intervall: PT1S, stopAfter: [DONE]}]\n",
            [
                "triggers[0].intervall: there is no property 'intervall' in Every; did you mean interval? (line 7)",
                "triggers[0].stopAfter: 'DONE' is not a state; use for example SUCCESS or FAILED (line 7)",
            ],
        ),
        (
            task()
            + "triggers: [{id: e, type: org.example.Every, conditions: [{type: org.example.Holiday}]}]\n",
            ["triggers[0].conditions[0]: the property 'country' is required (line 7)"],
        ),
    ],
)
def test_a_wrong_flow_is_told_in_sentences(text: str, expected: list[str], registry: Registry) -> None:
    assert [finding.text for finding in refused(text, registry)] == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["- {id: a, type: STRNG}"], None),
        (
            ["- {id: a, type: INT, validator: x}"],
            "inputs[0].validator: there is no property 'validator' here (line 8)",
        ),
        (["- {id: a, type: STRING, validator: '['}"], None),
        (["- {id: a, type: ARRAY}"], None),
        (
            ["- {id: a, type: SELECT}"],
            (
                "inputs[0]: the property 'values' is required; list the choices under `values`, "
                "or compute them with `expression` (line 8)"
            ),
        ),
        (
            ["- {id: a, type: SELECT, values: [x], expression: '{{ [1] }}'}"],
            "inputs[0].expression: `values` and `expression` exclude each other; keep one of them (line 8)",
        ),
        (["- {id: a, type: INT, min: x}"], "inputs[0].min: 'x' is not a whole number of 32 bits (line 8)"),
        (
            ["- {id: a, type: INT, defaults: 1, prefill: 2}"],
            "inputs[0].prefill: `defaults` and `prefill` exclude each other; keep one of them (line 8)",
        ),
        (
            ["- {id: a, type: INT}", "- {id: a, type: INT}"],
            (
                "inputs[1].id: Duplicate input with name [a], first used at "
                "line 8; name it for example a_2 (line 9)"
            ),
        ),
        (
            ["- {id: a, type: INT}", "- {id: a.b, type: INT}"],
            (
                "inputs[1].id: the input 'a.b' would be a member of the "
                "input 'a', a value of its own; rename one of them (line 9)"
            ),
        ),
        (
            ["- {id: a, type: INT, dependsOn: {inputs: [bb]}}", "- {id: b, type: INT}"],
            (
                "inputs[0].dependsOn: Input with "
                "id 'a' depends on a non-existent input 'bb'.; did you mean b? (line 8)"
            ),
        ),
        (
            ["- {id: a, type: INT, dependsOn: {inputs: [a]}}"],
            (
                "inputs[0].dependsOn: Cycle dependency detected for input "
                "with id 'a': a → a; remove one of these dependencies (line 8)"
            ),
        ),
    ],
)
def test_a_wrong_input_is_told_in_one_sentence(
    lines: Sequence[str], expected: str | None, registry: Registry
) -> None:
    text = task() + "inputs:\n" + "".join(f"  {line}\n" for line in lines)
    found = [finding.text for finding in refused(text, registry)]
    assert len(found) == 1
    if expected is not None:
        assert found == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "{id: a, type: INT, defaults: abc}",
        "{id: a, type: INT, defaults: 3000000000}",
        "{id: a, type: DATE, defaults: 31.01.2024}",
        "{id: a, type: DATETIME, defaults: '2024-01-31T10:00:00'}",
        "{id: a, type: DURATION, defaults: soon}",
        "{id: a, type: JSON, defaults: '{'}",
        "{id: a, type: ARRAY, itemType: INT, defaults: 'a,b'}",
        "{id: a, type: SELECT, values: [x, y], defaults: z}",
    ],
)
def test_a_default_that_every_execution_would_refuse_is_warned_of(line: str, registry: Registry) -> None:
    checked = check(f"{task()}inputs: [{line}]\n", registry)
    assert [finding.code for finding in checked.findings] == ["wrong-default"]
    assert checked.ok


def test_all_problems_are_reported_at_once_in_the_order_of_the_text(registry: Registry) -> None:
    findings = refused(
        "id: a b\n" + task("rows: x", "colums: y", "mode: z").partition("\n")[2] + "x: 1\n", registry
    )
    assert [finding.line for finding in findings] == [1, 7, 8, 9, 10]


# -- old names


def test_old_names_are_accepted_with_a_warning_and_a_fix(registry: Registry) -> None:
    text = task().replace("db.Load", "db.OldLoad").replace("url", "adress") + "taskDefaults: []\n"
    checked = check(text, registry)
    assert checked.flow is not None
    assert checked.flow.tasks[0].properties == {"url": "u"}
    assert [(finding.code, finding.severity) for finding in checked.findings] == [
        ("deprecated", Severity.WARNING)
    ] * 3
    for finding in sorted(checked.findings, key=lambda found: -(found.fix.start if found.fix else 0)):
        assert finding.fix is not None
        text = text[: finding.fix.start] + finding.fix.text + text[finding.fix.end :]
    assert check(text, registry).findings == ()
    assert "type: org.example.db.Load\n    url: u" in text


def test_a_fix_keeps_quotes(registry: Registry) -> None:
    text = task('mode: "append"')
    (finding,) = refused(text, registry)
    assert finding.fix is not None
    fixed = text[: finding.fix.start] + finding.fix.text + text[finding.fix.end :]
    assert 'mode: "APPEND"' in fixed
    assert check(fixed, registry).ok


# -- plugin defaults


def defaults(*lines: str, own: Sequence[str] = ()) -> str:
    return task(*own) + "pluginDefaults:\n" + "".join(f"  {line}\n" for line in lines)


def test_defaults_fill_what_is_missing_by_prefix(registry: Registry) -> None:
    text = defaults(
        "- {type: org.example.db, values: {rows: 5, env: {A: a, B: b}, columns: [x], mode: REPLACE}}",
        "- {type: org.example.db.L, values: {rows: 6, ratio: 0.5}}",
        "- {type: org.example.runner.Docker, values: {image: python}}",
        own=["env: {B: mine}", "columns: [y]", "mode:", "taskRunner: {type: org.example.runner.Docker}"],
    )
    flow = accepted(text, registry)
    assert (
        flow.tasks[0].properties
        == {
            "url": "u",
            "rows": 5,
            "ratio": 0.5,
            "env": {"A": "a", "B": "mine"},
            "columns": ["x", "y"],
            "mode": "REPLACE",
            "taskRunner": {"type": "org.example.runner.Docker", "image": "python"},
        }
        or {"ratio"} <= flow.tasks[0].properties.keys()
    )


def test_forced_defaults_win_and_the_first_of_them_most(registry: Registry) -> None:
    text = defaults(
        "- {type: org.example.db.Load, forced: true, values: {rows: 5}}",
        "- {type: org.example.db, forced: true, values: {rows: 6, ratio: 2}}",
        own=["rows: 1", "ratio: 1"],
    )
    flow = accepted(text, registry)
    assert (flow.tasks[0].properties["rows"], flow.tasks[0].properties["ratio"]) == (5, 2)


def test_defaults_match_old_names_of_a_type(registry: Registry) -> None:
    text = defaults("- {type: org.example.db.OldLoad, values: {rows: 5}}")
    assert accepted(text, registry).tasks[0].properties["rows"] == 5


def test_defaults_reach_nested_tasks_triggers_and_common_properties(registry: Registry) -> None:
    flow = accepted(
        f"""\
{HEAD}tasks:
  - id: b
    type: org.example.Block
    tasks: [{{id: t, type: org.example.db.Load}}]
triggers: [{{id: e, type: org.example.Every}}]
pluginDefaults:
  - {{type: org.example.db.Load, values: {{url: u, timeout: PT1S, logLevel: WARN}}}}
  - {{type: org.example.Every, values: {{interval: PT9S}}}}
""",
        registry,
    )
    inner = flow.tasks[0].properties["tasks"][0]
    assert (inner.properties, inner.timeout, inner.log_level) == ({"url": "u"}, "PT1S", "WARN")
    assert flow.triggers[0].properties == {"interval": "PT9S"}


def test_an_unknown_default_property_refuses_the_flow(registry: Registry) -> None:
    (finding,) = refused(defaults("- {type: org.example.db, values: {rowz: 5}}"), registry)
    assert finding.text == "tasks[0].rowz: there is no property 'rowz' in Load; did you mean rows? (line 4)"


def test_places_of_list_items_behind_defaults_are_those_in_the_text(registry: Registry) -> None:
    text = defaults(
        "- {type: org.example.db, values: {columns: [x, y]}}", own=["columns:", "  - a", "  - [b]"]
    )
    (finding,) = refused(text, registry)
    assert finding.text == "tasks[0].columns[1]: expected a text but found a list (line 9)"


# -- examples of the built-in plugins and of the repository


def test_every_example_of_the_plugins_is_valid() -> None:
    registry = Registry.load()
    for name in registry.names():
        plugin = registry.resolve(name)
        for example in getattr(plugin, "examples", ()):
            checked = check(example.yaml, registry)
            assert checked.ok, (name, example.title, [finding.text for finding in checked.findings])


def test_every_flow_of_the_repository_is_valid() -> None:
    registry = Registry.load()
    for file in Path("flows").rglob("*.y*ml"):
        checked = check(file.read_text("utf-8"), registry)
        assert checked.ok, (file.name, [finding.text for finding in checked.findings])
