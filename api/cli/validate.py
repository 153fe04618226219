"""`flowsmith validate`: check flows without running or saving them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from engine.model.json import Json
    from engine.registry import Registry

EXAMPLES = """
Examples:

[dim]$[/] flowsmith validate flows/*.yaml

[dim]$[/] flowsmith validate --json - < flow.yaml
"""


def validate(
    files: Annotated[list[str], typer.Argument(help="YAML files, folders, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Check flows: syntax, types, properties, values and every expression. Exit code 1 if one is invalid."""
    from api.cli import screen
    from engine.registry import Registry

    registry = Registry.load()
    reports = [report for name in _expand(files) for report in _check(name, registry, quiet=as_json)]
    if as_json:
        screen.print_json(reports)
    invalid = sum(not report["valid"] for report in reports)
    if not as_json:
        screen.out.print(f"{len(reports) - invalid} of {len(reports)} flows are valid")
        if not reports:
            screen.err.print("No flow was found in what you named.")
    if invalid or not reports:
        raise typer.Exit(1)


def _expand(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        path = Path(name)
        if name != "-" and path.is_dir():
            found += sorted(str(p) for p in path.rglob("*") if p.suffix in (".yml", ".yaml"))
        else:
            found.append(name)
    return found


def _check(name: str, registry: Registry, *, quiet: bool) -> list[dict[str, Json]]:
    from api.cli import screen
    from api.shape import finding_json
    from engine.source.split import split_documents
    from engine.validation import check

    text = _read(name)
    reports: list[dict[str, Json]] = []
    parts = split_documents(text)
    for part in parts or []:
        checked = check(part.text, registry)
        findings = [replace(f, line=f.line and f.line + part.line - 1) for f in checked.findings]
        shown = [finding_json(finding) for finding in findings]
        reports.append({"file": name, "valid": checked.flow is not None, "findings": shown})
        if not quiet:
            screen.print_findings(findings, name)
    if not parts:
        reports.append({"file": name, "valid": False, "findings": [], "message": "The file holds no flow"})
    return reports


def _read(name: str) -> str:
    from engine.errors import SettingsError

    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} cannot be read: {error}") from error
