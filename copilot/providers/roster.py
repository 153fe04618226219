"""Several providers side by side, written in one YAML file, with a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from copilot.providers.port import Price, Provider
from copilot.providers.table import open_provider
from engine.errors import SettingsError, SourceError
from engine.model.json import Json
from engine.source.document import read_document


class ProviderSpec(BaseModel):
    """One provider as the file writes it. The key itself stays in the environment."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    name: str = Field(min_length=1, max_length=64)
    """Name shown in the choice of models."""

    kind: str = "openai"
    """`anthropic`, or a server that speaks OpenAI's chat API: openai, gemini, mistral, ollama, vllm …"""

    model: str = Field(min_length=1)
    """Name of the model."""

    base_url: str = ""
    """Address, where it is not the well-known one of the kind."""

    api_key_env: str = ""
    """Name of the environment variable that holds the key."""

    timeout_s: float = Field(default=120.0, gt=0)
    """Longest wait for a reply, in seconds."""

    input_price: float | None = Field(default=None, ge=0)
    """Price of a million tokens sent."""

    output_price: float | None = Field(default=None, ge=0)
    """Price of a million tokens answered."""

    default: bool = False
    """Whether this one is used when nothing is chosen."""

    @property
    def price(self) -> Price | None:
        """The price, if it is written down."""
        if self.input_price is None and self.output_price is None:
            return None
        return Price(self.input_price or 0.0, self.output_price or 0.0)


@dataclass(frozen=True, slots=True)
class Listed:
    """A provider that can be chosen."""

    name: str
    provider: Provider
    price: Price | None = None
    is_default: bool = False


def read_roster(text: str, environment: Mapping[str, str], *, place: str = "providers.yaml") -> list[Listed]:
    """Read `providers: [...]`; exactly one is the default, the first where none says so.

    Raises SettingsError that names the entry and what is wrong with it, never a key.
    """
    specs = [_spec(item, number, place) for number, item in enumerate(_items(text, place))]
    names = [spec.name for spec in specs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError(f"{place}: two providers are named '{twice}'; give each its own name")
    chosen = [spec.name for spec in specs if spec.default]
    if len(chosen) > 1:
        raise SettingsError(f"{place}: {' and '.join(chosen)} are both default; keep one `default: true`")
    default = chosen[0] if chosen else names[0]
    return [
        Listed(spec.name, _open(spec, environment, place), spec.price, spec.name == default) for spec in specs
    ]


def _items(text: str, place: str) -> list[Json]:
    try:
        data = read_document(text).data
    except SourceError as error:
        raise SettingsError(f"{place} is not valid YAML: {error}") from error
    items = data.get("providers") if isinstance(data, dict) else None
    if not isinstance(items, list) or not items:
        raise SettingsError(f"{place}: write a list `providers:` with `name`, `kind` and `model` of each")
    return items


def _spec(item: Json, number: int, place: str) -> ProviderSpec:
    try:
        return ProviderSpec.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{place}: providers[{number}].{where}: {first['msg'].lower()}") from None


def _open(spec: ProviderSpec, environment: Mapping[str, str], place: str) -> Provider:
    key = environment.get(spec.api_key_env, "") if spec.api_key_env else ""
    if spec.api_key_env and not key:
        raise SettingsError(f"{place}: '{spec.name}' takes its key from {spec.api_key_env}, which is not set")
    return open_provider(
        spec.kind, model=spec.model, base_url=spec.base_url, api_key=key, timeout_s=spec.timeout_s
    )
