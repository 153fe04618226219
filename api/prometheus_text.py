"""The text format of Prometheus: families of samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.executor.meter import Histogram

Sample = tuple[Mapping[str, str], float]


def family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    """Return a family: its help, its kind, and its samples."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def histogram(name: str, about: str, counted: Histogram) -> str:
    """Return a histogram: how often a number was at most each bound, how often in all, and the sum."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} histogram"]
    below = 0
    for bound, count in zip((*counted.bounds, "+Inf"), list(counted.counts), strict=True):
        below += count
        lines.append(f'{name}_bucket{{le="{bound}"}} {below}')
    return "\n".join([*lines, f"{name}_sum {counted.total!r}", f"{name}_count {below}"]) + "\n"
