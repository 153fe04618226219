"""What all Kafka tasks share: the client's settings, reaching the brokers, and what errors become."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from engine.errors import TaskFailure
from engine.plugin import Plugin, RunContext, StringMap
from engine.plugins._package import optional

logger = logging.getLogger(__name__)

_REACH_SECONDS = 30.0
_STEP_SECONDS = 0.5
_IGNORED: Final = frozenset(
    {
        "key.serializer",
        "value.serializer",
        "key.deserializer",
        "value.deserializer",
        "max.poll.records",
        "default.api.timeout.ms",
        "sasl.jaas.config",
        "sasl.login.callback.handler.class",
    }
)
"""Settings of the Java client that have no meaning here, or are translated."""
_JAAS: Final = re.compile(r"""(username|password)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^\s;]+))""")
_STORES: Final = ("ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type")


class KafkaProperties(Plugin):
    """Which brokers a task talks to, and how."""

    abstract: ClassVar[bool] = True

    properties: StringMap
    """Settings of the client; `bootstrap.servers` is needed. Keep passwords as secrets. Settings of the Java
    client are understood: `sasl.jaas.config` is translated, those without meaning are passed over."""
    serde_properties: StringMap = {}
    """Settings of serializers. None of the forms offered here has any."""

    def settings(self, ctx: RunContext, problems: list[Any]) -> dict[str, Any]:
        """Return the client's settings; what the brokers complain about is added to `problems`."""
        if not self.properties.get("bootstrap.servers"):
            raise TaskFailure(
                "properties: `bootstrap.servers` is missing; set it to host:port of a broker, or several "
                "with commas"
            )
        for name in _STORES:
            if name in self.properties:
                raise TaskFailure(
                    f"properties: `{name}` cannot be used, a Java key store is no certificate; put the PEM "
                    "text of the certificate into `ssl.ca.pem`"
                )
        passed = sorted(_IGNORED.intersection(self.properties) - {"sasl.jaas.config"})
        if passed:
            ctx.debug(f"properties: {', '.join(passed)} have no meaning here and are passed over")
        given = {name: value for name, value in self.properties.items() if name not in _IGNORED}
        return {
            **_login(self.properties.get("sasl.jaas.config")),
            **given,
            "error_cb": problems.append,
            "logger": logger,
        }


def _login(jaas: str | None) -> Mapping[str, str]:
    """Return name and password of a login line of the Java client."""
    if not jaas:
        return {}
    found = {
        match[1]: re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3] or match[4] or ""
        for match in _JAAS.finditer(jaas)
    }
    if set(found) != {"username", "password"}:
        raise TaskFailure(
            "properties: `sasl.jaas.config` holds no username and password; set `sasl.username` and "
            "`sasl.password` instead"
        )
    return {f"sasl.{name}": value for name, value in found.items()}


@contextmanager
def kafka_errors(doing: str) -> Iterator[None]:
    """Turn what the client raises into a TaskFailure that names `doing`."""
    failure = kafka("confluent_kafka").KafkaException
    try:
        yield
    except failure as error:
        raise TaskFailure(f"{doing} failed: {reason(error)}") from error


def reason(error: Any) -> str:
    """Return what an error of the client says."""
    inner = error.args[0] if getattr(error, "args", None) else error
    text = inner.str() if hasattr(inner, "str") else str(inner)
    if "No such configuration property" in text:
        return f"{text}; check `properties`"
    return text or str(inner)


def reached(ctx: RunContext, client: Any, problems: list[Any], servers: str) -> Any:
    """Wait until the brokers answer and return what topics there are; raises TaskFailure."""
    package = kafka("confluent_kafka")
    hopeless = {
        package.KafkaError._ALL_BROKERS_DOWN: "check `bootstrap.servers`",
        package.KafkaError._AUTHENTICATION: "check the login in `properties`",
        package.KafkaError._SSL: "check the certificates in `properties`",
    }
    end = time.monotonic() + _REACH_SECONDS
    while True:
        try:
            return client.list_topics(timeout=_STEP_SECONDS)
        except package.KafkaException as error:
            client.poll(0)
            found = next((item for item in problems if item.code() in hopeless), None)
            if found is not None:
                raise TaskFailure(
                    f"{servers} cannot be reached: {_said(problems)}; {hopeless[found.code()]}"
                ) from error
            if ctx.cancelled.is_set():
                raise TaskFailure("Stopped; no broker had answered yet") from error
            if time.monotonic() > end:
                raise TaskFailure(f"{servers} does not answer; check `bootstrap.servers`") from error


def _said(problems: list[Any]) -> str:
    return "; ".join(dict.fromkeys(problem.str() for problem in problems[:3]))


def kafka(name: str) -> Any:
    """Import a module of the Kafka client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="Kafka", extra="kafka")
