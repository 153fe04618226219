"""The hand-written guides keep their form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from retrieval.chunk import split
from retrieval.markdown import read_front_matter
from retrieval.read import read_document

GUIDES = sorted((Path(__file__).parents[2] / "docs_corpus" / "guides").glob("*.md"))
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_there_are_guides() -> None:
    assert len(GUIDES) >= 15


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    front, _ = read_front_matter(text)
    assert front["type"] == "guide"
    assert front["title"] and front["description"]
    assert 60 <= len(text.splitlines()) <= 150
    document = read_document(f"guides/{path.name}", text.encode())
    assert document.kind == "guide"
    assert len(split(document)) >= 5


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_yaml_example_is_a_whole_flow(path: Path) -> None:
    examples = [body for language, body in CODE.findall(path.read_text()) if language == "yaml"]
    assert examples
    for example in examples:
        flow = yaml.safe_load(example)
        assert {"id", "namespace", "tasks"} <= set(flow)
