"""Collects findings, and knows where in the text each path stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.model.finding import Finding, Fix, Severity
from engine.source.document import Document, Path, Place

MAX_FINDINGS = 1_000
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_PLAIN_VALUE = re.compile(r"[A-Za-z_][\w.-]*")


def path_text(path: Path) -> str:
    """Write a path like `tasks[2].level`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"['{step}']"
    return text


class Report:
    """The findings of one check. `shifts` says how many items plugin defaults put before those of a list."""

    def __init__(self, document: Document, shifts: Mapping[Path, int] | None = None) -> None:
        self.document = document
        self.findings: list[Finding] = []
        self.shifts = dict(shifts or {})

    def add(
        self,
        code: str,
        message: str,
        path: Path,
        *,
        severity: Severity = Severity.ERROR,
        suggestion: str | None = None,
        fix: Fix | None = None,
        place: Place | None = None,
    ) -> None:
        """Add a finding at the place of its path, or at a more exact place; none beyond `MAX_FINDINGS`."""
        if len(self.findings) >= MAX_FINDINGS:
            return
        path = self.written_path(path)
        place = place or self.document.place(path)
        finding = Finding(code, message, path_text(path), place.line, place.column, severity, suggestion, fix)
        if finding not in self.findings[-20:]:
            self.findings.append(finding)

    def error(self, code: str, message: str, path: Path, suggestion: str | None = None) -> None:
        """Add a blocking finding."""
        self.add(code, message, path, suggestion=suggestion)

    def warn(self, code: str, message: str, path: Path, suggestion: str | None = None) -> None:
        """Add a finding that does not block."""
        self.add(code, message, path, severity=Severity.WARNING, suggestion=suggestion)

    def written_path(self, path: Path) -> Path:
        """Return the path in the text of a path in the data with plugin defaults merged in."""
        if not self.shifts:
            return path
        written: list[str | int] = []
        for depth, step in enumerate(path):
            shift = self.shifts.get(path[:depth], 0)
            if shift and isinstance(step, int):
                if step < shift:
                    break
                step -= shift
            written.append(step)
        return tuple(written)

    def line(self, path: Path) -> int:
        """Return the line of a path in the merged data."""
        return self.document.place(self.written_path(path)).line

    def written(self, path: Path) -> str | None:
        """Return a scalar as it stands in the text; None when it is not in the text."""
        return self.document.written(self.written_path(path))

    def rename_key(self, path: Path, new: str) -> Fix | None:
        """Return the repair that renames a key."""
        span = self.document.key_span(self.written_path(path))
        if span is None or not _PLAIN_KEY.fullmatch(new):
            return None
        return Fix(f"rename to {new}", span.start, span.end, new)

    def replace_value(self, path: Path, new: str) -> Fix | None:
        """Return the repair that replaces a scalar written on one line, keeping its quotes."""
        path = self.written_path(path)
        if self.document.written(path) is None or not _PLAIN_VALUE.fullmatch(new):
            return None
        span = self.document.span(path)
        text = self.document.text[span.start : span.end]
        if "\n" in text or text[:1] in ("&", "*", "!", "|", ">") or not text:
            return None
        quote = text[0] if text[0] in "'\"" else ""
        return Fix(f"replace by {new}", span.start, span.end, f"{quote}{new}{quote}")
