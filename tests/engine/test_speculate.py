"""Drafts come from what stood here before, as long as that pays."""

from __future__ import annotations

import random

import pytest

from wideseek_cli.engine.local.speculate import Drafter, PassCosts


def measured(fixed: float, each: float) -> PassCosts:
    costs = PassCosts()
    for rows in (1, 8, 16):
        costs.note(rows, fixed + each * rows)
    return costs


@pytest.fixture
def cheap() -> PassCosts:
    """A pass costs what ten rows cost: an accelerator."""
    return measured(1.0, 0.1)


def test_costs_between_and_beyond_what_was_seen() -> None:
    costs = PassCosts()
    costs.note(4, 2.0)
    costs.note(8, 3.0)
    assert [costs.of(rows) for rows in (1, 4, 6, 8, 16)] == [2.0, 2.0, 2.5, 3.0, 6.0]


def test_a_disturbed_pass_does_not_count_for_much() -> None:
    costs = PassCosts()
    for seconds in (1.0, 100.0, 1.0):
        costs.note(1, seconds)
    assert costs.of(1) < 1.2


def test_the_continuation_of_an_earlier_occurrence_is_proposed(cheap: PassCosts) -> None:
    tokens = [*range(100, 130), *range(50, 60), 104, 105, 106, 107]
    assert Drafter().propose(tokens, 7, cheap, 1) == list(range(108, 115))


def test_room_and_the_end_of_the_context_bound_a_draft(cheap: PassCosts) -> None:
    tokens = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4]
    assert Drafter().propose(tokens, 2, cheap, 1) == [5, 6]
    assert Drafter().propose(tokens, 0, cheap, 1) == []
    assert Drafter().propose(tokens, 15, cheap, 1) == [5, 6, 1, 2, 3, 4]


def test_nothing_is_proposed_for_what_was_never_seen(cheap: PassCosts) -> None:
    assert Drafter().propose(list(range(500)), 15, cheap, 1) == []


def test_drafts_end_where_they_are_always_wrong() -> None:
    """A context that repeats endings but never goes on the same way."""
    costs = measured(0.3, 0.1)
    one, drafted, tokens = Drafter(), [], []
    for round_number in range(400):
        tokens += [1, 2, 3, 4]
        drafted.append(len(one.propose(tokens, 15, costs, 1)))
        tokens.append(1000 + round_number)
    assert sum(drafted[:20]) > 0
    assert sum(drafted[100:]) == 0


def test_beside_others_a_draft_must_pay_for_a_part_of_its_own() -> None:
    tokens = [*range(100, 130), 104, 105, 106, 107]
    costs = measured(0.02, 0.01)
    assert Drafter().propose(tokens, 15, costs, 1)
    assert not Drafter().propose(tokens, 15, costs, 8)


def test_a_shortened_conversation_is_read_again(cheap: PassCosts) -> None:
    one = Drafter()
    one.propose([1, 2, 3, 4, 9, 9, 1, 2, 3, 4], 4, cheap, 1)
    one.rewind()
    assert one.propose([1, 2, 3, 4, 7, 8, 1, 2, 3, 4], 2, cheap, 1) == [7, 8]


def test_noise_and_cuts_are_survived(cheap: PassCosts) -> None:
    """Text in which everything repeats, written and read in any lengths, cut short, begun again: drafts are
    of the text's own tokens and never longer than the room."""
    rng = random.Random(8)
    drafted = 0
    for _ in range(40):
        one, tokens = Drafter(), [5]
        for _ in range(60):
            if rng.random() < 0.05:
                del tokens[rng.randrange(1, len(tokens) + 1) :]
                one.rewind()
            added = rng.choice((1, 1, 1, 2, 9, 70))
            tokens += [rng.choice((0, 1, 5, 6, 7)) for _ in range(added)]
            draft = one.propose(tokens, rng.choice((1, 5, 15)), cheap, 1)
            assert set(draft) <= set(tokens)
            drafted += len(draft)
    assert drafted > 1000
