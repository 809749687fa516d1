"""What can be asked of a corpus: tables, and pages of one kind, that answer a question as a whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wideseek_cli.eval.making.corpus_pages import SourcePage
from wideseek_cli.facts.labels import is_counter
from wideseek_cli.facts.names import forms
from wideseek_cli.pages.model import Field, Grid, Headings, Paragraph
from wideseek_cli.values.cells import guess_type, same_value
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.words import name_key

MOST_CHARS = 80  # of a cell that can be compared
_FULL = 0.9  # of a column's cells hold something
_SHARED = 0.9  # of the pages of one kind have a field
_LONGEST_LABEL = 40
_SUMS = re.compile(r"^\W*(grand )?(sub)?(total|totals|average|all|source|sources|notes?|references?)\b", re.I)
_VAGUE = re.compile(
    r"^(\W*|no\.?|notes?|ref\.?s?|references?|sources?|column \d+|comments?|remarks?|image|photo)$", re.I
)
_ORDER = re.compile(r"^\d{1,3}(st|nd|rd|th)?[.)]?$")


@dataclass(frozen=True)
class Bounds:
    """How large a task is."""

    least_rows: int = 3
    most_rows: int = 30
    least_columns: int = 1  # besides the key
    most_columns: int = 4


@dataclass(frozen=True)
class Intent:
    """One thing that can be asked: a table's rows and columns, before anybody worded it."""

    page: SourcePage
    subject: str  # what the rows are rows of
    key: str
    columns: tuple[str, ...]
    types: tuple[ColumnType, ...]  # of the columns, the key apart
    rows: tuple[tuple[str, ...], ...]  # the key first
    condition: tuple[str, str] = ("", "")  # a column and the value that the rows have in it
    kind: str = "table"  # or "pages"
    owns: tuple[SourcePage, ...] = ()  # of pages of one kind: each row's


def table_intents(page: SourcePage, bounds: Bounds) -> Iterator[Intent]:
    """The page's tables, whole and by one value of a column."""
    grids = list(page.grids)
    places = Counter(subject_of(page.title, grid) for grid in grids)
    for grid in grids:
        if places[subject_of(page.title, grid)] == 1:  # else nobody can say which is meant
            yield from _of_grid(page, grid, bounds)


def _of_grid(page: SourcePage, grid: Grid, bounds: Bounds) -> Iterator[Intent]:
    rows = [row for row in grid.rows if any(row) and not _SUMS.match(row[0])]
    if len(rows) < bounds.least_rows or len(set(grid.labels)) != len(grid.labels):
        return
    key = _key_column(grid.labels, rows)
    if key is None:
        return
    rows = [row for row in rows if not _SUMS.match(row[key])]
    usable = [
        at
        for at in range(len(grid.labels))
        if at != key and _asks_well(grid.labels[at], [r[at] for r in rows])
    ]
    subject = subject_of(page.title, grid)
    if len(usable) < bounds.least_columns or not subject:
        return
    chosen = usable[: bounds.most_columns]
    if len(rows) <= bounds.most_rows:
        yield _intent(page, grid, subject, key, chosen, rows)
    for at in usable:
        others = [other for other in usable if other != at][: bounds.most_columns]
        if len(others) < bounds.least_columns or _type([r[at] for r in rows]) is not ColumnType.STR:
            continue
        for value, some in _by_value(rows, at):
            if bounds.least_rows <= len(some) <= min(bounds.most_rows, len(rows) // 2):
                yield _intent(page, grid, subject, key, others, some, (grid.labels[at], value))


def _by_value(rows: Sequence[Sequence[str]], at: int) -> Iterator[tuple[str, list[Sequence[str]]]]:
    """The rows with each value of a column; of none that is nearly another, `Bel` beside `Bel (North)`,
    `red/white` beside `white/red`."""
    groups: dict[str, list[Sequence[str]]] = {}
    for row in rows:
        groups.setdefault(name_key(row[at]), []).append(row)
    named = Counter(form for some in groups.values() for form in forms(some[0][at]))
    for some in groups.values():
        value = some[0][at]
        alone = all(named[form] == 1 for form in forms(value))
        if (
            alone
            and _is_word(value)
            and not any(same_value(value, others[0][at]) for others in groups.values() if others is not some)
        ):
            yield value, some


def _intent(
    page: SourcePage, grid: Grid, subject: str, key: int, columns: Sequence[int],
    rows: Sequence[Sequence[str]], condition: tuple[str, str] = ("", ""),
) -> Intent:  # fmt: skip
    return Intent(
        page,
        subject,
        grid.labels[key],
        tuple(grid.labels[at] for at in columns),
        tuple(_type([row[at] for row in rows]) for at in columns),
        tuple((row[key], *(row[at] for at in columns)) for row in rows),
        condition,
    )


def _key_column(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The first column of names, all different; what counts or ranks the rows is none."""
    for at, label in enumerate(labels):
        cells = [row[at] for row in rows]
        if (
            not _in_a_list(label)
            or not label
            or is_counter(label)
            or _VAGUE.match(label)
            or all(_ORDER.match(c) for c in cells)
        ):
            continue
        if not all(_name(cell) for cell in cells) or _type(cells) is not ColumnType.STR:
            if any(_name(cell) for cell in cells):
                return None  # its rows are named by what has no one name
            continue
        keys = [min(forms(cell), default="") for cell in cells]
        return at if len(set(keys)) == len(keys) and "" not in keys else None
    return None


def _in_a_list(label: str) -> bool:
    """Whether it can be one of several labels with commas between them."""
    return "\n" not in label and "," not in label


def _is_word(value: str) -> bool:
    """A value that people would ask for: a measure or a code of a table is none."""
    return value[:1].isalpha() and len(value) > 1 and not any(char.isdigit() for char in value)


def _name(cell: str) -> bool:
    return bool(cell) and "\n" not in cell and len(cell) <= MOST_CHARS and any(c.isalpha() for c in cell)


def _asks_well(label: str, cells: Sequence[str]) -> bool:
    """Whether a column can be asked for and its answers compared: one line, filled, not all alike."""
    if (
        not 1 < len(label) <= _LONGEST_LABEL
        or not _in_a_list(label)
        or is_counter(label)
        or _VAGUE.match(label)
    ):
        return False
    full = [cell for cell in cells if not is_missing(cell)]
    plain = all("\n" not in cell and len(cell) <= MOST_CHARS for cell in full)
    return (
        plain and len(full) >= _FULL * len(cells) and len(set(full)) > 1 and any(c.isalpha() for c in label)
    )


def _type(cells: Sequence[str]) -> ColumnType:
    return guess_type([cell for cell in cells if not is_missing(cell)])


def subject_of(title: str, grid: Grid) -> str:
    """What a table lists: its caption, else the heading nearest it, with the page's title."""
    title = title.strip()
    nearest = next((h for h in (grid.caption, *reversed(grid.headings)) if h and h.strip() != title), "")
    if "\n" in nearest or len(nearest) > MOST_CHARS:
        nearest = ""
    return f"{nearest.strip()} ({title})" if nearest else title


def page_intents(pages: Sequence[SourcePage], bounds: Bounds) -> Iterator[Intent]:
    """Pages of one kind: those that a list or table of another page names, and that state the same fields."""
    by_name = _by_title(pages)
    for page in pages:
        for headings, items in _lists(page):
            subject = subject_of(page.title, Grid((), (), headings))
            yield from _of_pages(page, subject, items, by_name, bounds)
        for grid in page.grids:
            named = [row for row in grid.rows if row and _name(row[0])]
            yield from _of_pages(
                page, subject_of(page.title, grid), [row[0] for row in named], by_name, bounds
            )


def _of_pages(
    page: SourcePage, subject: str, names: Sequence[str], by_name: Mapping[str, SourcePage], bounds: Bounds
) -> Iterator[Intent]:
    found = {name: own for name in names if (own := _own(name, by_name)) is not None and own is not page}
    if not bounds.least_rows <= len(found) <= bounds.most_rows or len(found) < _SHARED * len(names):
        return
    values = {name: stated(own.fields) for name, own in found.items()}
    counts = Counter(label for stated in values.values() for label in stated)
    shared = [label for label, count in counts.items() if count == len(found)]
    asked = [label for label in shared if _asks_well(label, [values[name][label] for name in found])]
    asked = asked[: bounds.most_columns]
    if len(asked) >= bounds.least_columns:
        rows = tuple((name, *(values[name][label] for label in asked)) for name in found)
        types = tuple(_type([values[name][label] for name in found]) for label in asked)
        yield Intent(
            page, subject, "Name", tuple(asked), types, rows, kind="pages", owns=tuple(found.values())
        )


def _lists(page: SourcePage) -> Iterator[tuple[Headings, list[str]]]:
    """The page's lists, whose items may be names."""
    lists: dict[int, tuple[Headings, list[str]]] = {}
    for block in page.in_text:
        if isinstance(block, Paragraph) and block.listing:
            lists.setdefault(block.listing, (block.headings, []))[1].append(block.text)
    for headings, items in lists.values():
        named = [item for item in items if _name(item)]
        if len(named) == len(items):
            yield headings, named


def stated(fields: Iterable[Field]) -> dict[str, str]:
    """A page's fields that it states once."""
    seen: dict[str, set[str]] = {}
    for one in fields:
        seen.setdefault(f"{one.group} {one.label}".strip(), set()).add(one.value)
    return {label: next(iter(values)) for label, values in seen.items() if len(values) == 1}


def _by_title(pages: Sequence[SourcePage]) -> dict[str, SourcePage]:
    found: dict[str, list[SourcePage]] = {}
    for page in pages:
        for form in forms(page.title):
            found.setdefault(form, []).append(page)
    return {form: several[0] for form, several in found.items() if len(several) == 1}


def _own(name: str, by_name: Mapping[str, SourcePage]) -> SourcePage | None:
    return next((by_name[form] for form in forms(name) if form in by_name), None)
