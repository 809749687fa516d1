"""`wideseek cache`: the pages kept between runs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app

app = plain_app(
    help="look at or clear the page cache",
    no_args_is_help=True,
)


@app.command()
def info(as_json: Annotated[bool, typer.Option("--json", help="as a JSON object")] = False) -> None:
    """How many pages are kept, how large, and from when.

    Example: wideseek cache info
    """
    from wideseek_cli.sources.fetch.cache import PageCache
    from wideseek_cli.sources.opening import page_cache_path

    cache = PageCache(page_cache_path())
    try:
        found = cache.info()
    finally:
        cache.close()
    if as_json:
        shown = {"path": str(found.path), "pages": found.pages, "text_bytes": found.text_bytes}
        typer.echo(
            json.dumps({**shown, "oldest": _day(found.oldest), "newest": _day(found.newest)}, indent=2)
        )
        return
    typer.echo(f"{found.pages} pages, {found.text_bytes / 1e6:.1f} MB of text and links, in {found.path}")
    if found.pages:
        typer.echo(f"last checked between {_day(found.oldest)} and {_day(found.newest)}")


@app.command()
def clear(
    older_than: Annotated[
        str, typer.Option("--older-than", help="only pages not checked for this long, e.g. 30d")
    ] = "",
) -> None:
    """Delete the kept pages. What past runs used as evidence stays with them.

    Example: wideseek cache clear --older-than 30d
    """
    from wideseek_cli.settings.convert import parse_duration
    from wideseek_cli.sources.fetch.cache import PageCache
    from wideseek_cli.sources.opening import page_cache_path

    age = parse_duration(older_than) if older_than else None
    cache = PageCache(page_cache_path())
    try:
        gone = cache.clear(age)
    finally:
        cache.close()
    typer.echo(f"{gone} pages deleted", err=True)


def _day(moment: float | None) -> str | None:
    return (
        datetime.fromtimestamp(moment).isoformat(sep=" ", timespec="minutes") if moment is not None else None
    )
