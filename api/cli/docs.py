"""`flowsmith docs`: the documents the copilot reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Read, search and write the documents the copilot knows.")


@app.command(
    epilog="""
Examples:

[dim]$[/] flowsmith docs ingest

[dim]$[/] flowsmith docs ingest ./handbook https://example.com/docs/

[dim]$[/] flowsmith docs ingest --collection team ./runbooks
"""
)
def ingest(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Folders, files or addresses; by default the built-in ones.")
    ] = None,
    collection: Annotated[str, typer.Option(help="Collection to put them into.")] = "docs",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Bring the document index up to date; only what changed is read and embedded again."""
    from dataclasses import asdict

    from api.cli import screen
    from api.cli.up import Bar, summary
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        if as_json:
            report = wiring.ingest(sources=sources, collection=collection)
            screen.print_json(asdict(report))
            return
        with Bar() as bar:
            report = wiring.ingest(bar.show, sources=sources, collection=collection)
        screen.out.print(summary(report))
        for skip in report.skipped:
            screen.out.print(f"  [yellow]left out[/] {skip.source}: {skip.reason}", markup=True)


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith docs search how to retry a task")
def search(
    question: Annotated[list[str], typer.Argument(help="Words to look for.")],
    count: Annotated[int, typer.Option("-k", help="How many passages.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print passages as JSON.")] = False,
) -> None:
    """Find passages in the documents."""
    from dataclasses import asdict

    from rich.markup import escape

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        wiring.ingest_if_empty()
        passages = wiring.retriever.search(" ".join(question), k=count)
        if as_json:
            screen.print_json([asdict(passage) for passage in passages])
            return
        for number, passage in enumerate(passages, 1):
            head = " › ".join(part for part in (passage.title, passage.heading) if part)
            place = f"{passage.source}:{passage.start_line}-{passage.end_line}"
            screen.out.print(f"[bold]{number}. {escape(head)}[/]  [dim]{escape(place)}[/]")
            screen.out.print(escape(_shortened(passage.text)) + "\n")
        if wiring.retriever.notice:
            screen.err.print(f"[dim]{escape(wiring.retriever.notice)}[/]")
        if not passages:
            screen.out.print("Nothing in the documents fits these words.")


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith docs pages docs_corpus")
def pages(
    folder: Annotated[Path, typer.Argument(help="Folder to write below.")] = Path("docs_corpus"),
) -> None:
    """Write the generated pages: one per plugin type, and the expression language."""
    from api.cli import screen
    from engine.docs import write_pages
    from engine.registry import Registry

    written = write_pages(Registry.load(), folder)
    screen.out.print(f"{len(written)} pages in {folder} are up to date")


def _shortened(text: str, limit: int = 500) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"
