# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Files put together or taken apart, in the verbs the rules of files know."""

from __future__ import annotations

import re

from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told

_URLS = r"⟦\d+⟧(?:\s*(?:,\s*(?:and\s+)?|\band\b|\bwith\b)\s*⟦\d+⟧)+"
_THESE = r"(?:them|it all|all of them|all of it|everything|both|all three|the (?:three|two|four|downloaded)?\s*(?:files|parts|pieces|csvs|downloads)|all (?:the )?files|these(?: files)?)"
_ONE = r"(?:\s*,?\s*(?:together\s+)?(?:in)?to\s+(?:one|a single|a|one big|one common)(?:\s+(?:csv|text|json|big|single|file))*)"
_TABLE: tuple[tuple[str, str], ...] = (
    (rf"\b(?:merge|combine|concat(?:enate)?|join|append|put together|stick together|glue(?: together)?|stitch(?: together)?|unite)\s+(?:the\s+|these\s+)?(?:(?:two|three|four|five|\d+)\s+)?(?:csv\s+|text\s+|json\s+)?(?:files?\s+)?(?P<u>{_URLS})(?:{_ONE})?(?!\s*(?:on|by|using|over)\b)", r"download \g<u>, then concat the files"),
    (rf"\b(?:put|bring|write|make|turn)\s+(?:the\s+)?(?:files?\s+)?(?P<u>{_URLS}){_ONE}", r"download \g<u>, then concat the files"),
    (rf"\b(?:put|stick|glue|stitch|bring|join|tie)\s+{_THESE}\s+(?:together|one after the other)(?:{_ONE})?(?!\s*(?:on|by|using|over)\b)", "concat the files"),
    (rf"\b(?:make|turn|put|write|merge|combine|join|pack)\s+{_THESE}{_ONE}(?!\s*(?:on|by|using|over|archive|zip)\b)", "concat the files"),
    (rf"\b(?:make|create|build|produce)\s+(?:one|a single)\s+(?:big\s+)?(?:csv\s+|text\s+)?file\s+(?:out of|from|of)\s+{_THESE}", "concat the files"),
    (r"\b(?:count|log)\s+the\s+rows\s+of\s+the\s+(?:result|merged file|combined file|whole|new file)\b", "count the rows with duckdb"),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)


def put_together(masked: Masked, told: Told) -> None:
    """Say `concat the files` for every way to make one file of several."""
    for pattern, new in _REWRITES:
        masked.text = pattern.sub(new, masked.text)
