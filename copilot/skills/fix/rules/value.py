"""Properties with a value of the wrong kind."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy, advise, change, put, put_in
from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path

_WRONG = re.compile(r"(?:^|\n)(?P<name>[\w.\[\]]+): (?P<what>.+?) \(got '?(?P<got>.*?)'?\)(?:\n|$)")
_CHOICE = re.compile(r"'([^']+)'")
_SPOKEN = re.compile(
    r"(?P<number>\d+)\s*(?P<unit>s|m|h|d|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?)", re.I
)
_UNITS = {"s": "PT{}S", "m": "PT{}M", "h": "PT{}H", "d": "P{}D", "w": "P{}W"}
_INPUT = re.compile(r"\{\{\s*inputs\.(\w+)\s*\}\}")
_TRUE = {"yes": True, "y": True, "on": True, "no": False, "n": False, "off": False}


def wrong_value(failure: Failure) -> Remedy | None:
    """A property got a value it cannot take."""
    match = _WRONG.search(failure.text)
    if match is None:
        return None
    at = target.steps_of(match["name"])
    what, got = match["what"], match["got"]
    written = target.get(dict(failure.task), at)
    problem = f"`{match['name']}` is '{got}': {what[0].lower()}{what[1:]}"
    if not isinstance(written, str | int | float) or isinstance(written, bool):
        return advise(failure, "wrong-value", problem, "give a value of that kind", at)
    text = str(written)
    better = _better(what, got)
    if better is not None and got in text:
        new: Json = (
            better
            if text == got
            else text.replace(got, str(better).lower() if isinstance(better, bool) else str(better))
        )
        return change(failure, "wrong-value", problem, f"write {new}", at, put(failure, at, new))
    asked = _INPUT.fullmatch(text.strip())
    if asked is not None:
        return _wrong_input(failure, asked[1], what, problem, at)
    return advise(failure, "wrong-value", problem, f"correct what {text} gives", at)


def _better(what: str, got: str) -> Json:
    """Return the value that was meant, None when it cannot be told."""
    if "duration" in what:
        spoken = _SPOKEN.fullmatch(got.strip())
        return _UNITS[spoken["unit"][0].lower()].format(spoken["number"]) if spoken else None
    if "boolean" in what:
        return _TRUE.get(got.strip().lower())
    if "integer" in what or "number" in what:
        bare = re.sub(r"[\s_,']", "", got)
        return int(bare) if re.fullmatch(r"-?\d+", bare) else None
    if what.startswith("Input should be "):
        return nearest(got, _CHOICE.findall(what), cutoff=0.5)
    return None


def _wrong_input(failure: Failure, name: str, what: str, problem: str, at: Path) -> Remedy:
    """The value comes from an input: with the right type there, a wrong one is refused at the start."""
    kind = (
        "INT"
        if "integer" in what
        else "BOOLEAN"
        if "boolean" in what
        else "DURATION"
        if "duration" in what
        else ""
    )
    data = failure.document.data
    inputs = data.get("inputs") or [] if isinstance(data, dict) else []
    for number, item in enumerate(inputs):
        if isinstance(item, dict) and item.get("id") == name and item.get("type") == "STRING" and kind:
            hint = f"the input '{name}' becomes {kind}, so a wrong value is refused before the flow starts"
            operation = put_in(("inputs", number), ("type",), kind)
            return change(failure, "input-type", problem, hint, at, operation)
    return advise(failure, "input-type", problem, f"start the flow with another value for '{name}'", at)


_NOT_READ = re.compile(r"(?P<what>The text is not JSON|is not JSON|'.*?' is not a number)(?P<more>[^\n]*)")
_NEW_LINE = re.compile(r"is not JSON: .*set `newLine: false`")


def not_json(failure: Failure) -> Remedy | None:
    """A text was read as JSON or as a number and is none."""
    if _NEW_LINE.search(failure.text) and "newLine" not in failure.task and "json" in failure.type:
        return advise(
            failure,
            "not-json",
            "the file is not one JSON value per line",
            "set `newLine: false` for one JSON array or object; for another format use its own task",
            ("from",),
        )
    match = _NOT_READ.search(failure.text)
    if match is None:
        return None
    at = next((path for path, text in failure.texts() if re.search(r"[jJ]son\(|\| *number", text)), ())
    hint = "look at what the expression gives; the earlier task may have answered an error page or nothing"
    return advise(failure, "not-readable", f"{match['what']}{match['more']}"[:240], hint, at)
