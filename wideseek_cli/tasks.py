"""What a run is to do: a question, a table to fill, an old table to compare or to go on from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.core.events import DocumentSaved, Event
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import read_orders
from wideseek_cli.core.task import About, Task
from wideseek_cli.pipeline.givencells import question_for
from wideseek_cli.pipeline.refresh import fingerprint
from wideseek_cli.pipeline.steered import carried_out
from wideseek_cli.record.ids import LAST
from wideseek_cli.runs import Runs
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import Loaded, from_plain
from wideseek_cli.table.columns import columns_spec
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.tablefile.given import gaps, opened, with_key_named
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import name_key, words

_LIST_SHARE = 0.5  # of the rows that a page must name to be their list
_HINT = 'like this: wideseek ask --from @last "also give the founder", or --columns "founder", --rows "Peru"'


@dataclass(frozen=True)
class TableSource:
    """A table and where it is from; `path`: a file's; `unsure`: whether its first line names the columns."""

    table: Table
    name: str
    path: Path | None = None
    unsure: bool = False


def is_run(named: object) -> TypeGuard[str]:
    """Whether that is a run, `@last` or `@ID`, and no file."""
    return isinstance(named, str) and named.startswith("@")


def to_fill(
    source: TableSource, settings: Settings, columns: str, *, check: bool = False, lead: bool = False
) -> Task:
    """The gaps of a table; one without any is only worth a run to check it."""
    table = opened(source.table, columns, source.name)
    if not gaps(table) and not check:
        hint = "name new columns with --columns, or compare what is there with sources: --check"
        raise UsageError(f"{source.name} has no empty cell", hint=hint)
    return Task(question_for(table), _of_a_table(settings), given=table, check=check, lead=lead)


def to_refresh(source: TableSource, loaded: Loaded, *, lead: bool = False) -> Task:
    """A file's table against today's pages: it knows only itself."""
    settings = replace(_of_a_table(loaded.settings), max_age_s=_fresh(loaded))
    return Task(question_for(source.table), settings, given=source.table, lead=lead, refresh=True)


def to_refresh_run(name: str, loaded: Loaded, *, lead: bool = False) -> Task:
    """A run's table against today's pages, with its question, sources and pages."""
    old = read_run(name, loaded.settings.record)
    then, lists = _pages_of(old.events, old.table)
    about = About(given=old.table, lead=lead, refresh=True, then=then, lists=lists)
    where = from_plain(old.state.settings).where  # which new rows are to meet as the old ones did
    settings = replace(_again(old.state, loaded, _fresh(loaded)), where=where)
    return Task(old.state.question, settings, **vars(about))


def _fresh(loaded: Loaded) -> float | None:
    return loaded.settings.max_age_s if loaded.origins["max_age_s"].kind == "flag" else 0.0


def _of_a_table(settings: Settings) -> Settings:
    """Without what is of questions."""
    return replace(settings, columns=(), where=(), single=False)


def table_of_run(wanted: str, key: str, record: Path | None) -> TableSource:
    """A run's table."""
    old = read_run(wanted, record)
    name = f"run {old.run}"
    return TableSource(with_key_named(old.table, key, name), name)


@dataclass(frozen=True)
class OldRun:
    """A run with its table, without what conditions added."""

    run: str
    state: RunState
    events: list[Event]
    table: Table

    @property
    def pages(self) -> tuple[Document, ...]:
        """The pages that it read."""
        saved = (event.document for event in self.events if isinstance(event, DocumentSaved))
        return tuple({d.url: d for d in saved if d.kind == "page"}.values())


def read_run(name: str, record: Path | None) -> OldRun:
    """A run that has a table: `@last`, `@ID`."""
    with Runs.open(record) as runs:
        found = runs.find(name if name == LAST else name.removeprefix("@"))
        events, state = list(found.events()), found.state
    if state.table is None or not state.table.rows:
        raise NotFoundError(
            f"run {found.id} has no table", hint="wideseek runs list shows those that have rows"
        )
    return OldRun(found.id, state, events, state.table.without(lambda c: c.verdict or c.aside))


def _pages_of(events: Iterable[Event], table: Table) -> tuple[dict[str, str], tuple[str, ...]]:
    """The pages of a run by address, as fingerprints, and those that list its rows."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    names = [name_forms(row.cells[key].text) for row in table.rows]
    then: dict[str, str] = {}
    lists: list[str] = []
    for event in events:
        if isinstance(event, DocumentSaved) and event.document.kind == "page":
            text = event.document.text
            then[event.document.url] = fingerprint(text)
            said = f" {' '.join(words(text))} "
            here = sum(any(f" {form} " in said for form in forms) for forms in names)
            if here >= max(_LIST_SHARE * len(names), 2):
                lists.append(event.document.url)
    return then, tuple(lists)


def _again(state: RunState, loaded: Loaded, max_age_s: float | None) -> Settings:
    """As the run was asked, but for what this command line says."""
    flagged = {name for name, origin in loaded.origins.items() if origin.kind == "flag"}
    named = {name: getattr(loaded.settings, name) for name in flagged}
    own = {"record": loaded.settings.record, "keep_record": loaded.settings.keep_record}
    again = replace(from_plain(state.settings), **{**own, **named})
    return replace(_of_a_table(again), max_age_s=max_age_s)


def going_on(run: str, text: str, rows: str, loaded: Loaded) -> Task:
    """The run's table with gaps where more is wanted; what it has stays as it is proved."""
    old = read_run(run, loaded.settings.record)
    orders = read_orders(text)
    named = loaded.settings.columns if loaded.origins["columns"].kind == "flag" else ()
    if orders.for_lead:
        raise UsageError(f"not understood: {'; '.join(orders.for_lead)}", hint=_HINT)
    known = {name_key(column.name) for column in old.table.columns}
    wanted = [*named, *(Column(name) for name in orders.add_columns)]
    new = [replace(c, key=False) for c in wanted if name_key(c.name) not in known]
    table = carried_out(old.table, [replace(orders, add_columns=())])
    table = opened(table, columns_spec(new), f"run {old.run}") if new else _as_it_is(table)
    table = _with_rows(table, rows)
    if not gaps(table):
        raise UsageError("the table already has all of that", hint=_HINT)
    question = f"{old.state.question}\n{text}".strip()
    return Task(question, _again(old.state, loaded, loaded.settings.max_age_s), old.pages, given=table)


def _as_it_is(table: Table) -> Table:
    rows = (Row(tuple(replace(cell, given=True) for cell in row.cells)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _with_rows(table: Table, names: str) -> Table:
    """The table with rows of these names, but those that it has."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    known = {name_key(row.cells[key].text) for row in table.rows}
    made = []
    for name in (" ".join(part.split()) for part in names.split(",")):
        if name and name_key(name) not in known:
            known.add(name_key(name))
            cells = [Cell("", CellStatus.MISSING)] * len(table.columns)
            cells[key] = Cell(name, CellStatus.GIVEN, given=True)
            made.append(Row(tuple(cells)))
    return replace(table, rows=(*table.rows, *made))
