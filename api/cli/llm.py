"""`flowsmith llm`: which models there are, and whether they work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from copilot.providers.check import Checked
    from copilot.providers.roster import Listed

app = typer.Typer(help="Models of the copilot: list them, check that they work.", no_args_is_help=True)

CHECK_EXAMPLES = """
Examples:

[dim]$[/] FLOWSMITH_LLM_BASE_URL=http://localhost:11434/v1 FLOWSMITH_LLM_MODEL=qwen3 flowsmith llm check

[dim]$[/] flowsmith llm check claude --json
"""


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the models that can be chosen, the default first."""
    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import models_of

    rows = [
        {
            "name": one.name,
            "model": one.provider.model,
            "kind": one.provider.name,
            "address": getattr(one.provider, "base_url", ""),
            "default": one.is_default,
        }
        for one in models_of(read_settings())
    ]
    if as_json:
        screen.print_json(rows)
        return
    if not rows:
        screen.out.print("No model is set: drafts are planned by rules. See FLOWSMITH_LLM_BASE_URL.")
    for row in rows:
        mark = " [bold](default)[/]" if row["default"] else ""
        screen.out.print(f"{row['name']}{mark}  [dim]{row['kind']} {row['model']} {row['address']}[/]")


@app.command("check", epilog=CHECK_EXAMPLES)
def check(
    name: Annotated[str, typer.Argument(help="Name of one model; all without it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Send each model a small request: reachable, key, model, JSON by schema, streaming, token counts.

    Exit code 1 when one does not work.
    """
    import anyio

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import models_of

    listed = [one for one in models_of(read_settings()) if name in ("", one.name)]
    if not listed:
        wrong = f"there is no model '{name}'; see `flowsmith llm list`" if name else "no model is set"
        screen.err.print(f"[red]{wrong}[/]")
        raise typer.Exit(1)
    results = [anyio.run(_checked, one) for one in listed]
    if as_json:
        screen.print_json([result.to_json() for result in results])
    else:
        for result in results:
            _print(result)
    if not all(result.works for result in results):
        raise typer.Exit(1)


async def _checked(listed: Listed) -> Checked:
    from copilot.providers.check import check_provider

    try:
        return await check_provider(listed.name, listed.provider)
    finally:
        await listed.provider.close()


def _print(result: Checked) -> None:
    from rich.markup import escape

    from api.cli import screen

    screen.out.print(f"[bold]{escape(result.name)}[/] [dim]{escape(result.model)}[/]")
    for step in result.steps:
        mark = "[green]ok[/]  " if step.ok else "[yellow]no[/]  " if step.optional else "[red]fail[/]"
        screen.out.print(f"  {mark} {step.name}: {escape(step.said)}")
