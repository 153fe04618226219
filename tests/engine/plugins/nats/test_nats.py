"""NATS tasks with the real client and a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.expression.ion import read_ion
from engine.model.id import new_id
from tests.emulators.nats import PASSWORD, USER, Nats
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]
QUICK = {"pollDuration": "PT0.2S"}
"""Where no message is expected."""


def exactly(count: int) -> dict[str, Any]:
    """Return properties for reading so many messages, however slow the machine is."""
    return {"maxRecords": count, "pollDuration": "PT30S"}


@pytest.fixture
def run_nats(nats: Nats, make_context: MakeContext) -> Run:
    """Return `run_nats("Produce", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **given: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        plugin = make_plugin(ctx, f"nats.core.{task}", **{**nats.properties, **given})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def subject() -> str:
    """Return a subject nobody else has."""
    return f"s{new_id()[:10]}"


def test_messages_are_published(nats: Nats, run_nats: Run, subject: str) -> None:
    nats.make_stream(subject)
    records = [{"data": "grüß", "headers": {"a": "1", "b": ["2", "3"]}}, {"data": {"n": 1}}]
    assert run_nats("Produce", subject=subject, **{"from": records}) == {"messagesCount": 2}
    first, second = nats.messages(subject)
    assert (first.data.decode(), first.headers) == ("grüß", {"a": "1", "b": "2,3"})
    assert second.data == b'{"n":1}'


def test_what_was_read_can_be_published_again(
    nats: Nats, run_nats: Run, subject: str, make_context: MakeContext
) -> None:
    nats.make_stream(subject, *(str(n).encode() for n in range(25)))
    nats.make_stream(f"{subject}-2")
    ctx = make_context()
    got = run_nats("Consume", ctx=ctx, subject=subject, **exactly(25))
    rows = read_ion(ctx.read_text(got["uri"]))
    assert (got["messagesCount"], [row["data"] for row in rows]) == (25, [str(n) for n in range(25)])
    assert (rows[0]["subject"], rows[0]["headers"]) == (subject, {"kind": ["test"]})
    assert rows[0]["timestamp"].year >= 2024
    run_nats("Produce", ctx=ctx, subject=f"{subject}-2", **{"from": got["uri"]})
    assert nats.messages(f"{subject}-2")[24].headers == {"kind": "test"}


def test_a_durable_name_goes_on_where_it_was(nats: Nats, run_nats: Run, subject: str) -> None:
    nats.make_stream(subject, b"1", b"2", b"3")
    given = {"subject": subject, "durableId": "loader"}
    limits = (exactly(2), exactly(1), QUICK)
    counts = [run_nats("Consume", **given, **limit)["messagesCount"] for limit in limits]
    assert counts == [2, 1, 0]


def test_reading_begins_where_it_is_told(
    nats: Nats, run_nats: Run, subject: str, make_context: MakeContext
) -> None:
    nats.make_stream(subject, b"1", b"2", b"3")

    def read(count: int, **given: Any) -> list[str]:
        ctx = make_context()
        limit = exactly(count) if count else QUICK
        got = run_nats("Consume", ctx=ctx, subject=subject, **limit, **given)
        return [row["data"] for row in read_ion(ctx.read_text(got["uri"]))]

    assert read(1, deliverPolicy="Last") == ["3"]
    assert read(0, deliverPolicy="New") == []
    assert read(1, deliverPolicy="LastPerSubject") == ["3"]
    assert read(3, since="2020-01-01T00:00:00Z", batchSize=1) == ["1", "2", "3"]
    assert read(0, since="2100-01-01T00:00:00Z") == []
    with pytest.raises(TaskFailure, match="since: 'soon' is not a date"):
        read(0, since="soon")
    with pytest.raises(TaskFailure, match="since: missing"):
        read(0, deliverPolicy="ByStartTime")
    with pytest.raises(TaskFailure, match="use `since`"):
        read(0, deliverPolicy="ByStartSequence")


def test_what_could_not_be_stored_comes_again(
    nats: Nats, run_nats: Run, subject: str, make_context: MakeContext
) -> None:
    nats.make_stream(subject, b"1")
    ctx = make_context()
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        run_nats("Consume", ctx=ctx, subject=subject, durableId="loader", **QUICK)
    assert run_nats("Consume", subject=subject, durableId="loader", **exactly(1))["messagesCount"] == 1


def test_a_trigger_starts_when_there_are_messages(
    nats: Nats, subject: str, make_context: MakeContext
) -> None:
    def poll(**given: Any) -> Any:
        ctx = make_context(task_run_id="", execution_id="", task_id="", trigger_id="watch")
        properties = {**nats.properties, "subject": subject, **given}
        fired = make_plugin(ctx, "nats.core.Trigger", **properties).poll(ctx)
        return fired and [row["data"] for row in read_ion(ctx.read_text(fired.variables["uri"]))]

    nats.make_stream(subject, b"1")
    assert [poll(durableId="loader", **limit) for limit in (exactly(1), QUICK)] == [["1"], None]
    with pytest.raises(TaskFailure, match="durableId: missing"):
        poll()


def test_a_request_is_answered(nats: Nats, run_nats: Run, subject: str) -> None:
    async def act(client: Any) -> dict[str, Any]:
        async def answer(message: Any) -> None:
            await message.respond(message.data.upper())

        await client.subscribe(subject, cb=answer)
        await client.flush()
        given = {"subject": subject, "from": {"data": "hello"}}
        return await asyncio.to_thread(lambda: run_nats("Request", **given))

    assert nats.call(act) == {"response": "HELLO"}


def test_a_request_nobody_answers_gives_nothing(
    run_nats: Run, subject: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    asked = run_nats("Request", ctx=ctx, subject=subject, **{"from": [{"data": "hello"}]})
    assert (asked, ctx.messages) == ({"response": None}, [f"Nobody answered on '{subject}'"])
    with pytest.raises(TaskFailure, match="from: holds no message"):
        run_nats("Request", subject=subject, **{"from": []})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"password": "guessed"}, "Authorization.*; check `username`, `password`"),
        ({"url": "nats://127.0.0.1:1"}, "127.0.0.1:1: publishing to .* failed: .*; check `url`"),
        ({"url": "nats://me:guessed@127.0.0.1:x"}, "url: not the address of a server"),
        ({"subject": "a b"}, "publishing to 'a b' failed: .*subject"),
        ({"from": ["x"]}, "from: 'x' is no map; write records like {data: hello}"),
        ({"from": "x"}, "from: 'x' is neither the address"),
    ],
)
def test_what_cannot_be_is_told_without_the_password(
    run_nats: Run, subject: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskFailure, match=message) as refused:
        run_nats("Produce", **{"subject": subject, "from": [{"data": "x"}], **given})
    assert "guessed" not in refused.value.message


def test_a_subject_without_a_stream_is_told(run_nats: Run, subject: str) -> None:
    with pytest.raises(TaskFailure, match=f"no stream of JetStream keeps '{subject}'"):
        run_nats("Consume", subject=subject)


def test_a_login_may_stand_in_the_address(nats: Nats, run_nats: Run, subject: str) -> None:
    url = f"nats://{USER}:{PASSWORD}@127.0.0.1:{nats.port}"
    given = {"url": url, "username": None, "password": None, "subject": subject, "from": {"data": "x"}}
    assert run_nats("Produce", **given) == {"messagesCount": 1}
