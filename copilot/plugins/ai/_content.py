"""Messages as a flow writes them: text, or blocks of text, images and PDFs."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from typing import Literal

from copilot.plugins.ai._message import Block, Message
from engine.errors import FlowsmithError, TaskFailure
from engine.model.uri import SCHEME
from engine.plugin import Part, RunContext, Text


class ContentBlock(Part):
    """A part of a message."""

    type: Literal["TEXT", "IMAGE", "PDF"] = "TEXT"
    """What it is."""

    text: Text | None = None
    """The text, of a `TEXT` block."""

    uri: Text | None = None
    """The file, of an `IMAGE` or `PDF` block: a `kestra:///` address, or `https://` for an image."""


class ChatMessage(Part):
    """One message of a conversation."""

    type: Literal["SYSTEM", "AI", "USER"] = "USER"
    """Who says it: `SYSTEM` sets the rules, `USER` asks, `AI` is an earlier answer."""

    content: Text | None = None
    """What is said."""

    content_blocks: list[ContentBlock] | None = None
    """What is said, as text, images and PDFs, instead of `content`."""


_ROLES: dict[str, Literal["system", "assistant", "user"]] = {
    "SYSTEM": "system",
    "AI": "assistant",
    "USER": "user",
}


def read_messages(ctx: RunContext, messages: Sequence[ChatMessage]) -> list[Message]:
    """Return the messages; raises TaskFailure when their order or one of them cannot be."""
    if not messages:
        raise TaskFailure("messages: at least one message is needed")
    if sum(one.type == "SYSTEM" for one in messages) > 1:
        raise TaskFailure("messages: only one message may be of type SYSTEM")
    if messages[-1].type != "USER":
        raise TaskFailure(f"messages: the last message must be of type USER, not {messages[-1].type}")
    return [
        _message(ctx, one, _ROLES[one.type], f"messages[{number}]") for number, one in enumerate(messages)
    ]


def user_message(ctx: RunContext, prompt: str | None, blocks: Sequence[ContentBlock] | None) -> Message:
    """Return the question of a task with `prompt` or `contentBlocks`; raises TaskFailure."""
    if bool(prompt) == bool(blocks):
        raise TaskFailure("prompt: give either `prompt` or `contentBlocks`, and not empty")
    if blocks:
        return _of_blocks(ctx, blocks, "user", "contentBlocks")
    return Message("user", prompt or "")


def _message(
    ctx: RunContext, written: ChatMessage, role: Literal["system", "assistant", "user"], place: str
) -> Message:
    if written.content_blocks:
        if written.content:
            raise TaskFailure(f"{place}: give either `content` or `contentBlocks`")
        return _of_blocks(ctx, written.content_blocks, role, f"{place}.contentBlocks")
    if not written.content or not written.content.strip():
        raise TaskFailure(f"{place}: the message is empty; give it `content`")
    return Message(role, written.content)


def _of_blocks(
    ctx: RunContext,
    blocks: Sequence[ContentBlock],
    role: Literal["system", "assistant", "user"],
    place: str,
) -> Message:
    read = tuple(_block(ctx, one, f"{place}[{number}]") for number, one in enumerate(blocks))
    text = "\n".join(one.content for one in read if one.kind == "TEXT")
    if role == "user":
        return Message(role, text, blocks=read)
    if any(one.kind != "TEXT" for one in read):
        raise TaskFailure(f"{place}: only messages of type USER may hold images and PDFs")
    return Message(role, text)


def _block(ctx: RunContext, block: ContentBlock, place: str) -> Block:
    if block.type == "TEXT":
        if not block.text:
            raise TaskFailure(f"{place}: a TEXT block needs `text`")
        return Block("TEXT", block.text)
    if not block.uri:
        raise TaskFailure(f"{place}: a block of type {block.type} needs `uri`")
    media = "application/pdf" if block.type == "PDF" else mimetypes.guess_type(block.uri)[0] or "image/png"
    if not block.uri.startswith(SCHEME):
        return Block(block.type, block.uri, media, url=True)
    try:
        with ctx.open(block.uri) as file:
            return Block(block.type, base64.b64encode(file.read()).decode(), media)
    except (FlowsmithError, OSError) as error:
        raise TaskFailure(f"{place}.uri: '{block.uri}' cannot be read: {error}") from error
