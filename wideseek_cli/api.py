"""The program from Python: `from wideseek_cli import ask, fill, prove, start, steer, stop, wait, Table`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.events import Event, RunQueued
from wideseek_cli.core.paths import expanded
from wideseek_cli.core.state import RunState
from wideseek_cli.export.writing import BINARY, ExportMeta, Format, export, render
from wideseek_cli.opening import open_everything
from wideseek_cli.record import detached
from wideseek_cli.record.store import Store, open_journal
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import load, to_plain
from wideseek_cli.table import model
from wideseek_cli.table.model import Document
from wideseek_cli.tablefile.given import table_of, with_key_named
from wideseek_cli.tablefile.read import read_file
from wideseek_cli.tasks import TableSource, Task, to_fill

__all__ = ["Table", "ask", "ask_async", "fill", "fill_async", "prove", "start", "steer", "stop", "wait"]


@dataclass(frozen=True)
class Table(model.Table):
    """A table whose cells say how far they can be believed, and the run that made it.

    >>> table = Table.of(["country", "capital"], [["Peru", "Lima"]])
    >>> print(table.to_csv(), end="")
    country,capital
    Peru,Lima
    """

    question: str = ""
    run: str = ""

    @classmethod
    def of(cls, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
        """A table of plain texts; the first column is the key."""
        from wideseek_cli.table.columns import with_key

        named = with_key([model.Column(name) for name in columns])
        made = tuple(model.Row(tuple(model.Cell(text) for text in row)) for row in rows)
        if any(len(row.cells) != len(named) for row in made):
            raise UsageError("a row has another number of cells than there are columns")
        return cls(named, made)

    def to_csv(self) -> str:
        """As CSV; cells that a spreadsheet would run are made harmless."""
        return self._as(Format.CSV)

    def to_json(self) -> str:
        """With status, source and quote of every cell."""
        return self._as(Format.JSON)

    def to_markdown(self) -> str:
        """As a Markdown table."""
        return self._as(Format.MD)

    def to_html(self) -> str:
        """A page of its own, the evidence a click away."""
        return self._as(Format.HTML)

    def save(self, path: str) -> None:
        """Write a file, in the format of its ending."""
        export(self, ExportMeta(self.question, self.run), None, path)

    def to_records(self) -> list[dict[str, str]]:
        """The texts of each row by column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, (c.text for c in row.cells), strict=True)) for row in self.rows]

    def to_pandas(self) -> Any:
        """A DataFrame of texts, where pandas is installed."""
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            from wideseek_cli.core.errors import MissingExtraError

            raise MissingExtraError("pandas is not installed", hint="pip install pandas") from error
        return pandas.DataFrame(self.to_records(), columns=[column.name for column in self.columns])

    def _as(self, format: Format) -> str:
        assert format not in BINARY
        return render(self, ExportMeta(self.question, self.run), format)


async def ask_async(
    question: str,
    *,
    columns: str | None = None,
    source: str | Sequence[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Table:
    """Answer a question; `settings` are those of the config file (`model=`, `width=`, `record=` …).

    A model that is missing is not downloaded: `wideseek models pull` does that.
    """
    return await _run(Task(question, _settings(source, {"columns": columns, **settings})), on_event)


async def _run(task: Task, on_event: Callable[[Event], None] | None) -> Table:
    def listener(event: Event, state: RunState) -> None:
        if on_event is not None:
            on_event(event)

    async with await open_everything(task.settings) as world:
        store, journal = open_journal(task.settings)
        try:
            with closing(journal):
                state = await world.run(task.question, journal, [listener], given=task.given).go()
        finally:
            if store is not None:
                store.close()
    return _table_of(state)


def _settings(source: str | Sequence[str] | None, named: Mapping[str, Any]) -> Settings:
    sources = (source,) if isinstance(source, str) else source
    return load({"sources": tuple(sources) if sources else None, **named}).settings


def _table_of(state: RunState) -> Table:
    found = state.table or model.Table(())
    return Table(found.columns, found.rows, state.question, state.run)


def ask(
    question: str,
    *,
    columns: str | None = None,
    source: str | Sequence[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Table:
    """`ask_async` for code without an event loop."""
    work = ask_async(question, columns=columns, source=source, on_event=on_event, **settings)
    return asyncio.run(work)


async def fill_async(
    table: model.Table | str | Path,
    *,
    columns: str = "",
    key: str = "",
    check: bool = False,
    source: str | Sequence[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Table:
    """A table, or the file that holds one, with its gaps filled; what it has is never changed.

    `columns` are new or half empty ones; without any, every empty cell is filled. `check` proves the given
    cells too.
    """
    if isinstance(table, model.Table):
        plain = with_key_named(_as_given(table), key, "the table")
    else:
        plain = table_of(read_file(expanded(table)), key)
    chosen = _settings(source, settings)
    return await _run(to_fill(TableSource(plain, "the table"), chosen, columns, check=check), on_event)


def fill(
    table: model.Table | str | Path,
    *,
    columns: str = "",
    key: str = "",
    check: bool = False,
    source: str | Sequence[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Table:
    """`fill_async` for code without an event loop."""
    work = fill_async(
        table, columns=columns, key=key, check=check, source=source, on_event=on_event, **settings
    )
    return asyncio.run(work)


def start(
    question: str, *, columns: str | None = None, source: str | Sequence[str] | None = None, **settings: Any
) -> str:
    """Begin a run in a process of its own, as `wideseek ask --detach` does; its id."""
    return begin_detached(Task(question, _settings(source, {"columns": columns, **settings})))


def begin_detached(task: Task, orders: Mapping[str, Any] | None = None) -> str:
    """The same of any task; `orders` are for that process: where the result goes."""
    given = task.given
    kept = {name: value for name, value in vars(given).items() if name != "pages"} if given else {}
    in_turn = not task.settings.engine  # a server may be asked at any time
    asked = RunQueued("", task.question, to_plain(task.settings), in_turn, **kept)
    return detached.begin(task.settings.record, asked, given.pages if given else (), orders)


def steer(run: str, message: str, *, record: str | Path | None = None) -> str:
    """Tell a run something on its way; what code does about it. `run`: its id, or `@last`."""
    with _record(record) as store:
        return detached.tell(store, run, message)[1]


def stop(run: str, *, record: str | Path | None = None) -> None:
    """End a run cleanly with what it has; a second time, at once."""
    with _record(record) as store:
        detached.stop(store, run)


def wait(run: str, *, record: str | Path | None = None) -> Table:
    """The table of a run, once it has ended."""
    with _record(record) as store:
        found = store.find(run)
        detached.wait(store, found)
        return _table_of(store.state(found))


def _record(record: str | Path | None) -> Store:
    return Store.open(load({"record": record and str(record)}).settings.record, read_only=True)


def _as_given(table: model.Table) -> model.Table:
    """Texts that nobody has judged yet are the user's."""
    bare = model.Cell("", model.CellStatus.UNPROVED)
    rows = (
        model.Row(
            tuple(
                replace(cell, status=model.CellStatus.GIVEN) if replace(cell, text="") == bare else cell
                for cell in row.cells
            )
        )
        for row in table.rows
    )
    return model.Table(table.columns, tuple(rows))


def prove(table: model.Table, pages: Mapping[str, str], question: str = "") -> Table:
    """The table with each cell's state and proof, from the texts of pages by address.

    >>> pages = {"https://example.org/peru": "Peru is a country. The capital of Peru is Lima."}
    >>> proved = prove(Table.of(["country", "capital"], [["Peru", "Lima"]]), pages)
    >>> proved.rows[0].cells[1].status.value
    'proved'
    """
    from wideseek_cli.facts.proof import prove as prove_cells

    made = prove_cells(table, [Document(url, "", text) for url, text in pages.items()], question=question)
    return Table(made.columns, made.rows, question, table.run if isinstance(table, Table) else "")
