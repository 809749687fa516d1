"""Runs over engines and sources that a test gives."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.agents.world import Sources
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.state import Listener, RunState
from wideseek_cli.core.task import About, Task
from wideseek_cli.engine.base import Engine
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.run import Journal, Run
from wideseek_cli.settings.config import Settings


def run_of(
    question: str,
    settings: Settings,
    *,
    engine: Engine,
    sources: Sources,
    journal: Journal,
    listeners: Sequence[Listener] = (),
    resume_from: RunState | None = None,
    sampling: Sampling | None = None,
    prompts: str = "",
    given: About | None = None,
) -> Run:
    task = Task(question, settings, **vars(given or About()))
    return Run(task, OpenEngine(engine, sampling, prompts), sources, journal, listeners, resume_from)


async def answer(
    question: str,
    settings: Settings,
    *,
    engine: Engine,
    sources: Sources,
    journal: Journal,
    listeners: Sequence[Listener] = (),
    resume_from: RunState | None = None,
) -> RunState:
    """A run in one call, for who need not interrupt it."""
    lent = {"engine": engine, "sources": sources, "journal": journal}
    return await run_of(question, settings, listeners=listeners, resume_from=resume_from, **lent).go()
