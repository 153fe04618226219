"""`flowsmith demo`: the whole journey on this machine, without a key and without the internet."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wiring import Wiring
    from engine.model.execution import Execution
    from engine.model.json import Json

EXAMPLES = """
Examples:

[dim]$[/] flowsmith demo

[dim]$[/] flowsmith demo --json
"""

ORDERS = [
    ("Ada", "DE", 120), ("Ben", "FR", 80), ("Cleo", "DE", 45), ("Dan", "IT", 210), ("Eve", "FR", 35),
    ("Fay", "DE", 75), ("Gil", "IT", 15), ("Hal", "ES", 60),
]  # fmt: skip
EXPECTED = {"DE": 240, "FR": 115, "IT": 225, "ES": 60}


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print what happened as JSON.")] = False,
) -> None:
    """A sentence becomes a draft, is checked, accepted and run. Exit code 1 if any step falls short."""
    import anyio

    from api.cli import screen

    with orders_server() as address, tempfile.TemporaryDirectory(prefix="flowsmith-demo-") as home:
        words = (
            f"Download the CSV from {address}/orders.csv, use DuckDB to sum amount by country "
            f"and then log the rows"
        )
        with _wiring(Path(home)) as wiring:
            whole = anyio.run(_journey, wiring, words, as_json)
    if as_json:
        screen.print_json(whole)
    if whole["problems"]:
        for problem in whole["problems"]:
            screen.err.print(f"[red]{problem}[/]")
        raise typer.Exit(1)
    if not as_json:
        screen.out.print("\n[green]●[/] Every step worked. Next: [bold]flowsmith up[/]")


@contextmanager
def orders_server() -> Iterator[str]:
    """Serve generated orders on a free port of this machine, as CSV and as JSON."""
    rows = [{"customer": name, "country": country, "amount": amount} for name, country, amount in ORDERS]
    lines = ["customer,country,amount", *(f"{name},{country},{amount}" for name, country, amount in ORDERS)]
    files = {
        "/orders.csv": ("text/csv", ("\n".join(lines) + "\n").encode()),
        "/orders.json": ("application/json", json.dumps(rows).encode()),
    }

    class Orders(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = files.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name is given by http.server

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wiring(home: Path) -> Wiring:
    from api.settings import Settings
    from api.wiring import Wiring

    return Wiring.open(Settings(home=home, embedder="lexical", environment={}), schedule=False)


async def _journey(wiring: Wiring, words: str, quiet: bool) -> dict[str, Json]:
    from api.cli.result import print_result
    from api.cli.run import watch
    from api.shape import execution_json
    from api.talk import gathered
    from api.thread import in_thread

    whole: dict[str, Json] = {"words": words, "problems": []}
    _say(quiet, f"[bold]1. words[/]\n   {words}\n\n[bold]2. draft[/] [dim]{wiring.planner_notice}[/]")
    turn = await gathered(wiring.open_copilot().draft(words, None, "demo", "orders_by_country"))
    if "error" in turn:
        whole["problems"].append(f"no draft: {turn['error']['message']}")
        return whole
    draft = whole["draft"] = turn["draft"]
    if not quiet:
        print("\n".join(f"   {line}" for line in draft["yaml"].splitlines()))
    checked = wiring.engine.check(draft["yaml"])
    blocking = [finding.text for finding in checked.findings if finding.blocking]
    _say(quiet, f"\n[bold]3. validation[/] {'valid' if not blocking else f'{len(blocking)} problems'}")
    if blocking or not draft["valid"]:
        whole["problems"] += blocking or [f"still open: {words}" for words in draft["placeholders"]]
        return whole
    row = await wiring.accept(draft["id"], draft["hash"], 0)
    whole["flow"] = {"namespace": row.namespace, "id": row.id, "revision": row.revision}
    _say(
        quiet, f"\n[bold]4. accepted[/] {row.namespace}.{row.id}, revision {row.revision}\n\n[bold]5. run[/]"
    )
    execution = await in_thread(watch, wiring.engine, row.namespace, row.id, {}, {}, quiet=quiet)
    whole["execution"] = execution_json(execution)
    if not quiet:
        print_result(wiring.engine, execution)
    whole["rows"], problems = _checked_rows(wiring, execution)
    whole["problems"] += problems
    whole["logs"] = [entry.message for entry in wiring.engine.logs(execution.id)]
    if not whole["logs"]:
        whole["problems"].append("the execution wrote no log")
    return whole


def _checked_rows(wiring: Wiring, execution: Execution) -> tuple[list[Json], list[str]]:
    """Return the rows of the last result and what is wrong with them."""
    from api.cli.result import result_rows

    if execution.state != "SUCCESS":
        return [], [f"the execution ended {execution.state}, not SUCCESS"]
    results = list(result_rows(wiring.engine, execution))
    rows = results[-1][1] if results else []
    totals = {}
    for row in rows:
        numbers = [value for value in row.values() if _number(value) is not None]
        if row.get("country") and len(numbers) == 1:
            totals[row["country"]] = _number(numbers[0])
    if totals != EXPECTED:
        return rows, [f"the result is {totals or rows}, not {EXPECTED}"]
    return rows, []


def _number(value: Json) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _say(quiet: bool, text: str) -> None:
    from api.cli import screen

    if not quiet:
        screen.out.print(text)
