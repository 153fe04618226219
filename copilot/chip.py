"""Context chips: what goes to a model beside the words, piece by piece, each of which can be taken out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from copilot.conversation import Conversation
from copilot.fence import fence
from copilot.planner.prompt import estimate_tokens
from copilot.skills.fix.failure import Failure
from engine.model.json import Json

Kind = Literal["flow", "execution", "names", "conversation", "text"]
_HISTORY = 6
_LIMIT = 8_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A piece of context. Its text goes out fenced and, like everything, redacted."""

    id: str
    kind: Kind
    label: str
    text: str

    def to_json(self) -> dict[str, Json]:
        """Return the chip for interfaces, with its size."""
        return {"id": self.id, "kind": self.kind, "label": self.label, "tokens": estimate_tokens(self.text)}


def flow_chip(text: str) -> Chip:
    """The flow in the editor, saved or not."""
    return Chip("flow", "flow", "the flow in the editor", text)


def failure_chip(failure: Failure) -> Chip:
    """The failed task of an execution with its log."""
    head = f"task {failure.task_id} ({failure.type}), attempt {failure.attempt}, revision {failure.revision}"
    return Chip(
        f"execution.{failure.execution_id}",
        "execution",
        f"the failed task '{failure.task_id}'",
        "\n".join((head, *failure.lines)),
    )


def names_chip(kv: Sequence[str], secrets: Sequence[str]) -> Chip | None:
    """Names of keys and secrets of the namespace, never their values."""
    if not kv and not secrets:
        return None
    text = f"keys: {', '.join(kv) or 'none'}\nsecrets: {', '.join(secrets) or 'none'}"
    return Chip("names", "names", f"{len(kv)} key and {len(secrets)} secret names", text)


def history_chip(conversation: Conversation) -> Chip | None:
    """The last turns: the words, and one line about what came of them."""
    turns = conversation.turns[-_HISTORY:]
    if not turns:
        return None
    lines = [
        f"user ({turn.mode}): {turn.words}\ncopilot: {turn.text[:400] or turn.outcome}" for turn in turns
    ]
    return Chip("conversation", "conversation", f"the last {len(turns)} turn(s)", "\n".join(lines))


def without(chips: Sequence[Chip | None], left_out: Collection[str]) -> list[Chip]:
    """Return the chips that were not taken out, by id or by kind."""
    return [chip for chip in chips if chip is not None and not {chip.id, chip.kind} & set(left_out)]


def context_of(chips: Sequence[Chip]) -> str:
    """Write the chips as fenced text; the flow goes in its own place of the request."""
    return "\n\n".join(
        fence(chip.text, f"{chip.kind}: {chip.label}", limit=_LIMIT) for chip in chips if chip.kind != "flow"
    )
