"""Whether the first line names the columns: told by what it has in common with the lines below it."""

from __future__ import annotations

import pytest

from wideseek_cli.core import errors
from wideseek_cli.tablefile.given import headed, table_of
from wideseek_cli.tablefile.heading import Heading, heading
from wideseek_cli.tablefile.read import read_bytes

NAMED = (
    "country,capital\nPeru,Lima\nChad,",
    "Country,Capital\nPeru,Lima\nChad,N'Djamena",
    "Land,Hauptstadt\nPeru,Lima\nTschad,",
    "COUNTRY,TOWN\nPeru,Lima\nChad,",
    "Lake,Depth\nLake Como,\nLake Garda,",
    "University Name,Home Town\nYale University,New Haven\nBrown University,Providence",
    "Type,Town\nTown,Ayr\nVillage,Bel\nTown,Cam",  # a name that is a value too
    "Director,Genre\nAlan Crosland,Musical\nDirector X,Drama",
    "Peak,Ascent\nMogoton,1912\nCelaque,1933",  # words over figures
    "country,2019,2020\nPeru,2015,2100\nChad,1900,1800",
    "Hole,1,2,3\nPar,4,2,3\nYards,1,2,3",
    "Zug,Zug_id\nAlpha,Beta\nGamma,Delta",
    "Song,Language\nAnna,French\nBella,Italian",
    "Ivy,Ground\nHarvard,\nYale,\nBrown,",  # what nothing fills is to be filled
)
ROWS = (
    ("Peru,Lima\nChile,", "Peru"),
    ("peru,lima\nchile,santiago", "peru"),
    ("Anna,French\nBella,Italian\nCarla,German", "French"),
    ("Peru\nChile\nChad", "Peru"),
    ("Harvard University,Cambridge\nYale University,New Haven\nBrown University,Providence", "Harvard Univ"),
    ("Ada Lovelace,Poetry\nAlan Turing,Running\nAlan Kay,Poetry", "Poetry"),
    ("Mogoton,M-17\nCelaque,M-20\nHonduras,M-21", "M-17"),
    ("Peru,33845617\nChile,18664652", "33845617"),
    ("Bel,1999,3\nAyr,2001,5", "1999"),
)


@pytest.mark.parametrize("data", NAMED)
def test_an_ordinary_header_is_one(data: str) -> None:
    assert heading(read_bytes("t", data.encode(), "csv")) == (Heading.NAMES, "")


@pytest.mark.parametrize(("data", "cell"), ROWS)
def test_a_row_in_place_of_a_header_is_refused_and_can_be_given_one(data: str, cell: str) -> None:
    raw = read_bytes("t", data.encode(), "csv")
    with pytest.raises(errors.NoHeaderError) as caught:
        table_of(raw)
    assert cell in str(caught.value)
    assert "--header" in caught.value.hint
    names = ", ".join("abc"[: len(raw.header)])
    made = table_of(headed(raw, names))
    assert [column.name for column in made.columns] == names.split(", ")
    assert made.rows[0].cells[0].text == raw.header[0]
    assert len(made.rows) == len(raw.rows) + 1
    assert table_of(raw, raw.header[0]).columns[0].name == raw.header[0]  # the user says that it is one
    with pytest.raises(errors.UsageError, match="--header names 4"):
        headed(raw, "a, b, c, d")


def test_what_cannot_be_told_is_unsure_and_forms_with_a_header_are_not_asked() -> None:
    assert heading(read_bytes("t", b"Harvard,Cambridge\nYale,New Haven"))[0] is Heading.UNSURE
    assert table_of(read_bytes("t", b'[{"Peru": "Chile"}, {"Peru": "Chad"}]')).columns[0].name == "Peru"
    assert table_of(read_bytes("t", b"| Peru |\n| --- |\n| Chad |")).columns[0].name == "Peru"
