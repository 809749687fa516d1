"""One connection serves many replies: what ends a streamed answer is read too."""

from __future__ import annotations

import asyncio
import json

from tests.engine.asking import OPENING, VLLM
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions

EVENT = {"choices": [{"index": 0, "text": "ok", "delta": {"content": "ok"}, "finish_reason": "stop"}]}


class KeepsAlive:
    """Answers in chunks, and request after request on the same connection."""

    def __init__(self) -> None:
        self.replied_on: set[int] = set()
        self.opened = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        number = self.opened
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
                await reader.readexactly(int(length[0].split(":")[1]) if length else 0)
                if head.startswith("GET"):
                    found = "/models" in head
                    kind, parts = "application/json", [json.dumps(VLLM if found else {})]
                else:
                    self.replied_on.add(number)
                    kind, parts = "text/event-stream", [f"data: {json.dumps(EVENT)}\n\n", "data: [DONE]\n\n"]
                start = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
                chunks = [f"{len(part):x}\r\n{part}\r\n" for part in parts]
                writer.write((start + "".join(chunks)).encode())
                await writer.drain()
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except asyncio.IncompleteReadError:  # hung up
            return
        finally:
            writer.close()


async def test_replies_share_a_connection() -> None:
    there = KeepsAlive()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        engine = await RemoteEngine.connect(RemoteOptions(f"http://127.0.0.1:{port}"))
        for _ in range(5):
            assert (await (await engine.open(OPENING)).reply()).text == "ok"
        await engine.aclose()
    assert len(there.replied_on) == 1
