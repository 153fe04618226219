"""What is done to the fleet, its database, its disks, its network and its clocks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.disk import SmallDisk
from tests.chaos.fleet import Fleet, Process
from tests.postgres import Server

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "worker": ("--threads", "4"),
    "scheduler": (),
    "server": ("--port", "0", "--no-ingest"),
}


@dataclass(slots=True)
class Stage:
    """Where faults strike."""

    fleet: Fleet
    server: Server
    chance: random.Random
    disks: dict[str, SmallDisk] = field(default_factory=dict)
    """`database` and `files`, where they could be made."""
    over: threading.Event = field(default_factory=threading.Event)
    """Ends every fault before its time."""

    def launch(self, role: str, *, clocked: bool = False) -> Process:
        """Start a process that can be treated in every way; it is not waited for."""
        return self.fleet.launch(role, *ARGUMENTS[role], linked=True, clocked=clocked)

    def one(self, *roles: str, clocked: bool = False) -> Process:
        """Return some process of these roles."""
        all_ = [one for role in roles for one in self.fleet.of(role)]
        return self.chance.choice([one for one in all_ if not clocked or one.clock is not None])

    def wait(self, least: float, most: float) -> None:
        """Let a fault last."""
        self.over.wait(self.chance.uniform(least, most))

    def heal(self) -> None:
        """Put everything right that a fault has left."""
        for disk in self.disks.values():
            disk.relieve()
        self.server.revive()
        for process in self.fleet.processes:
            if process.running:
                process.wake()
                if process.link is not None:
                    process.link.heal()
                if process.clock is not None:
                    process.clock.set(0)


Fault = Callable[[Stage], None]
_ALL = ("worker", "scheduler", "server")


def _killed(role: str) -> Fault:
    def fault(stage: Stage) -> None:
        victim = stage.one(role)
        victim.close()
        stage.wait(0, 3)
        stage.launch(role, clocked=victim.clock is not None).wait_ready()

    return fault


def _frozen(role: str) -> Fault:
    def fault(stage: Stage) -> None:
        victim = stage.one(role)
        victim.freeze()
        stage.wait(0.5, 15)
        victim.wake()

    return fault


def _cut(stage: Stage) -> None:
    for process in [one for role in _ALL for one in stage.fleet.of(role)]:
        if process.link is not None and stage.chance.random() < 0.5:
            process.link.cut()


def _stalled(stage: Stage) -> None:
    link = stage.one(*_ALL).link
    assert link is not None
    link.stall()
    stage.wait(0.5, 15)
    if stage.chance.random() < 0.5:
        link.cut()
    link.heal()


def _slow(stage: Stage) -> None:
    links = [one.link for role in _ALL for one in stage.fleet.of(role) if one.link is not None]
    for link in links:
        link.slow(stage.chance.uniform(0.005, 0.2), stage.chance.uniform(50_000, 500_000))
    stage.wait(3, 12)
    for link in links:
        link.heal()


def _restarted(mode: str) -> Fault:
    return lambda stage: stage.server.restart(mode)


def _full(which: str) -> Fault:
    def fault(stage: Stage) -> None:
        disk = stage.disks[which]
        disk.fill()
        stage.wait(1, 8)
        disk.relieve()
        stage.server.revive()

    return fault


def _clock(role: str, least: float, most: float) -> Fault:
    def fault(stage: Stage) -> None:
        clock = stage.one(role, clocked=True).clock
        assert clock is not None
        clock.set(stage.chance.uniform(least, most))
        stage.wait(1, 10)
        if stage.chance.random() < 0.7:  # the others live on with a wrong clock
            clock.set(0)

    return fault


FAULTS: dict[str, Fault] = {
    "worker killed": _killed("worker"),
    "worker frozen": _frozen("worker"),
    "scheduler killed": _killed("scheduler"),
    "scheduler frozen": _frozen("scheduler"),
    "server killed": _killed("server"),
    "server frozen": _frozen("server"),
    "database restarted": _restarted("fast"),
    "database crashed": _restarted("immediate"),
    "connections cut": _cut,
    "connections stalled": _stalled,
    "connections slow": _slow,
    "database disk full": _full("database"),
    "file disk full": _full("files"),
    "clock of a scheduler forward": _clock("scheduler", 2, 60),
    "clock of a scheduler back": _clock("scheduler", -60, -2),
    "clock of a worker forward": _clock("worker", 1, 10),
    "clock of a worker back": _clock("worker", -10, -1),
}


def possible(stage: Stage) -> dict[str, Fault]:
    """Return the faults that this machine lets us make."""
    return {
        name: fault
        for name, fault in FAULTS.items()
        if ("database" in stage.disks or name != "database disk full")
        and ("files" in stage.disks or name != "file disk full")
    }
