"""From a written table to a finished one: harvested, proved, looked up, repaired.

Each step takes a draft and what was read, and returns a draft. `fill` begins in the middle of the same list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.agents.assemble import Report, completed, from_reports
from wideseek_cli.agents.lead import Crew
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.text import clean_line
from wideseek_cli.facts import served
from wideseek_cli.facts.rows.asked import lacks_names
from wideseek_cli.facts.rows.onecell import asks_one
from wideseek_cli.pipeline.conditions import Judge
from wideseek_cli.pipeline.lookup import (
    in_line,
    read_about,
    read_lists,
    read_sources,
    rows_named,
    shared,
    spelt_right,
    with_stated,
    with_values,
)
from wideseek_cli.pipeline.reading import Reading
from wideseek_cli.pipeline.repair import CHOICES, best_proved, better, key_of, repair_tasks, row_names
from wideseek_cli.pipeline.steered import carried_out, with_new
from wideseek_cli.question.condition import Condition, with_columns_of, with_wished
from wideseek_cli.question.judged import sorted_by
from wideseek_cli.question.onefact import fact_asked
from wideseek_cli.question.reading import Question, without_columns
from wideseek_cli.question.rownames import is_column, names_in, says_where
from wideseek_cli.question.spelling import other_spelling, respelled
from wideseek_cli.table.expected import By, Estimate, Expected, estimate_of, shortfall
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table, Verdict
from wideseek_cli.table.summary import complete, strict
from wideseek_cli.values.words import name_key, stem, words


@dataclass(frozen=True)
class Draft:
    """A table on its way. `listed`: its rows are those of a list that answers. `lack`: what it lacks.
    `from_table`: with its columns. `nowhere`: rows of which no page says more. `left`: the conditions that
    its rows are still to be held against."""

    table: Table
    listed: bool = False
    lack: str = ""
    from_table: bool = False
    nowhere: frozenset[str] = frozenset()
    left: tuple[Condition, ...] = ()


class Steps:
    """The steps for one question and the columns of its table, with what they work with."""

    def __init__(
        self, world: World, library: Library, crew: Crew, question: Question, columns: tuple[Column, ...]
    ) -> None:
        self._world, self._library, self._crew = world, library, crew
        self._question, self._columns = question, columns
        self._judge = Judge(world, library)
        self._repairs = world.settings.repair if not world.settings.single else 0

    async def before_agents(self, reading: Reading) -> Draft | None:
        """Rows that need no lead to be found: those that the question names, or those of a table or, where
        the columns are known, of a list on a page. Only for models whose own tables are no better."""
        if not self._takes_rows:
            return None
        fact = await self.fact(reading) if asks_one(self._question) else None
        if fact is not None:
            return Draft(fact, listed=True, from_table=True)
        columns = self._columns or self._question.wished  # of rows that no table brings its own for
        named = await self._named(columns, sure=True) if columns else []
        if named:
            rows = in_line(Table(columns), named)[0]
            return Draft(rows, listed=True, left=self._question.conditions)
        draft = await self._from_table(reading)
        draft = draft or await self._under_heading(reading)
        if draft is None and columns and self._world.settings.harvest:
            draft = await self._from_lists(Draft(Table(columns)), reading)
        return draft if draft and draft.listed else None

    async def spelt_right(self, reading: Reading) -> str:
        """The question as it is spelt elsewhere, or with its misspelt words as the pages that were found have
        them; nothing where it is right."""
        asked = self._question.text
        if not (self._takes_rows and self._world.settings.harvest):
            return ""
        found = {} if (other := other_spelling(asked)) != asked else await self._misspelt(reading)
        other = respelled(other, found)
        if other == asked:
            return ""
        self._say(f"found no list; trying: {clean_line(without_columns(other), 120)}")
        return other

    async def _misspelt(self, reading: Reading) -> dict[str, str]:
        known = await reading.ask(served.vocabulary_of)
        return await spelt_right(self._library, self._question, known)

    async def fact(self, reading: Reading) -> Table | None:
        """The one value that a question asks for, where a page about its thing, or a table, states it."""
        if not (self._takes_rows and self._world.settings.harvest):
            return None
        asked = fact_asked(self._question)
        found = None if asked is None else (await self.looked_up(Draft(asked), reading)).table
        if found is None or not complete(found):
            reads = read_sources(self._library, self._question, (), titled=False)
            await self._world.ender.in_time(reads)
            cell = await reading.ask(served.one_cell, self._question)
            found = None if cell is None else await reading.proved(cell)
        return found if found is not None and complete(found) else None

    async def harvested(self, draft: Draft, reading: Reading) -> Draft:
        """The same once more with what the agents have read, and the rows of lists of names."""
        if not self._takes_rows:
            return draft
        return await self._from_table(reading) or await self._from_lists(draft, reading)

    @property
    def _takes_rows(self) -> bool:
        return self._world.prompts.lists and self._repairs > 0

    async def _named(self, columns: Sequence[Column], *, sure: bool = False) -> list[str]:
        """The rows that the question names; not `sure`, also where they may be places that it asks about."""
        return self._as_rows(await rows_named(self._library, self._question), columns, sure=sure)

    def _as_rows(self, names: list[str], columns: Sequence[Column], *, sure: bool = False) -> list[str]:
        """These names, where they are of rows: not of the places of these, nor of what is asked of them."""
        where = says_where(self._question, names)
        if where and (sure or not is_column(where, columns)):
            return []
        fields = {name_key(column.name) for column in columns}
        return [] if fields & set(map(name_key, names)) else names  # else it lists what it wants to know

    async def _from_table(self, reading: Reading) -> Draft | None:
        """The rows of a table that answers, on a page that code finds by the question or that was read."""
        if not self._world.settings.harvest or names_in(self._question):
            return None
        await self._world.ender.in_time(read_sources(self._library, self._question, self._columns))
        found = await reading.ask(served.harvested, self._question, self._columns)
        if found is None:
            return None
        where = f"{found.title}: {found.under}".rstrip(": ")
        self._say(f"took {len(found.table.rows)} rows from the table on {where}")
        if found.twice:
            names = clean_line(", ".join(found.twice), 200)
            self._say(f"the table has several rows of one name; all of them are kept: {names}")
        lack = f"of that list, which is in parts, only {found.part} was read" if found.part else ""
        if found.more and not lack:
            under = clean_line(", ".join(found.beside), 120)
            lack = f"{clean_line(found.title, 80)} has {found.more} more rows, under {under}"
        if found.unsaid and not lack:
            title = clean_line(found.title, 80)
            lack = f"that every row is `{found.unsaid}` was taken from the list's title, {title}"
        left = self._besides(found.met)
        needed = {one.column for one in left}
        table = found.table.without(lambda column: column.aside and column.name not in needed)
        return Draft(table, listed=True, lack=lack, from_table=True, left=left)

    def _besides(self, met: Sequence[Condition]) -> tuple[Condition, ...]:
        """The conditions that the list itself does not state."""
        return tuple(one for one in self._question.every_condition if one not in met)

    async def _from_lists(self, draft: Draft, reading: Reading) -> Draft:
        """A draft in line with lists of names, or with the rows that the question names, if it is drawn from
        these already, or empty."""
        question, table = self._question, draft.table
        if not table.columns:
            return draft
        fields = {"", *(name_key(column.name) for column in table.columns)}
        key = key_of(table)
        table = replace(table, rows=tuple(r for r in table.rows if name_key(r.cells[key].text) not in fields))
        await self._world.ender.in_time(read_lists(self._library, question, table.columns))
        found = await reading.ask(served.listed, question, table.columns)
        names, least = (found.names, 2) if found else (await self._named(table.columns), 1)
        if not names or shared(table, names) < min(least, len(table.rows)):
            return replace(draft, table=table)
        left = draft.left
        if found:
            self._say(f"took {len(names)} rows from the list on {found.title}")
            left = tuple(one for one in self._besides(found.met) if one.of_each)
        table, left_out = in_line(table, names)
        if left_out:
            self._say(f"rows that are not on the list that was asked for are left out: {', '.join(left_out)}")
        return Draft(table, listed=True, left=left)

    async def _under_heading(self, reading: Reading) -> Draft | None:
        """The rows of the list under a heading of a page that was read."""
        if not self._world.settings.harvest or names_in(self._question):
            return None
        found = await reading.ask(served.headed, self._question, self._columns)
        if found is None:
            return None
        self._say(f"took {len(found.table.rows)} rows from the list on {found.title}: {found.under}")
        left = tuple(one for one in self._besides(found.met) if one.of_each)
        return Draft(found.table, listed=True, from_table=True, left=left)

    async def proved(self, draft: Draft, reading: Reading) -> Draft:
        """Every cell judged by what was read; the columns that conditions compare are there from here on."""
        wished, columns = self._question.wished, draft.table.columns
        if columns and not self._columns and not draft.from_table:
            columns = with_wished(columns, wished)
        chosen = bool(self._columns or wished)
        table = with_new(draft.table, with_columns_of(columns, draft.left, chosen=chosen))
        return replace(draft, table=await reading.proved(carried_out(table, self._library.orders)))

    async def looked_up(self, draft: Draft, reading: Reading) -> Draft:
        """What pages about the rows plainly state, without a model; such pages are read if none was."""
        table = draft.table
        if not self._repairs:
            return replace(draft, table=await stated_in(table, reading))
        search = read_about(self._library, table, reading.documents, mentions=not draft.from_table)
        nowhere = await self._world.ender.in_time(search)
        table = await stated_in(await reading.proved(table), reading)
        return replace(draft, table=table, nowhere=nowhere or frozenset())

    async def repaired(self, draft: Draft, reading: Reading) -> Draft:
        """What is not proved looked up once more, row by row, as long as waves and budgets last."""
        table, settings, first = draft.table, self._world.settings, self._crew.led + 1
        for number in range(self._repairs):
            wave = first + number
            recorded = self._crew.recorded_tasks(wave, "repair")
            tasks = recorded or repair_tasks(table, self._world.prompts, settings.width, draft.nowhere)
            over = self._world.ender.asked or self._world.budget.ended
            if not tasks or (over and not recorded):
                break
            done = await self._crew.work(wave, tasks, by="repair")
            reports = [Report(one.agent.task, one.text) for one in done]
            found = from_reports(reports, table.columns, row_names(table))
            if found is not None:
                other = await reading.proved(completed(table, found))
                table = await stated_in(better(await reading.proved(table), other), reading)
                self._world.emit(ev.TableChanged(ev.Stage.PROVED, table))
        return replace(draft, table=table)

    async def vouched(self, draft: Draft, reading: Reading) -> Draft:
        """Of rows that a small model has found by itself those of which a page proves something that has the
        names of the question: others it has taken from whatever it read."""
        table = draft.table
        if draft.listed or not self._takes_rows or not table.rows:
            return draft
        about = {
            one.url
            for one in reading.documents
            if not lacks_names(self._question, set(map(stem, words(one.text))))
        }
        key = key_of(table)
        kept = [row for row in table.rows if _is_proved_by(about, row, key)]
        lack = draft.lack if len(kept) == len(table.rows) else await self.nearest(reading)
        return replace(draft, table=replace(table, rows=tuple(kept)), lack=lack)

    async def nearest(self, reading: Reading) -> str:
        """What the list that is nearest to the one asked for lacks, in words."""
        found = await reading.ask(served.nearest_list, self._question, self._columns)
        if found is None:
            return "no page that was read has the list that was asked for"
        title, lacking = (clean_line(text, 80) for text in found)
        return f"no list that was read is the one asked for; the nearest, {title}, does not say `{lacking}`"

    async def finished(self, draft: Draft, reading: Reading) -> Draft:
        """As the user has ordered it on the way, and without unproved values if so set."""
        table = carried_out(draft.table, self._library.orders)
        return replace(draft, table=strict(table) if self._world.settings.strict else table)

    async def counted(self, draft: Draft, reading: Reading) -> Draft:
        """How many rows there should be, by the lists and counts on the pages that were read."""
        met = [one for one in self._question.every_condition if one not in draft.left]
        question, table, conditions = self._question.naming(met), draft.table, draft.left
        dropped = [name for one in self._library.orders for name in (*one.drop_rows, *one.drop)]
        unchecked = "" if draft.listed else question.unread(table.columns)
        titles = [document.title for document in reading.documents]
        named = self._as_rows(names_in(question, titles), table.columns)
        expected: tuple[Expected, ...] = ()
        if not unchecked:
            expected = await reading.ask(served.expected, question, table, dropped, named)
        rows = len(table.rows)
        whole = draft.listed and not conditions
        estimate = Estimate.exactly(rows, rows, By.LIST) if whole else None
        if conditions:
            expected = expected if draft.listed else await self._meeting(expected, draft, reading)
        elif not unchecked:
            sites = await reading.ask(served.sites, question, table, dropped)
            estimate = estimate_of(expected, sites, rows) or estimate
        self._world.emit(ev.RowsExpected(expected, unchecked, estimate))
        if unchecked:
            return replace(draft, lack=f"that every row is `{unchecked}` was left to the model")
        return replace(draft, lack=draft.lack or shortfall(expected, rows, estimate))

    async def _meeting(
        self, expected: Sequence[Expected], draft: Draft, reading: Reading
    ) -> tuple[Expected, ...]:
        """Of the rows that lists have besides, only those that are not shown to fail a condition."""
        table = draft.table
        names = dict.fromkeys(name for one in expected for name in one.lacking)
        key, empty = key_of(table), [Cell("", CellStatus.MISSING)] * len(table.columns)
        rows = (Row((*empty[:key], Cell(name), *empty[key + 1 :])) for name in names)
        others = await stated_in(await reading.proved(replace(table, rows=tuple(rows))), reading)
        verdicts = await self._judge.verdicts(others, draft.left, reading)
        failing = set(row_names(sorted_by(others, draft.left, verdicts).left_out))
        return tuple(
            replace(one, lacking=tuple(name for name in one.lacking if name not in failing))
            for one in expected
            if one.by is not By.COUNT  # it is of all, whether they meet the conditions or not
        )

    async def sorted(self, draft: Draft, reading: Reading) -> Draft:
        """Without the rows that are shown not to meet a condition; with a column of verdicts for each."""
        if not draft.left or not draft.table.rows:
            return draft
        verdicts = await self._judge.verdicts(draft.table, draft.left, reading)
        pairs = list(zip(draft.left, verdicts, strict=True))
        told = [(one, cells) for one, cells in pairs if not one.implied or _tells(cells)]
        silent = [one.text for one, _ in pairs if all(one is not other for other, _ in told)]
        made = sorted_by(draft.table, [one for one, _ in told], [cells for _, cells in told])
        if made.left_out.rows:
            self._world.emit(ev.RowsLeftOut(made.left_out))
        lack = draft.lack or (f"no page that was read says which rows are `{silent[0]}`" if silent else "")
        lack = lack if made.kept.rows else "no row that was found meets the conditions"
        return replace(draft, table=made.kept, lack=lack)

    def _say(self, text: str) -> None:
        self._world.emit(ev.Noticed(text))


def _is_proved_by(urls: Collection[str], row: Row, key: int) -> bool:
    others = [cell for at, cell in enumerate(row.cells) if at != key] or list(row.cells)
    return any(
        cell.given or (cell.status is CellStatus.PROVED and cell.proof is not None and cell.proof.url in urls)
        for cell in others
    )


def _tells(cells: Sequence[Cell]) -> bool:
    """Whether what only the question's wording narrows is something that pages say of rows: of several that
    they meet it, or of most whether they do."""
    said = [cell.text for cell in cells]
    told = len(said) - said.count(Verdict.NOT_SHOWN.value)
    return said.count(Verdict.MEETS.value) > 1 or 2 * told > len(said)


async def stated_in(table: Table, reading: Reading) -> Table:
    """Cells without proof take what a page plainly states, and empty ones a date that its sentences state, if
    exactly one such value is proved."""
    dates = await reading.ask(served.dated, table)
    others = [with_stated(table, choice) for choice in range(CHOICES)]
    others += [with_values(table, dates, at) for at in range(max((len(d.values) for d in dates), default=0))]
    return best_proved(table, [await reading.proved(other) for other in others if other != table])
