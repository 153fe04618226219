"""Drafts: kept, accepted once, refused when stale or invalid."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from copilot.draft import Draft, Drafts, hash_of
from copilot.errors import DraftChanged, DraftInvalid, DraftStale, DraftUnknown
from copilot.gate import judge
from engine.registry import Registry
from engine.storage.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = "id: a\nnamespace: b\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n"


@pytest.fixture
def drafts(registry: Registry) -> Drafts:
    return Drafts(MemoryStore().kv, registry, clock=lambda: NOW)


def draft(text: str, registry: Registry, **more: object) -> Draft:
    return Draft.make(
        text, base="", planner="rules", created=NOW, findings=judge(text, registry).findings, **more
    )  # type: ignore[arg-type]


def test_a_draft_is_kept_as_it_is(drafts: Drafts, registry: Registry) -> None:
    async def run() -> None:
        made = await drafts.put(draft(GOOD, registry, words="say hi", notes=("one",)))
        assert await drafts.get(made.id) == made
        assert [item.id for item in await drafts.list()] == [made.id]
        assert await drafts.delete(made.id)
        with pytest.raises(DraftUnknown):
            await drafts.get(made.id)

    asyncio.run(run())


def test_accepting_saves_once(drafts: Drafts, registry: Registry) -> None:
    saved: list[str] = []

    def save(text: str) -> int:
        saved.append(text)
        return 7

    async def run() -> None:
        made = await drafts.put(draft(GOOD, registry))
        first, second = await asyncio.gather(
            *(drafts.accept(made.id, made.hash, save, current_yaml="") for _ in range(2))
        )
        assert {first.result, second.result} == {7, None}
        assert (await drafts.get(made.id)).accepted

    asyncio.run(run())
    assert saved == [GOOD]


def test_an_async_save_is_awaited(drafts: Drafts, registry: Registry) -> None:
    async def save(text: str) -> str:
        return "saved"

    async def run() -> None:
        made = await drafts.put(draft(GOOD, registry))
        assert (await drafts.accept(made.id, made.hash, save)).result == "saved"

    asyncio.run(run())


def test_a_save_that_fails_can_be_tried_again(drafts: Drafts, registry: Registry) -> None:
    def fails(text: str) -> None:
        raise RuntimeError("disk full")

    async def run() -> None:
        made = await drafts.put(draft(GOOD, registry))
        with pytest.raises(RuntimeError):
            await drafts.accept(made.id, made.hash, fails)
        assert not (await drafts.accept(made.id, made.hash, lambda text: None)).again

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "more", "hashed", "current", "error"),
    [
        (GOOD, {}, "other", "", DraftChanged),
        (GOOD, {}, None, "id: changed", DraftStale),
        (GOOD, {"placeholders": ("do magic",)}, None, "", DraftInvalid),
        (GOOD.replace("log.Log", "log.Lug"), {}, None, "", DraftInvalid),
    ],
    ids=["hash", "stale", "placeholder", "invalid"],
)
def test_what_is_not_right_is_not_saved(
    text: str,
    more: dict[str, object],
    hashed: str | None,
    current: str,
    error: type[Exception],
    drafts: Drafts,
    registry: Registry,
) -> None:
    def never(text: str) -> None:
        raise AssertionError("saved")

    async def run() -> None:
        made = await drafts.put(draft(text, registry, **more))
        with pytest.raises(error):
            await drafts.accept(made.id, hashed or made.hash, never, current_yaml=current)

    asyncio.run(run())


def test_an_old_draft_is_gone(registry: Registry) -> None:
    moment = NOW

    async def run() -> None:
        nonlocal moment
        drafts = Drafts(MemoryStore().kv, registry, clock=lambda: moment)
        made = await drafts.put(draft(GOOD, registry))
        moment += timedelta(days=31)
        with pytest.raises(DraftUnknown):
            await drafts.get(made.id)

    asyncio.run(run())


def test_single_changes_can_be_taken(drafts: Drafts, registry: Registry) -> None:
    changed = GOOD.replace("id: a\n", "id: a\ndescription: x\n").replace("message: hi", "message: bye")
    made = Draft.make(changed, base=GOOD, planner="rules", created=NOW)
    assert len(made.hunks) == 2

    async def run() -> None:
        await drafts.put(made)
        part = await drafts.choose(made.id, [1])
        assert part.yaml == GOOD.replace("message: hi", "message: bye")
        assert part.base_hash == hash_of(GOOD)
        assert part.hash != made.hash

    asyncio.run(run())
