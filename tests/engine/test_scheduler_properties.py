"""Random arrivals, lengths, cancels, drafts and memory: everybody ends, nothing leaks, nobody starves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fake_cells import FakeCells, check_books
from wideseek_cli.engine.local.scheduler import MOST_FILLS, Plan, Pool, Scheduler, Work
from wideseek_cli.engine.local.sequence import Sequence

ROUNDS = 400


@dataclass
class World:
    """A scheduler with conversations that come, write, hear, are cut off, and go."""

    rng: random.Random
    scheduler: Scheduler
    cells: FakeCells = field(init=False)
    left: dict[Sequence, int] = field(default_factory=dict)  # tokens its reply still writes
    waited: dict[Sequence, int] = field(default_factory=dict)  # passes since a decoding one was served
    ended: int = 0
    begun: int = 0

    def __post_init__(self) -> None:
        self.cells = FakeCells(self.scheduler)

    def arrive(self) -> None:
        family = self.rng.randrange(3)
        shared = [family] * self.rng.randrange(0, 80)
        own = [self.rng.randrange(3, 50) for _ in range(self.rng.randrange(1, 60))]
        tokens = (shared + own)[: self.scheduler.longest - 1]
        sequence = Sequence(tokens, self.scheduler.longest)
        self.scheduler.add(sequence)
        self.ask(sequence)

    def ask(self, sequence: Sequence) -> None:
        if sequence.room > 0:
            self.left[sequence] = self.rng.randrange(1, 30)
            self.begun += 1
            self.scheduler.start(sequence)

    def something_happens(self) -> None:
        chance = self.rng.random()
        idle = [s for s in self.scheduler.sequences if not s.wants]
        if chance < 0.25:
            self.arrive()
        elif chance < 0.45 and idle:
            sequence = self.rng.choice(idle)
            more = self.rng.randrange(0, max(1, min(60, sequence.room)))
            sequence.tokens += [self.rng.randrange(3, 50) for _ in range(more)]
            self.ask(sequence)
        elif chance < 0.5 and idle:
            self.scheduler.remove(self.rng.choice(idle))
        elif chance < 0.55 and self.left:
            self.cancel(self.rng.choice(list(self.left)))

    def cancel(self, sequence: Sequence) -> None:
        keep = self.rng.randrange(1, len(sequence.tokens) + 1)
        self.end(sequence)
        slot = self.scheduler.rewind(sequence, keep)
        self.cells.trim(slot, sequence.cached)

    def end(self, sequence: Sequence) -> None:
        del self.left[sequence]
        self.waited.pop(sequence, None)
        self.ended += 1
        self.scheduler.stop(sequence)

    def turn(self) -> None:
        for sequence in self.left:
            if self.rng.random() < 0.3:
                sequence.draft = [self.rng.randrange(3, 50) for _ in range(self.rng.randrange(0, 8))]
        decoding = [s for s in self.left if s.decoding and s.slot is not None]
        plan = self.scheduler.plan()
        assert (plan is not None) == bool(self.left)
        if plan is None:
            return
        self.cells.run(plan)
        check_books(self.scheduler)
        self.note_waiting(plan, decoding)
        for work in plan.work:
            self.write(work)

    def note_waiting(self, plan: Plan, decoding: list[Sequence]) -> None:
        served = {work.sequence for work in plan.work}
        for sequence in decoding:
            still = sequence.slot is not None and sequence not in served
            self.waited[sequence] = self.waited.get(sequence, 0) + 1 if still else 0
            assert self.waited[sequence] <= (MOST_FILLS + 1) * len(self.scheduler.pools), "decode starves"

    def write(self, work: Work) -> None:
        sequence = work.sequence
        accepted = self.rng.randrange(0, work.drafted + 1) if work.drafted else 0
        if work.outputs:
            draft = work.tokens[len(work.tokens) - work.drafted :]
            accepted = min(accepted, self.left[sequence], max(0, sequence.room - 1))
            sequence.tokens += draft[:accepted]
            self.left[sequence] -= accepted
            if sequence.room > 0:
                sequence.tokens.append(self.rng.randrange(3, 50))
                self.left[sequence] -= 1
        self.cells.settle(self.scheduler.settle(work, accepted))
        if self.left[sequence] <= 0 or sequence.room <= 0:
            self.end(sequence)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sizes = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(4, 40)), min_size=1, max_size=3))
    pools = [Pool(streams, size * 8) for streams, size in sizes]
    scheduler = Scheduler(
        pools,
        pass_tokens=draw(st.sampled_from([16, 64, 512])),
        host_tokens=draw(st.sampled_from([0, 100, 10_000])),
    )
    return World(random.Random(draw(st.integers(0, 2**32))), scheduler)


@settings(max_examples=12, deadline=None)
@given(worlds())
def test_every_conversation_ends_and_nothing_leaks(world: World) -> None:
    for _ in range(ROUNDS):
        world.something_happens()
        world.turn()
    for _ in range(20_000):
        if not world.left:
            break
        world.turn()
    assert not world.left, "somebody never came to an end"
    assert world.begun == world.ended
    for sequence in list(world.scheduler.sequences):
        world.scheduler.remove(sequence)
    assert all(slot.owner is None for slot in world.scheduler.slots)
    assert world.scheduler.plan() is None
