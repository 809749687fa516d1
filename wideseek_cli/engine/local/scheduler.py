"""Who gets a slot, who shares what, and what the next pass computes. Pure Python: it never sees a model.

A pool is one llama.cpp context: equally long streams, one sequence each. llama.cpp cuts a pass into parts
that hold equally many tokens of neighbouring streams, so a pass is either decode (one token of every
running conversation) or prefill (one conversation, or several with equally much to do), and the two take
turns: who decodes waits for one full pass of prefill at most, or a few short ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum

from wideseek_cli.engine.local.prefix import WORTHWHILE, common_length, donors
from wideseek_cli.engine.local.sequence import Sequence, Slot

MOST_FILLS = 4  # prefill passes between two decode passes
REPLY_RESERVE = 512  # tokens of growth a slot should have to spare when it is chosen


@dataclass(frozen=True)
class Pool:
    """Equally long streams that are computed together."""

    streams: int
    size: int


class Act(Enum):
    """What happens to cells before a pass."""

    TRIM = "trim"  # keep the first tokens of `slot`
    COPY = "copy"  # from `source` to `slot`, and keep the first tokens
    SAVE = "save"  # cells of `slot` to host memory, for `sequence`
    LOAD = "load"  # the saved cells of `sequence` to `slot`


@dataclass(frozen=True)
class Move:
    act: Act
    slot: Slot
    keep: int = 0
    source: Slot | None = None
    sequence: Sequence | None = None


@dataclass(frozen=True)
class Work:
    """What a pass computes of one sequence: tokens from `start`, with logits for the last `outputs`."""

    sequence: Sequence
    slot: Slot
    start: int
    tokens: list[int]
    outputs: int

    @property
    def drafted(self) -> int:
        return max(0, self.outputs - 1)


@dataclass(frozen=True)
class Plan:
    """Moves, then one pass over one pool (`work` is empty when there was nothing but moves to do)."""

    moves: list[Move]
    pool: int = 0
    work: list[Work] = field(default_factory=list)
    prefill: bool = False
    shared: int = 0  # tokens taken over instead of computed


class Scheduler:
    """Keeps sequences, slots and order; `plan` decides the next pass."""

    def __init__(
        self,
        pools: Iterable[Pool],
        *,
        pass_tokens: int = 512,
        host_tokens: int = 0,
        draft_tokens: int = 63,
        cuts: bool = True,
    ) -> None:
        self.pools = list(pools)
        self.slots = [
            Slot(index, stream, pool.size)
            for index, pool in enumerate(self.pools)
            for stream in range(pool.streams)
        ]
        self.pass_tokens = pass_tokens
        self.draft_tokens = draft_tokens  # of all drafts in one pass together
        self.host_tokens = host_tokens  # how much may be kept in host memory
        self.cuts = cuts  # whether cells can be kept in part; without, beginnings are not shared
        self.longest = max(pool.size for pool in self.pools)
        small = min(range(len(self.pools)), key=lambda index: self.pools[index].size)
        single = self.pools[small].streams == 1 and len(self.pools) > 1
        self._first = small if single else None  # the pool of whoever runs alone
        self.sequences: list[Sequence] = []
        self._tick = 0
        self._orders = 0
        self._shared = 0
        self._waited = [0] * len(self.pools)  # tokens of prefill that a pool's decoding ones have waited for
        self._last_pool = 0

    # What happens to conversations

    def add(self, sequence: Sequence) -> None:
        self.sequences.append(sequence)

    def start(self, sequence: Sequence) -> None:
        """A reply is wanted."""
        self._orders += 1
        sequence.wants, sequence.order = True, self._orders

    def stop(self, sequence: Sequence) -> None:
        """The reply is done or given up; what is computed stays until the room is needed."""
        sequence.wants = False
        sequence.draft = []
        if sequence.slot is not None:
            sequence.slot.used = self._tick

    def remove(self, sequence: Sequence) -> None:
        """The conversation is over; its cells stay behind for others to share."""
        self.stop(sequence)
        slot = sequence.slot
        if slot is not None:
            slot.left, slot.owner = sequence.tokens[: sequence.cached], None
        self._forget(sequence)
        if sequence in self.sequences:
            self.sequences.remove(sequence)

    def rewind(self, sequence: Sequence, length: int) -> Slot | None:
        """Take back everything after `length` tokens; the slot to trim, if there is one. The last token that
        stays is computed again: the next one is drawn from its logits."""
        del sequence.tokens[length:]
        if sequence.saved_tokens > length:
            sequence.saved_tokens = length if self.cuts else 0
        if sequence.cached < length:
            return None
        sequence.cached = max(0, length - 1) if self.cuts else 0
        return sequence.slot

    def lose(self, sequence: Sequence) -> None:
        """Its cells cannot be trusted any more."""
        if sequence.slot is not None:
            sequence.slot.owner, sequence.slot.left = None, []
        self._forget(sequence)

    @staticmethod
    def _forget(sequence: Sequence) -> None:
        sequence.slot, sequence.cached, sequence.fresh = None, 0, False
        sequence.saved, sequence.saved_tokens = None, 0

    @property
    def busy(self) -> bool:
        return any(sequence.wants for sequence in self.sequences)

    # The next pass

    def plan(self) -> Plan | None:
        """The next pass, or None when nobody wants anything."""
        if not self.busy:
            return None
        self._tick += 1
        self._shared = 0
        moves: list[Move] = []
        wanting = sorted((s for s in self.sequences if s.wants), key=lambda s: s.order)
        for sequence in wanting:
            if self._should_move(sequence, wanting):
                self._outgrow(sequence, moves)
            elif sequence.slot is None:
                self._place(sequence, moves)
        ready = [s for s in wanting if s.slot is not None and not self._waits_for_twin(s, moves)]
        return self._pass(ready, moves)

    def settle(self, work: Work, accepted: int) -> Move | None:
        """After a pass: so many drafted tokens were right; the cells of the others are to be trimmed."""
        work.sequence.cached = work.start + len(work.tokens) - work.drafted + accepted
        work.sequence.draft = []
        if accepted < work.drafted:
            return Move(Act.TRIM, work.slot, work.sequence.cached)
        return None

    # Slots

    def _place(self, sequence: Sequence, moves: list[Move]) -> bool:
        slot = self._find_slot(sequence)
        if slot is None:
            return False
        if slot.owner is not None:
            self._evict(slot.owner, moves)
        self._take(sequence, slot, moves)
        return True

    def _find_slot(self, sequence: Sequence) -> Slot | None:
        """The smallest that leaves room to grow; a free one before an idle one, the longest unused first."""
        length = len(sequence.tokens)
        for need in (min(length + REPLY_RESERVE, sequence.limit), length):
            found = [s for s in self.slots if s.size >= need and (s.owner is None or not s.owner.wants)]
            if found:
                return min(found, key=lambda s: self._cost(s, sequence))
        return None

    def _cost(self, slot: Slot, sequence: Sequence) -> tuple[object, ...]:
        """A conversation that runs alone goes to the first pool, whose memory is there, also in place of an
        idle one. In company it goes where most are computed together."""
        alone = not any(other.wants for other in self.sequences if other is not sequence)
        swaps = alone and slot.pool == self._first
        taken = slot.owner is not None and not (swaps and self._may_save(slot.owner))
        apart = 0 if alone else -self.pools[slot.pool].streams
        reused = 0
        if slot.owner is None and slot.left:
            reused = self._reusable(slot, sequence)
        rest = (slot.pool, bool(slot.left), slot.used, slot.stream)
        return (taken, apart, slot.size, -reused, *rest)

    def _reusable(self, slot: Slot, sequence: Sequence) -> int:
        """Tokens that would stay if the sequence moved in; only the last user's own beginning counts."""
        if not self.cuts:
            return 0
        shared = common_length(sequence.tokens, slot.left, len(sequence.tokens) - 1)
        return shared if shared >= WORTHWHILE else 0

    def _take(self, sequence: Sequence, slot: Slot, moves: list[Move]) -> None:
        kept = self._reusable(slot, sequence) if slot.owner is None else 0
        slot.owner, slot.left, slot.used = sequence, [], self._tick
        sequence.slot, sequence.fresh = slot, True
        if sequence.saved is not None and sequence.saved_tokens > kept:
            sequence.cached = min(sequence.saved_tokens, len(sequence.tokens) - 1)
            moves.append(Move(Act.LOAD, slot, sequence.cached, sequence=sequence))
            sequence.saved_tokens = 0
        else:
            sequence.saved, sequence.saved_tokens = None, 0
            sequence.cached = kept
            self._shared += kept
            moves.append(Move(Act.TRIM, slot, kept))

    def _evict(self, sequence: Sequence, moves: list[Move]) -> None:
        """Take its slot away; its cells go to host memory if there is room, else they are computed again."""
        slot = sequence.slot
        if slot is None:
            return
        keep = sequence.cached if self._may_save(sequence) else 0
        if keep:
            moves.append(Move(Act.SAVE, slot, keep, sequence=sequence))
        slot.owner, slot.left = None, []
        sequence.slot, sequence.cached, sequence.saved_tokens = None, 0, keep

    def _may_save(self, sequence: Sequence) -> bool:
        """Whether host memory has room for a copy of its cells."""
        held = sum(other.saved_tokens for other in self.sequences)
        return held + sequence.cached <= self.host_tokens

    def _should_move(self, sequence: Sequence, wanting: Collection[Sequence]) -> bool:
        """Whether it has outgrown its slot, or could be computed with others."""
        slot, length = sequence.slot, len(sequence.tokens)
        if slot is None or length > slot.size:
            return slot is not None
        return (
            slot.pool == self._first
            and sequence.cached > 0
            and len(wanting) > 1
            and any(
                s.owner is None and s.pool != self._first and s.size >= length + REPLY_RESERVE
                for s in self.slots
            )
        )

    def _outgrow(self, sequence: Sequence, moves: list[Move]) -> None:
        """Move to a longer slot, or give this one up and wait for one."""
        old = sequence.slot
        if old is None:
            return
        new = self._find_slot(sequence)
        if new is None:
            self._evict(sequence, moves)
            return
        if new.owner is not None:
            self._evict(new.owner, moves)
        moves.append(Move(Act.COPY, new, sequence.cached, source=old))
        old.owner, old.left = None, []
        new.owner, new.left, new.used = sequence, [], self._tick
        sequence.slot = new

    # Sharing

    def _waits_for_twin(self, sequence: Sequence, moves: list[Move]) -> bool:
        """Copy the longest computed beginning; wait if another is just computing a longer one."""
        if not sequence.fresh or not self.cuts:
            return False
        found = list(donors(sequence, self.slots))
        best = max((donor.now for donor in found), default=0)
        if any(donor.later >= best + WORTHWHILE and donor.later > donor.now for donor in found):
            return True
        sequence.fresh = False
        if best >= sequence.cached + WORTHWHILE:
            donor = next(donor for donor in found if donor.now == best)
            moves.append(Move(Act.COPY, _slot_of(sequence), best, source=donor.slot))
            self._shared += best - sequence.cached
            sequence.cached = best
        return False

    # Passes

    def _pass(self, ready: list[Sequence], moves: list[Move]) -> Plan:
        count = len(self.pools)
        for step in range(1, count + 1):
            pool = (self._last_pool + step) % count
            here = [s for s in ready if _slot_of(s).pool == pool]
            decoding = [s for s in here if s.pending == 1]
            filling = [s for s in here if s.pending > 1]
            if not here:
                continue
            fill = self._prefill(filling) if filling else []
            prefill = bool(fill) and (not decoding or self._may_wait(pool, fill))
            self._last_pool = pool
            if not prefill:
                self._waited[pool] = 0
            return Plan(moves, pool, fill if prefill else self._decode(decoding), prefill, self._shared)
        return Plan(moves, shared=self._shared)

    def _may_wait(self, pool: int, fill: list[Work]) -> bool:
        """Whether those who decode can wait for this too. Short prompts go first, so that more decode
        together afterwards; but never more than one full pass comes in between."""
        size = max(sum(len(work.tokens) for work in fill), self.pass_tokens // MOST_FILLS)
        if self._waited[pool] and self._waited[pool] + size > self.pass_tokens:
            return False
        self._waited[pool] += size
        return True

    def _decode(self, decoding: list[Sequence]) -> list[Work]:
        work = []
        spare = min(self.draft_tokens, self.pass_tokens - len(decoding))
        for sequence in sorted(decoding, key=lambda s: _slot_of(s).stream):
            slot = _slot_of(sequence)
            draft = sequence.draft[: max(0, min(spare, slot.size - len(sequence.tokens)))]
            spare -= len(draft)
            work.append(Work(sequence, slot, sequence.cached, sequence.tokens[-1:] + draft, 1 + len(draft)))
        return work

    def _prefill(self, filling: list[Sequence]) -> list[Work]:
        """First come, first served; others with just as much to do come along if the pass has room."""
        first = filling[0]
        size = min(first.next_fill, self.pass_tokens)
        group = [first]
        for other in filling[1:]:
            if (len(group) + 1) * size > self.pass_tokens:
                break
            if other.next_fill == first.next_fill:
                group.append(other)
        return [self._chunk(sequence, size) for sequence in sorted(group, key=lambda s: _slot_of(s).stream)]

    @staticmethod
    def _chunk(sequence: Sequence, size: int) -> Work:
        start = sequence.cached
        tokens = sequence.tokens[start : start + size]
        return Work(sequence, _slot_of(sequence), start, tokens, int(size == sequence.pending))


def _slot_of(sequence: Sequence) -> Slot:
    if sequence.slot is None:
        raise RuntimeError("a sequence without a slot was planned")
    return sequence.slot
