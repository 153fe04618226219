# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Words of order: `second …`, `step 2:`, `before anything else`, `in the end, no matter what`."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told

_VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})(?:e?s)?"
_NTH = r"(?:second(?:ly)?|third(?:ly)?|fourth(?:ly)?|fifth(?:ly)?|next up|last(?:ly)? of all|as (?:a|the) last (?:step|thing)|as the final step|to end with|at last|to finish(?: up)?|at the end)"
_WELL = r"(?:work(?:s|ed)?|succeed(?:s|ed)?|fail(?:s|ed)?|went well|goes well|was successful|is successful)"
_DONE = r"(?:done|finished|ready|complete(?:d)?|ended|there|over|through)"
_ALWAYS = r"(?:no matter what(?: happens)?|whatever happens|in any case|in all cases|always|under all circumstances|come what may|whatever the (?:outcome|result)(?: is)?|regardless of (?:the (?:outcome|result)|what happens|success or failure)|in every case)"
_TABLE: tuple[tuple[str, str], ...] = (
    (r"(?:^|(?<=[\s.;,]))step\s+(?:\d+|one|two|three|four|five|six)\s*(?:[:.)]|-(?=\s)|is\s+to\b)\s*", "\n"),
    (r"(?:^|(?<=[.;]\s))before (?:anything|everything|all) else\s*,?\s*", "first "),
    (r"\blast(?:ly)? of all\b(?:\s*,)?", "finally"),
    (rf"\s*[,;]\s*(?:and\s+|then\s+)*{_NTH}\s*,?\s+(?=(?:{_VERB})\b)", ", then "),
    (rf"(?P<a>[.;]\s+)(?:and\s+|then\s+)*{_NTH}\s*,?\s+(?=(?:{_VERB})\b)", r"\g<a>then "),
    (rf"\s*,?\s+and\s+(?:{_NTH})\s*,?\s+(?=(?:{_VERB})\b)", ", then "),
    (rf"\s*(?:,\s*)?(?:\band\s+|\bthen\s+|\bfollowed by\s+)*\ban?\s+(?:second|third|fourth|next|last|final|another|further|follow-up)\s+(?:step|task|one)\s+(?:that|which|to|should|then)\s+(?=(?:{_VERB})\b)", ", then "),
    (rf"(?P<a>^|[.;]\s+)(?:an?\s+|the\s+)?first\s+(?:step|task|one)?\s*(?:then\s+)?(?:should\s+|must\s+|will\s+)?(?=(?:{_VERB})s\b|(?:{_VERB})\s+⟦)", r"\g<a>it "),
    (r"^\s*(?:to begin with|to start with|first of all)\s*,?\s*", "first "),
    (rf"(?P<a>^|[.;,]\s+|\s+(?=and\s+(?:the|an?)\s))(?:and\s+)?(?:an?\s+|the\s+)(?:second|third|fourth|next|following|last|final|other)\s*(?:step|task|one)?\s+(?:then\s+)?(?:should\s+|must\s+|will\s+|has to\s+)?(?=(?:{_VERB})s\b)", r", then it "),
    (r"(?P<lead>^\s*|[.;]\s+)(?:if|when|in case)\s+(?:the\s+)?(?P<v>download|call|request)(?:ing)?\s+(?:of|to)\s+(?P<at>⟦\d+⟧)\s+(?:fails|goes wrong|does not work|breaks)\s*,?\s*", r"\g<lead>\g<v> \g<at>. If it fails, "),
    (rf"(?P<a>^|[.;]\s+)(?:the\s+)?(?:second|third|next|last|final|other)\s+(?:step|task|one)\s+(?:then\s+)?(?:should\s+|must\s+|will\s+|has to\s+)?(?=(?:{_VERB})\b)", r"\g<a>then "),
    (rf"\s*[,;.]?\s*(?:\band\s+)?\b(?:in|at) the (?:very )?end\s*,?\s+{_ALWAYS}\s*,?\s*", ". Whatever happens, "),
    (rf"\s*[,;.]?\s*(?:\band\s+)?\b{_ALWAYS}\s*,?\s+(?:in|at) the (?:very )?end\s*,?\s*(?=(?:{_VERB})\b)", ". Whatever happens, "),
    (r"(?P<a>^|[.;,]\s+|\s+(?=and\s+then\b))(?:and\s+|but\s+|then\s*,?\s+)*(?:whatever the (?:outcome|result)(?: is)?|regardless of (?:the (?:outcome|result)|what happens|success or failure)|come what may)\s*,?\s*(?P<do>[^.;]+?)(?:\s+(?:at the (?:very )?end|in the end))?(?=[.;]|\s*$)", r". Whatever happens, \g<do>"),
    (rf"[,;.]?\s*(?:\band\s+|\bbut\s+)?(?:whether|no matter (?:if|whether))\s+(?:or not\s+)?(?:it|that|this|everything|all|the\s+\w+)\s+(?:has\s+|have\s+)?{_WELL}(?:\s+or\s+(?:not|{_WELL}|it did(?:n't| not)))?\s*,?\s*(?P<do>[^.;,]+?)(?:\s+(?:at the (?:very )?end|in the end))?(?=\s*[.;]|\s*$)", r". Whatever happens, \g<do>"),
    (rf"(?:^|(?<=[.;]\s)|,\s*(?:and\s+)?|\s+and\s+)(?:once|when|as soon as|after)\s+(?:both|all|everything|they|these|the (?:two|three|downloads|tasks|steps))(?:\s+(?:of them|three|two|tasks|steps|downloads|files))?\s+(?:are|is|have|has)\s+(?:all\s+|both\s+|been\s+)?{_DONE}\s*,?\s*", ". After that "),
    (r"(?:\bin the end|\bat the very end)\s*,?\s+(?=(?:log|print|write|send|post)\b)", "finally "),
    (r"^[\s.,]+", ""),
    (r"\.\s*\.\s", ". "),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)
_AFTER = re.compile(
    rf"(?P<lead>^\s*|[.;]\s+)after\s+(?P<ing>[a-z]+ing)\s+(?P<what>(?:⟦\d+⟧|[^.,;⟦])+?)\s*,?\s+(?=(?:{_VERB})\b)",
    re.IGNORECASE,
)


def ordered(masked: Masked, told: Told) -> None:
    """Write words of order as `then`, and what is done in any case as such."""
    text = masked.text
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    text = _AFTER.sub(_after, text)
    masked.text = _CALLS.sub(lambda match: _each_called(match, masked), text)


_CALLS = re.compile(
    r"\b(?P<v>call|request|ping|hit)\s+(?P<all>⟦\d+⟧(?:\s*(?:,\s*(?:and\s+)?|\band\b)\s*⟦\d+⟧)+)(?!\s*,?\s*(?:or|and|,)\b)(?!\s*,)",
    re.IGNORECASE,
)


def _each_called(match: re.Match[str], masked: Masked) -> str:
    """`call ⟦0⟧ and ⟦1⟧` is two calls."""
    marks = re.findall(r"⟦\d+⟧", match["all"])
    if any(item.kind != "url" for item in masked.inside(match["all"])):
        return match[0]
    return " and ".join(f"{match['v']} {mark}" for mark in marks)


def _after(match: re.Match[str]) -> str:
    """`after logging ⟦0⟧ sleep` is `log ⟦0⟧, then sleep`."""
    stem = match["ing"].lower().removesuffix("ing")
    verb = next((form for form in (stem, f"{stem}e", stem[:-1]) if form in VERBS), None)
    return f"{match['lead']}{verb} {match['what']}, then " if verb else match[0]
