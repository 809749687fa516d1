"""Every format, also with cells that mean harm and places that cannot be written."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from wideseek_cli.core.errors import OutputError, UsageError
from wideseek_cli.export.writing import BINARY, ExportMeta, ExportOptions, Format, export, format_of, render
from wideseek_cli.table.markdown import parse_table
from wideseek_cli.table.model import Cell, CellStatus, Column, Proof, Row, Table
from wideseek_cli.values.kinds import ColumnType

PROOF = Proof(
    "https://e.example/chile", "Chile", "Area: total: 756,102 sq km", 10, 40, "2026-11-20T10:00:00Z"
)
META = ExportMeta("Countries of <South> America", "r42")
TABLE = Table(
    (Column("country", key=True), Column("area (sq km)", ColumnType.INT), Column("since", ColumnType.DATE)),
    (
        Row(
            (
                Cell("Chile", CellStatus.PROVED, PROOF),
                Cell("756,102 km²", CellStatus.PROVED, PROOF),
                Cell("18 Sept 1810"),
            )
        ),
        Row(
            (
                Cell("Perú | x", CellStatus.SEEN, PROOF),
                Cell("", CellStatus.MISSING),
                Cell("1821", CellStatus.CONFLICT, PROOF, ("1824",)),
            )
        ),
    ),
)
EVIL = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "\t=1",
    " =1",
    "＝1",
    "|x",
    "\x1b[31m=red",
    "[bold]b[/]",
    "<script>x</script>",
]
HOSTILE = Table(
    (Column("=name", key=True), Column("[red]c|d\x1b[0m")),
    tuple(
        Row(
            (Cell(text), Cell(text, CellStatus.SEEN, Proof("javascript:alert(1)", text, text, 0, 1), (text,)))
        )
        for text in EVIL
    ),
)
TEXTS = [f for f in Format if f not in BINARY]


def test_json_has_the_shape_others_rely_on() -> None:
    made = json.loads(render(TABLE, META, Format.JSON))
    assert list(made) == ["question", "columns", "rows", "summary", "run"]
    assert made["columns"] == ["country", "area (sq km)", "since"]
    assert made["rows"][0]["area (sq km)"] == {
        "value": 756102,
        "status": "proved",
        "url": "https://e.example/chile",
        "quote": "Area: total: 756,102 sq km",
    }
    assert made["rows"][1]["area (sq km)"] == {"value": None, "status": "missing", "url": None, "quote": None}
    assert made["rows"][1]["since"]["alternatives"] == ["1824"]
    assert made["rows"][0]["since"]["value"] == "1810-09-18"
    assert made["summary"]["proved"] == 2
    assert made["run"] == "r42"
    lines = [json.loads(line) for line in render(TABLE, META, Format.JSONL).splitlines()]
    assert lines == made["rows"]


def test_csv_and_tsv_read_back() -> None:
    for format, mark in ((Format.CSV, ","), (Format.TSV, "\t")):
        rows = list(csv.reader(io.StringIO(render(TABLE, META, format)), delimiter=mark))
        assert rows[0] == ["country", "area (sq km)", "since"]
        assert rows[1] == ["Chile", "756,102 km²", "18 Sept 1810"]


def test_evidence_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(render(TABLE, META, Format.CSV, ExportOptions(evidence=True)))))
    assert rows[0]["area (sq km) status"] == "proved"
    assert rows[0]["area (sq km) source"] == "https://e.example/chile"
    assert rows[0]["area (sq km) quote"] == "Area: total: 756,102 sq km"
    assert rows[1]["since alternatives"] == "1824"


def test_markdown_reads_back() -> None:
    again = parse_table(render(TABLE, META, Format.MD), TABLE.columns)
    assert again is not None
    assert [[c.text for c in row.cells] for row in again.rows] == [
        [c.text for c in row.cells] for row in TABLE.rows
    ]


def test_the_terminal_table_fits() -> None:
    wide = Table(
        tuple(Column(f"a rather long column name {n}") for n in range(5)),
        (Row(tuple(Cell("words and more words 汉字汉字汉字 " * 5, CellStatus.PROVED) for _ in range(5))),),
    )
    from wcwidth import wcswidth

    for width in (60, 80, 160):
        lines = render(wide, META, Format.TABLE, ExportOptions(width=width)).splitlines()
        assert max(wcswidth(line) for line in lines) <= width
    signs = render(TABLE, META, Format.TABLE)
    for sign in ("✓ Chile", "~ Perú", "–", "≠ 1821", "? 18 Sept 1810"):
        assert sign in signs
    assert "\x1b" not in signs
    assert "\x1b[32m✓" in render(TABLE, META, Format.TABLE, ExportOptions(color=True))


@pytest.mark.parametrize("format", TEXTS)
def test_no_terminal_escape_gets_out(format: Format) -> None:
    text = render(HOSTILE, ExportMeta("q\x1b]0;x\x07", "r"), format, ExportOptions(evidence=True))
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text)


def test_formulas_are_text_in_csv_unless_raw() -> None:
    rows = list(csv.reader(io.StringIO(render(HOSTILE, META, Format.CSV, ExportOptions(evidence=True)))))
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "@", "-", "|", "＝")), cell
    raw = render(HOSTILE, META, Format.CSV, ExportOptions(raw=True))
    assert raw.startswith("=name,")


def test_negative_numbers_stay_numbers() -> None:
    table = Table((Column("n"),), (Row((Cell("-3.5"),)), Row((Cell("+4 %"),)), Row((Cell("-1,200"),))))
    assert render(table, META, Format.CSV).splitlines() == ["n", "-3.5", "+4 %", '"-1,200"']


def test_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    export(TABLE, META, None, str(path))
    sheet = load_workbook(path)["table"]
    assert [c.value for c in sheet[1]] == ["country", "area (sq km)", "since"]
    assert sheet["B2"].value == 756102
    assert sheet["B2"].hyperlink.target == "https://e.example/chile"
    assert sheet["B2"].fill.fgColor.rgb != sheet["B3"].fill.fgColor.rgb
    assert "756,102" in sheet["B2"].comment.text
    export(HOSTILE, META, None, str(path), ExportOptions(evidence=True))
    book = load_workbook(path)
    for cells in book["table"].iter_rows():
        for cell in cells:
            assert cell.data_type != "f"
            assert cell.hyperlink is None


def test_a_spreadsheet_of_what_xml_cannot_hold(tmp_path: Path) -> None:
    """Noncharacters in a value, a note or the question; and every digit of a long number."""
    proof = Proof("https://e.example/x", "t", "1\ufffe 2\uffff 3", 0, 3)
    cells = (Cell("a\ufffeb", CellStatus.PROVED, proof), Cell("12345678901234567"))
    table = Table((Column("name"), Column("id", ColumnType.INT)), (Row(cells),))
    path = tmp_path / "t.xlsx"
    export(table, ExportMeta("why\uffff?", "r"), None, str(path))
    sheet = load_workbook(path)["table"]
    assert (sheet["A2"].value, sheet["B2"].value) == ("ab", "12345678901234567")
    assert json.loads(render(table, META, Format.JSON))["rows"][0]["id"]["value"] == 12345678901234567


def test_what_openpyxl_refuses_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wideseek_cli.export.xlsx.harmless", lambda text: text + "\x01")
    with pytest.raises(OutputError, match="a spreadsheet cannot hold this table"):
        export(TABLE, META, None, str(tmp_path / "t.xlsx"))
    assert not list(tmp_path.iterdir())


def test_a_spreadsheet_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The XML goes to the temporary folder first, and what writes it has errors of its own."""

    def full(*_: object) -> None:
        raise etree.SerialisationError("IO_ENOSPC")

    monkeypatch.setattr("openpyxl.Workbook.save", full)
    with pytest.raises(OutputError, match=f"cannot write in .* or {tempfile.gettempdir()}: IO_ENOSPC"):
        export(TABLE, META, None, str(tmp_path / "t.xlsx"))
    assert not list(tmp_path.iterdir())


def test_sqlite_keeps_what_could_not_be_read_as_its_column_wants(tmp_path: Path) -> None:
    """357.022 may be two numbers, 1e400 is none: by the column's type SQLite would make numbers of them."""
    texts = ["357.022", "1e400", "12"]
    table = Table((Column("n", ColumnType.INT),), tuple(Row((Cell(text),)) for text in texts))
    export(table, META, None, str(tmp_path / "t.db"))
    with sqlite3.connect(tmp_path / "t.db") as base:
        assert [value for (value,) in base.execute("SELECT n FROM result")] == ["357.022", "1e400", 12]
    base.close()


def test_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    odd = Table((Column("Row"), Column('a "b"'), Column('A "B"')), (Row((Cell("1"), Cell("2"), Cell("3"))),))
    export(odd, META, None, str(path))
    export(TABLE, META, None, str(path))  # the old file is replaced
    with sqlite3.connect(path) as base:
        assert base.execute('SELECT "area (sq km)", typeof("area (sq km)") FROM result').fetchall() == [
            (756102, "integer"),
            (None, "null"),
        ]
        joined = base.execute(
            "SELECT country, status, url, quote FROM result JOIN evidence USING (row) "
            "WHERE \"column\" = 'since' ORDER BY row"
        ).fetchall()
        assert joined[1] == ("Perú | x", "conflict", PROOF.url, PROOF.quote)
        assert base.execute("SELECT value FROM about WHERE name = 'run'").fetchone() == ("r42",)
    base.close()
    export(HOSTILE, META, None, str(path))


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_html_is_one_harmless_page() -> None:
    page = Page()
    page.feed(render(TABLE, META, Format.HTML))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("tr") == 3
    assert ("th", {"scope": "col"}) in page.tags
    assert ("th", {"scope": "row", "class": "g-proved"}) in page.tags
    assert [a["href"] for t, a in page.tags if t == "a"] == ["#main", *[PROOF.url] * 4]
    assert "Countries of <South> America" in page.words
    evil = Page()
    evil.feed(render(HOSTILE, ExportMeta('"><script>alert(1)</script>'), Format.HTML))
    assert "script" not in [tag for tag, _ in evil.tags]
    assert [a["href"] for t, a in evil.tags if t == "a"] == ["#main"]
    assert not [a for _, attrs in evil.tags for a in attrs if a.startswith("on")]
    assert not [a for _, attrs in evil.tags for a in attrs if a == "src"]


def test_formats_by_ending_and_by_name() -> None:
    assert format_of("-") is Format.CSV
    assert format_of("a/b.XLSX") is Format.XLSX
    assert format_of("a.csv", "json") is Format.JSON
    with pytest.raises(UsageError, match=r"cannot tell a format from 'x\.docx'"):
        format_of("x.docx")
    with pytest.raises(UsageError, match="unknown format 'pdf'"):
        format_of("-", "pdf")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    export(TABLE, META, None, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    before = path.read_text()

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="no space left on device") as caught:
        export(TABLE, META, None, str(path))
    assert caught.value.hint
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    export(TABLE, META, None, str(link))
    assert link.is_symlink()
    assert target.read_text().startswith("country")


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("/nowhere/at/all.csv", "cannot write /nowhere/at/all.csv: no such file or directory"),
        ("/dev/full", "cannot write /dev/full: no space left on device"),
        (".", ". is a folder"),
        (f"/tmp/{'n' * 300}", f"cannot write /tmp/{'n' * 300}: file name too long"),
    ],
)
def test_places_that_cannot_be_written(target: str, line: str) -> None:
    with pytest.raises(OutputError) as caught:
        export(TABLE, META, Format.CSV, target)
    assert str(caught.value) == line


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["| head -c 5", "> /dev/full"])
def test_stdout_that_goes_away_or_is_full(shell: str) -> None:
    code = (
        "from tests.table.test_export import *\n"
        "big = Table(TABLE.columns, TABLE.rows * 2000)\n"
        "try:\n    export(big, META, Format.CSV)\n"
        "except OutputError as error:\n    sys.stderr.write(str(error))\n"
    )
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c '{code}' {shell}"], capture_output=True, text=True, timeout=60
    )
    expected = "" if "head" in shell else "cannot write the result: no space left on device"
    assert done.stderr == expected


WORD = st.text(max_size=20)


@given(st.lists(st.tuples(WORD, WORD), max_size=4), st.sampled_from(TEXTS), st.booleans())
def test_any_text_exports(pairs: list[tuple[str, str]], format: Format, evidence: bool) -> None:
    rows = tuple(Row((Cell(a), Cell(b, CellStatus.SEEN, Proof(a, b, a, 0, 1), (b,)))) for a, b in pairs)
    table = Table((Column("a", key=True), Column("b", ColumnType.FLOAT)), rows)
    text = render(table, ExportMeta("q"), format, ExportOptions(evidence=evidence, width=40))
    text.encode("utf-8")
    if format is Format.CSV:
        read = list(csv.reader(io.StringIO(text)))
        assert len(read) == len(pairs) + 1
        assert {len(row) for row in read} == {10 if evidence else 2}
