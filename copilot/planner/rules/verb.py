"""Verbs brought to their plain form: that downloads, before deleting."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import VERBS

_WHETHER = re.compile(
    r"\b(?:check|see|test|verify|find out)\s+(?:whether|if)\s+(?P<what>[^.;,]+?)\s+"
    r"(?P<how>(?:is|are|has|have|exists?)\b[^.;,]*)"
    r"\s*[;,.]?\s*(?:and\s+)?if (?:so|it is|it does|yes|they are)\b\s*,?\s*",
    re.IGNORECASE,
)


_MEASURES = r"(?:minimum|maximum|average|total|count|mean|min|max|avg|sum)"


_MANY_MEASURES = re.compile(
    rf"\b({_MEASURES}(?:\s*(?:,\s*(?:and\s+)?|\band\s+|&\s*)(?:the\s+)?{_MEASURES})+)\s+(?:of\s+)?(?:the\s+)?([a-z_]\w*)",
    re.IGNORECASE,
)


def _each_measure(match: re.Match[str]) -> str:
    """Write `min, max and average price` as `min price / max price / average price`."""
    names = re.findall(_MEASURES, match[1], re.IGNORECASE)
    return " / ".join(name if name.lower() == "count" else f"{name} {match[2]}" for name in names)


def plain_verbs(text: str) -> str:
    """Write `that downloads … and logs` as `that download … and log`, `before deleting` likewise."""
    text = _WHETHER.sub(r"query \g<what>. If it \g<how>, ", text)
    text = _MANY_MEASURES.sub(_each_measure, _SHORT_IS.sub(r"\1 is", text))
    third = re.search(
        r"\b(?:flow|workflow|pipeline|it|that|which)\s+(?:that\s+|which\s+)?([a-z]+s)\b", text, re.IGNORECASE
    )
    sure = third is not None and _base(third[1].lower()) is not None

    def plain(match: re.Match[str]) -> str:
        if f"{match['verb']}{match['s']}".lower() == "does":
            return match[0]
        verb = _base(match["verb"].lower() + match["s"])
        noun_too = verb in _NOUNS_TOO and match["lead"].strip().lower() in ("and", ",")
        return match[0] if verb is None or (noun_too and not sure) else f"{match['lead']}{verb}"

    text = _THIRD_PERSON.sub(plain, f"that {text}").removeprefix("that ")
    return _ING.sub(lambda match: f"{match[1]}{_ing_base(match[2].lower()) or match[2]}", text)


_SHORT_IS = re.compile(
    r"\b(it|that|there|he|she|what|today(?=['’]s\s+(?:a\s+)?\w+day\b))['’]s\b", re.IGNORECASE
)


def _base(word: str) -> str | None:
    """Return the verb of a third person: `downloads`, `fetches`, `copies`."""
    for end, new in (("ies", "y"), ("es", ""), ("s", ""), ("es", "e")):
        if word.endswith(end) and word[: -len(end)] + new in VERBS:
            return word[: -len(end)] + new
    return None


_ING = re.compile(
    r"(\b(?:before|after|by|then|and|start with|starts with)\s+|,\s+)([a-z]{3,}ing)\b(?=\s)", re.IGNORECASE
)


def _ing_base(word: str) -> str | None:
    stem = word.removesuffix("ing")
    return next((form for form in (stem, f"{stem}e", stem[:-1]) if form in VERBS), None)


_THIRD_PERSON = re.compile(
    (
        r"(?P<lead>(?:\b(?:it|that|which|flow|workflow|pipeline|and|then|also|next"
        r"|finally)|,)\s+)(?P<verb>[a-z]+?)(?P<s>es|s)\b(?=\s+(?:the|a|an|it|them|its|all|each"
        r"|every|this|that|these|data|⟦|to|with|from|in|into|only|\d|[a-z]+))"
    ),
    re.IGNORECASE,
)


_NOUNS_TOO = frozenset(
    [
        "order",
        "count",
        "group",
        "report",
        "label",
        "tag",
        "set",
        "list",
        "log",
        "index",
        "copy",
        "name",
        "map",
        "check",
        "mail",
        "message",
    ]
)
