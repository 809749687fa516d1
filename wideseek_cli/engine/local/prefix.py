"""Which computed tokens a conversation can take over from another instead of computing them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wideseek_cli.engine.local.sequence import Sequence, Slot

WORTHWHILE = 16  # fewer tokens than this are computed sooner than copied


def common_length(one: list[int], other: list[int], most: int) -> int:
    """How many tokens the two begin with in common, `most` at most. Slices compare at the speed of C."""
    if one[:most] == other[:most]:
        return min(most, len(one), len(other))
    low, high = 0, min(most, len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True)
class Donor:
    """Somewhere to take a beginning from: what is there now, and what will be when its owner has gone on."""

    slot: Slot
    now: int
    later: int


def donors(sequence: Sequence, slots: Iterable[Slot]) -> Iterable[Donor]:
    """Every other slot that shares a beginning worth taking. The last token is always computed: it gives the
    logits. A slot is read out whole, so what it holds must fit, also what goes beyond that beginning."""
    most = len(sequence.tokens) - 1
    room = sequence.slot.size if sequence.slot is not None else most
    for slot in slots:
        owner = slot.owner
        if owner is sequence:
            continue
        tokens, computed = slot.held()
        goes_on = owner is not None and owner.wants and owner.order < sequence.order
        held = len(tokens) if goes_on else computed
        if held > room:
            continue
        shared = common_length(sequence.tokens, tokens, min(most, held))
        if shared >= sequence.cached + WORTHWHILE:
            yield Donor(slot, min(shared, computed), shared)
