"""A real service with the built page, and a real Chromium that looks at it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.cli.up import listen
from api.page import page_folder
from api.settings import Settings, read_settings
from api.wiring import Wiring

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
TIMEOUT_MS = 20_000
ROOT = "/api/v1/main"
NOT_OURS = ("ERR_CONNECTION_REFUSED", "net::ERR", "Failed to load resource")
"""What the browser itself writes when the service says no, or is gone for a while."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))
            elif page_folder().name != "dist":
                item.add_marker(pytest.mark.skip(reason="the page is not built: make page"))


class Service:
    """A service in this process that can be stopped and started again at the same address."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._thread: threading.Thread | None = None
        self.start()

    def start(self) -> None:
        """Open the data folder and listen; returns when requests are answered."""
        self._wiring = Wiring.open(self._settings)
        opened = self._wiring.__enter__()
        opened.ingest()
        listening = listen(self._settings)
        port = listening.getsockname()[1]
        self._settings = self._settings.with_address(None, port)
        self.address = f"http://127.0.0.1:{port}"
        # Open streams would hold the end up: they are cut, as when a service is killed.
        config = uvicorn.Config(create_app(opened), log_level="warning", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]})
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close the data folder."""
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._wiring.__exit__(None, None, None)
            self._thread = None

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Call the service; an answer that is an error fails the test."""
        answer = httpx.request(method, f"{self.address}{ROOT}{path}", timeout=60, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def save(self, source: str) -> None:
        """Save a flow."""
        self.call("POST", "/flows", content=source, headers={"Content-Type": "application/x-yaml"})

    def run(self, flow: str, *, wait: bool = True) -> str:
        """Start `namespace/id` and return the id of the execution."""
        return str(self.call("POST", f"/executions/{flow}", params={"wait": str(wait).lower()})["id"])


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("home")
    settings = read_settings(
        {"FLOWSMITH_HOME": str(home / "data"), "FLOWSMITH_EMBEDDER": "lexical", "FLOWSMITH_PORT": "0"}, home
    )
    running = Service(settings)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh browser profile; what it complains about fails the test."""
    context = browser.new_context(viewport={"width": 1480, "height": 900})
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda one: complaints.append(one.text) if _is_ours(one.type, one.text) else None)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def visit(page: Page, service: Service) -> Callable[[str], Page]:
    """Open a screen by its address below /ui/main/."""

    def go(path: str) -> Page:
        page.goto(f"{service.address}/ui/main/{path}")
        page.wait_for_selector("#screen > *")
        return page

    return go


def _is_ours(kind: str, text: str) -> bool:
    return kind == "error" and not any(known in text for known in NOT_OURS)


def text_of(page: Page) -> str:
    """Return the text in the studio's editor, deleted lines of a review left out."""
    lines = page.locator("#editor .cm-line").all_inner_texts()
    return "\n".join(line.rstrip("\n") for line in lines)


def write(page: Page, text: str) -> None:
    """Replace the text in the studio's editor as somebody who types would."""
    page.click("#editor .cm-content")
    # Deleted first: what Chromium puts in the place of a selection by itself has inline styles, which the
    # policy refuses with a complaint.
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def send(page: Page, words: str, mode: str = "edit") -> None:
    """Say something to the copilot."""
    page.click(f".composer [data-mode={mode}]")
    page.fill("#words", words)
    page.press("#words", "Enter")
