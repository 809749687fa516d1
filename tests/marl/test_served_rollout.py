"""A run against a trainer's endpoint: what an adapter relies on, without the trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llama_cpp")

from models.marl.rollout import WHOLE, Setup, answer_of, ended, has_failed, judged
from models.marl.tasks import practice
from tests.engine.scripted_server import Fail, Say, Script
from tests.marl.served import chat, replies, text_of
from wideseek_cli.core.errors import EngineError
from wideseek_cli.core.state import RunState
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.record.store import NullJournal
from wideseek_cli.session import Session
from wideseek_cli.sources.opening import open_sources

LISTED = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 8192}]}


async def run(task: Task, server: Script) -> RunState:
    settings = Setup(Path(), "factbook", width=2).settings
    options = RemoteOptions(server.url, sampling=WHOLE, grammar=False, key="of-this-run", attempts=1)
    async with Session(
        settings, OpenEngine(await RemoteEngine.connect(options), WHOLE), open_sources(settings)
    ) as session:
        return await ended(session.run(task.query, NullJournal("r")))


async def test_contexts_only_grow_and_what_was_said_is_sent_back_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WIDESEEK_API_KEY", "another")
    (task,) = practice("factbook:train:1")
    reply = replies(task)

    async def decide(asked: dict[str, Any]) -> Say:
        return chat(reply(text_of(asked)))

    async with Script([], models=LISTED, decide=decide) as server:
        state = await run(task, server)
    assert await judged(task, answer_of(state)) == (1.0, True)
    assert {name: len(agent.turns) for name, agent in state.agents.items()} == {
        "lead": 2, "w1.s1": 2, "w1.s2": 2,
    }  # fmt: skip
    assert not any(has_failed(agent) for agent in state.agents.values())
    assert set(server.keys) == {"bearer of-this-run"}
    chats = [asked["messages"] for path, asked in server.asked if path == "/v1/chat/completions"]
    begun, gone_on = ([one for one in chats if len(one) == size] for size in (2, 4))
    assert (len(begun), len(gone_on)) == (3, 3)
    for first, then in zip(sorted(begun, key=str), sorted(gone_on, key=str), strict=True):
        said = {"role": "assistant", "content": reply(text_of({"messages": first}))}
        assert then[:3] == [*first, said]
        assert [message["role"] for message in then] == ["system", "user", "assistant", "user"]


async def test_a_server_that_fails_is_no_rollout() -> None:
    (task,) = practice("factbook:train:1")

    async def decide(asked: dict[str, Any]) -> Fail:
        return Fail(500, "out of memory")

    async with Script([], models=LISTED, decide=decide) as server:
        with pytest.raises(EngineError, match="lead lost its model"):
            await run(task, server)
