"""What a request needs: the first line of the table that fits, and everything when none does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from starlette.routing import compile_path

from api.security.permission import ALL, Permission
from api.security.table import OTHERS, TENANTED, TOOLS
from api.tenant import ROOT, TENANT

READ: Final = frozenset({Permission.READ})
RUN: Final = frozenset({Permission.RUN})
WRITE: Final = frozenset({Permission.WRITE})
ADMIN: Final = frozenset({Permission.ADMIN})
PERSON: Final = frozenset({Permission.PERSON})
BY_HAND: Final = WRITE | PERSON
"""What a person confirms for an agent, so that the agent's own token cannot do it."""
OPEN: Final[frozenset[Permission]] = frozenset()
"""Answered without credentials."""

_WORDS: Final = MappingProxyType(
    {
        "open": OPEN,
        "read": READ,
        "run": RUN,
        "write": WRITE,
        "admin": ADMIN,
        "person": PERSON,
        "by-hand": BY_HAND,
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: a method and a template of addresses, and what they need."""

    method: str
    template: str
    needs: frozenset[Permission]

    @property
    def changes(self) -> bool:
        """Tell whether a request of this kind may change something."""
        safe = self.method == "GET" or self.needs <= READ
        return self.is_webhook or not safe

    @property
    def is_webhook(self) -> bool:
        """Tell whether the last part of the address is a secret."""
        return "/executions/webhook/" in self.template


def _read(text: str, prefix: str) -> Iterable[Rule]:
    for line in text.strip().splitlines():
        method, template, word = line.split()
        yield Rule(method, prefix + template, _WORDS[word])


RULES: Final = (*_read(TENANTED, f"{ROOT}{TENANT}/"), *_read(OTHERS, ""))

UNKNOWN: Final = Rule("", "", ALL)
"""What no line names is for the admin only, who gets the 404 or 405."""


def rule_for(method: str, path: str) -> Rule:
    """Return the first line that fits; UNKNOWN when there is none."""
    wanted = "GET" if method in ("HEAD", "OPTIONS") else method
    for pattern, rule in _group(wanted, _head(path)):
        if pattern.match(path):
            return rule
    return UNKNOWN


def needed(method: str, path: str) -> frozenset[Permission]:
    """Return the permissions a request needs; all of them for what the table does not know."""
    return rule_for(method, path).needs


@lru_cache(maxsize=1024)
def _group(method: str, head: str) -> tuple[tuple[re.Pattern[str], Rule], ...]:
    """Return the lines of a method whose address begins so, compiled: a dozen instead of two hundred.

    The router's own patterns, because the two must never disagree about a strange address.
    """
    return tuple(
        (compile_path(rule.template)[0], rule)
        for rule in RULES
        if rule.method == method and _head(rule.template) == head
    )


def _head(path: str) -> str:
    """Return what all addresses of a resource begin with: `/api/v1/main/flows`, `/ui`."""
    depth = 5 if path.startswith(f"{ROOT}{TENANT}/") else 4 if path.startswith(ROOT) else 2
    return "/".join(path.split("/", depth)[:depth])


def needed_for_tool(name: str) -> frozenset[Permission]:
    """Return what a tool needs; everything for one the table does not know."""
    permission = TOOLS.get(name)
    return ALL if permission is None else frozenset({permission})
