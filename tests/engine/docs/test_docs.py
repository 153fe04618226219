"""Pages, schemas and cards made from plugin classes."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from engine.docs import Card, cards, flow_schema, page, schema
from engine.docs.corpus import plugin_pages, write_pages
from engine.docs.fact import facts_of
from engine.docs.schema import outputs_schema
from engine.docs.words import type_words
from engine.model.flow import TaskSpec
from engine.model.log import Level
from engine.plugin import (
    STATIC,
    Duration,
    Example,
    FlowableTask,
    Output,
    Plugin,
    Size,
    StringMap,
    Task,
    Text,
    Trigger,
)
from engine.registry import Registry
from engine.source import read_document
from engine.validation import check

EXAMPLE = """\
id: copy
namespace: company.team
tasks:
  - id: copy
    type: org.example.db.Copy
    url: u
    mode: "{{ flow.id }}"
    auth:
      user: me
"""


class Runner(Plugin):
    abstract: ClassVar[bool] = True


class Local(Runner):
    """Run on this machine."""

    type_id: ClassVar[str] = "org.example.runner.Local"
    threads: int = 1
    """How many threads."""


class Auth(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")
    user: str
    """Name of the user."""


class CopyOutput(Output):
    uri: str
    """Where the copy is."""
    row_count: int | None = None
    """How many rows it has."""


class Copy(Task):
    """Copy a table. It keeps the order of rows.

    Existing rows are replaced. Fails when the table does not exist.
    """

    type_id: ClassVar[str] = "org.example.db.Copy"
    aliases: ClassVar[tuple[str, ...]] = ("org.example.db.OldCopy",)
    renamed: ClassVar[dict[str, str]] = {"adress": "url"}
    gives: ClassVar[type[Output]] = CopyOutput
    examples = (Example("Copy a table", EXAMPLE),)

    url: Text
    """Address of the database.

    Written like `host:port`."""
    mode: Literal["APPEND", "REPLACE"] = "APPEND"
    """What happens to existing rows."""
    rows: Annotated[int, Field(ge=0, le=9)] = 5
    """How many rows."""
    pause: Duration | None = None
    env: StringMap = {}
    auth: Auth | None = None
    """Who logs in."""
    fixed: Annotated[bool, STATIC] = False
    """Not rendered."""
    task_runner: Runner = Field(default_factory=Local)
    """Where it runs."""


class Block(FlowableTask):
    """Run tasks."""

    type_id: ClassVar[str] = "org.example.Block"
    deprecated: ClassVar[str | None] = "org.example.Other"
    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks."""


class Every(Trigger):
    """Start now and then."""

    type_id: ClassVar[str] = "org.example.Every"
    interval: Duration
    """Time between two starts."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(classes=(Copy, Block, Every, Local))


@pytest.fixture(scope="module")
def built_in() -> Registry:
    return Registry.load()


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (Text | None, "text"),
        (int, "whole number"),
        (bool, "boolean"),
        (Duration, "duration"),
        (Size, "size in bytes, also like 10MB"),
        (str | list[str], "text or list of texts"),
        (dict[str, list[int]], "map of lists of whole numbers"),
        (dict[str, Any], "map of any values"),
        (Level, "one of TRACE, DEBUG, INFO, WARN, ERROR"),
        (Literal["a", "b"] | None, "one of a, b"),
        (list[TaskSpec], "list of tasks"),
        (Runner, "runner"),
        (Auth, "map"),
        (list[Auth], "list of maps"),
        (Any, "any value"),
    ],
)
def test_types_are_told_in_plain_words(annotation: Any, words: str) -> None:
    assert type_words(annotation) == words


def test_a_page_has_everything_a_reader_needs() -> None:
    text = page(Copy)
    front, body = text.removeprefix("---\n").split("---\n", 1)
    assert read_document(front).data == {
        "title": "Copy",
        "type": "org.example.db.Copy",
        "kind": "task",
        "description": "Copy a table.",
    }
    headings = re.findall(r"^#+ .*$", body.partition("```yaml\nid:")[0], re.MULTILINE)
    assert headings == [
        "# Copy",
        "## Properties",
        "### `url`",
        "### `mode`",
        "### `rows`",
        "### `pause`",
        "### `env`",
        "### `auth`",
        "### `auth.user`",
        "### `fixed`",
        "### `taskRunner`",
        "## Outputs",
        "### Output `uri`",
        "### Output `rowCount`",
        "## Failure",
        "## Examples",
        "### Copy a table",
    ]
    for part in (
        "Copy a table. It keeps the order of rows.\n\nExisting rows are replaced.\n",
        "Type: text; required.\n\nAddress of the database.\n\nWritten like `host:port`.",
        "Type: one of APPEND, REPLACE; optional; default: `APPEND`.",
        "Type: boolean; optional; default: `false`; taken as written, without expressions.",
        "default: `{type: org.example.runner.Local}`",
        "## Failure\n\nFails when the table does not exist.\n",
        "Older names of the type: `org.example.db.OldCopy`.",
        "`adress` is the old name of `url`.",
        f"```yaml\n{EXAMPLE}```",
    ):
        assert part in text


def test_a_deprecated_type_says_what_to_use() -> None:
    assert "**Deprecated:** use org.example.Other." in page(Block)
    assert "`errors`, `finally`" in page(Block)


def test_a_card_is_short_and_complete(registry: Registry) -> None:
    found = {card.type: card for card in cards(registry)}
    card = found["org.example.db.Copy"]
    assert (card.title, card.group, card.purpose, card.kind) == (
        "Copy",
        "org.example.db",
        "Copy a table.",
        "task",
    )
    assert card.required == ("url",)
    assert [item.name for item in card.outputs] == ["uri", "rowCount"]
    assert "property url (text, required): Address of the database" in card.text
    assert (
        "property mode (one of APPEND, REPLACE, default APPEND): What happens to existing rows" in card.text
    )
    assert card.example == EXAMPLE
    assert list(found)[-1] == "org.example.Block" and found["org.example.Block"].deprecated


def test_a_schema_describes_a_type() -> None:
    made = schema(Copy)
    assert made["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert made["required"] == ["id", "type", "url"]
    assert made["additionalProperties"] is False
    assert made["title"] == "Copy a table"
    assert made["properties"]["type"] == {"type": "string", "const": "org.example.db.Copy"}
    assert made["properties"]["mode"] == {
        "title": "Mode",
        "description": "What happens to existing rows.",
        "anyOf": [
            {"enum": ["APPEND", "REPLACE"], "type": "string"},
            {"type": "string", "pattern": "\\{[{%]"},
        ],
        "default": "APPEND",
        "$dynamic": True,
    }
    assert made["properties"]["fixed"]["type"] == "boolean"
    assert made["properties"]["runIf"]["description"]
    assert made["$examples"][0]["code"] == EXAMPLE
    assert set(made["definitions"]) == {f"kind.{Runner.kind_name()}", "org.example.db.Copy.Auth", "retry"}
    assert schema(Block)["$deprecated"] is True


def test_a_schema_describes_outputs() -> None:
    made = outputs_schema(Copy)
    assert made["properties"]["uri"]["description"] == "Where the copy is."
    assert "rowCount" in made["properties"]


def test_every_reference_of_the_flow_schema_has_a_definition(built_in: Registry, registry: Registry) -> None:
    for known in (registry, built_in):
        made = flow_schema(known)
        names = set(made["definitions"])
        assert {ref.removeprefix("#/definitions/") for ref in _refs(made)} <= names
        assert {"flow", "task", "tasks", "trigger", "triggers", *known.names()} <= names


def test_schemas_are_deterministic(registry: Registry) -> None:
    again = Registry(classes=(Local, Every, Block, Copy))
    assert flow_schema(registry) == flow_schema(again)
    assert list(flow_schema(registry)["definitions"]) == sorted(flow_schema(again)["definitions"])


FLOW = """\
id: f
namespace: company.team
inputs:
  - {id: n, type: INT, min: 1}
tasks:
  - id: b
    type: org.example.Block
    tasks:
      - {id: t, type: org.example.db.Copy, url: u, rows: "{{ inputs.n }}", taskRunner: {type: org.example.runner.Local}}
triggers:
  - {id: e, type: org.example.Every, interval: PT1S}
"""


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("id: f", "id: f", True),
        ("rows: ", "rowz: ", False),
        ("url: u, ", "", False),
        ('"{{ inputs.n }}"', "12", False),
        ('"{{ inputs.n }}"', "x", False),
        ("Copy, url", "Copy, mode: BAD, url", False),
        ("runner.Local}", "runner.Local, threads: x}", False),
        ("runner.Local}", "runner.Lokal}", False),
        ("org.example.Every", "org.example.Never", False),
        ("type: INT, min: 1", "type: INT, validator: x", False),
        ("namespace: company.team", "namespace: Company", False),
        (
            "tasks:\n  - id: b",
            "labels: {a: 1}\nretry: {type: constant, interval: PT1S}\ntasks:\n  - id: b",
            True,
        ),
        ("tasks:\n  - id: b", "lables: {a: 1}\ntasks:\n  - id: b", False),
    ],
)
def test_the_schema_and_the_gate_agree(old: str, new: str, valid: bool, registry: Registry) -> None:
    text = FLOW.replace(old, new, 1)
    made = flow_schema(registry)
    assert fits(read_document(text).data, made, made) is valid
    assert check(text, registry).ok is valid


def test_every_example_of_the_plugins_fits_the_flow_schema(built_in: Registry) -> None:
    made = flow_schema(built_in)
    for name in built_in.names():
        plugin = built_in.resolve(name)
        for example in getattr(plugin, "examples", ()):
            assert fits(read_document(example.yaml).data, made, made), (name, example.title)


def test_every_plugin_is_documented(built_in: Registry) -> None:
    for name in built_in.names():
        facts = facts_of(built_in.resolve(name))
        assert facts.purpose.endswith("."), name
        assert all(item.description for item in (*facts.properties, *facts.outputs)), name
        assert page(built_in.resolve(name))


def test_pages_are_written_and_stale_ones_removed(registry: Registry, tmp_path: Path) -> None:
    stale = tmp_path / "plugins" / "gone" / "old.md"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    guide = tmp_path / "guides" / "flow.md"
    guide.parent.mkdir()
    guide.write_text("mine")
    written = write_pages(registry, tmp_path)
    assert not stale.parent.exists()
    assert guide.read_text() == "mine"
    names = {str(file.relative_to(tmp_path)) for file in written}
    assert set(plugin_pages(registry)) <= names
    assert "plugins/org/example/db/copy.md" in names
    times = {file: file.stat().st_mtime_ns for file in written}
    assert write_pages(registry, tmp_path) == written
    assert {file: file.stat().st_mtime_ns for file in written} == times


def test_cards_cover_all_built_in_types(built_in: Registry) -> None:
    made: list[Card] = cards(built_in)
    assert {card.type for card in made} == set(built_in.names())


def _refs(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_refs(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_refs(item) for item in value))
    return set()


KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def fits(value: Any, made: Any, root: Any) -> bool:
    """A small validator of the parts of draft-07 that the schemas use."""
    if made is True:
        return True
    if "$ref" in made:
        return fits(value, root["definitions"][made["$ref"].removeprefix("#/definitions/")], root)
    if "type" in made:
        names = made["type"] if isinstance(made["type"], list) else [made["type"]]
        kinds = tuple(kind for name in names for kind in KINDS[name])
        if not isinstance(value, kinds) or (isinstance(value, bool) and "boolean" not in names):
            return False
    if "const" in made and value != made["const"]:
        return False
    if "enum" in made and value not in made["enum"]:
        return False
    if isinstance(value, str) and not re.search(made.get("pattern", ""), value):
        return False
    if isinstance(value, int) and not made.get("minimum", value) <= value <= made.get("maximum", value):
        return False
    if not all(fits(value, item, root) for item in made.get("allOf", ())):
        return False
    if "anyOf" in made and not any(fits(value, item, root) for item in made["anyOf"]):
        return False
    if "if" in made and fits(value, made["if"], root) and not fits(value, made.get("then", True), root):
        return False
    if isinstance(value, list):
        return len(value) >= made.get("minItems", 0) and all(
            fits(item, made.get("items", True), root) for item in value
        )
    return not isinstance(value, dict) or _object_fits(value, made, root)


def _object_fits(value: dict[str, Any], made: Any, root: Any) -> bool:
    if not set(made.get("required", ())) <= value.keys():
        return False
    known, more = made.get("properties", {}), made.get("additionalProperties", True)
    for key, item in value.items():
        wanted = known.get(key, more)
        if wanted is False or not fits(item, wanted, root):
            return False
    return True
