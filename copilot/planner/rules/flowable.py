"""Builds loops, branches, groups and waits around the steps of clauses."""

from __future__ import annotations

import re
from abc import abstractmethod
from calendar import month_name
from collections.abc import Iterator
from contextlib import contextmanager

from copilot.plan.plan import Step
from copilot.planner.rules.asked import grouped_by, rows_condition
from copilot.planner.rules.clause import Act, Branch, Loop, Node, Together, Until
from copilot.planner.rules.control import ASKS_ROWS, condition
from copilot.planner.rules.coverage import unexplained
from copilot.planner.rules.fill.duckdb import QUERY as DUCKDB
from copilot.planner.rules.listing import loop_over, table_rows
from copilot.planner.rules.loop_values import file_of_loop, loop_values
from copilot.planner.rules.matcher import Matcher
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Frame
from copilot.planner.rules.word import singular
from engine.model.json import Json

FLOW = "io.kestra.plugin.core.flow."
FOR_EACH = f"{FLOW}ForEach"
IF = f"{FLOW}If"
PARALLEL = f"{FLOW}Parallel"
LOOP_UNTIL = f"{FLOW}LoopUntil"
SWITCH = f"{FLOW}Switch"


class Flowables(Matcher):
    """Builds what goes around steps; the steps inside come from `steps`."""

    @abstractmethod
    def steps(self, nodes: list[Node]) -> list[Step]:
        """Build a list of nodes in order."""

    @abstractmethod
    def _act(self, act: Act, before: list[Step], after: list[Node]) -> list[Step]:
        """Build the steps of one clause."""

    @contextmanager
    def _inside(self, frame: Frame) -> Iterator[None]:
        kept = list(self.scene.carriers)
        self.scene.frames = [*self.scene.frames, frame]
        yield
        self.scene.frames = self.scene.frames[:-1]
        if frame.kind != "parallel":
            self.scene.carriers = kept

    # -- flowables

    def _loop(self, node: Loop) -> list[Step]:
        if (grouped := grouped_by(node, self.scene)) is not None:
            return self._act(grouped, [], [])
        narrowed = self._narrowed(node)
        over = None if narrowed else loop_over(node, self.scene)
        before = narrowed or (
            over[0] if over else self._fetched(node) or self._tabled(node) or self._queried(node)
        )
        values = over[1] if over else loop_values(node.head, self.scene.masked, self.scene)
        if values is None or not self.scene.has(FOR_EACH):
            return [self._open(node.words)]
        if values.noun == "round" and not node.body:
            return []
        loop = self.scene.step(FOR_EACH, f"each_{values.noun}", None, {"values": values.values})
        loop.because = node.words
        body, at_once = node.body, values.at_once
        if len(body) == 1 and isinstance(body[0], Together) and len(body[0].body) == 1:
            body, at_once = body[0].body, 0  # `for each … do this in parallel`: all values at once
        if at_once != 1:
            loop.values["concurrencyLimit"] = at_once
        with self._inside(Frame("loop", loop.id, values.noun, values.json_values)):
            if values.files:
                self.scene.carriers.append(file_of_loop(self.scene))
            loop.nested["tasks"] = self.steps(body)
        if not loop.nested["tasks"]:
            return [self._open(node.words)]
        months = list(month_name)[1:] if values.noun == "month" else []
        left = [] if before else unexplained(node.head, [loop], [*self._names(), *months])
        open_ = [self._open(f"{node.words} (not understood: {', '.join(left)})")] if left else []
        return [*before, loop, *open_]

    def _narrowed(self, node: Loop) -> list[Step]:
        """`for each user older than 30`: the rows that are meant are asked for before the loop."""
        said = re.match(r"(?:of\s+)?(?:the\s+)?(?P<noun>[a-z]+)\s+\S", node.head, re.IGNORECASE)
        newest = self.scene.source("json", "jsonl", "csv", "parquet")
        if said is None or newest is None or newest.format not in ("json", "jsonl", "csv", "parquet"):
            return []
        head = f"rows {node.head[said.end('noun') :].strip()}"
        found = read_rows(head, self.scene.masked, self.scene, newest.columns)
        if not found.filters or found.left or found.measures or self.scene.masked.inside(node.head):
            return []
        steps = self._match(Act(f"query {head} with duckdb", node.words, []), [])
        if not steps or steps[-1].type != DUCKDB:
            return []
        node.head = singular(said["noun"])
        return steps

    def _fetched(self, node: Loop) -> list[Step]:
        """`for every product in ⟦url⟧ with a price under 100`: the rows are fetched before the loop."""
        literals = self.scene.masked.inside(node.head)
        said = re.match(
            r"(?:the\s+)?(?P<noun>[a-z]+)\b.*?\b(?:of|in|from|at)\s+(?:the\s+\w+\s+)?⟦\d+⟧",
            node.head,
            re.IGNORECASE,
        )
        if said is None or [literal.kind for literal in literals] != ["url"]:
            return []
        act = Act(f"query {node.head} with duckdb", node.words, literals)
        steps = self._match(act, [])
        if steps is None:
            return []
        left = unexplained(node.head, steps, [said["noun"], singular(said["noun"])])
        node.head = said["noun"]
        return [*steps, *([self._open(f"{node.words} (not understood: {', '.join(left)})")] if left else [])]

    def _tabled(self, node: Loop) -> list[Step]:
        """`for each customer in the Postgres table customers`: the table is read before the loop."""
        asked = table_rows(node, self.scene)
        steps = self._match(asked[0], []) if asked else None
        if asked is None or steps is None:
            return []
        node.head = asked[1]
        return steps

    def _queried(self, node: Loop) -> list[Step]:
        """`for each row of the file`: a file of columns is queried first, its rows are the values."""
        newest = self.scene.latest("rows", "file", "response")
        said = re.fullmatch(
            r"(?:the\s+)?(?P<noun>[a-z]+)(?:\s+(?:of|in|from)\s+(?:the|that|this)\s+\w+)?",
            node.head.strip(),
            re.IGNORECASE,
        )
        if (
            newest is None
            or newest.kind != "file"
            or newest.format not in ("csv", "parquet", "jsonl")
            or said is None
        ):
            return []
        if newest.name.startswith("*") or said["noun"].lower() in ("file", "files"):
            return []
        return self._match(Act("query it with duckdb", node.words, []), []) or []

    def _switch(self, node: Branch) -> Step | None:
        """Make a Switch of a chain that compares one thing with three texts or more."""
        chain: list[tuple[str, list[Node]]] = []
        subjects: set[str] = set()
        rest: list[Node] = [node]
        while len(rest) == 1 and isinstance(rest[0], Branch):
            branch = rest[0]
            test = condition(branch.condition, self.scene.masked, self.scene) or ""
            equal = re.fullmatch(r"\{\{ (\S+) == '([^']*)' \}\}", test)
            if equal is None:
                return None
            subjects.add(equal[1])
            chain.append((equal[2], branch.then))
            rest = branch.otherwise
        if len(subjects) != 1 or len(chain) + bool(rest) < 3 or not self.scene.has(SWITCH):
            return None
        step = self.scene.step(SWITCH, "switch", None, {"value": f"{{{{ {subjects.pop()} }}}}"})
        step.because = node.words
        with self._inside(Frame("switch", step.id)):
            for value, nodes in chain:
                step.cases[value] = self.steps(nodes) or [self._open(node.words)]
            if rest:
                step.nested["defaults"] = self.steps(rest)
        return step

    def _branch(self, node: Branch) -> list[Step]:
        if (switch := self._switch(node)) is not None:
            return [switch]
        before, test = self._asked(node)
        if test is None:
            before = self._counted(node)
            test = condition(node.condition, self.scene.masked, self.scene)
        if test is None or not self.scene.has(IF):
            return [*before, self._open(node.words)]
        step = self.scene.step(IF, "check", None, {"condition": test})
        step.because = node.words
        left = unexplained(node.condition, [*before, step], self._names())
        if left:
            return [*before, self._open(f"{node.words} (not understood: {', '.join(left)})")]
        for name, nodes in (("then", node.then), ("else", node.otherwise)):
            if nodes:
                with self._inside(Frame("if", step.id)):
                    built = self.steps(nodes)
                if built:
                    step.nested[name] = built
        if "then" not in step.nested:
            return [*before, self._open(node.words)]
        return [*before, step]

    def _asked(self, node: Branch) -> tuple[list[Step], str | None]:
        """`if there are cancelled orders in ⟦0⟧`: a query answers, the condition is about its number."""
        asked_of = rows_condition(node, self.scene)
        if asked_of is None:
            return [], None
        act, compared = asked_of
        state = self._state()
        steps = self._match(act, [])
        rows = self.scene.latest("rows", "value", "file")
        if not steps or rows is None or rows.kind != "rows" or not rows.single or not rows.columns:
            self._reset(state)
            return [], None
        return steps, f"{{{{ {self.scene.address(rows)}[0].{rows.columns[-1]} {compared} }}}}"

    def _counted(self, node: Branch) -> list[Step]:
        """`if it has more than 3 rows`: the rows of a file are counted before the condition asks for them."""
        newest = self.scene.latest("rows", "file", "response", "table", "value")
        if newest is not None and newest.name == "reply":
            newest = self.scene.source()
        if (
            newest is None
            or newest.kind != "file"
            or newest.format not in ("csv", "json", "jsonl", "parquet")
        ):
            return []
        if not ASKS_ROWS.search(node.condition) or any(
            item.subject == "row_count" for item in self.scene.carriers
        ):
            return []
        return self._match(Act("count the rows with duckdb", node.words, []), []) or []

    def _together(self, node: Together) -> list[Step]:
        state = self._state()
        step = self.scene.step(PARALLEL, "parallel", None, {})
        step.because = node.words
        with self._inside(Frame("parallel", step.id)):
            tasks = self.steps(node.body)
        if len(tasks) < 2 or not self.scene.has(PARALLEL):
            self._reset(state)  # there is nothing to run side by side: the same again, without a group
            alone = self.steps(node.body)
            single = len(alone) == 1 and len(alone[0].values.get("commands") or [0]) == 1
            return alone if single and tasks else [*alone, self._open(node.words)]
        step.nested["tasks"] = tasks
        return [step]

    def _until(self, node: Until) -> list[Step]:
        step = self.scene.step(LOOP_UNTIL, "repeat_until", None, {})
        step.because = node.words
        with self._inside(Frame("group", step.id)):
            tasks = self.steps(node.body)
            test = condition(node.condition, self.scene.masked, self.scene)
            carriers = list(self.scene.carriers)
        self.scene.carriers = carriers
        if test is None or not tasks or not self.scene.has(LOOP_UNTIL):
            return [self._open(node.words)]
        limits: dict[str, Json] = {"interval": node.interval or "PT30S", **node.limits}
        step.values = {"condition": test, "checkFrequency": limits}
        if len(limits) > 1:  # what follows is only right when the condition has come true
            step.values["failOnMaxReached"] = True
        tested = Step(type=IF, values={"condition": test})
        if left := unexplained(node.condition, [step, tested, *tasks], self._names()):
            return [self._open(f"{node.words} (not understood: {', '.join(left)})")]
        step.nested["tasks"] = tasks
        return [step]
