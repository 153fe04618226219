"""Expressions that found nothing: outputs, inputs, variables, keys, secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.plan import target
from copilot.skills.fix.failure import Failure, word_in
from copilot.skills.fix.remedy import Remedy, advise, change, put, put_in
from engine.model.near import nearest
from engine.source.document import Path

_UNDEFINED = re.compile(
    r"Unable to find `(?P<name>[^`]+)` used in the expression `(?P<expression>.*?)` at line \d+"
    r"(?P<hint>[^\n]*)"
)
_OWNER = re.compile(r"`(?P<owner>[^`]+)` (?:has|is)\b")
_KNOWN = re.compile(r"(?:has|[Tt]here is): (?P<known>.+)")
_MEANT = re.compile(r"did you mean `(?:[^`\['\"]*\[['\"])?(?P<meant>[^`'\"\]]+)")
_TEXT = re.compile(r"is a text; read JSON")
_KEY = re.compile(r"The key '(?P<name>[^']+)' does not exist in the namespace '(?P<namespace>[^']+)'")
_SECRET = re.compile(r"Cannot find secret for key '(?P<name>[^']+)'")
_FLOW = re.compile(r"Unable to find flow '(?P<namespace>[^']+)'\.'(?P<id>[^']+)'")
_LIST = re.compile(r"(?P<value>'.*?') is not a list of values")


def undefined(failure: Failure) -> Remedy | None:
    """A name in an expression does not exist: take the nearest one that does."""
    match = _UNDEFINED.search(failure.text)
    if match is None:
        return None
    name, hint = match["name"], match["hint"]
    parent = _owner(match)
    known = _names(_KNOWN, "known", hint)
    at, text = _where(failure, match["expression"])
    problem = f"`{parent + '.' if parent else ''}{name}` does not exist when {{{{ … }}}} is evaluated"
    near = next(iter(_names(_MEANT, "meant", hint)), None) or nearest(name, known)
    if parent.endswith(".outputFiles"):
        return _output_file(failure, parent.split(".")[1], name, near, problem, at)
    if failure.value is not None and parent.startswith("outputs.") and failure.value in known:
        better = text.replace(f"{parent}.{name}", f"{parent}[taskrun.value].{name}")
        problem = f"'{parent}' runs once per value, so its outputs are kept by value"
        advice = f"write {parent}[taskrun.value].{name}"
        return change(failure, "outputs-by-value", problem, advice, at, put(failure, at, better))
    if _TEXT.search(hint) and f"{parent}.{name}" in text:
        better = text.replace(f"{parent}.{name}", f"fromJson({parent}).{name}")
        problem, advice = f"'{parent}' is a text, so it has no '{name}'", f"read it by fromJson({parent})"
        return change(failure, "not-parsed", problem, advice, at, put(failure, at, better))
    better = re.sub(rf"(?<=[.\['\"]){re.escape(name)}(?!\w)", near, text) if near else text
    if near is not None and better != text:
        advice = f"did you mean '{near}'?"
        return change(failure, "undefined-name", problem, advice, at, put(failure, at, better))
    there = f"there is {', '.join(known)}" if known else "there is nothing of that kind at this moment"
    advice = f"{there}; correct the name, or guard it with `?? 'default'`"
    return advise(failure, "undefined-name", problem, advice, at)


def _owner(match: re.Match[str]) -> str:
    """Return the value the name was looked for in, in the letter case of the expression."""
    found = _OWNER.search(match["hint"])
    if found is None:
        return ""
    written = re.search(re.escape(found["owner"]), match["expression"], re.IGNORECASE)
    return written[0] if written else found["owner"]


def _names(pattern: re.Pattern[str], group: str, hint: str) -> list[str]:
    found = pattern.search(hint)
    return [item.strip() for item in found[group].split(",") if item.strip()] if found else []


def _where(failure: Failure, expression: str) -> tuple[Path, str]:
    """Return the property with the expression."""
    inside = re.sub(r"^\{\{\s*|\s*\}\}$", "", expression.strip())
    return next(iter(failure.holding(inside)), ((), ""))


def _output_file(
    failure: Failure, task_id: str, name: str, near: str | None, problem: str, at: Path
) -> Remedy:
    """A file another task should have given: it is not kept, misspelt, or was never written."""
    tasks = target.tasks_of(failure.document.data)
    path, task = next(((path, task) for path, task in tasks if task["id"] == task_id), ((), {}))
    listed = task.get("outputFiles") or []
    text = next((text for found, text in failure.texts() if found == at), "")
    if isinstance(listed, list) and name not in listed and name in str({**task, "outputFiles": None}):
        return change(
            failure,
            "output-file",
            f"'{task_id}' does not list '{name}' in `outputFiles`, so the file is not kept",
            f"'{name}' is added to the `outputFiles` of '{task_id}'",
            at,
            put_in(path, ("outputFiles",), [*listed, name]),
        )
    if near is not None and name in text:
        better = text.replace(name, near)
        return change(
            failure, "output-file", problem, f"did you mean '{near}'?", at, put(failure, at, better)
        )
    return advise(
        failure,
        "output-file",
        f"'{task_id}' did not write '{name}'",
        f"let '{task_id}' write it into its working directory, or correct the name in its `outputFiles`",
        at,
    )


def missing_key(failure: Failure) -> Remedy | None:
    """A key is not in the key-value store."""
    match = _KEY.search(failure.text)
    if match is None:
        return None
    return _named(
        failure,
        "missing-key",
        match["name"],
        failure.around.kv,
        f"the key '{match['name']}' is not set in namespace '{match['namespace']}'",
        f"set it first, or write kv('{match['name']}', errorOnMissing=false)",
    )


def missing_secret(failure: Failure) -> Remedy | None:
    """A secret is not set."""
    match = _SECRET.search(failure.text)
    if match is None:
        return None
    return _named(
        failure,
        "missing-secret",
        match["name"],
        failure.around.secrets,
        f"the secret '{match['name']}' is not set",
        f"start the service with SECRET_{match['name']} holding its base64 text",
    )


def missing_flow(failure: Failure) -> Remedy | None:
    """A subflow does not exist."""
    match = _FLOW.search(failure.text)
    if match is None:
        return None
    wanted = f"{match['namespace']}.{match['id']}"
    problem = f"there is no flow '{wanted}'"
    near = nearest(wanted, failure.around.flows)
    if near is None or failure.task.get("flowId") != match["id"]:
        return advise(
            failure, "missing-flow", problem, "save that flow first, or correct `namespace` and `flowId`"
        )
    namespace, _, flow_id = near.rpartition(".")
    operations = [put(failure, ("flowId",), flow_id)]
    if namespace != match["namespace"]:
        operations.append(put(failure, ("namespace",), namespace))
    return change(failure, "missing-flow", problem, f"did you mean '{near}'?", ("flowId",), *operations)


def no_list(failure: Failure) -> Remedy | None:
    """A loop got a single value."""
    match = _LIST.search(failure.text)
    given = failure.task.get("values")
    if match is None or not isinstance(given, str):
        return None
    problem = f"`values` is {match['value']}, which is no list"
    if "{{" in given or not given.strip():
        return advise(failure, "no-list", problem, "let the expression give a JSON array", ("values",))
    parts = [part.strip() for part in given.split(",")]
    return change(
        failure, "no-list", problem, "write a YAML list", ("values",), put(failure, ("values",), parts)
    )


def _named(
    failure: Failure, code: str, name: str, known: Sequence[str], problem: str, otherwise: str
) -> Remedy:
    at, text = next(
        ((path, text) for path, text in failure.texts() if word_in(text, name).search(text)), ((), "")
    )
    near = nearest(name, known)
    if near is None or not text:
        return advise(failure, code, problem, otherwise, at)
    better = word_in(text, name).sub(near, text)
    return change(failure, code, problem, f"did you mean '{near}'?", at, put(failure, at, better))
