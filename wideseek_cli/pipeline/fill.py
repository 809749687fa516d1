"""Filling a table that the user has: batches of rows, each looked up by code, proved, and what is left asked
of subagents. No lead is needed for what is a list already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wideseek_cli.agents.assemble import Report, completed, from_reports
from wideseek_cli.agents.lead import Crew
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import Orders
from wideseek_cli.facts import served
from wideseek_cli.pipeline.givencells import contradicted, has_gap, is_open, locked, noted, says_another
from wideseek_cli.pipeline.lookup import read_sources
from wideseek_cli.pipeline.quest import Result
from wideseek_cli.pipeline.reading import Own, Reading
from wideseek_cli.pipeline.repair import bad_fields, better, key_of
from wideseek_cli.pipeline.rowlead import WAVES, RowLead
from wideseek_cli.pipeline.rowsearch import Subject, Tried, look_up, own
from wideseek_cli.pipeline.steered import carried_out, droppable
from wideseek_cli.pipeline.steps import stated_in
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import match_columns
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.table.summary import strict
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.kinds import ColumnType

_LEAST_BATCH = 10
_MOST_KEPT = 40  # pages that later batches may need too
_MOST_LIKELY = 40  # characters of a cell that may tell a row from its namesakes


@dataclass
class Batch:
    """Some rows on their way: where they stand, as far as they are, and what was tried for each."""

    number: int
    places: tuple[int, ...]
    table: Table
    tried: list[Tried] = field(default_factory=list)


class Fill:
    """One run over a given table."""

    def __init__(self, world: World, library: Library, known: RunState, now: Callable[[], RunState]) -> None:
        self._world, self._library, self._known, self._now = world, library, known, now
        self._check = now().check
        self._orders = library.orders
        self._reading = Reading(
            now().question,
            lambda: now().documents.values(),
            self._say,
            library.orders,
            own=self._own,
            check=self._check,
        )
        self.steer([steered.orders for steered in known.steered])

    async def go(self) -> Result:
        """Batch after batch to the end."""
        table = self._table
        batches = self._batches(table)
        if self._now().batches == 0:
            await self._world.ender.in_time(
                read_sources(self._library, read_question(self._asked), self._open_columns)
            )
        for number, at in enumerate(batches, start=1):
            if number > self._now().batches and not self._over:
                await self._fill(Batch(number, at, self._part(at)))
        table = carried_out(self._table, self._orders)
        table = strict(table) if self._world.settings.strict else table
        self._world.emit(ev.TableChanged(ev.Stage.FINAL, table))
        if self._check:
            self._world.emit(ev.Noticed(contradicted(table)))
        return Result(table, cause=self._world.ender.why, whole=self._now().batches == len(batches))

    @property
    def droppable(self) -> set[str]:
        """Its rows and columns: what is dropped leaves in the end."""
        return droppable(self._table)

    def steer(self, orders: Sequence[Orders]) -> None:
        """Sites that are ruled out are not read any more; columns that are dropped leave in the end."""
        self._orders.extend(orders)

    def partial(self) -> Table | None:
        """The table as far as it is."""
        return self._now().table

    def _say(self, text: str) -> None:
        self._world.emit(ev.Noticed(text))

    @property
    def _table(self) -> Table:
        table = self._now().table
        assert table is not None
        return table

    @property
    def _asked(self) -> str:
        return self._now().question

    @property
    def _open_columns(self) -> tuple[Column, ...]:
        """The key, and the columns in which something is to be found."""
        table = self._table
        return tuple(c for at, c in enumerate(table.columns) if c.key or has_gap(table, at))

    @property
    def _over(self) -> bool:
        return self._world.ender.asked or self._world.budget.ended

    def _batches(self, table: Table) -> list[tuple[int, ...]]:
        """The places of the rows to work on, in groups: the same ones after a resume."""
        open_rows = [at for at, row in enumerate(table.rows) if self._check or is_open(row)]
        return [
            tuple(open_rows[start : start + self._size]) for start in range(0, len(open_rows), self._size)
        ]

    @property
    def _size(self) -> int:
        """How many rows are worked on together."""
        return max(2 * self._world.settings.width, _LEAST_BATCH)

    def _part(self, at: Sequence[int]) -> Table:
        table = self._table
        return replace(table, rows=tuple(table.rows[number] for number in at))

    async def _fill(self, batch: Batch) -> None:
        """One batch; when the run is ended on the way, it is not done, and a resume goes on with it."""
        batch.table = await self._proved(batch.table)
        await self._look_up(batch)
        batch.table = await self._proved(batch.table)
        await self._ask_lead(batch)
        for wave in range(1, self._world.settings.repair + 1):
            await self._ask(batch, wave)
        batch.table = noted(self._settled(batch), batch.tried)
        if self._over:
            rows = list(self._table.rows)
            for at, row in zip(batch.places, batch.table.rows, strict=True):
                rows[at] = row
            self._world.emit(ev.TableChanged(ev.Stage.PROVED, replace(self._table, rows=tuple(rows))))
            return
        kept = await self._kept(batch)
        self._world.emit(ev.RowsFilled(batch.number, batch.places, batch.table.rows, kept))
        self._library.forget(frozenset(kept))
        await self._reading.facts.keep(tuple(self._now().documents.values()))

    async def _look_up(self, batch: Batch) -> None:
        """Pages about the rows that lack something."""
        batch.tried = [Tried() for _ in batch.places]
        wanting = [n for n, row in enumerate(batch.table.rows) if self._wanting(batch.table, row)]
        subjects = [self._subject(batch.table, batch.table.rows[n]) for n in wanting]

        async def work() -> None:
            for n, tried in zip(wanting, await look_up(self._library, subjects), strict=True):
                batch.tried[n] = tried

        await self._world.ender.in_time(work())

    def _settled(self, batch: Batch) -> Table:
        """The batch as it will stand."""
        return batch.table

    def _wanting(self, table: Table, row: Row) -> list[str]:
        """The columns of a row that are not proved, of those that matter."""
        pairs = zip(table.columns, row.cells, strict=True)
        return [
            column.name
            for column, cell in pairs
            if not column.key
            and cell.status is not CellStatus.PROVED
            and (not cell.given or (self._check and cell.text))
        ]

    def _own(self, table: Table, row: Row, documents: Sequence[Document]) -> Own:
        return own(self._subject(table, row), documents)

    def _subject(self, table: Table, row: Row) -> Subject:
        """A row as it is searched for; what is given of it tells it from its namesakes."""
        key = key_of(table)
        cells = list(zip(table.columns, row.cells, strict=True))
        sure = tuple(c.text for at, (column, c) in enumerate(cells) if column.key and at != key and c.text)
        likely = tuple(
            cell.text
            for column, cell in cells
            if cell.given and not column.key and column.type is ColumnType.STR
            if 1 < len(cell.text) <= _MOST_LIKELY
        )
        return Subject(row.cells[key].text, tuple(self._wanting(table, row)), sure, likely)

    async def _proved(self, table: Table) -> Table:
        """The batch as the pages have it; given cells keep their text."""
        proved = await stated_in(await self._reading.proved(table), self._reading)
        return locked(table, proved, self._check)

    async def _ask_lead(self, batch: Batch) -> None:
        """A lead, if one is wanted, for the rows that code could not fill."""
        open_rows = [row for row in batch.table.rows if self._task(batch.table, row)]
        name = f"lead{batch.number}"
        if not self._now().lead or not open_rows or (self._over and name not in self._known.agents):
            return
        labels = "; ".join(self._subject(batch.table, row).label for row in open_rows)
        wanted = {field for row in open_rows for field in self._wanting(batch.table, row)}
        columns = [c for c in batch.table.columns if c.key or c.name in wanted]
        lead = RowLead(self._world, self._library, self._known, self._reading)
        found = await lead.ask(f"{self._asked}\n{labels}", columns, batch.number)
        wide = _in_columns(found, batch.table.columns) if found else None
        taken = locked(batch.table, completed(batch.table, wide), False)
        batch.table = locked(batch.table, better(batch.table, await self._proved(taken)), self._check)

    async def _ask(self, batch: Batch, wave: int) -> None:
        """Subagents for what code did not find, a row each."""
        number = (batch.number - 1) * self._world.settings.repair + wave
        number += WAVES * len(self._table.rows) * self._now().lead  # behind those of all leads
        recorded = next((w for w in self._known.waves if w.number == number), None)
        asks = [self._task(batch.table, row) for row in batch.table.rows]
        tasks = recorded.tasks if recorded else tuple(filter(None, asks))
        if not tasks or (self._over and recorded is None):
            return
        world = self._world.subagents or self._world
        question = main_task(self._asked, self._world.prompts)
        crew = Crew(world, self._library, question, self._known, lambda over: None)
        finished = await crew.work(number, tasks, by="fill")
        found = batch.table
        for done in finished:
            place = self._row_of(batch.table, done.agent.task)
            if place is not None:
                found = self._with_report(found, place, Report(done.agent.task, done.text))
        batch.table = locked(batch.table, better(batch.table, await self._proved(found)), self._check)
        batch.table = await self._proved(batch.table)

    def _task(self, table: Table, row: Row) -> str:
        """What an agent is asked of a row; a given value that a page contradicts needs none."""
        cells = zip(table.columns, row.cells, strict=True)
        settled = {c.name for c, cell in cells if cell.given and says_another(cell)}
        wanting = set(self._wanting(table, row)) - settled
        fields = [name for name in bad_fields(table, row) if name in wanting]
        subject = self._subject(table, row)
        if not subject.name or not fields:
            return ""
        return self._world.prompts.fill("ask.repair", row=subject.label, fields=", ".join(fields))

    def _row_of(self, table: Table, task: str) -> int | None:
        """Which row a subtask is about: the longest name that it holds."""
        labels = [self._subject(table, row).label for row in table.rows]
        fits = [number for number, label in enumerate(labels) if label and label in task]
        return max(fits, key=lambda number: len(labels[number]), default=None)

    def _with_report(self, table: Table, place: int, report: Report) -> Table:
        row = table.rows[place]
        name = row.cells[key_of(table)].text
        found = from_reports([report], table.columns, [name])
        one = completed(replace(table, rows=(row,)), found)
        rows = (*table.rows[:place], *locked(replace(table, rows=(row,)), one, False).rows)
        return replace(table, rows=(*rows, *table.rows[place + 1 :]))

    async def _kept(self, batch: Batch) -> tuple[str, ...]:
        """The pages that have tables, fields or titles of rows that are still to come."""
        table = self._table
        names = (row.cells[key_of(table)].text for row in table.rows[batch.places[-1] + 1 :] if is_open(row))
        ahead = [frozenset(name_forms(name)) for name in names]
        pages = [d for d in self._now().documents.values() if d.kind == "page"]
        having = await self._reading.facts.ask(served.having, pages, ahead)
        counts = [(len(rows), url) for url, rows in having]
        best = sorted((pair for pair in counts if pair[0]), key=lambda pair: -pair[0])
        return tuple(url for _, url in best[:_MOST_KEPT])


def _in_columns(found: Table, columns: Sequence[Column]) -> Table:
    """A lead's table, which has only the columns that it was asked for or fewer, in these."""
    at = match_columns([column.name for column in found.columns], columns, guess=False)
    at.setdefault(next((n for n, column in enumerate(columns) if column.key), 0), key_of(found))
    empty = Cell("", CellStatus.MISSING)
    rows = (Row(tuple(r.cells[at[n]] if n in at else empty for n in range(len(columns)))) for r in found.rows)
    return Table(tuple(columns), tuple(rows))
