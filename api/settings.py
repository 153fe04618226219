"""Settings: read once, from the environment and a `.env` file in the working directory."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from engine.errors import SettingsError

PREFIX = "FLOWSMITH_"
_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*?)\s*")


class Settings(BaseModel):
    """What the operator may choose. Each field is the variable `FLOWSMITH_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    home: Path = Path(".flowsmith")
    """Folder of the database, the files and the document index."""

    host: str = "127.0.0.1"
    """Address to listen on. Any other than loopback needs a username and a password."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""

    database_url: SecretStr | None = None
    """Database; by default SQLite in the home folder."""

    storage_url: str | None = None
    """Place of files, as fsspec writes it (`file:///data`, `s3://bucket/path`); by default in the home
    folder."""

    username: str | None = None
    """Name for basic authentication, usually an e-mail address."""

    password: SecretStr | None = None
    """Password for basic authentication. Unset together with the username: open, on loopback only."""

    audit_days: int = Field(default=365, ge=1)
    """How many days the audit log keeps who changed what."""

    trusted_proxies: str = ""
    """Addresses of reverse proxies, separated by `,`, whose `X-Forwarded-For` tells who asks; none by
    default, so that nobody can claim to be somewhere else."""

    llm_base_url: str | None = None
    """Address of an OpenAI-compatible model service; by default that of the `openai` package."""

    llm_api_key: SecretStr | None = None
    """Key of the model service; `OPENAI_API_KEY` works as well. Without one the copilot plans by rules."""

    llm_model: str | None = None
    """Name of the model that plans, answers and repairs."""

    llm_providers: Path | None = None
    """YAML file with more models to choose from; by default `providers.yaml` in the home folder, if it is
    there."""

    llm_daily_tokens: int = Field(default=0, ge=0)
    """Most tokens a day, sent and received, over all models; 0 is no limit."""

    mcp_writes: bool = False
    """Whether coding agents may save and run flows over MCP. Each time they still need a person's acceptance
    token (`flowsmith mcp accept`)."""

    embedder: str | None = None
    """How documents become vectors; by default the small MiniLM model. Where it cannot be had, search is by
    words only."""

    reranker: str | None = None
    """A cross-encoder, by name or folder, that orders the first passages again; needs `flowsmith[torch]`."""

    encryption_key: SecretStr | None = None
    """Key for SECRET inputs and `encrypt()`; by default one is made and kept in the home folder."""

    allowed_paths: str = ""
    """Folders of this machine that the `fs.local` tasks may use, separated by `:`; none by default."""

    max_requests: int = Field(default=1_000, ge=0)
    """Most requests answered at the same moment; more get 429 and when to try again. 0 is no limit."""

    max_followers: int = Field(default=5_000, ge=0)
    """Most clients that follow executions or wait for their end at the same moment; more get 429. 0 is no
    limit."""

    max_waiting: int = Field(default=50_000, ge=0)
    """Most task runs that may wait for a worker while executions are still taken by request; after that
    those who ask get 429. Schedules go on. 0 is no limit."""

    stop_seconds: float = Field(default=10.0, ge=0, le=3600)
    """How long running tasks may take to finish when the service is told to stop; those that take longer
    are interrupted, and started again at the next start."""

    namespace_queues: str = ""
    """In which queues executions wait, by namespace, for example `company.ml=gpu, company.data=data`; the
    same for every process. A flow's `workerGroup` goes first, what has neither waits in `default`."""

    keep_executions: str = ""
    """How long ended executions are kept with their logs and files: durations by namespace and state, for
    example `P90D, FAILED=P180D, company.dev=P7D, company.dev:FAILED=P30D`; without one, for ever."""

    keep_logs: str = ""
    """How long log entries are kept: durations by namespace, for example `P30D, company.dev=P7D`; without
    one, as long as their executions."""

    metrics: str = ""
    """Where a worker or a scheduler answers `/prometheus` and `/health`, as `host:port`: numbers only,
    without a login. Without one it listens nowhere; a server answers both at its own address."""

    log_format: Literal["text", "json"] = "text"
    """Form of the service's own log on the standard error stream: `text`, or one line of `json` an event."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """What the service's own log tells at least; `info` has a line for every request."""

    environment: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """The whole environment, `.env` included: `SECRET_*` and `ENV_*` go to the engine."""

    @property
    def needs_login(self) -> bool:
        """Whether requests must carry a name and a password."""
        return self.username is not None

    @property
    def url(self) -> str:
        """The address a browser on this machine uses."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def with_address(self, host: str | None, port: int | None) -> Settings:
        """Return the settings with another address, checked again."""
        changed = {"host": host or self.host, "port": self.port if port is None else port}
        settings = self.model_copy(update=changed)
        _check_together(settings)
        return settings


def read_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the settings; variables win over `.env`. Raises SettingsError with the fix."""
    given = os.environ if environment is None else environment
    merged = {**_read_env_file((folder or Path.cwd()) / ".env"), **given}
    values: dict[str, object] = {}
    for name, value in merged.items():
        if name.startswith(PREFIX) and value != "":
            values[_field(name)] = value
    if "llm_api_key" not in values and merged.get("OPENAI_API_KEY"):
        values["llm_api_key"] = merged["OPENAI_API_KEY"]
    try:
        settings = Settings(**values, environment=merged)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    _check_together(settings)
    return settings


def plain(secret: SecretStr | None) -> str | None:
    """Return what a secret setting holds."""
    return None if secret is None else secret.get_secret_value()


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached only from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _field(name: str) -> str:
    known = sorted(set(Settings.model_fields) - {"environment"})
    field = name.removeprefix(PREFIX).lower()
    if field in known and name.isupper():
        return field
    near = difflib.get_close_matches(field, known, n=1, cutoff=0.0)
    raise SettingsError(f"{name} is not a setting; did you mean {PREFIX}{near[0].upper()}?")


def _explain(error: ValidationError) -> str:
    """Name the variable and what is wrong with it, never its value: it may be a secret."""
    parts = [
        f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].lower()}" for problem in error.errors()
    ]
    return "; ".join(parts)


def _check_together(settings: Settings) -> None:
    if (settings.username is None) != (settings.password is None):
        missing = "PASSWORD" if settings.password is None else "USERNAME"
        raise SettingsError(
            f"{PREFIX}{missing} is missing: set both {PREFIX}USERNAME and {PREFIX}PASSWORD, or neither"
        )
    if not settings.needs_login and not is_loopback(settings.host):
        raise SettingsError(
            f"{settings.host} can be reached from other machines: set {PREFIX}USERNAME and {PREFIX}PASSWORD, "
            f"or listen on 127.0.0.1"
        )


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise SettingsError(f"{path.name}, line {number}: write NAME=value")
        found[match["name"]] = _unquoted(match["value"])
    return found


def _unquoted(value: str) -> str:
    if value[:1] in "'\"" and value[:1]:
        closing = value.find(value[0], 1)
        if closing > 0:
            return value[1:closing]
    return re.split(r"\s+#", value, maxsplit=1)[0]
