"""Launch: from a claim to a stored execution."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from engine.errors import CheckFailed, FlowDisabled, FlowsmithError, NotFound
from engine.executor.executor import Executor
from engine.executor.inputs import decrypt
from engine.executor.start import Birth
from engine.model.execution import Execution, ExecutionTrigger
from engine.model.json import Json
from engine.model.label import CORRELATION_ID, SYSTEM_PREFIX, Labels
from engine.model.log import Level
from engine.model.state import History, State
from engine.plugin.context import RunContext
from engine.triggers.claim import Claim
from engine.triggers.context import Contexts
from engine.triggers.entry import Entry

logger = logging.getLogger(__name__)


class Launcher:
    """Makes the executions of triggers."""

    def __init__(self, contexts: Contexts, executor: Executor) -> None:
        self._contexts = contexts
        self._executor = executor

    def launch(self, entry: Entry, execution_id: str, claim: Claim) -> Execution | None:
        """Store the execution a claim speaks of; None when the flow does not want one.

        Where inputs or labels cannot be told the execution is stored as FAILED, without tasks. A claim with
        `refuse` comes from a caller: what is wrong is raised instead.
        """
        variables = claim.get("variables")
        try:
            if variables is None:
                variables = _of_date(entry, claim)
            birth: Birth | None = self._birth(entry, execution_id, claim, variables)
        except FlowsmithError as error:
            if claim.get("refuse"):
                raise
            birth = self._refused(entry, execution_id, variables or {}, error)
        return None if birth is None else self._executor.submit(birth)

    def _refused(
        self, entry: Entry, execution_id: str, variables: Mapping[str, Json], error: FlowsmithError
    ) -> Birth | None:
        if isinstance(error, FlowDisabled | NotFound | CheckFailed):
            message = f"The trigger starts no execution: {error.message}"
            self._contexts.log(entry.flow, entry.spec, Level.WARN, message)
            return None
        message = f"Trigger '{entry.spec.id}' could not start the flow: {error.message}"
        return self._failed(entry, execution_id, variables, message)

    def _birth(self, entry: Entry, execution_id: str, claim: Claim, variables: Mapping[str, Json]) -> Birth:
        spec = entry.spec
        if claim.get("failure") is not None:
            return self._failed(entry, execution_id, variables, str(claim["failure"]))
        with self._contexts.open(entry.flow, spec, variables) as ctx:
            if entry.kind == "SCHEDULE":
                ctx.scope = ctx.scope.with_variables({"schedule": variables})
            sealed, _ = decrypt(claim.get("inputs") or {}, self._contexts.world.cipher)
            inputs = {
                **(claim.get("given") or {}),
                **ctx.render(dict(spec.inputs)),
                **ctx.render(sealed),
            }
            labels = {**_labels(ctx, spec.labels), **_labels(ctx, claim.get("labels") or {})}
        if claim.get("correlation"):
            labels[CORRELATION_ID] = str(claim["correlation"])
        return self._contexts.starter.prepare(
            entry.key[0],
            entry.key[1],
            inputs=inputs,
            labels=labels,
            trigger=ExecutionTrigger(spec.id, spec.type, dict(variables)),
            execution_id=execution_id,
            may_lack=entry.kind == "WEBHOOK",
        )

    def _failed(self, entry: Entry, execution_id: str, variables: Mapping[str, Json], message: str) -> Birth:
        flow = entry.flow.flow
        now = self._contexts.clock()
        execution = Execution(
            id=execution_id,
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            history=History.begin(State.CREATED, now),
            original_id=execution_id,
            original_created=now,
            labels={**flow.labels, CORRELATION_ID: execution_id},
            trigger=ExecutionTrigger(entry.spec.id, entry.spec.type, dict(variables)),
        )
        return Birth(execution, entry.flow, message)


def _of_date(entry: Entry, claim: Claim) -> dict[str, Json]:
    if entry.dates is None or not claim.get("date"):
        raise NotFound("the date it was planned for is not known any more")
    return entry.dates.variables(datetime.fromisoformat(str(claim["date"])))


def _labels(ctx: RunContext, labels: Mapping[str, Json]) -> Labels:
    """Render labels; those of the system are not for authors."""
    rendered: Mapping[str, Json] = ctx.render(dict(labels))
    return {key: str(value) for key, value in rendered.items() if not key.startswith(SYSTEM_PREFIX)}
