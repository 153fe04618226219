"""`jdbc:postgresql:` addresses, as libpq reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from engine.errors import TaskFailure

_SCHEME = "jdbc:postgresql:"
_NAMES: Final[Mapping[str, str]] = {
    "user": "user",
    "password": "password",
    "ApplicationName": "application_name",
    "connectTimeout": "connect_timeout",
    "loginTimeout": "connect_timeout",
    "sslmode": "sslmode",
    "sslrootcert": "sslrootcert",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "sslpassword": "sslpassword",
    "gssEncMode": "gssencmode",
    "channelBinding": "channel_binding",
    "options": "options",
}
_SERVERS = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferSecondary": "prefer-standby",
    "preferPrimary": "any",
}


def libpq_options(url: str) -> dict[str, str]:
    """Return connection options of libpq; raises TaskFailure. Parameters only a JVM knows are left out."""
    if not url.startswith(_SCHEME):
        raise TaskFailure(
            f"url: '{_without_password(url)}' is not a PostgreSQL address; "
            f"write it like jdbc:postgresql://localhost:5432/database"
        )
    place, _, query = url.removeprefix(_SCHEME).partition("?")
    options = _place(place, url)
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _NAMES:
            options[_NAMES[name]] = value
        elif name == "currentSchema":
            options["options"] = f"{options.get('options', '')} -c search_path={_escaped(value)}".strip()
        elif name == "targetServerType" and value in _SERVERS:
            options["target_session_attrs"] = _SERVERS[value]
        elif name == "tcpKeepAlive":
            options["keepalives"] = "1" if value == "true" else "0"
        elif name == "ssl" and value in ("true", ""):
            options.setdefault("sslmode", "verify-full")
    return options


def _place(place: str, url: str) -> dict[str, str]:
    if not place.startswith("//"):
        database = place.strip("/")
        return {"host": "localhost", **({"dbname": unquote(database)} if database else {})}
    servers, _, database = place[2:].partition("/")
    hosts, ports = [], []
    for server in servers.split(","):
        server = server.rpartition("@")[2]
        host, port = _host_and_port(server)
        if port and not port.isdigit():
            raise TaskFailure(
                f"url: '{port}' in '{_without_password(url)}' is not a port; "
                f"write it like jdbc:postgresql://localhost:5432/database"
            )
        hosts.append(host or "localhost")
        ports.append(port or "5432")
    options = {"host": ",".join(hosts), "port": ",".join(ports)}
    if database:
        options["dbname"] = unquote(database)
    return options


def _host_and_port(server: str) -> tuple[str, str]:
    if server.startswith("["):
        host, _, rest = server[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = server.partition(":")
    return host, port


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _without_password(url: str) -> str:
    return url.partition("?")[0]
