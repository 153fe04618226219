"""The command line: one module per command; heavy rooms are imported when a command runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli import (
    accounts,
    ask,
    audit,
    backup,
    demo,
    docs,
    draft,
    evaluate,
    feedback,
    fix,
    health,
    imports,
    llm,
    mcp,
    plugins,
    restore,
    run,
    sandbox,
    scheduler,
    server,
    tokens,
    up,
    validate,
    worker,
)

EPILOG = """
Try it without any set-up:  [bold]flowsmith demo[/bold]

Then:  [bold]flowsmith up[/bold]  and open http://127.0.0.1:8080/ui/
"""

app = typer.Typer(
    name="flowsmith",
    help="Describe a data pipeline in plain words; review a valid flow; run it.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up", epilog=up.EXAMPLES)(up.up)
app.command("server", epilog=server.EXAMPLES)(server.server)
app.command("worker", epilog=worker.EXAMPLES)(worker.worker)
app.command("scheduler", epilog=scheduler.EXAMPLES)(scheduler.scheduler)
app.command("draft", epilog=draft.EXAMPLES)(draft.draft)
app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("validate", epilog=validate.EXAMPLES)(validate.validate)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("eval", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("fix", epilog=fix.EXAMPLES)(fix.fix)
app.command("import", epilog=imports.EXAMPLES)(imports.import_file)
app.command("backup", epilog=backup.EXAMPLES)(backup.backup)
app.command("restore", epilog=restore.EXAMPLES)(restore.restore)
app.command("health", epilog=health.EXAMPLES)(health.health)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("sandbox", epilog=sandbox.EXAMPLES)(sandbox.sandbox)
app.add_typer(docs.app, name="docs")
app.add_typer(plugins.app, name="plugins")
app.add_typer(llm.app, name="llm")
app.add_typer(feedback.app, name="feedback")
app.add_typer(mcp.app, name="mcp")
app.add_typer(accounts.app, name="accounts")
app.add_typer(tokens.app, name="tokens")
app.add_typer(audit.app, name="audit")


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Describe a data pipeline in plain words; review a valid flow; run it."""
    if version:
        from api.version import own_version

        print(own_version())
        raise typer.Exit


def main() -> None:
    """Run the command line; an error on purpose is one sentence on stderr and exit code 1."""
    from copilot.errors import CopilotError
    from engine.errors import FlowsmithError

    try:
        app()
    except (FlowsmithError, CopilotError) as error:
        print(f"flowsmith: {error.message}", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
