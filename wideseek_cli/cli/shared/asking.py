"""From settings to a shown, recorded and delivered run; `ask`, `resume` and `demo` share it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace

import typer

from wideseek_cli.cli.shared.deliver import STDOUT, Output, deliver
from wideseek_cli.cli.shared.interrupts import Signals, interrupts
from wideseek_cli.cli.shared.options import Delivery
from wideseek_cli.core.errors import ExitCode, OutputError, UsageError, WideseekError
from wideseek_cli.core.events import Noticed
from wideseek_cli.core.state import RunState
from wideseek_cli.core.task import Task
from wideseek_cli.opening import Ahead, own_models
from wideseek_cli.run import Run
from wideseek_cli.runs import Runs
from wideseek_cli.session import Place, Session, begin_detached, recorded
from wideseek_cli.settings.config import Settings
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.closing import closing_lines
from wideseek_cli.ui.jsonl import JsonLines
from wideseek_cli.ui.streams import say
from wideseek_cli.ui.views import open_view


def teller(*, quiet: bool) -> Callable[[str], None]:
    """`say`, or what says nothing."""
    return (lambda text: None) if quiet else say


def answer(
    task: Task, output: Output, delivery: Delivery, *, detach: bool = False, ahead: Ahead | None = None
) -> None:
    """What `ask`, `fill` and `refresh` end in: run it here and exit with its code, or elsewhere."""
    if not detach:
        raise typer.Exit(ask_and_deliver(task, output, delivery, ahead=ahead))
    typer.echo(ask_detached(task, output, delivery))


def ask_and_deliver(
    task: Task,
    output: Output,
    delivery: Delivery,
    *,
    run_id: str = "",
    resume_from: RunState | None = None,
    lock: int | None = None,
    ahead: Ahead | None = None,
) -> int:
    """Run one task, write its result, return the exit code. `ahead`: its model, if it is being loaded
    already; `run_id` and the rest as `recorded` has them."""
    with ExitStack() as stack:
        place = stack.enter_context(recorded(task, run_id, resume_from, lock))
        if place.over and place.known is not None:
            return deliver_ended(place.known, output, quiet=delivery.quiet)
        settings = with_model(place.task.settings, yes=delivery.yes, quiet=delivery.quiet)
        place = replace(place, task=replace(place.task, settings=settings))
        events = stack.enter_context(JsonLines(delivery.events)) if delivery.events else None
        outcome = asyncio.run(_ask(place, output, delivery, events, ahead))
        if outcome.error is not None:
            raise outcome.error
    if outcome.signals.hurried:  # all is written, and a model at work is not to be taken down in order
        os._exit(ExitCode.INTERRUPTED)
    if events is not None:
        events.check()
    code = outcome.state.exit_code
    return code if code is not None else ExitCode.FAILED


def ask_detached(task: Task, output: Output, delivery: Delivery) -> str:
    """Begin a run in a process of its own; its id. Its result is in the record, or in the file named."""
    if not task.settings.keep_record:
        raise UsageError("--detach needs the record", hint="leave out --no-record")
    if delivery.events == STDOUT:
        raise UsageError("--detach leaves no stdout for the events", hint="name a file for --events")
    if not delivery.yes:  # who may have to be asked is here still
        task = replace(task, settings=with_model(task.settings, yes=False, quiet=delivery.quiet))
    run_id = begin_detached(task, {"output": asdict(output), "events": delivery.events})
    with Runs.open(task.settings.record) as runs:
        if ahead := runs.find(run_id).ahead:
            teller(quiet=delivery.quiet)(f"run {run_id} waits for {count(ahead, 'run')} before it")
    return run_id


def deliver_ended(state: RunState, output: Output, *, quiet: bool) -> int:
    """The result of a run with which there is nothing to go on, and its exit code."""
    how = f" ({state.ending.value})" if state.ending else ""
    teller(quiet=quiet)(f"run {state.run} is already finished{how}; showing its result")
    deliver(state, output)
    return state.exit_code or ExitCode.OK


def _hand_over(outcome: _Outcome, output: Output, *, kept: bool, quiet: bool) -> None:
    """The result to where it was asked for, then the last words; of a run that broke, what was found."""
    state = outcome.state
    if outcome.error is None or state.table is not None:
        _deliver_or_keep(state, output, kept=kept)
    if outcome.error is None and not quiet:
        _say_the_end(state, output)


def _say_the_end(state: RunState, output: Output) -> None:
    for line in closing_lines(state):
        say(line)
    if output.target != STDOUT and (state.table is not None or state.answer):
        say(f"  written to {output.target}")


def _deliver_or_keep(state: RunState, output: Output, *, kept: bool) -> None:
    """Write the result; when that fails, say where it still is."""
    try:
        deliver(state, output)
    except OutputError as error:
        if not kept:
            raise
        hint = (
            f"{error.hint + '; ' if error.hint else ''}it is kept: wideseek runs export {state.run} -o FILE"
        )
        raise OutputError(str(error), hint=hint) from error


@dataclass(frozen=True)
class _Outcome:
    """The run's end; when it breaks, what was found so far and the error."""

    state: RunState
    error: WideseekError | None
    signals: Signals


async def _ask(
    place: Place, output: Output, delivery: Delivery, events: JsonLines | None, ahead: Ahead | None
) -> _Outcome:
    """Run it and hand its result over before the engine is closed: that takes long, and impatience then
    must not cost the result."""
    task, quiet = place.task, delivery.quiet
    async with await Session.open(task.settings, teller(quiet=quiet), ahead=ahead) as session:
        with ExitStack() as screen:
            view = open_view(plain=delivery.plain, quiet=quiet)
            screen.enter_context(view)
            run = session.run(task, place.journal, [view, *([events] if events else [])], place.known)
            loop = asyncio.get_running_loop()
            view.hear(lambda text: loop.call_soon_threadsafe(run.steer, text))
            with interrupts(run.interrupt, lambda text: run.bus.emit(Noticed(text)), view.abandon) as signals:
                outcome = await _finish(run, signals)
                screen.close()  # the terminal is the result's now
                _hand_over(outcome, output, kept=task.settings.keep_record, quiet=quiet)
        if signals.hurried:
            session.abandon()
        return outcome


async def _finish(run: Run, signals: Signals) -> _Outcome:
    """The run to its end, good or bad."""
    error: WideseekError | None = None
    try:
        await run.go()
    except WideseekError as failure:
        error = failure
    signals.over = True
    return _Outcome(run.bus.state, error, signals)


def with_model(settings: Settings, *, yes: bool, quiet: bool, may_fetch: bool | None = None) -> Settings:
    """Settings whose model is on this machine, fetched first if the user agrees; a server needs none.

    `may_fetch`: though the run itself is offline, which the user did not ask for.
    """
    from wideseek_cli.cli.shared.fetching import ensure_model

    offline = settings.offline if may_fetch is None else not may_fetch
    roles = own_models(settings)
    if roles is not None:
        named = [
            ensure_model(own.model, width=settings.width, yes=yes, quiet=quiet, offline=offline).name
            if not own.engine
            else ""
            for own in roles
        ]
        lead, sub = (own.engine or own.model or name for own, name in zip(roles, named, strict=True))
        return replace(settings, lead_model=lead, sub_model=sub)
    if settings.engine:
        return settings
    choice = ensure_model(settings.model, width=settings.width, yes=yes, quiet=quiet, offline=offline)
    return settings if settings.model else replace(settings, model=choice.name)
