"""What numbers come to when their header or label says `in millions`."""

from __future__ import annotations

import pytest

from tests.table.test_cells import status
from wideseek_cli.table.labels import unit_and_scale
from wideseek_cli.table.model import CellStatus, Document
from wideseek_cli.table.passages import Indexed

COMPANIES = """# Companies

| Rank | Company | Revenue (USD millions) | Growth (%) |
|---|---|---|---|
| 1 | Walmart | $680,985 | 5.1 |
| 2 | Costco | $254.5 billion | 5.0 |
"""
INDIA = "# India\n\n| India |\n|---|\n| Population (millions) | 1,428 (2023) |\n| Area (km2) | 3,287,263 |\n"
LINE = "# India\n\n- Population (millions): 1,428 (2023)\n- Area: 3,287,263 km2\n"


@pytest.mark.parametrize(
    ("name", "column", "right", "wrong", "text"),
    [
        ("Walmart", "revenue", "$681 billion", "$680,985", COMPANIES),
        ("Walmart", "revenue", "$680,985 million", "$680,985 billion", COMPANIES),
        ("Walmart", "revenue (billion USD):float", "680.985", "680985", COMPANIES),
        ("Walmart", "revenue (USD millions):int", "680985", "681", COMPANIES),
        ("Walmart", "rank:int", "1", "2", COMPANIES),
        ("Costco", "revenue", "$254.5 billion", "$254.5 million", COMPANIES),  # has a scale of its own
        ("India", "population:int", "1428000000", "1428", INDIA),
        ("India", "population", "1.428 billion", "1.428 million", INDIA),
        ("India", "population (millions)", "1428", "1428000", INDIA),
        ("India", "population:int", "1428000000", "2023", INDIA),
        ("India", "area (km2):int", "3287263", "1428", INDIA),
        ("India", "population:int", "1428000000", "1428", LINE),
    ],
)
def test_a_number_counts_with_the_scale_of_its_header(
    name: str, column: str, right: str, wrong: str, text: str
) -> None:
    assert status(f"name, {column}", name, right, text) is CellStatus.PROVED
    assert status(f"name, {column}", name, wrong, text) is not CellStatus.PROVED


def test_a_source_in_millions_and_one_in_full_agree() -> None:
    both = INDIA + "\n## Figures\n\n- Population: 1,428,000,000\n"
    assert status("name, population:int", "India", "1428000000", both) is CellStatus.PROVED


def test_the_whole_number_keeps_its_currency() -> None:
    doc = Indexed(Document("https://a.example/", "Companies", COMPANIES))
    at = COMPANIES.index("$680,985")
    assert doc.said(at, at + len("$680,985")) == "$680,985,000,000"
    assert doc.said(at + 11, at + 14) == COMPANIES[at + 11 : at + 14]


@pytest.mark.parametrize(
    ("name", "unit", "scale"),
    [
        ("Revenue (USD millions)", "usd", 1e6),
        ("Revenue (US$ bn)", "usd", 1e9),
        ("Revenue ($M)", "usd", 1e6),
        ("GDP (in millions of US dollars)", "usd", 1e6),
        ("GDP (nominal, 2023) (€ million)", "eur", 1e6),
        ("Population ('000)", "", 1e3),
        ("Area (1,000 ha)", "ha", 1e3),
        ("人口（万人）", "", 1e4),
        ("Population (2020)", "", 1.0),
        ("Births (per thousand)", "", 1.0),
        ("Births (per 1,000)", "", 1.0),
        ("Record (100 m)", "", 1.0),
        ("Height (m)", "m", 1.0),
    ],
)
def test_units_and_scales_that_headers_give(name: str, unit: str, scale: float) -> None:
    assert unit_and_scale(name) == (unit, scale)
