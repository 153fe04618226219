"""Everything the engine raises, as one tree.

FlowsmithError
├── FlowError                     the flow's author can fix it
│   ├── SourceError               the YAML text does not parse
│   ├── FlowInvalid               the flow breaks rules of the language; carries findings
│   ├── ExpressionError           a template could not be compiled or rendered
│   │   ├── ExpressionSyntaxError
│   │   └── UndefinedError        the one error that `??`, `default` and `is defined` catch
│   ├── CheckFailed               a check of the flow forbids this execution
│   ├── InputInvalid              the values given for the inputs do not fit; carries all problems
│   └── TaskFailure               a task says why it failed; may carry outputs
├── NotFound                      flow, execution, file, key … does not exist
├── Conflict                      the thing exists already, or its state forbids the operation
│   ├── FlowDisabled
│   └── OwnerLost                 this process was taken for dead; others go on with what it ran
├── Expired                       the key-value entry had an expiry and it has passed
├── ForbiddenPath                 a path or address leaves the place it belongs to
└── OperatorError                 the person running the service can fix it
    ├── SettingsError
    └── StorageError              database or file storage cannot be used
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.model.finding import Finding
    from engine.model.json import Json


class FlowsmithError(Exception):
    """Root of all errors raised on purpose."""

    @property
    def message(self) -> str:
        """The sentence a person needs."""
        return str(self)


class FlowError(FlowsmithError):
    """The author of the flow can fix it."""


class SourceError(FlowError):
    """The YAML text does not parse; `line` and `column` count from 1."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message if line is None else f"{message} (line {line})")
        self.line = line
        self.column = column


class FlowInvalid(FlowError):
    """The flow breaks rules of the language; `findings` says which and where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(finding.text for finding in findings if finding.blocking))
        self.findings = tuple(findings)


class ExpressionError(FlowError):
    """A template could not be compiled or rendered; positions count from 1 inside the template text."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class ExpressionSyntaxError(ExpressionError):
    """The template is not well formed."""


class UndefinedError(ExpressionError):
    """A variable, attribute or index does not exist. Only this error is caught by `??`, `???`, `default`."""


class InputInvalid(FlowError):
    """Values for inputs do not fit; `problems` maps the input's id to its message, all reported together."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"Invalid input for `{key}`, {text}" for key, text in problems.items()))
        self.problems = dict(problems)


class CheckFailed(FlowError):
    """A check of the flow forbids this execution; the message is the check's own."""


class TaskFailure(FlowError):
    """Raised by a plugin: the task ends FAILED with this message, and keeps the outputs given here."""

    def __init__(self, message: str, *, outputs: Mapping[str, Json] | None = None) -> None:
        super().__init__(message)
        self.outputs = outputs


class NotFound(FlowsmithError):
    """The named thing does not exist."""


class Conflict(FlowsmithError):
    """The thing exists already, or its state forbids the operation."""


class FlowDisabled(Conflict):
    """The flow is disabled, so it cannot be executed."""


class OwnerLost(Conflict):
    """This process was taken for dead: others go on with what it ran, and it may write nothing of that."""


class Expired(FlowsmithError):
    """The key-value entry had an expiry and it has passed."""


class ForbiddenPath(FlowsmithError):
    """A path or address leaves the place it belongs to."""


class OperatorError(FlowsmithError):
    """The person who runs the service can fix it."""


class SettingsError(OperatorError):
    """A setting has an unknown name or a value that does not fit."""


class StorageError(OperatorError):
    """The database or the file storage cannot be opened or written."""
