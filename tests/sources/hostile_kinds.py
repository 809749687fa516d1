"""Pages and servers of other kinds, made to break their reader: depth, declared data, styles, PDFs, HTTP."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Iterable

from tests.sources.hostile_pages import WORDS
from tests.sources.hostile_pages import _html as html
from tests.sources.site import Reply, Request, Sender, Site, head, pdf

MEGABYTE = WORDS * 12_000
HEAD = "<tr><th>Country<th>Capital"
MARKS = "".join(chr(0x300 + number) for number in range(100))
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def _declared(data: object) -> bytes:
    return html("x", f'<script type="application/ld+json">{json.dumps(data)}</script>')


def _things(count: int) -> list[object]:
    """Objects that name each other in a circle."""
    refs = [{"@id": f"#{number}"} for number in range(200)]
    return [
        {"@id": f"#{n}", "@type": "Country", "name": "Peru", "capital": refs[(n + 1) % 200], "part": refs}
        for n in range(count)
    ]


def _items(count: int) -> str:
    """Microdata whose items are parts of each other."""
    return "".join(
        f'<div itemscope itemref="r{(n + 1) % count}" id="r{n}"><b itemprop="name">Peru</b>'
        for n in range(count)
    )


def _css(rules: Iterable[str], body: str) -> bytes:
    return html(body, f"<style>{''.join(rules)}</style>")


HTML: dict[str, Callable[[], bytes]] = {
    # characters
    "marks-mixed": lambda: b"\xef\xbb\xbf\xff\xfe\xfe\xff" + html("Lima" * 10_000),
    "surrogates-named": lambda: html("&#xD800;&#x0;&#x110000;&#xFFFE;Lima " * 150_000),
    "surrogates-declared": lambda: _declared(
        [{"name": "Peru \ud800\udfff\ud800", "capital": "\udc80"}] * 3000
    ),
    "marks-in-cells": lambda: html(f"<table>{HEAD}{f'<tr><td>P{MARKS}eru<td>L{MARKS}ima' * 5_000}"),
    "overrides-in-cells": lambda: html(
        f"<table>{HEAD}" + "<tr><td>\u202eureP<td dir=rtl>\u2067Lima" * 20_000
    ),
    "formulas": lambda: html(f"<table>{HEAD}{'<tr><td>=cmd|x!A0<td>@SUM(1+9)' * 5_000}"),
    # much, inside of depth
    "deep-tables": lambda: html("<table><tr><td>a<td>" * 80 + MEGABYTE),
    "deep-cells": lambda: html(("<table><tr><td>Peru<td>" * 18 + "x" * 3000 + "</table>" * 18) * 250),
    "deep-quotes": lambda: html("<blockquote>" * 230 + MEGABYTE * 2 + "</blockquote>" * 230),
    "deep-terms": lambda: html("<dl><dt>Peru<dd>" * 110 + MEGABYTE),
    "deep-links": lambda: html("<div><a href=x>Peru</a>" * 240 + "<li><a href=y>Lima</a>" * 60_000),
    "text-between-tables": lambda: html(f"<table><tr><td>a<td>b</table>{WORDS * 20}" * 3_500),
    # attributes
    "many-ids": lambda: html("".join(f'<p id="{n}{"i" * 150}">Lima' for n in range(30_000))),
    "dotted-links": lambda: html("".join(f'<a href="{"../" * 1200}{n}">Lima</a>' for n in range(2_000))),
    "base-long": lambda: html(
        "".join(f"<a href=a{n}>Lima</a> " for n in range(2_500)),
        f'<base href="http://a.test/{"b" * 25_000}/">',
    ),
    "data-uris": lambda: html(
        f'<img src="data:image/png;base64,{"A" * 900_000}"><a href="data:,x">x</a>' * 3
    ),
    "srcset": lambda: html(f'<img srcset="{"a.png 1x, " * 400_000}">'),
    # elements and references
    "pictures-of-pictures": lambda: html(
        "<svg>" + "".join(f"<g id=g{n}>" + f"<use href=#g{n - 1} />" * 10 + "</g>" for n in range(4_000))
    ),
    "names-unclosed": lambda: html("&a" * 1_500_000),
    "ruby": lambda: html("<ruby>秘<rp>(</rp><rt>ひ</rt><rp>)</rp></ruby>" * 40_000),
    "no-scripts": lambda: html("<noscript><p>Lima" * 60_000),
    "many-headings": lambda: html("<h3>Peru" * 900_000),
    "title-huge": lambda: b"<title>" + b"Peru " * 2_000_000 + b"</title><p>Lima",
    # stylesheets
    "rules": lambda: _css(
        (f".c{n}{{display:none}}" for n in range(200_000)),
        "".join(f'<p class="c{n}">L' for n in range(20_000)),
    ),
    "sheets": lambda: html("<p>Lima", "<style>.a,.b,#c{display:none}</style>" * 60_000),
    "classes-and-rules": lambda: _css(
        (f"p.k{n}{{display:none}}" for n in range(5_000)),
        f'<p class="{" ".join(f"k{n}" for n in range(60))}">Lima' * 8_000,
    ),
    # declared
    "declared-circle": lambda: _declared(_things(500)),
    "items-circle": lambda: html(_items(15_000)),
    "graph-long": lambda: html(
        "x", f'<meta property="og:{"book:" * 200_000}x" content="{"Lima " * 500_000}">'
    ),
    # what is proved
    "years-across": lambda: html(
        f"<table><tr><th>Country{''.join(f'<th>Capital {1000 + n}' for n in range(490))}"
        + f"<tr><td>Peru{'<td>Lima' * 490}" * 30
    ),
    "not-and-never": lambda: html("<p>" + "Lima is not no longer never the capital of Peru. " * 20_000),
}


def _stream(content: bytes, filters: str) -> bytes:
    """A PDF whose page is this content."""
    plain = pdf(["here"])
    start, end = plain.index(b"<< /Length"), plain.index(b"endstream")
    told = f"<< /Length {len(content)} {filters} >>\nstream\n".encode()
    return plain[:start] + told + content + b"\n" + plain[end:]


def _with_object(page: bytes, number: int, content: bytes, more: str = "") -> bytes:
    told = f"{number} 0 obj\n<< /Length {len(content)} {more} >>\nstream\n".encode()
    return page.replace(b"xref\n0", told + content + b"\nendstream\nendobj\nxref\n0")


def _with_font_map() -> bytes:
    ranges = b"1 beginbfrange\n<0000> <ffff> <0041>\nendbfrange\n" * 20_000
    named = pdf(["Lima"] * 5).replace(b"/Helvetica", b"/Helvetica /ToUnicode 9000 0 R")
    return _with_object(named, 9000, b"begincmap\n" + ranges + b"endcmap")


def _with_object_streams(count: int) -> bytes:
    names = zlib.compress(" ".join(f"{n} 0" for n in range(10, 20_010)).encode() + b" null" * 20_000)
    page, told = pdf(["here"]), "/Type /ObjStm /N 20000 /First 10 /Filter /FlateDecode"
    for number in range(count):
        page = _with_object(page, 900 + number, names, told)
    return page


def _earlier_is_itself() -> bytes:
    page = pdf(["here"])
    return page.replace(b"/Root 1 0 R", b"/Prev %d /Root 1 0 R" % page.rindex(b"xref\n0"))


PDFS: dict[str, Callable[[], bytes]] = {
    "pdf-object-streams": lambda: _with_object_streams(50),
    "pdf-earlier": _earlier_is_itself,
    "pdf-font-map": _with_font_map,
    "pdf-rows": lambda: _stream(
        zlib.compress((b"\x02" + b"A" * 10) * 2_000_000),
        "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 10 >>",
    ),
    "pdf-saved-states": lambda: _stream(b"q " * 400_000 + b"BT (Lima) Tj ET", ""),
    "pdf-array": lambda: pdf(["here"]).replace(b"/Title ()", b"/Title " + b"[" * 200_000),
    "pdf-size": lambda: pdf(["here"]).replace(b"xref\n0 ", b"xref\n0 99999999999 "),
}


def _sending(first: bytes, again: bytes, pause: float = 0.0) -> Sender:
    """Its first bytes, then others without end."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


def _once(data: bytes) -> Sender:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(60)

    return send


CHUNKED = HTTP + b"Transfer-Encoding: chunked\r\n\r\n"
RAW: dict[str, Sender] = {
    "chunks-slow": _sending(CHUNKED, b"1\r\nx\r\n", 0.02),
    "chunks-tiny": _sending(CHUNKED, b"1\r\nx\r\n" * 5_000),
    "chunk-told": _sending(CHUNKED + b"1;", b"a=b;" * 10_000),
    "trailers": _sending(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n" * 10_000),
    "headers": _sending(HTTP, b"X-A: b\r\n" * 1_000),
    "continue": _sending(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
    "gzip-of-nothing": _sending(head(Content_Encoding="gzip"), zlib.compress(b"", 9, 31) * 5_000),
    "length-lie": _once(HTTP + b"Content-Length: 900\r\n\r\n<p>Lima"),
    "length-digits": _once(HTTP + b"Content-Length: " + b"9" * 6_000 + b"\r\n\r\n<p>Lima"),
    "error-endless": _sending(b"HTTP/1.1 404 X\r\nContent-Type: text/html\r\n\r\n", b"<p>no" * 5_000),
}


def _growing(on: Site, path: str) -> None:
    """A redirect whose target is longer each time."""
    before = on.fallback

    def page(request: Request) -> Reply:
        return Reply(b"moved", 302, {"Location": f"{path}?{'x' * len(request.path)}"})

    on.pages[path] = page
    on.fallback = lambda request: page(request) if request.path.startswith(f"{path}?") else before(request)


def _busy(pause: str) -> Callable[[Site, str], None]:
    return lambda on, path: on.pages.update({path: lambda _: Reply(b"busy", 503, {"Retry-After": pause})})


def _sent_to(target: str) -> Callable[[Site, str], None]:
    return lambda on, path: on.redirect(path, target)


def _raw(sender: Sender) -> Callable[[Site, str], None]:
    return lambda on, path: on.raw.update({path: sender})


SERVERS: dict[str, Callable[[Site, str], None]] = {
    **{name: _raw(sender) for name, sender in RAW.items()},
    "moved-further": _growing,
    "moved-to-a-file": _sent_to("file:///etc/passwd"),
    "moved-nowhere": _sent_to("http://[::1"),
    "busy-for-ever": _busy("9" * 5_000),
    "busy-infinitely": _busy("1e999"),
}
