"""The whole journey in a real browser: words, draft, accept, run, states and logs."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from api.app import create_app
from api.cli.demo import orders_server
from api.cli.up import listen
from api.settings import read_settings
from api.wiring import Wiring

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]

TIMEOUT_MS = 30_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    settings = read_settings(
        {"FLOWSMITH_HOME": str(home / "data"), "FLOWSMITH_EMBEDDER": "lexical", "FLOWSMITH_PORT": "0"}, home
    )
    with Wiring.open(settings) as wiring, listen(settings) as listening:
        wiring.ingest()
        config = uvicorn.Config(create_app(wiring), log_level="warning", timeout_graceful_shutdown=3)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An open page; what it complains about fails the test."""
    page = browser.new_page(viewport={"width": 1480, "height": 900})
    page.set_default_timeout(TIMEOUT_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if _is_serious(message.text) else None)
    page.goto(f"{address}/ui/")
    page.wait_for_selector("#panel > *")
    yield page
    page.close()
    assert complaints == []


def _is_serious(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text


def send(page: Page, mode: str, words: str) -> None:
    page.check(f"input[name=mode][value={mode}]", force=True)
    page.fill("#words", words)
    page.press("#words", "Enter")


def test_words_become_a_draft_that_is_accepted_and_run(page: Page, tmp_path: Path) -> None:
    with orders_server() as orders:
        send(
            page,
            "draft",
            f"Download the CSV from {orders}/orders.csv, use DuckDB to sum amount by country "
            f"and then log the rows",
        )
        page.wait_for_selector(".drafted.good")
        assert "rules" in page.inner_text(".message .by")
        assert "io.kestra.plugin.core.http.Download" in page.input_value("#yaml")
        page.click("#draft-tabs [data-view=diff]")
        assert page.locator(".diff-line.add").count() == page.input_value("#yaml").count("\n")
        page.click("#accept:enabled")
        page.wait_for_selector("#run-form")
        assert "revision 1" in page.inner_text("#draft-state")
        page.click("#run")
        page.wait_for_selector("#execution-state .pill.good")
        states = {
            row.get_attribute("data-task"): row.get_attribute("data-state")
            for row in page.locator(".gantt-row").all()
        }
        assert states == {"download": "SUCCESS", "query": "SUCCESS", "log": "SUCCESS"}
        page.wait_for_selector("#logs .log >> text=DE")
        assert "/ui/main/executions/" in page.url
        page.screenshot(path=tmp_path / "execution.png")
        page.reload()
        page.wait_for_selector("#execution-state .pill.good")
        page.wait_for_selector("#logs .log >> text=DE")


def test_an_invalid_draft_cannot_be_accepted_and_its_fix_mends_it(page: Page) -> None:
    send(page, "draft", "log hello")
    page.wait_for_selector(".drafted.good")
    page.wait_for_selector("#accept:enabled")
    valid = page.input_value("#yaml")
    page.fill("#yaml", valid.replace("message:", "mesage:"))
    page.wait_for_selector("#findings .finding.error")
    assert page.is_disabled("#accept")
    assert "line" in page.inner_text("#findings .finding.error .where")
    page.fill("#yaml", valid)
    page.wait_for_selector("#accept:enabled")
    assert page.inner_text("#accept") == "Accept"


def test_a_change_shows_only_what_it_changes(page: Page) -> None:
    send(page, "draft", "log hello")
    page.click("#accept:enabled")
    page.wait_for_selector("#run-form")
    page.fill("#yaml", page.input_value("#yaml") + "\n# a note\n")
    page.wait_for_selector("#accept:enabled")
    assert page.inner_text("#accept") == "Save"
    page.click("#draft-tabs [data-view=diff]")
    assert "# a note" in page.inner_text(".diff-lines")
    page.click("#accept")
    page.wait_for_selector("#draft-state >> text=revision 2")


def test_inputs_become_a_form(page: Page) -> None:
    send(page, "draft", 'Ask for a name and log "Hello {{ inputs.name }}!"')
    page.click("#accept:enabled")
    page.fill("[name='input.name']", "Ada Lovelace")
    page.click("#run")
    page.wait_for_selector("#execution-state .pill.good")
    page.wait_for_selector("#logs .log >> text=Hello Ada Lovelace!")


def test_a_question_is_answered_with_its_sources(page: Page) -> None:
    send(page, "ask", "How do I retry a failed task?")
    page.wait_for_selector(".sources li")
    assert "error-and-retry" in page.inner_text(".sources")
    page.click(".message.copilot .body .cite >> nth=0")
    assert page.locator(".sources blockquote:visible").count() == 1


def test_it_is_readable_in_the_dark(browser: Browser, address: str) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{address}/ui/")
    channels = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert max(channels[:3]) < 60
    page.close()
