"""Guardrails: facts that must hold of what is asked and of what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copilot.plugins.ai._message import Reply
from engine.model.json import Json
from engine.model.truth import is_truthy
from engine.plugin import Part, RunContext, Text


class Guardrail(Part):
    """One fact and what to say when it does not hold."""

    expression: Text
    """An expression that must be true. Of a question it sees `message`; of an answer `response`,
    `finishReason`, `inputTokenCount` and `outputTokenCount`."""

    message: Text
    """What to say when it is not."""


class Guardrails(Part):
    """Facts that must hold; the first that does not ends the task, with SUCCESS and `guardrailViolated`."""

    input: list[Guardrail] = []
    """Checked before anything is sent to the model."""

    output: list[Guardrail] = []
    """Checked before the answer is given to other tasks."""

    def of_question(self, ctx: RunContext, message: str) -> str | None:
        """Return what a question violates, None when it may be asked."""
        return _violated(ctx, "Input", self.input, {"message": message})

    def of_answer(self, ctx: RunContext, reply: Reply) -> str | None:
        """Return what an answer violates, None when it may be given."""
        known = {
            "response": reply.text,
            "finishReason": reply.finish,
            "inputTokenCount": reply.usage.input,
            "outputTokenCount": reply.usage.output,
        }
        return _violated(ctx, "Output", self.output, known)


def _violated(
    ctx: RunContext, side: str, rails: Sequence[Guardrail], known: Mapping[str, Json]
) -> str | None:
    for rail in rails:
        if not is_truthy(str(ctx.render(rail.expression, known)).strip()):
            return f"{side} guardrail: {ctx.render(rail.message, known)}"
    return None
