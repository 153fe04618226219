"""Between two dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from engine.plugin import Example, Text
from engine.plugins.core.condition._date import DateCondition, read_moment

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DateTimeBetween(DateCondition):
    """Holds when the date is after one moment, before another, or both; the moments themselves do not count.

    Fails when neither `after` nor `before` is given, or a text is no date.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only in 2026",
            """\
id: in-2026
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "@daily"
    conditions:
      - type: io.kestra.plugin.core.condition.DateTimeBetween
        after: "2025-12-31T23:59:59Z"
        before: "2027-01-01T00:00:00Z"
""",
            runnable=True,
        ),
    )

    after: Text | None = None
    """The date must be after this one."""

    before: Text | None = None
    """The date must be before this one."""

    @model_validator(mode="after")
    def _something(self) -> DateTimeBetween:
        if self.after is None and self.before is None:
            raise ValueError("give `after`, `before` or both")
        return self

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        moment = self.moment(ctx)
        if self.after is not None and moment <= read_moment(ctx, self.after):
            return False
        return self.before is None or moment < read_moment(ctx, self.before)
