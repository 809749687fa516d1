"""A short answer is words, or a table where a format was asked for that is one."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from wideseek_cli.cli.shared.deliver import Output, deliver
from wideseek_cli.core.state import RunState
from wideseek_cli.table.model import Cell, CellStatus, Column, Proof, Row, Table

PROOF = Proof("zim://factbook/country/peru", "Peru", "Capital: Lima", 0, 13)
ONE = Table((Column("answer", key=True),), (Row((Cell("Lima", CellStatus.PROVED, PROOF),)),))
SHORT = RunState(run="r", question="What is the capital of Peru?", table=ONE, answer="Lima")


def test_into_a_pipe_goes_the_answer_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    deliver(SHORT, Output.of("-", None))
    assert capsys.readouterr().out == "Lima\n"


def test_a_named_format_gets_a_table_of_one_cell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    deliver(SHORT, Output.of("-", "csv"))
    assert [*csv.reader(capsys.readouterr().out.splitlines())] == [["answer"], ["Lima"]]
    deliver(SHORT, Output.of(str(tmp_path / "a.xlsx"), None))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows][:2] == [["answer"], ["Lima"]]


def test_programs_and_people_are_told_where_it_stands(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    deliver(SHORT, Output.of("-", "json"))
    told = json.loads(capsys.readouterr().out)
    assert (told["answer"], told["status"], told["sources"][0]["url"]) == ("Lima", "proved", PROOF.url)
    deliver(SHORT, Output.of(str(tmp_path / "a.md"), None))
    assert (tmp_path / "a.md").read_text().splitlines()[:2] == ["Lima", f"source: {PROOF.url}"]


def test_an_answer_without_a_table_is_words_in_any_format(capsys: pytest.CaptureFixture[str]) -> None:
    deliver(replace(SHORT, table=None), Output.of("-", "csv"))
    assert capsys.readouterr().out == "Lima\n"
