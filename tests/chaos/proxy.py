"""A TCP proxy on loopback that can be slow, hold everything back, and cut connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable

_CHUNK_BYTES = 16_384


class Link:
    """The way from one process to the database. Its condition may be changed at any time, from any thread.

    Latency delays every chunk in each direction without holding up those behind it; the bandwidth is shared
    by all connections of a direction, as on a real line.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._to = (host, port)
        self._latency = 0.0
        self._bytes_per_second: float | None = None
        self._free_at = {"out": 0.0, "back": 0.0}
        self._pairs: dict[tuple[asyncio.StreamWriter, asyncio.StreamWriter], list[asyncio.Task[None]]] = {}
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self.passed_bytes = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._connected, self._to[0], 0)

    # -- its condition

    def slow(self, latency_seconds: float, bytes_per_second: float | None = None) -> None:
        """Delay what passes from now on."""
        self._do(lambda: self._set(latency_seconds, bytes_per_second))

    def _set(self, latency_seconds: float, bytes_per_second: float | None) -> None:
        self._latency, self._bytes_per_second = latency_seconds, bytes_per_second

    def stall(self) -> None:
        """Let nothing pass; connections stay, as when a cable is out."""
        self._do(self._open.clear)

    def cut(self) -> None:
        """Reset every connection; new ones are let through."""
        self._do(self._cut)

    def heal(self) -> None:
        """Be fast again, and let pass what was held back."""

        def healed() -> None:
            self._set(0.0, None)
            self._free_at = dict.fromkeys(self._free_at, 0.0)
            self._open.set()

        self._do(healed)

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._pairs)

    def close(self) -> None:
        """End it and every connection."""

        async def end() -> None:
            self._server.close()
            self._cut()
            mine = asyncio.current_task()
            await asyncio.gather(
                *(task for task in asyncio.all_tasks() if task is not mine), return_exceptions=True
            )

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, act: Callable[[], object]) -> None:
        async def acted() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result()

    def _cut(self) -> None:
        for pair, pumps in self._pairs.items():
            for pump in pumps:
                pump.cancel()
            for writer in pair:
                writer.transport.abort()

    # -- what passes

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, there_writer)
        for one in pair:
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pumps = [
            asyncio.create_task(self._pump("out", reader, there_writer)),
            asyncio.create_task(self._pump("back", there_reader, writer)),
        ]
        self._pairs[pair] = pumps
        try:
            # Whichever side ends, the other one learns it: a database connection is not half open.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._pairs[pair]
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for one in pair:
                one.close()

    async def _pump(self, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        sending = asyncio.create_task(self._send(line, writer))
        try:
            with contextlib.suppress(ConnectionError):
                while chunk := await reader.read(_CHUNK_BYTES):
                    await line.put((self._due(way, len(chunk)), chunk))
            await line.put((0.0, b""))
            await sending
        finally:
            sending.cancel()

    def _due(self, way: str, size: int) -> float:
        """Return when the last byte of a chunk arrives."""
        now = self._loop.time()
        if self._bytes_per_second is not None:
            self._free_at[way] = max(now, self._free_at[way]) + size / self._bytes_per_second
            now = self._free_at[way]
        return now + self._latency

    async def _send(self, line: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while (item := await line.get())[1]:
                due, chunk = item
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                await self._open.wait()
                self.passed_bytes += len(chunk)  # before anybody can have read it
                writer.write(chunk)
                await writer.drain()
