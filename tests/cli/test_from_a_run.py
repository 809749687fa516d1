"""`wideseek ask --from RUN`: a table goes on where it stood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import QUESTION, FakeSources, colleges, engine_for
from tests.cli.world import at_home, put_in_place
from wideseek_cli.cli.main import app
from wideseek_cli.core import errors

PLACES = colleges(5)
WORLD: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four colleges, a fifth that nobody asked for, and an engine that knows the four."""
    WORLD.clear()

    def engine() -> ScriptedEngine:
        WORLD["engine"] = engine_for(PLACES[:4])
        return WORLD["engine"]

    def pages(settings: Any) -> FakeSources:
        listed = PLACES if WORLD.get("all") else PLACES[:4]
        WORLD["sources"] = FakeSources(listed, extra={p.url: f"- Rector: Ann {p.founded}\n" for p in PLACES})
        return WORLD["sources"]

    put_in_place(engine, pages, monkeypatch.setattr)
    at_home(tmp_path, monkeypatch)
    done = ask(QUESTION, "-c", "college, city")
    assert done.exit_code == 0, done.output


def ask(*words: str) -> Result:
    return CliRunner().invoke(app, ["ask", *words, "--plain", "-f", "json"])


def test_a_column_more_takes_no_search_no_page_and_no_model() -> None:
    done = ask("--from", "@last", "also give the rector")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["columns"] == ["college", "city", "rector"]
    assert {row["college"]["value"]: row["rector"]["value"] for row in made["rows"]} == {
        p.name: f"Ann {p.founded}" for p in PLACES[:4]
    }
    assert {cell["status"] for row in made["rows"] for cell in row.values()} == {"proved"}
    assert made["question"] == f"{QUESTION}\nalso give the rector"
    assert not WORLD["sources"].fetched
    assert not WORLD["engine"].conversations


def test_rows_more_are_looked_up_and_the_others_stay() -> None:
    WORLD["all"] = True
    done = ask("--from", "@last", "--rows", f"{PLACES[4].name}, {PLACES[0].name}")
    made = json.loads(done.stdout)
    assert [row["college"]["value"] for row in made["rows"]][-1] == PLACES[4].name
    assert len(made["rows"]) == 5, "one that is there already is not added"
    assert made["rows"][-1]["city"]["value"] == PLACES[4].city
    assert WORLD["sources"].fetched == [PLACES[4].url]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "@last"], "already has all"),
        (["--from", "@last", "also give the city"], "already has all"),
        (["--from", "@last", "why is the sky blue"], "not understood"),
        (["--rows", "Yale", "List all"], "--rows needs a table"),
        (["--from", "@nonesuch", "also give the rector"], "no run is called"),
    ],
)
def test_what_is_no_more_is_refused(words: list[str], said: str) -> None:
    done = ask(*words)
    assert isinstance(done.exception, errors.UsageError)
    assert said in str(done.exception)
