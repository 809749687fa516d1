"""`wideseek demo` around the run itself: what it asks, with which settings, and what it says at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.ui import story
from wideseek_cli.cli.commands import demo
from wideseek_cli.cli.main import app
from wideseek_cli.cli.shared import asking
from wideseek_cli.core.errors import ExitCode
from wideseek_cli.core.task import Task
from wideseek_cli.record.store import Store
from wideseek_cli.settings.config import Settings


@pytest.fixture
def recorded(tmp_path: Path) -> Settings:
    """Settings whose record holds one finished run with proved cells, and another that began after it."""
    path = tmp_path / "runs.sqlite"
    with Store.open(path) as store:
        journal = store.journal("demorun01")
        for event in (
            *story.until_delegation(),
            *story.subagents_at_work(),
            *story.lead_writes(),
            *story.end(),
        ):
            if not event.transient:
                journal.commit(event)
        journal.close()
        later = store.journal("other0002")
        later.commit(replace(next(iter(story.until_delegation())), run="other0002", at=2e9))
        later.close()
        assert store.find("@last") == "other0002"
    return Settings(record=path)


def test_only_the_record_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_MODEL", "qwen3-4b")
    monkeypatch.setenv("WIDESEEK_ENGINE", "http://localhost:1/v1")
    monkeypatch.setenv("WIDESEEK_TEMPERATURE", "1.5")
    monkeypatch.setenv("WIDESEEK_RECORD", str(tmp_path / "mine.sqlite"))
    settings = demo.demo_settings(3)
    assert settings == Settings(
        model="demo", sources=("factbook",), offline=True, width=3, record=tmp_path / "mine.sqlite"
    )


def test_the_end_explains_a_cell_and_names_the_next_step(recorded: Settings) -> None:
    lines = list(demo.closing_words(recorded, "demorun01"))
    why = next(line for line in lines if line.startswith("Why believe a cell?"))
    assert "wideseek runs why demorun01 1 2" in why
    assert any("status:" in line and "proved" in line for line in lines)
    assert any("wideseek models pull wideseek-r1-4b" in line for line in lines)


def test_without_a_record_nothing_is_explained(recorded: Settings) -> None:
    assert not any("Why" in line for line in demo.closing_words(Settings(keep_record=False), "r"))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["List", "the", "countries"], ExitCode.INCOMPLETE, True),
        ([], ExitCode.OK, True),
        ([], ExitCode.SOURCE, False),
    ],
)
def test_asks_and_ends_with_the_runs_code(
    recorded: Settings, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, told: bool
) -> None:
    asked = []

    def answer(task: Task, *_: object, **__: object) -> int:
        asked.append((task.question, task.settings.model))
        return code

    monkeypatch.setattr(asking, "ask_and_deliver", answer)
    monkeypatch.setattr(asking, "with_model", lambda settings, **_: settings)
    monkeypatch.setenv("WIDESEEK_RECORD", str(recorded.record))
    result = CliRunner().invoke(app, ["demo", *arguments])
    assert result.exit_code == code
    assert asked == [(" ".join(arguments) or demo.QUESTIONS[0], "demo")]
    assert result.stdout == ""
    assert ("That was the demo model" in result.stderr) == told
