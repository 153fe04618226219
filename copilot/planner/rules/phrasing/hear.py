"""Reads what sentences mean together, before their clauses are read one by one."""

from __future__ import annotations

from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.aside import set_aside
from copilot.planner.rules.phrasing.asked_input import asked
from copilot.planner.rules.phrasing.choice import chosen
from copilot.planner.rules.phrasing.database import connected
from copilot.planner.rules.phrasing.file import put_together
from copilot.planner.rules.phrasing.follow_up import bounded
from copilot.planner.rules.phrasing.login import logged_in
from copilot.planner.rules.phrasing.order import ordered
from copilot.planner.rules.phrasing.outcome import settled
from copilot.planner.rules.phrasing.polling import polled
from copilot.planner.rules.phrasing.source import sourced
from copilot.planner.rules.phrasing.told import Told


def hear(masked: Masked) -> Told:
    """Bring the text to plainer sentences and return what they told besides.

    Order matters: where things are comes before what is asked of them, polls before limits (the same words
    bound both), choices before conditions (`for dev …` is one).
    """
    told = Told()
    for read in (
        logged_in,
        set_aside,
        ordered,
        sourced,
        put_together,
        connected,
        polled,
        bounded,
        chosen,
        asked,
        settled,
    ):
        read(masked, told)
    return told
