"""Packages of plugins: ids from the places of files, imported when needed; marks of plugins inside plugins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.plugin import Plugin
from engine.plugin.base import properties_of
from engine.registry import Registry, plugins_below

FILES = {
    "__init__.py": 'TYPE_PREFIX = "com.acme."',
    "shout.py": """
from typing import Annotated, ClassVar
from acme_flows._voice import Voice
from engine.plugin import STATIC, Output, Task

class ShoutOutput(Output):
    text: str

class Shout(Task):
    gives: ClassVar[type[Output]] = ShoutOutput
    row_properties: ClassVar[tuple[str, ...]] = ("voices",)
    voices: list[Voice]
    def run(self, ctx):
        return ShoutOutput(text=" ".join(voice.say(ctx) for voice in self.voices))
""",
    "_voice.py": """
from typing import ClassVar
from engine.plugin import Plugin

class Voice(Plugin):
    abstract: ClassVar[bool] = True
""",
    "voice/__init__.py": "",
    "voice/loud.py": """
from typing import Annotated
from acme_flows._voice import Voice
from engine.plugin import STATIC

class Loud(Voice):
    first: str
    later: Annotated[str, STATIC]
    def say(self, ctx):
        return f"{self.first} {self.later} {ctx.render(self.later, {'tone': 'deep'})}"
""",
    "broken/__init__.py": "",
    "broken/gone.py": "import no_such_package_at_all\nclass Gone: pass",
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry with a package of another distribution."""
    for name, text in FILES.items():
        file = tmp_path / "acme_flows" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    invalidate_caches()
    yield Registry(lazy=dict(plugins_below(import_module("acme_flows"))))
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_flows"]:
        del sys.modules[name]


def test_ids_are_prefix_and_place(registry: Registry) -> None:
    assert registry.names() == ["com.acme.Shout", "com.acme.broken.Gone", "com.acme.voice.Loud"]
    assert "acme_flows.shout" not in sys.modules
    assert registry.resolve("com.acme.Shout").type_id == "com.acme.Shout"
    assert not registry.resolve("com.acme.voice.Loud").abstract


def test_a_file_that_cannot_be_imported_spoils_only_itself(registry: Registry) -> None:
    assert registry.types() == ["com.acme.Shout"]
    with pytest.raises(ImportError, match="no_such_package_at_all"):
        registry.resolve("com.acme.broken.Gone")


def test_a_property_that_holds_plugins_is_marked(registry: Registry) -> None:
    assert properties_of(registry.resolve("com.acme.Shout")).parts == {"voices"}
    assert properties_of(registry.resolve("com.acme.voice.Loud")).parts == frozenset()


def test_static_properties_of_a_plugin_inside_are_rendered_by_itself(
    registry: Registry, engine: Engine
) -> None:
    for name in ("com.acme.Shout", "com.acme.voice.Loud"):
        engine.registry.add(registry.resolve(name))
    row = engine.save("""
id: shouting
namespace: company.team
tasks:
  - id: shout
    type: com.acme.Shout
    voices:
      - type: com.acme.voice.Loud
        first: "{{ flow.id }}"
        later: "{{ tone }}"
""")
    ended = engine.wait(engine.start(row.namespace, row.id).id, 20)
    assert [run.outputs for run in ended.task_runs] == [{"text": "shouting {{ tone }} deep"}]


def test_the_packages_of_installed_distributions_are_found() -> None:
    loaded: type[Plugin] = Registry.load().resolve("io.kestra.plugin.ai.completion.ChatCompletion")
    assert loaded.__module__ == "copilot.plugins.ai.completion.chat_completion"
