"""All inputs of a flow: in order, each after those it depends on, all problems told together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import FlowsmithError, InputInvalid, UndefinedError
from engine.executor.inputs.limit import check
from engine.executor.inputs.secret import decrypt
from engine.executor.inputs.upload import Upload
from engine.executor.inputs.value import Need, Unfit, parse, text_of
from engine.expression.scope import Scope
from engine.expression.template import render, render_typed
from engine.model.flow import InputSpec
from engine.model.json import Json
from engine.secrets import MASK
from engine.storage.cipher import Cipher

MISSING = "missing required input, but received `null`"

_CHOOSING = frozenset({"SELECT", "MULTISELECT", "ENUM"})


@dataclass(frozen=True, slots=True)
class InputCheck:
    """An input after resolving: whether it is asked for, its value, and what is wrong with it.

    Secrets are masked, and the value of an upload is its file name.
    """

    id: str
    value: Json
    enabled: bool
    is_default: bool
    errors: tuple[str, ...]


def resolve(
    specs: Sequence[InputSpec],
    given: Mapping[str, Json | Upload],
    scope: Scope,
    *,
    store_file: Callable[[str, Upload], str],
    cipher: Cipher | None = None,
    may_lack: bool = False,
) -> dict[str, Json]:
    """Return the values of the inputs, dotted ids as nested maps; undeclared ones are dropped.

    With `may_lack`, required inputs that have no value are left out, so that reading them fails. Files are
    stored only when everything fits. Raises InputInvalid with all problems.
    """
    resolution = _Resolution(specs, given, scope, cipher)
    answers = [(spec, resolution.answer(spec)) for spec in specs]
    if may_lack:
        answers = [(spec, answer) for spec, answer in answers if answer.problem != MISSING]
    problems = {spec.id: answer.problem for spec, answer in answers if answer.problem is not None}
    values: dict[str, Json] = {}
    if not problems:
        for spec, answer in answers:
            if answer.enabled:
                conflict = nest(values, spec.id, answer.value)
                if conflict:
                    problems[spec.id] = conflict
    if problems:
        raise InputInvalid(problems)
    for spec, answer in answers:
        if answer.upload is not None:
            nest(values, spec.id, store_file(spec.id, answer.upload))
    return values


def check_each(
    specs: Sequence[InputSpec],
    given: Mapping[str, Json | Upload],
    scope: Scope,
    *,
    cipher: Cipher | None = None,
) -> list[InputCheck]:
    """Return every input with its value and its problems; stores nothing."""
    resolution = _Resolution(specs, given, scope, cipher)
    return [_check(spec, resolution.answer(spec)) for spec in specs]


def nest(values: dict[str, Json], dotted: str, value: Json) -> str | None:
    """Put a value at `a.b.c`; returns what is in the way, if something is."""
    if "." not in dotted:
        if isinstance(values.get(dotted), _Group):
            return f"it is a value and, by `{dotted}.…`, a group of inputs; rename one"
        values[dotted] = value
        return None
    *parents, leaf = dotted.split(".")
    level = values
    for depth, name in enumerate(parents, 1):
        below = level.setdefault(name, _Group())
        if not isinstance(below, _Group):
            return f"`{'.'.join(parents[:depth])}` is an input, too; rename one"
        level = below
    if isinstance(level.get(leaf), _Group):
        return f"it is a value and, by `{dotted}.…`, a group of inputs; rename one"
    level[leaf] = value
    return None


class _Group(dict[str, Json]):
    """A map made by dots in ids, unlike one that is the value of an input."""


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Json = None
    enabled: bool = True
    default: bool = False
    problem: str | None = None
    upload: Upload | None = None


def _check(spec: InputSpec, answer: _Answer) -> InputCheck:
    secret = spec.type == "SECRET" and answer.value is not None
    return InputCheck(
        spec.id,
        MASK if secret else answer.value,
        answer.enabled,
        answer.default,
        () if answer.problem is None else (answer.problem,),
    )


_DISABLED = _Answer(enabled=False)
_WAITING = _Answer(problem="it depends on itself; remove the circle of `dependsOn`")


class _Resolution:
    """Answers each input once."""

    def __init__(
        self,
        specs: Sequence[InputSpec],
        given: Mapping[str, Json | Upload],
        scope: Scope,
        cipher: Cipher | None,
    ) -> None:
        self._specs = {spec.id: spec for spec in specs}
        self._given = given
        self._scope = scope
        self._cipher = cipher
        self._answers: dict[str, _Answer] = {}

    def answer(self, spec: InputSpec) -> _Answer:
        """Return the answer for an input, resolving first what it depends on."""
        found = self._answers.get(spec.id)
        if found is None:
            self._answers[spec.id] = _WAITING
            found = self._answers[spec.id] = self._resolve(spec)
        return found

    def _resolve(self, spec: InputSpec) -> _Answer:
        scope = self._scope
        if spec.depends_on is not None:
            answers: dict[str, _Answer] = {}
            for name in spec.depends_on.inputs:
                other = self._specs.get(name)
                if other is None:
                    return _Answer(problem=f"it depends on `{name}`, which is not an input of this flow")
                answers[name] = self.answer(other)
            if any(answer is _WAITING for answer in answers.values()):
                return _WAITING
            if not all(answer.enabled for answer in answers.values()):
                return _DISABLED
            scope = self._with_inputs(answers)
            condition = spec.depends_on.condition
            if condition is not None:
                # What cannot be decided because of another problem is not asked; that problem is told.
                if any(answer.problem is not None for answer in answers.values()):
                    return _DISABLED
                try:
                    enabled = render_typed(condition, scope) is True
                except FlowsmithError as error:
                    return _Answer(problem=f"its `dependsOn.condition` cannot be evaluated: {error}")
                if not enabled:
                    return _DISABLED
        return self._valued(spec, scope)

    def _with_inputs(self, answers: Mapping[str, _Answer]) -> Scope:
        values: dict[str, Json] = {}
        for name, answer in answers.items():
            if answer.problem is None:
                nest(values, name, answer.value)
        clear, _ = decrypt(values, self._cipher)
        return self._scope.with_variables({"inputs": clear})

    def _valued(self, spec: InputSpec, scope: Scope) -> _Answer:
        value, default = self._value_of(spec.id), False
        try:
            choices = _choices(spec, scope) if spec.type in _CHOOSING else None
            if value is None:
                default = True
                value = _default(spec, scope, choices)
            if value is None:
                return _Answer(problem=MISSING, default=True) if spec.required else _Answer(default=True)
            parsed = parse(spec.type, value, Need(spec.id, spec.options, self._cipher))
            check(spec, value, parsed, choices)
        except Unfit as error:
            return _Answer(_shown(spec, value), default=default, problem=str(error))
        upload = value if isinstance(value, Upload) and spec.type == "FILE" else None
        return _Answer(parsed, default=default, upload=upload)

    def _value_of(self, input_id: str) -> Json | Upload:
        """Return what is given for an input, also inside maps for dotted ids; None counts as not given."""
        value = self._given.get(input_id)
        if value is None and "." in input_id:
            value = self._given
            for name in input_id.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
        return value


def _shown(spec: InputSpec, value: Json | Upload) -> Json:
    return value.filename if isinstance(value, Upload) else value


def _default(spec: InputSpec, scope: Scope, choices: Sequence[str] | None) -> Json:
    default = spec.defaults
    if default is None:
        if choices and spec.options.get("autoSelectFirst"):
            return [choices[0]] if spec.type == "MULTISELECT" else choices[0]
        return None
    if isinstance(default, str) and "{" not in default:
        return default
    try:
        return render(default, scope)
    except UndefinedError as error:
        hint = "; list the inputs it reads under `dependsOn.inputs`" if "inputs." in text_of(default) else ""
        raise Unfit(f"its default cannot be rendered: {error}{hint}") from error
    except FlowsmithError as error:
        raise Unfit(f"its default cannot be rendered: {error}") from error


def _choices(spec: InputSpec, scope: Scope) -> Sequence[str] | None:
    """Return the values to choose from as texts; None when anything may be chosen."""
    expression = spec.options.get("expression")
    if expression is None:
        values = spec.options.get("values") or spec.options.get("options")
        return None if values is None else [text_of(value) for value in values]
    try:
        rendered = render_typed(expression.strip() if isinstance(expression, str) else expression, scope)
    except FlowsmithError as error:
        raise Unfit(f"Cannot render 'expression'. Cause: {error}") from error
    if not isinstance(rendered, list | tuple):
        raise Unfit(
            f"Invalid expression result. Expected a list of strings, but received {text_of(rendered)}"
        )
    return [text_of(value) for value in rendered]
