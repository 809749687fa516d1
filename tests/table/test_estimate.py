"""About how many rows there are: what is said, and how often the interval holds the truth."""

from __future__ import annotations

import random

import pytest

from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.rows.completeness import lists_by_site
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.expected import By, Estimate, Expected, estimate_of, shortfall
from wideseek_cli.table.model import Cell, Document, Row, Table

COUNT = Expected(By.COUNT, 8, "https://a.example", "Ivy", "the eight members")
LIST = Expected(By.LIST, 12, "https://b.example", "Ivy")
QUESTION = "List the lighthouses of Ardovia with height."
COLUMNS = parse_columns("lighthouse, height")


def test_what_is_said_first_and_silence_where_nothing_tells() -> None:
    assert estimate_of([COUNT, LIST], [], 7) == Estimate(8, 8, 8, 7, By.COUNT)
    assert estimate_of([LIST], [("a",), ("b",)], 7) == Estimate(12, 12, 12, 7, By.LIST)
    assert estimate_of([], [("a", "b"), ("b",)], 7) is None
    assert str(Estimate(52, 47, 60, 47, By.OVERLAP, 4)) == "about 52 expected (47 to 60), 47 found"
    assert str(Estimate(8, 8, 8, 7, By.COUNT)) == "8 expected, 7 found"


def test_a_table_below_the_interval_is_not_whole() -> None:
    guess = Estimate(52, 48, 60, 47, By.OVERLAP, 4)
    assert shortfall([], 47, guess) == "by the lists of 4 sites about 52 expected (48 to 60), 47 found"
    assert shortfall([], 48, guess) == ""


def page(site: str, names: list[str]) -> Document:
    lines = "".join(f"| {name} | {len(name)} m |\n" for name in names)
    text = f"# Lighthouses of Ardovia\n\n| Lighthouse | Height |\n| --- | --- |\n{lines}"
    return Document(f"https://{site}/lights", "Lighthouses of Ardovia", text)


def sites(pages: list[Document]) -> int:
    table = Table(COLUMNS, (Row((Cell("Old Head"), Cell("1 m"))),))
    return len(lists_by_site(read_question(QUESTION), table, [read_document(one) for one in pages]))


NAMES = [f"{word} {end}" for end in ("Head", "Point", "Cape") for word in ("Old", "Low", "Far", "Ayr", "Ebb")]


def test_a_site_counts_once_and_so_does_a_copy() -> None:
    shuffled = [random.Random(number).sample(NAMES, 12) for number in range(3)]
    pages = [page(f"{name}.example", names) for name, names in zip("abc", shuffled, strict=True)]
    assert sites(pages) == 3
    assert sites([*pages, page("www.a.example", shuffled[0][:6])]) == 3
    assert sites([*pages, page("mirror.test", shuffled[1])]) == 3  # the same rows in the same order
    assert sites([*pages, page("mirror.test", shuffled[1][:-1])]) == 3
    assert sites([page("one.co.uk", shuffled[0]), page("two.co.uk", shuffled[2])]) == 2


def test_what_follows_the_alphabet_is_a_copy_only_if_it_lacks_nearly_the_same() -> None:
    one = sorted(NAMES[:14])
    other = sorted(random.Random(1).sample(NAMES, 10))
    assert sites([page("a.example", one), page("b.example", other)]) == 2
    assert sites([page("a.example", one), page("b.example", other), page("c.example", one[:-1])]) == 2
    assert sites([page("a.example", one), page("b.example", other), page("c.example", one)]) == 2
    assert sites([page("a.example", one), page("b.example", list(reversed(one)))]) == 2


@pytest.mark.parametrize("length", [12, 30, 60])
def test_intervals_hold_the_truth_nine_times_in_ten(length: int) -> None:
    """Twenty searches each: lists that lack rows at random, well-known rows less often than others."""
    rng, held, bias = random.Random(length), 0, 0.0
    for _ in range(100):
        fame = [rng.uniform(0.5, 1.5) for _ in range(length)]
        shares = [rng.uniform(0.35, 0.9) for _ in range(rng.randint(3, 7))]
        lists = [[str(n) for n in range(length) if rng.random() < share * fame[n]] for share in shares]
        seen = len({name for names in lists for name in names})
        made = estimate_of([], lists, seen)
        assert made is not None
        held += made.low <= length <= made.high
        bias += (made.rows - length) / length / 100
    assert 80 <= held <= 100
    assert abs(bias) < 0.05
