"""A backup holds everything, and a restore brings it back on either database, wholly or not at all."""

from __future__ import annotations

import io
import json
import stat
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import StorageError
from engine.executor.inputs import Upload
from engine.model.execution import Execution
from engine.model.moment import now
from engine.model.state import State
from engine.model.uri import to_path
from engine.storage.backup import Archive, Manifest, Restored, make_backup, restore_backup
from engine.storage.backup.place import Place, find_place
from engine.storage.cipher import is_encrypted
from engine.storage.files import FileStorage, files_url, open_files
from engine.storage.ports import ExecutionQuery
from engine.storage.sql.schema import MIGRATIONS
from tests.postgres import Database

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
MARK = "mark-of-the-key"
SECRET = "correct-horse-battery-staple"
FLOW = """\
id: daily
namespace: demo
labels: {team: data}
inputs:
  - {id: password, type: SECRET}
  - {id: sheet, type: FILE}
tasks:
  - {id: hello, type: io.kestra.plugin.core.log.Log, message: "größe ✓ {{ read(inputs.sheet) }}"}
  - {id: made, type: io.kestra.plugin.core.storage.Write, content: "made of {{ read(inputs.sheet) }}"}
triggers:
  - {id: never, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *"}
"""
HOLD = """\
id: hold
namespace: demo
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: went on}
"""


@dataclass(frozen=True)
class Home:
    """A database and a place of files, where nothing is open."""

    folder: Path
    database: str | None = None

    def open(self, **options: Any) -> Engine:
        return Engine.open(
            EngineOptions(
                home=self.folder,
                database_url=self.database,
                environment={},
                encryption_key=KEY,
                threads=2,
                collect_rarely=False,
                **options,
            )
        )

    @property
    def place(self) -> Place:
        return find_place(self.database, self.folder)

    @property
    def files(self) -> FileStorage:
        return open_files(None, self.folder)

    def backup(self, target: Path, *, files: bool = True) -> Manifest:
        storage = files_url(None, self.folder)
        return make_backup(
            target, self.place, files=self.files if files else None, storage=storage, version="1", key=MARK
        )

    def restore(self, source: Path, *, key: str | None = MARK, **options: bool) -> Restored:
        with Archive(source) as archive:
            return restore_backup(archive, self.place, self.files, key=key, **{"replace": False, **options})


Make = Callable[[str], Home]


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Make:
    """Make an empty home of a kind: `sqlite` or `postgresql`."""

    def of(kind: str) -> Home:
        folder = tmp_path / f"home-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        if kind == "sqlite":
            return Home(folder)
        database: Database = request.getfixturevalue("postgres_server").make()
        request.addfinalizer(lambda: request.getfixturevalue("postgres_server").drop(database))
        return Home(folder, database.url)

    return of


def fill(home: Home) -> dict[str, Any]:
    """Do a bit of everything; returns what can be seen of it."""
    with home.open() as engine:
        engine.save(FLOW)
        engine.save(FLOW.replace("team: data", "team: other"))
        engine.save(HOLD)
        sheet = Upload("sheet.csv", io.BytesIO(b"a,b"))
        ended = engine.start("demo", "daily", inputs={"password": SECRET, "sheet": sheet}, labels={"x": "ü"})
        assert engine.wait(ended.id, 120).state is State.SUCCESS
        held = paused(engine)
        engine.store.kv.put("demo", "text", {"a": [1, None, "ü"]}, "JSON", now())
        engine.store.kv.put("demo", "raw", bytes(range(256)), "BYTES", now())
        engine.files.put("demo/_files/daily.sql", b"select 1")
    return {"ended": ended.id, "held": held, **seen(home, ended.id)}


def paused(engine: Engine) -> str:
    """Start a flow that waits and return its id when it does."""
    waits = threading.Event()

    def receive(event: object) -> None:
        if isinstance(event, Execution) and event.flow_id == "hold" and event.state is State.PAUSED:
            waits.set()

    end = engine.feed.subscribe(receive)
    try:
        held = engine.start("demo", "hold")
        assert waits.wait(120)
    finally:
        end()
    return held.id


def seen(home: Home, execution_id: str) -> dict[str, Any]:
    """Return what is stored, in a form to compare."""
    with home.open(schedule=False) as engine:
        store = engine.store
        execution = store.executions.get(execution_id)
        assert execution is not None
        sheet = execution.inputs["sheet"]
        made = next(run for run in execution.task_runs if run.task_id == "made").outputs or {}
        labelled = store.executions.search(ExecutionQuery(labels={"x": "ü"})).results
        return {
            "execution": execution,
            "flows": store.flows.revisions("demo", "daily"),
            "logs": [entry.message for entry in store.executions.logs(execution_id=execution_id).results],
            "labelled": [one.id for one in labelled],
            "kv": {name: store.kv.get("demo", name) for name in ("text", "raw")},
            "trigger": store.triggers.get("demo", "daily", "never"),
            "files": [engine.files.read(to_path(uri)) for uri in (sheet, made["uri"])],
            "namespace file": engine.files.read("demo/_files/daily.sql"),
        }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite", "sqlite"),
        ("postgresql", "postgresql"),
        ("sqlite", "postgresql"),
        ("postgresql", "sqlite"),
    ],
    ids=["sqlite", "postgresql", "sqlite-to-postgresql", "postgresql-to-sqlite"],
)
def test_everything_comes_back_on_any_database(one: str, other: str, make: Make, tmp_path: Path) -> None:
    home = make(one)
    before = fill(home)
    made = home.backup(tmp_path / "backup.zip")
    assert (made.database, made.schema, made.files) == (one, len(MIGRATIONS), 3)
    fresh = make(other)
    assert fresh.restore(tmp_path / "backup.zip").files == 3
    assert {**before, **seen(fresh, before["ended"])} == before
    assert is_encrypted(before["execution"].inputs["password"])
    with fresh.open() as engine:
        assert engine.world.cipher is not None
        hidden = engine.execution(before["ended"]).inputs["password"]["value"]
        assert engine.world.cipher.decrypt(hidden) == SECRET
        engine.resume(before["held"], {})
        went_on = engine.wait(before["held"], 120)
        assert went_on.state is State.SUCCESS
        again = engine.start("demo", "hold")
        assert again.id != before["held"]
        numbers = [entry.index for entry in engine.store.executions.logs(namespace="demo").results]
        assert len(numbers) == len(set(numbers))


def test_no_secret_and_no_key_is_in_the_archive(make: Make, tmp_path: Path) -> None:
    home = make("sqlite")
    fill(home)
    target = tmp_path / "backup.zip"
    home.backup(target)
    with zipfile.ZipFile(target) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert "größe".encode() in content
    assert SECRET.encode() not in content
    assert KEY.encode() not in content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_one_state_though_others_write(kind: str, make: Make) -> None:
    home = make(kind)
    with home.open(schedule=False) as engine:
        put = engine.store.kv.put
        put("demo", "first", 1, "NUMBER", now())
        with home.place.snapshot() as snapshot:
            columns = dict(snapshot.tables())["kv"]
            put("demo", "second", 2, "NUMBER", now())
            key = columns.index("key")
            assert "second" not in [row[key] for row in snapshot.rows("kv", columns)]
        assert engine.store.kv.get("demo", "second") is not None


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_data_is_not_restored_over_unless_told(kind: str, make: Make, tmp_path: Path) -> None:
    home = make(kind)
    with home.open(schedule=False) as engine:
        engine.store.kv.put("demo", "kept", 1, "NUMBER", now())
        engine.files.put("old", b"old")
    home.backup(tmp_path / "backup.zip")
    with home.open(schedule=False) as engine:
        engine.store.kv.put("demo", "kept", 2, "NUMBER", now())
        engine.store.kv.put("demo", "later", 3, "NUMBER", now())
        engine.files.put("old", b"changed")
        engine.files.put("new", b"new")
    with pytest.raises(StorageError, match="The database holds data already; .*add --replace"):
        home.restore(tmp_path / "backup.zip")
    home.restore(tmp_path / "backup.zip", replace=True)
    with home.open(schedule=False) as engine:
        kept = engine.store.kv.get("demo", "kept")
        assert (kept and kept.value, engine.store.kv.get("demo", "later")) == (1, None)
        assert ([one.path for one in engine.files.walk("")], engine.files.read("old")) == (["old"], b"old")


def test_files_are_not_restored_over_unless_told(make: Make, tmp_path: Path) -> None:
    home, other = make("sqlite"), make("sqlite")
    fill(home)
    home.backup(tmp_path / "backup.zip")
    other.files.put("mine", b"")
    with pytest.raises(StorageError, match="There are files already"):
        other.restore(tmp_path / "backup.zip")
    assert not other.place.holds_data()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_in_use_is_not_restored_over(kind: str, make: Make, tmp_path: Path) -> None:
    home = make(kind)
    with home.open(schedule=False) as engine:
        engine.store.kv.put("demo", "kept", 1, "NUMBER", now())
        home.backup(tmp_path / "backup.zip")
        engine.store.kv.put("demo", "kept", 2, "NUMBER", now())
        with pytest.raises(StorageError, match="stop .*, then restore"):
            home.restore(tmp_path / "backup.zip", replace=True)
        kept = engine.store.kv.get("demo", "kept")
        assert kept is not None
        assert kept.value == 2


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restore_that_fails_changes_nothing(kind: str, make: Make, tmp_path: Path) -> None:
    home = make(kind)
    with home.open(schedule=False) as engine:
        engine.store.kv.put("demo", "kept", 1, "NUMBER", now())
        engine.files.put("old", b"old")
    broken = rewritten(home, tmp_path, duplicate_row)
    with pytest.raises(StorageError, match="'kv'"):
        home.restore(broken, replace=True)
    with home.open(schedule=False) as engine:
        kept = engine.store.kv.get("demo", "kept")
        assert kept is not None
        assert [one.path for one in engine.files.walk("")] == ["old"]
    assert sorted(path.name for path in home.folder.iterdir() if "restoring" in path.name) == []


def duplicate_row(members: dict[str, bytes]) -> None:
    """Let a table hold the same row twice, which only the database notices, and add a file."""
    members["tables/kv.jsonl"] *= 2
    members["files/another"] = b"x"
    manifest = json.loads(members["manifest.json"])
    manifest["files"] += 1
    for table in manifest["tables"]:
        table["rows"] *= 2 if table["name"] == "kv" else 1
    members["manifest.json"] = json.dumps(manifest).encode()


def rewritten(home: Home, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a backup of a home with its members changed."""
    home.backup(folder / "whole.zip")
    with zipfile.ZipFile(folder / "whole.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(folder / "changed.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return folder / "changed.zip"


def edited(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    """Change fields of the manifest."""

    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **fields}).encode()

    return change


def strange_column(members: dict[str, bytes]) -> None:
    text = members["manifest.json"].replace(b'"expires"', b'"expired"')
    assert text != members["manifest.json"]
    members["manifest.json"] = text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edited(schema=len(MIGRATIONS) + 1), r"made by a newer version \(schema \d+, .*update flowsmith"),
        (edited(format=2), "made by a newer version"),
        (edited(key="another"), "another encryption key.*FLOWSMITH_ENCRYPTION_KEY.*encryption.key"),
        (edited(files=7), "lacks files: 1 of 7"),
        (lambda members: members.pop("manifest.json"), "has no manifest"),
        (lambda members: members.pop("tables/kv.jsonl"), "damaged at kv"),
        (lambda members: members.update({"tables/kv.jsonl": b""}), "lacks rows of kv: 0 of"),
        (lambda members: members.update({"tables/kv.jsonl": b"[1]\n"}), "damaged at kv: 1 values for"),
        (lambda members: members.update({"tables/kv.jsonl": b"{"}), "damaged at kv"),
        (lambda members: members.update({"files/../../etc/passwd": b"x"}), "not ours"),
        (strange_column, "column 'expired' in the table 'kv' that is not ours"),
    ],
    ids=["schema", "format", "key", "files", "manifest", "table", "rows", "width", "json", "path", "column"],
)
def test_what_cannot_be_restored_is_refused(
    change: Callable[[dict[str, bytes]], None], told: str, make: Make, tmp_path: Path
) -> None:
    home, other = make("sqlite"), make("sqlite")
    with home.open(schedule=False) as engine:
        engine.store.kv.put("demo", "kept", 1, "NUMBER", now())
        engine.files.put("file", b"x")
    with pytest.raises(StorageError, match=told):
        other.restore(rewritten(home, tmp_path, change))
    assert not other.place.holds_data()
    assert list(other.files.walk("")) == []


def test_half_a_backup_is_none(make: Make, tmp_path: Path) -> None:
    home = make("sqlite")
    home.open(schedule=False).close()
    home.backup(tmp_path / "whole.zip")
    content = (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(StorageError, match="is not a backup, or only a part of one"):
        home.restore(tmp_path / "half.zip")
    with pytest.raises(StorageError, match="does not exist"):
        home.restore(tmp_path / "none.zip")


def test_with_a_lost_key_the_rest_can_be_restored(make: Make, tmp_path: Path) -> None:
    home, other = make("sqlite"), make("sqlite")
    fill(home)
    home.backup(tmp_path / "backup.zip")
    other.restore(tmp_path / "backup.zip", key=None, any_key=True)
    assert other.place.holds_data()


def test_a_backup_without_files_tells_where_they_are(make: Make, tmp_path: Path) -> None:
    home, other = make("sqlite"), make("sqlite")
    fill(home)
    made = home.backup(tmp_path / "backup.zip", files=False)
    assert (made.files, made.storage) == (None, f"file://{home.folder}/storage")
    other.files.put("mine", b"")
    assert other.restore(tmp_path / "backup.zip").files == 0
    assert [one.path for one in other.files.walk("")] == ["mine"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_without_a_database_there_is_nothing_to_back_up(kind: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nothing to back up|no database .* to back up"):
        make(kind).backup(tmp_path / "backup.zip")
    assert list(tmp_path.glob("*backup*")) == []


def test_a_backup_never_replaces_a_file(make: Make, tmp_path: Path) -> None:
    home = make("sqlite")
    home.open(schedule=False).close()
    (tmp_path / "backup.zip").write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        home.backup(tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").read_text() == "mine"


def test_a_database_in_memory_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be backed up"):
        find_place("memory:", tmp_path)
