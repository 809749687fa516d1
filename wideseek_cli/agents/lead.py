"""The lead hands out subtasks to waves of subagents and gets their reports back. It never searches itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wideseek_cli.agents.calls import DELEGATE, Calls, subtasks
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, Answered, Finished, Objection, run_agent
from wideseek_cli.agents.research import ResearchTools
from wideseek_cli.agents.shapes import subtask_part
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import Reply, Stop
from wideseek_cli.core.state import RunState

_FAILED = {  # the sentences that say so to the lead
    Cause.TURNS: "failed_turns",
    Cause.LENGTH: "failed_turns",
    Cause.SILENT: "failed_turns",
    Cause.CONTEXT: "failed_context",
}


@dataclass(frozen=True)
class _Plan:
    """The subtasks of one turn, and what the lead must be told about the rest of it."""

    tasks: tuple[str, ...]
    told: tuple[str, ...] = ()
    dropped: int = 0


class Client(Protocol):
    """For whom the lead works: it sees the plans and judges the answer."""

    def planned(self, tasks: Sequence[str]) -> None:
        """These subtasks are handed out now."""

    async def reported(self) -> None:
        """A wave is over; what it read may be needed to judge the answer."""

    def has_answer(self, text: str) -> bool:
        """Whether a text holds the kind of answer that is wanted."""

    async def lacks(self, text: str) -> str:
        """What rows an answer lacks, in words for the lead."""


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
                how = (state.outcome, state.summary, state.reason)
                found.append(Finished(agent, *how, detail=state.detail))
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


class LeadTools:
    """`create_sub_agents` for the lead."""

    def __init__(self, world: World, crew: Crew, client: Client, first: int = 0) -> None:
        """`first`: the number of the wave before its own first one."""
        self._world, self._crew, self._client = world, crew, client
        self._reports: dict[str, Finished] = {}
        self._waves = first
        self._rounds = 0  # turns in a row that brought nothing new
        self._objections: set[str] = set()

    @property
    def worked(self) -> bool:
        return bool(self._reports)

    async def answer(self, calls: Calls) -> Answered:
        plan = self._plan(calls)
        told = list(plan.told)
        fresh = [task for task in plan.tasks if not self._settled(task)]
        if fresh:
            self._waves += 1
            self._rounds = 0
            self._client.planned(fresh)
            done = await self._crew.work(self._waves, fresh, by="lead", dropped=plan.dropped)
            self._reports.update({plain_task(finished.agent.task): finished for finished in done})
            await self._client.reported()
        elif plan.tasks or not told:
            self._rounds += 1
            told.append(self._told("repeating"))
        else:
            self._rounds += 1
        for text in told:
            self._world.emit(ev.AgentWarned("lead", text))
        parts = [self._part(number, task, fresh) for number, task in enumerate(plan.tasks, start=1)]
        return Answered([*parts, *told], stop=self._rounds > 1 or self._world.budget.ended)

    def recall(self, calls: Calls) -> None:
        plan = self._plan(calls)
        fresh = [task for task in plan.tasks if not self._settled(task)]
        if fresh:
            self._waves += 1
            self._rounds = 0
            self._reports.update(
                {plain_task(f.agent.task): f for f in self._crew.recorded(self._waves, fresh)}
            )
        else:
            self._rounds += 1

    async def object_to(self, reply: Reply) -> Objection | None:
        """An answer without any research, or without what was asked for, is not taken the first time."""
        if not self._reports:
            return self._delegate_first()
        if not self._client.has_answer(reply.text) and "table_missing" not in self._objections:
            self._objections.add("table_missing")
            return Objection(self._told("table_missing"))
        to_come = reply.stop is not Stop.END  # a table that was cut off first goes on
        if to_come or "rows_missing" in self._objections:
            return None
        if lacking := await self._client.lacks(reply.text):
            self._objections.add("rows_missing")
            return Objection(lacking)
        return None

    def _delegate_first(self) -> Objection | None:
        if "delegate_first" in self._objections:
            return None
        self._objections.add("delegate_first")
        return Objection(self._told("delegate_first"), must_call=True)

    def gathered(self) -> str:
        return "\n\n".join(finished.text for finished in self._reports.values())

    def _plan(self, calls: Calls) -> _Plan:
        told = [self._told("malformed", reason=reason) for reason in calls.skipped]
        given: dict[str, str] = {}
        for call in calls.calls:
            if call.name != DELEGATE:
                told.append(self._told("delegate", tool=call.name[:60]))
                continue
            items = subtasks(call)
            if items.wrong:
                told.append(self._told("wrong_items", number=items.wrong))
            given.update({plain_task(task): task for task in items.items if plain_task(task) not in given})
        most = min(self._world.settings.width, self._world.prompts.limits.width)
        settled = [task for task in given.values() if self._settled(task)]
        fresh = [task for task in given.values() if not self._settled(task)]
        if len(fresh) > most:
            told.append(self._told("dropped", most=most, given=len(fresh)))
        taken = {*[*fresh, *settled][:most]}  # a list that is sent whole again gives way to what is new in it
        tasks = tuple(task for task in given.values() if task in taken)
        return _Plan(tasks, tuple(dict.fromkeys(told)), max(len(fresh) - most, 0))

    def _settled(self, task: str) -> bool:
        """Handed out before, with a report: what failed may be tried again in the same words."""
        known = self._reports.get(plain_task(task))
        return known is not None and known.outcome is not ev.Outcome.FAILED

    def _part(self, number: int, task: str, fresh: Sequence[str]) -> str:
        prompts = self._world.prompts
        finished = self._reports[plain_task(task)]
        if task not in fresh:
            return subtask_part(prompts, number, task, prompts.fill("subtask.repeated"))
        return subtask_part(prompts, number, task, report_text(self._world, finished))

    def _told(self, key: str, **words: object) -> str:
        return self._world.prompts.fill(f"told.{key}", **words)


def report_text(world: World, finished: Finished) -> str:
    """A report as the lead reads it: as it is, marked as unfinished, or a sentence on why there is none."""
    fill = world.prompts.fill
    if finished.outcome is ev.Outcome.DONE or finished.reason is Cause.EARLY:
        return finished.text
    if finished.outcome is ev.Outcome.PARTIAL:
        return fill("subtask.partial", summary=finished.text)
    if world.ender.asked and finished.reason == world.ender.why:
        return fill("subtask.stopped")
    key = _FAILED.get(finished.reason, "failed_error")
    return fill(f"subtask.{key}", reason=finished.detail or finished.reason.words, task=finished.agent.task)


def plain_task(task: str) -> str:
    """A subtask for comparing: in other capitals and spaces it is the same."""
    return " ".join(task.casefold().split())
