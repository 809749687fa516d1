"""From a question to a proved table: the lead, the evidence, and the repair waves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.agents.assemble import Report, completed, from_reports, planned_rows, with_planned
from wideseek_cli.agents.kind import boxed, short_answer, unboxed, wants_table
from wideseek_cli.agents.lead import Crew, LeadTools
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, Finished, run_agent
from wideseek_cli.agents.research import ResearchTools
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import CALL_OPEN, THINK_OPEN, split_thinking
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import Orders
from wideseek_cli.facts import served
from wideseek_cli.facts.rows.completeness import missing_names
from wideseek_cli.pipeline.reading import Reading
from wideseek_cli.pipeline.steered import carried_out, droppable, named_in, with_columns
from wideseek_cli.pipeline.steps import Draft, Steps
from wideseek_cli.question.condition import with_columns_of
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import under_names
from wideseek_cli.table.expected import estimate_of
from wideseek_cli.table.markdown import Answer, find_tables, read_answer
from wideseek_cli.table.merge import drop_repeats
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.table.summary import complete
from wideseek_cli.values.compare import is_missing

_MOST_NAMES = 40  # of rows that the lead is told
_WORD, _MARKS = re.compile(r"\w"), re.compile(r"```\w*|\\boxed\b|</?[a-z_]+>?")
_CALL = CALL_OPEN.removesuffix(">")
_PAUSE = 1.0  # seconds between two provisional tables


@dataclass(frozen=True)
class Result:
    """What a question came to: a table, or a short answer (its table then holds the proof)."""

    table: Table | None = None
    answer: str = ""
    cause: Cause = Cause.NONE  # why the lead did not end by itself
    lack: str = ""  # what it lacks
    whole: bool = True  # its rows are all that there are: the lead's own, or those of the list asked for
    changed: bool | None = None  # of a refresh: whether it differs from the old table

    @property
    def reason(self) -> str:
        """Why it is not all that was asked for, in words."""
        return self.cause.words or self.lack


class Quest:
    """One question on its way to a table. `now` gives the run's state, for the documents in it."""

    def __init__(self, world: World, library: Library, known: RunState, now: Callable[[], RunState]) -> None:
        self._world, self._library, self._known, self._now = world, library, known, now
        settings = world.settings
        self._asked = read_question(known.question, settings.where)
        named = self._asked.columns
        self._columns = settings.columns or (named if world.prompts.guide else ())
        self._shape = self._columns or named  # of a table that code makes
        self._shape = with_columns_of(self._shape, self._asked.conditions, chosen=True) if self._shape else ()
        self.steer([steered.orders for steered in known.steered])
        self._wants_table = wants_table(known.question, settings)
        self._question = main_task(known.question, world.prompts, settings.columns)
        theirs = world.subagents or world
        self._crew = Crew(theirs, library, self._question, known, self._show_reports)
        self._reading = Reading(
            self._asked.listed, lambda: now().documents.values(), self._say, library.orders
        )
        self.droppable = droppable(known.table or Table(self._shape))
        self._shown: Table | None = None
        self._shown_at = 0.0
        self._planned: Table | None = None
        self._written = False
        self._lost = False  # rows of the lead's answer
        self._gathered = ""  # by a single agent

    async def go(self) -> Result:
        """The rows of a page that answers, or what the lead makes of the question; then step by step."""
        reading, cause, ended = self._reading, Cause.NONE, True
        draft, fact = await self._by_code()
        if draft is None and fact is None and (text := await self._steps().spelt_right(reading)):
            draft, fact = await self._spelt(text)
        if fact is not None:
            self._emit_table(ev.Stage.FINAL, fact)
            return Result(fact, fact.rows[0].cells[1].text)
        if draft is None:
            finished = await self._answer()
            draft, cause, ended = await self._of(finished)
            if not draft.table.rows:
                return await self._short(finished, cause)
        self._written = True
        steps = self._steps()
        self._emit_table(ev.Stage.WRITTEN, draft.table)
        way = (
            (steps.proved, None),
            (steps.looked_up, ev.Stage.PROVED),
            (steps.repaired, None),
            (steps.vouched, None),
            (steps.finished, None),
            (steps.counted, None),
            (steps.sorted, ev.Stage.FINAL),
        )
        for step, stage in way:
            draft = await step(draft, reading)
            if stage is not None:
                self._emit_table(stage, draft.table)
        if draft.listed and cause is Cause.NO_TABLE:  # its rows came from a page
            cause = Cause.NONE
        whole = ((ended and not self._now().budget_ended) or draft.listed) and not draft.lack
        return Result(draft.table, "", cause, draft.lack, whole)

    async def _by_code(self) -> tuple[Draft | None, Table | None]:
        """The rows, or the one fact, that need no model."""
        steps, reading = self._steps(), self._reading
        if self._wants_table:
            return await steps.before_agents(reading), None
        return None, await steps.fact(reading)

    async def _spelt(self, text: str) -> tuple[Draft | None, Table | None]:
        """The same for the question in another spelling, which it keeps where that brings something."""
        written, self._asked = self._asked, read_question(text, self._world.settings.where)
        draft, fact = await self._by_code()
        if draft is None and fact is None:
            self._asked = written
        self._reading.asks(self._asked.listed)
        return draft, fact

    async def _of(self, finished: Finished) -> tuple[Draft, Cause, bool]:
        """The table that an answer amounts to, what it lacks, and whether it is the lead's own to its end."""
        self._written = True
        table = self._table_of(finished)
        written = table is not None and self.has_answer(finished.text)
        lack = Cause.ROWS_LOST if self._lost else Cause.NONE
        cause = _cause(finished, Cause.NO_TABLE if not written and self._wants_table else lack)
        shape = self._shape if self._world.prompts.lists else ()
        draft = Draft(table or Table(shape), left=self._asked.conditions)
        if self._wants_table:
            draft = await self._steps().harvested(draft, self._reading)
        return draft, cause, written and not cause

    def steer(self, orders: Sequence[Orders]) -> None:
        """What the user orders on the way holds for every table from now on."""
        self._columns = with_columns(self._columns, orders)
        self._shape = with_columns(self._shape, orders)
        self._library.orders.extend(orders)

    def partial(self) -> Table | None:
        """What the reports so far add up to, for a run that is cut off."""
        return self._now().table or self._with_reports()

    async def _answer(self) -> Finished:
        """Let the lead, or the single agent, work to its end."""
        settings, limits = self._world.settings, self._world.prompts.limits
        role = ev.Role.SINGLE if settings.single else ev.Role.LEAD
        most = limits.single_turns if settings.single else limits.lead_turns
        turns = settings.single_turns if settings.single else settings.turns
        agent = Agent(
            name=role.value,
            role=role,
            question=self._question,
            turns=min(turns, most or turns),
            answer_tokens=limits.lead_answer_tokens,
            task=self._known.question,
            wants_table=self._wants_table,
        )
        known = self._known.agents.get(agent.name)
        if settings.single:
            alone = ResearchTools(self._world, self._library, agent.name)
            finished = await run_agent(self._world, agent, alone, known)
            self._gathered = alone.gathered()
            return finished
        tools = LeadTools(self._world, self._crew, self)
        return await run_agent(self._world, agent, tools, known)

    def _steps(self) -> Steps:
        return Steps(self._world, self._library, self._crew, self._asked, self._shape)

    def has_answer(self, text: str) -> bool:
        if not self._wants_table or (boxed(text) and not self._columns):
            return bool(text.strip())
        table = self._read(text).table
        return table is not None and bool(table.rows)

    def _say(self, text: str) -> None:
        self._world.emit(ev.Noticed(text))

    async def lacks(self, text: str) -> str:
        """What the lead is told, once, of rows that a list has and its table has not. A model whose table is
        taken from such a list in any case is not asked."""
        question, table = self._asked, self._read(text).table
        if table is None or not self._wants_table or not self._world.settings.harvest:
            return ""
        if self._world.prompts.lists or question.conditions or question.unread(table.columns):
            return ""
        for one in await self._reading.ask(served.lists, question, table.columns):
            if names := missing_names(table, one.names):
                return self._world.prompts.fill(
                    "told.rows_missing",
                    title=one.title,
                    rows=len(one.names),
                    names=", ".join(names[:_MOST_NAMES]),
                )
        sites = await self._reading.ask(served.sites, question, table, ())
        guess = estimate_of((), sites, len(table.rows))
        more = guess.rows - guess.found if guess else 0
        return self._world.prompts.fill("told.rows_likely", more=more) if more > 0 else ""

    def _read(self, text: str, cut: bool = False) -> Answer:
        """The table that an answer holds, also in its box. Beside a box, one in the reasoning is a draft."""
        if boxed(text) and not self._columns:
            text = split_thinking(text)[1] or text
        columns = named_in(text, self._columns, self._library.orders)
        return _read_answer(unboxed(text), columns, self._known.question, cut)

    def _table_of(self, finished: Finished) -> Table | None:
        """The lead's table; what its answer lost, or all of it, comes from the reports. A box is the answer
        only where no table is."""
        if not self._wants_table:
            return None
        read = self._read(finished.text, finished.cut)
        table, self._lost = read.table, read.lost
        if table is None or not table.rows:
            if boxed(finished.text) and not self._columns:
                return None
            return self._with_reports(table.columns if table else ())
        table = drop_repeats(under_names(table, named_in(finished.text, self._shape, self._library.orders)))
        if finished.cut:
            return completed(table, from_reports(self._reports(), table.columns), rows=True)
        return table

    async def _short(self, finished: Finished, cause: Cause) -> Result:
        """A short answer with its proof, if the run has read it anywhere."""
        answer = short_answer(finished.text)
        no_box = self._wants_table and not boxed(finished.text)
        from_memory = no_box and not self._now().documents
        empty_table = no_box and bool(find_tables(finished.text))  # which says nothing
        reports = self._crew.reports
        if _broken(answer) and not self._wants_table and len(reports) == 1 and reports[0].wrote:
            answer = short_answer(reports[0].text)  # the lead had nothing but that to go by
        none = _broken(answer) or from_memory or empty_table or bool(self._columns)
        table = Table((Column("answer", key=True),), (Row((Cell(answer),)),))
        table = table if none else (await self._steps().proved(Draft(table), self._reading)).table
        if no_box and self._world.prompts.lists and (none or not complete(table)):  # a small model's talk
            cause = Cause.NONE if cause is Cause.NO_TABLE else cause
            return Result(cause=cause, lack=await self._steps().nearest(self._reading))
        if none:
            return Result(cause=cause, lack="" if cause else "the agents found nothing")
        if self._world.settings.strict and table.counts()[CellStatus.UNPROVED]:
            return Result(cause=cause, lack="nothing that was read proves the answer that was given")
        self._emit_table(ev.Stage.FINAL, table)
        return Result(table, answer, cause)

    def _reports(self) -> list[Report]:
        alone = [Report(self._known.question, self._gathered, own=False)] if self._gathered else []
        return alone + [Report(done.agent.task, done.text, done.wrote) for done in self._crew.reports]

    async def reported(self) -> None:
        """What a wave has read is turned into facts before the lead's answer is judged by it."""
        await self._reading.ask(served.take)

    def planned(self, tasks: Sequence[str]) -> None:
        """The rows that the lead's plan names, wave after wave."""
        named = planned_rows(tasks, self._shape)
        if self._wants_table and named is not None:
            self._planned = completed(self._planned or named, named, rows=True)
            self._show(ev.Stage.ENTITIES, self._with_reports())

    def _show_reports(self, wave_over: bool) -> None:
        """The provisional table, not more often than a screen can use it."""
        if wave_over:
            self._reading.begin()
        now = asyncio.get_running_loop().time()
        if self._wants_table and not self._written and (wave_over or now - self._shown_at >= _PAUSE):
            self._show(ev.Stage.REPORTS, self._with_reports())

    def _with_reports(self, shape: Sequence[Column] = ()) -> Table | None:
        return with_planned(from_reports(self._reports(), self._shape or shape), self._planned)

    def _show(self, stage: ev.Stage, table: Table | None) -> None:
        if table is not None and table != self._shown:
            self._shown, self._shown_at = table, asyncio.get_running_loop().time()
            self._emit_table(stage, table)

    def _emit_table(self, stage: ev.Stage, table: Table) -> None:
        self.droppable |= droppable(table)
        self._world.emit(ev.TableChanged(stage, carried_out(table, self._library.orders)))


@lru_cache(maxsize=8)  # it is read when it comes, and again when it is taken
def _read_answer(text: str, columns: tuple[Column, ...], question: str, cut: bool) -> Answer:
    return read_answer(text, columns, question=question, cut=cut)


def _broken(answer: str) -> bool:
    """Whether nothing is said: a call, thoughts that broke off, `not found`, the place of a table, a box that
    was never filled."""
    said = _MARKS.sub("", answer).strip(" .")
    return any(mark in answer for mark in (_CALL, THINK_OPEN)) or not _WORD.search(said) or is_missing(said)


def _cause(finished: Finished, lack: Cause) -> Cause:
    """Why the agent did not end by itself with all of an answer."""
    if lack and finished.reason in (Cause.NONE, Cause.EARLY):
        return lack
    return finished.reason or (Cause.LENGTH if finished.cut else Cause.NONE)
