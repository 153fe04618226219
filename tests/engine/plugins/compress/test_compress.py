"""Packed files, checked against the libraries and programs that make them elsewhere."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import zipfile
import zlib

import pytest
import zstandard

from engine.errors import ForbiddenPath, SettingsError, TaskFailure

TEXT = b"hello " * 50_000
PACK = {
    "GZIP": gzip.compress,
    "BZIP2": bz2.compress,
    "XZ": lzma.compress,
    "LZMA": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "DEFLATE": zlib.compress,
    "ZSTD": lambda data: zstandard.ZstdCompressor().compress(data),
}
UNPACK = {
    "GZIP": gzip.decompress,
    "BZIP2": bz2.decompress,
    "XZ": lzma.decompress,
    "LZMA": lzma.decompress,
    "DEFLATE": zlib.decompress,
    "ZSTD": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def content(ctx, uri: str) -> bytes:
    with ctx.open(uri) as file:
        return file.read()


def tarred(*entries: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                archive.addfile(info, io.BytesIO(entry[1]))
    return buffer.getvalue()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("compression", PACK)
def test_a_file_is_read_and_written_like_elsewhere(compression: str, make_context, run_task) -> None:
    ctx = make_context()
    packed = ctx.put("a.txt", PACK[compression](TEXT))
    output = run_task(ctx, "compress.FileDecompress", **{"from": packed}, compression=compression)
    assert content(ctx, output["uri"]) == TEXT
    packed = run_task(ctx, "compress.FileCompress", **{"from": output["uri"]}, compression=compression)
    assert UNPACK[compression](content(ctx, packed["uri"])) == TEXT


@pytest.mark.parametrize("compression", PACK)
def test_a_damaged_file_is_named(compression: str, make_context, run_task) -> None:
    ctx = make_context()
    whole = PACK[compression](bytes(range(256)) * 2000)
    for damaged in (whole[: len(whole) // 2], b"nothing packed" * 10):
        if compression == "ZSTD" and damaged.startswith(whole[:4]):
            continue  # a frame cut between its blocks reads as far as it goes
        with pytest.raises(TaskFailure, match=r"kestra:///.* (is damaged|cannot be unpacked)"):
            uri = ctx.put("a.bin", damaged)
            run_task(ctx, "compress.FileDecompress", **{"from": uri}, compression=compression)


def test_names_follow_the_compression(make_context, run_task) -> None:
    ctx = make_context()
    packed = run_task(ctx, "compress.FileCompress", **{"from": ctx.put("a.csv", b"x")}, compression="GZIP")
    assert packed["uri"].endswith("a.csv.gz")
    assert run_task(ctx, "compress.FileDecompress", **{"from": packed["uri"]}, compression="GZIP")[
        "uri"
    ].endswith("a.csv")


@pytest.mark.parametrize("algorithm", ["ZIP", "JAR", "TAR"])
@pytest.mark.parametrize("compression", [None, "GZIP", "ZSTD"])
def test_an_archive_comes_back_as_it_was(
    algorithm: str, compression: str | None, make_context, run_task
) -> None:
    ctx = make_context()
    files = {"a.txt": b"one", "deep/er/b.bin": TEXT, "é.txt": b""}
    options = {"algorithm": algorithm, **({"compression": compression} if compression else {})}
    sources = {name: ctx.put("x", data) for name, data in files.items()}
    packed = run_task(ctx, "compress.ArchiveCompress", **{"from": sources}, **options)
    output = run_task(ctx, "compress.ArchiveDecompress", **{"from": packed["uri"]}, **options)
    assert {name: content(ctx, uri) for name, uri in output["files"].items()} == files


def test_tar_and_the_program_agree(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    packed = run_task(
        ctx,
        "compress.ArchiveCompress",
        **{"from": {"d/a.txt": ctx.put("a", b"one")}},
        algorithm="TAR",
        compression="GZIP",
    )
    path = ctx.fetch(packed["uri"], tmp_path / "a.tar.gz")
    subprocess.run(["tar", "xzf", path, "-C", tmp_path], check=True)
    assert (tmp_path / "d/a.txt").read_bytes() == b"one"


def test_from_may_be_json_text(make_context, run_task) -> None:
    ctx = make_context({"map": {"a.txt": "x"}})
    uri = ctx.put("a", b"one")
    packed = run_task(ctx, "compress.ArchiveCompress", **{"from": f'{{"a.txt": "{uri}"}}'}, algorithm="ZIP")
    assert zipfile.ZipFile(io.BytesIO(content(ctx, packed["uri"]))).namelist() == ["a.txt"]
    with pytest.raises(TaskFailure, match="give at least one file"):
        run_task(ctx, "compress.ArchiveCompress", **{"from": {}}, algorithm="ZIP")
    with pytest.raises(ForbiddenPath):
        run_task(ctx, "compress.ArchiveCompress", **{"from": {"../a": uri}}, algorithm="ZIP")


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil", "C:/evil"])
@pytest.mark.parametrize("algorithm", ["ZIP", "TAR"])
def test_a_path_that_leaves_the_folder_is_refused(name: str, algorithm: str, make_context, run_task) -> None:
    ctx = make_context()
    packed = zipped(**{"ok": b"1", name: b"x"}) if algorithm == "ZIP" else tarred(("ok", b"1"), (name, b"x"))
    with pytest.raises(TaskFailure, match="would be written outside of the folder"):
        run_task(ctx, "compress.ArchiveDecompress", **{"from": ctx.put("a", packed)}, algorithm=algorithm)


def test_links_and_folders_are_left_out(make_context, run_task) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    ctx = make_context()
    uri = ctx.put("a.tar", tarred(folder, link, ("a", b"1")))
    assert list(run_task(ctx, "compress.ArchiveDecompress", **{"from": uri}, algorithm="TAR")["files"]) == [
        "a"
    ]
    assert ctx.messages == ["'link' is a link or a device and is left out"]


def test_bombs_are_refused(make_context, run_task) -> None:
    ctx = make_context()
    bomb = ctx.put("bomb.zip", zipped(a=bytes(300_000_000)))
    with pytest.raises(TaskFailure, match="more than 300 times its size comes out of it.*maxRatio"):
        run_task(ctx, "compress.ArchiveDecompress", **{"from": bomb}, algorithm="ZIP")


@pytest.mark.parametrize(
    ("setting", "problem"),
    [({"maxBytes": 1000}, "more than 1000 bytes"), ({"maxEntries": 1}, "more than 1 files")],
)
def test_the_operator_sets_the_limits(setting: dict, problem: str, make_context, run_task) -> None:
    ctx = make_context(settings={"io.kestra.plugin.compress": setting})
    uri = ctx.put("a.zip", zipped(a=b"x" * 900, b=b"x" * 900))
    with pytest.raises(TaskFailure, match=f"{problem}.*the operator can raise"):
        run_task(ctx, "compress.ArchiveDecompress", **{"from": uri}, algorithm="ZIP")


def test_a_wrong_limit_is_the_operators_fault(make_context, run_task) -> None:
    ctx = make_context(settings={"io.kestra.plugin.compress": {"maxBytes": "much"}})
    with pytest.raises(SettingsError, match="maxBytes is 'much'"):
        run_task(ctx, "compress.ArchiveDecompress", **{"from": ctx.put("a", zipped())}, algorithm="ZIP")


def test_what_is_no_archive_is_named(make_context, run_task) -> None:
    ctx = make_context()
    for algorithm in ("ZIP", "TAR"):
        with pytest.raises(TaskFailure, match=r"kestra:///.* (is damaged|cannot be unpacked)"):
            run_task(
                ctx,
                "compress.ArchiveDecompress",
                **{"from": ctx.put("a", b"hello" * 300)},
                algorithm=algorithm,
            )
    with pytest.raises(TaskFailure, match="'ZIP', 'LZ4'|Input should be"):
        run_task(ctx, "compress.FileDecompress", **{"from": "kestra:///a"}, compression="LZ4BLOCK")
