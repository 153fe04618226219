"""Every language: with its real program where it is installed, and with a program that shows how it is called."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from engine.errors import TaskFailure

OWN_BIN = sysconfig.get_path("scripts")
NODE_BIN = Path(__file__).resolve().parents[3] / "emulators" / "node_modules" / ".bin"
"""Where `npm install` in tests/emulators puts deno and bun."""
SEARCH = f"{OWN_BIN}:{NODE_BIN}:{os.environ.get('PATH', os.defpath)}"
OUTPUTS = '::{"outputs": {"sum": 5}}::'

# Type, program, how the file is called, a script that prints a message to the engine, the end of its name.
LANGUAGES = [
    ("node", "node", ["node"], f"console.log('{OUTPUTS}')", ".js"),
    ("perl", "perl", ["perl"], f"print '{OUTPUTS}', \"\\n\";", ".pl"),
    ("lua", "lua", ["lua"], f"print('{OUTPUTS}')", ".lua"),
    ("php", "php", ["php"], f"<?php echo '{OUTPUTS}', \"\\n\";", ".php"),
    ("ruby", "ruby", ["ruby"], f"puts '{OUTPUTS}'", ".rb"),
    ("go", "go", ["go", "run"], f'package main\nimport "fmt"\nfunc main() {{ fmt.Println(`{OUTPUTS}`) }}', ".go"),
    ("r", "Rscript", ["Rscript"], f"cat('{OUTPUTS}\\n')", ".R"),
    ("julia", "julia", ["julia"], 'println("::{\\"outputs\\": {\\"sum\\": 5}}::")', ".jl"),
    ("deno", "deno", ["deno", "run"], f"const m: string = '{OUTPUTS}'; console.log(m)", ".ts"),
    ("bun", "bun", ["bun", "run"], f"const m: string = '{OUTPUTS}'; console.log(m)", ".ts"),
    ("groovy", "groovy", ["groovy"], f"println '{OUTPUTS}'", ".groovy"),
    ("jbang", "jbang", ["jbang"], f"class A {{ static void main(String[] a) {{ System.out.println(\"{OUTPUTS}\".replace('\\'', '\"')); }} }}", ".java"),
]  # fmt: skip
IDS = [name for name, *_ in LANGUAGES]
SHOW = """\
import json, pathlib, sys
*options, place = sys.argv[1:]
text = pathlib.Path(place).read_text()
print("::" + json.dumps({"outputs": {"program": pathlib.Path(sys.argv[0]).name, "options": options,
    "text": text, "suffix": pathlib.Path(place).suffix}}) + "::")
print("to the error stream", file=sys.stderr)
sys.exit(3 if "fail" in text else 0)
"""


@pytest.fixture
def shown(tmp_path, stand_in):
    """Return a factory of a PATH on which a program tells how it was called."""

    def made(program: str) -> str:
        place = tmp_path / "programs" / program
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!{sys.executable} -I\n{SHOW}")
        place.chmod(0o755)
        return f"{place.parent}:{os.defpath}"

    return made


@pytest.mark.parametrize(("name", "program", "call", "script", "suffix"), LANGUAGES, ids=IDS)
def test_the_real_program_gives_outputs(
    make_context, make_task, tmp_path, name, program, call, script, suffix
):
    if shutil.which(program, path=SEARCH) is None:
        pytest.skip(f"`{program}` is not installed")
    env = {
        "PATH": SEARCH,
        "HOME": str(tmp_path),
        "GOCACHE": str(tmp_path / "go"),
        "DENO_NO_UPDATE_CHECK": "1",
    }
    output = make_task(f"{name}.Script", script=script, env=env).run(make_context())
    assert output.vars == {"sum": 5}
    commands = make_task(
        f"{name}.Commands", commands=[f"command -v {program} > seen"], env=env, outputFiles=["seen"]
    )
    ctx = make_context(task_run_id="run2")
    assert Path(ctx.read_text(commands.run(ctx).output_files["seen"]).strip()).name == program


@pytest.mark.parametrize(("name", "program", "call", "script", "suffix"), LANGUAGES, ids=IDS)
def test_the_script_is_a_file_given_to_the_program(
    make_context, make_task, shown, name, program, call, script, suffix
):
    ctx = make_context()
    output = make_task(f"{name}.Script", script=script, env={"PATH": shown(program)}).run(ctx)
    assert [output.vars["program"], *output.vars["options"]] == call
    assert output.vars["text"] == script
    assert output.vars["suffix"] == suffix
    assert ctx.messages == ["to the error stream"]
    assert list(ctx.work_dir.iterdir()) == [] or [p.name for p in ctx.work_dir.iterdir()] == [".flowsmith"]
    with pytest.raises(TaskFailure, match="exit code 3"):
        make_task(f"{name}.Script", script="fail", env={"PATH": shown(program)}).run(make_context())


@pytest.mark.parametrize("name", ["Script", "Commands"])
def test_powershell_gets_its_own_words(make_context, make_task, tmp_path, stand_in, name):
    place = tmp_path / "programs" / "pwsh"
    place.parent.mkdir()
    place.write_text(f"#!{sys.executable} -I\nimport sys\nprint(sys.argv[1:-1]); print(sys.argv[-1])\n")
    place.chmod(0o755)
    ctx = make_context()
    properties = {"script": "Write-Output 1"} if name == "Script" else {"commands": ["Write-Output 1"]}
    env = {"PATH": f"{place.parent}:{os.defpath}"}
    make_task(
        f"powershell.{name}", interpreter=[str(place), "-NoProfile", "-Command"], env=env, **properties
    ).run(ctx)
    assert ctx.messages[:2] == ["['-NoProfile', '-Command']", '$ErrorActionPreference = "Stop"']
    expected = ".ps1" if name == "Script" else "Write-Output 1"
    assert expected in ctx.messages[2]
    assert not ctx.messages[2].startswith("exec ")


def test_a_program_is_looked_for_where_the_author_says(make_context, make_task, shown):
    with pytest.raises(TaskFailure, match="'ruby' is not installed on this machine"):
        make_task("ruby.Script", script="1", env={"PATH": "/nowhere"}).run(make_context())
    make_task("ruby.Script", script="1", env={"PATH": shown("ruby")}).run(make_context())


def test_what_runs_first_may_set_a_trap(make_context, make_task):
    ctx = make_context()
    make_task("perl.Script", script='print "work\\n";', beforeCommands=["trap 'echo tidy' EXIT"]).run(ctx)
    assert ctx.messages == ["work", "tidy"]


@pytest.mark.parametrize(("name", "program"), [entry[:2] for entry in LANGUAGES], ids=IDS)
def test_commands_find_the_program(make_context, make_task, shown, name, program):
    properties = {"inputFiles": {"a.txt": "text"}, "env": {"PATH": shown(program)}}
    task = make_task(f"{name}.Commands", commands=[f"{program} --flag a.txt"], **properties)
    output = task.run(make_context())
    assert (output.vars["program"], output.vars["options"]) == (program, ["--flag"])
