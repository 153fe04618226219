import os

import pytest

from engine.errors import TaskFailure
from engine.model.log import Level

DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"
NOBODY = {"type": DOCKER, "host": "unix:///nowhere/docker.sock"}


def test_without_a_daemon_the_script_runs_here_and_the_log_says_so_once(make_context, make_task):
    ctx = make_context()
    make_task("python.Script", taskRunner=NOBODY, script="print('ran')").run(ctx)
    assert ctx.messages[-1] == "ran"
    told = [text for level, text in ctx.logs if level is Level.INFO and "Docker is not available" in text]
    assert len(told) == 1
    assert "python:3.13-slim" in told[0]


def test_in_place_of_a_container_the_process_sees_little_of_the_service(make_context, make_task, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "hidden")
    ctx = make_context()
    make_task("shell.Commands", taskRunner=NOBODY, commands=['echo "${OPENAI_API_KEY:-none}"']).run(ctx)
    assert ctx.messages[-1] == "none"


def test_the_operator_may_insist_on_docker(make_context, make_task):
    ctx = make_context(settings={DOCKER: {"fallback": False}})
    with pytest.raises(TaskFailure, match="start Docker"):
        make_task("shell.Commands", taskRunner=NOBODY, commands=["echo no"]).run(ctx)
    assert ctx.messages == []


def test_docker_is_the_default(registry):
    task = registry.resolve("io.kestra.plugin.scripts.shell.Commands").model_validate({"commands": ["true"]})
    assert type(task.task_runner).type_id == DOCKER


def test_the_older_runner_property_wins(make_context, make_task):
    ctx = make_context()
    make_task("shell.Commands", taskRunner=NOBODY, runner="PROCESS", commands=["echo here"]).run(ctx)
    assert ctx.messages == ["here"]


def test_older_docker_options_are_read(make_context, make_task):
    ctx = make_context()
    options = {"image": "busybox", "dockerHost": "unix:///nowhere/docker.sock"}
    make_task("shell.Commands", taskRunner=NOBODY, docker=options, commands=["echo here"]).run(ctx)
    assert "image busybox" in ctx.messages[0]


def test_a_missing_program_is_named(make_context, make_task):
    path = os.defpath
    ctx = make_context()
    with pytest.raises(TaskFailure, match="'julia' is not installed on this machine"):
        make_task("julia.Script", taskRunner=NOBODY, script="1", env={"PATH": path}).run(ctx)
