"""Tables made by code: rows that a plan names, and cells that reports state.

Used while a run goes on (the provisional table), for repair subtasks, and when the lead gives no table.
It reads only what reports say plainly: tables, and lines like `Capital: Lima` under the name of a thing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from wideseek_cli.table.columns import match_columns, with_key
from wideseek_cli.table.markdown import RawTable, clean_cell, find_tables, make_table, parse_table
from wideseek_cli.table.merge import other_values, with_other
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.compare import find_name, is_missing, name_forms
from wideseek_cli.values.words import stem, words

_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s+|(?:\d+[.)]\s+|[-*]\s+)?\*\*)(?P<name>[^*#|:：]{1,80}?)\s{0,9}[:：]?\s{0,9}(?:\*\*)?\s{0,9}[:：]?\s*$"
)
_LINE = re.compile(
    r"^\s*(?:[-*•]\s+|\d+[.)]\s+)?\**(?P<name>[^*|:：]{1,80}?)\**\s*[:：]\**\s*(?P<value>\S.*)$"
)
_NOTE = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]|\((?:source|from|see|来源)[^)]*\)|（(?:来源|见)[^）]*）)\s*$", re.IGNORECASE
)
_ADDRESS = re.compile(r"^\W*\w+://")
_NO_FIELDS = frozenset({"name", "source", "sources", "url", "note", "notes", "reference", "来源", "名称"})
_MOST_WORDS = 8  # of a subtask's own part; longer ones are sentences, not names
_MOST_VALUE = 200
_WANTS_NAMES = re.compile(
    r"^\W*(?:list|enumerate|name|find)\s+(?:[a-z-]+\s+){0,4}?([a-z]+s)\s+(?:of|in|from|on)\b|^列出.*(?:所有|全部)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Report:
    """A subtask and what came back. `own`: the agent's words; else what it had read when it was cut short,
    where a table may be about anything: the harvest looks at those pages, and whether they answer."""

    task: str
    text: str
    own: bool = True


@dataclass
class _Facts:
    """Values by entity, in the order they were met; the first value of a field is the cell's."""

    columns: tuple[Column, ...]
    rows: list[tuple[str, dict[int, list[str]]]] = field(default_factory=list)
    by_form: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def put(self, entity: str, number: int, value: str) -> None:
        forms = name_forms(entity)
        if not forms:
            return
        row = next((self.by_form[form] for form in forms if form in self.by_form), None)
        if row is None:
            row = {}
            self.rows.append((entity, row))
        for form in forms:
            self.by_form.setdefault(form, row)
        if value:
            row.setdefault(number, []).append(value)

    def table(self, key: int) -> Table | None:
        made = [
            Row(
                tuple(
                    _cell([name] if at == key else values.get(at, []), column)
                    for at, column in enumerate(self.columns)
                )
            )
            for name, values in self.rows
        ]
        return Table(self.columns, tuple(made)) if made else None


def planned_rows(tasks: Sequence[str], columns: Sequence[Column]) -> Table | None:
    """Rows that the plan names: what differs between subtasks of one wording. Where these look for the rows
    themselves (`List the countries of Asia`), what differs is no row."""
    if any(_wants_rows(task, columns) for task in tasks):
        return None
    names = [name for name in entities(tasks) if name]
    if len(names) < 2:
        return None
    shape = tuple(columns) or with_key([Column("name")])
    facts = _Facts(shape)
    for name in names:
        facts.put(name, -1, "")
    return facts.table(_key(shape))


def _wants_rows(task: str, columns: Sequence[Column]) -> bool:
    """Whether a subtask looks for things of the kind that rows are, and not for a fact of one of them."""
    wants = _WANTS_NAMES.match(task)
    if wants is None or not wants[1]:
        return wants is not None
    kinds = {stem(word) for column in columns if column.key for word in words(column.name)}
    return stem(wants[1].lower()) in kinds or kinds <= {"name"}


def entities(tasks: Sequence[str]) -> list[str]:
    """What each subtask alone speaks of; empty where the subtasks are not worded alike."""
    split = [task.split() for task in tasks]
    if len(split) < 2:
        return [""] * len(split)
    shortest = min(len(parts) for parts in split)
    head = next((n for n in range(shortest) if len({parts[n] for parts in split}) > 1), shortest)
    tail = next((n for n in range(shortest - head) if len({p[-1 - n] for p in split}) > 1), shortest - head)
    words_before, words_after = split[0][:head], split[0][len(split[0]) - tail :]
    head -= _name_words(words_before[1:][::-1])
    tail -= _name_words(words_after)
    own = [" ".join(parts[head : len(parts) - tail]).strip(" .,;:?!，。；：？\"'()") for parts in split]
    own = [re.sub(r"['’]s?$", "", name) for name in own]
    alike = head + tail >= 2 and all(0 < len(name.split()) <= _MOST_WORDS for name in own)
    return own if alike else [""] * len(split)


def _name_words(neighbours: Sequence[str]) -> int:
    """How many of the words next to a difference belong to the name: `University of`, `College`."""
    count = 0
    for at, word in enumerate(neighbours, start=1):
        if word[:1].isupper():
            count = at
            if word[-1:] in ".,;:?!":
                break
        elif word not in ("of", "de", "the", "and"):
            break
    return count


def from_reports(
    reports: Iterable[Report], columns: Sequence[Column], names: Sequence[str] = ()
) -> Table | None:
    """The table that the reports together state. `names` are rows that are known already."""
    reports = [report for report in reports if report.text.strip()]
    shape = tuple(columns) or _common_shape(reports)
    if not shape:
        return None
    facts, key = _Facts(shape), _key(shape)
    for report, own in zip(reports, _entity_names(reports), strict=True):
        named = [name for name in names if find_name(report.task, name)]
        name = named[0] if len(named) == 1 else own
        if report.own:
            _read_tables(report, facts, key, name)
        _read_lines(report, facts, name, named)
    return facts.table(key)


def completed(table: Table, found: Table | None, *, rows: bool = False) -> Table:
    """The table with found values put where it has none that is proved or seen, and kept beside those that it
    has; with `rows`, also the rows that it lacks. Both have the same columns."""
    if found is None:
        return table
    key = _key(table.columns)
    spare = {form: row for row in found.rows for form in name_forms(row.cells[key].text)}
    made, used = [], []
    for row in table.rows:
        other = next((spare[form] for form in name_forms(row.cells[key].text) if form in spare), None)
        used.append(other)
        cells = zip(row.cells, other.cells, table.columns, strict=True) if other else ()
        made.append(replace(row, cells=tuple(_fuller(*given) for given in cells)) if other else row)
    if rows:
        made += [row for row in found.rows if row not in used]
    return replace(table, rows=tuple(made))


def _fuller(cell: Cell, found: Cell, column: Column) -> Cell:
    """Which of the two values stands; the other is kept beside it."""
    stays = not found.text or cell.status in (CellStatus.PROVED, CellStatus.SEEN)
    kept, other = (cell, found) if stays else (found, cell)
    return kept if column.key else with_other(kept, other, column)


def _entity_names(reports: Sequence[Report]) -> list[str]:
    """Entities of subtasks that were worded alike, wave by wave they may differ in wording."""
    groups: dict[str, list[int]] = {}
    for number, report in enumerate(reports):
        groups.setdefault(" ".join(report.task.split()[:2]), []).append(number)
    names = [""] * len(reports)
    for numbers in groups.values():
        for number, name in zip(numbers, entities([reports[n].task for n in numbers]), strict=True):
            names[number] = name
    return names


def with_planned(found: Table | None, planned: Table | None) -> Table | None:
    """What was found, and the planned rows that it lacks if it is about the same things."""
    if planned is None or found is None:
        return found or planned
    if found.columns != planned.columns:
        key, shape = _key(planned.columns), _Facts(found.columns)
        for row in planned.rows:
            shape.put(row.cells[key].text, -1, "")
        at = _key(found.columns)
        known = sum(any(form in shape.by_form for form in name_forms(r.cells[at].text)) for r in found.rows)
        made = shape.table(at)
        if made is None or 2 * known < len(found.rows):
            return found
        planned = made
    return completed(planned, found, rows=True)


def _common_shape(reports: Sequence[Report]) -> tuple[Column, ...]:
    """The columns most reports' tables have, or else the fields most of them state of one thing each."""
    tables = [one for report in reports if report.own and (one := parse_table(report.text)) and one.rows]
    shapes = Counter(tuple(column.name.casefold() for column in table.columns) for table in tables)
    if not shapes:
        return _stated_shape(reports)
    common = shapes.most_common(1)[0][0]
    return next(
        table.columns for table in tables if tuple(c.name.casefold() for c in table.columns) == common
    )


def _stated_shape(reports: Sequence[Report]) -> tuple[Column, ...]:
    about_one = [report for report, name in zip(reports, _entity_names(reports), strict=True) if name]
    stated = [_stated_fields(report) for report in about_one]
    names = {name.casefold(): name for names in reversed(stated) for name in reversed(names)}
    number = Counter(field for names in stated for field in {name.casefold() for name in names})
    shared = [name for field, name in names.items() if 2 * number[field] > len(about_one) > 1]
    return with_key([Column("name"), *(Column(name) for name in reversed(shared))]) if shared else ()


def _stated_fields(report: Report) -> list[str]:
    """What its lines name as fields of the one thing it is about: not itself, nor where that was read."""
    lines = [match for line in report.text.splitlines() if "|" not in line and (match := _LINE.match(line))]
    names = [clean_cell(line["name"]) for line in lines if not _ADDRESS.search(line["value"])]
    return [name for name in names if name.casefold() not in _NO_FIELDS and len(name.split()) <= _MOST_WORDS]


def _read_tables(report: Report, facts: _Facts, key: int, name: str) -> None:
    for raw in find_tables(report.text):
        places = match_columns(raw.header, facts.columns)
        if key in places and (len(places) > 1 or len(facts.columns) == 1):
            for row in make_table(raw, facts.columns).rows:
                for at, cell in enumerate(row.cells):
                    facts.put(row.cells[key].text, at, cell.text if at != key else "")
        elif name and len(raw.header) == 2:
            _read_fields(raw, facts, name)


def _read_fields(raw: RawTable, facts: _Facts, name: str) -> None:
    """A table of one thing: each row is a field and its value."""
    for cells in (raw.header, *raw.rows):
        at = _field(clean_cell(cells[0]), facts.columns) if len(cells) > 1 else None
        if at is not None:
            facts.put(name, at, _value(cells[1], facts.columns[at]))


def _read_lines(report: Report, facts: _Facts, name: str, named: Sequence[str]) -> None:
    """`Field: value` lines, under the last heading or line that names a thing."""
    entity, key = name, _key(facts.columns)
    for line in report.text.splitlines():
        if "|" in line:
            continue
        heading, stated = _HEADING.match(line), _LINE.match(line)
        if heading and not _names_a_column(heading["name"], facts.columns):
            entity = clean_cell(heading["name"]) if len(heading["name"].split()) <= _MOST_WORDS else entity
        elif stated:
            at = _field(stated["name"], facts.columns)
            value = _value(stated["value"], facts.columns[at]) if at is not None else ""
            if at == key and value:
                entity = value
            elif at is not None and entity:
                facts.put(entity, at, value)
        else:
            here = [known for known in named if find_name(line, known)]
            entity = here[0] if len(here) == 1 else entity


def _field(name: str, columns: Sequence[Column]) -> int | None:
    """The one column whose words the name holds, or that holds all of its words."""
    said = set(words(name))
    fits = [at for at, column in enumerate(columns) if _overlap(said, set(words(column.name)))]
    best = max((len(set(words(columns[at].name)) & said) for at in fits), default=0)
    fits = [at for at in fits if len(set(words(columns[at].name)) & said) == best]
    return fits[0] if len(fits) == 1 else None


def _names_a_column(heading: str, columns: Sequence[Column]) -> bool:
    """Whether a heading is the name of a field rather than of a thing (`Oslo College` is no `college`)."""
    said = set(words(heading))
    return any(said <= set(words(column.name)) for column in columns)


def _overlap(said: set[str], column: set[str]) -> bool:
    return bool(said and column) and (said <= column or column <= said)


def _value(text: str, column: Column) -> str:
    value = _NOTE.sub("", clean_cell(text.strip(), column.type)).strip().removesuffix(".").strip()
    return "" if is_missing(value, column.type) or len(value) > _MOST_VALUE else value


def _key(columns: Sequence[Column]) -> int:
    return next((at for at, column in enumerate(columns) if column.key), 0)


def _cell(values: Sequence[str], column: Column) -> Cell:
    """The first value, and the others that are not the same."""
    if not values:
        return Cell("", CellStatus.MISSING)
    return Cell(values[0], alternatives=other_values(values[0], values[1:], column))
