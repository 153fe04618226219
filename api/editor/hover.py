"""Hover: the documentation of what stands under the pointer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from api.editor.complete import Completer
from api.editor.cursor import Cursor, cursor_at
from api.editor.outline import Declared, outline_of
from api.editor.variable import before
from engine.docs.card import card
from engine.docs.fact import facts_of
from engine.expression.reference import Item as Word
from engine.expression.reference import find
from engine.plugin import Plugin

_WORD = re.compile(r"[\w.$/-]+")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about the characters `start:end`; `type` is the plugin it is about, for a link to its page."""

    start: int
    end: int
    markdown: str
    type: str | None = None


def hover(completer: Completer, text: str, offset: int) -> Hover | None:
    """Return what is known of the word at an offset (in characters), None when nothing is."""
    inside = cursor_at(text, offset).expression is not None
    start, end = _word(text, offset, _NAME if inside else _WORD)
    if start == end:
        return None
    cursor = cursor_at(text, end)
    word = text[start:end]
    if inside:
        about = _expression(completer, text, cursor, start, word)
        return Hover(start, end, about) if about else None
    if cursor.place == "text":
        return None
    plugin = completer.grammar.plugin(word) if "." in word else None
    if plugin is not None:
        return Hover(start, end, _type(plugin), plugin.type_id)
    key = word if cursor.place == "key" else cursor.key
    about = _property(completer, cursor, key)
    return Hover(start, end, about) if about else None


def _word(text: str, offset: int, pattern: re.Pattern[str]) -> tuple[int, int]:
    line = text.rfind("\n", 0, offset) + 1
    stop = text.find("\n", offset)
    for match in pattern.finditer(text, line, len(text) if stop < 0 else stop):
        if match.start() <= offset <= match.end():
            return match.span()
    return offset, offset


def _type(plugin: type[Plugin]) -> str:
    facts = facts_of(plugin)
    lines = [f"**{facts.name}** ({facts.kind})", facts.description, facts.failure]
    if facts.deprecated:
        lines.insert(1, f"Deprecated: use {facts.deprecated}")
    short = card(plugin)
    if short.required:
        lines.append("Required: " + ", ".join(f"`{name}`" for name in short.required))
    if short.outputs:
        lines.append("Gives " + ", ".join(f"`{one.name}`" for one in short.outputs))
    return "\n\n".join(line for line in lines if line)


def _property(completer: Completer, cursor: Cursor, key: str) -> str:
    for shape in completer.grammar.of(cursor):
        made = shape.properties.get(key)
        if not isinstance(made, dict):
            continue
        head = f"**{key}**" + (" (required)" if key in shape.required else "")
        lines = [head, str(made.get("description", ""))]
        values = [
            f"`{value}`" for one in completer.grammar.value(cursor, key) for value in one.made.get("enum", ())
        ]
        if values:
            lines.append("One of " + ", ".join(dict.fromkeys(values)))
        if isinstance(made.get("default"), str | int | float | bool):
            lines.append(f"Default: `{made['default']}`")
        return "\n\n".join(line for line in lines if line)
    return ""


def _expression(completer: Completer, text: str, cursor: Cursor, start: int, word: str) -> str:
    inside = (cursor.expression or "")[: -len(word)]
    if re.search(r"(?<!\|)\|\s*$", inside):
        return _language(find(word, "filter"))
    if re.search(r"\bis\s+(not\s+)?$", inside):
        return _language(find(word, "test"))
    owner = re.search(r"\b(inputs|outputs|vars|tasks)(?:\.|\[['\"])$", inside)
    outline = outline_of(text, cursor.offset)
    if owner is not None:
        if owner[1] == "inputs":
            return _declared(next((one for one in outline.inputs if one.id == word), None), "Input")
        if owner[1] == "vars":
            return f"**{word}** = `{outline.variables[word]}`" if word in outline.variables else ""
        return _declared(next((one for one in outline.tasks if one.id == word), None), "Task")
    output = re.search(r"\boutputs\.(\w+)\.$", inside)
    if output is not None:
        task = next((one for one in before(outline, cursor) if one.id == output[1]), None)
        plugin = completer.grammar.plugin(task.type) if task else None
        gives = facts_of(plugin).outputs if plugin else ()
        return next((f"**{o.name}** ({o.words})\n\n{o.description}" for o in gives if o.name == word), "")
    return _language(find(word, "function")) if not inside.rstrip().endswith(".") else ""


def _declared(one: Declared | None, what: str) -> str:
    if one is None:
        return ""
    return f"**{one.id}** {what} `{one.type}`" + (f"\n\n{one.description}" if one.description else "")


def _language(found: tuple[Word, ...]) -> str:
    if not found:
        return ""
    word = found[0]
    lines = [f"`{word.signature}` ({word.kind})", word.summary, word.details]
    lines += [f"`{one.template}` gives `{one.result}`" for one in word.examples[:2] if one.result is not None]
    return "\n\n".join(line for line in lines if line)
