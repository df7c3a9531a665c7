"""A small TCP proxy that can be cut: the network between one worker and its servers.

Owns the line. While it is cut, every connection through it is reset, and new ones are refused; then it comes back by
itself. It copies bytes and understands none of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading

from benchmarks.stack import free_ports

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset, as a network that is gone would have it."""


class Cuttable:
    """A port of the loopback that leads to another, in a thread of its own."""

    def __init__(self, upstream: int) -> None:
        self.port = free_ports(1)[0]
        self._upstream = upstream
        self._lines: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._listen())

    def cut(self, seconds: float) -> None:
        """Cut it now, for so long. Cutting it again meanwhile changes nothing."""
        asyncio.run_coroutine_threadsafe(self._cut(seconds), self._loop)

    def close(self) -> None:
        """Cut it for good."""
        self._call(self._drop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _call(self, doing: object) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def _cut(self, seconds: float) -> None:
        if self._server is None:
            return
        await self._drop()
        await asyncio.sleep(seconds)
        await self._listen()

    async def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            raw = line.get_extra_info("socket")
            if raw is not None:
                with contextlib.suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            line.transport.abort()
        self._lines.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._lines |= both
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            self._lines -= both
            for line in both:
                line.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.transport.abort()  # one way closed is both: nobody here sends half a conversation
