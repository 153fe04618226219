"""Repair of a draft by rule, before a model is asked: what the gate can fix, and what a table knows."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.errors import PatchError
from copilot.gate import Verdict, judge, mend
from copilot.plan import target
from copilot.plan.operation import Operation
from copilot.plan.patch import apply
from engine.model.finding import Finding
from engine.model.json import Json
from engine.registry import Registry

_DEFAULTS: dict[str, Json] = {
    "fetchType": "FETCH",
    "level": "INFO",
    "interval": "PT30S",
    "namespace": "{{ flow.namespace }}",
    "key": "change-me-to-a-long-random-key",
}
_UNQUOTED = re.compile(r"^(?P<head>\s*(?:-\s+)?(?:[\w.-]+:\s+)?)(?P<value>\{\{.*\}\}.*?)(?P<tail>\s*)$")


def repair(text: str, registry: Registry) -> Verdict:
    """Return the text after all rules that help; findings that stay are in the verdict."""
    text = quote_expressions(text) if judge(text, registry).blocking else text
    verdict = mend(text, registry)
    fixed = list(verdict.fixed)
    for _ in range(20):
        mended = _one(verdict, registry)
        if mended is None:
            break
        later, finding = mended
        fixed.append(finding)
        verdict = later
    return replace(verdict, fixed=tuple(fixed))


def quote_expressions(text: str) -> str:
    """Put quotes around values that begin with `{{`, outside of blocks of text."""
    lines, block = [], -1
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if block >= 0 and (not line.strip() or indent > block):
            lines.append(line)
            continue
        block = -1
        match = _UNQUOTED.match(line)
        if match is not None:
            quote = "'" if '"' in match["value"] else '"'
            line = (
                f"{match['head']}{quote}{match['value']}{quote}{match['tail']}"
                if quote not in match["value"]
                else line
            )
        elif re.search(r":\s*[|>][+-]?\d*\s*(?:#.*)?$", line):
            block = indent
        lines.append(line)
    return "\n".join(lines)


def _one(verdict: Verdict, registry: Registry) -> tuple[Verdict, Finding] | None:
    """Mend the first finding a rule knows, if that leaves fewer findings."""
    for finding in verdict.blocking:
        operation = _operation(finding, verdict)
        if operation is None:
            continue
        try:
            text = apply(verdict.text, operation)
        except PatchError:
            continue
        later = mend(text, registry)
        if len(later.blocking) < len(verdict.blocking):
            return later, finding
    return None


def _operation(finding: Finding, verdict: Verdict) -> Operation | None:
    path = target.steps_of(finding.path) if finding.path else ()
    if not path:
        return None
    name = str(path[-1])
    if finding.code == "unknown-property":
        return Operation(op="unset", path=finding.path)
    if finding.code == "missing-property":
        missing = next(
            (key for key in _DEFAULTS if re.search(rf"[`'\"]?\b{key}\b", finding.message) or name == key),
            None,
        )
        if missing is not None:
            return Operation(
                op="set",
                path=finding.path if name == missing else f"{finding.path}.{missing}",
                value=_DEFAULTS[missing],
            )
    return None
