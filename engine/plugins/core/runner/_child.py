"""A child process in a group of its own: its output line by line, its end, and everything it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from engine.errors import TaskFailure
from engine.plugin.context import RunContext

_CHUNK_BYTES = 1 << 16
_LONGEST_LINE_BYTES = 1 << 20
"""Longer lines are cut into pieces, except those that begin like a message to the engine."""
_LONGEST_MESSAGE_BYTES = 64 << 20
_LOOK_SECONDS = 0.1
_TERM_SECONDS = 3.0
"""From SIGTERM to SIGKILL."""
_DRAIN_SECONDS = 5.0
"""The longest time to listen, after the end, to a process that left the group and still writes."""

OnLine = Callable[[str, bool], None]


def run_child(
    ctx: RunContext, argv: Sequence[str], work_dir: Path, env: Mapping[str, str], on_line: OnLine
) -> int:
    """Run to the end and return the exit code; 128 + n when signal n ended it.

    A cancelled context ends the whole group. What the process left running when it ended is killed too.
    """
    try:
        child = subprocess.Popen(
            list(argv),
            cwd=work_dir,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise TaskFailure(f"'{argv[0]}' cannot be started: {error.strerror or error}") from error
    except ValueError as error:
        raise TaskFailure(f"'{argv[0]}' cannot be started: {error}") from error
    with child:
        group = _Group(child)
        ctx.on_cancel(group.terminate)
        try:
            _pump(child, group, on_line)
        finally:
            group.close()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


class _Group:
    """The process group of a child. Never signals after the child was reaped: its id may be another's."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._lock = threading.Lock()
        self._reaped = False
        self._kill_at: float | None = None

    def terminate(self) -> None:
        """Ask everything in the group to end; `press` follows up."""
        with self._lock:
            if self._kill_at is None:
                self._kill_at = time.monotonic() + _TERM_SECONDS
            self._signal(signal.SIGTERM)

    def press(self) -> None:
        """Kill the group when it was asked to end long enough ago."""
        with self._lock:
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._signal(signal.SIGKILL)

    def ended(self) -> bool:
        """Tell whether the child has ended, without reaping it."""
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._child.poll() is not None
        return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def kill(self) -> None:
        """Kill what is left of the group."""
        with self._lock:
            self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill the group and reap the child."""
        with self._lock:
            self._signal(signal.SIGKILL)
            self._child.wait()
            self._reaped = True

    def _signal(self, number: signal.Signals) -> None:
        if not self._reaped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


def _pump(child: subprocess.Popen[bytes], group: _Group, on_line: OnLine) -> None:
    """Pass on the output until the child has ended and its pipes are closed or were drained."""
    streams: list[tuple[IO[bytes] | None, bool]] = [(child.stdout, False), (child.stderr, True)]
    give_up_at: float | None = None
    with selectors.DefaultSelector() as selector:
        for stream, is_error in streams:
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, Lines(is_error, on_line))
        while selector.get_map():
            heard = _read(selector)
            group.press()
            if give_up_at is not None:
                if not heard or time.monotonic() >= give_up_at:
                    break
            elif group.ended():
                group.kill()
                give_up_at = time.monotonic() + _DRAIN_SECONDS
        for key in selector.get_map().values():
            key.data.close()
    _wait(group)


def _read(selector: selectors.BaseSelector) -> bool:
    """Read once from every pipe that has something; tells whether one had."""
    ready = selector.select(_LOOK_SECONDS)
    for key, _ in ready:
        chunk = os.read(key.fd, _CHUNK_BYTES)
        if chunk:
            key.data.feed(chunk)
        else:
            selector.unregister(key.fileobj)
            key.data.close()
    return bool(ready)


def _wait(group: _Group) -> None:
    """Wait for a child that closed its output and goes on; short looks at first, as most end at once."""
    pause = 0.0005
    while not group.ended():
        group.press()
        time.sleep(pause)
        pause = min(pause * 2, _LOOK_SECONDS)


class Lines:
    """Cuts a stream of bytes into lines of text; broken UTF-8 is replaced, the last line needs no end."""

    def __init__(self, is_error: bool, on_line: OnLine) -> None:
        self._is_error = is_error
        self._on_line = on_line
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes and pass on the lines that are complete."""
        *complete, rest = chunk.split(b"\n")
        for piece in complete:
            self._emit(piece)
        if rest:
            self._parts.append(rest)
            self._held += len(rest)
            if self._held > _LONGEST_LINE_BYTES and (
                not self._is_message() or self._held > _LONGEST_MESSAGE_BYTES
            ):
                self._emit(b"")

    def _is_message(self) -> bool:
        return b"".join(self._parts[:2]).startswith(b"::")

    def close(self) -> None:
        """Pass on what has no end."""
        if self._parts:
            self._emit(b"")

    def _emit(self, last: bytes) -> None:
        line = b"".join((*self._parts, last)) if self._parts else last
        self._parts.clear()
        self._held = 0
        self._on_line(line.decode("utf-8", "replace").removesuffix("\r"), self._is_error)


def inherited_env() -> dict[str, str]:
    """Return this process's variables without its own virtual environment and its secrets."""
    return dict(_kept(os.environ))


def sealed_env() -> dict[str, str]:
    """Return the few variables a container's process would need from here: path, locale, proxies."""
    return {name: value for name, value in _kept(os.environ) if _is_basic(name)}


_OWN = frozenset({"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH"})
_OWN_PREFIXES = ("SECRET_", "FLOWSMITH_")
_BASIC = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    }
)
_BASIC_PREFIXES = ("LC_", "UV_", "PIP_", "npm_config_", "PYENV_")


def _is_basic(name: str) -> bool:
    return name in _BASIC or name.startswith(_BASIC_PREFIXES) or name.lower().endswith("_proxy")


def _kept(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name == "PATH":
            yield name, _foreign_path(value)
        elif name not in _OWN and not name.startswith(_OWN_PREFIXES):
            yield name, value


def _foreign_path(path: str) -> str:
    """Leave out the programs of the virtual environment the service runs in."""
    if sys.prefix == sys.base_prefix:
        return path
    own = {str(Path(sys.prefix) / part) for part in ("bin", "Scripts")}
    return os.pathsep.join(part for part in path.split(os.pathsep) if part.rstrip("/\\") not in own)
