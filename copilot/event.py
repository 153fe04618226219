"""Events of a turn, in the order they happen; the API sends them as server-sent events."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import ClassVar, TypeAlias

from engine.model.finding import Finding
from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class ContextEvent:
    """What goes to the model with the words: chips the user can take out."""

    name: ClassVar[str] = "context"
    turn_id: str
    conversation_id: str
    mode: str
    chips: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanEvent:
    """The plan of a draft, or the operations of an edit."""

    name: ClassVar[str] = "plan"
    planner: str
    plan: dict[str, Json]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """One problem of the draft; `fixed` when a repair rule has mended it."""

    name: ClassVar[str] = "finding"
    finding: Finding
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """The draft is stored and can be reviewed."""

    name: ClassVar[str] = "draft"
    draft: dict[str, Json]


@dataclass(frozen=True, slots=True)
class DiffEvent:
    """What the draft changes, as unified text and as hunks."""

    name: ClassVar[str] = "diff"
    unified: str
    hunks: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """A piece of an answer."""

    name: ClassVar[str] = "token"
    text: str


@dataclass(frozen=True, slots=True)
class CitationEvent:
    """A passage the answer cites as `[number]`."""

    name: ClassVar[str] = "citation"
    number: int
    title: str
    heading: str
    source: str
    start_line: int
    end_line: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """What the turn used; `cost` where a price is known."""

    name: ClassVar[str] = "usage"
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The end of a turn that worked; `text` is a closing sentence or the whole answer."""

    name: ClassVar[str] = "done"
    text: str = ""
    draft_id: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """The end of a turn that did not; `code` is stable, `missing` names what is missing."""

    name: ClassVar[str] = "error"
    code: str
    message: str
    missing: tuple[str, ...] = field(default=())
    retry_after_s: float | None = None


Event: TypeAlias = (
    ContextEvent
    | PlanEvent
    | FindingEvent
    | DraftEvent
    | DiffEvent
    | TokenEvent
    | CitationEvent
    | UsageEvent
    | DoneEvent
    | ErrorEvent
)


def to_json(event: Event) -> dict[str, Json]:
    """Return the fields of an event as JSON."""
    if isinstance(event, FindingEvent):
        return {**finding_json(event.finding), "fixed": event.fixed}
    return asdict(event)


def finding_json(finding: Finding) -> dict[str, Json]:
    """Return a finding as JSON."""
    return {
        "code": finding.code,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity.value,
        "suggestion": finding.suggestion,
        "text": finding.text,
    }
