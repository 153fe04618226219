"""What is offered to someone who types."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Item:
    """One offer. `insert` replaces the word at the cursor; `kind` names what it is, for an icon."""

    label: str
    kind: str
    detail: str = ""
    documentation: str = ""
    insert: str = ""
    required: bool = False
    deprecated: bool = False

    def json(self) -> dict[str, Json]:
        """Return it as editors read it."""
        return {
            "label": self.label,
            "kind": self.kind,
            "detail": self.detail or None,
            "documentation": self.documentation or None,
            "insert": self.insert or self.label,
            "required": self.required or None,
            "deprecated": self.deprecated or None,
        }


def fits(label: str, typed: str) -> bool:
    """Tell whether what was typed is in a label, its letters in this order, without case."""
    letters = iter(label.lower())
    return all(letter in letters for letter in typed.lower())


def rank(label: str, typed: str) -> tuple[int, int]:
    """Return how well a label fits: its beginning, the beginning of its last part, anywhere; short first."""
    label, typed = label.lower(), typed.lower()
    last = label.rpartition(".")[2]
    if label.startswith(typed):
        order = 0
    elif last.startswith(typed):
        order = 1
    elif typed in last:
        order = 2
    else:
        order = 3 if typed in label else 4
    return order, len(last) if typed else 0
