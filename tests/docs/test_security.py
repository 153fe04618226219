"""The threat model, taken at its word: every threat has a test, and every test exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from api.security.permission import Permission, Role, of_role

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
_NAMED = re.compile(r"`(tests/[\w/.]+\.py)::(\w+)`")


def threats() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rows of the table of threats: what is feared, and the tests it names."""
    section = PAGE.partition("## Threats, defences, tests")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [(row[0].strip(), _NAMED.findall(row[-1])) for row in rows[2:]]


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("threat", "named"), threats(), ids=[threat for threat, _ in threats()])
def test_every_threat_has_a_test_that_exists(threat: str, named: list[tuple[str, str]]) -> None:
    assert named, f"'{threat}' names no test"
    for path, name in named:
        assert name.startswith("test_") and (ROOT / path).is_file(), path
        assert name in functions(path), f"{path} has no {name}"


def test_there_are_threats() -> None:
    assert len(threats()) > 25


def test_the_table_of_permissions_is_the_code() -> None:
    section = PAGE.partition("## Who may do what")[2].partition("\n## ")[0]
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    assert [row[0] for row in rows] == list(Permission)
    for row in rows:
        for role, cell in zip((Role.ADMIN, Role.EDITOR, Role.VIEWER), row[2:5], strict=True):
            assert (cell == "yes") == (Permission(row[0]) in of_role(role)), (row[0], role)
