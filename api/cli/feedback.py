"""`flowsmith feedback`: what you think of drafts and answers, kept here, as cases of the evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring
    from copilot.opinion import Opinion, Subject

app = typer.Typer(
    no_args_is_help=True, help="Say what you think of drafts and answers; nothing is sent anywhere."
)

ADD_EXAMPLES = """
Examples:

[dim]$[/] flowsmith feedback add 5Pmxbf2iqNsF7MAP3i1yDE --bad --comment "the schedule is an hour late"

[dim]$[/] flowsmith feedback add --question "How do I retry a task?" --good
"""
EXPORT_EXAMPLES = """
Examples:

[dim]$[/] flowsmith feedback export --out feedback.yaml

[dim]$[/] flowsmith eval --from-feedback feedback.yaml --misses
"""


@app.command("add", epilog=ADD_EXAMPLES)
def add(
    draft: Annotated[str, typer.Argument(help="Id of the draft.")] = "",
    question: Annotated[
        str, typer.Option(help="The question whose answer is meant, instead of a draft.")
    ] = "",
    good: Annotated[bool | None, typer.Option("--good/--bad", help="Whether it was right.")] = None,
    comment: Annotated[str, typer.Option(help="What was wrong, or what was expected.")] = "",
) -> None:
    """Keep an opinion on a draft or an answer; a second one on the same takes the place of the first."""
    import anyio

    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    if good is None:
        raise typer.BadParameter("say --good or --bad")
    if bool(draft) == bool(question):
        raise typer.BadParameter("name one draft, or one --question")
    with Wiring.open(read_settings(), schedule=False) as wiring:
        about = anyio.run(_about, wiring, draft, question)
        opinion = wiring.dialogues.judged(about, good, comment, "cli")
    screen.out.print(f"kept as {opinion.id}", markup=False)


@app.command("list")
def list_opinions(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List all opinions, oldest first."""
    from api.cli import screen

    found = _all()
    if as_json:
        screen.print_json([one.to_json() for one in found])
        return
    for one in found:
        mark = "good" if one.good else "bad "
        words = " ".join(one.subject.words.split())[:60]
        said = f": {one.comment}" if one.comment else ""
        screen.out.print(
            f"{one.time:%Y-%m-%d %H:%M}  {mark}  {one.subject.kind:<7}  {words!r}{said}", markup=False
        )
    if not found:
        screen.out.print("There is no feedback yet.")


@app.command("export", epilog=EXPORT_EXAMPLES)
def export(
    out: Annotated[Path | None, typer.Option(help="Write into this file instead of printing.")] = None,
) -> None:
    """Write all opinions as cases of the evaluation, in YAML."""
    import sys

    from api.cli import screen
    from copilot.feedback import cases_yaml

    found = _all()
    text = cases_yaml(found)
    if out is None:
        sys.stdout.write(text)
        return
    out.write_text(text, encoding="utf-8")
    screen.err.print(f"[dim]{len(found)} case(s) written to {out}[/]")


async def _about(wiring: Wiring, draft: str, question: str) -> Subject:
    from copilot.feedback import about_draft, about_words

    if question:
        return about_words("ask", question)
    return about_draft(await wiring.open_copilot().drafts.get(draft))


def _all() -> list[Opinion]:
    from api.settings import read_settings
    from api.wiring import Wiring

    with Wiring.open(read_settings(), schedule=False) as wiring:
        return list(wiring.dialogues.opinions.all())
