"""How a turn ends: a sentence computed from the draft itself, or the error as an event."""

from __future__ import annotations

from copilot.draft import Draft
from copilot.errors import CopilotError, ProviderBusy, Refusal
from copilot.event import ErrorEvent
from copilot.plan.operation import Edit
from copilot.skills.outcome import Outcome


def summary(draft: Draft, outcome: Outcome) -> str:
    """Say what the draft does, computed from the draft itself."""
    added = sum(len(hunk.new) for hunk in draft.hunks)
    removed = sum(len(hunk.old) for hunk in draft.hunks)
    what = (
        f"{len(outcome.plan.operations)} change(s)"
        if isinstance(outcome.plan, Edit)
        else f"a flow with {sum(1 for _ in outcome.plan.walk())} task(s)"
    )
    text = f"Drafted {what}: {added} line(s) added, {removed} removed."
    if draft.placeholders:
        text += f" Still open: {'; '.join(draft.placeholders)}."
    blocking = [finding for finding in draft.findings if finding.blocking]
    if blocking:
        text += f" {len(blocking)} finding(s) block acceptance."
    return text


def failed(error: CopilotError) -> ErrorEvent:
    """Say how a turn failed, with what is missing or how long to wait."""
    missing = error.missing if isinstance(error, Refusal) else ()
    wait = error.retry_after_s if isinstance(error, ProviderBusy) else None
    return ErrorEvent(error.code, error.message, missing, wait)
