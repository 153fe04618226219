"""A process without an interface: opens the engine, and stays until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from engine.engine import Role


def stay(
    role: Role,
    does: str,
    *,
    queues: tuple[str, ...] = ("default",),
    threads: int = 16,
    metrics: str | None = None,
) -> None:
    """Be one of the processes on the database. The first signal lets running tasks finish, a second does not.

    `metrics`: where numbers are told, instead of where the settings say.

    Raises StorageError when there is no such database.
    """
    from api.cli import screen
    from api.cli.measured import measured
    from api.opening import open_engine
    from api.prometheus import exposition
    from api.service_log import configure
    from api.settings import read_settings

    started = time.monotonic()
    settings = read_settings()
    configure(settings.log_format, settings.log_level)
    told = threading.Event()
    hurried = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        (hurried if told.is_set() else told).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with (
        open_engine(
            settings, schedule=role == "scheduler", role=role, queues=queues, threads=threads
        ) as engine,
        measured(
            settings.metrics if metrics is None else metrics,
            lambda: exposition(engine, started),
            lambda: not engine.executor.broken,
        ),
    ):
        screen.out.print(f"[green]●[/] {role} ready in {time.monotonic() - started:.1f} s, {does}")
        told.wait()
        screen.out.print(f"[dim]●[/] {role} stops; what runs may finish for {settings.stop_seconds:.0f} s")
        draining = threading.Thread(target=engine.drain, args=(settings.stop_seconds,), daemon=True)
        draining.start()
        while draining.is_alive() and not hurried.is_set():
            draining.join(0.1)
