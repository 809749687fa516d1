"""`wideseek runs`: past runs listed, shown, explained, exported and forgotten."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.complete import complete_run
from wideseek_cli.cli.shared.options import AsJson, GroupedCommand, RecordFile, RunId, Written, takes_options
from wideseek_cli.core.errors import NotFoundError
from wideseek_cli.record.ids import LAST
from wideseek_cli.runs import Runs
from wideseek_cli.ui.streams import write_out


class _ListsByDefault(TyperGroup):
    """`wideseek runs` is `wideseek runs list`, with its options too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["list", *args])


app = plain_app(
    cls=_ListsByDefault,
    help="list, show, explain and export past runs; without a subcommand, list them",
)

_IN_A_PIPE = 10_000  # columns of a list that `grep` or a file gets: questions are not cut there


@app.command("list")
def list_runs(
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="how many, newest first")] = 20,
    as_json: AsJson = False,
    record: RecordFile = None,
) -> None:
    """The newest runs.

    Example: wideseek runs list --number 5
    """
    from wideseek_cli.cli.shared.showing import as_data, listed

    try:
        with Runs.open(record) as runs:
            entries = runs.latest(number)
    except NotFoundError as error:  # an empty list is an answer too
        typer.echo(str(error), err=True)
        entries = []
    if as_json:
        write_out(json.dumps([as_data(entry) for entry in entries], indent=1) + "\n")
        return
    width = shutil.get_terminal_size((_IN_A_PIPE, 0)).columns
    write_out("".join(f"{line}\n" for line in listed(entries, width)))


@app.command()
def show(
    run: RunId = LAST,
    as_json: AsJson = False,
    left_out: Annotated[
        bool, typer.Option("--left-out", help="only the rows that do not meet a condition")
    ] = False,
    record: RecordFile = None,
) -> None:
    """A run's plan, agents, searches, pages and table.

    Example: wideseek runs show @last
    """
    from wideseek_cli.cli.shared.showing import agent_lines, as_data, head_lines, page_lines, search_lines
    from wideseek_cli.export.writing import ExportMeta, ExportOptions, Format, render
    from wideseek_cli.ui.jsonl import to_line

    with Runs.open(record) as runs:
        found = runs.find(run)
        entry, events, state = found.entry, list(found.events()), found.state
    if as_json:
        told = [json.loads(to_line(event)) for event in events]
        write_out(json.dumps({**as_data(entry), "events": told}, indent=1) + "\n")
        return
    shape = ExportOptions(width=shutil.get_terminal_size().columns)
    if left_out:
        gone = state.left_out.opened if state.left_out else None
        shown = render(gone, ExportMeta(), Format.TABLE, shape) if gone else "no rows were left out\n"
        write_out(shown)
        return
    parts = {
        "agents": agent_lines(state, running=entry.running),
        "searches": search_lines(events),
        "pages": page_lines(events),
    }
    lines = list(head_lines(entry, state))
    for title, part in parts.items():
        lines += ["", f"{title}:", *(f"  {line}" for line in part)]
    if state.left_out is not None:
        lines += ["", f"left out: {len(state.left_out.rows)} (--left-out)"]
    if state.table is not None:
        lines += ["", "table:", render(state.table, ExportMeta(), Format.TABLE, shape)]
        lines += map(str, state.met)
    write_out("\n".join(lines) + "\n")


@app.command()
def why(
    run: RunId,
    row: Annotated[str, typer.Argument(help="the row's number, or its name")],
    column: Annotated[str, typer.Argument(help="the column's number, or its name")],
    record: RecordFile = None,
) -> None:
    """Why a cell should be believed: status, quote in context, source, who found it.

    Example: wideseek runs why @last Harvard founded
    """
    from wideseek_cli.ui.why import explain, found_in

    with Runs.open(record) as runs:
        found = runs.find(run)
        events, state = list(found.events()), found.state
    if state.table is None:
        raise NotFoundError(f"run {found.id} has no table")
    lines = explain(state, *found_in([state.table, state.left_out], row, column), events)
    write_out("".join(f"{line}\n" for line in lines))


@app.command(cls=GroupedCommand)
@takes_options
def export(*, written: Written, run: RunId = LAST, record: RecordFile = None) -> None:
    """A run's table in any format.

    Example: wideseek runs export @last -f csv
    """
    from wideseek_cli.cli.shared.deliver import Output, deliver

    output = Output.written(written, record)
    with Runs.open(record) as runs:
        found = runs.find(run)
        state = found.state
    if state.table is None and not state.answer:
        raise NotFoundError(f"run {found.id} has no table")
    if state.ending is None:
        typer.echo(f"run {found.id} is not finished; showing what it knew so far", err=True)
    deliver(state, output)


@app.command()
def wait(run: RunId = LAST, record: RecordFile = None) -> None:
    """Wait for a run; the exit code is the run's.

    Example: wideseek runs wait @last
    """
    with Runs.open(record) as runs:
        raise typer.Exit(runs.find(run).wait())


@app.command()
def stop(run: RunId = LAST, record: RecordFile = None) -> None:
    """Stop a run cleanly and keep partial results; a second time, stop it at once.

    Example: wideseek runs stop @last
    """
    with Runs.open(record) as runs:
        found = runs.find(run)
        found.stop()
    typer.echo(f"told run {found.id} to stop", err=True)


@app.command()
def tail(run: RunId = LAST, record: RecordFile = None) -> None:
    """Follow a run, a line per event, until it ends.

    Example: wideseek runs tail @last
    """
    from wideseek_cli.ui.plain import PlainView

    view = PlainView(sys.stdout)
    with Runs.open(record) as runs:
        for _ in runs.find(run).follow(view):
            pass  # the view has it


@app.command()
def rm(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="the runs", autocompletion=complete_run)],
    record: RecordFile = None,
) -> None:
    """Delete runs, with the pages that only they had read.

    Example: wideseek runs rm 0vexvxcqe
    """
    with Runs.open(record, to_write=True) as runs:
        gone = runs.remove(ids)
    typer.echo(f"deleted: {', '.join(gone)}", err=True)


@app.command()
def prune(
    older: Annotated[str, typer.Option("--older", help="not changed for this long: 30d, 12h")],
    record: RecordFile = None,
) -> None:
    """Delete old runs and free their space on the disk.

    Example: wideseek runs prune --older 30d
    """
    from wideseek_cli.settings.convert import parse_duration
    from wideseek_cli.ui.amounts import count

    seconds = parse_duration(older)
    with Runs.open(record, to_write=True) as runs:
        gone = runs.prune(seconds)
    typer.echo(f"deleted: {count(len(gone), 'run')}", err=True)
