"""JSON exchanged with model servers that do not speak OpenAI's API."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from copilot.plugins.ai import _failure
from copilot.plugins.ai._provider import RETRIES, TIMEOUT_S, ModelProvider
from engine.model.json import Json

_AGAIN = (408, 409, 429, 500, 502, 503, 504, 529)
_LONGEST_WAIT_S = 30.0


async def exchange(
    provider: ModelProvider,
    url: str,
    body: Json,
    *,
    headers: Mapping[str, str],
    keys: Sequence[str],
    timeout_s: float = TIMEOUT_S,
    retries: int = RETRIES,
) -> dict[str, Json]:
    """Post JSON and return the JSON map of the answer; raises TaskFailure.

    Limits, server errors and broken connections are tried again, when the server says so or after 0.5, 1, …
    seconds. `keys` are masked in errors.
    """
    import httpx

    async with httpx.AsyncClient(timeout=timeout_s, verify=provider.verify()) as client:
        for attempt in range(retries + 1):
            last = attempt == retries
            try:
                answer = await client.post(url, json=body, headers=dict(headers))
            except httpx.TimeoutException as error:
                raise _failure.silent(provider.name, provider.model_name, url, timeout_s) from error
            except httpx.TransportError as error:
                if last:
                    raise _failure.unreachable(provider.name, url, error) from error
                await asyncio.sleep(0.5 * 2**attempt)
                continue
            if answer.status_code < 400:
                return _map(provider, url, answer)
            wait = answer.headers.get("retry-after", "")
            if last or answer.status_code not in _AGAIN:
                raise _failure.refused(
                    provider.name,
                    provider.model_name,
                    url,
                    answer.status_code,
                    said(answer.text),
                    keys=keys,
                    wait=wait or None,
                )
            told = float(wait) if re.fullmatch(r"\d+(\.\d+)?", wait) else 0.5 * 2**attempt
            await asyncio.sleep(min(told, _LONGEST_WAIT_S))
    raise AssertionError("the last attempt returns or raises")


def _map(provider: ModelProvider, url: str, answer: Any) -> dict[str, Json]:
    try:
        found = answer.json()
    except ValueError as error:
        raise _failure.unreadable(provider.name, url) from error
    if not isinstance(found, dict):
        raise _failure.unreadable(provider.name, url)
    return found


def said(text: str) -> str:
    """Return the message in the body of an error, or the body itself."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if isinstance(found, list) and found:
        found = found[0]
    inner = found.get("error", found) if isinstance(found, dict) else found
    return str(inner.get("message") or inner) if isinstance(inner, dict) else str(inner)
