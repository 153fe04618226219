"""How HTTP requests are made: time limits, proxy, authentication, TLS, which answers count as failures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from pydantic import Field

from engine.plugin import Duration, Part, Text


class Timeouts(Part):
    """Time limits."""

    connect_timeout: Duration | None = None
    """How long connecting may take; 30 seconds when left out."""

    read_idle_timeout: Duration = timedelta(minutes=5)
    """How long the server may send nothing."""


class Proxy(Part):
    """A proxy between this service and the server."""

    type: Literal["DIRECT", "HTTP", "SOCKS"] = "DIRECT"
    """`DIRECT` uses none."""

    address: Text | None = None
    """Host name of the proxy."""

    port: int | None = None
    """Port of the proxy."""

    username: Text | None = None
    """User of the proxy."""

    password: Text | None = None
    """Password of the proxy."""


class Auth(Part):
    """Authentication."""

    type: Literal["BASIC", "BEARER", "DIGEST"]
    """`BASIC` and `DIGEST` use `username` and `password`, `BEARER` uses `token`."""

    username: Text | None = None
    """User name."""

    password: Text | None = None
    """Password."""

    token: Text | None = None
    """Token."""


class Ssl(Part):
    """TLS."""

    insecure_trust_all_certificates: bool = False
    """Accept any certificate. Only for tests: anybody on the way can then read and change everything."""


LogPart = Literal["REQUEST_HEADERS", "REQUEST_BODY", "RESPONSE_HEADERS", "RESPONSE_BODY"]


class Options(Part):
    """Options of requests."""

    timeout: Timeouts = Timeouts()
    """Time limits."""

    proxy: Proxy | None = None
    """A proxy."""

    auth: Auth | None = None
    """Authentication."""

    ssl: Ssl | None = None
    """TLS."""

    follow_redirects: bool = True
    """Whether redirects are followed."""

    allow_failed: bool = False
    """Whether status codes of 400 and more are fine."""

    allowed_response_codes: Sequence[int] | None = None
    """If given, only these status codes are fine, whatever `allowFailed` says."""

    default_charset: Text = "UTF-8"
    """Character set of the body."""

    logs: Sequence[LogPart] | None = None
    """What is written to the log of the execution."""

    connect_timeout: Duration | None = None
    """Deprecated: `timeout.connectTimeout`."""

    read_timeout: Duration | None = None
    """Deprecated: `timeout.readIdleTimeout`."""

    proxy_type: Literal["DIRECT", "HTTP", "SOCKS"] | None = None
    """Deprecated: `proxy.type`."""

    proxy_address: Text | None = None
    """Deprecated: `proxy.address`."""

    proxy_port: int | None = None
    """Deprecated: `proxy.port`."""

    proxy_username: Text | None = None
    """Deprecated: `proxy.username`."""

    proxy_password: Text | None = None
    """Deprecated: `proxy.password`."""

    basic_auth_user: Text | None = None
    """Deprecated: `auth.username`."""

    basic_auth_password: Text | None = None
    """Deprecated: `auth.password`."""

    log_level: Text | None = None
    """Deprecated: `logs`. Without effect."""

    read_idle_timeout: Duration | None = None
    """Deprecated and without effect: `timeout.readIdleTimeout`."""

    connection_pool_idle_timeout: Duration | None = None
    """Deprecated and without effect: every run opens its own connection."""

    max_content_length: int | None = Field(default=None)
    """Deprecated and without effect."""

    @property
    def effective_proxy(self) -> Proxy | None:
        """The proxy, from the present or from the deprecated properties; None for a direct connection."""
        proxy = self.proxy
        if proxy is None and self.proxy_address is not None:
            proxy = Proxy(
                type=self.proxy_type or "HTTP",
                address=self.proxy_address,
                port=self.proxy_port,
                username=self.proxy_username,
                password=self.proxy_password,
            )
        return None if proxy is None or proxy.type == "DIRECT" else proxy

    @property
    def effective_auth(self) -> Auth | None:
        """The authentication, from the present or from the deprecated properties."""
        if self.auth is None and self.basic_auth_user is not None:
            return Auth(type="BASIC", username=self.basic_auth_user, password=self.basic_auth_password)
        return self.auth

    @property
    def seconds(self) -> tuple[float, float]:
        """Time limits of connecting and of idle reading, in seconds."""
        connect = self.timeout.connect_timeout or self.connect_timeout or timedelta(seconds=30)
        idle = self.read_timeout if self.read_timeout is not None else self.timeout.read_idle_timeout
        return connect.total_seconds(), idle.total_seconds()
