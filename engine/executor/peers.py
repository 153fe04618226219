"""Peers: the other processes on this database. What they did is heard, what they ask for is done."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from engine import errors
from engine.errors import Conflict, FlowsmithError, InputInvalid, OwnerLost
from engine.executor.executor import Executor
from engine.executor.owner import Owner
from engine.feed import Feed
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.storage.ports import Members, Store

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 20.0
"""How long the owner of an execution may take for what is asked of it."""

TRIGGER, FLOW = "trigger", "flow"
"""Topics of signals: a trigger's state was changed from outside, a flow was saved or deleted."""

_OF_ENDED = ("restart", "change_task_state")
"""What waits for a worker needs no owner for these: they are refused, or made as with one that has ended."""

_REMEMBERED = 10_000
_TRIES = 5


class Peers:
    """Hears other processes and speaks with them.

    `perform(method, execution_id, arguments)` does here what was asked elsewhere; `told(topic, text)` hears
    of flows and triggers; `missed` is called when signals may have been lost.
    """

    def __init__(
        self,
        store: Store,
        members: Members,
        owner: Owner,
        executor: Executor,
        feed: Feed,
        *,
        perform: Callable[[str, str, Mapping[str, Json]], None],
        told: Callable[[str, str], None],
        missed: Callable[[], None],
    ) -> None:
        self._store = store
        self._members = members
        self._owner = owner
        self._executor = executor
        self._feed = feed
        self._perform = perform
        self._told = told
        self._missed = missed
        self._reading = ThreadPoolExecutor(1, "peers")
        self._serving = ThreadPoolExecutor(4, "calls")
        self._due: set[str] = set()
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def start(self) -> None:
        """Listen from now on."""
        self._members.signals.listen(self._receive, self._recheck)

    def close(self) -> None:
        """Answer nobody more."""
        for pool in (self._reading, self._serving):
            pool.shutdown(wait=True, cancel_futures=True)

    # -- hearing

    def _receive(self, topic: str, text: str) -> None:
        match topic:
            case "run":
                self._changed(text)
            case "call" if text == self._owner.id:
                self._serving.submit(self._serve)
            case "answer":
                self._members.calls.answered(text)
            case "trigger" | "flow":
                self._told(topic, text)

    def _recheck(self) -> None:
        self._executor.recheck()
        self._serving.submit(self._serve)
        self._missed()

    def _changed(self, text: str) -> None:
        """Look at what another process has stored, if somebody here wants to know."""
        writer, _, words = text.partition(" ")
        if writer == self._owner.id:
            return
        for word in words.split(","):
            execution_id, letter = word[:-1], word[-1]
            followed = self._feed.follows(execution_id)
            wanted = letter == "x" and (self._feed.follows(None) or self._executor.awaits(execution_id))
            if (followed or wanted) and execution_id not in self._due:
                self._due.add(execution_id)
                self._reading.submit(self._read, execution_id)

    def _read(self, execution_id: str) -> None:
        self._due.discard(execution_id)
        try:
            followed = self._feed.follows(execution_id)
            execution = self._store.executions.get(execution_id, task_runs=followed)
            if execution is None:
                return
            if followed:
                self._publish_parts(execution)
            if execution.state.ended and execution.owner is not None:
                return  # its last tasks still run; the end is told after them
            self._feed.publish(replace(execution, task_runs=()))
            if execution.state.ended:
                self._executor.heard(execution)
        except FlowsmithError as error:
            logger.warning("execution %s of another process cannot be read: %s", execution_id, error.message)

    def _publish_parts(self, execution: Execution) -> None:
        for run in execution.task_runs:
            if self._is_new(run):
                self._feed.publish(run)
        last = self._store.executions.logs(execution_id=execution.id, newest_first=True, limit=1)
        for entry in last.results:
            self._feed.publish(entry)

    def _is_new(self, run: TaskRun) -> bool:
        stamp = (len(run.history.passages), len(run.attempts))
        if self._seen.get(run.id) == stamp:
            return False
        self._seen[run.id] = stamp
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    # -- asking

    def at_owner(self, execution_id: str, method: str, arguments: Mapping[str, Json]) -> bool:
        """Let the owner of an execution do something; False when that is to be done here.

        Raises what the owner raises, and Conflict when it does not answer.
        """
        for _ in range(_TRIES):
            execution = self._store.executions.get(execution_id, task_runs=False)
            owner = None if execution is None else execution.owner
            if execution is None or owner == self._owner.id:
                return False
            if owner is None and (execution.state.ended or method in _OF_ENDED):
                return False
            if owner is not None and self._owner.alive(owner):
                try:
                    self._ask(owner, execution_id, method, arguments)
                except OwnerLost:
                    continue
                return True
            # It waits to be handed out, or its owner is gone: this process is as good as any.
            if self._store.executions.take_over([(execution_id, owner)], self._owner.id):
                self._executor.hold(execution_id)
                return False
        raise Conflict(f"Execution {execution_id} is being handed over; try again")

    def _ask(self, owner: str, execution_id: str, method: str, arguments: Mapping[str, Json]) -> None:
        request = {"method": method, "execution": execution_id, "arguments": dict(arguments)}
        try:
            answer = self._members.calls.ask(owner, request, ANSWER_SECONDS, lambda: self._owner.alive(owner))
        except TimeoutError:
            raise Conflict(
                f"The process that runs execution {execution_id} does not answer; try again, it is replaced "
                "if it is gone"
            ) from None
        if answer.get("error"):
            raise _error(answer)

    def _serve(self) -> None:
        try:
            self._members.calls.serve(self._owner.id, self._answer)
        except FlowsmithError as error:
            logger.warning("a call of another process cannot be answered: %s", error.message)

    def _answer(self, request: Json) -> Json:
        try:
            self._perform(request["method"], request["execution"], request["arguments"])
        except InputInvalid as error:
            return {"error": "InputInvalid", "problems": error.problems}
        except FlowsmithError as error:
            return {"error": type(error).__name__, "message": error.message}
        except Exception as error:
            logger.exception("a call of another process failed: %s", request["method"])
            return {"error": "Conflict", "message": f"It could not be done: {type(error).__name__}"}
        return {}


def _error(answer: Mapping[str, Any]) -> FlowsmithError:
    """Return what the owner raised, as the same class."""
    name = str(answer["error"])
    if name == "InputInvalid":
        return InputInvalid(answer["problems"])
    kind = getattr(errors, name, Conflict)
    if not (isinstance(kind, type) and issubclass(kind, FlowsmithError)):
        kind = Conflict
    return kind(str(answer.get("message", "")))
