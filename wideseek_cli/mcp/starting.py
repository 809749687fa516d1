"""Runs begun for a client: what it may ask for, which model that takes, and the process that does it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths
from wideseek_cli.core.errors import ModelMissingError, RecordError, UsageError
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.mcp.schema import Budget, Started
from wideseek_cli.record.detached import ahead, queue
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import convert
from wideseek_cli.settings.layers import load
from wideseek_cli.settings.projectfile import HARMLESS_SOURCES

PROGRAM = (sys.executable, "-m", "wideseek_cli")
MOST_QUESTION = 20_000  # characters
_DEFAULT_SOURCE = "ddgs"


@dataclass(frozen=True)
class Task:
    """What a run is to do: a command with its own options, and what it reads on stdin."""

    words: tuple[str, ...]
    text: str
    said: str  # in a line, for people
    columns: str = ""
    where: tuple[str, ...] = ()


def question(text: str, columns: str, where: tuple[str, ...] = ()) -> Task:
    """A question; on stdin, where `@FILE` reads no file."""
    if not text.strip():
        raise UsageError("the question is empty")
    if len(text) > MOST_QUESTION:
        raise UsageError(f"the question is longer than {MOST_QUESTION:,} characters")
    return Task(("ask", "-"), text, clean_line(text, 1_000), columns.strip(), where)


def table(text: str, run: str, columns: str, key: str, *, check: bool) -> Task:
    """A table to fill: the text of one, or a run's. No file is named."""
    if bool(text.strip()) == bool(run):
        raise UsageError("give a table or a run, one of them")
    named = [f"--{name}={value}" for name, value in (("columns", columns), ("key", key)) if value.strip()]
    words = ("fill", f"@{run}" if run else "-", *named, *(["--check"] if check else []))
    said = f"fill {columns.strip() or 'the gaps'} of {f'run {run}' if run else 'a table'}"
    return Task(words, text, clean_line(said, 1_000))


def again(run: str) -> Task:
    """A run's table, compared with today's pages."""
    return Task(("refresh", f"@{run}"), "", f"refresh run {run}")


@dataclass(frozen=True)
class Models:
    """The models of a run: their names, and those that must be downloaded first."""

    names: str
    download: str = ""  # what and how much, in words
    ask: bool = False  # too large to download without asking
    command: str = ""  # what downloads it


@dataclass(frozen=True)
class Starter:
    """Begins runs with the user's own flags, and what a client may change of them. `to_arguments` writes
    the settings that a command takes as its command line."""

    flags: Mapping[str, Any]
    profile: str
    to_arguments: Callable[[str, Mapping[str, Any]], list[str]]

    @property
    def settings(self) -> Settings:
        """The user's own: read anew for each run, as a command would."""
        return load(self.flags, profile=self.profile).settings

    def chosen(
        self, task: Task, sources: tuple[str, ...] = (), budget: Budget | None = None
    ) -> tuple[dict[str, Any], Settings]:
        """The flags of the wished run, and the settings they make. The user's budgets are the most."""
        own, budget = self.settings, budget or Budget()
        _check(sources, own)
        asked = convert("time_s", budget.time) if budget.time else 0.0
        flags = {
            **self.flags,
            "columns": task.columns or self.flags.get("columns"),
            "where": task.where or None,
            "sources": sources or self.flags.get("sources"),
            "time_s": f"{_least(asked, own.time_s):g}" if asked or own.time_s else None,
            "max_searches": _least(budget.max_searches, own.max_searches) or None,
            "max_pages": _least(budget.max_pages, own.max_pages) or None,
        }
        return flags, load(flags, profile=self.profile).settings

    def planned(self, task: Task, models: Models, settings: Settings, run: str = "") -> Started:
        """What a run would be, or is."""
        record = record_of(settings)
        before = ahead(record, run) if run else len(queue(record))
        state = ("queued" if before else "starting") if run else "planned"
        return Started(
            run=run,
            state=state,
            ahead=0 if settings.engine else before,
            question=task.said,
            columns=[column.name for column in settings.columns],
            model=models.names,
            download=models.download,
            sources=list(settings.sources or (_DEFAULT_SOURCE,)),
            time_s=settings.time_s,
            max_searches=settings.max_searches,
            max_pages=settings.max_pages,
            next=f"ask research_status of run {run}" if run else "call again without plan_only to begin",
        )

    async def begin(self, task: Task, flags: Mapping[str, Any]) -> str:
        """The id of a run in a process of its own, which lives on when this one ends."""
        words = [*PROGRAM, *task.words, "--detach", "--yes", *self.to_arguments(task.words[0], flags)]
        words += ["--profile", self.profile] if self.profile else []
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate(task.text.encode("utf-8", "replace"))
        if process.returncode != 0:
            told = clean_text(said.decode("utf-8", "replace")).strip().removeprefix("wideseek: ")
            raise RecordError(told or "the run could not be started")
        return out.decode().strip()


def record_of(settings: Settings) -> Path:
    """The record file these settings name."""
    return paths.expanded(settings.record or paths.record_file())


def models_of(settings: Settings) -> Models:
    """The models these settings take."""
    from wideseek_cli.models.choose import find
    from wideseek_cli.models.needed import needed
    from wideseek_cli.models.registry import load_registry
    from wideseek_cli.models.store import ModelStore
    from wideseek_cli.opening import own_models

    registry, store = load_registry(), ModelStore()
    roles = (None if settings.single else own_models(settings)) or (settings,)
    names, missing = [], []
    for own in roles:
        if own.engine:
            names.append(f"{own.model or 'as served'} at {own.engine}")
            continue
        wanted = find(own.model, registry, store, width=own.width)
        names.append(wanted.name)
        missing.append(needed(wanted, registry, store))
    lacking = [one for one in missing if one is not None and not one.made_here]
    if lacking and settings.offline:
        raise ModelMissingError(f"{lacking[0]}, and offline nothing is downloaded", hint=lacking[0].command)
    return Models(
        names="; subagents: ".join(names),
        download="; ".join(map(str, lacking)),
        ask=any(one.ask for one in lacking),
        command="; ".join(one.command for one in lacking),
    )


def _check(sources: tuple[str, ...], own: Settings) -> None:
    """A client's texts may come from anywhere: no server is asked that the user did not name."""
    for source in sources:
        if source not in own.sources and not source.strip().lower().startswith(HARMLESS_SOURCES):
            raise UsageError(
                f"the source {clean_line(source, 60)!r} cannot be chosen by a client",
                hint="ddgs, factbook and zim:PATH can; others the user names: wideseek mcp --source …",
            )


def _least(asked: float, most: float) -> Any:
    """The smaller of two budgets, where 0 is none."""
    return min(filter(None, (asked, most)), default=0)
