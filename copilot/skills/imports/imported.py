"""What an import gives: flows as text, with what could not be carried over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["crontab", "github-actions", "airflow", "kestra-2"]


@dataclass(frozen=True, slots=True)
class Imported:
    """One flow. `placeholders` are the pieces nothing replaces: they block acceptance until filled."""

    kind: Kind
    name: str
    yaml: str
    placeholders: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
