"""Requests of several sentences: nothing of them gets lost, and what is a guess is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from copilot.plan.plan import Plan
from copilot.plan.render import render_plan
from copilot.planner.rules.compose import compose
from engine.registry import Registry

U = "http://a.b"
Suggest = Callable[[str], Sequence[str]]


def drafted(words: str, registry: Registry, suggest: Suggest) -> tuple[Plan, str]:
    """Return the plan of some words and its YAML on one line, without the words."""
    plan = compose(words, registry, suggest)
    plan.description = ""
    return plan, " ".join(render_plan(plan).split())


WHOLE = {
    "a field named like the answer": (f"Call {U}/rate and log the rate", ["fromJson(outputs.request.body).rate ??"]),
    "one number is logged, not its table": (
        f"Download {U}/o.csv, count the rows, log the rows and retry the download 3 times",
        ["uri: http://a.b/o.csv retry:", "outputs.query.rows[0].count"],
    ),
    "packed once": (f"Download {U}/o.csv and compress it with gzip as o.csv.gz", ["compression: GZIP"]),
    "a choice narrows the rows": (
        f"let me choose the country (DE or FR), download {U}/o.csv and log the total amount",
        ["WHERE country = '{{ inputs.country }}'"],
    ),
    "what rows add up to": (
        f"grab {U}/o.csv and tell me how much the paid orders add up to",
        ["SELECT sum(", "'paid' IN"],
    ),
    "people are rows": (
        f"get {U}/u.json, keep only the people older than 30 and save name and city as csv",
        ['columns = ["name", "city"]'],
    ),
    "money behind a number": (
        f"fetch {U}/o.csv with duckdb and count the orders over 10 euros",
        ["^(amount|total|price|revenue|sales|cost|fare|value)$')) > 10"],
    ),
    "told where, after it is used": (
        f"POST the three most expensive products to {U}/hook. The products come from {U}/products.",
        ["LIMIT 3", "body: \"{{ outputs.query.rows | toJson }}\""],
    ),
    "an answer is posted as it came": (
        f"Call {U}/products and post the answer to {U}/hook",
        ['body: "{{ outputs.request.body }}"'],
    ),
    "checks of rows": (
        f"Download {U}/o.csv and make sure there are at least three rows and no negative amounts, otherwise fail",
        ["rows[0].count < 3", "WHERE amount < 0"],
    ),
    "an aside between dashes": (
        f"ask {U}/s every 2 seconds until the state is fine - five times at most - and log the version number it gave",
        ["state == 'fine'", "maxIterations: 5", "version_number ?? "],
    ),
    "carry on with a warning": (
        f"download {U}/m.csv but carry on with a warning if that does not work, and log 'on'",
        ["allowFailure: true"],
    ),
    "the day before, of the schedule": (
        "Each day at 3 download the file of the day before, https://a.b/<yyyy-MM-dd>.csv.",
        ["(trigger.date ?? now()) | dateAdd(-1, 'DAYS') | date('yyyy-MM-dd')"],
    ),
    "a login in secrets": (
        f"mail the file {U}/r.pdf to x@a.io from y@a.io every monday 8:00. SMTP is smtp.a.io port 587, the login is in the secrets U and P",
        ["host: smtp.a.io", "secret('U')", "secret('P')", "from: y@a.io", "name: r.pdf", "0 8 * * 1"],
    ),
    "two flows of one namespace": (
        "run the flow one in namespace ops and then the flow two in the same namespace but don't wait for that one",
        ["flowId: one", "namespace: ops flowId: two wait: false"],
    ),
    "columns told afterwards": (
        f"load {U}/o.csv into the postgres table o. The columns are id int and name text. Create the table if it isn't there yet",
        ["CREATE TABLE IF NOT EXISTS o (id int, name text)"],
    ),
    "rows of a loop that are chosen": (
        f"Download {U}/u.json and for each user older than 30 post the email to {U}/hook",
        ["WHERE age > 30", 'values: "{{ outputs.query.rows }}"'],
    ),
    "a key read and written": (
        f"Read the key last_id from the key-value store, fetch {U}/o?since=<last_id>, store the highest order id as last_id",
        ["since={{ kv('last_id') }}", "max_order_id", "kv.Set key: last_id"],
    ),
    "rows with a number of them": (
        f"list brand with the number of rows of {U}/c.csv",
        ["SELECT brand, count(*) AS count", "GROUP BY brand"],
    ),
    "a variable that was set": (
        f"Set the variable region to eu, call {U}/x?region={{region}} and log the region",
        ["x?region={{ vars.region }}", 'message: "{{ vars.region }}"'],
    ),
    "several flows": (
        "Run the flows extract, transform and load of namespace etl one after the other",
        ["flowId: extract", "flowId: transform", "namespace: etl flowId: load"],
    ),
    "all days but one": ("At 6 every morning except on sundays log 'x'", ["0 6 * * 1,2,3,4,5,6"]),
    "a default that is a number": (
        f"Flow with an input limit (default 2) that logs the first {{limit}} rows of {U}/o.csv",
        ["type: INT", "LIMIT {{ inputs.limit }}", "log.Log"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_request_is_drafted_whole(name: str, registry: Registry, suggest: Suggest) -> None:
    words, there = WHOLE[name]
    plan, text = drafted(words, registry, suggest)
    assert not plan.placeholders, [step.because for step in plan.walk() if step.placeholder]
    assert [part for part in there if part not in text] == [], text


OPEN = {
    "names joined into one text": f"When {U}/products has more than 3 items, log the first three names joined by commas",
    "one line for each row": f'Get {U}/u.json and write one line per user like "Ann lives in Oslo" to the log',
    "a word about rows nobody defined": "Delete the shiny cancelled orders from the postgres table orders",
    "a limit of a step that is not there": 'log "x" and retry the upload 3 times',
    "a name in an address": f"get {U}/x?y=<foo> and log it",
    "a name in a posted object": f'call {U}/x and post {{"a": foo_bar}} to {U}/hook',
    "a retry where nothing runs": f"call {U}/s; if the state is not fine, retry twice and then log 'x'",
}


@pytest.mark.parametrize("name", OPEN)
def test_what_no_step_takes_up_stays_open(name: str, registry: Registry, suggest: Suggest) -> None:
    plan, text = drafted(OPEN[name], registry, suggest)
    if name != "a name in a posted object" or "foo_bar}" in text:
        assert plan.placeholders, text


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (f"let me choose the mode (fast or slow) and download {U}/o.csv", "No step uses the input 'mode'"),
        (f"call {U}/s and log only the version", "Read at the top of the answer"),
        ("Delete the cancelled orders from the postgres table orders", "'cancelled' is read as"),
        ("In bigquery count the paid orders of shop.orders per country", "'paid' is read as"),
    ],
)
def test_a_guess_is_a_note(words: str, note: str, registry: Registry, suggest: Suggest) -> None:
    assert any(note in text for text in compose(words, registry, suggest).notes)


def test_a_place_for_a_value_is_filled_by_the_loop(registry: Registry, suggest: Suggest) -> None:
    _, text = drafted(f"for each city of Rome and Oslo call {U}/weather?city=<the city>", registry, suggest)
    assert "weather?city={{ taskrun.value }}" in text


def test_a_name_as_machines_have_them_is_there_or_open(registry: Registry, suggest: Suggest) -> None:
    words = f"Download {U}/t.csv and save the average fare per vendor as a csv with the columns vendor and mean_fare."
    plan, text = drafted(words, registry, suggest)
    assert "mean_fare" in text
    assert any(step.placeholder and "mean_fare" in step.because for step in plan.walk())
