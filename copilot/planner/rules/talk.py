# ruff: noqa: E501 - one rewrite, one line: a pattern cut in pieces is harder to read
"""Talk brought to plain requests: greetings and asides go, slips of the pen are mended, idioms become verbs."""

from __future__ import annotations

import re
from collections.abc import Callable

from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.spelling import spelled
from copilot.planner.rules.word import singular

_FLOW = r"(?:flow|workflow|pipeline|job|dag|etl|process|automation)"
_START = r"(?P<lead>^\s*|[.;!?]\s+)"
_VERB = "|".join(sorted(sorted(VERBS), key=len, reverse=True))
_THING = r"(?:flow|workflow|pipeline|job|task|dag|heartbeat|monitor|watchdog|health ?check|check|import|something|reminder|routine|automation)"


def plain_talk(masked: Masked) -> str:
    """Return the text of a masked request as one would write it down; the marks stay what they are."""
    text = spelled(masked.text)
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    return text


def _headed(match: re.Match[str]) -> str:
    """`bash: say hello, then list the files`: every clause is for the tool of the heading."""
    parts = re.split(r"(\s*(?:,\s*(?:and\s+)?then\b|;|,\s*and\b|\bthen\b)\s*)", match["rest"].rstrip(" ."))
    parts[::2] = [f"{part} in the shell" if part.strip() else part for part in parts[::2]]
    return f"{match['lead']}{''.join(parts)}"


def _gerund(match: re.Match[str]) -> str:
    """`keep calling x` is `call x`."""
    base = _stem(match["ing"])
    return match[0] if base == match["ing"] else f"{match['lead']}{base}"


_HOURS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def _clock(how: str, side: str, hour: str) -> str:
    """Write `half past one` as `1:30`, `quarter to seven` as `6:45`."""
    number = int(hour) if hour.isdigit() else _HOURS.index(hour.lower())
    minute = 30 if how.lower() == "half" else 15
    if side.lower() == "to":
        number, minute = (number - 1) % 24, 60 - minute
    return f"{number}:{minute:02d}"


def _stem(ing: str) -> str:
    """Return the verb of `calling`, `logging`; the word itself where it is none that is known."""
    stem = ing.lower().removesuffix("ing")
    return next((form for form in (stem, f"{stem}e", stem[:-1]) if form in VERBS), ing)


_SIGNS = {
    "multiply": "times",
    "divide": "divided by",
    "add": "plus",
    "increase": "plus",
    "subtract": "minus",
    "decrease": "minus",
}
_New = str | Callable[[re.Match[str]], str]
_TABLE: tuple[tuple[str, _New], ...] = (
    # greetings, asides, thanks
    (r"^\s*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening))(?: there| all| team| everyone)?\s*(?:[!,.]+\s*|\s+(?=(?:can|could|please|i)\b))", ""),
    (rf"{_START}(?:so|well|ok|okay|right|basically|actually|just)\b(?:[\s,]+(?:so|basically|actually|just)\b)*\s*[,:]\s*", r"\g<lead>"),
    (r"[\s,]*\b(?:pls|plz|please|thx|ty|if possible|asap|for me|if you (?:can|would|could)|ta)\b\s*(?=[.!?]|$)", ""),
    (r"\b(?:pls|plz)\b", "please"),
    (r"\b(can|could|would|will)\s+u\b", r"\1 you"),
    (rf"{_START}(?:in\s+)?(?:bash|shell)\s*:\s+(?P<rest>[^.⟦]+)", _headed),
    # `whip up a workflow`, `we need a heartbeat.`
    (rf"\b(?:whip|put|knock|cook|throw|set|spin|rig)\s+(?:me\s+|us\s+)?(?:up|together)\s+(?=(?:me\s+|us\s+)?(?:an?|the|some)\s+(?:\w+\s+){{0,2}}{_THING}\b)", "create "),
    (rf"{_START}(?:we|i)\s+(?:need|want|would like|have to have)\s+an?\s+(?:\w+\s+)?{_THING}\s*[.:!]\s+(?=\S)", r"\g<lead>"),
    (r"^\s*(?:one|two|three|four|five|six|\d+|the following|a few|some)\s+(?:steps|things|tasks|parts|jobs)\s*[:.]\s*", ""),
    (rf"{_START}(?:(?:we|i)\s+(?:need|want|would like)|i'd like|make|build|create)\s+an?\s+(?P<how>daily|hourly|weekly|monthly|nightly)\s+(?:report|summary|overview|{_THING})\s*[.:]\s+(?:(?P<at>at\s+\d[\d:]*\s*(?:[ap]m)?)\s*,?\s*)?", lambda m: f"{m['lead']}{'every day' if m['how'].lower() == 'daily' else m['how']}{' ' + m['at'] if m['at'] else ''}, "),
    (r"\b(?P<how>every day|daily|each day|every weekday|on weekdays|every (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b(?P<mid>(?:(?!\bat\b)[^.;⟦])*[.;:]\s+)at\s+(?P<at>\d{1,2}(?::\d\d)?(?:\s*[ap]m)?)\s*,?\s+(?=[a-z])", r"\g<how> at \g<at>\g<mid>"),
    (rf"(?:i'd like|i want|we want|i would like|we need|we'd like)\s+(?:the|this|that|my)\s+{_FLOW}\s+to\s+be\s+(?:called|named)\s+", "create a flow called "),
    (r",?\s*\b(?:labell?ed|tagged)\s+(?:with\s+|as\s+)?(?=[\w-]+\s*[:=]\s*[\w⟦-])", ". Label the flow with "),
    (r"[,;]?\s*(?:\band\s+)?\b(?:otherwise|else|if not)\s*,?\s+(?:just\s+)?(?:do\s+)?nothing\b", ""),
    (r"\bat\s+(?:minute\s+)?(?P<n>\d{1,2}|quarter|half)\s*(?:minutes?\s+)?(?:past|after)\s+(?:every|each|the)\s+(?:full\s+)?hour\b", r"every hour at \g<n> past"),
    (r"\b(?P<n>\d{1,2})\s+minutes?\s+(?:past|after)\s+(?:every|each)\s+(?:full\s+)?hour\b", r"every hour at \g<n> past"),
    (rf"{_START}(?:(?:alert(?:ing)?|notif(?:y|ication)|error handling)(?:\s+on (?:failure|error))?|the\s+(?:actual\s+|main\s+|real\s+)?(?:work|job|task|part|steps?))\s*:\s*(?=\S)", r"\g<lead>"),
    (r"\bremind\s+(?:me|us|the team|everyone)\b(?P<when>[^.;⟦]*?)\s+to\s+[^.;⟦]*?\s+by\s+(?P<ing>[a-z]+ing)\b", lambda m: f"{m['when']} {_stem(m['ing'])}"),
    (r"\bduring\s+(?:the\s+)?(?:working|office|business|opening)\s+hours\s*\(?\s*(?:from\s+)?(?P<a>\d{1,2}(?::\d\d)?)\s*(?:to|-|until|and)\s*(?P<b>\d{1,2}(?::\d\d)?)\s*\)?", r"from \g<a> to \g<b>"),
    (r"\b(?P<how>half|quarter)\s+(?P<side>past|to)\s+(?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", lambda m: _clock(m["how"], m["side"], m["hour"])),
    (rf"{_START}give\s+(?:the|this|my)\s+{_FLOW}\s+the\s+(?:id|name)\s+(?P<id>⟦\d+⟧|[\w.-]*\w)\s+and\s+(?:the\s+)?namespace\s+(?P<ns>⟦\d+⟧|[\w.-]*\w)\s*[;,.]\s*", r"\g<lead>create a flow with id \g<id> in namespace \g<ns> that "),
    (r"^(?P<all>.*?)[\s,]*,\s*where\s+(?P<name>[a-z_]\w*)\s+(?:is|comes from|comes as)\s+(?:an?\s+|the\s+)?(?:flow\s+)?(?:input|parameter)\b", r"Take an input \g<name>. \g<all>"),
    (r"\b(?P<repeat>(?:repeat|do (?:this|it|the following))\s+\w+\s+times)\s*[-–—]\s*", r"\g<repeat>: "),
    # who wants it
    (rf"{_START}(?:my|our|the|your)\s+(?!flow|workflow|pipeline|job)\w+\s+(?:wants?|needs?|would like|likes?|asks? for)\s+(?:to (?:see|know|have|get)\s+)?(?P<what>(?:the|how|which)\b[^.;]*?)\s+(?:logged|in the logs?|printed)\b", r"\g<lead>log \g<what>"),
    (rf"{_START}(?:i|we|my \w+|our \w+|the \w+)\s+(?:wants?|needs?|would like|'d like)\s+to\s+(?:see|know)\s+(?=(?:the|how|which|what)\b)", r"\g<lead>log "),
    # where the data is
    (rf"{_START}(?:our|my|the|your|there is an?|all)\s+(?:[a-z]+\s+){{0,3}}(?:file|data|csv|json|list|export|dataset|feed)?\s*(?:is|are|lives?|sits?|can be found|is available|is stored)\s+(?:at|in|under|on)\s+(?P<at>⟦\d+⟧)", r"\g<lead>read \g<at>"),
    (r"\blook(?:ing)?\s+(?:at|into|in)\s+(?=⟦)", "read "),
    (r"\b(?:give|show|get)\s+(?:me\s+|us\s+)?(?:all\s+)?(?:the\s+)?[a-z]+s\s+(?=(?:with|where|whose|under|over|above|below)\s)", "keep rows "),
    (r"\s+in\s+(?:every|each)\s+(?:round|iteration|turn|pass)\b", ""),
    (r"\bwebhook\s+(?P<key>with\s+(?:the\s+|an?\s+)?key\s+(?:⟦\d+⟧|[\w-]+))\s+(?P<how>is\s+(?:called|hit|triggered|received)|fires|arrives)", r"webhook \g<how> \g<key>"),
    # verbs
    (r"\b(?P<lead>)(?:keep|go on|continue)\s+(?P<ing>[a-z]{3,}ing)\b", _gerund),
    (r"\b(?:kick|throw|weed|sort|cut|toss|chuck)\s+out\b|\bget rid of\b", "remove"),
    (r"\b(?P<verb>remove|keep|drop|delete|select|exclude)\s+(?:only\s+)?(?:everyone|everybody|anyone|anybody|everything|anything|all those|those)\s+(?=(?:younger|older|cheaper|pricier|longer|shorter|above|below|over|under|with|without|who|whose|that|where)\b)", r"\g<verb> rows "),
    (r"\bwhat(?:'s| is)\s+(?:left|remaining)(?:\s+over)?\b|\bthe (?:remainder|remaining (?:rows|ones))\b", "them"),
    (r"\b(?:carry on|go on|move on|proceed)\s+(?=(?:if|when|even if)\s)", "continue "),
    (rf"{_START}try to\s+(?=(?:{_VERB})\b)", r"\g<lead>"),
    (r"\bshow\s+(?:me\s+|us\s+)?how many\b", "log how many"),
    (r"\b(?:tell|show|give)\s+(?:me|us)\s+(?=(?:the|how many|which|what)\b)", "log "),
    (r"\bfind out\s+(?=(?:how many|which|what)\b)", "compute "),
    (r",?\s+(?:and\s+)?if\s+(?:that|it|this)\s+(?:works|worked|succeeds|succeeded|is successful|goes well|went well)\s*,?\s+", ", then "),
    (rf"{_START}(?:use|using|with)\s+(?P<tool>duck ?db|python|pandas|bash|the shell|sqlite|postgres(?:ql)?|bigquery)\s+(?:to|and)\s+(?P<do>[^.;]*?)(?P<show>,?\s+and\s+(?:log|print|show|return|save|store|post|send|mail)\b[^.;]*)?(?=[.;]|$)", r"\g<lead>\g<do> with \g<tool>\g<show>"),
    (r"\b(?:write|put|print|send)\s+(?P<what>(?:the\s+(?:text|message|words?)\s+)?⟦\d+⟧[^.;]*?)\s+(?:in|into|to)\s+the\s+logs?\b", r"log \g<what>"),
    (rf"(?:{_START}|\b(?P<so>and|then)\s+)(?:(?:it|the {_FLOW}|this)\s+)?(?:(?:should|must|has to|shall)\s+)?(?P<do>(?:fail|stop|log|post|send|print|notify|alert|mail)s?\b[^.;]*?)\s+(?:if|when|whenever|in case|unless)\s+(?P<at>⟦\d+⟧)\s+(?:(?:does not|doesn't|do not|did not)\s+(?:return|answer|respond|give|reply)(?:\s+with)?(?:\s+an?)?(?:\s+status)?(?:\s+code)?(?:\s+of)?\s+(?P<code>\d{{3}})|(?:is not|isn't)\s+(?:reachable|healthy|available|ok|up)|is\s+(?:down|unreachable|unavailable))", lambda m: f"{m['lead'] or ''}{(m['so'] + ' ') if m['so'] else ''}call {m['at']}. If the status code is not {m['code'] or 200}, {m['do']}"),
    (r",?\s*(?:\band\s+)?\b(?:when|once|after|as soon as)\s+(?:both|all(?: of them)?|they|these|all three|that|it)\s+(?:are|have|is|has)\s*(?:finished|done|ended|completed|ready|through)\s*,?\s+(?=[a-z])", ", then "),
    (r"(?P<lead>^\s*|[.;,]\s+|\band\s+)(?P<do>(?:fail|stop|log|post|send|print|notify)\b[^.;]*?)\s+unless\s+(?:it|the file|there)\s+(?:has|contains|are)\s+(?:exactly\s+)?(?P<n>\d+)\s+(?:rows|records|lines)", r". If the number of rows is not \g<n>, \g<do>"),
    (r"\bin parallel\s*,?\s+(?P<verb>run|execute|start)\s+(?P<list>⟦\d+⟧(?:\s*,\s*(?:and\s+)?⟦\d+⟧)*\s*,?\s*and\s+⟦\d+⟧)", r"\g<verb> \g<list> in parallel"),
    (r"(?:\bat\s+the\s+(?:very\s+)?end(?:\s+of\s+the\s+\w+)?\s*,?\s*)?(?:\bno matter\s+(?:if|whether)\s+(?:it|the \w+)\s+(?:failed|fails|worked|works|succeeds|succeeded)(?:\s+or\s+not)?|\beven if it (?:failed|fails))\s*,\s*(?=[a-z])", "Whatever happens, "),
    (rf"\bthe\s+{_FLOW}\s+itself\s+", "it "),
    # conditions and ends
    (r",?\s+(?:and|but)\s+only\s+if\b", ". If"),
    (r"\bis\s+(?P<how>negative|positive|zero)\b(?!\s+or\b)(?=\s*[,.;:]|\s+then\b)", lambda m: f"is {'less than' if 'neg' in m['how'] else 'greater than' if 'pos' in m['how'] else 'equal to'} 0"),
    (r"\b(?P<verb>create|make|add|set up)\b(?P<what>[^.;]*?)\s+(?:only\s+)?(?:if|unless|in case)\s+(?:it|they|there|the (?:table|bucket|dataset))\s*(?:does not|doesn't|do not|don't|is not|isn't|are not|aren't|'s not|already|is|isnt|doesnt)\s*(?:yet\s+|already\s+)*(?:exists?|there|present|around)(?:\s+(?:yet|already))*", r"\g<verb>\g<what>"),
    (r"(?P<cut>[.;,]\s*(?:and\s+)?)(?:at|in)\s+the\s+(?:very\s+)?end,?\s+(?:always|in any case|whatever happens|no matter what)\s+", r". Whatever happens, "),
    (r"(?P<cut>[.;,]\s*(?:and\s+)?)(?:whatever happens|in any case|no matter what(?: happens)?|always)\s*,?\s+(?P<do>(?:log|print|post|send|run|delete|notify)\b[^.;]*?)\s+(?:at|in) the (?:very )?end(?=\s*[.;]|\s*$)", r". Whatever happens, \g<do>"),
    (r"\band,\s+whatever happens,\s+(?P<do>[^.;]*?)\s+at the end(?=\s*[.;]|\s*$)", r". Whatever happens, \g<do>"),
    (r",?\s+and\s+when\s+(?=(?:the|that|this|it)\s+(?:\w+\s+)?(?:fails|breaks|crashes|errors)\b)", ". When "),
    (r",\s*(?:and\s+)?(?:in any case|either way|anyway|regardless)\s*,?\s+(?=(?:log|print|post|send|run|notify|delete)\b)", ". Then "),
    (rf"{_START}(?P<do>(?:send|post|log|notify|mail|print|call|download|run)\b[^.;]*?),?\s+(?:once|after|as soon as|when)\s+(?:the\s+)?(?:command|script|query|statement)\s+(?P<at>⟦\d+⟧)\s+(?:has\s+|is\s+|was\s+)?(?:finished|finishes|completed|completes|succeeded|succeeds|done|run|ran|executed)\b", r"\g<lead>run the command \g<at>, then \g<do>"),
    (rf"{_START}(?P<do>(?:stop|fail|end|abort)\b[^.;]*?)\s+(?:if|when|in case)\s+(?P<at>⟦\d+⟧)\s+(?:is empty|has no (?:rows|lines|records|data)|contains no(?:thing| rows| data))", r"\g<lead>download \g<at>. If there are no rows, \g<do>"),
    # rows
    (r"\b(?:validate|check|make sure|verify|ensure|assert)\s+(?:that\s+)?(?:every|each|all)\s+(?:rows?|records?|lines?|entry|entries)\s+(?:of|in)\s+(?P<at>⟦\d+⟧|it|the file)\s+(?:has|have|contains?)\s+(?:an?\s+|the\s+)?(?P<col>[a-z_]\w*)\s*(?:[;,.]\s*(?:and\s+)?(?:if not|otherwise|else|or)\s*,?\s*(?P<do>(?:fail|stop|log|send|post)\b[^.;]*))?", lambda m: f"query {m['at']} for rows where {m['col']} is missing with duckdb. If there are rows, {m['do'] or 'fail'}"),
    (r"\b(?:total|overall|average|mean)\s+[a-z_]\w*\s*\(\s*(?:the\s+)?(?P<how>sum|average|mean|max|min|total)\s+(?:of\s+)?(?P<col>[a-z_]\w*)\s*\)", r"the \g<how> of \g<col>"),
    (r"\b(?P<verb>multiply|divide|add|subtract|increase|decrease)\s+(?:the\s+)?(?P<a>[a-z_]\w*)\s+(?:by|and|to|with)\s+(?P<n>-?\d+(?:\.\d+)?)\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:then\s+)?(?P<show>log|print|show|return)\s+(?:it|that|the (?:result|product))\b", lambda m: f"{m['show']} the {m['a']} {_SIGNS[m['verb'].lower()]} {m['n']}"),
    (r"\bturn\s+(?P<at>⟦\d+⟧|it|them|that|the (?:file|rows|result|csv|json|data))\s+into\s+(?:an?\s+)?(?=(?:csv|json|parquet|excel|avro|yaml|xml)\b)", r"convert \g<at> to "),
    (r"\bkv\s+(?:entry|pair|value|variable|item)\b", "KV key"),
    (r"\bthe\s+(?P<what>id|name|namespace)\s+of\s+(?:the|this)\s+flow\b", lambda m: f"the flow {'namespace' if m['what'].lower() == 'namespace' else 'id'}"),
    (r"\b(?P<verb>greet|log|print|say|welcome|call|download|fetch|ping|process)s?\s+(?:each|every)\s+(?:one\s+)?(?:of\s+the\s+)?(?P<noun>[a-z]+)\s+(?:in|of|from)\s+(?:the\s+)?(?:list|names?|values?|set)?\s*:?\s*(?P<list>[\w-]+(?:\s*,\s*(?:and\s+)?[\w-]+)*\s*,?\s+and\s+[\w-]+)(?=\s*[.;]|\s*$)", r"for each \g<noun> in \g<list>: \g<verb> the \g<noun>"),
    (r"\blog\s+(?P<what>(?:the\s+)?(?:total|sum|average|mean|maximum|minimum)\b[^.;,]*?)\s+(?:from|in|of)\s+(?P<at>⟦\d+⟧)(?=\s*[.;,]|\s*$|\s+(?:every|each|at|on)\b)", r"read \g<at>, compute \g<what> with duckdb, log it"),
    (r"\b(?:compute|what is|what's)\s+(?P<what>(?:the\s+)?(?:total|sum|average|mean|max\w*|min\w*)\b[^.;,]*?)\s+(?:over|across|for)\s+all\s+(?:the\s+)?[a-z]+s?\s+(?P<at>(?:of|in|from)\s+⟦\d+⟧)", r"compute \g<what> \g<at>"),
    (r"\b(?P<verb>log|print|post|send|say)\s+the\s+(?P<field>[a-z_]\w*)\s+of\s+(?:each|every|all)\s+(?:the\s+|of the\s+)?(?P<noun>[a-z_]\w*)\b(?=\s*[.;,]|\s*$|\s+(?:to|at|in the log)\b)", r"for each \g<noun>: \g<verb> the \g<field> of the \g<noun>"),
    (r"\b(?P<verb>sort|order|rank|dedupe|deduplicate)\s+(?P<at>⟦\d+⟧)\s+(?=by\b)", r"read \g<at>, \g<verb> it "),
    (r"\b(?P<verb>post|log|send|print|say)\s+(?:each|every)\s+(?P<noun>[a-z_]\w*?)(?:'s)?\s+(?P<field>(?!of\b|in\b|from\b|to\b)[a-z_]\w*)\s+(?:from|in|of)\s+(?P<at>⟦\d+⟧)(?P<to>\s+to\s+⟦\d+⟧)?", r"read \g<at>, for each \g<noun>: \g<verb> the \g<field> of the \g<noun>\g<to>"),
    (r"\b(?P<out>remove|drop|exclude|filter out|delete|discard|skip)\b(?P<mid>[^.;]*?)\b(?P<verb>save|store|write|keep|log|export|count)\s+the\s+(?:rest|others|other ones|remaining (?:rows|ones|records))\b", r"\g<out>\g<mid>\g<verb> them"),
    (r"\b(?P<verb>log|print|show|return)\s+(?:only\s+)?the\s+(?P<how>first|top)\s+(?P<n>\d+|two|three|four|five|ten)(?:\s+(?:rows|ones|of them|records|lines))?(?=\s*[.;,]|\s*$)", r"keep the \g<how> \g<n> rows, \g<verb> them"),
    (r"\bextract\s+(?:the\s+)?(?P<cols>[a-z_]\w*(?:\s*,\s*[a-z_]\w*)*\s*,?\s+and\s+[a-z_]\w*)\s+(?:of|for|from)\s+(?:all\s+|the\s+|each\s+|every\s+)*(?:[a-z]+\s+(?:in|from|of)\s+)?(?P<at>⟦\d+⟧)\s+(?:into|to|as)\s+(?P<file>⟦\d+⟧|an?\s+\w+(?:\s+file)?)", r"read \g<at>, keep only columns \g<cols>, save it as \g<file>"),
    (r"\b(?:convert|turn|change|put|bring)\s+(?:the\s+|all\s+)*(?P<col>[a-z_]\w*)\s+(?:in|of|from)\s+(?P<at>⟦\d+⟧)\s+(?:to|into|in)\s+(?P<how>upper|lower)\s?-?case", lambda m: f"read {m['at']}, {m['how']}case the {singular(m['col'])}"),
    # inputs
    (r"\b(?:parameteri[sz]e|make)\s+(?P<what>an?\s+\w+|the\s+\w+)\s+(?:by|with|configurable by)\s+(?:the\s+|an?\s+)?(?P<name>[a-z_]\w*)\s*,?\s*(?:with\s+)?(?:the\s+|an?\s+)?default(?:\s+(?:of|is|to))?\s*:?\s*(?P<value>⟦\d+⟧|[\w.-]*\w)", r"take an input \g<name> default \g<value>, download the \g<name>"),
    (r"\b(?:an?|the)\s+(?:user|caller|person|client)\s+(?:passes|gives|provides|enters|types|hands|supplies|sends)(?:\s+in)?\s+(?P<what>an?\s+[a-z_]\w*(?:\s+(?:code|name|id|date|number))?)\s*(?:\(\s*(?:with\s+)?(?:the\s+)?default(?:s to|\s+is|\s+to|:)?\s*(?P<value>⟦\d+⟧|[\w.-]*\w)\s*\))?\s*(?:,|and\b|then\b|\.)\s*(?:we\s+|it\s+|the flow\s+|you\s+)?", lambda m: f"take an input {re.sub(r'^an? ', '', m['what'], flags=re.I).replace(' ', '_')}{' default ' + m['value'] if m['value'] else ''}, "),
    (r"\b(?:have|add|offer|provide|create|with)\s+an?\s+(?:dropdown|drop-down|select(?: box)?|picker|choice|selector)\s+(?:called|named|for)\s+(?P<name>[a-z_]\w*)\s+(?:with|of|offering|containing|between|from)\s+(?:the\s+)?(?:options\s+|values\s+|choices\s+)?(?P<values>[\w-]+(?:\s*,\s*(?:and\s+|or\s+)?[\w-]+)*\s*,?\s*(?:and|or)\s+[\w-]+)(?:\s*,?\s*(?:where|with|and)\s+(?P<first>[\w-]+)\s+(?:is\s+|as\s+|being\s+)?(?:the\s+)?(?:pre-?selected|selected|default|chosen|by default)(?:\s+by default)?)?", lambda m: f"take an input {m['name']} ({m['values']}){' default ' + m['first'] if m['first'] else ''}"),
    (r"\bthe\s+(?:selected|chosen|picked|given|entered|provided)\s+(?=[a-z_]\w*(?:\s*[.,;]|\s*$|\s+(?:and|to|in|with|as)\b))", "the "),
    # loops
    (r"\bfor\s+(?P<i>[a-z])\s+(?:from|in|=)\s*(?P<a>\d+)\s*(?:to|through|until|\.\.|-)\s*(?P<b>\d+)\b\s*,?:?\s*", r"for each \g<i> in \g<a> to \g<b>: "),
    (r"\b(?P<list>lists? of )(?P<plural>[a-z]+)s\b(?P<mid>[^;]*?)\b(?P<verb>log|print|say|echo)\s+(?:each|every)(?:\s+single)?\s+(?P=plural)\b", r"\g<list>\g<plural>s\g<mid>for each \g<plural>: \g<verb> the \g<plural>"),
    (r"\b(?P<list>lists? of )(?P<stem>[a-z]+)ies\b(?P<mid>[^;]*?)\b(?P<verb>log|print|say|echo)\s+(?:each|every)(?:\s+single)?\s+(?P=stem)y\b", r"\g<list>\g<stem>ies\g<mid>for each \g<stem>y: \g<verb> the \g<stem>y"),
    (r"\bfor each\s+(?P<noun>[a-z]+)\s+(?:name|id|code|number|value)\s+(?:in|of)\s+", r"for each \g<noun> in "),
)  # fmt: skip
_REWRITES = tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in _TABLE)
