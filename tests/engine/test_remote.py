"""The remote engine against a scripted server on loopback, and against a real llama-server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.scripted_server import Fail, Say, Script
from wideseek_cli.core.errors import (
    ConfigError,
    ContextFullError,
    EngineClosedError,
    RemoteError,
    TemplateError,
)
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Sampling, Stop, ToolSpec, ToolUse, Turn
from wideseek_cli.engine.estimate import estimate
from wideseek_cli.engine.remote import engine as remote
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.engine.remote.streamed import StreamedReply
from wideseek_cli.engine.remote.wire import Piece

END = "<|im_end|>"
ASSISTANT = "<|im_start|>assistant\n"
TEXT, CHAT = "/v1/completions", "/v1/chat/completions"
LOOK = ToolSpec(
    "look",
    "Find.",
    {"type": "object", "properties": {"q": {"type": "string", "maxLength": 20}}, "required": ["q"]},
)
OPENING = Opening("You look.", "# Task\nGo", [LOOK])


def props(template: str, **more: Any) -> dict[str, Any]:
    settings = {"n_ctx": 4096}
    return {"default_generation_settings": settings, "total_slots": 4, "chat_template": template,
            "bos_token": "", "eos_token": END, "build_info": "b1", **more}  # fmt: skip


async def connect(script: Script, **options: Any) -> RemoteEngine:
    return await RemoteEngine.connect(RemoteOptions(script.url, first_wait=0.001, **options))


async def test_a_conversation_is_one_growing_text(qwen3_template: str) -> None:
    answers = [
        Say(["<think>\nhm", "\n</think>\n\n", "Hello"], usage=(50, 0, 9)),
        Say(["Bye"], usage=(90, 59, 2)),
    ]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        assert (engine.info.name, engine.info.kind, engine.info.context, engine.info.slots) == (
            "m",
            "remote",
            4096,
            4,
        )
        conversation = await engine.open(Opening("You look.", "Go", sampling=Sampling(seed=7)))
        heard: list[str] = []
        first = await conversation.reply(ReplyLimits(max_tokens=30), heard.append)
        conversation.add_tool_result("found")
        second = await conversation.reply()
        await engine.aclose()
    assert first.text == "<think>\nhm\n</think>\n\nHello" == "".join(heard)
    assert (first.stop, first.context_tokens, second.text, second.context_tokens) == (Stop.END, 59, "Bye", 92)
    (path, body), (_, later) = script.asked
    assert path == TEXT
    assert body["prompt"] == f"<|im_start|>system\nYou look.{END}\n<|im_start|>user\nGo{END}\n{ASSISTANT}"
    assert later["prompt"] == (
        f"{body['prompt']}{first.text}{END}<|im_start|>user\n<tool_response>\nfound\n</tool_response>{END}\n{ASSISTANT}"
    )
    assert (body["max_tokens"], body["seed"], body["temperature"], body["top_k"], body["min_p"]) == (
        30,
        7,
        1.0,
        0,
        0.0,
    )
    assert body["stop"] == [END]
    assert (engine.stats.prefill_tokens, engine.stats.shared_tokens, engine.stats.decode_tokens) == (
        81,
        59,
        11,
    )


async def test_tokens_are_as_many_as_the_server_says_or_as_pieces_came(qwen3_template: str) -> None:
    inside = '\n{"name": "look", "arguments": {"q": "a"}}\n</tool_call>'
    answers = [
        Say(["Hello", " you"], usage=(50, 0, 9)),
        Say(["a", "b", "c"]),
        Say(["a", "b"], usage=(50, 0, 7.5)),  # no number of tokens
        Say(["<tool_call>"], hang=True),
        Say([inside], usage=(90, 0, 30)),
    ]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        conversation = await engine.open(OPENING)
        replies = [await conversation.reply(ReplyLimits(one_call=True)) for _ in range(4)]
        await engine.aclose()
    assert [reply.tokens for reply in replies] == [9, 3, 2, 31]
    assert engine.stats.decode_tokens == 9 + 3 + 2 + 31
    assert all(body["stream_options"] == {"include_usage": True} for _, body in script.asked)


def test_a_count_once_told_stays_to_the_end_of_its_request() -> None:
    draft = StreamedReply(ReplyLimits(), lambda _: None)
    draft.begin()
    for piece in (Piece("a"), Piece(finish="stop", written_tokens=9), Piece()):
        draft.take(piece)
    assert draft.tokens == 9
    draft.begin()
    draft.take(Piece("b"))
    assert draft.tokens == 10


async def test_history_is_sent_as_it_was(qwen3_template: str) -> None:
    async with Script([Say(["ok"])], props=props(qwen3_template)) as script:
        engine = await connect(script)
        past = Turn(Reply("said", (), Stop.END, 0), "found")
        conversation = await engine.open(Opening("S", "Go", history=[past]))
        await conversation.reply()
        await engine.aclose()
    assert f"{ASSISTANT}said{END}<|im_start|>user\n<tool_response>\nfound\n" in script.asked[0][1]["prompt"]


async def test_a_tool_call_goes_on_under_a_grammar(qwen3_template: str) -> None:
    inside = '\n{"name": "look", "arguments": {"q": "a"}}\n</tool_call>'
    answers = [
        Say(["I will.\n<tool", "_call>", "{bad"], hang=True),
        Say([inside[:9], inside[9:]]),
        Say([" "], "stop"),
    ]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        conversation = await engine.open(OPENING)
        heard: list[str] = []
        reply = await conversation.reply(on_text=heard.append)
        await asyncio.wait_for(script.hung_up.wait(), 5)  # the first request was dropped, not waited for
        await engine.aclose()
    assert reply.text == f"I will.\n<tool_call>{inside} " == "".join(heard)
    first, second, third = (body for _, body in script.asked)
    assert "grammar" not in first
    assert 'root ::= (call-0) "\\n</tool_call>"' in second["grammar"]
    assert second["prompt"] == first["prompt"] + "I will.\n<tool_call>"
    assert third["prompt"].endswith("</tool_call>")


async def test_a_reply_may_end_with_its_first_call(qwen3_template: str) -> None:
    inside = '\n{"name": "look", "arguments": {"q": "a"}}\n</tool_call>'
    async with Script(
        [Say(["<tool_call>"], hang=True), Say([inside])], props=props(qwen3_template)
    ) as script:
        engine = await connect(script)
        reply = await (await engine.open(OPENING)).reply(ReplyLimits(one_call=True))
        await engine.aclose()
    assert (reply.text, reply.stop) == (f"<tool_call>{inside}", Stop.END)
    said = Say([f"<tool_call>{inside}", " and more"], hang=True)
    async with Script([said], props=None) as script:
        engine = await connect(script)
        reply = await (await engine.open(OPENING)).reply(ReplyLimits(one_call=True))
        await engine.aclose()
    assert (reply.text, reply.stop) == (f"<tool_call>{inside}", Stop.END)


async def test_a_call_can_be_required_or_forbidden(qwen3_template: str) -> None:
    inside = '\n{"name": "look", "arguments": {"q": "a"}}\n</tool_call>'
    answers = [
        Say(["No need."]),
        Say([inside]),
        Say([], "stop"),
        Say(["Fine. <tool_call>", "\n{"], hang=True),
    ]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        conversation = await engine.open(OPENING)
        forced = await conversation.reply(ReplyLimits(tool_use=ToolUse.REQUIRED))
        plain = await conversation.reply(ReplyLimits(tool_use=ToolUse.NONE))
        await engine.aclose()
    assert forced.text == f"No need.\n<tool_call>{inside}"
    assert (plain.text, plain.stop) == ("Fine. ", Stop.END)


async def test_an_invented_tool_response_ends_the_reply(qwen3_template: str) -> None:
    async with Script(
        [Say(["a", "<tool_", "response>", "x"], hang=True)], props=props(qwen3_template)
    ) as script:
        engine = await connect(script)
        heard: list[str] = []
        reply = await (await engine.open(OPENING)).reply(on_text=heard.append)
        await engine.aclose()
    assert (reply.text, reply.stop, heard) == ("a", Stop.END, ["a"])


async def test_thinking_is_closed_at_its_cap(qwen3_template: str) -> None:
    answers = [Say(["<think>", "\n", "so", " so", " so"], hang=True), Say(["Answer."])]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        reply = await (await engine.open(OPENING)).reply(ReplyLimits(think_cap=3))
        await engine.aclose()
    assert reply.text == "<think>\nso\n</think>\n\nAnswer."
    assert script.asked[1][1]["prompt"].endswith("<think>\nso\n</think>\n\n")


@pytest.mark.parametrize(
    ("finish", "limit", "stop"),
    [("length", 2, Stop.LENGTH), ("length", 9, Stop.CONTEXT), ("stop", 9, Stop.END)],
)
async def test_why_a_reply_ended(qwen3_template: str, finish: str, limit: int, stop: Stop) -> None:
    async with Script([Say(["a", "b"], finish)], props=props(qwen3_template)) as script:
        engine = await connect(script)
        reply = await (await engine.open(OPENING)).reply(ReplyLimits(max_tokens=limit))
        await engine.aclose()
    assert (reply.text, reply.stop) == ("ab", stop)


async def test_failures_that_pass_are_tried_again(qwen3_template: str) -> None:
    answers = [
        Fail(503),
        Fail(429, headers={"Retry-After": "0.01"}),
        Say(["half "], finish=""),  # breaks off in the middle
        Say(["whole"]),
    ]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        reply = await (await engine.open(OPENING)).reply()
        await engine.aclose()
    assert reply.text == "half whole"
    assert script.asked[3][1]["prompt"] == script.asked[2][1]["prompt"] + "half "


async def test_failures_that_do_not_pass_are_told(qwen3_template: str) -> None:
    async with Script([Fail(500, "out of\x1b[31m order")] * 3, props=props(qwen3_template)) as script:
        engine = await connect(script, attempts=3)
        conversation = await engine.open(OPENING)
        with pytest.raises(RemoteError, match=r"answered 500: .*out of order"):
            await conversation.reply()
        script.answers.append(Fail(400, "the request exceeds the available context size"))
        with pytest.raises(ContextFullError, match="exceeds"):
            await conversation.reply()
        script.answers.append(Fail(404, "The model `m` does not exist"))
        with pytest.raises(RemoteError, match="does not exist") as caught:
            await conversation.reply()
        assert "--model" in caught.value.hint
        await engine.aclose()


async def test_cancelling_hangs_up_and_changes_nothing(qwen3_template: str) -> None:
    answers = [Say(["never", " ending"], hang=True), Say(["done"])]
    async with Script(answers, props=props(qwen3_template)) as script:
        engine = await connect(script)
        conversation = await engine.open(OPENING)
        begun = asyncio.Event()
        task = asyncio.create_task(conversation.reply(on_text=lambda _: begun.set()))
        await asyncio.wait_for(begun.wait(), 5)
        before = conversation.tokens
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(script.hung_up.wait(), 5)
        assert conversation.tokens == before
        assert (await conversation.reply()).text == "done"
        await engine.aclose()
    assert script.asked[1][1]["prompt"] == script.asked[0][1]["prompt"]


async def test_without_a_template_messages_are_sent() -> None:
    answers = [Say([("thought", "hm"), ("thought", "!"), "Hi", "."]), Say(["Bye"])]
    models = {"data": [{"id": "big", "owned_by": "vllm", "max_model_len": 8000}]}
    async with Script(answers, models=models) as script:
        engine = await connect(script)
        assert (engine.info.name, engine.info.context) == ("big", 8000)
        conversation = await engine.open(OPENING)
        reply = await conversation.reply()
        conversation.add_tool_result("found")
        await conversation.reply()
        await engine.aclose()
    assert reply.text == "<think>\nhm!\n</think>\n\nHi."
    path, body = script.asked[1]
    assert path == CHAT
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert json.dumps(LOOK.as_function()) in body["messages"][0]["content"]
    assert body["messages"][2]["content"] == reply.text
    assert body["messages"][3]["content"] == "<tool_response>\nfound\n</tool_response>"


async def test_a_server_that_continues_no_texts_gets_messages(qwen3_template: str) -> None:
    answers = [Fail(404, "no such page"), Say(["Hi"]), Fail(404, "no such page")]
    async with Script(answers) as script:
        engine = await connect(script, template=qwen3_template)
        conversation = await engine.open(OPENING)
        assert (await conversation.reply()).text == "Hi"
        with pytest.raises(RemoteError, match="not an OpenAI-compatible server"):
            await conversation.reply()
        await engine.aclose()
    assert [path for path, _ in script.asked] == [TEXT, CHAT, CHAT]


async def test_a_key_is_wanted_and_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIDESEEK_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "only-for-openai")
    async with Script([], models=Fail(401)) as script:
        with pytest.raises(RemoteError, match="wants a key") as caught:
            await connect(script)
        assert "export WIDESEEK_API_KEY" in caught.value.hint
        monkeypatch.setenv("WIDESEEK_API_KEY", "s3cret")
        with pytest.raises(RemoteError, match="wants a key") as caught:
            await connect(script)
        assert "right?" in caught.value.hint
        assert "s3cret" not in str(caught.value) + caught.value.hint
        monkeypatch.setenv("WIDESEEK_API_KEY", "s3cret\u2019")
        with pytest.raises(ConfigError, match="WIDESEEK_API_KEY is not a key"):
            await connect(script)
    assert script.keys == ["bearer none", "bearer s3cret"]


async def test_servers_that_are_not_there() -> None:
    with pytest.raises(RemoteError, match=r"no server answers at http://127.0.0.1:9/v1") as caught:
        await RemoteEngine.connect(RemoteOptions("127.0.0.1:9"))
    assert caught.value.hint
    for url in ("ftp://x", "http://", "http://[::1"):
        with pytest.raises(ConfigError, match="is not a server address"):
            await RemoteEngine.connect(RemoteOptions(url))
    async with Script([], models={"data": []}) as script:
        with pytest.raises(RemoteError, match="lists no model"):
            await connect(script)


async def test_a_server_that_is_still_loading_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = Fail(503, "Loading model")
    async with Script([], models=[loading, loading, {"data": [{"id": "m"}]}]) as script:
        engine = await connect(script)
        assert engine.info.name == "m"
        await engine.aclose()
        script.models = loading
        monkeypatch.setattr(remote, "BUSY_ATTEMPTS", 3)
        with pytest.raises(RemoteError, match=r"answered 503: Loading model$"):
            await connect(script)


async def test_a_silent_server_is_given_up(qwen3_template: str) -> None:
    async with Script([Say([], hang=True)] * 2, props=props(qwen3_template)) as script:
        engine = await connect(script, timeout=0.1, attempts=2)
        with pytest.raises(RemoteError, match="did not answer in time"):
            await (await engine.open(OPENING)).reply()
        await engine.aclose()


async def test_a_full_context_is_refused_before_asking(qwen3_template: str) -> None:
    async with Script([], props=props(qwen3_template)) as script:
        engine = await connect(script, context=400)
        with pytest.raises(ContextFullError, match="context of 400"):
            await engine.open(Opening("S", "x" * 3000))
        conversation = await engine.open(Opening("S", "x"))
        before = conversation.tokens
        with pytest.raises(ContextFullError):
            conversation.add_tool_result("x" * 3000)
        assert conversation.tokens == before
        conversation.close()
        with pytest.raises(EngineClosedError):
            await conversation.reply()
        await engine.aclose()
        with pytest.raises(EngineClosedError):
            await engine.open(Opening("S", "x"))


async def test_a_bad_template_from_the_server_means_messages() -> None:
    async with Script([Say(["Hi"])], props=props("{{ broken")) as script:
        engine = await connect(script)
        assert (await (await engine.open(OPENING)).reply()).text == "Hi"
        await engine.aclose()
        with pytest.raises(TemplateError):
            await connect(script, template="{{ broken")
    assert script.asked[0][0] == CHAT


def test_estimates_are_rather_too_large() -> None:
    assert estimate("") == 0
    assert estimate("four words are here") >= 4
    assert estimate("中文四字") >= 4


@pytest.mark.slow
async def test_a_real_server(smollm2: Path, llama_server: Callable[..., str]) -> None:
    url = llama_server(smollm2, "-np", "2", "-c", "4096", "-fa", "on", "-no-kvu")
    engine = await RemoteEngine.connect(RemoteOptions(url, sampling=Sampling(temperature=0)))
    assert engine.info.name == smollm2.stem
    assert (engine.info.context, engine.info.slots) == (2048, 2)
    conversation = await engine.open(Opening("You are helpful.", "Name the capital of France.", [LOOK]))
    heard: list[str] = []
    first = await conversation.reply(ReplyLimits(max_tokens=24, tool_use=ToolUse.NONE), heard.append)
    assert "Paris" in first.text
    assert "".join(heard) == first.text
    before = engine.stats
    conversation.add_tool_result("Now look for Berlin.")
    call = await conversation.reply(ReplyLimits(max_tokens=120, tool_use=ToolUse.REQUIRED))
    body = call.text.partition("<tool_call>")[2].partition("</tool_call>")[0]
    assert json.loads(body)["name"] == "look"
    assert engine.stats.shared_tokens - before.shared_tokens > before.prefill_tokens  # what it had, it kept
    story = await engine.open(Opening("", "Write a long story about a fox."))
    began = asyncio.Event()
    task = asyncio.create_task(story.reply(ReplyLimits(max_tokens=1500), lambda _: began.set()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = await story.reply(ReplyLimits(max_tokens=8))
    assert again.stop is Stop.LENGTH
    await engine.aclose()
