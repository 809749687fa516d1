"""A finished table against today's pages: rows whose pages are as they were cost nothing, others are proved
again, and lists that have changed may have new rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from wideseek_cli.agents.calls import Target
from wideseek_cli.agents.library import Library, url_key
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.state import RunState
from wideseek_cli.facts import served
from wideseek_cli.facts.rows.completeness import missing_names
from wideseek_cli.pipeline.conditions import Judge
from wideseek_cli.pipeline.fill import Batch, Fill
from wideseek_cli.pipeline.lookup import AGENT
from wideseek_cli.pipeline.quest import Result
from wideseek_cli.pipeline.repair import key_of, row_names
from wideseek_cli.pipeline.rowlead import RowLead
from wideseek_cli.pipeline.steered import with_new
from wideseek_cli.pipeline.steps import stated_in
from wideseek_cli.question.condition import with_columns_of
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.changes import changes_of, counts
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table, Verdict
from wideseek_cli.values.compare import is_missing, name_forms

_MOST_LISTS = 8
_MOST_TOLD = 200  # old rows that a lead is told
_LEAST_SHARED = 0.5  # of the old rows that a list must have to be theirs
GONE = "no page has it any more"
UNREAD = "its page could not be read"
_UNREADABLE = frozenset(
    {PageStatus.BLOCKED, PageStatus.TIMEOUT, PageStatus.REFUSED, PageStatus.TOO_LARGE, PageStatus.UNSUPPORTED}
)


def fingerprint(text: str) -> str:
    """Of a page's text, to tell whether it has changed."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class Refresh(Fill):
    """One run over an old table."""

    def __init__(self, world: World, library: Library, known: RunState, now: Callable[[], RunState]) -> None:
        super().__init__(world, library, known, now)
        assert known.given is not None
        self._old = known.given
        self._question = read_question(self._asked, world.settings.where)
        self._then = {url_key(url): print_ for url, print_ in known.then.items()}
        self._unreadable: set[str] = set()
        self._named: set[str] = set()  # rows that a page of today is about, or has in a table or list

    async def go(self) -> Result:
        """New rows first, then every row, batch after batch."""
        if self._now().batches == 0 and len(self._table.rows) == len(self._old.rows):
            await self._world.ender.in_time(self._add_rows())
        batches = self._batches(self._table)
        for number, places in enumerate(batches, start=1):
            if number > self._now().batches and not self._over:
                await self._fill(Batch(number, places, self._part(places)))
        table = await self._meeting(self._without_gone(self._table))
        self._world.emit(ev.TableChanged(ev.Stage.FINAL, table))
        whole = self._now().batches == len(batches)
        changed = changes_of(self._old, table, only_changes=True)
        told = ", ".join(f"{number} {kind}" for kind, number in counts(changed).items() if number)
        self._world.emit(ev.Noticed(f"since the old table: {told or 'nothing changed'}"))
        return Result(table, cause=self._world.ender.why, whole=whole, changed=bool(changed))

    # new rows

    async def _add_rows(self) -> None:
        """The rows that lists which have changed since have now."""
        lists = self._known.lists[:_MOST_LISTS]
        self._library.admit(lists)
        await together(self._library.read(AGENT, Target(url, self._asked)) for url in lists)
        changed = [d for d in self._pages() if not self._is_as_before(d)]
        found = await self._names_on(changed) if changed else []
        if self._now().lead:
            found += await self._found_by_lead()
        if found:
            key, empty = key_of(self._table), [Cell("", CellStatus.MISSING)] * len(self._table.columns)
            named = (Cell(name, CellStatus.GIVEN, given=True) for name in dict.fromkeys(found))
            rows = (Row((*empty[:key], cell, *empty[key + 1 :])) for cell in named)
            table = replace(self._table, rows=(*self._table.rows, *rows))
            self._world.emit(ev.TableChanged(ev.Stage.ENTITIES, table))

    async def _found_by_lead(self) -> list[str]:
        """The names of rows that a lead finds; it is told the old ones, and they are none."""
        key, fill = key_of(self._old), self._world.prompts.fill
        names = [row.cells[key].text for row in self._old.rows]
        told = fill("ask.others", names="; ".join(names[:_MOST_TOLD]))
        lead = RowLead(self._world, self._library, self._known, self._reading)
        table = await lead.ask(f"{self._asked}\n{told}", self._old.columns, 0)
        return list(missing_names(self._old, row_names(table))) if table else []

    async def _names_on(self, pages: Sequence[Document]) -> list[str]:
        """The names that a table or list of the old rows has besides them."""
        key = key_of(self._old)
        old = {form for row in self._old.rows for form in name_forms(row.cells[key].text)}
        harvested = await self._reading.facts.ask(served.harvested, pages, self._question, self._old.columns)
        lists = [[row.cells[key].text for row in harvested.table.rows]] if harvested else []
        lists += [list(one.names) for one in await self._reading.facts.ask(served.name_lists, pages)]
        for names in sorted(lists, key=len, reverse=True):
            forms = [name_forms(name) for name in names]
            shared = sum(not old.isdisjoint(given) for given in forms)
            if shared >= max(_LEAST_SHARED * len(self._old.rows), 1):
                new = (name for name, given in zip(names, forms, strict=True) if old.isdisjoint(given))
                return list(dict.fromkeys(new))
        return []

    # old rows

    async def _fill(self, batch: Batch) -> None:
        """A batch: rows whose pages are as before stay; the others are opened."""
        await self._world.ender.in_time(self._read_again(batch))
        before = batch.table
        documents = {url_key(d.url): d for d in self._pages()}
        rows = tuple(
            row if place >= len(self._old.rows) else self._as_now(row, documents)
            for place, row in zip(batch.places, batch.table.rows, strict=True)
        )
        batch.table = replace(before, rows=rows)
        await super()._fill(batch)

    async def _read_again(self, batch: Batch) -> None:
        """The pages that proved these rows."""
        needs: dict[str, str] = {}
        for row in batch.table.rows:
            for cell in row.cells:
                if url := _url(cell):
                    needs.setdefault(url_key(url), url)

        async def one(url: str) -> None:
            found = await self._library.read(AGENT, Target(url, self._asked))
            if not found.good and self._library.status(url) in _UNREADABLE:
                self._unreadable.add(url_key(url))

        self._library.admit(needs.values())
        await together(one(url) for url in needs.values())

    async def _ask_lead(self, batch: Batch) -> None:
        """It was asked for new rows; the old ones are proved again by code and subagents."""

    def _task(self, table: Table, row: Row) -> str:
        """An agent is asked of what pages have, not of rows that are gone."""
        return super()._task(table, row) if row.cells[key_of(table)].text in self._named else ""

    async def _proved(self, table: Table) -> Table:
        """With a look at which rows the pages name at all."""
        names = [row.cells[key_of(table)].text for row in table.rows]
        forms = [frozenset(name_forms(name)) for name in names]
        having = await self._reading.facts.ask(served.having, self._pages(), forms)
        self._named.update(names[at] for _, rows in having for at in rows)
        return await super()._proved(table)

    def _as_now(self, row: Row, documents: dict[str, Document]) -> Row:
        """Locked, if the pages that proved it are as they were or cannot be read; else open, but the key."""
        urls = {url_key(url) for cell in row.cells if (url := _url(cell))}
        same = bool(urls) and all(
            url in self._unreadable or (url in documents and self._is_as_before(documents[url]))
            for url in urls
        )
        key = key_of(self._old)
        return Row(tuple(replace(cell, given=same or at == key) for at, cell in enumerate(row.cells)))

    def _settled(self, batch: Batch) -> Table:
        """What is proved today is taken; what was proved, and is not any more, is gone."""
        rows = []
        for place, row in zip(batch.places, batch.table.rows, strict=True):
            old = self._old.rows[place] if place < len(self._old.rows) else None
            rows.append(self._row_of_today(old, row) if old else _with_proved_key(row, key_of(self._old)))
        return replace(batch.table, rows=tuple(rows))

    def _row_of_today(self, old: Row, row: Row) -> Row:
        key = key_of(self._old)
        if all(cell.given for cell in row.cells):  # its pages are as before
            return old
        proved = any(c.status is CellStatus.PROVED for at, c in enumerate(row.cells) if at != key)
        unread = any((url := _url(c)) and url_key(url) in self._unreadable for c in old.cells)
        named = proved or unread or old.cells[key].text in self._named
        pairs = zip(old.cells, row.cells, strict=True)
        cells = [_cell_of_today(was, now, self._unreadable, named=named) for was, now in pairs]
        was_proved = old.cells[key].status is CellStatus.PROVED
        status = CellStatus.MISSING if was_proved and not named else old.cells[key].status
        cells[key] = replace(old.cells[key], status=status, note="" if named else GONE)
        return Row(tuple(cells))

    def _without_gone(self, table: Table) -> Table:
        """Without the rows that no page has any more, and new ones of which nothing was found."""
        key = key_of(table)

        def stays(place: int, row: Row) -> bool:
            if place < len(self._old.rows):
                return row.cells[key].status is not CellStatus.MISSING
            return len(row.cells) == 1 or any(c.status is CellStatus.PROVED for c in row.cells)

        return replace(table, rows=tuple(r for at, r in enumerate(table.rows) if stays(at, r)))

    async def _meeting(self, table: Table) -> Table:
        """Without the new rows that do not meet a condition of the question; the old ones did."""
        old = {row.cells[key_of(table)].text for row in self._old.rows}
        new = [row.cells[key_of(table)].text not in old for row in table.rows]
        titles = " ".join(d.title for d in self._pages() if d.url in self._known.lists)
        asked = (one for one in self._question.every_condition if one.of_each)
        conditions = tuple(one for one in asked if not one.is_said_by(titles))
        if not any(new) or not conditions:
            return table
        more = with_new(table, with_columns_of(table.columns, conditions))
        proved = await stated_in(await self._reading.proved(more), self._reading) if more != table else table
        verdicts = await Judge(self._world, self._library).verdicts(proved, conditions, self._reading)
        fails = [any(cells[at].text == Verdict.FAILS.value for cells in verdicts) for at in range(len(new))]
        out = [at for at, is_new in enumerate(new) if is_new and fails[at]]
        if out:
            names = ", ".join(table.rows[at].cells[key_of(table)].text for at in out)
            self._say(f"new rows that do not meet the question's conditions are left out: {names}")
        return replace(table, rows=tuple(row for at, row in enumerate(table.rows) if at not in out))

    def _batches(self, table: Table) -> list[tuple[int, ...]]:
        places = range(len(table.rows))
        return [tuple(places[start : start + self._size]) for start in range(0, len(places), self._size)]

    def _is_as_before(self, document: Document) -> bool:
        return self._then.get(url_key(document.url)) == fingerprint(document.text)

    def _pages(self) -> list[Document]:
        return [d for d in self._now().documents.values() if d.kind == "page"]


def _with_proved_key(row: Row, key: int) -> Row:
    """A new row, its name proved by a value beside it."""
    backing = next((c.proof for c in row.cells if c.status is CellStatus.PROVED and c.proof), None)
    named = Cell(row.cells[key].text, CellStatus.PROVED if backing else CellStatus.GIVEN, backing)
    return Row((*row.cells[:key], named, *row.cells[key + 1 :]))


def _cell_of_today(was: Cell, now: Cell, unreadable: set[str], *, named: bool) -> Cell:
    if now.status is CellStatus.PROVED or is_missing(was.text):
        return replace(now, given=False)
    if was.status is not CellStatus.PROVED or (named and now.status is CellStatus.SEEN):
        return was
    if (url := _url(was)) and url_key(url) in unreadable:
        return replace(was, note=UNREAD)
    return Cell("", CellStatus.MISSING, note=GONE)


def _url(cell: Cell) -> str:
    return cell.proof.url if cell.proof else ""
