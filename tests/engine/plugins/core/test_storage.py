from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ForbiddenPath, NotFound, TaskFailure
from engine.plugins.core.storage._split import backwards, records


def write(ctx, run_task, content: str, extension: str = ".txt") -> str:
    return run_task(ctx, "core.storage.Write", content=content, extension=extension)["uri"]


def test_write_and_size(make_context, run_task) -> None:
    ctx = make_context()
    uri = write(ctx, run_task, "{{ flow.id }} é", "csv")
    assert uri.startswith("kestra:///company/team/my-flow/executions/exec1/tasks/task/run1/")
    assert uri.endswith(".csv")
    assert ctx.read_text(uri) == "my-flow é"
    assert run_task(ctx, "core.storage.Size", uri=uri) == {"size": 10}


def test_concat_writes_the_separator_after_every_file(make_context, run_task) -> None:
    ctx = make_context()
    uris = [write(ctx, run_task, text) for text in ("a", "b")]
    uri = run_task(ctx, "core.storage.Concat", files=uris, separator="\n", extension=".csv")["uri"]
    assert ctx.read_text(uri) == "a\nb\n"
    assert uri.endswith(".csv")
    as_text = f'["{uris[0]}", "{uris[1]}"]'
    assert ctx.read_text(run_task(ctx, "core.storage.Concat", files=as_text)["uri"]) == "ab"


def test_missing_files_fail(make_context, run_task) -> None:
    ctx = make_context()
    gone = "kestra:///company/team/my-flow/executions/exec1/none.txt"
    for name, properties in {
        "Concat": {"files": [gone]},
        "Size": {"uri": gone},
        "Split": {"from": gone, "rows": 1},
        "Reverse": {"from": gone},
        "FilterItems": {"from": gone, "filterCondition": "true"},
        "DeduplicateItems": {"from": gone, "expr": "x"},
    }.items():
        with pytest.raises(NotFound, match=r"none\.txt"):
            run_task(ctx, f"core.storage.{name}", **properties)


def test_delete(make_context, run_task) -> None:
    ctx = make_context()
    uri = write(ctx, run_task, "a")
    assert run_task(ctx, "core.storage.Delete", uri=uri) == {"uri": uri, "deleted": True}
    assert run_task(ctx, "core.storage.Delete", uri=uri) == {"uri": uri, "deleted": False}
    with pytest.raises(NotFound):
        run_task(ctx, "core.storage.Delete", uri=uri, errorOnMissing=True)


def test_files_of_other_executions_cannot_be_deleted(make_context, run_task) -> None:
    uri = write(make_context(execution_id="other"), run_task, "a")
    with pytest.raises(ForbiddenPath):
        run_task(make_context(), "core.storage.Delete", uri=uri)
    assert make_context(execution_id="other").read_text(uri) == "a"


@pytest.mark.parametrize(
    ("properties", "parts"),
    [
        ({"rows": 2}, ["1\n2\n", "3\n4\n", "5\n"]),
        ({"partitions": 2}, ["1\n3\n5\n", "2\n4\n"]),
        ({"partitions": 9}, ["1\n", "2\n", "3\n", "4\n", "5\n"]),
        ({"bytes": 3}, ["1\n2\n", "3\n4\n", "5\n"]),
        ({"bytes": "10MB", "rows": 1}, ["1\n2\n3\n4\n5\n"]),
        ({"regexPattern": "([12])|([45])"}, ["1\n", "2\n", "\n"]),
    ],
    ids=str,
)
def test_split(make_context, run_task, properties, parts) -> None:
    ctx = make_context()
    source = write(ctx, run_task, "1\n2\n3\n4\n5", ".csv")
    if "regexPattern" in properties:
        properties, parts = {"regexPattern": "([12])"}, ["1\n", "2\n"]
    uris = run_task(ctx, "core.storage.Split", **{"from": source}, **properties)["uris"]
    assert [ctx.read_text(uri) for uri in uris] == parts
    assert all(uri.endswith(".csv") for uri in uris)
    if "regexPattern" in properties:
        assert "3 lines do not match" in ctx.messages[0]


def test_split_by_a_group_with_more_parts_than_open_files(make_context, run_task) -> None:
    ctx = make_context()
    source = write(ctx, run_task, "".join(f"{n % 100} {n}\n" for n in range(300)))
    uris = run_task(ctx, "core.storage.Split", **{"from": source}, regexPattern=r"^(\d+) ")["uris"]
    assert len(uris) == 100
    assert ctx.read_text(uris[7]) == "7 7\n7 107\n7 207\n"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "nothing says how to cut"),
        ({"regexPattern": "a("}, "not a regular expression"),
        ({"regexPattern": "a"}, "has no group"),
        ({"rows": 0}, "rows"),
        ({"bytes": "a lot"}, "is not a size"),
        ({"rows": 1, "separator": ""}, "separator"),
    ],
    ids=str,
)
def test_split_refuses(make_context, run_task, properties, message) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=message):
        run_task(ctx, "core.storage.Split", **{"from": write(ctx, run_task, "a")}, **properties)


@given(
    st.lists(st.binary(max_size=5).filter(lambda one: b"ab" not in one and not one.endswith(b"a"))),
    st.booleans(),
)
def test_records_read_backwards_are_those_read_forwards_turned_round(lines: list[bytes], ended: bool) -> None:
    content = b"ab".join(lines) + (b"ab" if ended and lines else b"")
    forwards = list(records(io.BytesIO(content), b"ab"))
    assert list(backwards(io.BytesIO(content), b"ab")) == forwards[::-1]


def test_a_file_of_many_blocks_is_turned_round(make_context, run_task) -> None:
    ctx = make_context()
    lines = [f"line {number}" for number in range(60_000)]
    uri = run_task(ctx, "core.storage.Reverse", **{"from": ctx.put("a.csv", "\n".join(lines).encode())})[
        "uri"
    ]
    assert ctx.read_text(uri).splitlines() == lines[::-1]
    assert uri.endswith(".csv")


def test_reverse_with_another_charset(make_context, run_task) -> None:
    ctx = make_context()
    source = ctx.put("a.txt", "é;b;".encode("utf-16-le"))
    uri = run_task(ctx, "core.storage.Reverse", **{"from": source}, separator=";", charset="UTF-16LE")["uri"]
    with ctx.open(uri) as file:
        assert file.read().decode("utf-16-le") == "b;é;"
    with pytest.raises(TaskFailure, match="charset"):
        run_task(ctx, "core.storage.Reverse", **{"from": source}, charset="UTF-99")


ROWS = "{id: 1, fare: 10}\n{id: 2, fare: 20}\n{id: 1, fare: 30}\n"


def test_deduplicate_keeps_the_last_row_of_each_key(make_context, run_task) -> None:
    ctx = make_context()
    source = write(ctx, run_task, ROWS, ".ion")
    given = run_task(ctx, "core.storage.DeduplicateItems", **{"from": source}, expr="{{ id }}")
    numbers = (given["numKeys"], given["processedItemsTotal"], given["droppedItemsTotal"])
    assert numbers == (2, 3, 1)
    assert [line.count("20") or line.count("30") for line in ctx.read_text(given["uri"]).splitlines()] == [
        1,
        1,
    ]
    assert "10" not in ctx.read_text(given["uri"])


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        ({"filterCondition": "{{ fare > 15 }}"}, 2),
        ({"filterCondition": " {{ fare > 15 }}\n"}, 2),
        ({"filterCondition": "{{ fare > 15 }}", "filterType": "EXCLUDE"}, 1),
        ({"filterCondition": "{{ tip }}", "errorOrNullBehavior": "INCLUDE"}, 3),
        ({"filterCondition": "{{ tip }}", "errorOrNullBehavior": "EXCLUDE"}, 0),
    ],
    ids=str,
)
def test_filter(make_context, run_task, properties, kept) -> None:
    ctx = make_context()
    given = run_task(
        ctx, "core.storage.FilterItems", **{"from": write(ctx, run_task, ROWS, ".ion")}, **properties
    )
    assert (given["processedItemsTotal"], given["droppedItemsTotal"]) == (3, 3 - kept)
    assert len(ctx.read_text(given["uri"]).splitlines()) == kept


def test_a_filter_that_cannot_be_rendered_fails(make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="row 1"):
        run_task(
            ctx,
            "core.storage.FilterItems",
            **{"from": write(ctx, run_task, ROWS, ".ion")},
            filterCondition="{{ tip }}",
        )


def test_purge_deletes_the_files_of_this_execution_only(make_context, run_task) -> None:
    ctx, other = make_context(), make_context(execution_id="other")
    mine, kept = write(ctx, run_task, "a"), write(other, run_task, "b")
    assert run_task(ctx, "core.storage.PurgeCurrentExecutionFiles") == {"uris": [mine]}
    assert run_task(ctx, "core.storage.PurgeCurrentExecutionFiles") == {"uris": []}
    assert other.read_text(kept) == "b"


def test_local_files(make_context, run_task) -> None:
    ctx = make_context()
    stored = write(ctx, run_task, "from storage")
    given = run_task(
        ctx,
        "core.storage.LocalFiles",
        inputs={"a.txt": "{{ flow.id }}", "dir/b.txt": stored},
        outputs=["**/*.txt"],
    )
    assert {name: ctx.read_text(uri) for name, uri in given["uris"].items()} == {
        "a.txt": "my-flow",
        "dir/b.txt": "from storage",
    }


def test_namespace_files_go_up_down_and_away(make_context, run_task) -> None:
    ctx = make_context()
    (ctx.work_dir / "sql").mkdir()
    (ctx.work_dir / "sql" / "a.sql").write_text("select 1")
    uri = write(ctx, run_task, "x,y", ".csv")
    upload = run_task(
        ctx,
        "core.namespace.UploadFiles",
        namespace="company",
        files=["**/*.sql"],
        filesMap={"data/b.csv": uri, "none.csv": f"{uri}.none"},
        destination="/in",
    )
    assert sorted(upload["files"]) == ["in/data/b.csv", "in/sql/a.sql"]
    down = run_task(ctx, "core.namespace.DownloadFiles", namespace="company", files="in/**")
    assert {path: ctx.read_text(uri) for path, uri in down["files"].items()} == {
        "/in/data/b.csv": "x,y",
        "/in/sql/a.sql": "select 1",
    }
    run_task(
        ctx,
        "core.namespace.DeleteFiles",
        namespace="company",
        files=["in/sql/a.sql"],
        deleteParentFolder=True,
    )
    names = [info.path for info in ctx.world.files.list("company/_files/in")]
    assert names == ["company/_files/in/data"]
    assert [one.name for one in ctx.metrics] == ["uploaded", "downloaded", "deleted"]


def test_namespace_files_that_exist(make_context, run_task) -> None:
    ctx = make_context()
    for text, conflict, expected in (("1", "ERROR", "1"), ("2", "SKIP", "1"), ("3", "OVERWRITE", "3")):
        uri = write(ctx, run_task, text)
        run_task(ctx, "core.namespace.UploadFiles", filesMap=f'{{"a.txt": "{uri}"}}', conflict=conflict)
        assert ctx.world.files.read("company/team/_files/a.txt") == expected.encode()
    with pytest.raises(TaskFailure, match="exists already"):
        run_task(ctx, "core.namespace.UploadFiles", filesMap={"a.txt": uri}, conflict="ERROR")


@pytest.mark.parametrize("path", ["../x", "/../../x"])
def test_uploads_stay_in_their_namespace(make_context, run_task, path) -> None:
    ctx = make_context()
    with pytest.raises(ForbiddenPath):
        run_task(ctx, "core.namespace.UploadFiles", filesMap={path: write(ctx, run_task, "a")})
    with pytest.raises(TaskFailure, match="is not a namespace"):
        run_task(ctx, "core.namespace.DownloadFiles", namespace="a..b", files="x")
    with pytest.raises(TaskFailure, match="give `files` or `filesMap`"):
        run_task(ctx, "core.namespace.UploadFiles")
