"""A client of the HTTP service: starts and kills executions at whichever server answers."""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.request

from tests.chaos.fleet import Process
from tests.chaos.flows import NAMESPACE

_PATIENCE_SECONDS = 60
_BOUNDARY = "chaos"


class NoAnswer(Exception):
    """Nobody knows whether it was done."""


class Refused(Exception):
    """It was answered, and not done."""


def start(servers: list[Process], chance: random.Random, flow: str, n: int) -> str:
    """Return the id of an execution that was accepted."""
    body = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="n"\r\n\r\n{n}\r\n--{_BOUNDARY}--\r\n'
    ).encode()
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    answer = _ask(servers, chance, "POST", f"executions/{NAMESPACE}/{flow}", body, kind)
    return str(json.loads(answer)["id"])


def kill(servers: list[Process], chance: random.Random, execution_id: str) -> None:
    """Kill an execution; returns when that was acknowledged. What has ended already is not killed."""
    answer = _ask(servers, chance, "DELETE", f"executions/{execution_id}/actions/kill")
    state = json.loads(answer)["state"]["current"]
    if state not in ("KILLING", "KILLED"):
        raise Refused(f"it is {state}")


def _ask(
    servers: list[Process], chance: random.Random, method: str, path: str, body: bytes = b"", kind: str = ""
) -> bytes:
    open_ = [server for server in servers if server.port is not None]
    if not open_:
        raise NoAnswer("no server is up")
    url = f"http://127.0.0.1:{chance.choice(open_).port}/api/v1/main/{path}"
    headers = {"Content-Type": kind} if kind else {}
    try:
        request = urllib.request.Request(url, body or None, headers, method=method)
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")
        raise (NoAnswer if error.code >= 500 else Refused)(f"{error.code} {said[:200]}") from None
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from None
