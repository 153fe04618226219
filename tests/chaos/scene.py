"""A scene: a database that is observed, a fleet, flows, what was accepted — and, in the end, the facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.json import Json
from engine.storage.ports import ExecutionQuery
from tests.chaos.checker import Accepted, Effect, Facts, losses, result
from tests.chaos.fleet import KEY, Fleet
from tests.chaos.flows import NAMESPACE, Shape, clock_flow, make_flows
from tests.chaos.observer import acknowledged, install, passages
from tests.postgres import Database

_MANY = 1_000_000


def open_engine(database: Database, folder: Path) -> Engine:
    """Return an engine of this process that hands out what it starts."""
    return Engine.open(
        EngineOptions(
            home=folder / "here",
            database_url=database.url,
            storage_url=f"file://{folder}/files",
            environment={},
            encryption_key=KEY,
            collect_rarely=False,
            schedule=False,
            role="server",
            threads=1,
        )
    )


@dataclass(slots=True)
class Scene:
    """Everything about one run of chaos that its checker needs. Thread-safe is only what says so."""

    database: Database
    folder: Path
    fleet: Fleet = field(init=False)
    shapes: dict[str, Shape] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    killed: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """Executions that somebody tried to kill, whether that was acknowledged or not."""
    undisturbed: dict[tuple[str, int], Json] = field(default_factory=dict)
    steps: dict[str, timedelta] = field(default_factory=dict)
    disk_was_full: bool = False

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.database, self.folder)

    def prepare(self, engine: Engine, seed: int, flows: int = 6) -> None:
        """Observe the database and save flows of random shape; `engine` has made the tables."""
        install(self.database)
        for flow_id, (source, shape) in make_flows(self.folder, seed, flows).items():
            engine.save(source)
            self.shapes[flow_id] = shape

    def schedule(self, engine: Engine, flow_id: str = "ticks", cron: str = "* * * * * *") -> None:
        """Save a flow that starts every second."""
        engine.save(clock_flow(flow_id, cron, seconds=True))
        self.steps[flow_id] = timedelta(seconds=1)

    def run_undisturbed(self, engine: Engine, inputs: int, patience_seconds: float) -> None:
        """Run each flow with each input before anything is broken; the others are judged by the results.

        On a machine so slow that an owner is lost all the same, such a run is made again.
        """
        wanted = [(flow, n) for flow in self.shapes for n in range(1, inputs + 1)]
        while wanted:
            ids = {(flow, n): engine.start(NAMESPACE, flow, inputs={"n": n}).id for flow, n in wanted}
            for (flow, n), id_ in ids.items():
                self.accept(id_, flow, n)
                engine.wait(id_, patience_seconds)
            executions, lost = stored(engine), losses(passages(self.database))
            for place, id_ in ids.items():
                below = [one.id for one in executions.values() if _caller(one) == id_]
                if not any(lost[one] for one in (id_, *below)):
                    self.undisturbed[place] = result(executions[id_], executions)
                    wanted.remove(place)

    def accept(self, execution_id: str, flow: str, n: int) -> None:
        """Note that an execution was accepted."""
        self.accepted.append(Accepted(execution_id, flow, n))

    def acknowledge(self, execution_id: str) -> None:
        """Note that a kill was acknowledged, where tasks and database see it."""
        (self.folder / "acknowledged" / execution_id).touch()
        acknowledged(self.database, execution_id)
        self.killed.add(execution_id)

    def effects(self, execution_id: str) -> list[Effect]:
        """Return the effects of an execution, in order."""
        path = self.folder / "effects" / execution_id
        if not path.exists():
            return []
        return [Effect(line.split()[0], "late" in line) for line in path.read_text().splitlines()]

    def facts(self, engine: Engine) -> Facts:
        """Return what is known now."""
        executions = stored(engine)
        return Facts(
            accepted=tuple(self.accepted),
            executions=executions,
            passages=passages(self.database),
            effects={id_: self.effects(id_) for id_ in executions},
            shapes=self.shapes,
            undisturbed=self.undisturbed,
            killed=frozenset(self.killed),
            asked=frozenset(self.asked),
            dates={flow: _dates(executions.values(), flow) for flow in self.steps},
            steps=self.steps,
            disk_was_full=self.disk_was_full,
        )

    def close(self) -> None:
        """End every process."""
        self.fleet.close()


def stored(engine: Engine) -> dict[str, Execution]:
    """Return every execution with its task runs, by id."""
    found = engine.store.executions.search(ExecutionQuery(namespace=NAMESPACE, limit=_MANY)).results
    whole = (engine.store.executions.get(one.id) for one in found)
    return {one.id: one for one in whole if one is not None}


def _caller(execution: Execution) -> str | None:
    variables = execution.trigger.variables if execution.trigger is not None else {}
    return variables.get("executionId")


def dates_fired(engine: Engine, flow: str = "ticks") -> list[datetime]:
    """Return the dates of a schedule for which executions were made, oldest first."""
    query = ExecutionQuery(namespace=NAMESPACE, flow_id=flow, limit=_MANY)
    return _dates(engine.store.executions.search(query).results, flow)


def _dates(executions: Iterable[Execution], flow: str) -> list[datetime]:
    return sorted(
        datetime.fromisoformat(str(one.trigger.variables["date"])).astimezone(UTC)
        for one in executions
        if one.flow_id == flow and one.trigger is not None
    )
