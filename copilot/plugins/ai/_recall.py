"""Questions with a memory and with texts to answer from: what agents and RAG share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from copilot.plugins.ai._answer import Question, answer
from copilot.plugins.ai._memory import ChatMemory
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._output import AIOutput
from copilot.plugins.ai._retriever import ContentRetriever, Embedded, augmented, retrieved
from engine.plugin import RunContext

Given = TypeVar("Given", bound=AIOutput)


def answer_with(
    ctx: RunContext,
    question: Question,
    output: type[Given],
    *,
    memory: ChatMemory | None = None,
    retrievers: Sequence[ContentRetriever | Embedded] = (),
    **more: Any,
) -> Given:
    """Answer after what was said before, from the texts that are found; remember question and answer.

    `question.messages` are a system message, if there is one, and the question. Texts that were found go to
    the model and not into the memory. A question that a guardrail holds back is neither searched for nor
    remembered.
    """
    *before, last = question.messages
    if question.guardrails and question.guardrails.of_question(ctx, question.text):
        return answer(ctx, question, output, **more)[0]
    remembered = memory.recall(ctx) if memory else []
    if before:
        remembered = [one for one in remembered if one.role != "system"]
    sources = retrieved(ctx, question.text, retrievers)
    history = [*before, *remembered]
    whole = replace(question, messages=(*history, augmented(last, sources)), sources=tuple(sources))
    given, talk = answer(ctx, whole, output, **more)
    if memory and talk is not None:
        memory.remember(ctx, [*history, last, *talk.messages[len(history) + 1 :]])
    return given


def asked(prompt: str, system: str | None) -> list[Message]:
    """Return the messages of a prompt."""
    return [*([Message("system", system)] if system else []), Message("user", prompt)]
