"""docker-compose.yaml and the Dockerfile are sound, pinned, and speak of what exists."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

from api.settings import PREFIX, Settings
from tests.deploy.tools import COMPOSE, ROOT, SECRETS, is_pinned, options_of, program, run

DOCKERFILE = (ROOT / "Dockerfile").read_text()
ROLES = {"server", "scheduler", "worker"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services as Compose itself reads them."""
    done = run(
        program("docker-compose"), "-f", COMPOSE, "--profile", "*", "config", "--format", "json", **SECRETS
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def test_the_services_are_there(services: dict[str, Any]) -> None:
    assert set(services) == ROLES | {"postgres", "pgadmin"}
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["pgadmin"]["profiles"] == ["pgadmin"]


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_written_down_and_a_missing_one_is_named(name: str) -> None:
    given = {key: value for key, value in SECRETS.items() if key != name}
    done = run(program("docker-compose"), "-f", COMPOSE, "config", "--quiet", **given)
    assert done.returncode != 0
    assert f"required variable {name} is missing a value: set it in .env" in done.stderr
    assert all(value not in COMPOSE.read_text() for value in SECRETS.values() if value != "secret")


def test_images_are_pinned(services: dict[str, Any]) -> None:
    assert [one["image"] for one in services.values() if not is_pinned(one["image"])] == []
    named = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    bases = re.findall(r"^FROM \$\{(\w+)\}", DOCKERFILE, re.MULTILINE)
    assert len(bases) == DOCKERFILE.count("\nFROM ") == 3
    assert [named[base] for base in bases if not is_pinned(named[base])] == []


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        ("postgres:16.10-alpine", True),
        ("flowsmith@sha256:" + "0" * 64, True),
        ("postgres:16", False),
        ("postgres:latest", False),
        ("localhost:5000/postgres", False),
        ("postgres", False),
    ],
)
def test_what_counts_as_pinned(image: str, pinned: bool) -> None:
    assert is_pinned(image) is pinned


def test_every_variable_is_a_setting(services: dict[str, Any]) -> None:
    named = {name for role in ROLES for name in services[role]["environment"]}
    named |= set(re.findall(rf"\b{PREFIX}[A-Z_]+", DOCKERFILE))
    assert [name for name in named if name.removeprefix(PREFIX).lower() not in Settings.model_fields] == []


def test_every_role_takes_its_options_and_is_asked_for_its_health(services: dict[str, Any]) -> None:
    for role in ROLES:
        command, *arguments = services[role]["command"]
        assert command == role
        assert {word for word in arguments if word.startswith("--")} <= options_of(role)
        assert services[role]["healthcheck"]["test"] == ["CMD", "flowsmith", "health", role]


def test_the_services_run_without_rights_and_wait_for_the_database(services: dict[str, Any]) -> None:
    for role in ROLES:
        one = services[role]
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["depends_on"]["postgres"]["condition"] == "service_healthy"
        seconds = float(one["environment"]["FLOWSMITH_STOP_SECONDS"])
        assert seconds < float(one["stop_grace_period"].removesuffix("s"))


def test_ports_are_reached_from_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    (server,) = services["server"]["ports"]
    assert server["target"] == Settings.model_fields["port"].default
    assert f"EXPOSE {server['target']}" in DOCKERFILE


def test_files_are_kept_in_a_volume_that_the_user_may_write(services: dict[str, Any]) -> None:
    for role in ROLES:
        (volume,) = services[role]["volumes"]
        assert f"file://{volume['target']}" == services[role]["environment"]["FLOWSMITH_STORAGE_URL"]
        assert re.search(
            rf"install --directory --owner=10001 .* {volume['target']}$", DOCKERFILE, re.MULTILINE
        )


def test_the_dockerfile_has_no_findings() -> None:
    done = run(program("hadolint"), "--no-color", ROOT / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_without_root_checks_itself_and_holds_no_secret() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert 'CMD ["flowsmith", "health"]' in last
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|SECRET|TOKEN|_KEY|DATABASE_URL)", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", ".venv", ".flowsmith", "**/node_modules"} <= set(ignored)


def test_what_is_copied_is_there() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    missing = [name for line in sources for name in line.split() if not (ROOT / name).exists()]
    assert (len(sources), missing) == (4, [])
    for name in re.findall(r"requirements/\S+\.txt", DOCKERFILE):
        assert (ROOT / name).exists()


def test_the_extras_of_the_image_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (extras,) = re.findall(r"flowsmith\[([a-z0-9,-]+)\]", DOCKERFILE)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
