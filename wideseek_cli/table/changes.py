"""What differs between a table of then and one of today: changed, gone and new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.table.columns import match_columns
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.cells import same_value
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.kinds import ColumnType

_MOST_LINES = 30  # of a text for mail


class Kind(str, Enum):
    """How a value of today stands to the old one."""

    CHANGED = "changed"
    GONE = "gone"  # nothing states it any more
    NEW = "new"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """One value, then and now. A row that is gone or new as a whole has no column."""

    kind: Kind
    row: str
    column: str = ""
    old: str = ""
    new: str = ""
    old_source: str = ""
    new_source: str = ""


def changes_of(old: Table, new: Table, *, only_changes: bool = False) -> list[Change]:
    """Row by row in the order of the old table, new rows at the end."""
    places = match_columns([c.name for c in new.columns], old.columns, guess=False)
    keys = [at for at, column in enumerate(old.columns) if column.key] or [0]
    new_keys = [places[at] for at in keys if at in places]
    then = {_mark(row, keys): row for row in old.rows}
    now = {_mark(row, new_keys): row for row in new.rows}
    found: list[Change] = []
    for mark, row in then.items():
        name = _name(row, keys)
        if mark not in now:
            found.append(Change(Kind.GONE, name, old=_summary(old, row, keys), old_source=_row_source(row)))
            continue
        for at, column in enumerate(old.columns):
            if at in places and at not in keys:
                found.append(_change(name, column, row.cells[at], now[mark].cells[places[at]]))
    for mark, row in now.items():
        if mark not in then:
            said = _summary(new, row, new_keys)
            found.append(Change(Kind.NEW, _name(row, new_keys), new=said, new_source=_row_source(row)))
    return [change for change in found if not only_changes or change.kind is not Kind.UNCHANGED]


def _change(row: str, column: Column, was: Cell, now: Cell) -> Change:
    empty, gone = is_missing(was.text, column.type), is_missing(now.text, column.type)
    if (empty and gone) or (not gone and not empty and _same(was.text, now.text, column.type)):
        kind = Kind.UNCHANGED
    else:
        kind = Kind.GONE if gone else Kind.NEW if empty else Kind.CHANGED
    return Change(kind, row, column.name, was.text, now.text, _source(was), _source(now))


def _same(a: str, b: str, kind: ColumnType) -> bool:
    return a == b or same_value(a, b, kind)


def _mark(row: Row, keys: Sequence[int]) -> tuple[str, ...]:
    return tuple(" ".join(row.cells[at].text.split()).casefold() for at in keys)


def _name(row: Row, keys: Sequence[int]) -> str:
    return ", ".join(row.cells[at].text for at in keys)


def _summary(table: Table, row: Row, keys: Sequence[int]) -> str:
    pairs = zip(table.columns, row.cells, strict=True)
    return "; ".join(f"{c.name}: {x.text}" for at, (c, x) in enumerate(pairs) if at not in keys and x.text)


def _source(cell: Cell) -> str:
    return cell.proof.url if cell.proof else ""


def _row_source(row: Row) -> str:
    return next((cell.proof.url for cell in row.cells if cell.proof), "")


def as_table(changes: Sequence[Change]) -> Table:
    """The changes as a table, for every format that tables have."""
    names = ("change", "row", "column", "old", "new", "old source", "new source")
    columns = tuple(Column(name, key=name == "row") for name in names)
    rows = ((c.kind.value, c.row, c.column, c.old, c.new, c.old_source, c.new_source) for c in changes)
    return Table(columns, tuple(Row(tuple(Cell(text, CellStatus.GIVEN) for text in row)) for row in rows))


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many there are of each kind."""
    return {kind.value: sum(change.kind is kind for change in changes) for kind in Kind}


def as_text(changes: Sequence[Change]) -> str:
    """For a terminal: without the sources, which are long."""
    rows = [
        [c.kind.value, *(clean_line(text, 60) for text in (c.row, c.column, c.old, c.new))] for c in changes
    ]
    from tabulate import tabulate

    names = ["change", "row", "column", "old", "new"]
    return tabulate(rows, names, tablefmt="simple", disable_numparse=True) + "\n" if rows else "no changes\n"


def as_json(changes: Sequence[Change], question: str, run: str, *, lines: bool) -> str:
    """The shape other programs rely on; with `lines` a change a line."""
    made = [
        {"change": c.kind.value, **{n: clean_text(v) for n, v in vars(c).items() if n != "kind"}}
        for c in changes
    ]
    if lines:
        return "".join(json.dumps(change, ensure_ascii=False) + "\n" for change in made)
    whole = {"question": clean_text(question), "counts": counts(changes), "changes": made, "run": run}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_mail(changes: Sequence[Change], question: str) -> str:
    """A few lines that say what is different: for a mail or a message."""
    told = [change for change in changes if change.kind is not Kind.UNCHANGED]
    numbers = {kind: number for kind, number in counts(told).items() if number}
    head = ", ".join(f"{number} {kind}" for kind, number in numbers.items()) or "nothing changed"
    lines = [f"{clean_line(question, 200)}", head, *(_line(change) for change in told[:_MOST_LINES])]
    if len(told) > _MOST_LINES:
        lines.append(f"… and {len(told) - _MOST_LINES} more")
    return "\n".join(lines) + "\n"


def _line(change: Change) -> str:
    where = clean_line(f"{change.row}, {change.column}" if change.column else change.row, 80)
    old, new = clean_line(change.old, 120), clean_line(change.new, 120)
    said = {
        Kind.CHANGED: f"{old} -> {new}",
        Kind.GONE: f"gone (was {old})" if old else "gone",
        Kind.NEW: f"new ({new})" if new else "new",
        Kind.UNCHANGED: old,
    }[change.kind]
    source = clean_line(change.new_source or change.old_source, 200)
    return f"- {where}: {said}" + (f" <{source}>" if source else "")
