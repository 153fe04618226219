"""`jdbc:mysql:` addresses, as PyMySQL takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from engine.errors import TaskFailure

_SCHEMES = ("jdbc:mysql:", "jdbc:mariadb:")
_FORM = "write it like jdbc:mysql://localhost:3306/database"
_CHARSETS = {"utf-8": "utf8mb4", "utf8": "utf8mb4"}
_FULL: Final = ("VERIFY_IDENTITY", "VERIFY_CA", "REQUIRED", "PREFERRED", "DISABLED")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, with further options of the driver."""

    host: str
    port: int
    database: str | None
    options: Mapping[str, Any] = field(default_factory=dict)


def address_of(url: str) -> Address:
    """Read an address; raises TaskFailure. Parameters only a JVM knows are left out; `allowMultiQueries`
    is not needed, as `Queries` sends one statement after the other.
    """
    scheme = next((scheme for scheme in _SCHEMES if url.startswith(scheme)), None)
    shown = url.partition("?")[0]
    if scheme is None or not url.removeprefix(scheme).startswith("//"):
        raise TaskFailure(f"url: '{shown}' is not a MySQL address; {_FORM}")
    place, _, query = url.removeprefix(scheme)[2:].partition("?")
    server, _, database = place.partition("/")
    login, at, server = server.rpartition("@")
    host, port = _host_and_port(server.partition(",")[0], shown)
    options: dict[str, Any] = {}
    if at:
        user, colon, password = login.partition(":")
        options["user"] = unquote(user)
        if colon:
            options["password"] = unquote(password)
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    options |= _driver_options(parameters, shown)
    return Address(host, port, unquote(database) or None, options)


def _host_and_port(server: str, shown: str) -> tuple[str, int]:
    if server.startswith("["):
        host, _, rest = server[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = server.partition(":")
    if port and not port.isdigit():
        raise TaskFailure(f"url: '{port}' in '{shown}' is not a port; {_FORM}")
    return host or "localhost", int(port or 3306)


def _driver_options(parameters: Mapping[str, str], shown: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name in ("user", "password"):
        if name in parameters:
            options[name] = parameters[name]
    charset = parameters.get("characterEncoding", "").lower()
    if charset:
        options["charset"] = _CHARSETS.get(charset, charset)
    for name, ours in (("connectTimeout", "connect_timeout"), ("socketTimeout", "read_timeout")):
        text = parameters.get(name, "")
        if text and not text.isdigit():
            raise TaskFailure(f"url: '{text}' of '{name}' in '{shown}' is not a number of milliseconds")
        if text and int(text):
            options[ours] = max(1, int(text) // 1000)
    return {**options, **_tls(parameters, shown)}


def _tls(parameters: Mapping[str, str], shown: str) -> dict[str, Any]:
    """Return TLS options: `sslMode`, or the older `useSSL`, `requireSSL`, `verifyServerCertificate`."""
    mode = parameters.get("sslMode", "").upper().replace("-", "_")
    if not mode and parameters.get("useSSL", "").lower() == "true":
        strict = parameters.get("verifyServerCertificate", "true").lower() == "true"
        mode = "VERIFY_CA" if strict else "REQUIRED"
    mode = {"DISABLE": "DISABLED", "TRUST": "REQUIRED", "VERIFY_FULL": "VERIFY_IDENTITY"}.get(mode, mode)
    if not mode:
        return {}
    if mode not in _FULL:
        raise TaskFailure(
            f"url: '{mode}' of 'sslMode' in '{shown}' is not known; use one of {', '.join(_FULL)}"
        )
    if mode == "DISABLED":
        return {"ssl_disabled": True}
    verified = mode in ("VERIFY_CA", "VERIFY_IDENTITY")
    authority = parameters.get("serverSslCert") or None
    return {
        "ssl_ca": authority,
        "ssl_verify_cert": verified,
        "ssl_verify_identity": mode == "VERIFY_IDENTITY",
        **({"ssl": {"verify_mode": "none", "check_hostname": False}} if mode == "REQUIRED" else {}),
    }
