"""The Docker tasks, against an Engine API on a local socket."""

from collections.abc import Iterator

import pytest

from engine.errors import TaskFailure
from tests.emulators.docker import Docker, docker_engine


@pytest.fixture
def docker(stand_in: None) -> Iterator[Docker]:
    with docker_engine() as engine:
        engine.add_image("alpine:3.20", Cmd=["echo", "from the image"])
        yield engine


@pytest.fixture
def run(make_context, run_task, docker):
    """Return `run("Tag", …)`, which gives the context and the outputs."""

    def made(name, **properties):
        ctx = make_context()
        return ctx, run_task(ctx, f"docker.cli.{name}", host=docker.host, **properties)

    return made


def test_run_gives_outputs_and_files(run, docker):
    command = """echo '::{"outputs": {"n": 1}}::'; tr a-z A-Z < in.txt > out.txt"""
    ctx, output = run(
        "Run",
        containerImage="alpine:3.20",
        commands=["sh", "-c", command],
        inputFiles={"in.txt": "word"},
        outputFiles=["out.txt"],
        env={"A": "b"},
    )
    assert output["vars"] == {"n": 1}
    assert ctx.read_text(output["outputFiles"]["out.txt"]) == "WORD"
    (container,) = docker.removed
    assert container.body["Cmd"] == ["sh", "-c", command]
    assert container.env == {"A": "b"}
    assert not container.body.get("Entrypoint")


def test_run_without_commands_takes_those_of_the_image(run):
    ctx, _ = run("Run", containerImage="alpine:3.20")
    assert ctx.messages == ["from the image"]


def test_run_fails_with_its_exit_code(run):
    with pytest.raises(TaskFailure, match="exit code 4"):
        run("Run", containerImage="alpine:3.20", commands=["sh", "-c", "exit 4"])


def test_a_container_left_running_can_be_stopped(run, docker):
    _, output = run("Run", containerImage="alpine:3.20", commands=["sleep", "600"], wait=False)
    container_id = output["taskRunner"]["containerId"]
    assert docker.containers[container_id].running
    run("Stop", containerId=container_id)
    assert docker.containers == {}
    assert docker.removed[0].signals[0] == "TERM"
    with pytest.raises(TaskFailure, match=f"container {container_id} cannot be stopped: No such container"):
        run("Stop", containerId=container_id, kill=True)


def test_build_sends_files_and_gives_the_id(run, docker):
    ctx, output = run(
        "Build",
        dockerfile="FROM alpine:3.20\nCOPY a.txt /a.txt\nRUN true\n",
        inputFiles={"a.txt": "x"},
        tags=["mine:1", "reg.example/mine:1"],
        push=True,
        buildArgs={"VERSION": 7},
        labels={"team": "data"},
        target="last",
        platforms=["linux/amd64"],
    )
    assert output["imageId"] == docker.images["mine:1"]["Id"]
    assert docker.images["reg.example/mine:1"] is docker.images["mine:1"]
    assert docker.pushed == ["mine:1", "reg.example/mine:1"]
    (built,) = docker.built
    assert "a.txt" in built["files"]
    assert '"VERSION": "7"' in built["buildargs"]
    assert (built["target"], built["platform"]) == ("last", "linux/amd64")
    assert any(text.startswith("Step 2") for text in ctx.messages)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"dockerfile": "FROM alpine:3.20\nRUN false"}, r"mine:1 cannot be built: .*non-zero code: 1"),
        ({"dockerfile": "Dockerfile"}, "there is no file 'Dockerfile'"),
        ({"dockerfile": "FROM alpine:3.20", "platforms": ["a", "b"]}, "a build is for one"),
        ({"dockerfile": "FROM alpine:3.20", "tags": []}, "tags: the list is empty"),
    ],
)
def test_a_build_that_fails_says_why(run, properties, message):
    with pytest.raises(TaskFailure, match=message):
        run("Build", **{"tags": ["mine:1"], **properties})


def test_a_dockerfile_may_be_stored(make_context, run_task, docker):
    ctx = make_context()
    uri = ctx.put("Dockerfile", b"FROM alpine:3.20\n")
    run_task(ctx, "docker.cli.Build", host=docker.host, dockerfile=uri, tags=["mine:1"])
    assert docker.built[0]["text"] == "FROM alpine:3.20\n"


def test_pull_tag_push_list_and_remove(run, docker):
    docker.registry["tool:2"] = {}
    run("Pull", image="tool:2")
    run("Tag", sourceImage="tool:2", targetImage="reg.example/tool:3")
    run("Push", tags=["reg.example/tool:3"])
    _, listed = run("ImageLs")
    assert docker.pushed == ["reg.example/tool:3"]
    assert [image["tags"] for image in listed["images"]] == [
        ["alpine:3.20"],
        ["tool:2"],
        ["reg.example/tool:3"],
    ]
    run("Rm", imageIds=["tool:2"])
    assert set(docker.images) == {"alpine:3.20", "reg.example/tool:3"}


def test_a_refused_push_says_so(run, docker):
    docker.add_image("private/tool:1")
    with pytest.raises(TaskFailure, match=r"private/tool:1 cannot be pushed: denied"):
        run("Push", tags=["private/tool:1"])


def test_remove_asks_for_something(run):
    with pytest.raises(TaskFailure, match="`containerIds` and `imageIds` are empty"):
        run("Rm")


def test_prune_tells_what_it_freed(run, docker):
    _, output = run("Prune", pruneType="CONTAINERS")
    assert docker.pruned == ["containers"]
    assert output == {"deletedIds": [], "spaceReclaimed": 7}


def test_without_a_daemon_the_address_is_named(make_context, run_task):
    with pytest.raises(TaskFailure, match=r"daemon at unix:///nowhere does not answer"):
        run_task(make_context(), "docker.cli.ImageLs", host="unix:///nowhere")


def test_the_older_names_are_known(plugin, make_context):
    found = plugin(make_context(), "docker.Run", containerImage="alpine")
    assert type(found).type_id == "io.kestra.plugin.docker.cli.Run"
