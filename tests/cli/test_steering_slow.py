"""The demo model, told things while it works."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from wideseek_cli import steer
from wideseek_cli.core import events as ev
from wideseek_cli.core.steering import TO_LEAD
from wideseek_cli.runs import Runs
from wideseek_cli.table.model import Table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # other programs may use the processor too

QUESTION = "List the countries of South America with capital"
# without harvest: a page would give the table before anybody could steer
MODEL = ("-m", "demo", "--source", "factbook", "--offline", "--seed", "1", "--width", "3", "--no-harvest")


def wideseek(record: Path, *words: str) -> str:
    command = [sys.executable, "-m", "wideseek_cli", *words, "--record", str(record)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout.strip()


def begun(record: Path) -> str:
    """A run whose lead has just handed out its subtasks."""
    run = wideseek(record, "ask", "--detach", QUESTION, "-c", "country, capital", *MODEL)
    await_event(record, run, ev.Delegated)
    return run


def await_event(record: Path, run: str, kind: type[ev.Event]) -> None:
    with Runs.open(record) as runs:
        assert any(isinstance(event, kind) for new in runs.find(run).follow() for event in new)


def ended(record: Path, run: str) -> tuple[Table, list[ev.Event]]:
    with Runs.open(record) as runs:
        found = runs.find(run)
        found.wait()
        events, table = list(found.events()), found.state.table
    assert table is not None
    return table, events


def texts(table: Table, column: int) -> dict[str, str]:
    return {row.cells[0].text: row.cells[column].text for row in table.rows}


def lead_heard(events: list[ev.Event], said: str) -> bool:
    return any(
        isinstance(e, ev.ToolAnswered) and e.agent == "lead" and TO_LEAD + said in e.text for e in events
    )


def test_a_column_added_in_the_middle_is_filled(tmp_path: Path) -> None:
    run = begun(record := tmp_path / "r.sqlite")
    steer(run, "also give the population", record=record)
    table, events = ended(record, run)
    assert lead_heard(events, "also give the population")
    assert [column.name for column in table.columns] == ["country", "capital", "population"]
    assert {"Argentina", "Guyana", "Peru", "Suriname"} <= set(texts(table, 2))
    assert sum(bool(text) for text in texts(table, 2).values()) >= 10


def test_rows_are_left_out_and_searches_bounded(tmp_path: Path) -> None:
    run = begun(record := tmp_path / "r.sqlite")
    steer(run, "leave out Guyana and Suriname; at most 8 searches", record=record)
    table, events = ended(record, run)
    assert {"Guyana", "Suriname"}.isdisjoint(texts(table, 1))
    assert "Peru" in texts(table, 1)
    assert sum(isinstance(event, ev.Searched) and not event.remembered for event in events) <= 8


def test_no_more_searches_once_told_to_stop(tmp_path: Path) -> None:
    run = begun(record := tmp_path / "r.sqlite")
    steer(run, "stop searching, write the table", record=record)
    table, events = ended(record, run)
    told = next(number for number, event in enumerate(events) if isinstance(event, ev.Steered))
    assert not any(isinstance(event, ev.Searched) for event in events[told:])
    assert table.columns


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    run = begun(record := tmp_path / "r.sqlite")
    steer(run, "drop row Atlantis; drop the capital column; prefer newer figures", record=record)
    table, events = ended(record, run)
    assert [column.name for column in table.columns] == ["country"]
    assert lead_heard(events, "drop row Atlantis")
    said = [event.text for event in events if isinstance(event, ev.Noticed)]
    assert any("under this name" in text and "Atlantis" in text for text in said)
    orders = next(event.orders for event in events if isinstance(event, ev.Steered))
    assert orders.for_lead == ("prefer newer figures",)


def test_a_killed_and_resumed_run_still_knows(tmp_path: Path) -> None:
    run = begun(record := tmp_path / "r.sqlite")
    steer(run, "also give the population", record=record)
    await_event(record, run, ev.Steered)
    process = os.pidfd_open(_process_at(record, run))
    signal.pidfd_send_signal(process, signal.SIGKILL)
    select.select([process], [], [], 30)  # its lock is free once it has ended
    os.close(process)
    wideseek(record, "resume", run, "--quiet")
    table, _ = ended(record, run)
    assert [column.name for column in table.columns] == ["country", "capital", "population"]
    assert sum(bool(text) for text in texts(table, 2).values()) >= 10


def _process_at(record: Path, run: str) -> int:
    """Who has the run's lock open; who took it and handed it over has gone."""
    lock = str(record.parent / f"{record.name}.locks" / run)
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # of a process that ends meanwhile
            if os.readlink(link) == lock:
                return int(link.parts[2])
    raise AssertionError("nobody is at the run")
