"""Where the tables of `wideseek fill` and `wideseek refresh` come from, and where the result goes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from wideseek_cli.cli.shared.deliver import STDOUT, Changes, Output
from wideseek_cli.cli.shared.options import Delivery, OldTable
from wideseek_cli.core.errors import EmptyTableError, UsageError
from wideseek_cli.core.paths import expanded
from wideseek_cli.core.task import Task
from wideseek_cli.core.text import clean_line
from wideseek_cli.pipeline.givencells import has_gap
from wideseek_cli.tablefile.given import headed, table_of
from wideseek_cli.tablefile.heading import Heading, heading
from wideseek_cli.tablefile.patch import FORMS
from wideseek_cli.tablefile.raw import MOST_BYTES, RawTable
from wideseek_cli.tablefile.read import read_bytes, read_file
from wideseek_cli.tasks import TableSource, is_run, table_of_run

_STDIN = "stdin"
_HINT = "wideseek fill FILE, or … | wideseek fill"


def read_source(file: str, how: OldTable, record: Path | None) -> TableSource:
    """A file, a run, or what comes on stdin."""
    if is_run(file):
        return table_of_run(file, how.key, record)
    if file != STDOUT:
        path = expanded(file)
        return _source(read_file(path, how.sheet), how, path)
    if sys.stdin.isatty():
        raise UsageError("no table is given", hint=_HINT)
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if not data.strip():
        raise EmptyTableError(f"{_STDIN} is empty", hint=_HINT)
    return _source(read_bytes(_STDIN, data, sheet=how.sheet), how)


def _source(raw: RawTable, how: OldTable, path: Path | None = None) -> TableSource:
    raw = headed(raw, how.header) if how.header else raw
    table = table_of(raw, how.key)
    unsure = not how.key and not raw.named and heading(raw)[0] is Heading.UNSURE
    return TableSource(table, raw.name, path, unsure)


def in_words(task: Task, source: TableSource) -> str:
    """What is taken for the rows' names and for gaps."""
    assert task.given is not None
    table, name = task.given, source.name
    keys = [clean_line(column.name, 60) for column in table.columns if column.key]
    wanted = [clean_line(c.name, 60) for at, c in enumerate(table.columns) if has_gap(table, at)]
    rows = f"{len(table.rows):,} row{'' if len(table.rows) == 1 else 's'}"
    named = f"{rows} of {name}, named by {', '.join(keys)}"
    said = f"{named}; to fill: {', '.join(wanted)}" if wanted else f"{named}; to check: all columns"
    return f"{said}\n{header_in_words(source)}" if source.unsure else said


def header_in_words(source: TableSource) -> str:
    """That a first line may be no header, and what to do if it is none."""
    names = " | ".join(clean_line(column.name, 30) for column in source.table.columns[:4])
    return f"the first line of {source.name} is read as column names: {names}; if it is a row, use --header"


def output_of(
    source: TableSource, delivery: Delivery, record: Path | None, how: OldTable, *, in_place: bool
) -> Output:
    """As the command line says; the file that is read is replaced only with `--in-place`."""
    if not in_place:
        inputs = {str(source.path): "the table to fill (--in-place writes into it)"} if source.path else {}
        return Output.as_asked(delivery, record, inputs)
    if source.path is None:
        raise UsageError(f"--in-place needs a file; the table is from {source.name}", hint="use -o FILE")
    if how.header:
        hint = "use -o FILE, which gets a header"
        raise UsageError("--in-place and --header cannot be used together", hint=hint)
    if delivery.out != STDOUT:
        raise UsageError("--in-place and -o cannot be used together", hint="leave out one of them")
    if delivery.evidence:
        hint = "wideseek runs export @last --evidence writes a copy with them"
        raise UsageError("--in-place and --evidence cannot be used together", hint=hint)
    if source.path.suffix.lower() not in FORMS:
        said = f"--in-place would lose what surrounds the table in {source.name}"
        raise UsageError(said, hint="it works for CSV, TSV and XLSX; use -o FILE")
    output = Output.as_asked(replace(delivery, out=str(source.path), output_format=None), record)
    return replace(output, in_place=True, sheet=how.sheet)


def output_of_changes(
    path: Path | None, delivery: Delivery, record: Path | None, *, only: bool, mail: bool
) -> Output:
    """Where the changes go."""
    inputs = {str(path): "the table to refresh"} if path else {}
    if mail and delivery.output_format is None and delivery.out != STDOUT:
        delivery = replace(delivery, output_format="table")
    output = Output.as_asked(delivery, record, inputs)
    return replace(output, changes=Changes.MAIL if mail else Changes.ONLY if only else Changes.ALL)
