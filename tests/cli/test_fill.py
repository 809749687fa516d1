"""`wideseek fill`: what it reads, where it writes, and what it refuses before anything starts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import FakeSources, colleges
from tests.cli.world import at_home, put_in_place
from wideseek_cli.cli.main import app
from wideseek_cli.core import errors

PLACES = colleges(4)
TEXT = "college,city\n" + "".join(f"{p.name},{p.city if n else ''}\n" for n, p in enumerate(PLACES))
FULL = [["college", "city"], *([p.name, p.city] for p in PLACES)]


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up pages, an engine that is never needed, nothing of the machine's own."""
    never = ScriptedEngine(lambda opening, turns: "Nothing was found.")
    put_in_place(lambda: never, lambda settings: FakeSources(PLACES), monkeypatch.setattr)
    at_home(tmp_path, monkeypatch)
    (tmp_path / "list.csv").write_text(TEXT, encoding="utf-8")


def fill(*words: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["fill", *words, "--plain"], input=stdin)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_file_goes_in_and_a_filled_one_comes_out(tmp_path: Path) -> None:
    done = fill("list.csv", "-o", "out.csv")
    assert done.exit_code == 0, done.output
    assert rows((tmp_path / "out.csv").read_text()) == FULL
    assert (tmp_path / "list.csv").read_text() == TEXT
    assert rows(fill("list.csv").stdout) == FULL
    assert rows(fill("-", stdin=TEXT.encode("utf-16")).stdout) == FULL
    assert rows(fill(stdin=TEXT.encode()).stdout) == FULL


def test_new_columns_and_a_run_as_input() -> None:
    done = fill("list.csv", "--columns", "founded:int", "-f", "json")
    made = json.loads(done.stdout)
    assert [row["founded"]["value"] for row in made["rows"]] == [p.founded for p in PLACES]
    assert made["rows"][0]["city"] == {"value": "", "status": "given", "url": None, "quote": None}
    again = json.loads(fill("@last", "-f", "json").stdout)
    assert again["rows"][0]["city"]["value"] == PLACES[0].city
    assert again["rows"][0]["founded"]["status"] == "proved"


def test_cells_that_look_like_formulas_are_never_written_as_formulas(tmp_path: Path) -> None:
    text = f'college,city,note\n{PLACES[0].name},,"=HYPERLINK(""http://x"")"\n'
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    assert rows(fill("list.csv", "-c", "city").stdout)[1] == [
        PLACES[0].name,
        PLACES[0].city,
        '\'=HYPERLINK("http://x")',
    ]
    fill("list.csv", "-c", "city", "-o", "out.xlsx")
    cell = openpyxl.load_workbook("out.xlsx")["table"].cell(2, 3)
    assert cell.data_type == "s"


def test_the_input_is_replaced_only_in_place_and_the_old_one_is_kept(tmp_path: Path) -> None:
    refused = fill("list.csv", "-o", "list.csv")
    assert isinstance(refused.exception, errors.OutputError)
    assert "--in-place writes into it" in str(refused.exception)
    assert (tmp_path / "list.csv").read_text() == TEXT
    done = fill("list.csv", "--in-place")
    assert done.exit_code == 0
    assert rows((tmp_path / "list.csv").read_text()) == FULL
    assert (tmp_path / "list.csv.bak").read_text() == TEXT
    fill("list.csv", "-c", "founded", "--in-place")
    assert rows((tmp_path / "list.csv").read_text())[0] == ["college", "city", "founded"]
    assert rows((tmp_path / "list.csv.bak2").read_text()) == FULL
    assert (tmp_path / "list.csv.bak").read_text() == TEXT


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_in_place_all_but_the_gaps_stays_as_it_was(tmp_path: Path, encoding: str) -> None:
    """Separator, encoding, line ends, quotation marks, empty lines and formulas are the user's."""
    gap, rest = PLACES[0].name, '"=1+1";"a; b"\r\n\r\n"' + f'{PLACES[1].name}";kept;+x;\r\n'
    was = f"college;city;note;more\r\n{gap};;" + rest
    (tmp_path / "list.csv").write_bytes(was.encode(encoding))
    fill("list.csv", "--in-place")
    made = (tmp_path / "list.csv").read_bytes()
    line = f"{gap};{PLACES[0].city};=1+1;"
    assert made[:4] == was.encode(encoding)[:4]
    assert made.decode(encoding) == was.replace(f'{gap};;"=1+1";', line)
    fill("list.csv", "-c", "founded", "--in-place")
    assert (
        (tmp_path / "list.csv")
        .read_bytes()
        .decode(encoding)
        .split("\r\n")[1]
        .endswith(f";{PLACES[0].founded}")
    )


def test_in_place_a_workbook_keeps_sheets_styles_and_formulas(tmp_path: Path) -> None:
    workbook("a", "b")
    book = openpyxl.load_workbook("list.xlsx")
    book["b"]["D1"], book["b"]["D2"] = "sum", "=SUM(1,2)"
    book["b"]["A2"].font = openpyxl.styles.Font(bold=True)
    book.save("list.xlsx")
    refused = fill("list.xlsx", "--sheet", "b", "-c", "city, founded:int", "--in-place")
    assert isinstance(refused.exception, errors.NoHeaderError)
    book["b"]["C1"] = "note"
    book.save("list.xlsx")
    assert fill("list.xlsx", "--sheet", "b", "-c", "city, founded:int", "--in-place").exit_code == 0
    made = openpyxl.load_workbook("list.xlsx")
    assert made.sheetnames == ["a", "b"]
    assert made["a"]["B2"].value is None
    shown = [made["b"].cell(2, at).value for at in range(1, 6)]
    assert shown == [PLACES[0].name, PLACES[0].city, None, "=SUM(1,2)", PLACES[0].founded]
    assert made["b"]["A2"].font.bold


def test_a_run_that_filled_nothing_leaves_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("college,city\nAtlantis,\n", encoding="utf-8")
    done = fill("list.csv", "--in-place")
    assert done.exit_code == 3
    assert "nothing was filled" in done.stderr
    assert not (tmp_path / "list.csv.bak").exists()


def workbook(*sheets: str) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows(TEXT):
            sheet.append(row)
    book.save("list.xlsx")


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["none.csv"], errors.NotFoundError, "there is no file none.csv"),
        (["@last"], errors.NotFoundError, "no"),
        (["list.csv", "--key", "nome"], errors.UnknownColumnError, "has no column 'nome'"),
        (["list.csv", "-c", "college"], errors.ColumnFullError, "already"),
        (["list.csv", "-c", "a:integer"], errors.UsageError, "unknown type"),
        (["list.xlsx"], errors.SheetError, "--sheet NAME"),
        (["list.csv", "--in-place", "--evidence"], errors.UsageError, "used together"),
        (["list.csv", "--in-place", "--header", "college, city"], errors.UsageError, "used together"),
        (["list.csv", "--in-place", "-o", "x.csv"], errors.UsageError, "used together"),
        (["list.json", "--in-place"], errors.UsageError, "would lose"),
        (["-", "--in-place"], errors.EmptyTableError, "stdin is empty"),
        ([], errors.EmptyTableError, "stdin is empty"),
        (["full.csv"], errors.UsageError, "has no empty cell"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    words: list[str], error: type[errors.WideseekError], said: str, tmp_path: Path
) -> None:
    workbook("a", "b")
    (tmp_path / "list.json").write_text('[{"college": "A", "city": null}]', encoding="utf-8")
    (tmp_path / "full.csv").write_text("college,city\nA,B\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    done = fill(*words, stdin=b"")
    assert isinstance(done.exception, error), done.exception
    assert said in f"{done.exception} {done.exception.hint}"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_sheet_is_read_and_resume_knows_what_was_given() -> None:
    workbook("a", "b")
    assert rows(fill("list.xlsx", "--sheet", "b").stdout) == FULL
    resumed = CliRunner().invoke(app, ["resume", "@last", "-f", "csv"])
    assert rows(resumed.stdout) == FULL
