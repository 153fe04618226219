"""What a loop goes over, in words: months, ranges, lists, rows that are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from copilot.plan.render import snake
from copilot.planner.rules.field import base, list_in
from copilot.planner.rules.literal import MARK, Masked
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
    files: bool = False


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


_LINK = re.compile(
    r"\s*(?:\bout of\b|\bof\b|\bin\b|:|\bfrom\b|\bamong\b|\bnamely\b|\blike\b|=|\()\s*", re.IGNORECASE
)


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
            return Values(found.noun, found.values, at_once, found.json_values, found.files)
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
    places = masked.inside(parts[0]) if len(parts) == 1 else []
    if places and places[0].kind in ("path", "address"):
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
        return Values(noun, files, files=True)
    made = scene.latest("value", "rows", "file", "response")
    if made is not None and made.kind == "value" and made.name == "list":
        return Values(
            noun if noun not in STOP_WORDS | {"them"} else "number", f"{{{{ {scene.address(made)} }}}}"
        )
    rows = scene.latest("rows", "file", "response")
    if (
        rows is not None and rows.kind == "rows" and rows.single
    ):  # a number was asked for, not what to go over
        rows = scene.latest_of_many()
    if rows is None:
        return None
    if rows.kind != "rows" and (told := list_in(rows, scene)):
        return Values(noun, f"{{{{ {base(rows, scene)}.{told} }}}}", json_values=True)
    return Values(noun, _rows_expression(scene, rows), json_values=True)


def _file_list(scene: Scene) -> str | None:
    for carrier in reversed(scene.carriers):
        if carrier.kind == "file" and carrier.name.startswith("*"):
            return f"{{{{ {scene.address(carrier)} }}}}"
    return None


# The rows of an answer: itself, or the first list in an object around them, as in `{"products": [...]}`.
_ROWS_OF = '(if type == "object" then first(.[] | arrays) else . end) | .[]'


def _rows_expression(scene: Scene, carrier: Carrier) -> str:
    address = scene.address(carrier)
    if carrier.kind == "rows":
        return f"{{{{ {address} }}}}"
    if carrier.kind == "response":
        return f"{{{{ fromJson({address}) | jq('{_ROWS_OF}') }}}}"
    if carrier.format == "json" and not carrier.records:
        return f"{{{{ fromJson(read({address})) | jq('{_ROWS_OF}') }}}}"
    return f"{{{{ read({address}) }}}}"


def file_of_loop(scene: Scene) -> Carrier:
    """Return the file the innermost loop is at, as something its steps can read."""
    loops = tuple(frame.id for frame in scene.frames if frame.kind == "loop")
    facts = {"name": "data", "subject": "file", "given": f"@{loops[-1]}", "loops": loops}
    said = re.search(r"\b(csv|parquet|jsonl?|xml|avro|excel|yaml)\b", scene.request.lower())  # the first one
    facts |= {"format": said[1], "name": f"data.{said[1]}"} if said else {}
    return Carrier("file", "", (), **facts)  # type: ignore[arg-type]
