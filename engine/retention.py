"""Retention: ended executions and log entries are removed when they are old enough, in small batches.

How long they are kept is written as durations by namespace and state: `P90D, FAILED=P1D, company.dev=P7D,
company.dev:FAILED=P30D`. The longest namespace that fits decides, then the state; what no rule fits is kept.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.errors import FlowsmithError, SettingsError
from engine.executor.meter import Meter
from engine.model import uri as uris
from engine.model.duration import parse_duration
from engine.model.execution import Execution
from engine.model.state import TERMINAL, State
from engine.plugin.context import World

logger = logging.getLogger(__name__)

BATCH = 100
EVERY_SECONDS = 600.0
PAUSE_SECONDS = 0.05
"""Between two batches, so that what runs hardly notices."""
_PLACE, _KEY = "_retention", "folders"
_STATES = ", ".join(sorted(state.value for state in TERMINAL))


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something of a namespace, and those below, in a state is kept; None fits all."""

    namespace: str | None
    state: State | None
    keep: timedelta

    def fits(self, namespace: str, state: State | None) -> bool:
        """Tell whether the rule speaks of this."""
        inside = self.namespace is None or f"{namespace}.".startswith(f"{self.namespace}.")
        return inside and self.state in (None, state)


class Rules:
    """The rules of one setting, the most exact first."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = sorted(rules, key=lambda one: (-len(one.namespace or ""), one.state is None))
        self.shortest = min((rule.keep for rule in rules), default=None)

    def keep(self, namespace: str, state: State | None = None) -> timedelta | None:
        """Return how long it is kept, None for ever."""
        return next((rule.keep for rule in self._rules if rule.fits(namespace, state)), None)


def read_rules(text: str, setting: str, *, states: bool = True) -> Rules:
    """Read a setting; raises SettingsError that names the part."""
    rules: dict[tuple[str | None, State | None], Rule] = {}
    for part in (part.strip() for part in text.split(",")):
        if part:
            rule = _rule(part, setting, states)
            if (rule.namespace, rule.state) in rules:
                raise SettingsError(f"{setting}: '{part}' is said twice; keep one of them")
            rules[rule.namespace, rule.state] = rule
    return Rules(list(rules.values()))


def _rule(part: str, setting: str, states: bool) -> Rule:
    left, equals, right = part.rpartition("=")
    try:
        keep = parse_duration(right.strip())
    except ValueError as error:
        raise SettingsError(f"{setting}: '{part}': {error}") from None
    if keep <= timedelta(0) or (equals and not left.strip()):
        raise SettingsError(f"{setting}: '{part}': write [namespace][:STATE]=duration, longer than nothing")
    namespace, _, state = left.strip().rpartition(":")
    if not namespace and not (state.isupper() and state in State.__members__):
        namespace, state = state, ""
    if state and (not states or state not in State.__members__ or State(state) not in TERMINAL):
        known = f"use one of {_STATES}" if states else "log entries have no state"
        raise SettingsError(f"{setting}: '{part}': '{state}' is no state to go by; {known}")
    return Rule(namespace or None, State(state) if state else None, keep)


class Retention:
    """Removes what is old, on a thread of its own; `acts` tells whether it is this process's turn."""

    def __init__(
        self,
        world: World,
        *,
        executions: Rules,
        logs: Rules,
        meter: Meter,
        clock: Callable[[], datetime],
        acts: Callable[[], bool],
    ) -> None:
        self._world = world
        self._executions = executions
        self._logs = logs
        self._meter = meter
        self._clock = clock
        self._acts = acts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    @property
    def wanted(self) -> bool:
        """Whether there is a rule at all."""
        return self._executions.shortest is not None or self._logs.shortest is not None

    def start(self) -> None:
        """Remove from now on, if there is a rule."""
        if self.wanted:
            self._thread.start()

    def close(self) -> None:
        """Remove nothing more; the batch that is being removed is waited for."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def _run(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            if self._acts():
                try:
                    self.sweep()
                except FlowsmithError as error:
                    logger.warning("what is old could not be removed, it is tried again: %s", error.message)
                except Exception:
                    logger.exception("what is old could not be removed, it is tried again")
                self._over.wait(EVERY_SECONDS)
            else:
                self._over.wait(1.0)

    def sweep(self) -> tuple[int, int]:
        """Remove everything that is old now; returns how many executions and log entries that were."""
        self._remove_folders()
        executions, logs = self._sweep_executions(), self._sweep_logs()
        if executions or logs:
            logger.info("removed %d executions and %d log entries that were old", executions, logs)
        return executions, logs

    def _goes_on(self) -> bool:
        return not self._over.wait(PAUSE_SECONDS) and self._acts()

    def _sweep_executions(self) -> int:
        if self._executions.shortest is None:
            return 0
        now, removed = self._clock(), 0
        after: tuple[datetime, str] | None = None
        store = self._world.store.executions
        while found := store.ended(now - self._executions.shortest, after=after, limit=BATCH):
            after = (found[-1].history.started, found[-1].id)
            removed += self._remove([one for one in found if self._is_old(one, now)])
            if not self._goes_on():
                break
        return removed

    def _is_old(self, execution: Execution, now: datetime) -> bool:
        keep = self._executions.keep(execution.namespace, execution.state)
        ended = execution.history.ended
        return keep is not None and ended is not None and ended < now - keep

    def _remove(self, old: list[Execution]) -> int:
        """Remove executions, then their files. Their folders are noted first: should this process end in the
        middle, the next sweep removes the files of those that are gone."""
        if not old:
            return 0
        folders = {one.id: uris.execution_prefix(one.namespace, one.flow_id, one.id) for one in old}
        store = self._world.store
        store.kv.put(_PLACE, _KEY, dict(folders), "JSON", self._clock())
        removed = store.executions.delete_ended(list(folders))
        self._remove_folders()
        self._meter.expired_executions += removed
        return removed

    def _remove_folders(self) -> None:
        store = self._world.store
        noted = store.kv.get(_PLACE, _KEY)
        if noted is None or not isinstance(noted.value, dict):
            return
        for execution_id, folder in noted.value.items():
            if store.executions.get(execution_id, task_runs=False) is None:
                self._world.files.delete(str(folder))
        store.kv.delete(_PLACE, _KEY)

    def _sweep_logs(self) -> int:
        if self._logs.shortest is None:
            return 0
        now, removed = self._clock(), 0
        after: tuple[datetime, int] | None = None
        store = self._world.store.executions
        while found := store.old_logs(now - self._logs.shortest, after=after, limit=10 * BATCH):
            after = (found[-1].timestamp, found[-1].index)
            old = [entry.index for entry in found if self._is_past(entry.namespace, entry.timestamp, now)]
            removed += store.delete_log_entries(old)
            self._meter.expired_logs += len(old)
            if not self._goes_on():
                break
        return removed

    def _is_past(self, namespace: str, timestamp: datetime, now: datetime) -> bool:
        keep = self._logs.keep(namespace)
        return keep is not None and timestamp < now - keep
