"""`wideseek search`: what a search gives the agents."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from wideseek_cli.cli.shared.complete import complete_source
from wideseek_cli.core.findings import SearchResult
from wideseek_cli.settings.config import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="what to search for")],
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            "-s",
            help="ddgs, searxng:URL, factbook, zim:PATH, serper or brave; several are asked in order",
            autocompletion=complete_source,
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=50, help="hits at most")] = 5,
    merge_sources: Annotated[
        bool | None, typer.Option("--merge-sources", help="ask all sources and mix their hits")
    ] = None,
    offline: Annotated[
        bool | None, typer.Option("--offline", help="refuse any source that needs a network")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="a JSON list of title, url, snippet, engine")
    ] = False,
) -> None:
    """Show what a search gives the agents.

    Example: wideseek search "capital of Peru" --source factbook
    """
    from wideseek_cli.settings.layers import load

    flags = {"sources": tuple(source) if source else None, "merge_sources": merge_sources, "offline": offline}
    result = asyncio.run(_search(load(flags).settings, query, count))
    if as_json:
        rows = [
            {"title": h.title, "url": h.url, "snippet": h.snippet, "engine": h.engine} for h in result.hits
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    for number, hit in enumerate(() if as_json else result.hits, 1):
        typer.echo(f"{number}. {hit.title}\n   {hit.url}\n   {hit.snippet}")
    many = len(result.hits)
    found = f"{many} hit{'' if many == 1 else 's'}" if many else "nothing found"
    typer.echo(f"{found} ({result.engine})" + (f"; {result.note}" if result.note else ""), err=True)


async def _search(settings: Settings, query: str, count: int) -> SearchResult:
    from wideseek_cli.sources.opening import open_sources

    sources = open_sources(settings, say=lambda text: typer.echo(text, err=True))
    try:
        return await sources.search.search(query, count)
    finally:
        await sources.aclose()
