"""Compressed streams, read and written piece by piece."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, Literal, cast

from engine.errors import OperatorError, TaskFailure

Compression = Literal["BZIP2", "DEFLATE", "GZIP", "LZMA", "XZ", "ZSTD"]

SUFFIX: Final[dict[str, str]] = {
    "BZIP2": ".bz2",
    "DEFLATE": ".deflate",
    "GZIP": ".gz",
    "LZMA": ".lzma",
    "XZ": ".xz",
    "ZSTD": ".zst",
}
_BLOCK: Final = 1 << 18


@contextlib.contextmanager
def decompressed(source: IO[bytes], compression: Compression | None) -> Iterator[IO[bytes]]:
    """Open a compressed stream for reading; None gives the stream itself."""
    if compression is None:
        yield source
        return
    with contextlib.closing(_READERS[compression](source)) as stream:
        yield stream


@contextlib.contextmanager
def compressed(target: IO[bytes], compression: Compression | None) -> Iterator[IO[bytes]]:
    """Open a stream whose content is compressed into another; that one stays open."""
    if compression is None:
        yield target
        return
    with contextlib.closing(_WRITERS[compression](target)) as stream:
        yield cast(IO[bytes], _Forward(stream))


@contextlib.contextmanager
def damage(source: str) -> Iterator[None]:
    """Turn what the libraries raise for damaged files into a TaskFailure that names the file."""
    try:
        yield
    except (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the machine, not of the file
        raise TaskFailure(
            f"{source} is damaged or packed in another way: {error or 'it ends too early'}; "
            f"check `algorithm` and `compression`"
        ) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise TaskFailure(f"{source} cannot be unpacked: {error}") from error
    except Exception as error:
        if type(error).__module__.startswith("zstandard"):
            raise TaskFailure(f"{source} is damaged or not ZSTD: {error}") from error
        raise


class _Forward(io.RawIOBase):
    """Writes on; it has no position, so nobody goes back to change what is compressed already."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._target.write(data)


class _Inflate(io.RawIOBase):
    """Reads a zlib stream, never more at a time than asked for."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._machine = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._machine.eof:
            block = self._machine.unconsumed_tail or self._source.read(_BLOCK)
            if not block:
                raise EOFError("it ends too early")
            found = self._machine.decompress(block, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)
        return 0


class _Deflate(io.RawIOBase):
    """Writes a zlib stream."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._machine = zlib.compressobj()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._target.write(self._machine.compress(data))
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._target.write(self._machine.flush())
        super().close()


def _zstd_reader(source: IO[bytes]) -> IO[bytes]:
    stream = _zstandard().ZstdDecompressor(max_window_size=1 << 27)
    return cast(IO[bytes], stream.stream_reader(source, read_across_frames=True, closefd=False))


def _zstd_writer(target: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], _zstandard().ZstdCompressor().stream_writer(target, closefd=False))


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise OperatorError("ZSTD needs the package `zstandard`; install it") from error
    return zstandard


# All of them are closed by those who open them here.
_READERS: Final[dict[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    "BZIP2": lambda source: cast(IO[bytes], bz2.BZ2File(source)),
    "DEFLATE": lambda source: cast(IO[bytes], io.BufferedReader(_Inflate(source), _BLOCK)),
    "GZIP": lambda source: cast(IO[bytes], gzip.GzipFile(fileobj=source)),
    "LZMA": lambda source: cast(IO[bytes], lzma.LZMAFile(source, format=lzma.FORMAT_ALONE)),  # noqa: SIM115
    "XZ": lambda source: cast(IO[bytes], lzma.LZMAFile(source, format=lzma.FORMAT_XZ)),  # noqa: SIM115
    "ZSTD": _zstd_reader,
}
_WRITERS: Final[dict[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    "BZIP2": lambda target: cast(IO[bytes], bz2.BZ2File(target, "wb")),
    "DEFLATE": lambda target: cast(IO[bytes], _Deflate(target)),
    "GZIP": lambda target: cast(IO[bytes], gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0)),
    "LZMA": lambda target: cast(IO[bytes], lzma.LZMAFile(target, "wb", format=lzma.FORMAT_ALONE)),  # noqa: SIM115
    "XZ": lambda target: cast(IO[bytes], lzma.LZMAFile(target, "wb", format=lzma.FORMAT_XZ)),  # noqa: SIM115
    "ZSTD": _zstd_writer,
}
