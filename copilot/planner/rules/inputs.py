"""Inputs in words: `let me choose year and month`, `a name I choose`, `with an input limit (default 10)`."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan
from copilot.plan.render import snake
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.word import STOP_WORDS, singular
from engine.model.json import Json

_CHOOSE = (
    r"(?:choose|pick|select|enter|type in|type|provide|give|set|specify|pass(?: in)?"
    r"|supply|decide(?: on)?|fill in)"
)
_WHO = r"(?:i|me|we|you|the user|users|a user|somebody|someone|the caller|people|whoever (?:runs|starts) it)"
_HEADS = (
    rf"\b(?:and\s+)?(?:let(?:ting|s)?|allow(?:ing|s)?)\s+{_WHO}\s+(?:to\s+)?{_CHOOSE}\s+",
    (
        rf"\b(?:and\s+)?(?:where|so that|when)?\s*{_WHO}\s+(?:can|may|must|should|want to"
        rf"|would like to|get to|will|have to|need to)\s+(?:be able to\s+)?{_CHOOSE}\s+"
    ),
    rf"\b(?:and\s+)?(?:prompts?|asks?|asking)\s+(?:{_WHO}\s+)?for\s+",
    (
        rf"\b(?:and\s+)?(?:prompts?|asks?|asking)\s+{_WHO}\s+(?:which|what|to (?:choose|pick"
        r"|enter|provide|select|give))\s+"
    ),
    (
        r"\b(?:and\s+|,\s*)?(?:(?:with|has|have|having|takes?|taking|accepts?|accepting|add"
        r"|using|receives?|requires?|use|declare|define|given)\s+)(?:an?\s+|the\s+|one\s+"
        r"|two\s+|three\s+|four\s+|these\s+|as\s+|some\s+)?(?:optional\s+|required\s+|flow\s+"
        r"|string\s+|integer\s+|int\s+|text\s+|number\s+|select\s+|boolean\s+"
        r"|date\s+)*(?:inputs?|parameters?|arguments?)\s*(?:for\s+|called\s+|named\s+|of\s+"
        r"|:\s*|such as\s+|like\s+)?"
    ),
    r"\b(?:the\s+)?(?:inputs?|parameters?)\s*(?:are|is|should be|:)\s*",
    r"(?:^|(?<=[.,;]\s))given\s+(?=(?:an?|the)\s)",
    (
        r"(?:\b(?:and|that|which)\s+)?\btakes?\s+(?=(?:an?"
        r"|the)\s+(?:\w+\s+){1,3}(?:as (?:an? )?(?:input|parameter)))"
    ),
)
_HEAD = re.compile("|".join(f"(?:{head})" for head in _HEADS), re.IGNORECASE)
_MINE = re.compile(
    r"\b(?:an?|the|any|some|whatever|my"
    r"|one)\s+(?P<name>[a-z][\w-]*(?:\s+[a-z][\w-]*)?)\s+(?:(?:that"
    rf"|which)\s+)?(?:{_WHO})\s+(?:can\s+|will\s+|want to\s+"
    rf"|may\s+)?{_CHOOSE}s?\b(?:\s+(?:at (?:the )?(?:start|run ?time|launch)"
    r"|when (?:starting|running|i (?:start|run))(?: it| the flow)?|as input|each time"
    r"|every time))?|"
    r"\b(?:an?|the)\s+(?P<name2>[a-z][\w-]*(?:\s+[a-z][\w-]*)?)\s+(?:(?:given|provided"
    r"|passed(?: in)?|entered|chosen|supplied|taken|coming|asked|read)\s+)(?:(?:as|by"
    r"|from|through|via)\s+)(?:an?\s+|the\s+)?(?:inputs?|parameters?|user|me|caller)|"
    r"\b(?:an?|the)\s+(?P<name3>[a-z][\w-]*(?:\s+[a-z][\w-]*)?)\s+(?:from (?:an?"
    r"|the) (?:inputs?|parameters?|user)|as (?:an? )?(?:inputs?|parameters?))|"
    r"\b(?:an?|the)\s+(?:inputs?|parameters?)\s+(?P<name4>(?!called"
    r"|named)[a-z][\w-]*)(?=\s*(?:$|[,.]|⟦)|\s+(?:is|equals|exceeds|contains|to|into|and|in|as|with|from)\b)|\bthe\s+(?P<name5>[a-z][\w-]*)\s+(?:inputs?"
    r"|parameters?)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    (
        r"\s*(?:(?:the|a|an|its|my|one|which|what|of|two|three|both|whether|optional"
        r"|required)\s+)*(?:(?P<typed>string|integer|int|text|number|boolean|date|select|file"
        r"|json|float|list)\s+)?(?P<name>⟦\d+⟧|[A-Za-z][\w-]*(?:\s+[A-Za-z][\w-]*){0,2})"
    ),
    re.IGNORECASE,
)
_VERBS = "|".join(sorted(sorted(VERBS - {"set", "order", "label", "name"}), key=len, reverse=True))
_TAIL = re.compile(
    r"\s*(?:\((?P<paren>[^)]*)\)|,?\s*(?:with\s+)?(?:a\s+)?(?:the\s+)?defaults?(?:\s+value"
    r")?(?:ing)?(?:\s+(?:to|of|is|being))?\s*[:=]?\s*(?P<default>⟦\d+⟧|[\w./:-]*\w)"
    r"|\s*=\s*(?P<eq>⟦\d+⟧|[\w./:-]*\w)|"
    r"\s+(?:between|out of|among|from(?=\s+[\w-]+(?:,|\s+(?:and"
    r"|or))))\s+(?P<choices>[\w-]+(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)(?!(?:"
    + _VERBS
    + r")\b)[\w-]+)+)|\s*:\s*(?P<colon>[\w-]+(?:(?:\s*,\s*(?:or\s+)?|\s+or\s+)[\w-]+)+))",
    re.IGNORECASE,
)
_AFTER = re.compile(
    (
        r"\s*(?:as (?:an? )?(?:inputs?|parameters?)|at (?:the )?(?:start|run ?time|launch)"
        r"|when (?:starting|running|i (?:start|run))(?: it| the flow)?|(?:and|to) use (?:it"
        r"|them)\b)"
    ),
    re.I,
)
_BREAK = STOP_WORDS - {"year"} | {
    "when",
    "while",
    "before",
    "after",
    "default",
    "defaults",
    "where",
    "i",
    "if",
    "between",
    "is",
    "are",
    "defaulting",
    "among",
    "per",
    "whose",
}

_INT = re.compile(
    r"^(?:year|count|number|limit|age|size|n|top|quantity|batch|batch_size|port|rows|max"
    r"|min|seconds|minutes|hours|days|retries|threshold_count|how_many|number_of_\w+"
    r"|\w+_count|\w+_number|page|id)$"
)
_FLOAT = re.compile(
    r"^(?:price|amount|threshold|rate|ratio|percentage|percent|temperature|score|weight"
    r"|budget|\w+_price|\w+_threshold)$"
)
_DATES = re.compile(r"^(?:date|day|start|end|start_date|end_date|from_date|to_date|\w+_date)$")
_TYPES = (
    (_INT, "INT"),
    (_FLOAT, "FLOAT"),
    (_DATES, "DATE"),
    (re.compile(r"^(?:datetime|timestamp|\w+_datetime|moment)$"), "DATETIME"),
    (re.compile(r"^(?:time|\w+_time)$"), "TIME"),
    (re.compile(r"^(?:duration|delay|wait|\w+_duration|timeout)$"), "DURATION"),
    (re.compile(r"^(?:email|e_mail|email_address|mail)$"), "EMAIL"),
    (re.compile(r"^(?:file|csv|csv_file|json_file|upload|document|\w+_file|spreadsheet)$"), "FILE"),
    (
        re.compile(
            r"^(?:flag|enabled|dry_run|debug|verbose|\w+_flag|yes_or_no|boolean|full_refresh|is_\w+|confirm)$"
        ),
        "BOOL",
    ),
    (re.compile(r"^(?:json|payload|config|configuration|settings|body)$"), "JSON"),
    (re.compile(r"^(?:list|list_of_\w+|tags|columns|names|cities|items|ids|values|\w+_list)$"), "ARRAY"),
)
_SAID = {
    "string": "STRING",
    "text": "STRING",
    "integer": "INT",
    "int": "INT",
    "number": "INT",
    "boolean": "BOOL",
    "date": "DATE",
    "select": "SELECT",
    "file": "FILE",
    "json": "JSON",
    "float": "FLOAT",
    "list": "ARRAY",
}


def take_inputs(masked: Masked) -> list[InputPlan]:
    """Find the inputs, take their words out of the text (or leave `the <name>`), and return them."""
    found: list[InputPlan] = []

    def mine(match: re.Match[str]) -> str:
        raw = next(group for group in match.groups() if group)
        words = raw.split()
        if words[0].lower() in VERBS or snake(raw) in _NOT_NAMES or words[-1].lower() in _BREAK:
            return match[0]
        _add(found, _make(raw, masked.unmask(match[0])))
        return f"the {raw}"

    masked.text = _MINE.sub(mine, masked.text)
    position = 0
    while (head := _HEAD.search(masked.text, position)) is not None:
        items, end = _items(masked, head)
        if not items and (typed := _TYPED.search(head[0])):
            items, end = _unnamed(masked, head, typed[1])
        if not items:
            position = head.end()
            continue
        for item in items:
            _add(found, item)
        masked.text = f"{masked.text[: head.start()].rstrip(' ,')}, {masked.text[end:].lstrip(' ,')}".strip(
            " ,"
        )
        position = max(0, min(head.start() - 2, len(masked.text)))
    return found


_TYPED = re.compile(
    r"\b(string|text|integer|int|number|boolean|date|file|json)\s+(?:inputs?|parameters?|arguments?)\s*$",
    re.IGNORECASE,
)


def _unnamed(masked: Masked, head: re.Match[str], typed: str) -> tuple[list[InputPlan], int]:
    """Name an input after its type: `takes a date input` asks for a `date`."""
    name = {"int": "number", "integer": "number", "string": "text", "boolean": "flag"}.get(
        typed.lower(), typed
    )
    item = _make(name, masked.unmask(head[0]).strip(" ,"), typed)
    return [item], _tails(masked, item, head.end() - len(head[0]) + len(head[0].rstrip()))


_NOT_NAMES = frozenset(
    {"message", "flow", "task", "step", "result", "output", "value", "input", "inputs", "question"}
    - {"message", "value"}
)


def _add(found: list[InputPlan], item: InputPlan) -> None:
    if all(item.id != known.id for known in found):
        found.append(item)


def _items(masked: Masked, head: re.Match[str]) -> tuple[list[InputPlan], int]:
    text, position = masked.text, head.end()
    items: list[InputPlan] = []
    end = position
    between = re.match(r"\s*(?:one of|between|from|out of|among)\s+", text[position:], re.IGNORECASE)
    if between:
        item = InputPlan(id="choice", type="STRING")
        end = (
            _tails(masked, item, position + between.start())
            if between.start()
            else _tails(masked, item, position - 1)
        )
        return ([item], end) if item.type == "SELECT" else ([], position)
    while (match := _ITEM.match(text, position)) is not None:
        name, stop = _cut(match)
        if not name and match["typed"]:
            name, stop = match["typed"], match.end("typed")
        if not name or (items and re.match(r"\s*(?:which|that|what)\b", match[0], re.IGNORECASE)):
            break
        if MARK.fullmatch(name):
            literal = masked.inside(name)[0]
            if literal.kind != "text":
                break
            name = literal.value
        item = _make(name, "", match["typed"])
        end = _tails(masked, item, stop)
        item.because = masked.unmask(text[match.start() : end]).strip(" ,")
        items.append(item)
        following = re.match(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|&)(?=\S)", text[end:])
        if following is None:
            break
        position = end + following.end()
        word = re.match(r"(?:(?:then|also)\s+)?([A-Za-z]+)", text[position:])
        if (
            word
            and word[1].lower() in VERBS | {"then", "run", "every", "if", "for"}
            and not re.match(r"(?:the|a|an)\s", text[position:], re.I)
        ):
            break
    after = _AFTER.match(text, end)
    return items, after.end() if after and items else end


def _cut(match: re.Match[str]) -> tuple[str, int]:
    """Stop a name at the first word that cannot belong to it; returns it and where it ends."""
    name, start = match["name"], match.start("name")
    if MARK.fullmatch(name):
        return name, match.end()
    end = start
    for number, word in enumerate(re.finditer(r"[\w-]+", name)):
        low = word[0].lower()
        if (low in _BREAK and low not in ("of",)) or (
            number and low in VERBS and low not in ("limit", "name", "label", "count", "order", "index")
        ):
            break
        end = start + word.end()
    return match.string[start:end], end


def _tails(masked: Masked, item: InputPlan, position: int) -> int:
    if bounds := _BOUNDS.match(masked.text, position):
        if item.type in ("INT", "FLOAT"):
            low, high = (int(bounds[name]) for name in ("low", "high"))
            item.options |= {"min": low, "max": high}
        if item.type in ("INT", "FLOAT") or (
            item.id == "month" and (bounds["low"], bounds["high"]) == ("1", "12")
        ):
            position = bounds.end()
        if item.id == "month":  # written as it is said, without a leading nought
            item.options = {"values": [str(month) for month in range(1, 13)]}
    while (tail := _TAIL.match(masked.text, position)) is not None:
        choices = tail["choices"] or tail["colon"]
        default = tail["default"] or tail["eq"]
        if tail["paren"] is not None:
            inside = re.search(
                r"default(?:s|ing)?(?: value)?(?: to| of| is)?\s*[:=]?\s*(⟦\d+⟧|[\w./:-]*\w)",
                tail["paren"],
                re.I,
            )
            if inside:
                default = inside[1]
            rest = (
                (tail["paren"][: inside.start()] + tail["paren"][inside.end() :]) if inside else tail["paren"]
            )
            choices = rest if re.search(r",|\bor\b|\band\b|/|\|", rest.strip(" ,")) else choices
            said = _SAID.get(rest.strip(" ,").lower())
            item.type = said or item.type
            item.required = item.required and "optional" not in rest.lower()
        if choices:
            _choose(
                item,
                [
                    _literal(masked, choice)
                    for choice in re.split(r"\s*(?:,|\bor\b|\band\b|/|\|)\s*", choices)
                    if choice.strip()
                ],
            )
        if default:
            item.defaults = _typed(item, _literal(masked, default))
        position = tail.end()
    return position


_BOUNDS = re.compile(
    r"\s*\(?(?:between|from)\s+(?P<low>-?\d+)\s+(?:and|to)\s+(?P<high>-?\d+)\)?", re.IGNORECASE
)


def _literal(masked: Masked, text: str) -> str:
    found = masked.inside(text)
    return found[0].value if found else text.strip()


def _choose(item: InputPlan, values: list[str]) -> None:
    item.type = "MULTISELECT" if item.id.endswith("s") and item.type == "ARRAY" else "SELECT"
    item.options = {"values": values}


def _typed(item: InputPlan, text: str) -> Json:
    if item.type == "INT" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if item.type == "FLOAT" and re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return float(text)
    if item.type == "BOOL":
        return text.lower() in ("true", "yes", "on")
    if item.type in ("INT", "FLOAT", "DATE", "TIME", "DATETIME"):
        item.type = (
            "INT"
            if re.fullmatch(r"-?\d+", text)
            else "STRING"
            if item.type in ("INT", "FLOAT")
            else item.type
        )
    if item.type == "STRING" and re.fullmatch(r"-?\d{1,9}", text) and not text.startswith("0"):
        item.type = "INT"
        return int(text)
    return text


def _make(name: str, because: str, typed: str | None = None) -> InputPlan:
    plain = re.sub(r"^of\s+(?:the\s+)?", "", name.strip(), flags=re.IGNORECASE)
    plain = re.sub(r"^(?:his|her|their|my|your|users?)\s+", "", plain, flags=re.IGNORECASE)
    identifier = snake(plain) or "value"
    item = InputPlan(id=identifier, type=_SAID.get((typed or "").lower(), ""), because=because)
    if not item.type:
        item.type = next((kind for pattern, kind in _TYPES if pattern.match(identifier)), "STRING")
    if item.type == "ARRAY":
        item.options = {"itemType": "STRING"}
    if identifier == "month" and not typed:
        item.type, item.options = "SELECT", {"values": [f"{month:02d}" for month in range(1, 13)]}
    return item


def default_for(item: InputPlan) -> Json:
    """Return a visible default for an input that nobody fills in, as when a schedule starts the flow."""
    values = item.options.get("values")
    if isinstance(values, list) and values:
        return values[:1] if item.type == "MULTISELECT" else values[0]
    if item.id == "name":
        return "World"
    plain: dict[str, Json] = {
        "INT": 1,
        "FLOAT": 1.0,
        "BOOL": False,
        "DATE": "2024-01-01",
        "DATETIME": "2024-01-01T00:00:00Z",
        "TIME": "00:00:00",
        "DURATION": "PT1M",
        "ARRAY": [],
        "JSON": "{}",
        "EMAIL": "me@example.com",
    }
    if item.id == "year":
        return 2024
    return plain.get(item.type, singular(item.id))
