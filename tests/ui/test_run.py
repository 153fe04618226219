"""Running and watching: the form, long logs, pause and resume, a service that goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.ui.conftest import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page

FORM = """\
id: form
namespace: demo
inputs:
  - id: name
    type: STRING
  - id: color
    type: SELECT
    values: [red, green]
    defaults: red
  - id: shade
    type: STRING
    required: false
    dependsOn:
      inputs: [color]
      condition: "{{ inputs.color == 'green' }}"
  - id: count
    type: INT
    min: 1
    defaults: 2
  - id: loud
    type: BOOLEAN
    defaults: false
  - id: tags
    type: MULTISELECT
    values: [a, b, c]
    required: false
  - id: day
    type: DATE
    required: false
  - id: rows
    type: JSON
    required: false
  - id: table
    type: FILE
    required: false
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.name }} {{ inputs.color }} {{ inputs.shade ?? '-' }} {{ inputs.count }} {{ inputs.loud }} {{ inputs.tags ?? '-' }} {{ inputs.rows.x ?? '-' }} {{ read(inputs.table) }}"
"""
LONG = """\
id: long
namespace: demo
tasks:
  - id: many
    type: io.kestra.plugin.core.log.Log
    message: "{% for i in range(1, 9999) %}line {{ i }}\\n{% endfor %}last line"
"""
PAUSE = """\
id: approve
namespace: demo
tasks:
  - id: ask
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: reason
        type: STRING
  - id: tell
    type: io.kestra.plugin.core.log.Log
    message: "because {{ outputs.ask.onResume.reason }}"
"""
CSV = """\
id: table
namespace: demo
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    extension: .csv
    content: |
      country,amount
      DE,12
      FR,7
"""

Visit = Callable[[str], "Page"]


def test_inputs_of_all_kinds_become_a_form(visit: Visit, service: Service, tmp_path: object) -> None:
    service.save(FORM)
    page = visit("flows/edit/demo/form")
    page.click("#run-tab")
    page.wait_for_selector("#run:disabled")
    assert page.locator("[name='input.shade']").count() == 0
    page.fill("[name='input.name']", "Ada")
    page.select_option("[name='input.color']", "green")
    page.fill("[name='input.shade']", "light")
    page.fill("[name='input.count']", "0")
    page.wait_for_selector(".input-field [role=alert]")
    page.wait_for_selector("#run:disabled")
    page.fill("[name='input.count']", "3")
    page.click("[name='input.loud'] >> text=true")
    page.check(".choice:has-text('b') input")
    page.fill("[name='input.rows']", '{"x": "deep"}')
    page.set_input_files(
        "[name='input.table']", files=[{"name": "t.csv", "mimeType": "text/csv", "buffer": b"inside"}]
    )
    page.click("#run:enabled")
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")
    page.wait_for_selector(".log >> text=Ada green")
    said = "".join(page.locator(".log .text").all_inner_texts())
    assert 'Ada green light 3 true ["b"] deep inside' in said


def test_a_log_of_ten_thousand_lines_is_drawn_in_parts(visit: Visit, service: Service) -> None:
    service.save(LONG)
    execution = service.run("demo/long")
    page = visit(f"executions/demo/long/{execution}/logs")
    page.wait_for_selector(".log >> text=line 1")
    assert page.locator(".log").count() < 200
    page.click(".logs")
    page.keyboard.press("Control+End")
    page.wait_for_selector(".log >> text=last line")
    page.fill(".log-search", "last line")
    page.fill(".log-search", "")
    page.select_option("[aria-label='Least level']", "ERROR")
    page.wait_for_selector("text=No line fits the filter.")


def test_a_pause_asks_and_the_execution_goes_on(visit: Visit, service: Service) -> None:
    service.save(PAUSE)
    execution = service.run("demo/approve", wait=False)
    page = visit(f"executions/demo/approve/{execution}")
    page.wait_for_selector("#execution-state [data-state=PAUSED]")
    page.click("[data-action=resume]")
    page.fill("[name='input.reason']", "it is time")
    page.click("#resume:enabled")
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")
    page.wait_for_selector(".log >> text=because it is time")


def test_a_file_is_shown_as_a_table_and_expressions_can_be_tried(visit: Visit, service: Service) -> None:
    service.save(CSV)
    execution = service.run("demo/table")
    page = visit(f"executions/demo/table/{execution}/outputs")
    page.click("text=Preview")
    page.wait_for_selector(".data-table td >> text=FR")
    page.fill("#expression", "{{ read(outputs.write.uri) | upper }}")
    page.click("text=Evaluate")
    page.wait_for_selector(".evaluate pre >> text=COUNTRY,AMOUNT")


def test_a_replay_is_a_new_execution(visit: Visit, service: Service) -> None:
    execution = service.run("demo/table")
    page = visit(f"executions/demo/table/{execution}")
    page.click("[data-action=replay]")
    page.wait_for_url(lambda url: execution not in url)
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")


def test_the_page_goes_on_when_the_service_comes_back(visit: Visit, service: Service) -> None:
    execution = service.run("demo/approve", wait=False)
    page = visit(f"executions/demo/approve/{execution}")
    page.wait_for_selector("#execution-state [data-state=PAUSED]")
    service.stop()
    page.wait_for_selector(".away")
    service.start()
    page.wait_for_selector(".away", state="detached")
    page.wait_for_selector("[data-action=resume]")
    page.click("[data-action=resume]")
    page.fill("[name='input.reason']", "after the restart")
    page.click("#resume:enabled")
    page.wait_for_selector("#execution-state [data-state=SUCCESS]")
    page.wait_for_selector(".log >> text=because after the restart")
