"""The studio in a real browser: words, review change by change, run, fix; the editor with its services."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from api.cli.demo import orders_server
from tests.ui.conftest import Service, send, text_of, write

if TYPE_CHECKING:
    from playwright.sync_api import Page

GREET = """\
id: greet
namespace: demo
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: Hello
  - id: middle
    type: io.kestra.plugin.core.debug.Return
    format: x
  - id: bye
    type: io.kestra.plugin.core.log.Log
    message: Bye
"""
BROKEN = """\
id: limited
namespace: demo
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "limit {{ kv('limts') }}"
"""
LOGS = "io.kestra.plugin.core.log.Log"

Visit = Callable[[str], "Page"]


def test_words_become_a_draft_that_is_accepted_and_run(visit: Visit) -> None:
    page = visit("studio?new=1")
    with orders_server() as orders:
        send(
            page,
            f"Download the CSV from {orders}/orders.csv, use DuckDB to sum amount by country and then log the rows",
        )
        page.wait_for_selector(".drafted.good")
        assert "rules" in page.inner_text(".turn .by")
        assert "io.kestra.plugin.core.http.Download" in text_of(page)
        assert page.inner_text("#changes-left").startswith("1 change")
        page.wait_for_selector(".node[data-task=query]")
        page.click("#accept:enabled")
        page.wait_for_selector("#draft-state >> text=revision 1")
        page.click("#run:enabled")
        page.wait_for_selector("#execution-state [data-state=SUCCESS]")
        rows = page.locator(".gantt-row").all()
        states = {row.get_attribute("data-task"): row.get_attribute("data-state") for row in rows}
        assert states == {"download": "SUCCESS", "query": "SUCCESS", "log": "SUCCESS"}
        page.wait_for_selector(".log >> text=DE")
        page.reload()
        page.wait_for_selector("#draft-state >> text=revision 1")
        assert "sum amount by country" in page.inner_text(".said")


def test_changes_are_accepted_one_by_one(visit: Visit, service: Service) -> None:
    service.save(GREET)
    page = visit("flows/edit/demo/greet")
    page.wait_for_selector(".node[data-task=hello]")
    send(page, "run it every day at 7 and set the message of hello to Welcome")
    page.wait_for_selector("#changes-left >> text=2 changes")
    assert page.inner_text("#preview summary").count("·") == 2  # the next three dates
    page.click("#editor .cm-content button[name=reject] >> nth=0")
    page.wait_for_selector("#changes-left >> text=1 change to decide")
    page.click("#editor .cm-content button[name=accept] >> nth=0")
    page.wait_for_selector("#changes-left >> text=0 changes")
    page.click("#accept:enabled")
    page.wait_for_selector("#draft-state >> text=revision 2")
    saved = service.call("GET", "/flows/demo/greet?source=true")["source"]
    assert saved.startswith(GREET.rstrip())
    assert 'cron: "0 7 * * *"' in saved
    assert "Welcome" not in saved
    drafts = service.call("GET", "/copilot/drafts")["results"]
    assert [one["accepted"] for one in drafts[:2]].count(True) == 1


def test_a_failed_execution_is_fixed_and_runs_again(visit: Visit, service: Service) -> None:
    service.call("PUT", "/namespaces/demo/kv/limits", content="7")
    service.save(BROKEN)
    page = visit("flows/edit/demo/limited")
    page.click("#run-tab")
    page.click("#run:enabled")
    page.wait_for_selector("#execution-state [data-state=FAILED]")
    page.wait_for_selector(".log.error")
    page.click("[data-action=fix]")
    page.wait_for_selector("#changes-left")
    assert "kv('limits')" in text_of(page)
    page.click("#accept:enabled")
    page.wait_for_selector("#draft-state >> text=revision 2")
    page.click("#run:enabled")
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")
    page.wait_for_selector(".log >> text=limit 7")


def test_the_editor_marks_mends_completes_and_explains(visit: Visit) -> None:
    page = visit("studio?new=1")
    write(page, GREET.replace("message: Hello", "mesage: Hello"))
    page.wait_for_selector("#findings .finding.error")
    page.wait_for_selector("#editor .cm-lintRange-error")
    assert page.is_disabled("#accept")
    page.click("#findings .fix")
    page.wait_for_selector("#accept:enabled")
    assert page.locator("#findings .finding.error").count() == 0
    assert "    message: Hello" in text_of(page)

    page.keyboard.press("Control+End")
    page.keyboard.insert_text("    lev")
    page.keyboard.press("Control+Space")
    page.click("#editor .cm-tooltip-autocomplete li:has-text('level') >> nth=0")
    assert page.locator("#editor .cm-line", has_text="level:").count() == 1
    page.keyboard.insert_text("WARN\n")
    page.wait_for_selector("#accept:enabled")

    page.hover(f"#editor .cm-line:has-text('{LOGS}') >> nth=0", position={"x": 150, "y": 8})
    page.wait_for_selector("#editor .cm-tooltip-hover .cm-prose")


def test_a_text_with_errors_is_kept_but_not_saved(visit: Visit, service: Service) -> None:
    page = visit("studio?new=1")
    write(page, "id: half\nnamespace: demo\ntasks:\n  - id: a\n")
    page.wait_for_selector("#findings .finding.error")
    assert page.is_disabled("#accept")
    page.fill("#words", "words not sent yet")
    page.goto(f"{service.address}/ui/main/studio")
    page.wait_for_selector("#findings .finding.error")
    assert "id: half" in text_of(page)
    assert page.input_value("#words") == "words not sent yet"


def test_formatting_keeps_comments_and_can_be_undone(visit: Visit) -> None:
    page = visit("studio?new=1")
    untidy = (
        "id:  tidy\nnamespace: demo\ntasks:\n- id: a # the first\n  type: io.kestra.plugin.core.log.Log\n"
    )
    write(page, untidy)
    page.click("#format")
    lines = page.locator("#editor .cm-line")
    expect(lines.nth(3)).to_have_text(re.compile("^  - id: a # the first$"))
    assert "id: tidy\nnamespace: demo" in text_of(page)
    page.click("#editor .cm-content")
    page.keyboard.press("Control+z")
    expect(lines.nth(3)).to_have_text(re.compile("^- id: a # the first$"))
    write(page, "id: [half")
    page.click("#format")
    page.wait_for_selector("#save-problem >> text=Not formatted")
    assert text_of(page) == "id: [half"


def test_a_new_flow_puts_an_unsaved_one_aside(visit: Visit) -> None:
    page = visit("studio?new=1")
    write(page, "id: unfinished\nnamespace: demo\n")
    page.wait_for_selector("#findings .finding.error")
    page.click(".studio-editor a:has-text('New')")
    page.wait_for_selector("#bring-back")
    assert "unfinished" not in text_of(page)
    page.click("#bring-back")
    page.wait_for_selector("#findings .finding.error")
    assert "id: unfinished" in text_of(page)


def test_a_change_by_somebody_else_is_not_overwritten(visit: Visit, service: Service) -> None:
    source = GREET.replace("id: greet", "id: shared")
    service.save(source)
    page = visit("flows/edit/demo/shared")
    page.wait_for_selector(".node[data-task=hello]")
    headers = {"Content-Type": "application/x-yaml"}
    service.call("PUT", "/flows/demo/shared", content=source + "# theirs\n", headers=headers)
    write(page, source + "# mine\n")
    page.click("#accept:enabled")
    assert "revision 2" in page.inner_text("#save-problem")
    assert "# theirs" in service.call("GET", "/flows/demo/shared?source=true")["source"]
    assert "# mine" in text_of(page)


def test_a_question_is_answered_with_its_sources(visit: Visit) -> None:
    page = visit("studio?new=1")
    send(page, "How do I retry a failed task?", "ask")
    page.wait_for_selector(".sources li")
    page.click(".turn .body .cite >> nth=0")
    page.click(".sources blockquote .link")
    page.wait_for_selector(".doc-chunks .lit")
    assert "error-and-retry" in page.url


def test_what_was_wrong_with_an_answer_is_kept(visit: Visit, service: Service) -> None:
    page = visit("studio?new=1")
    send(page, "How do I retry a failed task?", "ask")
    page.click("[aria-label='This was wrong']")
    page.fill("[aria-label='What was wrong?']", "It names no maximum")
    page.click(".turn form >> text=Send")
    page.wait_for_selector(".turn form", state="detached")
    opinion = service.call("GET", "/copilot/feedback")["results"][-1]
    assert (opinion["good"], opinion["comment"]) == (False, "It names no maximum")


def test_the_picture_leads_to_the_lines(visit: Visit, service: Service) -> None:
    service.save(GREET.replace("id: greet", "id: picture"))
    page = visit("flows/edit/demo/picture")
    page.click(".node[data-task=bye]")
    page.wait_for_selector("#editor .cm-activeLine:has-text('id: bye')")
    page.wait_for_selector(".node.chosen[data-task=bye]")


def test_an_earlier_conversation_goes_on(visit: Visit) -> None:
    page = visit("studio?new=1")
    send(page, "How do I pause a flow?", "ask")
    page.wait_for_selector(".sources li")
    page.click("[aria-label='New conversation']")
    page.wait_for_selector(".example")
    page.click("[aria-label='Earlier conversations']")
    page.click(".earlier-open:has-text('pause a flow') >> nth=0")
    page.wait_for_selector(".said:has-text('pause a flow')")
    page.wait_for_selector(".turn .body")
