"""Repositories: dbt and commands in a clone, flows and files to and from Git."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.shell import runner
from copilot.planner.rules.fill.tool import DBT
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

GIT = "io.kestra.plugin.git"
CLONE = f"{GIT}.Clone"
WORKING = "io.kestra.plugin.core.flow.WorkingDirectory"
SHELL = "io.kestra.plugin.scripts.shell.Commands"
PYTHON = "io.kestra.plugin.scripts.python.Commands"
_DBT = re.compile(
    r"\bdbt\s+(?P<verbs>(?:build|run|test|seed|snapshot|deps|compile|debug|docs generate|source freshness)"
    r"(?:\s*(?:,\s*(?:and\s+)?|\band\s+|\bthen\s+)+(?:then\s+)?(?:dbt\s+)?(?:build|run|test|seed|"
    r"snapshot|deps|compile)\b)*)",
    re.IGNORECASE,
)
_BRANCH = re.compile(
    r"\bbranch\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|(?!(?:of|in|and|from)\b)[\w./-]*\w)|\b(?:the\s+)"
    r"?(?P<b>⟦\d+⟧|(?!(?:the|a|its|from|on|default)\b)[\w./-]*\w)\s+branch\b",
    re.IGNORECASE,
)


def _url(act: Act) -> str | None:
    return next(
        (item.value for item in act.of("url") if re.search(r"\.git$|git(?:hub|lab)|bitbucket", item.value)),
        None,
    )


def _login(scene: Scene, act: Act) -> dict[str, Json]:
    if not act.has(r"\b(?:private|token|credentials|authenticat\w*)\b"):
        return {}
    scene.note("Git needs the secret GIT_TOKEN (environment variable SECRET_GIT_TOKEN, base64).")
    return {"username": "git", "password": "{{ secret('GIT_TOKEN') }}"}


def branch_of(act: Act, scene: Scene) -> str | None:
    """Return the branch a clause names."""
    match = _BRANCH.search(" ".join(act.text.split()))
    if match is None:
        return None
    name = match["a"] or match["b"]
    literal = scene.masked.inside(name)
    return (
        literal[0].value if literal else name if name.lower() not in ("the", "a", "default", "its") else None
    )


def commands_of(act: Act) -> list[str]:
    """Return the dbt commands a clause names, `dbt deps` first; `dbt build` when it only says dbt."""
    said = [item.value.strip() for item in act.of("text", "code") if item.value.strip().startswith("dbt ")]
    for match in _DBT.finditer(" ".join(act.text.split())):
        verbs = re.findall(
            r"build|run|test|seed|snapshot|deps|compile|debug|docs generate|source freshness",
            match["verbs"],
            re.IGNORECASE,
        )
        said += [f"dbt {verb.lower()}" for verb in verbs]
    select = re.search(
        r"\b(?:only\s+)?(?:the\s+)?(?:model|models|selector|tag)\s+(?P<what>[\w:+.*-]+)", act.text
    )
    if select and said and select["what"] not in ("in", "of", "with", "and", "from"):
        kind = "tag:" if select[0].lower().startswith("tag") else ""
        said = [
            f"{one} --select {kind}{select['what']}" if re.match(r"dbt (?:build|run|test)$", one) else one
            for one in said
        ]
    commands = list(dict.fromkeys(said)) or ["dbt build"]
    return commands if "dbt deps" in commands else ["dbt deps", *commands]


def _score_inside(act: Act, scene: Scene) -> float:
    if _url(act) is None:
        return 0.0
    if act.has(r"\bdbt\b"):
        return 1.0
    cloned = act.has(r"^(?:git )?clone\b|^check ?out\b")
    return 1.0 if cloned and (_quoted(act) or _scripts(act)) else 0.0


def _quoted(act: Act) -> list[str]:
    return [line for item in act.of("text", "code") for line in item.value.splitlines() if line.strip()]


def _scripts(act: Act) -> list[str]:
    return [item.value for item in act.of("file") if item.value.endswith((".py", ".sh"))]


def _fill_inside(act: Act, scene: Scene) -> list[Step] | None:
    url = _url(act)
    if url is None:
        return None
    branch = branch_of(act, scene)
    values: dict[str, Json] = {"url": url, **({"branch": branch} if branch else {}), **_login(scene, act)}
    outer = scene.step(WORKING, "project", Act("", act.words, []), {})
    clone = scene.step(CLONE, "clone", Act("", act.words, []), values)
    inner = _dbt(act, scene) if act.has(r"\bdbt\b") else _command(act, scene)
    outer.nested["tasks"] = [clone, inner]
    scene.subjects.append(re.sub(r"\W+", "_", url.removesuffix(".git").rpartition("/")[2]))
    return [outer]


def _dbt(act: Act, scene: Scene) -> Step:
    commands = commands_of(act)
    values: dict[str, Json] = {"commands": commands}
    if folder := re.search(
        r"\b(?:folder|directory|subfolder)\s+([\w./-]*\w)|\bin\s+the\s+([\w./-]*\w)\s+(?:folder|directory)",
        act.text,
    ):
        values["projectDir"] = folder[1] or folder[2]
    scene.note(
        "dbt connects as the profiles.yml of the project says; write `profiles` into the task where "
        "it has none."
    )
    return scene.step(DBT, commands[-1], act, values)


INSTALLS = r"\binstall\w*\s+(?:the\s+|its\s+|all\s+)*(?:python\s+)?(?:requirements|dependencies|packages)\b"
INSTALLED = "install installing requirements dependencies packages pip uv"


def _command(act: Act, scene: Scene) -> Step:
    scripts = _scripts(act)
    if scripts and scripts[0].endswith(".py"):
        before: list[Json] = ["pip install -r requirements.txt"] if act.has(INSTALLS) else []
        if before:
            scene.understand(re.findall(r"\w+", INSTALLED), ())
        commands = [*before, f"python {scripts[0]}"]
        return scene.step(PYTHON, "run_script", act, {**runner(act, scene), "commands": commands})
    commands = [f"bash {scripts[0]}"] if scripts else list(_quoted(act))
    return scene.step(SHELL, "run_commands", act, {**runner(act, scene), "commands": commands})


# --- flows and files of a namespace ------------------------------------------------------------------------

_SPACE = re.compile(
    r"\bnamespace\s+(?:called\s+)?(?P<a>⟦\d+⟧|(?!from\b|to\b|with\b|files?\b|and\b)[a-z0-9][\w.-]*\w)"
    r"|\b(?P<b>[a-z][\w-]*(?:\.[\w-]+)+)\s+namespace\b",
    re.IGNORECASE,
)


def _space(act: Act, scene: Scene) -> str:
    text = " ".join(act.text.split())
    if files := re.search(r"\bfiles\s+(?:of|in)\s+([a-z][\w-]*(?:\.[\w-]+)+)", text):
        return files[1]
    match = _SPACE.search(text) or re.search(
        r"\binto\s+(?:the\s+)?namespace\s+(?P<a>[a-z0-9][\w.-]*\w)(?P<b>)", scene.request, re.IGNORECASE
    )
    if match is None:
        return "{{ flow.namespace }}"
    literal = scene.masked.inside(match["a"] or match["b"])
    return literal[0].value if literal else match["a"] or match["b"]


def _fill_sync(act: Act, scene: Scene) -> list[Step] | None:
    values: dict[str, Json] = {"url": _url(act) or "", **_login(scene, act)}
    values |= {"branch": branch_of(act, scene) or "main", "targetNamespace": _space(act, scene)}
    if folder := re.search(r"\b(?:folder|directory)\s+([\w./-]*\w)", act.text):
        values["gitDirectory"] = folder[1]
    if act.has(r"\b(?:delete|remove)\b.*\b(?:others?|gone|missing|rest|not in)\b"):
        values["delete"] = True
    return [scene.step(f"{GIT}.SyncFlows", "sync_flows", act, values)]


def _fill_push(act: Act, scene: Scene) -> list[Step] | None:
    flows = act.has(r"\bflows?\b")
    values: dict[str, Json] = {
        "url": _url(act) or "",
        "username": "git",
        "password": "{{ secret('GIT_TOKEN') }}",
    }
    scene.note("Git needs the secret GIT_TOKEN (environment variable SECRET_GIT_TOKEN, base64).")
    branch = branch_of(act, scene) or "main"
    values |= {"branch": branch, "sourceNamespace" if flows else "namespace": _space(act, scene)}
    if texts := act.of("text"):
        values["commitMessage"] = scene.fill_text(texts[0].value)
    kind = "PushFlows" if flows else "PushNamespaceFiles"
    return [scene.step(f"{GIT}.{kind}", "push", act, values)]


def _score_sync(act: Act, scene: Scene) -> float:
    return (
        0.985
        if _url(act)
        and act.has(
            r"^(?:sync|pull|load|get|deploy|import|update|fetch)\b.*\bflows?\b.*\b(?:from|in|of|at)\b"
        )
        else 0.0
    )


def _score_push(act: Act, scene: Scene) -> float:
    pushed = act.has(
        r"^(?:push|commit|back ?up|export|save|store)\b.*\b(?:flows?|namespace files|files)"
        r"\b.*\b(?:to|in|into)\b"
    )
    return 0.985 if _url(act) and pushed else 0.0


RULES = (
    Rule(WORKING, _score_inside, _fill_inside),
    Rule(f"{GIT}.SyncFlows", _score_sync, _fill_sync),
    Rule(f"{GIT}.PushFlows", _score_push, _fill_push),
)
