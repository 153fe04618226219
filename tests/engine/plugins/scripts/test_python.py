import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import TaskFailure
from engine.model.log import Level
from engine.plugins.scripts._environment import KEPT, Wanted, environment, local_python
from engine.plugins.scripts.python._python import with_json_words

ROOT = Path(__file__).parents[4]


def test_a_script_runs_outside_the_services_environment(make_context, make_task):
    ctx = make_context()
    script = """
import importlib.util, json, sys
print("::" + json.dumps({"outputs": {
    "prefix": sys.prefix,
    "pydantic": importlib.util.find_spec("pydantic") is not None,
}}) + "::")
"""
    output = make_task("python.Script", script=script).run(ctx)
    assert output.vars["pydantic"] is False
    assert output.vars["prefix"] != sys.prefix
    assert output.vars["prefix"].startswith(str(ctx.world.home))


def test_modules_beside_the_script_are_found(make_context, make_task):
    ctx = make_context()
    files = {"helper.py": "word = 'helped'"}
    make_task("python.Script", script="import helper\nprint(helper.word)", inputFiles=files).run(ctx)
    assert ctx.messages == ["helped"]


def test_messages_give_outputs_metrics_and_logs(make_context, make_task):
    ctx = make_context()
    message = {
        "outputs": {"rows": 3, "none": None},
        "metrics": [
            {"name": "rows", "type": "counter", "value": 3, "tags": {"table": "t", "name": "n"}},
            {"name": "spent", "type": "timer", "value": "PT1.5S"},
            {"name": "bad", "type": "histogram", "value": 1},
        ],
        "logs": [{"level": "WARNING", "message": "careful"}, {"level": "LOUD", "message": "hm"}],
    }
    script = f"""
import sys
print('::{json.dumps(message)}::', file=sys.stderr)
print('::{{"outputs": {{"rows": 4}}}}::')
print('::{{broken}}::')
"""
    output = make_task("python.Script", script=script).run(ctx)
    assert output.vars == {"rows": 4, "none": None}
    assert [(m.name, m.kind, m.value) for m in ctx.metrics] == [
        ("rows", "counter", 3),
        ("spent", "timer", 1.5),
    ]
    assert ctx.metrics[0].tags == {"table": "t", "name_": "n"}
    assert (Level.WARN, "careful") in ctx.logs
    assert any("'LOUD' is not a level" in text for text in ctx.messages)
    assert any(text.startswith("Unable to read the message") for text in ctx.messages)


def test_dependencies_are_installed_once(make_context, make_task, tiny):
    first, second = make_context(), make_context(task_run_id="run2")
    script = "import sys, tiny\nprint(tiny.answer, sys.prefix)"
    for ctx in (first, second):
        make_task("python.Script", script=script, dependencies=tiny).run(ctx)
    assert first.messages[-1] == second.messages[-1]
    assert first.messages[-1].startswith("42 ")
    assert any(text.startswith("Installing") for text in first.messages)
    assert not any(text.startswith("Installing") for text in second.messages)


def test_pip_in_before_commands_installs_into_a_kept_environment(make_context, make_task, tiny):
    line = f"pip install {tiny[0]} --root-user-action=ignore {tiny[1].replace(' ', '=')} tiny > /dev/null"
    for name in ("run1", "run2"):
        ctx = make_context(task_run_id=name)
        script = "import tiny\nprint(tiny.answer)"
        make_task("python.Script", script=script, beforeCommands=[line]).run(ctx)
        assert ctx.logs == [(Level.INFO, "42")]
    other = make_context(task_run_id="run3")
    with pytest.raises(TaskFailure, match="module 'tiny' is not installed; list the package"):
        make_task("python.Script", script="import tiny").run(other)


def test_shell_commands_may_use_pip_too(make_context, make_task, tiny):
    ctx = make_context()
    commands = [
        f"python -m pip install -q {tiny[0]} {tiny[1].replace(' ', '=')} tiny",
        "python -c 'import tiny'",
    ]
    make_task("shell.Commands", commands=commands).run(ctx)
    assert not [text for level, text in ctx.logs if level is Level.ERROR]


def test_a_requirement_that_cannot_be_found_is_named(make_context, make_task):
    ctx = make_context()
    with pytest.raises(
        TaskFailure, match=r"dependencies --no-index, no-such-thing cannot be installed(?s:.)*was not found"
    ):
        make_task("python.Script", script="1", dependencies=["--no-index", "no-such-thing"]).run(ctx)
    assert [path for path in (ctx.world.home / "environments").iterdir() if path.is_dir()] == []


def test_many_at_once_make_one_environment(make_context, make_task, tiny):
    contexts = [make_context(task_run_id=f"run{number}") for number in range(6)]
    task = make_task("python.Script", script="import tiny\nprint(tiny.answer)", dependencies=tiny)
    threads = [threading.Thread(target=task.run, args=[ctx]) for ctx in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ctx.messages[-1] for ctx in contexts] == ["42"] * 6
    assert sum(any("Installing" in text for text in ctx.messages) for ctx in contexts) == 1


def test_environments_in_use_are_kept_and_old_ones_go(make_context):
    ctx = make_context()
    python = local_python()
    with environment(ctx, Wanted(python, installs=("held",))) as held:
        for number in range(KEPT + 2):
            with environment(ctx, Wanted(python, installs=(str(number),))):
                pass
        assert held.exists()
        left = [path for path in held.parent.iterdir() if path.is_dir()]
        assert len(left) <= KEPT + 1


def test_without_the_cache_nothing_is_left(make_context, make_task, tiny):
    ctx = make_context()
    script = "import tiny\nprint(tiny.answer)"
    make_task("python.Script", script=script, dependencies=tiny, dependencyCacheEnabled=False).run(ctx)
    assert ctx.messages[-1] == "42"
    assert list((ctx.world.home / "environments").iterdir()) == []


def test_a_version_that_is_not_there_is_named(make_context, make_task):
    with pytest.raises(TaskFailure, match=r"Python 3\.99 is not installed on this machine"):
        make_task("python.Script", script="1", pythonVersion="3.99").run(make_context())


def test_a_failing_script_shows_the_authors_line(make_context, make_task):
    ctx = make_context()
    with pytest.raises(TaskFailure, match="exit code 1"):
        make_task("python.Script", script="import os\nvalue = true\n1 / 0").run(ctx)
    assert any(text.endswith("line 3, in <module>") for text in ctx.messages)


@pytest.mark.parametrize(
    "script",
    [
        "result = [true, false, null]",
        "# comment\nresult = [true, false, null]",
        "\nresult = [true, false, null]",
        "if true:\n    result = [true, false, null]",
        "from __future__ import annotations\nresult = [true, false, null]",
        '"""doc"""\nfrom __future__ import annotations\nresult = [true, false, null]',
        "def f():\n    return null\nresult = [true, false, f()]",
        "import os; result = [true, false, null]",
    ],
)
def test_words_of_json_are_known(script):
    names: dict[str, object] = {}
    exec(with_json_words(script), names)
    assert names["result"] == [True, False, None]


def test_a_script_without_words_of_json_stays_as_it_is():
    assert with_json_words("x = True") == "x = True"


def test_commands_find_python(make_context, make_task):
    ctx = make_context()
    files = {"main.py": "import sys\nprint('got', sys.argv[1])"}
    make_task(
        "python.Commands", inputFiles=files, commands=["python main.py one", "python3 main.py two"]
    ).run(ctx)
    assert ctx.messages == ["got one", "got two"]


def test_two_processes_make_one_environment(tmp_path, tiny):
    """Two services that share a home: the second waits for the first and installs nothing."""
    code = """
import sys
from pathlib import Path
from engine.engine import Engine, EngineOptions
flow = Path(sys.argv[2]).read_text()
with Engine.open(EngineOptions(home=Path(sys.argv[1]), environment={}, in_memory=True, schedule=False)) as engine:
    sys.stdin.readline()
    row = engine.save(flow)
    ended = engine.wait(engine.start(row.namespace, row.id).id, 60)
    print(ended.state, *[entry.message for entry in engine.logs(ended.id)], sep="\\n")
"""
    flow = tmp_path / "flow.yaml"
    flow.write_text(f"""
id: tiny
namespace: company.team
tasks:
  - id: tiny
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    dependencies: {json.dumps(tiny)}
    script: |
      import tiny
      print(tiny.answer)
""")
    command = [sys.executable, "-c", code, str(tmp_path / "home"), str(flow)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert [lines[0] for lines in said] == ["SUCCESS", "SUCCESS"]
    assert all("42" in lines for lines in said)
    assert sum(line.startswith("Installing") for lines in said for line in lines) == 1
    assert len([p for p in (tmp_path / "home" / "environments").iterdir() if p.is_dir()]) == 1
