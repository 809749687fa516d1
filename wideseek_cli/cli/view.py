"""`wideseek view`: runs in the browser, or one run as a page in a file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.complete import complete_run
from wideseek_cli.record.store import Store

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def view(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]", help="The run to begin with; none: the list.", autocompletion=complete_run
        ),
    ] = "",
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address.")] = False,
    out: Annotated[
        str, typer.Option("--output", "-o", help="Write the run's page to this file; needs no server.")
    ] = "",
    record: Annotated[Path | None, typer.Option("--record", help="The record file.")] = None,
) -> None:
    """Look at runs in the browser: table, evidence, timeline, searches and pages.

    The page is served on this machine alone, at an address with a secret in it. It follows a run that is
    still going on.
    """
    from wideseek_cli.cli.runs import open_store
    from wideseek_cli.record.ids import LAST

    with open_store(record) as store:
        found = store.find(run or LAST) if run or out else ""
        place = store.path
        if out:
            _write(out, store, found)
            return
    _serve(place, found, browser=not no_open)


def _write(out: str, store: Store, run: str) -> None:
    import os

    from wideseek_cli.protected import check_output
    from wideseek_cli.table.output import ensure_writable, write_file
    from wideseek_cli.ui.streams import say
    from wideseek_cli.view.site import run_page

    target = Path(os.path.expanduser(out))
    check_output(target, store.path)
    ensure_writable(target)
    html = run_page(store, run, alone=True).html
    write_file(target, lambda part: _fill(part, html))
    say(f"wrote run {run} to {target}")


def _fill(part: Path, html: str) -> None:
    part.write_text(html, encoding="utf-8", errors="replace")


def _serve(record: Path, run: str, *, browser: bool) -> None:
    from wideseek_cli.ui.streams import say, write_out
    from wideseek_cli.view.browser import opened
    from wideseek_cli.view.server import serve
    from wideseek_cli.view.site import Site

    with ExitStack() as stack:
        serving = stack.enter_context(serve(Site(record)))
        address = serving.address + (f"run/{run}" if run else "")
        write_out(f"{address}\n")
        if browser and not stack.enter_context(opened(address)):
            say("no browser could be opened: open the address in one on this machine")
        say("Ctrl-C ends it")
        try:
            serving.wait()
        except KeyboardInterrupt:
            return
