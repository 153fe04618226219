"""`flowsmith up`: the service — engine, documents, HTTP and page in one process."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn

    from api.settings import Settings
    from api.wiring import Wiring
    from engine.engine import Role
    from retrieval.ingest import IngestReport, Progress

EXAMPLES = """
Examples:

[dim]$[/] flowsmith up

[dim]$[/] flowsmith up --port 9000 --no-ingest

[dim]$[/] FLOWSMITH_USERNAME=me@example.com FLOWSMITH_PASSWORD=… flowsmith up --host 0.0.0.0
"""


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8080")] = None,
    no_ingest: Annotated[
        bool, typer.Option("--no-ingest", help="Leave the document index as it is.")
    ] = False,
) -> None:
    """Start the service: reads new documents and flows, then serves the page and the API."""
    serve("up", host, port, no_ingest=no_ingest)


def serve(role: Role, host: str | None, port: int | None, *, no_ingest: bool) -> None:
    """Serve the page and the API until the process is told to stop."""
    from api.cli import screen
    from api.settings import read_settings
    from api.wiring import Wiring

    started = time.monotonic()
    settings = read_settings().with_address(host, port)
    listening = listen(settings)
    with listening:
        settings = settings.with_address(None, listening.getsockname()[1])
        screen.out.print(f"[dim]●[/] opening data folder [bold]{settings.home}[/]")
        with Wiring.open(settings, schedule=role == "up", role=role) as wiring:
            _load_flows(wiring)
            reading = None if no_ingest else Reading(wiring)
            if reading is not None:
                reading.start()
                reading.texts_ready.wait()
            _serve(wiring, listening, lambda: _ready(wiring, time.monotonic() - started))
            if reading is not None:
                reading.join()


def listen(settings: Settings) -> socket.socket:
    """Return a listening socket; raises SettingsError when the port is taken or not allowed."""
    from engine.errors import SettingsError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno in (98, 48, 10048):
            raise SettingsError(
                f"Port {settings.port} on {settings.host} is in use. Stop the program that has it, or choose "
                f"another one: flowsmith up --port {settings.port + 1}"
            ) from None
        raise SettingsError(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
    return listening


class Reading(threading.Thread):
    """Reads the documents: words are searchable at once, vectors follow while the service runs."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(name="ingest", daemon=True)
        self._wiring = wiring
        self.texts_ready = threading.Event()

    def run(self) -> None:
        """Ingest, with a progress bar for what takes time."""
        from api.cli import screen
        from engine.errors import FlowsmithError

        try:
            with Bar() as bar:

                def show(progress: Progress) -> None:
                    bar.show(progress)
                    if progress.stage != "read" and not self.texts_ready.is_set():
                        self.texts_ready.set()
                        self._wiring.warm_copilot()

                report = self._wiring.ingest(show)
            screen.out.print(f"[dim]●[/] {summary(report)}")
        except FlowsmithError as error:
            screen.err.print(f"[red]documents not read:[/] {error.message}")
        finally:
            self.texts_ready.set()


class Bar:
    """A progress bar for an ingest; nothing at all where nobody looks."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from api.cli import screen

        self._bar = Progress(
            TextColumn("[dim]●[/] {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=screen.out,
            transient=True,
            disable=not screen.out.is_terminal,
        )
        self._task = self._bar.add_task("reading documents", total=None)

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        names = {"read": "reading documents", "text": "indexing words", "vectors": "making vectors"}
        self._bar.update(
            self._task,
            description=names[progress.stage],
            completed=progress.done,
            total=progress.total or None,
        )


def summary(report: IngestReport) -> str:
    """Return an ingest in one line."""
    text = f"{report.documents} documents in {report.chunks} chunks"
    changes = [
        f"{count} {word}"
        for count, word in ((report.added, "new"), (report.changed, "changed"), (report.removed, "removed"))
        if count
    ]
    text += f" ({', '.join(changes)})" if changes else " (nothing changed)"
    if report.embedded:
        text += f", {report.embedded} vectors made in {report.seconds:.1f} s"
    if report.skipped:
        text += f", {len(report.skipped)} left out"
    return text + "".join(f"\n  {notice}" for notice in report.notices)


def _load_flows(wiring: Wiring) -> None:
    from api.cli import screen

    loaded = wiring.load_flows()
    if loaded.saved or loaded.refused:
        screen.out.print(f"[dim]●[/] flows/: {len(loaded.saved)} new or changed, {loaded.same} unchanged")
    for name, reason in loaded.refused.items():
        screen.err.print(f"  [red]{name}[/] {reason}", markup=True)


def server_config(wiring: Wiring) -> uvicorn.Config:
    """Return how HTTP is served; nobody but the proxies that are named is believed about addresses."""
    import uvicorn

    from api.app import create_app

    return uvicorn.Config(
        create_app(wiring),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        proxy_headers=bool(wiring.settings.trusted_proxies),
        forwarded_allow_ips=wiring.settings.trusted_proxies,
    )


def _serve(wiring: Wiring, listening: socket.socket, ready: Callable[[], None]) -> None:
    import signal

    import uvicorn

    from api.service_log import configure

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            wiring.followers.stop()
            await super().shutdown(sockets)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    configure(wiring.settings.log_format, wiring.settings.log_level)
    config = server_config(wiring)
    # The server raises the signal once more when it has stopped; by default that would end the process with
    # tasks cut off and the database open.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        wiring.engine.drain(wiring.settings.stop_seconds)
        signal.signal(signal.SIGTERM, before)


def _ready(wiring: Wiring, seconds: float) -> None:
    from api.cli import screen

    settings = wiring.settings
    login = f"log in as {settings.username}" if settings.needs_login else "no login (this machine only)"
    screen.out.print(f"[green]●[/] ready in {seconds:.1f} s at [bold]{settings.url}/ui/[/], {login}")
    screen.out.print(f"[dim]●[/] {wiring.planner_notice}")
    screen.out.print(
        "\nNext: open the page and describe a pipeline, or in another terminal\n"
        '  flowsmith draft "every day at 7 download a CSV and count its rows"\n'
        f"  curl {settings.url}/api/v1/main/flows/search\n"
        "Ctrl+C stops the service; running executions go on at the next start.\n"
    )
