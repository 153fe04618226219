"""Claims: which executions a trigger has decided to make, kept in its stored state.

A claim is stored before its execution is, together with the id the execution will have and all it is made
from. After a crash between the two, the claim tells which execution is still to be made. `owner` is the
process that makes it. Where a trigger waits for the end of what it started, the claim stays until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from engine.model.json import Json
from engine.storage.ports import TriggerState

Claim: TypeAlias = Mapping[str, Json]
"""`owner`, and what there is of `date`, `variables`, `inputs`, `labels`, `failure`, `backfill`."""


def fact(state: TriggerState, name: str) -> Json:
    """Return one of the facts, None when it is not there."""
    return (state.facts or {}).get(name)


def with_facts(state: TriggerState, **facts: Json) -> TriggerState:
    """Return the state with other facts; None takes one away."""
    known = {**(state.facts or {}), **facts}
    return replace(state, facts={name: value for name, value in known.items() if value is not None} or None)


def claims_of(state: TriggerState) -> dict[str, Claim]:
    """Return the claims by execution id, oldest first."""
    claims = fact(state, "claims")
    if claims:
        return dict(claims)
    if state.execution_id is None:
        return {}
    return {state.execution_id: {"date": state.last_date.isoformat() if state.last_date else None}}


def with_claim(
    state: TriggerState, execution_id: str, claim: Claim, now: datetime, *, locks: bool = True
) -> TriggerState:
    """Return the state with one more claim; where it locks, the execution shows in the state."""
    claims = {**claims_of(state), execution_id: dict(claim)}
    shown = execution_id if locks else state.execution_id
    state = replace(state, execution_id=shown, last_triggered=now, updated=now)
    return with_facts(state, claims=claims)


def without_claim(state: TriggerState, execution_id: str, now: datetime) -> TriggerState:
    """Return the state without a claim."""
    claims = {key: claim for key, claim in claims_of(state).items() if key != execution_id}
    shown = state.execution_id
    if shown == execution_id:
        shown = next(reversed(claims), None)
    return with_facts(replace(state, execution_id=shown, updated=now), claims=claims or None)
