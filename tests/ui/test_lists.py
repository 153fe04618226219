"""Lists and the frame around them: filters in the address, backfill, keys, files, plugins, colours, access."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.conftest import Service, text_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLOW = """\
id: nightly
namespace: demo.lists
labels:
  team: data
tasks:
  - id: one
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.date ?? 'by hand' }}"
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 1 * * *"
"""
FAILING = """\
id: failing
namespace: demo.lists
tasks:
  - id: no
    type: io.kestra.plugin.core.execution.Fail
"""
AXE = Path(__file__).parents[2] / "ui" / "app" / "node_modules" / "axe-core" / "axe.min.js"

Visit = Callable[[str], "Page"]


@pytest.fixture(scope="module", autouse=True)
def seeded(service: Service) -> dict[str, str]:
    service.save(FLOW)
    service.save(FAILING)
    return {"good": service.run("demo.lists/nightly"), "bad": service.run("demo.lists/failing")}


def test_a_backfill_is_chosen_on_the_calendar_and_ends(visit: Visit, service: Service) -> None:
    page = visit("triggers")
    page.click("[data-trigger=daily] >> text=Backfill")
    page.fill("[name=start]", "2026-01-01T00:00:00")
    page.fill("[name=end]", "2026-01-03T23:00:00")
    page.fill("[name=parallel]", "3")
    page.click("#backfill:enabled")
    page.wait_for_selector("text=The backfill of 3 executions has begun.")
    page.goto(f"{service.address}/ui/main/executions?namespace=demo.lists&flowId=nightly&state=SUCCESS")
    page.wait_for_selector("#executions tbody tr >> nth=3")


def test_a_trigger_is_switched_off_and_on(visit: Visit) -> None:
    page = visit("triggers")
    page.click("[data-trigger=daily] [role=switch]")
    page.wait_for_selector("[data-trigger=daily] [role=switch][aria-checked=false]")
    page.click("[data-trigger=daily] [role=switch]")
    page.wait_for_selector("[data-trigger=daily] [role=switch][aria-checked=true]")


def test_filters_are_in_the_address(visit: Visit) -> None:
    page = visit("executions?state=FAILED")
    page.wait_for_selector("#executions tbody tr")
    assert set(page.locator("#executions .state-pill").all_inner_texts()) == {"Failed"}
    page.select_option("[aria-label=State]", "SUCCESS")
    page.wait_for_url("**state=SUCCESS**")
    page.wait_for_selector("#executions [data-state=SUCCESS]")
    page.reload()
    page.wait_for_selector("#executions [data-state=SUCCESS]")
    assert page.input_value("[aria-label=State]") == "SUCCESS"


def test_a_key_is_set_shown_and_removed(visit: Visit, service: Service) -> None:
    page = visit("kv/demo.lists")
    page.click("text=New key")
    page.fill("label:has-text('Key') input", "regions")
    page.fill("dialog textarea", '["north", "south"]')
    page.click("dialog >> text=Save")
    page.click("tr:has-text('regions') >> text=Show")
    page.wait_for_selector("td .json >> text=south")
    assert service.call("GET", "/namespaces/demo.lists/kv/regions")["value"] == ["north", "south"]
    page.click("[aria-label='Delete regions']")
    page.click("dialog >> text=Cancel")
    page.wait_for_selector("dialog", state="detached")
    assert service.call("GET", "/namespaces/demo.lists/kv/regions")["value"] == ["north", "south"]
    page.click("[aria-label='Delete regions']")
    page.click("dialog .danger")
    page.wait_for_selector("text=No keys in this namespace")


def test_a_file_is_written_and_saved(visit: Visit, service: Service) -> None:
    files = {"fileContent": ("q.sql", b"SELECT 1\n")}
    service.call("POST", "/namespaces/demo.lists/files?path=/sql/q.sql", files=files)
    page = visit("files/demo.lists/sql/q.sql")
    page.click(".files-editor .cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("-- two\n")
    page.click(".files-editor button:text-is('Save')")
    page.wait_for_selector("text=sql/q.sql is saved.")
    page.reload()
    page.wait_for_selector(".files-editor .cm-line >> text=-- two")


def test_a_plugin_is_found_by_what_it_does_and_used(visit: Visit) -> None:
    page = visit("plugins?q=sleep")
    page.click(".plugin-item:has-text('Sleep')")
    page.wait_for_selector(".property-name >> text=duration")
    page.click(".plugin-page .use >> nth=0")
    page.wait_for_selector("#accept:enabled")
    assert "io.kestra.plugin.core.flow.Sleep" in text_of(page)


def test_the_palette_finds_flows(visit: Visit) -> None:
    page = visit("home")
    page.keyboard.press("Control+k")
    page.keyboard.type("nightl")
    page.wait_for_selector(".palette-list li:has-text('demo.lists')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows/edit/demo.lists/nightly")


def test_colours_follow_the_system_and_the_choice(browser: Browser, service: Service) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{service.address}/ui/main/settings")
    page.wait_for_selector("html[data-theme=dark]")
    channels = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert max(channels[:3]) < 60
    page.click("[role=radio]:has-text('Light')")
    page.wait_for_selector("html[data-theme=light]")
    page.reload()
    page.wait_for_selector("html[data-theme=light]")
    page.close()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make page")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out(visit: Visit, seeded: dict[str, str], theme: str) -> None:
    screens = {
        "home": "text=Executions by day",
        "flows/edit/demo.lists/nightly": ".node",
        "flows": "tbody tr",
        "executions": "tbody tr",
        f"executions/demo.lists/failing/{seeded['bad']}": ".gantt-row",
        "triggers": "tbody tr",
        "kv": "h1",
        "files/demo.lists": ".tree",
        "plugins/io.kestra.plugin.core.log.Log": ".property",
        "docs?q=retry": ".passage",
        "settings": ".provider",
    }
    if theme == "dark":
        # What depends on the colours only; the rest was looked at in the light.
        screens = dict(list(screens.items())[:5])
    page = visit("home")
    page.evaluate(f"localStorage.setItem('flowsmith.theme', '\"{theme}\"')")
    serious = {}
    for path, ready in screens.items():
        visit(path).wait_for_selector(ready)
        # The page's policy refuses scripts from outside; the debugger's door is not bound by it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
        )
        bad = [
            (one["id"], [node["target"] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        if bad:
            serious[path] = bad
    assert serious == {}
