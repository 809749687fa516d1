"""Runs begun for a client: what it may ask for, and which model that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths
from wideseek_cli.core.errors import ModelMissingError, UsageError
from wideseek_cli.core.task import Task
from wideseek_cli.core.text import clean_line
from wideseek_cli.mcp.schema import Budget, Started
from wideseek_cli.runs import Runs
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import convert
from wideseek_cli.settings.layers import Loaded, load
from wideseek_cli.settings.projectfile import HARMLESS_SOURCES
from wideseek_cli.tablefile.given import table_of
from wideseek_cli.tablefile.read import read_bytes
from wideseek_cli.tasks import TableSource, table_of_run, to_fill, to_refresh_run

MOST_QUESTION = 20_000  # characters
_DEFAULT_SOURCE = "ddgs"


@dataclass(frozen=True)
class Wish:
    """What a client asks for: a question, or a table as text or of a run to fill, or a run to compare with
    today's pages. No file is named."""

    question: str = ""
    columns: str = ""
    where: tuple[str, ...] = ()
    table: str = ""
    fill_run: str = ""
    key: str = ""
    check: bool = False
    refresh_run: str = ""

    def __post_init__(self) -> None:
        if len(self.question) > MOST_QUESTION:
            raise UsageError(f"the question is longer than {MOST_QUESTION:,} characters")
        given = (self.question, self.table, self.fill_run, self.refresh_run)
        if sum(bool(text.strip()) for text in given) != 1:
            raise UsageError("give a question, a table or a run, one of them")

    def task(self, loaded: Loaded) -> Task:
        """What that is, with the settings of the run."""
        settings = loaded.settings
        if self.question:
            return Task(self.question.strip(), settings)
        if self.refresh_run:
            return to_refresh_run(f"@{self.refresh_run}", loaded)
        source = self._source(settings.record)
        return to_fill(source, settings, self.columns, check=self.check)

    def _source(self, record: Path | None) -> TableSource:
        if self.fill_run:
            return table_of_run(f"@{self.fill_run}", self.key, record)
        data = self.table.encode("utf-8", "replace")
        return TableSource(table_of(read_bytes("the table", data), self.key), "the table")


@dataclass(frozen=True)
class Models:
    """The models of a run: their names, and those that must be downloaded first."""

    names: str
    download: str = ""  # what and how much, in words
    ask: bool = False  # too large to download without asking
    command: str = ""  # what downloads it


@dataclass(frozen=True)
class Starter:
    """Begins runs with the user's own flags, and what a client may change of them."""

    flags: Mapping[str, Any]
    profile: str

    @property
    def settings(self) -> Settings:
        """The user's own: read anew for each run, as a command would."""
        return load(self.flags, profile=self.profile).settings

    def chosen(self, wish: Wish, sources: tuple[str, ...] = (), budget: Budget | None = None) -> Task:
        """The run that is asked for. The user's budgets are the most."""
        own, budget = self.settings, budget or Budget()
        _check(sources, own)
        asked = convert("time_s", budget.time) if budget.time else 0.0
        flags = {
            **self.flags,
            "columns": (wish.question and wish.columns.strip()) or self.flags.get("columns"),
            "where": wish.where or None,
            "sources": sources or self.flags.get("sources"),
            "time_s": f"{_least(asked, own.time_s):g}" if asked or own.time_s else None,
            "max_searches": _least(budget.max_searches, own.max_searches) or None,
            "max_pages": _least(budget.max_pages, own.max_pages) or None,
        }
        return wish.task(load(flags, profile=self.profile))

    def planned(self, task: Task, models: Models, run: str = "") -> Started:
        """What a run would be, or is."""
        settings = task.settings
        before = _before(record_of(settings), run)
        state = ("queued" if before else "starting") if run else "planned"
        return Started(
            run=run,
            state=state,
            ahead=0 if settings.engine else before,
            question=clean_line(task.question, 1_000),
            columns=_columns(task),
            model=models.names,
            download=models.download,
            sources=list(settings.sources or (_DEFAULT_SOURCE,)),
            time_s=settings.time_s,
            max_searches=settings.max_searches,
            max_pages=settings.max_pages,
            next=f"ask research_status of run {run}" if run else "call again without plan_only to begin",
        )


def _columns(task: Task) -> list[str]:
    columns = task.given.columns if task.given else task.settings.columns
    return [clean_line(column.name, 300) for column in columns]


def _before(record: Path, run: str) -> int:
    """How many runs have their turn before this one, or before one that would be begun now."""
    if not record.is_file():
        return 0
    with Runs.open(record) as runs:
        return runs.find(run).ahead if run else runs.queued


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
    roles = own_models(settings) or (settings,)
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
