"""Clauses that ask for the list or for a column narrow nothing."""

from __future__ import annotations

import pytest

from wideseek_cli.question.clauses import clauses


@pytest.mark.parametrize(
    ("question", "narrows"),
    [
        ("Which reservoirs are there in Ardovia? Give name and area.", False),
        ("Which lakes does Ardovia have? Give name and area.", False),
        ("Airbases in Ardovia: region and who holds them.", False),
        ("List the lakes that are dammed.", True),
        ("List the airbases that belong to Ardovia.", True),
    ],
)
def test_what_only_asks_is_no_condition(question: str, narrows: bool) -> None:
    assert bool(list(clauses(question))) is narrows
