"""Squares, notes and ordinals that a page sets as raised letters."""

from __future__ import annotations

import pytest

from wideseek_cli.pages.html import read_all, read_html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("93,030 km<sup>2</sup> of land", "93,030 km2 of land"),
        ("93,030&nbsp;km <sup>2</sup>", "93,030 km2"),
        ("<b>5</b> m<sup>3</sup>/s", "5 m3/s"),
        ("<i>5</i> sq<sup>2</sup>", "5 sq^2"),
        ("founded in 1900<sup>[1]</sup><sup>[note 2]</sup>.", "founded in 1900."),
        ("the 21<sup>st</sup> century", "the 21st century"),
        ("10<sup>6</sup> and 10<sup>2</sup>", "10^6 and 10^2"),
        ("item<sup>2</sup>", "item^2"),
        ("<b>30</b><sup>2</sup> and SO<sub>4</sub><sup>2−</sup>", "30^2 and SO4^2-"),
        ("Paris<sup><a>a</a></sup>, the 1<sup>er</sup>", "Paris^a, the 1er"),
        ("Kindle<sup>TM</sup> 3", "Kindle 3"),
        ("<sup>2</sup>", "2"),
    ],
)
def test_raised_letters(source: str, text: str) -> None:
    assert read_all(f"<html><body><p>{source}</p></body></html>").text == text
    table = read_all(f"<table><tr><th>A<th>B<tr><td>{source}<td>x</table>").text
    assert f"| {text} | x |" in table


def test_areas_of_a_page_are_read_as_they_are_shown() -> None:
    rest = "The county has bridges, and its committee reports on them every year. " * 12
    page = (
        "<html><head><title>Hungary</title></head><body><article><h1>Hungary</h1>"
        "<p>Hungary has an area of 93,030&nbsp;km<sup>2</sup> (35,920&nbsp;sq&nbsp;mi).<sup>[1]</sup></p>"
        f"<table><tr><th>Area<td>93,030 km<sup>2</sup><tr><th>Capital<td>Budapest</table><p>{rest}</p>"
        "</article></body></html>"
    )
    text = read_html(page).text
    assert "area of 93,030 km2 (35,920 sq mi)." in text.replace("\u00a0", " ")
    assert "<sup>" not in text
    assert "[1]" not in text
