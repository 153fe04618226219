"""What a model is told, made from the schema and the catalogue of this installation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from copilot.card import card
from copilot.fence import RULE, fence
from copilot.plan.operation import Operation
from copilot.plan.schema import edit_schema, plan_schema
from copilot.planner.request import Failed, Request
from copilot.providers.port import Message, Schema
from engine.plugin import Task, Trigger
from engine.registry import Registry

_SHARED = (
    (
        "You plan workflows for a data engineer. Answer with one JSON object that follows "
        "the schema, and nothing else."
    ),
    (
        "Use only types from the catalogue below and only their properties; (required) marks those that must "
        "be there."
    ),
    "Every step says in `because` which words of the user caused it, literally.",
    (
        "Expressions are written {{ … }}: inputs.<id>, vars.<name>, outputs.<step id>.<output>, "
        "trigger.<name>, taskrun.value inside a loop, secret('NAME'), kv('key'). Inside a loop the outputs "
        "of a sibling are outputs.<step id>[taskrun.value]."
    ),
    "Use `wiring` for properties that take the output of another step: an expression without braces.",
    "Never write a password, key or token: use {{ secret('NAME') }}.",
    (
        'Scripts run with taskRunner {"type": "io.kestra.plugin.core.runner.Process"} unless '
        "Docker is asked for."
    ),
    (
        "Where no type of the catalogue does what some words ask for, add a step with "
        '"placeholder": true and these words in `because`.'
    ),
    (
        "If the words do not ask for a workflow, or a value is missing that you cannot "
        "choose a visible default for, fill only `refusal`."
    ),
)


def estimate_tokens(text: str) -> int:
    """Estimate tokens: about four characters each."""
    return len(text) // 4 + 1


def plan_messages(
    request: Request,
    types: Sequence[str],
    registry: Registry,
    now: datetime,
    *,
    budget_tokens: int,
    failed: Failed | None = None,
) -> tuple[list[Message], Schema]:
    """Return the messages and the schema that ask for the plan of a new flow."""
    tasks, triggers = split_kinds(types, registry)
    schema = plan_schema(tasks, triggers)
    rules = [*_SHARED, f"Today is {now:%Y-%m-%d}. The namespace is {request.namespace or 'company.team'}."]
    rules += [RULE] if request.context else []
    room = budget_tokens - estimate_tokens(request.context)
    system = "\n".join(rules) + "\n\nSchema:\n" + json.dumps(schema.body, separators=(",", ":"))
    messages = [
        Message("system", _with_cards(system, types, registry, room)),
        Message("user", _with_context(request, request.words)),
    ]
    return [*messages, *_again(failed)], schema


def edit_messages(
    request: Request,
    types: Sequence[str],
    registry: Registry,
    now: datetime,
    *,
    budget_tokens: int,
    failed: Failed | None = None,
) -> tuple[list[Message], Schema]:
    """Return the messages and the schema that ask for the changes of a flow."""
    tasks, triggers = split_kinds(types, registry)
    schema = edit_schema(tasks, triggers)
    rules = [
        *_SHARED,
        (
            "The user has a flow. Write only the operations that change what was asked for; "
            "never rewrite the rest."
        ),
        Operation.__doc__ or "",
        RULE,
        f"Today is {now:%Y-%m-%d}.",
    ]
    flow = fence(request.current_yaml or "", "flow")
    system = "\n".join(rules) + "\n\nSchema:\n" + json.dumps(schema.body, separators=(",", ":"))
    room = budget_tokens - estimate_tokens(flow) - estimate_tokens(request.context)
    messages = [
        Message("system", _with_cards(system, types, registry, room)),
        Message("user", _with_context(request, f"{flow}\n\n{request.words}")),
    ]
    return [*messages, *_again(failed)], schema


def _with_context(request: Request, text: str) -> str:
    return f"{request.context}\n\n{text}" if request.context else text


def split_kinds(types: Sequence[str], registry: Registry) -> tuple[list[str], list[str]]:
    """Return the tasks and the triggers among some types."""
    found = [(type_id, registry.find(type_id)) for type_id in types]
    tasks = [type_id for type_id, plugin in found if plugin is not None and issubclass(plugin, Task)]
    return tasks, [type_id for type_id, plugin in found if plugin is not None and issubclass(plugin, Trigger)]


def _with_cards(system: str, types: Sequence[str], registry: Registry, budget_tokens: int) -> str:
    """Add as many cards as the budget holds, the best matches first."""
    left = budget_tokens - estimate_tokens(system)
    parts = [system, "Catalogue:"]
    for type_id in types:
        text = card(type_id, registry)
        if estimate_tokens(text) > left:
            text = card(type_id, registry, limit=600)
        if estimate_tokens(text) > left:
            break
        left -= estimate_tokens(text)
        parts.append(text)
    return "\n\n".join(parts)


def _again(failed: Failed | None) -> list[Message]:
    if failed is None:
        return []
    written = failed.plan.model_dump_json(by_alias=True, exclude_defaults=True)
    problems = "\n".join(f"- {problem}" for problem in failed.problems)
    return [
        Message("assistant", written),
        Message(
            "user",
            (
                "This does not pass the "
                f"validation:\n{fence(problems, 'findings', limit=4000)}\nAnswer with the whole "
                "corrected JSON object."
            ),
        ),
    ]
