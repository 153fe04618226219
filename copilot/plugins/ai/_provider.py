"""Model providers: what chats, embeds and draws, behind one set of methods."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._message import Message, Picture, Reply, ToolSpec, Vectors
from engine.errors import TaskFailure
from engine.plugin import Plugin, RunContext, Text

TIMEOUT_S = 120.0
"""Longest silence of a model when the task has no `timeout`."""

RETRIES = 2
"""Further tries of a request that met a limit, a server error or a broken connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One round of a chat."""

    messages: Sequence[Message]
    configuration: ChatConfiguration
    tools: Sequence[ToolSpec] = ()


class ModelProvider(Plugin):
    """A model of a provider. Calls raise TaskFailure with a sentence that says what to do, the key masked."""

    abstract: ClassVar[bool] = True

    default_url: ClassVar[str] = ""
    """The provider's public address."""

    model_name: Text
    """Name of the model, as the provider calls it."""

    base_url: Text | None = None
    """Address of the API; by default the provider's own, or what the operator set for this type."""

    client_pem: Text | None = None
    """Certificate and key of the client in PEM form, for servers that ask for one."""

    ca_pem: Text | None = None
    """Certificates in PEM form to trust instead of the system's."""

    def chat(self, ctx: RunContext, request: Request) -> Reply:
        """Return the answer to the messages."""
        raise TaskFailure(f"{self.name} has no chat models here; choose another provider for the chat")

    def embed(self, ctx: RunContext, texts: Sequence[str], kind: Literal["query", "passage"]) -> Vectors:
        """Return a vector for each text."""
        raise TaskFailure(
            f"{self.name} has no embedding models; choose another provider for the embeddings, "
            "for example OpenAI, GoogleGemini, Ollama or MiniLM"
        )

    def draw(self, ctx: RunContext, prompt: str) -> Picture:
        """Return an image made after a description."""
        raise TaskFailure(f"{self.name} makes no images; choose another provider, for example OpenAI")

    refuses: ClassVar[tuple[str, ...]] = ()
    """Settings of a chat the provider does not have: they are errors."""

    ignores: ClassVar[tuple[str, ...]] = ()
    """Settings the provider has, but not in the part of its API used here: left out with a warning."""

    def check(self, ctx: RunContext, configuration: ChatConfiguration) -> None:
        """Raise TaskFailure when a setting is given that the provider does not have."""
        refused = _given(self.refuses, configuration)
        if refused:
            raise TaskFailure(f"configuration: {self.name} has no {refused}; remove it")
        ignored = _given(self.ignores, configuration)
        if ignored:
            ctx.warn(f"configuration: {ignored} cannot be sent to {self.name} here and is left out")

    def patience_s(self, ctx: RunContext) -> float:
        """Return how many seconds to wait for the model: the task's `timeout`, else 120."""
        return TIMEOUT_S if ctx.time_limit is None else ctx.time_limit.total_seconds()

    @property
    def name(self) -> str:
        """Name of the provider, for people."""
        return type(self).__name__

    def address(self, ctx: RunContext) -> str:
        """Return the address of the API, without a slash at its end."""
        return (self.base_url or self.configured(ctx) or self.default_url).rstrip("/")

    def configured(self, ctx: RunContext) -> str | None:
        """Return the address the operator set for the type."""
        settings = ctx.world.settings.get(self.type_id)
        return str(settings["baseUrl"]) if isinstance(settings, dict) and settings.get("baseUrl") else None

    def verify(self) -> ssl.SSLContext | bool:
        """Return how the certificates of servers are checked."""
        if not self.ca_pem and not self.client_pem:
            return True
        try:
            context = ssl.create_default_context(cadata=self.ca_pem or None)
            if self.client_pem:
                # The ssl module reads a client's key from a file only.
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "client.pem"
                    path.touch(mode=0o600)
                    path.write_text(self.client_pem)
                    context.load_cert_chain(path)
        except (ssl.SSLError, ValueError) as error:
            raise TaskFailure(
                f"clientPem or caPem of {self.name} is no PEM text of certificates ({type(error).__name__})"
            ) from error
        return context


def _given(names: Sequence[str], configuration: ChatConfiguration) -> str:
    fields = type(configuration).model_fields
    given = [name for name in names if getattr(configuration, name) not in (None, False)]
    return " and ".join(f"`{fields[name].alias}`" for name in given)
