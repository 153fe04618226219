"""The plugin tutorial, taken at its word: its files are built, installed and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

pytestmark = pytest.mark.xdist_group("tutorial")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/plugin-tutorial.md").read_text("utf-8")
_ENTRY = re.compile(r"`(lines = \"\w+\")`")


def files() -> dict[str, str]:
    """Return the files the page shows: a block belongs to the last file name before it."""
    found = {}
    for block in re.finditer(r"^```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        before = re.findall(r"`([\w.-]+\.(?:py|toml|yaml))`", PAGE[: block.start()])
        found[before[-1]] = block[1]
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page; what they build is installed into `site` in it."""
    folder = tmp_path_factory.mktemp("tutorial")
    for name, text in files().items():
        (folder / name).write_text(text, "utf-8")
    project = folder / "pyproject.toml"
    first, entry = 'greeting = "flowsmith_greeting"\n', _ENTRY.search(PAGE)
    assert entry and first in project.read_text("utf-8")
    project.write_text(project.read_text("utf-8").replace(first, f"{first}{entry[1]}\n"), "utf-8")
    install = [find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    install += ["--python", sys.executable, "--target", str(folder / "site"), str(folder)]
    environment = {**os.environ, "UV_CACHE_DIR": str(folder / "cache"), "PATH": _path()}
    subprocess.run(install, env=environment, check=True, capture_output=True)
    return folder


def _path() -> str:
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def flowsmith(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return python(home, "-m", "api.cli", *words)


def python(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("FLOWSMITH_", "OPENAI_"))
    }
    environment |= {
        "PYTHONPATH": os.pathsep.join((str(home / "site"), str(ROOT))),
        "FLOWSMITH_EMBEDDER": "lexical",
        "COLUMNS": "120",
    }
    return subprocess.run(
        [sys.executable, *words], cwd=home, env=environment, capture_output=True, text=True, check=False
    )


def test_the_plugin_of_the_page_has_ten_lines_of_its_own() -> None:
    code = files()["flowsmith_greeting.py"]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


def test_its_types_are_listed_and_documented(home: Path) -> None:
    rows = json.loads(flowsmith(home, "plugins", "list", "org.example", "--json").stdout)
    assert {row["cls"]: row["title"] for row in rows} == {
        "org.example.greeting.Hello": "Greet somebody in the log.",
        "org.example.lines.Count": "Count the lines of a stored file.",
    }
    assert all(row["kind"] == "task" and row["tests"] == [] for row in rows)
    page = flowsmith(home, "plugins", "show", "Hello").stdout
    assert "Greet somebody in the log." in page and "Who is greeted." in page and "required" in page
    listed = flowsmith(home, "plugins", "list").stdout.splitlines()
    assert any(line.startswith("org.example.lines.Count  not tested  task") for line in listed)
    assert any(line.startswith("io.kestra.plugin.core.kv.Set  tested  task") for line in listed)


def test_a_flow_with_it_is_checked(home: Path) -> None:
    assert flowsmith(home, "validate", "hello.yaml").returncode == 0
    (home / "wrong.yaml").write_text((home / "hello.yaml").read_text().replace("name:", "nam:"))
    answer = flowsmith(home, "validate", "wrong.yaml")
    said = " ".join((answer.stdout + answer.stderr).split())
    assert answer.returncode == 1 and "'nam'" in said and "did you mean" in said and "name" in said


def test_a_flow_with_it_runs(home: Path) -> None:
    answer = flowsmith(home, "run", "hello.yaml", "-i", "who=ann")
    assert answer.returncode == 0, answer.stderr
    assert "Hello Ann!" in answer.stdout and "SUCCESS" in answer.stdout


def test_its_example_and_its_failure(home: Path) -> None:
    show = "from flowsmith_lines import Count; print(Count.examples[0].yaml)"
    example = python(home, "-c", show).stdout
    (home / "count.yaml").write_text(example)
    answer = flowsmith(home, "run", "count.yaml")
    assert answer.returncode == 0 and "2 lines" in answer.stdout, answer.stderr
    (home / "empty.yaml").write_text(example.replace('"one\\ntwo\\n"', '""'))
    answer = flowsmith(home, "run", "empty.yaml")
    assert answer.returncode == 1
    assert "is empty; to accept that set" in " ".join(answer.stdout.split())


def test_the_test_of_the_page_passes(home: Path) -> None:
    answer = python(
        home, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_greeting.py"
    )
    assert answer.returncode == 0 and "1 passed" in answer.stdout, answer.stdout


def test_the_page_names_only_what_there_is() -> None:
    import engine.plugin
    from engine.plugin.condition import Condition

    kinds = re.findall(r"^\| `(\w+)`", PAGE[PAGE.index("## Other kinds") :], re.MULTILINE)
    assert len(kinds) == 6
    for kind in kinds:
        found = Condition if kind == "Condition" else getattr(engine.plugin, kind)
        method = re.search(rf"^\| `{kind}`[^|]*\| `(\w+)\(", PAGE, re.MULTILINE)
        assert method and callable(getattr(found, method[1]))
