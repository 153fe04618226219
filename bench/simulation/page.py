"""The tables of the page on scaling: measured, the simulation held against it, and what it foretells."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from bench.simulation.measure import TASKS, Costs, Measured
from bench.simulation.model import STEPS, Outcome, Parameters, Setting, simulate

BEGIN, END = "<!-- simulated: begin -->", "<!-- simulated: end -->"
GOAL_A_DAY = 1_000_000_000
DAY = 86_400
DATABASE_CORES, NETWORK_MS, CALM = 16, 0.3, 0.7
"""What is assumed of a database's machine and its network, and how busy it may be to stay calm."""
WORKERS, MANY = (1, 2, 4, 8, 16), 16
SERIALS_MS = (0.5, 0.2)
"""Commits on disks that sync faster than the one measured on."""
_EXECUTIONS = 2000


def parameters(measured: Measured) -> Parameters:
    """Take costs apart: what each execution costs and what each transaction does, from two loads.

    One at a time and wide differ most in how many transactions two task runs have, and so tell both.
    """
    idle, wide = measured.idle, measured.wide
    worker = _apart(idle.commits, idle.worker_cpu_ms, wide.commits, wide.worker_cpu_ms)
    database = _apart(idle.commits, idle.database_cpu_ms, wide.commits, wide.database_cpu_ms)
    busy = max(measured.commits, key=lambda one: one.clients)
    return Parameters(
        start=measured.rated.server_cpu_ms,
        worker_each=worker[0],
        worker_commit=worker[1],
        database_each=database[0],
        database_commit=database[1],
        serial=1e3 / busy.notifying_per_second,
        queue_commits=max(0.0, idle.commits - 1 - STEPS),
    )


def _apart(many: float, cost: float, few: float, less: float) -> tuple[float, float]:
    """Return cost each and cost per commit; never below nothing, for measurements scatter."""
    per_commit = max(0.0, (cost - less) / (many - few)) if many > few else 0.0
    each = less - per_commit * few
    return (each, per_commit) if each >= 0 else (0.0, less / few)


@dataclass(frozen=True, slots=True)
class Check:
    """A measured figure and what the simulation says of it."""

    name: str
    measured: float
    simulated: float

    @property
    def error(self) -> float:
        """How far the simulation is off, as a part of what was measured."""
        return self.simulated / self.measured - 1


def checks(measured: Measured) -> list[Check]:
    """Hold the simulation against points that its parameters were not taken from."""
    costs = parameters(measured)

    def here(one: Costs, *, rate: float | None = None, workers: int = 1) -> Outcome:
        # What other work left over; but never less than half, for the kernel is fair.
        speed = max(0.5, one.processors / measured.cores)
        setting = Setting(
            workers=workers, cores=measured.cores, speed=speed, executions=one.executions, rate=rate
        )
        return simulate(costs, setting)

    rated, full, two = measured.rated, measured.full, measured.two_workers
    offered, one_full, two_full = here(rated, rate=rated.rate), here(full), here(two, workers=2)
    return [
        Check("executions/s, one worker, as many as it does", full.rate, one_full.rate),
        Check("executions/s, two workers, as many as they do", two.rate, two_full.rate),
        Check("transactions an execution, one worker, as many as it does", full.commits, one_full.commits),
        Check(f"transactions an execution, {rated.rate:.0f} executions/s", rated.commits, offered.commits),
        Check(f"p50 in ms, {rated.rate:.0f} executions/s", rated.p50_ms, offered.p50_ms),
    ]


@cache
def foretold(costs: Parameters, workers: int) -> Outcome:
    """Return what one database on a machine of its own holds."""
    setting = Setting(
        workers=workers,
        cores=DATABASE_CORES,
        apart=True,
        network=NETWORK_MS,
        threads=16,
        executions=_EXECUTIONS,
        starters=64 * workers,
    )
    return simulate(costs, setting)


def tables(measured: Measured) -> str:
    """Return everything that stands between the markers."""
    return "\n\n".join([_costs(measured), _checked(measured), _held(measured), _goal(measured)])


def _costs(measured: Measured) -> str:
    names = {
        "one at a time": measured.idle,
        f"{measured.rated.rate:.0f}/s offered": measured.rated,
        "one worker, full": measured.full,
        "two workers, full": measured.two_workers,
    }
    rows: list[tuple[str, str]] = []
    for label, field, divisor, form in (
        ("task runs a second", "rate", 1 / TASKS, ".0f"),
        ("CPU of the worker, ms", "worker_cpu_ms", TASKS, ".2f"),
        ("CPU of the server, ms", "server_cpu_ms", TASKS, ".2f"),
        ("CPU of PostgreSQL, ms", "database_cpu_ms", TASKS, ".2f"),
        ("transactions that write", "commits", TASKS, ".2f"),
        ("row writes", "row_writes", TASKS, ".2f"),
        ("bytes of WAL", "wal_bytes", TASKS, ",.0f"),
        ("bytes of tables and indexes", "table_bytes", TASKS, ",.0f"),
        ("start to end of an execution, p50 ms", "p50_ms", 1, ".1f"),
    ):
        values = " | ".join(format(getattr(one, field) / divisor, form) for one in names.values())
        rows.append((label, values))
    lines = [f"| for each task run | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    lines += [f"| {label} | {values} |" for label, values in rows]
    alone = "; ".join(
        f"{one.clients} client{'s' if one.clients > 1 else ''}: {one.plain_per_second:,.0f}/s, "
        f"with NOTIFY {one.notifying_per_second:,.0f}/s"
        for one in measured.commits
    )
    after = (
        f"Measured on {measured.date} on {measured.cores} cores that the server, the workers and PostgreSQL "
        f"shared with other work; PostgreSQL with fsync, full-page writes and `wal_level = replica`. "
        f"Transactions of one row alone: {alone}. A worker holds {measured.connections_per_worker:.0f} "
        f"connections and {measured.worker_megabytes:.0f} MB."
    )
    return "\n".join(lines) + "\n\n" + after


def _checked(measured: Measured) -> str:
    lines = [
        "| the simulation, held against measurements | measured | simulated | error |",
        "|---|---:|---:|---:|",
    ]
    for one in checks(measured):
        lines.append(f"| {one.name} | {one.measured:.1f} | {one.simulated:.1f} | {one.error:+.0%} |")
    return "\n".join(lines)


def _held(measured: Measured) -> str:
    costs = parameters(measured)
    lines = [
        (
            "| one database, simulated | task runs/s | a day | transactions a task run | its cores busy "
            "| its commits busy |"
        ),
        "|---|---:|---:|---:|---:|---:|",
    ]
    cases = [
        (
            f"{workers} worker{'s' if workers > 1 else ''}, commits of {costs.serial:.1f} ms as here",
            costs,
            workers,
        )
        for workers in WORKERS
    ]
    cases += [
        (f"{MANY} workers, commits of {serial} ms", replace(costs, serial=serial), MANY)
        for serial in SERIALS_MS
    ]
    for name, assumed, workers in cases:
        one = foretold(assumed, workers)
        rate = one.rate * TASKS
        lines.append(
            f"| {name} | {rate:,.0f} | {rate * DAY / 1e6:,.0f} million | {one.commits / TASKS:.2f} "
            f"| {one.database_busy:.0%} | {one.serial_busy:.0%} |"
        )
    return "\n".join(lines)


def _goal(measured: Measured) -> str:
    needed = GOAL_A_DAY / DAY
    full = measured.full
    wal, grown = full.wal_bytes / TASKS, full.table_bytes / TASKS
    costs = parameters(measured)
    shards = []
    for serial in (costs.serial, *SERIALS_MS):
        rate = foretold(replace(costs, serial=serial), MANY).rate * TASKS
        shards.append(f"{math.ceil(needed / (rate * CALM))} where a commit takes {serial:.1f} ms")
    return (
        f"10⁹ task runs a day are {needed:,.0f} a second. With {MANY} workers at a database, used to "
        f"{CALM:.0%} of what it holds, that takes so many databases: **{', '.join(shards)}**. "
        f"Together they write "
        f"{needed * full.row_writes / TASKS:,.0f} rows and {needed * wal / 1e6:,.0f} MB of WAL a second "
        f"({GOAL_A_DAY * wal / 1e12:,.1f} TB a day), and grow by {GOAL_A_DAY * grown / 1e12:,.1f} TB "
        f"a day before old executions are purged. Each database serves "
        f"{MANY * measured.connections_per_worker:,.0f} connections of workers."
    )


def written(page: str, text: str) -> str:
    """Return a page with the text between its markers; raises ValueError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no place for the tables: put {BEGIN} and {END} into it")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
