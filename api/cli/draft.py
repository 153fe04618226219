"""`flowsmith draft`: words become a flow to review."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring
    from copilot.event import Event
    from engine.model.json import Json

EXAMPLES = """
Examples:

[dim]$[/] flowsmith draft "every day at 7 download https://example.com/orders.csv and count its rows"

[dim]$[/] flowsmith draft "log a greeting" --namespace company.team > flow.yaml

[dim]$[/] flowsmith draft "add a retry to the download" --flow flow.yaml --save
"""


def draft(
    words: Annotated[list[str], typer.Argument(help="What the flow should do, or how it should change.")],
    namespace: Annotated[str | None, typer.Option(help="Namespace of a new flow.")] = None,
    flow: Annotated[
        typer.FileText | None, typer.Option("--flow", help="A flow to change, - for standard input.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Accept the draft at once if it is valid.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print plan, findings, draft and diff.")] = False,
) -> None:
    """Draft a flow from words. The YAML goes to standard output, what to know about it to standard error."""
    import anyio

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    current = flow.read() if flow else None
    with Wiring.open(read_settings(), schedule=False) as wiring:
        whole = anyio.run(_drafted, wiring, " ".join(words), current, namespace, save)
    if as_json:
        screen.print_json(whole)
    else:
        _print(whole)
    if "error" in whole or not whole["draft"]["valid"]:
        raise typer.Exit(1)


async def _drafted(
    wiring: Wiring, words: str, current: str | None, namespace: str | None, save: bool
) -> dict[str, Json]:
    from api.talk import gathered
    from copilot.voice import Terms

    copilot = wiring.open_copilot()
    try:
        terms = Terms()
        events: AsyncIterator[Event] = copilot.draft(words, current, namespace, terms=terms)
        whole = await gathered(wiring.dialogues.noted("draft", "cli", words, events, terms))
        made = whole.get("draft")
        if save and made and made["valid"]:
            row = await wiring.accept(
                made["id"], made["hash"], None if current is None else _revision(wiring, current)
            )
            whole["saved"] = {"namespace": row.namespace, "id": row.id, "revision": row.revision}
        return whole
    finally:
        await copilot.close()


def _revision(wiring: Wiring, current: str) -> int:
    """Return the revision of the flow a text is about, 0 when it is not saved."""
    from engine.source.document import read_document

    data = read_document(current).data
    row = wiring.engine.store.flows.get(str(data.get("namespace")), str(data.get("id")))
    return 0 if row is None or row.deleted else row.revision


def _print(whole: dict[str, Json]) -> None:
    import sys

    from rich.markup import escape

    from api.cli import screen

    if "error" in whole:
        screen.err.print(f"[red]{escape(whole['error']['message'])}[/]")
        return
    made = whole["draft"]
    sys.stdout.write(made["yaml"])
    screen.err.print(f"[dim]draft {made['id']}, planned by {escape(made['planner'])}[/]")
    for finding in made["findings"]:
        colour = "red" if finding["severity"] == "ERROR" else "yellow"
        screen.err.print(f"[{colour}]{finding['severity'].lower()}[/] {escape(finding['text'])}")
    for note in (*made["notes"], *(f"still open: {words}" for words in made["placeholders"])):
        screen.err.print(f"[dim]{escape(note)}[/]")
    if "saved" in whole:
        saved = whole["saved"]
        name = f"{saved['namespace']}.{saved['id']}"
        screen.err.print(f"saved {name}, revision {saved['revision']}; run it: flowsmith run {name}")
    elif made["valid"]:
        screen.err.print("[dim]valid; nothing is saved: review it, then use --save or flowsmith run FILE[/]")
