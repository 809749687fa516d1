"""`wideseek refresh`: what it compares, how it says it, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.agents.fakeworld import QUESTION, FakeSources, colleges, engine_for
from tests.cli.world import at_home, put_in_place
from wideseek_cli.cli.main import app
from wideseek_cli.core import errors

OLD = colleges(4)
NOW: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    NOW["places"] = OLD

    def pages(settings: Any) -> FakeSources:
        NOW["settings"] = settings
        return FakeSources(NOW["places"])

    put_in_place(lambda: engine_for(OLD), pages, monkeypatch.setattr)
    at_home(tmp_path, monkeypatch)


def wideseek(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--plain"])


def change() -> None:
    NOW["places"] = [replace(OLD[0], city="Newcity"), *OLD[1:3]]


def ask() -> None:
    done = wideseek("ask", QUESTION, "-c", "college, city, founded:int", "-w", "4", "-s", "zim:x.zim")
    assert done.exit_code == 0, done.output


def test_a_run_is_asked_again_with_its_own_settings_and_fresh_pages() -> None:
    ask()
    same = wideseek("refresh", "--only-changes", "-f", "table")
    assert (same.exit_code, same.stdout) == (0, "no changes\n")
    assert NOW["settings"].sources == ("zim:x.zim",)
    assert NOW["settings"].width == 4
    assert NOW["settings"].max_age_s == 0


def test_changes_in_every_form() -> None:
    ask()
    change()
    done = wideseek("refresh", "@last", "-f", "csv", "--only-changes")
    assert done.exit_code == 10, done.output
    url = OLD[0].url
    assert list(csv.reader(io.StringIO(done.stdout))) == [
        ["change", "row", "column", "old", "new", "old source", "new source"],
        ["changed", OLD[0].name, "city", OLD[0].city, "Newcity", url, url],
        ["gone", OLD[3].name, "", f"city: {OLD[3].city}; founded: {OLD[3].founded}", "", OLD[3].url, ""],
    ]


def test_a_mail_and_json_and_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("college,city\n" + "".join(f"{p.name},{p.city}\n" for p in OLD[:2]))
    same = wideseek("refresh", "mine.csv", "--mail")
    assert same.exit_code == 0, same.output
    assert same.stdout.endswith("\nnothing changed\n")
    change()
    done = wideseek("refresh", "mine.csv", "--mail")
    assert done.exit_code == 10
    assert done.stdout.splitlines()[1:] == [
        "1 changed",
        f"- {OLD[0].name}, city: {OLD[0].city} -> Newcity <{OLD[0].url}>",
    ]
    made = json.loads(wideseek("refresh", "mine.csv", "-f", "json").stdout)
    assert made["counts"] == {"changed": 1, "gone": 0, "new": 0, "unchanged": 1}
    assert made["changes"][0]["new"] == "Newcity"
    assert isinstance(wideseek("refresh", "mine.csv", "-o", "mine.csv").exception, errors.OutputError)


def test_the_refreshed_table_is_the_runs_own_and_the_next_old_one() -> None:
    ask()
    change()
    assert wideseek("refresh", "-f", "csv").exit_code == 10
    exported = CliRunner().invoke(app, ["runs", "export", "@last", "-f", "csv"]).stdout
    assert list(csv.reader(io.StringIO(exported)))[1:] == [
        [p.name, p.city, str(p.founded)] for p in NOW["places"]
    ]
    assert wideseek("refresh", "-f", "csv", "--only-changes").exit_code == 0
