"""A finding: what is wrong with a flow, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR blocks saving and accepting; WARNING and INFO do not."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe repair: replace characters `start:end` of the source by `text`."""

    title: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `path` is like `tasks[2].level`; `line` and `column` count from 1.

    `code` is a stable kebab-case name of the rule (`unknown-type`, `unknown-property`,
    `missing-property`, `wrong-value`, `duplicate-id`, `undefined-variable`, `expression-syntax`,
    `yaml-syntax`, `deprecated` …). `suggestion` is the nearest valid name or the fix in words.
    """

    code: str
    message: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    severity: Severity = Severity.ERROR
    suggestion: str | None = None
    fix: Fix | None = None

    @property
    def blocking(self) -> bool:
        """Whether the flow cannot be saved or accepted with it."""
        return self.severity is Severity.ERROR

    @property
    def text(self) -> str:
        """`path: message; suggestion (line n)` — the same sentence in every interface."""
        head = f"{self.path}: {self.message}" if self.path else self.message
        if self.suggestion:
            head += f"; {self.suggestion}"
        return f"{head} (line {self.line})" if self.line else head
