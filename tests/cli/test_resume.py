"""`wideseek resume` on recorded runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.ui import story
from wideseek_cli import session
from wideseek_cli.cli.main import app
from wideseek_cli.cli.shared import asking
from wideseek_cli.core.events import Event
from wideseek_cli.record.store import NullJournal, RunJournal, Store
from wideseek_cli.settings.config import Settings

RUN = "01k2x7abc"


def test_what_another_process_finished_meanwhile_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, events = tmp_path / "runs.sqlite", list(story.whole_run(RUN))
    write(record, events[:-1])

    def finished_first(
        settings: Settings, run: str, lock: int | None = None
    ) -> tuple[Store | None, RunJournal | NullJournal]:
        write(record, events[-1:])
        return open_journal(settings, run)

    open_journal = session.open_journal
    monkeypatch.setattr(session, "open_journal", finished_first)
    monkeypatch.setattr(asking, "with_model", lambda settings, **_: settings)
    monkeypatch.setattr(session.Session, "open", None)
    result = CliRunner().invoke(app, ["resume", RUN, "--record", str(record), "-f", "csv"])
    assert result.exit_code == 3, result.output
    assert result.stdout.count("\n") == 9
    assert result.stderr == f"run {RUN} is already finished (incomplete); showing its result\n"
    with Store.open(record, read_only=True) as store:
        assert store.event_count(RUN) == len([event for event in events if not event.transient])


def write(record: Path, events: list[Event]) -> None:
    with Store.open(record) as store:
        journal = store.journal(RUN)
        for event in events:
            journal.commit(event)
        journal.close()
