"""The long form: load on a fleet, one fault after the other, then quiet, and the facts are checked."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from engine.engine import Engine
from tests.chaos import client
from tests.chaos.checker import Violation, check, losses
from tests.chaos.disk import NotPossible, SmallDisk
from tests.chaos.faults import FAULTS, Stage, possible
from tests.chaos.observer import passages
from tests.chaos.scene import Scene, open_engine
from tests.postgres import Server

WORKERS, SCHEDULERS, SERVERS, INPUTS = 3, 2, 2, 2
MOST_OPEN = 40
"""Executions under way at once; more are not asked for, so that a slow machine is not only busy waiting."""

PROGRESS_SECONDS = 30.0
STUCK_SECONDS = 300.0
"""When nothing at all has ended for so long after the last fault, what is left will not end."""

SETTINGS = {
    "autovacuum": "on",
    # A crash of the server alone loses nothing that was written, but what was only promised.
    "synchronous_commit": "on",
    "max_connections": "200",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "full_page_writes": "on",
}
Say = Callable[[str], None]


@dataclass(slots=True)
class Report:
    """What a storm did and found."""

    seconds: float = 0.0
    accepted: int = 0
    stored: int = 0
    fired: int = 0
    killed: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: int = 0
    """Owners lost before the end of their executions."""
    faults: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


class Storm:
    """One run. `seed` sets flows, faults and their order; what they meet depends on the machine too."""

    def __init__(self, folder: Path, seconds: float, seed: int, say: Say) -> None:
        self._folder = folder
        self._seconds = seconds
        self._seed = seed
        self._say = say
        self._ending = threading.Event()
        self.report = Report()

    def run(self) -> Report:
        """Do it all; everything that was started has ended when this returns."""
        began = time.monotonic()
        with ExitStack() as stack:
            server, disks = self._server(stack)
            database = server.make()
            scene = Scene(database, self._folder)
            stack.callback(scene.close)
            engine = stack.enter_context(open_engine(database, self._folder))
            stage = Stage(scene.fleet, server, random.Random(self._seed), disks)
            self._prepare(scene, stage, engine)
            load = threading.Thread(target=self._load, args=(scene, engine), name="load")
            load.start()
            try:
                self._break(scene, stage, engine)
            finally:
                self._ending.set()
                stage.heal()
                load.join()
            self._settle(scene, engine)
            self._check(scene, engine)
        self.report.seconds = time.monotonic() - began
        return self.report

    # -- before

    def _server(self, stack: ExitStack) -> tuple[Server, dict[str, SmallDisk]]:
        server = Server(SETTINGS)
        stack.callback(server.folder.rmdir)  # when it was mounted over, stopping cannot remove it
        files = self._folder / "files"
        files.mkdir()
        disks = {}
        try:
            for name, folder, megabytes, user in (
                ("database", server.folder, 1280, server.owner),
                ("files", files, 512, None),
            ):
                disks[name] = SmallDisk(folder, megabytes, user)
                stack.callback(disks[name].close)
        except NotPossible as reason:
            self.report.left_out["full disks"] = str(reason)
        stack.callback(server.stop)
        server.start()
        return server, disks

    def _prepare(self, scene: Scene, stage: Stage, engine: Engine) -> None:
        scene.prepare(engine, self._seed)
        roles = ["worker"] * WORKERS + ["scheduler"] * SCHEDULERS + ["server"] * SERVERS
        # Of workers and schedulers every other one goes by a clock that can be set.
        launched = [
            stage.launch(role, clocked=number % 2 == 0 and role != "server")
            for number, role in enumerate(roles)
        ]
        for one in launched:
            one.wait_ready()
        scene.run_undisturbed(engine, INPUTS, STUCK_SECONDS)
        scene.schedule(engine)
        self._say(f"{len(roles)} processes, {len(scene.shapes)} flows, run undisturbed")

    # -- meanwhile

    def _load(self, scene: Scene, engine: Engine) -> None:
        """Start executions, and kill some of them."""
        chance = random.Random(self._seed + 1)
        while not self._ending.wait(chance.uniform(0.1, 0.6)):
            servers = scene.fleet.of("server")
            flow, n = chance.choice([*scene.shapes]), chance.randint(1, INPUTS)
            try:
                if len(engine.store.executions.unfinished()) > MOST_OPEN:
                    continue
                id_ = client.start(servers, chance, flow, n)
                scene.accept(id_, flow, n)
                if chance.random() < 0.1:
                    self._ending.wait(chance.uniform(0, 0.5))
                    scene.asked.add(id_)
                    client.kill(servers, chance, id_)
                    scene.acknowledge(id_)
            except client.Refused:
                self.report.refused += 1
            except client.NoAnswer:
                self.report.unanswered += 1
            except Exception as error:  # the database is away
                self._ending.wait(0.5)
                self._say(f"  load: {type(error).__name__}: {str(error)[:100]}")

    def _break(self, scene: Scene, stage: Stage, engine: Engine) -> None:
        faults = possible(stage)
        waiting: list[str] = []
        end = time.monotonic() + self._seconds
        told = threading.Timer(self._seconds, stage.over.set)
        told.start()
        progress = threading.Thread(target=self._progress, args=(scene, end), name="progress")
        progress.start()
        try:
            while time.monotonic() < end:
                if not waiting:  # each kind as often as the others
                    waiting = stage.chance.sample([*faults], len(faults))
                name = waiting.pop()
                scene.disk_was_full |= name == "file disk full"
                self.report.faults[name] += 1
                try:
                    faults[name](stage)
                except Exception as error:  # a machine so busy that something did not start in time
                    self._say(f"  {name}: {type(error).__name__}: {str(error)[:300]}")
                    stage.heal()
                    self._complete(stage)
                stage.wait(0.5, 4)
        finally:
            told.cancel()
            self._ending.set()
            progress.join()

    def _complete(self, stage: Stage) -> None:
        """Start what is missing of the fleet."""
        for role, count in (("worker", WORKERS), ("scheduler", SCHEDULERS), ("server", SERVERS)):
            for number in range(count - len(stage.fleet.of(role))):
                stage.launch(role, clocked=number % 2 == 0 and role != "server")

    def _progress(self, scene: Scene, end: float) -> None:
        while not self._ending.wait(PROGRESS_SECONDS):
            self._say(
                f"  {max(0.0, end - time.monotonic()) / 60:4.1f} minutes to go: "
                f"{len(scene.accepted)} executions accepted, {len(scene.killed)} killed, "
                f"{self.report.faults.total()} faults"
            )

    # -- after

    def _settle(self, scene: Scene, engine: Engine) -> None:
        """Wait until everything has ended, as long as anything still does."""
        for process in scene.fleet.of("scheduler"):
            process.stop()
        left, since = -1, time.monotonic()
        while True:
            try:
                open_ = len(engine.store.executions.unfinished())
            except Exception:  # the database comes back in a moment
                open_ = left
            if open_ == 0:
                return
            if open_ != left:
                left, since = open_, time.monotonic()
            elif time.monotonic() - since > STUCK_SECONDS:
                self._say(f"  {left} executions do not end")
                return
            time.sleep(0.5)

    def _check(self, scene: Scene, engine: Engine) -> None:
        facts = scene.facts(engine)
        report = self.report
        report.accepted, report.stored = len(facts.accepted), len(facts.executions)
        report.killed = len(facts.killed)
        report.fired = sum(map(len, facts.dates.values()))
        report.lost = losses(passages(scene.database)).total()
        report.violations = check(facts)
        for one in FAULTS:
            report.faults.setdefault(one, 0)
