# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Where mail and file servers are and who logs in there, said in parentheses or in a sentence of its own."""

from __future__ import annotations

import re

from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.phrasing.told import Told

_HOST = r"[a-z0-9][\w-]*(?:\.[\w-]+)+"
_PORT = r"(?:\s*[,(]?\s*(?:on\s+|at\s+|and\s+)?(?:the\s+)?port\s+(?P<port>\d{2,5})\)?|:(?P<port2>\d{2,5}))?"
_SECRET = r"(?:password|passwd|pw)\s+(?:is\s+|comes\s+)?(?:in\s+|from\s+)?(?:the\s+)?secret\s+(?:called\s+|named\s+)?(?P<secret>[A-Za-z_]\w*)"
_IN_PARENTHESES = re.compile(
    rf"\s*\(\s*(?:with\s+|as\s+)?(?:the\s+)?(?:user(?:name)?|login)\s+(?:is\s+)?(?P<user>[\w.@-]*\w)\s*(?:,\s*(?:and\s+)?|\s+and\s+|;\s*)?(?:the\s+)?(?:{_SECRET})?\s*\)",
    re.IGNORECASE,
)
_MAIL_SERVER = re.compile(
    rf"(?:(?P<lead>^\s*|[.;,]\s+)(?:and\s+)?(?:the\s+|our\s+)?(?:smtp|mail|e-mail)(?:[- ]?(?:server|host))?\s+(?:host\s+)?(?:is|runs (?:on|at)|is at|at|=|:)|\s+(?:via|over|through|using|with)\s+(?:the\s+|our\s+)?(?:smtp|mail|e-mail)(?:[- ]?(?:server|host))?(?:\s+at)?)\s+(?P<host>{_HOST}){_PORT}",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"[,;.]?\s*(?:and\s+)?(?:the\s+)?(?:login|credentials|user(?:name)?\s+and\s+(?:the\s+)?password)\s+(?:is|are|come|comes|lie|lies)?\s*(?:to be found\s+|stored\s+|taken\s+)?(?:in|from|under|as|:)?\s*(?:the\s+)?secrets\s+(?P<user>[A-Za-z_]\w*)\s+and\s+(?P<secret>[A-Za-z_]\w*)",
    re.IGNORECASE,
)


_AS_USER = re.compile(
    rf"\s*,?\s*\bas\s+(?:the\s+)?user\s+(?P<user>[\w.@-]*\w)\s*(?:,\s*(?:and\s+)?|\s+and\s+)?(?:\s*with\s+)?(?:the\s+)?{_SECRET}",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"\b(?:the\s+)?(?P<host>(?P<kind>sftp|ftps|ftp)\.[\w.-]*\w):(?P<path>/[\w./-]*)", re.IGNORECASE
)


def logged_in(masked: Masked, told: Told) -> None:
    """Take servers and logins out of the words; they stand in `told.logins` by the kind of server."""
    named = re.search(r"\b(sftp|ftps|ftp)\b", masked.text, re.IGNORECASE)
    mails = re.search(r"\b(?:e?-?mail|smtp)", masked.text, re.IGNORECASE)
    kind = named[1].lower() if named else "smtp" if mails else ""
    if not kind or any(item.kind == "jdbc" for item in masked.literals):
        return
    masked.text = _REMOTE.sub(
        lambda m: (
            f"the {m['kind']} server {m['host']} under {masked.put(Literal('path', m['path'], m['path']))}"
        ),
        masked.text,
    )
    if match := _MAIL_SERVER.search(masked.text):
        port = match["port"] or match["port2"]
        told.logins.setdefault("smtp", {}).update(host=match["host"], **({"port": port} if port else {}))
        masked.text = f"{masked.text[: match.start()]}{masked.text[match.end() :]}"
    for pattern in (_IN_PARENTHESES, _AS_USER, _SECRETS):
        if match := pattern.search(masked.text):
            _remember(match, told.logins.setdefault(kind, {}), secret_user=pattern is _SECRETS)
            masked.text = f"{masked.text[: match.start()]}{masked.text[match.end() :]}"


def _remember(match: re.Match[str], login: dict[str, str], *, secret_user: bool) -> None:
    login["username"] = f"{{{{ secret('{match['user']}') }}}}" if secret_user else match["user"]
    if match["secret"]:
        login["password"] = f"{{{{ secret('{match['secret']}') }}}}"
