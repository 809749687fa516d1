"""A small web site on the loopback that misbehaves in every way a page source must stand."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

HOST = "site.test"
ARTICLE = """<!DOCTYPE html><html lang="en"><head><title>The river Otava</title></head><body>
<nav><a href="/">Home</a><a href="/login">Log in</a></nav>
<article><h1>The river Otava</h1>
<p>The Otava is a river in Bohemia. It is 113 kilometres long and flows into the Vltava below the castle
of Zvíkov, where the two valleys have been flooded by a reservoir since 1960. Gold was panned here.</p>
<p>Its basin covers 3,788 square kilometres, much of it in the Šumava mountains; floods are frequent.</p>
<h2>Towns</h2><ul><li>Sušice</li><li>Strakonice</li><li>Písek, with the oldest bridge in the country</li></ul>
</article><footer>Imprint</footer></body></html>"""


@dataclass
class Request:
    """What a client asked."""

    path: str
    host: str
    headers: dict[str, str]


@dataclass
class Reply:
    """What a page answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Page = Callable[[Request], Reply]
Sender = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Site:
    """Serves `pages` by path on 127.0.0.1; `asked` keeps every request."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.raw: dict[str, Sender] = {}
        self.fallback: Page = lambda _: Reply(b"nothing here", 404)
        self.raw_fallback: Sender | None = None
        self.asked: list[Request] = []
        self.at_once = self.most_at_once = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    def url(self, path: str, host: str = HOST) -> str:
        return f"http://{host}:{self.port}{path}"

    def html(self, path: str, text: str, **headers: str) -> None:
        data = text.encode()
        self.pages[path] = lambda _: Reply(
            data, headers={"Content-Type": "text/html; charset=utf-8", **headers}
        )

    def reply(self, path: str, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
        fields = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.pages[path] = lambda _: Reply(body, status, fields)

    def redirect(self, path: str, target: str, status: int = 301) -> None:
        self.pages[path] = lambda _: Reply(b"moved", status, {"Location": target})

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
            request = Request(head[0].split(" ")[1], headers.get("host", ""), headers)
            self.asked.append(request)
            sender = self.raw.get(request.path, self.raw_fallback)
            if sender is not None:
                await sender(writer)
            else:
                _write(writer, self.pages.get(request.path, self.fallback)(request))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client went away: that is what some tests want
        finally:
            self.at_once -= 1
            writer.close()


def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    fields = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode("latin-1") + reply.body)


def head(kind: str = "text/html", **headers: str) -> bytes:
    """The beginning of an answer without a length: its body ends with the connection, or never."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n{extra}\r\n".encode()


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(head())
    while True:
        writer.write(b"<p>and on and on</p>" * 4000)
        await writer.drain()


async def slow(writer: asyncio.StreamWriter) -> None:
    writer.write(head())
    while True:
        writer.write(b"<p>x</p>")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.sleep(60)


async def fifty_megabytes(writer: asyncio.StreamWriter) -> None:
    writer.write(head(Content_Length="50000000"))
    await writer.drain()
    for _ in range(500):
        writer.write(b"x" * 100_000)
        await writer.drain()


async def gzip_bomb(writer: asyncio.StreamWriter) -> None:
    """Eighty megabytes of zeros, sent in small pieces."""
    writer.write(head(Content_Encoding="gzip"))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(80):
        writer.write(packer.compress(bytes(1_000_000)))
        await writer.drain()
    writer.write(packer.flush())


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def pdf(pages: list[str], title: str = "") -> bytes:
    """A PDF with one line of text per page, written by hand."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append(f"<< /Title ({title}) >>")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode()
    out += f"trailer\n<< /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)
