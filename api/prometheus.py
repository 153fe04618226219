"""The state of the service as Prometheus reads it."""

from __future__ import annotations

import gc
import threading
import time

from api.prometheus_text import family
from api.prometheus_work import of_members, of_work
from api.version import own_version
from engine.engine import Engine
from engine.model.state import State
from engine.storage.ports import ExecutionQuery

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(engine: Engine, started: float, followers: int = 0) -> str:
    """Return all numbers in the text format; `started` is the monotonic time the service began, in s.

    `followers`: how many clients follow executions or wait for them.
    """
    flows = engine.store.flows.latest()
    disabled = sum(row.disabled for row in flows)
    families = [
        family("flowsmith_info", "gauge", "Version of the service.", [({"version": own_version()}, 1)]),
        family(
            "flowsmith_up_seconds", "gauge", "Seconds since the start.", [({}, time.monotonic() - started)]
        ),
        family(
            "flowsmith_flows",
            "gauge",
            "Flows by whether they are disabled.",
            [({"disabled": "false"}, len(flows) - disabled), ({"disabled": "true"}, disabled)],
        ),
        family(
            "flowsmith_executions",
            "gauge",
            "Stored executions by state.",
            [({"state": state}, _count(engine, state)) for state in State],
        ),
        family(
            "flowsmith_waiting_task_runs",
            "gauge",
            "Task runs of this process that wait for a worker.",
            [({}, engine.executor.waiting)],
        ),
        family(
            "flowsmith_followers",
            "gauge",
            "Clients that follow executions or wait for them.",
            [({}, followers)],
        ),
        family("flowsmith_triggers", "gauge", "Known triggers.", [({}, len(engine.store.triggers.all()))]),
        family("process_cpu_seconds_total", "counter", "Processor time used.", [({}, time.process_time())]),
        family("process_threads", "gauge", "Threads of the process.", [({}, threading.active_count())]),
        family(
            "python_gc_collections_total",
            "counter",
            "Runs of the garbage collector.",
            [({"generation": str(n)}, one["collections"]) for n, one in enumerate(gc.get_stats())],
        ),
    ]
    return "".join([*families, *of_work(engine.executor), *of_members(engine.store.members)])


def _count(engine: Engine, state: State) -> int:
    return engine.store.executions.search(ExecutionQuery(states=frozenset({state}), limit=1)).total
