"""One reply, token by token, on a vocabulary of characters and a few tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from wideseek_cli.core.messages import ReplyLimits, Sampling, Stop, ToolUse
from wideseek_cli.engine.local.reply import ReplyWriter, Rules, ends_inside_thinking, goes_round
from wideseek_cli.engine.local.sampler import Sampler

END = 0


class Letters:
    """Every byte is a token; longer pieces may be added, tags among them or not."""

    end_tokens = frozenset({END})

    def __init__(self, *pieces: str) -> None:
        self.pieces = [b"", *(bytes([b]) for b in range(1, 256)), *(p.encode() for p in pieces)]

    def piece(self, token: int) -> bytes:
        return b"<end>" if token == END else self.pieces[token]

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        data, tokens = text.encode(), []
        while data:
            longest = max(
                range(1, len(self.pieces)),
                key=lambda t: data.startswith(self.pieces[t]) * len(self.pieces[t]),
            )
            tokens.append(longest)
            data = data[len(self.pieces[longest]) :]
        return tokens


class Braces:
    """A grammar: digits, then the closing tag."""

    def __init__(self, vocabulary: Letters) -> None:
        self.vocabulary, self.text, self.closed = vocabulary, "", False

    def allowed(self, tokens: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
        return np.array(
            [self._fits(self.text + self.vocabulary.piece(int(t)).decode("utf-8", "replace")) for t in tokens]
        )

    @staticmethod
    def _fits(text: str) -> bool:
        head = text.lstrip("0123456789")
        return "</tool_call>".startswith(head) and (not head or text[0] != "<")

    def accept(self, token: int) -> None:
        assert self.allowed(np.array([token]))[0], "llama.cpp ends the process here"
        self.text += self.vocabulary.piece(token).decode()

    def close(self) -> None:
        self.closed = True


def write(
    vocabulary: Letters,
    wishes: Iterable[int],
    limits: ReplyLimits | None = None,
    *,
    tools: bool = True,
    thinking: bool = False,
) -> ReplyWriter:
    """A model that wants these tokens one after the other, and takes the nearest allowed one when it must."""
    grammar: Callable[[], Braces] | None = (lambda: Braces(vocabulary)) if tools else None
    writer = ReplyWriter(
        Rules(limits or ReplyLimits(), vocabulary, Sampler(Sampling(0.0), 1), grammar, thinking)
    )
    rest = list(wishes)
    while writer.stop is None:
        logits = np.zeros(len(vocabulary.pieces), np.float32)
        wish = rest[0] if rest else END
        logits[wish] = 2.0
        logits[ord("7")] = 1.0
        token = writer.next(logits)
        if token == wish and rest:
            rest.pop(0)
        elif rest and len(writer.tokens) > 300:
            break
    return writer


@pytest.fixture(params=[("<tool_call>", "</tool_call>", "<think>", "</think>", "</tool_response>"), ()])
def vocabulary(request: pytest.FixtureRequest) -> Letters:
    """With the tags as single tokens, and without."""
    return Letters(*request.param)


def test_a_plain_reply_ends_with_the_end_token(vocabulary: Letters) -> None:
    writer = write(vocabulary, [*vocabulary.tokenize("Hello."), END])
    assert writer.text == "Hello."
    assert writer.stop is Stop.END
    assert writer.tokens[-1] == END


def test_a_reply_is_cut_at_its_limit(vocabulary: Letters) -> None:
    writer = write(vocabulary, vocabulary.tokenize("Hello."), ReplyLimits(max_tokens=3))
    assert (writer.text, writer.stop) == ("Hel", Stop.LENGTH)


def test_a_call_follows_the_grammar_and_then_the_reply_is_free_again(vocabulary: Letters) -> None:
    wishes = [*vocabulary.tokenize("<tool_call>"), *vocabulary.tokenize("12</tool_call> done"), END]
    writer = write(vocabulary, wishes)
    assert writer.text == "<tool_call>12</tool_call> done"


def test_a_reply_may_end_with_its_first_call(vocabulary: Letters) -> None:
    wishes = [*vocabulary.tokenize("So <tool_call>"), *vocabulary.tokenize("12</tool_call> done")]
    writer = write(vocabulary, wishes, ReplyLimits(one_call=True))
    assert (writer.text, writer.stop) == ("So <tool_call>12</tool_call>", Stop.END)


def test_what_the_grammar_does_not_allow_is_not_written(vocabulary: Letters) -> None:
    wishes = [*vocabulary.tokenize("<tool_call>"), *vocabulary.tokenize("x")]
    writer = write(vocabulary, wishes, ReplyLimits(max_tokens=40))
    assert "x" not in writer.text
    assert "<tool_call>77" in writer.text


def test_a_token_that_runs_on_behind_the_tag_is_cut_to_the_tag() -> None:
    vocabulary = Letters('call>\n{"')
    wishes = [*vocabulary.tokenize("<tool_"), len(vocabulary.pieces) - 1]
    writer = write(vocabulary, wishes, ReplyLimits(max_tokens=20))
    assert writer.text.startswith("<tool_call>77")


def test_a_required_call_comes_although_the_model_wants_to_end(vocabulary: Letters) -> None:
    limits = ReplyLimits(max_tokens=40, tool_use=ToolUse.REQUIRED)
    writer = write(vocabulary, [], limits)
    assert writer.text.startswith("<tool_call>7")


def test_a_required_call_comes_instead_of_talk(vocabulary: Letters) -> None:
    limits = ReplyLimits(max_tokens=40, tool_use=ToolUse.REQUIRED)
    writer = write(vocabulary, vocabulary.tokenize("Sure, I can"), limits)
    assert writer.text.startswith("<tool_call>7")


def test_a_required_call_waits_for_the_end_of_thinking(vocabulary: Letters) -> None:
    limits = ReplyLimits(max_tokens=60, tool_use=ToolUse.REQUIRED)
    writer = write(vocabulary, vocabulary.tokenize("<think>well</think>\nNo."), limits)
    assert writer.text.startswith("<think>well</think>\n\n<tool_call>7")


def test_a_forbidden_call_is_not_written(vocabulary: Letters) -> None:
    limits = ReplyLimits(max_tokens=30, tool_use=ToolUse.NONE)
    writer = write(vocabulary, vocabulary.tokenize("<tool_call>1</tool_call>"), limits)
    assert "<tool_call>" not in writer.text


@pytest.mark.parametrize("opened_by_prompt", [True, False])
def test_thinking_is_closed_at_its_cap(vocabulary: Letters, opened_by_prompt: bool) -> None:
    text = "hm" * 50 if opened_by_prompt else "<think>" + "hm" * 50
    writer = write(
        vocabulary,
        vocabulary.tokenize(text),
        ReplyLimits(max_tokens=60, think_cap=10),
        thinking=opened_by_prompt,
    )
    thought, _, rest = writer.text.removeprefix("<think>").partition("</think>")
    assert thought == "hmhmhmhmhm\n"
    assert rest.startswith("\n\n")
    assert "mhmhmh" in rest


@pytest.mark.parametrize(("digits", "cap"), [("1234567890" * 2, 20), ("7" * 70, 0)])
def test_a_call_in_a_thought_is_finished_before_the_thought_is_closed(
    vocabulary: Letters, digits: str, cap: int
) -> None:
    """Whether the cap is reached in the midst of the call or the model goes round there."""
    call = f"<tool_call>{digits}</tool_call>"
    wishes = [*vocabulary.tokenize(call), *vocabulary.tokenize("and so on" * 20)]
    writer = write(vocabulary, wishes, ReplyLimits(max_tokens=150, think_cap=cap), thinking=True)
    assert writer.text.startswith(f"{call}\n</think>\n\n" if cap else call)


@pytest.mark.parametrize("tag", ["<tool_response>", "</tool_response>"])
def test_an_invented_tool_response_ends_the_reply(vocabulary: Letters, tag: str) -> None:
    writer = write(vocabulary, vocabulary.tokenize(f"So: {tag} all is well"))
    assert (writer.text, writer.stop) == ("So: ", Stop.END)


def test_pieces_hold_no_half_characters_and_no_half_tags() -> None:
    vocabulary = Letters()
    rules = Rules(ReplyLimits(), vocabulary, Sampler(Sampling(0.0), 1))
    writer, pieces = ReplyWriter(rules), []
    for token in [*vocabulary.tokenize("né <tool_x 中"), END]:
        logits = np.zeros(len(vocabulary.pieces), np.float32)
        logits[token] = 1.0
        writer.next(logits)
        pieces.append(writer.take_text())
    assert "".join(pieces) == writer.text == "né <tool_x 中"
    assert "\ufffd" not in "".join(pieces)
    assert "<" not in [piece[-1:] for piece in pieces]


def test_exact_replies_write_on_over_an_end_token() -> None:
    vocabulary = Letters()
    writer = ReplyWriter(Rules(ReplyLimits(max_tokens=3), vocabulary, Sampler(Sampling(0.0), 1), exact=True))
    logits = np.zeros(len(vocabulary.pieces), np.float32)
    logits[END] = 1.0
    assert [writer.next(logits) for _ in range(3)] == [END] * 3
    assert writer.stop is Stop.LENGTH


def test_a_prompt_may_open_the_thinking() -> None:
    assert ends_inside_thinking("<|im_start|>assistant\n<think>\n")
    assert not ends_inside_thinking("Use <think> first. <|im_start|>assistant\n")
    assert not ends_inside_thinking("assistant\n<think>\n\n</think>\n\n")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Lima: " + "9" * 200, True),
        ("Lima: " + "1,000 " * 40, True),
        ("| a " * 15 + "|", False),
        ("| --- " * 10 + "|\n" + "| not found " * 7 + "|\n" + "| no " * 12, False),
        ("9" * 60, False),
    ],
)
def test_a_reply_that_goes_round_is_cut(text: str, ends: bool) -> None:
    vocabulary = Letters()
    writer = write(vocabulary, [*vocabulary.tokenize(text), END])
    assert writer.stop is (Stop.LENGTH if ends else Stop.END)
    assert (writer.text == text) is not ends
    assert text.startswith(writer.text)
    assert not ends or len(writer.text) <= len("Lima: ") + 70


def test_a_thought_that_goes_round_is_closed() -> None:
    vocabulary = Letters("<think>", "</think>")
    wishes = [*vocabulary.tokenize("<think>" + "na" * 100)]
    writer = write(vocabulary, wishes, ReplyLimits(max_tokens=150), tools=False)
    thought, closed, _ = writer.text.partition("\n</think>\n\n")
    assert closed
    assert thought == "<think>" + "na" * 32


def test_what_goes_round() -> None:
    assert not goes_round([*range(8)] * 7)
    assert goes_round([*range(8)] * 8)
    assert not goes_round([*range(17)] * 20)
    assert not goes_round([1] * 63)
    assert not goes_round([1] * 64 + [2])
