"""`wideseek search`: what a search gives the agents."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson, GroupedCommand, takes_options
from wideseek_cli.core.findings import SearchResult
from wideseek_cli.settings.config import Settings

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, only=("sources", "merge_sources", "offline"))
def search(
    *,
    flags: dict[str, Any],
    query: Annotated[str, typer.Argument(help="what to search for")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=50, help="hits at most")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show what a search gives the agents.

    Example: wideseek search "capital of Peru" --source factbook
    """
    from wideseek_cli.settings.layers import load
    from wideseek_cli.ui.amounts import count as count_of

    result = asyncio.run(_search(load(flags).settings, query, count))
    if as_json:
        typer.echo(json.dumps([vars(hit) for hit in result.hits], ensure_ascii=False, indent=2))
    for number, hit in enumerate(() if as_json else result.hits, 1):
        typer.echo(f"{number}. {hit.title}\n   {hit.url}\n   {hit.snippet}")
    found = count_of(len(result.hits), "hit") if result.hits else "nothing found"
    typer.echo(f"{found} ({result.engine})" + (f"; {result.note}" if result.note else ""), err=True)


async def _search(settings: Settings, query: str, count: int) -> SearchResult:
    from wideseek_cli.sources.opening import open_sources

    sources = open_sources(settings, say=lambda text: typer.echo(text, err=True))
    try:
        return await sources.search.search(query, count)
    finally:
        await sources.aclose()
