"""Isolated Python environments for scripts: made once by uv, kept by what they hold, shared by processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import SettingsError, TaskFailure
from engine.model.id import new_id
from engine.model.json import dumps
from engine.plugin.context import RunContext
from engine.plugins.core.runner._child import run_child, sealed_env
from engine.plugins.scripts._lock import FileLock
from engine.plugins.scripts._pip import write_pip

KEPT = 24
"""Environments kept; beyond, those not used for longest are removed."""

_COMPLETE = "flowsmith-complete"
_LEFTOVER_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment must hold. `installs` are the lines of a script that install more into it, so
    that scripts which install different things never share an environment.
    """

    python: Path
    requirements: tuple[str, ...] = ()
    installs: tuple[str, ...] = ()
    reuse: bool = True

    @property
    def key(self) -> str:
        """The name of its folder."""
        stamp = self.python.stat()
        facts = [
            str(self.python),
            stamp.st_mtime_ns,
            sorted(self.requirements),
            list(self.installs),
        ]
        return hashlib.sha256(dumps(facts)).hexdigest()[:32]


@contextmanager
def environment(ctx: RunContext, wanted: Wanted) -> Iterator[Path]:
    """Give the folder of an environment, made if it is not there; it is not removed while in use."""
    base = ctx.world.home / "environments"
    base.mkdir(parents=True, exist_ok=True)
    if not wanted.reuse:
        place = base / f".single-{new_id()}"
        try:
            _make(ctx, wanted, place)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return
    place = base / wanted.key
    with FileLock(base / f"{wanted.key}.lock") as lock:
        lock.share(ctx)
        while not (place / _COMPLETE).exists():
            lock.own(ctx)
            if not (place / _COMPLETE).exists():
                _make_whole(ctx, wanted, place)
                _evict(base, place)
            lock.share(ctx)
        with contextlib.suppress(OSError):
            os.utime(place / _COMPLETE)
        yield place


def variables(place: Path, path: str) -> dict[str, str]:
    """Return the variables of a process for which the environment is activated."""
    return {"VIRTUAL_ENV": str(place), "PATH": f"{place / 'bin'}{os.pathsep}{path}"}


def _make_whole(ctx: RunContext, wanted: Wanted, place: Path) -> None:
    """Make it beside its place and move it there when complete; a crash leaves nothing that looks ready."""
    partial = place.with_name(f".making-{wanted.key[:8]}-{new_id()}")
    try:
        _make(ctx, wanted, partial)
        shutil.rmtree(place, ignore_errors=True)
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make(ctx: RunContext, wanted: Wanted, place: Path) -> None:
    python = ["--python", str(wanted.python)]
    _uv(ctx, ["venv", "--quiet", "--relocatable", "--no-project", *python, str(place)])
    if wanted.requirements:
        ctx.debug(f"Installing {', '.join(wanted.requirements)}")
        _install(ctx, ["--python", str(place / "bin" / "python")], wanted.requirements, place)
    write_pip(place, uv_binary(), uv_env(ctx.world.home))
    (place / _COMPLETE).touch()


def install_into(ctx: RunContext, folder: Path, version: str, requirements: Sequence[str]) -> None:
    """Install packages for the Python of a container into a plain folder."""
    folder.mkdir(parents=True)
    target = ["--target", str(folder), "--python", str(local_python()), "--python-version", version]
    _install(ctx, target, requirements, folder)


def _install(ctx: RunContext, options: Sequence[str], requirements: Sequence[str], place: Path) -> None:
    # A file, so that options such as `--index-url …` may stand among the requirements.
    listed = place / "flowsmith-requirements.txt"
    listed.write_text("\n".join(requirements) + "\n", "utf-8")
    _uv(
        ctx,
        ["pip", "install", "--quiet", *options, "--requirement", str(listed)],
        f"The dependencies {', '.join(requirements)} cannot be installed",
    )


def uv_binary() -> str:
    """Return the path of uv; raises SettingsError."""
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise SettingsError("uv is not installed with the service; run `pip install uv`") from error


def uv_env(home: Path) -> dict[str, str]:
    """Return the variables uv runs with: nothing is fetched but packages, pip's settings are obeyed."""
    env = sealed_env()
    env |= {"UV_PYTHON_DOWNLOADS": "never", "UV_CACHE_DIR": str(home / "uv-cache"), "UV_NO_PROGRESS": "1"}
    for pip, name in _PIP_SETTINGS.items():
        if pip in env and name not in env:
            env[name] = env[pip]
    return env


_PIP_SETTINGS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}


def _uv(ctx: RunContext, arguments: Sequence[str], problem: str = "The environment cannot be made") -> None:
    said: list[str] = []

    def note(line: str, is_error: bool) -> None:
        said.append(line)

    env = uv_env(ctx.world.home)
    code = run_child(ctx, [uv_binary(), *arguments], ctx.world.home, env, note)
    if ctx.cancelled.is_set():
        raise TaskFailure("Stopped while its environment was made")
    if code != 0:
        text = "\n".join(line for line in said if line.strip())
        raise TaskFailure(f"{problem}: {text or f'uv ended with exit code {code}'}")


@lru_cache(maxsize=32)
def local_python(version: str | None = None) -> Path:
    """Return an interpreter outside the service's own environment; raises TaskFailure.

    `version` is `3.12` or `3.12.1`; without, it is the Python the service runs on.
    """
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    here = own if own.exists() else Path(getattr(sys, "_base_executable", "") or sys.executable)
    if version is None or _fits(platform.python_version(), version):
        return here
    for candidate in _candidates(version):
        if _fits(_version_of(candidate), version):
            return candidate.resolve()
    raise TaskFailure(
        f"Python {version} is not installed on this machine (the service runs on {sys.version.split()[0]}); "
        f"install it, leave `pythonVersion` out, or use Docker"
    )


def _fits(found: str, version: str) -> bool:
    return found == version or found.startswith(f"{version}.")


def _candidates(version: str) -> Iterator[Path]:
    short = ".".join(version.split(".")[:2])
    for folder in sealed_env().get("PATH", "").split(os.pathsep):
        if folder and (path := Path(folder) / f"python{short}").exists():
            yield path
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    if root.is_dir():
        for place in sorted(root.iterdir(), reverse=True):
            if (path := place / "bin" / f"python{short}").exists():
                yield path


def _version_of(python: Path) -> str:
    try:
        done = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            env=sealed_env(),
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _evict(base: Path, made: Path) -> None:
    """Remove environments not used for longest, unless somebody holds them, and what crashes left."""
    places = [place for place in base.iterdir() if place.is_dir() and place != made]
    whole = sorted((p for p in places if not p.name.startswith(".")), key=_used, reverse=True)
    for place in whole[KEPT - 1 :]:
        with FileLock(base / f"{place.name}.lock") as lock:
            if lock.try_own():
                shutil.rmtree(place, ignore_errors=True)
    for place in places:
        if place.name.startswith(".") and time.time() - place.stat().st_mtime > _LEFTOVER_SECONDS:
            shutil.rmtree(place, ignore_errors=True)


def _used(place: Path) -> float:
    try:
        return (place / _COMPLETE).stat().st_mtime
    except OSError:
        return 0.0
