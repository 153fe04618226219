"""A plan: what a planner writes instead of YAML. The renderer makes the flow from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from engine.model.json import Json


def _text(value: object) -> object:
    return "" if value is None else value


def _mapping(value: object) -> object:
    return {} if value is None else value


def sequence_of(value: object) -> object:
    """Read null as an empty list, as models write it."""
    return [] if value is None else value


Words = Annotated[str, BeforeValidator(_text)]
Values = Annotated[dict[str, Json], BeforeValidator(_mapping)]


class Part(BaseModel):
    """A piece of a plan: camelCase outside, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )


class Step(Part):
    """One task of the flow, or a placeholder for words nothing matched."""

    id: Words = ""
    """Short snake_case id; made from the type when empty."""

    type: Words = ""
    """Full plugin type id from the catalogue; empty only for a placeholder."""

    because: Words = ""
    """The user's words that caused this step, literally."""

    description: str | None = None
    """One sentence, only where it helps the reader."""

    values: Values = Field(default_factory=dict)
    """Properties of the type with their values."""

    wiring: Annotated[dict[str, str], BeforeValidator(_mapping)] = Field(default_factory=dict)
    """Properties that take an expression, without braces: `{"from": "outputs.download.uri"}`. A slash goes
    into maps: `inputFiles/data.json`."""

    nested: Annotated[dict[str, list[Step]], BeforeValidator(_mapping)] = Field(default_factory=dict)
    """Steps inside a flowable, by property: `tasks`, `then`, `else`, `defaults`, `errors`."""

    cases: Annotated[dict[str, list[Step]], BeforeValidator(_mapping)] = Field(default_factory=dict)
    """Steps of a Switch by the value they belong to."""

    depends_on: Annotated[list[str], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """Inside a Dag: ids of the steps this one waits for."""

    retry: dict[str, Json] | None = None
    """`type`, `interval`, `maxAttempts` …"""

    timeout: str | None = None
    """ISO-8601 duration."""

    run_if: str | None = None
    """Expression with braces; the step runs only when it is true."""

    allow_failure: bool = False
    """Whether the flow goes on when the step fails."""

    placeholder: bool = False
    """Nothing in the catalogue matched the words; blocks acceptance until filled."""

    @model_validator(mode="before")
    @classmethod
    def _stray_keys(cls, data: Any) -> Any:
        """Read a property written beside `values` as if it stood inside: models often flatten."""
        if not isinstance(data, dict):
            return data
        known = set(cls.model_fields) | {field.alias for field in cls.model_fields.values()}
        stray = {key: item for key, item in data.items() if key not in known}
        if not stray:
            return data
        kept = {key: item for key, item in data.items() if key in known}
        values = kept.get("values") or {}
        kept["values"] = {**stray, **values} if isinstance(values, dict) else values
        return kept

    def children(self) -> Iterator[Step]:
        """Yield the directly nested steps."""
        for steps in (*self.nested.values(), *self.cases.values()):
            yield from steps

    def walk(self) -> Iterator[Step]:
        """Yield this step and everything nested in it."""
        yield self
        for child in self.children():
            yield from child.walk()


class InputPlan(Part):
    """A value asked for when the flow starts."""

    id: str
    """Name in snake_case, read as `inputs.<id>`."""

    type: str = "STRING"
    """STRING, INT, FLOAT, BOOL, SELECT, MULTISELECT, DATE, DATETIME, TIME, DURATION, FILE, JSON, EMAIL …"""

    description: str | None = None
    """One sentence."""

    defaults: Json = None
    """Value used when none is given."""

    required: bool = True
    """Whether a value must be there."""

    options: Values = Field(default_factory=dict)
    """What only the type knows: `values` of a SELECT, `min`, `max`, `itemType`, `validator`."""

    because: Words = ""
    """The user's words that caused it."""


class TriggerPlan(Part):
    """What starts the flow."""

    id: Words = ""
    """Short snake_case id."""

    type: str
    """Full trigger type id from the catalogue."""

    values: Values = Field(default_factory=dict)
    """Properties: `cron`, `timezone`, `conditions`, `inputs` …"""

    disabled: bool = False
    """Whether it starts switched off."""

    because: Words = ""
    """The user's words that caused it."""


class OutputPlan(Part):
    """A value the flow gives when it ends."""

    id: str
    """Name."""

    value: Json
    """Value, usually an expression with braces."""

    type: str | None = None
    """Type as for inputs; text when empty."""


class PluginDefaultPlan(Part):
    """Values shared by all types that begin with `type`."""

    type: str
    """Type id or a prefix of it."""

    values: Values = Field(default_factory=dict)
    """Properties."""


class Plan(Part):
    """A whole new flow."""

    id: Words = ""
    """Flow id in kebab-case."""

    namespace: Words = ""
    """Namespace, lower-case with dots."""

    description: str | None = None
    """One sentence about the flow."""

    labels: Annotated[dict[str, str], BeforeValidator(_mapping)] = Field(default_factory=dict)
    """Text keys and values."""

    inputs: Annotated[list[InputPlan], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """What is asked for at the start."""

    variables: Values = Field(default_factory=dict)
    """Constants read as `vars.<name>`."""

    steps: Annotated[list[Step], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """The tasks, in order."""

    errors: Annotated[list[Step], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """Tasks that run when the flow fails."""

    finally_: Annotated[list[Step], BeforeValidator(sequence_of)] = Field(
        default_factory=list, alias="finally"
    )
    """Tasks that run at the end in any case."""

    outputs: Annotated[list[OutputPlan], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """What the flow gives."""

    concurrency: dict[str, Json] | None = None
    """`limit` and `behavior` (QUEUE, CANCEL, FAIL)."""

    retry: dict[str, Json] | None = None
    """Retry for every task."""

    plugin_defaults: Annotated[list[PluginDefaultPlan], BeforeValidator(sequence_of)] = Field(
        default_factory=list
    )
    """Shared values such as a database connection."""

    triggers: Annotated[list[TriggerPlan], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """What starts the flow."""

    notes: Annotated[list[str], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """What the user should know: defaults that were chosen, secrets to set."""

    def walk(self) -> Iterator[Step]:
        """Yield every step, nested ones included."""
        for step in (*self.steps, *self.errors, *self.finally_):
            yield from step.walk()

    @property
    def placeholders(self) -> list[str]:
        """The words nothing matched, in order."""
        return [step.because for step in self.walk() if step.placeholder]
