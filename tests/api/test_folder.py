from pathlib import Path

import pytest

from api.settings import Settings
from api.wiring import Wiring
from tests.api.conftest import yaml_flow


@pytest.fixture
def fresh(tmp_path: Path) -> Wiring:
    with Wiring.open(Settings(home=tmp_path / "home", embedder="lexical")) as wiring:
        yield wiring


def test_only_new_and_changed_files_are_loaded(fresh: Wiring, tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    (folder / "team").mkdir(parents=True)
    (folder / "a.yaml").write_text(yaml_flow("a"))
    (folder / "team" / "b.yml").write_text(f"{yaml_flow('b')}---\n{yaml_flow('c')}")
    assert fresh.load_flows(folder).saved == ["demo.a", "demo.b", "demo.c"]
    again = fresh.load_flows(folder)
    assert (again.saved, again.same) == ([], 2)
    (folder / "a.yaml").write_text(yaml_flow("a", "changed"))
    assert fresh.load_flows(folder).saved == ["demo.a"]


def test_a_flow_edited_in_the_page_survives_the_next_start(fresh: Wiring, tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.yaml").write_text(yaml_flow("a"))
    fresh.load_flows(folder)
    fresh.engine.save(yaml_flow("a", "edited"))
    fresh.load_flows(folder)
    assert "edited" in fresh.engine.flow_row("demo", "a").source


def test_a_refused_file_is_named_and_tried_again(fresh: Wiring, tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "bad.yaml").write_text(yaml_flow("bad").replace("log.Log", "log.Nope"))
    (folder / "good.yaml").write_text(yaml_flow("good"))
    loaded = fresh.load_flows(folder)
    assert loaded.saved == ["demo.good"]
    assert "bad.yaml" in loaded.refused
    assert "bad.yaml" in fresh.load_flows(folder).refused


def test_a_missing_folder_is_no_mistake(fresh: Wiring, tmp_path: Path) -> None:
    assert fresh.load_flows(tmp_path / "none").saved == []
