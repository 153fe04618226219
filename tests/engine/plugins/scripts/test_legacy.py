"""The script tasks of the oldest flows, under their old names."""

from __future__ import annotations

import shutil

import pytest

from engine.errors import TaskFailure
from engine.model.state import State
from tests.engine.plugins.conftest import make_plugin

OLD = "io.kestra.core.tasks.scripts"

FLOW = f"""\
id: old
namespace: company.team
tasks:
  - id: write
    type: {OLD}.Bash
    outputFiles: [first]
    outputsFiles: [second]
    outputDirs: [parts]
    env: {{WORD: hello}}
    commands:
      - echo "$WORD" > {{{{ outputFiles.first }}}}
      - cp {{{{ outputFiles.first }}}} {{{{ outputFiles.second }}}}
      - echo a > {{{{ outputDirs.parts }}}}/a.txt
      - 'echo ''::{{"outputs": {{"n": 3}}}}::'''
      - echo to the error stream >&2
  - id: read
    type: {OLD}.Bash
    commands:
      - cat {{{{ outputs.write.outputFiles.first }}}} {{{{ outputs.write.files['parts/a.txt'] }}}}
"""


def test_an_old_flow_runs(run, engine) -> None:
    execution = run(FLOW)
    assert execution.state is State.SUCCESS
    write, read = (engine.execution(execution.id).task_runs[at].outputs for at in (0, 1))
    assert (write["vars"], write["exitCode"]) == ({"n": 3}, 0)
    assert (write["stdOutLineCount"], write["stdErrLineCount"]) == (1, 1)
    assert sorted(write["outputFiles"]) == ["first", "parts/a.txt", "second"]
    assert read["stdOutLineCount"] == 2


def test_a_failed_script_keeps_its_outputs(make_context) -> None:
    with pytest.raises(TaskFailure, match="exit code 3") as caught:
        make_plugin(make_context(), "core.tasks.scripts.Bash", commands=["echo one", "exit 3"]).run(
            make_context()
        )
    assert caught.value.outputs is not None
    assert (caught.value.outputs["exitCode"], caught.value.outputs["stdOutLineCount"]) == (3, 1)


@pytest.mark.parametrize(("wanted", "code"), [(True, 1), (False, 0)])
def test_it_stops_at_the_first_failure_if_wished(make_context, wanted: bool, code: int) -> None:
    ctx = make_context()
    task = make_plugin(
        ctx,
        "core.tasks.scripts.Bash",
        commands=["false", "echo after"],
        exitOnFailed=wanted,
        interpreter="/bin/bash",
        interpreterArgs=["-c"],
    )
    if code:
        with pytest.raises(TaskFailure, match="exit code 1"):
            task.run(ctx)
    else:
        assert task.run(ctx).exit_code == 0
    assert ("after" in ctx.messages) is not wanted


def test_python_runs_its_program_with_packages_and_arguments(make_context, tiny) -> None:
    ctx = make_context()
    program = "import sys, tiny\nprint(tiny.answer, sys.argv[1:], sys.prefix != sys.base_prefix)"
    task = make_plugin(
        ctx,
        "core.tasks.scripts.Python",
        inputFiles={"main.py": program},
        requirements=tiny,
        args=["two words", "$HOME"],
        commands=["./bin/pip --version", "./bin/python main.py"],
    )
    assert task.run(ctx).std_out_line_count == 2
    assert ctx.messages[-1] == "42 ['two words', '$HOME'] True"


@pytest.mark.parametrize(("name", "file"), [("Python", "main.py"), ("Node", "main.js")])
def test_the_program_must_be_among_the_files(make_context, name: str, file: str) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=f"inputFiles: '{file}' is missing"):
        make_plugin(ctx, f"core.tasks.scripts.{name}", inputFiles={"other": ""}).run(ctx)


@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
def test_node_runs_its_program_with_packages_and_arguments(make_context) -> None:
    ctx = make_context()
    files = {
        "main.js": "console.log(require('own'), process.argv[2])",
        "package.json": '{"dependencies": {"own": "file:./own"}}',
        "own/package.json": '{"name": "own", "version": "1.0.0"}',
        "own/index.js": "module.exports = 7",
    }
    make_plugin(ctx, "core.tasks.scripts.Node", inputFiles=files, args=["two words"]).run(ctx)
    assert ctx.messages[-1] == "7 two words"
