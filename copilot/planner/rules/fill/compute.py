# ruff: noqa: E501 - one computation, one line: a pattern cut in pieces is harder to read
"""Small computations in words, as Python or shell: arithmetic, ranges, random numbers, dates, texts."""

from __future__ import annotations

import json
import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.shell import SHELL, runner
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import NUMBER, whole

PYTHON = "io.kestra.plugin.scripts.python.Script"
_N = rf"(?P<n>{NUMBER})"
_AB = rf"(?:the\s+)?(?:whole\s+)?(?:numbers?\s+|integers?\s+|values?\s+)?(?:from\s+|between\s+)?(?P<a>{NUMBER})\s*(?:to|through|and|up to|until|-|–)\s*(?P<b>{NUMBER})"
_UP = r"(?:up to|until|below|under|to|not above|no bigger than)"
_NUMS = r"(?P<list>-?\d+(?:\.\d+)?(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)-?\d+(?:\.\d+)?)+)"
_UNIT = r"(?P<unit>days?|weeks?|hours?|minutes?)"
_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_TODAY = r"(?:the\s+)?(?:today(?:'s date)?|current date|date(?: of today)?)"
_IS = "is_prime"
_PRIME = "def is_prime(n):\n    return n > 1 and all(n % i for i in range(2, math.isqrt(n) + 1))\n\n"
_FIB = "numbers = [0, 1]\nwhile len(numbers) < {n}:\n    numbers.append(numbers[-2] + numbers[-1])\n"

# what is said: imports, lines before, the expression, the name of the result
_ROWS: tuple[tuple[str, str, str, str], ...] = (
    (rf"(?:sum|total) of (?:the\s+)?(?:squares|squared numbers)(?:\s+of)?\s+{_AB}", "", "sum(n**2 for n in range({a}, {b} + 1))", "sum"),
    (rf"(?:sum|total) of (?:the\s+)?cubes(?:\s+of)?\s+{_AB}", "", "sum(n**3 for n in range({a}, {b} + 1))", "sum"),
    (rf"(?:sum|total) of (?:all\s+)?(?:the\s+)?even numbers\s+{_AB}", "", "sum(n for n in range({a}, {b} + 1) if n % 2 == 0)", "sum"),
    (rf"(?:sum|total) of (?:all\s+)?(?:the\s+)?odd numbers\s+{_AB}", "", "sum(n for n in range({a}, {b} + 1) if n % 2 == 1)", "sum"),
    (rf"(?:sum|total) of (?:the\s+)?first {_N} (?:whole |natural |positive )?(?:numbers|integers)", "", "sum(range(1, {n} + 1))", "sum"),
    (rf"(?:sum|total) of (?:all\s+)?(?:the\s+)?prime(?:s| numbers)\s+{_UP}\s+{_N}", "math", f"{_IS}|sum(n for n in range(2, {{n}} + 1) if is_prime(n))", "sum"),
    (rf"(?:sum|total) of (?:all\s+)?{_AB}", "", "sum(range({a}, {b} + 1))", "sum"),
    (rf"product of (?:all\s+)?{_AB}", "math", "math.prod(range({a}, {b} + 1))", "product"),
    (rf"(?:average|mean) of (?:all\s+)?{_AB}", "statistics", "statistics.mean(range({a}, {b} + 1))", "average"),
    (rf"(?:sum|total) of (?:the numbers\s+)?{_NUMS}", "", "sum([{list}])", "sum"),
    (rf"product of (?:the numbers\s+)?{_NUMS}", "math", "math.prod([{list}])", "product"),
    (rf"(?:average|mean) of (?:the numbers\s+)?{_NUMS}", "statistics", "statistics.mean([{list}])", "average"),
    (rf"median of (?:the numbers\s+)?{_NUMS}", "statistics", "statistics.median([{list}])", "median"),
    (rf"(?:maximum|max|largest|biggest|highest)(?: number)? of (?:the numbers\s+)?{_NUMS}", "", "max([{list}])", "maximum"),
    (rf"(?:minimum|min|smallest|lowest)(?: number)? of (?:the numbers\s+)?{_NUMS}", "", "min([{list}])", "minimum"),
    (rf"(?:numbers\s+)?{_NUMS} sorted|sorted list of {_NUMS.replace('<list>', '<list2>')}", "", "sorted([{list}])", "list"),
    (rf"(?:list of\s+)?(?:the\s+)?squares (?:of\s+)?{_AB}", "", "[n**2 for n in range({a}, {b} + 1)]", "list"),
    (rf"(?:list of\s+)?(?:the\s+)?cubes (?:of\s+)?{_AB}", "", "[n**3 for n in range({a}, {b} + 1)]", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?even numbers {_AB}", "", "[n for n in range({a}, {b} + 1) if n % 2 == 0]", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?odd numbers {_AB}", "", "[n for n in range({a}, {b} + 1) if n % 2 == 1]", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?even numbers {_UP} {_N}", "", "list(range(2, {n} + 1, 2))", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?odd numbers {_UP} {_N}", "", "list(range(1, {n} + 1, 2))", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?multiples of (?P<a>{NUMBER}) {_UP} (?P<b>{NUMBER})", "", "list(range({a}, {b} + 1, {a}))", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?prime(?:s| numbers) (?:{_UP}|smaller than) {_N}", "math", f"{_IS}|[n for n in range(2, {{n}} + 1) if is_prime(n)]", "list"),
    (rf"(?:list of\s+)?(?:all\s+)?(?:the\s+)?prime(?:s| numbers) {_AB}", "math", f"{_IS}|[n for n in range({{a}}, {{b}} + 1) if is_prime(n)]", "list"),
    (rf"(?:list of\s+)?(?:the\s+)?first {_N} prime(?:s| numbers)", "itertools,math", f"{_IS}|list(itertools.islice(filter(is_prime, itertools.count(2)), {{n}}))", "list"),
    (rf"(?:list of\s+)?(?:the\s+)?first {_N} fibonacci numbers|(?:the\s+)?(?:first\s+)?{_N.replace('<n>', '<n2>')} numbers of the fibonacci (?:series|sequence)", "", "fib|numbers[:{n}]", "list"),
    (rf"(?:list of\s+)?(?:the\s+)?first {_N} square(?:s| numbers)", "", "[n**2 for n in range(1, {n} + 1)]", "list"),
    (rf"(?:the\s+)?{_N}(?:st|nd|rd|th) fibonacci number", "", "fib|numbers[{n}]", "number"),
    (rf"(?:list of\s+)?(?:all\s+)?numbers (?:from\s+)?(?P<a>{NUMBER}) (?:to|through) (?P<b>{NUMBER})", "", "list(range({a}, {b} + 1))", "list"),
    (rf"factorial of {_N}|{_N.replace('<n>', '<n2>')} factorial", "math", "math.factorial({n})", "factorial"),
    (rf"(?:square root|root) of {_N}(?: rounded to (?P<d>{NUMBER}) (?:digits|decimals|decimal places|places))?", "math", "round|math.sqrt({n})", "square root"),
    (rf"square of {_N}|{_N.replace('<n>', '<n2>')} squared", "", "{n} ** 2", "square"),
    (rf"cube of {_N}", "", "{n} ** 3", "cube"),
    (rf"(?P<a>{NUMBER}) (?:to the power of|to the|raised to(?: the power of)?|\*\*|\^) (?P<b>{NUMBER})(?:th)?(?: power)?", "", "{a} ** {b}", "power"),
    (rf"pi(?: (?:rounded )?(?:to|with) (?P<d>{NUMBER}) (?:digits?|decimals?|decimal places|places)(?: after the (?:point|comma))?)?", "math", "round|math.pi", "pi"),
    (r"(?P<a>\d+(?:\.\d+)?)\s*(?:percent|%|per cent) of (?P<b>\d+(?:\.\d+)?)", "", "{a} / 100 * {b}", "number"),
    (rf"remainder of (?P<a>{NUMBER}) (?:divided by|over) (?P<b>{NUMBER})|(?P<a2>{NUMBER}) modulo (?P<b2>{NUMBER})", "", "{a} % {b}", "remainder"),
    (r"(?:greatest common divisor|gcd) of (?P<a>\d+) and (?P<b>\d+)", "math", "math.gcd({a}, {b})", "number"),
    (r"(?:least common multiple|lcm) of (?P<a>\d+) and (?P<b>\d+)", "math", "math.lcm({a}, {b})", "number"),
    (r"(?P<a>-?\d+(?:\.\d+)?) degrees celsius in fahrenheit", "", "{a} * 9 / 5 + 32", "temperature"),
    (r"(?P<a>-?\d+(?:\.\d+)?) degrees fahrenheit in celsius", "", "({a} - 32) * 5 / 9", "temperature"),
    (rf"(?:an?\s+)?random (?:whole )?(?:number|integer|int)\s+{_AB}", "random", "random.randint({a}, {b})", "number"),
    (r"(?:the roll of )?(?:an?\s+|the\s+)?(?:die|dice)", "random", "random.randint(1, 6)", "number"),
    (r"(?:an?\s+)?random float(?:ing point number)?(?: between 0 and 1)?", "random", "random.random()", "number"),
    (rf"{_TODAY} plus {_N} {_UNIT}|(?:the\s+)?date (?:in|of) {_N.replace('<n>', '<n2>')} {_UNIT.replace('<unit>', '<unit2>')}(?: from (?:now|today))?|(?:the\s+)?date {_N.replace('<n>', '<n3>')} {_UNIT.replace('<unit>', '<unit3>')} from (?:now|today)", "datetime", "(datetime.date.today() + datetime.timedelta({unit}={n})).isoformat()", "date"),
    (rf"{_TODAY} minus {_N} {_UNIT}|(?:the\s+)?date (?:of\s+)?{_N.replace('<n>', '<n2>')} {_UNIT.replace('<unit>', '<unit2>')} ago", "datetime", "(datetime.date.today() - datetime.timedelta({unit}={n})).isoformat()", "date"),
    (r"(?:the\s+)?(?:current\s+|today's\s+)?(?:weekday|day of the week|name of the day)(?: of today| today is)?|what day (?:of the week )?(?:it is|today is)", "datetime", 'datetime.date.today().strftime("%A")', "weekday"),
    (r"(?:the\s+)?(?:current\s+|calendar\s+|iso\s+)*week(?: number)?(?: of the year| of today)?", "datetime", "datetime.date.today().isocalendar().week", "week"),
    (r"(?:the\s+)?(?:current|this) year", "datetime", "datetime.date.today().year", "year"),
    (r"(?:the\s+)?(?:current|this) month", "datetime", "datetime.date.today().month", "month"),
    (r"(?:the\s+)?(?:current date|today's date|date of today|date)", "datetime", "datetime.date.today().isoformat()", "date"),
    (r"(?:the\s+)?(?:current time|current date and time|time|timestamp|current timestamp)", "datetime", "datetime.datetime.now().isoformat()", "time"),
    (r"(?:how many days (?:are left|remain|there are)|(?:the\s+)?(?:number of\s+)?days (?:left|remaining)?) ?(?:left )?(?:until|till|to|in) (?:the\s+)?(?:end of the year|new year(?:'s eve)?|year(?:'s end)?)", "datetime", "(datetime.date(datetime.date.today().year, 12, 31) - datetime.date.today()).days", "number"),
    (rf"(?:how many days (?:are left|remain|there are|it is)|(?:the\s+)?(?:number of\s+)?days (?:left|remaining)?) ?(?:left )?(?:until|till|to) {_DATE}", "datetime", 'days|(datetime.date.fromisoformat("{date}") - datetime.date.today()).days', "number"),
    (rf"(?:how many days (?:have passed|passed|it is)|(?:the\s+)?(?:number of\s+)?days) since {_DATE}", "datetime", '(datetime.date.today() - datetime.date.fromisoformat("{date}")).days', "number"),
    (rf"(?:how many days (?:are|lie|there are)|(?:the\s+)?(?:number of\s+)?days) between {_DATE} and {_DATE.replace('<date>', '<date2>')}", "datetime", '(datetime.date.fromisoformat("{date2}") - datetime.date.fromisoformat("{date}")).days', "number"),
    (r"(?:whether|if) (?:the year )?(?P<a>\d{4}) is a leap year", "calendar", "calendar.isleap({a})", "answer"),
    (r"(?:the\s+)?(?:number|count) of words (?:of|in) (?:the (?:sentence|text|string|phrase) )?⟦(?P<t>\d+)⟧|(?:the\s+)?words (?:of|in) (?:the (?:sentence|text|string|phrase) )?⟦(?P<t2>\d+)⟧", "", "len({t}.split())", "count"),
    (r"(?:the\s+)?(?:number|count) of (?:letters|characters) (?:of|in) (?:the (?:word|sentence|text|string|phrase) )?⟦(?P<t>\d+)⟧|(?:the\s+)?(?:letters|characters) (?:of|in) (?:the (?:word|sentence|text|string|phrase) )?⟦(?P<t2>\d+)⟧|(?:the\s+)?length of (?:the (?:word|sentence|text|string|phrase) )?⟦(?P<t3>\d+)⟧", "", "len({t})", "count"),
    (r"(?:the\s+)?(?:number|count) of vowels (?:of|in) (?:the (?:word|sentence|text|string) )?⟦(?P<t>\d+)⟧|(?:the\s+)?vowels (?:of|in) (?:the (?:word|sentence|text|string) )?⟦(?P<t2>\d+)⟧", "", 'sum(letter in "aeiou" for letter in {t}.lower())', "count"),
    (r"(?:the\s+)?(?:reverse|reversal) of (?:the (?:word|sentence|text|string) )?⟦(?P<t>\d+)⟧|(?:the (?:word|sentence|text|string) )?⟦(?P<t2>\d+)⟧ (?:reversed|backwards|in reverse)", "", "{t}[::-1]", "text"),
    (r"(?:the (?:word|sentence|text|string) )?⟦(?P<t>\d+)⟧ in (?:upper ?case|capitals|capital letters)", "", "{t}.upper()", "text"),
    (r"(?:the (?:word|sentence|text|string) )?⟦(?P<t>\d+)⟧ in (?:lower ?case|small letters)", "", "{t}.lower()", "text"),
)  # fmt: skip
_TABLE = tuple(
    (re.compile(rf"(?:the\s+)?(?:{said})", re.IGNORECASE), imports, made, name)
    for said, imports, made, name in _ROWS
)
_SUM = re.compile(
    r"(?:the\s+)?(?:result\s+of\s+|value\s+of\s+)?(?P<e>\(?\d[\d\s.()]*(?:(?:\*\*|[*/+%-]|x|times|plus|minus|divided by|multiplied by|over|modulo)[\d\s.()]+)+)",
    re.IGNORECASE,
)
_OPERATORS = {
    "times": "*",
    "x": "*",
    "multiplied by": "*",
    "plus": "+",
    "minus": "-",
    "divided by": "/",
    "over": "/",
    "modulo": "%",
}

_TOOL = r"(?:(?:an?\s+|the\s+|one\s+|some\s+)?(?:small\s+|short\s+|little\s+|simple\s+)?(?:python|shell|bash)(?:\s+(?:task|script|step|code|snippet|program|command|one-?liner))?)"
_VERB = r"(?:adds?\s+(?:up|together)|sums?(?:\s+up)?|computes?|calculates?|prints?|works?\s+out|determines?|finds?(?:\s+out)?|draws?|generates?|creates?|builds?|makes?|picks?|chooses?|rolls?|throws?|counts?|returns?|outputs?|produces?|gets?|gives?|shows?|lists?|reckons?|multipl(?:y|ies)|evaluates?|tells?|logs?|says?|figures?\s+out|rounds?|reverses?)"
_LEAD = (
    rf"^(?:(?:please\s+)?(?:write|run|have|let|use|make|create|add|start|execute|with|in|using|by)\s+)?{_TOOL}\s*(?:,|:)?\s*(?:(?:that|which|to|should|must|and|shall|will)\s+)*(?P<v>{_VERB})\s+(?P<what>.+)$",
    rf"^(?P<v>{_VERB})\s+(?P<what>.+?)\s+(?:with|in|using|via|by)\s+{_TOOL}(?P<rest>\b.*)?$",
    r"^(?P<v>(?:print|compute|calculate|draw|generate|determine|work\s+out|roll|throw|pick|evaluate|find\s+out|figure\s+out)s?)\s+(?P<what>.+)$",
)
_LEADS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _LEAD)
_ON = re.compile(
    r"\s*,?\s*(?:and\s+|then\s+)*(?:(?:hands?|gives?|passes|pass)\s+(?:it|that|this|the\s+\w+)\s+(?:on|over|back|to the next (?:step|task))|(?:hands?|gives?|passes|pass)\s+on\s+(?:it|that|the\s+\w+)|(?:returns?|outputs?)\s+(?:it|that|the\s+\w+)(?:\s+as\s+(?:an?\s+)?output)?|(?:prints?|shows?)\s+(?:it|that|the\s+(?:result|sum|number|total|list))|as\s+(?:an?\s+|its\s+)?output|with\s+python|in\s+python)\s*$",
    re.IGNORECASE,
)


def computation(act: Act) -> tuple[str, str, str] | None:
    """Return imports, code that ends in `result = …`, and the name of the result; None for anything else."""
    read = _asked(act)
    return _code(read[0], read[1], act) if read else None


def _asked(act: Act) -> tuple[str, str] | None:
    text = " ".join(act.text.split()).strip(" .")
    text = re.sub(r"\s+\((?:with|in)\s+python\)", " in python", text, flags=re.IGNORECASE)
    for number, lead in enumerate(_LEADS):
        match = lead.match(text)
        if match is None or (
            number == 2 and re.search(r"\b(?:duckdb|sql|column|rows?)\b", text, re.IGNORECASE)
        ):
            continue
        what = match["what"]
        while (cut := _ON.search(what)) is not None:
            what = what[: cut.start()]
        return match["v"].lower(), re.sub(r"^(?:us|me)\s+", "", what.strip(" ,.:"), flags=re.IGNORECASE)
    return None


def _code(verb: str, what: str, act: Act) -> tuple[str, str, str] | None:
    phrases = [what]
    if re.match(r"(?:adds?|sums?)\b", verb):
        phrases = [f"sum of {what}", what]
    elif re.match(r"multipl", verb):
        phrases = [f"product of {re.sub(r' (?:by|with) ', ' and ', what)}"]
    elif re.match(r"revers", verb):
        phrases = [f"reverse of {what}"]
    elif re.match(r"counts?", verb):
        phrases = ["number of " + re.sub(r"^(?:the|all)\s+", "", what), what]
    elif re.match(r"(?:rolls?|throws?)", verb):
        phrases = ["dice" if re.search(r"\bdi(?:c?e)\b", what) else what]
    for phrase in phrases:
        for pattern, imports, made, name in _TABLE:
            if (match := pattern.fullmatch(phrase)) is not None and (
                code := _filled(match, made, act)
            ) is not None:
                return imports, code, name
    summed = _SUM.fullmatch(what)
    if summed is None:
        return None
    expression = summed["e"]
    for word, sign in _OPERATORS.items():
        expression = re.sub(rf"(?<=[\d\s)]){word}(?=[\s\d(])", sign, expression, flags=re.IGNORECASE)
    kind = (
        "product"
        if re.fullmatch(r"[\d\s.*()]+", expression)
        else "sum"
        if re.fullmatch(r"[\d\s.+()]+", expression)
        else "result"
    )
    return "", f"result = {' '.join(expression.split())}\n", kind


def _filled(match: re.Match[str], made: str, act: Act) -> str | None:
    facts: dict[str, str] = {}
    for key, value in match.groupdict().items():
        if value is None:
            continue
        plain = key.rstrip("23") if key not in ("date2",) else key
        if plain in ("a", "b", "n", "d") and not re.fullmatch(r"-?\d+(?:\.\d+)?", value):
            number = whole(value)
            if number is None:
                return None
            value = str(number)
        if plain == "t":
            text = next((item.value for item in act.of("text", "code")), None)
            if text is None:
                return None
            value = json.dumps(text, ensure_ascii=False)
        if plain == "unit":
            value = f"{value.lower().rstrip('s')}s"
        if plain == "list":
            value = ", ".join(re.findall(r"-?\d+(?:\.\d+)?", value))
        facts[plain] = value
    before, bar, expression = made.partition("|")
    if not bar or before not in (_IS, "fib", "round", "days"):
        before, expression = "", made
    expression = expression.format(**facts)
    if before == "round" and "d" in facts:
        expression = f"round({expression}, {facts['d']})"
    lines = {_IS: _PRIME, "fib": _FIB.format(n=str(int(facts.get("n", "2")) + 1))}.get(before, "")
    return f"{lines}result = {expression}\n"


def _shell(act: Act) -> bool:
    return act.has(r"\b(?:shell|bash)\b") and not act.has(r"\bpython\b")


def _score(act: Act, scene: Scene) -> float:
    if any(item.kind not in ("text", "retry", "timeout", "lenient") for item in act.literals):
        return 0.0
    tool = act.has(r"\b(?:python|shell|bash)\b")
    if not tool and (scene.source() is not None or re.match(r"print\b", act.low) or scene.inputs):
        return 0.0
    found = computation(act)
    if found is None:
        return 0.0
    plain = re.match(
        r"(?:compute|calculate|draw|generate|determine|work out|roll|throw|pick|evaluate|find out|figure out|print)",
        act.low,
    )
    return 0.985 if tool else 0.73 if plain else 0.0


def _fill(act: Act, scene: Scene) -> list[Step] | None:
    found = computation(act)
    if found is None:
        return None
    if _shell(act):
        return _in_shell(act, scene, found[2])
    imports, code, name = found
    needed = sorted({"json", *(part for part in imports.split(",") if part)})
    head = "\n".join(f"import {part}" for part in needed)
    script = (
        f'{head}\n\n{code}print(result)\nprint("::" + json.dumps(dict(outputs=dict(result=result))) + "::")\n'
    )
    step = scene.step(
        PYTHON, name if name != "list" else "script", act, {**runner(act, scene), "script": script}
    )
    scene.gives(
        step, "value", "vars", "result", subject=name.replace(" ", "_"), name="list" if name == "list" else ""
    )
    _understood(act, name, scene)
    return [step]


def _understood(act: Act, name: str, scene: Scene) -> None:
    """Every word of the clause stood in the pattern that was read."""
    scene.understood.update(re.findall(r"[A-Za-z]+|\d+", act.text))
    scene.understood.add(name)


_IN_SHELL = {
    "len({t}.split())": "wc -w", "len({t})": "tr -d '\\n' | wc -m", "{t}[::-1]": "rev", "{t}.upper()": "tr '[:lower:]' '[:upper:]'", "{t}.lower()": "tr '[:upper:]' '[:lower:]'",
}  # fmt: skip


def _in_shell(act: Act, scene: Scene, name: str) -> list[Step] | None:
    """Count or change a text with the tools of the shell; everything else is left to the Python way."""
    read, text = _asked(act), next((item.value for item in act.of("text", "code")), None)
    if read is None or text is None:
        return None
    counted = re.sub(r"^(?:the|all)\s+", "", read[1])
    phrases = [read[1], f"number of {counted}"]
    if read[0].startswith("revers"):
        phrases = [f"reverse of {read[1]}"]
    made = next(
        (made for phrase in phrases for pattern, _, made, _ in _TABLE if pattern.fullmatch(phrase)), ""
    )
    tool = _IN_SHELL.get(made)
    if tool is None:
        return None
    quoted = "'" + text.replace("'", "'\\''") + "'"
    commands = [
        f"result=$(printf '%s\\n' {quoted} | {tool} | tr -d ' ')"
        if tool.startswith(("wc", "tr -d"))
        else f"result=$(printf '%s\\n' {quoted} | {tool})"
    ]
    shown = "${result}" if tool.endswith(("wc -w", "wc -m")) else '\\"${result}\\"'
    commands += ['echo "$result"', f'echo "::{{\\"outputs\\":{{\\"result\\":{shown}}}}}::"']
    step = scene.step(
        SHELL,
        name,
        Act("", act.words, [item for item in act.literals if item.kind in ("retry", "timeout", "lenient")]),
        {**runner(act, scene), "commands": list(commands)},
    )
    scene.gives(step, "value", "vars", "result", subject=name)
    _understood(act, name, scene)
    return [step]


RULES = (Rule(PYTHON, _score, _fill),)
