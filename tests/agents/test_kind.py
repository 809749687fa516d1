"""Which questions get a table, and which one short answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wideseek_cli.agents.kind import wants_table
from wideseek_cli.cli.commands.demo import QUESTIONS
from wideseek_cli.settings.config import Settings

README = Path(__file__).parents[2] / "README.md"


def readme_questions() -> list[str]:
    """Every question that README asks in whole words, in a command or in the text."""
    text = README.read_text(encoding="utf-8")
    asked = re.findall(r'wideseek ask "([^"…]+)"', text) + re.findall(r"`(List [^`…]+)`", text)
    return list(dict.fromkeys(asked))


def test_every_question_of_readme_gets_a_table() -> None:
    asked = readme_questions()
    assert any("Ivy League" in question for question in asked)
    assert len(asked) > 1
    short = [question for question in (*asked, *QUESTIONS) if not wants_table(question, Settings())]
    assert not short


@pytest.mark.parametrize(
    "question",
    [
        "Which countries border Lake Victoria?",
        "What are the countries of South America with capital and area?",
        "Which South American countries have a coast?",
        "What landlocked countries are there?",
        "Which two countries border Andorra?",
        "In which cities were the Olympic Games held?",
        "Who were the presidents of Brazil?",
        "Which of these countries have a coast?",
        "What people signed the treaty?",
        "Which is the largest country of Africa? Give its capital, population and area.",
        "尼罗河流经哪些国家？",
        "哪几个国家与秘鲁接壤？",
        "维多利亚湖在哪里？请给出面积、深度和沿岸国家。",
    ],
)
def test_several_things_or_several_facts_make_a_table(question: str) -> None:
    assert wants_table(question, Settings())


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Peru?",
        "Which country has the largest area?",
        "Which country borders both Peru and Brazil?",
        "Which river flows through Cairo?",
        "What causes rain?",
        "What Texas city is the largest?",
        "What Is Texas famous for?",
        "What makes the sky blue?",
        "Which comes first, the chicken or the egg?",
        "What was the first of the crusades called?",
        "Which bus goes to the airport?",
        "What gas do plants take in?",
        "What does a baker do?",
        "Who wrote The Three Musketeers?",
        "What is the river which borders two countries?",
        "How many countries border Lake Victoria?",
        "Who gave Lincoln the pen, and when?",
        "秘鲁的首都是什么？",
        "哪个国家的面积最大？",
        "哪座城市是秘鲁的首都？",
    ],
)
def test_one_thing_makes_a_short_answer(question: str) -> None:
    assert not wants_table(question, Settings())


def test_the_user_goes_before_the_question() -> None:
    assert not wants_table("Which countries border Peru?", Settings(answer="short"))
    assert wants_table("What is the capital of Peru?", Settings(answer="table"))
