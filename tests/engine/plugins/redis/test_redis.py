"""Redis tasks with the real client and a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import FlowsmithError, TaskFailure
from engine.expression.ion import read_ion
from tests.emulators.valkey import PASSWORD, Valkey
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]
FAR = "2999-01-01T00:00:00Z"


@pytest.fixture
def redis(valkey: Valkey, make_context: MakeContext) -> Run:
    """Return `redis("string.Get", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context(clock=lambda: datetime.now(UTC))
        plugin = make_plugin(ctx, f"redis.{task}", **{"url": valkey.url, **properties})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


def test_a_value_is_written_and_read(valkey: Valkey, redis: Run) -> None:
    assert redis("string.Set", key="k", value="grüß dich") == {"oldValue": None}
    assert redis("string.Get", key="k") == {"data": "grüß dich", "key": "k"}
    assert redis("string.Set", key="k", value=5, get=True) == {"oldValue": "grüß dich"}
    assert valkey.client.get("k") == "5"


@pytest.mark.parametrize("value", [{"a": [1, None, "x"]}, '{"a": [1, null, "x"]}'])
def test_json_becomes_a_value(redis: Run, value: Any) -> None:
    redis("string.Set", key="k", value=value, serdeType="JSON")
    assert redis("string.Get", key="k", serdeType="JSON")["data"] == {"a": [1, None, "x"]}


def test_what_is_no_json_is_refused(valkey: Valkey, redis: Run) -> None:
    with pytest.raises(TaskFailure, match="value: 'oops' is not JSON"):
        redis("string.Set", key="k", value="oops", serdeType="JSON")
    assert valkey.client.get("k") is None
    valkey.client.set("k", "oops")
    with pytest.raises(TaskFailure, match="'k' holds 'oops', which is not JSON; use `serdeType: STRING`"):
        redis("string.Get", key="k", serdeType="JSON")


def test_a_missing_key_is_null_or_an_error(redis: Run) -> None:
    assert redis("string.Get", key="none")["data"] is None
    with pytest.raises(TaskFailure, match="there is no 'none' and `failedOnMissing` is true"):
        redis("string.Get", key="none", failedOnMissing=True)


def test_a_value_goes_away_at_its_end(valkey: Valkey, redis: Run) -> None:
    redis("string.Set", key="k", value="x", options={"expirationDuration": "PT1H"})
    assert 3590 < redis("string.Ttl", key="k")["ttl"] <= 3600
    redis("string.Set", key="k", value="y", options={"keepTtl": True})
    assert redis("string.Ttl", key="k")["ttl"] > 3590
    redis("string.Set", key="k", value="z")
    assert redis("string.Ttl", key="k")["ttl"] == -1
    redis("string.Set", key="k", value="z", options={"expirationDate": FAR})
    assert valkey.client.expiretime("k") == int(datetime(2999, 1, 1, tzinfo=UTC).timestamp())
    assert redis("string.Ttl", key="none")["ttl"] == -2


def test_a_value_is_written_on_condition(valkey: Valkey, redis: Run, make_context: MakeContext) -> None:
    ctx = make_context()
    redis("string.Set", ctx=ctx, key="k", value="1", options={"mustExist": True})
    assert (valkey.client.get("k"), ctx.messages) == (
        None,
        ["'k' was not written: `mustExist` does not hold"],
    )
    redis("string.Set", key="k", value="2", options={"mustNotExist": True})
    redis("string.Set", key="k", value="3", options={"mustNotExist": True})
    assert valkey.client.get("k") == "2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mustExist": True, "mustNotExist": True}, "exclude each other"),
        ({"keepTtl": True, "expirationDate": FAR}, "`keepTtl` goes not with an expiration"),
        ({"expirationDuration": "PT1S", "expirationDate": FAR}, "exclude each other"),
    ],
)
def test_options_that_contradict_are_refused(
    valkey: Valkey, redis: Run, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskFailure, match=message):
        redis("string.Set", key="k", value="x", options=options)
    assert valkey.client.get("k") is None


def test_a_number_grows(valkey: Valkey, redis: Run) -> None:
    assert redis("string.Increment", key="n") == {"value": 1, "key": "n"}
    assert redis("string.Increment", key="n", amount=-3)["value"] == -2
    assert redis("string.Increment", key="n", amount=0.5)["value"] == -1.5
    redis("string.Increment", key="m", options={"expirationDate": FAR})
    assert valkey.client.ttl("m") > 0
    valkey.client.set("n", "text")
    with pytest.raises(TaskFailure, match="Adding to 'n' failed: .*not an integer"):
        redis("string.Increment", key="n")


def test_keys_are_deleted(valkey: Valkey, redis: Run) -> None:
    valkey.client.mset({"a": 1, "b": 2})
    assert redis("string.Delete", keys=["a", "a", "none"]) == {"count": 1}
    with pytest.raises(TaskFailure, match="only 1 of 2 were there"):
        redis("string.Delete", keys=["b", "none"], failedOnMissing=True)
    assert valkey.client.keys() == []


@pytest.mark.parametrize("form", ["list", "json", "file"])
def test_values_are_pushed_in_order(valkey: Valkey, redis: Run, make_context: MakeContext, form: str) -> None:
    ctx = make_context()
    given: Any = {"list": ["a", "b"], "json": '["a", "b"]', "file": ctx.put("x.ion", b'"a"\n"b"\n')}[form]
    assert redis("list.ListPush", ctx=ctx, key="l", **{"from": given}, batchSize=1) == {"count": 2}
    assert valkey.client.lrange("l", 0, -1) == ["b", "a"]


def test_maps_are_pushed_as_json(valkey: Valkey, redis: Run) -> None:
    redis("list.ListPush", key="l", **{"from": [{"a": 1}, [2]]}, serdeType="JSON")
    assert valkey.client.lrange("l", 0, -1) == ["[2]", '{"a":1}']


def test_text_that_is_no_address_is_refused(redis: Run) -> None:
    with pytest.raises(TaskFailure, match="from: 'hello' is neither the address of a stored file"):
        redis("list.ListPush", key="l", **{"from": "hello"})


def test_values_are_popped_into_a_file(valkey: Valkey, redis: Run, make_context: MakeContext) -> None:
    valkey.client.rpush("l", *(f'{{"n":{n}}}' for n in range(7)))
    ctx = make_context()
    got = redis("list.ListPop", ctx=ctx, key="l", maxRecords=5, count=2, serdeType="JSON")
    assert got["count"] == 5
    assert read_ion(ctx.read_text(got["uri"])) == [{"n": n} for n in range(5)]
    assert valkey.client.llen("l") == 2
    rest = redis("list.ListPop", ctx=ctx, key="l", maxDuration="PT10S")
    assert read_ion(ctx.read_text(rest["uri"])) == ['{"n":5}', '{"n":6}']
    assert redis("list.ListPop", key="l", maxRecords=1)["count"] == 0
    valkey.client.rpush("l", "null", "1")
    nulls = redis("list.ListPop", ctx=ctx, key="l", maxRecords=2, serdeType="JSON")
    assert read_ion(ctx.read_text(nulls["uri"])) == [None, 1]
    with pytest.raises(TaskFailure, match="maxRecords: missing"):
        redis("list.ListPop", key="l")


def test_a_failed_pop_puts_everything_back(valkey: Valkey, redis: Run, make_context: MakeContext) -> None:
    values = [*(str(n) for n in range(6)), 'tex"t\nof two lines']
    valkey.client.rpush("l", *values)
    with pytest.raises(TaskFailure, match="which is not JSON"):
        redis("list.ListPop", key="l", maxRecords=100, count=2, serdeType="JSON")
    assert valkey.client.lrange("l", 0, -1) == values
    ctx = make_context()
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped; the values were put back"):
        redis("list.ListPop", ctx=ctx, key="l", maxRecords=100)
    assert valkey.client.lrange("l", 0, -1) == values


def test_a_trigger_starts_when_there_are_values(valkey: Valkey, make_context: MakeContext) -> None:
    def poll() -> Any:
        ctx = make_context(task_run_id="", execution_id="", task_id="", trigger_id="watch")
        trigger = make_plugin(ctx, "redis.list.Trigger", url=valkey.url, key="l", maxRecords=10)
        fired = trigger.poll(ctx)
        return fired and (fired.variables["count"], read_ion(ctx.read_text(fired.variables["uri"])))

    assert poll() is None
    valkey.client.rpush("l", "a", "b")
    assert poll() == (2, ["a", "b"])
    assert poll() is None


def test_values_are_published(valkey: Valkey, redis: Run) -> None:
    with valkey.client.pubsub() as listener:
        listener.subscribe("news")
        listener.get_message(timeout=5)
        assert redis("pubsub.Publish", channel="news", **{"from": ["a", {"b": 1}]}) == {"count": 2}
        assert [listener.get_message(timeout=5)["data"] for _ in range(2)] == ["a", '{"b":1}']


def test_a_key_of_another_kind_is_told(valkey: Valkey, redis: Run) -> None:
    valkey.client.set("k", "x")
    with pytest.raises(TaskFailure, match="Pushing to 'k' failed: WRONGTYPE"):
        redis("list.ListPush", key="k", **{"from": ["a"]})


def test_a_wrong_login_is_told_without_the_password(valkey: Valkey, redis: Run) -> None:
    wrong = valkey.url.replace(PASSWORD, "guessed")
    with pytest.raises(TaskFailure, match="refused the login") as refused:
        redis("string.Get", key="k", url=wrong)
    assert "guessed" not in refused.value.message
    with pytest.raises(TaskFailure, match="127.0.0.1:1 cannot be reached: .*; check host and port"):
        redis("string.Get", key="k", url="redis://:guessed@127.0.0.1:1/0")
    with pytest.raises(TaskFailure, match="url: not the address of a Redis server") as odd:
        redis("string.Get", key="k", url="http://:guessed@127.0.0.1")
    assert "guessed" not in odd.value.message


def test_wrong_properties_are_named(redis: Run) -> None:
    with pytest.raises(FlowsmithError, match="serdeType"):
        redis("string.Get", key="k", serdeType="YAML")
