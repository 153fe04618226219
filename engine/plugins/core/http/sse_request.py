"""Receive server-sent events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json, dumps, loads
from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.http._client import HttpProperties, exchange

if TYPE_CHECKING:
    import httpx

    from engine.plugin import RunContext


class SseRequestOutput(Output):
    """Outputs of `SseRequest`."""

    uri: str
    """The address that answered."""

    size: int
    """How many events were received."""

    events: list[dict[str, Any]] | None = None
    """The events: `data` (parsed when it is JSON), and `id`, `event`, `retry`, `comment` where sent. Null
    when `result` is given."""

    result: str | None = None
    """What the jq expression found in all events, joined."""


class SseRequest(HttpProperties, Task):
    """Receive server-sent events until the server ends the stream, and give them as outputs.

    Fails as Request does, when the jq expression is none, when it finds something that is no text, number or
    boolean, and when it finds nothing in an event (unless `failedOnMissingJq` is false).
    """

    gives: ClassVar[type[Output]] = SseRequestOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Join a text that arrives in pieces",
            """\
id: receive-events
namespace: company.team
tasks:
  - id: events
    type: io.kestra.plugin.core.http.SseRequest
    uri: https://example.com/events
    concatJqExpression: .data.message
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.events.result }}"
""",
        ),
    )

    concat_jq_expression: Text | None = None
    """A jq expression applied to every event; `.data.message` finds `message` in the event's JSON."""

    failed_on_missing_jq: bool = True
    """Whether an event in which the expression finds nothing is a failure."""

    def run(self, ctx: RunContext) -> SseRequestOutput:
        """Receive all events."""
        program = self._program()
        events: list[dict[str, Json]] = []
        pieces: list[str] = []
        with exchange(self, ctx) as response:
            for event in read_events(_lines(response)):
                events.append(event)
                if program is not None:
                    pieces.extend(self._found(program, event))
        joined = "".join(pieces) if program is not None else None
        return SseRequestOutput(
            uri=str(response.url),
            size=len(events),
            events=events if joined is None else None,
            result=joined,
        )

    def _program(self) -> Any:
        if self.concat_jq_expression is None:
            return None
        import jq

        try:
            return jq.compile(self.concat_jq_expression)
        except ValueError as error:
            raise TaskFailure(
                f"concatJqExpression: '{self.concat_jq_expression}' is not a jq expression: {error}"
            ) from error

    def _found(self, program: Any, event: dict[str, Json]) -> Iterator[str]:
        try:
            matches = [match for match in program.input_value(event).all() if match is not None]
        except ValueError as error:
            matches = []
            reason = f": {error}"
        else:
            reason = ""
        if not matches and self.failed_on_missing_jq:
            shown = dumps(event).decode()[:300]
            raise TaskFailure(
                f"'{self.concat_jq_expression}' found nothing in the event {shown}{reason}; "
                f"to go on anyway set `failedOnMissingJq: false`"
            )
        for match in matches:
            if isinstance(match, dict | list):
                raise TaskFailure(
                    f"'{self.concat_jq_expression}' found {dumps(match).decode()[:200]}; only texts, numbers "
                    f"and booleans can be joined"
                )
            yield match if isinstance(match, str) else dumps(match).decode()


def _lines(response: httpx.Response) -> Iterator[str]:
    if response.is_stream_consumed:
        yield from response.text.splitlines()
    else:
        yield from response.iter_lines()
    yield ""


def read_events(lines: Iterator[str]) -> Iterator[dict[str, Json]]:
    """Yield the events of a stream (the `text/event-stream` format of the HTML standard)."""
    event: dict[str, Json] = {}
    data: list[str] = []
    for line in lines:
        if line:
            _take(line, event, data)
            continue
        if data or event:
            if data:
                event["data"] = _parsed("\n".join(data))
            yield event
        event, data = {}, []


def _take(line: str, event: dict[str, Json], data: list[str]) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "data":
        data.append(value)
    elif name == "":
        event["comment"] = value
    elif name == "retry" and value.isdigit():
        event["retry"] = int(value)
    elif name in ("id", "event"):
        event[name] = value


def _parsed(text: str) -> Json:
    try:
        return loads(text)
    except ValueError:
        return text
