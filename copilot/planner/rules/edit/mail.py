# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Who sends a mail and through which server, where an order says so."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.edit.state import Changing, plain
from engine.model.json import Json

_FROM = re.compile(
    r"[\s,]*\b(?:sent\s+)?(?:from|sender(?:\s+is)?|as)\s+(?P<from>⟦(?P<n>\d+)⟧)", re.IGNORECASE
)
_SERVER = re.compile(
    r"[\s,]*\b(?:and\s+)?(?:through|via|over|using|with|by|on|at|from)?\s*(?:the\s+|our\s+)?(?:(?:smtp|mail)\s+)?(?:server\s+|host\s+|relay\s+)?"
    r"(?P<host>(?:smtp|mail|mx|relay|post|out)[\w-]*(?:\.[\w-]+)+|(?<=host )[\w.-]+|(?<=server )[\w-]+(?:\.[\w-]+)+)"
    r"(?:\s*:\s*(?P<a>\d{2,5})|\s*,?\s*(?:on\s+|at\s+|with\s+|and\s+)?(?:the\s+)?port\s+(?P<b>\d{2,5}))?",
    re.IGNORECASE,
)
_PORT = re.compile(
    r"[\s,]*\b(?:on\s+|at\s+|with\s+|and\s+)?(?:the\s+)?port\s+(?P<port>\d{2,5})\b", re.IGNORECASE
)


def mailed(text: str, state: Changing) -> tuple[str, dict[str, Json]]:
    """Take the sender, the server and the port out of an order that mails something."""
    values: dict[str, Json] = {}
    if not re.search(r"\be-?mails?\b|\bmails?\b", text, re.IGNORECASE):
        return text, values
    if (sender := _FROM.search(text)) and state.masked.literals[int(sender["n"])].kind == "email":
        values["from"] = plain(sender["from"], state.masked)
        text = f"{text[: sender.start()]} {text[sender.end() :]}"
    if server := _SERVER.search(text):
        values["host"] = server["host"]
        if server["a"] or server["b"]:
            values["port"] = int(server["a"] or server["b"])
        text = f"{text[: server.start()]} {text[server.end() :]}"
    if "port" not in values and (port := _PORT.search(text)):
        values["port"] = int(port["port"])
        text = f"{text[: port.start()]} {text[port.end() :]}"
    return " ".join(text.split()).replace(" ,", ",").strip(" ,"), values


def addressed(steps: list[Step], values: dict[str, Json]) -> bool:
    """Give the mails among new steps what was said; tell whether there is one where there has to be."""
    mails = [step for outer in steps for step in outer.walk() if ".email." in step.type]
    for step in mails:
        step.values |= values
    return bool(mails) or not values
