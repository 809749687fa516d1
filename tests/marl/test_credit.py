"""Reward, advantage, credit and weights, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.marl.credit import Agent, Rollout, Said, advantages, credited, reward, trained, weights

LEAD = Agent("lead", "lead", tuple(range(40)), (Said(5, 10), Said(20, 25)))
ONE = Agent("w1.s1", "subagent", tuple(range(40)), (Said(5, 9), Said(12, 20)))
TWO = Agent("w1.s2", "subagent", tuple(range(40)), (Said(5, 8),), failed=True)
GOOD = Rollout("t", "r", (LEAD, ONE, TWO), 0.5, valid=True, accessed=True)


def names(rollout: Rollout, roles: tuple[str, ...] = ("lead", "subagent")) -> dict[str, list[int]]:
    return {agent.name: [said.start for said in turns] for agent, turns in trained(rollout, roles)}


def test_reward() -> None:
    assert reward(GOOD) == pytest.approx(0.65)
    assert reward(replace(GOOD, accessed=False)) == pytest.approx(0.6)
    assert reward(replace(GOOD, valid=False)) == 0.0
    assert reward(replace(GOOD, agents=(replace(LEAD, failed=True), ONE))) == 0.0
    for tokens, penalty in ((3000, 0.0), (4000, 0.05), (5000, 0.1), (9000, 0.1)):
        long = replace(ONE, said=(Said(0, tokens),))
        assert reward(replace(GOOD, agents=(LEAD, long))) == pytest.approx(0.65 - penalty)


def test_advantages() -> None:
    # mean 0.5, deviations -0.5, 0, 0.5; their sample deviation is 0.5
    assert advantages([0.0, 0.5, 1.0]) == pytest.approx([-1.0, 0.0, 1.0], abs=1e-5)
    assert advantages([0.3, 0.3, 0.3]) == [0.0, 0.0, 0.0]
    assert advantages([1.0]) == [0.0]


def test_credit_of_a_good_run_leaves_out_who_ran_out() -> None:
    assert names(GOOD) == {"lead": [5, 20], "w1.s1": [5, 12]}


def test_credit_when_the_lead_failed_with_a_table() -> None:
    failed = replace(GOOD, agents=(replace(LEAD, failed=True), ONE, TWO))
    assert names(failed) == {"lead": [5, 20]}


def test_credit_of_a_wrong_format_is_the_last_turn_and_who_ran_out() -> None:
    assert names(replace(GOOD, valid=False)) == {"lead": [20], "w1.s2": [5]}


def test_credit_of_a_wrong_format_with_loops_is_the_loops() -> None:
    looped = replace(ONE, said=(Said(5, 9), Said(12, 20, looped=True)))
    assert names(replace(GOOD, valid=False, agents=(LEAD, looped, TWO))) == {"lead": [20], "w1.s1": [12]}
    out = replace(LEAD, failed=True)  # it did not end by itself
    assert names(replace(GOOD, valid=False, agents=(out, looped, TWO))) == {"w1.s1": [12]}


def test_one_role_may_be_frozen() -> None:
    assert names(GOOD, ("lead",)) == {"lead": [5, 20]}
    assert names(GOOD, ("subagent",)) == {"w1.s1": [5, 12]}


def test_the_three_means() -> None:
    # two rollouts count; the first has two agents of 4 and 2 tokens, the second one of 5, the third none
    first, second, third = weights([[4, 2], [5, 0], []])
    assert first == pytest.approx([1 / 16, 1 / 8])
    assert second == pytest.approx([1 / 10, 0.0])
    assert third == []
    assert 4 * first[0] + 2 * first[1] + 5 * second[0] == pytest.approx(1.0)


def test_what_is_trained_on_of_a_group() -> None:
    bad = replace(GOOD, run="b", item_f1=0.0, agents=(LEAD,))  # rewards 0.65 and 0.15: 0.3536 apart, each way
    made = credited([[GOOD, bad]], ("lead", "subagent"))
    assert [(one.rollout.run, one.agent.name) for one in made] == [
        ("r", "lead"),
        ("r", "w1.s1"),
        ("b", "lead"),
    ]
    assert [one.advantage for one in made] == pytest.approx([0.7071, 0.7071, -0.7071], abs=1e-4)
    assert [one.weight for one in made] == pytest.approx([1 / 2 / 2 / 10, 1 / 2 / 2 / 12, 1 / 2 / 1 / 10])
    assert [one.turns for one in made] == [LEAD.said, ONE.said, LEAD.said]
