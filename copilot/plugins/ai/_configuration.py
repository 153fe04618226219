"""How a model answers: sampling, limits, thinking, and the form of the answer."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from engine.plugin import Part, Text


class ResponseFormat(Part):
    """The form of the answer: text, or JSON that may have to follow a schema."""

    type: Literal["TEXT", "JSON"] = "TEXT"
    """`TEXT` for an answer in words, `JSON` for one that is parsed into `jsonOutput`."""

    json_schema: dict[str, Any] | None = None
    """The JSON schema the answer follows; only with `JSON`."""

    json_schema_description: Text | None = None
    """What the schema is for, for the model."""

    strict_json: bool = False
    """Hold the model to the schema where the provider can; only with `JSON`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.type == "TEXT" and (self.json_schema is not None or self.strict_json):
            raise ValueError("`jsonSchema` and `strictJson` need `type: JSON`")
        return self


class ChatConfiguration(Part):
    """What to tell the model besides the messages; what is left out is the provider's own default."""

    temperature: float | None = None
    """How much chance plays a part: 0 for the same answer again, up to 1 or 2 for variety."""

    top_k: int | None = None
    """Choose among this many likeliest tokens. OpenAI, Mistral and their likes have no such setting."""

    top_p: float | None = None
    """Choose among the likeliest tokens that together have this probability, 0 to 1."""

    seed: int | None = None
    """Number that makes answers repeatable, as far as the provider can. Anthropic has no such setting."""

    max_token: int | None = None
    """Longest answer, in tokens."""

    log_requests: bool = False
    """Write what is sent to the model to the log, at DEBUG."""

    log_responses: bool = False
    """Write what the model answers to the log, at DEBUG."""

    thinking_enabled: bool | None = None
    """Let the model think before it answers, where it can."""

    thinking_budget_tokens: int | None = None
    """How many tokens it may think."""

    return_thinking: bool | None = None
    """Give its thoughts as the output `thinking`."""

    prompt_caching: bool | None = None
    """Let the provider keep the beginning of the prompt for the next call (Anthropic; others always do)."""

    response_format: ResponseFormat | None = None
    """The form of the answer. Anthropic has no such setting."""

    @property
    def wants_json(self) -> bool:
        """Whether the answer is to be JSON."""
        return self.response_format is not None and self.response_format.type == "JSON"
