"""Loops and conditions in words: the values of `each month of 2019`, the expression of `it is yellow`."""

from __future__ import annotations

import re

from copilot.planner.rules.field import in_answer
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.phrase import expression_of, subject_of
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import whole

# --- conditions --------------------------------------------------------------------------------------------

_NOT = (
    r"(?:is not|isn'?t|are not|aren'?t|was not|wasn'?t|does not|doesn'?t|!=|<>"
    r"|differs from|is different from|not equal to)"
)
_COMPARISONS: tuple[tuple[str, str], ...] = (
    (
        (
            r"(?:is|are|has|have|was)?\s*(?:greater|bigger|larger|higher"
            r"|more) than or equal(?: to)?|>=|(?:is|are|has|have)?\s*at least|(?:is"
            r"|are)?\s*no less than"
        ),
        ">=",
    ),
    (
        (
            r"(?:is|are|has|have|was)?\s*(?:smaller|less|lower|fewer) than or equal(?: to)?|<="
            r"|(?:is|are|has|have)?\s*at most|(?:is|are)?\s*no more than|does not exceed"
        ),
        "<=",
    ),
    (
        (
            r"(?:is|are|has|have|was|contains?)?\s*(?:greater|bigger|larger|higher|more"
            r"|longer) than|(?:is|are|goes|rises|was)\s*(?:over|above|past)|exceeds?|>"
        ),
        ">",
    ),
    (
        (
            r"(?:is|are|has|have|was|contains?)?\s*(?:smaller|less|lower|fewer|shorter) than"
            r"|(?:is|are|goes|drops|falls|was)\s*(?:under|below|beneath)|<"
        ),
        "<",
    ),
    (
        (
            rf"{_NOT}\s+(?:empty|null|missing|blank)|exists?|(?:is|are|was) (?:set|given|present"
            r"|found)|has (?:any )?(?:rows|results|data)"
        ),
        "exists",
    ),
    (
        (
            r"(?:is|are|was|were) (?:empty|null|missing|blank|unset|not set|not given)"
            r"|does(?: not|n'?t) exist|has no (?:rows|results|data)"
        ),
        "empty",
    ),
    (r"(?:does not|doesn'?t) contain", "lacks"),
    (r"contains?|includes?", "contains"),
    (r"(?:starts?|begins?) with", "starts"),
    (r"ends? (?:with|in)", "ends"),
    (rf"{_NOT}\s*(?:equal to\s+)?(?:an?\s+)?", "!="),
    (
        (
            r"(?:is|are|was|were|becomes?)\s+(?:equal to|the same as|exactly)|equals?|={1,3}"
            r"|matches|says|reads|(?:is|are|was|were|becomes?)\b"
        ),
        "==",
    ),
)


def condition(words: str, masked: Masked, scene: Scene) -> str | None:
    """Return an expression with braces for a condition in words; None when it cannot be read."""
    text = " ".join(words.split()).strip(" ,?")
    literals = masked.inside(text)
    if literals and MARK.fullmatch(text) and "{{" in literals[0].value:
        return literals[0].value
    for joiner, operator in (
        (r"\s+or\s+(?=\w+ (?:is|are|has|equals))", "or"),
        (r"\s+and\s+(?=\w+ (?:is|are|has|equals))", "and"),
    ):
        parts = re.split(joiner, text, maxsplit=1, flags=re.IGNORECASE)
        if len(parts) == 2:
            both = [_comparison(part, masked, scene) for part in parts]
            return f"{{{{ {both[0]} {operator} {both[1]} }}}}" if all(both) else None
    found = _comparison(text, masked, scene)
    return f"{{{{ {found} }}}}" if found else None


def _comparison(text: str, masked: Masked, scene: Scene) -> str | None:
    if said := _HAS_ROWS.match(text):
        text = "there are no rows" if said["empty"] else f"there are {said['what']}"
    if match := re.match(
        r"there (?:is|are|was|were) (?P<no>no |not any )?(?P<rest>.+)$", text, re.IGNORECASE
    ):
        return _there_is(match, masked, scene)
    if match := re.match(
        r"(?:it|today) is (?:not )?(?:a )?(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)$",
        text,
        re.IGNORECASE,
    ):
        operator = "!=" if " not " in text.lower() else "=="
        return f"(now() | date('EEEE')) {operator} '{match['day'].capitalize()}'"
    told = in_answer(text, masked, scene)
    if told == text and (reached := _reached(text, scene)) is not None:
        return reached
    text = told
    if (within := _between(text, masked, scene)) is not None:
        return within
    for pattern, operator in _COMPARISONS:
        match = re.search(rf"(?:^|\s)(?:{pattern})(?=\s|$)", text, re.IGNORECASE)
        if match is not None and match.start() >= 0:
            return _built(text[: match.start()].strip(), operator, text[match.end() :].strip(), masked, scene)
    subject = expression_of(text, masked, scene)
    return subject or None


_BETWEEN = re.compile(
    r"^(?P<what>.+?)\s+(?:is|are|lies|was)\s+(?P<not>not\s+)?(?:in\s+)?between\s+(?P<a>-?\d+(?:\.\d+)?)\s+and\s+(?P<b>-?\d+(?:\.\d+)?)(?:\s+\w+)?$",
    re.IGNORECASE,
)


def _between(text: str, masked: Masked, scene: Scene) -> str | None:
    """Read `it is between 10 and 20`, both ends included."""
    match = _BETWEEN.match(text)
    left = _left(match["what"], match["a"], masked, scene) if match else None
    if match is None or left is None:
        return None
    low, high = _number(left, scene), match["b"]
    inside = f"{low} >= {match['a']} and {low} <= {high}"
    return f"not ({inside})" if match["not"] else inside


_HAS_ROWS = re.compile(
    r"^(?:it|the file|the csv|the table|the result|that file)\s+(?:has|contains|have)\s+(?P<what>(?:no"
    r"|any|more than|less than|fewer than"
    r"|at least|at most|over)\b.*\b(?:rows?|records?|lines?|entries))$|^(?:it|the file|the csv"
    r"|the result)\s+is\s+(?P<empty>empty)$",
    re.IGNORECASE,
)
ASKS_ROWS = re.compile(
    r"\b(?:rows?|records?|lines?|entries)\b|\b(?:it|file|csv|result) is empty\b", re.IGNORECASE
)
"""A condition that speaks of how many rows there are."""
_UP = re.compile(
    r"(?:it|this|that|(?:the\s+)?(?:\w+\s+)?(?:service|server|site|website|page|api|endpoint|url|app|system"
    r"|host|request|call|check|response|answer|status))\s+(?P<not>(?:is|was|does)(?:\s+not|n'?t)\s+)?(?:is\s+|was\s+|are\s+)?"
    r"(?:(?P<up>up|ok|okay|reachable|available|healthy|responding|online|alive|fine|working|successful|respond|answer"
    r"|succeeds?|responds?|answers?|works?)"
    r"|(?P<down>down|unreachable|unavailable|unhealthy|offline|dead|broken|failing|fails|failed|unsuccessful))",
    re.IGNORECASE,
)


_ANSWERS = re.compile(
    r"(?:it|this|that|(?:the\s+)?(?:\w+\s+)?(?:service|server|site|website|page|api|endpoint|url|app"
    r"|request|call|response|answer))\s+"
    r"(?P<not>(?:does|did|is|was|do)(?:\s+not|n'?t)\s+)?(?:answers?|responds?|returns?|repl(?:y|ies)"
    r"|gives?|came back|comes back)\s+"
    r"(?:with\s+)?(?:an?\s+|the\s+)?(?:http\s+)?(?:status\s+)?(?:code\s+)?(?:of\s+)?(?P<code>\d{3})",
    re.IGNORECASE,
)


def _reached(text: str, scene: Scene) -> str | None:
    """Read `it is down`, `the service does not respond` as the status code of the last request."""
    newest = scene.latest("response", "rows", "value", "file")
    if (said := _ANSWERS.fullmatch(text)) and newest is not None and newest.kind == "response":
        code = scene.address(Carrier("value", newest.step, ("code",), newest.type, loops=newest.loops))
        return f"({code} ?? 0) {'!=' if said['not'] else '=='} {said['code']}"
    match = _UP.fullmatch(text)
    if match is None or newest is None or newest.kind != "response":
        return None
    code = scene.address(Carrier("value", newest.step, ("code",), newest.type, loops=newest.loops))
    return f"({code} ?? 0) {'==' if bool(match['up']) != bool(match['not']) else '!='} 200"


def _there_is(match: re.Match[str], masked: Masked, scene: Scene) -> str | None:
    rest = match["rest"]
    size = subject_of("number of rows", scene)
    if size is None:
        return None
    if match["no"]:
        return f"{size} == 0"
    compared = re.match(
        (
            r"(?:(?P<more>more than|over)|(?P<less>less than|fewer than)|(?P<least>at least)"
            r"|(?P<most>at most))\s+(?P<n>[\d,]+|\w+)"
        ),
        rest,
        re.I,
    )
    if compared:
        operator = (
            ">" if compared["more"] else "<" if compared["less"] else ">=" if compared["least"] else "<="
        )
        number = whole(compared["n"])
        return f"{size} {operator} {number}" if number is not None else None
    return f"{size} > 0"


def _built(subject: str, operator: str, value: str, masked: Masked, scene: Scene) -> str | None:
    right = _value(value, masked, scene)
    left = _left(subject, right, masked, scene)
    if left is None:
        return None
    if operator == "exists":
        return f"{left} is not empty"
    if operator == "empty":
        return f"{left} is empty"
    if right is None:
        return None
    if operator in (">", "<", ">=", "<="):
        return f"{_number(left, scene)} {operator} {right}"
    if operator in ("contains", "lacks"):
        return (
            f"{left} {'contains' if operator == 'contains' else 'not contains'} {right}"
            if operator == "contains"
            else f"not ({left} contains {right})"
        )
    if operator in ("starts", "ends"):
        return f"{left} | {operator}With({right})"
    if right in ("true", "false") and operator == "==":
        return f"{left} == {right}"
    return f"{left} {operator} {right}"


def _left(subject: str, right: str | None, masked: Masked, scene: Scene) -> str | None:
    low = re.sub(r"^(?:the|a|an|its|their|this|that)\s+", "", subject.lower()).strip()
    if low in ("", "it", "this", "that", "value", "the value"):
        plain = (right or "").strip("'")
        for item in scene.inputs:
            if plain in [str(value) for value in item.options.get("values") or ()]:
                return f"inputs.{item.id}"
        if scene.loop is not None:
            return scene.loop_value()
        if len(scene.inputs) == 1 and scene.latest("value", "rows", "response") is None:
            return f"inputs.{scene.inputs[0].id}"
        carrier = scene.latest("value", "response", "rows")
        if carrier is not None and carrier.kind == "rows" and carrier.single and carrier.columns:
            return f"{scene.address(carrier)}[0].{carrier.columns[-1]}"
        return scene.address(carrier) if carrier else None
    return expression_of(subject, masked, scene)


def _number(left: str, scene: Scene) -> str:
    """Turn texts into numbers where they are compared: a loop's value is always text, a response as well."""
    if left.endswith(("taskrun.value", ".body")) or (".vars." not in left and left.endswith(".value")):
        return f"({left} | number)"
    match = re.fullmatch(r"inputs\.(\w+)", left)
    typed = next((item.type for item in scene.inputs if match and item.id == match[1]), "")
    return f"({left} | number)" if typed in ("STRING", "SELECT") else left


def _value(text: str, masked: Masked, scene: Scene) -> str | None:
    text = re.sub(r"^(?:the|a|an|to|than|that of)\s+", "", text.strip(), flags=re.IGNORECASE).strip(" ,")
    if not text:
        return None
    literals = masked.inside(text)
    if literals and MARK.fullmatch(text):
        return quote(literals[0].value)
    number = re.match(r"-?\d+(?:\.\d+)?(?=$|\s|%)", text.replace(",", ""))
    if number:
        return number[0]
    if text.lower() in ("true", "false"):
        return text.lower()
    found = scene.lookup(text)
    counted = whole(text)
    if counted is not None and found is None:
        return str(counted)
    return found if found and not found.startswith("fromJson") else quote(text)


def quote(text: str) -> str:
    """Write a text as a string of the expression language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
