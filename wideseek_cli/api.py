"""The program from Python: `from wideseek_cli import ask, fill, prove, start, steer, stop, wait, Table`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from wideseek_cli.core.events import Event
from wideseek_cli.core.paths import expanded
from wideseek_cli.core.state import RunState
from wideseek_cli.core.task import Task
from wideseek_cli.result import Table
from wideseek_cli.runs import Runs
from wideseek_cli.session import Session, begin_detached, recorded
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import Loaded, load
from wideseek_cli.table import model
from wideseek_cli.table.model import Document
from wideseek_cli.tablefile.given import table_of, with_key_named
from wideseek_cli.tablefile.read import read_file
from wideseek_cli.tasks import TableSource, is_run, to_fill, to_refresh, to_refresh_run

__all__ = ["Runs", "Session", "Settings", "Table", "Task", "recorded"]  # and what is defined here
P = ParamSpec("P")


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
    return await _run(Task(question, _loaded(source, columns=columns, **settings).settings), on_event)


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
    chosen = _loaded(source, **settings).settings
    return await _run(to_fill(_source_of(table, key), chosen, columns, check=check), on_event)


async def refresh_async(
    old: model.Table | str | Path,
    *,
    key: str = "",
    source: str | Sequence[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Table:
    """A table, the file that holds one, or a run (`@last`, `@ID`) as today's pages have it."""
    loaded = _loaded(source, **settings)
    task = to_refresh_run(old, loaded) if is_run(old) else to_refresh(_source_of(old, key), loaded)
    return await _run(task, on_event)


def _blocking(work: Callable[P, Coroutine[Any, Any, Table]]) -> Callable[P, Table]:
    @wraps(work)
    def call(*given: P.args, **named: P.kwargs) -> Table:
        return asyncio.run(work(*given, **named))

    return call


ask, fill, refresh = _blocking(ask_async), _blocking(fill_async), _blocking(refresh_async)


async def _run(task: Task, on_event: Callable[[Event], None] | None) -> Table:
    def listener(event: Event, state: RunState) -> None:
        if on_event is not None:
            on_event(event)

    with recorded(task) as place:
        async with await Session.open(task.settings) as session:
            return Table.of_run(await session.run(place.task, place.journal, [listener]).go())


def _loaded(source: str | Sequence[str] | None, **named: Any) -> Loaded:
    sources = (source,) if isinstance(source, str) else source
    return load({"sources": tuple(sources) if sources else None, **named})


def _source_of(table: model.Table | str | Path, key: str) -> TableSource:
    if isinstance(table, model.Table):
        return TableSource(with_key_named(_as_given(table), key, "the table"), "the table")
    path = expanded(table)
    return TableSource(table_of(read_file(path), key), path.name)


def start(
    question: str, *, columns: str | None = None, source: str | Sequence[str] | None = None, **settings: Any
) -> str:
    """Begin a run in a process of its own, as `wideseek ask --detach` does; its id."""
    return begin_detached(Task(question, _loaded(source, columns=columns, **settings).settings))


def steer(run: str, message: str, *, record: str | Path | None = None) -> str:
    """Tell a run something on its way; what code does about it. `run`: its id, or `@last`."""
    with Runs.open(record) as runs:
        return runs.find(run).steer(message)


def stop(run: str, *, record: str | Path | None = None) -> None:
    """End a run cleanly with what it has; a second time, at once."""
    with Runs.open(record) as runs:
        runs.find(run).stop()


def wait(run: str, *, record: str | Path | None = None) -> Table:
    """The table of a run, once it has ended."""
    with Runs.open(record) as runs:
        found = runs.find(run)
        found.wait()
        return Table.of_run(found.state)


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
