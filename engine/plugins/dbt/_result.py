"""What dbt leaves in `target/`: the results of a run and the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from engine.model.json import Json, loads
from engine.plugin import RunContext

RESULTS, MANIFEST = "run_results.json", "manifest.json"


def take_results(ctx: RunContext, target: Path) -> dict[str, str]:
    """Store both files, and publish the time of every node as a metric; returns name to address."""
    found = {name: ctx.put(name, target / name) for name in (RESULTS, MANIFEST) if (target / name).is_file()}
    if RESULTS in found:
        _publish(ctx, target / RESULTS)
    return found


def _publish(ctx: RunContext, place: Path) -> None:
    try:
        results = loads(place.read_bytes())["results"]
    except (ValueError, KeyError, TypeError) as error:
        ctx.warn(f"{RESULTS} cannot be read: {error}")
        return
    statuses: Counter[str] = Counter()
    for result in results:
        status, node = str(result.get("status")), str(result.get("unique_id"))
        statuses[status] += 1
        ctx.metric("dbt.node", float(result.get("execution_time") or 0), "timer", node=node, status=status)
        rows = _rows(result)
        if rows is not None:
            ctx.metric("dbt.rows", rows, node=node)
    for status, count in statuses.items():
        ctx.metric("dbt.nodes", count, status=status)


def _rows(result: Mapping[str, Json]) -> int | None:
    answer = result.get("adapter_response")
    rows = answer.get("rows_affected") if isinstance(answer, dict) else None
    return rows if isinstance(rows, int) and rows >= 0 else None
