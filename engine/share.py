"""The share of one process in the work of many: what it takes, hears, is asked, and looks after."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from engine.errors import FlowsmithError
from engine.executor.inputs import Upload
from engine.executor.owner import Owner
from engine.executor.peers import FLOW, TRIGGER, Peers
from engine.model.json import Json
from engine.model.state import State
from engine.storage.ports import Handed, Members
from engine.triggers.entry import Key

if TYPE_CHECKING:
    from engine.engine import Engine

logger = logging.getLogger(__name__)

_RECHECK_EVERY = 20
_UPLOAD = "$upload"


class Share:
    """Begins when its engine does. Of those that may fire triggers the one that is here longest does."""

    def __init__(self, engine: Engine, members: Members, owner: Owner) -> None:
        self._engine = engine
        self._members = members
        self._owner = owner
        self._looks = 0
        self._stop: Callable[[], None] | None = None
        self._acting = ThreadPoolExecutor(2, "share")
        self.peers = Peers(
            engine.store,
            members,
            owner,
            engine.executor,
            engine.feed,
            perform=self._perform,
            told=self._told,
            missed=engine.scheduler.look_again,
        )
        engine.scheduler.elsewhere = self._tell

    def start(self) -> None:
        """Hear, look, fire and take, as the role says."""
        engine, options = self._engine, self._engine.options
        self.peers.start()
        self._look()
        self._owner.watch(engine.executor.lost, self._look)
        if options.role == "worker" or (options.role == "up" and options.schedule):
            executor = engine.executor
            self._stop = self._members.queue.consume(
                options.queues, options.threads, lambda: executor.has_room, self._take
            )

    def stop(self) -> None:
        """Take nothing more."""
        if self._stop is not None:
            self._stop()

    def close(self) -> None:
        """Hear nothing more."""
        self._members.signals.close()
        self.peers.close()
        self._acting.shutdown(wait=True, cancel_futures=True)

    def release(self) -> None:
        """Hand out what this process leaves behind."""
        try:
            self._members.queue.release(self._handed)
        except FlowsmithError as error:
            logger.warning("what is left is handed out by others: %s", error.message)

    def soon(self, act: Callable[[], object]) -> None:
        """Do something for which nobody waits."""

        def safely() -> None:
            try:
                act()
            except FlowsmithError as error:
                logger.info("not done: %s", error.message)

        self._acting.submit(safely)

    def _take(self, execution_id: str) -> bool:
        """Become the owner of an execution and go on with it; returns when that is stored."""
        return self._engine.executor.take(execution_id)

    def _handed(self, execution_id: str) -> Handed:
        """Return how an execution is handed out again: to the workers its flow names."""
        engine = self._engine
        try:
            execution = engine.execution(execution_id)
            flow = engine.flow(execution.namespace, execution.flow_id, execution.flow_revision)
        except FlowsmithError:  # whoever takes it up says what is wrong
            return Handed(execution_id)
        return Handed(execution_id, engine.queues.of(flow))

    def _look(self) -> None:
        """Hand out what those that died have left; fire triggers if it is this process's turn."""
        options = self._engine.options
        if self._members.bury():
            self._engine.executor.meter.released += self._members.queue.release(self._handed)
        may_fire = options.schedule and options.role in ("up", "scheduler")
        if may_fire:
            self._take_turn(self._members.first(("up", "scheduler")) == self._owner.id)
        self._looks += 1
        if self._looks % _RECHECK_EVERY == 0:
            self._engine.executor.recheck()

    def _take_turn(self, mine: bool) -> None:
        """Fire triggers from now on, or let another process do that."""
        scheduler = self._engine.scheduler
        if mine and not scheduler.started:
            logger.info("this process fires triggers from now on")
            scheduler.start()
        elif scheduler.started and scheduler.resting is mine:
            scheduler.rest(not mine)

    # -- what others are told, and tell

    def _tell(self, key: Key | None) -> None:
        topic, text = (FLOW, "") if key is None else (TRIGGER, json.dumps(key))
        self.soon(lambda: self._members.signals.tell(topic, text))

    def _told(self, topic: str, text: str) -> None:
        scheduler = self._engine.scheduler
        if not scheduler.started:
            return
        if topic == TRIGGER:
            scheduler.ask(tuple(json.loads(text)))
        else:
            scheduler.look_again()

    def _perform(self, method: str, execution_id: str, arguments: Mapping[str, Json]) -> None:
        """Do here what was asked of another process."""
        engine = self._engine
        match method:
            case "kill":
                engine.kill(execution_id, cascade=bool(arguments["cascade"]))
            case "pause":
                engine.pause(execution_id)
            case "resume":
                engine.resume(execution_id, _received(arguments["inputs"]))
            case "resume_from_breakpoint":
                engine.resume_from_breakpoint(execution_id, arguments["breakpoints"])
            case "restart":
                engine.restart(execution_id, revision=arguments["revision"])
            case "change_task_state":
                engine.change_task_state(execution_id, arguments["task_run_id"], State(arguments["state"]))
            case "force_run":
                engine.force_run(execution_id)
            case "unqueue":
                engine.unqueue(execution_id, State(arguments["state"]))


def sent(inputs: Mapping[str, Json | Upload]) -> dict[str, Json]:
    """Write values so that another process can read them, files too."""
    return {name: _packed(value) if isinstance(value, Upload) else value for name, value in inputs.items()}


def read_whole(inputs: Mapping[str, Json | Upload]) -> dict[str, Json | Upload]:
    """Read files that come as streams, so that they can be sent and be used here as well."""
    return {
        name: Upload(value.filename, value.content.read())
        if isinstance(value, Upload) and not isinstance(value.content, bytes)
        else value
        for name, value in inputs.items()
    }


def _packed(upload: Upload) -> Json:
    assert isinstance(upload.content, bytes)
    return {_UPLOAD: [upload.filename, base64.b64encode(upload.content).decode()]}


def _received(inputs: Mapping[str, Json]) -> dict[str, Json | Upload]:
    read: dict[str, Json | Upload] = {}
    for name, value in inputs.items():
        if isinstance(value, dict) and set(value) == {_UPLOAD}:
            filename, content = value[_UPLOAD]
            read[name] = Upload(filename, base64.b64decode(content))
        else:
            read[name] = value
    return read
