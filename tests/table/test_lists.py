"""Proof over tables, lists, an infobox and a company's own page; right cells, and traps beside them."""

from __future__ import annotations

import pytest

from tests.table.test_prose import judged
from wideseek_cli.table.model import CellStatus, Document

PAGES = (
    Document(
        "https://pedia.example/K2",
        "K2 - Example Encyclopedia",
        """# K2

K2, at 8,611 metres (28,251 ft) above sea level, is the second-highest mountain on
Earth, after Mount Everest at 8,849 metres (29,032 ft). It lies in the Karakoram range, partially in the
Gilgit-Baltistan region of Pakistan-administered Kashmir and partially in China.
K2 was first climbed on 31 July 1954 by
Lino Lacedelli and Achille Compagnoni of Italy.

| Highest point | |
|---|---|
| Elevation | 8,611 m (28,251 ft) |
| Prominence | 4,020 m |
| Coordinates | 35°52′57″N |
| Parent range | Karakoram |
| First ascent | 31 July 1954 |
""",
    ),
    Document(
        "https://pedia.example/8000",
        "Eight-thousander",
        """# Eight-thousander

| Mountain | Height (m) | Height (ft) | Location | First ascent | First ascender(s) |
|---|---|---|---|---|---|
| [Everest](https://x) | 8,849[1] | 29,032 | Nepal / China | 29 May 1953 | Edmund Hillary, Tenzing Norgay |
| Kangchenjunga | 8,586 | 28,169 | Nepal / India | 25 May 1955 | George Band, Joe Brown |
| **Lhotse** | 8,516 | 27,940 | Nepal / China | 18 May 1956 | Fritz Luchsinger, Ernst Reiss |

Makalu (8,485 m), Cho Oyu (8,188 m) and Dhaulagiri (8,167 m) follow.
""",
    ),
    Document(
        "https://acme.example/about",
        "About us | Acme Corp",
        """Acme Corporation was started by Jane Doe and John Roe in a garage in Austin,
Texas, back in 1999. Today we employ 12,400 people in 30 countries. In 2023
our revenue reached $3.2 billion, up from $2.9 billion in 2022. Our CEO is Mary Major.

Globex, our largest competitor, was founded in 1987 and has revenue of $5.1 billion.
""",
    ),
    Document(
        "https://films.example/best",
        "Best Picture winners",
        """# Best Picture winners

## 2020s

- **2020**: Nomadland, directed by Chloé Zhao
- **2021**: CODA, directed by Sian Heder
- 2022: Everything Everywhere All at Once (directors: Daniel Kwan and Daniel Scheinert)
- Oppenheimer (2023) – Christopher Nolan – running time 180 minutes
""",
    ),
    Document(
        "https://x.example/towers",
        "Tallest buildings",
        """1. Burj Khalifa, Dubai, 828 m, completed in 2010
2. Merdeka 118, Kuala Lumpur, 678.9 m, completed in 2023
3. Shanghai Tower, Shanghai, 632 m, completed in 2015
""",
    ),
)

RIGHT = [
    ("mountain, elevation (m):int", "K2 | 8611"),
    ("mountain, first ascent:date", "K2 | 1954-07-31"),
    ("mountain, range", "K2 | Karakoram"),
    ("mountain, height:int", "Everest | 8849"),
    ("mountain, height (ft):int", "Everest | 29032"),
    ("mountain, height (m):int", "Lhotse | 8,516 m"),
    ("mountain, first ascent:date", "Kangchenjunga | 25 May 1955"),
    ("mountain, height (m):int", "Makalu | 8485"),
    ("mountain, height (m):int", "Cho Oyu | 8188"),
    ("mountain, height (m):int", "Mount Everest | 8849"),
    ("company, founded:int", "Acme Corporation | 1999"),
    ("company, founders", "Acme | Jane Doe, John Roe"),
    ("company, employees:int", "Acme Corporation | 12,400"),
    ("company, revenue 2023", "Acme Corporation | $3.2 billion"),
    ("company, CEO", "Acme Corporation | Mary Major"),
    ("company, founded:int", "Globex | 1987"),
    ("company, revenue", "Globex | $5.1 billion"),
    ("company, headquarters city", "Acme Corporation | Austin"),
    ("film, director", "Nomadland | Chloé Zhao"),
    ("film, director", "CODA | Sian Heder"),
    ("film, year:int", "Oppenheimer | 2023"),
    ("film, running time", "Oppenheimer | 180 minutes"),
    ("film, director", "Everything Everywhere All at Once | Daniel Kwan and Daniel Scheinert"),
    ("building, height (m):float", "Burj Khalifa | 828"),
    ("building, city", "Merdeka 118 | Kuala Lumpur"),
    ("building, completed:int", "Shanghai Tower | 2015"),
    ("building, height (m):float", "Merdeka 118 | 678.9"),
]

WRONG = [
    ("mountain, elevation (m):int", "K2 | 8849"),
    ("mountain, elevation (m):int", "K2 | 4020"),
    ("mountain, first ascent:date", "K2 | 1953"),
    ("mountain, height (ft):int", "Lhotse | 8516"),
    ("mountain, height (m):int", "Makalu | 8188"),
    ("mountain, height (m):int", "Kangchenjunga | 8516"),
    ("company, founded:int", "Acme Corporation | 1987"),
    ("company, revenue 2023", "Acme Corporation | $2.9 billion"),
    ("company, revenue 2023", "Acme Corporation | $5.1 billion"),
    ("company, employees:int", "Acme Corporation | 30"),
    ("company, CEO", "Acme Corporation | Jane Doe"),
    ("company, revenue", "Globex | $3.2 billion"),
    ("company, founded:int", "Acme Corporation | 2023"),
    ("film, director", "Nomadland | Sian Heder"),
    ("film, year:int", "CODA | 2020"),
    ("film, director", "CODA | Christopher Nolan"),
    ("building, height (m):float", "Shanghai Tower | 678.9"),
    ("building, city", "Burj Khalifa | Shanghai"),
    ("building, completed:int", "Merdeka 118 | 2015"),
    ("company, founders", "Globex | Jane Doe"),
]


@pytest.mark.parametrize(("columns", "row"), WRONG)
def test_a_trap_is_not_proved(columns: str, row: str) -> None:
    assert judged(columns, row, PAGES).rows[0].cells[1].status is not CellStatus.PROVED
