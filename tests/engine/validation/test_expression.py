"""Templates are compiled and their references resolved when a flow is checked."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from engine.model.finding import Severity
from engine.model.flow import TaskSpec
from engine.plugin import STATIC, FlowableTask, NoOutput, Output, Task, Text, Trigger
from engine.plugin.base import Plugin
from engine.registry import Registry
from engine.validation import check

CORE = "io.kestra.plugin.core."


class SayOutput(Output):
    value: str | None = None
    size: int = 0


class Say(Task):
    type_id: ClassVar[str] = f"{CORE}debug.Return"
    gives: ClassVar[type[Output]] = SayOutput
    format: Text | None = None
    more: dict[str, Any] = {}
    items: list[Text] = []


class Log(Task):
    type_id: ClassVar[str] = f"{CORE}log.Log"
    gives: ClassVar[type[Output]] = NoOutput
    message: Text


class OpenOutput(Output):
    model_config = ConfigDict(extra="allow")
    uri: str


class Script(Task):
    type_id: ClassVar[str] = "org.example.Script"
    gives: ClassVar[type[Output]] = OpenOutput
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir",)
    row_properties: ClassVar[tuple[str, ...]] = ("expr",)
    script: Text = ""
    expr: Annotated[Text | None, STATIC] = None
    fixed: Annotated[Text | None, STATIC] = None


class Sequential(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.Sequential"
    tasks: list[TaskSpec]


class Parallel(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.Parallel"
    tasks: list[TaskSpec]


class IfOutput(Output):
    evaluation_result: bool


class If(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.If"
    gives: ClassVar[type[Output]] = IfOutput
    condition: Text
    then: list[TaskSpec]
    else_: list[TaskSpec] = []


class ForEach(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.ForEach"
    values: str | list[Any]
    tasks: list[TaskSpec]


class LoopUntil(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.LoopUntil"
    repeats: ClassVar[bool] = True
    condition: Text
    tasks: list[TaskSpec]


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")
    task: TaskSpec
    depends_on: Annotated[list[str], Field(alias="dependsOn")] = []


class Dag(FlowableTask):
    type_id: ClassVar[str] = f"{CORE}flow.Dag"
    tasks: list[Step]


class SetVariables(Task):
    type_id: ClassVar[str] = f"{CORE}execution.SetVariables"
    variables: dict[str, Any]


class ScheduleOutput(Output):
    date: str
    next: str


class Schedule(Trigger):
    type_id: ClassVar[str] = f"{CORE}trigger.Schedule"
    gives: ClassVar[type[Output]] = ScheduleOutput
    cron: Text


class Expression(Plugin):
    type_id: ClassVar[str] = f"{CORE}condition.Expression"
    expression: Text


CLASSES = (
    Say,
    Log,
    Script,
    Sequential,
    Parallel,
    If,
    ForEach,
    LoopUntil,
    Dag,
    SetVariables,
    Schedule,
    Expression,
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(classes=CLASSES)


HEAD = """\
id: f
namespace: company.team
inputs:
  - {id: taxi, type: STRING, defaults: yellow}
  - {id: a.b, type: INT, required: false}
variables: {table: t, nested: {x: 1}}
labels: {team: data}
tasks:
"""


def found(text: str, registry: Registry) -> list[tuple[str, str]]:
    checked = check(text, registry)
    return [
        (finding.severity.value[0], finding.text.partition(": ")[2])
        for finding in checked.findings
        if finding.code != "deprecated"
    ]


def say(ident: str, text: str, indent: int = 2, **more: str) -> str:
    pad = " " * indent
    extra = "".join(f"{pad}  {key}: {value}\n" for key, value in more.items())
    return f"{pad}- id: {ident}\n{pad}  type: {Say.type_id}\n{pad}  format: {text!r}\n{extra}"


def flowable(
    ident: str, kind: type[FlowableTask], head: str, *tasks: str, indent: int = 2, slot: str = "tasks"
) -> str:
    pad = " " * indent
    lines = f"{pad}- id: {ident}\n{pad}  type: {kind.type_id}\n"
    lines += f"{pad}  {head}\n" if head else ""
    return lines + (f"{pad}  {slot}:\n" + "".join(tasks) if tasks else "")


# -- roots and what the flow declares


@pytest.mark.parametrize(
    "text",
    [
        "{{ inputs.taxi }} {{ inputs.a.b }} {{ inputs.a }} {{ inputs['taxi'] }}",
        "{{ vars.table }} {{ vars.nested.y }}",
        "{{ labels.team }} {{ labels.system.correlationId }}",
        "{{ flow.id }} {{ flow.namespace }} {{ execution.id }} {{ execution.startDate }} {{ execution.state }}",
        "{{ task.id }} {{ taskrun.id }} {{ taskrun.attemptsCount }}",
        "{{ envs.my_url }} {{ globals.x }} {{ kestra.url }} {{ namespace.x }}",
        "{{ tasks.first.state }}",
        "{{ trigger.date ?? 'none' }} {{ inputs.nope ?? 'x' }} {{ outputs.nope.x | default('d') }}",
        "{{ outputs.first.value }} {{ outputs['first'].size }} {{ outputs.first }}",
        "{{ outputs.script.anything.at.all }}",
        "{% set x = inputs.taxi %}{{ x }}",
        "{% for v in [1, 2] %}{{ v }} {{ loop.index }}{% endfor %}",
        "{% if inputs.taxi == 'a' %}b{% endif %}",
        "{% raw %}{{ nope }}{% endraw %}",
        "{{ trigger.executionId }}",
        "no template { at all",
    ],
)
def test_known_references_pass(text: str, registry: Registry) -> None:
    flow = HEAD + say("first", "x") + f"  - {{id: script, type: {Script.type_id}}}\n" + say("t", "FORMAT")
    assert found(flow.replace("'FORMAT'", _quoted(text)), registry) == []


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        ("{{ inputs.txi }}", "E", "there is no input 'txi'; did you mean inputs.taxi?"),
        ("{{ inputs.a.c }}", "E", "there is no input 'a'; did you mean inputs.a.b?"),
        ("{{ vars.tabel }}", "E", "there is no variable 'tabel'; did you mean vars.table?"),
        ("{{ input.taxi }}", "E", "`input` is not a variable; did you mean inputs?"),
        ("{{ taxi }}", "E", "`taxi` is not a variable; write inputs.taxi"),
        ("{{ first.value }}", "E", "`first` is not a variable; write outputs.first"),
        ("{{ flow.name }}", "E", "`flow` has no 'name'; it has id, namespace, revision or tenantId"),
        ("{{ execution.start_date }}", "E", "`execution` has no 'start_date'; did you mean startDate?"),
        (
            "{{ taskrun.value }}",
            "E",
            "`taskrun.value` only exists inside a loop such as ForEach; move the task into the loop",
        ),
        ("{{ parent.taskrun.value }}", "E", "`parent` only exists inside a task that runs tasks"),
        ("{{ envs.MY_URL }}", "E", "names of `envs` are in lower case, not 'MY_URL'; write envs.my_url"),
        ("{{ outputs.frist.value }}", "E", "there is no task 'frist'; did you mean outputs.first?"),
        ("{{ outputs.first.valu }}", "E", "'first' (Return) gives no output 'valu'; did you mean value?"),
        ("{{ outputs.first.rows }}", "E", "'first' (Return) gives no output 'rows'; it gives value or size"),
        ("{{ outputs.log.value }}", "E", "'log' (Log) gives no outputs, so there is no 'value'"),
        (
            "{{ outputs.t.value }}",
            "E",
            "`outputs.t` is not there yet: a task does not see its own outputs; use a task that runs before",
        ),
        (
            "{{ outputs.later.value }}",
            "E",
            "`outputs.later` is not there yet: 'later' runs later; use a task that runs before",
        ),
        ("{{ tasks.nope.state }}", "E", "there is no task 'nope'; there are first, later, log or t"),
        (
            "{{ trigger.date }}",
            "W",
            "the flow has no trigger, so `trigger` is undefined; add one, or guard with ??",
        ),
        (
            "{{ labels.tema }}",
            "W",
            (
                "the flow has no label 'tema'; it only exists when the execution is started with "
                "it; guard it with ?? or `default`"
            ),
        ),
        ("{{ workingDir }}", "E", None),
    ],
)
def test_unknown_references_are_told(
    text: str, severity: str, message: str | None, registry: Registry
) -> None:
    flow = (
        HEAD + say("first", "x") + f"  - {{id: log, type: {Log.type_id}, message: m}}\n" + say("t", "FORMAT")
    )
    flow += say("later", "x")
    result = found(flow.replace("'FORMAT'", _quoted(text)), registry)
    assert [(one, told.rpartition(" (line")[0]) for one, told in result if message] == (
        [(severity, message)] if message else []
    )
    assert [one for one, _ in result] == [severity]


def test_a_minus_in_a_name_is_explained(registry: Registry) -> None:
    flow = HEAD + say("my-task", "x") + say("t", "{{ outputs.my-task.value }}")
    assert any("write outputs['my-task'] with brackets" in told for _, told in found(flow, registry))


def test_extra_variables_and_rows_of_a_class(registry: Registry) -> None:
    flow = HEAD + f"  - id: s\n    type: {Script.type_id}\n"
    assert found(flow + '    script: "{{ workingDir }}"\n    expr: "{{ amount > 3 }}"\n', registry) == []
    assert found(flow + '    fixed: "{{ not a template"\n', registry) == []
    assert [one for one, _ in found(flow + '    expr: "{{ amount > }}"\n', registry)] == ["E"]


def test_variables_set_by_tasks_are_known(registry: Registry) -> None:
    setter = f"  - {{id: s, type: {SetVariables.type_id}, variables: {{fresh: 1}}}}\n"
    assert found(HEAD + setter + say("t", "{{ vars.fresh }}"), registry) == []
    assert found(HEAD + say("t", "{{ vars.fresh }}"), registry) != []


# -- places


def test_findings_point_into_the_text(registry: Registry) -> None:
    flow = (
        HEAD
        + f"  - id: l\n    type: {Log.type_id}\n    message: |\n      hello\n      and {{{{ inputs.nope }}}}\n"
    )
    (finding,) = check(flow, registry).findings
    line = flow.splitlines()[(finding.line or 1) - 1]
    assert finding.path == "tasks[0].message"
    assert line[(finding.column or 1) - 1 :].startswith("inputs.nope")


def test_a_syntax_error_points_into_the_text(registry: Registry) -> None:
    flow = HEAD + say("t", "{{ inputs.taxi | }}")
    (finding,) = check(flow, registry).findings
    assert (finding.code, finding.severity, finding.path) == (
        "expression-syntax",
        Severity.ERROR,
        "tasks[0].format",
    )
    assert finding.line == 11


@pytest.mark.parametrize(
    "addition",
    [
        'outputs: [{id: o, value: "{{ outputs.nope.x }}"}]',
        'outputs: [{id: o, value: {a: ["{{ inputs.nope }}"]}}]',
        'checks: [{condition: "{{ inputs.nope }}", message: m}]',
        'sla: [{id: s, type: EXECUTION_ASSERTION, behavior: FAIL, assert: "{{ vars.nope }}"}]',
        'triggers: [{id: s, type: io.kestra.plugin.core.trigger.Schedule, cron: x, inputs: {a: "{{ outputs.t.value }}"}}]',
        'errors: [{id: e, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.nope }}"}]',
        'pluginDefaults: [{type: io.kestra.plugin.core.debug, values: {more: {a: "{{ inputs.nope }}"}}}]',
    ],
)
def test_templates_are_checked_everywhere(addition: str, registry: Registry) -> None:
    result = found(f"{HEAD}{say('t', 'x')}{addition}\n", registry)
    assert [one for one, _ in result] == ["E"], result


@pytest.mark.parametrize("prop", ["runIf", "timeout"])
def test_common_properties_are_checked(prop: str, registry: Registry) -> None:
    assert [one for one, _ in found(HEAD + say("t", "x", **{prop: '"{{ inputs.nope }}"'}), registry)] == ["E"]


def test_input_defaults_see_other_inputs_only(registry: Registry) -> None:
    base = "id: f\nnamespace: n\ntasks:\n" + say("t", "x") + "inputs:\n  - {id: a, type: STRING}\n"
    assert found(base + '  - {id: b, type: STRING, defaults: "{{ inputs.a }}"}\n', registry) == []
    for wrong in ("{{ inputs.b }}", "{{ outputs.t.value }}", "{{ inputs.c }}"):
        result = found(base + f'  - {{id: b, type: STRING, defaults: "{wrong}"}}\n', registry)
        assert [one for one, _ in result] == ["E"], wrong


# -- triggers


SCHEDULE = f"triggers: [{{id: s, type: {Schedule.type_id}, cron: x}}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ trigger.date ?? now() }}", []),
        ("{{ trigger.date }}", ["W"]),
        ("{{ trigger.dates }}", ["W"]),
    ],
)
def test_trigger_variables_are_uncertain(text: str, expected: Sequence[str], registry: Registry) -> None:
    assert [one for one, _ in found(HEAD + say("t", text) + SCHEDULE, registry)] == expected


def test_conditions_may_use_any_variable(registry: Registry) -> None:
    flow = (
        HEAD
        + say("t", "x")
        + (
            f"triggers: [{{id: s, type: {Schedule.type_id}, cron: x, conditions: [{{type: {Expression.type_id}, "
            f'expression: "{{{{ anything.goes }}}}"}}]}}]\n'
        )
    )
    assert found(flow, registry) == []


# -- order


USE = "{{ outputs.a.value }}"
A = say("a", "x", 6)


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        (flowable("s", Sequential, "", A) + say("t", USE), []),
        (flowable("s", Sequential, "", A, say("t", USE, 6)), []),
        (flowable("s", Sequential, "", say("t", USE, 6), A), ["E"]),
        (flowable("p", Parallel, "", A, say("t", USE, 6)), ["W"]),
        (flowable("p", Parallel, "", A) + say("t", USE), []),
        (flowable("i", If, "condition: 'true'", A, slot="then") + say("t", USE), ["W"]),
        (
            flowable("i", If, "condition: 'true'", A, say("t", USE, 6), slot="then"),
            [],
        ),
        (
            flowable("i", If, "condition: 'true'", A, slot="then") + "    else:\n" + say("t", USE, 6),
            ["E"],
        ),
        (say("a", "x", runIf="'{{ inputs.taxi }}'") + say("t", USE), ["W"]),
        (say("a", "x", runIf="'{{ inputs.taxi }}'") + say("t", USE, runIf="'{{ inputs.taxi }}'"), []),
        (say("a", "x", disabled="true") + say("t", USE), ["W"]),
        (flowable("l", LoopUntil, f"condition: {USE!r}", A), []),
        (flowable("l", LoopUntil, "condition: x", say("t", USE, 6), A), ["W"]),
        (flowable("s", If, f"condition: {USE!r}", A, slot="then"), ["E"]),
        (flowable("e", ForEach, "values: [1]", A) + say("t", USE), ["W"]),
        (flowable("e", ForEach, "values: [1]", A) + say("t", "{{ outputs.a['1'].value }}"), []),
        (flowable("e", ForEach, "values: [1]", A) + say("t", "{{ outputs.a['1'].nope }}"), ["E"]),
        (flowable("e", ForEach, "values: [1]", A, say("t", USE, 6)), ["W"]),
        (flowable("e", ForEach, "values: [1]", A, say("t", "{{ outputs.a[taskrun.value].value }}", 6)), []),
        (
            flowable("e", ForEach, "values: [1]", say("t", "{{ taskrun.value }} {{ taskrun.iteration }}", 6)),
            [],
        ),
        (
            flowable(
                "e",
                ForEach,
                "values: [1]",
                flowable("s", Sequential, "", say("t", "{{ taskrun.value }}", 10), indent=6),
            ),
            ["W"],
        ),
        (
            flowable(
                "e",
                ForEach,
                "values: [1]",
                flowable("s", Sequential, "", say("t", "{{ parent.taskrun.value }}", 10), indent=6),
            ),
            [],
        ),
        (flowable("s", Sequential, "", say("t", "{{ outputs.i.evaluationResult }}", 6)), ["E"]),
        (
            flowable(
                "i", If, "condition: 'true'", say("t", "{{ outputs.i.evaluationResult }}", 6), slot="then"
            ),
            [],
        ),
    ],
)
def test_a_task_only_sees_what_ran_before(tasks: str, expected: list[str], registry: Registry) -> None:
    result = found(HEAD + tasks, registry)
    assert [one for one, _ in result] == expected, result


def dag(**after: str) -> str:
    lines = f"  - id: d\n    type: {Dag.type_id}\n    tasks:\n"
    for name, wanted in after.items():
        use = USE if name == "t" else "x"
        lines += f"      - task: {{id: {name}, type: {Say.type_id}, format: {use!r}}}\n"
        lines += f"        dependsOn: [{wanted}]\n" if wanted else ""
    return lines


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        (dag(a="", t="a"), []),
        (dag(a="", m="a", t="m"), []),
        (dag(a="", t=""), ["W"]),
        (dag(a="t", t=""), ["E"]),
    ],
)
def test_in_a_dag_the_dependencies_decide(tasks: str, expected: list[str], registry: Registry) -> None:
    result = found(HEAD + tasks, registry)
    assert [one for one, _ in result] == expected, result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (say("a", "x") + "errors:\n" + say("t", USE), []),
        (say("a", "x") + "finally:\n" + say("t", USE), []),
        (say("a", "x") + "afterExecution:\n" + say("t", USE), []),
        (say("t", USE) + "finally:\n" + say("a", "x"), ["E"]),
        (say("b", "x") + "errors:\n" + say("a", "x") + "finally:\n" + say("t", USE), ["W"]),
        (say("b", "x") + "errors:\n" + say("t", USE) + "finally:\n" + say("a", "x"), ["E"]),
        (say("a", "x") + f"outputs: [{{id: o, value: {USE!r}}}]\n", []),
        (say("a", "x", disabled="true") + f"outputs: [{{id: o, value: {USE!r}}}]\n", ["W"]),
    ],
)
def test_sections_run_in_their_order(text: str, expected: list[str], registry: Registry) -> None:
    result = found(HEAD + text, registry)
    assert [one for one, _ in result] == expected, result


def test_an_unknown_type_does_not_make_its_tasks_unknown(registry: Registry) -> None:
    flow = (
        HEAD
        + "  - id: u\n    type: org.example.Unknown\n    tasks:\n"
        + say("inner", "x", 6)
        + say("t", "{{ outputs.inner.value }} {{ outputs.u.x }}")
    )
    assert [told.partition(" (")[0] for one, told in found(flow, registry) if one == "E"] == [
        "unknown type 'org.example.Unknown'"
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("{{ inputs.txi }}", "{{ inputs.taxi }}"),
        ("{{ input.taxi }}", "{{ inputs.taxi }}"),
        ("{{ taxi }}", "{{ inputs.taxi }}"),
        ("{{ vars.tabel | upper }}", "{{ vars.table | upper }}"),
        ("a {{ outputs.frist.value }}", "a {{ outputs.first.value }}"),
        ("{{ outputs.first.valu }}", "{{ outputs.first.value }}"),
        ("{{ envs.MY_URL }}", "{{ envs.my_url }}"),
    ],
)
def test_a_near_name_is_offered_as_a_fix(wrong: str, right: str, registry: Registry) -> None:
    flow = HEAD + say("first", "x") + say("t", "FORMAT")
    text = flow.replace("FORMAT", wrong)
    (finding,) = check(text, registry).findings
    assert finding.fix is not None
    fixed = text[: finding.fix.start] + finding.fix.text + text[finding.fix.end :]
    assert fixed == flow.replace("FORMAT", right)
    assert check(fixed, registry).ok
