"""An OpenAI-compatible server on loopback that plays a script and keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Say:
    """One streamed answer: pieces of text, of reasoning as ("thought", text), or a chat's delta as it is."""

    pieces: list[Any]
    finish: str = "stop"  # "": break off
    usage: tuple[int, int, int] | None = None  # prompt, cached, written
    hang: bool = False  # keep the stream open after the pieces
    unfinished: bool = False  # say [DONE], but not why it ended


@dataclass
class Fail:
    """An answer that is an error."""

    status: int
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None  # instead of the message: JSON, or the text of a web page


@dataclass
class Whole:
    """An answer that is not streamed: JSON, or the text of a web page."""

    body: Any


@dataclass
class Script:
    """What the server answers, and what it was asked. Use as an async context manager."""

    answers: list[Say | Fail | Whole]
    models: Any = field(default_factory=lambda: {"data": [{"id": "m", "owned_by": "llamacpp"}]})
    decide: Callable[[dict[str, Any]], Awaitable[Say | Fail]] | None = None  # instead of the answers
    props: Any = None  # llama-server's page about itself; None: there is none
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Script:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.keys.append(headers.get("authorization", ""))
            method, path, _ = head.split(" ", 2)
            if method == "GET":
                page = {"/v1/models": self.models, "/props": self.props}.get(path)
                await self._page(writer, page.pop(0) if isinstance(page, list) else page)
            else:
                self.asked.append((path, json.loads(body)))
                asked = self.asked[-1][1]
                answer = await self.decide(asked) if self.decide else self.answers.pop(0)
                await self._answer(reader, writer, path, answer)
        finally:
            writer.close()

    async def _page(self, writer: asyncio.StreamWriter, page: Any) -> None:
        if page is None or isinstance(page, Fail):
            await self._fail(writer, page or Fail(404))
        else:
            await self._send(writer, 200, {"Content-Type": "application/json"}, json.dumps(page))

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        answer: Say | Fail | Whole,
    ) -> None:
        if isinstance(answer, Fail):
            return await self._fail(writer, answer)
        if isinstance(answer, Whole):
            return await self._body(writer, 200, {}, answer.body)
        chat = path.endswith("/chat/completions")
        await self._send(writer, 200, {"Content-Type": "text/event-stream"}, "")
        for piece in answer.pieces:
            await self._event(writer, _choice(piece, chat))
        if answer.hang:
            await reader.read()
            return self.hung_up.set()
        if answer.finish and not answer.unfinished:
            last = {**_choice("", chat), "finish_reason": answer.finish}
            await self._event(writer, last, answer.usage)
        if answer.finish:
            writer.write(b"data: [DONE]\n\n")
            await writer.drain()
        return None

    async def _fail(self, writer: asyncio.StreamWriter, answer: Fail) -> None:
        body = {"error": {"message": answer.message}} if answer.body is None else answer.body
        await self._body(writer, answer.status, answer.headers, body)

    async def _body(
        self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: Any
    ) -> None:
        page = isinstance(body, str)
        kind = "text/html" if page else "application/json"
        text = body if page else json.dumps(body)
        await self._send(writer, status, {"Content-Type": kind, **headers}, text)

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, status: int, headers: dict[str, str], text: str) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}Connection: close\r\n\r\n{text}".encode())
        await writer.drain()

    @staticmethod
    async def _event(
        writer: asyncio.StreamWriter, choice: dict[str, Any], usage: tuple[int, int, int] | None = None
    ) -> None:
        chunk: dict[str, Any] = {
            "id": "x",
            "object": "chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        if usage:
            prompt, cached, written = usage
            chunk["usage"] = {
                "prompt_tokens": prompt,
                "completion_tokens": written,
                "total_tokens": prompt + written,
                "prompt_tokens_details": {"cached_tokens": cached},
            }
        writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await writer.drain()


def _choice(piece: Any, chat: bool) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": None}
    if not chat:
        return {**choice, "text": piece}
    if isinstance(piece, dict):
        return {**choice, "delta": piece}
    if isinstance(piece, tuple):
        return {**choice, "delta": {"reasoning_content": piece[1]}}
    return {**choice, "delta": {"content": piece}}
