"""`flowsmith ask`: a question answered from the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring
    from engine.model.json import Json

EXAMPLES = """
Examples:

[dim]$[/] flowsmith ask "How do I retry a failed task?"

[dim]$[/] flowsmith ask --json how do I pass files between tasks
"""


def ask(
    question: Annotated[list[str], typer.Argument(help="The question in plain words.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print answer and citations as JSON.")] = False,
) -> None:
    """Answer a question from the documents, with numbered passages you can check."""
    import anyio
    from rich.markdown import Markdown
    from rich.markup import escape

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        wiring.ingest_if_empty()
        whole = anyio.run(_answered, wiring, " ".join(question))
    if as_json:
        screen.print_json(whole)
    elif "error" in whole:
        screen.err.print(f"[red]{escape(whole['error']['message'])}[/]")
    else:
        screen.out.print(Markdown(whole["text"]))
        for citation in whole["citations"]:
            head = " › ".join(part for part in (citation["title"], citation["heading"]) if part)
            place = f"{citation['source']}:{citation['startLine']}-{citation['endLine']}"
            screen.out.print(f"[bold]\\[{citation['number']}][/] {escape(head)}  [dim]{escape(place)}[/]")
    if "error" in whole:
        raise typer.Exit(1)


async def _answered(wiring: Wiring, question: str) -> dict[str, Json]:
    from api.talk import gathered
    from copilot.voice import Terms

    copilot = wiring.open_copilot()
    try:
        terms = Terms()
        events = copilot.ask(question, terms=terms)
        return await gathered(wiring.dialogues.noted("ask", "cli", question, events, terms))
    finally:
        await copilot.close()
