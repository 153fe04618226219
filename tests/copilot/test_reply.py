"""Replies of models as they come: fenced, tainted, truncated, refusing."""

from __future__ import annotations

import json

import pytest

from copilot.errors import MissingPlugin, NeedInfo, ReplyError
from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.planner.reply import read
from copilot.providers.port import Reply, Usage

PLAN = json.dumps({"id": "f", "steps": [{"id": "a", "type": "t", "values": {"message": "{{ inputs.a }}"}}]})

GOOD = {
    "plain": PLAN,
    "fenced": f"Here it is:\n```json\n{PLAN}\n```\nEnjoy!",
    "fence without end": f"```\n{PLAN}",
    "thinking before": f'<think>\nmaybe {{ }} or {{"steps": 1}}\n</think>\n{PLAN}',
    "thinking without its start": f"so I write {{x}}.</think>{PLAN}",
    "chatter": f"Sure! {PLAN} Let me know.",
    "trailing comma": PLAN[:-2] + ",]}",
    "wrapped": json.dumps({"plan": json.loads(PLAN)}),
    "extra keys": json.dumps({**json.loads(PLAN), "explanation": "because"}),
    "flattened properties": json.dumps(
        {"id": "f", "steps": [{"id": "a", "type": "t", "message": "{{ inputs.a }}"}]}
    ),
    "nulls": json.dumps({**json.loads(PLAN), "inputs": None, "labels": None, "description": None}),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_a_plan_is_found_in_a_reply(text: str) -> None:
    plan = read(Reply(text, Usage()), Plan)
    assert plan.id == "f"
    assert [(step.id, step.values) for step in plan.steps] == [("a", {"message": "{{ inputs.a }}"})]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(PLAN[:40], Usage(), cut=True), "cut off"),
        (Reply("<think>hm, hm", Usage()), "nothing but thinking"),
        (Reply("I'm sorry, I cannot help with that.", Usage()), "declined"),
        (Reply("id: f\ntasks: []", Usage()), "instead of a plan"),
        (Reply('{"steps": "none"}', Usage()), "does not fit at steps"),
    ],
    ids=["truncated", "thinking", "refusing", "yaml", "wrong shape"],
)
def test_what_is_no_plan_says_what_came(reply: Reply, words: str) -> None:
    with pytest.raises(ReplyError, match=words):
        read(reply, Plan)


def test_a_refusal_is_typed_and_names_what_is_missing() -> None:
    body = {
        "refusal": {"reason": "missing-plugin", "message": "No Kafka.", "missing": ["kafka"]},
        "steps": [],
    }
    with pytest.raises(MissingPlugin) as caught:
        read(Reply(json.dumps(body), Usage()), Plan)
    assert caught.value.missing == ("kafka",)
    with pytest.raises(NeedInfo):
        read(
            Reply('{"refusal": {"reason": "need-info", "message": "Which?", "missing": ["url"]}}', Usage()),
            Edit,
        )


def test_an_edit_is_read_with_its_operations() -> None:
    edit = read(
        Reply('{"operations": [{"op": "set", "target": "a", "path": "message", "value": 1}]}', Usage()), Edit
    )
    assert edit.operations[0].value == 1
