"""A stand-in for llama.cpp that keeps, for every slot, the tokens its cells were computed from."""

from __future__ import annotations

from wideseek_cli.engine.local.scheduler import Act, Move, Plan, Scheduler
from wideseek_cli.engine.local.sequence import Sequence, Slot


class FakeCells:
    """Carries out plans and checks that each token is computed behind exactly the tokens it follows."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.cells: dict[Slot, list[int]] = {slot: [] for slot in scheduler.slots}
        self.computed = 0

    def run(self, plan: Plan) -> None:
        for move in plan.moves:
            self._move(move)
        assert sum(len(work.tokens) for work in plan.work) <= self.scheduler.pass_tokens
        for work in plan.work:
            cells = self.cells[work.slot]
            assert work.slot.pool == plan.pool
            assert work.slot.owner is work.sequence
            assert cells == work.sequence.tokens[: work.start], "computed behind the wrong tokens"
            cells += work.tokens
            assert len(cells) <= work.slot.size, "a stream overflowed"
            self.computed += len(work.tokens)

    def settle(self, move: Move | None) -> None:
        if move is not None:
            self._move(move)

    def trim(self, slot: Slot | None, keep: int) -> None:
        if slot is not None:
            del self.cells[slot][keep:]

    def _move(self, move: Move) -> None:
        cells = self.cells[move.slot]
        if move.act is Act.COPY:
            assert move.source is not None
            assert len(self.cells[move.source]) <= move.slot.size, "all is read in before it is cut"
            cells[:] = self.cells[move.source][: move.keep]
        elif move.act is Act.LOAD:
            assert move.sequence is not None
            cells[:] = move.sequence.saved[: move.keep]
            move.sequence.saved = None
        elif move.act is Act.SAVE:
            assert move.sequence is not None
            move.sequence.saved = list(cells[: move.keep])
        else:
            del cells[move.keep :]
        assert len(cells) == move.keep or move.act is Act.SAVE, "fewer cells than were promised"


def check_books(scheduler: Scheduler) -> None:
    """Every slot has one owner at most, and both sides agree."""
    for slot in scheduler.slots:
        if slot.owner is not None:
            assert slot.owner.slot is slot
            assert slot.owner in scheduler.sequences
            assert not slot.left
            assert slot.owner.cached <= slot.size
    for sequence in scheduler.sequences:
        assert 0 <= sequence.cached <= len(sequence.tokens) <= sequence.limit
        assert sequence.slot is None or sequence.slot.owner is sequence
        assert sequence.slot is not None or sequence.cached == 0


def reply(scheduler: Scheduler, cells: FakeCells, sequence: Sequence, tokens: list[int]) -> int:
    """Let one conversation write these tokens, running everybody's passes; how many passes it took."""
    scheduler.start(sequence)
    passes = 0
    while sequence.wants:
        plan = scheduler.plan()
        assert plan is not None
        cells.run(plan)
        for work in plan.work:
            cells.settle(scheduler.settle(work, 0))
            if work.sequence is sequence and work.outputs:
                sequence.tokens.append(tokens.pop(0))
                if not tokens:
                    scheduler.stop(sequence)
        passes += 1
    return passes
