"""The gate: the engine's own validation decides whether a draft may be accepted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import SourceError
from engine.model.finding import Finding, Fix
from engine.registry import Registry
from engine.source.document import read_document
from engine.validation.check import check


@dataclass(frozen=True, slots=True)
class Verdict:
    """A text with its findings; `fixed` are those that were mended on the way."""

    text: str
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that stand against acceptance."""
        return tuple(finding for finding in self.findings if finding.blocking)

    @property
    def valid(self) -> bool:
        """Whether nothing blocks."""
        return not self.blocking


def judge(text: str, registry: Registry) -> Verdict:
    """Validate a flow's text."""
    return Verdict(text, check(text, registry).findings)


def mend(text: str, registry: Registry, *, rounds: int = 8) -> Verdict:
    """Validate and apply the safe fixes of blocking findings, until none is left or nothing changes."""
    fixed: list[Finding] = []
    verdict = judge(text, registry)
    for _ in range(rounds):
        chosen = _apart([finding for finding in verdict.blocking if finding.fix is not None])
        if not chosen:
            break
        text = apply_fixes(verdict.text, [finding.fix for finding in chosen if finding.fix is not None])
        later = judge(text, registry)
        if len(later.blocking) >= len(verdict.blocking) and not _reads(text):
            break
        fixed += chosen
        verdict = later
    return Verdict(verdict.text, verdict.findings, tuple(fixed))


def apply_fixes(text: str, fixes: list[Fix]) -> str:
    """Apply fixes that do not overlap."""
    for fix in sorted(fixes, key=lambda fix: fix.start, reverse=True):
        text = text[: fix.start] + fix.text + text[fix.end :]
    return text


def _apart(findings: list[Finding]) -> list[Finding]:
    chosen: list[Finding] = []
    reach = -1
    for finding in sorted(findings, key=lambda item: item.fix.start if item.fix else 0):
        if finding.fix is not None and finding.fix.start >= reach:
            chosen.append(finding)
            reach = max(finding.fix.end, finding.fix.start + 1)
    return chosen


def _reads(text: str) -> bool:
    try:
        read_document(text)
    except SourceError:
        return False
    return True
