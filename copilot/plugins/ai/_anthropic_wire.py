"""Chats in the form of Anthropic's messages API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from copilot.plugins.ai._message import Block, Finish, Message, Reply, ToolCall, Usage
from copilot.plugins.ai._provider import Request
from engine.model.json import Json

_FINISH: Mapping[str | None, Finish] = {
    "end_turn": "STOP",
    "stop_sequence": "STOP",
    "max_tokens": "LENGTH",
    "tool_use": "TOOL_EXECUTION",
    "refusal": "CONTENT_FILTER",
}


def chat_body(model: str, request: Request) -> dict[str, Any]:
    """Return the body of a request, without its length limit."""
    wanted = request.configuration
    body: dict[str, Any] = {"model": model, "messages": _messages(request)}
    system = "\n\n".join(one.text for one in request.messages if one.role == "system")
    if system:
        body["system"] = [{"type": "text", "text": system}]
    if request.tools:
        body["tools"] = [
            {"name": one.name, "description": one.description, "input_schema": one.parameters}
            for one in request.tools
        ]
    if wanted.prompt_caching:
        _cache(body)
    values = {"temperature": wanted.temperature, "top_p": wanted.top_p, "top_k": wanted.top_k}
    body.update({name: value for name, value in values.items() if value is not None})
    return body


def _cache(body: dict[str, Any]) -> None:
    """Mark where the part ends that is the same in every call."""
    for name in ("system", "tools"):
        if body.get(name):
            body[name][-1]["cache_control"] = {"type": "ephemeral"}


def _messages(request: Request) -> list[dict[str, Any]]:
    """Return the messages; answers of tools that follow one another are one message of the user."""
    sent: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        content = _content(message)
        if sent and sent[-1]["role"] == role:
            sent[-1]["content"] += content
        else:
            sent.append({"role": role, "content": content})
    return sent


def _content(message: Message) -> list[Any]:
    if isinstance(message.native, list):
        return list(message.native)
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.text}]
    content: list[dict[str, Any]] = [_block(one) for one in message.blocks]
    if message.text and not message.blocks:
        content.append({"type": "text", "text": message.text})
    for call in message.tool_calls:
        arguments = json.loads(call.arguments)
        content.append({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments})
    return content


def _block(block: Block) -> dict[str, Any]:
    if block.kind == "TEXT":
        return {"type": "text", "text": block.content}
    source = (
        {"type": "url", "url": block.content}
        if block.url
        else {"type": "base64", "media_type": block.media_type, "data": block.content}
    )
    return {"type": "image" if block.kind == "IMAGE" else "document", "source": source}


def reply_of(found: Mapping[str, Json]) -> Reply:
    """Return what an answer says."""
    parts = [one for one in found["content"] if isinstance(one, dict)]
    calls = tuple(
        ToolCall(one["id"], one["name"], json.dumps(one.get("input") or {}))
        for one in parts
        if one.get("type") == "tool_use"
    )
    thoughts = [str(one.get("thinking") or "") for one in parts if one.get("type") == "thinking"]
    return Reply(
        text="".join(str(one.get("text") or "") for one in parts if one.get("type") == "text"),
        usage=_usage(found.get("usage") or {}),
        finish=_FINISH.get(found.get("stop_reason"), "OTHER"),
        id=str(found.get("id") or ""),
        tool_calls=calls,
        thinking="\n".join(thoughts) or None,
        # Signed thoughts must come back unchanged before the answers of tools.
        native=parts if calls else None,
    )


def _usage(usage: Mapping[str, Json]) -> Usage:
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    given = sum(usage.get(name) or 0 for name in names) if usage else None
    written = usage.get("output_tokens")
    return Usage(given, written, None if given is None else given + (written or 0))
