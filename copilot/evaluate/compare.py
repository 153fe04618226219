"""The copilot beside its baselines: the same cases, the same model, one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from copilot.evaluate.baseline import CONTESTANTS, Contestant
from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.result import Result
from copilot.evaluate.run import evaluate

KINDS = ("create", "edit")
"""Kinds of cases every contestant can be asked for: only the copilot has codes for its refusals."""

Open = Callable[[], AbstractAsyncContextManager[Bench]]


async def compare(
    cases: Sequence[Case],
    open_bench: Open,
    contestants: Sequence[Contestant] = CONTESTANTS,
    *,
    trials: int = 1,
    progress: Callable[[str, Result], None] | None = None,
) -> dict[str, list[Result]]:
    """Judge the same cases with every contestant, each trial on a bench of its own.

    Without a model only those that need none take part. Cases of other kinds than `KINDS` are left out.
    """
    some = [case for case in cases if case.kind in KINDS]
    found: dict[str, list[Result]] = {}
    is_alone = False
    for one in contestants:
        for trial in range(1, trials + 1):
            if one.needs_model and is_alone:
                break
            async with open_bench() as bench:
                is_alone = bench.model is None
                if one.needs_model and is_alone:
                    break
                bench.challenger = one.opened(bench)
                told = None if progress is None else _told(progress, one.name)
                found.setdefault(one.name, []).extend(await evaluate(some, bench, told, trial=trial))
    return found


def _told(progress: Callable[[str, Result], None], name: str) -> Callable[[Result], None]:
    return lambda result: progress(name, result)
