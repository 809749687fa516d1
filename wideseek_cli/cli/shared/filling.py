"""Where the tables of `wideseek fill` and `wideseek refresh` come from, and where the result goes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from wideseek_cli.cli.shared.deliver import STDOUT, Changes, Output
from wideseek_cli.cli.shared.options import Delivery
from wideseek_cli.core.errors import EmptyTableError, NotFoundError, UsageError
from wideseek_cli.core.events import DocumentSaved, Event
from wideseek_cli.core.paths import expanded
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.export.writing import BINARY
from wideseek_cli.pipeline.conditions import wanted_of
from wideseek_cli.pipeline.givencells import Given, question_for
from wideseek_cli.pipeline.refresh import fingerprint
from wideseek_cli.record.ids import LAST
from wideseek_cli.record.store import Store
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import Loaded, from_plain
from wideseek_cli.table.conditions.condition import without_columns
from wideseek_cli.table.model import Document, Table
from wideseek_cli.tablefile.given import gaps, opened, table_of, with_key_named
from wideseek_cli.tablefile.raw import MOST_BYTES
from wideseek_cli.tablefile.read import file_bytes, read_bytes, read_file
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import words

_IN_PLACE = (".csv", ".tsv", ".tab", ".xlsx")
_LIST_SHARE = 0.5  # of the rows that a page must name to be their list
_STDIN = "stdin"
_HINT = "wideseek fill FILE, or … | wideseek fill"


@dataclass(frozen=True)
class TableSource:
    """A table and where it is from; `path`: a file's."""

    table: Table
    name: str
    path: Path | None = None


def read_source(file: str, key: str, sheet: str, record: Path | None) -> TableSource:
    """A file, a run, or what comes on stdin."""
    if file.startswith("@"):
        return _from_run(file, key, record)
    if file != STDOUT:
        path = expanded(file)
        return TableSource(table_of(read_file(path, sheet), key), path.name, path)
    if sys.stdin.isatty():
        raise UsageError("no table is given", hint=_HINT)
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if not data.strip():
        raise EmptyTableError(f"nothing came on {_STDIN}", hint=_HINT)
    return TableSource(table_of(read_bytes(_STDIN, data, sheet=sheet), key), _STDIN)


def _from_run(wanted: str, key: str, record: Path | None) -> TableSource:
    old = read_run(wanted, record)
    name = f"run {old.run}"
    return TableSource(with_key_named(old.table, key, name), name)


def given_from(source: TableSource, columns: str, *, check: bool) -> Given:
    """The table with its gaps; one without any is only worth a run to check it."""
    table = opened(source.table, columns, source.name)
    if not gaps(table) and not check:
        hint = "name new columns with --columns, or compare what is there with sources: --check"
        raise UsageError(f"{source.name} has no empty cell", hint=hint)
    return Given(table, check)


def output_of(source: TableSource, delivery: Delivery, record: Path | None, *, in_place: bool) -> Output:
    """As the command line says; the file that is read is replaced only with `--in-place`."""
    if not in_place:
        inputs = {str(source.path): "the table to fill (--in-place writes into it)"} if source.path else {}
        return Output.as_asked(delivery, record, inputs)
    if source.path is None:
        raise UsageError(f"--in-place needs a file; the table is from {source.name}", hint="use -o FILE")
    if delivery.out != STDOUT:
        raise UsageError("--in-place and -o name two places", hint="leave out one of them")
    if source.path.suffix.lower() not in _IN_PLACE:
        said = f"--in-place would lose what is around the table in {source.name}"
        raise UsageError(said, hint="it works for CSV, TSV and XLSX; use -o FILE")
    if source.path.suffix.lower() == ".xlsx":
        _check_sheets(source)
    asked = replace(delivery, out=str(source.path), output_format=None)
    output = Output.as_asked(asked, record)
    return replace(output, keep_old=True, raw=delivery.raw and output.format not in BINARY)


def _check_sheets(source: TableSource) -> None:
    from wideseek_cli.tablefile.workbook import sheets_of

    assert source.path is not None
    if sheets_of(file_bytes(source.path)) > 1:
        raise UsageError(f"--in-place would lose the other sheets of {source.name}", hint="use -o FILE")


@dataclass(frozen=True)
class OldTable:
    """A table of before, and how it is to be asked for again."""

    source: TableSource
    question: str
    settings: Settings
    given: Given


def old_table(name: str, key: str, sheet: str, loaded: Loaded) -> OldTable:
    """A run's table with its question, sources and pages; or a file's, which knows only itself."""
    record = loaded.settings.record
    fresh = loaded.settings.max_age_s if loaded.origins["max_age_s"].kind == "flag" else 0.0
    if not name.startswith("@"):
        source = read_source(name, key, sheet, record)
        settings = replace(loaded.settings, columns=(), where=(), single=False, max_age_s=fresh)
        return OldTable(source, question_for(source.table), settings, Given(source.table, refresh=True))
    old = read_run(name, record)
    then, lists = _pages_of(old.events, old.table)
    given = Given(old.table, refresh=True, then=then, lists=lists)
    source = TableSource(old.table, f"run {old.run}")
    return OldTable(source, old.state.question, settings_again(old.state, loaded, fresh), given)


@dataclass(frozen=True)
class OldRun:
    """A run with its table, without the verdicts on conditions."""

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
    with Store.open(record, read_only=True) as store:
        found = store.find(name if name == LAST else name.removeprefix("@"))
        events = list(store.events(found))
    state = fold(events)
    if state.table is None or not state.table.rows:
        raise NotFoundError(f"run {found} has no table", hint="wideseek runs list shows those that have rows")
    names = {condition.text for condition in wanted_of(state.question, from_plain(state.settings)).conditions}
    return OldRun(found, state, events, without_columns(state.table, names))


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


def settings_again(state: RunState, loaded: Loaded, max_age_s: float | None) -> Settings:
    """As the run was asked, but for what this command line says."""
    flagged = {name for name, origin in loaded.origins.items() if origin.kind == "flag"}
    named = {name: getattr(loaded.settings, name) for name in flagged}
    own = {"record": loaded.settings.record, "keep_record": loaded.settings.keep_record}
    again = replace(from_plain(state.settings), **{**own, **named})
    return replace(again, columns=(), where=(), single=False, max_age_s=max_age_s)


def output_of_changes(
    source: TableSource, delivery: Delivery, record: Path | None, *, only: bool, mail: bool
) -> Output:
    """Where the changes go."""
    inputs = {str(source.path): "the table to refresh"} if source.path else {}
    if mail and delivery.output_format is None and delivery.out != STDOUT:
        delivery = replace(delivery, output_format="table")
    output = Output.as_asked(delivery, record, inputs)
    return replace(output, changes=Changes.MAIL if mail else Changes.ONLY if only else Changes.ALL)
