"""`wideseek read`: what reading a page gives the agents."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson, GroupedCommand, takes_options
from wideseek_cli.core.errors import ExitCode
from wideseek_cli.core.findings import Page, PageStatus, Reading
from wideseek_cli.settings.config import Settings

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, only=("sources", "offline", "ignore_robots", "max_age_s", "allow_hosts"))
def read(
    *,
    flags: dict[str, Any],
    url: Annotated[str, typer.Argument(help="an http, https or zim address")],
    need: Annotated[str, typer.Option("--need", help="show only the passages that speak of this")] = "",
    tokens: Annotated[int, typer.Option(min=50, help="with --need: about how much to show")] = 700,
    as_json: AsJson = False,
) -> None:
    """Show what reading a page gives the agents. A page that cannot be read ends with exit code 4.

    Example: wideseek read zim://factbook/country/peru --need capital
    """
    from wideseek_cli.settings.layers import load

    page, reading = asyncio.run(_read(load(flags).settings, url, need, tokens))
    text = reading.text if reading else page.text
    if as_json:
        typer.echo(json.dumps(_as_object(page, text), ensure_ascii=False, indent=2))
    elif page.status is PageStatus.PAGE:
        typer.echo(text)
    typer.echo(_summary(page), err=True)
    if page.status is not PageStatus.PAGE:
        raise typer.Exit(ExitCode.SOURCE)


def _summary(page: Page) -> str:
    if page.status is not PageStatus.PAGE:
        return f"{page.status.value}: {page.reason}"
    copy = ", cached copy" if page.cached else ""
    return f"page: {page.title} ({page.final_url}, {len(page.text)} characters{copy})"


def _as_object(page: Page, text: str) -> dict[str, object]:
    return {
        "status": page.status.value,
        "url": page.url,
        "title": page.title,
        "text": text if page.status is PageStatus.PAGE else "",
        "reason": page.reason,
        "final_url": page.final_url,
        "language": page.language,
        "date": page.date,
        "fetched_at": page.fetched_at,
        "cached": page.cached,
    }


async def _read(settings: Settings, url: str, need: str, tokens: int) -> tuple[Page, Reading | None]:
    from wideseek_cli.sources.opening import open_page_sources
    from wideseek_cli.sources.reading.reader import ExtractReader

    sources = open_page_sources(settings, url, say=lambda text: typer.echo(text, err=True))
    try:
        page = await sources.fetch(url)
        if not need or page.status is not PageStatus.PAGE:
            return page, None
        return page, await ExtractReader(tokens).read(page, need)
    finally:
        await sources.aclose()
