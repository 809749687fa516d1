"""Tables as people keep them, and what is wrong with them in one line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from wideseek_cli.core import errors
from wideseek_cli.table.model import CellStatus
from wideseek_cli.tablefile import raw as limits
from wideseek_cli.tablefile import workbook as workbook_reader
from wideseek_cli.tablefile.given import gaps, opened, table_of
from wideseek_cli.tablefile.read import read_bytes, read_file
from wideseek_cli.values.kinds import ColumnType

CSV = "name,city,founded\nHarvard,Cambridge,1636\nYale,,1701\n"


def texts(data: bytes | str, kind: str = "", **more: str) -> list[list[str]]:
    """Header and rows."""
    made = read_bytes("t", data if isinstance(data, bytes) else data.encode(), kind, **more)
    return [list(made.header), *(list(row.cells) for row in made.rows)]


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SAME = [["name", "city"], ["Harvard", "Cambridge"], ["Yale", ""]]


@pytest.mark.parametrize(
    "data",
    [
        b"name,city\nHarvard,Cambridge\nYale,\n",
        b"\xef\xbb\xbfname;city\r\nHarvard;Cambridge\r\n\r\nYale;\r\n",
        "name\tcity\nHarvard\tCambridge\nYale\t\n".encode("utf-16"),
        "name,city\nHarvard,Cambridge\nYale,\n".encode("utf-16-le"),
        "name,city\nHarvard,Cambridge\nYale,\n".encode("utf-16-be"),
        b'[{"name": "Harvard", "city": "Cambridge"}, {"name": "Yale"}]',
        b'{"name": "Harvard", "city": "Cambridge"}\n{"name": "Yale", "city": null}\n',
        b'[["name", "city"], ["Harvard", "Cambridge"], ["Yale", null]]',
        b'{"rows": [{"name": {"value": "Harvard"}, "city": {"value": "Cambridge"}}, {"name": "Yale"}]}',
        b"text before\n\n| name | city |\n| --- | --- |\n| Harvard | Cambridge |\n| Yale | |\n",
    ],
)
def test_the_same_table_in_every_form(data: bytes) -> None:
    assert texts(data, "md" if data.startswith(b"text") else "") == SAME


def test_a_workbook_is_read_as_what_people_typed() -> None:
    from datetime import datetime

    data = workbook(
        table=[
            ["name", "n", "share", "day", "formula"],
            ["A", 5, 0.25, datetime(2020, 1, 2), "=1+1"],
            ["B", 7.0, None, datetime(2020, 1, 2, 3, 4), '=HYPERLINK("x")'],
        ]
    )
    rows = texts(data)
    assert rows[1] == ["A", "5", "0.25", "2020-01-02", "=1+1"]
    assert rows[2] == ["B", "7", "", "2020-01-02 03:04:00", '=HYPERLINK("x")']


def test_quoted_fields_keep_commas_quotes_and_lines() -> None:
    assert texts('name,note\n"a, b","say ""hi""\nthere"\n')[1] == ["a, b", 'say "hi"\nthere']


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ("", errors.EmptyTableError, "t is empty"),
        (" \n\n", errors.EmptyTableError, "t is empty"),
        ("name,city\n", errors.EmptyTableError, "has a header and no rows"),
        ("name,city\nA,B\nC,D,E\n", errors.RaggedRowError, "line 3 of t has 3 fields, the header 2"),
        ("name,city\nA,B\n\nC\n", errors.RaggedRowError, "line 4 of t has 1 fields, the header 2"),
        ('name,city\nA,"B\nC,D\n', errors.RaggedRowError, "line 2 of t cannot be read"),
        (b"name,city\nA,\xff\xfeB\n", errors.EncodingError, "is not UTF-8 or UTF-16 text (byte 12)"),
        (b"\x00\x01\x02" * 9 + b"\xff" * 90, errors.EncodingError, "not"),
        ('[{"name": 1, "name": 2}]', errors.RepeatedNameError, "an object has 'name' twice"),
        ('{"a": 1}', errors.TableFileError, "is not a list of rows"),
        ('[{"a": [1]}]', errors.TableFileError, "row 1 of t has a list or object in a cell"),
        ('[1, {"a": 1}]', errors.TableFileError, "row 1 of t is not an object"),
        ('{"a": 1}\n{"a": \n', errors.TableFileError, "line 2 of t is not JSON"),
        ("[" * 100_000, errors.TableFileError, "nested too deep"),
        (b"PK\x03\x04 no zip", errors.TableFileError, "cannot be read as a workbook"),
    ],
)
def test_bad_input_is_one_clear_line(data: str | bytes, error: type[errors.WideseekError], said: str) -> None:
    with pytest.raises(error) as caught:
        texts(data)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_two_sheets_need_a_name() -> None:
    data = workbook(one=[["name"], ["A"]], two=[["name"], ["B"]])
    with pytest.raises(errors.SheetError, match=r"2 sheets: one, two") as caught:
        texts(data)
    assert "--sheet" in caught.value.hint
    assert texts(data, sheet="two") == [["name"], ["B"]]
    with pytest.raises(errors.SheetError, match="no sheet 'three'"):
        texts(data, sheet="three")


def test_our_own_workbook_is_read_without_its_second_sheet() -> None:
    assert texts(workbook(table=[["name"], ["A"]], about=[["question", "x"]])) == [["name"], ["A"]]


def test_limits_stop_the_reading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    with big.open("wb") as stream:
        stream.write(b"name\nA\n")
        stream.truncate(200_000_000)
    with pytest.raises(errors.TooLargeError, match="larger than 64 MB"):
        read_file(big)
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    with pytest.raises(errors.TooLargeError, match="too many rows"):
        texts("name\nA\nB\nC\nD\n")
    with pytest.raises(errors.TooLargeError, match="line 2 of t: field 1 is longer"):
        texts(f"name\n{'x' * 40_000}\n")
    with pytest.raises(errors.TooLargeError, match="more than 100 columns"):
        texts(",".join(f"c{n}" for n in range(101)) + "\n" + "x," * 100 + "x\n")


def test_a_small_archive_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_reader, "_UNPACKED", 5_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/{number}.xml", b"0" * 1_000_000)
    with pytest.raises(errors.TooLargeError, match="unpacks to 6 MB"):
        texts(packed.getvalue())


def test_files_that_are_no_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFoundError, match="there is no file"):
        read_file(tmp_path / "none.csv")
    with pytest.raises(errors.TableFileError, match="is a folder"):
        read_file(tmp_path)
    with pytest.raises(errors.TableFileError, match=r"\.pdf files are not read"):
        read_file(tmp_path / "a.pdf")


def table(data: str, key: str = ""):
    return table_of(read_bytes("t", data.encode()), key)


def test_cells_are_given_and_gaps_are_open() -> None:
    made = table(CSV)
    assert [(c.name, c.type, c.key) for c in made.columns] == [
        ("name", ColumnType.STR, True),
        ("city", ColumnType.STR, False),
        ("founded", ColumnType.INT, False),
    ]
    assert {cell.status for row in made.rows for cell in row.cells} == {CellStatus.GIVEN}
    filled = opened(made, "", "t")
    assert filled.rows[1].cells[1].status is CellStatus.MISSING
    assert gaps(filled) == 1
    added = opened(made, "motto, students:int", "t")
    assert [column.name for column in added.columns][3:] == ["motto", "students"]
    assert added.columns[4].type is ColumnType.INT
    assert gaps(added) == 4, "the empty city was not asked for"
    assert gaps(opened(made, "city", "t")) == 1


def test_numbers_with_leading_zeros_are_text() -> None:
    assert table("name,code\nA,007\nB,012\n").columns[1].type is ColumnType.STR


@pytest.mark.parametrize(
    ("data", "key", "error", "said"),
    [
        ("name,name\nA,B\n", "", errors.RepeatedNameError, "two columns called 'name'"),
        ("name,Name \nA,B\n", "", errors.RepeatedNameError, "two columns called"),
        ("name,,city\nA,x,B\n", "", errors.NoHeaderError, "column 2 of t has no name"),
        ("Peru,1821\nChile,1818\n", "", errors.NoHeaderError, "has '1821' where a column's name"),
        ("https://a.org,x\nhttps://b.org,y\n", "", errors.NoHeaderError, "--header"),
        ("name,city\nA,B\n", "nome", errors.UnknownColumnError, "has no column 'nome'"),
        ("name,in\nCambridge,US\nCambridge,UK\n", "", errors.RepeatedNameError, "lines 2 and 3"),
    ],
)
def test_what_is_wrong_with_a_table(
    data: str, key: str, error: type[errors.WideseekError], said: str
) -> None:
    with pytest.raises(error) as caught:
        table(data, key)
    assert said in f"{caught.value} {caught.value.hint}"


def test_years_may_be_names_of_columns() -> None:
    assert table("country,2019,2020\nPeru,4.5,4.7\n").columns[1].name == "2019"


def test_the_hint_names_a_key_that_would_do_and_it_does() -> None:
    data = "name,in\nCambridge,US\nCambridge,UK\n"
    with pytest.raises(errors.RepeatedNameError) as caught:
        table(data)
    assert '--key "name, in"' in caught.value.hint
    assert [column.key for column in table(data, "name, in").columns] == [True, True]


def test_a_column_that_is_full_already() -> None:
    with pytest.raises(errors.ColumnFullError, match="has a column 'founded' already"):
        opened(table(CSV), "founded:int", "t")


def test_what_json_writes_can_be_read_again() -> None:
    from wideseek_cli.export.writing import ExportMeta, to_json

    made = json.dumps(to_json(opened(table(CSV), "", "t"), ExportMeta()))
    assert texts(made)[2] == ["Yale", "", "1701"]
