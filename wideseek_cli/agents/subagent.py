"""Subagents: a wave of them at once, each with its own context and its own tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from wideseek_cli import events as ev
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, Finished, run_agent
from wideseek_cli.agents.research import ResearchTools
from wideseek_cli.agents.shapes import joined
from wideseek_cli.agents.sieve import Sieve
from wideseek_cli.agents.world import World
from wideseek_cli.aio import together
from wideseek_cli.state import AgentState, RunState

OnReport = Callable[[bool], None]  # told whether the wave is over with it
BY_CODE = "answered by code"


class Crew:
    """Sends out waves of subagents for one question and keeps their reports. What the `sieve` knows spares
    them work, in the lead's waves: what is asked again after the proof is asked because it stays."""

    def __init__(
        self,
        world: World,
        library: Library,
        question: str,
        known: RunState,
        on_report: OnReport,
        sieve: Sieve | None = None,
    ) -> None:
        self._world, self._library, self._question = world, library, question
        self._known, self._on_report, self._sieve = known, on_report, sieve
        self._places = asyncio.Semaphore(world.settings.width)
        self.reports: list[Finished] = []

    async def work(self, wave: int, tasks: Sequence[str], by: str, dropped: int = 0) -> list[Finished]:
        """Run one wave to its end. After a resume, what the record has of it is not done again."""
        if all(recorded.number != wave for recorded in self._known.waves):
            self._world.emit(ev.Delegated("lead", wave, tuple(tasks), dropped, by))
        sieve = self._sieve if by == "lead" else None
        done = await together(self._one(agent, sieve) for agent in self._agents(wave, tasks))
        if sieve is not None:
            done = [await _shortened(sieve, finished) for finished in done]
            shortened = {finished.agent.name: finished for finished in done}
            self.reports = [shortened.get(finished.agent.name, finished) for finished in self.reports]
        self._on_report(True)
        return done

    def recorded(self, wave: int, tasks: Sequence[str]) -> list[Finished]:
        """The reports of a wave that was over before a resume."""
        found = []
        for agent in self._agents(wave, tasks):
            state = self._known.agents.get(agent.name)
            if state is not None and state.outcome is not None:
                ended = Finished(agent, state.outcome, state.summary, state.reason)
                found.append(self._with_seen(ended, state.task))
        self.reports += found
        return found

    async def _one(self, agent: Agent, sieve: Sieve | None) -> Finished:
        async with self._places:
            finished = await self._run(agent, sieve)
        self.reports.append(finished)
        self._on_report(False)
        return finished

    async def _run(self, agent: Agent, sieve: Sieve | None) -> Finished:
        state = self._known.agents.get(agent.name)
        fresh = state is None or (state.outcome is None and not state.turns)
        text = await sieve.report_on(agent.task) if sieve and fresh else ""
        if text:
            return self._reported(agent, text, started=state is not None)
        task = await sieve.unasked(agent.task) if sieve and state is None else agent.task
        return await self._sent(agent, state.task if state else task, state)

    async def _sent(self, agent: Agent, task: str, state: AgentState | None) -> Finished:
        """The report of an agent that is sent with this task, under the one that the lead gave; what the
        task leaves out of that, code has seen."""
        tools = ResearchTools(self._world, self._library, agent.name)
        finished = await run_agent(self._world, replace(agent, task=task), tools, state)
        return self._with_seen(replace(finished, agent=agent), task)

    def _with_seen(self, finished: Finished, task: str) -> Finished:
        whole = finished.agent.task
        seen = whole[len(task) :].strip(" ,") if whole.startswith(task) else ""
        if not seen or finished.outcome is not ev.Outcome.DONE:
            return finished
        told = self._world.prompts.fill("subtask.has", quality=seen)
        return replace(finished, text=joined([finished.text, told], "\n"))

    def _reported(self, agent: Agent, text: str, started: bool) -> Finished:
        """The end of a subtask that took no agent, recorded as an agent's, so that a resume finds it."""
        if not started:
            self._world.emit(ev.AgentStarted(agent.name, agent.role, agent.task, agent.wave))
        self._world.emit(ev.AgentFinished(agent.name, ev.Outcome.DONE, text, BY_CODE))
        return Finished(agent, ev.Outcome.DONE, text, BY_CODE)

    def _agents(self, wave: int, tasks: Sequence[str]) -> list[Agent]:
        limits, settings = self._world.prompts.limits, self._world.settings
        turns = min(settings.subagent_turns, limits.subagent_turns or settings.subagent_turns)
        return [
            Agent(
                name=f"w{wave}.s{number}",
                role=ev.Role.SUBAGENT,
                question=self._question,
                turns=turns,
                answer_tokens=limits.subagent_answer_tokens,
                task=task,
                wave=wave,
            )
            for number, task in enumerate(tasks, start=1)
        ]


async def _shortened(sieve: Sieve, finished: Finished) -> Finished:
    return replace(finished, text=await sieve.shortened(finished.agent.task, finished.text))
