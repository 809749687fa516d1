"""`wideseek resume`: a run that was cut off goes on where it stood."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import Delivery, GroupedCommand, RecordFile, RunId, takes_options
from wideseek_cli.core.state import OWN_ENDS
from wideseek_cli.record.ids import LAST

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, only=("repair", "time_s"))
def resume(
    *,
    flags: dict[str, Any],
    delivery: Delivery,
    run: RunId = LAST,
    record: RecordFile = None,
    detached: Annotated[str, typer.Option("--detached", hidden=True)] = "",
) -> None:
    """Continue a run that was cut off; what is finished is not done again. `--repair` and `--time` count from
    its beginning.

    Example: wideseek resume @last --time 10m
    """
    from wideseek_cli.cli.shared.asking import ask_and_deliver, deliver_ended
    from wideseek_cli.cli.shared.deliver import Changes, Output
    from wideseek_cli.core.task import Task
    from wideseek_cli.runs import Runs
    from wideseek_cli.settings.layers import from_plain, load

    own = load({"record": record, **flags}).settings
    path = own.record
    with Runs.open(path) as runs:
        found = runs.find(run)
        state = found.state
    orders = json.loads(detached) if detached else {}  # of the process that queued this run
    output = Output.ordered(**orders["output"]) if "output" in orders else Output.as_asked(delivery, path)
    delivery = replace(delivery, events=orders.get("events", delivery.events))
    if state.refresh and output.changes is Changes.NONE:
        output = replace(output, changes=Changes.ALL)
    given = {name: getattr(own, name) for name, text in flags.items() if text is not None}
    settings = replace(from_plain(state.settings), record=path, keep_record=True, **given)
    if "repair" not in given and state.ending in OWN_ENDS:
        raise typer.Exit(deliver_ended(state, output, quiet=delivery.quiet))
    task = Task(state.question, settings)
    code = ask_and_deliver(
        task, output, delivery, run_id=found.id, resume_from=state, lock=orders.get("lock")
    )
    raise typer.Exit(code)
