"""`flowsmith eval`: how good the copilot is, measured on cases in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copilot.evaluate.bench import Model
    from copilot.evaluate.case import Case
    from copilot.evaluate.result import Result

EXAMPLES = """
Examples:

[dim]$[/] flowsmith eval

[dim]$[/] flowsmith eval --kind edit --half tuning --misses

[dim]$[/] flowsmith eval --report docs/quality.md

[dim]$[/] flowsmith eval --from-feedback feedback.yaml --misses

[dim]$[/] flowsmith eval --model default --repeat 3 --limit 20 --record tape.jsonl

[dim]$[/] flowsmith eval --replay tape.jsonl --repeat 3 --limit 20

[dim]$[/] flowsmith eval --compare --model claude --kind create --limit 20
"""


def evaluate(
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of case; repeatable.")] = None,
    half: Annotated[str | None, typer.Option(help="Only this part: tuning, held-out or fresh.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many cases of each kind, chosen by their hash.")
    ] = None,
    misses: Annotated[
        bool, typer.Option("--misses", help="Show every case that failed, with its YAML.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Plan with this model of `flowsmith llm list`, or the `default`, not by rules."
        ),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="How often each case is tried.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Write what the model says into this new file, call by call.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Plan with what is recorded in this file, without a network.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Judge the baselines on the same cases, side by side.")
    ] = False,
    cases: Annotated[
        Path | None,
        typer.Option(
            "--cases",
            "--from-feedback",
            help="Judge the cases of this file instead, such as those of `flowsmith feedback export`.",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as Markdown into this file.")] = None,
) -> None:
    """Measure the copilot: draft, validate, accept and run every case in a throw-away engine."""
    import anyio

    from api.cli import screen
    from copilot.evaluate.tape import TapeError

    chosen = _cases(kind, half, limit, cases)
    try:
        asked = _model(model, record, replay)
    except TapeError as error:
        raise typer.BadParameter(str(error)) from None
    if compare:
        page, sound = anyio.run(_compared, chosen, asked, repeat, misses)
    else:
        page, sound = anyio.run(_measured, chosen, asked, repeat, misses)
    screen.out.print(page.partition("\n## Misses")[0], markup=False, highlight=False)
    if report is not None:
        report.write_text(page, encoding="utf-8")
        screen.err.print(f"[dim]written to {report}[/]")
    if record is not None:
        screen.err.print(f"[dim]recorded in {record}[/]")
    missing = _missing(asked)
    if missing:
        screen.err.print(f"{len(missing)} call(s) are not on the tape; the first: {missing[0]}", markup=False)
    if missing or not sound:
        raise typer.Exit(1)


def _cases(kinds: list[str] | None, half: str | None, limit: int | None, file: Path | None) -> list[Case]:
    from copilot.evaluate.case import HALVES, KINDS, CaseError, load_cases, load_file, spread

    if half not in (None, *HALVES):
        raise typer.BadParameter(f"'{half}' is no part; use {', '.join(HALVES)}", param_hint="--half")
    try:
        loaded = load_file(file) if file is not None else load_cases(kinds or KINDS)
    except CaseError as error:
        raise typer.BadParameter(str(error)) from None
    some = [case for case in loaded if half in (None, case.half) and case.kind in (kinds or KINDS)]
    return some if limit is None else spread(some, limit)


def _model(name: str | None, record: Path | None, replay: Path | None) -> Model | None:
    """Return the model to ask: one of the settings, recorded if wished, or a tape; None for the rules."""
    from copilot.evaluate.bench import Model
    from copilot.evaluate.player import Player
    from copilot.evaluate.recorder import Recorder
    from copilot.evaluate.tape import Tape
    from engine.model.moment import now

    if replay is not None:
        if name is not None or record is not None:
            raise typer.BadParameter("a tape is replayed without --model and --record", param_hint="--replay")
        tape = Tape.read(replay)
        return Model(Player(tape), tape.head.price, tape.head.made)
    if name is None:
        if record is not None:
            raise typer.BadParameter("name the model to record with --model", param_hint="--record")
        return None
    live, moment = _listed(name), now()
    if record is None:
        return live
    recorder = Recorder(
        record, live.provider, made=moment, price=live.price, secret_values=live.secret_values
    )
    return Model(recorder, live.price, moment, live.secret_values)


def _listed(name: str) -> Model:
    from api.settings import read_settings
    from api.wiring import models_of
    from copilot.evaluate.bench import Model

    settings = read_settings()
    listed = models_of(settings)
    if not listed:
        raise typer.BadParameter("no model is set; set FLOWSMITH_LLM_API_KEY or FLOWSMITH_LLM_BASE_URL")
    for one in listed:
        if name == one.name or (name == "default" and one.is_default):
            return Model(one.provider, one.price, secret_values=lambda: _secrets(settings.environment))
    known = ", ".join(("default", *(one.name for one in listed)))
    raise typer.BadParameter(f"there is no model '{name}'; use {known}", param_hint="--model")


def _secrets(environment: Mapping[str, str]) -> list[str]:
    """Return what may be a key of this machine: it must not be sent, and not be written on a tape."""
    marks = {"KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIALS"}
    return [value for name, value in environment.items() if marks & set(name.upper().split("_"))]


async def _measured(cases: list[Case], model: Model | None, repeat: int, misses: bool) -> tuple[str, bool]:
    """Return the page, and whether nothing was invented and everything acceptable is valid."""
    from api.wiring import corpus
    from copilot.evaluate.bench import opened
    from copilot.evaluate.report import markdown
    from copilot.evaluate.run import Summary
    from copilot.evaluate.run import evaluate as evaluated

    documents = corpus() if any(case.kind == "ask" for case in cases) else []
    results: list[Result] = []
    planner = ""
    for trial in range(1, repeat + 1):
        async with opened(documents, model=model) as bench:
            planner = bench.copilot.planner
            results += await evaluated(cases, bench, _show if misses else None, trial=trial)
    page = markdown(results, cases, planner, "flowsmith eval", stale=_stale(model))
    summary = Summary(results)
    return page, not summary.invented and summary.acceptable_valid.good == summary.acceptable_valid.total


async def _compared(cases: list[Case], model: Model | None, repeat: int, misses: bool) -> tuple[str, bool]:
    """Return the table of the comparison; figures of baselines are figures, not faults."""
    from copilot.evaluate.bench import opened
    from copilot.evaluate.compare import compare
    from copilot.evaluate.model_page import comparison_page

    told = (lambda name, result: _show(result, name)) if misses else None
    found = await compare(cases, lambda: opened(model=model), trials=repeat, progress=told)
    name = model.provider.model if model is not None else ""
    return comparison_page(found, model=name, command="flowsmith eval --compare"), True


def _missing(model: Model | None) -> list[str]:
    from copilot.evaluate.player import Player

    return model.provider.tape.missing if model is not None and isinstance(model.provider, Player) else []


def _stale(model: Model | None) -> int:
    from copilot.evaluate.player import Player

    return model.provider.tape.unused if model is not None and isinstance(model.provider, Player) else 0


def _show(result: Result, contestant: str = "") -> None:
    """Print a case that failed."""
    if result.passed:
        return
    name = f"{contestant} {result.case.id}".strip()
    print(f"\n--- {name}{' SILENT' if result.silent else ''} {result.case.words[:300]!r}")
    for problem in result.problems:
        print(f"    {problem[:400]}")
    if result.text:
        print("    " + result.text.replace("\n", "\n    "))
