"""Numbers of the work: what this process stores and runs, and what all processes of a database do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from api.prometheus_text import family, histogram
from engine.executor.executor import Executor
from engine.storage.ports import Members


def of_work(executor: Executor) -> Iterator[str]:
    """Yield what this process has stored, runs, and lets wait."""
    meter = executor.meter
    gauges = (
        ("flowsmith_running_executions", "Executions this process runs.", executor.running),
        ("flowsmith_busy_workers", "Workers of this process that have something to do.", executor.busy),
        (
            "flowsmith_waiting_task_run_seconds",
            "For how long the first task run that waits for a worker of this process has waited.",
            executor.oldest_seconds,
        ),
    )
    counters = (
        ("flowsmith_stored_rows_total", "Rows this process gave to the store.", meter.rows),
        ("flowsmith_failed_transactions_total", "Transactions that were tried again.", meter.failures),
        ("flowsmith_taken_executions_total", "Executions taken from the queue.", meter.taken),
        (
            "flowsmith_released_executions_total",
            "Executions of processes that were gone, which this one handed out again.",
            meter.released,
        ),
        ("flowsmith_expired_executions_total", "Executions removed by age.", meter.expired_executions),
        ("flowsmith_expired_log_entries_total", "Log entries removed by age.", meter.expired_logs),
        ("flowsmith_lost_total", "How often this process was taken for dead.", meter.lost),
    )
    for kind, families in (("gauge", gauges), ("counter", counters)):
        for name, about, value in families:
            yield family(name, kind, about, [({}, value)])
    yield histogram(
        "flowsmith_transaction_seconds",
        "How long storing took, its commit included.",
        meter.transaction_seconds,
    )
    yield histogram(
        "flowsmith_transaction_events", "Events stored by one transaction (group commit).", meter.together
    )


def of_members(members: Members | None) -> Iterator[str]:
    """Yield what there is to tell where several processes share the work."""
    if members is None:
        return
    queues = (
        ("flowsmith_queue_waiting", "Executions that wait for a worker, by queue.", members.queue.depth()),
        (
            "flowsmith_queue_oldest_seconds",
            "For how long the oldest execution has waited for a worker, by queue.",
            members.queue.oldest(),
        ),
    )
    for name, about, values in queues:
        samples = [({"queue": queue}, value) for queue, value in values.items()]
        yield family(name, "gauge", about, samples)
    yield family(
        "flowsmith_members",
        "gauge",
        "Processes that are alive, by role.",
        [({"role": role}, count) for role, count in members.roles().items()],
    )
    owned: Counter[tuple[str, str]] = Counter()
    silent: dict[tuple[str, str], float] = {}
    for role, host, count, seconds in members.owned():
        owned[role, host] += count
        silent[role, host] = max(seconds, silent.get((role, host), 0.0))
    for name, about, found in (
        ("flowsmith_owned_executions", "Executions that processes run, by role and host.", owned),
        ("flowsmith_member_silent_seconds", "Seconds since the last beat, the longest of each.", silent),
    ):
        places = [({"role": role, "host": host}, value) for (role, host), value in found.items()]
        yield family(name, "gauge", about, places)
