"""The replay: the same tokens for everybody, counted as they were computed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from wideseek_cli.bench.ours import Ours, longest
from wideseek_cli.bench.peer import LlamaServer
from wideseek_cli.bench.plan import Lengths, wide_task
from wideseek_cli.bench.player import Counts, replay
from wideseek_cli.bench.timing import Job, run
from wideseek_cli.cli.commands.bench import app
from wideseek_cli.core.errors import RemoteError, UsageError
from wideseek_cli.core.gguf_header import Header
from wideseek_cli.engine.local.fit import LoadOptions

SMALL = Lengths().scaled(0.02)  # 29 and 20 tokens of prompts, 28 of results


class Paper:
    """Writes down what was asked of it."""

    def __init__(self) -> None:
        self.heard: list[list[int]] = []
        self.wrote: list[tuple[int, int]] = []  # (agent, tokens)
        self.closed = 0

    async def enter(self, prompt: Sequence[int]) -> _Line:
        self.heard.append(list(prompt))
        return _Line(self, len(self.heard) - 1)

    @property
    def counts(self) -> Counts:
        return Counts(sum(map(len, self.heard)), sum(count for _, count in self.wrote))

    def reset(self) -> None:
        self.heard, self.wrote = [], []

    async def aclose(self) -> None: ...


class _Line:
    def __init__(self, paper: Paper, number: int) -> None:
        self.paper, self.number = paper, number

    async def write_tokens(self, count: int) -> None:
        self.paper.wrote.append((self.number, count))
        await asyncio.sleep(0)

    def append_tokens(self, tokens: Sequence[int]) -> None:
        self.paper.heard[self.number] += tokens

    def close(self) -> None:
        self.paper.closed += 1


def test_the_task_has_the_lengths_of_a_real_run() -> None:
    task = wide_task(6, Lengths())
    assert [len(part.prompt) for part in (task.lead, *task.subagents)] == [1450] + [990] * 6
    assert len({tuple(part.prompt[:950]) for part in task.subagents}) == 1
    assert len({tuple(part.prompt) for part in task.subagents}) == 6
    first = task.subagents[0]
    assert [(step.write, len(step.hear)) for step in first.steps] == [(90, 450), (90, 700), (160, 0)]
    assert [(step.write, len(step.hear)) for step in task.lead.steps] == [(1, 1400), (420, 0)]
    assert task.written == 1 + 420 + 6 * 340
    assert longest(task) == 1450 + 1 + 1400 + 420
    assert wide_task(6, Lengths()) == task
    assert wide_task(6, Lengths(), seed=1) != task


def test_scaled_lengths_and_their_limits() -> None:
    assert Lengths().scaled(0.5).replies == (45, 45, 80)
    assert Lengths().scaled(0.0001).table == 1
    for scale in (0, -1, 21):
        with pytest.raises(UsageError, match="scale"):
            Lengths().scaled(scale)
    for width in (0, 65):
        with pytest.raises(UsageError, match="width"):
            wide_task(width, Lengths())


@pytest.mark.slow
async def test_a_small_vocabulary_has_all_the_tokens(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """llama.cpp takes no token that is beyond it."""
    prompts: list[Sequence[int]] = []
    enter = Ours.enter

    async def noted(stage: Ours, prompt: Sequence[int]) -> Any:
        prompts.append(prompt)
        return await enter(stage, prompt)

    monkeypatch.setattr(Ours, "enter", noted)
    monkeypatch.setattr(Header, "vocabulary", 500)
    await run(Job(tiny_model, width=1, scale=0.02, threads=1, speculate=False))
    assert 250 < max(map(max, prompts)) < 500


async def test_every_agent_hears_and_writes_its_part() -> None:
    task, paper = wide_task(3, SMALL), Paper()
    timing = await replay(task, paper)
    assert timing.counts.decode_tokens == task.written
    assert paper.heard[0] == [*task.lead.prompt, *task.lead.steps[0].hear]
    for heard, part in zip(paper.heard[1:], task.subagents, strict=True):
        assert heard == [*part.prompt, *(token for step in part.steps for token in step.hear)]
    agents = [agent for agent, _ in paper.wrote]
    assert agents[0] == agents[-1] == 0
    assert agents[1:-1] == [1, 2, 3] * 3
    assert paper.closed == 4


async def test_ours_computes_the_shared_beginning_once(tiny_model: Path) -> None:
    task = wide_task(3, Lengths().scaled(0.1))
    ours = await Ours.load(
        LoadOptions(tiny_model, width=3, conversation_tokens=longest(task) + 64, threads=1)
    )
    try:
        timing = await replay(task, ours)
        ours.reset()
        assert ours.counts == Counts(0, 0)
    finally:
        await ours.aclose()
    shared = 2 * len(_beginning(task.subagents))
    heard = _heard(task)
    assert timing.counts.shared_tokens == shared
    assert heard - shared <= timing.counts.prefill_tokens <= heard - shared + 16
    assert 0 < timing.counts.prefill_seconds < timing.counts.model_seconds < timing.wall_s


def _heard(task: Any) -> int:
    parts = (task.lead, *task.subagents)
    return sum(len(part.prompt) + sum(len(step.hear) for step in part.steps) for part in parts)


def _beginning(parts: Any) -> list[int]:
    prompts = [part.prompt for part in parts]
    return [one[0] for one in zip(*prompts, strict=True) if len(set(one)) == 1]


# A llama-server that answers by script


class _Handler(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]]
    short = False

    def do_GET(self) -> None:
        self._tell({"total_slots": 3, "model_path": "/somewhere/tiny.gguf"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        count = body["n_predict"] - self.short
        self._tell(
            {"tokens": [7] * count, "timings": {"prompt_n": len(body["prompt"]), "predicted_n": count}}
        )

    def _tell(self, answer: dict[str, Any]) -> None:
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[_Handler]]]:
    handler = type("Handler", (_Handler,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


async def test_a_server_gets_the_same_tokens(scripted: tuple[str, type[_Handler]]) -> None:
    url, handler = scripted
    task, server = wide_task(3, SMALL), LlamaServer(url + "/")
    try:
        assert await server.connect() == "tiny.gguf"
        timing = await replay(task, server)
    finally:
        await server.aclose()
    assert timing.counts.decode_tokens == task.written
    asked = handler.asked
    assert {one["ignore_eos"] and one["cache_prompt"] and one["return_tokens"] for one in asked} == {True}
    assert sorted({one["id_slot"] for one in asked}) == [-1, 0, 1, 2]  # more agents than slots
    last = asked[-1]
    lead = task.lead
    assert last["prompt"] == [*lead.prompt, 7, *lead.steps[0].hear]
    assert (last["id_slot"], last["n_predict"]) == (0, lead.steps[1].write)


async def test_a_server_that_writes_too_little_is_no_measure(scripted: tuple[str, type[_Handler]]) -> None:
    url, handler = scripted
    handler.short = True
    server = LlamaServer(url)
    try:
        with pytest.raises(RemoteError, match="0 tokens where 1"):
            await replay(wide_task(1, SMALL), server)
    finally:
        await server.aclose()


@pytest.mark.slow
def test_the_command_reports_what_was_measured(
    tiny_model: Path, scripted: tuple[str, type[_Handler]]
) -> None:
    options = ["--model", str(tiny_model), "--width", "2", "--scale", "0.02", "--threads", "1"]
    told = CliRunner().invoke(app, [*options, "--json", "--against", scripted[0], "--repeat", "2"])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)
    task = wide_task(2, SMALL)
    assert figures["decode_tokens"] == task.written == figures["against"]["decode_tokens"]
    assert figures["wall_s"] == min(figures["walls_s"])
    assert len(figures["walls_s"]) == 2
    assert figures["against"]["ratio"] == pytest.approx(
        figures["wall_s"] / figures["against"]["wall_s"], rel=0.2
    )
    assert 0 <= figures["python_share"] <= 1
    assert {"prefill_tokens", "shared_tokens", "sampling_share", "peak_memory_mb"} <= figures.keys()
    plain = CliRunner().invoke(app, options)
    assert f"{tiny_model.name}, width 2" in plain.stdout


async def test_mistakes_are_said(tiny_model: Path) -> None:
    with pytest.raises(RemoteError, match="no llama-server answers") as caught:
        await run(Job(tiny_model, against="http://127.0.0.1:9"))
    assert "llama-server -m" in caught.value.hint


@pytest.mark.slow
async def test_against_a_real_server(smollm2: Path, llama_server: Callable[..., str]) -> None:
    url = llama_server(smollm2, *["-np", "3", "-no-kvu", "-fa", "on", "-c", "3072"])
    figures = await run(Job(smollm2, width=2, scale=0.1, against=url, threads=1))
    theirs = figures["against"]
    assert theirs["model"] == smollm2.name
    assert theirs["decode_tokens"] == wide_task(2, Lengths().scaled(0.1)).written
    saved = theirs["prefill_tokens"] - figures["prefill_tokens"]
    assert abs(saved - figures["shared_tokens"]) <= 8  # what we did not compute, the server did
