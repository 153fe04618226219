"""On a public holiday."""

from __future__ import annotations

import locale
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Text
from engine.plugins.core.condition._date import DateCondition

if TYPE_CHECKING:
    from datetime import datetime

    from engine.plugin import RunContext


class PublicHoliday(DateCondition):
    """Holds when the date is a public holiday of a country or of a part of it.

    Needs the package `holidays`. Fails without it, when the country or its part is not known, and when the
    text is no date.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Not on public holidays in France",
            """\
id: no-holidays
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 11 * * *"
    conditions:
      - type: io.kestra.plugin.core.condition.Not
        conditions:
          - type: io.kestra.plugin.core.condition.PublicHoliday
            country: FR
""",
            runnable=True,
        ),
    )

    country: Text | None = None
    """ISO code of the country, like `FR`; that of the server's language when left out."""

    sub_division: Text | None = None
    """Code of a part of the country, like `BY` or `DE-BY`."""

    def holds(self, ctx: RunContext) -> bool:
        """Look the date up."""
        return self._is_holiday(self.moment(ctx))

    def _is_holiday(self, moment: datetime) -> bool:
        try:
            holidays = import_module("holidays")
        except ImportError as error:
            raise TaskFailure(
                "PublicHoliday needs a package that is not installed here; run: pip install holidays"
            ) from error
        country = (self.country or _own_country()).upper()
        part = (self.sub_division or "").upper().removeprefix(f"{country}-") or None
        try:
            days = holidays.country_holidays(country, subdiv=part, years=moment.year)
            return moment.date() in days
        except NotImplementedError as error:
            raise TaskFailure(f"country: the holidays of '{country}' are not known: {error}") from error


def _own_country() -> str:
    language = locale.getlocale()[0] or ""
    country = language.partition("_")[2]
    if not country:
        raise TaskFailure("country: the server has no country of its own; write its ISO code, like FR")
    return country
