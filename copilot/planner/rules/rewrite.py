"""Turns of phrase brought to the forms the rules read: one sentence says one thing after another."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import MARK, Masked

_VERB = "|".join(sorted(sorted(VERBS), key=len, reverse=True))
_FLOW = r"(?:flow|workflow|pipeline|job|dag|etl)"
_TOOL = r"(?:python|duck ?db|sql|bash|the shell|postgres(?:ql)?|bigquery|sqlite)"


def rewritten(masked: Masked) -> str:
    """Return the text of a masked request in plainer words; the marks stay what they are."""
    text = masked.text
    for rewrite in _REWRITES:
        text = rewrite(text, masked)
    return text


def _sub(
    pattern: str, new: str | Callable[[re.Match[str]], str], flags: int = re.IGNORECASE
) -> Callable[[str, Masked], str]:
    compiled = re.compile(pattern, flags)
    return lambda text, masked: compiled.sub(new, text)


def _tool_first(text: str, masked: Masked) -> str:
    """`In Python, read a and print b` is `read a and print b with python`."""

    def moved(match: re.Match[str]) -> str:
        rest = match["rest"].rstrip()
        shown = re.search(
            r",?\s+and\s+(?:print|log|show|display|output)\s+(?:it|them|that|the \w+)$", rest, re.IGNORECASE
        )
        cut = shown.start() if shown else len(rest)
        return f"{match['lead']}{rest[:cut]} with {match['tool']}{rest[cut:]}{match['end']}"

    return re.sub(
        rf"(?P<lead>^\s*|[.;]\s+)(?:in|with|using|via)\s+(?P<tool>{_TOOL})\s*,\s*(?P<rest>[^.;]+?)"
        rf"(?P<end>[.;]|\s*$)",
        moved,
        text,
        flags=re.IGNORECASE,
    )


def _source_first(text: str, masked: Masked) -> str:
    """`From ⟦0⟧ select …` is `read ⟦0⟧, select …`."""
    return re.sub(
        rf"(?P<lead>^\s*|[.;]\s+)(?:from|in)\s+(?P<source>⟦\d+⟧)\s*,?\s+(?=(?:{_VERB})\b)",
        lambda match: f"{match['lead']}read {match['source']}, ",
        text,
        flags=re.IGNORECASE,
    )


def _after_first(text: str, masked: Masked) -> str:
    """`mail us after loading the data` is `load the data, then mail us`."""

    def swapped(match: re.Match[str]) -> str:
        verb = _base(match["ing"])
        if verb is None or re.search(r"\bretry|\btime-?out", match["body"], re.IGNORECASE):
            return match[0]
        return (
            f"{match['lead']}{verb} {match['rest'].strip()}, then {match['body'].strip(' ,')}{match['end']}"
        )

    return re.sub(
        rf"(?P<lead>^\s*|[.;]\s+)(?P<body>(?:{_VERB})\b[^.;]*?),?\s+(?:after|once)\s+(?P<ing>[a-z]+ing)\s+"
        r"(?P<rest>[^.;]+?)(?P<end>[.;]|\s*$)",
        swapped,
        text,
        flags=re.IGNORECASE,
    )


def _base(word: str) -> str | None:
    stem = word.lower().removesuffix("ing")
    return next((form for form in (stem, f"{stem}e", stem[:-1]) if form in VERBS), None)


def _each_quoted(text: str, masked: Masked) -> str:
    """`log "a", "b" and "c"` is `log "a", log "b" and log "c"`."""

    def spread(match: re.Match[str]) -> str:
        literals = masked.inside(match["list"])
        if any(literal.kind not in ("text", "code") for literal in literals):
            return match[0]
        marks = MARK.finditer(match["list"])
        return ", ".join(f"{match['verb']} {mark[0]}" for mark in marks)

    text = re.sub(
        r"\b(?P<verb>run|execute|start)\s+(?P<list>⟦\d+⟧(?:\s*,\s*"
        r"(?:and\s+)?⟦\d+⟧)*\s*,?\s*and\s+⟦\d+⟧)(?=\s+(?:in parallel|at the same time|side by side"
        r"|simultaneously|concurrently)\b)",
        spread,
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(
        r"\b(?P<verb>log|print|say|echo)\s+(?P<list>⟦\d+⟧(?:(?:\s*,\s*"
        r"(?:and\s+)?(?:then\s+)?|\s+(?:and\s+)?then\s+)⟦\d+⟧)*(?:\s*,?\s*and|,?\s*(?:and\s+)?then)\s+⟦\d+⟧)(?!\s*(?:as|with|of)\b)",
        spread,
        text,
        flags=re.IGNORECASE,
    )


def _cases(text: str, masked: Masked) -> str:
    """`depending on x (a, b or c) log ⟦1⟧, ⟦2⟧ or ⟦3⟧` says what to do for every value of x."""

    def paired(match: re.Match[str]) -> str:
        values = [
            part
            for part in re.split(r"\s*(?:,\s*(?:or\s+|and\s+)?|\s+or\s+|\s+and\s+|/)\s*", match["values"])
            if part
        ]
        marks = MARK.findall(match["texts"])
        if len(values) != len(marks):
            return match[0]
        said = "; ".join(
            f"for {value} {match['verb']} ⟦{mark}⟧" for value, mark in zip(values, marks, strict=True)
        )
        return (
            f"{match['lead']}Take an input {match['name']} "
            f"({match['values']}). Switch on {match['name']}: {said}"
        )

    return re.sub(
        r"(?P<lead>^\s*|[.;]\s+)(?:depending on|according to|based on)\s+(?:the\s+|an?\s+)?"
        r"(?:value of\s+)?(?:the\s+)?"
        r"(?:inputs?\s+|parameter\s+)?(?P<name>[a-z_]\w*)(?:\s+(?:input|parameter))?\s*(?:\("
        r"(?P<values>[^)]*)\))\s*,?\s*"
        r"(?P<verb>log|print|run|return|say|echo)\s+(?P<texts>⟦\d+⟧(?:\s*(?:,|or|and)+\s*⟦\d+⟧)+)",
        paired,
        text,
        flags=re.IGNORECASE,
    )


def _switch(text: str, masked: Masked) -> str:
    """`switch on x: for a log ⟦0⟧, for b log ⟦1⟧, for anything else log ⟦2⟧` is a chain of conditions."""

    def chained(match: re.Match[str]) -> str:
        name, parts = match["name"], []
        for part in re.split(
            r"\s*[,;]\s*(?:and\s+)?(?=(?:for|when|if|in case of|otherwise|else|by default)\b)",
            match["rest"].strip(" .,;"),
        ):
            case = re.match(
                r"(?:for|when|if|in case of)\s+(?:it is\s+)?(?P<value>⟦\d+⟧|[\w.-]+)(?:\s+(?:else"
                r"|other))?[\s,:]+(?P<do>.+)$",
                part,
                re.IGNORECASE,
            )
            other = re.match(
                r"(?:otherwise|else|by default|(?:for|in|when)\s+(?:any(?:thing)?|every(?:thing)?"
                r"|all)\s+(?:it is\s+)?(?:else|other\w*(?: (?:case|value|country)s?)?))[\s,:]+"
                r"(?P<do>.+)$",
                part,
                re.IGNORECASE,
            )
            if other:
                parts.append(f"otherwise {other['do']}")
            elif case:
                parts.append(f"{'otherwise ' if parts else ''}if {name} is {case['value']}, {case['do']}")
            else:
                return match[0]
        declared = f"Take an input {name}. " if match["input"] else ""
        return f"{match['lead']}{declared}{', '.join(parts)}. "

    return re.sub(
        r"(?P<lead>^\s*|[.;]\s+)(?:switch|branch|decide|choose)\s+(?:on|by|over)\s+(?:the\s+)?"
        r"(?P<input>inputs?\s+|parameter\s+)?(?:value of\s+)?(?P<name>[a-z_]\w*)"
        r"\s*[:,;]\s*(?P<rest>(?:for|when|if)\b[^.]+)(?:\.|$)",
        chained,
        text,
        flags=re.IGNORECASE,
    )


def _at_a_time(text: str, masked: Masked) -> str:
    """`for each of a and b, do this, two at a time`: the number goes to the loop."""
    return re.sub(
        r"\b(?P<each>for (?:each|every|all))\b(?P<body>[^.;]*?),?\s+(?P<n>\d+|two|three|four|five"
        r"|six|ten) at (?:a|the same) time(?=\s*[.;]|\s*$)",
        lambda match: f"{match['each']} {match['n']} at a time{match['body']}",
        text,
        flags=re.IGNORECASE,
    )


def _result_of(text: str, masked: Masked) -> str:
    """`save the result of ⟦0⟧ under …` is `call ⟦0⟧, save the result under …`."""

    def called(match: re.Match[str]) -> str:
        literal = masked.inside(match["at"])[0]
        return (
            match[0] if literal.kind != "url" else f"call {match['at']}, {match['verb']} the {match['what']}"
        )

    return re.sub(
        r"\b(?P<verb>save|store|put|log|print|post|send|write|return|show)\s+the\s+"
        r"(?P<what>results?|response|answer|contents?|body|reply|output)\s+(?:of|from)\s+"
        r"(?:calling\s+|the\s+(?:call|request)\s+(?:to|of)\s+)?(?P<at>⟦\d+⟧)",
        called,
        text,
        flags=re.IGNORECASE,
    )


def _for_values(text: str, masked: Masked) -> str:
    """`call …?city={city} for Oslo and Rome` is a loop over the cities."""

    def looped(match: re.Match[str]) -> str:
        names = set(re.findall(r"(?<!\{)\{([A-Za-z]\w*)\}(?!\})", masked.inside(match["at"])[0].value))
        if len(names) != 1:
            return match[0]
        how = f" {match['how'].strip()}" if match["how"] else ""
        return f"for each {names.pop()} in {match['list']}{how}: {match['verb']} {match['at']}"

    return re.sub(
        r"\b(?P<verb>(?i:call|download|fetch|get|request|query))\s+(?P<at>⟦\d+⟧)\s+for\s+(?:the\s+)?"
        r"(?:[a-z]+s\s+)?(?P<list>[A-Z0-9][\w-]*(?:\s*,\s*"
        r"(?:and\s+)?[A-Z0-9][\w-]*)*\s*,?\s+and\s+[A-Z0-9][\w-]*)"
        r"(?P<how>\s+(?:in parallel|at the same time|at once|concurrently))?",
        looped,
        text,
    )


def _backoff(text: str, masked: Masked) -> str:
    """`with an exponential backoff and ⟦retry⟧`: the pause of those tries grows."""

    def grown(match: re.Match[str]) -> str:
        retry = masked.inside(match["retry"])[0].facts.get("retry")
        if not isinstance(retry, dict):
            return match[0]
        retry |= {"type": "exponential", "maxInterval": "PT10M"}
        return f" {match['retry']} "

    return re.sub(
        r"\s*,?\s*\b(?:with|using)\s+(?:an?\s+)?exponential\s+back-?off\s*,?\s*(?:and\s+)?"
        r"(?:with\s+)?(?P<retry>⟦\d+⟧)",
        grown,
        text,
        flags=re.IGNORECASE,
    )


def _modified(text: str, masked: Masked) -> str:
    """`…, with ⟦timeout⟧ on the sleep` says something of a step that is there already."""

    def apart(match: re.Match[str]) -> str:
        kinds = {literal.kind for literal in masked.inside(match["how"])}
        return (
            f". {match['how']} on the {match['what']}"
            if kinds <= {"retry", "timeout", "lenient"}
            else match[0]
        )

    return re.sub(
        r"[\s,]*(?P<how>⟦\d+⟧)\s+(?:on|for)\s+the\s+(?P<what>[a-z]+)(?:\s+(?:step|task))?(?=\s*[.;]|\s*$)",
        apart,
        text,
        flags=re.IGNORECASE,
    )


def _again(text: str, masked: Masked) -> str:
    """`…, if it fails ⟦retry⟧` says how often to try, not what to do after a failure."""

    def joined(match: re.Match[str]) -> str:
        return f" {match['how']} " if masked.inside(match["how"])[0].kind == "retry" else match[0]

    return re.sub(
        r"[\s,]*(?:\band\s+)?\b(?:if|when|in case|should)\s+(?:it|this|that|the \w+)\s+(?:fails?"
        r"|does not work|doesn't work)\s*,?\s+"
        r"(?:please\s+|then\s+)?(?P<how>⟦\d+⟧)",
        joined,
        text,
        flags=re.IGNORECASE,
    )


_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month"}
_REWRITES: tuple[Callable[[str, Masked], str], ...] = (
    _sub(r"[’]", "'"),
    _sub(r"\bat (\d{1,2})h(\d\d)?\b", lambda m: f"at {int(m[1])}:{m[2] or '00'}"),
    _sub(
        rf"\b(?:an?\s+)?(?P<how>daily|weekly|monthly)\s+(?P<what>{_FLOW})\s+(?P<at>at\s+\d{{1,2}}"
        rf"(?::\d\d)?(?:\s*[ap]m)?(?:\s+(?:UTC|GMT))?),?",
        lambda m: f"every {_PERIODS[m['how'].lower()]} {m['at']}, a {m['what']}",
    ),
    _sub(
        r",\s*(?:and\s+)?(appending|overwriting|replacing)\b(?:\s+(?:to\s+)?(?:it|them|the table"
        r"|everything|what is there))?",
        r" with \1",
    ),
    _result_of,
    _sub(r"[,.!]*\s*\b(?:thanks|thank you|cheers)(?: a lot| in advance)?\s*[!.]*\s*$", ""),
    _sub(
        r"\b(?:run\s+)?(?:two|three|2|3)\s+python\s+scripts?[^:⟦]*:\s*(?P<list>(?:first\s+)?⟦\d+⟧"
        r"(?:\s*,?\s*(?:and\s+)?(?:then\s+)?⟦\d+⟧)+)",
        lambda m: ", then ".join(f"run the python script {mark[0]}" for mark in MARK.finditer(m["list"])),
    ),
    _sub(
        r"\b(?P<verb>log|print|write|return)\s+(?P<a>⟦\d+⟧)\s+and\s+then\s+(?P<b>(?:the|its"
        r"|their)\s+[\w ]+?)(?=\s*[.;,]|\s*$)",
        r"\g<verb> \g<a> followed by \g<b>",
    ),
    _for_values,
    _sub(
        r"\bif\s+the\s+(?P<what>number of (?:rows|records|lines)|row count)\s+(?:in|of)\s+(?P<at>⟦\d+⟧)\s+",
        r"count the rows of \g<at> with duckdb. If the number of rows ",
    ),
    _sub(
        r"^\s*always\s+(?P<do>.+?)(?:\s+at the end)?\s*,?\s+even (?:if|when)\s+"
        r"(?P<ing>[a-z]+ing)\s+(?P<rest>.+?)\s+fails?\s*\.?\s*$",
        lambda m: f"{_base(m['ing']) or m['ing']} {m['rest']}. Whatever happens, {m['do']}",
    ),
    _backoff,
    _sub(
        r"\b(?:check|make sure|ensure|verify|assert)\s+(?:that\s+)?(?P<at>⟦\d+⟧|it|the file)\s+"
        r"(?:has|contains)\s+no\s+(?:rows?|records?|lines?|entries)\s+(?P<test>(?:where|with"
        r"|whose)\s+[^.,;]+?)(?:\s*[,;]?\s*(?:and\s+)?(?:otherwise|or|else"
        r"|if it does)?\s*,?\s*fail(?:s|\s+the flow)?(?:\s+if it does|\s+otherwise)?)?(?=\s*"
        r"(?:[.;]|$|with\b|saying\b))",
        r"query \g<at> for rows \g<test> with duckdb. If there are rows, fail",
    ),
    _sub(
        r"\b(?:check|make sure|ensure|verify|assert)\s+(?:that\s+)?(?:it|the file|there)\s+(?:has"
        r"|contains|are|is)\s+at least\s+(?P<n>\w+)\s+(?:rows|records|lines)\s*[,;]?\s*(?:or"
        r"|otherwise|else)\s*,?\s*(?:else\s+)?fail",
        r"count the rows with duckdb. If there are less than \g<n> rows, fail",
    ),
    _sub(
        r"\b(?:every day|daily)\s*,?\s+(?:except|but not|other than|excluding)(?:\s+(?:on|at"
        r"|for))?\s+(?:the\s+)?weekends?",
        "every weekday",
    ),
    _sub(
        r"\bjoin\s+(?P<a>⟦\d+⟧)\s+(?:and|with|to)\s+(?P<b>⟦\d+⟧)(?P<tool>\s+(?:in|with"
        r"|using)\s+duck ?db)?\s+(?P<on>on|by|using|over)\s",
        r"download \g<a> and \g<b>, join them \g<on> ",
    ),
    _sub(
        r"\b(?P<verb>log|print|run|return|say)\s+(?P<a>⟦\d+⟧)\s+(?:if|when)\s+"
        r"(?P<c>[^,;.]+?)\s*,\s*(?P<b>⟦\d+⟧)\s+(?:if|when)\s+(?P<d>[^,;.]+?)\s*,?\s+(?:and\s+"
        r"|or\s+)?(?P<e>⟦\d+⟧)\s+(?:otherwise|else)",
        r"if \g<c>, \g<verb> \g<a>, otherwise if \g<d>, \g<verb> \g<b>, otherwise \g<verb> \g<e>",
    ),
    _sub(
        r"\b(?P<verb>log|print|echo)\s+(?:all\s+)?(?:the\s+)?numbers?\s+(?:from\s+)?(?P<a>\d+)\s+"
        r"(?:to|through|until|-)\s+(?P<b>\d+)(?![^.;,]*\bpython\b)",
        r"for each number in \g<a> to \g<b> \g<verb> the number",
    ),
    _sub(
        r"\bwait\s+(?:until|for)\s+(?P<at>⟦\d+⟧)\s+(?:to\s+)?(?:returns?|answers?|responds?"
        r"|gives?)(?:\s+with)?\s+(?:an?\s+|the\s+)?(?:status\s+(?:code\s+)?)?(?P<code>\d{3})"
        r"(?:\s*,?\s*(?:and\s+)?(?:check(?:ing)?|poll(?:ing)?|test(?:ing)?)(?:\s+it)?\s+"
        r"(?P<every>every\s+[^.,;]+))?",
        lambda m: f"call {m['at']} {m['every'] or 'every 30 seconds'} until the status code is {m['code']}",
    ),
    _sub(r"\btwice (?:a|per) day,?\s+at\b", "every day at"),
    _sub(
        rf"(^\s*|[.;]\s+)(?:the|this|that|my) {_FLOW} (?:should |must |will |has to |then )?(?="
        rf"(?:{_VERB})(?:s|es)?\b(?! id\b))",
        r"\1it ",
    ),
    _sub(r"\b(?:i|we)\s+(?:want|need|would like)\s+to\s+be\s+(?:told|informed)\b", "log"),
    _sub(r"\blet (?:me|us) know\b", "log"),
    _sub(r"\b(?:try|retry|test)\s+(?P<at>⟦\d+⟧)\s+(?=every\b)", r"call \g<at> "),
    _sub(
        r"\b(?:ask|request)(?:ing)?(?:\s+(?:me|us|someone|somebody|a human|an? \w+|the \w+))?\s+"
        r"(?:for|to give)\s+(?:an?\s+|my\s+|"
        r"manual\s+|explicit\s+)*(?:approval|confirmation|permission|sign-?off|go-ahead|consent)\b",
        "wait for approval",
    ),
    _sub(r"(^\s*|[.;]\s+)(?:what is|what's|what are|calculate)\s+(?=the\b)", r"\1compute "),
    _sub(r"(^\s*|[.;]\s+)how many\s+", r"\1compute how many "),
    _sub(r",?\s+and\s+(?:then\s+)?(?=if\b(?! so\b| yes\b| not\b))", ". "),
    _sub(
        r"[,;]\s*(?:and\s+)?(?:when|if)\s+(?:it|this|that)(?:\s+(?:is|does|are)\s+not|\s+isn'?t"
        r"|\s+doesn'?t|'s not)\s*,?\s+(?=(?:log|print|fail|run|post|send|call|stop|wait|return)\b)",
        ", otherwise ",
    ),
    _sub(r"\s+-\s+(?=(?:just|only|simply|then|please)\b)", ", "),
    _sub(
        rf"(^\s*|[.;\n]\s*)(?:extract(?:ion)?|transform(?:ation)?|load(?:ing)?|input|output|source|step \w+"
        rf"|stage \w+|e|t|l)\s*(?::|\s-)\s+(?=(?:{_VERB})\b)",
        r"\1",
    ),
    _sub(
        r"\b(?P<verb>drop|remove|keep|delete|discard|exclude|filter out|select)\s+(?:only\s+)?"
        r"(?:the\s+|all\s+)?(?:ones|those|rows|records|\w+s)\b[^.,;()⟦]*"
        r"\((?P<test>[a-z_]\w*\s*(?:is|=|==|>|<|>=|<=|equals?|above|below|over|under)\s*[^()]+)\)",
        r"\g<verb> rows where \g<test>",
    ),
    _sub(
        r",\s*(?:only\s+)?(?:the\s+)?(?P<cols>[a-z_]\w*"
        r"(?:\s*,\s*[a-z_]\w*)*\s+and\s+[a-z_]\w*)\s+only(?=\s*[.;,]|\s*$)",
        r" keep only columns \g<cols>",
    ),
    _sub(r"\bthe first (?:row|record|line|entry|result)\b", "the first 1 rows"),
    _tool_first,
    _source_first,
    _after_first,
    _each_quoted,
    _cases,
    _switch,
    _at_a_time,
    _modified,
    _again,
)
