"""Tokens as a server counts them, and as they are estimated where it does not."""

from __future__ import annotations

from tests.engine.asking import OPENING, VLLM, reply_of
from tests.engine.scripted_server import Say, Script
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Stop, Turn
from wideseek_cli.engine.estimate import estimate
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.engine.remote.streamed import StreamedReply
from wideseek_cli.engine.remote.wire import Piece


def test_figures_are_a_token_a_digit() -> None:
    assert estimate("1234567 km") >= 8
    row = "| College | 1234567 | 4,196 | 1873 |\n"
    assert 100 * 25 <= estimate(row * 100) <= 100 * 30  # Qwen3's tokenizer: 27 and 28
    assert estimate("Plain words are three letters a token.") == 13


async def test_a_reply_cut_at_its_length_is_so_by_the_servers_count() -> None:
    script = Script([Say(["several words a piece"], "length", (100, 0, 100))], models=VLLM)
    assert (await reply_of(script, limits=ReplyLimits(max_tokens=100))).stop is Stop.LENGTH
    uncounted = Script([Say(["several words a piece " * 10] * 2, "length")], models=VLLM)
    assert (await reply_of(uncounted, limits=ReplyLimits(max_tokens=100))).stop is Stop.LENGTH


def test_the_last_counts_of_a_request_stay() -> None:
    draft = StreamedReply(ReplyLimits(), lambda _: None)
    draft.begin()
    for piece in (Piece("a", "", "", 1000, 10, 1), Piece("b", "", "", 1000, 10, 1500), Piece("", "", "stop")):
        draft.take(piece)
    assert (draft.context_tokens, draft.tokens, draft.spent) == (2500, 1500, (990, 10, 1500))
    draft.begin()
    draft.take(Piece("c", "", "", 2600, 2500, 3))
    assert draft.spent == (990 + 100, 10 + 2500, 1503)


async def test_prompts_that_are_cut_silently_are_noticed_once_a_run() -> None:
    long = Opening("You look.", "word " * 3000)
    notes: list[str] = []
    script = Script([Say(["ok"], usage=(600, 0, 1))] * 4, models=VLLM)
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url))
        for listen in (True, False, True):
            if listen:
                engine.hear(notes.append)
            await (await engine.open(long)).reply()
        await (await engine.open(OPENING)).reply()
        await engine.aclose()
    assert len(notes) == 2
    assert "read only 600 of about 5,0" in notes[0]


async def test_whole_prompts_are_not_taken_for_cut_ones() -> None:
    thoughts = Turn(Reply("<think>" + "long " * 4000 + "</think>", (), Stop.END, 0), "found")
    notes: list[str] = []
    script = Script([Say(["ok"], usage=(3000, 0, 1)), Say(["ok"], usage=(60, 0, 1))], models=VLLM)
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url))
        engine.hear(notes.append)
        await (await engine.open(Opening("", "word " * 3000))).reply()
        await (await engine.open(Opening("", "Go", history=[thoughts]))).reply()
        await engine.aclose()
    assert notes == []
