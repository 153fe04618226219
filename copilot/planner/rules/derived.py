"""Values made from known ones: `the length of the name`, `their sum`, `it in capital letters`."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.plan.render import snake
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import singular

Known = Callable[[str, Scene], "str | None"]
"""Returns the expression a phrase stands for, None when it names nothing known."""

_CASES: tuple[tuple[str, str], ...] = (
    (r"(?:capitals?|capital letters|upper-?\s?case|all caps|caps)", "upper"),
    (r"(?:small letters|lower-?\s?case)", "lower"),
    (r"title case", "title"),
    (r"reverse(?:d order)?|backwards", "split('') | reverse | join('')"),
)
_PREFIXED: tuple[tuple[str, str], ...] = (
    (r"(?:upper-?\s?cased?|capitali[sz]ed|capital)", "upper"),
    (r"(?:lower-?\s?cased?)", "lower"),
    (r"reversed|reverse of", "split('') | reverse | join('')"),
    (r"trimmed", "trim"),
    (r"absolute(?: value of)?", "abs"),
)
_LENGTH = re.compile(
    r"(?:length|size)\s+of\s+(?P<a>.+)|(?:number|count|amount)\s+of\s+(?:characters|letters"
    r"|chars|items|elements|values)\s+"
    r"(?:in|of)\s+(?P<b>.+)|how\s+(?:long|many (?:characters|letters|items))\s+(?P<c>.+?)\s+(?:is|has|are)",
)
_PAIRED: tuple[tuple[str, str], ...] = (
    (r"sum|total", "+"),
    (r"difference", "-"),
    (r"product", "*"),
    (r"quotient|ratio", "/"),
)
_BETWEEN: tuple[tuple[str, str], ...] = (
    (r"plus|added to|\+", "+"),
    (r"minus|-", "-"),
    (r"times|multiplied by|\*", "*"),
    (r"divided by|over|/", "/"),
)


def derived(low: str, scene: Scene, known: Known) -> str | None:
    """Return an expression for a phrase about known values; None where any part of it is unknown."""
    for read in (
        _cased,
        _prefixed,
        _length,
        _parity,
        _sign,
        _paired,
        _reckoned,
        _scaled,
        _full_name,
        _choice,
        _span,
    ):
        found = read(low, scene, known)
        if found is not None:
            return found
    return None


def _cased(low: str, scene: Scene, known: Known) -> str | None:
    for pattern, filter_ in _CASES:
        if match := re.fullmatch(rf"(?P<what>.+?)\s+(?:in|as|to|into)?\s*(?:all\s+)?{pattern}", low):
            value = _value(match["what"], scene, known)
            return f"{value} | {filter_}" if value else None
    return None


def _prefixed(low: str, scene: Scene, known: Known) -> str | None:
    for pattern, filter_ in _PREFIXED:
        if match := re.fullmatch(rf"(?:the\s+)?{pattern}\s+(?P<what>.+)", low):
            value = _value(match["what"], scene, known)
            return f"{value} | {filter_}" if value else None
    return None


def _value(words: str, scene: Scene, known: Known) -> str | None:
    found = known(words, scene)
    return f"({found})" if found and re.search(r"\s", found) else found


def _number(words: str, scene: Scene, known: Known) -> str | None:
    """As `_value`, to reckon with: the value of a loop is always a text."""
    found = _value(words, scene, known)
    return f"({found} | number)" if found and found.endswith("taskrun.value") else found


def _length(low: str, scene: Scene, known: Known) -> str | None:
    match = _LENGTH.fullmatch(re.sub(r"^the\s+", "", low))
    if match is None:
        return None
    plain = re.sub(r"^(?:the|a|an|my|your|its)\s+", "", (match["a"] or match["b"] or match["c"]).strip())
    value = scene.lookup(plain)
    return f"{value} | length" if value else None


def _parity(low: str, scene: Scene, known: Known) -> str | None:
    match = re.fullmatch(
        r"(?:whether|if)\s+(?P<what>.+?)\s+is\s+(?:an?\s+)?(?P<a>even|odd)(?:\s+or\s+(?:an?\s+)?"
        r"(?:even|odd))?(?:\s+number)?",
        low,
    )
    value = _number(match["what"], scene, known) if match else None
    return f"{value} % 2 == 0 ? 'even' : 'odd'" if value else None


def _sign(low: str, scene: Scene, known: Known) -> str | None:
    match = re.fullmatch(
        r"(?:whether|if)\s+(?P<what>.+?)\s+is\s+(?P<how>positive|negative|zero)(?:\s+or\s+(?P<other>\w+))?",
        low,
    )
    value = _number(match["what"], scene, known) if match else None
    if match is None or value is None:
        return None
    test = {"positive": "> 0", "negative": "< 0", "zero": "== 0"}[match["how"]]
    return f"{value} {test} ? '{match['how']}' : '{match['other'] or 'not ' + match['how']}'"


def _numbers(scene: Scene) -> list[str]:
    return [f"inputs.{item.id}" for item in scene.inputs if item.type in ("INT", "FLOAT")]


def _paired(low: str, scene: Scene, known: Known) -> str | None:
    for pattern, operator in _PAIRED:
        match = re.fullmatch(
            rf"(?:the|their|its)?\s*(?:{pattern})(?:\s+of\s+(?P<all>(?:them|both|the two|the numbers"
            rf"|all(?: of them)?|the inputs))"
            r"|\s+(?:of|between)\s+(?P<one>.+?)\s+and\s+(?P<two>.+))?",
            low,
        )
        if match is None:
            continue
        if match["one"]:
            both = [_number(match["one"], scene, known), _number(match["two"], scene, known)]
            return f"{both[0]} {operator} {both[1]}" if all(both) else None
        numbers = _numbers(scene)
        bare = not match["all"] and not re.match(r"(?:their|the)\s", low)
        fits = len(numbers) == 2 or (operator in "+*" and len(numbers) > 1)
        return f" {operator} ".join(numbers) if fits and not bare and not scene.carriers else None
    return None


def _reckoned(low: str, scene: Scene, known: Known) -> str | None:
    for pattern, operator in _BETWEEN:
        if match := re.fullmatch(rf"(?P<a>.+?)\s+(?:{pattern})\s+(?P<b>.+)", low):
            both = [
                part if re.fullmatch(r"-?\d+(?:\.\d+)?", part) else _number(part, scene, known)
                for part in (match["a"], match["b"])
            ]
            return f"{both[0]} {operator} {both[1]}" if all(both) else None
    return None


def _scaled(low: str, scene: Scene, known: Known) -> str | None:
    match = re.fullmatch(r"(?:the\s+)?(?P<how>square|double|twice|half|triple)\s+(?:of\s+)?(?P<what>.+)", low)
    value = _number(match["what"], scene, known) if match else None
    if match is None or value is None:
        return None
    how = match["how"]
    return (
        f"{value} * {value}"
        if how == "square"
        else f"{value} / 2"
        if how == "half"
        else f"{value} * {3 if how == 'triple' else 2}"
    )


def _full_name(low: str, scene: Scene, known: Known) -> str | None:
    names = {item.id for item in scene.inputs}
    if (
        re.fullmatch(r"(?:the|their|his|her)?\s*(?:full|whole|complete) name", low)
        and {"first_name", "last_name"} <= names
    ):
        return "inputs.first_name ~ ' ' ~ inputs.last_name"
    return None


def _choice(low: str, scene: Scene, known: Known) -> str | None:
    """Read `the choice`, `what was chosen` as the input that offers one."""
    if not re.fullmatch(
        r"(?:the|that|this|their|my|his|her)?\s*(?:choice|selection|option|pick|chosen (?:one"
        r"|value|option)|selected (?:one|value|option)s?)"
        r"|what (?:was|is|has been) (?:chosen|selected|picked)|which (?:one )?(?:was|is) (?:chosen"
        r"|selected|picked)",
        low,
    ):
        return None
    chosen = [item.id for item in scene.inputs if item.type in ("SELECT", "MULTISELECT")]
    return f"inputs.{chosen[-1]}" if chosen else None


def _span(low: str, scene: Scene, known: Known) -> str | None:
    """Read `the range from start to end` as both ends in one text."""
    match = re.fullmatch(
        r"(?:the\s+)?(?:range|period|span|interval)\s+(?:from|between)\s+(?P<a>.+?)\s+(?:to|until"
        r"|and)\s+(?P<b>.+)",
        low,
    )
    if match is None:
        return None
    both = [known(part, scene) for part in (match["a"], match["b"])]
    return f"{both[0]} ~ ' to ' ~ {both[1]}" if all(both) else None


def of_each(low: str, scene: Scene) -> str | None:
    """Inside a loop: `each of them`, `each user's name`, `the title of the product`, `its price`."""
    loop, value = scene.loop, scene.loop_value()
    if loop is None or value is None:
        return None
    nouns = {loop.noun, singular(loop.noun), "value", "item", "element", "one", "row", "record", "entry"} - {
        ""
    }
    noun = "|".join(sorted(map(re.escape, nouns), key=len, reverse=True))
    plain = (
        rf"(?:each|every|this|that|the(?: current)?)(?:\s+(?:of\s+(?:them|the\s+\w+|these|those)"
        rf"|{noun}|single\s+(?:one|{noun})))?|(?:the\s+)?(?:name|value)(?: of (?:it|each))?"
    )
    if re.fullmatch(plain, low) and low not in ("the",) and not (loop.json_values and "name" in low):
        return value
    if not loop.json_values:
        return None
    field = re.fullmatch(
        rf"(?:the|each|every|this|that)\s+(?:{noun})(?:'s|s')\s+(?P<a>[a-z_][\w ]*)|(?:its"
        rf"|their)\s+(?P<b>[a-z_][\w ]*)|"
        rf"(?:the\s+)?(?P<c>[a-z_]\w*)\s+of\s+(?:the|each|every|this|that)\s+(?:{noun})",
        low,
    )
    if field is None:
        return None
    return f"fromJson({value}).{snake(field['a'] or field['b'] or field['c'])}"
