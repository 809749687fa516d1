"""Whose value a sentence states, when it names somebody else beside the row."""

from __future__ import annotations

import pytest

from tests.table.sentences import status
from wideseek_cli.table.model import CellStatus

OTHERS = [
    (
        "Brazil",
        "population:int",
        "46 million",
        "Brazil has a population of 203 million, more than Argentina, which has a population of 46 million.",
    ),
    ("Apple", "revenue", "$245.12 billion", "Microsoft, its rival, had revenue of $245.12 billion."),
    ("Apple", "revenue", "$307 billion", "It was bought by Google, which has revenue of $307 billion."),
    (
        "Australia",
        "population:int",
        "5 million",
        "Compared with New Zealand's population of 5 million, Australia is large.",
    ),
    (
        "Marie Curie",
        "born:int",
        "1859",
        "She married Pierre Curie (born 15 May 1859 in Paris) in 1895.",
    ),
    ("Marie Curie", "birthplace", "Paris", "She married Pierre Curie (born 15 May 1859 in Paris) in 1895."),
    ("Marie Curie", "born:int", "1897", "Her daughter Irène was born in 1897."),
    ("Marie Curie", "born:int", "1897", "Her eldest daughter was born in 1897."),
    (
        "Inception",
        "director",
        "Tom Hooper",
        "It was praised, losing to The King's Speech, which was directed by Tom Hooper.",
    ),
    ("Peru", "population:int", "10 million", "Its capital, Lima, has a population of 10 million."),
    ("Peru", "population:int", "10 million", "Peru's capital, Lima, has a population of 10 million."),
    ("GM", "CEO", "Ann Lee", "Bo Orr leads GM, and Ann Lee is CEO of Ford Motor."),
    ("GM", "CEO", "Ann Lee", "Board of directors: Ann Lee, president and CEO of Arden Steel"),
    ("GM", "CEO", "Ann Lee", "Directors: Ann Lee (former CEO)"),
    ("GM", "CEO", "Ann Lee", "Directors: Ann Lee (chair, and CEO until 2019)"),
    ("GM", "CEO", "Ann Lee", "Key people: Ann Lee (CEO, Ford)"),
    ("GM", "CEO", "Ann Lee", "Key people: Ann Lee (CEO and co-founder, retired)"),
    ("GM", "CEO", "Ann Lee", "Key people: Ann Lee (CEO and chair of Ford)"),
    ("GM", "CEO", "Ann Lee", "Former executives: Ann Lee (CEO), Bo Orr (CFO)"),
    ("GM", "CEO", "Ann Lee", "Subsidiaries: Opel, Ann Lee (CEO)"),
    ("Peru", "president", "Ann Lee", "Central bank: Ann Lee (president)"),
    ("Peru", "capital", "Arequipa", "Regions: Arequipa (capital), Cusco"),
    ("Peru", "president", "Ann Lee", "Government: Ann Lee (vice president)"),
    ("Alphabet", "revenue", "$31 billion", "In 2023 the subsidiary YouTube had revenue of $31 billion."),
]
OWN = [
    (
        "Brazil",
        "population:int",
        "203 million",
        "Brazil has a population of 203 million, more than Argentina, which has a population of 46 million.",
    ),
    (
        "Hungary",
        "population:int",
        "9.5 million",
        "Hungary is a country in Central Europe, which has a population of 9.5 million.",
    ),
    ("Acme", "employees:int", "5,000", "Acme, of Boston, Massachusetts, has 5,000 employees."),
    ("Acme", "revenue", "$5 billion", "Acme, founded by Ann Lee, has revenue of $5 billion."),
    ("Kenya", "capital", "Nairobi", "Kenya is a country in East Africa, whose capital is Nairobi."),
    ("Georgia", "population:int", "3.7 million", "Its capital is Tbilisi, and it has 3.7 million people."),
    (
        "Everest",
        "elevation (m):int",
        "8,848 m",
        "Everest is Earth's highest mountain, at an elevation of 8,848 m.",
    ),
    ("Lady Gaga", "born:int", "1986", "Stefani Germanotta (born March 28, 1986) is a singer."),
    ("MIT", "founded:int", "1861", "Boston is its home; when Lincoln was president, it was founded in 1861."),
    ("Sony Music", "CEO", "Rob Stringer", "Key people: Rob Stringer (CEO), Ann Lee (CFO)"),
    ("Sony Music", "CEO", "Rob Stringer", "Key people: Ann Lee (CFO), Rob Stringer, (chairman and CEO)"),
    (
        "Sony Music",
        "CEO",
        "Rob Stringer",
        "Key people: Rob Stringer (co-founder, president & CEO since 2017)",
    ),
    ("GM", "CEO", "Ann Lee", "Ann Lee is the CEO of General Motors."),
    ("France", "president", "Ann Lee", "Ann Lee is the president of the French Republic."),
    ("Apple", "CEO", "Tim Cook", "Tim Cook is the CEO of Apple Inc."),
    ("Apple", "CEO", "Tim Cook", "It is led by Tim Cook, who was its COO, and is its CEO."),
]


@pytest.mark.parametrize(("row", "column", "value", "sentence"), OTHERS)
def test_a_neighbours_value_is_only_seen(row: str, column: str, value: str, sentence: str) -> None:
    assert status(column, row, value, sentence, title=row) is CellStatus.SEEN


@pytest.mark.parametrize(
    ("row", "column", "value", "sentence"),
    [
        ("Ford", "founded:int", "2003", "Unlike Tesla, which was founded in 2003, Ford is old."),
        (
            "Virginia",
            "population:int",
            "226,610",
            "Richmond, the capital of Virginia, has 226,610 inhabitants.",
        ),
        (
            "Ford",
            "headquarters",
            "Detroit",
            "GM, based in Detroit, employs many, while Ford, based in Dearborn, employs more.",
        ),
    ],
)
def test_so_it_is_on_a_page_about_something_else(row: str, column: str, value: str, sentence: str) -> None:
    assert status(column, row, value, sentence) is CellStatus.SEEN
