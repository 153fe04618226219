"""Start a flow when an address answers as wished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.model.truth import is_truthy
from engine.plugin import STATIC, Example, Fired, Output, PollingTrigger, Text
from engine.plugins.core.http._client import HttpProperties
from engine.plugins.core.http.request import RequestOutput, answer_of, check_key, sealed

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Trigger(HttpProperties, PollingTrigger):
    """Ask an address every `interval` and start the flow when the answer fulfils a condition.

    Status codes of 400 and more are no failure, the condition decides. When the server cannot be reached
    nothing starts, and the next look follows after the interval.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.fs.http.Trigger",)
    row_properties: ClassVar[tuple[str, ...]] = ("responseCondition",)
    gives: ClassVar[type[Output]] = RequestOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Start when a file has appeared",
            """\
id: on-appearance
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.code }}: {{ trigger.body }}"
triggers:
  - id: appeared
    type: io.kestra.plugin.core.http.Trigger
    uri: https://example.com/data/2021-01.json
    interval: PT5M
    responseCondition: "{{ response.statusCode == 200 }}"
    stopAfter: [SUCCESS]
""",
        ),
    )

    response_condition: Annotated[Text, STATIC] = "{{ response.statusCode < 400 }}"
    """The condition; it sees `response.statusCode`, `response.body` (text) and `response.headers`."""

    encrypt_body: bool = False
    """Whether the body is stored encrypted, as `encryptedBody`. Needs the encryption key of the operator."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Ask once."""
        check_key(ctx, wanted=self.encrypt_body)
        answer = answer_of(self, ctx, any_status=True)
        seen = {"statusCode": answer.code, "body": answer.body, "headers": answer.headers}
        if not is_truthy(ctx.render(self.response_condition, {"response": seen})):
            return None
        answer = sealed(ctx, answer) if self.encrypt_body else answer
        return Fired(answer.model_dump(by_alias=True, exclude_none=True))
