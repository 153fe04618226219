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

[dim]$[/] flowsmith docs ingest --collection team ./runbooks https://example.com/sitemap.xml

[dim]$[/] flowsmith docs ingest 'https://example.com/docs/*'
"""
)
def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders, files, addresses, sitemaps (….xml) or `…/*` for all pages below; by default the "
            "built-in documents."
        ),
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


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith docs status")
def status(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Show what is in the index: collections, counts, origins, when it changed."""
    from dataclasses import asdict

    from rich.markup import escape

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring
    from retrieval.collection import status as read_status

    with Wiring.open(read_settings(), schedule=False) as wiring:
        found = read_status(wiring.engine.store.kv)
        if as_json:
            screen.print_json([asdict(one) for one in found])
            return
        for one in found:
            screen.out.print(
                f"[bold]{escape(one.name)}[/]  {one.documents} documents, {one.chunks} chunks, "
                f"{one.vectors} vectors  [dim]version {one.version}, changed {one.updated[:19]}[/]"
            )
            for origin, count in one.origins.items():
                screen.out.print(f"  {escape(origin)}  [dim]{count}[/]")
            if one.damaged:
                screen.out.print(
                    f"  [yellow]{len(one.damaged)} damaged[/]; `flowsmith docs ingest` mends them"
                )
        if not found:
            screen.out.print("Nothing has been read yet; run `flowsmith docs ingest`.")
        elif wiring.retriever.notice:
            screen.err.print(f"[dim]{escape(wiring.retriever.notice)}[/]")


@app.command(name="eval", epilog="Example:\n\n[dim]$[/] flowsmith docs eval questions.jsonl")
def evaluate_search(
    questions: Annotated[
        list[Path],
        typer.Argument(
            help="JSONL files: question, expect (types or sources), answerable. Each is measured on its own."
        ),
    ],
    halves: Annotated[
        list[Path] | None,
        typer.Option(help="File measured in two parts: the half that constants may be fitted on, the other."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print as JSON: the report, or one for each part by its name.")
    ] = False,
) -> None:
    """Measure the search on questions whose answers are known."""
    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring
    from retrieval.errors import QuestionsInvalid
    from retrieval.evaluate import Question, evaluate, read_questions
    from retrieval.evaluate import halves as cut

    parts: dict[str, list[Question]] = {}
    for path in [*questions, *(halves or ())]:
        try:
            asked = read_questions(path)
        except (OSError, UnicodeDecodeError) as error:
            raise QuestionsInvalid(f"{path} cannot be read: {error}") from error
        whole = path in questions
        parts |= {str(path): asked} if whole else {f"{path}, {half}": some for half, some in cut(asked)}
    with Wiring.open(read_settings(), schedule=False) as wiring:
        wiring.ingest_if_empty()
        reports = {name: evaluate(asked, wiring.retriever) for name, asked in parts.items()}
    if as_json:
        found = {name: report.to_json() for name, report in reports.items()}
        screen.print_json(found if len(found) > 1 else next(iter(found.values())))
        return
    for name, report in reports.items():
        if len(reports) > 1:
            screen.out.print(f"[bold]{name}[/]")
        for line in report.lines():
            screen.out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith docs remove team --origin https://example.com/docs/")
def remove(
    collection: Annotated[str, typer.Argument(help="Collection to remove.")],
    origin: Annotated[
        list[str] | None, typer.Option(help="Only what came from this source; see `docs status`.")
    ] = None,
) -> None:
    """Remove a collection, or what one source gave."""
    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring
    from retrieval.collection import remove as take_out

    with Wiring.open(read_settings(), schedule=False) as wiring:
        count = take_out(wiring.engine.store.kv, collection, origin or ())
    screen.out.print(f"{count} documents removed")


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
