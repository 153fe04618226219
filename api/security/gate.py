"""The gate: every request is somebody's, needs something, and leaves a row when it changes something."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error import Problem
from api.security.audit import change
from api.security.identity import LOCAL, NOBODY, Identity, current
from api.security.login import Login, Operator, Refusal
from api.security.permission import Permission, Role
from api.security.recorder import Recorder
from api.security.rules import OPEN, Rule, rule_for
from api.security.security import Security
from api.settings import plain

_BY_KEY = Identity("webhook", Role.VIEWER, frozenset(), "key")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Gate:
    """Middleware: who asks (401, 429), may they (403), and the audit log."""

    def __init__(self, app: ASGIApp, security: Security) -> None:
        self._app = app
        self._security = security
        self._login = _login_of(security)
        self._recorder = Recorder(security.audit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as somebody's, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _CONTROL.search(scope["path"]):
            problem = Problem(400, "The address has control characters")
            await problem.answer(scope["path"])(scope, receive, send)
            return
        rule = rule_for(scope["method"], scope["path"])
        who = await self._who(scope, rule)
        if isinstance(who, Refusal):
            await self._refuse(scope, receive, send, who)
            return
        missing = rule.needs - who.permissions
        if missing:
            await self._record(scope, who, 403, rule, missing)
            await _forbidden(missing, who).answer(scope["path"])(scope, receive, send)
            return
        await self._pass(scope, receive, send, rule, who)

    async def _who(self, scope: Scope, rule: Rule) -> Identity | Refusal:
        if rule.needs == OPEN:
            return _BY_KEY if rule.is_webhook else NOBODY
        if self._login is None:
            return LOCAL
        return await self._login.identify(Headers(scope=scope).get("authorization", ""), _address(scope))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: Refusal) -> None:
        problem = refusal.problem
        if refusal.name:
            who = Identity(refusal.name, Role.VIEWER, frozenset(), "password")
            await self._record(scope, who, problem.status, rule_for(scope["method"], scope["path"]))
        referer = Headers(scope=scope).get("referer", "")
        if problem.status == 401 and not referer.endswith("/login"):
            # Without it no browser asks for the password; on a login page it must not.
            problem = Problem(401, problem.message, headers={"WWW-Authenticate": "Basic"})
        await problem.answer(scope["path"])(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, rule: Rule, who: Identity) -> None:
        answered = False

        async def noted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and not answered:
                answered = True
                # Before the first byte leaves: what the caller has seen done is in the log.
                if rule.changes and not (rule.is_webhook and message["status"] >= 400):
                    await self._record(scope, who, message["status"], rule)
            await send(message)

        mark = current.set(who)
        try:
            await self._app({**scope, "state": {**scope.get("state", {}), "identity": who}}, receive, noted)
        except Exception:
            if rule.changes and not answered:
                await self._record(scope, who, 500, rule)
            raise
        finally:
            current.reset(mark)

    async def _record(
        self,
        scope: Scope,
        who: Identity,
        status: int,
        rule: Rule,
        missing: frozenset[Permission] = frozenset(),
    ) -> None:
        row = change(
            self._security.clock(),
            who,
            scope["method"],
            _shown(scope["path"], rule),
            status,
            address=_address(scope),
            missing=missing,
        )
        await self._recorder.record(row)


def _login_of(security: Security) -> Login | None:
    """Return what tells who asks; None while the service asks for no login."""
    settings = security.settings
    if settings.username is None:
        return None
    operator = Operator(settings.username, plain(settings.password) or "")
    return Login(operator, security.accounts, security.tokens)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _shown(path: str, rule: Rule) -> str:
    """Return the address for the log; the key of a webhook is a secret."""
    return "/".join([*path.split("/")[:8], "******"]) if rule.is_webhook else path[:500]


def _forbidden(missing: frozenset[Permission], who: Identity) -> Problem:
    if Permission.PERSON in missing and who.via == "token":
        return Problem(403, "Forbidden: this needs a sign-in with a password; a token cannot do it")
    words = ", ".join(sorted(missing))
    by = "this token has not" if who.via == "token" else f"the role {who.role} has not"
    return Problem(403, f"Forbidden: this needs the permission {words}, which {by}")
