"""A provider that writes on a tape what another one says."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from copilot.errors import ProviderBusy, ProviderError
from copilot.evaluate.tape import Call, Head, Places, TapeError, line, named
from copilot.providers.port import Message, Price, Provider, Reply, Schema
from copilot.redact import redact
from engine.model.json import Json


class Recorder:
    """A provider that writes down what another one says. Raises TapeError when the file is there already.

    Replies are written as soon as they come, so that what an interrupted run has paid for is kept.
    """

    def __init__(
        self,
        path: Path,
        provider: Provider,
        *,
        made: datetime,
        price: Price | None = None,
        secret_values: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.places: Places = {}
        self._provider = provider
        self._path = path
        self._values = secret_values
        self._lock = threading.Lock()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(line(Head(provider.model, provider.name, made, price).to_json()))
        except FileExistsError:
            raise TapeError(f"{path} is there already; choose another name, or delete it first") from None
        except OSError as error:
            raise TapeError(f"{path}: the tape cannot be written: {error}") from error

    @property
    def name(self) -> str:
        """Name of the recorded provider."""
        return self._provider.name

    @property
    def model(self) -> str:
        """Name of the recorded model."""
        return self._provider.model

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Ask and write down, failures too."""
        call = Call.of(self.model, messages, schema, max_tokens, self.places)
        began = time.perf_counter()
        try:
            reply = await self._provider.complete(messages, schema=schema, max_tokens=max_tokens)
        except ProviderError as error:
            self._write(call, self._failure(error), began)
            raise
        self._write(call, self._reply(reply), began)
        return reply

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Pass the pieces on, write the whole reply down."""
        call = Call.of(self.model, messages, None, max_tokens, self.places)
        began = time.perf_counter()
        try:
            async for piece in self._provider.stream(messages, max_tokens=max_tokens):
                if isinstance(piece, Reply):
                    self._write(call, self._reply(piece), began)
                yield piece
        except ProviderError as error:
            self._write(call, self._failure(error), began)
            raise

    async def close(self) -> None:
        """Close the recorded provider."""
        await self._provider.close()

    def _reply(self, reply: Reply) -> dict[str, Json]:
        used = reply.usage
        return {
            "text": self._clean(reply.text),
            "cut": reply.cut,
            "tokens": [used.input_tokens, used.output_tokens],
        }

    def _failure(self, error: ProviderError) -> dict[str, Json]:
        wait = error.retry_after_s if isinstance(error, ProviderBusy) else None
        return {"error": error.code, "message": self._clean(error.message), "retryAfterS": wait}

    def _clean(self, text: str) -> str:
        return redact(named(text, self.places), self._values(), own=True).text

    def _write(self, call: Call, said: dict[str, Json], began: float) -> None:
        ms = round((time.perf_counter() - began) * 1000)
        clean = Call(
            call.model,
            tuple((role, redact(text, self._values(), own=True).text) for role, text in call.messages),
            call.schema,
            call.max_tokens,
        )
        written = {"key": call.key, **clean.to_json(), "said": said, "ms": ms}
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line(written))
