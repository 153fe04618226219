"""The files to deploy with speak of settings, commands and routes that exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.admission import ALWAYS
from api.cli import app
from api.routes import configs
from api.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
KUBERNETES = [
    one for one in yaml.safe_load_all((ROOT / "deploy/kubernetes/flowsmith.yaml").read_text()) if one
]
COMMANDS = {command.name for command in app.registered_commands}


def own_services() -> dict[str, Any]:
    return {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "flowsmith"}


def containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for one in KUBERNETES:
        if one["kind"] == "Deployment":
            for container in one["spec"]["template"]["spec"]["containers"]:
                yield one, container


def is_setting(name: str) -> bool:
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() in Settings.model_fields


def test_every_variable_is_a_setting() -> None:
    named = {name for one in own_services().values() for name in one["environment"]}
    named |= {name for one in KUBERNETES if one["kind"] == "ConfigMap" for name in one["data"]}
    named |= {
        word.split("=")[0]
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        for word in line.split()
        if word.startswith(PREFIX)
    }
    assert [name for name in named if not is_setting(name)] == []


def test_every_role_is_a_command_that_takes_its_options() -> None:
    from typer.main import get_command

    known = get_command(app).commands  # type: ignore[attr-defined]
    lines = [one["command"] for one in own_services().values()] + [one["args"] for _, one in containers()]
    assert {line[0] for line in lines} == {"server", "scheduler", "worker"} <= COMMANDS
    for command, *arguments in lines:
        options = {option for parameter in known[command].params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= options


def test_probes_ask_routes_that_need_no_login() -> None:
    paths = {
        probe["httpGet"]["path"]
        for _, container in containers()
        for name, probe in container.items()
        if name.endswith("Probe")
    }
    assert paths <= {route.path for route in configs.router.routes}  # type: ignore[attr-defined]
    assert paths <= set(ALWAYS)


def test_pods_run_without_root_and_know_each_other() -> None:
    by_name = {one["metadata"]["name"]: one for one in KUBERNETES if one["kind"] == "Deployment"}
    for deployment in by_name.values():
        template = deployment["spec"]["template"]
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
        assert deployment["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (service,) = [one for one in KUBERNETES if one["kind"] == "Service"]
    server = by_name["flowsmith-server"]["spec"]["template"]
    assert service["spec"]["selector"].items() <= server["metadata"]["labels"].items()
    (scaler,) = [one for one in KUBERNETES if one["kind"] == "HorizontalPodAutoscaler"]
    assert scaler["spec"]["scaleTargetRef"]["name"] in by_name
    assert "replicas" not in by_name["flowsmith-worker"]["spec"]  # the autoscaler's


def test_services_wait_for_the_database_and_are_reached_from_this_machine_only() -> None:
    for one in own_services().values():
        assert one["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for one in COMPOSE["services"].values():
        assert all(str(port).startswith("127.0.0.1:") for port in one.get("ports", ()))


@pytest.mark.parametrize("name", ["FLOWSMITH_PASSWORD", "POSTGRES_PASSWORD", "FLOWSMITH_ENCRYPTION_KEY"])
def test_no_secret_is_written_down(name: str) -> None:
    for one in COMPOSE["services"].values():
        value = one["environment"].get(name)
        assert value is None or value.startswith("${" + name + ":?")
