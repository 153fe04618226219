"""The container path of the Docker runner, against an Engine API on a local socket."""

import os
import threading
from collections.abc import Iterator

import pytest

from engine.errors import TaskFailure
from engine.model.log import Level
from tests.emulators.docker import Docker, docker_engine

RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker"
SETTINGS = {RUNNER: {"fallback": False, "volumeEnabled": True}}


@pytest.fixture
def docker(stand_in: None) -> Iterator[Docker]:
    with docker_engine() as engine:
        engine.add_image("ubuntu:latest")
        engine.add_image("python:3.13-slim")
        yield engine


@pytest.fixture
def make(make_context, make_task, docker):
    """Return a factory of a context and a task whose runner uses the emulator."""

    def made(name="shell.Commands", settings=SETTINGS, runner=None, **properties):
        options = {"type": RUNNER, "host": docker.host, **(runner or {})}
        return make_context(settings=settings), make_task(name, taskRunner=options, **properties)

    return made


def only(docker: Docker):
    assert docker.containers == {}
    (container,) = docker.removed
    return container


def test_files_go_in_and_come_out(make, docker):
    ctx, task = make(
        inputFiles={"in/a.txt": "one\ntwo\n"},
        outputFiles=["*.txt"],
        commands=["wc -l < in/a.txt > count.txt", "ls", "pwd", 'echo kept > "$OUTPUT_DIR/b"'],
        env={"WORD": "given"},
    )
    output = task.run(ctx)
    assert output.exit_code == 0
    assert ctx.read_text(output.output_files["count.txt"]).strip() == "2"
    assert ctx.read_text(output.output_files["b"]) == "kept\n"
    assert ctx.messages[:2] == ["count.txt", "in"]
    assert ctx.messages[2] != str(ctx.work_dir)
    container = only(docker)
    assert output.task_runner == {"containerId": container.id}
    assert container.env["WORD"] == "given"
    assert container.env["WORKING_DIR"] == str(ctx.work_dir)
    assert container.body["WorkingDir"] == str(ctx.work_dir)
    assert container.body["Entrypoint"] == [""]
    assert container.removal["v"].lower() in ("true", "1")
    assert container.body["Labels"]["kestra.io/flow-id"] == "my-flow"
    assert container.body["Labels"]["kestra.io/taskrun-id"] == "run1"


def test_the_environment_of_the_service_stays_outside(make, docker, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "hidden")
    ctx, task = make(commands=['echo "${OPENAI_API_KEY:-none}"'])
    task.run(ctx)
    assert ctx.messages == ["none"]
    assert "OPENAI_API_KEY" not in only(docker).env


def test_a_working_directory_may_be_mounted(make, docker):
    ctx, task = make(commands=["pwd"], runner={"fileHandlingStrategy": "MOUNT", "volumes": ["/a:/b:ro"]})
    task.run(ctx)
    assert ctx.messages == [str(ctx.work_dir)]
    assert only(docker).host["Binds"] == ["/a:/b:ro", f"{ctx.work_dir}:{ctx.work_dir}"]


def test_volumes_need_the_operators_leave(make, docker):
    settings = {RUNNER: {"fallback": False}}
    ctx, task = make(settings=settings, commands=["true"], runner={"volumes": ["/etc:/host-etc"]})
    task.run(ctx)
    assert only(docker).host["Binds"] == [str(ctx.work_dir)]
    assert "`volumes` is ignored" in ctx.messages[0]


def test_options_reach_the_daemon(make, docker):
    runner = {
        "user": 1000,
        "networkMode": "bridge",
        "shmSize": "64MB",
        "privileged": True,
        "entryPoint": ["/usr/bin/env"],
        "extraHosts": ["db:10.0.0.7"],
        "portBindings": ["127.0.0.1:8080:80", "9000:9000/udp"],
        "cpu": {"cpus": 1.5},
        "memory": {"memory": "128MB", "memorySwap": "256MB"},
        "deviceRequests": [{"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}],
    }
    ctx, task = make(commands=["true"], runner=runner)
    task.run(ctx)
    container = only(docker)
    host = container.host
    assert container.body["User"] == "1000"
    assert container.body["Entrypoint"] == ["/usr/bin/env"]
    assert (host["NetworkMode"], host["ShmSize"], host["Privileged"]) == ("bridge", 64 << 20, True)
    assert host["ExtraHosts"] == ["db:10.0.0.7"]
    assert host["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
        "9000/udp": [{"HostIp": "", "HostPort": "9000"}],
    }
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (1_500_000_000, 128 << 20, 256 << 20)
    assert host["DeviceRequests"][0]["Driver"] == "nvidia"


@pytest.mark.parametrize(
    ("runner", "message"),
    [
        ({"portBindings": ["web:80"]}, "'web:80' is not a binding; write it like 8080:80"),
        ({"extraHosts": ["db"]}, "'db' is not a host; write it like name:10.0.0.1"),
    ],
)
def test_options_that_cannot_be_read_are_named(make, docker, runner, message):
    ctx, task = make(commands=["true"], runner=runner)
    with pytest.raises(TaskFailure, match=message):
        task.run(ctx)
    assert not docker.containers
    assert not docker.removed


def test_a_failed_command_keeps_its_outputs(make, docker):
    script = """echo '::{"outputs": {"done": 2}}::'; echo bad >&2; echo text > part.txt; exit 3"""
    ctx, task = make("shell.Script", script=script, outputFiles=["part.txt"])
    with pytest.raises(TaskFailure, match="Command failed with exit code 3") as caught:
        task.run(ctx)
    assert caught.value.outputs["vars"] == {"done": 2}
    assert ctx.read_text(caught.value.outputs["outputFiles"]["part.txt"]) == "text\n"
    assert ctx.logs == [(Level.ERROR, "bad")]
    only(docker)


def test_a_script_file_is_found_inside(make, docker):
    ctx, task = make("perl.Script", script='print "hello from $0\\n";', containerImage="ubuntu")
    task.run(ctx)
    assert ctx.messages[0].startswith("hello from ")
    assert str(docker.folder) in ctx.messages[0]


def test_python_dependencies_are_put_beside_the_script(make, docker, tiny):
    name = "python:3.11-slim"
    docker.add_image(name)
    ctx, task = make(
        "python.Commands",
        containerImage=name,
        dependencies=tiny,
        commands=['cat "$PYTHONPATH"/tiny.py'],
    )
    task.run(ctx)
    assert ctx.messages[-1] == "answer = 42"


def test_lines_arrive_while_it_runs(make, docker, tmp_path):
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    ctx, task = make(commands=["echo first", f"head -n 1 {fifo}"])
    seen = threading.Event()
    emit = ctx._emit_log

    def watch(level, text):
        emit(level, text)
        seen.set()

    ctx._emit_log = watch
    thread = threading.Thread(target=task.run, args=[ctx])
    thread.start()
    assert seen.wait(20)
    said = list(ctx.messages)
    with os.fdopen(os.open(fifo, os.O_RDWR), "w") as file:  # never waits for a reader
        file.write("second\n")
        file.flush()
        thread.join()
    assert said == ["first"]
    assert ctx.messages == ["first", "second"]


@pytest.mark.parametrize(("grace", "signals"), [("PT0S", ["KILL"]), ("PT5S", ["TERM"])])
def test_a_kill_ends_and_removes_the_container(make, docker, tmp_path, grace, signals):
    started = tmp_path / "started"
    os.mkfifo(started)
    ctx, task = make(commands=[f"echo up > {started}", "sleep 600"], runner={"killGracePeriod": grace})
    failures = []

    def work():
        try:
            task.run(ctx)
        except TaskFailure as failure:
            failures.append(failure)
        finally:  # so that the reader below does not wait for a command that never began
            os.close(os.open(started, os.O_RDWR))

    thread = threading.Thread(target=work)
    thread.start()
    assert started.read_text() == "up\n"
    ctx.cancel()
    thread.join()
    assert "Stopped" in failures[0].message
    assert only(docker).signals[:1] == signals


def test_a_kill_before_the_start_starts_nothing(make, docker):
    ctx, task = make(commands=["echo no"])
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        task.run(ctx)
    assert ctx.messages == []
    only(docker)


def test_a_container_may_be_kept_or_left_running(make, docker):
    ctx, task = make(commands=["true"], runner={"delete": False})
    task.run(ctx)
    ctx, task = make(commands=["sleep 600"], runner={"wait": False})
    output = task.run(ctx)
    assert [c.running for c in docker.containers.values()] == [False, True]
    assert output.task_runner["containerId"] in docker.containers


# -- images


@pytest.mark.parametrize(
    ("policy", "local", "pulled"),
    [
        ("IF_NOT_PRESENT", True, []),
        ("IF_NOT_PRESENT", False, ["tool:1"]),
        ("ALWAYS", True, ["tool:1"]),
        ("NEVER", True, []),
    ],
)
def test_pull_policies(make, docker, policy, local, pulled):
    docker.registry["tool:1"] = {}
    if local:
        docker.add_image("tool:1")
    ctx, task = make(commands=["true"], containerImage="tool:1", runner={"pullPolicy": policy})
    task.run(ctx)
    assert docker.pulled == pulled
    assert ("abc: Pull complete" in ctx.messages) == bool(pulled)
    assert not any("Downloading" in text for text in ctx.messages)


def test_never_pulling_needs_the_image(make):
    ctx, task = make(commands=["true"], containerImage="tool:1", runner={"pullPolicy": "NEVER"})
    with pytest.raises(TaskFailure, match="tool:1 is not on this machine and `pullPolicy` is NEVER"):
        task.run(ctx)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("nothing", r"image nothing cannot be pulled: pull access denied for nothing.*`credentials`"),
        ("tool:9", r"image tool:9 cannot be pulled: manifest for tool:9 not found.*check its name and tag"),
        ("cut:1", r"image cut:1 cannot be pulled: unexpected EOF"),
    ],
)
def test_an_image_that_cannot_be_had_is_named(make, docker, image, message):
    docker.registry |= {"tool:1": {}, "cut:1": {"broken": True}}
    ctx, task = make(commands=["true"], containerImage=image)
    with pytest.raises(TaskFailure, match=message):
        task.run(ctx)


def test_a_login_is_sent_and_never_shown(make, docker):
    docker.registry["reg.example/tool:1"] = {"login": ("ada", "pa55word")}
    right = {"credentials": {"registry": "reg.example", "username": "ada", "password": "pa55word"}}
    ctx, task = make(commands=["true"], containerImage="reg.example/tool:1", runner=right)
    task.run(ctx)
    assert docker.logins[-1]["serveraddress"] == "reg.example"
    wrong = {"credentials": {"username": "ada", "password": "not-this-one"}, "pullPolicy": "ALWAYS"}
    ctx, task = make(commands=["true"], containerImage="reg.example/tool:1", runner=wrong)
    with pytest.raises(TaskFailure, match=r"unauthorized.*\*{6}.*credentials") as caught:
        task.run(ctx)
    assert "not-this-one" not in caught.value.message
    assert docker.logins[-1]["password"] == "not-this-one"


def test_logins_come_from_a_docker_config(make, docker):
    docker.registry["reg.example/tool:1"] = {"login": ("ada", "pa55word")}
    config = {"auths": {"reg.example": {"auth": "YWRhOnBhNTV3b3Jk"}}}
    ctx, task = make(commands=["true"], containerImage="reg.example/tool:1", runner={"config": config})
    task.run(ctx)
    assert docker.pulled == ["reg.example/tool:1"]


def test_a_config_that_is_no_json_is_named(make):
    ctx, task = make(commands=["true"], containerImage="new", runner={"config": "{oops"})
    with pytest.raises(TaskFailure, match="config: the text is not JSON"):
        task.run(ctx)


def test_a_command_the_image_does_not_have_is_named(make, docker):
    ctx, task = make(commands=["true"], interpreter=["/no/such/shell", "-c"])
    with pytest.raises(TaskFailure, match=r"container of ubuntu failed.*/no/such/shell"):
        task.run(ctx)
    only(docker)
