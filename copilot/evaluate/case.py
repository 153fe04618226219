"""Cases of the evaluation: words, the facts that decide, and the half they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml

from engine.model.json import Json

Half = Literal["tuning", "held-out", "fresh"]
HALVES: tuple[Half, ...] = ("tuning", "held-out", "fresh")
"""Parts of the set: what the rules were tuned on, what they were only measured on, and what was written after
them and measured once."""
_PARTS: dict[str, Half | None] = {
    "": None,
    ".catalogue": None,
    ".catalogue.seen": "tuning",
    ".catalogue.fresh": "fresh",
    ".phrasing.seen": "tuning",
    ".outside.seen": "tuning",
    ".outside.fresh": "fresh",
    ".seen": "tuning",
    ".fresh": "fresh",
}
"""Endings of the files of a kind, and the part all of a file belongs to (None: by hash)."""
KINDS = ("create", "edit", "refuse", "ask", "explain", "fix", "import", "model")
"""Kinds of cases; each has `cases/<kind>.yaml`, perhaps `.seen` and `.fresh` beside it, and one lane."""

_FOLDER = files("copilot.evaluate") / "cases"


class CaseError(ValueError):
    """A case cannot be read; the message names the file and the case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request with the facts its answer is judged by."""

    kind: str
    words: str
    facts: dict[str, Json] = field(default_factory=dict)
    run: dict[str, Json] | None = None
    flow: str = ""
    part: Half | None = None

    @property
    def id(self) -> str:
        """Name that stays the same as long as kind, flow and words do."""
        return f"{self.kind}-{self._digest[:8]}"

    @property
    def half(self) -> Half:
        """Part the case belongs to: that of its file, else a half by hash, which nobody chose."""
        if self.part is not None:
            return self.part
        return "tuning" if int(self._digest[-1], 16) % 2 == 0 else "held-out"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(f"{self.kind}\n{self.flow}\n{self.words}".encode()).hexdigest()


def load_cases(kinds: Sequence[str] = KINDS) -> list[Case]:
    """Read the cases of some kinds, in the order of the files. Raises CaseError."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise CaseError(f"'{unknown[0]}' is no kind of case; use {', '.join(KINDS)}")
    cases = [case for kind in kinds for ending in _PARTS for case in _read(kind, ending)]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise CaseError(f"{case.kind}.yaml: the words stand there twice: {case.words[:80]!r}")
        seen.add(case.id)
    return cases


def spread(cases: Sequence[Case], most: int) -> list[Case]:
    """Return at most so many cases of each kind, those with the lowest ids: a choice that nobody makes."""
    chosen: set[str] = set()
    for kind in KINDS:
        chosen.update(sorted(case.id for case in cases if case.kind == kind)[:most])
    return [case for case in cases if case.id in chosen]


def load_flows() -> dict[str, str]:
    """Return the flows that cases change or explain, by name, as text."""
    folder = _FOLDER / "flows"
    return {
        item.name.removesuffix(".yaml"): item.read_text(encoding="utf-8")
        for item in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if item.name.endswith(".yaml")
    }


def load_file(path: Path) -> list[Case]:
    """Read cases of any kind from one file, each with its `kind`: what the feedback buttons have written.

    An opinion without facts is a case all the same: a good one asks for the same types again, a bad one fails
    until somebody has added the facts that decide. Raises CaseError.
    """
    try:
        items = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        raise CaseError(f"{path}: it cannot be read: {error}") from error
    if not isinstance(items, list):
        raise CaseError(f"{path}: it is no list of cases")
    return [_case(item, path.name, number, part="tuning") for number, item in enumerate(items)]


def _read(kind: str, ending: str) -> Iterator[Case]:
    name = f"{kind}{ending}.yaml"
    file = _FOLDER / name
    if not file.is_file():
        return
    for number, item in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")) or []):
        yield _case(item, name, number, kind=kind, part=_PARTS[ending])


def _case(item: Json, name: str, number: int, *, kind: str = "", part: Half | None) -> Case:
    if not isinstance(item, dict) or not isinstance(item.get("words"), str):
        raise CaseError(f"{name}: case {number + 1} needs 'words', a text")
    kind = kind or str(item.get("kind"))
    if kind not in KINDS:
        raise CaseError(f"{name}: '{kind}' of case {number + 1} is no kind of case; use {', '.join(KINDS)}")
    rest = {
        key: value for key, value in item.items() if key not in ("words", "run", "flow", "repeat", "kind")
    }
    run = item.get("run")
    if run is not None and not isinstance(run, dict):
        raise CaseError(f"{name}: 'run' of case {number + 1} is a map, {{}} for any successful run")
    words = item["words"] * int(item.get("repeat", 1))
    return Case(kind, words, rest, run, str(item.get("flow", "")), part)
