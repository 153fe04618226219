"""One container of the Docker emulator: a process in a folder that stands for the container's file system."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import uuid4


class Container:
    """Made from the body of a create request; `body` stays to be looked at."""

    def __init__(self, image: str, body: dict[str, Any], folder: Path) -> None:
        self.id = uuid4().hex * 2
        self.image = image
        self.body = body
        self.host: dict[str, Any] = body.get("HostConfig") or {}
        self.code = 0
        self.ended = threading.Event()
        self.signals: list[str] = []
        self.removal: dict[str, Any] | None = None
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._output: queue.Queue[tuple[int, bytes] | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._volumes = [bind for bind in self.host.get("Binds") or [] if ":" not in bind]
        for volume in self._volumes:
            self.place(volume).mkdir(parents=True)

    @property
    def env(self) -> dict[str, str]:
        """The variables of the request."""
        return dict(entry.split("=", 1) for entry in self.body.get("Env") or [])

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and not self.ended.is_set()

    def place(self, path: str) -> Path:
        """Return where a path of the container is on this machine."""
        return self._folder / path.lstrip("/")

    def start(self) -> None:
        """Begin the command; raises FileNotFoundError."""
        entry = [part for part in self.body.get("Entrypoint") or [] if part]
        argv = [self._here(part) for part in [*entry, *(self.body.get("Cmd") or [])]]
        work_dir = Path(self._here(self.body.get("WorkingDir") or "/tmp"))
        env = {"PATH": os.defpath, **{name: self._here(value) for name, value in self.env.items()}}
        process = subprocess.Popen(
            argv,
            cwd=work_dir,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        readers = [self._thread(self._read, 1, process.stdout), self._thread(self._read, 2, process.stderr)]
        self._thread(self._reap, process, readers)

    def output(self) -> Iterator[tuple[int, bytes]]:
        """Yield what it writes (1 or 2, text) until it has ended."""
        while (piece := self._output.get()) is not None:
            yield piece

    def kill(self, name: str) -> None:
        """Send a signal to everything in it."""
        self.signals.append(name)
        if self._process is not None and not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, getattr(signal, f"SIG{name}"))

    def stop(self, seconds: float) -> None:
        """Ask it to end, then end it."""
        self.kill("TERM")
        if not self.ended.wait(seconds):
            self.kill("KILL")
            self.ended.wait()

    def close(self) -> None:
        """End it and remove its files."""
        if self.running:
            self.kill("KILL")
        self._output.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _here(self, text: str) -> str:
        for volume in self._volumes:
            text = text.replace(volume, str(self.place(volume)))
        return text

    def _thread(self, work: Any, *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()
        return thread

    def _read(self, stream: int, pipe: IO[bytes]) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), 65536):
                self._output.put((stream, chunk))

    def _reap(self, process: subprocess.Popen[bytes], readers: list[threading.Thread]) -> None:
        code = process.wait()
        for reader in readers:
            reader.join()
        self.code = code if code >= 0 else 128 - code
        self.ended.set()
        self._output.put(None)
