"""`wideseek doctor`: look at this machine and say what to do."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson

app = plain_app()


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="do not try a search")] = False,
    as_json: AsJson = False,
) -> None:
    """Check this machine: llama.cpp, memory, models, search.

    Exit code 5 when something is missing that nothing works without, else 0.

    Example: wideseek doctor --offline
    """
    from wideseek_cli.cli.commands.doctor.checks import EVERYTHING, State, check_search
    from wideseek_cli.core.errors import ExitCode
    from wideseek_cli.settings.layers import load

    settings = load({}).settings
    looks = [look for look in EVERYTHING if not (look is check_search and (offline or settings.offline))]
    checks = [check for look in looks for check in look(settings)]
    missing = any(check.state is State.MISSING for check in checks)
    if as_json:
        rows = [{**vars(check), "state": check.state.value} for check in checks]
        typer.echo(json.dumps({"ok": not missing, "checks": rows}, indent=1, ensure_ascii=False))
    else:
        marks = {State.OK: "ok", State.NOTE: "--", State.MISSING: "NO"}
        for check in checks:
            typer.echo(f"{marks[check.state]}  {check.name:<12} {check.text}")
            if check.advice:
                typer.echo(f"    {'':<12} {check.advice}")
    if missing:
        raise typer.Exit(ExitCode.MODEL)
