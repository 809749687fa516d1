"""`wideseek corpus`: offline sources made on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.protected import check_output

if TYPE_CHECKING:
    from wideseek_cli.sources.offline.corpus import Built

app = plain_app(
    help="make an offline source from a folder or the factbook",
    no_args_is_help=True,
)


@app.callback()
def corpus() -> None:
    """Make an offline source from a folder or the factbook."""


@app.command()
def build(
    what: str = typer.Argument(help="`factbook`, or a folder of HTML, Markdown, text and PDF files"),
    out: Path | None = typer.Option(None, "--out", "-o", help="the .zim file to write"),  # noqa: B008
) -> None:
    """Build a ZIM file; its path goes to stdout. Cut off, run it again: what was read is kept.

    Example: wideseek corpus build ~/papers -o papers.zim
    """
    from wideseek_cli.core.paths import data_dir, expanded
    from wideseek_cli.sources.offline import corpus as building

    if out is not None and out.suffix != ".zim":
        raise UsageError(f"{out} does not end in .zim", hint="name the file, e.g. -o papers.zim")
    if out is not None:
        check_output(out)
    started = time.monotonic()
    if what == "factbook":
        built = building.build_factbook(out or building.factbook_path())
    else:
        folder = expanded(what)
        name = building.zim_name(folder.resolve())
        built = _from_folder(folder, out or data_dir() / "corpus" / f"{name}.zim")
    for line in built.skipped:
        typer.echo(f"left out {line}", err=True)
    size = built.path.stat().st_size / 1e6
    source = "factbook" if what == "factbook" and out is None else f"zim:{built.path}"
    typer.echo(f"{built.pages} pages, {size:.1f} MB, {time.monotonic() - started:.1f} s", err=True)
    typer.echo(f"use it with --source {source}", err=True)
    typer.echo(str(built.path))


def _from_folder(folder: Path, out: Path) -> Built:
    from wideseek_cli.cli.shared.fetching import shown_progress
    from wideseek_cli.sources.offline.corpus import build_folder

    try:
        with shown_progress(bytes_of=False) as progress:
            return build_folder(folder, out, lambda done, total: progress.step("files", done, total))
    except KeyboardInterrupt:
        typer.echo("stopped; what was read is kept: run the same command to continue", err=True)
        raise
