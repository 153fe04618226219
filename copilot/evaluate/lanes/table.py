"""The lane of each kind of case; a kind without a lane is listed as not judged, never as passed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.lanes import create, edit, fix, imported, model, refuse, talk
from copilot.evaluate.result import Result

Lane = Callable[[Case, Bench], Awaitable[Result]]

LANES: dict[str, Lane] = {
    "create": create.judge,
    "edit": edit.judge,
    "refuse": refuse.judge,
    "ask": talk.judge_answer,
    "explain": talk.judge_explanation,
    "fix": fix.judge,
    "import": imported.judge,
    "model": model.judge,
}
