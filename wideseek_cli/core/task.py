"""What a run is to do: a question, or a table to fill, to check, or to compare with today's pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import Document, Table


@dataclass(frozen=True, kw_only=True)
class About:
    """The table that a run is about, if there is one: its missing cells are to be filled. What tells of it
    (tasks, events, the state) has these fields by being one; `plain.alike` hands them on."""

    given: Table | None = None
    check: bool = False  # what it holds is to be proved too
    lead: bool = False  # a lead plans the rows that code cannot fill
    refresh: bool = False  # it is an old one, to be compared with today's pages
    then: Mapping[str, str] = field(default_factory=dict)  # fingerprints of the pages it was made from
    lists: tuple[str, ...] = ()  # those of them that list its rows


@dataclass(frozen=True)
class Task(About):
    """A question with its settings, and the table that it is about."""

    question: str
    settings: Settings
    pages: tuple[Document, ...] = ()  # that were read for it and need not be read again
