"""A request read as a tree of clauses."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import Act, AtLast, Branch, Loop, Node, OnFailure, Together, Until
from copilot.planner.rules.head import ADVERB, ELSE, VERB, split_if, split_loop
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.sentence import listed, split_sentences, strip_request
from copilot.planner.rules.word import find_duration

_POLITE = re.compile(
    (
        r"^\s*(?:(?:please|can you|could you|would you|i(?:'d| would) like(?: you)? to"
        r"|i want(?: you)? to|i need(?: you)? to|help me(?: to)?|let'?s|we (?:want|need) to"
        r"|(?:it|the flow|the workflow|the pipeline|this) (?:should|must|will|shall|has to"
        r"|needs to)|you (?:should|must))\s+)+"
    ),
    re.IGNORECASE,
)
_FAIL = (
    r"(?:(?:if|when|whenever|in case|once|should)\s+(?:it|this|that|anything|something"
    r"|any(?:thing| task| step| of (?:them|this|these))|a (?:task|step)|one (?:task|step"
    r"|of them)|the (?:flow|workflow|pipeline|run|job|execution|whole thing)|things"
    r"|everything|(?:the )?(?!(?:so|not|yes|then|no|it|to)\b)\w+)\s+"
    r"(?:(?:ever|still|finally)\s+)?(?:fails?|goes? wrong|breaks?|crash(?:es)?"
    r"|errors?(?: out)?|does(?:n'?t| not) (?:work|succeed)|is(?:n'?t| not) successful)|on "
    r"(?:any )?(?:failures?|errors?)"
    r"|in case of (?:an? )?(?:failures?|errors?))"
)
_FAIL_FIRST = re.compile(
    rf"^\s*(?:and\s+|but\s+)?{_FAIL}[\s,:]+(?:then\s+)?(?P<body>.+)$", re.IGNORECASE | re.DOTALL
)
_FAIL_LAST = re.compile(
    (
        rf"(?P<body>(?:^|,\s*(?:and\s+)?|\band\s+|\bthen\s+)(?:{VERB})\b(?:(?!,\s|\b(?:and"
        rf"|then) (?:{VERB})\b).)*?)[\s,]+{_FAIL}\s*$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_ALWAYS = re.compile(
    (
        r"^\s*(?:and\s+)?(?:always(?: at the end)?|in any case|whatever happens"
        r"|no matter what(?: happens)?|in the end,? (?:always|in any case|whatever happens)"
        r"|(?:whether|no matter if) it (?:fails|works"
        r"|succeeds)(?: or not)?)[\s,:]+(?P<body>.+)$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_ALWAYS_LAST = re.compile(
    (
        r"^(?P<body>.+?)[\s,]+(?:whatever happens|no matter what(?: happens)?|in any case"
        r"|even (?:if|when) (?:it|something|the flow|anything|a task|a step) (?:fails"
        r"|failed))(?: at the end)?\s*$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_EACH = re.compile(
    (
        r"(?:^|(?<=[\s,]))(?:(?:loop|iterate|go)\s+(?:over|through)\s+"
        r"|(?:and\s+)?(?:do (?:this|it|that|the (?:same|following))\s+)?for\s+(?=each|every"
        r"|all|both|months?\s|years?\s|days?\s|\d+\s*(?:to|,|and|-)\s*\d|[a-z]\w*\s+in\s+"
        r"|(?:\d+|two|three|four|five|six|seven)\s+[a-z]+s\s*(?:[(:]|⟦)|the\s+(?:following\s+)?\w+s\s+"
        r"(?:\d|from\s|between\s|⟦|[\w-]+\s*(?:,|and\b|to\b|through\b)))(?:each|every|all"
        r"|both)?\s*(?:of\s+)?(?:the\s+)?)(?P<rest>.+)$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_TIMES = re.compile(
    (
        r"^\s*(?:repeat|do)\s+(?:the following\s+|this\s+|it\s+)?(?P<n>(?:\d+|two|three|four"
        r"|five|six|seven|eight|nine|ten)(?=\s+times)|twice)(?:\s+times)?[\s,:]+(?P<body>.+)$"
        r"|^\s*in a loop (?:of|over)?\s*(?P<n3>\d+|two|three|four|five|six|seven|eight|nine|ten)"
        r"(?:\s+times)?[\s,:]+(?P<body3>.+)$|^(?P<before>.+?)\s+(?P<n2>\d+|two|three|four|five|six"
        r"|seven|eight|nine"
        r"|ten)\s+times\s*(?:in a row)?$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_IF = re.compile(
    (
        r"^\s*(?:and\s+|then\s+|but\s+)?(?:only\s+)?(?:if|when|in case|provided(?: that)?"
        r"|whenever)\s+(?P<rest>.+)$"
    ),
    re.IGNORECASE | re.DOTALL,
)
_PARALLEL = re.compile(
    (
        r"[\s,]*\b(?:all\s+)?(?:in parallel|at the same time|simultaneously|concurrently"
        r"|side by side|at once)\b[\s,:]*"
    ),
    re.IGNORECASE,
)
_UNTIL = re.compile(r"^(?P<body>.+?)[\s,]+until\s+(?P<condition>.+)$", re.IGNORECASE | re.DOTALL)
# `email text` in a list of columns is no mail.
_NO_COLUMN = (
    r"(?!\s+(?:text|int|integer|bigint|varchar|date|timestamp|boolean|bool|numeric|float"
    r"|double|real|jsonb?|uuid"
    r"|serial)\b)"
)
_THEN = re.compile(
    r"\s*[,;]?\s+(?:and|but|then)\s+(?=(?:if|for each|for every|on failure|on error)\b)|"
    r"\s*[,;]\s*(?=(?:if|for each|for every)\b)|"
    r"\s*,?\s+(?:and|then)\s+(?=(?!do\b|of\b|with\b|for\b|to\b|in\b|on\b|from\b)[a-z]+\s+(?:it"
    r"|them)(?:\s*$|\s+(?!is\b|are\b)))|"
    r",?\s+and\s+(?=(?:an?|another)\s+(?:python|shell|bash|duckdb|sql|log|http|sleep|node)\b)|"
    r"\s*(?:[,;]\s*(?:and\s+)?(?:then|after(?:wards| that| this)|next|finally|lastly"
    r"|once (?:that is|it is|it's|that's) done|when (?:that is|it is|it's) done)\b[\s,]*|"
    r"\s+and\s+(?:then|afterwards|after that|finally|lastly)\b[\s,]*|\s+(?:then"
    r"|before finally)\b[\s,]*|\s+(?:->|→|=>)\s+|"
    rf"\s*,\s*(?:and\s+|but\s+|also\s+)?{ADVERB}(?=(?:{VERB})\b{_NO_COLUMN})|"
    rf"\s+(?:and|&|plus|before)\s+{ADVERB}(?=(?:{VERB})\b))",
    re.IGNORECASE,
)
_AFTER_LOOP = re.compile(
    (
        r"[\s,]*\b(?:and\s+)?(?:after (?:the|that) loop|when (?:all|they) (?:are"
        r"|have) (?:done|finished|ended)|once all (?:are|have) (?:done|finished)"
        r"|after all (?:of them|that)|at the (?:very )?end|and finally|, finally)\b[\s,]*"
    ),
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(
    (
        r"^\s*(?:(?:and|then|also|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly"
        r"|afterwards|after that|so|but|now|here|please|to|it|that"
        r"|which(?!\s+[a-z]+\s+(?:has|have|had|is|are|was|were|made|placed|got|in|of|from|costs?|took|sold|bought|did|does)\b)|will|should|must"
        r"|also|just|simply|we|i want to|i need to|the flow|the (?:first|second|third|next"
        r"|last) (?:task|step)(?: should)?|there should be a (?:task|step) (?:to|that)"
        r"|have it|a (?:task|step) (?:that|to)|start by|begin by|begin with"
        r"|use)\b[\s,:]*)+(?=(?:to\s+)?(?:\w+))"
    ),
    re.IGNORECASE,
)


def parse(masked: Masked) -> list[Node]:
    """Read the whole masked request."""
    sentences = split_sentences(strip_request(listed(masked.text)))
    nodes: list[Node] = []
    for sentence, bullet in sentences:
        _append(nodes, sentence, masked, bullet)
    return _gated(nodes)


def _gated(nodes: list[Node]) -> list[Node]:
    """`if it is so, go on`: everything behind it is only done then."""
    for number, node in enumerate(nodes):
        first = node.then[0] if isinstance(node, Branch) and node.then else None
        if isinstance(node, Branch) and isinstance(first, Act) and first.low == "go on":
            node.then = _gated([*node.then[1:], *nodes[number + 1 :]])
            return nodes[: number + 1]
    return nodes


def _append(nodes: list[Node], sentence: str, masked: Masked, bullet: str) -> None:
    last = nodes[-1] if nodes else None
    otherwise = re.match(rf"^(?:and\s+)?{ELSE.pattern}(?P<body>.+)$", sentence, re.IGNORECASE | re.DOTALL)
    if otherwise and (branch := _open_branch(nodes)) is not None:
        branch.otherwise += _sequence(otherwise["body"], masked)
        return
    if (
        isinstance(last, Loop | Together | Branch | OnFailure | AtLast)
        and (_open(last) or (bullet == "listed" and ":" in last.words))
        and (bullet or not _body(last))
    ):
        _body(last).extend(_sequence(sentence, masked))
        return
    nodes.extend(_sequence(sentence, masked))


def _open(node: Loop | Together | Branch | OnFailure | AtLast) -> bool:
    return node.words.rstrip().endswith(":") or not _body(node)


def _body(node: Loop | Together | Branch | OnFailure | AtLast) -> list[Node]:
    return node.then if isinstance(node, Branch) else node.body


def _open_branch(nodes: list[Node]) -> Branch | None:
    for node in reversed(nodes):
        if isinstance(node, Branch):
            while node.otherwise and isinstance(node.otherwise[-1], Branch):
                node = node.otherwise[-1]
            return None if node.otherwise else node
        if isinstance(node, Loop):
            return _open_branch(node.body)
        return None
    return None


def _sequence(text: str, masked: Masked) -> list[Node]:
    """Read one sentence (or the rest of one) as a list of nodes."""
    text = text.strip(" ,")
    text = _POLITE.sub("", text)
    if not text:
        return []
    for read in (
        _read_failure,
        _read_always,
        _read_branch,
        _read_branch_behind,
        _read_loop,
        _read_times,
        _read_parallel,
        _read_until,
    ):
        nodes = read(text, masked)
        if nodes is not None:
            return nodes
    pieces = [piece for piece in _THEN.split(text) if piece and piece.strip(" ,")]
    if len(pieces) > 1:
        return _pieces(text, pieces, masked)
    return [_act(text, masked)] if _telling(text) else []


def _pieces(text: str, pieces: list[str], masked: Masked) -> list[Node]:
    nodes: list[Node] = []
    for number, piece in enumerate(pieces):
        if _IF.match(piece) or _EACH.match(piece.strip()):
            rest = text[text.index(piece) :]
            return [*nodes, *_sequence(rest, masked)] if number else [*nodes, *_flat(pieces[number:], masked)]
        nodes += _sequence(piece, masked) if len(piece) < len(text) else [_act(piece, masked)]
    return nodes


def _flat(pieces: list[str], masked: Masked) -> list[Node]:
    return [_act(piece, masked) for piece in pieces if _telling(piece)]


def _telling(text: str) -> bool:
    return bool(MARK.search(text) or re.search(r"[A-Za-z]{2,}", text))


def _act(text: str, masked: Masked) -> Act:
    clean = _FIRST_WORDS.sub("", text).strip(" ,:") or text.strip(" ,:")
    return Act(clean, masked.unmask(text).strip(" ,:"), masked.inside(text))


def _read_failure(text: str, masked: Masked) -> list[Node] | None:
    first = _FAIL_FIRST.match(text)
    if first:
        return [OnFailure(masked.unmask(text), _sequence(first["body"], masked))]
    last = _FAIL_LAST.search(text)
    if last is None:
        return None
    body = re.sub(r"^[\s,]*(?:and|then)?\s+", "", last["body"]).strip(" ,")
    before = text[: last.start("body")]
    node = OnFailure(masked.unmask(text[last.start("body") :]).strip(" ,"), _sequence(body, masked))
    return [*_sequence(before, masked), node]


def _read_always(text: str, masked: Masked) -> list[Node] | None:
    match = _ALWAYS.match(text) or _ALWAYS_LAST.match(text)
    return [AtLast(masked.unmask(text), _sequence(match["body"], masked))] if match else None


def _read_branch(text: str, masked: Masked) -> list[Node] | None:
    match = _IF.match(text)
    if match is None:
        return None
    condition, then, otherwise = split_if(match["rest"])
    branch = Branch(condition, masked.unmask(text))
    branch.then = _sequence(then, masked)
    if otherwise:
        branch.otherwise = _sequence(otherwise, masked)
        _same_subject(branch)
    return [branch]


def _same_subject(branch: Branch) -> None:
    """`if the price is above 9 …, if it is below 3 …`: both speak of the price."""
    said = re.match(
        r"(?P<what>(?!it\b|there\b).+?)\s+(?:is|are|was|equals|exceeds)\b", branch.condition, re.IGNORECASE
    )
    for node in branch.otherwise if said else ():
        if said and isinstance(node, Branch):
            node.condition = re.sub(r"^it\b", said["what"], node.condition, flags=re.IGNORECASE)
            _same_subject(node)


_IF_BEHIND = re.compile(
    rf"^(?P<body>(?!start\b|run\b|trigger\b)(?:{VERB})\b(?:(?!,|;|\bif\b|\bwhen\b).)*?)[\s,]+"
    r"(?:but\s+)?(?:only\s+)?(?:if|when|in case|whenever)\s+"
    r"(?P<condition>(?:(?!,|;|\bthen\b).)+?)(?:,?\s+(?:otherwise|else)\s+(?P<other>.+))?$",
    re.IGNORECASE | re.DOTALL,
)


def _read_branch_behind(text: str, masked: Masked) -> list[Node] | None:
    """Read `log "hot" if the temperature is above 30`."""
    match = _IF_BEHIND.match(text)
    if match is None or _THEN.search(match["body"]):
        return None
    otherwise = _sequence(match["other"], masked) if match["other"] else []
    return [Branch(match["condition"], masked.unmask(text), _sequence(match["body"], masked), otherwise)]


# `query postgres for all orders` asks for them, it does not go over them.
_ASKS_FOR = re.compile(r"\b(?:query|search|ask|look|check|poll|scan|filter|select)\b[^,;]*$", re.IGNORECASE)


_TOGETHER = re.compile(
    r"[\s,(]*\b(?:with |at |only )?(?:at most |max(?:imum)? |up to )?"
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten) "
    r"(?:at (?:a|the same) time|at once|in parallel|concurrently)\b\)?",
    re.IGNORECASE,
)


def _together(rest: str) -> tuple[str, str, str]:
    """Take `two at a time` out of a loop; the bounds behind it (`⟦retry⟧`) belong to the whole loop."""
    match = _TOGETHER.search(rest)
    if match is None:
        return rest, "", ""
    before, tail = rest[: match.start()], rest[match.end() :]
    bounds = not MARK.sub("", tail).strip(" ,")
    return before if bounds else f"{before}{tail}", match[0].strip(" ,()"), tail.strip(" ,") if bounds else ""


def _read_loop(text: str, masked: Masked) -> list[Node] | None:
    match = _EACH.search(text)
    if match is None:
        return None
    before = re.sub(r",?\s+(?:and\s+)?then$", "", text[: match.start()].strip(" ,"), flags=re.IGNORECASE)
    if _ASKS_FOR.search(before) and re.match(r"all\b|both\b", match[0].strip()[4:].lower()):
        return None
    if before.endswith(":") and not MARK.search(before) and not re.search(rf"\b(?:{VERB})\b", before, re.I):
        before = ""  # a heading, as in `backfill: for every day …`
    rest, together, tail = _together(match["rest"])
    if _TOGETHER.fullmatch(before):
        before, together = "", before
    head, body = split_loop(rest)
    head = f"{head}, {together}" if together else head
    after = ""
    if body and (left := _AFTER_LOOP.search(body)):
        body, after = body[: left.start()], body[left.end() :]
    loop = Loop(head, masked.unmask(text[match.start() :]))
    if before and not body:
        pieces = [piece for piece in _THEN.split(before) if piece and piece.strip()]
        everything = before.lower().startswith(("do ", "repeat "))
        outer, inner = ([], pieces) if everything else (pieces[:-1], pieces[-1:])
        loop.body = [node for piece in inner for node in _sequence(piece, masked)]
        loop.body += [_act(tail, masked)] if tail else []
        loop.words = masked.unmask(text)
        return [*(node for piece in outer for node in _sequence(piece, masked)), loop]
    loop.body = _sequence(body, masked) if body else []
    loop.body += [_act(tail, masked)] if tail else []
    return [
        *(_sequence(before, masked) if before else []),
        loop,
        *(_sequence(after, masked) if after else []),
    ]


def _read_times(text: str, masked: Masked) -> list[Node] | None:
    match = _TIMES.match(text)
    if match is None:
        return None
    count = match["n"] or match["n2"] or match["n3"]
    body = match["body"] or match["before"] or match["body3"]
    if _THEN.search(body) and match["n2"]:
        return None
    return [Loop(f"round in 1 to {count}", masked.unmask(text), _sequence(body, masked))]


def _read_parallel(text: str, masked: Masked) -> list[Node] | None:
    match = _PARALLEL.search(text)
    if match is None:
        return None
    before, after = text[: match.start()].strip(" ,"), text[match.end() :].strip(" ,:")
    lead_in = not before or re.fullmatch(
        (
            r"(?:(?:do|run|execute|perform)\s*)?(?:(?:the following|these|this|two things"
            r"|three things|both)\s*)?(?:tasks|steps|things)?"
        ),
        before,
        re.IGNORECASE,
    )
    if lead_in:
        inner, _, rest = after.partition(", then ")
        group = Together(masked.unmask(text), _sequence(inner, masked) if inner else [])
        return [group, *(_sequence(rest, masked) if rest else [])]
    if match[0].rstrip().endswith(":") and not MARK.search(before):  # a heading over the things to do
        return [Together(masked.unmask(text), _sequence(after, masked))]
    nodes: list[Node] = [Together(masked.unmask(text[: match.end()]).strip(" ,"), _sequence(before, masked))]
    return [*nodes, *(_sequence(re.sub(r"^(?:and|then)\s+", "", after), masked) if after else [])]


def _read_until(text: str, masked: Masked) -> list[Node] | None:
    match = _UNTIL.match(text)
    if match is None or re.search(r"\b(?:approv|confirm|allow|agree)", match["condition"], re.IGNORECASE):
        return None
    if re.search(r"\b(?:days?|weeks?|hours?|left|remain(?:ing)?)\s*$", match["body"], re.IGNORECASE):
        return None  # `the days until the end of the year`
    body, interval = match["body"], None
    every = re.search(r"[\s,]*\b(?:every|each)\s+", body, re.IGNORECASE)
    if every and (duration := find_duration(body, every.end())):
        interval = duration.iso
        body = (body[: every.start()] + body[duration.end :]).strip(" ,")
    condition, _, after = match["condition"].partition(", then ")
    node = Until(condition.strip(" ,"), masked.unmask(text), interval, _sequence(body, masked))
    for literal in masked.inside(node.condition):
        if literal.kind == "poll":
            node.limits, node.words = (
                {
                    str(key): str(value) if isinstance(value, str) else int(str(value))
                    for key, value in literal.facts.items()
                },
                literal.words,
            )
            node.condition = node.condition.replace(f"⟦{masked.literals.index(literal)}⟧", "").strip(" ,")
    return [node, *(_sequence(after, masked) if after else [])]
