"""Figures of a model: trials, tokens, cost, latency; and the table of a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from copilot.evaluate.baseline import CONTESTANTS
from copilot.evaluate.result import LEVELS, Result
from copilot.evaluate.run import Rate, Summary
from copilot.evaluate.trial import Trials

SCRIPTED = "model"
"""Kind of cases that have a script instead of a model."""
_DRAFTED = ("create", "edit")
Figure = tuple[str, Callable[[Trials], object]]


_ABOUT = (
    "Written by `{command}`; do not edit. Model: {model}. Cases: {cases}, {trials} trial(s) each. Intervals "
    "are 95 %, by bootstrap over the cases. Levels are shares of all new flows and changes."
)


def model_page(results: Sequence[Result], *, stale: int = 0) -> str:
    """Write what a model came to, kind by kind; empty when none was asked."""
    results = [result for result in results if result.case.kind != SCRIPTED]
    whole = Trials(results)
    if not whole.asked:
        return ""
    kinds = list(dict.fromkeys(result.case.kind for result in whole.asked))
    columns = {kind: whole.of(kind) for kind in kinds}
    columns["all"] = Trials([result for result in results if result.case.kind in kinds])
    lines = [f"## With the model, {whole.count} trial(s) of each case", "", _side_by_side(columns, _TRIALS)]
    if stale:
        lines += ["", f"{stale} recording(s) of the tape were not asked for: the prompts have changed since."]
    return "\n".join(lines)


def comparison_page(found: Mapping[str, Sequence[Result]], *, model: str, command: str) -> str:
    """Write a comparison, one column for each contestant; who could not take part is named."""
    told = {one.name: one.what for one in CONTESTANTS}
    missing = [one.name for one in CONTESTANTS if one.name not in found]
    columns = {name: Trials(results) for name, results in found.items()}
    cases = len({result.case.id for results in found.values() for result in results})
    trials = max((one.count for one in columns.values()), default=0)
    lines = [
        "# The copilot beside its baselines",
        "",
        _ABOUT.format(command=command, model=model or "none", cases=cases, trials=trials),
        "",
        *(f"* **{name}**: {told.get(name, '')}" for name in found),
        "",
        _side_by_side(columns, (*_TRIALS, *_DRAFTS)),
    ]
    if missing:
        lines += ["", f"Not measured, because no model was given: {', '.join(missing)}."]
    return "\n".join(lines) + "\n"


def _side_by_side(columns: Mapping[str, Trials], figures: Sequence[Figure]) -> str:
    rows = [("figure", *columns), ("---",) * (len(columns) + 1)]
    rows += [(name, *(str(figure(one)) for one in columns.values())) for name, figure in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _mean(trials: Trials, of: Callable[[Result], float]) -> str:
    some = [of(result) for result in trials.asked]
    return f"{sum(some) / len(some):,.1f} / {max(some):,.0f}" if some else "–"


def _latency(trials: Trials) -> str:
    times = sorted(result.ms for result in trials.results)
    if not times:
        return "–"
    half, most = (times[max(0, math.ceil(share * len(times)) - 1)] for share in (0.5, 0.95))
    return f"{half:,.0f} / {most:,.0f} ms"


def _cost(trials: Trials) -> str:
    return "–" if trials.cost is None else f"{trials.cost / max(1, len(trials.asked)):.4f}"


def _level(name: str) -> Callable[[Trials], Rate]:
    """Count a level over all drafts that were asked for: what fell earlier does not hold it either."""

    def figure(one: Trials) -> Rate:
        some = [result for result in one.results if result.case.kind in _DRAFTED]
        return Rate(sum(result.levels.get(name, False) for result in some), len(some))

    return figure


def _silent(trials: Trials) -> Rate:
    return Summary(trials.results).silent


_TRIALS: tuple[Figure, ...] = (
    ("pass@1", lambda one: one.pass_at_1),
    ("pass@k, some trial passes", lambda one: one.pass_at_k),
    ("pass^k, every trial passes", lambda one: one.pass_all),
    ("pass@1, drafts of the rules not counted", lambda one: one.unaided),
    ("pass@1 with one call", lambda one: one.first_try),
    ("drafts by the rules, as the model failed", lambda one: one.by_rules),
    ("calls a case, mean / most", lambda one: _mean(one, lambda result: result.spent.calls)),
    ("tokens in, mean / most", lambda one: _mean(one, lambda result: result.spent.input_tokens)),
    ("tokens out, mean / most", lambda one: _mean(one, lambda result: result.spent.output_tokens)),
    ("cost a case", _cost),
    ("latency p50 / p95", _latency),
)
_DRAFTS: tuple[Figure, ...] = (
    *((f"{name} {what.partition(':')[0]}", _level(name)) for name, what in LEVELS.items() if name < "L6"),
    ("executes, of the runnable intents", lambda one: Summary(one.results).of("create").executed),
    ("invented types and properties", lambda one: Summary(one.results).invented),
    ("acceptable, but wrong without a word", _silent),
    ("bytes kept outside the change", lambda one: Summary(one.results).of("edit").kept),
)
