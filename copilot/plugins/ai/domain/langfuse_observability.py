"""Records of what models did, in Langfuse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from copilot.plugins.ai._conversation import Talk
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._observability import Observability
from copilot.plugins.ai._provider import ModelProvider
from engine.model.id import new_id
from engine.plugin import RunContext, Text

_TIMEOUT_S = 10.0


class LangfuseObservability(Observability):
    """Send each chat to Langfuse as a trace with one generation.

    When Langfuse cannot be reached the log has a warning; the task goes on.
    """

    endpoint: Text = "https://cloud.langfuse.com"
    """Address of the Langfuse server."""

    public_key: Text
    """The public key of the project."""

    secret_key: Text
    """The secret key of the project, best kept as a secret."""

    capture_prompt: bool = True
    """Send what was asked."""

    capture_completion: bool = True
    """Send what was answered."""

    capture_tool_calls: bool = True
    """Send which tools were used."""

    def record(self, ctx: RunContext, provider: ModelProvider, asked: Sequence[Message], talk: Talk) -> None:
        """Post the trace to the ingestion API."""
        import httpx

        url = f"{self.endpoint.rstrip('/').removesuffix('/api/public/otel')}/api/public/ingestion"
        try:
            answer = httpx.post(
                url,
                json={"batch": self._events(ctx, provider, asked, talk)},
                auth=(self.public_key, self.secret_key),
                timeout=_TIMEOUT_S,
            )
        except httpx.HTTPError as error:
            ctx.warn(f"Langfuse at {self.endpoint} cannot be reached: {type(error).__name__}")
            return
        if answer.status_code >= 400:
            ctx.warn(f"Langfuse at {self.endpoint} refused the record with status {answer.status_code}")

    def _events(
        self, ctx: RunContext, provider: ModelProvider, asked: Sequence[Message], talk: Talk
    ) -> list[dict[str, Any]]:
        end = ctx.clock()
        trace = new_id()
        question = [{"role": one.role, "content": one.text} for one in asked] if self.capture_prompt else None
        reply = talk.reply.text if self.capture_completion else None
        usage = talk.reply.usage
        metadata: dict[str, Any] = {"executionId": ctx.where.execution_id, "taskId": ctx.where.task_id}
        if self.capture_tool_calls:
            metadata["tools"] = [one.request_name for one in talk.executions]
        name = f"{ctx.where.namespace}.{ctx.where.flow_id}.{ctx.where.task_id}"
        shared = {"name": name, "input": question, "output": reply, "metadata": metadata}
        generation = {
            **shared,
            "id": new_id(),
            "traceId": trace,
            "model": provider.model_name,
            "startTime": (end - timedelta(milliseconds=talk.duration_ms)).isoformat(),
            "endTime": end.isoformat(),
            "usage": {"input": usage.input, "output": usage.output, "total": usage.total, "unit": "TOKENS"},
        }
        return [
            _event(
                "trace-create", end.isoformat(), {**shared, "id": trace, "sessionId": ctx.where.execution_id}
            ),
            _event("generation-create", end.isoformat(), generation),
        ]


def _event(kind: str, timestamp: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"id": new_id(), "type": kind, "timestamp": timestamp, "body": body}
