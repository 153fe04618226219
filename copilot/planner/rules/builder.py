"""Builds the steps of clauses, one after another, keeping the scene up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from copilot.plan.plan import Plan, Step
from copilot.planner.rules.clause import Act, AtLast, Branch, Loop, Node, OnFailure, Together, Until
from copilot.planner.rules.coverage import unexplained
from copilot.planner.rules.fill.core import SUBFLOW
from copilot.planner.rules.fill.http import DOWNLOAD, REQUEST
from copilot.planner.rules.fill.log import LOG, level_of
from copilot.planner.rules.flowable import FLOW, Flowables
from copilot.planner.rules.leftover import empty, unfilled, unused
from copilot.planner.rules.limit import bound_elsewhere
from copilot.planner.rules.listing import give_named, in_loop
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.matcher import Suggest
from copilot.planner.rules.merge import merged
from copilot.planner.rules.part import parted
from copilot.planner.rules.relay import relayed
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

_CHANGES_ROWS = re.compile(
    r"(?:filter|keep|drop|remove|sort|order|rank|rename|dedupe|deduplicate|count|sum|average|group|aggregate|join|merge"
    r"|split|transform|convert|clean|compute|calculate|select)\b"
)


class Builder(Flowables):
    """Builds the steps of the clauses, keeping the scene up to date."""

    def __init__(self, scene: Scene, suggest: Suggest) -> None:
        super().__init__(scene, suggest)
        self.plan = Plan()

    def build(self, nodes: list[Node]) -> Plan:
        """Build the whole plan."""
        self.plan.steps = self.steps(nodes)
        self._answer_any_code()
        return self.plan

    def _answer_any_code(self) -> None:
        """A request whose status code is tested must not fail by itself before the test."""
        steps = list(self.plan.walk())
        for test in (str(step.values.get("condition", "")) for step in steps):
            for name in re.findall(r"outputs\.(\w+)(?:\[[^\]]*\])*\.code\b", test):
                for step in steps:
                    if step.id == name and step.type == REQUEST:
                        step.values.setdefault("options", {})["allowFailed"] = True
                        step.allow_failure = step.allow_failure or "??" in test

    def steps(self, nodes: list[Node]) -> list[Step]:
        """Build a list of nodes in order."""
        built: list[Step] = []
        nodes = merged(relayed(nodes, self.scene.masked), self.scene)
        for number, node in enumerate(nodes):
            if isinstance(node, Act) and (length := in_loop(nodes[number:], self.scene)):
                built += self._loop(Loop("file", node.words, nodes[number : number + length]))
                return [*built, *self.steps(nodes[number + length :])]
            if isinstance(node, Act):
                give_named(node, self.scene)
                node, lost = bound_elsewhere(node, [inner for step in built for inner in step.walk()])
                built += [self._open(words) for words in lost]
            for part in parted(node, self.scene):
                built += self._node(part, built, nodes[number + 1 :])
        return built

    def _node(self, node: Node, before: list[Step], after: list[Node]) -> list[Step]:
        if isinstance(node, Act):
            return self._act(node, before, after)
        if isinstance(node, Loop):
            return self._loop(node)
        if isinstance(node, Branch):
            return self._branch(node)
        if isinstance(node, Together):
            return self._together(node)
        if isinstance(node, Until):
            return self._until(node)
        with self._apart():
            steps = self.steps(node.body)
        if isinstance(node, OnFailure):
            self.plan.errors += steps
        elif isinstance(node, AtLast):
            self.plan.finally_ += steps
        return []

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """What was given before may be missing here, and what is given here may be missing after."""
        carriers, frames = self.scene.carriers, self.scene.frames
        self.scene.carriers, self.scene.frames, self.scene.conditional = [], [], True
        yield
        self.scene.carriers, self.scene.frames, self.scene.conditional = carriers, frames, False

    def _act(self, act: Act, before: list[Step], after: list[Node]) -> list[Step]:
        in_branch = any(frame.kind in ("if", "switch") for frame in self.scene.frames)
        alone = act.literals and not re.sub(r"\b(?:and|then)\b|[\s,.]", "", MARK.sub("", act.low))
        if in_branch and not before and alone and len(act.of("retry", "timeout")) == len(act.literals):
            return [self._open(act.words)]  # there is nothing to try again, the flow is not meant
        if self._only_modifiers(act, before) or empty(act, self.scene):
            return []
        if before and before[-1].type == SUBFLOW and re.fullmatch(r"wait(?: (?:for|until) .*)?", act.low):
            return []
        steps = self._match(act, after)
        if steps is None:
            return [self._open(act.words)]
        for literal in act.of("retry"):
            if literal.facts.get("flow"):
                self.plan.retry = dict(literal.facts["retry"])  # type: ignore[call-overload]
        whole = [*steps, *self._shown(act, steps, after)]
        return [
            *whole,
            *map(self._open, unused(act, steps, self.scene)),
            *map(self._open, unfilled(act, steps)),
            *self._not_understood(act, whole),
        ]

    def _not_understood(self, act: Act, steps: list[Step]) -> list[Step]:
        """Telling words nothing in the steps answers to are left open: better to ask than to misread."""
        left = unexplained(act.text, steps, self._names())
        unread = " ".join(dict.fromkeys(self.scene.unread))
        left += unexplained(unread, steps, [*self._names(), *left], kinds=False) if unread else []
        if not left and _CHANGES_ROWS.match(act.low) and all(step.type == DOWNLOAD for step in steps):
            left = [act.low.split()[0]]  # the file was fetched, but nothing was done to its rows
        shown = ", ".join(dict.fromkeys(left))
        return [self._open(f"{act.words} (not understood: {shown})")] if left else []

    def _only_modifiers(self, act: Act, before: list[Step]) -> bool:
        """`Retry the download 3 times.` belongs to a step that is there already, or to the whole flow."""
        modifiers = act.of("retry", "timeout", "lenient")
        if len(modifiers) != len(act.literals):
            return False
        rest = re.sub(
            (
                r"\b(?:the|it|and|this|all|any|each|every|task|tasks|step|steps|failed|failing"
                r"|download|request|query|load|script|flow|whole|everything|with|on|failures?|errors?"
                r"|a|of|in|for|should|be)\b"
            ),
            "",
            MARK.sub("", act.low),
        )
        if not modifiers or re.sub(r"[\s,.]", "", rest):
            return False
        target = next(
            (s for s in reversed(before) if s.id.partition("_")[0] in act.low),
            (before[-1] if before else None) if self.scene.loop else _worked(before),
        )
        if self.scene.loop and not MARK.sub("", act.text).strip(" ,"):  # said of the whole loop
            for step in before[:-1]:
                for said in modifiers:
                    if said.kind == "retry":
                        step.retry = dict(said.facts["retry"])  # type: ignore[call-overload]
        for literal in modifiers:
            if literal.kind == "retry" and (literal.facts.get("flow") or target is None):
                self.plan.retry = dict(literal.facts["retry"])  # type: ignore[call-overload]
            elif target is not None and literal.kind == "retry":
                target.retry = dict(literal.facts["retry"])  # type: ignore[call-overload]
            elif target is not None and literal.kind == "timeout":
                target.timeout = literal.value
            elif target is not None:
                target.allow_failure = True
        return True

    def _shown(self, act: Act, steps: list[Step], after: list[Node]) -> list[Step]:
        """`show the ten most expensive`: what was queried is also written to the log."""
        last = self.scene.latest("rows", "response")
        verb = _SHOWS.search(act.low)
        if not verb or last is None or not steps or last.step != steps[-1].id or not self.scene.has(LOG):
            return []
        if after and isinstance(after[0], Act) and re.match(r"(?:log|print|show|display)\b", after[0].low):
            return []
        shown = self.scene.address(last)
        if last.path == ("rows",) and len(last.columns) == 1:  # one value, or one of each row
            column = last.columns[0]
            shown = f"{shown}[0].{column}" if last.single else f"{shown} | jq('.[].{column}')"
        level = level_of(act)
        values: dict[str, Json] = {"message": f"{{{{ {shown} }}}}", **({"level": level} if level else {})}
        return [self.scene.step(LOG, "show", Act("", act.words, []), values)]


# What is asked for is shown, whether it is a question or an order.
_SHOWS = re.compile(
    r"^(?:show|display|print|list|tell|report|log|how|what|which|who|whose)\b"
    r"|\band then (?:show|display|print|list|tell|report|log)\b"
)


def _worked(before: list[Step]) -> Step | None:
    """Return the step a limit is meant for: the last one that does something that can take long or fail."""
    quick = (LOG, "io.kestra.plugin.core.debug.Return", f"{FLOW}Sleep")
    return next((step for step in reversed(before) if step.type not in quick), before[-1] if before else None)
