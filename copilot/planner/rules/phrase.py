"""Noun phrases to expressions: `the name`, `the number of rows`, `the result`, `the current date`."""

from __future__ import annotations

import re

from copilot.plan.render import snake
from copilot.planner.rules.derived import derived, of_each
from copilot.planner.rules.field import answered, field_of
from copilot.planner.rules.listed import listed_part
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import STOP_WORDS, singular

_FIXED: tuple[tuple[str, str], ...] = (
    (
        r"(?:the )?(?:current |present |today'?s )(?:date)|today(?:'s date)?|the date of today",
        "now() | date('yyyy-MM-dd')",
    ),
    (r"the time", "now()"),
    (r"(?:the )?(?:current |present )(?:time|date and time|timestamp|moment)|now", "now()"),
    (r"(?:the )?(?:current |present )?execution(?:'s)? id|id of (?:the|this) execution", "execution.id"),
    (r"(?:the )?flow(?:'s)? (?:id|name)|(?:the )?name of (?:the|this) flow", "flow.id"),
    (r"(?:the )?(?:flow(?:'s)? )?namespace", "flow.namespace"),
    (r"(?:the )?(?:execution )?start (?:date|time)", "execution.startDate"),
    (r"(?:the )?(?:scheduled?|trigger) date", "trigger.date ?? now()"),
    (r"(?:a )?random number", "randomInt(1, 100)"),
    (r"(?:a )?(?:uuid|unique id)", "uuid()"),
)
_PRONOUNS = frozenset(
    [
        "it",
        "them",
        "that",
        "this",
        "these",
        "those",
        "result",
        "results",
        "the",
        "result",
        "the",
        "results",
        "output",
        "outputs",
        "the",
        "output",
        "the",
        "outputs",
        "everything",
        "answer",
        "the",
        "answer",
        "response",
        "the",
        "response",
        "data",
        "the",
        "data",
        "content",
        "contents",
        "the",
        "content",
        "the",
        "value",
        "value",
    ]
) | {
    "every row",
    "each row",
    "all rows",
    "all the rows",
    "what is in it",
    "what's in it",
    "the result",
    "the results",
    "the output",
    "the outputs",
    "the answer",
    "the response",
    "the data",
    "its result",
    "its output",
    "the content",
    "the contents",
    "the value",
    "the final result",
    "the query result",
    "the query results",
    "response body",
    "the response body",
    "the body of the response",
    "both",
    "all of them",
    "its content",
    "its contents",
    "the text",
    "the reply",
    "the joke",
    "the summary",
    "the table",
    "the rows",
    "rows",
    "the records",
}


_HOOK_PART = r"(?:the\s+)?(?:request\s+|webhook(?:'s)?\s+)?(body|payload|headers|parameters)"


_HOOK_FIELD = (
    r"(?:the\s+)?(?:fields?\s+|values?\s+of\s+|key\s+)?(?P<field>[a-z_]\w*)(?:\s+field)?\s+(?:of|from|in)\s+(?:the\s+)?"
    r"(?:posted\s+|request(?:'s)?\s+|webhook(?:'s)?\s+|incoming\s+|json\s+)*(?:body|payload|json)"
)


def subject_of(words: str, scene: Scene) -> str | None:
    """Return the expression a phrase stands for when it names something known; None otherwise."""
    low = re.sub(r"\s+", " ", words.lower()).strip(" ,.:")
    if (field := field_of(words, scene)) is not None:
        return field
    if summed := re.fullmatch(r"(?:the\s+)?(?:sum of\s+)?(-?\d+)\s*(?:\+|and|plus)\s*(-?\d+)", low):
        return f"{summed[1]} + {summed[2]}"
    if scene.arrivals and re.fullmatch(
        r"(?:its|their|the|the file's|the object's)(?: file)? (?:name|path|uri|address|key)s?"
        r"(?: of the (?:file|object)s?)?",
        low,
    ):
        named = scene.loop is not None and scene.loop.noun == "file" and "key" not in low
        loop = scene.loop_value() if named else None  # the loop goes over what was taken, not over keys
        return f"{loop} | substringAfterLast('/')" if loop else scene.arrivals
    of_file = scene.loop is not None and scene.loop.noun == "file" and not scene.loop.json_values
    if of_file and re.fullmatch(r"(?:its|the|the file's)(?: file)?(?: ?name)(?: of the file)?", low):
        return f"{scene.loop_value()} | substringAfterLast('/')"
    if (part_of_list := listed_part(low, scene)) is not None:
        return part_of_list
    if scene.hooked and (part := re.fullmatch(_HOOK_FIELD, low)):
        return f"(trigger.body.{part['field']} ?? '')"
    if scene.hooked and (part := re.fullmatch(_HOOK_PART, low)):
        return f"(trigger.{'body' if part[1] == 'payload' else part[1]} ?? '')"
    for pattern, expression in _FIXED:
        if re.fullmatch(pattern, low):
            return expression
    if (each := of_each(low, scene)) is not None:
        return each
    if low in _PRONOUNS:
        return pronoun(scene)
    if scene.last_key and re.fullmatch(
        rf"(?:the )?(?:value of )?(?:the )?(?:key )?{re.escape(scene.last_key.lower())}", low
    ):
        return f"kv('{scene.last_key}')"
    if (made := derived(low, scene, _known)) is not None:
        return made
    plain = re.sub(r"^(?:the|a|an|my|your|its|their|his|her|this|that|each|every|all)\s+", "", low)
    found = scene.lookup(plain)
    if found:
        return found
    if match := re.match(r"(?:value|content|contents|text) (?:of|from) (?:the )?(.+)$", plain):
        inner = scene.lookup(match[1])
        if inner:
            return inner
    return _of_carrier(plain, scene)


def _known(words: str, scene: Scene) -> str | None:
    return subject_of(words, scene) or part_of(words, scene)


def pronoun(scene: Scene) -> str | None:
    """Return what `it` stands for here: what the last step gave, else the loop's value or an input."""
    newest = scene.latest("rows", "value", "response", "file", "table")
    if scene.hooked and newest is None and scene.loop is None:
        return "(trigger.body ?? '')"
    loop = scene.loop
    if loop is not None and (newest is None or loop.id not in newest.loops):
        return scene.loop_value()
    if newest is not None:
        return read_of(newest, scene)
    return f"inputs.{scene.inputs[-1].id}" if scene.inputs else None


def read_of(carrier: Carrier, scene: Scene) -> str:
    """Return the expression that shows a carrier's content."""
    address = scene.address(carrier)
    if carrier.kind == "rows" and carrier.single and carrier.path == ("rows",) and len(carrier.columns) == 1:
        return f"{address}[0].{carrier.columns[0]}"  # one number, not the table around it
    if carrier.kind == "rows" and carrier.single and carrier.path == ("rows",) and not carrier.columns:
        return f"{address} | jq('.[0][]') | first"
    if (
        carrier.kind == "file"
        and carrier.format in ("json", "csv", "text", "jsonl")
        and not carrier.compressed
    ):
        return f"read({address})"
    return address


def _of_carrier(plain: str, scene: Scene) -> str | None:
    if re.fullmatch(r"number|count", plain) and (rows := scene.latest("rows")) is not None and rows.single:
        return _size("number of rows", scene)
    if re.search(r"\b(?:number|count|amount) of (?:the )?\w+|how many|row count|\bsize\b|\blength\b", plain):
        return _size(plain, scene)
    if re.search(r"\bstatus(?: code)?\b|\bcode\b|http code", plain):
        return _field("code", scene)
    if re.search(r"\bheaders?\b", plain):
        return _field("headers", scene)
    if re.search(r"\bexit code\b", plain):
        return _field("exitCode", scene)
    if re.search(r"\b(?:uri|address|path|location) of\b|\buri\b|\bfile\b", plain):
        found = scene.latest("file")
        return scene.address(found) if found else None
    if re.search(r"\bbody\b", plain):
        found = scene.latest("response")
        return scene.address(found) if found else None
    for carrier in reversed(scene.carriers):
        said = snake(plain)
        if said and (said == carrier.subject or said == carrier.step or singular(said) == carrier.subject):
            return _whole_or_field(said, carrier, scene)
    return None


def _whole_or_field(said: str, carrier: Carrier, scene: Scene) -> str:
    """`the rate` of /rate: the field of that name where the answer has one, else the answer."""
    whole = read_of(carrier, scene)
    plain_json = carrier.kind == "file" and carrier.format == "json" and not carrier.compressed
    if said != carrier.subject or said != singular(said) or not (carrier.kind == "response" or plain_json):
        return whole
    scene.note(f"'the {said}' is the field '{said}' of the answer where it has one, else the whole answer.")
    return f"fromJson({whole}).{said} ?? {whole}"


def _size(plain: str, scene: Scene) -> str | None:
    rows = scene.latest("rows")
    if rows is not None and rows.single and not rows.columns:
        return (
            f"{scene.address(rows)} | jq('.[0][]') | first"  # one row; how its column is called is not known
        )
    if rows is not None and rows.single and rows.columns[-1:] == ("count",):
        return f"{scene.address(rows)}[0].count"  # the rows were counted: their number is in the one row
    if rows is not None:
        names = scene.output_names(rows.type)
        if rows.path[-1] == "rows" and "size" in names:
            return scene.address(rows)[: -len("rows")] + "size"
        return f"({scene.address(rows)} | length)"
    file = scene.latest("file")
    if re.search(r"\b(?:rows|records|lines|entries|items|row count)\b", plain):
        counted = next((item for item in reversed(scene.carriers) if item.subject == "row_count"), None)
        return scene.address(counted) if counted and (file is None or counted.step == file.step) else None
    value = scene.latest("value")
    if value is not None and value.subject != "row_count":
        return scene.address(value)
    sized = re.search(
        r"\b(?:size|length|bytes)\b", plain
    )  # how many things are in a file is another question
    return f"fileSize({scene.address(file)})" if file and sized else None


def _field(name: str, scene: Scene) -> str | None:
    for carrier in reversed(scene.carriers):
        if name in scene.output_names(carrier.type):
            base = Carrier("value", carrier.step, (name,), carrier.type, loops=carrier.loops)
            return scene.address(base)
    return None


def expression_of(words: str, masked: Masked, scene: Scene) -> str | None:
    """As `subject_of`; a quoted expression counts as well, and so do fields of the last answer."""
    text = words.strip(" ,")
    literals = masked.inside(text)
    if literals and MARK.fullmatch(text):
        value = literals[0].value
        return value.strip("{} ") if value.startswith("{{") else None
    found = subject_of(text, scene)
    if found:
        return found
    plain = re.sub(r"^(?:the|its|a|an)\s+|\s+(?:field|column|value)$", "", text.lower()).strip()
    field = snake(plain)
    carrier = scene.latest("rows", "response", "value", "file")
    if (
        carrier is None
        or not re.fullmatch(r"[a-z_]\w*", field)
        or field in STOP_WORDS
        or len(plain.split()) > 2
    ):
        return None
    if carrier.kind == "response":
        return f"fromJson({scene.address(carrier)}).{field}"
    if carrier.kind == "file":
        plain_json = carrier.format == "json" and not carrier.records and not carrier.compressed
        return f"fromJson(read({scene.address(carrier)})).{field}" if plain_json else None
    if carrier.kind == "rows":
        return f"{scene.address(carrier)}[0].{field}"
    return None


def message_of(words: str, masked: Masked, scene: Scene) -> str:
    """Write a message: the quoted text with names filled in, a known thing, or the words themselves."""
    text = " ".join(words.split()).strip(" ,.:")
    literals = masked.inside(text)
    texts = [literal for literal in literals if literal.kind in ("text", "code")]
    if texts and MARK.sub("", text).strip(" ,.:") == "":
        return answered(scene.fill_text(" ".join(literal.value for literal in texts)), scene)
    if texts:
        return _mixed(text, masked, scene)
    known = subject_of(text, scene) or part_of(text, scene)
    if known:
        return f"{{{{ {known} }}}}"
    if said := re.fullmatch(
        r"(?:the )?(?:value|number|text|word|string|message)\s+(?!of\b|from\b|in\b|that\b|which\b)"
        r"(\S+(?: \S+)?)",
        text,
        re.IGNORECASE,
    ):
        return scene.fill_text(masked.unmask(said[1]))
    if text.lower() in _PRONOUNS or _UNANSWERED.match(text) or _REFERS.match(masked.unmask(text)):
        return ""
    return _sentence(masked.unmask(text), scene)


# Words that ask for a number nothing here gives: they must not stand in a message as they are.
_UNANSWERED = re.compile(
    r"(?:tells? (?:me|us)[\s,]*)?"
    r"(?:how many\b|the (?:number|amount|count|sum|average|mean|total number) of\b)",
    re.IGNORECASE,
)
# Unquoted words that speak of something: what nothing here gives must not be logged as a text.
_REFERS = re.compile(
    r"(?:the|this|that|these|those|its?|their|his|her|my|our|your|each|every|all|any|both|what"
    r"|which|whether|how"
    r"|who|when|where|them|whatever|only|just|an? \w+$)\b(?!\s*[.!])|[a-z]\w*(?:'s|s')\s+\w"
    r"|\w+\s+of\s+(?:the|each|all|every|a)\b",
    re.IGNORECASE,
)
_NO_PARTS = frozenset(
    ["end", "start", "beginning", "finish", "success", "failure", "error", "message", "way", "news", "truth"]
)


def part_of(text: str, scene: Scene) -> str | None:
    """Read `the titles` as a column of the rows at hand, `the temperature` as a field of the last answer."""
    text = re.sub(r"\s+(?:field|column|value)$", "", text)
    match = re.fullmatch(r"(?:all\s+)?(?:the|their|its|all)\s+([A-Za-z_]\w*(?: [a-z]\w*)?)", text)
    newest = scene.latest("rows", "response", "file")
    if match is None and newest is not None and text in newest.columns:
        match = re.fullmatch(r"(.+)", text)
    if match is None or newest is None or match[1].lower() in _NO_PARTS:
        return None
    name = snake(match[1])
    if newest.subject and name.endswith(f"_{singular(newest.subject)}"):  # `the usd rate` of an answer /rate
        name = name.removesuffix(f"_{singular(newest.subject)}")
    if newest.kind == "response":
        return f"fromJson({scene.address(newest)}).{name}"
    if newest.kind == "file" and newest.format == "json" and not newest.records:
        return f"fromJson(read({scene.address(newest)})).{name}"
    if newest.path != ("rows",):
        return None
    column = _column(name, newest)
    if newest.single:
        return f"{scene.address(newest)}[0].{column}" if column in newest.columns else None
    return f"{scene.address(newest)} | jq('.[].{column}')" if " " not in match[1] or newest.columns else None


def _column(name: str, rows: Carrier) -> str:
    """Return the column a word means: itself, its singular, or the one it is a part of (`total`)."""
    for column in (name, singular(name), name.removesuffix("_id"), name.removesuffix("_name")):
        if column in rows.columns:
            return column
    part = next((column for column in rows.columns if singular(name) in column.split("_")), None)
    said = {"sum": "total", "mean": "average", "number": "count", "maximum": "max", "minimum": "min"}.get(
        name
    )
    other = next((column for column in rows.columns if said and said in column.split("_")), None)
    return part or other or singular(name)


_INSTEAD = re.compile(
    r"^(?:with|using|put|where)?\s*(?P<what>(?:the|its|their)\s+.+?)\s+(?:instead of|in place of"
    r"|for)\s+(?:the\s+)?"
    r"(?P<mark>[A-Z]\w*|\w)$"
)


def _mixed(text: str, masked: Masked, scene: Scene) -> str:
    """`"Hello" followed by the name`: the quoted part, then what else is named; nothing where a part"
    " is unknown."""
    first = masked.inside(text)[0].value
    rest = MARK.sub(" ", text).strip(" ,.:")
    if swapped := _INSTEAD.match(rest):  # `"It is X degrees" with the temperature instead of X`
        value = subject_of(swapped["what"], scene) or part_of(swapped["what"], scene)
        whole = rf"\b{re.escape(swapped['mark'])}\b"
        return re.sub(whole, f"{{{{ {value} }}}}", first) if value and re.search(whole, first) else ""
    rest = re.sub(
        r"\b(?:and|with|followed by|then|plus|the message|a message|message|saying|that says|text|for"
        r"|to|next to|along)\b",
        " | ",
        rest,
        flags=re.IGNORECASE,
    )
    parts = [part.strip(" ,") for part in re.split(r"\s*[,|]\s*", rest) if part.strip(" ,")]
    found = [subject_of(part, scene) or part_of(part, scene) for part in parts]
    filled = answered(scene.fill_text(first), scene)
    if any(known is None and _REFERS.match(part) for known, part in zip(found, parts, strict=True)):
        return ""
    known_parts = [known for known in found if known is not None and known not in filled]
    return (
        " ".join([filled.rstrip(), *(f"{{{{ {item} }}}}" for item in known_parts)]) if known_parts else filled
    )


def _sentence(text: str, scene: Scene) -> str:
    """Put expressions for names inside words: `hello to the name` is `hello to {{ inputs.name }}`."""

    def put(match: re.Match[str]) -> str:
        found = scene.lookup(match[1])
        return f"{{{{ {found} }}}}" if found else match[0]

    text = re.sub(
        r"\b(?:the|this|that|my|their|his|her|its)\s+([a-z]+(?:[ _][a-z]+)?)\b",
        put,
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\b(?:the|this|that|my|their|his|her|its)\s+([a-z]+)\b", put, text, flags=re.IGNORECASE)
    return scene.fill_text(text)
