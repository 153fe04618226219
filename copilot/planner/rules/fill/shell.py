"""Shell commands: given, said in words, or counting what a file holds."""

from __future__ import annotations

import json
import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.http import source_of
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

SHELL = "io.kestra.plugin.scripts.shell.Commands"


PROCESS = "io.kestra.plugin.core.runner.Process"


DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"


def runner(act: Act, scene: Scene) -> dict[str, Json]:
    """Return where a script runs: a process here, or Docker where the words ask for it."""
    if act.has(r"\b(?:docker|container)\b"):
        image = re.search(r"\b(?:image|container)\s+(?:called\s+|named\s+)?([\w./-]+:[\w.-]+)", act.text)
        values: dict[str, Json] = {"taskRunner": {"type": DOCKER}}
        return {**values, "containerImage": image[1]} if image else values
    return {"taskRunner": {"type": PROCESS}}


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


def score_shell(act: Act, scene: Scene) -> float:
    commands = _commands(act)
    said = act.has(r"\b(?:shell|bash|command(?:s| line)?|terminal|sh)\b")
    if commands and said:
        return 0.96
    if commands and _COMMAND_LIKE.match(commands[0]) and act.has(r"\b(?:run|execute|call|do|with)\b"):
        return 0.93
    if _ticked(act) and re.fullmatch(
        r"(?:run|execute|call|start|use) (?:the )?(?:command )?⟦\d+⟧(?: *⟦\d+⟧)*(?: (?:in|inside"
        r"|within|with|and) .*)?",
        act.low,
    ):
        return 0.9
    if said and act.has(r"\bcount\b|\bhow many\b"):
        return 0.98
    if said and _said_command(act):
        return 0.85
    return 0.3 if said else 0.0


def _ticked(act: Act) -> bool:
    """Whether the clause quotes a command in backticks, and no SQL."""
    first = next((item for item in act.of("code", "text")), None)
    sql = (
        r"\s*(?:select|with|insert|update|delete|create|drop|alter|truncate|vacuum|copy|merge|call"
        r"|analyze|grant)\b"
    )
    return first is not None and first.words.startswith("`") and not re.match(sql, first.value, re.IGNORECASE)


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
        r"\b(?:say|print|echo|log)\s+(?P<what>.+)\s+(?:in|with|using|from|via)\s+(?:a "
        r"|the )?(?:shell|bash)\b"
    )
    return f"echo {json.dumps(said['what'])}" if said and "⟦" not in said["what"] else None


_WC = {"word": "-w", "line": "-l", "row": "-l", "character": "-m", "letter": "-m", "byte": "-c"}


def _counting(act: Act, scene: Scene) -> list[Step] | None:
    """`count the words in ⟦0⟧ with a shell command`."""
    match = act.find(
        r"\b(?:count|number of|how many)\b(?: the)? (?:number of )?(?:the )?(?P<what>words?|lines?"
        r"|rows?|characters?|letters?|bytes?)\b"
    )
    if match is None or act.of("text", "code"):
        return None
    steps: list[Step] = []
    file = source_of(act, scene, steps)
    if file is None or file.compressed:
        return None
    command = f"wc {_WC[match['what'].lower().removesuffix('s')]} < {file.name}"
    values: dict[str, Json] = {
        **runner(act, scene),
        "commands": [f"n=$({command})", "echo $n", "echo '::{\"outputs\":{\"count\":'$n'}}::'"],
    }
    step = scene.step(SHELL, "count", act, values)
    step.wiring[f"inputFiles/{file.name}"] = scene.address(file)
    scene.gives(step, "value", "vars", "count", subject="count")
    return [*steps, step]


def fill_shell(act: Act, scene: Scene) -> list[Step] | None:
    if (counting := _counting(act, scene)) is not None:
        return counting
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
