"""`wideseek runs …` on a recorded run, as a user types it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.ui import story
from wideseek_cli.cli.commands import runs
from wideseek_cli.cli.commands.runs import app
from wideseek_cli.cli.shared import complete
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.record.store import RunEntry, Store
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Proof, Row, Table

RUN = "01k2x7abc"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "runs.sqlite"
    monkeypatch.setenv("WIDESEEK_RECORD", str(path))
    monkeypatch.setenv("WIDESEEK_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    keep(path, RUN, list(story.whole_run(RUN)))
    return path


def keep(path: Path, run: str, events: list[ev.Event]) -> None:
    with Store.open(path) as store:
        journal = store.journal(run)
        for event in events:
            journal.commit(event)
        journal.close()


def wideseek(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list(record: Path) -> None:
    keep(
        record,
        "02zzzzzzz",
        [ev.RunStarted("02zzzzzzz", "Cut\x1b[31m off?", {}, "m", "s", "1", "en", at=2000.0)],
    )
    lines = wideseek().splitlines()
    assert lines[0].split() == ["ID", "STARTED", "STATE", "ROWS", "PROVED", "QUESTION"]
    assert lines[1].split()[0] == "02zzzzzzz"
    assert "cut off" in lines[1]
    assert lines[1].endswith("Cut off?")
    assert "incomplete" in lines[2]
    assert " 8     83%  Which universities" in lines[2]
    assert [entry["state"] for entry in json.loads(wideseek("list", "--json"))] == ["cut off", "incomplete"]
    assert len(wideseek("list", "-n", "1").splitlines()) == 2
    assert wideseek("-n", "1", "--record", str(record)) == wideseek("list", "-n", "1")


def test_a_list_in_a_pipe_is_not_cut(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or `| grep` misses what it is asked for."""
    assert wideseek().endswith("…\n")
    monkeypatch.setattr(runs.shutil, "get_terminal_size", lambda otherwise: os.terminal_size(otherwise))
    assert wideseek().endswith(f"{story.QUESTION}\n")


def test_no_runs_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_RECORD", str(tmp_path / "none.sqlite"))
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "no run is recorded yet" in result.stderr
    assert json.loads(wideseek("list", "--json")) == []
    assert not (tmp_path / "none.sqlite").exists()


def test_show_has_plan_searches_pages_and_table(record: Path) -> None:
    text = wideseek("show", "01k2")
    for said in (
        f"run:      {RUN} (incomplete, exit code 3)",
        "settings: time_s=600.0, max_searches=50",
        "reason:   4 of 24 cells are not proved",
        "w1.s3    failed (its context was full), 1 turn, 903 tokens",
        "task:   Find the city and the founding year of Brown University",
        "w1.s1    'Brown University founded city': 1 hit (zim:factbook)",
        "w1.s1    https://en.example.org/1  Brown University",
        "University of Pennsylvania",
    ):
        assert said in text, said
    whole = json.loads(wideseek("show", "--json"))
    assert whole["events"][0]["event"] == "RunStarted"


def test_export(record: Path) -> None:
    assert (
        wideseek("export", "@last", "-f", "csv").splitlines()[1]
        == 'Brown University,"Providence, Rhode Island",1764'
    )
    wideseek("export", "-o", "table.json")
    assert json.loads(Path("table.json").read_text())["rows"][1]["city"]["value"] == "New York City"


def test_a_run_without_an_end_is_not_said_to_have_failed(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(record, "03cut0000", [*story.until_delegation("03cut0000"), *story.subagents_at_work()])
    text = wideseek("show", "03cut0000")
    assert "run:      03cut0000 (cut off)\n" in text
    assert "lead     cut off" in text
    told = CliRunner().invoke(app, ["export", "03cut0000"])
    assert told.stdout.startswith("university,")
    assert told.stderr == "run 03cut0000 is not finished; showing what it knew so far\n"
    monkeypatch.setattr(Store, "entry", lambda store, run: replace(entries(store)[run], running=True))
    text = wideseek("show", "03cut0000")
    assert "03cut0000 (running)\n" in text
    assert "lead     at work" in text


def entries(store: Store) -> dict[str, RunEntry]:
    return {entry.id: entry for entry in store.runs(20)}


def test_rm_and_prune(record: Path) -> None:
    keep(record, "02new0000", [ev.RunStarted("02new0000", "q", {}, "m", "s", "1", "en")])
    wideseek("prune", "--older", "30d")
    assert [entry["id"] for entry in json.loads(wideseek("list", "--json"))] == ["02new0000"]
    wideseek("rm", "02new", "02new0000")
    assert json.loads(wideseek("list", "--json")) == []


@pytest.fixture
def proved(record: Path) -> Path:
    page = "# Harvard University\n\nIt was founded in 1636 by the colony.\n" + "More text follows here. " * 40
    url = "https://example.org/harvard"
    at = page.index("founded in 1636")
    proof = Proof(url, "Harvard\x1b[31m University", "founded in 1636", at, at + 15, "2026-01-02T03:04:05Z")
    cells = (Cell("Harvard", CellStatus.SEEN), Cell("1636", CellStatus.PROVED, proof, ("1638",)))
    keep(
        record,
        "09why0000",
        [
            ev.RunStarted("09why0000", "q", {}, "m", "s", "1", "en"),
            ev.AgentStarted("w1.s1", ev.Role.SUBAGENT, "Find Harvard's year", 1),
            ev.PageRead("w1.s1", url, "year", ev.PageStatus.PAGE, "Harvard University"),
            ev.DocumentSaved(Document(url, "Harvard University", page)),
            ev.TableChanged(ev.Stage.FINAL, Table((Column("name", key=True), Column("year")), (Row(cells),))),
        ],
    )
    return record


def test_why_a_cell_should_be_believed(proved: Path) -> None:
    lines = wideseek("why", "09why", "harv", "Year").splitlines()
    assert lines[:9] == [
        "row:     1 (Harvard)",
        "column:  year",
        "value:   1636",
        "status:  proved: a page that was read states it for this row",
        "others:  1638",
        "source:  Harvard University <https://example.org/harvard>",
        "fetched: 2026-01-02T03:04:05Z",
        "found by: w1.s1 (Find Harvard's year)",
        "quote:",
    ]
    assert "  It was »founded in 1636« by the colony." in lines
    assert lines[-1].endswith("…")
    assert wideseek("why", "09why", "1", "2").splitlines()[2] == "value:   1636"


@pytest.mark.parametrize(
    ("row", "column", "kind", "said"),
    [
        ("Oxford", "year", NotFoundError, "there is no row 'Oxford'"),
        ("7", "year", NotFoundError, "there is no row '7'"),
        ("1", "colour", NotFoundError, "there is no column 'colour'"),
        ("", "year", NotFoundError, "there is no row ''"),
    ],
)
def test_why_of_a_cell_that_is_not_there(
    proved: Path, row: str, column: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        wideseek("why", "09why", row, column)


def test_a_name_that_fits_many_rows(record: Path) -> None:
    with pytest.raises(UsageError, match="'co' fits 2 rows") as raised:
        wideseek("why", RUN, "co", "city")
    assert re.fullmatch(r"use its number: \d Co\w+ University, \d Co\w+ \w+", raised.value.hint)


def completed(incomplete: str, **given: str) -> list[tuple[str, str]]:
    command = typer.main.get_command(app)
    context = typer.Context(command)
    context.params = dict(given)
    return complete.complete_run(context, incomplete)


def test_completion_offers_runs_and_never_fails(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed("") == [
        ("@last", story.QUESTION[:59] + "…"),
        (RUN, story.QUESTION[:59] + "…"),
    ]
    assert completed("@l")[0][0] == "@last"
    assert complete.complete_setting("max-s") == ["max_searches"]
    assert any(name == "factbook" for name, _ in complete.complete_source(""))
    assert complete.complete_model("")
    assert completed("", record=str(record.with_name("none.sqlite"))) == []
    record.write_text("no database at all, but long enough to be looked at " * 40)
    assert completed("") == []
    monkeypatch.setenv("WIDESEEK_CONFIG", str(record))
    assert completed("") == []
    assert complete.complete_profile("") == []
