"""Finds the rule for one clause, or a type of the catalogue, and fills its steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from copilot.plan.plan import Step
from copilot.planner.rules.clause import VERBS, Act, Node
from copilot.planner.rules.fill import generic
from copilot.planner.rules.fill.table import RULES
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.system import SYSTEMS

Suggest = Callable[[str], Sequence[str]]
"""Returns the type ids the catalogue finds for a clause, best first."""

_SURE = 0.8
_LIKELY = 0.5
_MAYBE = 0.3


class Matcher:
    """Fills the steps of one clause by the rule that fits it best, keeping the scene up to date."""

    def __init__(self, scene: Scene, suggest: Suggest) -> None:
        self.scene = scene
        self.suggest = suggest
        self.missing: list[str] = []

    def _names(self) -> list[str]:
        """Return what the words may already refer to: inputs, loops, steps and what they give."""
        scene = self.scene
        given = [
            text for item in scene.carriers for text in (item.step, item.name, item.subject, *item.columns)
        ]
        nouns = [text for frame in scene.frames for text in (frame.noun, f"{frame.noun}s")]
        known = [*(item.id for item in scene.inputs), *scene.variables, *scene.purposes]
        return [*given, *nouns, *known, *scene.understood]

    def _match(self, act: Act, after: list[Node]) -> list[Step] | None:
        self.scene.understood.clear()
        self.scene.unread.clear()
        self.scene.upcoming = after[0].low if after and isinstance(after[0], Act) else ""
        hinted = list(self.suggest(self.scene.masked.unmask(act.text)))
        scored = sorted(
            (
                (rule.score(act, self.scene) + (0.02 if rule.type in hinted[:2] else 0.0), -number, rule)
                for number, rule in enumerate(RULES)
            ),
            key=lambda item: item[:2],
            reverse=True,
        )
        best = next((score for score, _, rule in scored if self.scene.has(rule.type)), 0.0)
        lacking = [
            rule.type
            for score, _, rule in scored
            if score >= _SURE and score > best and not self.scene.has(rule.type)
        ]
        least = _SURE if lacking else _LIKELY if best >= _SURE else _MAYBE
        for score, _, rule in scored:
            if score < least:
                break
            if self.scene.has(rule.type):
                state = self._state()
                steps = rule.fill(act, self.scene)
                if steps is not None:
                    return steps
                self._reset(state)
        if lacking:
            self.missing.append(f"{act.words} ({lacking[0]})")
            self.scene.note(f"No plugin {lacking[0]} is installed, which '{act.words}' needs.")
            return None
        steps = self._by_catalogue(act, hinted) if best < _SURE else None
        if steps is None and (system := self._lacking_system(act)) is not None:
            self.missing.append(f"{act.words} ({system})")
            self.scene.note(f"No plugin for {system} is installed, which '{act.words}' needs.")
        return steps

    def _lacking_system(self, act: Act) -> str | None:
        """Return a well-known system the clause names and no installed type stands for."""
        for name in SYSTEMS:
            if re.search(rf"\b{name}\b", act.low):
                plain = name.replace(" ", "")
                known = any(plain in type_id.lower().split(".") for type_id in self.scene.types.names())
                return None if known else name
        return None

    def _by_catalogue(self, act: Act, hinted: list[str]) -> list[Step] | None:
        for type_id in hinted[:3]:
            if not self.scene.has(type_id) or not _names_it(type_id, act):
                continue
            state = self._state()
            steps = generic.fill(type_id, act, self.scene)
            if steps is not None:
                return steps
            self._reset(state)
        return None

    def _state(self) -> tuple[list[object], ...]:
        scene = self.scene
        return (
            list(scene.carriers),
            list(scene.inputs),
            list(scene.notes),
            list(scene.defaults),
            list(scene.taken),
        )

    def _reset(self, state: tuple[list[object], ...]) -> None:
        scene = self.scene
        scene.carriers, scene.inputs, scene.notes, scene.defaults = state[:4]  # type: ignore[assignment]
        scene.taken = set(state[4])  # type: ignore[arg-type]

    def _open(self, words: str) -> Step:
        return Step(id=self.scene.name("placeholder"), placeholder=True, because=words)


def _names_it(type_id: str, act: Act) -> bool:
    """Whether the clause really speaks of the type: a telling part of its id is in the words."""
    parts = type_id.removeprefix("io.kestra.plugin.").split(".")
    telling = {part.lower() for part in parts if part not in ("core", "flow", "storage", "execution")}
    telling |= {word.lower() for word in re.findall(r"[A-Z][a-z]+", parts[-1]) if len(word) > 3}
    telling -= VERBS  # `list the titles` speaks of no folder
    return any(re.search(rf"\b{re.escape(word)}\w{{0,3}}\b", act.low) for word in telling)
