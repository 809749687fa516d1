"""A lead for a table that is given: it plans subtasks for some of its rows, or finds rows that it lacks."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.agents.kind import unboxed
from wideseek_cli.agents.lead import Crew, LeadTools
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, run_agent
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState
from wideseek_cli.facts import served
from wideseek_cli.pipeline.reading import Reading
from wideseek_cli.table.markdown import read_answer
from wideseek_cli.table.model import Column, Table

WAVES = 100  # numbers that are set aside for the waves of one lead


class RowLead:
    """The lead's client: it takes any table with rows."""

    def __init__(self, world: World, library: Library, known: RunState, reading: Reading) -> None:
        self._world, self._library, self._known, self._reading = world, library, known, reading
        self._columns: tuple[Column, ...] = ()
        self._question = ""

    async def ask(self, question: str, columns: Sequence[Column], number: int) -> Table | None:
        """The table that lead `number` writes; None where it writes none."""
        self._question, self._columns = question, tuple(columns)
        world, limits = self._world, self._world.prompts.limits
        turns = min(world.settings.turns, limits.lead_turns or world.settings.turns)
        asked = main_task(question, world.prompts, columns)
        name = f"lead{number}"
        agent = Agent(name, ev.Role.LEAD, asked, turns, limits.lead_answer_tokens, task=question)
        crew = Crew(world.subagents or world, self._library, asked, self._known, lambda over: None)
        tools = LeadTools(world, crew, self, first=number * WAVES)
        finished = await run_agent(world, agent, tools, self._known.agents.get(name))
        return self._read(finished.text, finished.cut)

    def planned(self, tasks: Sequence[str]) -> None:
        """The rows are known."""

    async def reported(self) -> None:
        await self._reading.ask(served.take)

    def has_answer(self, text: str) -> bool:
        table = self._read(text)
        return table is not None and bool(table.rows)

    async def lacks(self, text: str) -> str:
        """Code looks for what it leaves out."""
        return ""

    def _read(self, text: str, cut: bool = False) -> Table | None:
        return read_answer(unboxed(text), self._columns, question=self._question, cut=cut).table
