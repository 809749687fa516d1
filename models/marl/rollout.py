"""Questions answered by the product itself, and every agent's tokens of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.marl.credit import LEAD, SUBAGENT, Agent, Rollout, Said
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause, EngineError, EvaluationError
from wideseek_cli.core.messages import Opening, Sampling, Stop
from wideseek_cli.core.state import AgentState, RunState
from wideseek_cli.engine.base import Conversation, Engine, EngineInfo, EngineStats
from wideseek_cli.engine.local.engine import LocalEngine
from wideseek_cli.engine.local.fit import LoadOptions
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.eval.scoring.metrics import NoJudge, score_response
from wideseek_cli.models.gguf.merged import merge
from wideseek_cli.models.progress import Silent
from wideseek_cli.record.ids import new_run_id
from wideseek_cli.record.store import Store
from wideseek_cli.run import Run
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import SourceSet, open_sources

WHOLE = Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0)
CONTEXT = 8192


@dataclass(frozen=True)
class Setup:
    """How questions are answered: `--repair 0`, no help by code, whole distribution."""

    base: Path
    source: str
    prompts: str = "compact"
    width: int = 4
    jobs: int = 4  # questions at once
    turns: int = 4
    subagent_turns: int = 4
    seed: int = 0

    @property
    def settings(self) -> Settings:
        return Settings(
            sources=(self.source,), offline=True, width=self.width, turns=self.turns,
            subagent_turns=self.subagent_turns, repair=0, prompts=self.prompts, grammar=False,
        )  # fmt: skip


class Keeping:
    """An engine that keeps the conversations of one run, by agent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.kept: dict[str, Any] = {}

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    @property
    def stats(self) -> EngineStats:
        return self._engine.stats

    def count_tokens(self, text: str) -> int:
        return self._engine.count_tokens(text)

    async def open(self, opening: Opening) -> Conversation:
        conversation = await self._engine.open(opening)
        self.kept[opening.label] = conversation
        return conversation

    async def aclose(self) -> None:
        """The engine is another's."""


async def roll_out(
    tasks: Sequence[Task], setup: Setup, adapter: Path, record: Path, step: int, group: int
) -> list[list[Rollout]]:
    """`group` answers to each task under one adapter; one list for each task. The engine is loaded with the
    adapter that is being trained, taken into the weights as the product does, and closed before the training
    goes on."""
    model = adapter.with_name("rollout.gguf")
    await asyncio.to_thread(merge, setup.base, adapter, model, Silent())
    options = LoadOptions(
        model=model, name=f"step {step}", width=setup.width * setup.jobs,
        leads=setup.jobs, conversation_tokens=CONTEXT, sampling=WHOLE, grammar=False,
        speculate=False,  # at temperature 1 two of three drafted tokens are wrong
    )  # fmt: skip
    sources = await asyncio.to_thread(open_sources, setup.settings)
    engine = await asyncio.to_thread(LocalEngine.load, options)
    gate = asyncio.Semaphore(setup.jobs)
    try:
        with Store.open(record) as store:

            async def one(task: Task, number: int) -> Rollout:
                async with gate:
                    seed = (setup.seed * 1_000_003 + step * 1009 + number) % 2**31
                    return await _answered(task, replace(setup.settings, seed=seed), engine, sources, store)

            return [
                list(several)
                for several in await asyncio.gather(
                    *(asyncio.gather(*(one(task, number) for number in range(group))) for task in tasks)
                )
            ]
    finally:
        await engine.aclose()
        await sources.aclose()
        model.unlink(missing_ok=True)


async def _answered(
    task: Task, settings: Settings, engine: LocalEngine, sources: SourceSet, store: Store
) -> Rollout:
    keeping = Keeping(engine)
    session = Session(settings, OpenEngine(keeping, WHOLE), sources)
    with closing(store.journal(new_run_id())) as journal:
        run = session.run(task.query, journal)
        try:
            state = await run.go()
        except EngineError:
            state = run.bus.state
    f1, valid = await judged(task, answer_of(state))
    return Rollout(task.id, state.run, agents_of(state, keeping.kept), f1, valid, state.pages > 0)


async def ended(run: Run) -> RunState:
    """The run at its end, if its agents ended by themselves: a server that fails teaches nothing."""
    state = await run.go()
    for agent in state.agents.values():
        if agent.reason is Cause.ENGINE:
            raise EngineError(f"{agent.name} lost its model: {agent.why}")
    return state


def answer_of(state: RunState) -> str:
    """The lead's own last text, before code touches it."""
    lead = state.agents.get("lead")
    return lead.summary if lead else ""


async def judged(task: Task, answer: str) -> tuple[float, bool]:
    """Item F1 by code, and whether the answer is a table of the right columns."""
    try:
        score = await score_response(answer, task.gold, task.spec, NoJudge())
    except EvaluationError:
        return 0.0, False
    return score.item.f1, score.error is None


def agents_of(state: RunState, kept: dict[str, Any]) -> tuple[Agent, ...]:
    """Each agent's context, with the replies that the record has at their places in it."""
    made = []
    for name, agent in state.agents.items():
        if name in kept and agent.turns:
            ids = tuple(kept[name].token_ids)
            made.append(Agent(name, role_of(agent), ids, located(ids, agent), has_failed(agent)))
    return tuple(made)


def role_of(agent: AgentState) -> str:
    return SUBAGENT if agent.role is ev.Role.SUBAGENT else LEAD


def has_failed(agent: AgentState) -> bool:
    return agent.outcome is not ev.Outcome.DONE


def located(ids: tuple[int, ...], agent: AgentState) -> tuple[Said, ...]:
    """Where each recorded reply stands in the context; one that is not there is an error, not a guess."""
    found, at = [], 0
    for turn in agent.turns:
        own = turn.reply.token_ids
        if not own:
            continue
        start = next((i for i in range(at, len(ids) - len(own) + 1) if ids[i : i + len(own)] == own), -1)
        if start < 0:
            raise EvaluationError(f"a reply of {agent.name} is recorded and not in its context")
        at = start + len(own)
        found.append(Said(start, at, turn.reply.stop is Stop.LENGTH))
    return tuple(found)
