# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""A value chosen from a few when the flow starts, and what is done for each of them."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan
from copilot.plan.render import snake
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told

_W = r"(?:⟦\d+⟧|[A-Za-z0-9][\w.+-]*\w|[A-Za-z0-9])"
_SEP = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+or\s+|\s+and\s+|\s*/\s*|\s*\|\s*)"
_NOT = (
    r"(?!(?:default|defaulting|with|optional|required|then|and|or|the|a|an|when|where|if|is|are|it|call)\b)"
)
_VALUES = rf"(?P<values>{_NOT}{_W}(?:{_SEP}{_NOT}{_W})+)"
_NAME = r"(?P<name>⟦\d+⟧|(?!(?:of|from|out|between|among|one|the|a|an)\b)[a-z_]\w*(?:\s(?!(?:out|of|from|between|among|with|to|when|and|or|is|are|wanted|for|having|as|at|in|into|that|which|first|at)\b)[a-z_]\w*)?)"
_WHO = r"(?:i|me|we|us|you|the user|users?|a user|somebody|someone|one|people|whoever starts (?:it|the flow)|the (?:caller|person)(?: who starts it)?)"
_PICK = r"(?:choos(?:e|es|ing)|pick(?:s|ing)?|select(?:s|ing)?|decid(?:e|es|ing)(?: on)?)"
_INPUT = r"(?:(?:select|choice|enum|dropdown|drop-down)\s+)?(?:inputs?|parameters?|options?|arguments?)"
_MENU = r"(?:drop-?\s?down(?: (?:list|menu|input|field))?|select(?: box| list| field)?|menu|picker|choice|selector|list)"
_LINK = r"\s*(?:[:,(]|-(?=\s))?\s*(?:(?:out\s+of|from|among|between|of|with|having|that can be|which can be|can be|being|either|one of|as one of|whose)\s+)*(?:(?:the\s+|these\s+|an?\s+)?(?:list|values?|options?|choices?|set)\s*(?:of|are|is|:|,|\()?\s*)?(?:either\s+)?\(?\s*"
_HEADS = tuple(
    re.compile(rf"(?P<lead>^\s*|[.;,]\s+|\b(?:and|that|which|with|it|flow)\s+){head}", re.IGNORECASE)
    for head in (
        rf"(?:please\s+)?(?:let(?:ting|s)?|allow(?:ing|s)?)\s+{_WHO}\s+(?:to\s+)?{_PICK}\s+(?:an?\s+|the\s+|one\s+|which\s+|my\s+|their\s+)?{_NAME}(?:\s+to use|\s+to greet in|\s+i want)?{_LINK}{_VALUES}",
        rf"{_WHO}\s+(?:can\s+|may\s+|must\s+|should\s+|will\s+|has to\s+|have to\s+|want to\s+|wants to\s+|shall\s+)?{_PICK}\s+(?:an?\s+|the\s+|one\s+|which\s+|my\s+|their\s+)?{_NAME}{_LINK}{_VALUES}",
        rf"{_WHO}\s+(?:can\s+|may\s+|must\s+|should\s+|will\s+|has to\s+|have to\s+|want to\s+|wants to\s+|shall\s+)?{_PICK}\s+(?:one\s+)?(?:of|from|out of|among|between)\s+the\s+(?P<name>(?!values|options|choices)[a-z_]\w*?)s\s*[:(,]?\s*{_VALUES}",
        rf"{_WHO}\s+(?:can\s+|may\s+|must\s+|should\s+|will\s+|has to\s+|have to\s+|want to\s+|wants to\s+|shall\s+)?{_PICK}\s+(?:between|from|one of|either|among)\s+(?P<name>)(?:the\s+(?:values|options)\s+)?{_VALUES}",
        rf"(?:it\s+|the flow\s+)?(?:(?:takes?|has|have|with|there(?:'s| is)|needs?|add|create|define|declare|give (?:it|the flow)|use)\s+)?(?:an?\s+|the\s+|one\s+)?{_INPUT}\s+(?:called\s+|named\s+|for\s+(?:the\s+)?)?{_NAME}{_LINK}{_VALUES}",
        rf"(?:(?:takes?|has|have|with|there(?:'s| is)|needs?|add|create|define|declare|give (?:it|the flow)|use|offer|provide|show)\s+)?(?:an?\s+|the\s+|one\s+)?{_MENU}\s+(?:called\s+|named\s+|for\s+(?:the\s+)?|with the name\s+){_NAME}{_LINK}{_VALUES}",
        rf"(?:it\s+|the flow\s+)?asks?\s+(?:{_WHO}\s+)?(?:which|what|for (?:the|an?|which)|about (?:the|which))\s+{_NAME}(?:\s+(?:is\s+wanted|is\s+needed|to use|to take|should be used|we want|it should be|they want|is meant|i want))?{_LINK}{_VALUES}",
        rf"(?:depending|based|according)\s+(?:on|to)\s+(?:the\s+|an?\s+)?(?:value of\s+)?(?:the\s+)?(?:{_INPUT}\s+)?(?P<depends>){_NAME}(?:\s+(?:input|parameter))?\s*\(\s*{_VALUES}",
        rf"(?:an?\s+|the\s+)(?P<name>[a-z_]\w*)\s+(?:input|parameter|is\s+(?:an\s+)?input|(?:should|can|must|may)\s+be\s+(?:chosen|selected|picked)\s+(?:from|out of|among)){_LINK}{_VALUES}",
    )
)  # fmt: skip
_D = r"(?P<d>⟦\d+⟧|[\w.+-]*\w)"
_TAILS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\s*[,;(]?\s*(?:and\s+|with\s+|where\s+)*(?:the\s+|an?\s+)?defaults?(?:ing)?(?:\s+value)?(?:\s+(?:to|is|of|being|should be|shall be))?\s*[:=]?\s*{_D}\s*\)?",
        rf"\s*[,;(]?\s*(?:and\s+|where\s+|with\s+)*{_D}\s+(?:is|being|as|should be|shall be)\s+(?:the\s+)?(?:default|pre-?selected|standard|usual one)(?:\s+(?:one|value))?\s*\)?",
        rf"\s*[,;(]?\s*(?:and\s+)?{_D}\s+(?:by default|if (?:nothing|none|no \w+) (?:is|was) (?:said|given|chosen|picked|selected|set)|unless (?:said|stated|told|chosen|set|given)(?: otherwise)?|unless (?:something|anything) else is (?:said|chosen|given|picked)|when nothing is (?:said|chosen|given))\s*\)?",
        rf"\s*[.,;]?\s*(?:if (?:nothing|none|no \w+) (?:is|was) (?:said|given|chosen|picked|selected|set)|by default|unless told otherwise|otherwise assume)\s*,?\s*(?:take|use|it is|assume|it should be)?\s*{_D}\s*\)?(?=\s*(?:[.;,]|$))",
        r"\s*[,;]?\s*(?:and\s+)?(?:call|name)\s+(?:it|that|the input)\s+(?P<named>⟦\d+⟧|[a-z_]\w*)\s*\)?",
        r"\s*(?:as|for)\s+(?:the\s+|possible\s+)?(?:choices|options|values)",
        r"\s*(?:when\s+(?:starting(?: it| the flow)?|it starts|the flow starts|running(?: it)?|i start (?:it|the flow))|at (?:the )?(?:start|beginning|launch)|as (?:an? )?(?:input|parameter)|(?:first|before it starts))(?=\s*(?:[.,;]|$))",
    )
)
_LINKED = re.compile(
    r"^s\b|[:(,-]|\b(?:of|from|among|between|with|out|having|be|being|either|values?|options?|choices?|one|to use|wanted)\b",
    re.IGNORECASE,
)
_GAP = re.compile(r"\s*\)?")
_CLOSED = re.compile(r"(?:\s*\))?")


def chosen(masked: Masked, told: Told) -> None:
    """Take choices out of the words, and write what is done for each value as conditions on the input."""
    for head in _HEADS:
        position = 0
        while (match := head.search(masked.text, position)) is not None:
            made = _made(match, masked)
            if made is None:
                position = match.end()
                continue
            item, end = made
            told.inputs.append(item)
            depends = "depends" in match.groupdict() and match["depends"] is not None
            rest = masked.text[end:].lstrip(" ,)")
            if depends:
                rest = _paired(item, rest, masked)
            lead = match["lead"].strip()
            lead = (
                "" if lead.lower() in ("", "and", "with", "it", "flow", "that", "which", ",") else f"{lead} "
            )
            head_text = masked.text[: match.start()].rstrip(" ,")
            rest = re.sub(r"^(?:[.;]\s*)", "", rest) if not head_text else rest
            masked.text = f"{head_text}{lead}{' ' if head_text and not lead else ''}{rest}".strip(" ,")
            position = max(0, match.start() - 2)
    masked.text = (
        re.sub(r"^(?:and|then)\s+", "", masked.text, flags=re.IGNORECASE) if told.inputs else masked.text
    )
    for item in told.inputs:
        if item.options.get("values"):
            masked.text = _cases(item, masked)


def _made(match: re.Match[str], masked: Masked) -> tuple[InputPlan, int] | None:
    values = [_text(part, masked) for part in re.split(_SEP, match["values"]) if part.strip()]
    listed = match.end("values")
    if len(values) > 2 and values[-1] in values[:-1]:  # `yellow or green, green by default`
        values.pop()
        listed = match.start("values") + [found.start() for found in re.finditer(_SEP, match["values"])][-1]
    name = _text(match["name"] or "choice", masked)
    offered = re.search(
        r"\b(?:options?|choices?|values?|or|menu|drop-?down|select)\b|/",
        f"{match[0]}{masked.text[match.end() : match.end() + 20]}",
        re.IGNORECASE,
    )
    if (
        len(values) < 2
        or (not offered and any(value.lower() in VERBS for value in values))
        or any("/" in v for v in values)
    ):
        return None
    if any(literal.kind != "text" for literal in masked.inside(match["values"])):
        return None
    between = masked.text[match.end("name") : match.start("values")]
    if match["name"] and not _LINKED.search(between):  # `inputs name and age` are two inputs
        return None
    item = InputPlan(id=snake(name), type="SELECT", options={"values": list(values)})
    end, moved = listed, True
    while moved:
        moved = False
        closed = _CLOSED.match(masked.text, end)
        end = closed.end() if closed else end
        for tail in _TAILS:
            found = tail.match(masked.text, end)
            parts = found.groupdict() if found else {}
            if found is None or found.end() == end:
                continue
            if parts.get("d") and _text(parts["d"], masked) not in values:
                continue
            if parts.get("d"):
                item.defaults = _text(parts["d"], masked)
            if parts.get("named"):
                item.id = snake(_text(parts["named"], masked))
            end, moved = found.end(), True
            break
    gap = _GAP.match(masked.text, end)
    item.because = masked.unmask(masked.text[match.start() : end]).strip(" ,.;(")
    return (item, gap.end() if gap else end) if re.fullmatch(r"[a-z_][a-z0-9_]*", item.id) else None


def _text(said: str, masked: Masked) -> str:
    literals = masked.inside(said)
    return literals[0].value if literals else said.strip()


_VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})"
_ELSE = r"(?:otherwise|else|any(?:thing)? else|anything other|any other(?: (?:value|one|case|choice))?|everything else|every other(?: value)?|(?:for|in) (?:all )?(?:the )?(?:other|others|other cases|other values|remaining ones?)|by default|the rest)"


def _cases(item: InputPlan, masked: Masked) -> str:
    """`for dev log ⟦0⟧, for prod log ⟦1⟧` is `if env is dev, log ⟦0⟧, otherwise if env is prod, log ⟦1⟧`."""
    text = re.sub(
        r"(?:^|(?<=[.;]\s))(?:switch|branch|decide|choose|pick|select)\s+(?:the\s+\w+\s+)?(?:on|by|over|depending on|according to)\s+(?:it|that|this|(?:the\s+)?\w+)\s*[:,.]\s*",
        "",
        masked.text,
        flags=re.IGNORECASE,
    )
    forms = {str(value): str(value) for value in item.options["values"]}
    spelled = "|".join(sorted((re.escape(one) for one in forms), key=len, reverse=True))
    marks = "|".join(
        f"⟦{number}⟧" for number, literal in enumerate(masked.literals) if literal.value in forms
    )
    value = f"(?P<v>(?:{spelled}){'|' + marks if marks else ''})"
    named = rf"(?:(?:the\s+)?(?:(?:chosen|selected|picked)\s+)?(?:{re.escape(item.id)}|{re.escape(item.id.replace('_', ' '))}|it|that|choice|value|input)(?:\s+(?:is|was|equals)|\s*={{1,2}}|'s)\s+)"
    start = re.compile(
        rf"(?:(?P<stop>^|[.;,\n])\s*|\s+)(?:and\s+|but\s+|or\s+|else\s+|otherwise\s+|then\s+)*(?:(?P<for>(?:for|in|on|under|in case of|in the case of|in case|when|if|with|on|case|should it be)\s+)(?:{named})?|(?P<is>{named})|(?<=[.;,\n]\s)|(?<=\band\s)|^)(?:it is\s+|it's\s+)?{value}"
        rf"(?P<mid>\s*(?::|->|=>|→|,|=|\bthen\b|\bis chosen\b,?|\bwas chosen\b,?|\bis picked\b,?|\bis selected\b,?|\bmeans\b)\s*|\s+(?:it\s+|the flow\s+|we\s+)?(?:should\s+|must\s+|will\s+|shall\s+)?(?=(?:{_VERB})(?:e?s)?\b|\d+\s|⟦))(?:it\s+|the flow\s+|we\s+|please\s+)?(?:should\s+|must\s+|will\s+)?",
        re.IGNORECASE,
    )
    other = re.compile(
        rf"(?:(?:^|[.;,\n])\s*|\s+)(?:and\s+|but\s+|or\s+)*(?:for\s+|in\s+|on\s+|with\s+)?(?P<else>{_ELSE})\s*(?:[:,]|->|=>|→)?\s*(?:it\s+|the flow\s+)?(?:should\s+|must\s+)?(?=(?:{_VERB})(?:e?s)?\b|⟦|nothing)",
        re.IGNORECASE,
    )
    lower = {one.lower(): one for one in forms}
    found: list[tuple[re.Match[str], str]] = []
    for match in start.finditer(text):
        said = _text(match["v"], masked)
        one = lower.get(said.lower())
        if one is None or any(one == known for _, known in found):
            continue
        found.append((match, one))
    if not found:
        return masked.text
    last = found[-1][0]
    extra = other.search(text, last.end())
    if len(found) < 2 and (extra is None or not (found[0][0]["for"] or found[0][0]["is"])):
        return masked.text
    ends = [match.start() for match, _ in found[1:]] + [extra.start() if extra else _stop(text, last.end())]
    bodies = [text[match.end() : end].strip(" ,;.") for (match, _), end in zip(found, ends, strict=True)]
    bodies[:-1] = [re.sub(r"\s+(?:and|or|but)$", "", body) for body in bodies[:-1]]
    rest_at = ends[-1]
    default = ""
    if extra:
        rest_at = _stop(text, extra.end())
        default = text[extra.end() : rest_at].strip(" ,;.")
    verb = re.match(rf"(?:{_VERB})", _plain(bodies[0]), re.IGNORECASE)
    bodies = [_led(_plain(body), verb[0] if verb else "") for body in bodies]
    if not all(bodies):
        return masked.text
    parts = [
        f"{'otherwise ' if number else ''}if {item.id} is {one}, {body}"
        for number, ((_, one), body) in enumerate(zip(found, bodies, strict=True))
    ]
    if default and not re.match(r"(?:do\s+)?nothing\b", default):
        parts.append(f"otherwise {_led(_plain(default), verb[0] if verb else '')}")
    head = text[: found[0][0].start()].rstrip(" ,;")
    head = f"{head.rstrip('.')}. " if head else ""
    rest = text[rest_at:].lstrip(" .;,")
    return f"{head}{', '.join(parts)}.{' ' + rest if rest else ''}"


def _stop(text: str, at: int) -> int:
    found = re.compile(r"[.;]\s|\n|\s*[.;]?\s*$").search(text, at)
    return found.start() if found else len(text)


def _plain(body: str) -> str:
    """`logs ⟦0⟧` is `log ⟦0⟧`, `should wait` is `wait`."""
    body = re.sub(
        r"^(?:it\s+|the flow\s+|we\s+|i\s+|please\s+)?(?:should\s+|must\s+|will\s+|shall\s+|want to\s+)?",
        "",
        body.strip(),
        flags=re.IGNORECASE,
    )
    match = re.match(r"([a-z]+?)(es|s)\b", body, re.IGNORECASE)
    if match and body.split()[0].lower() not in VERBS:
        for form in (match[1], f"{match[1]}e"):
            if form.lower() in VERBS:
                return f"{form}{body[match.end() :]}"
    return body


def _led(body: str, verb: str) -> str:
    """`2 seconds` of `small waits 1 second, medium 2 seconds` is `wait 2 seconds`."""
    first = re.match(r"[a-z]+", body, re.IGNORECASE)
    return body if not verb or (first and first[0].lower() in VERBS) else f"{verb} {body}"


def _paired(item: InputPlan, rest: str, masked: Masked) -> str:
    """`depending on x (a, b or c) call ⟦0⟧, ⟦1⟧ or ⟦2⟧`: one thing for every value."""
    match = re.match(
        rf"(?P<verb>{_VERB})\s+(?P<marks>⟦\d+⟧(?:\s*(?:,|\bor\b|\band\b|\s)+\s*⟦\d+⟧)+)", rest, re.IGNORECASE
    )
    values = item.options["values"]
    marks = re.findall(r"⟦\d+⟧", match["marks"]) if match else []
    if match is None or not isinstance(values, list) or len(values) != len(marks):
        return rest
    said = ", ".join(
        f"{'otherwise ' if number else ''}if {item.id} is {value}, {match['verb']} {mark}"
        for number, (value, mark) in enumerate(zip(values, marks, strict=True))
    )
    return f"{said}{rest[match.end() :]}"
