"""`flowsmith plugins`: what tasks and triggers there are."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="List and describe the types a flow may use.")


@app.command("list", epilog="Example:\n\n[dim]$[/] flowsmith plugins list http")
def list_(
    words: Annotated[str, typer.Argument(help="Part of a type id.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print types as JSON.")] = False,
) -> None:
    """List all types: id, kind, purpose, and what the tests of this project prove.

    `tested`: it worked in a test that passed. With a stand-in: the program or service it needs was one
    written for the test.
    """
    from rich.markup import escape

    from api.catalogue import plugin_rows
    from api.cli import screen
    from engine.docs.tested import proofs, status
    from engine.registry import Registry

    tested = proofs()
    rows = [
        {**row, "tests": list(found := tested.get(row["cls"], ())), "status": status(found)}
        for row in plugin_rows(Registry.load())
        if words.lower() in row["cls"].lower()
    ]
    if as_json:
        screen.print_json(rows)
        return
    for row in rows:
        title = (row["title"] or "").partition("\n")[0]
        shade = "green" if row["status"] == "tested" else "yellow"
        screen.out.print(f"{row['cls']}  [{shade}]{row['status']}[/]  [dim]{row['kind']}  {escape(title)}[/]")
    if not rows:
        screen.err.print(f"No type has '{words}' in its id.")
        raise typer.Exit(1)


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith plugins show io.kestra.plugin.core.log.Log")
def show(
    type_id: Annotated[str, typer.Argument(help="Full type id; the end of it is enough if it is unique.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON schema.")] = False,
) -> None:
    """Print the documentation of a type."""
    from rich.markdown import Markdown

    from api.catalogue import plugin_documentation
    from api.cli import screen
    from engine.errors import NotFound
    from engine.registry import Registry

    registry = Registry.load()
    fits = [name for name in registry.names() if name == type_id or name.endswith(f".{type_id}")]
    if len(fits) > 1:
        raise NotFound(f"'{type_id}' fits several types: {', '.join(fits)}")
    page = plugin_documentation(registry, fits[0] if fits else type_id)
    if as_json:
        screen.print_json(page["schema"])
    else:
        screen.out.print(Markdown(page["markdown"]))
