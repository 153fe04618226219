# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Orders in other words brought to the forms the rules of changes read."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.plan import target
from copilot.planner.rules.edit.state import Changing
from copilot.planner.rules.edit.twin import ALSO

_REWRITES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), new)
    for pattern, new in (
        (r"\s*,?\s+(?:as well|too|please|for now|thanks|again|if possible|at the moment)$", ""),
        (r"\s*,?\s+(?:from now on|starting (?:now|today|tomorrow)|as of (?:now|today))$", ""),
        (r"^(?:from now on|as of now|as of today|starting now)[\s,]+", ""),
        (
            r"^(?:we|i)(?:'d)?\s+(?:want|need|like|would like|prefer)\s+(?:to (?:have|see)\s+)?(?=(?:the|it|this|all|every)\b)",
            "",
        ),
        (
            r"\s*,?\s+(?:first of all|first thing|as the (?:very )?first thing|before (?:we|it) starts?)$",
            " at the start",
        ),
        (
            r"\s*,?\s+(?:last of all|as the (?:very )?last thing|when (?:everything|all) is (?:done|finished|over))$",
            " at the end",
        ),
        (
            r"^give up\s+(?:on\s+)?(?P<what>.+?)\s+after\s+(?P<time>(?:\d|an?\b|one\b|half\b|two\b|five\b|ten\b).+)$",
            r"stop \g<what> after \g<time>",
        ),
        (
            r"\s*,?\s+would be\s+(?:nice|great|good|lovely|helpful|handy|cool|useful|perfect)(?:\s+to have)?$",
            "",
        ),
        (
            r"^(?:it would be (?:nice|great|good|helpful)|it'd be (?:nice|great)|i'd love|i'd be happy)\s+(?:to (?:have|see|get)|if (?:we|it|there) (?:had|were|was|could have))\s+",
            "add ",
        ),
        (
            r"^(?P<a>an?\s+(?:log|slack|discord|mail|e-?mail)\s+)(?P<b>(?:line|message|entry|note|task|step)\s+(?=⟦))",
            r"add \g<a>message saying ",
        ),
        (
            r"^(?P<what>(?:the\s+)?[\w-]+(?:\s+(?:task|step|trigger|schedule))?)\s+(?:should|must|has to|can|may|needs to)\s+be\s+(?:turned\s+|switched\s+)?(?P<how>on|off|enabled|disabled|active|inactive)$",
            lambda match: (
                f"turn {'on' if match['how'].lower() in ('on', 'enabled', 'active') else 'off'} {match['what']}"
            ),
        ),
        (r"\bbefore\s+(?:everything|anything|all the (?:rest|others?))(?:\s+else)?$", "at the start"),
        (r"\bafter\s+(?:everything|all the (?:rest|others?))(?:\s+else)?$", "at the end"),
        (r"^(?:throw|take)\s+(?:away|out)\s+", "remove "),
        (r"^(?:make|have|let)\s+(?:the\s+)?others?\s+wait$", "let the others wait"),
        (
            r"^(?P<a>(?:turn|switch|disable|pause)\b.+?)\s+(?:over the (?:holidays?|weekend|summer)|until further notice|for (?:a while|the moment|the time being))$",
            r"\g<a>",
        ),
        (
            r"^(?P<what>(?:the\s+)?[\w-]+(?:\s+(?:task|step))?)\s+(?:can|could|should|may|must)\s+be\s+(?:a bit\s+|much\s+)?(?:shorter|longer)\s*[,:]?\s*(?:only\s+|just\s+)?(?P<time>\d.*)$",
            r"set the duration of \g<what> to \g<time>",
        ),
        (r"^(?:what|how) about\s+(?=an?\s)", "add "),
        (
            r"^(?P<verb>turn|switch)\s+(?P<what>(?!on\b|off\b).+?)\s+(?P<how>on|off)$",
            r"\g<verb> \g<how> \g<what>",
        ),
        (r"^stop\s+(?:the\s+)?(?P<what>schedule|trigger|webhook)$", r"disable the \g<what>"),
        (
            (
                r"^(?:when|if)\s+(?:the\s+)?(?:condition|check|test)\b[^,]*,\s*(?:then\s+"
                r"|also\s+)*(?=.*\b(?:after|before)\b)"
                r"|^(?:when|if)\b[^,]*,\s*(?:then\s+)?also\s+(?=.*\b(?:after|before)\b)"
            ),
            "add ",
        ),
        (r"\bto\s+the\s+front$", "to the start"),
        (r"\bto\s+the\s+back$", "to the end"),
        (r"^(?:get rid of|throw out|take out|cut|kick out|ditch|scrap|dump|lose)\s+", "remove "),
        (
            (
                r"^(?:i (?:want|need|would like)|we (?:want|need)|there (?:should|must) be)\s+(?=(?:an?"
                r"|another)\s)"
            ),
            "add ",
        ),
        (r"\s*,?\s+(?:as well|too|please|for now|thanks|again|if possible|at the moment)$", ""),
        (r"^(?:please|also|then|now|just|maybe|perhaps|finally|additionally|next)[\s,]+(?=\w)", ""),
        (
            (
                r"^(?:we|i|you)?\s*(?:do not|don't|no longer)\s+(?:need"
                r"|want)\s+(?P<what>.+?)(?:\s+any ?more|\s+any longer)?$"
            ),
            r"remove \g<what>",
        ),
        (
            (
                r"^(?P<what>(?:the\s+)?[\w-]+(?:\s+\w+)?)\s+(?:is|are)\s+(?:not needed|no longer needed"
                r"|superfluous)(?: any ?more)?$"
            ),
            r"remove \g<what>",
        ),
        (
            r"^(?P<what>(?:the\s+)?[\w-]+(?:\s+\w+)?)\s+can\s+(?:go|be (?:removed|deleted|dropped))$",
            r"remove \g<what>",
        ),
        (r"^(?:stop|quit)\s+retrying\s+", "remove the retry of "),
        (
            (
                r"^(?:push|shift|move|put|delay|postpone)\s+(?P<what>(?:the\s+)?(?:schedule|flow|run|it"
                r"|start))\s+(?:back\s+|out\s+)?"
                r"by\s+(?P<time>.+)$"
            ),
            r"start it \g<time> later",
        ),
        (
            (r"^(?:bring|pull)\s+(?:the\s+)?(?:schedule|flow|run|it|start)\s+forward\s+by\s+(?P<time>.+)$"),
            r"start it \g<time> earlier",
        ),
        (
            (
                r"^give\s+(?P<what>.+?)\s+(?:an?|the)\s+(?:better\s+|new\s+|other\s+)?(?:name"
                r"|id)\s*[:,]?\s*(?P<new>[\w-]+)$"
            ),
            r"rename \g<what> to \g<new>",
        ),
        (
            (
                r"^(?:put|add|insert)\s+an?\s+(?P<time>\d+[ -]?\w+|half an? \w+)\s+(?:long\s+)?(?:wait"
                r"|pause|delay|sleep|break)\b"
            ),
            r"add wait \g<time>",
        ),
        (
            (
                r"^(?P<what>.+?)\s+(?:needs|should have|must have|gets"
                r"|lacks)\s+an?\s+description\s*[:,]\s*(?P<text>.+)$"
            ),
            r"add a description to \g<what>: \g<text>",
        ),
        (
            r"^(?:shorten|lengthen|extend|reduce|prolong|cut)\s+(?P<what>.+?)\s+to\s+(?P<value>\d.+)$",
            r"change \g<what>: \g<value>",
        ),
        (
            (
                r"^(?:offer|allow|accept)\s+(?P<value>\S+)\s+as\s+(?:another|an additional|a further"
                r"|a new)\s+(?P<name>[\w-]+)$"
            ),
            r"add option \g<value> to \g<name>",
        ),
        (
            (
                r"^(?:no|without)\s+(?:more\s+)?(?:an?\s+)?(?:limit\s+(?:on"
                r"|of)\s+)?(?:the\s+)?(?P<what>concurrency|retries|retry|timeout"
                r"|labels?|description|schedule)(?:\s+limit)?(?:\s+(?:for|on|of)\s+(?P<of>.+))?$"
            ),
            lambda match: f"remove the {match['what']}{' of ' + match['of'] if match['of'] else ''}",
        ),
        (
            (
                r"\b(?P<what>flow|workflow)\s+(?P<name>[\w-]+)\s+(?:in|of"
                r"|from)\s+(?:the\s+)?(?:namespace\s+)?(?P<space>[a-z][\w.-]*)"
                r"(?=\s+(?:has|is|succeed\w*|end\w*|finish\w*|complete\w*|fail\w*|ran|runs|was)\b)"
            ),
            r"\g<what> \g<space>.\g<name>",
        ),
        (r"\bits\s+(?P<prop>[a-z]\w*)(?=\s+(?:to|from|by)\b)", r"the \g<prop> of it"),
        (r"\bwebhook\s*,\s*(?:the\s+)?key\s*:?\s*(?=\S)", "webhook with key "),
        (r"^(?P<verb>start|run|trigger)\s+it\s+with\s+an?\s+webhook\b", "add a webhook"),
        (r"^(?!.*⟦\d+⟧ instead)(?P<all>(?:make|let|change|set|log|print)\b.+?)\s+instead$", r"\g<all>"),
        (
            (
                r"^(?:the\s+)?(?P<prop>[\w.]+)\s+of\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
                r"|step))?)\s+(?:should|must|has to|needs to)\s+be\s+"
            ),
            r"set the \g<prop> of \g<task> to ",
        ),
        (
            (
                r"^(?:change|update|let|get)\s+(?P<task>(?:the\s+)?[\w-]+)\s+to\s+(?P<verb>log|print|say"
                r"|return)\s+"
            ),
            r"make \g<task> \g<verb> ",
        ),
    )
)


def plainer(clause: str, state: Changing) -> str:
    """Return a clause in plainer words; `before x wait …` becomes `add wait … before x`."""
    state.also = ALSO.search(clause) is not None
    state.instead = re.search(r"\binstead$", clause.strip(), re.IGNORECASE) is not None
    for pattern, new in _REWRITES:
        clause = pattern.sub(new, clause)
    clause = _no_more(clause, state)
    clause = _between(_focused(clause, state), state)
    placed = re.match(
        r"^(?P<where>before|after|following)\s+(?!each\b|every\b)(?P<anchor>(?:the\s+)?(?:task\s+|step\s+)?[\w-]+"
        r"(?:\s+(?:task|step))?)\s*,?\s+(?:please\s+|also\s+|then\s+)?(?P<body>.+)$",
        clause,
        re.IGNORECASE,
    )
    if placed and state.task(placed["anchor"]) is not None and re.match(r"[a-z]+\s+\S", placed["body"]):
        where = "before" if placed["where"].lower() == "before" else "after"
        return f"{re.sub(r'^add ', '', placed['body'], flags=re.IGNORECASE)} {where} {placed['anchor']}".join(
            ("add ", "")
        )
    return clause


def _no_more(clause: str, state: Changing) -> str:
    """`don't purge the files any more` takes the task out that does it."""
    match = re.match(
        r"^(?:do not|don't|no longer|stop|never)\s+(?P<verb>[a-z]{3,}?)(?:ing)?(?:\s+"
        r"(?P<rest>.*?))?(?P<more>\s+any ?more|\s+any longer)?$",
        clause,
        re.IGNORECASE,
    )
    if match is None or not (match["more"] or re.match(r"(?:no longer|stop)\b", clause, re.IGNORECASE)):
        return clause
    stem = match["verb"].lower()
    found = [
        task["id"]
        for _, task in target.tasks_of(state.data)
        if task["id"].lower() in (stem, f"{stem}e", stem[:-1]) and len(stem) > 3
    ]
    return f"remove {found[0]}" if len(found) == 1 else clause


def _between(clause: str, state: Changing) -> str:
    """`… between a and b` is `… after a`, where a is a task."""
    match = re.search(
        r"\bbetween\s+(?P<a>(?:the\s+)?[\w-]+)\s+and\s+(?:the\s+)?[\w-]+$", clause, re.IGNORECASE
    )
    return (
        clause
        if match is None or state.task(match["a"]) is None
        else f"{clause[: match.start()]}after {match['a']}"
    )


def _focused(clause: str, state: Changing) -> str:
    """Take `in x, …`, `x: …` off the front: what follows is about that task."""
    state.focus = ""
    match = re.match(
        r"^(?:(?:in|for|on|at|with|of)\s+(?:the\s+)?(?:task\s+|step\s+)?(?P<a>[\w-]+)(?:\s+(?:task"
        r"|step))?(?:\s*[,:]|(?=\s+(?:say|log|print|set|change|use|write)\s))"
        r"|(?P<head>[^,:]+):)\s+(?P<rest>\S.*)$",
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return clause
    ids = {task["id"] for _, task in target.tasks_of(state.data)}
    named = [match["a"]] if match["a"] else re.findall(r"[\w-]+", match["head"])
    found = [name for name in named if name in ids]
    if len(found) != 1:
        return clause
    state.focus = state.last = found[0]
    return match["rest"]
