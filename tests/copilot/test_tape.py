"""Tapes: recorded once, replayed to the letter, a missing call is named, no secret in the file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import ProviderBusy, ProviderSilent
from copilot.evaluate.bench import Model, opened
from copilot.evaluate.case import Case
from copilot.evaluate.player import Player
from copilot.evaluate.recorder import Recorder
from copilot.evaluate.result import Result
from copilot.evaluate.run import evaluate
from copilot.evaluate.scripted import ScriptedProvider
from copilot.evaluate.tape import Tape, TapeError
from copilot.providers.guard import Guard, Meter
from copilot.providers.openai_compatible import OpenAICompatible
from copilot.providers.port import Message, Price, Reply, Schema, Usage
from tests.copilot.leaks import leaky, readable
from tests.copilot.scripted import Say, scripted_model

MADE = datetime(2026, 3, 1, 18, tzinfo=UTC)
LOG = "io.kestra.plugin.core.log.Log"
HELLO = [Message("system", "rules"), Message("user", "hello")]


def recorder(path: Path, *replies: Any, secret_values: Callable[[], list[str]] = list) -> Recorder:
    """Record a script."""
    return Recorder(
        path, ScriptedProvider(replies), made=MADE, price=Price(1, 2), secret_values=secret_values
    )


def said(player: Player, messages: list[Message] = HELLO, **options: Any) -> Reply:
    """Ask a tape."""
    return asyncio.run(player.complete(messages, **options))


def test_what_was_said_is_said_again(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    live = recorder(path, "one", {"cut": "tw"}, {"fails": "busy"})

    async def asked() -> None:
        await live.complete(HELLO)
        await live.complete(HELLO)
        with pytest.raises(ProviderBusy):
            await live.complete(HELLO)
        with pytest.raises(ProviderBusy):
            [piece async for piece in live.stream(HELLO)]

    asyncio.run(asked())
    player = Player(Tape.read(path))
    assert (player.model, player.tape.head.made, player.tape.head.price) == ("scripted", MADE, Price(1, 2))
    assert said(player) == Reply("one", Usage(100, 20))
    assert said(player) == Reply("tw", Usage(100, 20), cut=True)
    for _ in range(2):
        with pytest.raises(ProviderBusy, match="the model is busy"):
            said(player)
    assert player.tape.unused == 0


def test_a_stream_is_recorded_whole(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"

    async def recorded(base_url: str) -> list[Any]:
        live = Recorder(path, OpenAICompatible(base_url=base_url, model="tiny"), made=MADE)
        try:
            return [piece async for piece in live.stream(HELLO)]
        finally:
            await live.close()

    async def replayed() -> list[Any]:
        return [piece async for piece in Player(Tape.read(path)).stream(HELLO)]

    with scripted_model(Say("in many pieces", tokens=(7, 3))) as server:
        live = asyncio.run(recorded(server.base_url))
    assert len(live) > 2
    assert asyncio.run(replayed()) == ["in many pieces", live[-1]]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"messages": [Message("system", "rules"), Message("user", "good bye")]}, "message 2, line 1 was 'hello'"),
        ({"messages": [*HELLO, Message("user", "more")]}, "2 message.s. were sent and 3 are"),
        ({"max_tokens": 5}, "max_tokens was '2000' and is '5'"),
        ({"schema": Schema("plan", {"type": "object"})}, "schema was '' and is 'plan:"),
    ],
    ids=["words", "messages", "room", "schema"],
)  # fmt: skip
def test_a_call_that_is_not_on_the_tape_is_shown(tmp_path: Path, change: Any, where: str) -> None:
    path = tmp_path / "tape.jsonl"
    asyncio.run(recorder(path, "one").complete(HELLO))
    player = Player(Tape.read(path))
    with pytest.raises(TapeError, match=where):
        said(player, **change)
    assert player.tape.unused == 1
    said(player)
    with pytest.raises(TapeError, match=r"recorded 1 time\(s\) and is made once more"):
        said(player)
    assert len(player.tape.missing) == 2


def test_addresses_ids_and_moments_of_a_run_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    text = "<data {} log>\nGET {}/a at 2026-03-01T18:00:0{}Z by {}\n</data {}>"
    live = recorder(path, "see http://127.0.0.1:1/b")
    live.places = {"http://127.0.0.1:1": "{base}"}
    then = text.format("0a1b2c3d", "http://127.0.0.1:1", 1, "igN4nvGWJgdqHsz3QusDvm", "0a1b2c3d")
    asyncio.run(live.complete([Message("user", then)]))
    player = Player(Tape.read(path))
    player.places = {"http://127.0.0.1:22": "{base}"}
    now = text.format("ffffffff", "http://127.0.0.1:22", 2, "7YCnvEbFv4lVgMKaDodF7Q", "ffffffff")
    assert said(player, [Message("user", now)]).text == "see http://127.0.0.1:22/b"
    assert "127.0.0.1" not in path.read_text()


def test_no_secret_is_written(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    known: list[str] = []
    live = recorder(path, "a reply", secret_values=lambda: known)
    guard = Guard(live, lambda: known)

    async def asked() -> list[str]:
        secrets: list[str] = []
        for seed in range(300):
            text, some, values = leaky(seed)
            known[:] = values
            await guard.complete([Message("system", "rules"), Message("user", text)], Meter())
            secrets += some
        return secrets

    secrets = asyncio.run(asked())
    written = "\n".join(
        message["content"]
        for line in path.read_text().splitlines()[1:]
        for message in json.loads(line)["messages"]
    )
    assert [secret for secret in secrets if readable(secret, written)] == []


def test_a_secret_in_a_reply_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    key = "sk-" + "a1B2c3D4" * 5
    live = recorder(path, f"use {key} and hunter22", secret_values=lambda: ["hunter22"])
    asyncio.run(live.complete(HELLO))
    assert key not in path.read_text()
    assert "hunter22" not in path.read_text()


def test_a_tape_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text("mine")
    with pytest.raises(TapeError, match="is there already"):
        recorder(path, "one")
    assert path.read_text() == "mine"
    with pytest.raises(TapeError, match="cannot be written"):
        recorder(tmp_path / "none" / "tape.jsonl", "one")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no head of a tape"),
        ('{"tape": 99}', "no head of a tape"),
        ("nonsense", "line 1: this is no JSON"),
        ("[]", "line 1: this is no JSON map"),
        (
            '{"tape": 1, "model": "m", "provider": "p", "made": "2026-03-01T18:00:00Z"}\n{"key": "x"}',
            "line 2: this is no call",
        ),
    ],
    ids=["empty", "other version", "no JSON", "no map", "no call"],
)
def test_a_file_that_is_no_tape_is_named(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text(text)
    with pytest.raises(TapeError, match=what):
        Tape.read(path)


PLAN = {"id": "hi", "steps": [{"id": "say", "type": LOG, "values": {"message": "moon"}}]}
CASES = [
    Case("create", "greet the moon in the log", {"with": {"Log": {"message": "moon"}}}, {"logs": ["moon"]}),
    Case("create", "greet the sun in the log", {"with": {"Log": {"message": "sun"}}}, {"logs": ["sun"]}),
]


def judged(model: Model, cases: list[Case]) -> list[Result]:
    async def run() -> list[Result]:
        async with opened(model=model) as bench:
            return await evaluate(cases, bench)

    return asyncio.run(run())


def test_cases_are_judged_the_same_from_a_tape(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    replies = ["no plan", PLAN, {**PLAN, "steps": [{**PLAN["steps"][0], "values": {"message": "sun"}}]}]  # type: ignore[dict-item]
    live = judged(Model(recorder(path, *replies), Price(1, 2), MADE), CASES)
    tape = Tape.read(path)
    again = judged(Model(Player(tape), tape.head.price, tape.head.made), CASES)
    assert [result.passed for result in live] == [True, True]
    assert [result.spent for result in again] == [result.spent for result in live]
    assert [result.text for result in again] == [result.text for result in live]
    assert [result.spent.calls for result in live] == [2, 1]
    assert live[0].spent.cost == pytest.approx((200 * 1 + 40 * 2) / 1e6)
    assert (tape.unused, tape.missing) == (0, [])
    other = judged(Model(Player(Tape.read(path)), None, MADE), [Case("create", "greet the stars", {})])
    assert "TapeError" in other[0].problems[0]
    assert not other[0].passed


def test_a_silent_model_stays_silent_on_tape(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    with pytest.raises(ProviderSilent):
        asyncio.run(recorder(path, {"fails": "silent"}).complete(HELLO))
    with pytest.raises(ProviderSilent):
        said(Player(Tape.read(path)))
