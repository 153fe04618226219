"""Backfills: every date between two moments once, in order, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import Conflict, InputInvalid, NotFound
from engine.storage.ports import TriggerState
from engine.triggers.backfill import Backfill
from engine.triggers.claim import claims_of, with_claim
from tests.engine.conftest import KEY as SECRET_KEY
from tests.engine.triggers.conftest import BEGIN, SCHEDULE, Bench, Time, flow, opened

DAILY = SCHEDULE + 'cron: "0 9 * * *"\ninputs: {kind: live, day: "{{ trigger.date }}"}\nlabels: {by: clock}'
INPUTS = "inputs:\n  - {id: kind, type: STRING}\n  - {id: day, type: STRING}\n"
KEY = ("demo", "fill", "t")


def days(first: datetime, last: datetime) -> list[str]:
    count = (last - first).days + 1
    return [(first + timedelta(days=n)).isoformat().replace("+00:00", "Z") for n in range(count)]


def test_one_execution_for_each_date_in_order(bench: Bench) -> None:
    bench.engine.save(flow("fill", DAILY) + INPUTS)
    start, end = datetime(2025, 11, 3, 9, tzinfo=UTC), datetime(2025, 11, 12, 9, tzinfo=UTC)
    wanted = Backfill(
        start, end, inputs={"kind": "past {{ trigger.date | date('d') }}"}, labels={"by": "hand"}
    )
    state = bench.engine.triggers.backfill(KEY, wanted)
    assert state.backfill is not None
    assert state.backfill["previousNextExecutionDate"] == "2026-01-02T09:00:00.000000Z"
    bench.settle()
    runs = bench.runs("fill")
    assert bench.dates("fill") == days(start, end)
    assert [one.inputs and one.inputs["kind"] for one in runs] == [f"past {day}" for day in range(3, 13)]
    assert {one.labels["by"] for one in runs} == {"hand"}
    ends = [(one.history.started, one.history.ended) for one in runs]
    assert ends == sorted(ends)
    state = bench.state("fill")
    assert (state.backfill, state.next_date) == (None, datetime(2026, 1, 2, 9, tzinfo=UTC))
    bench.forward(days=1)
    assert bench.dates("fill")[-1] == "2026-01-02T09:00:00Z"
    assert bench.runs("fill")[-1].inputs == {"kind": "live", "day": "2026-01-02T09:00:00Z"}


def test_secret_inputs_are_kept_encrypted_and_reach_every_execution(tmp_path: Path) -> None:
    with opened(tmp_path, Time(), in_memory=True, encryption_key=SECRET_KEY) as bench:
        inputs = "inputs:\n  - {id: password, type: SECRET}\n  - {id: db.key, type: SECRET}\n"
        told = (
            "outputs: [{id: lengths, value: '{{ inputs.password | length }} {{ inputs.db.key | length }}'}]\n"
        )
        bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 * * *"') + inputs + told)
        start, end = datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 3, tzinfo=UTC)
        given = {"password": "hush-hush", "db": {"key": "quiet"}}
        bench.engine.triggers.backfill(KEY, Backfill(start, end, inputs=given, paused=True))
        kept = str(bench.engine.store.triggers.get(*KEY))
        assert "aes_encrypted" in kept and "hush" not in kept and "quiet" not in kept
        bench.engine.triggers.pause_backfill(KEY, False)
        bench.settle()
        assert [one.outputs for one in bench.runs("fill")] == [{"lengths": "9 5"}] * 2
        assert "hush" not in str([one.inputs for one in bench.runs("fill")])


def test_lateness_does_not_count_and_conditions_do(bench: Bench) -> None:
    more = "\nlateMaximumDelay: PT1H\nconditions:\n  - type: io.kestra.plugin.core.condition.Weekend"
    bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 * * *"' + more))
    state = bench.engine.triggers.backfill(KEY, Backfill(datetime(2025, 12, 1, tzinfo=UTC)))
    progress = bench.engine.triggers.progress(state)
    assert progress is not None and progress.total == 8
    bench.settle()
    assert [date[8:10] for date in bench.dates("fill")] == ["06", "07", "13", "14", "20", "21", "27", "28"]


def test_regular_dates_wait_until_it_is_done(bench: Bench) -> None:
    source = flow("fill", SCHEDULE + 'cron: "0 9 * * *"').replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    bench.engine.triggers.backfill(KEY, Backfill(datetime(2025, 12, 31, tzinfo=UTC)))
    bench.settle()
    bench.forward(days=2)
    assert len(bench.runs("fill")) == 1
    for _ in range(4):
        open_ = [one for one in bench.runs("fill") if not one.state.ended]
        for one in open_:
            bench.engine.resume(one.id)
            bench.engine.wait(one.id)
        bench.settle()
    assert bench.dates("fill") == [
        f"202{day}T09:00:00Z" for day in ("5-12-31", "6-01-01", "6-01-02", "6-01-03")
    ]


def test_pause_continue_cancel_and_progress(bench: Bench) -> None:
    source = flow("fill", SCHEDULE + 'cron: "0 9 * * *"').replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    triggers = bench.engine.triggers
    bench.engine.save(source)
    triggers.backfill(KEY, Backfill(datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 11, tzinfo=UTC)))
    bench.settle()
    progress = triggers.progress(bench.state("fill"))
    assert progress is not None
    assert (progress.done, progress.running, progress.left, progress.total) == (0, 1, 9, 10)
    assert progress.estimated_end is None
    triggers.pause_backfill(KEY, True)
    [first] = bench.runs("fill")
    bench.time.now += timedelta(minutes=10)
    bench.engine.resume(first.id)
    bench.engine.wait(first.id)
    bench.settle()
    assert len(bench.runs("fill")) == 1
    triggers.pause_backfill(KEY, False)
    bench.settle()
    progress = triggers.progress(bench.state("fill"))
    assert progress is not None
    assert (progress.done, progress.running, progress.left) == (1, 1, 8)
    assert progress.estimated_end == BEGIN + timedelta(minutes=100)
    triggers.cancel_backfill(KEY)
    bench.settle()
    assert bench.state("fill").backfill is None
    assert len(bench.runs("fill")) == 2
    with pytest.raises(Conflict, match="no backfill"):
        triggers.cancel_backfill(KEY)
    with pytest.raises(Conflict, match="no backfill"):
        triggers.pause_backfill(KEY, True)


def test_a_paused_backfill_waits_across_a_restart_and_keeps_what_was_asked(tmp_path: Path) -> None:
    home, time = tmp_path / "home", Time()
    start = datetime(2025, 12, 29, tzinfo=UTC)
    with opened(home, time) as bench:
        bench.engine.save(flow("fill", DAILY) + INPUTS)
        wanted = Backfill(start, inputs={"kind": "past"}, labels={"why": "redo"}, paused=True)
        bench.engine.triggers.backfill(KEY, wanted)
        bench.settle()
    with opened(home, time) as bench:
        bench.settle()
        assert bench.runs("fill") == []
        state = bench.engine.triggers.pause_backfill(KEY, False)
        progress = bench.engine.triggers.progress(state)
        assert progress is not None and (progress.done, progress.left, progress.total) == (0, 4, 4)
        bench.settle()
        runs = bench.runs("fill")
        assert bench.dates("fill") == days(start.replace(hour=9), datetime(2026, 1, 1, 9, tzinfo=UTC))
        assert {(one.inputs or {})["kind"] for one in runs} == {"past"}
        assert {(one.labels["why"], one.labels["by"]) for one in runs} == {("redo", "clock")}


def test_parallel_runs_several_at_once(bench: Bench) -> None:
    source = flow("fill", SCHEDULE + 'cron: "0 9 * * *"').replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    start = datetime(2025, 12, 25, tzinfo=UTC)
    bench.engine.triggers.backfill(KEY, Backfill(start, parallel=3))
    bench.settle()
    assert len(bench.runs("fill")) == 3
    assert len(claims_of(bench.state("fill"))) == 3
    while bench.state("fill").backfill is not None:
        for one in bench.runs("fill"):
            if not one.state.ended:
                bench.engine.resume(one.id)
                bench.engine.wait(one.id)
        bench.settle()
    assert bench.dates("fill") == days(start.replace(hour=9), datetime(2026, 1, 1, 9, tzinfo=UTC))


def test_a_backfill_goes_one_by_one_though_the_schedule_may_overlap_itself(bench: Bench) -> None:
    source = flow("fill", SCHEDULE + 'cron: "0 9 * * *"\nallowConcurrent: true').replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    bench.engine.triggers.backfill(KEY, Backfill(datetime(2025, 12, 30, tzinfo=UTC)))
    for count in (1, 2, 3):
        bench.settle()
        runs = bench.runs("fill")
        assert len(runs) == count
        bench.engine.resume(runs[-1].id)
        bench.engine.wait(runs[-1].id)
    bench.settle()
    assert (bench.state("fill").backfill, len(bench.runs("fill"))) == (None, 3)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Backfill(datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)), "after the end"),
        (Backfill(datetime(2027, 1, 1, tzinfo=UTC)), "future"),
        (Backfill(datetime(2025, 1, 1, 10, tzinfo=UTC), datetime(2025, 1, 1, 11, tzinfo=UTC)), "no date"),
        (Backfill(datetime(2025, 1, 1, tzinfo=UTC), parallel=0), "parallel"),
    ],
)
def test_what_cannot_be_is_refused(bench: Bench, wanted: Backfill, reason: str) -> None:
    bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 * * *"'))
    with pytest.raises(InputInvalid, match=reason):
        bench.engine.triggers.backfill(KEY, wanted)


def test_only_schedules_that_are_on_can_be_backfilled(bench: Bench) -> None:
    wanted = Backfill(datetime(2025, 12, 1, tzinfo=UTC), paused=True)
    bench.engine.save(flow("fill", "type: io.kestra.plugin.core.trigger.Webhook\nkey: abc"))
    with pytest.raises(Conflict, match="no schedule"):
        bench.engine.triggers.backfill(KEY, wanted)
    with pytest.raises(NotFound):
        bench.engine.triggers.backfill(("demo", "fill", "other"), wanted)
    bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 * * *"\ndisabled: true'))
    with pytest.raises(Conflict, match="disabled"):
        bench.engine.triggers.backfill(KEY, wanted)
    bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 * * *"'))
    bench.engine.triggers.set_disabled(KEY, True)
    with pytest.raises(Conflict, match="switched off"):
        bench.engine.triggers.backfill(KEY, wanted)
    bench.engine.triggers.set_disabled(KEY, False)
    bench.engine.triggers.backfill(KEY, wanted)
    with pytest.raises(Conflict, match="already"):
        bench.engine.triggers.backfill(KEY, wanted)


def crash(bench: Bench) -> None:
    """Stop everything at once; what is not stored is lost."""
    bench.engine.executor.abandon()
    bench.engine.scheduler.close()
    bench.engine.store.close()
    bench.engine._owner.close()


@pytest.mark.parametrize("how", ["claimed only", "anywhere"])
def test_twelve_months_after_a_crash_without_a_double_or_a_gap(tmp_path: Path, how: str) -> None:
    home, time = tmp_path / "home", Time(datetime(2026, 1, 1, tzinfo=UTC))
    start, end = datetime(2025, 1, 1, 9, tzinfo=UTC), datetime(2025, 12, 31, 9, tzinfo=UTC)
    options = EngineOptions(home=home, environment={}, threads=2, clock=time, collect_rarely=False)
    bench = Bench(Engine.open(options), time)
    bench.engine.save(flow("fill", SCHEDULE + 'cron: "0 9 1,11,21 * *"'))
    bench.engine.triggers.backfill(KEY, Backfill(start, end))
    while len(bench.runs("fill")) < 7:
        bench.engine.scheduler.quiet(0.01)
    crash(bench)

    claimed = how == "claimed only" and _claim_only(home, time)
    with opened(home, time) as bench:
        bench.settle()
        dates = bench.dates("fill")
        assert bench.state("fill").backfill is None
        assert not claimed or "a" * 22 in [one.id for one in bench.runs("fill")]
    expected = [f"2025-{month:02}-{day:02}T09:00:00Z" for month in range(1, 13) for day in (1, 11, 21)]
    assert dates == expected


def _claim_only(home: Path, time: Time) -> bool:
    """Leave behind what a process does that dies after the claim, before the execution is stored.

    False when the crash has left just that already.
    """
    with opened(home, time, schedule=False) as bench:
        for id_, _ in bench.engine.store.executions.unfinished():
            bench.engine.wait(id_)

        left = claims_of(bench.state("fill"))
        stored = all(bench.engine.store.executions.get(id_) is not None for id_ in left)

        def claim(state: TriggerState | None) -> TriggerState | None:
            assert state is not None and state.backfill is not None
            if not stored:
                return None
            date = datetime.fromisoformat(state.backfill["currentDate"])
            following = bench.engine.triggers._entry(KEY).dates
            assert following is not None
            after = {**state.backfill, "currentDate": following.following(date).isoformat()}  # type: ignore[union-attr]
            known = replace(
                state, backfill=after, execution_id=None, facts={**(state.facts or {}), "claims": None}
            )
            return with_claim(
                known, "a" * 22, {"date": date.isoformat(), "backfill": True, "owner": "gone"}, time.now
            )

        state = bench.engine.store.triggers.update(*KEY, claim)
        return state is not None and "a" * 22 in claims_of(state)
