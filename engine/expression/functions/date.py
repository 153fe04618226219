"""Functions that give dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.expression.environment import Env
from engine.expression.filters.date import date
from engine.model import moment
from engine.model.json import Json


def now(
    format_: Json = "iso",
    time_zone: Json = None,
    existing_format: Json = None,
    locale: Json = None,
    *,
    env: Env,
) -> Json:
    """Return the current time as text.

    format: how to write it, as for the filter `date`
    timeZone: the zone to write it in; the server's when left out
    existingFormat: has no meaning here
    locale: the language of month and day names; only English is known

    `{{ now() | length }}` -> `27`
    `{{ now('yyyy') | length }}` -> `4`
    """
    return date(moment.now(), format_, time_zone, existing_format, locale, env=env)


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {"now": now}
