"""Messages to Discord and Teams, taken by a server on this machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import TaskFailure
from engine.plugins.notifications._execution import duration_words

DISCORD = "notifications.discord"
TEAMS = "notifications.teams"

QUIET = """
id: fine
namespace: company.team
tasks:
  - id: work
    type: io.kestra.plugin.core.log.Log
    message: hi
"""


@pytest.fixture
def done(run, engine, make_context):
    """An execution that ended well, and a factory of contexts on the same store."""
    execution = run(QUIET)
    settings = {"io.kestra.plugin.notifications": {"url": "https://flows.example.org/"}}
    return execution, lambda **where: make_context(store=engine.store, settings=settings, **where)


@pytest.mark.parametrize(
    "name",
    [
        f"{DISCORD}.DiscordIncomingWebhook",
        "discord.DiscordIncomingWebhook",
        f"{TEAMS}.TeamsIncomingWebhook",
        "microsoft365.teams.TeamsIncomingWebhook",
    ],
)
def test_a_payload_is_sent(name: str, make_context, run_task, hook) -> None:
    run_task(make_context(), name, url=f"{hook.url}/quiet", payload='{"content": "{{ flow.id }}"}')
    assert hook.message == {"content": "my-flow"}
    with pytest.raises(TaskFailure, match="payload: it is not JSON.*toJson"):
        run_task(make_context(), name, url=hook.url, payload='{"content": "a"b"}')
    with pytest.raises(TaskFailure, match="answered 403"):
        run_task(make_context(), name, url=f"{hook.url}/refuse", payload="{}")


def test_discord_is_told_of_an_execution(done, run_task, hook) -> None:
    execution, context = done
    run_task(
        context(),
        f"{DISCORD}.DiscordExecution",
        url=hook.url,
        executionId=execution.id,
        username="Pipelines",
        avatarUrl="https://example.org/a.png",
        customMessage="well done",
        embedList=[{"title": "More", "color": [255, 0, 128], "footer": "end", "authorName": "Ann"}],
    )
    message = hook.message
    assert (message["username"], message["content"]) == ("Pipelines", "company.team.fine: SUCCESS")
    card, more = message["embeds"]
    assert (card["description"], card["color"]) == ("well done", 0x2E8540)
    assert card["url"] == f"https://flows.example.org/ui/main/executions/company.team/fine/{execution.id}"
    assert {"name": "Last task", "value": "work", "inline": True} in card["fields"]
    assert more == {"title": "More", "author": {"name": "Ann"}, "footer": {"text": "end"}, "color": 0xFF0080}


def test_teams_is_told_of_an_execution(done, run_task, hook) -> None:
    execution, context = done
    run_task(
        context(),
        f"{TEAMS}.TeamsExecution",
        url=hook.url,
        executionId=execution.id,
        activityTitle="Good news",
        customFields={"Rows": 17},
    )
    card = hook.message
    assert (card["@type"], card["themeColor"], card["summary"]) == (
        "MessageCard",
        "2e8540",
        "company.team.fine: SUCCESS",
    )
    (section,) = card["sections"]
    assert section["activityTitle"] == "Good news"
    assert {"name": "Rows", "value": "17"} in section["facts"]
    assert card["potentialAction"][0]["targets"][0]["uri"].endswith(execution.id)


@pytest.mark.parametrize("name", [f"{DISCORD}.DiscordExecution", f"{TEAMS}.TeamsExecution"])
def test_a_payload_replaces_what_is_told(name: str, done, run_task, hook) -> None:
    execution, context = done
    run_task(context(), name, url=hook.url, executionId=execution.id, payload='{"a": 1}')
    assert hook.message == {"a": 1}


def test_a_colour_has_three_parts(done, run_task, hook) -> None:
    execution, context = done
    with pytest.raises(TaskFailure, match="embedList"):
        run_task(
            context(),
            f"{DISCORD}.DiscordExecution",
            url=hook.url,
            executionId=execution.id,
            embedList=[{"color": [1]}],
        )


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.85, "850 ms"), (12.5, "12.5 s"), (185, "3 min 5 s"), (7620, "2 h 7 min")]
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert duration_words(timedelta(seconds=seconds)) == words
