"""`flowsmith mcp`: the tools for coding agents over standard input and output; the acceptance of a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring

app = typer.Typer(
    help="Tools for coding agents (Model Context Protocol). Without a command: serve over stdio.",
    invoke_without_command=True,
    epilog="""
In a coding agent's settings: command [bold]flowsmith[/bold], arguments [bold]mcp[/bold]. A running service
has the same tools at [bold]/mcp[/bold].
""",
)


@app.callback()
def serve(context: typer.Context) -> None:
    """Serve the tools over standard input and output until the other side closes."""
    if context.invoked_subcommand is not None:
        return
    import anyio

    from api.mcp.server import build_server
    from api.security.identity import AT_THE_TERMINAL
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        server = build_server(wiring, actor="mcp-stdio", caller=lambda: AT_THE_TERMINAL)
        anyio.run(server.run_stdio_async)


@app.command("accept")
def accept(
    draft: Annotated[str, typer.Argument(help="Id of the draft you have reviewed.")] = "",
    run: Annotated[str, typer.Option(help="Instead: a saved flow that may run once, as namespace.id.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Print a token with which an agent may save one draft, or run one flow, once within an hour."""
    import anyio

    from api.settings import read_settings
    from api.wiring import Wiring

    if bool(draft) == bool(run):
        raise typer.BadParameter("name a draft, or a flow with --run")
    with Wiring.open(read_settings(), schedule=False) as wiring:
        if run:
            subject, shown = _running(wiring, run)
        else:
            subject, shown = anyio.run(_saving, wiring, draft)
        _confirm(shown, yes)
        token = wiring.dialogues.acceptances.issue(subject)
        wiring.dialogues.audit.write("acceptance", "cli", "done", draft_id=draft or None, flow=run or None)
    print(token)


def _running(wiring: Wiring, run: str) -> tuple[str, str]:
    namespace, _, flow_id = run.rpartition(".")
    row = wiring.engine.flow_row(namespace, flow_id)
    return f"run:{namespace}.{flow_id}:{row.revision}", f"Run {run}, revision {row.revision}, once"


async def _saving(wiring: Wiring, draft_id: str) -> tuple[str, str]:
    draft = await wiring.open_copilot().drafts.get(draft_id)
    return f"draft:{draft.hash}", draft.unified or draft.yaml


def _confirm(shown: str, yes: bool) -> None:
    import sys

    sys.stderr.write(shown.rstrip() + "\n")
    if not yes:
        typer.confirm("Allow this?", abort=True, err=True)


@app.command("skill")
def skill(
    install: Annotated[
        Path | None, typer.Option(help="Folder of skills to write it into, for example .claude/skills.")
    ] = None,
) -> None:
    """Print the skill file for coding agents, or install it."""
    from api.mcp.skill import skill_text

    text = skill_text()
    if install is None:
        print(text, end="")
        return
    path = install / "flowsmith" / "SKILL.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"written {path}")
