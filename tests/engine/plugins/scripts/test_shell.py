import os
import threading
from pathlib import Path

import pytest

from engine.errors import ForbiddenPath, TaskFailure
from engine.model.log import Level


def test_commands_share_one_shell(make_context, make_task):
    ctx = make_context()
    commands = ["mkdir inner && cd inner", "export WORD=kept", 'echo "$(basename $PWD) $WORD"']
    make_task("shell.Commands", commands=commands).run(ctx)
    assert ctx.logs == [(Level.INFO, "inner kept")]


def test_before_commands_come_first(make_context, make_task):
    ctx = make_context()
    make_task("shell.Script", beforeCommands=["greet() { echo hello; }"], script="greet").run(ctx)
    assert ctx.messages == ["hello"]


def test_the_error_stream_is_logged_as_error_and_changes_no_state(make_context, make_task):
    ctx = make_context()
    output = make_task("shell.Commands", commands=["echo careful >&2"]).run(ctx)
    assert ctx.logs == [(Level.ERROR, "careful")]
    assert output.exit_code == 0


@pytest.mark.parametrize(("fail_fast", "said"), [(True, []), (False, ["after"])], ids=["stops", "goes on"])
def test_fail_fast(make_context, make_task, fail_fast, said):
    ctx = make_context()
    task = make_task("shell.Commands", commands=["false", "echo after"], failFast=fail_fast)
    if fail_fast:
        with pytest.raises(TaskFailure, match="exit code 1"):
            task.run(ctx)
    else:
        task.run(ctx)
    assert ctx.messages == said


def test_a_failed_script_keeps_its_outputs(make_context, make_task):
    ctx = make_context()
    script = """echo '::{"outputs": {"done": 2}}::'; echo text > part.txt; exit 3"""
    with pytest.raises(TaskFailure, match="Command failed with exit code 3") as caught:
        make_task("shell.Script", script=script, outputFiles=["part.txt"]).run(ctx)
    outputs = caught.value.outputs
    assert outputs["exitCode"] == 3
    assert outputs["vars"] == {"done": 2}
    assert ctx.read_text(outputs["outputFiles"]["part.txt"]) == "text\n"


def test_output_of_any_shape_becomes_lines(make_context, make_task):
    ctx = make_context()
    commands = [r"printf 'a\377b\r\n\nlast without end'", "head -c 3000000 /dev/zero | tr '\\0' x >&2"]
    make_task("shell.Commands", commands=commands).run(ctx)
    assert [text for level, text in ctx.logs if level is Level.INFO] == ["a\ufffdb", "", "last without end"]
    long = [text for level, text in ctx.logs if level is Level.ERROR]
    assert len(long) > 1
    assert "".join(long) == "x" * 3_000_000


def test_a_message_may_be_longer_than_a_line_of_the_log(make_context, make_task):
    ctx = make_context()
    script = """printf '::{"outputs": {"big": "'; head -c 2000000 /dev/zero | tr '\\0' x; echo '"}}::'"""
    output = make_task("shell.Script", script=script).run(ctx)
    assert len(output.vars["big"]) == 2_000_000
    assert ctx.logs == []


def test_input_files_are_content_or_copies(make_context, make_task):
    ctx = make_context()
    stored = ctx.put("stored.bin", b"\x00stored")
    files = {"deep/text.txt": "hello", "copy.bin": stored, "data.json": {"a": [1]}, "absent": None}
    task = make_task("shell.Commands", inputFiles=files, commands=["cp -r . ../seen"])
    task.run(ctx)
    seen = ctx.work_dir.parent / "seen"
    assert (seen / "deep/text.txt").read_text() == "hello"
    assert (seen / "copy.bin").read_bytes() == b"\x00stored"
    assert (seen / "data.json").read_text() == '{"a":[1]}'
    assert not (seen / "absent").exists()


def test_input_files_may_be_json_text(make_context, make_task):
    ctx = make_context()
    make_task("shell.Commands", inputFiles='{"a.txt": "from json"}', commands=["cat a.txt"]).run(ctx)
    assert ctx.messages == ["from json"]


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt"])
def test_input_files_stay_inside(make_context, make_task, name):
    with pytest.raises(ForbiddenPath, match="inside the working directory"):
        make_task("shell.Commands", inputFiles={name: "x"}, commands=["true"]).run(make_context())


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a.csv"], ["a.csv", "out/a.csv"]),
        (["*.csv"], ["a.csv", "b.csv", "out/a.csv"]),
        (["out/**"], ["out/a.csv", "out/deep/c.txt"]),
        (["out/*"], ["out/a.csv"]),
        (["**/*.txt"], ["out/deep/c.txt"]),
        (["{a,b}.csv"], ["a.csv", "b.csv"]),
        (["regex:[ab]\\.csv"], ["a.csv", "b.csv"]),
        (["glob:[!a].csv"], ["b.csv"]),
        (["nothing.csv"], []),
    ],
)
def test_output_files_by_pattern(make_context, make_task, patterns, found):
    ctx = make_context()
    commands = ["mkdir -p out/deep", "touch a.csv b.csv out/a.csv out/deep/c.txt"]
    output = make_task("shell.Commands", commands=commands, outputFiles=patterns).run(ctx)
    if patterns == ["glob:[!a].csv"]:
        found = ["b.csv"]
    assert sorted(output.output_files) == found


def test_everything_in_the_output_directory_is_kept(make_context, make_task):
    ctx = make_context()
    output = make_task(
        "shell.Commands", commands=['mkdir "$OUTPUT_DIR/in" && echo x > "$OUTPUT_DIR/in/a"']
    ).run(ctx)
    assert list(output.output_files) == ["in/a"]


def test_a_link_out_of_the_working_directory_is_not_kept(make_context, make_task):
    ctx = make_context()
    output = make_task("shell.Commands", commands=["ln -s /etc/hostname leak"], outputFiles=["leak"]).run(ctx)
    assert output.output_files == {}
    assert "link out of the working directory" in ctx.messages[-1]


def test_addresses_in_commands_become_paths(make_context, make_task):
    ctx = make_context()
    uri = ctx.put("words.txt", b"stored words\n")
    make_task("shell.Commands", commands=[f"cat {uri}", f"wc -c < '{uri}'"]).run(ctx)
    assert [text.strip() for text in ctx.messages] == ["stored words", "13"]
    assert [path for path in ctx.work_dir.rglob("*") if path.is_file()] == []


def test_files_of_the_namespace_are_copied(make_context, make_task):
    ctx = make_context()
    for name in ("lib/a.sh", "lib/b.sh", "notes.md"):
        ctx.world.files.put(f"company/team/_files/{name}", name.encode())
    wanted = {"enabled": True, "include": ["lib/**"], "exclude": ["**/b.sh"]}
    make_task("shell.Commands", namespaceFiles=wanted, commands=["find . -name '*.*' -type f"]).run(ctx)
    assert ctx.messages == ["./lib/a.sh"]


def test_the_process_sees_neither_the_services_environment_nor_its_secrets(
    make_context, make_task, monkeypatch
):
    monkeypatch.setenv("SECRET_TOKEN", "aGlkZGVu")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere/venv")
    monkeypatch.setenv("MINE", "passed on")
    ctx = make_context()
    commands = ['echo "${SECRET_TOKEN:-none} ${VIRTUAL_ENV:-none} $MINE $GIVEN"']
    make_task("shell.Commands", commands=commands, env={"GIVEN": 7}).run(ctx)
    assert ctx.messages == ["none none passed on 7"]


def test_a_cancelled_script_takes_everything_it_started_with_it(make_context, make_task, tmp_path):
    ctx = make_context()
    started = tmp_path / "started"
    os.mkfifo(started)
    script = f"sh -c 'trap \"\" TERM HUP INT; echo $$ > {started}; while :; do sleep 30; done'"
    failures = []

    def work() -> None:
        try:
            make_task("shell.Script", script=script).run(ctx)
        except TaskFailure as failure:
            failures.append(failure)

    thread = threading.Thread(target=work)
    thread.start()
    child = int(started.read_text())
    ctx.cancel()
    thread.join()
    assert failures
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


def test_what_a_script_leaves_running_is_ended(make_context, make_task, tmp_path):
    ctx = make_context()
    pid_file = tmp_path / "pid"
    make_task("shell.Script", script=f"sleep 600 & echo $! > {pid_file}; echo done").run(ctx)
    child = int(pid_file.read_text())
    assert ctx.messages == ["done"]
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


def test_an_unknown_interpreter_is_named(make_context, make_task):
    with pytest.raises(TaskFailure, match="'/no/such/shell' cannot be started"):
        make_task("shell.Commands", commands=["true"], interpreter=["/no/such/shell", "-c"]).run(
            make_context()
        )


def test_places_are_variables(make_context, make_task, registry):
    ctx = make_context()
    plugin = registry.resolve("io.kestra.plugin.scripts.shell.Commands")
    places = plugin.variables_for(ctx, {"outputFiles": ["a.csv", "*.txt"]})
    assert set(places) == set(plugin.extra_variables)
    assert places["workingDir"] == str(ctx.work_dir)
    assert places["outputFiles"] == {"a.csv": str(ctx.work_dir / "a.csv")}
