"""From a question to a proved table: the lead, the evidence, and the repair waves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wideseek_cli import events as ev
from wideseek_cli.agents.assemble import Report, completed, from_reports, planned_rows, with_planned
from wideseek_cli.agents.kind import boxed, short_answer, unboxed, wants_table
from wideseek_cli.agents.lead import LeadTools
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.lookup import (
    names_in,
    narrowed_to,
    read_about,
    read_list,
    read_sources,
    with_listed,
    with_stated,
)
from wideseek_cli.agents.loop import Agent, Finished, run_agent
from wideseek_cli.agents.repair import CHOICES, best_proved, better, repair_tasks, row_names
from wideseek_cli.agents.research import ResearchTools
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.agents.sieve import Sieve
from wideseek_cli.agents.steered import carried_out, named_in, with_columns
from wideseek_cli.agents.subagent import BY_CODE, Crew
from wideseek_cli.agents.world import GraceOver, Stopped, World
from wideseek_cli.aio import aside
from wideseek_cli.facts.harvest import harvest, has_condition, lacking, shape_of
from wideseek_cli.facts.pagefacts import Shelf as PageShelf
from wideseek_cli.messages import split_thinking
from wideseek_cli.state import RunState
from wideseek_cli.steering import Orders, permits
from wideseek_cli.table.columns import columns_named, under_names
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.markdown import Answer, find_tables, read_answer
from wideseek_cli.table.merge import drop_repeats
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.table.passages import Shelf
from wideseek_cli.table.summary import strict
from wideseek_cli.table.wholedates import with_whole_dates

EARLY = "answered early"  # it was told to, after saying the same thing over and over
NO_TABLE = "the model wrote no table"
ROWS_LOST = "rows of the model's answer could not be read"
_PAUSE = 1.0  # seconds between two provisional tables


@dataclass(frozen=True)
class Result:
    """What a question came to: a table, or a short answer (its table then holds the proof)."""

    table: Table | None = None
    answer: str = ""
    reason: str = ""  # why the lead did not end by itself
    whole: bool = True  # its rows are all that there are: the lead's own, or those of the list asked for


class Quest:
    """One question on its way to a table. `now` gives the run's state, for the documents in it."""

    def __init__(self, world: World, library: Library, known: RunState, now: Callable[[], RunState]) -> None:
        self._world, self._library, self._known, self._now = world, library, known, now
        settings = world.settings
        named = columns_named(known.question)
        self._columns = settings.columns or (named if world.prompts.guide else ())
        self._shape = self._columns or named  # of a table that code makes
        self.steer([steered.orders for steered in known.steered])
        self._wants_table = wants_table(known.question, settings)
        self._question = main_task(known.question, world.prompts, settings.columns)
        sieve = Sieve(world, library, known.question, lambda: tuple(now().documents.values()))
        lists = world.prompts.lists and self._wants_table and world.settings.repair
        theirs = world.subagents or world
        self._crew = Crew(
            theirs, library, self._question, known, self._show_reports, sieve if lists else None
        )
        self._shelf = Shelf()
        self._sources = PageShelf()
        self._indexing: asyncio.Future[Any] | None = None
        self._shown: Table | None = None
        self._shown_at = 0.0
        self._planned: Table | None = None
        self._written = False
        self._listed = False
        self._lacking: tuple[str, ...] = ()  # rows of a list that answers
        self._lost = False  # rows of the lead's answer
        self._unsure: tuple[str, ...] = ()
        self._every = False  # row is to be looked up, also if it is proved
        self._gathered = ""  # by a single agent
        self._waves = 0

    async def go(self) -> Result:
        finished = await self._answer()
        self._written = True
        table = self._table_of(finished)
        written = table is not None and self._has_answer(finished.text)
        lack = NO_TABLE if not written and self._wants_table else ROWS_LOST if self._lost else ""
        reason = _reason(finished, lack)
        harvested = await self._harvested(table)
        if harvested is not None:
            table = harvested
        elif self._world.prompts.lists and self._wants_table:
            table = await self._with_listed(table or Table(self._shape))
        if table is None or not table.rows:
            return await self._short(finished, reason)
        self._emit_table(ev.Stage.WRITTEN, table)
        table = await self._looked_up(await self._proved(table))
        table = self._narrowed(table) if self._world.prompts.lists else table
        self._emit_table(ev.Stage.PROVED, table)
        table = await self._repaired(table)
        table = carried_out(table, self._library.orders)
        table = strict(table) if self._world.settings.strict else table
        self._emit_table(ev.Stage.FINAL, table)
        ended = written and not reason and not self._now().budget_ended
        whole = (ended or self._listed) and not self._lacking
        return Result(table, reason=reason, whole=whole)

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
        tools = LeadTools(self._world, self._crew, self._has_answer, self._show_plan)
        finished = await run_agent(self._world, agent, tools, known)
        self._waves = _lead_waves(self._now())
        return finished

    def _has_answer(self, text: str) -> bool:
        if not self._wants_table or (boxed(text) and not self._columns):
            return bool(text.strip())
        table = self._read(text).table
        return table is not None and bool(table.rows)

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

    async def _short(self, finished: Finished, reason: str) -> Result:
        """A short answer with its proof, if the run has read it anywhere."""
        answer = short_answer(finished.text)
        no_box = self._wants_table and not boxed(finished.text)
        from_memory = no_box and not self._now().documents
        empty_table = no_box and bool(find_tables(finished.text))  # which says nothing
        if not answer or from_memory or empty_table or self._columns:
            return Result(reason=reason or "the agents found nothing")
        table = Table((Column("answer", key=True),), (Row((Cell(answer),)),))
        table = await self._proved(table)
        if self._world.settings.strict and table.counts()[CellStatus.UNPROVED]:
            return Result(reason=reason or "nothing that was read proves the answer that was given")
        self._emit_table(ev.Stage.FINAL, table)
        return Result(table, answer, reason)

    async def _proved(self, table: Table) -> Table:
        orders = self._library.orders
        documents = tuple(d for d in self._now().documents.values() if permits(orders, d.url))
        asked = self._known.question
        table = carried_out(table, orders)
        if self._indexing is not None:
            await self._indexing
        proved = await aside(lambda: prove(table, documents, question=asked, shelf=self._shelf))
        return with_whole_dates(proved)

    async def _harvested(self, table: Table | None) -> Table | None:
        """The rows of a page's table that answers, for models whose own tables are no better."""
        question, settings = self._known.question, self._world.settings
        if not settings.harvest or not self._wants_table or names_in(question) or has_condition(question):
            return None
        takes = self._world.prompts.lists and self._may_look_up()
        if takes:
            await self._unless_ended(read_sources(self._library, question, self._shape))
        pages = await aside(lambda: self._sources.take(tuple(self._now().documents.values())))
        shape = self._shape or (table.columns if table and not takes else shape_of(question, pages))
        found = await aside(lambda: harvest(question, shape, pages)) if shape else None
        if found is None:
            return None
        lacks = lacking(table, found.table) if table else ()
        where = f"{found.title}: {found.under}".rstrip(": ")
        if takes:
            self._listed = True
            self._world.emit(ev.Noticed(f"{len(found.table.rows)} rows are those of the table on {where}"))
            return found.table
        if lacks:
            self._lacking = lacks
            size = len(table.rows) if table else 0
            self._world.emit(
                ev.Noticed(f"{len(found.table.rows)} on the list of {where}; the table has {size}")
            )
        return None

    async def _with_listed(self, table: Table) -> Table:
        """For models that cannot be trusted with a plan: the rows of the list that was asked for."""
        if not table.columns:
            return table
        question = self._known.question
        if self._may_look_up():
            await self._unless_ended(read_list(self._library, question, table))
        listed = with_listed(table, question, self._now().documents.values())
        self._listed, self._unsure, self._every = listed.found, listed.unsure, listed.narrowed
        if listed.left_out:
            names = ", ".join(listed.left_out)
            self._world.emit(
                ev.Noticed(f"rows that are not on the list that was asked for are left out: {names}")
            )
        return listed.table

    def _narrowed(self, table: Table) -> Table:
        """Without the rows whose own pages do not say what was asked for; never without all of them."""
        narrowed, lacking = narrowed_to(table, self._unsure)
        if not narrowed.rows:
            return table
        self._listed = self._listed and (bool(lacking) or not self._unsure)
        if lacking:
            why = "rows whose own pages do not say what was asked for are left out"
            self._world.emit(ev.Noticed(f"{why}: {', '.join(lacking)}"))
        return narrowed

    async def _looked_up(self, table: Table) -> Table:
        """Fill by code what pages about the rows plainly state; read such pages if none was read."""
        if self._may_look_up():
            documents = tuple(self._now().documents.values())
            await self._unless_ended(read_about(self._library, table, documents, every=self._every))
            table = await self._proved(table)
        return await self._stated(table)

    def _may_look_up(self) -> bool:
        settings = self._world.settings
        return bool(settings.repair) and not settings.single

    async def _unless_ended(self, work: Coroutine[Any, Any, None]) -> None:
        """Code is quick: when the run is being ended, it may use what is left of the grace."""
        ender = self._world.ender
        with suppress(Stopped, GraceOver):
            if ender.asked:
                await ender.before_grace_ends(work, words=False)
            else:
                await ender.unless_asked(work, keep=lambda: True)

    async def _stated(self, table: Table) -> Table:
        """Cells without proof take what a page plainly states, if exactly one such value is proved."""
        others = [with_stated(table, choice) for choice in range(CHOICES)]
        return best_proved(table, [await self._proved(other) for other in others if other != table])

    async def _repaired(self, table: Table) -> Table:
        """Look up once more what is not proved, row by row, as long as waves and budgets last."""
        settings = self._world.settings
        for _ in range(0 if settings.single else settings.repair):
            wave = self._waves + 1
            recorded = next((w for w in self._known.waves if w.number == wave and w.by == "repair"), None)
            tasks = recorded.tasks if recorded else repair_tasks(table, self._world.prompts, settings.width)
            over = self._world.ender.asked or self._world.budget.ended
            if not tasks or (over and recorded is None):
                break
            self._waves = wave
            finished = await self._crew.work(wave, tasks, by="repair")
            reports = [Report(done.agent.task, done.text) for done in finished]
            found = from_reports(reports, table.columns, row_names(table))
            if found is not None:
                table = better(await self._proved(table), await self._proved(completed(table, found)))
                table = await self._stated(table)
                self._emit_table(ev.Stage.PROVED, table)
        return table

    def _reports(self) -> list[Report]:
        alone = [Report(self._known.question, self._gathered)] if self._gathered else []
        by_agents = [done for done in self._crew.reports if done.reason != BY_CODE]
        return alone + [Report(done.agent.task, done.text) for done in by_agents]

    def _show_plan(self, tasks: Sequence[str]) -> None:
        """The rows that the lead's plan names, wave after wave."""
        named = planned_rows(tasks, self._shape)
        if self._wants_table and named is not None:
            self._planned = completed(self._planned or named, named, rows=True)
            self._show(ev.Stage.ENTITIES, self._with_reports())

    def _show_reports(self, wave_over: bool) -> None:
        """The provisional table, not more often than a screen can use it."""
        if wave_over:
            self._index()
        now = asyncio.get_running_loop().time()
        if self._wants_table and not self._written and (wave_over or now - self._shown_at >= _PAUSE):
            self._show(ev.Stage.REPORTS, self._with_reports())

    def _index(self) -> None:
        """Take apart what was read while the lead writes: the proof will need it."""
        if self._indexing is None or self._indexing.done():
            documents = tuple(self._now().documents.values())
            self._indexing = asyncio.ensure_future(aside(lambda: self._shelf.take(documents, frozenset())))

    def _with_reports(self, shape: Sequence[Column] = ()) -> Table | None:
        return with_planned(from_reports(self._reports(), self._shape or shape), self._planned)

    def _show(self, stage: ev.Stage, table: Table | None) -> None:
        if table is not None and table != self._shown:
            self._shown, self._shown_at = table, asyncio.get_running_loop().time()
            self._emit_table(stage, table)

    def _emit_table(self, stage: ev.Stage, table: Table) -> None:
        self._world.emit(ev.TableChanged(stage, table))


@lru_cache(maxsize=8)  # it is read when it comes, and again when it is taken
def _read_answer(text: str, columns: tuple[Column, ...], question: str, cut: bool) -> Answer:
    return read_answer(text, columns, question=question, cut=cut)


def _reason(finished: Finished, lack: str) -> str:
    """Why the agent did not end by itself with all of an answer."""
    if lack and finished.reason in ("", EARLY):
        return lack
    return finished.reason or ("length" if finished.cut else "")


def _lead_waves(state: RunState) -> int:
    return sum(wave.by == "lead" for wave in state.waves)
