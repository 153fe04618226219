# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Parts of an answer in words: `the version in the answer`, `the first item's title`, `how many there are`."""

from __future__ import annotations

import re

from copilot.plan.render import snake
from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import singular, whole

_BOX = r"(?:(?:the\s+|its\s+|that\s+|this\s+|their\s+)?(?:json\s+|http\s+|api's\s+|api\s+|server's\s+|returned\s+|whole\s+)?(?:answer|response|reply|result|json|body|output|object|payload|document|data)(?:\s+(?:body|object|json))?(?:\s+(?:that|which)\s+(?:comes|came|is|was)\s+(?:back|returned|given))?|it|there|what\s+(?:comes|came|comes)\s+back)"
_IN = rf"\s+(?:in|of|from|out of|inside|within)\s+{_BOX}"
_NAME = r"[A-Za-z_]\w*(?:[.][A-Za-z_]\w*)*(?: [a-z_]\w*)?"
_NOUN = r"(?:field|value|key|property|attribute|entry|element)"
_ONLY = r"(?:(?:only|just|simply|nothing but)\s+)?"
_MARKED = (
    rf"{_ONLY}(?:the\s+|its\s+|their\s+|that\s+)?(?:(?:value|content)s?\s+of\s+(?:the\s+)?)?(?:{_NOUN}\s+(?:called\s+|named\s+)?)?(?P<f>{_NAME})(?:\s+{_NOUN})?{_IN}(?:\s+{_NOUN})?",
    rf"{_ONLY}(?:the\s+|its\s+)?(?:value\s+of\s+(?:the\s+)?)?{_NOUN}\s+(?:called\s+|named\s+)?(?P<f>{_NAME})",
    rf"{_ONLY}(?:the\s+|its\s+)(?P<f>{_NAME})\s+(?:field|key|property|attribute|value)",
    rf"(?:only|just|nothing but)\s+(?:the\s+|its\s+)(?P<f>{_NAME})",
    rf"{_ONLY}(?:its|their)\s+(?P<f>{_NAME})",
    rf"{_ONLY}the\s+(?P<f>{_NAME})\s+(?:it|the (?:answer|response|service|api|server))\s+(?:has|had|gives|gave|returns|returned|reports|reported|contains|contained|says|said|sent|came (?:back )?with|comes (?:back )?with|answered with)",
)
_FIELDS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _MARKED)
_NO_FIELD = frozenset(
    [
        "status_code",
        "code",
        "body",
        "headers",
        "header",
        "content",
        "contents",
        "number",
        "count",
        "size",
        "length",
        "uri",
        "url",
        "text",
        "rows",
        "row",
        "lines",
        "line",
        "result",
        "results",
        "answer",
        "response",
        "output",
        "outputs",
        "file",
        "files",
        "name_of",
        "data",
        "all",
        "everything",
        "value",
        "values",
        "it",
        "them",
        "them_all",
        "sum",
        "total",
        "average",
        "names",
        "list",
        "items",
        "entries",
        "elements",
        "first",
        "last",
        "uppercase",
    ]
)
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9, "last": -1}  # fmt: skip
_ORD = rf"(?P<nth>{'|'.join(_NTH)}|\d+(?:st|nd|rd|th))"
_OF_LIST = rf"(?:\s+(?:in|of|from|on)\s+(?:the\s+list|the\s+array|{_BOX}))?"
_ITEMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_ONLY}(?:the\s+)?{_ORD}\s+(?P<noun>[a-z]+)(?:'s|s'|’s)\s+(?P<f>{_NAME}){_OF_LIST}",
        rf"{_ONLY}(?:the\s+)?(?:(?:value|content)\s+of\s+the\s+)?(?P<f>{_NAME})(?:\s+{_NOUN})?\s+of\s+(?:the\s+)?{_ORD}\s+(?P<noun>[a-z]+){_OF_LIST}",
        rf"{_ONLY}(?:the\s+)?{_ORD}\s+(?P<noun>item|element|entry|object|one|record){_OF_LIST}",
    )
)
_THINGS = r"(?:items?|entries|elements?|objects?|records?|things?|results?|of them|there|it)"
_COUNT = re.compile(
    rf"(?:(?:how many|(?:the\s+)?(?:number|count|amount) of)\s+(?:the\s+|all\s+)?(?P<noun>{_THINGS}|[a-z]+s)(?:\s+(?:there\s+are|are\s+there|are|were|it\s+has|there\s+were|it\s+contains|it\s+holds|are\s+(?:in|on)\s+(?:the\s+(?:list|array)|{_BOX})|came back|were returned))?(?:\s+(?:in|of|on)\s+(?:the\s+(?:list|array)|{_BOX}))?"
    rf"|(?:the\s+)?(?:length|size)\s+of\s+(?:the\s+)?(?P<list>list|array))",
    re.IGNORECASE,
)
_LIST_OF = '(if type == "object" then first(.[] | arrays) else . end)'


def field_of(words: str, scene: Scene) -> str | None:
    """Return the expression of a part of the newest answer, None where the words name none."""
    low = " ".join(words.split()).strip(" ,.:")
    made = _moved_day(low) or _made(low, scene)
    if made is not None:
        return made
    answer = answer_at(scene)
    if answer is None or "⟦" in low:
        return None
    for pattern in _ITEMS:
        if (match := pattern.fullmatch(low)) is not None:
            return _item(match, answer, scene)
    if (counted := _COUNT.fullmatch(low)) is not None:
        return _counted(counted, answer, scene)
    for pattern in _FIELDS:
        match = pattern.fullmatch(low)
        if match is None or (name := path_of(match["f"])) is None:
            continue
        loop = scene.loop
        if (
            loop is not None
            and loop.id not in answer.loops
            and re.match(r"(?:its|their)\b", low, re.IGNORECASE)
        ):
            return None  # a part of what the loop is at
        return _read(base(answer, scene), name, scene)
    return None


def _read(whole: str, name: str, scene: Scene) -> str:
    """Read a field; `the version number` may be called `version` there."""
    short = re.sub(r"_(?:number|value|text|string|field)$", "", name)
    if short == name or path_of(short) is None:
        return f"{whole}.{name}"
    scene.note(f"'{name.replace('_', ' ')}' is the field '{name}' of the answer, or else '{short}'.")
    return f"{whole}.{name} ?? {whole}.{short}"


def answer_at(scene: Scene) -> Carrier | None:
    """Return the newest thing when it is an answer with fields: a response, or a JSON file that is no table."""
    newest = scene.latest("rows", "response", "file", "value")
    if newest is None or newest.kind == "value" or newest.kind == "rows":
        return None
    if newest.kind == "response":
        return newest
    plain = newest.format == "json" and not newest.records and not newest.compressed
    return newest if plain and newest.step else None


def base(answer: Carrier, scene: Scene) -> str:
    """Return the expression of an answer read as JSON."""
    address = scene.address(answer)
    return f"fromJson({address})" if answer.kind == "response" else f"fromJson(read({address}))"


def path_of(said: str) -> str | None:
    """Return a field's name as it stands in JSON; None for words that name no field."""
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", said):
        return said
    name = said if re.fullmatch(r"[A-Za-z_]*[a-z][A-Z]\w*", said) else snake(said)
    return None if name in _NO_FIELD or not re.fullmatch(r"[A-Za-z_]\w*", name) else name


def list_in(answer: Carrier, scene: Scene) -> str | None:
    """Return the name of the list in the answer, when the words told it."""
    address = scene.addresses.get(answer.step, "")
    return scene.lists.get(address)


def _item(match: re.Match[str], answer: Carrier, scene: Scene) -> str | None:
    said = match["nth"].lower()
    index = _NTH[said] if said in _NTH else int(re.sub(r"\D", "", said)) - 1
    parts = match.groupdict()
    name = path_of(parts["f"]) if parts.get("f") else ""
    if name is None:
        return None
    behind = f".{name}" if name else ""
    told = list_in(answer, scene)
    if told is not None and index >= 0:
        return f"{base(answer, scene)}.{told}[{index}]{behind}"
    inner = f".{told}" if told else _LIST_OF
    return f"{base(answer, scene)} | jq('{inner} | .[{index}]{behind}') | first"


def _counted(match: re.Match[str], answer: Carrier, scene: Scene) -> str | None:
    noun = (match["noun"] or "").lower()
    told = list_in(answer, scene)
    general = bool(match["list"]) or re.fullmatch(_THINGS, noun) is not None
    if re.fullmatch(r"characters|letters|words|bytes|days|lines|rows|columns", noun):
        return None
    if told is not None and (general or noun in (told, f"{told}s") or singular(noun) == singular(told)):
        return f"{base(answer, scene)}.{told} | length"
    if answer.kind == "file" or not (
        general or noun == answer.subject or singular(noun) == singular(answer.subject)
    ):
        return None
    return f"{base(answer, scene)} | jq('{_LIST_OF} | length') | first"


_DAY = re.compile(
    r"(?:the\s+)?(?:today(?:'s date)?|current date|date(?: of today)?|now)\s+(?P<a>plus|minus|\+|-)\s*(?P<n>\d+|[a-z]+)\s+(?P<u>day|week|month|year)s?|(?:the\s+)?date\s+(?:in\s+)?(?P<n2>\d+|[a-z]+)\s+(?P<u2>day|week|month|year)s?\s+(?P<b>from (?:now|today)|ago|ahead)"
    r"|(?:the\s+)?(?P<c>yesterday|tomorrow)(?:'s date)?|(?:the\s+)?date of (?P<d>yesterday|tomorrow)",
    re.IGNORECASE,
)


def _moved_day(low: str) -> str | None:
    """Read `today's date plus 7 days`, `tomorrow` as a date."""
    match = _DAY.fullmatch(low)
    if match is None:
        return None
    named = (match["c"] or match["d"] or "").lower()
    number = 1 if named else whole(match["n"] or match["n2"])
    if number is None:
        return None
    back = (
        named == "yesterday"
        or (match["a"] or "").lower() in ("minus", "-")
        or (match["b"] or "").lower() == "ago"
    )
    unit = "DAY" if named else (match["u"] or match["u2"]).upper()
    return f"now() | dateAdd({-number if back else number}, '{unit}S') | date('yyyy-MM-dd')"


# --- what a step has computed

_MAKER = r"(?:python|it|the\s+(?:python\s+|shell\s+|first\s+|previous\s+)?(?:script|step|task|code|command)|she|he|node|bash|the\s+shell)"
_GAVE = r"(?:came\s+up\s+with|has\s+come\s+up\s+with|drew|has\s+drawn|computed|has\s+computed|calculated|returned|has\s+returned|printed|produced|made|picked|chose|found|gave|gives|counted|worked\s+out|generated|handed\s+(?:on|over)|put\s+out)"
_VALUE = re.compile(
    rf"{_ONLY}(?:the|that|this|its)\s+(?P<n>[a-z]+(?:\s+[a-z]+)??)(?:\s+(?:that\s+|which\s+)?(?:{_MAKER})\s+{_GAVE}|\s+(?:that|which)\s+(?:was|is|has been)\s+\w+|\s+(?:of|from)\s+{_MAKER}|\s+afterwards|\s+then)?",
    re.IGNORECASE,
)
_WHAT = re.compile(rf"{_ONLY}what(?:ever)?\s+{_MAKER}\s+{_GAVE}", re.IGNORECASE)
_END_OF = re.compile(
    r"(?:only\s+|just\s+)?(?:the\s+)?(?P<which>last|first|biggest|largest|smallest)\s+(?:one|number|item|value|element|of them)(?:\s+(?:of|in|from)\s+(?:it|them|the list))?",
    re.IGNORECASE,
)
VALUES = frozenset(
    [
        "number",
        "value",
        "result",
        "sum",
        "total",
        "product",
        "count",
        "figure",
        "average",
        "mean",
        "answer",
        "output",
        "text",
        "word",
        "date",
        "day",
        "list",
        "numbers",
        "values",
        "outcome",
        "factorial",
        "quotient",
        "difference",
        "remainder",
        "square",
        "root",
        "power",
        "percentage",
        "rest",
    ]
)


def _made(low: str, scene: Scene) -> str | None:
    newest = scene.latest("rows", "response", "file", "value")
    if (
        newest is not None
        and newest.given.startswith("vars.")
        and re.fullmatch(r"(?:the|that|this) variable|(?:its|the) value", low)
    ):
        return newest.given
    if newest is None or newest.kind != "value" or newest.path[:2] != ("vars", "result"):
        return None
    if scene.loop is not None and newest.name == "list" and scene.loop.id not in newest.loops:
        return None  # one of the list is meant, not all of it
    address = scene.address(newest)
    if _WHAT.fullmatch(low):
        return address
    if (end := _END_OF.fullmatch(low)) is not None and newest.name == "list":
        how = {"last": "last", "first": "first", "biggest": "max", "largest": "max", "smallest": "min"}[
            end["which"].lower()
        ]
        return f"{address} | {how}"
    match = _VALUE.fullmatch(low)
    if match is None:
        return None
    said = set(match["n"].lower().split())
    return (
        address
        if said & (VALUES | {newest.subject, f"{newest.subject}s"})
        and not said
        - VALUES
        - set(newest.subject.split("_"))
        - {f"{newest.subject}s", "drawn", "random", "computed", "new", "final"}
        else None
    )


# --- texts and conditions

_PLACE = re.compile(r"(?<!\{)\{([A-Za-z_]\w*(?:[. ]\w+)?)\}(?!\})|<([A-Za-z_]\w*(?:[. ]\w+)?)>")


def answered(text: str, scene: Scene) -> str:
    """Put fields of the newest answer, row or value where a text still says `<name>` or `{name}`."""
    newest = scene.latest("rows", "response", "file", "value")

    def put(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if newest is None:
            return match[0]
        if newest.kind == "value":
            fits = snake(name) in VALUES | {newest.subject, "it", "x", "n"}
            return f"{{{{ {scene.address(newest)} }}}}" if fits else match[0]
        if newest.kind == "rows" and newest.path == ("rows",) and scene.loop is None:
            return (
                f"{{{{ {scene.address(newest)}[0].{snake(name)} }}}}"
                if newest.single or not newest.columns
                else match[0]
            )
        answer = answer_at(scene)
        if answer is None:
            return match[0]
        if name.lower() in ("answer", "response", "body", "result", "reply"):
            return f"{{{{ {scene.address(answer) if answer.kind == 'response' else f'read({scene.address(answer)})'} }}}}"
        found = path_of(name)
        return f"{{{{ {base(answer, scene)}.{found} }}}}" if found else match[0]

    return _PLACE.sub(put, text)


_SUBJECT = re.compile(
    rf"^(?P<s>(?:the\s+|its\s+|their\s+)?(?:(?:value\s+of\s+(?:the\s+)?)?{_NOUN}\s+(?:called\s+|named\s+)?)?(?P<f>{_NAME}?)(?:\s+(?:field|value|key))?(?P<in>{_IN})?)\s+(?P<rest>(?:is|are|was|equals?|becomes?|has|contains?|says?|reads?|exceeds?|does|isn't|doesn't|starts?|ends?|goes|rises|falls|drops|[=<>!])(?:\b|(?<=[=<>!])).*)$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"^(?:the\s+)?(?:list|array|answer|response|it)\s+(?:has|have|contains|holds)\s+(?P<cmp>(?:more|less|fewer) than|at least|at most|exactly|over|under)\s+(?P<n>\d+|\w+)\s+(?P<noun>[a-z]+)$",
    re.IGNORECASE,
)
_COMPARED = {"more than": "is more than", "less than": "is less than", "fewer than": "is less than", "at least": "is at least", "at most": "is at most", "exactly": "is", "over": "is more than", "under": "is less than"}  # fmt: skip


def in_answer(text: str, masked: Masked, scene: Scene) -> str:
    """Return a condition with what it says of the newest answer put aside as an expression."""
    answer = answer_at(scene)
    if answer is None:
        return text
    if (listed := _LISTED.match(text)) is not None:
        size = (
            field_of("the number of items in the list", scene)
            or f"{base(answer, scene)} | jq('{_LIST_OF} | length') | first"
        )
        return f"{_mark(f'({size})', listed[0], masked)} {_COMPARED[listed['cmp'].lower()]} {listed['n']}"
    match = _SUBJECT.match(text)
    if match is None:
        return text
    told = bool(match["in"]) or re.match(rf"(?:the\s+|its\s+)?{_NOUN}\s", match["s"], re.IGNORECASE)
    name = path_of(match["f"])
    if name is None or (scene.lookup(match["f"]) is not None and not told):
        return text
    coded = re.search(r"\b[1-5]\d\d\b", match["rest"]) is not None
    if name == "status" and not coded:
        told = True
    if not told:
        return text
    return f"{_mark(f'{base(answer, scene)}.{name}', match['s'], masked)} {match['rest']}"


def _mark(expression: str, words: str, masked: Masked) -> str:
    return masked.put(Literal("code", f"{{{{ {expression} }}}}", words)).strip()
