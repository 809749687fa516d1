"""Servers that refuse: what is left out, said otherwise, shortened or waited for, and what is told."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from tests.engine.asking import OPENING, VLLM, reply_of
from tests.engine.scripted_server import Fail, Say, Script, Whole
from wideseek_cli.core.errors import ContextFullError, RemoteError
from wideseek_cli.core.messages import ReplyLimits, Sampling, Stop
from wideseek_cli.engine.remote import talk
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.engine.remote.refusals import room_named, words
from wideseek_cli.engine.remote.server import Server
from wideseek_cli.engine.remote.wire import Passing


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_waited_for(status: int) -> None:
    assert (await reply_of(Script([Fail(status)] * 9 + [Say(["ok"])], models=VLLM))).text == "ok"
    waits = [
        talk.pause(failures, RemoteOptions("x").first_wait, 0) for failures in range(1, talk.BUSY_ATTEMPTS)
    ]
    assert sum(waits) > 59
    with pytest.raises(RemoteError, match="answered 500"):
        await reply_of(Script([Fail(500)] * 5 + [Say(["ok"])], models=VLLM))


async def test_what_waiting_cannot_mend_is_not_waited_for() -> None:
    quota = Fail(429, "You exceeded your current quota, please check your plan and billing details.")
    script = Script([quota] * 5 + [Say(["ok"])], models=VLLM)
    with pytest.raises(RemoteError, match="exceeded your current quota"):
        await reply_of(script)


def test_a_server_that_names_its_wait_gets_no_more_time_for_it() -> None:
    def attempts(wait: float) -> int:
        return talk.attempts_for(Passing(RemoteError("x"), wait, answered=True, busy=True), 5)

    assert [attempts(wait) for wait in (0, 5, 60)] == [talk.BUSY_ATTEMPTS, 13, 5]


async def test_every_run_that_goes_on_is_told() -> None:
    async with Script([], models=VLLM) as script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url))
        first: list[str] = []
        second: list[str] = []
        engine.hear(first.append)
        engine.note("a", "one")
        engine.hear(second.append)
        for _ in range(2):
            engine.note("a", "one")
            engine.note("b", "two")
        await engine.aclose()
    assert (first, second) == (["one", "two"], ["one", "two"])


async def test_errors_inside_a_stream_are_refusals() -> None:
    broken = Whole({"error": {"message": "out of memory", "code": 500}})
    assert (await reply_of(Script([broken, Say(["ok"])], models=VLLM))).text == "ok"
    for code in ("bad", 401):
        with pytest.raises(RemoteError):
            await reply_of(Script([Whole({"error": {"message": "no", "code": code}})] * 5, models=VLLM))


SAID_ROOMS = {
    "This model's maximum context length is 32768 tokens. However, you requested 33000 tokens "
    "(29000 in the messages, 4000 in the completion).": 3768,
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is "
    "32768 tokens and your request has 30000 input tokens (5000 > 32768 - 30000).": 2768,
    "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you "
    "provided 100000.": 16384,
    "Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total "
    "of 33000 tokens: 29000 tokens from the input messages and 4000 tokens for the completion.": 3768,
    "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 "
    "`max_new_tokens`": 96,
    "maximum context length is 32768 tokens. However, you requested 4096 output tokens and your prompt "
    "contains at least 28673 input tokens": None,
    "This model's maximum context length is 32768 tokens; your prompt has 40000 input tokens": 0,
    "context too long": None,
}


@pytest.mark.parametrize(("said", "room"), SAID_ROOMS.items())
def test_rooms_that_servers_name(said: str, room: int | None) -> None:
    assert room_named(said) == room


@pytest.mark.parametrize(("said", "asked"), [*((s, r or 2048) for s, r in SAID_ROOMS.items() if r != 0)])
async def test_a_reply_that_is_too_long_is_asked_for_as_a_shorter_one(said: str, asked: int) -> None:
    script = Script([Fail(400, said), Say(["ok"], "length")], models=VLLM)
    most = 20_000 if asked > 4096 else 4096
    reply = await reply_of(script, limits=ReplyLimits(max_tokens=most))
    assert [body["max_tokens"] for _, body in script.asked] == [most, asked]
    assert (reply.text, reply.stop) == ("ok", Stop.CONTEXT)


async def test_what_can_never_fit_is_said_soon() -> None:
    full = "maximum context length is 32768 tokens; your prompt has 40000 input tokens"
    for said, times in ((full, 1), ("context too long", 3)):
        script = Script([Fail(400, said)] * times, models=VLLM)
        with pytest.raises(ContextFullError):
            await reply_of(script)
        assert len(script.asked) == times


UNKNOWN_OPTIONS = [
    Fail(400, "Unrecognized request argument supplied: stream_options"),
    Fail(422, body={"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"],
                                "msg": "Extra inputs are not permitted"}]}),
    Fail(422, body={"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc":
                    ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}}),
]  # fmt: skip


@pytest.mark.parametrize("refusal", UNKNOWN_OPTIONS)
async def test_a_field_that_is_refused_is_left_out_from_then_on(refusal: Fail) -> None:
    script = Script([refusal, Say(["a"]), Say(["b"])], models=VLLM)
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url))
        for text in "ab":
            assert (await (await engine.open(OPENING)).reply()).text == text
        await engine.aclose()
    first, *others = (body for _, body in script.asked)
    assert len(others) == 2
    for body in others:
        assert body == {name: value for name, value in first.items() if name != "stream_options"}


async def test_conversations_that_are_refused_at_once_all_learn_from_it() -> None:
    all_asked = asyncio.Event()

    async def strict(body: dict[str, Any]) -> Say | Fail:
        if len(script.asked) == 3:
            all_asked.set()
        await all_asked.wait()
        return UNKNOWN_OPTIONS[0] if "stream_options" in body else Say(["ok"])

    script = Script([], models=VLLM, decide=strict)
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url))
        talks = [await engine.open(OPENING) for _ in range(3)]
        replies = await asyncio.gather(*(talk.reply() for talk in talks))
        await engine.aclose()
    assert [reply.text for reply in replies] == ["ok"] * 3
    assert ["stream_options" in body for _, body in script.asked] == [True] * 3 + [False] * 3


async def test_max_tokens_has_another_name_where_the_server_says_so() -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    script = Script([Fail(400, said), Say(["ok"])], models=VLLM)
    await reply_of(script, limits=ReplyLimits(max_tokens=77))
    body = script.asked[1][1]
    assert body["max_completion_tokens"] == 77
    assert "max_tokens" not in body


async def test_sampling_that_is_refused_is_left_out_and_told() -> None:
    said = "Unsupported value: 'temperature' does not support 0 here. Only the default is supported."
    script = Script([Fail(400, said), Say(["ok"])], models=VLLM)
    notes: list[str] = []
    async with script:
        engine = await RemoteEngine.connect(RemoteOptions(script.url, sampling=Sampling(temperature=0)))
        engine.hear(notes.append)
        assert (await (await engine.open(OPENING)).reply()).text == "ok"
        await engine.aclose()
    assert "temperature" not in script.asked[1][1]
    assert [note.partition("/v1 ")[2] for note in notes] == [
        "takes no temperature: it is left to the server."
    ]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refusal_that_stays_is_told_in_the_servers_words(status: int) -> None:
    detail = [{"loc": ["body", "stop", 0], "msg": "Too\x1b[31m many\nstops"}]
    script = Script([Fail(status, body={"detail": detail})], models=VLLM)
    with pytest.raises(RemoteError, match=rf"answered {status}: stop.0: Too many stops$"):
        await reply_of(script)
    same = [Fail(400, "Unrecognized request argument supplied: stream_options")] * 2
    with pytest.raises(RemoteError, match="stream_options"):
        await reply_of(Script([*same], models=VLLM))


def test_words_of_a_refusal() -> None:
    assert words({"error": "plain"}) == words([{"error": {"message": "plain"}}]) == words("plain") == "plain"
    assert words(None) == words({"error": None}) == words(3) == ""
    deep: Any = "x"
    for _ in range(50):
        deep = {"error": deep}
    assert words(deep) == ""
    assert len(words("x" * 10_000)) == 300


@pytest.mark.parametrize(
    "refusal",
    [
        Fail(400, "System role not supported"),
        Fail(500, "Jinja Exception: System role not supported"),
        Fail(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        Fail(400, "Developer instruction is not enabled for models/gemma-3-4b-it"),
    ],
)
async def test_without_a_system_role_its_text_opens_the_first_message(refusal: Fail) -> None:
    script = Script([refusal, Say(["ok"])], models=VLLM)
    assert (await reply_of(script)).text == "ok"
    (system, user), (first,) = (body["messages"] for _, body in script.asked)
    assert first == {"role": "user", "content": f"{system['content']}\n\n{user['content']}"}
    with pytest.raises(RemoteError, match=r"roles must alternate|System role|Developer"):
        await reply_of(Script([refusal] * 6, models=VLLM))


async def test_a_certificate_that_is_not_trusted_is_called_that() -> None:
    server = Server("https://127.0.0.1:9", timeout=1)
    untrusted = ssl.SSLCertVerificationError("certificate verify failed")
    untrusted.verify_message = "self-signed certificate"
    outer = RuntimeError("Connection error.")
    outer.__cause__ = untrusted
    error = server._gone(outer)
    assert isinstance(error, RemoteError)
    assert str(error) == "the certificate of https://127.0.0.1:9/v1 is not trusted: self-signed certificate"
    assert "SSL_CERT_FILE" in error.hint
    await server.aclose()
