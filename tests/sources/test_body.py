"""Bytes to text: the charset a page names, where it names one that it can be."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import AsyncIterator

import pytest

from wideseek_cli.sources.fetch.body import BadEncodingError, TooLargeError, decode, read_body


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-sjis", "cp932", "東京は日本の首都です"),
        ("windows-874", "cp874", "กรุงเทพมหานคร"),
        ("ISO-8859-9", "cp1254", "İstanbul, Türkiye’de"),
        ("KS_C_5601-1987", "cp949", "서울은 대한민국의 수도"),
        ("koi8-u", "koi8-u", "Київ є столиця"),
        ("utf-16", "utf-8", "Lima is the capital of Perú"),
        ("unicode", "utf-8", "Lima is the capital of Perú"),
        ("utf8mb4", "utf-8", "Bogotá"),
        ("rot13", "utf-8", "Bogotá"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str, text: str) -> None:
    page = f'<html><head><meta charset="{label}"><title>{text}</title></head></html>'
    assert decode(page.encode(codec)) == page
    assert decode(f"<p>{text}".encode(codec), f'"{label}"') == f"<p>{text}"


def test_utf_16_of_the_header_without_a_mark() -> None:
    assert decode("<p>Lima, 北京".encode("utf-16-le"), "UTF-16") == "<p>Lima, 北京"


@pytest.mark.parametrize("label", ["punycode", "idna", "unicode_escape", "utf-7", "zlib", "hex", "undefined"])
def test_codecs_that_are_no_charsets_of_pages_are_not_used(label: str) -> None:
    page = f"<meta charset={label}>-{'a' * 400_000}\\n+AGE-"
    started = time.process_time()
    assert decode(page.encode()) == page
    assert decode(page.encode(), label) == page
    assert time.process_time() - started < 1


async def _unpacked(data: bytes, encoding: str, size: int = 7, limit: int = 10_000) -> bytes:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(data), size):
            yield data[at : at + size]

    return await read_body(parts(), encoding, 1_000_000, limit)


async def test_all_members_of_a_gzip_body_are_read() -> None:
    data = gzip.compress(b"one, ") + gzip.compress(b"") + gzip.compress(b"two")
    for size in (1, 7, 1000):
        assert await _unpacked(data, "gzip", size) == b"one, two"
    assert await _unpacked(data + bytes(8), "gzip") == b"one, two"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_body_that_is_cut_is_no_page(encoding: str) -> None:
    text = b"The capital of Peru is Lima. " * 20
    data = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    assert await _unpacked(data, encoding) == text
    for cut in (len(data) - 1, len(data) - 9, len(data) // 2, 1):
        with pytest.raises(BadEncodingError, match="cut off"):
            await _unpacked(data[:cut], encoding)
    assert await _unpacked(b"", encoding) == b""


async def test_many_small_members_stay_within_the_limit() -> None:
    with pytest.raises(TooLargeError):
        await _unpacked(gzip.compress(b"x" * 1000) * 50, "gzip")


async def test_a_body_byte_by_byte_is_given_up() -> None:
    """Chunks of one byte as fast as they come kept the event loop from other pages for the page's time."""
    sent = 0

    async def crumbs() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x"

    with pytest.raises(BadEncodingError, match="byte by byte"):
        await read_body(crumbs(), "", 12_000_000, 24_000_000)
    assert sent < 30_000
