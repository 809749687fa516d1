"""Which part of a text comes next when rows are put together from it."""

from __future__ import annotations

import random

import pytest

from wideseek_cli.engine.local.rows import Mark
from wideseek_cli.engine.local.speculate import Drafter, PassCosts

BAR, LINE = 0, 1


def mark(token: int) -> Mark:
    return {BAR: Mark.CELL, LINE: Mark.LINE}.get(token, Mark.NOTHING)


@pytest.fixture
def flat() -> PassCosts:
    """A pass costs the same whatever its rows."""
    costs = PassCosts()
    for rows in (1, 16, 64):
        costs.note(rows, 1.0)
    return costs


def words(rng: random.Random, most: int = 6) -> list[int]:
    """From so few kinds that only the place can tell what comes next."""
    return [rng.randrange(10, 18) for _ in range(rng.randrange(2, most))]


def line(cells: list[list[int]]) -> list[int]:
    return [*(token for cell in cells for token in (*cell, BAR)), LINE]


def passes(source: list[int], copy: list[int], costs: PassCosts) -> list[int]:
    """Write the copy behind its source; how many tokens each pass was good for."""
    one = Drafter(mark)
    tokens, good = [*source], []
    while len(tokens) < len(source) + len(copy):
        left = copy[len(tokens) - len(source) :]
        draft = one.propose(tokens, min(15, len(left) - 1), costs, 1)
        right = next((n for n, token in enumerate(draft) if token != left[n]), len(draft))
        good.append(1 + right)
        tokens += left[: 1 + right]
    return good


def table(rng: random.Random, rows: int = 40) -> list[list[list[int]]]:
    return [[words(rng) for _ in range(4)] for _ in range(rows)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 0, 1), (2,), (1, 1, 0)])
def test_the_order_of_the_columns_is_learnt(order: tuple[int, ...], flat: PassCosts) -> None:
    rows = table(random.Random(4))
    source = [token for row in rows for token in line(row)]
    copy = [token for row in rows for token in line([row[column] for column in order])]
    assert len(passes(source, copy, flat)) < len(copy) / 9


def test_a_row_in_another_order_costs_little_more_than_itself(flat: PassCosts) -> None:
    rows = table(random.Random(5))
    source = [token for row in rows for token in line(row)]
    orders = [(3, 0, 2, 1) if n != 20 else (3, 0, 1, 2) for n in range(40)]
    copy = [token for row, order in zip(rows, orders, strict=True) for token in line([row[c] for c in order])]
    steady = [token for row in rows for token in line([row[column] for column in orders[0]])]
    assert len(passes(source, copy, flat)) <= len(passes(source, steady, flat)) + 4


def test_a_table_is_made_from_reports(flat: PassCosts) -> None:
    """A fact on each line, behind its label: the values are taken from the middle of lines."""
    rng = random.Random(6)
    facts = [[words(rng) for _ in range(4)] for _ in range(30)]
    labels = [[100 + n, 110 + n, 120] for n in range(4)]
    source: list[int] = []
    for values in facts:
        for label, value in zip(labels, values, strict=True):
            source += [*label, *value, LINE]
    copy = [token for values in facts for token in line(values)]
    assert len(passes(source, copy, flat)) < len(copy) / 9


def test_a_column_that_comes_from_nowhere_does_not_hide_the_others(flat: PassCosts) -> None:
    rng = random.Random(7)
    rows = table(rng)
    source = [token for row in rows for token in line(row)]
    new = [[rng.randrange(200, 900) for _ in range(3)] for _ in rows]
    copy = [
        token for row, own in zip(rows, new, strict=True) for token in line([row[3], own, row[1], row[2]])
    ]
    written = len(passes(source, copy, flat))
    alone = 3 * len(rows)  # tokens that nothing can tell
    assert written < alone + (len(copy) - alone) / 3
