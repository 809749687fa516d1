"""Single decisions of the scheduler, on a stand-in for the cells."""

from __future__ import annotations

import pytest

from tests.engine.fake_cells import FakeCells, check_books, reply
from wideseek_cli.engine.local.scheduler import Act, Pool, Scheduler
from wideseek_cli.engine.local.sequence import Sequence

SHARED = list(range(100, 200))


def begin(scheduler: Scheduler, tokens: list[int]) -> Sequence:
    sequence = Sequence(list(tokens), scheduler.longest)
    scheduler.add(sequence)
    return sequence


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler([Pool(4, 512)], pass_tokens=128)


@pytest.fixture
def cells(scheduler: Scheduler) -> FakeCells:
    return FakeCells(scheduler)


def test_twins_wait_for_the_first_and_copy_instead_of_computing(
    scheduler: Scheduler, cells: FakeCells
) -> None:
    twins = [begin(scheduler, [*SHARED, number, 7]) for number in range(3)]
    for twin in twins:
        scheduler.start(twin)
    shared = 0
    while not all(twin.decoding or twin.pending == 0 for twin in twins):
        plan = scheduler.plan()
        assert plan is not None
        cells.run(plan)
        shared += plan.shared
        for work in plan.work:
            scheduler.settle(work, 0)
            if work.outputs:
                work.sequence.tokens.append(1)
    assert shared == 2 * len(SHARED)
    assert cells.computed <= len(SHARED) + 3 * 2 + 3 * 4


def test_a_twin_goes_on_when_the_one_it_waits_for_is_cancelled(
    scheduler: Scheduler, cells: FakeCells
) -> None:
    first, second = begin(scheduler, [*SHARED * 3, 1]), begin(scheduler, [*SHARED * 3, 2])
    scheduler.start(first)
    scheduler.start(second)
    plan = scheduler.plan()
    assert plan is not None
    assert [work.sequence for work in plan.work] == [first]
    cells.run(plan)
    scheduler.settle(plan.work[0], 0)
    scheduler.remove(first)
    assert reply(scheduler, cells, second, [5]) <= 3


def test_what_a_closed_conversation_computed_is_taken_over(scheduler: Scheduler, cells: FakeCells) -> None:
    first = begin(scheduler, [*SHARED, 1])
    reply(scheduler, cells, first, [5, 6])
    scheduler.remove(first)
    before = cells.computed
    reply(scheduler, cells, begin(scheduler, [*SHARED, 2, 3]), [9])
    assert cells.computed - before == 2


def test_decode_and_prefill_take_turns(scheduler: Scheduler, cells: FakeCells) -> None:
    writer = begin(scheduler, [1, 2, 3])
    reply(scheduler, cells, writer, [4])
    scheduler.start(writer)
    scheduler.start(begin(scheduler, list(range(1000, 1500))))
    kinds = []
    for _ in range(6):
        plan = scheduler.plan()
        assert plan is not None
        kinds.append(plan.prefill)
        cells.run(plan)
        for work in plan.work:
            scheduler.settle(work, 0)
            if work.outputs:
                work.sequence.tokens.append(8)
    assert kinds == [True, False, True, False, True, False]


def test_equal_prompts_are_computed_together(scheduler: Scheduler, cells: FakeCells) -> None:
    for start in (1000, 2000, 3000):
        scheduler.start(begin(scheduler, list(range(start, start + 40))))
    plan = scheduler.plan()
    assert plan is not None
    cells.run(plan)
    assert [len(work.tokens) for work in plan.work] == [40, 40, 40]


@pytest.mark.parametrize(("host_tokens", "acts"), [(10_000, {Act.SAVE, Act.LOAD}), (0, set())])
def test_idle_conversations_give_up_their_slot_and_come_back(host_tokens: int, acts: set[Act]) -> None:
    scheduler = Scheduler([Pool(1, 512)], pass_tokens=128, host_tokens=host_tokens)
    cells = FakeCells(scheduler)
    one, two = begin(scheduler, list(range(50))), begin(scheduler, list(range(300, 350)))
    reply(scheduler, cells, one, [1])
    reply(scheduler, cells, two, [1])
    assert one.slot is None
    one.tokens += [7, 8]
    before = cells.computed
    reply(scheduler, cells, one, [2])
    assert cells.computed - before == (3 if acts else 53)
    check_books(scheduler)


def test_a_conversation_that_outgrows_its_stream_moves_to_a_longer_one() -> None:
    scheduler = Scheduler([Pool(1, 1024), Pool(2, 64)], pass_tokens=128)
    cells = FakeCells(scheduler)
    lead = begin(scheduler, list(range(900)))
    reply(scheduler, cells, lead, [1])
    small = begin(scheduler, list(range(5000, 5060)))
    reply(scheduler, cells, small, list(range(30)))
    assert small.slot is not None
    assert small.slot.size == 1024
    assert lead.slot is None
    check_books(scheduler)


def test_the_least_recently_used_gives_way() -> None:
    scheduler = Scheduler([Pool(2, 256)], pass_tokens=128)
    cells = FakeCells(scheduler)
    old, new = begin(scheduler, [1, 2, 3]), begin(scheduler, [4, 5, 6])
    reply(scheduler, cells, old, [1])
    reply(scheduler, cells, new, [1])
    reply(scheduler, cells, begin(scheduler, [7, 8, 9]), [1])
    assert old.slot is None
    assert new.slot is not None


def test_a_conversation_cut_to_what_was_computed_goes_on(scheduler: Scheduler, cells: FakeCells) -> None:
    sequence = begin(scheduler, [1, 2, 3, 4, 5])
    reply(scheduler, cells, sequence, [6, 7])
    cells.trim(scheduler.rewind(sequence, 5), sequence.cached)
    reply(scheduler, cells, sequence, [8])
    assert sequence.tokens == [1, 2, 3, 4, 5, 8]


def test_short_prompts_go_before_decode_so_that_more_decode_together(
    scheduler: Scheduler, cells: FakeCells
) -> None:
    writer = begin(scheduler, [1, 2, 3])
    reply(scheduler, cells, writer, [4])
    scheduler.start(writer)
    for length in (5, 6):
        scheduler.start(begin(scheduler, list(range(1000 * length, 1000 * length + length))))
    sizes = []
    for _ in range(3):
        plan = scheduler.plan()
        assert plan is not None
        cells.run(plan)
        sizes.append(len(plan.work))
        for work in plan.work:
            scheduler.settle(work, 0)
            if work.outputs:
                work.sequence.tokens.append(8)
    assert sizes == [1, 1, 3]


def test_cells_that_cannot_be_cut_are_kept_whole_or_computed_again() -> None:
    scheduler = Scheduler([Pool(2, 512)], pass_tokens=128, host_tokens=1000, cuts=False)
    cells = FakeCells(scheduler)
    one, two = begin(scheduler, [*SHARED, 1]), begin(scheduler, [*SHARED, 2])
    reply(scheduler, cells, one, [5])
    reply(scheduler, cells, two, [5])
    assert cells.computed == 2 * 101  # nothing is shared
    slot = scheduler.rewind(two, 101)
    assert slot is not None
    cells.trim(slot, two.cached)
    assert two.cached == 0
    reply(scheduler, cells, two, [6])
    assert cells.computed == 3 * 101
    scheduler.remove(two)
    reply(scheduler, cells, begin(scheduler, [*SHARED, 3]), [5])
    assert cells.computed == 4 * 101  # nor is what somebody left taken over
    reply(scheduler, cells, begin(scheduler, [7, 8, 9]), [5])
    assert one.slot is None
    one.tokens.append(9)
    reply(scheduler, cells, one, [5])
    assert cells.computed == 4 * 101 + 3 + 2  # given up and come back: whole
    check_books(scheduler)


def test_who_runs_alone_is_in_the_first_pool_also_in_place_of_who_waits() -> None:
    scheduler = Scheduler([Pool(1, 4096), Pool(3, 2048), Pool(1, 1024)], host_tokens=1000)
    cells = FakeCells(scheduler)
    lead, other = begin(scheduler, [1, 2, 3]), begin(scheduler, [4, 5, 6])
    reply(scheduler, cells, lead, [7])
    reply(scheduler, cells, other, [7])
    assert lead.slot is None
    assert lead.saved_tokens
    assert other.slot is not None
    assert scheduler.pools[other.slot.pool] == Pool(1, 1024)
    computed = cells.computed
    reply(scheduler, cells, lead, [8])
    assert cells.computed - computed <= 2, "its cells were kept"
    check_books(scheduler)


def test_in_company_it_moves_to_where_others_are_computed() -> None:
    scheduler = Scheduler([Pool(1, 4096), Pool(3, 2048), Pool(1, 1024)], host_tokens=1000)
    cells = FakeCells(scheduler)
    one, other = begin(scheduler, [1, 2, 3]), begin(scheduler, [4, 5, 6])
    scheduler.start(one)
    for _ in range(2):
        step(scheduler, cells)
    assert one.slot is not None
    assert scheduler.pools[one.slot.pool].streams == 1
    scheduler.start(other)
    for _ in range(3):
        together = step(scheduler, cells)
    assert together == 2
    assert one.slot.pool == 1
    check_books(scheduler)


def step(scheduler: Scheduler, cells: FakeCells) -> int:
    """One pass in which everybody writes a token; how many did."""
    plan = scheduler.plan()
    assert plan is not None
    cells.run(plan)
    for work in plan.work:
        scheduler.settle(work, 0)
        if work.outputs:
            work.sequence.tokens.append(9)
    return sum(work.outputs for work in plan.work)
