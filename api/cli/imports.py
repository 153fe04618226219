"""`flowsmith import`: other systems' files become flows to review."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from copilot.gate import Verdict
    from copilot.skills.imports.imported import Imported

EXAMPLES = """
Examples:

[dim]$[/] crontab -l | flowsmith import -

[dim]$[/] flowsmith import .github/workflows/nightly.yml --namespace company.team

[dim]$[/] flowsmith import dags/orders.py --out flows
"""


class ImportKind(enum.StrEnum):
    """What a file is."""

    CRONTAB = "crontab"
    GITHUB_ACTIONS = "github-actions"
    AIRFLOW = "airflow"
    KESTRA_2 = "kestra-2"


def import_file(
    file: Annotated[typer.FileText, typer.Argument(help="The file, - for standard input.")],
    kind: Annotated[ImportKind | None, typer.Option(help="What it is; found out when absent.")] = None,
    namespace: Annotated[str, typer.Option(help="Namespace of the flows.")] = "company.team",
    out: Annotated[Path | None, typer.Option(help="Folder to write one file per flow into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print flows, placeholders and notes.")] = False,
) -> None:
    """Turn a crontab, a GitHub Actions workflow, an Airflow file or a flow of Kestra 2 into flows.

    The file is read, never run. Exit code 1 where something is still open.
    """
    from api.cli import screen
    from copilot.skills.imports.read import read_import
    from engine.registry import Registry

    found = read_import(
        file.read(),
        Registry.load(),
        name="" if file.name == "<stdin>" else Path(file.name).name,
        kind=kind.value if kind else None,
        namespace=namespace,
    )
    if as_json:
        screen.print_json([_json(made, verdict) for made, verdict in found])
    elif out is not None:
        _write(found, out)
    else:
        print("---\n".join(made.yaml for made, _ in found), end="")
    if not as_json:
        _tell(found)
    if any(made.placeholders or not verdict.valid for made, verdict in found):
        raise typer.Exit(1)


def _json(made: Imported, verdict: Verdict) -> dict[str, object]:
    return {
        "kind": made.kind,
        "name": made.name,
        "yaml": made.yaml,
        "valid": verdict.valid and not made.placeholders,
        "placeholders": list(made.placeholders),
        "notes": list(made.notes),
        "findings": [finding.text for finding in verdict.findings],
    }


def _write(found: list[tuple[Imported, Verdict]], folder: Path) -> None:
    """Write all flows, or none when one of the files is there already."""
    from api.cli import screen

    paths = [folder / f"{Path(made.name).stem}.yaml" for made, _ in found]
    there = [path for path in paths if path.exists()]
    if there:
        screen.err.print(f"[red]{there[0]} exists already; nothing was written[/]")
        raise typer.Exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    for path, (made, _) in zip(paths, found, strict=True):
        path.write_text(made.yaml, encoding="utf-8")
        screen.err.print(f"written {path}")


def _tell(found: list[tuple[Imported, Verdict]]) -> None:
    from rich.markup import escape

    from api.cli import screen

    for made, verdict in found:
        screen.err.print(f"[bold]{escape(made.name)}[/] [dim]from {made.kind}[/]")
        for words in made.placeholders:
            screen.err.print(f"  [red]open[/] {escape(words)}")
        for finding in verdict.findings:
            colour = "red" if finding.blocking else "yellow"
            screen.err.print(f"  [{colour}]{finding.severity.lower()}[/] {escape(finding.text)}")
        for note in made.notes:
            screen.err.print(f"  [dim]{escape(note)}[/]")
