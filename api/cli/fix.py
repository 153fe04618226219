"""`flowsmith fix`: why an execution failed, and the change that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring
    from engine.model.json import Json

EXAMPLES = """
Examples:

[dim]$[/] flowsmith fix 5Yq0kQ7LwJ2nVb3XrT9cDe

[dim]$[/] flowsmith fix 5Yq0kQ7LwJ2nVb3XrT9cDe --save
"""


def fix(
    execution: Annotated[str, typer.Argument(help="Id of the failed execution.")],
    save: Annotated[bool, typer.Option("--save", help="Accept the change at once if it is valid.")] = False,
    provider: Annotated[str, typer.Option(help="Model to ask where no rule helps; rules asks none.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print reasons, draft and diff as JSON.")] = False,
) -> None:
    """Say why an execution failed and draft the change of its flow. The diff goes to standard output."""
    import anyio

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        whole = anyio.run(_fixed, wiring, execution, save, provider)
    if as_json:
        screen.print_json(whole)
    else:
        _print(whole)
    if "draft" not in whole:
        raise typer.Exit(1)


async def _fixed(wiring: Wiring, execution: str, save: bool, provider: str) -> dict[str, Json]:
    from api.failure import failure_in
    from api.talk import gathered
    from copilot.voice import Terms

    copilot = wiring.open_copilot()
    try:
        failure = failure_in(wiring.engine, execution)
        terms = Terms(provider)
        events = copilot.fix(failure, terms=terms)
        whole = await gathered(wiring.dialogues.noted("fix", "cli", "", events, terms))
        made = whole.get("draft")
        if save and made and made["valid"]:
            row = await wiring.accept(made["id"], made["hash"], None)
            whole["saved"] = {"namespace": row.namespace, "id": row.id, "revision": row.revision}
        return whole
    finally:
        await copilot.close()


def _print(whole: dict[str, Json]) -> None:
    import sys

    from rich.markup import escape

    from api.cli import screen

    if "error" in whole:
        screen.err.print(f"[red]{escape(whole['error']['message'])}[/]")
        return
    for finding in whole["findings"]:
        screen.err.print(f"[yellow]{escape(finding['text'])}[/]")
    made = whole.get("draft")
    if made is None:
        screen.err.print("[dim]no change of the flow mends this; see above[/]")
        return
    sys.stdout.write(made["diff"])
    screen.err.print(f"[dim]planned by {escape(made['planner'])}[/]")
    if "saved" in whole:
        saved = whole["saved"]
        screen.err.print(f"saved {saved['namespace']}.{saved['id']}, revision {saved['revision']}")
    else:
        screen.err.print("[dim]nothing is saved: review it, then use --save[/]")
