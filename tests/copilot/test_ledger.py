"""Tokens, limits, the audit log, acceptance tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copilot.acceptance import Acceptances
from copilot.audit import Audit
from copilot.errors import BudgetSpent, NotAccepted
from copilot.ledger import Ledger
from copilot.providers.guard import Meter
from copilot.providers.port import Usage
from engine.storage.memory import MemoryStore


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_day_has_a_limit_that_ends_at_midnight() -> None:
    watch = Watch()
    ledger = Ledger(MemoryStore().kv, daily_tokens=1000, clock=watch)
    ledger.count("a", Usage(500, 200), 0.5)
    ledger.check()
    assert ledger.to_json()["warning"] is False
    ledger.count("b", Usage(200, 150), None)
    told = ledger.to_json()
    assert (told["usedTokens"], told["leftTokens"], told["warning"]) == (1050, 0, True)
    assert told["models"]["a"] == {"input": 500, "output": 200, "calls": 1, "cost": 0.5}
    with pytest.raises(BudgetSpent, match="1,000 tokens are used up") as caught:
        ledger.check()
    assert caught.value.retry_after_s == 6 * 3600
    watch.now += timedelta(hours=6)
    ledger.check()
    assert ledger.used_today() == 0


def test_without_a_limit_nothing_is_refused() -> None:
    ledger = Ledger(MemoryStore().kv)
    ledger.count("a", Usage(10**9, 0), None)
    ledger.check()


def test_the_audit_log_keeps_actions_without_secrets() -> None:
    watch = Watch()
    audit = Audit(MemoryStore().kv, secret_values=lambda: ["hunter22"], clock=watch)
    meter = Meter(input_tokens=5, output_tokens=6, calls=1, model="m", masked=["a secret value"])
    audit.write("draft", "api", "done", words="use hunter22 " + "x" * 900, meter=meter, draft_id="d")
    watch.now += timedelta(seconds=1)
    audit.write("accept", "cli", "done", flow="a.b")
    rows = list(audit.rows())
    assert [row.action for row in rows] == ["draft", "accept"]
    assert "hunter22" not in rows[0].words
    assert len(rows[0].words) == 500
    assert (rows[0].input_tokens, rows[0].model, rows[0].masked) == (5, "m", ("a secret value",))
    assert [row.action for row in audit.rows(after=rows[0].time)] == ["accept"]
    assert [row.actor for row in audit.rows(action="accept")] == ["cli"]


def test_an_acceptance_is_for_one_thing_once_within_an_hour() -> None:
    watch = Watch()
    kv = MemoryStore().kv
    acceptances = Acceptances(kv, clock=watch)
    token = acceptances.issue("draft:1")
    assert token not in str(list(kv.items("_copilot")))
    with pytest.raises(NotAccepted, match="another"):
        acceptances.redeem(token, "draft:2")
    acceptances.redeem(token, "draft:1")
    for wrong in (token, "yes-guess", ""):
        with pytest.raises(NotAccepted, match="no such"):
            acceptances.redeem(wrong, "draft:1")
    late = acceptances.issue("draft:1")
    watch.now += timedelta(hours=1)
    with pytest.raises(NotAccepted, match="older than an hour"):
        acceptances.redeem(late, "draft:1")
