"""Scripts and commands that failed: modules, programs, files, memory, exit codes, Python's own errors."""

from __future__ import annotations

import re

from copilot.skills.fix.failure import Failure, word_in
from copilot.skills.fix.remedy import Remedy, advise, change, put
from copilot.skills.fix.rules.package import COMMON, PACKAGES, PROGRAMS, STANDARD
from engine.model.near import nearest
from engine.source.document import Path

SCRIPTS = "io.kestra.plugin.scripts."
_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '(?P<name>[\w.]+)'")
_NODE = re.compile(r"Cannot find module '(?P<name>[^'./][^']*)'")
_PROGRAM = re.compile(
    r"(?:sh|bash|dash|zsh|ash)(?:: line)?:? ?(?:\d+: )?(?P<name>[\w./-]+): (?:command )?not found"
)
_NO_FILE = re.compile(
    r"No such file or directory: '(?P<python>[^']+)'|(?P<shell>[\w./-]+): No such file or directory"
    r"|ENOENT: no such file or directory, open '(?P<node>[^']+)'"
)
_MEANT = re.compile(
    r"(?:NameError|AttributeError|ImportError|TypeError): .*'"
    r"(?P<said>\w+)'.*Did you mean:? '(?P<meant>\w+)'\?"
)
_ERROR = re.compile(r"^(?P<kind>[A-Z]\w*(?:Error|Exception|Warning)): (?P<said>.*)$", re.MULTILINE)
_SCRIPT_LINE = re.compile(r'File "[^"]*script-[^"]*", line (?P<line>\d+)')
_EXIT = re.compile(r"Command failed with exit code (?P<code>-?\d+)")
_MEMORY = re.compile(
    r"^MemoryError|Cannot allocate memory|OutOfMemory|JavaScript heap out of memory|\bOOM\b", re.M
)
_DENIED = re.compile(r"(?P<name>\S+): Permission denied")
_KILLED = 137
_MEMORY_START = "2GB"


def missing_module(failure: Failure) -> Remedy | None:
    """Python finds a module nowhere: list its package, or mend a misspelt name."""
    match = _MODULE.search(failure.text)
    if match is None or not failure.type.startswith(SCRIPTS):
        return None
    module = match["name"]
    root = module.partition(".")[0]
    problem = f"the module '{module}' is not installed"
    meant = None
    if root not in COMMON and root not in PACKAGES:
        meant = nearest(root, (*COMMON, *PACKAGES), cutoff=0.8) or nearest(root, STANDARD, cutoff=0.9)
    if meant is not None:
        at, text = _first(failure, root)
        if text:
            better = word_in(text, root).sub(meant, text)
            hint = f"did you mean '{meant}'?"
            return change(failure, "missing-module", problem, hint, at, put(failure, at, better))
    if _is_own(failure, root):
        hint = f"'{root}.py' is given under another path; put it beside the script with `inputFiles`"
        return advise(failure, "missing-module", problem, hint, ("inputFiles",))
    package = PACKAGES.get(module) or PACKAGES.get(root) or root.replace("_", "-")
    listed = failure.task.get("dependencies") or []
    if not isinstance(listed, list) or package in listed:
        hint = f"the package '{package}' is listed, but gives no module '{module}'"
        return advise(failure, "missing-module", problem, hint, ("dependencies",))
    hint = f"'{package}' is added to `dependencies`"
    operation = put(failure, ("dependencies",), [*listed, package])
    return change(failure, "missing-module", problem, hint, (), operation)


def missing_node_module(failure: Failure) -> Remedy | None:
    """Node finds a package nowhere."""
    match = _NODE.search(failure.text)
    if match is None or not failure.type.startswith(f"{SCRIPTS}node"):
        return None
    name = "/".join(match["name"].split("/")[: 2 if match["name"].startswith("@") else 1])
    before = failure.task.get("beforeCommands") or []
    problem = f"the package '{name}' is not installed"
    if not isinstance(before, list) or any(name in str(line) for line in before):
        return advise(
            failure, "missing-module", problem, "look at the log of `beforeCommands`", ("beforeCommands",)
        )
    operation = put(failure, ("beforeCommands",), [*before, f"npm install {name}"])
    return change(failure, "missing-module", problem, f"`npm install {name}` runs first", (), operation)


def missing_program(failure: Failure) -> Remedy | None:
    """A command does not exist."""
    match = _PROGRAM.search(failure.text)
    if match is None:
        return None
    name = match["name"]
    at, text = _first(failure, name)
    problem = f"the command '{name}' is not found where the task runs"
    near = (
        nearest(name, [item for item in PROGRAMS if item != name], cutoff=0.75)
        if name not in PROGRAMS
        else None
    )
    if near is not None and text:
        better = word_in(text, name).sub(near, text)
        return change(
            failure, "missing-command", problem, f"did you mean '{near}'?", at, put(failure, at, better)
        )
    hint = f"install '{name}' in `beforeCommands`, or choose a `containerImage` that has it"
    return advise(failure, "missing-command", problem, hint, at)


def missing_file(failure: Failure) -> Remedy | None:
    """A script opens a file that is not in its working directory."""
    match = _NO_FILE.search(failure.text)
    if match is None:
        return None
    name = next(found for found in match.groupdict().values() if found)
    problem = f"the file '{name}' is not in the task's working directory"
    given = failure.task.get("inputFiles")
    names = [str(key) for key in given] if isinstance(given, dict) else []
    near = nearest(name, names, cutoff=0.7)
    at, text = _first(failure, name)
    if near is not None and text:
        better = text.replace(name, near)
        return change(
            failure, "missing-file", problem, f"did you mean '{near}'?", at, put(failure, at, better)
        )
    source = _source_of(failure, name)
    if (
        source is not None
        and failure.type.startswith(SCRIPTS)
        and not (given and not isinstance(given, dict))
    ):
        files = {**(given or {}), name: source} if isinstance(given, dict) else {name: source}
        hint = f"the file is taken from {source}"
        return change(failure, "missing-file", problem, hint, (), put(failure, ("inputFiles",), files))
    hint = f'give it with `inputFiles`: `{name}: "{{{{ outputs.<task>.uri }}}}"`'
    return advise(failure, "missing-file", problem, hint, ("inputFiles",))


def _source_of(failure: Failure, name: str) -> str | None:
    """Return the expression of a file another task or an input gives, where only one fits."""
    base = name.rpartition("/")[2]
    for task_id, task in failure.others():
        kept = task.get("outputFiles")
        if isinstance(kept, list) and base in kept and task_id in failure.outputs:
            return f"{{{{ outputs.{task_id}.outputFiles['{base}'] }}}}"
    data = failure.document.data
    inputs = data.get("inputs") or [] if isinstance(data, dict) else []
    fitting = [
        f"{{{{ outputs.{task_id}.uri }}}}"
        for task_id, task in failure.others()
        if isinstance(failure.outputs.get(task_id, {}).get("uri"), str)
        and (
            str(task.get("uri", "")).endswith(base)
            or _ending(str(failure.outputs[task_id]["uri"])) == _ending(base)
        )
    ]
    fitting += [
        f"{{{{ inputs.{item['id']} }}}}"
        for item in inputs
        if isinstance(item, dict) and item.get("type") == "FILE" and item.get("id")
    ]
    return fitting[0] if len(fitting) == 1 else None


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else name


def python_meant(failure: Failure) -> Remedy | None:
    """Python itself proposes the name that was meant."""
    match = _MEANT.search(failure.text)
    if match is None:
        return None
    at, text = _first(failure, match["said"])
    problem = match[0].partition(" Did you mean")[0].strip().rstrip(".")
    hint = f"did you mean '{match['meant']}'?"
    if not text:
        return advise(failure, "script-error", problem, hint)
    better = word_in(text, match["said"]).sub(match["meant"], text)
    return change(failure, "script-error", problem, hint, at, put(failure, at, better))


def memory(failure: Failure) -> Remedy | None:
    """The process needed more memory than it could have."""
    exit_code = _EXIT.search(failure.text)
    ended = exit_code is not None and int(exit_code["code"]) in (_KILLED, -9)
    if not ended and not _MEMORY.search(failure.text):
        return None
    problem = (
        "the process ran out of memory" if not ended else "the process was killed, as happens out of memory"
    )
    runner = failure.task.get("taskRunner")
    limit = (runner.get("memory") or {}).get("memory") if isinstance(runner, dict) else None
    if isinstance(limit, str) and (doubled := _doubled(limit)) is not None:
        at: Path = ("taskRunner", "memory", "memory")
        return change(failure, "memory", problem, f"it gets {doubled}", at, put(failure, at, doubled))
    hint = "read the data in pieces, use fewer columns, or run it where more memory is"
    return advise(failure, "memory", problem, hint)


def _doubled(size: str) -> str | None:
    match = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", size.strip())
    return f"{int(match[1]) * 2}{match[2]}" if match else None


def denied(failure: Failure) -> Remedy | None:
    """A file cannot be run or read."""
    match = _DENIED.search(failure.text)
    if match is None or not failure.type.startswith(SCRIPTS):
        return None
    name = match["name"].removeprefix("./")
    at, text = _first(failure, match["name"])
    given = failure.task.get("inputFiles")
    problem = f"'{name}' may not be run or read"
    if isinstance(given, dict) and name in given and text:
        runner = "python" if name.endswith(".py") else "sh"
        better = text.replace(match["name"], f"{runner} {match['name']}", 1)
        hint = f"input files are not executable; call it by {runner}"
        return change(failure, "permission", problem, hint, at, put(failure, at, better))
    return advise(
        failure, "permission", problem, "check the rights of the file and of who runs the service", at
    )


def script_error(failure: Failure) -> Remedy | None:
    """An exception the script did not catch."""
    if not failure.type.startswith(SCRIPTS):
        return None
    found = list(_ERROR.finditer(failure.text))
    if not found:
        return None
    error = found[-1]
    lines = [int(match["line"]) for match in _SCRIPT_LINE.finditer(failure.text)]
    place = failure.document.place_in((*failure.path, "script"), lines[-1], 1).line if lines else None
    problem = f"the script ended with {error['kind']}: {error['said'][:200]}"
    hint = "correct that line of the script" if place else "correct the script"
    return advise(
        failure, "script-error", problem, hint, ("script",) if "script" in failure.task else (), line=place
    )


def exit_code(failure: Failure) -> Remedy | None:
    """A command ended with a code that is not zero."""
    match = _EXIT.search(failure.text)
    if match is None:
        return None
    said = next(
        (line for line in reversed(failure.lines) if line.strip() and not _EXIT.search(line) and line != "…"),
        "",
    )
    problem = f"the last command ended with exit code {match['code']}" + (f": {said[:200]}" if said else "")
    at: Path = (
        ("commands",) if "commands" in failure.task else ("script",) if "script" in failure.task else ()
    )
    hint = "look at the lines before; if that code is fine for you, end the command with `|| true`"
    return advise(failure, "exit-code", problem, hint, at)


def _first(failure: Failure, word: str) -> tuple[Path, str]:
    """Return the script or command that holds a word."""
    return next(
        (
            (path, text)
            for path, text in failure.texts()
            if path[0] in ("script", "commands", "beforeCommands")
            and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
        ),
        ((), ""),
    )


def _is_own(failure: Failure, module: str) -> bool:
    given = failure.task.get("inputFiles")
    return isinstance(given, dict) and any(str(name).endswith(f"{module}.py") for name in given)
