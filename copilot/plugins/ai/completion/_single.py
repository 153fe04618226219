"""Tasks that ask a model one thing, without tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from copilot.plugins.ai._configuration import ChatConfiguration, ResponseFormat
from copilot.plugins.ai._content import ContentBlock, user_message
from copilot.plugins.ai._conversation import Conversation
from copilot.plugins.ai._guardrail import Guardrails
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._output import GuardedOutput, TokenUsage
from copilot.plugins.ai._provider import ModelProvider
from engine.plugin import STATIC, Task, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.plugin import RunContext

Given = TypeVar("Given", bound=GuardedOutput)


class SingleQuestion(Task):
    """Asks one thing."""

    abstract: ClassVar[bool] = True
    row_properties: ClassVar[tuple[str, ...]] = ("guardrails",)

    prompt: Text | None = None
    """The text; or use `contentBlocks`."""

    content_blocks: list[ContentBlock] | None = None
    """Text, images and PDFs, instead of `prompt`."""

    provider: ModelProvider
    """The model to ask."""

    configuration: ChatConfiguration = ChatConfiguration()
    """How it answers."""

    guardrails: Annotated[Guardrails | None, STATIC] = None
    """What must hold of question and answer."""

    def ask(
        self,
        ctx: RunContext,
        system: str,
        output: type[Given],
        fill: Callable[[str], dict[str, Any]],
        form: ResponseFormat | None = None,
    ) -> Given:
        """Return the outputs: those of every question, and what `fill` makes of the answer."""
        message = user_message(ctx, self.prompt, self.content_blocks)
        rails = self.guardrails or Guardrails()
        violated = rails.of_question(ctx, message.text)
        if violated:
            ctx.warn(violated)
            return output(guardrail_violated=True, guardrail_violation_message=violated)
        configuration = self.configuration
        if form is not None and "response_format" not in self.provider.refuses:
            configuration = configuration.model_copy(update={"response_format": form})
        talk = Conversation(ctx, self.provider, configuration).hold([Message("system", system), message])
        violated = rails.of_answer(ctx, talk.reply)
        if violated:
            ctx.warn(violated)
            return output(guardrail_violated=True, guardrail_violation_message=violated)
        return output(
            token_usage=TokenUsage.of(talk.reply.usage),
            finish_reason=talk.reply.finish,
            **fill(talk.reply.text),
        )
