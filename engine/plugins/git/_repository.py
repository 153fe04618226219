"""The git program: run without prompts, without the settings of this machine, secrets never on its line."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from engine.errors import OperatorError, TaskFailure

if TYPE_CHECKING:
    from engine.plugin import RunContext

_PASSED: Final = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SCHEMES: Final = "http:https:ssh:git:file"
_SETTINGS: Final = re.compile(
    r"(?:http|https|user|pack|transfer|fetch|push|checkout|merge|index)(?:\..+)?\.\w+"
    r"|core\.(?:autocrlf|eol|longpaths|symlinks|compression|filemode|ignorecase|quotepath|precomposeunicode)"
    r"|protocol\.version|init\.defaultbranch",
    re.IGNORECASE,
)
"""Settings an author may give: none of these makes git run a program."""
_BRANCH: Final = re.compile(r"(?!.*(?:\.\.|@\{|//|\.lock$|\.lock/))[\w][\w./+@#-]*(?<![./])")
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{4,64}")

_SAID: Final = re.compile(r"^(?:fatal:|error:|remote:|ssh:| ! |Load key)|Permission denied")
"""Lines of git and ssh that tell what went wrong."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a remote repository is reached."""

    url: str
    username: str | None = None
    password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    ca_file: str | None = None
    no_proxy: bool = False
    connect_seconds: int = 10
    read_seconds: int = 60
    settings: Mapping[str, str] = field(default_factory=dict)


class Git:
    """Runs git in the name of one task; a kill ends it."""

    def __init__(self, ctx: RunContext, access: Access, private: Path, program: str) -> None:
        self._ctx = ctx
        self._access = access
        self._private = private
        self._program = program
        self._environment = _environment(access, private)

    def run(self, *arguments: str, folder: Path, check: bool = True) -> str:
        """Run one command and return what it wrote; raises TaskFailure with its last lines when it fails."""
        return self.ran(*arguments, folder=folder, check=check)[1]

    def ran(self, *arguments: str, folder: Path, check: bool = False) -> tuple[int, str]:
        """Run one command and return its exit code and what it wrote."""
        process = subprocess.Popen(
            [self._program, *arguments],
            cwd=folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

        def stop() -> None:
            with contextlib.suppress(ProcessLookupError):
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)

        self._ctx.on_cancel(stop)
        output, errors = process.communicate()
        if check and process.returncode:
            if self._ctx.cancelled.is_set():
                raise TaskFailure(f"git {arguments[0]} was stopped")
            raise TaskFailure(f"git {arguments[0]} failed: {self._reason(errors)}")
        return process.returncode, output.decode("utf-8", "replace")

    def _reason(self, errors: bytes) -> str:
        found = errors.decode("utf-8", "replace").strip().splitlines()
        said = [line for line in found if _SAID.search(line)]
        text = "; ".join((said or found)[-3:]) or "it does not say why"
        text = text.replace(str(self._private), "…")
        for secret in (self._access.password, self._access.passphrase):
            if secret:
                text = text.replace(secret, "******")
        return text.replace(self._access.url, shown(self._access.url))


@contextlib.contextmanager
def opened(ctx: RunContext, access: Access) -> Iterator[Git]:
    """Give a git that reaches the remote; what it keeps of secrets is removed afterwards."""
    program = shutil.which("git")
    if program is None:
        raise OperatorError("the program `git` is not installed on this machine; install it")
    _check(access)
    base = ctx.world.home / "work"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="git-", dir=base) as private:
        yield Git(ctx, access, Path(private), program)


def branch_name(name: str, text: str) -> str:
    """Return a name of a branch or tag; raises TaskFailure when it is none."""
    if not _BRANCH.fullmatch(text):
        raise TaskFailure(f"{name}: '{text}' is not a name of Git")
    return text


def commit_id(text: str) -> str:
    """Return an id of a commit; raises TaskFailure when it is none."""
    if not _COMMIT.fullmatch(text):
        raise TaskFailure(f"commit: '{text}' is not the id of a commit; it has digits and the letters a to f")
    return text


def shown(url: str) -> str:
    """Return an address without a login in it."""
    parts = urlsplit(url)
    if "@" not in parts.netloc or parts.scheme == "ssh":
        return url
    return url.replace(parts.netloc, parts.netloc.rpartition("@")[2])


def _check(access: Access) -> None:
    url = access.url
    scheme, _, _ = url.partition("://")
    known = url.startswith("/") or re.fullmatch(r"[\w.-]+@[\w.-]+:[^:].*", url)
    if not known and ("://" not in url or scheme not in _SCHEMES.split(":")):
        raise TaskFailure(f"url: '{shown(url)}' is not an address of Git; begin it with https:// or ssh://")
    if access.private_key and "PRIVATE KEY" not in access.private_key:
        raise TaskFailure("privateKey: it is no private key; it begins with -----BEGIN … PRIVATE KEY-----")
    for name in access.settings:
        if not _SETTINGS.fullmatch(name):
            raise TaskFailure(
                f"gitConfig: '{name}' cannot be set here; only settings that start no program can"
            )


def _environment(access: Access, private: Path) -> dict[str, str]:
    found = {name: os.environ[name] for name in _PASSED if name in os.environ}
    found |= {
        "HOME": str(private),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": _SCHEMES,
        "GIT_HTTP_LOW_SPEED_LIMIT": "1",
        "GIT_HTTP_LOW_SPEED_TIME": str(access.read_seconds),
        "LC_ALL": "C.UTF-8",
    }
    if not access.no_proxy:
        names = (*_PROXIES, *(name.upper() for name in _PROXIES))
        found |= {name: os.environ[name] for name in names if name in os.environ}
    if access.ca_file:
        found["GIT_SSL_CAINFO"] = access.ca_file
    found |= _answers(access, private)
    found["GIT_SSH_COMMAND"] = _ssh(access, private)
    # Hooks of the machine do not run, and a repository that another user owns is fine.
    settings = {"core.hooksPath": os.devnull, "safe.directory": "*", **access.settings}
    found["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (name, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _answers(access: Access, private: Path) -> dict[str, str]:
    """Answer the questions of git and ssh by a script that reads its environment."""
    script = private / "answer"
    script.write_text(
        '#!/bin/sh\ncase "$1" in\n'
        'User*) printf "%s\\n" "$FLOWSMITH_GIT_USER" ;;\n'
        'Enter*passphrase*) printf "%s\\n" "$FLOWSMITH_GIT_PASSPHRASE" ;;\n'
        '*) printf "%s\\n" "$FLOWSMITH_GIT_PASSWORD" ;;\nesac\n'
    )
    script.chmod(0o700)
    return {
        "GIT_ASKPASS": str(script),
        "SSH_ASKPASS": str(script),
        "SSH_ASKPASS_REQUIRE": "force",
        # A token needs some user name; which one does not matter to the hosts that take tokens.
        "FLOWSMITH_GIT_USER": access.username or "git",
        "FLOWSMITH_GIT_PASSWORD": access.password or "",
        "FLOWSMITH_GIT_PASSPHRASE": access.passphrase or "",
    }


def _ssh(access: Access, private: Path) -> str:
    options = [
        f"ConnectTimeout={access.connect_seconds}",
        "StrictHostKeyChecking=accept-new",
        f"UserKnownHostsFile={private / 'known_hosts'}",
        "PasswordAuthentication=no",
        "KbdInteractiveAuthentication=no",
        "NumberOfPasswordPrompts=1",
    ]
    command = ["ssh"]
    if access.private_key:
        key = private / "key"
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(access.private_key.strip() + "\n")
        command += ["-i", str(key)]
        options.append("IdentitiesOnly=yes")
    for option in options:
        command += ["-o", option]
    return shlex.join(command)


def lines(text: str) -> Sequence[str]:
    """Return the parts of what git wrote with `-z`."""
    return [part for part in text.split("\0") if part]
