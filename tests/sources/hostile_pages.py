"""Pages made to break their reader, each a few megabytes at most."""

from __future__ import annotations

from collections.abc import Callable

WORDS = "Peru: the town council of Lima met again on Tuesday to discuss the matter at length. "


def _html(body: str, head: str = "") -> bytes:
    return f"<html><head><title>Page</title>{head}</head><body><p>{WORDS}</p>{body}</body></html>".encode()


def _nested(tag: str, depth: int, inside: str = "deep") -> str:
    return f"<{tag}>" * depth + inside + f"</{tag}>" * depth


def _grid(rows: int, spans: str) -> str:
    return f"<table>{''.join(f'<tr><td {spans}>{n}</td></tr>' for n in range(rows))}</table>"


def _list(depth: int, items: int) -> str:
    inner = "<li>x" * items
    for _ in range(depth):
        inner = f"<ul><li>y{inner}</ul>"
    return inner


HTML: dict[str, Callable[[], bytes]] = {
    "backslashes": lambda: _html("\\" * 300_000),
    "backslashes-in-table": lambda: _html(f"<table><tr><td>{chr(92) * 300_000}</td><td>b</td></tr></table>"),
    "sup-blanks": lambda: _html(f"<p>x<sup>[{' ' * 200_000}!</sup></p>"),
    "many-sups": lambda: _html("<p>x" + "<sup>[ 1 ! ]</sup>" * 60_000),
    "dates": lambda: _html(f"<p>{'113-' * 200_000}</p>"),
    "numbers": lambda: _html(f"<p>{'1.000.' * 200_000}</p>"),
    "spans-wide": lambda: _html(_grid(100, 'colspan="1000" rowspan="1000"')),
    "spans-huge": lambda: _html(_grid(20, 'colspan="99999999" rowspan="99999999"')),
    "spans-many": lambda: _html(_grid(5000, 'rowspan="65534"')),
    "breaks": lambda: _html(_nested("span", 110, "<br>" * 2_000_000)),
    "breaks-in-cell": lambda: _html(f"<table><tr><td>a</td><td>{'x<br>' * 400_000}</td></tr></table>"),
    "lists": lambda: _html(_list(45, 1_500_000)),
    "lists-deep": lambda: _html(_list(5000, 3)),
    "attributes": lambda: _html(f"<p {' '.join(f'a{n}=1' for n in range(400_000))}>x</p>"),
    "attribute-long": lambda: _html(f'<p class="{"a " * 1_500_000}">x</p>'),
    "classes": lambda: _html("".join(f'<div class="c{n} nav menu footer">x</div>' for n in range(40_000))),
    "divs-deep": lambda: _html(_nested("div", 200_000)),
    "tables-deep": lambda: _html("<table><tr><td>" * 3_000 + "x"),
    "blockquotes": lambda: _html(_nested("blockquote", 50_000)),
    "bold-open": lambda: _html("<b><i>" * 60_000 + "x"),
    "formatting": lambda: _html("<p><font size=1><a href=x>" * 5_000),
    "options": lambda: _html("<select>" + "<option>x" * 400_000),
    "cells": lambda: _html("<table><tr>" + "<td>x" * 300_000),
    "rows": lambda: _html("<table>" + "<tr><td>x<td>1" * 200_000),
    "tables": lambda: _html("<table><tr><td>a<td>1</table>" * 40_000),
    "headings": lambda: _html("<h2>h</h2>" * 200_000),
    "definition": lambda: _html("<dl>" + "<dt>a<dd>b" * 200_000),
    "links": lambda: _html("".join(f'<a href="/p{n}">x</a> ' for n in range(100_000))),
    "link-long": lambda: _html(f'<a href="http://a.test/{"x" * 2_000_000}">x</a>'),
    "entities": lambda: _html("&amp;" * 800_000 + "&#x41;" * 200_000),
    "entity-unclosed": lambda: _html("&" * 3_000_000),
    "comments": lambda: _html("<!-- x" * 200_000),
    "comment-open": lambda: _html("<!--" + "-" * 3_000_000),
    "script-open": lambda: _html("<script>" + "<" * 3_000_000),
    "json-ld": lambda: _html("x", f'<script type="application/ld+json">{"[" * 300_000}</script>'),
    "json-ld-many": lambda: _html("x", '<script type="application/ld+json">{"a":1}</script>' * 30_000),
    "metas": lambda: _html("x", '<meta name="date" content="2001-01-01">' * 40_000),
    "refresh": lambda: _html("", "<meta http-equiv=" * 100_000),
    "title-long": lambda: _html("x", f"<title>{'t ' * 1_500_000}</title>"),
    "one-word": lambda: _html("a" * 4_000_000),
    "blanks": lambda: _html(f"<p>a{' ' * 4_000_000}b</p>"),
    "newlines": lambda: _html(f"<pre>{chr(10) * 4_000_000}</pre>"),
    "pipes": lambda: _html(f"<p>{'|' * 2_000_000}</p>"),
    "stars": lambda: _html(f"<p>{'*' * 2_000_000}</p>"),
    "combining": lambda: _html(f"<p>e{chr(0x301) * 1_000_000}</p>"),
    "hidden": lambda: _html('<div style="display:none;">x</div>' * 80_000),
    "style-long": lambda: _html(f'<p style="{"a:b;" * 500_000}">x</p>'),
    "nul": lambda: _html("a\x00b<" * 400_000),
    "custom-tags": lambda: _html("".join(f"<x-{n}>" for n in range(100_000))),
    "microdata": lambda: _html('<div itemscope><p itemprop="a">x' * 20_000),
}
PLAIN: dict[str, Callable[[], bytes]] = {
    "text-lines": lambda: b"| a | b |\n" * 300_000,
    "text-bars": lambda: b"|" * 3_000_000,
    "text-rules": lambda: b"|---" * 700_000,
    "text-fences": lambda: b"```\n" * 700_000,
    "text-fields": lambda: b"Name: value\n" * 250_000,
    "text-one-line": lambda: b"a: b " * 600_000,
}
# Pages that read easily, and weigh on what is done with their text afterwards: ranking, harvest, proof.
ABOUT: dict[str, Callable[[], bytes]] = {
    "name-words": lambda: _html(f"<p>{'Peru ' * 600_000}</p>"),
    "name-lines": lambda: _html("<p>Peru: Lima</p>" * 100_000),
    "name-rows": lambda: _html("<table><tr><th>Country<th>Capital" + "<tr><td>Peru<td>Lima" * 20_000),
    "name-tables": lambda: _html("<table><tr><th>Country<th>Capital<tr><td>Peru<td>Lima</table>" * 6_000),
    "name-columns": lambda: _html(f"<table><tr>{'<th>Capital' * 900}<tr>{'<td>Peru' * 900}</table>" * 20),
    "value-words": lambda: _html(f"<p>Peru {'Lima ' * 600_000}</p>"),
    "of-words": lambda: _html(f"<p>{'the capital of ' * 150_000}Peru is Lima.</p>"),
    "sentence": lambda: _html(f"<p>{'The capital of Peru, Lima, is the capital of Peru, ' * 40_000}</p>"),
    "sentences": lambda: _html(f"<p>{'The capital of Peru is Lima. ' * 60_000}</p>"),
    "items": lambda: _html(f"<h2>Peru</h2><ul>{'<li>Capital: Lima' * 80_000}</ul>"),
    "commas": lambda: _html(f"<p>Peru, {'a, ' * 600_000}Lima</p>"),
    "brackets": lambda: _html(f"<p>Peru {'(' * 500_000}Lima{')' * 500_000}</p>"),
    "dashes": lambda: _html(f"<p>Peru {'- ' * 700_000}Lima</p>"),
    "capitals": lambda: _html(f"<p>{'Peru Lima Of The ' * 150_000}</p>"),
    "initials": lambda: _html(f"<p>Peru {'A. ' * 600_000}Lima.</p>"),
    "quotes": lambda: _html(f"<p>Peru {chr(34) * 1_000_000}Lima</p>"),
    "headings-nested": lambda: _html(
        "".join(f"<h{1 + n % 6}>Peru</h{1 + n % 6}><p>Lima" for n in range(60_000))
    ),
    "title": lambda: b"<title>" + b"Peru - " * 300_000 + b"</title><p>" + WORDS.encode() * 3 + b"<p>Lima",
    "caption": lambda: _html(
        f"<table><caption>{'Peru ' * 300_000}</caption><tr><th>Country<th>Capital<tr><td>Peru<td>Lima</table>"
    ),
    "cell-long": lambda: _html(
        f"<table><tr><th>Country<th>Capital<tr><td>Peru<td>{'Lima (a) ' * 200_000}</table>"
    ),
    "label-long": lambda: _html(
        f"<table><tr><th>Country<th>{'Capital ' * 200_000}<tr><td>Peru<td>Lima</table>"
    ),
    "field-long": lambda: _html(f"<p>{'Capital of Peru ' * 5}: {'Lima; ' * 300_000}</p>"),
}
