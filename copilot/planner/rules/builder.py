"""Builds the steps of clauses, one after another, keeping the scene up to date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from copilot.plan.plan import Plan, Step
from copilot.plan.render import step_value
from copilot.planner.rules.clause import VERBS, Act, AtLast, Branch, Loop, Node, OnFailure, Together, Until
from copilot.planner.rules.control import ASKS_ROWS, condition
from copilot.planner.rules.coverage import unexplained
from copilot.planner.rules.fill import generic
from copilot.planner.rules.fill.core import SUBFLOW
from copilot.planner.rules.fill.http import DOWNLOAD, REQUEST, saved_as
from copilot.planner.rules.fill.log import LOG
from copilot.planner.rules.fill.table import RULES
from copilot.planner.rules.listing import give_named, in_loop, loop_over, table_rows
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.loop_values import file_of_loop, loop_values
from copilot.planner.rules.relay import relayed
from copilot.planner.rules.scene import Frame, Scene
from copilot.planner.rules.transform import read_transform
from copilot.planner.rules.word import singular

FLOW = "io.kestra.plugin.core.flow."
FOR_EACH = f"{FLOW}ForEach"
IF = f"{FLOW}If"
PARALLEL = f"{FLOW}Parallel"
LOOP_UNTIL = f"{FLOW}LoopUntil"
SWITCH = f"{FLOW}Switch"

Suggest = Callable[[str], Sequence[str]]
"""Returns the type ids the catalogue finds for a clause, best first."""

SYSTEMS = (
    "snowflake",
    "kafka",
    "redshift",
    "databricks",
    "mongodb",
    "mysql",
    "salesforce",
    "hubspot",
    "airtable",
    "s3",
    "elasticsearch",
    "opensearch",
    "sftp",
    "ftp",
    "spark",
    "airbyte",
    "fivetran",
    "redis",
    "rabbitmq",
    "clickhouse",
    "telegram",
    "discord",
    "teams",
    "jira",
    "notion",
    "google sheets",
    "sharepoint",
    "oracle",
    "azure",
    "kubernetes",
    "neo4j",
    "cassandra",
    "trino",
    "twitter",
    "whatsapp",
    "twilio",
    "zendesk",
    "stripe",
    "shopify",
    "lambda",
)
_TOOLS = r"\b(?:duckdb|python|pandas|postgres\w*|bigquery)\b"
_ROW_VERBS = (
    r"(?:keep|filter|select|sort|order|rank|take|drop|remove|rename|show|list|limit|dedupe|deduplicate|count|sum"
    r"|average|group|compute|calculate|find|get|pick|aggregate)\b"
)
_CHANGES_ROWS = re.compile(
    r"(?:filter|keep|drop|remove|sort|order|rank|rename|dedupe|deduplicate|count|sum|average|group|aggregate|join|merge"
    r"|split|transform|convert|clean|compute|calculate|select)\b"
)
_SURE = 0.8
_LIKELY = 0.5
_MAYBE = 0.3


class Builder:
    """Builds the steps of the clauses, keeping the scene up to date."""

    def __init__(self, scene: Scene, suggest: Suggest) -> None:
        self.scene = scene
        self.suggest = suggest
        self.missing: list[str] = []
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
        nodes = self._merged(relayed(nodes, self.scene.masked))
        for number, node in enumerate(nodes):
            if isinstance(node, Act) and (length := in_loop(nodes[number:], self.scene)):
                built += self._loop(Loop("file", node.words, nodes[number : number + length]))
                return [*built, *self.steps(nodes[number + length :])]
            if isinstance(node, Act):
                give_named(node, self.scene)
            built += self._node(node, built, nodes[number + 1 :])
        return built

    def _merged(self, nodes: list[Node]) -> list[Node]:
        """Join neighbouring clauses that ask something of the same rows with the same tool."""
        merged: list[Node] = []
        for node in nodes:
            last = merged[-1] if merged else None
            if (
                isinstance(node, Act)
                and isinstance(last, Act)
                and (
                    self._same_rows(last, node)
                    or self._asks_of_join(last, node)
                    or self._one_script(last, node)
                    or self._saves_rows(last, node)
                )
            ):
                text, words = f"{last.text} and then {node.text}", f"{last.words}, {node.words}"
                merged[-1] = Act(text, words, [*last.literals, *node.literals])
            else:
                merged.append(node)
        return merged

    @staticmethod
    def _one_script(one: Act, two: Act) -> bool:
        """`a Python script that computes … and prints it` is one script."""
        file = next((item.value for item in one.of("file") if item.value.endswith((".py", ".sh"))), None)
        if file and re.match(r"(?:run|execute|start|call) (?:it|that|this|the (?:file|script))\b", two.low):
            return re.match(r"(?:read|get|take|use|load|open|fetch)\b", one.low) is not None
        shows = re.fullmatch(
            r"(?:print|show|display|output|log) (?:it|that|this|them|the (?:result|sum|total|output)s?)",
            two.low,
        )
        return bool(shows) and one.has(r"\bpython\b.*\b(?:compute|calculate|print)") and not one.literals

    def _asks_of_join(self, one: Act, two: Act) -> bool:
        """`join them on id and show the ten largest amounts` is one query."""
        tools = [re.search(_TOOLS, act.low) for act in (one, two)]
        into = re.fullmatch(
            r"(?:load|read|put|import|open|use) (?:it|them|that|the \w+) (?:in|into|with|in to) duck ?db",
            one.low,
        )
        if (
            not (into or re.match(r"join\b", one.low))
            or (tools[1] and tools[1][0] != "duckdb")
            or two.literals
        ):
            return False
        return re.match(_ROW_VERBS, two.low) is not None and bool(
            read_transform(two.text, self.scene.masked, self.scene)
        )

    def _saves_rows(self, one: Act, two: Act) -> bool:
        """`compute the total per country and save it as CSV`: the file is written where the rows are made."""
        if not saved_as(two) or two.of("url", "text", "code") or one.of("text", "code") or saved_as(one):
            return False
        tools = re.search(_TOOLS, two.low)
        asked = [read_transform(act.text, self.scene.masked, self.scene) for act in (one, two)]
        return bool(asked[0]) and not asked[1] and not tools and not one.has(r"\bpostgres|\bbigquery|^log\b")

    def _same_rows(self, one: Act, two: Act) -> bool:
        tools = [set(re.findall(_TOOLS, act.low)) for act in (one, two)]
        quoted = one.of("url", "text", "code") or two.of("url", "text", "code")
        if (tools[1] and tools[0] != tools[1]) or quoted:
            return False
        if not all(re.match(_ROW_VERBS, act.low) for act in (one, two)):
            return False
        wanted = [read_transform(act.text, self.scene.masked, self.scene) for act in (one, two)]
        if tools[0] & {"python", "pandas"} and wanted[1].measures:
            return False  # a number is asked of the rows a script has written
        if wanted[1].measures and (wanted[0].distinct or wanted[0].distinct_by):
            return True
        return bool(wanted[0] and wanted[1]) and not wanted[0].measures and not wanted[0].limit

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
        over = loop_over(node, self.scene)
        before = over[0] if over else self._fetched(node) or self._tabled(node) or self._queried(node)
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
        left = [] if before else unexplained(node.head, [loop], self._names())
        open_ = [self._open(f"{node.words} (not understood: {', '.join(left)})")] if left else []
        return [*before, loop, *open_]

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
        before = self._counted(node)
        test = condition(node.condition, self.scene.masked, self.scene)
        if test is None or not self.scene.has(IF):
            return [*before, self._open(node.words)]
        step = self.scene.step(IF, "check", None, {"condition": test})
        step.because = node.words
        left = unexplained(node.condition, [step], self._names())
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

    def _counted(self, node: Branch) -> list[Step]:
        """`if it has more than 3 rows`: the rows of a file are counted before the condition asks for them."""
        newest = self.scene.latest("rows", "file", "response", "table", "value")
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
        step.values = {"condition": test, "checkFrequency": {"interval": node.interval or "PT30S"}}
        step.nested["tasks"] = tasks
        return [step]

    # -- one clause

    def _act(self, act: Act, before: list[Step], after: list[Node]) -> list[Step]:
        if self._only_modifiers(act, before) or _empty(act, self.scene):
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
            *self._unused(act, steps),
            *self._unfilled(act, steps),
            *self._not_understood(act, whole),
        ]

    def _not_understood(self, act: Act, steps: list[Step]) -> list[Step]:
        """Telling words nothing in the steps answers to are left open: better to ask than to misread."""
        left = unexplained(act.text, steps, self._names())
        if not left and _CHANGES_ROWS.match(act.low) and all(step.type == DOWNLOAD for step in steps):
            left = [act.low.split()[0]]  # the file was fetched, but nothing was done to its rows
        shown = ", ".join(dict.fromkeys(left))
        return [self._open(f"{act.words} (not understood: {shown})")] if left else []

    def _names(self) -> list[str]:
        """Return what the words may already refer to: inputs, loops, steps and what they give."""
        scene = self.scene
        given = [
            text for item in scene.carriers for text in (item.step, item.name, item.subject, *item.columns)
        ]
        nouns = [text for frame in scene.frames for text in (frame.noun, f"{frame.noun}s")]
        return [*given, *nouns, *(item.id for item in scene.inputs), *scene.variables, *scene.purposes]

    def _match(self, act: Act, after: list[Node]) -> list[Step] | None:
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
            (s for s in reversed(before) if s.id.partition("_")[0] in act.low), before[-1] if before else None
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
        verb = re.search(r"(?:^|\band then )(?:show|display|print|list|tell|report|log)\b", act.low)
        if not verb or last is None or not steps or last.step != steps[-1].id or not self.scene.has(LOG):
            return []
        if after and isinstance(after[0], Act) and re.match(r"(?:log|print|show|display)\b", after[0].low):
            return []
        return [
            self.scene.step(
                LOG, "show", Act("", act.words, []), {"message": f"{{{{ {self.scene.address(last)} }}}}"}
            )
        ]

    def _unused(self, act: Act, steps: list[Step]) -> list[Step]:
        """Quoted texts and addresses of the clause that no step has taken up are not lost, but left open."""
        taken = [
            *(str(step_value(step)) for step in steps),
            *(item.model_dump_json() for item in self.scene.defaults),
        ]
        dumped = _letters("".join(taken))
        left = []
        for literal in act.literals:
            if literal.kind in ("retry", "timeout", "lenient", "type", "jdbc") or literal.value.startswith(
                "dbt"
            ):
                continue
            if literal.kind == "file" and steps and steps[-1].type.endswith(".storage.Write"):
                continue  # a stored file has no name of its own
            value = literal.value.rpartition("://")[2] if literal.kind == "address" else literal.value
            if value.startswith("s3://"):  # bucket and key stand apart in the step
                value = value.removeprefix("s3://").partition("/")[2] or value.removeprefix("s3://")
            if (loop := self.scene.loop) is not None and len(loop.noun) == 1:
                value = re.sub(rf"\b{loop.noun}\b", "{}", value)  # it stands for the loop's value
            pieces = [_letters(piece) for piece in re.split(r"[{}<>$\n\[\]]", value)]
            if any(pieces) and not any(piece and piece in dumped for piece in pieces):
                left.append(self._open(f"{act.words} ({literal.words})"))
        return left

    def _unfilled(self, act: Act, steps: list[Step]) -> list[Step]:
        """A `{name}` of a text that nothing here knows must not be sent or logged as it stands."""
        made = " ".join(
            str(step.values) for step in steps if ".scripts." not in step.type or ".shell." in step.type
        )
        names = [
            name
            for literal in act.of("text", "code")
            if literal.facts.get("lang") not in ("python", "py", "js", "sql")
            for name in _BRACED.findall(literal.value)
            if f"{{{name}}}" in made
        ]
        shown = ", ".join(f"{{{name}}}" for name in dict.fromkeys(names))
        return [self._open(f"{act.words} (nothing is known as {shown})")] if names else []

    def _open(self, words: str) -> Step:
        return Step(id=self.scene.name("placeholder"), placeholder=True, because=words)


_BRACED = re.compile(r"(?<![{$])\{([A-Za-z_]\w*)\}(?!\})")


def _letters(text: str) -> str:
    return re.sub(
        r"[^a-z0-9]", "", text.lower().replace("\\n", "").removeprefix("gs://").removesuffix(".git")
    )


_NOTHING = re.compile(
    (
        r"(?:(?:please\s+)?(?:run|schedule|trigger|execute|start|do|repeat|create|make|build"
        r"|write|launch|use|set up|go|take|accept|have|has)?\s*)?(?:(?:it|this|that|them"
        r"|these|those|the|a|an|new|simple|small|as follows|whole|everything|all"
        r"|automatically|regularly|on a schedule|scheduled|in kestra|kestra|flow|workflow"
        r"|pipeline|job|with|and|for|in|inputs?|parameters?|as|steps?|tasks?|following|me|to"
        r"|i|want|need|should|be|is|then|also|where|so|called|so that|again|each time"
        r"|every time|will|which|thanks|otherwise|else|nothing|thank you|please)\b\s*)*[.,:;\s]*"
    ),
    re.IGNORECASE,
)


def _empty(act: Act, scene: Scene) -> bool:
    """Whether a clause says nothing once the flow's bounds and inputs are taken out."""
    if [item for item in act.literals if item.kind not in ("retry", "timeout", "lenient")]:
        return False
    if any(item.subject == "image" for item in scene.carriers) and re.match(
        r"(?:run|start|launch)\b", act.low
    ):
        return False  # `pull the image and run it`
    text = MARK.sub("", act.text).strip()
    for item in scene.inputs:
        text = (
            re.sub(rf"\b{re.escape(item.id).replace('_', '[ _-]')}\b", " ", text, flags=re.IGNORECASE)
            if re.match(r"(?:take|use|accept|have|has|with|given)\b", text, re.I)
            else text
        )
    return _NOTHING.fullmatch(text) is not None


def _names_it(type_id: str, act: Act) -> bool:
    """Whether the clause really speaks of the type: a telling part of its id is in the words."""
    parts = type_id.removeprefix("io.kestra.plugin.").split(".")
    telling = {part.lower() for part in parts if part not in ("core", "flow", "storage", "execution")}
    telling |= {word.lower() for word in re.findall(r"[A-Z][a-z]+", parts[-1]) if len(word) > 3}
    telling -= VERBS  # `list the titles` speaks of no folder
    return any(re.search(rf"\b{re.escape(word)}\w{{0,3}}\b", act.low) for word in telling)
