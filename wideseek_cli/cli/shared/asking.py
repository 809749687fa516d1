"""From settings to a shown, recorded and delivered run; `ask`, `resume` and `demo` share it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace

from wideseek_cli.api import begin_detached
from wideseek_cli.cli.shared.deliver import STDOUT, Output, deliver
from wideseek_cli.cli.shared.interrupts import Signals, interrupts
from wideseek_cli.cli.shared.options import Delivery
from wideseek_cli.core.errors import ExitCode, OutputError, UsageError, WideseekError
from wideseek_cli.core.events import Noticed
from wideseek_cli.core.state import OWN_ENDS, RunState
from wideseek_cli.opening import open_everything
from wideseek_cli.pipeline.givencells import Given
from wideseek_cli.record.detached import in_turn
from wideseek_cli.record.store import NullJournal, RunJournal, Store, open_journal
from wideseek_cli.run import Listener, Run
from wideseek_cli.settings.config import Settings
from wideseek_cli.tasks import Task
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.closing import closing_lines
from wideseek_cli.ui.jsonl import JsonLines
from wideseek_cli.ui.signs import glyphs_of
from wideseek_cli.ui.streams import say
from wideseek_cli.ui.views import open_view

AnyJournal = RunJournal | NullJournal


def teller(*, quiet: bool) -> Callable[[str], None]:
    """`say`, or what says nothing."""
    return (lambda text: None) if quiet else say


def ask_and_deliver(
    task: Task,
    output: Output,
    delivery: Delivery,
    *,
    run_id: str = "",
    resume_from: RunState | None = None,
    lock: int | None = None,
) -> int:
    """Run one question, write its result, return the exit code. `resume_from`: what is recorded of it;
    `lock`: the run's, of a process that was begun for it and waits for its turn."""
    settings = task.settings
    store, journal = open_journal(settings, run_id, lock)
    with ExitStack() as stack:
        if store is not None:
            stack.enter_context(store)
        stack.enter_context(closing(journal))
        if resume_from is not None and store is not None:
            before, resume_from = resume_from, store.state(journal.run)  # now that no other process is at it
            if resume_from.ending in OWN_ENDS and before.ending not in OWN_ENDS:
                return deliver_ended(resume_from, output, quiet=delivery.quiet)
        if lock is not None and isinstance(journal, RunJournal):
            stack.enter_context(in_turn(journal.store, journal))
        if resume_from is not None and not resume_from.begun:
            task, resume_from = replace(task, given=Given.queued(resume_from)), None
        task = replace(task, settings=with_model(settings, yes=delivery.yes, quiet=delivery.quiet))
        events = stack.enter_context(JsonLines(delivery.events)) if delivery.events else None
        parts = _Parts(journal, output, delivery, events, resume_from)
        outcome = asyncio.run(_ask(task, parts))
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
    with Store.open(task.settings.record, read_only=True) as store:
        if runs := store.ahead(run_id):
            teller(quiet=delivery.quiet)(f"run {run_id} waits for {count(runs, 'run')} before it")
    return run_id


def deliver_ended(state: RunState, output: Output, *, quiet: bool) -> int:
    """The result of a run with which there is nothing to go on, and its exit code."""
    how = f" ({state.ending.value})" if state.ending else ""
    teller(quiet=quiet)(f"run {state.run} is already finished{how}; showing its result")
    deliver(state, output)
    return state.exit_code or ExitCode.OK


def _hand_over(outcome: _Outcome, settings: Settings, parts: _Parts) -> None:
    """The result to where it was asked for, then the last words; of a run that broke, what was found."""
    state, output = outcome.state, parts.output
    if outcome.error is None or state.table is not None:
        _deliver_or_keep(state, output, kept=settings.keep_record)
    if outcome.error is None and not parts.delivery.quiet:
        _say_the_end(state, output)


def _say_the_end(state: RunState, output: Output) -> None:
    for line in closing_lines(state, glyphs_of(sys.stderr)):
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
class _Parts:
    journal: AnyJournal
    output: Output
    delivery: Delivery
    events: JsonLines | None
    resume_from: RunState | None


@dataclass(frozen=True)
class _Outcome:
    """The run's end; when it breaks, what was found so far and the error."""

    state: RunState
    error: WideseekError | None
    signals: Signals


async def _ask(task: Task, parts: _Parts) -> _Outcome:
    """Run it and hand its result over before the engine is closed: that takes long, and impatience then
    must not cost the result."""
    async with await open_everything(task.settings, teller(quiet=parts.delivery.quiet)) as opened:
        with ExitStack() as screen:
            view = open_view(plain=parts.delivery.plain, quiet=parts.delivery.quiet)
            screen.enter_context(view)
            listeners: list[Listener] = [view, *([parts.events] if parts.events else [])]
            run = opened.run(
                task.question, parts.journal, listeners, resume_from=parts.resume_from, given=task.given
            )
            loop = asyncio.get_running_loop()
            view.hear(lambda text: loop.call_soon_threadsafe(run.steer, text))
            with interrupts(run.interrupt, lambda text: run.bus.emit(Noticed(text)), view.abandon) as signals:
                outcome = await _finish(run, signals)
                screen.close()  # the terminal is the result's now
                _hand_over(outcome, task.settings, parts)
        if signals.hurried:
            opened.abandon()
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
    from wideseek_cli.opening import own_models

    offline = settings.offline if may_fetch is None else not may_fetch
    roles = own_models(settings)
    if roles is not None and not settings.single:
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
