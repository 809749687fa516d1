"""Servers that send on, never end, nest, or lie about their size: a line, and no traceback."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.engine.asking import VLLM, reply_of
from tests.engine.scripted_server import Fail, Script, Whole
from wideseek_cli.core.errors import RemoteError
from wideseek_cli.engine.remote import server as module
from wideseek_cli.engine.remote import sse
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions

Page = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _told(page: Page) -> str:
    """What a user is told of a server that answers /models with this page."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await page(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(RemoteError) as caught:
            await RemoteEngine.connect(RemoteOptions(url, attempts=1))
    finally:
        server.close()
    return str(caught.value)


def _head(status: int = 200, **fields: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{lines}Connection: close\r\n\r\n".encode()
    )


async def test_a_conversation_is_not_sent_on() -> None:
    async with Script([], models=VLLM) as other:
        sent_on = Fail(307, headers={"Location": f"{other.url}/v1/completions"})
        with pytest.raises(RemoteError, match="conversations are not sent there"):
            await reply_of(Script([sent_on] * 9, models=VLLM))
        assert other.asked == []


async def test_nor_is_the_list_of_models_looked_for_elsewhere() -> None:
    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(302, Location="http://10.0.0.1/"))

    assert "redirects to http://10.0.0.1/" in await _told(page)


@pytest.mark.parametrize("status", [200, 500])
async def test_a_list_without_end(status: int) -> None:
    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status) + b'{"data": [')
        while True:
            writer.write(b" " * 100_000)
            await writer.drain()

    assert "more than 4,194,304 bytes" in await _told(page)


async def test_a_list_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.2)

    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(_head())
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert "did not finish" in await _told(page)


async def test_a_small_list_that_unpacks_to_a_large_one() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(50_000_000)) + packer.flush()

    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(Content_Encoding="gzip") + packed)

    assert "more than 4,194,304 bytes" in await _told(page)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"data": ' + b"9" * 5000 + b"}", b"\xff\xfe", b"{"])
async def test_a_list_that_is_none(body: bytes) -> None:
    async def page(writer: asyncio.StreamWriter) -> None:
        writer.write(_head() + body)

    assert "broke off" in await _told(page)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"choices": ' + "9" * 5000 + "}"])
async def test_an_answer_nested_without_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = Whole(None)
    dumps = json.dumps
    monkeypatch.setattr(json, "dumps", lambda what, **more: text if what is None else dumps(what, **more))
    with pytest.raises(RemoteError, match="broke off"):
        await reply_of(Script([deep] * 9, models=VLLM))


async def _chunks(data: bytes, size: int, times: int = 1) -> AsyncIterator[bytes]:
    for _ in range(times):
        for at in range(0, len(data), size):
            yield data[at : at + size]


async def test_events_come_whole_however_they_are_cut() -> None:
    said = b"data: one\r\n\r\ndata: two\ndata: three\n\n: note\n\ndata: four"
    for size in range(1, len(said) + 1):
        assert [data async for data in sse.data_of(_chunks(said, size))] == ["one", "two\nthree", "four"]


@pytest.mark.parametrize(
    ("data", "times", "what"),
    [
        (b"data:\n" * 10_000, 200, "bytes"),
        (b"x" * 50_000, 100, "bytes"),
        (b"\n" * 65536, 20, "lines"),
        (b"x" * 65535 + b"\n", 2000, "bytes"),
    ],
    ids=["one event", "one line", "blank lines", "lines that say nothing"],
)
async def test_streams_without_end(data: bytes, times: int, what: str) -> None:
    with pytest.raises(sse.TooMuch, match=what):
        async for _ in sse.data_of(_chunks(data, 65536, times)):
            pass
