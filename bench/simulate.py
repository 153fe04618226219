"""What one database and its workers hold: `python -m bench.simulate [--measure] [--write docs/scaling.md]`.

`--measure` runs the benchmark and writes what it found; without it the last figures are taken. `--write`
puts the tables between the markers of a page.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.simulation.measure import Commits, Costs, Measured, measure
from bench.simulation.page import tables, written

FIGURES = Path(__file__).parent / "simulation" / "measured.json"


def main(arguments: list[str] | None = None) -> None:
    """Print the tables, or write them into a page."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure anew; takes about two minutes")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with markers")
    given = parser.parse_args(arguments)
    if given.measure:
        FIGURES.write_text(json.dumps(measure(), indent=1) + "\n")
    text = tables(read_figures(FIGURES))
    if given.write is None:
        print(text)
        return
    given.write.write_text(written(given.write.read_text(), text))


def read_figures(path: Path) -> Measured:
    """Read what a measurement wrote."""
    raw = json.loads(path.read_text())
    situations = {name: Costs(**raw[name]) for name in ("idle", "rated", "full", "two_workers", "wide")}
    return Measured(**{**raw, **situations, "commits": [Commits(**one) for one in raw["commits"]]})


if __name__ == "__main__":
    main()
