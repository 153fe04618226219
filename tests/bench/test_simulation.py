"""The simulation keeps to what can be reckoned by hand, and the page is what the figures say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.simulate import FIGURES, main, read_figures
from bench.simulation.model import STEPS, Parameters, Setting, simulate
from bench.simulation.page import BEGIN, END, checks, tables, written

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
FREE = Parameters(
    start=0, worker_each=0, worker_commit=0, database_each=0, database_commit=0, serial=0, queue_commits=1
)


def test_the_same_seed_gives_the_same_outcome_and_another_one_another() -> None:
    costs = replace(FREE, start=1, worker_commit=1, serial=1)
    assert simulate(costs, Setting(executions=200), 7) == simulate(costs, Setting(executions=200), 7)
    assert simulate(costs, Setting(executions=200), 7) != simulate(costs, Setting(executions=200), 8)


@pytest.mark.parametrize(
    ("costs", "setting", "rate"),
    [
        # One client that waits for its commit: the server's millisecond and nothing else.
        (replace(FREE, start=1.0), Setting(executions=4000), 1000),
        # Two clients on two cores.
        (replace(FREE, start=1.0), Setting(executions=4000, starters=2), 2000),
        # The same at half the speed.
        (replace(FREE, start=1.0), Setting(executions=4000, starters=2, speed=0.5), 1000),
        # One core of workers for each execution's two milliseconds; the starting costs nothing.
        (
            replace(FREE, worker_each=2.0),
            Setting(executions=4000, starters=1000, apart=True, workers=3, threads=16),
            1500,
        ),
    ],
    ids=["one client", "two clients", "half speed", "three workers"],
)
def test_what_is_full_holds_what_its_costs_allow(costs: Parameters, setting: Setting, rate: float) -> None:
    assert simulate(costs, setting).rate == pytest.approx(rate, rel=0.08)


def test_an_execution_alone_takes_the_sum_of_its_commits() -> None:
    outcome = simulate(replace(FREE, serial=2.0), Setting(executions=400, rate=1))
    # Stored by the server, fetched from the queue, and one for each step of the worker.
    assert outcome.p50_ms == pytest.approx(2.0 * (2 + STEPS), rel=0.1)
    assert outcome.commits == pytest.approx(2 + STEPS)


def test_under_load_executions_share_commits() -> None:
    costs = replace(FREE, worker_commit=1.0, serial=1.0)
    alone = simulate(costs, Setting(executions=500, rate=5))
    full = simulate(costs, Setting(executions=500, starters=50))
    assert full.commits < 0.7 * alone.commits


def test_the_simulation_is_near_to_what_was_measured() -> None:
    found = {one.name: one.error for one in checks(read_figures(FIGURES))}
    rates = [error for name, error in found.items() if name.startswith("executions/s")]
    assert len(rates) == 2
    assert all(abs(error) < 0.5 for error in rates), found


def test_the_page_shows_the_tables_of_the_figures() -> None:
    assert written(PAGE.read_text(), tables(read_figures(FIGURES))) == PAGE.read_text(), (
        "python -m bench.simulate --write docs/scaling.md"
    )


def test_a_page_is_written_between_its_markers_and_only_there(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nstale\n{END}\n\nafter\n")
    main(["--write", str(page)])
    text = page.read_text()
    assert text.startswith(f"before\n\n{BEGIN}\n") and text.endswith(f"{END}\n\nafter\n")
    assert "stale" not in text and "| task runs a second |" in text
    with pytest.raises(ValueError, match="put <!-- simulated: begin -->"):
        written("no markers", "text")
