"""`wideseek mcp`: a server of the Model Context Protocol, for other assistants."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import GroupedCommand, takes_options
from wideseek_cli.core.errors import MissingExtraError, UsageError

app = plain_app()

PORT = 8765
_CLIENTS_OWN = (
    "columns",
    "answer",
    "keep_record",
)  # what each run is asked with, and what none can do without


@app.command(cls=GroupedCommand)
@partial(takes_options, without=_CLIENTS_OWN)
def mcp(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    http: Annotated[bool, typer.Option("--http", help="over HTTP on 127.0.0.1, for several clients")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="its port; 0: a free one")] = PORT,
    skill: Annotated[
        bool, typer.Option("--skill", help="print SKILL.md for coding agents with a shell, then stop")
    ] = False,
) -> None:
    """Let other assistants research tables (Model Context Protocol).

    \b
    wideseek mcp                        # a client starts this and talks on stdin and stdout
    wideseek mcp --http                 # prints an address and a token

    The options are those of every run that a client begins.
    """
    from wideseek_cli.settings.layers import load

    if skill:
        typer.echo(files("wideseek_cli.mcp").joinpath("SKILL.md").read_text(encoding="utf-8"), nl=False)
        return
    settings = load(flags, profile=profile or "").settings
    if not settings.keep_record:
        raise UsageError("wideseek mcp needs the record", hint="wideseek config set keep_record true")
    try:
        from wideseek_cli.mcp.starting import Starter
        from wideseek_cli.mcp.stdio import serve_stdio
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("wideseek_cli"):
            raise
        raise MissingExtraError(
            "the MCP SDK, version 2, is not installed",
            hint='pip install "wideseek[mcp]", or run install.sh again',
        ) from error
    starter = Starter(flags, profile or "")
    if not http:
        serve_stdio(starter)
        return
    from wideseek_cli.mcp.http import serve_http
    from wideseek_cli.ui.streams import say

    serve_http(starter, port, say)
