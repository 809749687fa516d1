"""Forty more pages made to break their reader: odd bytes, bombs, lies, and pages that weigh on the proof."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.sources import hostile_kinds, site
from tests.sources.hostile_pages import ABOUT, HTML, PLAIN
from tests.sources.hostile_pages import _html as html
from tests.sources.site import Reply, Site, pdf

HTML_KIND = "text/html; charset=utf-8"
ROW = "<tr><td>Peru<td>Lima"
HEAD = "<tr><th>Country<th>Capital"
BIDI = "\u202e\u200b\u2066\u00ad\ufeff\u200d"


@dataclass(frozen=True)
class Bad:
    """A body, and the headers that it comes with."""

    body: bytes
    kind: str = HTML_KIND
    headers: dict[str, str] = field(default_factory=dict)


def _ld(data: str) -> Bad:
    return Bad(html("x", f'<script type="application/ld+json">{data}</script>'))


def _nested_json(depth: int) -> str:
    return '{"name":"Peru","capital":' * depth + '"Lima"' + "}" * depth


def _flate_pdf(stream: bytes, filters: str) -> bytes:
    """A PDF whose only page is one packed stream."""
    plain = pdf(["here"]).decode("latin-1")
    start, end = plain.index("<< /Length"), plain.index("endstream")
    head = f"<< /Length {len(stream)} /Filter [{filters}] >>\nstream\n"
    return (plain[:start] + head).encode() + stream + b"\n" + plain[end:].encode()


def _bomb(rounds: int) -> bytes:
    data = b"BT (Lima) Tj ET " * 4_000_000
    for _ in range(rounds):
        data = zlib.compress(data, 9)
    return data


def _kids(number: int) -> bytes:
    """A PDF whose page tree leads back to itself."""
    return pdf(["here"]).replace(b"/Kids [4 0 R]", b"/Kids [" + b"2 0 R " * number + b"4 0 R]")


def _table(rows: int, cell: str) -> Bad:
    return Bad(html(f"<table>{HEAD}{f'<tr><td>Peru<td>{cell}' * rows}</table>"))


MORE: dict[str, Callable[[], Bad]] = {
    # bytes and charsets
    "utf16-lie": lambda: Bad(html("<p>Peru: Lima" * 30_000).decode().encode("utf-16"), HTML_KIND),
    "utf16-odd": lambda: Bad(html("x" * 400_000) + b"\x00", "text/html; charset=utf-16"),
    "utf7": lambda: Bad(b"+ADw-p+AD4-" * 300_000, "text/html; charset=utf-7"),
    "iso2022": lambda: Bad(b"\x1b$B" + b"\x1b(B\x1b$B" * 500_000, "text/html; charset=iso-2022-jp"),
    "charset-long": lambda: Bad(html("Lima"), f"text/html; charset={'x' * 6_000}"),
    "charset-codec": lambda: Bad(html("Lima" * 1000), "text/html; charset=zlib_codec"),
    "surrogates": lambda: Bad(b"<p>" + b"\xed\xa0\x80" * 600_000, HTML_KIND),
    "broken-utf8": lambda: Bad(html("") + b"\xf0\x9f\x98" * 600_000, HTML_KIND),
    "meta-charsets": lambda: Bad(html("x", '<meta charset="idna">' * 60_000), "text/html"),
    # characters
    "bidi": lambda: Bad(html(f"<p>{f'Peru{BIDI} Lima{BIDI} ' * 60_000}")),
    "zero-width": lambda: Bad(html(f"<p>P{chr(0x200B) * 900_000}eru")),
    "scripts": lambda: Bad(html("<p>Ре\u0440u 秘魯 بيرو पेरू ペルー פרו เปรู " * 40_000)),
    "controls": lambda: Bad(html("<p>Lima\x1b]0;owned\x07\x1b[2J\x9b31m\x85\u2028\u2029" * 60_000)),
    "ligatures": lambda: Bad(html(f"<p>{'ﷺ' * 300_000} Lima")),
    "emoji": lambda: Bad(html("<p>" + "👩‍👩‍👧‍👦🏽" * 90_000)),
    # numbers and dates
    "digits": lambda: Bad(html(f"<p>Peru has {'9' * 900_000} people.")),
    "digits-grouped": lambda: Bad(html(f"<p>Peru has {'999,' * 250_000}999 people.")),
    "digits-json": lambda: _ld(f'{{"name":"Peru","population":{"9" * 100_000}}}'),
    "exponents": lambda: Bad(html(f"<p>Peru: {'1e999999 −∞ 0x1p9 ½⅓ ٣ ' * 40_000}")),
    "dates-soup": lambda: Bad(html("<p>" + "1 May 2001/2002-03-04 05.06.07, 30 Feb 99 Mai " * 20_000)),
    "number-words": lambda: Bad(html("<p>Peru has " + "hundred thousand and million " * 30_000)),
    # markup
    "svg-math": lambda: Bad(html("<svg><math><mtext><table><mglyph><style>" * 20_000)),
    "templates": lambda: Bad(html("<template><div><table><template>" * 15_000)),
    "css-hiding": lambda: Bad(
        html(
            "".join(f'<p class="h{n}">Lima' for n in range(8_000)),
            "<style>"
            + "".join(f".h{n},body *:not(.h{n}) p{{display:none}}" for n in range(8_000))
            + "</style>",
        )
    ),
    "css-open": lambda: Bad(html("x", f"<style>{'a{b:c;/*' * 300_000}")),
    "frames": lambda: Bad(html("<iframe srcdoc='<iframe>'>" * 60_000)),
    "entities-long": lambda: Bad(
        html("&CounterClockwiseContourIntegral" * 60_000 + "&#" + "9" * 900_000 + ";")
    ),
    "dtd": lambda: Bad(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
        + b"]><html><body><p>&a11;</p></body></html>",
        "application/xhtml+xml",
    ),
    "base-href": lambda: Bad(html("<a href=x>Lima</a>" * 50_000, f'<base href="http://[{":" * 90_000}">')),
    "refresh-chain": lambda: Bad(html("", '<meta http-equiv=refresh content="0;url=http://[::1">')),
    # tables
    "rows-10000": lambda: _table(10_000, "Lima"),
    "cell-megabyte": lambda: _table(1, "Lima " * 200_000),
    "cells-lines": lambda: _table(400, "Lima<br>" * 250),
    "spans-crossed": lambda: Bad(
        html(f"<table>{''.join(f'<tr><td rowspan={n} colspan={n}>{n}' for n in range(1, 900))}</table>")
    ),
    "headers-only": lambda: Bad(
        html(f"<table>{'<tr>' + '<th>Capital' * 60}{'<tr><th>Peru' * 9_000}</table>")
    ),
    "tables-of-name": lambda: Bad(html(f"<table>{HEAD}{ROW}{ROW}<tr><td>Chile<td>Santiago</table>" * 9_000)),
    # declared
    "json-ld-deep": lambda: _ld(_nested_json(9_000)),
    "json-ld-wide": lambda: _ld(
        json.dumps([{"@type": "Country", "name": "Peru", "capital": ["Lima"] * 50}] * 2000)
    ),
    "json-ld-keys": lambda: _ld(json.dumps({f"k{n}" * 9: "Lima" for n in range(12_000)})),
    # PDFs
    "pdf-bomb": lambda: Bad(_flate_pdf(_bomb(1), "/FlateDecode"), "application/pdf"),
    "pdf-bombs": lambda: Bad(_flate_pdf(_bomb(3), "/FlateDecode " * 3), "application/pdf"),
    "pdf-circle": lambda: Bad(_kids(50), "application/pdf"),
    "pdf-pages": lambda: Bad(pdf(["Peru Lima"] * 20_000), "application/pdf"),
    "pdf-text": lambda: Bad(pdf(["(Lima) Tj [(a) -9999999] TJ " * 60_000]), "application/pdf"),
    "pdf-open": lambda: Bad(b"%PDF-1.7\n" + b"1 0 obj <<" * 200_000, "application/pdf"),
    # bodies
    "gzip-twice": lambda: Bad(
        gzip.compress(gzip.compress(html("Lima"))), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "gzip-members": lambda: Bad(gzip.compress(html("Lima")) * 20_000, headers={"Content-Encoding": "gzip"}),
    "gzip-page": lambda: Bad(
        gzip.compress(html("<p>Peru: Lima" * 1_500_000)), headers={"Content-Encoding": "gzip"}
    ),
    "deflate-lie": lambda: Bad(html("Lima"), headers={"Content-Encoding": "deflate"}),
    "image-lie": lambda: Bad(b"\x89PNG\r\n\x1a\n" + bytes(900_000), HTML_KIND),
    "zip-lie": lambda: Bad(b"PK\x03\x04" + bytes(900_000), "text/plain"),
    # text that weighs on the proof
    "text-sections": lambda: Bad(b"# Peru\n\n## Capital\n\nLima\n\n" * 35_000, "text/markdown"),
    "text-list": lambda: Bad(b"- Peru\n  - Capital: Lima\n" * 35_000, "text/markdown"),
    "text-grid": lambda: Bad(
        b"| Country | Capital |\n|---|---|\n" + b"| Peru | Lima |\n" * 60_000, "text/markdown"
    ),
    "csv": lambda: Bad(b"Country,Capital\n" + b"Peru,Lima\n" * 90_000, "text/csv"),
    "json-text": lambda: Bad(b'{"Peru": {"capital": "Lima"}}, ' * 30_000, "application/json"),
    "sentence-long": lambda: Bad(
        html(f"<p>Peru, whose capital {'which is, and which was, ' * 30_000} is Lima, is a country.")
    ),
    "names-close": lambda: Bad(html("<p>" + "Peru Lima, Peru, Lima; Peru (Lima) Peru: Lima. " * 20_000)),
    "years": lambda: Bad(
        html(f"<h2>Peru {' '.join(str(1500 + n % 520) for n in range(90_000))}</h2><p>Lima")
    ),
    "apposition": lambda: Bad(html("<p>Lima, the capital of Peru, the capital of Peru, " * 18_000)),
    "footnotes": lambda: Bad(html("<p>Peru<sup>[1]</sup> Lima<sup>[2]</sup>" * 40_000)),
}


def _plain(make: Callable[[], bytes], kind: str) -> Callable[[], Bad]:
    return lambda: Bad(make(), kind)


PAGES: dict[str, Callable[[], Bad]] = {
    **{name: _plain(make, "text/html") for name, make in (HTML | ABOUT | hostile_kinds.HTML).items()},
    **{name: _plain(make, "application/pdf") for name, make in hostile_kinds.PDFS.items()},
    **{name: _plain(make, "text/plain") for name, make in PLAIN.items()},
    **MORE,
}


def _circle(on: Site, path: str) -> None:
    on.redirect(path, path)


def _circle_of_cookies(on: Site, path: str) -> None:
    on.pages[path] = lambda _: Reply(b"moved", 302, {"Location": path, "Set-Cookie": "a=b"})


def _signpost(on: Site, path: str) -> None:
    on.html(path, f'<meta http-equiv="refresh" content="0;url={path}">')


def _raw(sender: site.Sender) -> Callable[[Site, str], None]:
    return lambda on, path: on.raw.update({path: sender})


SERVERS: dict[str, Callable[[Site, str], None]] = {
    "slow": _raw(site.slow),
    "endless": _raw(site.endless),
    "silent": _raw(site.silent),
    "fifty-megabytes": _raw(site.fifty_megabytes),
    "gzip-bomb": _raw(site.gzip_bomb),
    "circle": _circle,
    "circle-cookies": _circle_of_cookies,
    "circle-signposts": _signpost,
    **hostile_kinds.SERVERS,
}
BAD = [*PAGES, *SERVERS]


def put(on: Site, path: str, name: str) -> None:
    """Have the site answer so."""
    if name in SERVERS:
        SERVERS[name](on, path)
        return
    bad = PAGES[name]()
    on.reply(path, bad.body, bad.kind, **bad.headers)
