"""Scripts: Python (given, or written from the words), shell commands, other languages."""

from __future__ import annotations

import json
import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import saved_as, source_file, source_of
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.phrase import message_of
from copilot.planner.rules.rows_python import to_python
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.transform import Transform, read_transform
from engine.model.json import Json

PYTHON = "io.kestra.plugin.scripts.python.Script"
PYTHON_COMMANDS = "io.kestra.plugin.scripts.python.Commands"
SHELL = "io.kestra.plugin.scripts.shell.Commands"
SHELL_SCRIPT = "io.kestra.plugin.scripts.shell.Script"
NODE = "io.kestra.plugin.scripts.node.Script"
PROCESS = "io.kestra.plugin.core.runner.Process"
DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"
DECOMPRESS = "io.kestra.plugin.compress.FileDecompress"

READABLE = ("json", "jsonl", "csv")


def runner(act: Act, scene: Scene) -> dict[str, Json]:
    """Return where a script runs: a process here, or Docker where the words ask for it."""
    if act.has(r"\b(?:docker|container)\b"):
        image = re.search(r"\b(?:image|container)\s+(?:called\s+|named\s+)?([\w./-]+:[\w.-]+)", act.text)
        values: dict[str, Json] = {"taskRunner": {"type": DOCKER}}
        return {**values, "containerImage": image[1]} if image else values
    return {"taskRunner": {"type": PROCESS}}


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
    if saved_as(act) and (file is None or file.format in READABLE):
        return 0.9
    wanted = read_transform(act.text, scene.masked, scene, file.columns if file else ())
    if not wanted:
        return 0.0
    narrowed = wanted.filters or wanted.distinct or wanted.distinct_by
    shaped = bool(wanted.columns or wanted.dropped or wanted.upper or wanted.renames)
    shaped = shaped or bool(narrowed and not wanted.measures and not wanted.limit)
    raw = file is not None and file.format == "json" and not file.records
    if _STORED_NEXT.match(scene.upcoming) and file is not None and file.kind == "file":
        return 0.86
    return 0.82 if shaped and raw else 0.7 if raw else 0.5


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
    wanted = read_transform(act.text, scene.masked, scene, file.columns if file else ())
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
    target = _target(act, file, scene.upcoming)
    format_ = f"{file.format}.gz" if file.compressed and file.format == "csv" else file.format
    values: dict[str, Json] = {
        **runner(act, scene),
        "outputFiles": [target],
        "script": to_python(wanted, file.name, format_, target),
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


def _target(act: Act, file: Carrier, upcoming: str) -> str:
    saved = saved_as(act) or ("csv" if re.search(r"\btable\b|\bpostgres", upcoming) else None)
    stem = file.subject or "rows"
    target = saved if saved and "." in saved else f"{stem}.{saved or ('csv' if act.has(r'csv') else 'json')}"
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


# --- shell -------------------------------------------------------------------------------------------------

_COMMAND_LIKE = re.compile(
    r"^\s*(?:echo|ls|cat|curl|wget|python3?|pip|grep|sed|awk|date|mkdir|cp|mv|rm|tar"
    r"|gunzip|head|tail|wc|sleep|bash|sh|git|dbt|docker|npm|node|env|printenv|whoami"
    r"|uname|hostname|df|du|psql)\b"
)


def _commands(act: Act) -> list[str]:
    found = []
    for literal in act.of("code", "text"):
        if literal.facts.get("lang") in ("python", "py", "sql"):
            continue
        found += [line.strip() for line in literal.value.splitlines() if line.strip()]
    return found


def _score_shell(act: Act, scene: Scene) -> float:
    commands = _commands(act)
    said = act.has(r"\b(?:shell|bash|command(?:s| line)?|terminal|sh)\b")
    if commands and said:
        return 0.96
    if commands and _COMMAND_LIKE.match(commands[0]) and act.has(r"\b(?:run|execute|call|do|with)\b"):
        return 0.93
    if said and _said_command(act):
        return 0.85
    return 0.3 if said else 0.0


_IDIOMS = (
    (r"\bdisk (?:usage|space)|\bfree space\b", "df -h"),
    (r"\b(?:free |used )?memory(?: usage)?\b", "free -m"),
    (r"\blists? (?:all )?(?:the )?files\b", "ls -la"),
    (r"\b(?:current|working) (?:folder|directory)\b", "pwd"),
    (r"\b(?:current )?date(?: and time)?\b", "date"),
    (r"\benvironment variables\b", "env"),
    (r"\buptime\b", "uptime"),
    (r"\bhost ?name\b", "hostname"),
    (r"\b(?:current|logged in) user\b", "whoami"),
    (r"\bkernel\b|\boperating system\b", "uname -a"),
)


def _said_command(act: Act) -> str | None:
    match = act.find(
        r"\b(?:runs?|execute|command|commands)\s*:?\s+(?P<cmd>(?:echo|ls|cat|curl|wget|date"
        r"|python3?|pip|whoami|uname|hostname|df|env)\b(?:(?!\s+(?:in|with|using)\s+(?:the "
        r"|a )?(?:shell|bash)).)*)"
    )
    if match is not None:
        return match["cmd"].strip()
    if idiom := next((command for pattern, command in _IDIOMS if act.has(pattern)), None):
        return idiom
    said = act.find(
        r"\b(?:say|print|echo|log)\s+(?P<what>.+?)\s+(?:in|with|using|from|via)\s+(?:a "
        r"|the )?(?:shell|bash)\b"
    )
    return f"echo {json.dumps(said['what'])}" if said and "⟦" not in said["what"] else None


def _fill_shell(act: Act, scene: Scene) -> list[Step] | None:
    commands = _commands(act) or ([said] if (said := _said_command(act)) else [])
    if not commands:
        return None
    values: dict[str, Json] = dict(runner(act, scene))
    outputs = [name for command in commands for name in re.findall(r">\s*([\w.-]+\.\w+)", command)]
    if outputs:
        values["outputFiles"] = list(dict.fromkeys(outputs))
    values["commands"] = [scene.fill_text(command) for command in commands]
    step = scene.step(SHELL, "shell", act, values)
    file = scene.latest("file")
    if file is not None and file.name and any(file.name in command for command in commands):
        step.wiring[f"inputFiles/{file.name}"] = scene.address(file)
    for name in dict.fromkeys(outputs):
        scene.gives(step, "file", "outputFiles", name, format=name.rpartition(".")[2], name=name)
    if any("::{" in command for command in commands):
        scene.gives(step, "value", "vars")
    return [step]


def _fill_node(act: Act, scene: Scene) -> list[Step] | None:
    code = next((literal.value for literal in act.of("code", "text")), None)
    if code is None:
        return None
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
    Rule(SHELL, _score_shell, _fill_shell),
    Rule(NODE, words((r"\b(?:node(?:\.?js)?|javascript)\b", 0.95)), _fill_node),
    Rule(
        SHELL,
        words((r"^(?:gunzip|unzip|decompress|unpack|extract the (?:archive|gz|gzip))\b", 0.9)),
        _fill_decompress,
    ),
)
