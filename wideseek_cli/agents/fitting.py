"""Making a tool message fit the context that is left, and knowing when it is time to answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.agents.shapes import tool_message
from wideseek_cli.core.errors import ContextFullError

LEAST_TOKENS = 48  # of results in a shortened message; less would say nothing


@dataclass(frozen=True)
class Place:
    """Where a message goes: before `turn` of `turns`, with `room` tokens, `reserve` of them for an answer."""

    turn: int
    turns: int
    room: int
    reserve: int


@dataclass(frozen=True)
class Fitted:
    """The message, whether the next reply must be the answer, and whether something was cut."""

    text: str
    last: bool
    cut: bool = False


def fitted(
    prompts: PromptSet, parts: Sequence[str], place: Place, last: bool, count: Callable[[str], int]
) -> Fitted:
    """The message as it is when another turn fits after it; else with the order to answer, and shortened if
    it must be. ContextFullError when not even that fits."""

    def message(parts: Sequence[str], last: bool) -> str:
        return tool_message(prompts, parts, place.turn, place.turns, last=last)

    text = message(parts, last)
    left = place.room - count(text)
    if left >= (1 if last else 2) * place.reserve:
        return Fitted(text, last)
    text = message(parts, last=True)
    if place.room - count(text) >= place.reserve:
        return Fitted(text, last=True)
    told = prompts.fill("told.cut")
    free = place.room - place.reserve - count(message([told], last=True))
    if free < LEAST_TOKENS:
        raise ContextFullError("the context is full")
    whole = "\n\n".join(parts)
    share = free / max(count(whole), 1)
    for tightening in (0.9, 0.7, 0.5, 0.3):
        cut = [*_cut(parts, int(len(whole) * share * tightening)), told]
        text = message(cut, last=True)
        if place.room - count(text) >= place.reserve:
            return Fitted(text, last=True, cut=True)
    raise ContextFullError("the context is full")


def _cut(parts: Sequence[str], most: int) -> list[str]:
    """The parts with `most` characters in all: short ones whole, long ones cut to the same length."""
    left, bound = most, most
    for number, length in enumerate(sorted(len(part) for part in parts)):
        bound = left // (len(parts) - number)
        if length > bound:
            break
        left -= length
    return [part if len(part) <= bound else part[: max(bound - 2, 0)].rstrip() + " …" for part in parts]
