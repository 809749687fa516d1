"""What a place states is a value: no remark on it, no sentence about something else, no other field."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.values import states, without_remarks
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table

# Pages of several kinds: fields, headings with a text under them, a table. The row is called Karvel.
FIELDS = """# Karvel

- Seat: Ostra; note - the court sits in Brun
- Anthem: Rise, Karvel! (since 1920)
- Depots: North Yard; South Yard
- Keeper: Ada Lind\n  Remark: acting
- Owner: Lind & Sons; the yard was sold to them in 1990
- Crew: 14 (Note: without pilots)
- Ferry: two a day, N.B. - none on Sundays
"""
HEADINGS = """# Karvel

## Overview

### Harbour

Ostra Bay

### Harbour traffic

one third of all boats berth in Ostra; the rest lie at Brun

### Market

The market moved from Brun to the old quay in 1931.

### Winds

mostly westerly

### Fleet history

boats were lost in the storm of 1953
"""
GRID = """| Port | Seat | Berths |
| --- | --- | --- |
| Karvel | Ostra; Brun is the seat of the court | 14 |
"""


def _offered(text: str, column: str) -> tuple[str, ...]:
    table = Table(parse_columns(f"port, {column}"), (Row((Cell("Karvel"), Cell("", CellStatus.MISSING))),))
    return prove(table, [Document("u", "Karvel", text)]).rows[0].cells[1].alternatives


@pytest.mark.parametrize(
    ("page", "column", "value"),
    [
        (FIELDS, "seat", "Ostra"),
        (FIELDS, "anthem", "Rise, Karvel!"),
        (FIELDS, "depots", "North Yard; South Yard"),
        (FIELDS, "keeper", "Ada Lind"),
        (FIELDS, "owner", "Lind & Sons"),
        (FIELDS, "crew", "14"),
        (FIELDS, "ferry", "two a day"),
        (HEADINGS, "harbour", "Ostra Bay"),
        (HEADINGS, "winds", "mostly westerly"),
        (GRID, "seat", "Ostra"),
    ],
)
def test_a_value_is_offered_without_what_is_noted_on_it(page: str, column: str, value: str) -> None:
    assert _offered(page, column) == (value,)


@pytest.mark.parametrize(
    ("page", "column"), [(HEADINGS, "market"), (HEADINGS, "traffic"), (HEADINGS, "fleet")]
)
def test_a_sentence_is_offered_as_no_value(page: str, column: str) -> None:
    assert _offered(page, column) == ()


def test_a_note_is_no_proof_of_another_field() -> None:
    table = Table(
        parse_columns("port, harbour"),
        (Row((Cell("Karvel"), Cell("one third of all boats berth in Ostra"))),),
    )
    assert prove(table, [Document("u", "Karvel", HEADINGS)]).rows[0].cells[1].status is not CellStatus.PROVED


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Life is Beautiful", "Life is Beautiful"),
        ("La Paz (administrative); Sucre", "La Paz (administrative); Sucre"),
        ("Notes from a Small Island", "Notes from a Small Island"),
        ("note: as of May", ""),
        ("12 km – note 2: at low tide", "12 km"),
        ("May 1, 1990; may have been later", "May 1, 1990"),
    ],
)
def test_only_remarks_are_taken_off(said: str, value: str) -> None:
    assert without_remarks(said) == value


def test_a_value_is_stated_with_a_note_behind_it() -> None:
    assert states("Ostra, note: the court sits in Brun", "Ostra")
    assert not states("Ostra, note: the court sits in Brun", "Brun")


@pytest.mark.parametrize(
    ("label", "column", "how"),
    [
        ("Population distribution", "population", Match.NONE),
        ("Harbour traffic", "harbour", Match.NONE),
        ("Publisher's description", "publisher", Match.NONE),
        ("Capital expenditure", "capital", Match.NONE),
        ("Population (2020)", "population", Match.IDENTICAL),
        ("Population estimate 2020", "population", Match.AKIN),
        ("Population of the city", "population", Match.AKIN),
        ("Seats won", "seats", Match.AKIN),
        ("Time/Retired", "time", Match.AKIN),
        ("College & club", "college", Match.AKIN),
        ("Capital city", "capital", Match.AKIN),
        ("Height ft", "height", Match.AKIN),
        ("Release date", "release", Match.AKIN),
        ("ISBN-13", "ISBN", Match.AKIN),
    ],
)
def test_the_last_word_of_a_label_says_what_it_is(label: str, column: str, how: Match) -> None:
    assert match(label, column) is how
