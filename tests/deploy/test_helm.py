"""The chart makes objects that Kubernetes takes, of settings, commands and routes that exist."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.cli import health
from api.settings import PREFIX, Settings
from tests.deploy.tools import CHART, PLAIN, helm, is_pinned, objects, of_kind, options_of, pods, render, run

__all__ = ["helm"]

GIVEN = ("--set", "existingSecret=creds", "--set", "files.url=s3://bucket/path")
BUCKET = GIVEN
VOLUME = ("--set", "existingSecret=creds", "--set", "files.persistence.enabled=true")
GROUPS = (
    *GIVEN,
    "--set",
    "workers.gpu.queues={gpu,heavy},workers.gpu.threads=2,workers.gpu.autoscaling.by=queue",
    "--set",
    "workers.fixed.queues={slow},workers.fixed.threads=1,workers.fixed.replicas=3",
    "--set",
    "ingress.enabled=true,ingress.tlsSecret=cert,settings.FLOWSMITH_LOG_LEVEL=info",
)
PLAIN_OBJECTS = objects((PLAIN / "flowsmith.yaml").read_text())
VERSIONS = ["1.37", "1.31"]


@pytest.fixture(params=["plain", "bucket", "volume", "groups"])
def rendered(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The plain file, which needs no Helm, and what the chart makes of some values."""
    if request.param == "plain":
        return PLAIN_OBJECTS
    values = {"bucket": BUCKET, "volume": VOLUME, "groups": GROUPS}[request.param]
    return render(request.getfixturevalue("helm"), *values)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object(version: str, rendered: list[dict[str, Any]]) -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    known = [one for one in rendered if not one["apiVersion"].startswith("keda.sh/")]
    for one in known:
        validate(one, version, strict=True)
    assert len(known) > 6


def test_an_object_that_kubernetes_would_not_take_is_noticed() -> None:
    package = pytest.importorskip("kubernetes_validate")
    broken = json.loads(json.dumps(of_kind(PLAIN_OBJECTS, "Deployment")[0]).replace('"httpGet"', '"httpget"'))
    broken["spec"]["replicas"] = "two"
    with pytest.raises(package.ValidationError):
        package.validate(broken, VERSIONS[0], strict=True)


def test_the_chart_has_no_findings(helm: str) -> None:
    done = run(helm, "lint", CHART, "--strict", *GIVEN)
    assert done.returncode == 0, done.stdout
    assert "1 chart(s) linted, 0 chart(s) failed" in done.stdout + done.stderr


def test_the_plain_file_is_what_the_chart_makes(helm: str) -> None:
    made = render(helm, "--values", str(PLAIN / "values.yaml"))
    assert made == PLAIN_OBJECTS, "run: sh deploy/render.sh"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((), "/existingSecret"),
        (("--set", "existingSecret=s"), "/files"),
        ((*VOLUME, "--set", "files.url=s3://b"), "/files"),
        ((*GIVEN, "--set", "files.url=s3://key:secret@b"), "/files/url"),
        ((*GIVEN, "--set", "image.tag=latest"), "/image/tag"),
        ((*GIVEN, "--set", "server.replica=3"), "replica"),
        ((*GIVEN, "--set", "workers.default.autoscaling.by=luck"), "by"),
        ((*GIVEN, "--set", "workers.default.queues={it's}"), "queues"),
        ((*GIVEN, "--set", "settings.FLOWSMITH_PASSWORD=x"), "FLOWSMITH_PASSWORD"),
        ((*GIVEN, "--set", "settings.KESTRA=x"), "KESTRA"),
    ],
    ids=lambda value: "_".join(value[-1:]) if isinstance(value, tuple) else "",
)
def test_values_that_cannot_work_are_refused_by_name(helm: str, values: tuple[str, ...], told: str) -> None:
    done = run(helm, "template", "x", CHART, *values)
    assert done.returncode != 0
    assert told in done.stderr


def test_no_secret_is_in_the_chart(rendered: list[dict[str, Any]]) -> None:
    assert of_kind(rendered, "Secret") == []
    for _, _, container in pods(rendered):
        assert [one["secretRef"]["name"] for one in container["envFrom"] if "secretRef" in one]


def test_every_variable_is_a_setting(rendered: list[dict[str, Any]]) -> None:
    named = {name for one in of_kind(rendered, "ConfigMap") for name in one["data"]}
    text = (PLAIN / "flowsmith.yaml").read_text() + (CHART / "values.yaml").read_text()
    named |= {word for word in text.replace("=", " ").replace(",", " ").split() if word.startswith(PREFIX)}
    named = {name.rstrip(":") for name in named if "…" not in name}
    assert {"FLOWSMITH_STORAGE_URL", "FLOWSMITH_DATABASE_URL"} <= named
    assert [name for name in named if name.removeprefix(PREFIX).lower() not in Settings.model_fields] == []


def test_every_container_is_a_role_with_its_options_and_a_pinned_image(
    rendered: list[dict[str, Any]],
) -> None:
    found = list(pods(rendered))
    assert {container["args"][0] for _, _, container in found} == {"server", "scheduler", "worker"}
    for _, _, container in found:
        role, *arguments = container["args"]
        assert container["name"] == role
        assert {word for word in arguments if word.startswith("--")} <= options_of(role)
        assert is_pinned(container["image"])
        assert {"requests", "limits"} <= set(container["resources"])


def test_pods_have_no_rights(rendered: list[dict[str, Any]]) -> None:
    for deployment, pod, container in pods(rendered):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounted = {one["mountPath"] for one in container["volumeMounts"]}
        assert {"/data", "/tmp"} <= mounted, deployment["metadata"]["name"]
        assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


def test_running_tasks_have_the_time_they_were_promised(rendered: list[dict[str, Any]]) -> None:
    (settings,) = of_kind(rendered, "ConfigMap")
    for _, pod, _ in pods(rendered):
        assert pod["terminationGracePeriodSeconds"] > float(settings["data"]["FLOWSMITH_STOP_SECONDS"])


def test_what_selects_finds_what_it_is_for(rendered: list[dict[str, Any]]) -> None:
    labels = {}
    for one, _, _ in pods(rendered):
        labels[one["metadata"]["name"]] = one["spec"]["template"]["metadata"]["labels"]
        chosen = one["spec"]["selector"]["matchLabels"]
        assert [name for name, found in labels.items() if chosen.items() <= found.items()].count(
            one["metadata"]["name"]
        ) == 1
    for one, _, _ in pods(rendered):
        chosen = one["spec"]["selector"]["matchLabels"]
        assert [name for name, found in labels.items() if chosen.items() <= found.items()] == [
            one["metadata"]["name"]
        ]
    (service,) = of_kind(rendered, "Service")
    assert [n for n, found in labels.items() if service["spec"]["selector"].items() <= found.items()] == [
        next(name for name in labels if name.endswith("-server"))
    ]
    for budget in of_kind(rendered, "PodDisruptionBudget"):
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        assert [name for name, found in labels.items() if wanted <= found.items()] == [
            budget["metadata"]["name"]
        ]
    for scaler in [*of_kind(rendered, "HorizontalPodAutoscaler"), *of_kind(rendered, "ScaledObject")]:
        target = scaler["spec"]["scaleTargetRef"]["name"]
        (deployment,) = [one for one, _, _ in pods(rendered) if one["metadata"]["name"] == target]
        assert "replicas" not in deployment["spec"]  # they are the autoscaler's


def test_workers_take_from_their_queues_and_grow_with_them(helm: str) -> None:
    found = render(helm, *GROUPS)
    arguments = {one["metadata"]["name"]: c["args"] for one, _, c in pods(found) if c["args"][0] == "worker"}
    assert arguments["flowsmith-worker-gpu"][1:] == ["--threads", "2", "--queue", "gpu", "--queue", "heavy"]
    assert arguments["flowsmith-worker-default"][1:] == ["--threads", "8", "--queue", "default"]
    (scaler,) = of_kind(found, "ScaledObject")
    assert scaler["spec"]["triggers"][0]["metadata"]["query"].endswith("IN ('gpu', 'heavy')")
    assert len(of_kind(found, "HorizontalPodAutoscaler")) == 1
    fixed = next(one for one, _, _ in pods(found) if one["metadata"]["name"].endswith("-fixed"))
    assert fixed["spec"]["replicas"] == 3


def test_the_query_of_the_autoscaler_counts_what_waits(
    helm: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from engine.engine import Engine, EngineOptions

    (scaler,) = of_kind(render(helm, *GROUPS), "ScaledObject")
    query = scaler["spec"]["triggers"][0]["metadata"]["query"]
    postgres = request.getfixturevalue("postgres")
    options = EngineOptions(
        home=tmp_path_factory.mktemp("home"),
        database_url=postgres.url,
        environment={},
        role="server",
        schedule=False,
        collect_rarely=False,
    )
    task = "tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: x}]\n"
    with Engine.open(options) as engine:
        engine.save(f"id: heavy\nnamespace: demo\nworkerGroup: {{key: gpu}}\n{task}")
        engine.save(f"id: light\nnamespace: demo\n{task}")
        for flow in ("heavy", "heavy", "light"):
            engine.start("demo", flow)
        assert postgres.rows(query) == [(2,)]


def test_probes_ask_what_exists(rendered: list[dict[str, Any]]) -> None:
    for _, _, container in pods(rendered):
        probes = [probe for name, probe in container.items() if name.endswith("Probe")]
        assert len(probes) >= 2
        for probe in probes:
            if "exec" in probe:
                program, command, role = probe["exec"]["command"]
                assert (program, command, role) == (
                    "flowsmith",
                    health.__name__.rpartition(".")[2],
                    container["name"],
                )
            else:
                assert probe["httpGet"]["port"] == container["ports"][0]["name"]


def test_a_group_can_be_put_to_rest(helm: str) -> None:
    asleep = ("workers.default.replicas=0", "workers.default.autoscaling.by=none")
    found = render(helm, *GIVEN, "--set", ",".join(asleep))
    assert [one["spec"]["replicas"] for one, _, c in pods(found) if c["name"] == "worker"] == [0]


def test_an_object_is_made_once(rendered: list[dict[str, Any]]) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered]
    assert len(names) == len(set(names))
