"""A model's reply as data: fences, thinking text and chatter around the JSON are taken away."""

from __future__ import annotations

import json
import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from copilot.errors import MissingPlugin, NeedInfo, OffTopic, Refusal, ReplyError
from copilot.providers.port import Reply
from engine.model.json import Json

M = TypeVar("M", bound=BaseModel)

_THINKING = re.compile(r"<(think|thinking|reasoning|thought)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_LATE_END = re.compile(r"\A.*?</(?:think|thinking|reasoning|thought)>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_SAID_NO = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able)|i can(?:no|')t|cannot (?:help|assist|do)|unable to)\b",
    re.IGNORECASE,
)
_REFUSALS: dict[str, type[Refusal]] = {
    "off-topic": OffTopic,
    "missing-plugin": MissingPlugin,
    "need-info": NeedInfo,
}


def without_thinking(text: str) -> str:
    """Return the text without what a model thought aloud."""
    text = _THINKING.sub("", text)
    return _LATE_END.sub("", text).strip()


def json_of(reply: Reply) -> Json:
    """Return the JSON object of a reply. Raises ReplyError that says what came instead."""
    text = without_thinking(reply.text)
    candidates = [match[1] for match in _FENCE.finditer(text)] + [text]
    for candidate in candidates:
        found = _object_in(candidate)
        if found is not None:
            return found
    if reply.cut:
        raise ReplyError(
            "The model's answer was cut off before its end; ask for less at once, or try again.",
            reply=reply.text,
        )
    if _SAID_NO.search(text):
        raise ReplyError(f"The model declined: {' '.join(text.split())[:200]}", reply=reply.text)
    what = "nothing but thinking" if not text else f"'{' '.join(text.split())[:80]}'"
    raise ReplyError(
        f"The model answered {what} instead of a plan; try again, or choose another model.", reply=reply.text
    )


def _object_in(text: str) -> Json | None:
    decoder = json.JSONDecoder(strict=False)
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            try:
                found, _ = decoder.raw_decode(re.sub(r",(\s*[}\]])", r"\1", text[start:]))
            except json.JSONDecodeError:
                found = None
        if isinstance(found, dict):
            return found
        start = (
            text.find("{", start + 1) if text[start + 1 : start + 200].strip()[:1] not in ('"', "'") else -1
        )
    return None


def read(reply: Reply, shape: type[M]) -> M:
    """Return the reply as a plan or an edit. Raises the refusal the model wrote, or ReplyError."""
    found = json_of(reply)
    refusal = found.pop("refusal", None)
    if (
        isinstance(refusal, dict)
        and refusal.get("reason") in _REFUSALS
        and not found.get("steps")
        and not found.get("operations")
    ):
        missing = [str(item) for item in refusal.get("missing") or ()]
        raise _REFUSALS[str(refusal["reason"])](
            str(refusal.get("message") or refusal["reason"]), missing=missing
        )
    for wrapper in ("plan", "edit", "flow"):
        if isinstance(found.get(wrapper), dict) and not (found.get("steps") or found.get("operations")):
            found = found[wrapper]
    known = set(shape.model_fields) | {field.alias for field in shape.model_fields.values()}
    try:
        return shape.model_validate({key: item for key, item in found.items() if key in known})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReplyError(
            f"The model's plan does not fit at {place}: {first['msg']}.", reply=reply.text
        ) from error
