"""Pictures of every screen of the page, light and dark: `python -m bench.screens [folder]`; look at them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.served import CHROMIUM, Service, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHOP = """\
id: orders
namespace: shop.sales
description: Totals of yesterday's orders by country
labels:
  team: sales
inputs:
  - id: country
    type: SELECT
    values: [DE, FR, IT]
    defaults: DE
  - id: since
    type: DATE
    required: false
    description: First day to count
  - id: dry_run
    type: BOOLEAN
    defaults: false
tasks:
  - id: extract
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: orders
        type: io.kestra.plugin.core.debug.Return
        format: "orders of {{ inputs.country }}"
      - id: rates
        type: io.kestra.plugin.core.debug.Return
        format: "rates"
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT0.6S
  - id: check
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.dry_run }}"
    then:
      - id: say
        type: io.kestra.plugin.core.log.Log
        message: Nothing is written
    else:
      - id: each
        type: io.kestra.plugin.core.flow.ForEach
        values: ["north", "south", "west"]
        tasks:
          - id: total
            type: io.kestra.plugin.core.log.Log
            message: "{{ taskrun.value }}: {{ outputs.orders.value }}"
  - id: report
    type: io.kestra.plugin.core.log.Log
    level: WARN
    message: "done in {{ flow.namespace }}"
outputs:
  - id: text
    type: STRING
    value: "{{ outputs.orders.value }}"
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 7 * * *"
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: shop-orders
errors:
  - id: alert
    type: io.kestra.plugin.core.log.Log
    level: ERROR
    message: orders failed
"""
BROKEN = """\
id: import_rates
namespace: shop.finance
tasks:
  - id: fetch
    type: io.kestra.plugin.core.debug.Return
    format: '{"EUR": 1}'
  - id: convert
    type: io.kestra.plugin.core.execution.Fail
    errorMessage: the bank sent no rates
"""
APPROVE = """\
id: approval
namespace: shop.finance
tasks:
  - id: ask
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: reason
        type: STRING
  - id: pay
    type: io.kestra.plugin.core.log.Log
    message: "paid: {{ outputs.ask.onResume.reason }}"
"""
WORDS = (
    "Every day at 7 download https://example.com/orders.csv, use DuckDB to sum amount by country "
    "and then log the rows"
)


def seed(service: Service) -> dict[str, str]:
    """Fill the service; returns the addresses of executions by name."""
    for source in (SHOP, BROKEN, APPROVE):
        service.save(source)
    for _ in range(7):
        good = service.run("shop.sales/orders")
    bad = service.run("shop.finance/import_rates")
    paused = service.run("shop.finance/approval", wait=False)
    service.until(paused, "PAUSED")
    service.call("PUT", "/namespaces/shop.sales/kv/last_day", b'"2026-01-31"')
    service.call("PUT", "/namespaces/shop.sales/kv/limits", b'{"rows": 5000, "regions": ["north", "south"]}')
    boundary = "x"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="fileContent"; filename="q.sql"\r\n\r\n'
    body = f"{head}SELECT country, sum(amount)\nFROM orders\nGROUP BY country\n\r\n--{boundary}--\r\n"
    kind = f"multipart/form-data; boundary={boundary}"
    service.call("POST", "/namespaces/shop.sales/files?path=/queries/daily.sql", body.encode(), kind)
    return {
        "good": f"shop.sales/orders/{good}",
        "bad": f"shop.finance/import_rates/{bad}",
        "paused": f"shop.finance/approval/{paused}",
    }


def screens(page: Page, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Name every screen with its address."""
    return [
        ("home", "home"),
        ("studio-empty", "studio?new=1"),
        ("studio-flow", "flows/edit/shop.sales/orders"),
        ("flows", "flows"),
        ("executions", "executions"),
        ("execution", f"executions/{ids['good']}"),
        ("execution-topology", f"executions/{ids['good']}/topology"),
        ("execution-outputs", f"executions/{ids['good']}/outputs"),
        ("execution-failed", f"executions/{ids['bad']}"),
        ("execution-paused", f"executions/{ids['paused']}"),
        ("triggers", "triggers"),
        ("kv", "kv"),
        ("files", "files/shop.sales/queries/daily.sql"),
        ("plugins", "plugins"),
        ("plugin", "plugins/io.kestra.plugin.core.http.Download"),
        ("docs", "docs?q=retry a failed task"),
        ("settings", "settings"),
    ]


def journey(page: Page, address: str, shot: str) -> None:
    """Draft, change, run: the screens only a journey leads to."""
    page.goto(f"{address}/ui/main/studio?new=1")
    page.fill("#words", WORDS)
    page.press("#words", "Enter")
    page.wait_for_selector(".drafted.good")
    page.wait_for_selector(".node")
    page.wait_for_timeout(400)
    page.screenshot(path=shot.format("studio-draft"))
    page.goto(f"{address}/ui/main/flows/edit/shop.sales/orders")
    page.wait_for_selector(".node")
    page.fill("#words", "run it every day at 9 and set the level of report to ERROR")
    page.press("#words", "Enter")
    page.wait_for_selector("#changes-left, .turn .problem")
    page.wait_for_timeout(600)
    page.screenshot(path=shot.format("studio-change"))
    page.evaluate("localStorage.clear()")
    page.goto(f"{address}/ui/main/flows/edit/shop.finance/approval")
    page.goto(f"{address}/ui/main/flows/edit/shop.sales/orders")
    page.wait_for_selector("#run-tab")
    page.click("#run-tab")
    page.wait_for_selector("#run-form")
    page.wait_for_timeout(500)
    page.screenshot(path=shot.format("studio-run"))
    page.click("#run")
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")
    page.wait_for_timeout(300)
    page.screenshot(path=shot.format("studio-execution"))
    page.goto(f"{address}/ui/main/triggers")
    page.click("[data-trigger=daily] >> text=Backfill")
    page.wait_for_timeout(400)
    page.screenshot(path=shot.format("backfill"))
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("ord")
    page.wait_for_timeout(500)
    page.screenshot(path=shot.format("palette"))


def take(browser: Browser, address: str, ids: dict[str, str], folder: Path) -> None:
    """Take all pictures in both schemes."""
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
        page.on("pageerror", lambda error: print("page error:", error))
        page.on("console", lambda one: print("console:", one.text) if one.type == "error" else None)
        for name, path in screens(page, ids):
            page.goto(f"{address}/ui/main/{path}")
            page.wait_for_load_state("load")
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"{name}-{scheme}.png")
        journey(page, address, str(folder / f"{{}}-{scheme}.png"))
        page.close()
    page = browser.new_page(viewport={"width": 820, "height": 1100})
    for name, path in screens(page, ids):
        page.goto(f"{address}/ui/main/{path}")
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}-tablet.png")
    page.close()


def main() -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(Path(home) / "data") as service:
        ids = seed(service)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            take(browser, service.address, ids, folder)
            browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
