"""One of every event, with something in every field."""

from __future__ import annotations

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.findings import Hit, PageStatus
from wideseek_cli.core.messages import Stop
from wideseek_cli.core.steering import read_orders
from wideseek_cli.table.expected import By, Expected
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Proof, Row, Table
from wideseek_cli.values.kinds import ColumnType

_LEADS, _SEARCHES = "You lead. " * 40, "You search. " * 40


def page() -> Document:
    """A page long enough to be stored apart."""
    text = "# Harvard\n" + "Harvard University was founded in 1636. " * 20
    return Document("https://example.org/harvard", "Harvard", text, "2026-01-02T03:04:05Z", "page")


def table() -> Table:
    """Two rows with cells of four states."""
    proof = Proof(page().url, "Harvard", "founded in 1636", 30, 45, "2026-01-02T03:04:05Z")
    columns = (Column("name", ColumnType.STR, key=True), Column("founded", ColumnType.INT))
    harvard = Row((Cell("Harvard", CellStatus.SEEN), Cell("1636", CellStatus.PROVED, proof)))
    yale = Row((Cell("Yale", CellStatus.UNPROVED), Cell("1701", CellStatus.CONFLICT, None, ("1702",))))
    return Table(columns, (harvard, yale))


def all_events(run: str) -> list[ev.Event]:
    """A short run that meets every kind of event."""
    hits = (Hit("https://example.org/harvard", "Harvard", "founded 1636", "zim:test"),)
    settings = {"width": 3, "sources": ["factbook"], "temperature": 0.5, "model": None}
    return [
        ev.RunQueued(run, "Which universities?", settings, at=90.0),
        ev.RunStarted(run, "Which universities?", settings, "tiny", "factbook", "0.1", "en", at=100.0),
        ev.AgentStarted("lead", ev.Role.LEAD, "Which universities?", 0, _LEADS, "# Task", at=101.0),
        ev.TextCame("lead", "<think>", at=101.1),
        ev.EngineTicked(10, 100, 50, 12.5, at=101.2),
        ev.Replied("lead", 1, "<think>so</think>", (151667, 5, 151668), Stop.END, 900, 1.5, 7, at=102.0),
        ev.Delegated("lead", 1, ("find Harvard", "find Yale"), 2, "lead", at=102.1),
        ev.AgentStarted("w1.s1", ev.Role.SUBAGENT, "find Harvard", 1, _SEARCHES, "# Task", at=102.2),
        ev.AgentStarted("w1.s2", ev.Role.SUBAGENT, "find Yale", 1, _SEARCHES, "# Task", at=102.3),
        ev.Searched("w1.s1", "harvard founded", hits, "zim:test", True, "", "from memory", 5, at=103.0),
        ev.PageRead(
            "w1.s1", page().url, "founding year", PageStatus.PAGE, "Harvard", "", "1636", True, at=104.0
        ),
        ev.DocumentSaved(page(), ("https://example.org/yale",), at=104.1),
        ev.DocumentSaved(Document(page().url, "Harvard", "short", "", "snippet"), at=104.2),
        ev.AgentWarned("w1.s1", "the same search twice", at=104.3),
        ev.ToolAnswered("lead", 1, "# Subtask 1:", at=105.0),
        ev.AgentFinished("w1.s1", ev.Outcome.PARTIAL, "1636", Cause.TURNS, at=106.0),
        ev.RowsFilled(1, (0,), table().rows[:1], (page().url,), at=106.5),
        ev.TableChanged(ev.Stage.PROVED, table(), at=107.0),
        ev.RowsLeftOut(table(), at=107.5),
        ev.BudgetEnded("searches", "10", at=108.0),
        ev.RowsExpected(
            (Expected(By.LIST, 3, "https://a.example/", "A list", "Rows", ("Cuba",)),), "in 1990", at=108.5
        ),
        ev.Steered("s1", "also give the founder", read_orders("also give the founder"), at=108.5),
        ev.Noticed("duckduckgo was rate limited", at=109.0),
        ev.RunResumed(at=110.0),
        ev.RunEnded(ev.Ending.INCOMPLETE, 3, "", "2 cells unproved", at=111.0),
    ]
