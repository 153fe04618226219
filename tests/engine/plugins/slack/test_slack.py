"""Messages to Slack, taken by a server on this machine."""

from __future__ import annotations

import pytest

from engine.errors import TaskFailure
from engine.model.log import Level

HOOK = "slack.notifications.SlackIncomingWebhook"
PATH = "/services/T0/B0/secretpart"


def test_a_text_is_sent_in_the_forms_of_slack(make_context, run_task, hook) -> None:
    text = "**{{ flow.id }}** is __late__: [look](https://example.org/a)"
    run_task(make_context(), HOOK, url=hook.url + PATH, messageText=text)
    ((path, headers, message),) = hook.posted
    assert (path, headers["Content-Type"]) == (PATH, "application/json")
    assert message == {"text": "*my-flow* is _late_: <https://example.org/a|look>"}


def test_json_is_sent_as_it_is_and_the_payload_counts_more(make_context, run_task, hook) -> None:
    run_task(make_context(), HOOK, url=hook.url, messageText='{"text": "**a**"}')
    run_task(make_context(), HOOK, url=hook.url, messageText="no", payload='{"text": "é"}')
    assert [message for _, _, message in hook.posted] == [{"text": "**a**"}, {"text": "é"}]


@pytest.mark.parametrize("name", ["slack.SlackIncomingWebhook", "notifications.slack.SlackIncomingWebhook"])
def test_older_names_mean_the_same(name: str, make_context, run_task, hook) -> None:
    run_task(make_context(), name, url=hook.url, payload='{"text": "a"}')
    assert hook.message == {"text": "a"}


def test_headers_are_sent(make_context, run_task, hook) -> None:
    run_task(
        make_context(), HOOK, url=hook.url, messageText="a", options={"headers": {"X-Flow": "{{ flow.id }}"}}
    )
    assert hook.posted[0][1]["X-Flow"] == "my-flow"


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"payload": '{"text": }'}, "payload: it is not JSON"),
        ({}, "give `messageText`"),
        ({"messageText": " "}, "give"),
    ],
)
def test_what_is_no_message_is_refused(properties: dict, problem: str, make_context, run_task, hook) -> None:
    with pytest.raises(TaskFailure, match=problem):
        run_task(make_context(), HOOK, url=hook.url, **properties)
    assert hook.posted == []


def test_a_refusal_is_told_without_the_secret_address(make_context, run_task, hook) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=r"answered 403.*invalid_token") as caught:
        run_task(ctx, HOOK, url=f"{hook.url}/refuse/secretpart", messageText="a")
    assert "secretpart" not in str(caught.value)
    assert hook.url in str(caught.value)


def test_a_server_that_is_not_there(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="cannot be reached") as caught:
        run_task(make_context(), HOOK, url="http://127.0.0.1:9/secretpart", messageText="a")
    assert "secretpart" not in str(caught.value)


FLOW = """
id: unlucky
namespace: company.team
inputs:
  - id: hook
    type: STRING
tasks:
  - id: around
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - id: fine
        type: io.kestra.plugin.core.log.Log
        message: hi
      - id: breaks
        type: io.kestra.plugin.core.execution.Fail
errors:
  - id: tell
    type: io.kestra.plugin.slack.notifications.SlackExecution
    url: "{{ inputs.hook }}"
    customMessage: "**look** <here>"
    customFields:
      Owner: "{{ flow.namespace }}"
    channel: "#data"
"""


def test_a_failing_flow_tells_of_itself(run, engine, hook) -> None:
    execution = run(FLOW, hook=hook.url)
    assert [
        entry.message for entry in engine.logs(execution.id, Level.ERROR) if entry.task_id == "tell"
    ] == []
    message = hook.message
    assert (message["channel"], message["text"]) == ("#data", "company.team.unlucky: FAILED")
    (attachment,) = message["attachments"]
    assert attachment["color"] == "#c23030"
    texts = [field["text"] for field in attachment["blocks"][2]["fields"]]
    assert "*Failed task*\nbreaks" in texts
    assert f"*Execution*\n{execution.id}" in texts
    assert texts[-1] == "*Owner*\ncompany.team"
    assert attachment["blocks"][1]["text"]["text"].startswith("*look*")


def test_an_execution_that_is_not_there(make_context, run_task, hook) -> None:
    with pytest.raises(TaskFailure, match="there is no execution 'nope'"):
        run_task(make_context(), "slack.notifications.SlackExecution", url=hook.url, executionId="nope")


def test_a_text_replaces_what_is_told(make_context, run_task, hook) -> None:
    run_task(make_context(), "slack.SlackExecution", url=hook.url, messageText="mine")
    assert hook.message == {"text": "mine"}
