"""Descriptions: nearly the page's words count, in the page's order."""

from __future__ import annotations

import random
import time

import pytest

from tests.table.sentences import status
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table
from wideseek_cli.table.wordorder import said_in_order

PAGE = (
    "Photosynthesis is a system of biological processes by which photosynthetic organisms convert light "
    "energy into chemical energy. It does not convert chemical energy into light energy. It made our air."
)
ABOUT = "a system of biological processes by which photosynthetic organisms convert {} energy into {} energy"


def test_a_description_in_the_pages_words() -> None:
    for text in (
        ABOUT.format("light", "chemical"),
        "system of biological processes by which organisms convert light energy into chemical energy",
        PAGE.removeprefix("Photosynthesis is "),
    ):
        assert status("definition", "Photosynthesis", text, PAGE, "Photosynthesis") is CellStatus.PROVED, text


def test_a_description_turned_round_is_not_found() -> None:
    text = ABOUT.format("chemical", "light")
    assert status("definition", "Photosynthesis", text, PAGE, "Photosynthesis") is CellStatus.UNPROVED


def test_words_in_order_are_the_longest_common_run() -> None:
    chance = random.Random(1)
    for _ in range(200):
        one, two = ("".join(chance.choices("abcd", k=chance.randrange(12))) for _ in range(2))
        assert said_in_order(one, two) == plain(one, two)


def plain(one: str, two: str) -> int:
    rows = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            rows[i + 1][j + 1] = rows[i][j] + 1 if a == b else max(rows[i][j + 1], rows[i + 1][j])
    return rows[-1][-1]


LONG = {
    "labels": "founded: 1900; Acme Corp: x; ",
    "brackets": "Acme Corp (founded 1900 (",
    "no full stop": "Acme Corp was founded in 1900 in Paris with 123456 people and ",
    "full stops": "Acme Corp founded 1900 " + "." * 3_000,
    "sentences": "Acme Corp was founded in 1900 in Paris. ",
}


@pytest.mark.parametrize("what", [*LONG, "headers", "dashes"])
def test_long_lines_take_little_time(what: str) -> None:
    text = LONG.get(what, "") * (60_000 // len(LONG.get(what, "x")))
    if what == "headers":
        text = "|" + " founded |" * 3_000 + "\n|---|---|\n|" + " Acme Corp | 1900 |" * 1_500
    elif what == "dashes":
        text = "| a | b |\n| " + "-" * 30_000 + " x |\nAcme Corp 1900"
    columns = parse_columns("company, capital, population:int, founded:int, area:int")
    row = Row(tuple(Cell(text) for text in ("Acme Corp", "Paris", "123456", "1900", "2000")))
    start = time.process_time()
    prove(Table(columns, (row,)), (Document("https://example.org/long", "Acme Corp", text),))
    assert time.process_time() - start < 2
