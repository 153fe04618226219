"""Copies of files on a reader's disk."""

from __future__ import annotations

import io
import threading
from typing import IO

import pytest

from engine.storage.file_cache import FileCache


def content(text: bytes, loads: list[bytes]) -> object:
    def load(file: IO[bytes]) -> None:
        loads.append(text)
        file.write(text)

    return load


def read(cache: FileCache, key: object, text: bytes, loads: list[bytes]) -> bytes:
    with cache.open(key, content(text, loads)) as file:  # type: ignore[arg-type]
        return file.read()


def test_a_content_is_loaded_once() -> None:
    cache, loads = FileCache(), []
    assert [read(cache, "a", b"hello", loads) for _ in range(3)] == [b"hello"] * 3
    assert (loads, cache.size) == ([b"hello"], 5)


def test_the_longest_unused_is_dropped_when_there_is_too_much() -> None:
    cache, loads = FileCache(max_bytes=40), []
    for key in ("a", "b", "c", "d"):
        read(cache, key, key.encode() * 10, loads)
    read(cache, "a", b"", loads)
    read(cache, "e", b"e" * 10, loads)
    assert (len(loads), cache.size) == (5, 40)
    read(cache, "a", b"", loads)
    read(cache, "b", b"b" * 10, loads)
    assert loads[5:] == [b"b" * 10]


def test_there_is_a_most_of_files_too() -> None:
    cache, loads = FileCache(max_files=2), []
    for key in ("a", "b", "c", "a"):
        read(cache, key, b"x", loads)
    assert len(loads) == 4


def test_what_would_drive_out_all_others_is_read_but_not_kept() -> None:
    cache, loads = FileCache(max_bytes=40), []
    assert read(cache, "large", b"x" * 11, loads) == b"x" * 11
    assert cache.size == 0


def test_a_reader_goes_on_when_its_copy_is_dropped() -> None:
    cache, loads = FileCache(), []
    with cache.open("a", content(b"0123456789", loads)) as file:  # type: ignore[arg-type]
        assert file.read(2) == b"01"
        cache.clear()
        assert (cache.size, file.read()) == (0, b"23456789")
        assert (file.seek(-3, io.SEEK_END), file.read()) == (7, b"789")
        with pytest.raises(ValueError, match="negative"):
            file.raw.seek(-1)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="closed"):
        file.read()


def test_readers_have_positions_of_their_own() -> None:
    cache, loads = FileCache(), []
    one = cache.open("a", content(b"abcdef", loads))  # type: ignore[arg-type]
    two = cache.open("a", content(b"abcdef", loads))  # type: ignore[arg-type]
    with one, two:
        assert (one.read(3), two.read(1), one.read(3), two.read(5)) == (b"abc", b"a", b"def", b"bcdef")


def test_who_asks_meanwhile_waits_for_the_one_that_loads() -> None:
    cache, loads = FileCache(), []
    begun, go_on = threading.Event(), threading.Event()

    def slow(file: IO[bytes]) -> None:
        begun.set()
        assert go_on.wait(60)
        file.write(b"once")
        loads.append(b"once")

    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(cache.open("a", slow).read())) for _ in range(4)
    ]
    threads[0].start()
    assert begun.wait(60)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert (results, loads) == ([b"once"] * 4, [b"once"])


def test_a_load_that_fails_is_tried_again_by_the_next() -> None:
    cache, loads = FileCache(), []

    def broken(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        cache.open("a", broken)
    assert (read(cache, "a", b"whole", loads), cache.size) == (b"whole", 5)
