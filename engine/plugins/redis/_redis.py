"""What all Redis tasks share: the connection, the forms of values, and what errors become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin import Duration, Plugin, RunContext, Text
from engine.plugins._package import optional
from engine.plugins._records import json_text, plain_text

SerdeType = Literal["STRING", "JSON"]
_SECONDS = 10


class RedisProperties(Plugin):
    """Which Redis a task talks to."""

    abstract: ClassVar[bool] = True

    url: Text
    """Address of the server: `redis://user:password@host:6379/0`; with `rediss://` the connection is
    encrypted. Keep it as a secret when it holds a password."""

    @contextmanager
    def connected(self, ctx: RunContext, doing: str) -> Iterator[Any]:
        """Give a client that is closed at the end; its errors become a TaskFailure that names `doing`."""
        client = self._client()
        redis, where = redis_package("redis.exceptions"), self._where()
        try:
            with closing(client):
                yield client
        except redis.AuthenticationError as error:
            raise TaskFailure(
                f"{where} refused the login: {error}; check name and password in `url`"
            ) from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise TaskFailure(f"{where} cannot be reached: {error}; check host and port in `url`") from error
        except redis.RedisError as error:
            raise TaskFailure(f"{doing} failed: {error}") from error
        except UnicodeDecodeError as error:
            raise TaskFailure(f"{doing} failed: the value is not UTF-8 text") from error

    def _client(self) -> Any:
        package = redis_package("redis")
        retry = redis_package("redis.retry").Retry(redis_package("redis.backoff").NoBackoff(), 1)
        try:
            return package.Redis.from_url(
                self.url,
                decode_responses=True,
                socket_connect_timeout=_SECONDS,
                socket_timeout=_SECONDS,
                retry=retry,
            )
        except ValueError as error:
            raise TaskFailure(
                "url: not the address of a Redis server; write it like redis://user:password@host:6379/0"
            ) from error

    def _where(self) -> str:
        """Return host and port; the rest of the address may hold a password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


class Expiration(BaseModel):
    """When a value goes away."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    expiration_duration: Duration | None = None
    """How long the value is kept."""
    expiration_date: datetime | None = None
    """Until when the value is kept."""

    def at_ms(self, now: datetime) -> int | None:
        """Return the end in milliseconds since 1970; None: never. Raises TaskFailure when both are given."""
        if self.expiration_duration is not None and self.expiration_date is not None:
            raise TaskFailure("options: `expirationDuration` and `expirationDate` exclude each other")
        end = self.expiration_date
        if self.expiration_duration is not None:
            end = now + self.expiration_duration
        if end is None:
            return None
        return int((end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp() * 1000)


def written(value: Json, form: SerdeType, name: str) -> str:
    """Return what is sent for a value; raises TaskFailure when text should be JSON and is not."""
    return json_text(value, name) if form == "JSON" else plain_text(value)


def read(text: str | None, form: SerdeType, place: str) -> Json:
    """Return the value of what was stored; raises TaskFailure when it should be JSON and is not."""
    if text is None or form == "STRING":
        return text
    try:
        return loads(text)
    except ValueError as error:
        raise TaskFailure(
            f"{place} holds {text[:80]!r}, which is not JSON; use `serdeType: STRING`"
        ) from error


def redis_package(name: str) -> Any:
    """Import a module of the Redis client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="Redis", extra="redis")
