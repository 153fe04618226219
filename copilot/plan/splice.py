"""Splices of a flow's text, by the places of its nodes."""

from __future__ import annotations

import copy
import re

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.emit import STEP, flow, is_plain, item_lines, lines_of, quoted
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import Document, Path, read_document

_ORDER = [
    "id",
    "namespace",
    "description",
    "labels",
    "inputs",
    "variables",
    "tasks",
    "errors",
    "finally",
    "afterExecution",
    "outputs",
    "concurrency",
    "retry",
    "sla",
    "checks",
    "pluginDefaults",
    "triggers",
]
_OPTIONAL = frozenset(
    {
        "errors",
        "finally",
        "afterExecution",
        "triggers",
        "inputs",
        "outputs",
        "pluginDefaults",
        "else",
        "defaults",
        "variables",
        "labels",
    }
)


# --- splices -----------------------------------------------------------------------------------------------


class Source:
    """A flow's text and the places of its nodes. Methods return the new text and the data it must give."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.document: Document = read_document(text)
        except SourceError as error:
            raise PatchError(f"the flow cannot be edited before it parses: {error}") from error
        self.newline = "\r\n" if "\r\n" in text else "\n"

    # set

    def put(self, path: Path, value: Json) -> tuple[str, Json]:
        """Set the value at a path, making missing maps on the way."""
        data = copy.deepcopy(self.document.data)
        if self.document.exists(path):
            _assign(data, path, value)
            old = target.get(self.document.data, path)
            if not isinstance(old, dict | list) and not isinstance(value, dict | list | str):
                return self._replace(path, value), data
            if isinstance(old, str) and isinstance(value, str) and self._flowed(path[:-1]) is not None:
                span = self.document.span(path)
                plain = is_plain(value) and "," not in value
                return self._splice(span.start, span.end, value if plain else flow(value)), data
            if (flowed := self._flowed(path[:-1])) is not None:
                return self._rewrite_flow(flowed, data), data
            return self._replace(path, value), data
        parent = path[:-1]
        while parent and not self.document.exists(parent):
            value, parent = {str(path[len(parent)]): value}, parent[:-1]
        key = path[len(parent)]
        holder = target.get(data, parent)
        if holder is None and self.document.exists(parent) and parent:
            return self.put(parent, {str(key): value})
        if not isinstance(holder, dict):
            raise PatchError(f"'{_text(path)}' cannot be set: '{_text(parent)}' is not a map")
        holder[str(key)] = value
        if (flowed := self._flowed(parent)) is not None:
            return self._rewrite_flow(flowed, data), data
        return self._append_entry(parent, str(key), value), data

    def _replace(self, path: Path, value: Json) -> str:
        span = self.document.span(path)
        key = self.document.key_span(path)
        if key is None:
            lines = item_lines(value, 0)
            body = [lines[0].removeprefix("- "), *lines[1:]]
            indent = self._column(span.start) - STEP
            return self._splice(span.start, span.end, self._joined(body[:1] + _indented(body[1:], indent)))
        name = self.text[key.start : key.end]
        lines = lines_of("k", value, 0)
        behind = self._line_end(self._value_end(path))
        if (
            len(lines) > 1
            and isinstance(value, str)
            and self._own_comments(behind, self._column(key.start)) > behind
        ):
            lines = [f"k: {quoted(value)}"]  # a block of text would swallow the comments behind it
        inner = _indented(lines[1:], self._column(key.start))
        head = name + lines[0].removeprefix("k")
        start, end = key.start, self._value_end(path)
        if len(lines) == 1 and "\n" not in self.text[key.start : end]:
            gap = re.match(r"\s*:\s*", self.text[key.end : span.start] or ":")
            return self._splice(
                span.start if gap else key.start,
                span.end,
                lines[0].removeprefix("k:").strip() if span.start > key.end else head,
            )
        return self._splice(start, end, self._joined([head, *inner]))

    def _value_end(self, path: Path) -> int:
        return self.document.span(path).end

    def _append_entry(self, parent: Path, key: str, value: Json) -> str:
        holder = target.get(self.document.data, parent)
        indent = self._map_indent(parent)
        lines = lines_of(key, value, indent)
        if not holder:
            return self._replace(parent, {key: value})
        position = self._line_end(self._deep_end((*parent, self._neighbour(parent, key, list(holder)))))
        position = self._own_comments(position, indent)
        spaced = not parent and isinstance(value, dict | list) and re.search(r"\n\s*\n\w", self.text)
        block = self._joined(([""] if spaced else []) + lines)
        if position == len(self.text) and not self.text.endswith("\n"):
            return self.text + self.newline + block
        return self._splice(position, position, block + self.newline)

    def _neighbour(self, parent: Path, key: str, names: list[str]) -> str:
        """Return the entry a new one goes behind: the last one, at the root by the usual order of a flow."""
        if parent or key not in _ORDER:
            return names[-1]
        earlier = [name for name in names if name in _ORDER and _ORDER.index(name) < _ORDER.index(key)]
        return max(earlier, key=names.index) if earlier else names[-1]

    # remove

    def cut(self, path: Path) -> tuple[str, Json]:
        """Remove a list item or a map entry; an emptied optional list goes with its key."""
        if not path:
            raise PatchError("the flow itself cannot be removed here; delete it instead")
        if not self.document.exists(path):
            raise PatchError(f"'{_text(path)}' does not exist")
        data = copy.deepcopy(self.document.data)
        holder = target.get(data, path[:-1])
        if len(holder) == 1 and len(path) > 1:
            if (isinstance(path[-1], int) and str(path[-2]) in _OPTIONAL) or (
                isinstance(holder, dict) and isinstance(path[-2], str)
            ):
                return self.cut(path[:-1])
            return self.put(path[:-1], [] if isinstance(path[-1], int) else {})
        del holder[path[-1]]
        if (flowed := self._flowed(path[:-1])) is not None:
            return self._rewrite_flow(flowed, data), data
        if isinstance(path[-1], int):
            start, end = self._item(path)
            if path[-1] == 0:
                end += len(re.match(r"(?:[ \t]*\r?\n)*", self.text[end:])[0])  # type: ignore[index]
            return self._close_gap(start, end), data
        return self._cut_entry(path), data

    def _cut_entry(self, path: Path) -> str:
        key = self.document.key_span(path)
        if key is None:
            raise PatchError(f"'{_text(path)}' is shared by an anchor; change it by hand")
        start = self._line_start(key.start)
        end = self._line_end(self._deep_end(path))
        if self.text[start : key.start].strip() == "":
            return self._close_gap(self._with_comments(start, self._column(key.start)), end)
        following = [name for name in target.get(self.document.data, path[:-1]) if name != path[-1]]
        spans = [
            span.start
            for name in following
            if (span := self.document.key_span((*path[:-1], name))) and span.start > key.start
        ]
        if not spans:
            return self._splice(key.start, self._deep_end(path), "{}")
        return self._splice(key.start, min(spans), "")

    def _close_gap(self, start: int, end: int) -> str:
        """Cut lines; of blank lines on both sides only those before stay."""
        before, after = self.text[:start], self.text[end:]
        if re.search(r"(?:^|\n)[ \t]*\r?\n$", before):
            after = re.sub(r"^(?:[ \t]*\r?\n)+", "", after)
        if not after.strip():
            return before.rstrip() + (self.newline if before.strip() else "") + after.lstrip("\r\n")
        return before + after

    # lists

    def insert(self, path: Path, index: int, item: Json) -> tuple[str, Json]:
        """Insert an item in a list; a missing list is made."""
        data = copy.deepcopy(self.document.data)
        items = target.get(data, path)
        if not items:
            return self.put(path, [item])
        if not isinstance(items, list):
            raise PatchError(f"'{_text(path)}' is not a list")
        items.insert(index, item)
        if (flowed := self._flowed(path)) is not None:
            return self._rewrite_flow(flowed, data), data
        indent = self._dash(path, 0)[1]
        return self._insert_block(path, index, self._joined(item_lines(item, indent)) + self.newline), data

    def _insert_block(self, path: Path, index: int, block: str) -> str:
        items = target.get(self.document.data, path)
        spaced = self._spaced(path, len(items))
        if index < len(items):
            start = self._item((*path, index))[0]
            return self._splice(start, start, block + (self.newline if spaced else ""))
        end = self._item((*path, len(items) - 1))[1]
        lead = "" if self.text[:end].endswith("\n") else self.newline
        return self._splice(end, end, lead + (self.newline if spaced else "") + block)

    def _spaced(self, path: Path, count: int) -> bool:
        if count < 2:
            return False
        gap = self.text[self._item((*path, 0))[1] : self._item((*path, 1))[0]]
        return "\n" in gap

    def move(self, origin: Path, place: Path, index: int) -> tuple[str, Json]:
        """Move an item with its comments; its lines keep their bytes but for the indentation."""
        data = copy.deepcopy(self.document.data)
        item = target.get(data, origin)
        start, end = self._item(origin)
        block = self.text[start:end]
        if not block.endswith("\n"):
            block += self.newline
        indent = self._dash(origin[:-1], int(origin[-1]))[1]
        if self._flowed(origin[:-1]) is not None or (
            target.get(data, place) and self._flowed(place) is not None
        ):
            raise PatchError("tasks in brackets cannot be moved; write the list with dashes first")
        if origin[:-1] == place and index > int(origin[-1]):
            index -= 1
        text, _ = self.cut(origin)
        rest = Source(text)
        place = _shifted(place, origin)
        into = target.get(rest.document.data, place)
        wanted = copy.deepcopy(rest.document.data)
        if not into:
            return rest.put(place, [item])
        target.get(wanted, place).insert(index, item)
        shifted = self._reindent(block, rest._dash(place, 0)[1] - indent)
        return rest._insert_block(place, index, shifted), wanted

    def wrap(
        self, path: Path, first: int, count: int, shell: dict[str, Json], section: str
    ) -> tuple[str, Json]:
        """Put neighbouring items of a list inside a new item; their lines are only indented."""
        if self._flowed(path) is not None:
            raise PatchError("tasks in brackets cannot be wrapped; write the list with dashes first")
        data = copy.deepcopy(self.document.data)
        items = target.get(data, path)
        items[first : first + count] = [{**shell, section: items[first : first + count]}]
        start, end = self._item((*path, first))[0], self._item((*path, first + count - 1))[1]
        indent = self._dash(path, first)[1]
        body = self._reindent(self.text[start:end], 2 * STEP)
        head = self._joined([*item_lines(shell, indent), f"{' ' * (indent + STEP)}{section}:"]) + self.newline
        return self._splice(start, end, head + body), data

    def unwrap(self, path: Path, section: str) -> tuple[str, Json]:
        """Put the items inside an item in its place; their lines only lose indentation."""
        if self._flowed((*path, section)) is not None:
            raise PatchError("tasks in brackets cannot be unwrapped; write the list with dashes first")
        data = copy.deepcopy(self.document.data)
        items, index = target.get(data, path[:-1]), int(path[-1])
        inner = items[index][section]
        items[index : index + 1] = inner
        start, end = self._item(path)
        first = self._item((*path, section, 0))[0]
        last = min(self._item((*path, section, len(inner) - 1))[1], end)
        shift = self._dash(path[:-1], index)[1] - self._dash((*path, section), 0)[1]
        return self._splice(start, end, self._reindent(self.text[first:last], shift)), data

    def _reindent(self, block: str, shift: int) -> str:
        lines = block.splitlines(keepends=True)
        if shift >= 0:
            return "".join(f"{' ' * shift}{line}" if line.strip() else line for line in lines)
        return "".join(line[min(-shift, len(line) - len(line.lstrip(" "))) :] for line in lines)

    # places

    def _flowed(self, path: Path) -> Path | None:
        """Return the outermost collection in brackets around a path, None in block style."""
        for length in range(len(path) + 1):
            part = path[:length]
            if self.document.exists(part) and isinstance(target.get(self.document.data, part), dict | list):
                span = self.document.span(part)
                if self.text[span.start : span.start + 1] in ("[", "{"):
                    return part
        return None

    def _rewrite_flow(self, path: Path, data: Json) -> str:
        span = self.document.span(path)
        value = target.get(data, path)
        old = target.get(self.document.data, path)
        if not old and value and path:
            return self._replace_empty(path, value)
        return self._splice(span.start, span.end, flow(value))

    def _replace_empty(self, path: Path, value: Json) -> str:
        """An empty `[]` or `{}` grows into block style."""
        key = self.document.key_span(path)
        span = self.document.span(path)
        if key is None:
            return self._splice(span.start, span.end, flow(value))
        lines = lines_of("k", value, self._column(key.start))
        return self._splice(
            key.end, span.end, self._joined([lines[0].lstrip().removeprefix("k"), *lines[1:]])
        )

    def _item(self, path: Path) -> tuple[int, int]:
        """Return the lines of a list item: from the comments right above it to the end of its last line."""
        position, indent = self._dash(path[:-1], int(path[-1]))
        start = self._line_start(position)
        if self.text[start:position].strip():
            raise PatchError(f"'{_text(path)}' does not stand on lines of its own; change it by hand")
        end = self._line_end(max(self._deep_end(path), position + 1))
        return self._with_comments(start, indent), self._own_comments(end, indent)

    def _dash(self, path: Path, index: int) -> tuple[int, int]:
        """Return the place and the column of an item's dash."""
        at = self.document.span((*path, index)).start
        while at > 0 and self.text[at - 1] in " \t\r\n":
            at -= 1
        if at and self.text[at - 1] == "-":
            return at - 1, self._column(at - 1)
        line = self._line_start(self.document.span((*path, index)).start)
        dash = self.text.rfind("-", 0, self.document.span((*path, index)).start)
        if dash < 0:
            raise PatchError(f"'{_text((*path, index))}' does not stand in a list with dashes")
        return max(dash, line) if self.text[max(dash, line)] == "-" else dash, self._column(dash)

    def _deep_end(self, path: Path) -> int:
        return self.document.span(path).end

    def _map_indent(self, path: Path) -> int:
        holder = target.get(self.document.data, path)
        for name in holder or ():
            span = self.document.key_span((*path, name))
            if span is not None:
                return self._column(span.start)
        key = self.document.key_span(path)
        return self._column(key.start) + STEP if key else 0

    def _with_comments(self, start: int, indent: int) -> int:
        while start > 0:
            previous = self._line_start(start - 1)
            line = self.text[previous:start]
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip(" ")) != indent:
                break
            start = previous
        return start

    def _own_comments(self, end: int, indent: int) -> int:
        """Return the place behind the comments that are indented deeper, blank lines before them included."""
        at = end
        while at < len(self.text):
            stop = self._line_end(at)
            line = self.text[at:stop]
            if line.strip():
                if not line.lstrip().startswith("#") or len(line) - len(line.lstrip(" ")) <= indent:
                    break
                end = stop
            at = stop
        return end

    def _column(self, at: int) -> int:
        return at - self._line_start(at)

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        """Return the place behind the line break of the line that holds (or ends at) `at`."""
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def _splice(self, start: int, end: int, text: str) -> str:
        return self.text[:start] + text + self.text[end:]

    def _joined(self, lines: list[str]) -> str:
        return self.newline.join(lines)


def _indented(lines: list[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" if line else line for line in lines]


def _assign(data: Json, path: Path, value: Json) -> None:
    holder = target.get(data, path[:-1])
    holder[path[-1]] = value


def _shifted(place: Path, removed: Path) -> Path:
    """Return a path as it is after an item before it in the same list was removed."""
    depth = len(removed) - 1
    if len(place) > depth and place[:depth] == removed[:depth] and isinstance(place[depth], int):
        index, gone = int(place[depth]), int(removed[depth])
        if index > gone:
            return (*place[:depth], index - 1, *place[depth + 1 :])
    return place


def _text(path: Path) -> str:
    return ".".join(str(step) for step in path) or "the flow"
