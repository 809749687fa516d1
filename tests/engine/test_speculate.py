"""Drafts come from what stood here before, as long as that pays."""

from __future__ import annotations

import pytest

from wideseek_cli.engine.speculate import Drafter, PassCosts


@pytest.fixture
def cheap() -> PassCosts:
    """A pass costs what ten rows cost: an accelerator."""
    return line(1.0, 0.1)


def line(fixed: float, each: float) -> PassCosts:
    costs = PassCosts()
    for rows in (1, 4, 8, 2, 16) * 20:
        costs.note(rows, fixed + each * rows)
    return costs


def test_costs_are_a_line_through_what_was_seen() -> None:
    fixed, each = line(0.02, 0.007).line
    assert fixed == pytest.approx(0.02, rel=0.02)
    assert each == pytest.approx(0.007, rel=0.02)


def test_the_continuation_of_the_last_occurrence_is_proposed(cheap: PassCosts) -> None:
    tokens = [*range(100, 130), *range(50, 60), 104, 105, 106, 107]
    assert Drafter().propose(tokens, 7, cheap, 1) == list(range(108, 115))


def test_room_and_the_end_of_the_context_bound_a_draft(cheap: PassCosts) -> None:
    drafter = Drafter()
    tokens = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4]
    assert drafter.propose(tokens, 2, cheap, 1) == [5, 6]
    assert drafter.propose(tokens, 0, cheap, 1) == []
    assert drafter.propose(tokens, 15, cheap, 1) == [5, 6, 1, 2, 3, 4]


def test_nothing_is_proposed_for_what_was_never_seen(cheap: PassCosts) -> None:
    assert Drafter().propose(list(range(500)), 15, cheap, 1) == []


def test_wrong_drafts_end_and_a_new_try_comes_later(cheap: PassCosts) -> None:
    """A context that repeats endings but never goes on the same way."""
    drafter, drafted, tokens = Drafter(), [], []
    for round_number in range(400):
        tokens += [1, 2, 3, 4]
        draft = drafter.propose(tokens, 15, cheap, 1)
        drafted.append(len(draft))
        drafter.learn(len(draft), 0)
        tokens.append(1000 + round_number)
    assert sum(drafted[:10]) > 0
    assert sum(1 for count in drafted[100:] if count) < 60


def test_beside_others_a_draft_must_pay_for_a_part_of_its_own() -> None:
    tokens = [*range(100, 130), 104, 105, 106, 107]
    costs = line(0.01, 0.01)
    assert Drafter().propose(tokens, 15, costs, 1)
    assert not Drafter().propose(tokens, 15, costs, 8)


def test_a_shortened_conversation_is_read_again(cheap: PassCosts) -> None:
    drafter = Drafter()
    drafter.propose([1, 2, 3, 4, 9, 9, 1, 2, 3, 4], 4, cheap, 1)
    drafter.rewind()
    assert drafter.propose([1, 2, 3, 4, 7, 8, 1, 2, 3, 4], 2, cheap, 1) == [7, 8]
