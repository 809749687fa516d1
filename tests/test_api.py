"""The Python API: lazy, and the same run as the command line's."""

from __future__ import annotations

import asyncio
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wideseek_cli
from tests.agents.fakeworld import QUESTION, FakeSources, colleges, engine_for
from tests.cli.world import put_in_place
from wideseek_cli import api, result
from wideseek_cli.core import events as ev
from wideseek_cli.core import steering
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.state import RunState
from wideseek_cli.record import detached
from wideseek_cli.record.store import Store


@pytest.mark.parametrize("module", [result, api, steering])
def test_examples_run(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried
    assert not failed


def test_ask_gives_a_table_and_tells_events(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = colleges(3)
    put_in_place(lambda: engine_for(places), lambda settings: FakeSources(places), monkeypatch.setattr)
    kinds: list[str] = []
    table = wideseek_cli.ask(
        QUESTION,
        columns="college, city, founded:int",
        on_event=lambda event: kinds.append(type(event).__name__),
        record=str(tmp_path / "r.sqlite"),
    )
    assert sorted(row["city"] for row in table.to_records()) == sorted(place.city for place in places)
    assert (kinds[0], kinds[-1]) == ("RunStarted", "RunEnded")
    assert table.run
    table.save(str(tmp_path / "t.xlsx"))
    assert (tmp_path / "t.xlsx").stat().st_size


def test_fill_takes_a_table_or_a_file_and_changes_nothing_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = colleges(2)
    put_in_place(lambda: engine_for(places), lambda settings: FakeSources(places), monkeypatch.setattr)
    record = str(tmp_path / "r.sqlite")
    rows = [[places[0].name, "Nowhere"], [places[1].name, ""]]
    (tmp_path / "t.csv").write_text("college,city\n" + "".join(f"{a},{b}\n" for a, b in rows))
    for given in (wideseek_cli.Table.of(["college", "city"], rows), tmp_path / "t.csv"):
        made = wideseek_cli.fill(given, record=record)
        assert [row["city"] for row in made.to_records()] == ["Nowhere", places[1].city]
        assert [row.cells[1].status.value for row in made.rows] == ["given", "proved"]
        checked = wideseek_cli.fill(given, check=True, record=record)
        assert [row.cells[1].status.value for row in checked.rows] == ["conflict", "proved"]


def test_refresh_takes_a_table_a_file_or_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = colleges(2)
    put_in_place(lambda: engine_for(places), lambda settings: FakeSources(places), monkeypatch.setattr)
    record = str(tmp_path / "r.sqlite")
    rows = [[places[0].name, "Nowhere"], [places[1].name, places[1].city]]
    (tmp_path / "t.csv").write_text("college,city\n" + "".join(f"{a},{b}\n" for a, b in rows))
    for old in (wideseek_cli.Table.of(["college", "city"], rows), str(tmp_path / "t.csv"), "@last"):
        made = wideseek_cli.refresh(old, record=record)
        assert [row["city"] for row in made.to_records()] == [place.city for place in places], old


def test_many_runs_in_one_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = colleges(2)
    put_in_place(lambda: engine_for(places), lambda settings: FakeSources(places), monkeypatch.setattr)
    task = wideseek_cli.Task(QUESTION, wideseek_cli.Settings(record=tmp_path / "r.sqlite"))

    async def two() -> list[int | None]:
        async with await wideseek_cli.Session.open(task.settings) as session:
            states = []
            for _ in range(2):
                with wideseek_cli.recorded(task) as place:
                    states.append(await session.run(place.task, place.journal).go())
            return [state.exit_code for state in states]

    assert asyncio.run(two()) == [0, 0]


BLOCKS = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "wideseek_cli/help/python.md"])
def test_documented_examples_run(page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a made-up world; a detached run is a process of its own."""
    places = colleges(2)
    put_in_place(lambda: engine_for(places), lambda settings: FakeSources(places), monkeypatch.setattr)
    monkeypatch.setattr(detached, "PROGRAM", (sys.executable, "-m", "tests.cli.scripted"))
    monkeypatch.setenv("WIDESEEK_RECORD", str(tmp_path / "r.sqlite"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    known: dict[str, object] = {}
    blocks = BLOCKS.findall((Path(__file__).parent.parent / page).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec", dont_inherit=True), known)
    assert known["table"].rows  # type: ignore[attr-defined]


def test_a_run_is_followed_by_its_id(tmp_path: Path) -> None:
    """Bit by bit as its process writes, and never twice."""
    record, run = tmp_path / "r.sqlite", "aaaaaaaa1"
    heard: list[tuple[str, str]] = []

    def hear(event: ev.Event, state: RunState) -> None:
        heard.append((type(event).__name__, state.question))

    with Store.open(record) as store, wideseek_cli.Runs.open(record) as runs:
        journal = store.journal(run)
        journal.commit(ev.RunQueued(run, "Which?", {}))
        found = runs.find("@last")
        looks = found.follow(hear)
        assert [len(next(looks)), found.standing, found.running, found.over] == [1, "starting", True, False]
        assert next(looks) == []
        journal.commit(ev.RunStarted(run, "Which?", {}, "m", "s", "1", "en"))
        assert [len(next(looks)), found.standing, found.upto] == [1, "running", 2]
        assert wideseek_cli.steer(run, "drop row X", record=record) == "drop row X"
        wideseek_cli.stop(run, record=str(record))
        assert [letter.kind for letter in journal.inbox.take()] == ["steer", "stop"]
        journal.commit(ev.RunEnded(ev.Ending.NOTHING, 1, "", ""))
        journal.close()
        assert [len(new) for new in looks] == [1]
        assert (found.standing, found.running, found.over, found.wait()) == ("nothing", False, True, 1)
    assert heard == [("RunQueued", "Which?"), ("RunStarted", "Which?"), ("RunEnded", "Which?")]


def test_rows_have_as_many_cells_as_columns() -> None:
    with pytest.raises(UsageError):
        wideseek_cli.Table.of(["a", "b"], [["1"]])


def test_importing_loads_nothing() -> None:
    code = "import sys, wideseek_cli; print(sorted(m for m in sys.modules if m.startswith('wideseek_cli')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['wideseek_cli']"
