"""Tapes: what a model answered, call by call, so that it can be said again without a network.

A tape is a file of JSON lines. The first says of which model it is and when it was made; each other one is
a call: its key, the messages as they left (masked by the guard), and the reply or the failure. The key is
the hash of everything that decides a reply: model, messages, schema, room. What differs from run to run
without meaning (addresses of the bench, ids, moments) is replaced by names before it is hashed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from copilot.providers.port import Message, Price, Schema
from engine.model.json import Json
from engine.model.moment import from_text, to_text

VERSION = 1
_VOLATILE = (
    (re.compile(r"(?<=data )[0-9a-f]{8}(?=[ >])"), "{mark}"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[0-9A-Za-z]{22}\b"), "{id}"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "{moment}"),
)
"""Marks of fences, ids and moments: they change from run to run and mean nothing."""

Places = Mapping[str, str]
"""Addresses of this run, and the names that stand for them on a tape."""


class TapeError(Exception):
    """A tape cannot be written or read, or does not know a call. Never taken for a failure of the model."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a tape."""

    model: str
    provider: str
    made: datetime
    price: Price | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the line."""
        price = self.price and [self.price.input_per_million, self.price.output_per_million]
        return {
            "tape": VERSION,
            "model": self.model,
            "provider": self.provider,
            "made": to_text(self.made),
            "price": price,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that decides a reply."""

    model: str
    messages: tuple[tuple[str, str], ...]
    schema: str
    max_tokens: int

    @classmethod
    def of(
        cls, model: str, messages: Sequence[Message], schema: Schema | None, max_tokens: int, places: Places
    ) -> Call:
        """Take a call of this run down, with the names of its places."""
        sent = tuple((item.role, named(item.content, places)) for item in messages)
        shape = "" if schema is None else f"{schema.name}:{_hash(schema.body)[:16]}"
        return cls(model, sent, shape, max_tokens)

    @property
    def key(self) -> str:
        """Hash of the call."""
        still = [(role, _still(text)) for role, text in self.messages]
        return _hash([self.model, still, self.schema, self.max_tokens])

    def to_json(self) -> dict[str, Json]:
        """Return the members of its line."""
        messages = [{"role": role, "content": text} for role, text in self.messages]
        return {"messages": messages, "schema": self.schema, "maxTokens": self.max_tokens}


class Tape:
    """A tape that is played: each recording once, those of one key in the order they were made."""

    def __init__(self, head: Head, lines: Iterable[dict[str, Json]], place: str = "tape") -> None:
        self.head = head
        self.missing: list[str] = []
        """Calls that were not on the tape, in words."""
        self._place = place
        self._said: dict[str, deque[Json]] = defaultdict(deque)
        self._calls: list[tuple[str, Call]] = []
        for line in lines:
            said = tuple((item["role"], item["content"]) for item in line["messages"])
            self._calls.append((line["key"], Call(head.model, said, line["schema"], int(line["maxTokens"]))))
            self._said[line["key"]].append(line["said"])

    @classmethod
    def read(cls, path: Path) -> Tape:
        """Read a tape. Raises TapeError that names the file and the line."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TapeError(f"{path}: the tape cannot be read: {error}") from error
        rows = [_row(text, path, number) for number, text in enumerate(lines, 1) if text.strip()]
        if not rows or rows[0].get("tape") != VERSION:
            raise TapeError(f"{path}: the first line is no head of a tape of version {VERSION}; record again")
        head = rows[0]
        price = Price(*head["price"]) if head.get("price") else None
        for number, row in enumerate(rows[1:], 2):
            if not {"key", "messages", "schema", "maxTokens", "said"} <= row.keys():
                raise TapeError(f"{path}, line {number}: this is no call; record again")
        made = Head(str(head["model"]), str(head["provider"]), from_text(head["made"]), price)
        return cls(made, rows[1:], path.name)

    @property
    def unused(self) -> int:
        """Recordings nobody has asked for: what was asked has changed since."""
        return sum(len(left) for left in self._said.values())

    def take(self, call: Call) -> Json:
        """Return what was said to a call. Raises TapeError that shows where the nearest one differs."""
        key = call.key
        if self._said[key]:
            return self._said[key].popleft()
        times = sum(known == key for known, _ in self._calls)
        if times:
            why = f"this call was recorded {times} time(s) and is made once more; record as many repetitions"
        else:
            why = f"there is no recording of this call; {self._difference(call)}; record again"
        self.missing.append(f"{self._place}: {why}")
        raise TapeError(self.missing[-1])

    def _difference(self, call: Call) -> str:
        """Say where the call leaves the recorded one that goes along with it longest."""
        if not self._calls:
            return "it has none at all"
        nearest = max((known for _, known in self._calls), key=lambda known: _common(known, call))
        for name in ("model", "schema", "max_tokens"):
            if getattr(nearest, name) != getattr(call, name):
                return f"{name} was '{getattr(nearest, name)}' and is '{getattr(call, name)}'"
        if len(nearest.messages) != len(call.messages):
            return f"{len(nearest.messages)} message(s) were sent and {len(call.messages)} are"
        for number, (then, now) in enumerate(zip(nearest.messages, call.messages, strict=True), 1):
            for line, (old, new) in enumerate(_lines(then[1], now[1]), 1):
                if old != new:
                    return f"message {number}, line {line} was {old[:120]!r} and is {new[:120]!r}"
        return "it differs in its ends of lines"


def named(text: str, places: Places) -> str:
    """Put the names of places for their addresses."""
    for place, name in places.items():
        text = text.replace(place, name)
    return text


def placed(text: str, places: Places) -> str:
    """Put the addresses of this run for the names of places."""
    for place, name in places.items():
        text = text.replace(name, place)
    return text


def line(values: dict[str, Json]) -> str:
    """Write a line of a tape."""
    return json.dumps(values) + "\n"


def _still(text: str) -> str:
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text


def _row(text: str, path: Path, number: int) -> dict[str, Json]:
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise TapeError(f"{path}, line {number}: this is no JSON: {error}") from error
    if not isinstance(row, dict):
        raise TapeError(f"{path}, line {number}: this is no JSON map")
    return row


def _common(one: Call, two: Call) -> tuple[bool, int]:
    """Tell how well two calls go together: the same last words, then how many letters from the start."""
    letters = 0
    for (_, then), (_, now) in zip(one.messages, two.messages, strict=False):
        same = next((at for at, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), None)
        letters += min(len(then), len(now)) if same is None else same
        if same is not None or len(then) != len(now):
            break
    return one.messages[-1:] == two.messages[-1:], letters


def _lines(then: str, now: str) -> Iterable[tuple[str, str]]:
    old, new = _still(then).splitlines(), _still(now).splitlines()
    for at in range(max(len(old), len(new))):
        yield old[at] if at < len(old) else "", new[at] if at < len(new) else ""


def _hash(value: Json) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
