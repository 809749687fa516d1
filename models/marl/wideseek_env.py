"""Our tasks, agents and reward as an environment of `verifiers`, for the trainers that take its traces.

    PYTHONPATH=.:models/marl vf-eval wideseek_env --client.base-url http://localhost:8080/v1 --no-push \\
        -m MODEL --env.agent.runtime.type subprocess

A rollout is a run of the product against the endpoint that verifiers puts before the model. In its trace
every agent's context is a branch; what a trace cannot know (the answer, who failed) stands in its `info`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import verifiers.v1 as vf

from models.marl.credit import LEAD, SUBAGENT, Agent, Rollout, Said, credited, reward
from models.marl.rollout import WHOLE, Keeping, Setup, answer_of, ended, has_failed, judged, role_of
from models.marl.tasks import practice
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.core.messages import Stop
from wideseek_cli.core.state import RunState
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.engine.remote.talk import RemoteConversation
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.record.store import NullJournal
from wideseek_cli.session import Session
from wideseek_cli.sources.opening import open_sources

__all__ = ["WideHarness", "WideTaskset"]

OURS = "wideseek"  # our part of a trace's `info`


class WideTasksetConfig(vf.TasksetConfig):  # type: ignore[misc]
    tasks: str = "factbook:train:400"  # or a split of `wideseek eval make`
    seed: int = 0


class WideData(vf.TaskData):  # type: ignore[misc]
    tasks: str
    seed: int


class WideTask(vf.Task[WideData]):  # type: ignore[misc]
    @vf.metric  # type: ignore[untyped-decorator]
    async def judged(self, trace: vf.Trace) -> dict[str, float]:
        task = _tasks(self.data.tasks, self.data.seed)[self.data.id]
        f1, valid = await judged(task, trace.info[OURS]["answer"])
        return {"item_f1": f1, "valid": float(valid)}

    @vf.reward  # type: ignore[untyped-decorator]
    async def wide(self, trace: vf.Trace) -> float:
        return reward(rollout_of(trace))


class WideTaskset(vf.Taskset[WideTask, WideTasksetConfig]):  # type: ignore[misc]
    def load(self) -> Iterable[WideTask]:
        given = self.config
        for task in _tasks(given.tasks, given.seed).values():
            data = WideData(id=task.id, prompt=task.query, tasks=given.tasks, seed=given.seed)
            yield WideTask(data, given.task)


class WideHarnessConfig(vf.HarnessConfig):  # type: ignore[misc]
    source: str = "factbook"
    prompts: str = "compact"
    width: int = 4
    turns: int = 4
    subagent_turns: int = 4


class WideHarness(vf.Harness[WideHarnessConfig]):  # type: ignore[misc]
    EXECUTES_CODE = NEEDS_CONTAINER = False  # tools read pages, and nothing is run

    async def launch(
        self, ctx: Any, trace: vf.Trace, runtime: Any, endpoint: str, secret: str, mcp_urls: Any, data: Any
    ) -> vf.ProgramResult:
        own = self.config
        setup = Setup(Path(), own.source, own.prompts, own.width, 1, own.turns, own.subagent_turns)
        served = RemoteOptions(endpoint, ctx.model, sampling=WHOLE, grammar=False, key=secret)
        async with (
            aclosing(await asyncio.to_thread(open_sources, setup.settings)) as sources,
            aclosing(await RemoteEngine.connect(served)) as engine,
        ):
            keeping = Keeping(engine)
            session = Session(setup.settings, OpenEngine(keeping, WHOLE), sources)
            state = await ended(session.run(data.prompt, NullJournal(trace.id)))
        trace.info[OURS] = _noted(state, trace, keeping.kept)
        return vf.ProgramResult(0, "", "")


def rollout_of(trace: vf.Trace) -> Rollout:
    """The trace as reward and credit see it. Places are counted in tokens that the agent wrote: the ids stay
    in the trace."""
    noted = trace.info[OURS]
    agents = []
    for agent in noted["agents"]:
        turns = agent["turns"]
        ends = accumulate(tokens for tokens, _, _ in turns)
        said = [Said(end - tokens, end, loop) for end, (tokens, loop, _) in zip(ends, turns, strict=True)]
        agents.append(Agent(agent["name"], agent["role"], (), tuple(said), agent["failed"]))
    f1, valid = trace.metrics["item_f1"], bool(trace.metrics["valid"])
    return Rollout(trace.task.key or "", trace.id, tuple(agents), f1, valid, noted["accessed"])


def assign_credit(traces: Sequence[vf.Trace], roles: Collection[str] = (LEAD, SUBAGENT)) -> None:
    """For a trainer to call with the rollouts of one question: each sampled token gets its advantage, and a
    weight by which a weighted mean is the mean over tokens, then agents, then rollouts."""
    for node in (node for trace in traces for node in trace.nodes if any(node.mask)):
        _credit(node, 0.0, 0.0)
    by_run = {trace.id: trace for trace in traces}
    for one in credited([[rollout_of(trace) for trace in traces]], roles):
        trace = by_run[one.rollout.run]
        (turns,) = (a["turns"] for a in trace.info[OURS]["agents"] if a["name"] == one.agent.name)
        for said, (_, _, node) in zip(one.agent.said, turns, strict=True):
            if said in one.turns:
                _credit(trace.nodes[node], one.advantage, one.weight)


def _credit(node: Any, advantage: float, weight: float) -> None:
    node.advantages = [advantage] * sum(node.mask)
    node.loss_weights = {**(node.loss_weights or {}), "rl": [weight * own for own in node.mask]}


def _noted(state: RunState, trace: vf.Trace, kept: Mapping[str, RemoteConversation]) -> dict[str, Any]:
    """What a trace does not hold. Of each turn: its tokens, whether it looped, and its node in the trace."""
    taken: set[int] = set()
    agents = []
    for agent in (agent for agent in state.agents.values() if agent.turns):
        said = [message["content"] for message in kept[agent.name].messages]
        own = [at for at, one in enumerate(kept[agent.name].messages) if one["role"] == "assistant"]
        turns = []
        for turn, at in zip(agent.turns, own, strict=True):
            node = node_of(trace, said[: at + 1], taken)
            turns.append((turn.reply.tokens, turn.reply.stop is Stop.LENGTH, node))
        agents.append(
            {"name": agent.name, "role": role_of(agent), "failed": has_failed(agent), "turns": turns}
        )
    return {"answer": answer_of(state), "accessed": state.pages > 0, "agents": agents}


def node_of(trace: vf.Trace, said: Sequence[str], taken: set[int]) -> int:
    """The trace's node of a conversation's last reply, each node once. Ours may end before the node's does:
    what follows an order to stop is cut."""
    for number, node in enumerate(trace.nodes):
        if node.sampled and number not in taken:
            *before, last = [message.content or "" for message in vf.graph.path(trace, number)]
            if before == said[:-1] and last.startswith(said[-1]):
                taken.add(number)
                return number
    if not any(node.token_ids for node in trace.nodes):
        return -1  # an evaluation: the server may have taken thoughts and calls out of the text
    raise EvaluationError("a reply is not in the trace")


@lru_cache(maxsize=8)
def _tasks(name: str, seed: int) -> dict[str, Task]:
    return {task.id: task for task in practice(name, seed)}
