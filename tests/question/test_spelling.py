"""Misspelt words are read as the pages' own; right ones and names are left alone."""

from __future__ import annotations

import pytest

from wideseek_cli.question.spelling import misspelt, other_spelling, respelled, vocabulary

KNOWN = vocabulary(
    ["List of national parks of Belvania", "Tallest buildings in Australia", "Height (m)", "Prize"]
)


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("natoinal parks of belvania", "national parks of belvania"),
        ("tallest bulidings in belvania hight", "tallest buildings in belvania height"),
        ("NATOINAL PARKS OF BELVANIA", "national PARKS OF BELVANIA"),
        ("countys and parks", "countys and parks"),  # no word of theirs is near
        ("National parks of Austria", "National parks of Austria"),  # a name, and no Australia
        ("notional parks of Belvania", "national parks of Belvania"),  # whether it is a word, a search tells
    ],
)
def test_a_word_that_is_nearly_one_of_the_pages(question: str, right: str) -> None:
    assert respelled(question, misspelt(question, KNOWN)) == right


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("neighborhoods in Ayr", "neighbourhoods in Ayr"),
        ("neighbourhoods in Ayr", "neighborhoods in Ayr"),
        ("theater colors", "theatre colours"),
        ("attacks on Pearl Harbor", "attacks on Pearl Harbor"),
        ("Colorado programmers of honorary towns", "Colorado programmers of honorary towns"),
    ],
)
def test_the_other_spelling(one: str, other: str) -> None:
    assert other_spelling(one) == other
