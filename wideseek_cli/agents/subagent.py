"""Subagents: a wave of them at once, each with its own context and its own tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, Finished, run_agent
from wideseek_cli.agents.research import ResearchTools
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.state import RunState

OnReport = Callable[[bool], None]  # told whether the wave is over with it


class Crew:
    """Sends out waves of subagents for one question and keeps their reports."""

    def __init__(
        self,
        world: World,
        library: Library,
        question: str,
        known: RunState,
        on_report: OnReport,
    ) -> None:
        self._world, self._library, self._question = world, library, question
        self._known, self._on_report = known, on_report
        self._places = asyncio.Semaphore(world.settings.width)
        self._by = {wave.number: wave.by for wave in known.waves}
        self.reports: list[Finished] = []

    @property
    def led(self) -> int:
        """How many waves the lead has sent out."""
        return sum(by == "lead" for by in self._by.values())

    def recorded_tasks(self, wave: int, by: str) -> tuple[str, ...]:
        """The subtasks of a wave that was begun before a resume."""
        return next((w.tasks for w in self._known.waves if w.number == wave and w.by == by), ())

    async def work(self, wave: int, tasks: Sequence[str], by: str, dropped: int = 0) -> list[Finished]:
        """Run one wave to its end. After a resume, what the record has of it is not done again."""
        if all(recorded.number != wave for recorded in self._known.waves):
            self._world.emit(ev.Delegated("lead", wave, tuple(tasks), dropped, by))
        self._by[wave] = by
        done = await together(self._one(agent) for agent in self._agents(wave, tasks))
        self._on_report(True)
        return done

    def recorded(self, wave: int, tasks: Sequence[str]) -> list[Finished]:
        """The reports of a wave that was over before a resume."""
        found = []
        for agent in self._agents(wave, tasks):
            state = self._known.agents.get(agent.name)
            if state is not None and state.outcome is not None:
                found.append(Finished(agent, state.outcome, state.summary, state.reason))
        self.reports += found
        return found

    async def _one(self, agent: Agent) -> Finished:
        async with self._places:
            tools = ResearchTools(self._world, self._library, agent.name)
            finished = await run_agent(self._world, agent, tools, self._known.agents.get(agent.name))
        self.reports.append(finished)
        self._on_report(False)
        return finished

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
