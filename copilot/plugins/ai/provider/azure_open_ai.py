"""Models of OpenAI on Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import model_validator

from copilot.plugins.ai import _failure
from copilot.plugins.ai._http import said
from copilot.plugins.ai._openai import OpenAICompatible
from copilot.plugins.ai._provider import RETRIES
from engine.plugin import RunContext, Text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_AUTHORITY = "https://login.microsoftonline.com"
_SCOPE = "https://cognitiveservices.azure.com/.default"


class AzureOpenAI(OpenAICompatible):
    """Models of OpenAI on Azure.

    Chats, embeds and makes images. `modelName` is the name of the deployment. Logs in with an API key, or as
    an application with `tenantId`, `clientId` and `clientSecret`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.AzureOpenAI",)
    draws: ClassVar[bool] = True

    endpoint: Text
    """Address of the resource, for example `https://my-resource.openai.azure.com/`."""

    api_key: Text | None = None
    """The API key, best kept as a secret."""

    tenant_id: Text | None = None
    """Tenant of the application."""

    client_id: Text | None = None
    """Id of the application."""

    client_secret: Text | None = None
    """Secret of the application, best kept as a secret."""

    service_version: Text = "2024-10-21"
    """Version of the API."""

    @model_validator(mode="after")
    def _logs_in(self) -> Self:
        if not self.api_key and not (self.tenant_id and self.client_id and self.client_secret):
            raise ValueError("AzureOpenAI needs `apiKey`, or `tenantId`, `clientId` and `clientSecret`")
        return self

    def key(self, ctx: RunContext) -> str | None:
        """Return what must not be read in a message: the API key or the secret."""
        return self.api_key or self.client_secret

    def address(self, ctx: RunContext) -> str:
        """Return the address of the resource."""
        return (self.base_url or self.endpoint).rstrip("/")

    def make_client(self, ctx: RunContext, http: Any) -> AsyncOpenAI:
        """Return Azure's client; `http` serves the login too."""
        from openai import AsyncAzureOpenAI

        login: dict[str, Any] = {"api_key": self.api_key}
        if not self.api_key:
            login = {"azure_ad_token_provider": lambda: self._token(ctx, http)}
        return AsyncAzureOpenAI(
            azure_endpoint=self.address(ctx),
            api_version=self.service_version,
            timeout=self.patience_s(ctx),
            max_retries=RETRIES,
            http_client=http,
            **login,
        )

    async def _token(self, ctx: RunContext, http: Any) -> str:
        """Log in as the application (OAuth 2, client credentials)."""
        settings = ctx.world.settings.get(self.type_id)
        authority = settings.get("authority") if isinstance(settings, dict) else None
        url = f"{authority or _AUTHORITY}/{self.tenant_id}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": _SCOPE,
        }
        answer = await http.post(url, data=form)
        if answer.status_code >= 400:
            raise _failure.refused(
                "The login of AzureOpenAI",
                self.model_name,
                url,
                401 if answer.status_code == 400 else answer.status_code,
                said(answer.text),
                keys=[self.client_secret or ""],
            )
        return str(answer.json()["access_token"])
