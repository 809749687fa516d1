"""A question after one field of one thing, and those that are none."""

from __future__ import annotations

import pytest

from wideseek_cli.question.onefact import fact_asked
from wideseek_cli.question.reading import read_question


@pytest.mark.parametrize(
    ("question", "name", "field"),
    [
        ("What is the capital of Belvania?", "Belvania", "capital"),
        ("Who is the head of state of Belvania?", "Belvania", "head of state"),
        ("what's the boiling point of Radon", "Radon", "boiling point"),
        ("What is the length of the River Don?", "River Don", "length"),
        ("Who is the author of The Lamp and the Bell?", "The Lamp and the Bell", "author"),
    ],
)
def test_the_thing_and_the_field(question: str, name: str, field: str) -> None:
    table = fact_asked(read_question(question))
    assert table is not None
    assert table.rows[0].cells[0].text == name
    assert [column.name for column in table.columns] == ["name", field]


@pytest.mark.parametrize(
    "question",
    [
        "What was the capital of Belvania in 1900?",
        "Who was the president of Belvania?",
        "What is the capital of the country north of Belvania?",
        "What is the capital of Belvania and who rules it?",
        "What are the ports of Belvania?",
        "What is the meaning of life?",
        "Is Zadar the capital of Belvania?",
        "List the capital of Belvania, Zadria and Ost.",
        "What is the capital of Belvania?\nWhat is the capital of Zadria?",
    ],
)
def test_any_other_question_is_none(question: str) -> None:
    assert fact_asked(read_question(question)) is None
