"""`flowsmith eval`: how good the copilot is, measured on cases in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from copilot.evaluate.case import Case
    from copilot.evaluate.result import Result
    from copilot.providers.port import Provider

EXAMPLES = """
Examples:

[dim]$[/] flowsmith eval

[dim]$[/] flowsmith eval --kind edit --half tuning --misses

[dim]$[/] flowsmith eval --report docs/quality.md

[dim]$[/] flowsmith eval --cases feedback.yaml --misses
"""


def evaluate(
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of case; repeatable.")] = None,
    half: Annotated[str | None, typer.Option(help="Only this part: tuning, held-out or fresh.")] = None,
    misses: Annotated[
        bool, typer.Option("--misses", help="Show every case that failed, with its YAML.")
    ] = False,
    model: Annotated[
        bool, typer.Option("--model", help="Plan with the model of the settings instead of the rules.")
    ] = False,
    cases: Annotated[
        Path | None,
        typer.Option(help="Judge the cases of this file instead, such as those of the feedback buttons."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as Markdown into this file.")] = None,
) -> None:
    """Measure the copilot: draft, validate, accept and run every case in a throw-away engine."""
    import anyio

    from api.cli import screen
    from copilot.evaluate.case import HALVES, KINDS, CaseError, load_cases, load_file
    from copilot.evaluate.report import markdown
    from copilot.evaluate.run import Summary

    if half not in (None, *HALVES):
        raise typer.BadParameter(f"'{half}' is no part; use {', '.join(HALVES)}", param_hint="--half")
    try:
        loaded = load_file(cases) if cases is not None else load_cases(kind or KINDS)
    except CaseError as error:
        raise typer.BadParameter(str(error)) from None
    chosen = [case for case in loaded if half in (None, case.half)]
    planner, results = anyio.run(_judged, chosen, _provider() if model else None, misses)
    page = markdown(results, chosen, planner, "flowsmith eval")
    screen.out.print(page.partition("\n## Misses")[0], markup=False, highlight=False)
    if report is not None:
        report.write_text(page, encoding="utf-8")
        screen.err.print(f"[dim]written to {report}[/]")
    summary = Summary(results)
    if summary.invented or summary.acceptable_valid.good < summary.acceptable_valid.total:
        raise typer.Exit(1)


async def _judged(cases: list[Case], provider: Provider | None, misses: bool) -> tuple[str, list[Result]]:
    from api.wiring import corpus
    from copilot.evaluate.bench import opened
    from copilot.evaluate.run import evaluate as evaluated

    documents = corpus() if any(case.kind == "ask" for case in cases) else []
    async with opened(documents, provider=provider) as bench:
        return bench.copilot.planner, await evaluated(cases, bench, _show if misses else None)


def _provider() -> Provider | None:
    from api.settings import read_settings
    from api.wiring import provider_of

    found = provider_of(read_settings())
    if found is None:
        raise typer.BadParameter("no model is set; set FLOWSMITH_LLM_API_KEY or FLOWSMITH_LLM_BASE_URL")
    return found


def _show(result: Result) -> None:
    """Print a case that failed."""
    if result.passed:
        return
    print(f"\n--- {result.case.id}{' SILENT' if result.silent else ''} {result.case.words[:300]!r}")
    for problem in result.problems:
        print(f"    {problem[:400]}")
    if result.text:
        print("    " + result.text.replace("\n", "\n    "))
