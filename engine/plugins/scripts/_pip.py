"""`pip` in a script's environment: a small program that hands over to uv, thirty times as fast."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_INSTALLS = re.compile(r"\bpip[\d.]*\s+install\b")
_PROGRAM = '''\
"""pip for this environment: runs `uv pip` on it."""

import os
import subprocess
import sys

ALONE = {{"--user", "--no-input", "--no-warn-script-location", "--no-python-version-warning", "--isolated"}}
ALONE |= {{"--prefer-binary", "--disable-pip-version-check", "--use-pep517", "--debug", "--no-color"}}
WITH_VALUE = {{"--root-user-action", "--progress-bar", "--timeout", "--retries", "--cert", "--log"}}
KNOWN = {{"install", "uninstall", "list", "show", "freeze", "check", "tree"}}


def arguments(given):
    kept, skip = [], False
    for word in given:
        name = word.partition("=")[0]
        if skip:
            skip = False
        elif name in WITH_VALUE:
            skip = "=" not in word
        elif name not in ALONE:
            kept.append(word)
    return kept


def main():
    kept = arguments(sys.argv[1:])
    if kept in (["--version"], ["-V"]):
        print("pip 25.0 (served by uv)")
        return 0
    command = next((word for word in kept if not word.startswith("-")), None)
    if command not in KNOWN:
        names = ", ".join(sorted(KNOWN))
        return "pip: '%s' is not available here; this environment knows %s" % (command or "", names)
    at = kept.index(command)
    rest = kept[:at] + kept[at + 1 :]
    if command == "uninstall":
        rest = [word for word in rest if word not in ("-y", "--yes")]
    env = dict(os.environ, VIRTUAL_ENV=sys.prefix)
    for name, value in SETTINGS.items():
        env.setdefault(name, value)
    done = subprocess.run(
        [UV, "pip", command, "--python", sys.executable, *rest], env=env, stderr=subprocess.PIPE
    )
    # uv tells its progress on the error stream; pip does not.
    stream = sys.stderr if done.returncode else sys.stdout
    stream.write(done.stderr.decode("utf-8", "replace"))
    return done.returncode


UV = {uv!r}
SETTINGS = {settings!r}

if __name__ == "__main__":
    sys.exit(main())
'''
_STARTER = """\
#!/bin/sh
exec "$(dirname -- "$0")/python" -I -m pip "$@"
"""


def installs_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of scripts that install Python packages with pip."""
    return tuple(line.strip() for text in texts for line in text.splitlines() if _INSTALLS.search(line))


def write_pip(place: Path, uv: str, env: Mapping[str, str]) -> None:
    """Put `pip` and `python -m pip` into an environment that has neither; `env` is that of uv."""
    settings = {name: value for name, value in env.items() if name.startswith(("UV_", "SSL_"))}
    site = next((place / "lib").glob("python*/site-packages"))
    if not (site / "pip").exists():
        (site / "pip").mkdir()
        (site / "pip" / "__init__.py").touch()
        (site / "pip" / "__main__.py").write_text(_PROGRAM.format(uv=uv, settings=settings), "utf-8")
    for name in ("pip", "pip3"):
        starter = place / "bin" / name
        if not starter.exists():
            starter.write_text(_STARTER, "utf-8")
            starter.chmod(0o755)
