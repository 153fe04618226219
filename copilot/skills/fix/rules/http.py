"""Requests that failed: a wrong address, no permission, a server that is not there or has no time."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy, advise, change, put
from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path

_ANSWERED = re.compile(r"(?P<method>[A-Z]+) (?P<uri>\S+) answered (?P<code>\d{3}) (?P<reason>[^;:]*)")
_UNREACHED = re.compile(r"(?P<method>[A-Z]+) (?P<uri>\S+): the host cannot be reached: (?P<why>.*)")
_NO_ADDRESS = re.compile(r"(?P<name>\w+): '(?P<value>[^']*)' is not an address")
_DATABASE = re.compile(r"Unable to connect to (?P<what>\w+) at (?P<where>\S+?): (?P<why>[^\n]*)")
_BLOB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+)/blob/")
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
RETRY: dict[str, Json] = {
    "type": "exponential",
    "interval": "PT10S",
    "maxInterval": "PT5M",
    "maxAttempts": 5,
}


def answered(failure: Failure) -> Remedy | None:
    """The server answered with an error."""
    match = _ANSWERED.search(failure.text)
    if match is None:
        return None
    code, uri = int(match["code"]), match["uri"]
    at, text = _address(failure, uri)
    said = f"{uri} answered {code} {match['reason'].strip()}"
    if code in _AGAIN:
        return try_again(failure, "http-busy", said, "the server may answer later")
    if code in (401, 403):
        return _forbidden(failure, said, uri)
    if code in (404, 410):
        if _BLOB.search(text):
            raw = _BLOB.sub(r"https://raw.githubusercontent.com/\1/\2/", text)
            hint = "that is the page that shows the file; take the file itself"
            return change(failure, "http-not-found", said, hint, at, put(failure, at, raw))
        return advise(failure, "http-not-found", said, _look_at(uri), at)
    if code == 405:
        return advise(failure, "http-method", said, "use another `method`: POST, PUT or GET", ("method",))
    return advise(failure, "http-refused", said, "look at the answer in the log and correct the request", at)


def _look_at(uri: str) -> str:
    month = re.search(r"\d{4}-(\d)(?!\d)", uri)
    if month is not None:
        return (
            f"the month '{month[1]}' has one digit in the address; such files often have two ('0{month[1]}')"
        )
    return "open the address in a browser and correct what is wrong in it"


def _forbidden(failure: Failure, said: str, uri: str) -> Remedy:
    headers = failure.task.get("headers") or {}
    options = failure.task.get("options") or {}
    has_key = isinstance(headers, dict) and any(str(name).lower() == "authorization" for name in headers)
    if has_key or (isinstance(options, dict) and "auth" in options):
        at: Path = ("headers",) if has_key else ("options",)
        return advise(failure, "http-forbidden", said, "the key that is sent is wrong or has ended", at)
    about = {word for word in re.split(r"\W+", f"{urlsplit(uri).hostname} {failure.task_id}".lower()) if word}
    fitting = [
        name
        for name in failure.around.secrets
        if re.search(r"TOKEN|KEY", name) and about & set(name.lower().split("_"))
    ]
    if len(fitting) != 1 or not isinstance(headers, dict):
        hint = "add the header `Authorization: \"Bearer {{ secret('NAME') }}\"` and set that secret"
        return advise(failure, "http-forbidden", said, hint, ("headers",))
    value = f"Bearer {{{{ secret('{fitting[0]}') }}}}"
    return change(
        failure,
        "http-forbidden",
        said,
        f"the request carries no key; the secret {fitting[0]} is sent as bearer token",
        (),
        put(failure, ("headers",), {**headers, "Authorization": value}),
    )


def unreached(failure: Failure) -> Remedy | None:
    """The server cannot be reached."""
    match = _UNREACHED.search(failure.text)
    if match is None:
        return None
    uri, why = match["uri"], match["why"].strip()
    host = urlsplit(uri).hostname or ""
    at, text = _address(failure, uri)
    said = f"{host} cannot be reached: {why}"
    if re.search(r"Name or service not known|nodename nor servname|No address associated", why):
        known = [name for name in _hosts(failure) if name != host]
        near = nearest(host, known, cutoff=0.8)
        if near is not None and host in text:
            hint = f"did you mean '{near}'?"
            return change(failure, "unknown-host", said, hint, at, put(failure, at, text.replace(host, near)))
        return advise(failure, "unknown-host", said, f"'{host}' has no address; correct the host name", at)
    if host in ("localhost", "127.0.0.1", "::1"):
        hint = "start that server, or use its address as seen from where the task runs"
        return advise(failure, "connection-refused", said, hint, at)
    return try_again(failure, "connection-refused", said, "the server may come back")


def no_address(failure: Failure) -> Remedy | None:
    """A property that should be an address is none."""
    match = _NO_ADDRESS.search(failure.text)
    if match is None:
        return None
    name, value = match["name"], match["value"]
    said = f"`{name}` is '{value}', which is not an address"
    written = failure.task.get(name)
    scheme, separator, rest = value.partition("://")
    better = None
    if separator and nearest(scheme, ("http", "https"), cutoff=0.6):
        better = f"{nearest(scheme, ('http', 'https'), cutoff=0.6)}://{rest}"
    elif re.match(r"[\w-]+(?:\.[\w-]+)+(?:[:/]|$)", value):
        better = f"https://{value}"
    if better is None or not isinstance(written, str) or value not in written:
        return advise(failure, "no-address", said, "begin it with http:// or https://", (name,))
    new = written.replace(value, better)
    return change(failure, "no-address", said, f"write {better}", (name,), put(failure, (name,), new))


def no_database(failure: Failure) -> Remedy | None:
    """A database does not take the connection."""
    match = _DATABASE.search(failure.text)
    if match is None:
        return None
    said = f"{match['what']} at {match['where']} takes no connection: {match['why'].strip()[:160]}"
    if re.search(r"password|authentication|role .* does not exist", failure.text):
        return advise(
            failure, "database-login", said, "check `username`, `password` and their secrets", ("username",)
        )
    if re.search(r"database .* does not exist", failure.text):
        return advise(
            failure, "database-name", said, "correct the database's name at the end of `url`", ("url",)
        )
    if re.search(r"starting up|timeout|too many (?:connections|clients)", failure.text):
        return try_again(failure, "database-busy", said, "the database may be ready later")
    hint = "start the database, or correct host and port in `url` (as seen from where the task runs)"
    return advise(failure, "database-unreached", said, hint, ("url",))


def try_again(failure: Failure, code: str, said: str, why: str) -> Remedy:
    """Return a retry, or the advice to have a longer one."""
    retry = failure.task.get("retry")
    if retry is None:
        hint = f"{why}: the task is tried 5 times, with longer and longer pauses"
        return change(failure, code, said, hint, (), put(failure, ("retry",), RETRY))
    return advise(
        failure, code, f"{said}, after {failure.attempt} attempt(s)", f"{why}; retry longer", ("retry",)
    )


def _address(failure: Failure, uri: str) -> tuple[Path, str]:
    """Return the property the address comes from."""
    host = urlsplit(uri).netloc
    exact = next(iter(failure.holding(uri)), None) or next(iter(failure.holding(host)), None)
    if exact is not None:
        return exact
    return next(
        ((path, text) for path, text in failure.texts() if path and path[-1] in ("uri", "url")), ((), "")
    )


def _hosts(failure: Failure) -> list[str]:
    return list(dict.fromkeys(re.findall(r"https?://([\w.-]+)", failure.source)))
