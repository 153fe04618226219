"""Schedules: every date once, in order, with its variables."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import Conflict, NotFound
from engine.model.execution import Execution
from engine.model.state import State
from tests.engine.triggers.conftest import BEGIN, SCHEDULE, Bench, Time, flow, opened


def test_a_date_starts_one_execution_with_its_variables(bench: Bench) -> None:
    trigger = SCHEDULE + 'cron: "0 * * * *"\ntimezone: Europe/Paris\ninputs: {day: "{{ trigger.date }}"}\n'
    trigger += "labels: {planned: \"{{ trigger.date | date('yyyy') }}\"}"
    source = flow("hourly", trigger) + "inputs:\n  - {id: day, type: STRING}\n"
    bench.engine.save(source)
    bench.settle()
    assert bench.runs("hourly") == []
    assert bench.state("hourly").next_date == datetime(2026, 1, 1, 13, tzinfo=UTC)
    bench.to(datetime(2026, 1, 1, 13, tzinfo=UTC))
    [one] = bench.runs("hourly")
    assert one.trigger is not None and one.trigger.variables == {
        "date": "2026-01-01T14:00:00+01:00",
        "next": "2026-01-01T15:00:00+01:00",
        "previous": "2026-01-01T13:00:00+01:00",
    }
    assert one.inputs == {"day": "2026-01-01T14:00:00+01:00"}
    assert one.labels["planned"] == "2026"
    assert one.state is State.SUCCESS
    state = bench.state("hourly")
    assert (state.execution_id, state.next_date) == (None, datetime(2026, 1, 1, 14, tzinfo=UTC))


def test_dates_missed_meanwhile_follow_one_by_one(bench: Bench) -> None:
    bench.engine.save(flow("catch", SCHEDULE + 'cron: "0 * * * *"'))
    bench.forward(hours=5)
    assert bench.dates("catch") == [f"2026-01-01T{hour}:00:00Z" for hour in range(13, 18)]
    ends = [one.history.ended for one in bench.runs("catch")]
    assert ends == sorted(ends)


def test_a_schedule_never_overlaps_itself(bench: Bench) -> None:
    source = flow("long", SCHEDULE + 'cron: "0 * * * *"').replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    bench.forward(hours=3)
    [first] = bench.runs("long")
    assert bench.state("long").execution_id == first.id
    bench.engine.resume(first.id)
    bench.engine.wait(first.id)
    bench.settle()
    assert len(bench.runs("long")) == 2
    bench.engine.triggers.unlock(("demo", "long", "t"))
    bench.settle()
    assert len(bench.runs("long")) == 3


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("conditions:\n  - type: io.kestra.plugin.core.condition.Weekend", ["03", "04", "10", "11"]),
        ("when: \"{{ trigger.date | date('d') == '7' }}\"", ["07"]),
        (
            "conditions: [{type: io.kestra.plugin.core.condition.Expression, expression: \"{{ trigger.date | date('d') in ['5', '6'] }}\"}]",
            ["05", "06"],
        ),
    ],
)
def test_only_dates_that_fulfil_the_conditions_fire(
    bench: Bench, conditions: str, expected: list[str]
) -> None:
    bench.engine.save(flow("some", SCHEDULE + f'cron: "0 9 * * *"\n{conditions}'))
    assert bench.state("some").next_date == datetime(2026, 1, int(expected[0]), 9, tzinfo=UTC)
    bench.to(datetime(2026, 1, 12, tzinfo=UTC))
    assert [date[8:10] for date in bench.dates("some")] == expected


def test_neighbours_fulfil_the_conditions_too(bench: Bench) -> None:
    condition = "conditions:\n  - {type: io.kestra.plugin.core.condition.DayWeek, dayOfWeek: MONDAY}"
    bench.engine.save(flow("mondays", SCHEDULE + f'cron: "0 9 * * *"\n{condition}'))
    bench.to(datetime(2026, 1, 6, tzinfo=UTC))
    [one] = bench.runs("mondays")
    assert one.trigger is not None
    assert one.trigger.variables["next"] == "2026-01-12T09:00:00Z"
    assert one.trigger.variables["previous"] == "2025-12-29T09:00:00Z"


@pytest.mark.parametrize(("year", "found"), [(2034, True), (2037, False)])
def test_a_fitting_date_is_searched_for_ten_years(bench: Bench, year: int, found: bool) -> None:
    condition = f"when: \"{{{{ trigger.date | date('yyyy') == '{year}' }}}}\""
    bench.engine.save(flow("far", SCHEDULE + f'cron: "0 9 * * *"\n{condition}'))
    expected = datetime(year, 1, 1, 9, tzinfo=UTC) if found else None
    assert bench.state("far").next_date == expected


def test_a_condition_on_more_than_the_date_is_asked_when_it_is_due(bench: Bench) -> None:
    bench.engine.save(flow("switch", SCHEDULE + "cron: \"0 * * * *\"\nwhen: \"{{ kv('on') == 'yes' }}\""))
    bench.engine.store.kv.put("demo", "on", "no", "STRING", BEGIN)
    bench.forward(hours=2)
    assert bench.dates("switch") == []
    bench.engine.store.kv.put("demo", "on", "yes", "STRING", BEGIN)
    bench.forward(hours=1)
    assert bench.dates("switch") == ["2026-01-01T15:00:00Z"]


def test_a_condition_that_cannot_be_told_makes_a_failed_execution(bench: Bench) -> None:
    bench.engine.save(flow("broken", SCHEDULE + 'cron: "0 * * * *"\nwhen: "{{ nothing.there }}"'))
    bench.forward(hours=1)
    [one] = bench.runs("broken")
    assert one.state is State.FAILED
    assert bench.engine.execution(one.id).task_runs == ()
    assert "nothing" in bench.engine.logs(one.id)[0].message
    bench.forward(hours=1)
    assert len(bench.runs("broken")) == 2


def test_inputs_that_do_not_fit_make_a_failed_execution(bench: Bench) -> None:
    source = flow("unfit", SCHEDULE + 'cron: "0 * * * *"\ninputs: {number: "{{ trigger.date }}"}')
    bench.engine.save(source + "inputs:\n  - {id: number, type: INT}\n")
    bench.forward(hours=1)
    [one] = bench.runs("unfit")
    assert one.state is State.FAILED
    assert "number" in bench.engine.logs(one.id)[0].message


def test_dates_that_are_too_late_are_left_out(tmp_path: Path) -> None:
    time = Time()
    with opened(tmp_path / "home", time) as bench:
        bench.engine.save(flow("late", SCHEDULE + 'cron: "0 * * * *"\nlateMaximumDelay: PT90M'))
    time.now = BEGIN + timedelta(hours=6)
    with opened(tmp_path / "home", time) as bench:
        bench.settle()
        assert bench.dates("late") == ["2026-01-01T17:00:00Z", "2026-01-01T18:00:00Z"]


@pytest.mark.parametrize(
    ("recover", "hours"),
    [("ALL", [13, 14, 15, 16, 17]), ("LAST", [16, 17]), ("NONE", [17]), (None, [13, 14, 15, 16, 17])],
)
def test_what_was_missed_while_down_is_made_up_as_wished(
    tmp_path: Path, recover: str | None, hours: list[int]
) -> None:
    time = Time()
    wish = f"\nrecoverMissedSchedules: {recover}" if recover else ""
    with opened(tmp_path / "home", time) as bench:
        bench.engine.save(flow("down", SCHEDULE + f'cron: "0 * * * *"{wish}'))
    time.now = BEGIN + timedelta(hours=4, minutes=30)
    with opened(tmp_path / "home", time) as bench:
        bench.settle()
        bench.forward(minutes=30)
        assert bench.dates("down") == [f"2026-01-01T{hour}:00:00Z" for hour in hours]


def test_stop_after_switches_the_trigger_off(bench: Bench) -> None:
    bench.engine.save(flow("once", SCHEDULE + 'cron: "0 * * * *"\nstopAfter: [SUCCESS]'))
    bench.forward(hours=3)
    assert len(bench.runs("once")) == 1
    assert bench.state("once").disabled


def test_another_cron_means_other_dates(bench: Bench) -> None:
    bench.engine.save(flow("moved", SCHEDULE + 'cron: "0 * * * *"'))
    bench.forward(hours=1)
    bench.engine.save(flow("moved", SCHEDULE + 'cron: "30 * * * *"'))
    assert bench.state("moved").next_date == datetime(2026, 1, 1, 13, 30, tzinfo=UTC)
    bench.forward(hours=1)
    assert bench.dates("moved") == ["2026-01-01T13:00:00Z", "2026-01-01T13:30:00Z"]


def test_the_latest_revision_runs(bench: Bench) -> None:
    source = flow("revised", SCHEDULE + 'cron: "0 * * * *"')
    bench.engine.save(source)
    bench.engine.save(source.replace("by hand", "by somebody"))
    bench.forward(hours=1)
    assert [one.flow_revision for one in bench.runs("revised")] == [2]


def test_what_is_disabled_does_not_fire_and_nothing_follows_later(bench: Bench) -> None:
    source = flow("asleep", SCHEDULE + 'cron: "0 * * * *"\n')
    bench.engine.save(source + "disabled: true\n")
    bench.engine.save(flow("half", SCHEDULE + 'cron: "0 * * * *"\ndisabled: true'))
    bench.engine.save(flow("switched", SCHEDULE + 'cron: "0 * * * *"'))
    bench.engine.triggers.set_disabled(("demo", "switched", "t"), True)
    bench.forward(hours=3)
    assert [bench.runs(name) for name in ("asleep", "half", "switched")] == [[], [], []]
    bench.engine.save(source)
    bench.engine.save(flow("half", SCHEDULE + 'cron: "0 * * * *"'))
    bench.engine.triggers.set_disabled(("demo", "switched", "t"), False)
    bench.settle()
    bench.forward(hours=1)
    for name in ("asleep", "half", "switched"):
        assert bench.dates(name) == ["2026-01-01T16:00:00Z"]


def test_a_deleted_flow_is_forgotten(bench: Bench) -> None:
    bench.engine.save(flow("gone", SCHEDULE + 'cron: "0 * * * *"'))
    bench.engine.delete_flow("demo", "gone")
    bench.forward(hours=3)
    assert bench.runs("gone") == []
    assert bench.engine.store.triggers.all() == []
    with pytest.raises(NotFound):
        bench.state("gone")


def test_a_trigger_taken_out_of_its_flow_is_forgotten(bench: Bench) -> None:
    source = flow("less", SCHEDULE + 'cron: "0 * * * *"')
    bench.engine.save(source)
    bench.engine.save(source.partition("triggers:")[0])
    bench.forward(hours=3)
    assert bench.runs("less") == []
    assert bench.engine.store.triggers.all() == []


def test_toggle_tells_the_scheduler(bench: Bench) -> None:
    bench.engine.save(flow("target", SCHEDULE + 'cron: "0 * * * *"'))
    for name, enabled in (("stop", "false"), ("go", "true")):
        bench.engine.save(
            f"id: {name}\nnamespace: demo\ntasks:\n  - {{id: x, type: io.kestra.plugin.core.trigger.Toggle, "
            f"flowId: target, trigger: t, enabled: {enabled}}}\n"
        )
    bench.engine.wait(bench.engine.start("demo", "stop").id)
    bench.forward(hours=2)
    assert bench.dates("target") == []
    bench.engine.wait(bench.engine.start("demo", "go").id)
    bench.settle()
    bench.forward(hours=1)
    assert bench.dates("target") == ["2026-01-01T15:00:00Z"]


def test_schedule_on_dates_fires_its_dates_and_no_others(bench: Bench) -> None:
    dates = "[2025-06-01T00:00:00Z, 2026-01-01T13:00:00+00:00, 2026-01-02T09:00:00]"
    kind = "type: io.kestra.plugin.core.trigger.ScheduleOnDates\n"
    bench.engine.save(flow("dates", kind + f"timezone: Europe/Berlin\ndates: {dates}"))
    bench.forward(days=2)
    assert bench.dates("dates") == ["2026-01-01T14:00:00+01:00", "2026-01-02T09:00:00+01:00"]
    last = bench.runs("dates")[-1].trigger
    assert last is not None and "next" not in last.variables
    assert bench.state("dates").next_date is None


def test_upcoming_dates(bench: Bench) -> None:
    bench.engine.save(flow("ahead", SCHEDULE + 'cron: "0 0 1 * *"'))
    dates = bench.engine.triggers.upcoming(("demo", "ahead", "t"), 3)
    assert [(date.month, date.day) for date in dates] == [(2, 1), (3, 1), (4, 1)]


HELD = "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"


def test_with_allow_concurrent_a_schedule_does_not_wait(bench: Bench) -> None:
    source = flow("beside", SCHEDULE + 'cron: "0 * * * *"\nallowConcurrent: true')
    bench.engine.save(source.replace("tasks:\n", HELD))
    bench.forward(hours=3)
    assert bench.dates("beside") == [f"2026-01-01T{hour}:00:00Z" for hour in (13, 14, 15)]
    assert {one.state for one in bench.runs("beside")} == {State.PAUSED}
    state = bench.state("beside")
    assert (state.execution_id, state.next_date) == (None, datetime(2026, 1, 1, 16, tzinfo=UTC))
    with pytest.raises(Conflict, match="not locked"):
        bench.engine.triggers.unlock(("demo", "beside", "t"))


def test_with_allow_concurrent_stop_after_still_holds(bench: Bench) -> None:
    source = flow("stopping", SCHEDULE + 'cron: "0 * * * *"\nallowConcurrent: true\nstopAfter: [SUCCESS]')
    bench.engine.save(source.replace("tasks:\n", HELD))
    bench.forward(hours=2)
    first, second = bench.runs("stopping")
    bench.engine.resume(first.id)
    bench.engine.wait(first.id)
    bench.settle()
    assert bench.state("stopping").disabled
    bench.forward(hours=2)
    assert [one.id for one in bench.runs("stopping")] == [first.id, second.id]


def test_a_clock_that_was_put_forward_is_noticed_though_nobody_tells(bench: Bench) -> None:
    bench.engine.save(flow("slept", SCHEDULE + 'cron: "0 * * * *"'))
    bench.settle()
    fired = threading.Event()
    bench.engine.feed.subscribe(lambda event: fired.set() if isinstance(event, Execution) else None)
    bench.time.now += timedelta(hours=2)
    assert fired.wait(60)


def test_a_sleep_ends_when_the_clock_is_put_forward_though_nobody_tells(bench: Bench) -> None:
    bench.engine.save(
        "id: sleep\nnamespace: a\ntasks: [{id: s, type: io.kestra.plugin.core.flow.Sleep, duration: PT2H}]"
    )
    started = bench.engine.start("a", "sleep")
    waits = threading.Event()
    while not any(run.due for run in bench.engine.execution(started.id).task_runs):
        waits.wait(0.01)
    bench.time.now += timedelta(hours=3)
    assert bench.engine.wait(started.id, 60).state is State.SUCCESS
