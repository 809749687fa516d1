"""What a page says of its subject without the column's word, and what it only mentions."""

from __future__ import annotations

import pytest

from tests.table.sentences import status
from wideseek_cli.table.model import CellStatus

MENTIONED = [
    ("birthplace", "In 1891 she moved to Paris.", "Paris"),
    ("place of birth", "In 1891 she moved to Paris.", "Paris"),
    ("founder", "Colette Kress is CFO.", "Colette Kress"),
    ("founder", "It was founded in 1990 by Ann Lee, a student of Carl Poe.", "Carl Poe"),
    ("founder", "Bob Ray was a guest when it was founded.", "Bob Ray"),
    ("spouse", "Her sister is Ann Lee.", "Ann Lee"),
    ("parent company", "Zed competes with Google.", "Google"),
    ("employer", "She turned down an offer from MIT.", "MIT"),
    ("alma mater", "She gave a lecture at Yale in 1999.", "Yale"),
    ("nationality", "She translated a German novel.", "German"),
    ("nationality", "She was a German-born painter.", "German"),
    ("city", "Zed moved from Boston to Cambridge.", "Boston"),
    ("country", "She likes France.", "France"),
    ("website:url", "Retrieved from https://www.reuters.com/zed.", "https://www.reuters.com/zed"),
    ("capital", "The capital is Canberra, while its largest city is Sydney.", "Sydney"),
]


@pytest.mark.parametrize(("column", "sentence", "value"), MENTIONED)
def test_what_it_only_mentions_is_seen(column: str, sentence: str, value: str) -> None:
    assert status(column, "Jane Zed", value, sentence, title="Jane Zed") is CellStatus.SEEN


CREDITS = [
    ("owner", "YouTube", "Google", "YouTube is a video platform owned by Google.", CellStatus.PROVED),
    (
        "architect",
        "Fallingwater",
        "Frank Wright",
        "Fallingwater is a house designed by Frank Wright.",
        CellStatus.PROVED,
    ),
    (
        "producer",
        "Dune",
        "Mary Parent",
        "Dune was directed by Denis Lee and produced by Mary Parent.",
        CellStatus.PROVED,
    ),
    (
        "producer",
        "Dune",
        "Denis Lee",
        "Dune was directed by Denis Lee and produced by Mary Parent.",
        CellStatus.SEEN,
    ),
    (
        "developer",
        "Halo",
        "Bungie",
        "Halo was developed by Bungie and published by Microsoft.",
        CellStatus.PROVED,
    ),
    (
        "publisher",
        "Halo",
        "Bungie",
        "Halo was developed by Bungie and published by Microsoft.",
        CellStatus.SEEN,
    ),
    (
        "party",
        "Ann Roe",
        "Democratic Party",
        "Ann Roe is a member of the Democratic Party.",
        CellStatus.PROVED,
    ),
]


@pytest.mark.parametrize(("column", "row", "value", "sentence", "wanted"), CREDITS)
def test_who_made_and_owns_things(
    column: str, row: str, value: str, sentence: str, wanted: CellStatus
) -> None:
    assert status(column, row, value, sentence, title=row) is wanted


def test_a_born_line_with_a_date_does_not_contradict_a_birthplace() -> None:
    text = "- Born: 29 January 1954\n\nOprah Winfrey was born in Kosciusko, Mississippi."
    assert (
        status("birthplace", "Oprah Winfrey", "Kosciusko", text, title="Oprah Winfrey") is CellStatus.PROVED
    )
