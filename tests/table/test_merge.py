"""Tables of several waves become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.markdown import parse_table
from wideseek_cli.table.merge import drop_repeats, merge
from wideseek_cli.table.model import Cell, CellStatus, Row, Table
from wideseek_cli.table.summary import complete, strict, summary, summary_line

COLUMNS = parse_columns("name, city, founded:int")


def table(*rows: str, columns: str = "name, city, founded:int") -> Table:
    spec = parse_columns(columns)
    made = parse_table("| " + " | ".join(c.name for c in spec) + " |\n|---|\n" + "\n".join(rows), spec)
    assert made is not None
    return made


def texts(made: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in made.rows]


def test_waves_join_by_key_and_fill_gaps() -> None:
    first = table("Harvard | Cambridge | n/a", "Yale | n/a | 1701")
    second = table("The Yale | New Haven | 1,701", "Brown | Providence | 1764", "HARVARD | | 1636")
    merged = merge([first, second])
    assert texts(merged) == [
        ["Harvard", "Cambridge", "1636"],
        ["Yale", "New Haven", "1701"],
        ["Brown", "Providence", "1764"],
    ]
    assert merged.rows[1].cells[2].alternatives == ()


def test_a_contradiction_keeps_both() -> None:
    cell = merge([table("Yale | New Haven | 1701"), table("Yale | New Haven | 1716")]).rows[0].cells[2]
    assert (cell.text, cell.status, cell.alternatives) == ("1701", CellStatus.CONFLICT, ("1716",))


def test_the_better_proved_value_stays() -> None:
    guess = table("Yale | New Haven | 1716")
    proved = Table(COLUMNS, (Row((Cell("Yale"), Cell("New Haven"), Cell("1701", CellStatus.PROVED))),))
    for tables in ([guess, proved], [proved, guess]):
        cell = merge(tables).rows[0].cells[2]
        assert (cell.text, cell.status, cell.alternatives) == ("1701", CellStatus.PROVED, ("1716",))


def test_later_tables_may_have_other_columns() -> None:
    merged = merge(
        [
            table("Yale | New Haven | n/a"),
            table("1701 | Yale | Bulldogs", columns="year founded:int, name:key, nickname"),
        ]
    )
    assert [c.name for c in merged.columns] == ["name", "city", "founded", "nickname"]
    assert texts(merged) == [["Yale", "New Haven", "1701", "Bulldogs"]]


def test_a_repeated_key_in_one_table() -> None:
    assert texts(drop_repeats(table("Yale | n/a | 1701", "yale | New Haven | n/a"))) == [
        ["Yale", "New Haven", "1701"]
    ]


def test_two_keys_are_one_only_together() -> None:
    spec = "country:key, year:int:key, gold:int"
    merged = merge([table("Norway | 2018 | 14", columns=spec), table("Norway | 2022 | 16", columns=spec)])
    assert len(merged.rows) == 2


def test_rows_without_a_key_stay_apart() -> None:
    rows = (Row((Cell(""), Cell("a"), Cell(""))), Row((Cell(""), Cell("b"), Cell(""))))
    assert len(merge([Table(COLUMNS, rows)]).rows) == 2
    assert merge([]).columns == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "1", "2", "n/a"])), max_size=8))
def test_merging_again_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    columns = parse_columns("name, n:int")
    made = Table(columns, tuple(Row((Cell(name), Cell(n))) for name, n in pairs))
    once = merge([made])
    assert texts(merge([once])) == texts(once)
    assert len(once.rows) == len({name for name, _ in pairs})


def test_summaries() -> None:
    states = [CellStatus.PROVED, CellStatus.SEEN, CellStatus.UNPROVED]
    made = Table(COLUMNS, (Row(tuple(Cell("x", s) for s in states)),))
    assert summary_line(made) == "1 row, 3 cells: 1 proved, 1 seen, 1 unproved, 0 missing"
    assert summary(made)["unproved"] == 1
    assert not complete(made)
    emptied = strict(made)
    assert emptied.rows[0].cells[2] == Cell("", CellStatus.MISSING)
    assert complete(Table(COLUMNS, (Row((Cell("x", CellStatus.PROVED),) * 3),)))
    assert not complete(Table(COLUMNS))
