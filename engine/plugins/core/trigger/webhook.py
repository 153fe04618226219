"""Start a flow by an HTTP call."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.model.json import Json, loads
from engine.plugin import EventTrigger, Example, Fired, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class WebhookOutput(Output):
    """Variables of a start, read as `trigger.<name>`."""

    body: Any = None
    """The body: a map or list when it is JSON, else text; absent when there is none."""

    headers: dict[str, list[str]]
    """Headers of the call; every name, written as the caller did, has a list of values."""

    parameters: dict[str, list[str]]
    """Query parameters; every name has a list of values."""


class Webhook(EventTrigger):
    """Start the flow by a call of
    `/api/v1/main/executions/webhook/{namespace}/{flowId}/{key}` with GET, POST or PUT.

    Whoever knows the key can start the flow, so use a long random one, best from a secret. The inputs of the
    flow are not filled from the body; map them with `inputs`. A wrong key is answered with 404, conditions
    that do not hold with 204.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.triggers.types.Webhook",)
    gives: ClassVar[type[Output]] = WebhookOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Take an input from the body",
            """\
id: on-call
namespace: company.team
inputs:
  - id: taxi
    type: STRING
    defaults: yellow
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.taxi }}"
triggers:
  - id: call
    type: io.kestra.plugin.core.trigger.Webhook
    key: "{{ secret('WEBHOOK_KEY') }}"
    inputs:
      taxi: "{{ trigger.body.taxi ?? 'green' }}"
""",
            runnable=True,
        ),
    )

    key: Annotated[Text, Field(max_length=256)]
    """The secret part of the address."""

    wait: bool = False
    """Whether the call is answered only when the execution has ended."""

    return_outputs: bool = False
    """Whether the answer holds the outputs of the flow; only with `wait`."""

    response_content_type: Text | None = None
    """Content type of the answer."""

    response_code: Annotated[int, Field(ge=100, le=599)] | None = None
    """Status code of the answer; 200 when left out."""

    def matches(self, ctx: RunContext, event: Mapping[str, Json]) -> Fired | None:
        """Answer a call with the right key.

        The event holds `key` (text), `body` (text or absent), `headers` and `parameters` (name to list).
        """
        given = str(event.get("key", "")).strip()
        if not self.key.strip() or not hmac.compare_digest(given.encode(), self.key.strip().encode()):
            return None
        variables: dict[str, Json] = {
            "headers": event.get("headers") or {},
            "parameters": event.get("parameters") or {},
        }
        body = event.get("body")
        if body:
            variables["body"] = _parsed(body)
        return Fired(variables)


def _parsed(body: str) -> Json:
    try:
        value = loads(body)
    except ValueError:
        return body
    return value if isinstance(value, dict | list) else body
