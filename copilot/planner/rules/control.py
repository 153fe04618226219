"""Loops and conditions in words: the values of `each month of 2019`, the expression of `it is yellow`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from copilot.plan.render import snake
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.phrase import expression_of, subject_of
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import STOP_WORDS, singular, whole
from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Values:
    """What a loop goes over: values or an expression, the name of one of them, how many at once."""

    noun: str
    values: Json
    at_once: int = 1
    json_values: bool = False


_AT_ONCE = re.compile(
    (
        r"[\s,(]*(?:(?:with |at )?(?:at most |max(?:imum)? |up to )?(?P<n>\d+|two|three|four"
        r"|five|six|ten) (?:at (?:a|the same) time|at once|in parallel|concurrently)"
        r"|(?P<all>(?:all )?(?:in parallel|at the same time|concurrently|simultaneously))"
        r"|one (?:at a time|after the other|by one))\)?"
    ),
    re.IGNORECASE,
)
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LINK = re.compile(r"\s*(?:\bof\b|\bin\b|:|\bfrom\b|\bamong\b|\bnamely\b|\blike\b|=|\()\s*", re.IGNORECASE)


def loop_values(head: str, masked: Masked, scene: Scene) -> Values | None:
    """Read the words after `each`; None when it is not clear what to go over."""
    at_once = 1
    if match := _AT_ONCE.search(head):
        head = (head[: match.start()] + head[match.end() :]).strip(" ,")
        at_once = whole(match["n"]) or 1 if match["n"] else 0 if match["all"] else 1
    head = re.sub(r"^(?:of\s+)?(?:the\s+|these\s+|those\s+)?", "", head.strip(" ,:"), flags=re.IGNORECASE)
    for read in (_calendar, _range, _listed, _carried):
        found = read(head, masked, scene)
        if found is not None:
            return Values(found.noun, found.values, at_once, found.json_values)
    return None


def _calendar(head: str, masked: Masked, scene: Scene) -> Values | None:
    low = head.lower()
    if match := re.match(
        (
            r"months?\s+(?:of|in)\s+(?:the\s+)?(?:years?\s+)?(\d{4})(?:\s*(?:and|,|to|-|through"
            r"|until)\s*(\d{4}))?\b"
        ),
        low,
    ):
        first, last = int(match[1]), int(match[2] or match[1])
        return Values(
            "month", [f"{year}-{month:02d}" for year in range(first, last + 1) for month in range(1, 13)]
        )
    if match := re.match(
        r"months?\s+(?:from|between)\s+(\d{4})-(\d\d)\s+(?:to|until|and|through)\s+(\d{4})-(\d\d)", low
    ):
        first, last = int(match[1]) * 12 + int(match[2]) - 1, int(match[3]) * 12 + int(match[4]) - 1
        return Values("month", [f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1)])
    names = "|".join(_MONTHS)
    if match := re.match(
        rf"months?\s+(?:from\s+)?({names})\s+(?:to|until|through|-)\s+({names})(?:\s+(?:of\s+)?(\d{{4}}))?",
        low,
    ):
        numbers = range(_MONTHS.index(match[1]) + 1, _MONTHS.index(match[2]) + 2)
        return Values("month", [f"{match[3]}-{n:02d}" if match[3] else f"{n:02d}" for n in numbers])
    if match := re.match(
        r"days?\s+(?:from\s+|between\s+)?(\d{4}-\d\d-\d\d)\s+(?:to|until|and|through|-)\s+(\d{4}-\d\d-\d\d)",
        low,
    ):
        return _days(match[1], match[2])
    if match := re.match(r"quarters?\s+(?:of|in)\s+(\d{4})", low):
        return Values("quarter", [f"{match[1]}-Q{number}" for number in range(1, 5)])
    if re.fullmatch(r"months?(?: (?:of|in) (?:the|a) year)?", low):
        return Values("month", [f"{month:02d}" for month in range(1, 13)])
    if re.fullmatch(r"(?:week)?days?(?: of (?:the|a) week)", low):
        return Values("day", _WEEKDAYS)
    return None


def _days(first: str, last: str) -> Values | None:
    """Return the days between two dates, both included, at most about three years."""
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    count = (end - start).days + 1
    if not 0 < count <= 1100:
        return None
    return Values("day", [(start + timedelta(days=number)).isoformat() for number in range(count)])


def _range(head: str, masked: Masked, scene: Scene) -> Values | None:
    match = re.match(
        (
            r"(?:(?P<noun>[A-Za-z][\w ]*?)\s+)?(?:(?:from|in|of|between"
            r"|numbers?)\s+)*(?P<a>\d+)\s*(?:to|through|until|-|\.\.|and)\s*(?P<b>\d+|two|three"
            r"|four|five|six|seven|eight|nine|ten|twice)\b\s*$"
        ),
        head,
        re.IGNORECASE,
    )
    if match is None or (" and " in head and "between" not in head.lower()):
        return None
    first, last = int(match["a"]), whole(match["b"]) or 0
    if not first <= last <= first + 10_000:
        return None
    noun = singular((match["noun"] or "number").strip().split()[-1].lower())
    width = len(match["a"]) if match["a"].startswith("0") else 0
    return Values(noun, [f"{number:0{width}d}" if width else number for number in range(first, last + 1)])


def _listed(head: str, masked: Masked, scene: Scene) -> Values | None:
    """Read `color in red, green and blue`, `value of a, b, c`, `red, green`, `taxi type yellow and green`."""
    noun, rest = "value", head
    link = _LINK.search(head)
    if link and link.start() and not MARK.search(head[: link.start()]) and "," not in head[: link.start()]:
        noun, rest = head[: link.start()], head[link.end() :]
    rest = re.sub(
        r"^(?:the\s+)?(?:following\s+)?(?:list\s+|values?\s+|set\s+)?(?:of\s+)?[:(\[]?\s*",
        "",
        rest.strip(),
        flags=re.IGNORECASE,
    ).rstrip(")] ")
    parts = [
        part.strip()
        for part in re.split(r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|⟧\s+(?=⟦))\s*", rest)
        if part.strip()
    ]
    if len(parts) < 2 and not (parts and MARK.search(parts[0])):
        return None
    if rest == head and len(parts[0].split()) > 1 and not MARK.search(parts[0]):
        *lead, first = parts[0].split()
        noun, parts[0] = " ".join(lead), first
    elif rest == head and (mark := re.match(r"([A-Za-z][\w ]*?)\s+(⟦.*)", parts[0])):
        noun, parts[0] = mark[1], mark[2]
    values: list[Json] = []
    for part in parts:
        literals = masked.inside(part if part.endswith("⟧") or "⟦" not in part else part + "⟧")
        values.append(literals[0].value if literals else _plain(part))
    if any(isinstance(value, str) and len(value.split()) > 4 for value in values):
        return None
    word = singular(noun.strip(" ,:").split()[-1].lower()) if noun.strip(" ,:") else "value"
    return Values(word if word not in STOP_WORDS else "value", values)


def _plain(text: str) -> Json:
    text = re.sub(r"^(?:the|a|an)\s+", "", text.strip(" ,:"), flags=re.IGNORECASE)
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}|0", text) else text


def _carried(head: str, masked: Masked, scene: Scene) -> Values | None:
    """Read `row of the result`, `product`, `city` (of an input list), `file`."""
    noun = (
        singular(re.split(r"\s+(?:of|in|from)\s+", head.strip())[0].split()[-1].lower())
        if head.strip()
        else "value"
    )
    for item in scene.inputs:
        if item.type in ("ARRAY", "MULTISELECT", "JSON") and (
            snake(singular(item.id)) in (snake(noun), snake(singular(head))) or item.id in snake(head)
        ):
            return Values(noun, f"{{{{ inputs.{item.id} }}}}", json_values=item.type == "JSON")
    if noun == "file" and (files := _file_list(scene)):
        return Values(noun, files)
    rows = scene.latest("rows", "file", "response")
    if rows is None:
        return None
    return Values(noun, _rows_expression(scene, rows), json_values=True)


def _file_list(scene: Scene) -> str | None:
    for carrier in reversed(scene.carriers):
        if carrier.kind == "file" and carrier.name.startswith("*"):
            return f"{{{{ {scene.address(carrier)} }}}}"
    return None


def _rows_expression(scene: Scene, carrier: Carrier) -> str:
    address = scene.address(carrier)
    if carrier.kind == "rows":
        return f"{{{{ {address} }}}}"
    if carrier.kind == "response":
        return f"{{{{ {address} }}}}"
    return f"{{{{ read({address}) }}}}"


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
    if (reached := _reached(text, scene)) is not None:
        return reached
    for pattern, operator in _COMPARISONS:
        match = re.search(rf"(?:^|\s)(?:{pattern})(?=\s|$)", text, re.IGNORECASE)
        if match is not None and match.start() >= 0:
            return _built(text[: match.start()].strip(), operator, text[match.end() :].strip(), masked, scene)
    subject = expression_of(text, masked, scene)
    return subject or None


_UP = re.compile(
    r"(?:it|this|that|(?:the\s+)?(?:\w+\s+)?(?:service|server|site|website|page|api|endpoint|url|app|system"
    r"|host|request|call|check|response|answer|status))\s+(?P<not>(?:is|was|does)(?:\s+not|n'?t)\s+)?(?:is\s+|was\s+|are\s+)?"
    r"(?:(?P<up>up|ok|okay|reachable|available|healthy|responding|online|alive|fine|working|successful|respond|answer"
    r"|succeeds?|responds?|answers?|works?)"
    r"|(?P<down>down|unreachable|unavailable|unhealthy|offline|dead|broken|failing|fails|failed|unsuccessful))",
    re.IGNORECASE,
)


def _reached(text: str, scene: Scene) -> str | None:
    """Read `it is down`, `the service does not respond` as the status code of the last request."""
    match = _UP.fullmatch(text)
    newest = scene.latest("response", "rows", "value", "file")
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
