"""Chats in the form of OpenAI's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._message import Block, Finish, Message, Reply, ToolCall, ToolSpec, Usage
from copilot.plugins.ai._provider import Request
from engine.errors import TaskFailure

_FINISH: Mapping[str | None, Finish] = {
    "stop": "STOP",
    "length": "LENGTH",
    "tool_calls": "TOOL_EXECUTION",
    "function_call": "TOOL_EXECUTION",
    "content_filter": "CONTENT_FILTER",
}


def chat_body(model: str, request: Request, length_parameter: str) -> dict[str, Any]:
    """Return the arguments of a chat request."""
    wanted = request.configuration
    body: dict[str, Any] = {"model": model, "messages": [_message(one) for one in request.messages]}
    values = {
        "temperature": wanted.temperature,
        "top_p": wanted.top_p,
        "seed": wanted.seed,
        length_parameter: wanted.max_token,
    }
    body.update({name: value for name, value in values.items() if value is not None})
    if request.tools:
        body["tools"] = [_tool(one) for one in request.tools]
    if wanted.wants_json:
        body["response_format"] = response_format(wanted)
    return body


def response_format(wanted: ChatConfiguration) -> dict[str, Any]:
    """Return how JSON is asked for: with the schema where there is one."""
    form = wanted.response_format
    if form is None or form.json_schema is None:
        return {"type": "json_object"}
    schema = {"name": _name(form.json_schema), "schema": form.json_schema, "strict": form.strict_json}
    if form.json_schema_description:
        schema["description"] = form.json_schema_description
    return {"type": "json_schema", "json_schema": schema}


def _name(schema: Mapping[str, Any]) -> str:
    title = "".join(letter if letter.isalnum() else "_" for letter in str(schema.get("title") or "answer"))
    return title[:64]


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}
    content: Any = [_block(one) for one in message.blocks] if message.blocks else message.text
    sent: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        sent["content"] = message.text or None
        sent["tool_calls"] = [_call(one) for one in message.tool_calls]
    if isinstance(message.native, dict):
        sent.update(message.native)
    return sent


def _block(block: Block) -> dict[str, Any]:
    if block.kind == "TEXT":
        return {"type": "text", "text": block.content}
    url = block.content if block.url else f"data:{block.media_type};base64,{block.content}"
    if block.kind == "IMAGE":
        return {"type": "image_url", "image_url": {"url": url}}
    if block.url:
        raise TaskFailure(f"contentBlocks: '{block.content}' is a PDF at an address; download it first")
    return {"type": "file", "file": {"filename": "document.pdf", "file_data": url}}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def reply_of(answer: Any) -> Reply:
    """Return what a chat completion says."""
    choice = answer.choices[0]
    message = choice.message
    calls = [one for one in message.tool_calls or () if getattr(one, "function", None) is not None]
    thinking = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    finish = _FINISH.get(choice.finish_reason, "OTHER")
    # What a server adds to its tool calls (Gemini: signed thoughts) must come back in the next round.
    signed = any(one.model_extra for one in calls)
    # Some servers end a wish for tools with `stop`.
    return Reply(
        text=message.content or getattr(message, "refusal", None) or "",
        usage=usage_of(answer.usage),
        finish="TOOL_EXECUTION" if calls and finish == "STOP" else finish,
        id=str(answer.id or ""),
        tool_calls=tuple(
            ToolCall(one.id or f"call_{number}", one.function.name, one.function.arguments or "{}")
            for number, one in enumerate(calls)
        ),
        thinking=thinking if isinstance(thinking, str) else None,
        native={"tool_calls": [one.model_dump(exclude_none=True) for one in calls]} if signed else None,
    )


def usage_of(found: Any) -> Usage:
    """Return the tokens of an answer."""
    if found is None:
        return Usage()
    given, written = found.prompt_tokens, getattr(found, "completion_tokens", None)
    total = found.total_tokens
    return Usage(given, written, total if total is not None else (given or 0) + (written or 0))
