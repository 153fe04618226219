"""The scene of a composition: what exists so far, and how later steps refer to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf
from typing import Protocol

from copilot.plan.plan import InputPlan, OutputPlan, PluginDefaultPlan, Step
from copilot.plan.render import snake, unique
from copilot.planner.rules.clause import Act
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.word import singular
from engine.model.json import Json
from engine.plugin import Plugin, Task


class Types(Protocol):
    """The part of the registry the planner needs: types can only come from here."""

    def find(self, type_id: str) -> type[Plugin] | None:
        """Return the class or None."""

    def names(self) -> list[str]:
        """Return all type ids."""


CarrierKind = OneOf["file", "rows", "value", "table", "response"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Something a step gives that later steps can use."""

    kind: CarrierKind
    step: str
    path: tuple[str, ...]
    type: str = ""
    format: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()
    records: bool = False
    compressed: bool = False
    loops: tuple[str, ...] = ()
    subject: str = ""
    piped: str = ""
    single: bool = False
    given: str = ""

    def as_file(self) -> Carrier:
        """Return it as something a script reads under a name: rows and answers are handed over as JSON."""
        if self.kind == "file":
            return self
        rows = self.kind == "rows"
        name = f"{self.subject or ('rows' if rows else 'response')}.json"
        return replace(
            self, kind="file", format="json", name=name, records=rows, piped=" | toJson" if rows else ""
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """A flowable around the present place. `valued` ones add a level to output addresses."""

    kind: OneOf["loop", "if", "switch", "parallel", "group"]
    id: str
    noun: str = ""
    json_values: bool = False


_YEAR_BEFORE = re.compile(r"(?:(?:19|20)\d\d|\{year\}|<year>)[-_/.]?$")


@dataclass
class Scene:
    """Everything composed so far. Fillers read and extend it; nothing here is kept between requests."""

    types: Types
    masked: Masked = field(default_factory=lambda: Masked(""))
    namespace: str = "company.team"
    flow_id: str = ""
    inputs: list[InputPlan] = field(default_factory=list)
    variables: dict[str, Json] = field(default_factory=dict)
    defaults: list[PluginDefaultPlan] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    carriers: list[Carrier] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    request: str = ""
    conditional: bool = False
    scheduled: bool = False
    hooked: bool = False
    arrivals: str = ""
    last_key: str = ""
    last_message: str = ""
    last_bucket: str = ""
    upcoming: str = ""
    purposes: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    understood: set[str] = field(default_factory=set)
    outputs: list[OutputPlan] = field(default_factory=list)
    lists: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    connection: dict[str, str] = field(default_factory=dict)
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    readings: dict[tuple[object, ...], Transform] = field(default_factory=dict)

    # -- steps

    def has(self, type_id: str) -> bool:
        """Tell whether the registry has the type and it is not deprecated."""
        found = self.types.find(type_id)
        return found is not None and found.deprecated is None

    def step(self, type_id: str, name: str, act: Act | None, values: dict[str, Json], **wiring: str) -> Step:
        """Make a step with an id of its own and the retry, timeout and leniency of its clause."""
        step = Step(id=self.name(name), type=type_id, values=values, wiring=wiring)
        if act is not None:
            step.because = act.words
            for literal in act.literals:
                if literal.kind == "retry" and not literal.facts.get("flow"):
                    step.retry = dict(literal.facts["retry"])  # type: ignore[call-overload]
                elif literal.kind == "timeout":
                    step.timeout = literal.value
                elif literal.kind == "lenient":
                    step.allow_failure = True
        return step

    def name(self, wanted: str) -> str:
        """Reserve a step id."""
        chosen = unique(snake(wanted)[:60].strip("_") or "step", self.taken)
        self.taken.add(chosen)
        return chosen

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def understand(self, said: Iterable[str], assumed: Iterable[str], left: Iterable[str] = ()) -> None:
        """Remember the words of a clause a step was made from and those nothing was read from; tell what was
        taken for granted."""
        self.understood.update(said)
        self.unread += left
        for text in assumed:
            self.note(text)

    def default(self, prefix: str, values: dict[str, Json]) -> None:
        """Set shared values for all types below a prefix; values set first stay."""
        for item in self.defaults:
            if item.type == prefix:
                item.values = {**values, **item.values}
                return
        self.defaults.append(PluginDefaultPlan(type=prefix, values=values))

    def add_input(self, item: InputPlan) -> InputPlan:
        """Declare an input unless one of that name exists."""
        for known in self.inputs:
            if known.id == item.id:
                return known
        self.inputs.append(item)
        return item

    # -- carriers

    def gives(self, step: Step, kind: CarrierKind, *path: str, **facts: object) -> Carrier:
        """Remember what a step gives at a path of its outputs."""
        loops = tuple(frame.id for frame in self.frames if frame.kind == "loop")
        carrier = replace(Carrier(kind, step.id, path, step.type, loops=loops), **facts)  # type: ignore[arg-type]
        self.carriers.append(carrier)
        if isinstance(address := step.values.get("uri"), str):
            self.addresses[step.id] = address
        if kind in ("file", "response", "table"):
            self.subjects.append(carrier.name if kind == "table" else carrier.subject)
        return carrier

    def output_names(self, type_id: str) -> frozenset[str]:
        """Return the output fields of a type by YAML name."""
        found = self.types.find(type_id)
        if found is None or not issubclass(found, Task):
            return frozenset()
        return frozenset(item.alias or name for name, item in found.gives.model_fields.items())

    def latest(self, *kinds: CarrierKind, formats: Iterable[str] = ()) -> Carrier | None:
        """Return the newest carrier of these kinds that can be reached from here."""
        wanted = frozenset(formats)
        for carrier in reversed(self.carriers):
            if (
                carrier.kind in kinds
                and self._reachable(carrier)
                and (not wanted or carrier.format in wanted)
            ):
                return carrier
        return None

    def latest_of_many(self) -> Carrier | None:
        """Return the newest rows, file or answer that is not a single row."""
        many = (item for item in reversed(self.carriers) if item.kind in ("rows", "file", "response"))
        return next((item for item in many if not item.single and self._reachable(item)), None)

    def source(self, *formats: str) -> Carrier | None:
        """Return the newest thing a script can read as a file: a file, rows, or an answer."""
        newest = self.latest("file", "rows", "response")
        if newest is None:
            return None
        if newest.name == "reply":  # rows are asked of what was fetched, not of an answer to a post
            newest = self.latest("file", "rows") or newest
        if newest.kind == "rows" and newest.single:  # one measured row is an answer, nothing to ask again
            newest = self.latest_of_many() or newest
        if newest.kind == "rows" and newest.path != ("rows",):
            return self.latest("file", formats=formats)
        if newest.kind != "file":
            return newest.as_file()
        return self.latest("file", formats=formats) or newest

    def content(self, carrier: Carrier) -> str:
        """Return the expression for an input file: its address, or what is to be written into it."""
        return self.address(carrier) + carrier.piped

    def files(self) -> list[Carrier]:
        """Return reachable files, oldest first, the newest of each step."""
        found: dict[str, Carrier] = {}
        for carrier in self.carriers:
            if carrier.kind == "file" and self._reachable(carrier):
                found[f"{carrier.step}/{'/'.join(carrier.path)}"] = carrier
        return list(found.values())

    def _reachable(self, carrier: Carrier) -> bool:
        here = tuple(frame.id for frame in self.frames if frame.kind == "loop")
        return carrier.loops == here[: len(carrier.loops)]

    def address(self, carrier: Carrier, *more: str) -> str:
        """Return the expression of a carrier, without braces."""
        if carrier.given.startswith("@"):  # the value of a loop
            return self.value_of(carrier.given[1:])
        if carrier.given:
            return carrier.given
        text = f"outputs.{carrier.step}"
        for loop in carrier.loops:
            text += f"[{self.value_of(loop)}]"
        for part in (*carrier.path, *more):
            text += f".{part}" if re.fullmatch(r"[A-Za-z_]\w*", part) else f"['{part}']"
        return text

    # -- loops

    @property
    def loop(self) -> Frame | None:
        """The innermost loop around this place."""
        return next((frame for frame in reversed(self.frames) if frame.kind == "loop"), None)

    def value_of(self, loop_id: str) -> str:
        """Return the expression of a loop's present value, seen from a task at this place.

        A direct child of the loop reads `taskrun.value`; deeper ones go up through the ancestors that have a
        value or outputs of their own: loops, branches, and the loop's direct child.
        """
        index = next(i for i, frame in enumerate(self.frames) if frame.id == loop_id)
        inner = self.frames[index + 1 :]
        if not inner:
            return "taskrun.value"
        above = sum(1 for number, frame in enumerate(inner) if number and self._counts(frame, number, inner))
        return "parent.taskrun.value" if above == 0 else f"parents[{above}].taskrun.value"

    @staticmethod
    def _counts(frame: Frame, number: int, inner: list[Frame]) -> bool:
        follows_loop = inner[number - 1].kind == "loop"
        return frame.kind in ("if", "switch") or follows_loop

    def loop_value(self) -> str | None:
        """Return the expression of the innermost loop's value."""
        loop = self.loop
        return self.value_of(loop.id) if loop else None

    # -- names in words

    def lookup(self, words: str) -> str | None:
        """Find an expression (no braces) for a name: a loop's value, an input, a variable."""
        name = snake(words)
        if not name:
            return None
        plain = {name, snake(singular(name))}
        for frame in reversed(self.frames):
            if frame.kind == "loop" and ({snake(frame.noun), "value"} & plain) and frame.noun:
                return self.value_of(frame.id)
        for item in self.inputs:
            if item.id in plain or snake(singular(item.id)) in plain:
                return f"inputs.{item.id}"
        if self.last_key and snake(self.last_key) in plain:
            return f"kv('{self.last_key}')"
        longer = [item.id for item in self.inputs if item.id.startswith(f"{name}_")]
        if len(longer) == 1:  # `{taxi}` for the input `taxi_type`
            return f"inputs.{longer[0]}"
        for carrier in self.carriers:
            if carrier.given.startswith("vars.") and carrier.given[5:] in plain:
                return carrier.given
        for variable in self.variables:
            if variable in plain:
                return f"vars.{variable}"
        newest = self.latest("value", "rows", "file", "response")
        counted = newest is not None and newest.kind == "value" and "count" in newest.subject
        if name in ("number", "count") and newest is not None and counted:
            return self.address(newest)
        one = newest is not None and newest.kind == "rows" and newest.single and len(newest.columns) == 1
        if name in ("number", "count") and newest is not None and one and newest.path == ("rows",):
            return f"{self.address(newest)}[0].{newest.columns[0]}"
        if name in ("number", "item", "element", "index") and self.loop and not self.loop.json_values:
            return self.loop_value()
        return self._loop_part(name) or self._date_part(name)

    def _date_part(self, name: str) -> str | None:
        """Read `year`, `month` and `day` out of a date that is given."""
        letters = {"year": "yyyy", "month": "MM", "day": "dd", "weekday": "EEEE"}.get(name)
        given = next((item.id for item in self.inputs if item.type in ("DATE", "DATETIME")), None)
        return f"inputs.{given} | date('{letters}')" if letters and given else None

    def _loop_part(self, name: str) -> str | None:
        """Read `year` and `month` out of a loop over months, a field out of a loop over records."""
        loop = self.loop
        if loop is None:
            return None
        value = self.value_of(loop.id)
        if loop.noun == "month" and name == "year":
            return f"{value} | substringBefore('-')"
        if loop.json_values and loop.noun and name not in ("it", "them", "result"):
            return f"fromJson({value}).{name}" if re.fullmatch(r"[a-z_]\w*", name) else None
        return None

    def fill_text(self, text: str) -> str:
        """Put expressions where a text names values: `{month}`, `<name>`, `$city`, `{{ inputs.x }}` stays."""

        loop = self.loop
        if loop is not None and len(loop.noun) == 1:  # `for i from 1 to 3 … "round i"`
            text = re.sub(rf"(?<![\w{{<$.]){loop.noun}(?![\w}}>.'])", f"{{{{ {self.loop_value()} }}}}", text)

        def put(match: re.Match[str]) -> str:
            name = match[1] or match[2] or match[3] or match[4]
            if (
                name == "month"
                and loop is not None
                and loop.noun == "month"
                and _YEAR_BEFORE.search(text[: match.start()])
            ):
                return f"{{{{ {self.loop_value()} | substringAfter('-') }}}}"  # the year stands there already
            found = self.lookup(name) or (self.loop_value() if name in ("value", "it", "item") else None)
            empty = next(
                (item for item in self.inputs if f"inputs.{item.id}" == found and not item.required), None
            )
            if empty is not None and empty.defaults is None:
                found = f"{found} ?? ''"
            return f"{{{{ {found} }}}}" if found else match[0]

        return re.sub(
            (
                r"(?<!\{)\{(\w[\w ]{0,30}?)\}(?!\})|<(\w[\w ]{0,30}?)>|(?<![\w$])\$\{?([a-z]\w*)\}?"
                r"|\[([a-z]\w*)\]"
            ),
            put,
            text,
        )

    def fill_or_ask(self, text: str) -> str:
        """As `fill_text`; a name in braces that nothing knows becomes an input."""
        unknown = [n for n in re.findall(r"(?<!\{)\{([A-Za-z]\w*)\}(?!\})", text) if self.lookup(n) is None]
        loop = self.loop
        if len(set(unknown)) == 1 and loop is not None and not loop.json_values and loop.noun == "value":
            return self.fill_text(text.replace(f"{{{unknown[0]}}}", "{value}"))  # the only name is the loop's
        for name in unknown:
            if self.lookup(name) is None:
                item = self.add_input(InputPlan(id=snake(name), type="STRING", because=f"{{{name}}}"))
                self.note(f"'{{{name}}}' in the address is asked for as the input '{item.id}'.")
        return self.fill_text(text)
