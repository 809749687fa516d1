"""What was, what is not and what is only thought proves nothing; what stands beside it does."""

from __future__ import annotations

import pytest

from tests.table.sentences import status
from wideseek_cli.table.model import CellStatus

PAST = [
    ("capital", "Nigeria", "Lagos", "Lagos is not the capital of Nigeria."),
    ("capital", "Nigeria", "Lagos", "Lagos was the capital of Nigeria until 1991."),
    ("capital", "Nigeria", "Lagos", "Until 1991, Lagos was the capital of Nigeria."),
    ("capital", "Nigeria", "Lagos", "Lagos was the capital of Nigeria from 1914 to 1991."),
    ("capital", "Nigeria", "Lagos", "Lagos, the former capital of Nigeria, is large."),
    ("capital", "Nigeria", "Lagos", "Lagos was the first capital of Nigeria."),
    ("capital", "Nigeria", "Lagos", "In 1991 the capital of Nigeria was moved from Lagos to Abuja."),
    ("capital", "Nigeria", "Lagos", "Abuja replaced Lagos as the capital of Nigeria in 1991."),
    ("capital", "Nigeria", "Lagos", "Many think Lagos is the capital of Nigeria."),
    ("capital", "Nigeria", "Lagos", "Lagos isn't the capital of Nigeria."),
    ("CEO", "Boeing", "Dave Calhoun", "Boeing's former CEO Dave Calhoun stepped down."),
    ("CEO", "Boeing", "Dave Calhoun", "Dave Calhoun resigned as CEO of Boeing in 2024."),
    ("CEO", "Boeing", "Dave Calhoun", "Dave Calhoun was replaced by Kelly Ortberg as CEO of Boeing."),
    ("CEO", "Boeing", "Dave Calhoun", "Dave Calhoun served as CEO of Boeing."),
    ("CEO", "Boeing", "Dave Calhoun", "Boeing denied that Dave Calhoun is its CEO."),
    ("CEO", "Boeing", "Dave Calhoun", "Kelly Ortberg became CEO of Boeing, succeeding Dave Calhoun."),
    ("CEO", "Boeing", "Dave Calhoun", "Former Boeing CEO Dave Calhoun joined Google."),
    ("CEO", "Boeing", "Dave Calhoun", "Dave Calhoun (CEO 2020–2024) wrote a book on Boeing."),
    ("CEO", "Boeing", "Dave Calhoun", "Boeing fired its CEO, Dave Calhoun, in 2024."),
    ("CEO", "Boeing", "Dave Calhoun", "Dave Calhoun declined to become CEO of Boeing."),
    (
        "president",
        "France",
        "Le Pen",
        "Macron was elected president of France when he defeated Marine Le Pen.",
    ),
    ("president", "France", "Hollande", "Emmanuel Macron followed Hollande as president of France."),
    ("director", "Tenet", "Emma Thomas", "Tenet was directed by Nolan and produced by Emma Thomas."),
    ("official language", "Brazil", "Spanish", "The official language of Brazil is Portuguese, not Spanish."),
    ("president", "Brazil", "Jair", "Brazil's president is Lula; his predecessor was Jair."),
    ("校长", "北京大学", "王希勤", "北京大学前任校长王希勤于2024年卸任。"),
]


@pytest.mark.parametrize(("column", "row", "value", "sentence"), PAST)
def test_what_is_over_or_denied_is_not_proved(column: str, row: str, value: str, sentence: str) -> None:
    assert status(column, row, value, sentence) is CellStatus.SEEN
