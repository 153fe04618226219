"""`python -m tests.chaos --minutes 30 --seed 7`: the long form, with a table at the end."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.chaos.checker import INVARIANTS
from tests.chaos.storm import Report, Storm

_SHOWN = 20


def main() -> int:
    """Run, and print what was done and what was violated; 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    _say(f"seed {options.seed}, {options.minutes:g} minutes of faults, then everything may end")
    storm = Storm(folder, options.minutes * 60, options.seed, _say)
    report = storm.run()
    for line in table(report):
        _say(line)
    if report.violations:
        _say(f"to repeat: python -m tests.chaos --minutes {options.minutes:g} --seed {options.seed}")
        _say(f"what the processes said: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def table(report: Report) -> list[str]:
    """Return the lines of what was done and found."""
    lines = [
        "",
        f"{'executions accepted':44}{report.accepted:8}",
        f"{'executions stored, called ones and ticks too':44}{report.stored:8}",
        f"{'dates of a schedule fired':44}{report.fired:8}",
        f"{'kills acknowledged':44}{report.killed:8}",
        f"{'requests refused / without an answer':44}{report.refused:8} / {report.unanswered}",
        f"{'owners lost by unfinished executions':44}{report.lost:8}",
        "",
        *(f"{name:44}{count:8}" for name, count in report.faults.items()),
        *(f"left out: {what}: {why}" for what, why in report.left_out.items()),
        "",
    ]
    violated = Counter(one.invariant for one in report.violations)
    lines += [f"{name:44}{violated[name] or 'holds':>8}" for name in INVARIANTS]
    lines += [f"VIOLATED {one.invariant}: {one.where}" for one in report.violations[:_SHOWN]]
    if len(report.violations) > _SHOWN:
        lines.append(f"and {len(report.violations) - _SHOWN} more")
    total = f"{len(report.violations)} violations" if report.violations else "no invariant was violated"
    return [*lines, "", f"{total}, {report.faults.total()} faults in {report.seconds / 60:.1f} minutes"]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
