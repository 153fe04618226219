"""The page in a real Chromium: first paint, bytes, editor, lint, long logs, large topologies, memory."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.page import page_folder
from bench.served import CHROMIUM, Service, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 5
LOG_LINES = 10_000
TASKS = 500
LINES = 1_800
REOPENED = 30
LOG = "io.kestra.plugin.core.log.Log"
LONG = f"""\
id: long
namespace: bench
tasks:
  - id: many
    type: {LOG}
    message: "{{% for i in range(1, {LOG_LINES}) %}}line {{{{ i }}}} that scrolls past\\n{{% endfor %}}"
"""

FRAMES = """
() => new Promise(done => {
  const box = document.querySelector('.logs');
  const step = box.scrollHeight / 180;
  const times = [];
  let last = performance.now();
  const next = now => {
    times.push(now - last);
    last = now;
    box.scrollTop += step;
    if (times.length < 180) requestAnimationFrame(next);
    else done(times.slice(1).sort((a, b) => a - b));
  };
  requestAnimationFrame(next);
})
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
BYTES = """
performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .filter(one => one.name.includes('/ui/')).reduce((sum, one) => sum + one.transferSize, 0)
"""


def flow_of(tasks: int, namespace: str = "bench") -> str:
    """Return a flow with tasks in groups of ten side by side."""
    text = f"id: wide{tasks}\nnamespace: {namespace}\ntasks:\n"
    for group in range(tasks // 10):
        text += f"  - id: group{group}\n    type: io.kestra.plugin.core.flow.Parallel\n    tasks:\n"
        text += "".join(
            f"      - id: t{group}_{i}\n        type: {LOG}\n        message: hello {i}\n" for i in range(9)
        )
    return text


def median(values: list[float]) -> float:
    """Return the middle value."""
    return sorted(values)[len(values) // 2]


def first_screen(browser: Browser, address: str) -> dict[str, float]:
    """Open the studio in fresh profiles: paint, a usable editor, bytes over the wire."""
    paints, editors, sizes = [], [], []
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        started = time.perf_counter()
        page.goto(f"{address}/ui/main/studio")
        page.wait_for_selector("#editor .cm-content")
        editors.append((time.perf_counter() - started) * 1000)
        paints.append(float(page.evaluate(PAINT)))
        sizes.append(float(page.evaluate(BYTES)))
        context.close()
    return {"paint": median(paints), "editor": median(editors), "bytes": max(sizes)}


def lint_ms(page: Page, address: str) -> float:
    """Type at the end of a long flow and wait for the answer; milliseconds from request to the last byte."""
    with page.expect_response("**/editor/lint"):
        page.goto(f"{address}/ui/main/flows/edit/bench/wide{LINES // 3}")
    page.wait_for_selector(".node", state="attached")
    page.click("#editor .cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.type("# ")
    times = []
    for _ in range(ROUNDS):
        with page.expect_response("**/editor/lint") as caught:
            page.keyboard.type("x")
        caught.value.finished()
        timing = caught.value.request.timing
        times.append(timing["responseEnd"] - timing["requestStart"])
    page.evaluate("localStorage.clear()")
    return median(times)


def topology_ms(page: Page, address: str) -> float:
    """Show a saved flow with many tasks: from its graph's arrival to the drawn picture."""
    with page.expect_response("**/flows/graph") as caught:
        page.goto(f"{address}/ui/main/flows/edit/bench/wide{TASKS}")
    caught.value.finished()
    started = time.perf_counter()
    page.wait_for_selector(f".node[data-task=t{TASKS // 10 - 1}_8]", state="attached")
    return (time.perf_counter() - started) * 1000


def log_frames(page: Page, service: Service) -> tuple[float, list[float]]:
    """Open a long log: milliseconds until it is there, then the times of frames while it scrolls."""
    execution = service.run("bench/long")
    started = time.perf_counter()
    page.goto(f"{service.address}/ui/main/executions/bench/long/{execution}/logs")
    page.wait_for_selector(".log >> text=that scrolls")
    opened = (time.perf_counter() - started) * 1000
    return opened, list(page.evaluate(FRAMES))


def growth(page: Page, address: str) -> float:
    """Go to and fro between screens; returns by how many MB the heap has grown, garbage collected."""
    session = page.context.new_cdp_session(page)

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        used: dict[str, Any] = session.send("Runtime.getHeapUsage")
        return float(used["usedSize"]) / 1e6

    def round_trip() -> None:
        for name in ("Flows", "Executions", "Studio", "Home"):
            page.click(f"nav [aria-label='{name}']")
            # A locator and not wait_for_selector: the handle that one returns would keep the screen alive.
            page.locator("#editor .cm-content" if name == "Studio" else ".screen").first.wait_for()

    page.goto(f"{address}/ui/main/home")
    for _ in range(3):
        round_trip()
    before = heap()
    for _ in range(REOPENED):
        round_trip()
    return heap() - before


def main() -> None:
    """Print the figures with what they should reach."""
    if CHROMIUM is None or page_folder().name != "dist":
        print("page: needs chromium and the built page (make page)")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, served(Path(home) / "data") as service:
        service.save(flow_of(TASKS))
        service.save(flow_of(LINES // 3))
        service.save(LONG)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            first = first_screen(browser, service.address)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            lint = lint_ms(page, service.address)
            drawn = topology_ms(page, service.address)
            opened, frames = log_frames(page, service)
            grown = growth(page, service.address)
            browser.close()
    rows = [
        ("first contentful paint, studio", f"{first['paint']:.0f} ms", "≤ 800 ms"),
        ("editor can be used", f"{first['editor']:.0f} ms", "≤ 1200 ms"),
        ("first screen on the wire", f"{first['bytes'] / 1000:.0f} kB", "≤ 450 kB"),
        (f"lint answer, {LINES} lines", f"{lint:.0f} ms", "≤ 120 ms"),
        (f"topology of {TASKS} tasks drawn", f"{drawn:.0f} ms", "≤ 1000 ms"),
        ("long log opened", f"{opened:.0f} ms", ""),
        (
            "frames while it scrolls, median / p95",
            f"{median(frames):.1f} / {frames[int(len(frames) * 0.95)]:.1f} ms",
            "16.7 ms",
        ),
        (f"heap after {REOPENED} rounds of screens", f"{grown:+.1f} MB", "no growth"),
    ]
    for name, value, goal in rows:
        print(f"{name:<42}{value:>18}   {goal}")


if __name__ == "__main__":
    main()
