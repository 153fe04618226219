"""Everything the copilot raises, as one tree.

CopilotError
├── Refusal                  the copilot does not draft; `missing` names what is missing
│   ├── OffTopic             the words do not ask for a flow
│   ├── MissingPlugin        no plugin type does what the words ask for
│   ├── NeedInfo             a value is missing that cannot be guessed
│   ├── NothingFailed        there is no failure to fix
│   ├── NotImportable        the text is none of the kinds that can be imported
│   └── ReadOnly             the mode of the turn does not allow it
├── ProviderError            the model could not be used; nothing was changed
│   ├── ProviderRefused      it refused the credentials, the model name or the request
│   ├── ProviderBusy         it is over its limit; `retry_after_s` if it said so
│   │   └── BudgetSpent      our own limit of tokens is used up
│   └── ProviderSilent       it did not answer in time, or answered nothing
├── ReplyError               the model answered, but not with a plan
├── PatchError               an edit does not fit the flow
├── ConversationUnknown      there is no such conversation or turn
├── OpinionUnknown           there is no such feedback
└── DraftError               the draft cannot be accepted
    ├── DraftUnknown         there is no such draft
    ├── DraftChanged         the hash is not the hash of the draft that was reviewed
    ├── DraftStale           the flow changed after the draft was made
    ├── NotAccepted          the token of a person's acceptance is missing, used or of another thing
    └── DraftInvalid         the draft has blocking findings or placeholders
"""

from __future__ import annotations

from collections.abc import Sequence


class CopilotError(Exception):
    """Root of what the copilot raises on purpose; `code` is stable, the text is for people."""

    code = "copilot-error"

    @property
    def message(self) -> str:
        """The sentence a person needs."""
        return str(self)


class Refusal(CopilotError):
    """The copilot does not draft; `missing` names the missing things."""

    code = "refusal"

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class OffTopic(Refusal):
    """The words do not ask for a flow."""

    code = "off-topic"


class MissingPlugin(Refusal):
    """No plugin type does what the words ask for."""

    code = "missing-plugin"


class NeedInfo(Refusal):
    """A value is missing that cannot be guessed."""

    code = "need-info"


class NothingFailed(Refusal):
    """There is no failure to fix."""

    code = "nothing-failed"


class NotImportable(Refusal):
    """The text is none of the kinds that can be imported, or cannot be read."""

    code = "not-importable"


class ReadOnly(Refusal):
    """The mode of the turn does not allow it."""

    code = "read-only"


class ProviderError(CopilotError):
    """The model could not be used; nothing was changed."""

    code = "provider-error"


class ProviderRefused(ProviderError):
    """The provider refused the credentials, the model name or the request."""

    code = "provider-refused"


class ProviderBusy(ProviderError):
    """The provider is over its limit."""

    code = "provider-busy"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BudgetSpent(ProviderBusy):
    """The limit of tokens set for this installation or this turn is used up."""

    code = "budget-spent"


class ProviderSilent(ProviderError):
    """The provider did not answer in time, or answered nothing."""

    code = "provider-silent"


class ReplyError(CopilotError):
    """The model answered, but not with a plan; `reply` is what it wrote."""

    code = "reply-not-a-plan"

    def __init__(self, message: str, *, reply: str = "") -> None:
        super().__init__(message)
        self.reply = reply


class PatchError(CopilotError):
    """An edit does not fit the flow."""

    code = "patch-error"


class ConversationUnknown(CopilotError):
    """There is no such conversation or turn."""

    code = "conversation-unknown"


class OpinionUnknown(CopilotError):
    """There is no such feedback."""

    code = "opinion-unknown"


class DraftError(CopilotError):
    """The draft cannot be accepted."""

    code = "draft-error"


class DraftUnknown(DraftError):
    """There is no such draft."""

    code = "draft-unknown"


class DraftChanged(DraftError):
    """The hash is not the hash of the draft that was reviewed."""

    code = "draft-changed"


class DraftStale(DraftError):
    """The flow changed after the draft was made."""

    code = "draft-stale"


class DraftInvalid(DraftError):
    """The draft has blocking findings or placeholders."""

    code = "draft-invalid"


class NotAccepted(DraftError):
    """The token of a person's acceptance is missing, used, too old, or of another thing."""

    code = "not-accepted"
