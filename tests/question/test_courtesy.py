"""What is written around a question goes, and nothing that tells of the list does."""

from __future__ import annotations

import pytest

from wideseek_cli.question.courtesy import asked_part
from wideseek_cli.question.reading import read_question


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "Hello! I'm preparing a quiz and would be glad if you could put together a list of all the Ayr "
            "Medal laureates, with their citizenship. Thank you so much.",
            "list of all the Ayr Medal laureates, with their citizenship.",
        ),
        ("Could you tell me which prisons there are in Ardovia?", "which prisons there are in Ardovia?"),
        (
            "As a railway enthusiast I'd love to have a table of the locomotives of the Ayr Railroad.",
            "table of the locomotives of the Ayr Railroad.",
        ),
        ("I need the mayors of Bel. I need this for a report due tomorrow.", "need the mayors of Bel."),
    ],
)
def test_what_is_about_the_asker_goes(text: str, left: str) -> None:
    assert asked_part(text).startswith(left)


@pytest.mark.parametrize(
    "text",
    [
        "US presidents who were born in October",
        "For Ardovia, which I visit, list the provinces",
        "Since 1990, which parks do we have?",
        "Thank you so much!",
        "rivers of Ardovia with length\nColumns: river, length",
    ],
)
def test_names_numbers_and_plain_questions_stay(text: str) -> None:
    assert asked_part(text) == text


@pytest.mark.parametrize("text", [", Ardovia", " , Bel rivers", "", "Please", "Please list"])
def test_there_may_be_nothing_before_or_behind_it(text: str) -> None:
    assert isinstance(read_question(text).subject(), tuple)


def test_the_subject_is_that_of_the_list() -> None:
    polite = "Hi! For my daughter's school work I need a list of the lakes of Ardovia. Thanks for your help!"
    assert read_question(polite).subject() == read_question("lakes of Ardovia").subject()
