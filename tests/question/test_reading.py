"""Conditions that a question states, each phrasing once."""

from __future__ import annotations

import pytest

from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import read_question
from wideseek_cli.question.where import parse_condition


def test_words_that_may_name_a_list_stay_in_what_is_searched() -> None:
    found = read_question("Lighthouses that are in East Ardovia with a height over 20 m, and the year")
    assert found.plain == "Lighthouses, and the year"
    assert found.listed == "Lighthouses that are in East Ardovia, and the year"


@pytest.mark.parametrize(
    ("question", "title", "said", "whole"),
    [
        ("Albums that topped the Meridian 200", "List of Meridian 200 number ones", True, False),
        ("Albums that topped the Meridian 200", "Albums that topped the Meridian 200", True, True),
        ("Albums that topped the Meridian 200", "List of Meridian 100 number ones", False, False),
        ("Lighthouses that are in East Ardovia", "List of lighthouses in East Ardovia", True, True),
        ("Lighthouses that are in East Ardovia", "List of lighthouses in Corvia", False, False),
        ("Countries that are landlocked", "List of landlocked countries", True, True),
        ("Countries that are landlocked", "List of countries", False, False),
        ("Countries that do not border Brazil", "Countries that border Brazil", False, False),
    ],
)
def test_a_title_says_a_condition(question: str, title: str, said: bool, whole: bool) -> None:
    (condition,) = read_question(question).conditions
    assert (condition.is_said_by(title), condition.is_said_by(title, whole=True)) == (said, whole)


def test_who_at_the_beginning_asks() -> None:
    question = "Who were the presidents of Ardovia between 1950 and 1990?"
    assert (read_question(question).conditions, read_question(question).plain) == ((), question)


def told(one: Condition) -> tuple[str, str, str]:
    return one.column, one.sign.value, " | ".join(one.values)


@pytest.mark.parametrize(
    ("question", "conditions", "plain"),
    [
        (
            "List the Ivy League universities founded before 1760 with their founding years.",
            [("founded", "<", "1760")],
            "List the Ivy League universities with their founding years.",
        ),
        (
            "Countries of South America with a population over 10 million, with capital.",
            [("population", ">", "10 million")],
            "Countries of South America, with capital.",
        ),
        ("Which countries of Asia have more than 50 million people?", [("people", ">", "50 million")],
         "Which countries of Asia?"),
        ("Volcanoes in Japan higher than 3,000 m", [("height", ">", "3,000 m")], "Volcanoes in Japan"),
        (
            "List bridges longer than 1 km opened after 1950 that are not in Texas",
            [("length", ">", "1 km"), ("opened", ">", "1950"), ("location", "has not", "Texas")],
            "List bridges",
        ),
        ("Prisons not opened before 1950 with capacity", [("opened", ">=", "1950")], "Prisons with capacity"),
        ("lighthouses built between 1850 and 1900", [("built", "between", "1850 | 1900")], "lighthouses"),
        ("museums opened in the 1990s", [("opened", "between", "1990 | 1999")], "museums"),
        (
            "countries with an area of 500,000 km2 or more and fewer than 5 million inhabitants",
            [("area", ">=", "500,000 km2"), ("inhabitants", "<", "5 million")],
            "countries",
        ),
        ("parks covering over 1,000 km²", [("area", ">", "1,000 km²")], "parks"),
        ("Countries of Africa that are landlocked", [("", "has", "landlocked")], "Countries of Africa"),
        ("Countries that border Brazil", [("border", "has", "Brazil")], "Countries"),
        ("Countries that do not allow dual citizenship", [("allow", "has not", "dual citizenship")],
         "Countries"),
        ("countries without any land border", [("", "has not", "land border")], "countries"),
        (
            "Countries of Europe except France and Germany",
            [("", "not in", "France | Germany | France and Germany")],
            "Countries of Europe",
        ),
        ("Which countries speak Spanish and are not in Europe?",
         [("speak", "has", "Spanish"), ("location", "has not", "Europe")], "Which countries?"),
        ("Universities that were founded in 1900", [("founded", "=", "1900")], "Universities"),
        ("halls with at least three floors", [("floors", ">=", "three")], "halls"),
    ],
)  # fmt: skip
def test_what_a_question_wants_of_rows(
    question: str, conditions: list[tuple[str, str, str]], plain: str
) -> None:
    found = read_question(question)
    assert [told(one) for one in found.conditions] == conditions
    assert found.plain == plain


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("Ardovian lakes whose elevation is over 1000 m, with area", ("elevation", ">", "1000 m")),
        ("Regions of Ardovia, life expectancy at least 72, name them", ("life expectancy", ">=", "72")),
        (
            "Which regions of Ardovia became independent in the 1990s?",
            ("independent", "between", "1990 | 1999"),
        ),
        ("Which regions in Ardovia gained freedom before 1825?", ("gained freedom", "<", "1825")),
        ("reservoirs in Ardovia at an altitude above 500 m", ("altitude", ">", "500 m")),
        ("lakes of Ardovia that are at least 10 m deep", ("depth", ">=", "10 m")),
        ("Rectors of Ardovia aged 50 or older at election", ("age at election", ">=", "50")),
        ("regions with a jobless rate above 5% in 2024", ("jobless rate in 2024", ">", "5%")),
        ("towns with between 100 and 300 inhabitants", ("inhabitants", "between", "100 | 300")),
        ("towns with at least 20 inhabitants - age please", ("inhabitants", ">=", "20")),
        ("towns which share a border with Bel, plus their age", ("share border", "has", "Bel")),
        ("towns that don't border Bel", ("border", "has not", "Bel")),
        ("regions whose money is the Bel dollar", ("money", "has", "Bel dollar")),
        ("aircraft of Ardovia whose origin isn't Bel; type", ("origin", "has not", "Bel")),
        ("regions where Bellish is spoken", ("spoken", "has", "Bellish")),
        ("towns with Bellish among their languages", ("languages", "has", "Bellish")),
        ("trains at Ayr station with New Bel as destination", ("destination", "has", "New Bel")),
        ("stations in Ardovia that belong to the BBC network", ("belong", "has", "BBC network")),
        ("games developed by Bel", ("developed", "has", "Bel")),
        ("works by Ann Bel located in Corvia", ("location", "has", "Corvia")),
        ("rectors who aren't from Ardovia", ("location", "has not", "Ardovia")),
        ("reservoirs not in Bel district, area please", ("location", "has not", "Bel district")),
        ("regions that have no land borders", ("", "has not", "land borders")),
        ("regions of Ardovia with a railway museum", ("", "has", "railway museum")),
        ("Towns of Ardovia, walled ones only, and their age", ("", "has", "walled")),
        ("Members of the council, Greens only, age", ("", "has", "greens")),
    ],
)
def test_ways_to_say_a_condition(question: str, condition: tuple[str, str, str]) -> None:
    assert [told(one) for one in read_question(question).conditions] == [condition]


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("Take just the rows where Home Town is “New Bel”.", "="),
        ("Only those whose Home Town is New Bel.", "="),
        ("I want only those with Home Town: New Bel.", "="),
        ("Leave out all whose Home Town is not New Bel.", "="),
        ("Leave out all whose Home Town is New Bel.", "!="),
    ],
)
def test_a_sentence_about_a_column_is_a_condition(said: str, sign: str) -> None:
    found = read_question(
        f"Find the age of every player of Rovers (Ayr F.C.). {said} Use the columns Player, Age."
    )
    assert [told(one) for one in found.conditions] == [("Home Town", sign, "New Bel")]
    assert [column.name for column in found.columns] == ["Player", "Age"]
    assert found.line == "Find the age of every player of Rovers (Ayr F.C.)."


def test_what_else_narrows_a_list_is_implied() -> None:
    found = read_question("List the walled Bellish towns in the canton of Ayr that have a mill")
    assert [told(one) for one in found.conditions] == [("", "has", "mill")]
    assert [told(one) for one in found.implied] == [("canton", "has", "Ayr"), ("", "has", "walled")]
    assert [one.of_each for one in found.implied] == [False, True]
    assert "Ayr" in found.plain
    assert found.naming(found.every_condition).every_condition == ()


@pytest.mark.parametrize(
    ("question", "over", "unread"),
    [
        ("The five longest rivers of Ardovia", "Rivers of Ardovia", "longest rivers of Ardovia"),
        ("The five longest rivers of Ardovia", "Longest rivers of Ardovia", ""),
        ("Top ten towns of Ardovia by population", "Towns of Ardovia", "Top ten towns of"),
        ("Forests in the west of Ardovia", "Forests of Ardovia", ""),
    ],
)
def test_a_rank_is_said_by_the_list_or_not_read(question: str, over: str, unread: str) -> None:
    assert read_question(question).unread((), over) == unread


@pytest.mark.parametrize(
    "question",
    [
        "List the national parks of Finland with their area in km² and the year they were established.",
        "Clubs of the 2010 Chinese Super League season: city, home stadium and stadium capacity of each.",
        "Make a table that shows capital and area of the countries of South America",
        "Which song had the most points in each month of 2012?",
        "Rivers of Ardovia. Columns: name, towns with more than 100 people",
        "List the largest cities in Peru",
    ],
)
def test_what_states_no_condition_that_can_be_checked(question: str) -> None:
    assert read_question(question).conditions == ()
    assert read_question(question).plain == question


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("not in Texas", ("location", "has not", "Texas")),
        ("landlocked", ("", "has", "landlocked")),
        ("border Peru", ("border", "has", "Peru")),
        ("not landlocked", ("", "has not", "landlocked")),
        ("population over 1 million", ("population", ">", "1 million")),
        ("not in Asia or Europe", ("location", "has not", "Asia | Europe")),
    ],
)
def test_a_condition_of_the_command_line_in_words(written: str, condition: tuple[str, str, str]) -> None:
    assert told(parse_condition(written)) == condition
    assert parse_condition(written).text == written


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Please look up, for Lights of Ardovia, each light with the town", {"lights", "ardovia"}),
        ("Research Lights (Ardovia). The table should have one light a row.", {"lights", "ardovia"}),
        ("Lights of Ardovia: each with its town", {"lights", "ardovia"}),
        ("Lights of Bel Ltd. in Ayr: name", {"lights", "bel", "limited", "ayr"}),
        ("Ayr fairs held", {"ayr", "fairs"}),
    ],
)
def test_what_only_asks_is_no_part_of_the_subject(question: str, subject: set[str]) -> None:
    assert set(read_question(question).subject()) == subject


def test_a_column_may_have_an_abbreviation() -> None:
    asked = read_question("Episodes of Bel. Columns: Title, No. in series, No. in season. Leave none out.")
    assert [column.name for column in asked.columns] == ["Title", "No. in series", "No. in season"]


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        (
            "List the landlocked countries of Belvania with their capitals and populations.",
            "country capital population",
        ),
        (
            "Belvanian countries with at most 10 million people; I need capital and area",
            "country capital area",
        ),
        ("Which towns in Ayr were founded before 1825? Name their mayors", "town mayor"),
        ("Ayr reservoirs not in Kells district, area please", "reservoir area"),
        ("The moons of Bel: for each give radius, mass and discoverer", "moon radius mass discoverer"),
        ("list all Ayr colleges with city, founding year and motto", "college city founding year motto"),
        ("List of mines in Bel with owner and year opened", "mine owner year opened"),
        ("works of Bel with date and subject", "work date subject"),
        ("airlines of Bel with ICAO and IATA codes", "airline ICAO IATA codes"),
        ("Wheels, tallest in Bel: name, height", "wheel name height"),
        ("lakes of Bel with the fish that live in them", "lake fish"),
        ("winners of the Ayr Run, with times. Please be so kind as to make a table of it.", "winner times"),
        ("2012 Ross Cup: women's matches", ""),
        ("all lakes in Bel, with area and the year it froze", ""),  # more than names of fields
        ("What is the capital of Belvania?", ""),
        ("list all Bel Cup winning years", ""),
    ],
)
def test_columns_that_a_question_asks_for_in_passing(question: str, columns: str) -> None:
    assert " ".join(column.name for column in read_question(question).wished) == columns


@pytest.mark.parametrize(
    ("question", "column", "sign"),
    [
        ("stadiums in Bel seating more than 5,000", "capacity", ">"),
        ("mountains of Bel that rise above 3,000 ft", "elevation", ">"),
        ("countries in Belvania under 10,000 square kilometres in size", "area", "<"),
        ("towns of Bel whose area doesn't exceed 1,000 km2", "area", "<="),
        ("All the towns of Bel, minus those that touch Lake Ayr", "touch", "has not"),
        ("prisons in Old Zealand that hold women", "hold", "has"),
        ("towns of Bel where Ardish counts among the official languages", "official languages", "has"),
    ],
)
def test_a_condition_by_the_verb_of_a_field(question: str, column: str, sign: str) -> None:
    (condition,) = read_question(question).conditions
    assert (condition.column, condition.sign.value) == (column, sign)
