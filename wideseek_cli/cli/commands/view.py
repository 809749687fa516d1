"""`wideseek view`: runs in the browser, or one run as a page in a file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.complete import complete_run
from wideseek_cli.cli.shared.options import RecordFile

if TYPE_CHECKING:
    from wideseek_cli.export.document import Document
    from wideseek_cli.view.site import Pages

app = plain_app()


@app.command()
def view(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]", help="the run to begin with; none: the list", autocompletion=complete_run
        ),
    ] = "",
    no_open: Annotated[bool, typer.Option("--no-open", help="only print the address")] = False,
    out: Annotated[
        str, typer.Option("--output", "-o", help="write the run's page to this file; needs no server")
    ] = "",
    study: Annotated[
        Path | None, typer.Option("--study", help="a folder of `eval study`: its curves instead of runs")
    ] = None,
    record: RecordFile = None,
) -> None:
    """Look at runs in the browser: table, evidence, timeline, searches and pages.

    The page is served on this machine alone, at an address with a secret in it. It follows a run that is
    still going on.

    Example: wideseek view @last -o run.html
    """
    from wideseek_cli.record.ids import LAST
    from wideseek_cli.runs import Runs
    from wideseek_cli.view.site import OnePage, Site, run_page

    if study is not None:
        from wideseek_cli.eval.studypage import make_study_page

        page = make_study_page(study)
        _write(out, page, str(study)) if out else _serve(OnePage(page), "", browser=not no_open)
        return
    with Runs.open(record) as runs:
        found = runs.find(run or LAST) if run or out else None
        if out and found:
            _write(out, run_page(runs, found.id), f"run {found.id}")
            return
    _serve(Site(runs.path), f"run/{found.id}" if found else "", browser=not no_open)


def _write(out: str, page: Document, what: str) -> None:
    import os

    from wideseek_cli.export.output import write_text
    from wideseek_cli.ui.streams import say

    target = Path(os.path.expanduser(out))
    write_text(target, page.html)
    say(f"wrote {what} to {target}")


def _serve(pages: Pages, path: str, *, browser: bool) -> None:
    from wideseek_cli.ui.streams import say, write_out
    from wideseek_cli.view.browser import opened
    from wideseek_cli.view.server import serve

    with ExitStack() as stack:
        serving = stack.enter_context(serve(pages))
        address = serving.address + path
        write_out(f"{address}\n")
        if browser and not stack.enter_context(opened(address)):
            say("no browser could be opened: open the address in one on this machine")
        say("press Ctrl-C to stop")
        try:
            serving.wait()
        except KeyboardInterrupt:
            return
