"""`python -m tests.chaos.clocked worker --threads 4`: such a process, by a clock that can be set.

The clock is the engine's own setting. libfaketime was no way: under it `time.sleep` of Python 3.11 fails.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from api.service_log import configure
from api.settings import plain, read_settings
from engine.engine import Engine, EngineOptions
from tests.chaos.clock import Clock

FILE = "CHAOS_CLOCK"


def main() -> None:
    """Open the engine, and stay until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["worker", "scheduler"])
    parser.add_argument("--threads", type=int, default=4)
    given = parser.parse_args()
    told = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    settings = read_settings()
    configure(settings.log_format, settings.log_level)
    options = EngineOptions(
        home=settings.home,
        database_url=plain(settings.database_url),
        storage_url=settings.storage_url,
        environment=settings.environment,
        encryption_key=plain(settings.encryption_key),
        schedule=given.role == "scheduler",
        role=given.role,
        threads=given.threads,
        clock=Clock(Path(os.environ[FILE])),
    )
    with Engine.open(options) as engine:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        told.wait()
        engine.drain(settings.stop_seconds)


if __name__ == "__main__":
    main()
