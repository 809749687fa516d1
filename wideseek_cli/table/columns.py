"""Columns: what the user asked for, and which of the model's columns is which."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import clean_text
from wideseek_cli.facts.labels import Match, is_counter, match
from wideseek_cli.table.model import Cell, CellStatus, Column, Table
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.words import name_key, words

MAX_COLUMNS = 100
_ALIKE = 0.84  # how alike two long column names must be to be taken for one
NAMED = re.compile(
    r"(?:\b(?:(?:use|with)\s+(?:the\s+)?|the\s+|table\s+)?columns?(?:\s+(?:names?|headers?|titles?))?|\bheaders?|列名|表头|列标题|字段)"
    r"(?:(?:\s+(?:are|is|should be|must be))?(?:\s+as\s+follows)?"
    r"(?:,?\s+in\s+(?:sequence|order|this\s+order))?"
    r"(?:依次|分别)?(?:为|是)?\s*[:：]|(?:(?<=use the columns)|(?<=the columns are)|(?<=with the columns)"
    r"|\s+(?:are|should be|must be))(?=\s))\s*(?P<names>[^\n]{3,1000})",
    re.IGNORECASE,
)
_NAMES_END = re.compile(r"[.;](?:\s(?![a-z(])|$)|[。；]")  # not `No. in series`
_MOST_NAME = 60  # characters of a column's name in a question; longer ones are sentences


def parse_columns(spec: str) -> tuple[Column, ...]:
    """Read `name, city, founded:int`. A column may be marked `:key`; else the first one is the key."""
    hint = 'write it like --columns "name, city, founded:int"; types: ' + " ".join(
        t.value for t in ColumnType
    )
    spec = " ".join(clean_text(spec.replace("，", ",").replace("：", ":")).split())
    try:
        fields = next(csv.reader([spec], skipinitialspace=True), [])
    except csv.Error as error:  # a field of more than 128 kB
        raise UsageError(f"the columns cannot be read: {error}", hint=hint) from error
    columns: list[Column] = []
    for text in fields:
        column = _parse_one(text, hint)
        if any(name_key(c.name) == name_key(column.name) for c in columns):
            raise UsageError(f"column {column.name!r} is named twice", hint=hint)
        columns.append(column)
    if not columns:
        raise UsageError("no columns are named", hint=hint)
    if len(columns) > MAX_COLUMNS:
        raise UsageError(f"{len(columns)} columns are too many (at most {MAX_COLUMNS})", hint=hint)
    if not any(column.key for column in columns):
        columns[0] = replace(columns[0], key=True)
    return tuple(columns)


def columns_spec(columns: Sequence[Column]) -> str:
    """What `parse_columns` reads."""
    return ", ".join(f"{c.name}:{c.type.value}{':key' if c.key else ''}" for c in columns)


def _parse_one(text: str, hint: str) -> Column:
    name, *marks = (part.strip() for part in text.split(":"))
    if not name_key(name):
        raise UsageError(f"a column has no name: {text.strip()!r}", hint=hint)
    kind, key = ColumnType.STR, False
    for mark in marks:
        word = mark.casefold()
        if word == "key":
            key = True
        elif word in {t.value for t in ColumnType}:
            kind = ColumnType(word)
        else:
            raise UsageError(f"column {name!r} has an unknown type {mark!r}", hint=hint)
    return Column(name, kind, key)


def columns_named(question: str) -> tuple[Column, ...]:
    """The columns that a question names in so many words (`Columns: country, capital.`)."""
    named = NAMED.search(question)
    listed = _NAMES_END.split(named["names"])[0] if named else ""
    names = [clean_text(part).strip(" \"'“”*`|") for part in re.split(r"[,，、|]\s*", listed)]
    names = [re.sub(r"^and\s+", "", name) for name in names]
    keys = [name_key(name) for name in names]
    fits = all(keys) and len(set(keys)) == len(keys) and all(len(name) <= _MOST_NAME for name in names)
    if not fits or not 2 <= len(names) <= MAX_COLUMNS:
        return ()
    return with_key([Column(name) for name in names])


def with_key(columns: Sequence[Column], key: Sequence[str] = ()) -> tuple[Column, ...]:
    """Mark the key: the named columns, or the first that is not a running number."""
    wanted = {name_key(name) for name in key}
    found = [c for c in columns if name_key(c.name) in wanted]
    if not found:
        found = [c for c in columns if not is_counter(c.name)][:1] or list(columns[:1])
    return tuple(replace(c, key=c in found) for c in columns)


def match_columns(header: Sequence[str], columns: Sequence[Column], *, guess: bool = True) -> dict[int, int]:
    """For each wanted column, its place in the header: by name, a close one, or (a guess) what is left."""
    found: dict[int, int] = {}
    for same in (_equal, _equal_without_notes, _one_in_the_other, _alike):
        for number, column in enumerate(columns):
            if number in found:
                continue
            free = [at for at in range(len(header)) if at not in found.values()]
            fits = [at for at in free if same(header[at], column.name)]
            if len(fits) == 1 or (fits and same is _equal):
                found[number] = fits[0]
    if not guess:
        return found
    left = [n for n in range(len(columns)) if n not in found]
    free = [at for at in range(len(header)) if at not in found.values() and not is_counter(header[at])]
    if len(left) == len(free) == 1 or (not found and len(header) == len(columns)):
        found.update(zip(left, free, strict=False))
    return found


def under_names(table: Table, columns: Sequence[Column]) -> Table:
    """The table with just the columns that a question names, in its order, if it has them all, or none but
    some of them: then the others are still to be found. Only the key may have had another name: what another
    column holds under another name may be another thing. One airport is no other name than airports."""
    header = [name_key(column.name) for column in table.columns]
    places = [header.index(key) if (key := name_key(c.name)) in header else -1 for c in columns]
    singular = [_singular(column.name) for column in table.columns]
    for at, column in enumerate(columns):
        if places[at] < 0 and singular.count(_singular(column.name)) == 1:
            place = singular.index(_singular(column.name))
            places[at] = place if place not in places else -1
    places = _with_akin(table, columns, places)
    keys = [at for at, column in enumerate(table.columns) if column.key and at not in places]
    if places.count(-1) == len(keys) == 1 and columns[places.index(-1)].key:
        places[places.index(-1)] = keys[0]
    has_others = len(set(places) - {-1}) < len(table.columns)
    if not places or (-1 in places and (has_others or not _keyed(columns, places) or len(header) < 2)):
        return table
    named = (
        c if at < 0 else replace(c, type=table.columns[at].type)
        for c, at in zip(columns, places, strict=True)
    )
    lacking = Cell("", CellStatus.MISSING)
    rows = (
        replace(row, cells=tuple(lacking if at < 0 else row.cells[at] for at in places)) for row in table.rows
    )
    return Table(tuple(named), tuple(rows))


def _with_akin(table: Table, columns: Sequence[Column], places: Sequence[int]) -> list[int]:
    """The places, and those of columns whose name is said in more words (`total number of students`), where
    just one column of the table may be meant and it can be no other."""
    free = [at for at in range(len(table.columns)) if at not in places]
    fits = {
        at: [f for f in free if match(table.columns[f].name, columns[at].name) is not Match.NONE]
        for at, place in enumerate(places)
        if place < 0
    }
    taken = [place for found in fits.values() for place in found]
    return [
        fits[at][0] if place < 0 and len(fits[at]) == 1 and taken.count(fits[at][0]) == 1 else place
        for at, place in enumerate(places)
    ]


def _keyed(columns: Sequence[Column], places: Sequence[int]) -> bool:
    """Whether every key column has a place in a table."""
    return all(at >= 0 for column, at in zip(columns, places, strict=True) if column.key)


def _singular(name: str) -> str:
    """A column's name for comparing, its words without the s of a plural."""
    return name_key(" ".join(re.sub(r"(?<=[a-z]{2})(?<!s)s$", "", word) for word in words(name)))


def _equal(a: str, b: str) -> bool:
    return name_key(a) == name_key(b)


def _without_notes(name: str) -> str:
    return name_key(re.sub(r"[(（\[].{0,300}?[)）\]]", " ", name))


def _equal_without_notes(a: str, b: str) -> bool:
    return bool(_without_notes(a)) and _without_notes(a) == _without_notes(b)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.sub(r"[^\w]|_", " ", name.casefold()).split())


def _one_in_the_other(a: str, b: str) -> bool:
    left, right = _words(a), _words(b)
    if not left or not right:
        return False
    return left <= right or right <= left


def _alike(a: str, b: str) -> bool:
    return SequenceMatcher(None, _without_notes(a), _without_notes(b)).ratio() >= _ALIKE
