"""A discrete-event simulation of servers, workers and one PostgreSQL; seeded, times in milliseconds.

What is modelled is what bends: processors that are shared, a worker whose Python runs on one of them at a
time, the group commit of its loop, and the lock that PostgreSQL holds from NOTIFY to the end of a commit, so
that commits that notify go one after the other. Costs are given (see `Parameters`); how many task runs share
a commit is not, it follows from the load.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

STEPS = 4
"""Steps of a worker for an execution of two tasks: taken, first task ended, second ended, concluded."""

Act = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What things cost, in milliseconds of one processor."""

    start: float
    """A server, for each execution it starts."""
    worker_each: float
    """A worker, for each execution."""
    worker_commit: float
    """A worker, for each of its transactions."""
    database_each: float
    """The database, for each execution."""
    database_commit: float
    """The database, for each transaction."""
    serial: float
    """Time of a commit during which no other commit that notifies can be."""
    queue_commits: float
    """Transactions of the queue for each batch of jobs that a worker fetches."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is, and what it is asked."""

    workers: int = 1
    cores: int = 2
    """Processors; of the database alone when `apart`, else shared by everything."""
    apart: bool = False
    """Whether each worker and server has a processor of its own."""
    speed: float = 1.0
    network: float = 0.0
    """Milliseconds from one machine to another and back."""
    threads: int = 8
    executions: int = 1000
    rate: float | None = None
    """Executions a second that are asked for, evenly; None: each as soon as the one before is stored."""
    starters: int = 1
    """How many ask at the same time, when there is no rate."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    rate: float
    """Executions a second, from the first start to the last end."""
    p50_ms: float
    p95_ms: float
    commits: float
    """Transactions for each execution."""
    database_busy: float
    """Share of the database's processors that is used."""
    serial_busy: float
    """Share of the time in which a commit that notifies is under way."""


class _Station:
    """Some equal servers with one line before them."""

    def __init__(self, simulation: _Simulation, servers: int, speed: float = 1.0) -> None:
        self._simulation = simulation
        self._free = servers
        self._speed = speed
        self._line: deque[tuple[float, Act]] = deque()
        self.busy = 0.0

    def serve(self, time: float, then: Act) -> None:
        """Work for some time as soon as a server is free, then go on."""
        self._line.append((time / self._speed, then))
        self._next()

    def _next(self) -> None:
        if self._free and self._line:
            self._free -= 1
            time, then = self._line.popleft()
            self.busy += time

            def done() -> None:
                self._free += 1
                then()
                self._next()

            self._simulation.after(time, done)


@dataclass(slots=True)
class _Worker:
    cpu: _Station
    room: int
    inbox: list[tuple[int, int]] = field(default_factory=list)
    """Executions and which of their steps is due."""
    stepping: bool = False
    fetching: bool = False


class _Simulation:
    def __init__(self, parameters: Parameters, setting: Setting, seed: int) -> None:
        self._costs = parameters
        self._setting = setting
        self._chance = random.Random(seed)
        self._events: list[tuple[float, int, Act]] = []
        self._order = itertools.count()
        self._now = 0.0
        self.shared = _Station(self, setting.cores, setting.speed)
        self.commit = _Station(self, 1)
        self._waiting: deque[int] = deque()
        self._workers = [_Worker(_Station(self, 1), 2 * setting.threads) for _ in range(setting.workers)]
        self._started: dict[int, float] = {}
        self._ended: dict[int, float] = {}
        self._asked = 0
        self.transactions = 0.0

    def after(self, time: float, act: Act) -> None:
        heapq.heappush(self._events, (self._now + time, next(self._order), act))

    def run(self) -> Outcome:
        setting = self._setting
        if setting.rate is None:
            for _ in range(setting.starters):
                self._ask(again=True)
        else:
            for number in range(setting.executions):
                self.after(number * 1e3 / setting.rate, self._ask)
        while self._events:
            self._now, _, act = heapq.heappop(self._events)
            act()
        span = max(self._ended.values()) - min(self._started.values())
        delays = sorted(self._ended[id_] - self._started[id_] for id_ in self._ended)
        return Outcome(
            rate=len(self._ended) / span * 1e3,
            p50_ms=median(delays),
            p95_ms=delays[int(len(delays) * 0.95)],
            commits=self.transactions / len(self._ended),
            database_busy=min(1.0, self.shared.busy / span / setting.cores),
            serial_busy=min(1.0, self.commit.busy / span),
        )

    def _vary(self, time: float) -> float:
        """Costs scatter; half of each is always there."""
        return time * (0.5 + 0.5 * self._chance.expovariate(1.0))

    # -- a server starts an execution

    def _ask(self, *, again: bool = False) -> None:
        if self._asked >= self._setting.executions:
            return
        id_ = self._asked
        self._asked += 1

        def prepared() -> None:
            self._started[id_] = self._now
            self._transact(1 / (STEPS + 1), 1, stored)

        def stored() -> None:
            self._waiting.append(id_)
            self._offer()
            if again:
                self._ask(again=True)

        start = self._vary(self._costs.start)
        if self._setting.apart:
            self.after(start, prepared)
        else:
            self.shared.serve(start, prepared)

    def _transact(self, share: float, transactions: float, then: Act) -> None:
        """Write: `share` is what part of an execution's rows it has, over all executions in it."""
        self.transactions += transactions
        time = self._costs.database_commit * transactions + self._costs.database_each * share

        def computed() -> None:
            self.commit.serve(self._vary(self._costs.serial) * transactions, answered)

        def answered() -> None:
            self.after(self._setting.network, then)

        self.shared.serve(self._vary(time), computed)

    # -- a worker takes and runs executions

    def _offer(self) -> None:
        """Let workers that have room fetch; a fetch brings what waits then, up to a batch."""
        for worker in sorted(self._workers, key=lambda one: -one.room):
            if self._waiting and worker.room > 0 and not worker.fetching:
                self._fetch(worker)

    def _fetch(self, worker: _Worker) -> None:
        worker.fetching = True
        batch = max(1, min(10, self._setting.threads // 2, worker.room, len(self._waiting)))
        ids = [self._waiting.popleft() for _ in range(batch)]
        worker.room -= batch

        def fetched() -> None:
            worker.fetching = False
            worker.inbox += [(id_, 0) for id_ in ids]
            self._step(worker)
            self._offer()

        self._transact(0.0, self._costs.queue_commits, fetched)

    def _step(self, worker: _Worker) -> None:
        """Do everything that waits in one transaction, and then what it allows."""
        if worker.stepping or not worker.inbox:
            return
        worker.stepping = True
        events, worker.inbox = worker.inbox, []
        cpu = self._costs.worker_commit + self._costs.worker_each * len(events) / STEPS

        def planned() -> None:
            self._transact(len(events) / (STEPS + 1), 1, stored)

        def stored() -> None:
            worker.stepping = False
            for id_, step in events:
                if step + 1 == STEPS:
                    self._ended[id_] = self._now
                    worker.room += 1
                else:
                    worker.inbox.append((id_, step + 1))
            self._step(worker)
            self._offer()

        station = worker.cpu if self._setting.apart else self.shared
        station.serve(self._vary(cpu), planned)


def simulate(parameters: Parameters, setting: Setting, seed: int = 1) -> Outcome:
    """Return what a setting holds; the same for the same seed."""
    return _Simulation(parameters, setting, seed).run()
