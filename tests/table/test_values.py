"""Values by meaning."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.facts.textindex import TextIndex
from wideseek_cli.values.cells import same_name, same_value
from wideseek_cli.values.compare import is_missing, parse_value
from wideseek_cli.values.dates import parse_date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import parse_number

INT, DATE, STR, BOOL, URL = ColumnType.INT, ColumnType.DATE, ColumnType.STR, ColumnType.BOOL, ColumnType.URL


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,636", 1636),
        ("756,102 sq km", 756102),
        ("1.234.567", 1234567),
        ("1.234,5", 1234.5),
        ("3,5", 3.5),
        ("12 345 678", 12345678),
        ("12\u202f345", 12345),
        ("1'234'567", 1234567),
        ("12,34,567", 1234567),
        ("1.2 million", 1_200_000),
        ("US$5m", 5_000_000),
        ("$102.9 billion (2023 est.)", 102.9e9),
        ("5k", 5000),
        ("3 Mio.", 3_000_000),
        ("1.4亿", 140_000_000),
        ("3000万", 30_000_000),
        ("88%", 88),
        ("−3.2 %", -3.2),
        ("-$40", -40),
        ("~5,000", 5000),
        ("约 1,200 人", 1200),
        ("USD 40", 40),
    ],
)
def test_numbers(text: str, value: float) -> None:
    number = parse_number(text)
    assert number is not None
    assert number.value == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "1960s", "21st", "10-20", "A380", "CO2", "Boeing 747", "12:30", "1 of 3"]
)
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1636-09-08", "1636-09-08"),
        ("1636/9/8", "1636-09-08"),
        ("8 Sept 1636", "1636-09-08"),
        ("8th of September, 1636", "1636-09-08"),
        ("September 8, 1636", "1636-09-08"),
        ("Sept. 1636", "1636-09"),
        ("1636", "1636"),
        ("c. 1636", "1636"),
        ("08.09.1636", "1636-09-08"),
        ("1636年9月8日", "1636-09-08"),
        ("1636年9月", "1636-09"),
        ("1636年", "1636"),
        ("二〇〇八年八月八日", "2008-08-08"),
        ("公元前221年", "-0221"),
        ("500 BC", "-0500"),
        ("1. März 1990", "1990-03-01"),
        ("14 juillet 1789", "1789-07-14"),
        ("28 July 1821 (from Spain)", "1821-07-28"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    date = parse_date(text)
    assert date is not None
    assert date.iso() == iso


@pytest.mark.parametrize(
    ("a", "b", "kind", "same"),
    [
        ("1,636", "1636", INT, True),
        ("1,636", "1637", INT, False),
        ("1.2 million", "1,203,456", STR, True),
        ("1.2 million", "1,263,456", STR, False),
        ("756,102 km²", "756102 sq km", STR, True),
        ("756,102 km²", "756,102 sq mi", STR, False),
        ("88%", "0.88", STR, True),
        ("8 Sept 1636", "1636-09-08", DATE, True),
        ("1636", "1636-09-08", DATE, True),
        ("9 Sept 1636", "1636-09-08", DATE, False),
        ("1636", "September 1636", STR, True),
        ("yes", "True", BOOL, True),
        ("是", "no", BOOL, False),
        ("https://www.Yale.edu/", "http://yale.edu", URL, True),
        ("https://yale.edu/a", "https://yale.edu/b", URL, False),
        ("São Paulo", "sao paulo", STR, True),
        ("The Gambia", "Gambia, The", STR, True),
        ("Korea, South", "South Korea", STR, True),
        ("Cambridge (Massachusetts)", "Cambridge", STR, True),
        ("Cambridge(Massachusetts)", "Cambridge", STR, True),
        ("Tongan(s)", "Tongan", STR, False),
        ("St. John's", "Saint John’s", STR, True),
        ("English, French", "French and English", STR, True),
        ("U.S.", "United States", STR, True),
        ("Niger", "Nigeria", STR, False),
        ("n/a", "未知", STR, True),
        ("n/a", "5", STR, False),
        ("Łódź", "Lodz", STR, True),
        ("Ａｐｐｌｅ", "apple", STR, True),
    ],
)
def test_same_value(a: str, b: str, kind: ColumnType, same: bool) -> None:
    assert same_value(a, b, kind) is same
    assert same_value(b, a, kind) is same


@pytest.mark.parametrize("text", ["", "-", "N/A", "(not found)", "unknown.", "未知", "暂无数据", "—", "n.a."])
def test_missing(text: str) -> None:
    assert is_missing(text)


def test_words_that_are_missing_only_where_text_is_not_wanted() -> None:
    assert not is_missing("NA")  # Namibia
    assert is_missing("NA", INT)
    assert not is_missing("none")
    assert is_missing("无", DATE)


@pytest.mark.parametrize(
    ("text", "value", "kind", "found"),
    [
        ("the area is 406,752 km2 (157,048 sq mi)", "406752 sq km", INT, ["406,752 km2"]),
        ("founded on 8 September 1636", "1636-09-08", DATE, ["8 September 1636"]),
        ("founded on 8 September 1636", "1636", INT, ["1636"]),
        ("founded in 1636", "1636-09-08", DATE, []),
        ("about 1,203,456 people", "1.2 million", STR, ["1,203,456"]),
        ("eight universities", "8", INT, ["eight"]),
        ("in SÃO PAULO, Brazil", "Sao Paulo", STR, ["SÃO PAULO"]),
        ("北京大学位于北京市", "北京", STR, ["北京", "北京"]),
        ("see http://yale.edu/ or yale.edu/x", "https://www.yale.edu", URL, ["http://yale.edu/"]),
        ("1960s and 19600", "1960", INT, []),
    ],
)
def test_find_value(text: str, value: str, kind: ColumnType, found: list[str]) -> None:
    assert [text[start:end] for start, end in TextIndex(text).value(value, kind)] == found


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_in_every_dress(number: int) -> None:
    plain = str(number)
    for dress in (f"{number:,}", f"{number:,}".replace(",", "\u202f"), f"{number:,} km", f"$ {number}"):
        assert same_value(plain, dress, INT), dress
        assert TextIndex(f"It has {dress} in all.").value(plain, INT), dress


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(2999, 12, 31)))
def test_dates_in_every_dress(date: datetime.date) -> None:
    iso = date.isoformat()
    for form in ("%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%Y年%m月%d日", "%b %d %Y"):
        dress = date.strftime(form)
        assert same_value(iso, dress, DATE), dress
        assert TextIndex(f"It was on {dress}, they say.").value(iso, DATE), dress


@given(st.text(max_size=60), st.text(max_size=30), st.sampled_from(list(ColumnType)))
def test_any_text_can_be_compared(a: str, b: str, kind: ColumnType) -> None:
    same = same_value(a, b, kind)
    assert same is same_value(b, a, kind)
    assert same_value(a, a, kind)
    for start, end in TextIndex(a).value(b, kind):
        assert 0 <= start < end <= len(a)
    parse_value(a, kind)
    list(scan_dates(a))


def test_digits_without_end_are_text() -> None:
    assert parse_number("9" * 400) is None
    assert same_value("9" * 400, "9" * 400, INT)
    assert not same_value("9" * 400, "8", INT)


def test_names_in_lists_need_all_of_them() -> None:
    assert not same_name("English, French", "English")
