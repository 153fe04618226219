"""Scripts: Python (given, or written from the words), shell commands, other languages."""

from __future__ import annotations

import json
import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import saved_as, source_file, source_of
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.fill.shell import SHELL, fill_shell, runner, score_shell
from copilot.planner.rules.phrase import message_of
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.python import to_python
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

PYTHON = "io.kestra.plugin.scripts.python.Script"
PYTHON_COMMANDS = "io.kestra.plugin.scripts.python.Commands"
NODE = "io.kestra.plugin.scripts.node.Script"
DECOMPRESS = "io.kestra.plugin.compress.FileDecompress"

READABLE = ("json", "jsonl", "csv")


# --- Python ------------------------------------------------------------------------------------------------


def _score_python(act: Act, scene: Scene) -> float:
    if act.has(r"\bpython\b") or any(
        literal.facts.get("lang") in ("python", "py") for literal in act.of("code")
    ):
        return 0.97
    if _given(act) and _looks_like_python(_given(act)):
        return 0.9
    return _score_rows(act, scene)


def _score_rows(act: Act, scene: Scene) -> float:
    """Score a clause about rows that names no tool."""
    file = scene.source(*READABLE)
    if act.has(r"\b(?:duckdb|sql|postgres|bigquery|slack|kv|variable)\b|^log\b") or (
        file is None and not act.first("url")
    ):
        return 0.0
    if (saved_as(act) or "").endswith("parquet"):
        return 0.0
    if saved_as(act) and (file is None or file.format in READABLE):
        return 0.9
    wanted = read_rows(act.text, scene.masked, scene, file.columns if file else ())
    if not wanted:
        return 0.0
    narrowed = wanted.filters or wanted.distinct or wanted.distinct_by
    shaped = bool(wanted.columns or wanted.dropped or wanted.upper or wanted.renames)
    shaped = shaped or bool(narrowed and not wanted.measures and not wanted.limit)
    raw = file is not None and file.format == "json" and not file.records
    if act.has(_ASKED) and not saved_as(act) and not wanted.upper + wanted.lower + wanted.renames:
        return 0.5  # rows that are asked for are shown by a query
    if _STORED_NEXT.match(scene.upcoming) and file is not None and file.kind == "file":
        return 0.86
    return 0.82 if shaped and raw else 0.7 if raw else 0.5


_ASKED = r"^(?:which|who|what|show|list|print|give|tell|report)\b|\band then (?:show|list|print|log|report)\b"
# A step that takes a file comes next, so the rows are written to one.
_STORED_NEXT = re.compile(
    r"(?:load|insert|write|save|store|upload|copy|export|push|put|import|append)\b(?!.*\b(?:kv|key)\b)"
)


def _given(act: Act) -> str:
    return next((literal.value for literal in act.of("code", "text")), "")


def _looks_like_python(text: str) -> bool:
    return bool(re.search(r"^\s*(?:import |from \w+ import|print\(|def |for \w+ in )|\bprint\(", text))


def _fill_python(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    code = _code_of(act)
    if code is None and (
        name := next((item.value for item in act.of("file") if item.value.endswith(".py")), None)
    ):
        return _python_file(name, act, scene)
    file = source_of(act, scene, steps, *READABLE)
    if code is not None:
        return [*steps, _python(code, act, scene, file)]
    wanted = read_rows(act.text, scene.masked, scene, file.columns if file else ())
    if (
        file is not None
        and file.format in READABLE
        and (
            wanted
            or saved_as(act)
            or act.has(
                r"\b(?:transform|clean|process|prepare|convert|read|load|parse|extract|fetch|get|download)\b"
            )
        )
    ):
        return [*steps, transformed(wanted, act, scene, file)]
    printed = _printing(act, scene)
    if printed and re.match(r"(?:print|log|show|return)\b", scene.upcoming):
        printed = re.sub(r"^print\((.*)\)$", r"result = \1", printed, flags=re.MULTILINE)
        shown = "print(result)\n" if "result = " in printed else ""
        given = 'print("::" + json.dumps(dict(outputs=dict(result=result))) + "::")\n'
        printed = f"import json\n{printed}{shown}{given}"
        step = _python(printed, act, scene, None)
        if "result = " in printed:
            scene.gives(step, "value", "vars", "result")
        return [*steps, step]
    return [*steps, _python(printed, act, scene, None)] if printed else None


def _code_of(act: Act) -> str | None:
    for literal in act.of("code", "text"):
        lang = literal.facts.get("lang")
        if (
            lang in ("python", "py")
            or _looks_like_python(literal.value)
            or (literal.kind == "code" and not lang)
        ):
            return literal.value.rstrip("\n") + "\n"
    return None


def _python_file(name: str, act: Act, scene: Scene) -> list[Step] | None:
    if not scene.has(PYTHON_COMMANDS):
        return None
    values = {**runner(act, scene), "namespaceFiles": {"enabled": True}, "commands": [f"python {name}"]}
    scene.note(f"'{name}' is read from the namespace files of this flow; upload it there.")
    return [scene.step(PYTHON_COMMANDS, "run_script", act, values)]


def _python(code: str, act: Act, scene: Scene, file: Carrier | None) -> Step:
    values: dict[str, Json] = dict(runner(act, scene))
    packages = _packages(code, act)
    if packages:
        values["dependencies"] = packages
    step = scene.step(PYTHON, "script", act, values)
    if file is not None and file.name and file.name in code:
        step.wiring[f"inputFiles/{file.name}"] = scene.content(file)
    written = sorted(
        set(
            re.findall(
                r"(?:open|to_csv|to_json|to_parquet)\(\s*[\"']([\w.-]+)[\"'](?:\s*,\s*[\"']w|\s*[,)])", code
            )
        )
        - {file.name if file else ""}
    )
    if written:
        values["outputFiles"] = written
    step.values = {
        **values,
        "script": scene.fill_text(code) if "{{" not in code and re.search(r"\{\w+\}", code) is None else code,
    }
    for name in written:
        scene.gives(step, "file", "outputFiles", name, format=name.rpartition(".")[2], name=name)
    if "Kestra.outputs" in code or "::{" in code:
        scene.gives(step, "value", "vars")
    return step


_STANDARD = frozenset(
    [
        "os",
        "sys",
        "re",
        "json",
        "csv",
        "math",
        "random",
        "datetime",
        "time",
        "pathlib",
        "collections",
        "itertools",
        "functools",
        "urllib",
        "gzip",
        "io",
        "statistics",
        "subprocess",
        "typing",
        "uuid",
        "hashlib",
        "base64",
        "string",
    ]
)


def _packages(code: str, act: Act) -> list[Json]:
    names = re.findall(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", code, re.MULTILINE)
    if act.has(r"\bpandas\b"):
        names.append("pandas")
    return list(dict.fromkeys(name for name in names if name not in _STANDARD))


def transformed(wanted: Transform, act: Act, scene: Scene, file: Carrier) -> Step:
    """Make the Python step that transforms a file of rows, and remember the file it writes."""
    scene.understand(wanted.said, wanted.assumed, wanted.left)
    target = _target(act, file, scene.upcoming)
    format_ = f"{file.format}.gz" if file.compressed and file.format == "csv" else file.format
    values: dict[str, Json] = {
        **runner(act, scene),
        "outputFiles": [target],
        "script": to_python(wanted, file.name, format_, target, shown=act.has(_SHOWN) and wanted.narrows),
    }
    asked = wanted.__bool__()
    kind = target.rpartition(".")[2]
    name = "transform" if asked else f"to_{kind}" if file.records or kind == "csv" else "extract_rows"
    step = scene.step(PYTHON, name, act, values)
    step.wiring[f"inputFiles/{file.name}"] = scene.content(file)
    scene.gives(step, "value", "vars", "rows", subject="row_count")
    columns = wanted.columns or (
        tuple(m.name for m in wanted.measures) + wanted.groups if wanted.measures else file.columns
    )
    scene.gives(
        step,
        "file",
        "outputFiles",
        target,
        format=target.rpartition(".")[2],
        name=target,
        columns=columns,
        records=True,
        subject=file.subject,
    )
    return step


_SHOWN = r"\b(?:print|prints|log|logs|show|shows|output|display)\b"


def _target(act: Act, file: Carrier, upcoming: str) -> str:
    saved = saved_as(act) or ("csv" if re.search(r"\btable\b|\bpostgres", upcoming) else None)
    stem = file.subject or "rows"
    kind = saved or ("csv" if act.has("csv") or file.format == "csv" else "json")
    target = saved if saved and "." in saved else f"{stem}.{kind}"
    return target if target != file.name else f"new_{target}"


_SHOW_IT = re.compile(r",? and then (?:print|show|display|output|log|return)\b.*$", re.IGNORECASE)


def _printing(act: Act, scene: Scene) -> str | None:
    """Write a small script for `print …`; None when there is nothing telling to print."""
    if counted := act.find(
        r"\b(?P<how>sum|total|product|average|mean)\s+of\s+(?:all\s+)?(?:the\s+)?(?:whole\s+)?"
        r"(?:numbers?|integers?)?\s*(?:from\s+)?(?P<a>\d+)\s*(?:to|through|-)\s*(?P<b>\d+)"
    ):
        numbers = f"range({counted['a']}, {int(counted['b']) + 1})"
        return {
            "product": f"import math\n\nprint(math.prod({numbers}))\n",
            "average": f"import statistics\n\nprint(statistics.mean({numbers}))\n",
            "mean": f"import statistics\n\nprint(statistics.mean({numbers}))\n",
        }.get(counted["how"].lower(), f"print(sum({numbers}))\n")
    match = act.find(
        r"\b(?:print|say|log|output|show|echo|display|calculate"
        r"|compute)s?\s+(?P<what>.+?)(?:\s+(?:with|using|in|from|via)\s+(?:a\s+)?python.*)?$"
    )
    if match is None:
        return None
    what = _SHOW_IT.sub("", match["what"])
    what = re.sub(
        r"\s*\b(?:a\s+)?python(?:\s+(?:script|task|code))?\b.*$", "", what, flags=re.IGNORECASE
    ).strip(" ,")
    if re.fullmatch(
        r"(?:the (?:result|value) of )?[\d\s.*/+%()-]*\d[\s.)]*(?:\*\*|[*/+%-])[\d\s.*/+%()-]+", what
    ):
        return f"print({re.sub(r'^.*? of ', '', what).strip()})\n"
    if listed := re.fullmatch(
        r"(?:the\s+)?(?P<how>average|mean|sum|total|minimum|maximum|min|max|product"
        r"|median)\s+of\s+(?:the numbers\s+)?"
        r"(?P<all>-?\d+(?:\.\d+)?(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)-?\d+(?:\.\d+)?)+)(?:\s+and)?",
        what,
        re.IGNORECASE,
    ):
        return _of_numbers(listed["how"].lower(), re.findall(r"-?\d+(?:\.\d+)?", listed["all"]))
    if made := _NUMBERS.search(what):
        return _of_range(made)
    if counted := re.search(r"numbers? from (\d+) to (\d+)", what):
        return f"for number in range({counted[1]}, {int(counted[2]) + 1}):\n    print(number)\n"
    if re.search(r"\b(?:current|today'?s)\s+(?:date|time)|\bdate\b.*\btoday\b", what, re.IGNORECASE):
        return "from datetime import datetime\n\nprint(datetime.now().isoformat())\n"
    if summed := re.fullmatch(
        r"(?:the\s+)?(?:sum of\s+)?(-?\d+(?:\s*(?:\+|-|\*|/|and|plus)\s*-?\d+)+)", what, re.IGNORECASE
    ):
        return f"print({re.sub(r'and|plus', '+', summed[1])})\n"
    text = message_of(what, scene.masked, scene)
    return f"print({json.dumps(text, ensure_ascii=False)})\n" if text else None


_NUMBERS = re.compile(
    r"(?P<how>squares?|cubes?|doubles?|square roots?|factorials?|even numbers"
    r"|odd numbers)\s+(?:of\s+)?(?:the\s+)?(?:numbers\s+)?"
    r"(?:from\s+|between\s+)?(?P<a>\d+)\s*(?:to|through|and|-)\s*(?P<b>\d+)",
    re.IGNORECASE,
)
_MADE_NUMBERS = {
    "square": "number**2",
    "cube": "number**3",
    "double": "number * 2",
    "square root": "number**0.5",
    "factorial": "math.factorial(number)",
}


def _of_range(match: re.Match[str]) -> str:
    how, last = match["how"].lower(), int(match["b"]) + 1
    loop = f"for number in range({match['a']}, {last}):\n"
    if how.endswith("numbers"):
        return f"{loop}    if number % 2 == {0 if how.startswith('even') else 1}:\n        print(number)\n"
    value = _MADE_NUMBERS[how.removesuffix("s")]
    return f"{'import math' + chr(10) * 2 if 'math.' in value else ''}{loop}    print({value})\n"


def _of_numbers(how: str, numbers: list[str]) -> str:
    values = f"[{', '.join(numbers)}]"
    if how in ("average", "mean", "median"):
        return f"import statistics\n\nprint(statistics.{'median' if how == 'median' else 'mean'}({values}))\n"
    if how == "product":
        return f"import math\n\nprint(math.prod({values}))\n"
    return f"print({ {'total': 'sum', 'minimum': 'min', 'maximum': 'max'}.get(how, how) }({values}))\n"


# --- shell -------------------------------------------------------------------------------------------------


def _fill_node(act: Act, scene: Scene) -> list[Step] | None:
    code = next((literal.value for literal in act.of("code", "text")), None)
    if code is None:
        return None
    if act.has(r"\b(?:print|log|say|output)s?\b") and not re.search(r"[(;=]", code):
        code = f"console.log({json.dumps(code, ensure_ascii=False)})"
    return [scene.step(NODE, "script", act, {**runner(act, scene), "script": code.rstrip("\n") + "\n"})]


# --- compressed files --------------------------------------------------------------------------------------


def plain_file(act: Act | None, scene: Scene, steps: list[Step], file: Carrier) -> Carrier:
    """Return the file without compression, with a step that unpacks it where needed."""
    if not file.compressed:
        return file
    name = file.name.removesuffix(".gz")
    if scene.has(DECOMPRESS):
        step = scene.step(DECOMPRESS, "decompress", act, {"compression": "GZIP"})
        step.wiring["from"] = scene.address(file)
        steps.append(step)
        return scene.gives(step, "file", "uri", format=file.format, name=name, subject=file.subject)
    bare = Act("", act.words if act else "", [])
    step = scene.step(
        SHELL,
        "decompress",
        bare,
        {**runner(bare, scene), "outputFiles": [name], "commands": [f"gunzip -c {file.name} > {name}"]},
    )
    step.wiring[f"inputFiles/{file.name}"] = scene.address(file)
    steps.append(step)
    return scene.gives(step, "file", "outputFiles", name, format=file.format, name=name, subject=file.subject)


def _fill_decompress(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    file = source_file(act, scene, steps)
    if file is None or not file.compressed:
        return steps or ([] if file is not None else None)
    plain_file(act, scene, steps, file)
    return steps


RULES = (
    Rule(PYTHON, _score_python, _fill_python),
    Rule(SHELL, score_shell, fill_shell),
    Rule(NODE, words((r"\b(?:node(?:\.?js)?|javascript)\b", 0.95)), _fill_node),
    Rule(
        SHELL,
        words((r"^(?:gunzip|unzip|decompress|unpack|extract the (?:archive|gz|gzip))\b", 0.9)),
        _fill_decompress,
    ),
)
