"""Outside text made safe: nothing that moves a cursor, hides or reorders is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.core.text import clean_line, clean_text, once_round, without_password
from wideseek_cli.ui.amounts import amount, clock, count, fit, fit_end


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP payload \x1b\\x", "x"),
        ("\x9b31mred", "red"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("\u202egpj.exe\u202c \u2066x\u2069\ufeff", "gpj.exe x"),
        ("tab\tstays", "tab\tstays"),
        ("\x1b]0;never ends\nnext line", "\nnext line"),
        ("café 中文 👩‍💻 می‌خواهم", "café 中文 👩‍💻 می‌خواهم"),
        ("half \ud800 pair", "half ? pair"),
        ("\U000e0041tag", "tag"),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text(st.characters(), max_size=200))
def test_clean_text_leaves_no_control_and_is_stable(text: str) -> None:
    clean = clean_text(text)
    assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in clean)
    assert clean_text(clean) == clean
    clean.encode()


@given(st.text(st.characters(), max_size=400), st.integers(1, 40))
def test_clean_line_is_one_line_of_bounded_length(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert "\n" not in line
    assert "\t" not in line
    assert len(line) <= limit


@given(st.text(st.characters(), max_size=300), st.integers(0, 40))
def test_fit_keeps_to_the_width(text: str, width: int) -> None:
    from rich.cells import cell_len

    assert cell_len(fit(text, width)) <= width
    assert cell_len(fit_end(text, width)) <= width


def test_fit_end_keeps_the_end() -> None:
    assert fit_end("the beginning and the end", 8) == "…the end"
    assert fit("the beginning and the end", 8) == "the beg…"


def test_small_words() -> None:
    assert [clock(5), clock(65), clock(3725), clock(-1)] == ["0:05", "1:05", "1:02:05", "0:00"]
    assert [amount(950), amount(3210), amount(41_000), amount(1_200_000)] == ["950", "3.2k", "41k", "1.2M"]
    assert [count(1, "row"), count(2, "query"), count(3, "search")] == ["1 row", "2 queries", "3 searches"]


def test_passwords_in_addresses_are_not_shown() -> None:
    assert without_password("http://me:secret@host:1/v1") == "http://…@host:1/v1"
    assert without_password("http://host/a@b") == "http://host/a@b"
    assert without_password("http://a@b:c@host") == "http://…@host"


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("capital: Lima." + "9" * 64, "capital: Lima.9"),
        ("area: " + "12,000 " * 20 + "12", "area: 12,000 12"),
        ("| no | no | no | no |", "| no | no | no | no |"),
        ("a" * 39, "a" * 39),
        ("ab" * 30 + "c", "ab" * 30 + "c"),
        ("", ""),
    ],
)
def test_what_a_text_repeats_at_its_end_is_said_once(text: str, once: str) -> None:
    assert once_round(text) == once
