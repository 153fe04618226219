"""Catalogue cards: one short text per plugin type, for search, completion and the copilot."""

from __future__ import annotations

from dataclasses import dataclass

from engine.docs.fact import Property, facts_of
from engine.plugin import Plugin
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class CardProperty:
    """A property or an output in one line."""

    name: str
    words: str
    description: str
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """`name (type, required): first sentence`."""
        marks = [self.words]
        if self.required:
            marks.append("required")
        elif self.default is not None:
            marks.append(f"default {self.default}")
        return f"{self.name} ({', '.join(marks)})" + (f": {self.description}" if self.description else "")


@dataclass(frozen=True, slots=True)
class Card:
    """A plugin type in short. `title` is its bare name, `purpose` one sentence, `group` like `core.log`;
    `example` is the YAML of a whole flow, empty when the class has none.
    """

    type: str
    kind: str
    title: str
    purpose: str
    group: str
    properties: tuple[CardProperty, ...]
    outputs: tuple[CardProperty, ...]
    example: str
    deprecated: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the properties that must be given."""
        return tuple(item.name for item in self.properties if item.required)

    @property
    def text(self) -> str:
        """The card as text for search: type, purpose, properties, outputs."""
        lines = [f"{self.type} ({self.kind})", self.purpose]
        lines += [f"property {item.line}" for item in self.properties]
        lines += [f"output {item.line}" for item in self.outputs]
        return "\n".join(lines)


def card(plugin: type[Plugin]) -> Card:
    """Make the card of a class; members of maps are left out."""
    facts = facts_of(plugin)
    return Card(
        type=facts.type,
        kind=facts.kind,
        title=facts.name,
        purpose=facts.purpose,
        group=facts.group,
        properties=tuple(_short(item) for item in facts.properties if "." not in item.name),
        outputs=tuple(_short(item) for item in facts.outputs if "." not in item.name),
        example=facts.examples[0].yaml if facts.examples else "",
        deprecated=facts.deprecated is not None,
        aliases=facts.aliases,
    )


def cards(registry: Registry, kind: type[Plugin] = Plugin) -> list[Card]:
    """Make the cards of all plugins of a kind, sorted, deprecated ones last."""
    return [card(registry.resolve(type_id)) for type_id in registry.types(kind)]


def _short(item: Property) -> CardProperty:
    sentence = " ".join(item.description.split()).partition(". ")[0].rstrip(".")
    return CardProperty(item.name, item.words, sentence, item.required, item.default_text, item.choices)
