"""A tool message in the room that is left: as it is, with the order to answer, shortened, or not at all."""

from __future__ import annotations

import pytest

from wideseek_cli.agents.fitting import LEAST_TOKENS, Place, fitted
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.shapes import tool_message
from wideseek_cli.core.errors import ContextFullError

PROMPTS = load_prompts()
NOW, CUT = PROMPTS.fill("hint.answer_now"), PROMPTS.fill("told.cut")
RESERVE = 100
SHORT, LONG = "short one", "word " * 600


def count(text: str) -> int:
    return len(text.split())


def size(parts: list[str], *, last: bool) -> int:
    return count(tool_message(PROMPTS, parts, 3, 9, last=last))


def fit(parts: list[str], room: int, *, last: bool = False):
    return fitted(PROMPTS, parts, Place(3, 9, room, RESERVE), last, count)


def test_with_room_for_another_turn_the_message_is_as_it_is() -> None:
    room = size([SHORT, LONG], last=False) + 2 * RESERVE
    found = fit([SHORT, LONG], room)
    assert (found.text, found.last, found.cut) == (tool_message(PROMPTS, [SHORT, LONG], 3, 9), False, False)
    assert NOW not in found.text


def test_with_room_for_one_answer_only_the_answer_is_asked_for() -> None:
    for room in (size([LONG], last=False) + 2 * RESERVE - 1, size([LONG], last=True) + RESERVE):
        found = fit([LONG], room)
        assert (found.text, found.last, found.cut) == (
            tool_message(PROMPTS, [LONG], 3, 9, last=True),
            True,
            False,
        )
        assert NOW in found.text


def test_a_last_message_needs_no_room_for_another_turn() -> None:
    found = fit([LONG], size([LONG], last=True) + RESERVE, last=True)
    assert (found.last, found.cut) == (True, False)


@pytest.mark.parametrize("room", [size([LONG], last=True) + RESERVE - 1, 400, 250])
def test_what_does_not_fit_is_shortened_with_a_word_about_it(room: int) -> None:
    found = fit([SHORT, LONG], room)
    assert (found.last, found.cut) == (True, True)
    assert room - count(found.text) >= RESERVE, "the answer keeps its room"
    assert found.text.startswith(f"{SHORT}\n\nword word"), "short parts stay whole"
    assert " …" in found.text
    assert CUT in found.text
    assert NOW in found.text


def test_long_parts_share_what_there_is() -> None:
    found = fit(["first " * 600, SHORT, "third " * 600], 500)
    first, third = found.text.count("first "), found.text.count("third ")
    assert SHORT in found.text
    assert min(first, third) > 50
    assert abs(first - third) <= 2


def test_where_not_even_a_little_fits_the_context_is_full() -> None:
    bare = count(tool_message(PROMPTS, [CUT], 3, 9, last=True)) + RESERVE
    assert fit([LONG], bare + LEAST_TOKENS).cut
    with pytest.raises(ContextFullError):
        fit([LONG], bare + LEAST_TOKENS - 1)
