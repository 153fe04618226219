"""The state of the service as Prometheus reads it."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterable, Iterator, Mapping

from api.version import own_version
from engine.engine import Engine
from engine.model.state import State
from engine.storage.ports import ExecutionQuery

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]


def exposition(engine: Engine, started: float, followers: int = 0) -> str:
    """Return all numbers in the text format; `started` is the monotonic time the service began, in s.

    `followers`: how many clients follow executions or wait for them.
    """
    flows = engine.store.flows.latest()
    disabled = sum(row.disabled for row in flows)
    families = [
        _family("flowsmith_info", "gauge", "Version of the service.", [({"version": own_version()}, 1)]),
        _family(
            "flowsmith_up_seconds", "gauge", "Seconds since the start.", [({}, time.monotonic() - started)]
        ),
        _family(
            "flowsmith_flows",
            "gauge",
            "Flows by whether they are disabled.",
            [({"disabled": "false"}, len(flows) - disabled), ({"disabled": "true"}, disabled)],
        ),
        _family(
            "flowsmith_executions",
            "gauge",
            "Stored executions by state.",
            [({"state": state}, _count(engine, state)) for state in State],
        ),
        _family(
            "flowsmith_waiting_task_runs",
            "gauge",
            "Task runs of this process that wait for a worker.",
            [({}, engine.executor.waiting)],
        ),
        _family(
            "flowsmith_followers",
            "gauge",
            "Clients that follow executions or wait for them.",
            [({}, followers)],
        ),
        _family("flowsmith_triggers", "gauge", "Known triggers.", [({}, len(engine.store.triggers.all()))]),
        _family("process_cpu_seconds_total", "counter", "Processor time used.", [({}, time.process_time())]),
        _family("process_threads", "gauge", "Threads of the process.", [({}, threading.active_count())]),
        _family(
            "python_gc_collections_total",
            "counter",
            "Runs of the garbage collector.",
            [({"generation": str(n)}, one["collections"]) for n, one in enumerate(gc.get_stats())],
        ),
    ]
    return "".join([*families, *_shared(engine)])


def _shared(engine: Engine) -> Iterator[str]:
    """Yield what there is to tell where several processes share the work."""
    members = engine.store.members
    if members is None:
        return
    yield _family(
        "flowsmith_queue_waiting",
        "gauge",
        "Executions that wait for a worker, by queue.",
        [({"queue": queue}, count) for queue, count in members.queue.depth().items()],
    )
    yield _family(
        "flowsmith_members",
        "gauge",
        "Processes that are alive, by role.",
        [({"role": role}, count) for role, count in members.roles().items()],
    )


def _count(engine: Engine, state: State) -> int:
    return engine.store.executions.search(ExecutionQuery(states=frozenset({state}), limit=1)).total


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
