"""Which telling words of a clause nothing in its steps answers to: they must not get lost without a word."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot.plan.plan import Step
from copilot.plan.render import step_value
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.vocabulary import WORDS
from copilot.planner.rules.word import NUMBERS, STOP_WORDS, find_duration

_WORD = re.compile(r"[A-Za-zÀ-ɏ][\w'’À-ɏ]*|[^\x00-\x7f\s⟦⟧«»“”‘’–—…•→]+|\d+(?:[.:]\d+)*[A-Za-z%°]*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that carry grammar or politeness, not content.
_GRAMMAR = _words(
    """
    about above actually after afterwards again against ahead already always am among and another
    anything any around away back basically because become been before begin beginning behind being
    below beside besides between both but cannot came come comes coming did do does doing done down during
    either else end ends ending enough even ever everything few finally first firstly following followed
    forth give given gives giving gave go goes going good got had has have having he hello her here hers him
    his how however i'd i'll i'm i've if inside instead is isn't it's itself keep last lastly later
    least let lets like likewise look many may maybe might more most much must namely neither next no
    none nor not nothing now off often ok okay once one ones only onto other others otherwise ought our
    out over own per perhaps possible quick quickly rather really right same say says second secondly
    she simple simply since single small so something soon start starting starts still such sure take
    taken takes than thank thanks that's their them themselves there there's therefore these they thing
    things third thirdly those through thus together too toward towards try under until up upon us usual
    very want was well were what what's whatever when where whether which while who whole why with
    within without work works yes yet you'd you'll hey hi dear kindly whose able allow
    """
)
# What flows are made of; said in passing, they ask for nothing by themselves.
_MATTER = _words(
    """
    answer answers body bytes call calls case cell cells code column columns command commands console
    content contents copy data database dataset db document duck duckdb element elements entry entries
    etl execution executions field fields file files flow flows format header http https id item items
    job key kestra kind level line lines list lists log logging logs message messages named called name
    names number numbers object objects operation order output outputs parameter parameters part parts
    path pipeline plain print program query queries record records reply request requests response
    responses result results row rows run running runs script scripts set sql stage step steps storage
    store string system table tables task tasks text texts time times type types unit url value values
    variable variables view way word words workflow workflows input inputs link csv json snippet
    function left remaining remains api endpoint address web online internet page site website local
    temporary current remote
    """
)
# Words that belong to a kind of step: they explain themselves once there is one of that kind.
_ROWS = (
    "different expensive cheap cheapest priciest rated rating newest latest recent oldest ear"
    "liest longest shortest youngest older "
    "younger cheaper pricier best worst percent convert case letters capital dedupe deduplica"
    "te deduplicated duplicated transform "
    "lower upper uppercase lowercase extra additional computed filter filtered order ordered reverse"
)
# Words of values that are made from known ones, and of ages in SQL.
_DERIVED = (
    "capital capitals letter letters upper lower uppercase lowercase case choice chosen selec"
    "ted selection picked option "
    "reversed reverse even odd length long characters sum total difference product full doubl"
    "e square twice half range span plus "
    "minus followed person user human"
)
_AGES = "yesterday tomorrow plus minus today older newer days weeks months old ago"
KIND_WORDS: dict[str, str] = {
    "flow.If": (
        "greater less more fewer than above below over under equal equals equal empty missing nul"
        "l exists exist "
        "contain contains start starts end ends status state healthy down reachable responds resp"
        "ond fails failed "
        "today rows large larger bigger smaller higher lower least most true false given positive"
        " degrees goes "
        "exceeds exceed rises drops falls match matches service site server okay successful code "
        "returns return"
    ),
    "log.Log": ("error info greet greeting print say display show tell report alert"),
    "http.": (
        "get post put patch delete status health healthy reachable ping fetch download "
        "downloaded headers method webhook hook service server export exports returned "
        "returns"
    ),
    "duckdb": (
        "sql duckdb memory group grouped by count counts total totals sum average "
        "averages mean minimum maximum min max highest lowest largest smallest biggest "
        "top distinct unique duplicate duplicates many sort sorted ascending descending "
        "desc asc ordered rank limit join joined joins merge combine greater larger "
        "higher less lower smaller than equal equals amount number parquet show most "
        "least average longest shortest oldest newest per from high low compute filter "
        "filtered where null empty missing"
    ),
    "jdbc.sqlite": "sqlite sql",
    "postgresql": (
        "replacing replace old previous existing overwriting "
        "sync postgres postgresql sql table schema group count counts total sum average "
        "mean distinct where exist exists everything every all insert into columns "
        "primary user password new most top latest empty null missing duplicates sort "
        "order upsert merge append import copy export database"
    ),
    "scripts.python": (
        "product different minimum maximum median date today python pandas free add "
        "greater larger higher less lower smaller than equal uppercase lowercase "
        "capitalize rename renamed sort sorted ascending descending duplicate "
        "square cube factorial even odd double "
        "duplicates unique dedupe filter filtered above below older younger cheaper "
        "total sum average mean count whole numbers integers result process container "
        "docker image most least first top new missing empty null highest lowest"
    ),
    "scripts.shell": (
        "shell bash terminal disk usage space free memory directory folder current date "
        "host uptime today docker container image environment user"
    ),
    "scripts.node": "node nodejs javascript js",
    "scripts.": "docker container image",
    "flow.Sleep": (
        "pause sleep second seconds minute minutes hour hours millisecond milliseconds ms half day days bit"
    ),
    "flow.Pause": (
        "approval approve approved approves manual manually human person someone "
        "somebody confirm confirmation continue pause resume okay"
    ),
    "flow.Subflow": "subflow child other wait finish parameter namespace",
    "flow.ForEach": (
        "loop iterate each every parallel concurrently simultaneously month months year years day days"
    ),
    "core.log": "status code",
    "kv.": "kv key-value keyvalue store stored save saved under pair entry",
    "execution.Assert": (
        "assert ensure fail otherwise greater less than more least most above below over under equal empty"
    ),
    "execution.Fail": "fail failing error abort stop exit",
    "execution.Labels": "label labels tag tags",
    "execution.PurgeExecutions": "purge old older executions days",
    "PurgeCurrentExecutionFiles": "purge files clean storage internal",
    "gcs.": (
        "gcs google cloud bucket storage object objects gs upload uploaded exist there yet region location"
    ),
    "bigquery": (
        "bigquery big google cloud dataset append appending overwrite replace sql gcs "
        "bucket table location region count"
    ),
    "email.": "mail email e-mail subject recipient body attach attachment inbox",
    "slack": "slack channel webhook notification notify alert",
    "discord": "discord channel webhook notification notify alert",
    "teams": "microsoft teams channel webhook notification notify alert",
    "compress.": "unzip gunzip decompress uncompress compress zip gzip archive unpack extract",
    "git.": "git repo repository clone branch github",
    "debug.Return": "return output",
    "serdes.": "convert ion",
    "storage.": "concat concatenate merge combine split size",
    "flow.Parallel": "parallel simultaneously same concurrently both side",
    "dbt": "dbt",
}


def unexplained(
    words: str, steps: Iterable[Step], known: Iterable[str] = (), *, kinds: bool = True
) -> list[str]:
    """Return the telling words of a clause that neither its steps nor the names already known answer to.

    With `kinds`, a step answers to the words of its kind as well, whatever it does.
    """
    steps = [inner for step in steps for inner in step.walk()]
    made = " ".join([*(str(step_value(step)) for step in steps), *known])
    answered = {stem(word) for word in re.findall(r"[A-Za-zÀ-ɏ]+", _apart(made))}
    answered |= {stem(word) for word in re.findall(r"[A-Za-z]+\d+\w*", made)}
    numbers = set(re.findall(r"\d+", made))
    for step in steps if kinds else ():
        for part, said in (*KIND_WORDS.items(), *WORDS.items()):
            if part in step.type:
                answered |= {stem(word) for word in re.split(r"[\s-]+", said)}
        if any(
            part in step.type for part in ("scripts.python", "duckdb", "postgresql", "bigquery", "sqlite")
        ):
            answered |= {stem(word) for word in _ROWS.split()}
    if "{{" in made:
        answered |= {stem(word) for word in _DERIVED.split()}
    if "percent" in made:
        answered |= {stem(word) for word in ("percentage", "percent", "share")}
    if "trigger.body" in made:
        answered |= {stem(word) for word in ("payload", "body", "posted", "webhook", "incoming")}
    if "interval" in made or "current_date" in made or "now()" in made:
        answered |= {stem(word) for word in _AGES.split()}
    if steps and all(step.type.endswith((".http.Download", ".http.Request")) for step in steps):
        words = _SOUGHT.sub(_named_things, words)
    left = []
    for word in _WORD.findall(_without_times(MARK.sub(" ", words), made).replace("-", " ").replace("_", " ")):
        low = word.lower().strip("'’")
        low = re.sub(r"['’]s$", "", low)
        if low[:1].isdigit():
            if not _counted(low, numbers, made):
                left.append(word)
        elif len(low) > 1 and not is_plain(low) and stem(low) not in answered:
            left.append(word)
    return left


# `fetch the exchange rates from ⟦0⟧`: what an address holds is a name, unless it says which part of it.
_SOUGHT = re.compile(
    r"^(?P<verb>\s*(?:[a-z]+\s+)?(?:fetch|get|download|pull|grab|read|load|import|retrieve"
    r"|call|ingest|collect))\s+"
    r"(?:the\s+|all\s+|our\s+|some\s+|today's\s+|a\s+|an\s+)*(?P<what>(?:[a-z][\w-]*\s+){1,4})"
    r"(?P<from>(?:from|at|of|on|out of|behind)\s)",
    re.IGNORECASE,
)
_CHOOSY = re.compile(
    r"\b(?:active|inactive|open|closed|paid|unpaid|new|old|older|top|first|last|best|worst"
    r"|distinct|unique|duplicates?|missing|valid|invalid"
    r"|cancell?ed|pending|failed|expired|empty|only|most|least|where|with|whose|above|below"
    r"|over|under|average|total|sum|count|number|names?"
    r"|max\w*|min\w*|and|\w+est)\b",
    re.IGNORECASE,
)


def _named_things(match: re.Match[str]) -> str:
    return match[0] if _CHOOSY.search(match["what"]) else f"{match['verb']} {match['from']}"


def _without_times(text: str, made: str) -> str:
    """Take out the lengths of time that stand in the steps in their own way: `1 ms` is `PT0.001S`."""
    position = 0
    while (found := find_duration(text, position)) is not None:
        position = found.end
        if found.iso in made:
            text, position = f"{text[: found.start]} {text[found.end :]}", found.start
    return text


def _counted(low: str, numbers: set[str], made: str) -> bool:
    """Whether a number is there: as it is, as the end of a range, or as a share of hundred."""
    said = re.findall(r"\d+(?:\.\d+)?", low)
    return (
        bool(set(re.findall(r"\d+", low)) & numbers)
        or any(f"{float(number) / 100:g}" in made for number in said)
        or ("range(" in made and any(str(int(float(number)) + 1) in numbers for number in said))
    )


def is_plain(low: str) -> bool:
    """Tell whether a word carries grammar, politeness or what any flow is made of."""
    return low in _GRAMMAR or low in _MATTER or low in STOP_WORDS or low in NUMBERS or low in _VERB_FORMS


def _apart(text: str) -> str:
    """Write `readCsvAuto` and `total_amount` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)


def stem(word: str) -> str:
    """Cut the endings of English: `filtering`, `filters` and `filtered` are one."""
    low = word.lower()
    for ending, least, new in (
        ("iest", 4, "y"),
        ("ies", 2, "y"),
        ("ing", 3, ""),
        ("est", 4, ""),
        ("ed", 3, ""),
        ("es", 3, ""),
        ("s", 3, ""),
    ):
        if low.endswith(ending) and len(low) - len(ending) >= least and not low.endswith("ss"):
            low = low[: -len(ending)] + new
            break
    if len(low) > 3 and low[-1] == low[-2] and low[-1] not in "els":
        low = low[:-1]
    return low.rstrip("e") if len(low) > 3 else low


# Verbs that lead a clause are read by the rules; these say something only a step can answer to.
_TELLING_VERBS = _words(
    """
    alert average classify clean clone compress convert dedupe deduplicate email embed greet index join
    label mail merge normalise normalize open prepare process rank rename scrape split summarise
    summarize sync tag transform translate unpack upsert validate welcome
    """
)
_VERB_FORMS = frozenset(
    form
    for verb in VERBS - _TELLING_VERBS
    for form in (
        verb,
        f"{verb}s",
        f"{verb}es",
        f"{verb}ing",
        f"{verb}ed",
        f"{verb.rstrip('e')}ing",
        f"{verb}d",
        f"{verb}{verb[-1]}ing",
        f"{verb}{verb[-1]}ed",
        f"{verb.rstrip('y')}ies",
        f"{verb.rstrip('y')}ied",
    )
)
