"""A life in brackets, and the year of a work."""

from __future__ import annotations

import pytest

from tests.table.sentences import status
from wideseek_cli.table.model import CellStatus

LIVES = [
    "Albert Einstein (14 March 1879 – 18 April 1955) was a German-born physicist.",
    "Albert Einstein (1879–1955) was a physicist.",
    "Albert Einstein (/ˈaɪnstaɪn/; 14 March 1879 – 18 April 1955) was a physicist.",
    "Albert Einstein (March 14, 1879 – April 18, 1955) was a physicist.",
    "Albert Einstein (14 March 1879, Ulm – 18 April 1955, Princeton) was born a German.",
    "Professor Hermann Einstein (1879–1955), known as Albert Einstein, was a physicist.",
]


def test_a_life_in_whole_dates() -> None:
    for column, right, wrong in (
        ("birth date", "1879-03-14", "1955-04-18"),
        ("died", "18 April 1955", "1879"),
    ):
        args = (f"{column}:date", "Albert Einstein")
        assert status(*args, right, LIVES[0], title="Albert Einstein") is CellStatus.PROVED
        assert status(*args, wrong, LIVES[0], title="Albert Einstein") is CellStatus.SEEN


@pytest.mark.parametrize("what", ["president 1879–1955", "1879–1955 president", "Ulm 1879 – Bern 1955"])
def test_brackets_of_an_office_are_no_life(what: str) -> None:
    sentence = f"Albert Einstein ({what}) was a physicist."
    assert status("born:int", "Albert Einstein", "1879", sentence) is CellStatus.SEEN


def test_a_works_year_is_no_other_year() -> None:
    for column in ("year founded:int", "opened:int"):
        assert status(column, "Parasite", "2019", "Parasite is a 2019 film.") is CellStatus.SEEN
    assert status("released:int", "Parasite", "2019", "Parasite is a 2019 town.") is CellStatus.SEEN
