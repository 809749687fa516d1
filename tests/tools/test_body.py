"""Bytes to text: the charset a page names, where it names one that it can be."""

from __future__ import annotations

import codecs
import time

import pytest

from wideseek_cli.tools.body import decode
from wideseek_cli.tools.charsets import _CODECS


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-sjis", "cp932", "東京は日本の首都です"),
        ("windows-874", "cp874", "กรุงเทพมหานคร"),
        ("ISO-8859-9", "cp1254", "İstanbul, Türkiye’de"),
        ("KS_C_5601-1987", "cp949", "서울은 대한민국의 수도"),
        ("koi8-ru", "koi8-u", "Київ є столиця"),
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


def test_python_has_every_codec_of_the_table() -> None:
    assert len(_CODECS) > 200
    assert all(codecs.lookup(codec) for codec in set(_CODECS.values()))
