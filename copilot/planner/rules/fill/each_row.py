"""Values taken of every row by a script, and lines or words of a file counted."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import source_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.shell import SHELL, fill_shell, runner
from copilot.planner.rules.scene import Carrier, Scene

PYTHON = "io.kestra.plugin.scripts.python.Script"
_MADE: tuple[tuple[str, str], ...] = (
    (r"lengths?|number of (?:characters|letters)", 'len(str({value} or ""))'),
    (r"number of words", 'len(str({value} or "").split())'),
    (r"upper-?\s?case(?:d)?(?: version)?|capitali[sz]ed(?: version)?", 'str({value} or "").upper()'),
    (r"lower-?\s?case(?:d)?(?: version)?", 'str({value} or "").lower()'),
    (r"(?:reverse|reversed)(?: version)?", 'str({value} or "")[::-1]'),
    (r"first (?:letter|character)|initials?", 'str({value} or "")[:1]'),
    (r"first word", '(str({value} or "").split() or [""])[0]'),
    (r"last word", '(str({value} or "").split() or [""])[-1]'),
    (r"domains?", 'str({value} or "").rpartition("@")[2]'),
    (r"squares?", "({value} or 0) ** 2"),
)
_OF_EACH = re.compile(
    r"^(?:return|compute|calculate|get|find|list|collect|extract|determine|print|output|build|make|"
    r"create)\s+"
    r"(?:(?:a|the)\s+list\s+(?:of|with)\s+)?(?:the\s+)?"
    r"(?:(?P<made>[a-z][a-z -]*?)\s+of\s+(?:the\s+)?)?(?:(?P<field>[a-z_]\w*)\s+of\s+)(?:each|every|"
    r"all(?:\s+the)?)\s+(?P<noun>[a-z]+)s?\b"
    r"|^(?:return|compute|calculate|get|find|list|collect|extract|determine|print|output)\s+(?:the\s+)?"
    r"(?P<made2>[a-z][a-z -]*?)\s+of\s+(?:each|every)\s+(?P<noun2>[a-z]+)(?:'s|s')\s+(?P<field2>[a-z_]\w*)",
    re.IGNORECASE,
)
_READERS = {
    "json": (
        "    data = json.load(file)\n"
        "if isinstance(data, dict):  # an object around its rows\n"
        "    data = next((value for value in data.values() if isinstance(value, list)), [data])\n"
    ),
    "jsonl": "    data = [json.loads(line) for line in file if line.strip()]\n",
    "csv": "    data = list(csv.DictReader(file))\n",
}


def _expression(match: re.Match[str]) -> str | None:
    value = f"row.get({snake(match['field'] or match['field2'])!r})".replace("'", '"')
    made = match["made"] or match["made2"]
    if made is None:
        return value
    pattern = next((text for said, text in _MADE if re.fullmatch(said, made.strip(), re.IGNORECASE)), None)
    return pattern.replace("{value}", value) if pattern else None


def _asked(act: Act) -> re.Match[str] | None:
    match = _OF_EACH.search(" ".join(act.text.split()))
    return match if match and _expression(match) is not None else None


def _score_each(act: Act, scene: Scene) -> float:
    match = _asked(act)
    if match is None or act.has(r"\b(?:duck ?db|sql|postgres\w*)\b"):
        return 0.0
    source = scene.source(*_READERS)
    if source is None and act.first("url") is None:
        return 0.0
    return 0.985 if act.has(r"\bpython\b") or match["made"] or match["made2"] else 0.0


def _fill_each(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    source = source_of(act, scene, steps, *_READERS)
    match = _asked(act)
    if match is None or source is None or source.compressed or source.format not in _READERS:
        return None
    return [*steps, _script(str(_expression(match)), act, scene, source)]


def _script(expression: str, act: Act, scene: Scene, source: Carrier) -> Step:
    needed = "import csv\nimport json" if source.format == "csv" else "import json"
    script = (
        f'{needed}\n\nwith open("{source.name}", encoding="utf-8") as file:\n{_READERS[source.format]}'
        f"result = [{expression} for row in data]\nprint(result)\n"
        'print("::" + json.dumps(dict(outputs=dict(result=result))) + "::")\n'
    )
    step = scene.step(PYTHON, "script", act, {**runner(act, scene), "script": script})
    step.wiring[f"inputFiles/{source.name}"] = scene.content(source)
    scene.gives(step, "value", "vars", "result", subject="result")
    return step


_COUNT = r"^(?:count|get|compute|determine|find(?: out)?)\b.*\b(?:lines?|words?|characters?|bytes?)\b"


def _score_count(act: Act, scene: Scene) -> float:
    newest = scene.latest("file", "rows", "response")
    if newest is None or newest.kind != "file" or newest.compressed or act.literals:
        return 0.0
    if newest.format not in ("", "text", "log", "xml", "yaml") or not act.has(_COUNT):
        return 0.0
    return (
        0.97
        if act.has(r"^count\b|\b(?:number of|how many)\b") and not act.has(r"\bper\b|\b(?:duck ?db|python)\b")
        else 0.0
    )


def _fill_count(act: Act, scene: Scene) -> list[Step] | None:
    """Count what a file holds, however the words say whose lines they are."""
    what = re.search(r"\b(lines?|words?|characters?|bytes?)\b", act.low)
    return fill_shell(Act(f"count the {what[1]}", act.words, act.literals), scene) if what else None


RULES = (Rule(PYTHON, _score_each, _fill_each), Rule(SHELL, _score_count, _fill_count))
