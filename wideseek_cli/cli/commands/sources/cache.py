"""`wideseek cache`: what is kept between runs, pages and computed instructions."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson

app = plain_app(
    help="look at or clear what is kept between runs",
    no_args_is_help=True,
)


@app.command()
def info(as_json: AsJson = False) -> None:
    """How many pages are kept, how large, and from when.

    Example: wideseek cache info
    """
    from wideseek_cli.core.paths import beginnings_dir, kept_beginnings
    from wideseek_cli.sources.fetch.cache import PageCache
    from wideseek_cli.sources.opening import page_cache_path

    with PageCache(page_cache_path()) as cache:
        found = cache.info()
    sizes = [path.stat().st_size for path in kept_beginnings()]
    if as_json:
        shown = {"path": str(found.path), "pages": found.pages, "text_bytes": found.text_bytes}
        shown |= {"beginnings": len(sizes), "beginnings_bytes": sum(sizes)}
        typer.echo(
            json.dumps({**shown, "oldest": _day(found.oldest), "newest": _day(found.newest)}, indent=2)
        )
        return
    typer.echo(f"{found.pages} pages, {found.text_bytes / 1e6:.1f} MB of text and links, in {found.path}")
    if found.pages:
        typer.echo(f"last checked between {_day(found.oldest)} and {_day(found.newest)}")
    if sizes:
        typer.echo(
            f"{len(sizes)} computed instructions of agents, {sum(sizes) / 1e6:.1f} MB, in {beginnings_dir()}"
        )


@app.command()
def clear(
    older_than: Annotated[
        str, typer.Option("--older-than", help="only pages not checked for this long, e.g. 30d")
    ] = "",
) -> None:
    """Delete the kept pages, and the computed instructions of agents. What runs used as evidence stays.

    Example: wideseek cache clear --older-than 30d
    """
    from wideseek_cli.core.paths import kept_beginnings
    from wideseek_cli.settings.convert import parse_duration
    from wideseek_cli.sources.fetch.cache import PageCache
    from wideseek_cli.sources.opening import page_cache_path
    from wideseek_cli.ui.amounts import count

    age = parse_duration(older_than) if older_than else None
    with PageCache(page_cache_path()) as cache:
        gone = cache.clear(age)
    old = [p for p in kept_beginnings() if age is None or p.stat().st_mtime < time.time() - age]
    for path in old:
        path.unlink(missing_ok=True)
    typer.echo(f"deleted: {count(gone, 'page')}, {count(len(old), 'computed instruction')}", err=True)


def _day(moment: float | None) -> str | None:
    return (
        datetime.fromtimestamp(moment).isoformat(sep=" ", timespec="minutes") if moment is not None else None
    )
