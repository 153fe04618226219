"""The door of all imports: finds out what a text is, and makes checked flows of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast, get_args

from copilot.errors import NotImportable
from copilot.gate import Verdict, judge
from copilot.plan.plan import Plan
from copilot.plan.render import render_plan, with_ids
from copilot.repair import repair
from copilot.skills.imports.actions import import_workflow, is_workflow
from copilot.skills.imports.airflow import import_airflow, is_airflow
from copilot.skills.imports.crontab import import_crontab, is_crontab
from copilot.skills.imports.imported import Imported, Kind
from copilot.skills.imports.kestra2 import import_newer, is_newer
from copilot.skills.outcome import open_unknown
from engine.errors import SourceError
from engine.registry import Registry
from engine.source.document import read_document

KINDS: Final[tuple[str, ...]] = get_args(Kind)


def kind_of(text: str, name: str = "") -> Kind:
    """Find out what a text is, by its content; the name decides nothing alone. Raises NotImportable."""
    if not text.strip():
        raise NotImportable("The file is empty", missing=["text"])
    if is_crontab(text, name):
        return "crontab"
    if name.endswith(".py") or is_airflow(text):
        return "airflow"
    try:
        data = read_document(text).data
    except SourceError:
        data = None
    if is_workflow(data):
        return "github-actions"
    if isinstance(data, dict) and "tasks" in data:
        if is_newer(data):
            return "kestra-2"
        raise NotImportable("This is a flow already and uses nothing of version 2: save it as it is")
    raise NotImportable(
        "The file is no crontab, no workflow of GitHub Actions, no Airflow file and no flow of Kestra 2",
        missing=["kind"],
    )


def read_import(
    text: str, registry: Registry, *, name: str = "", kind: str | None = None, namespace: str = "company.team"
) -> list[tuple[Imported, Verdict]]:
    """Return every flow of a text with what the gate says about it. Raises NotImportable."""
    chosen = cast(Kind, kind) if kind in KINDS else kind_of(text, name)
    if chosen == "kestra-2":
        newer, opened, notes = import_newer(text)
        made = Imported(chosen, name, newer, tuple(opened), tuple(notes))
        return [(made, judge(newer, registry))]
    importers: dict[str, Callable[[], list[Plan]]] = {
        "crontab": lambda: import_crontab(text, namespace),
        "github-actions": lambda: import_workflow(text, namespace, name),
        "airflow": lambda: import_airflow(text, namespace),
    }
    return [_checked(plan, chosen, registry) for plan in importers[chosen]()]


def _checked(plan: Plan, kind: Kind, registry: Registry) -> tuple[Imported, Verdict]:
    open_unknown([*plan.steps, *plan.errors], registry)
    named = with_ids(plan)
    verdict = repair(render_plan(named), registry)
    made = Imported(kind, named.id, verdict.text, tuple(named.placeholders), tuple(plan.notes))
    return made, verdict
