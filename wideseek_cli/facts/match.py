"""What pages state for a row and a column: from their cells and fields, with doubts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from wideseek_cli.facts.labels import Match, is_counter, match, match_asked, match_under, without_plain_label
from wideseek_cli.facts.model import Fact, Place
from wideseek_cli.facts.names import beside_name, forms, plain
from wideseek_cli.facts.pagefacts import PageFacts, Spot
from wideseek_cli.facts.scope import other_scope, wider_scope
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.facts.values import is_clause, is_sentence
from wideseek_cli.pages.model import Field, FieldOrigin, Grid
from wideseek_cli.table.model import Doubt, Reason
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stems

_QUOTE = 300
_KEY_SAMPLE = 12
_COUNT = re.compile(r"(?:the\s)?(?:total\s)?(?:number|count|no\.?)\s(?:of\s)?", re.IGNORECASE)
_BEFORE_NUMBER = 8  # characters: `about 300`


def cell_facts(
    page: PageFacts,
    names: frozenset[str],
    key: str,
    column: str,
    question: str,
    beside: Sequence[frozenset[str]] = (),
    name: str = "",
) -> Iterator[Fact]:
    """What the page's grids say in the row's own rows; of several rows of its name in those that have it word
    for word, and the names `beside` it too."""
    for spot in _meant(page, page.find(names), beside, plain(name)):
        grid = page.grids[spot.grid]
        answers = partial(_columns, grid, column, question)
        answering = page.keep(("columns", spot.grid, column, question), answers)
        if not answering:
            continue
        asked = frozenset(stems(f"{key} {column}"))
        reasons = tuple(_doubts(page, spot, key, question, names, asked))
        called = grid.rows[spot.row][spot.column]
        if beside_name(name) != beside_name(called):
            reasons = (Reason(Doubt.OTHER_SUBJECT, called), *reasons)
        for at, how in answering:
            said = grid.rows[spot.row][at] if at < len(grid.rows[spot.row]) else ""
            if at != spot.column and said:
                place = grid.places[spot.row] if grid.places else (0, 0)
                quote = quote_of(grid, spot, at)
                yield Fact(said, grid.labels[at], Place.CELL, how, page.document, quote, *place, reasons)


def _meant(
    page: PageFacts, spots: Sequence[Spot], beside: Sequence[frozenset[str]], name: str
) -> Iterator[Spot]:
    """The spots of the rows that are meant, of namesakes in grids with the same labels, which are one list:
    `Glass (pure)` is not `Glass (raw)`."""
    for labels in dict.fromkeys(page.grids[spot.grid].labels for spot in spots):
        rows = {s: page.grids[s.grid].rows[s.row] for s in spots if page.grids[s.grid].labels == labels}
        exact = [s for s, row in rows.items() if plain(row[s.column]) == name] if len(rows) > 1 else []
        known = {s: [forms(cell) for cell in rows[s]] if beside else [] for s in exact or rows}
        met = {s: sum(not all(map(n.isdisjoint, cells)) for n in beside) for s, cells in known.items()}
        yield from (spot for spot, count in met.items() if count == max(met.values()))


def _columns(grid: Grid, column: str, question: str) -> list[tuple[int, Match]]:
    """The columns that answer: identical labels, or the only one that is akin."""
    found = best_columns(grid, column, question)
    return found if len(found) == 1 or (found and found[0][1] is Match.IDENTICAL) else []


def best_columns(
    grid: Grid, column: str, question: str, taken: Collection[int | None] = ()
) -> list[tuple[int, Match]]:
    """The columns with the labels that answer best; where a number is asked, of those that hold numbers."""
    labels = [(at, label) for at, label in enumerate(grid.labels) if at not in taken]
    found = [(at, match_asked(label, column, question)) for at, label in labels]
    if _COUNT.match(column):
        found = [(at, how) for at, how in found if how is not Match.NONE and _holds_numbers(grid, at)]
    best = max((how for _, how in found), default=Match.NONE)
    return [(at, how) for at, how in found if how is best is not Match.NONE]


def _holds_numbers(grid: Grid, at: int) -> bool:
    cells = [row[at] for row in grid.rows[:_KEY_SAMPLE] if any(map(str.isalnum, row[at]))]
    numbers = sum(n is not None and n.start <= _BEFORE_NUMBER for n in map(parse_number, cells))
    return 2 * numbers >= len(cells)


def _doubts(
    page: PageFacts, spot: Spot, key: str, question: str, names: frozenset[str], asked: frozenset[str]
) -> Iterator[Reason]:
    grid = page.grids[spot.grid]
    if not is_key(page, spot, key):
        yield Reason(Doubt.OTHER_SUBJECT, grid.rows[spot.row][_first(page, spot.grid)])
    if page.is_about(names):
        return
    over = (grid.caption, *reversed(grid.headings), title := page.document.title)
    if lacks := wider_scope(
        " ".join((*over, *grid.labels, grid.rows[spot.row][spot.column])), question, asked
    ):
        yield Reason(Doubt.OTHER_SCOPE, title, lacks)
        return
    for text in filter(None, over):
        if reason := other_scope(text, question):
            yield reason
            return
        if question and any(year in text for year in question.split() if year.isdigit() and len(year) == 4):
            return  # the nearest that names the asked year decides


def is_key(page: PageFacts, spot: Spot, key: str) -> bool:
    """Whether this column names the rows: by the key's label, else the first that holds no numbers."""
    grid = page.grids[spot.grid]
    named = page.keep(("columns", spot.grid, key, ""), partial(_columns, grid, key, ""))
    return spot.column in (at for at, _ in named) if named else spot.column == _first(page, spot.grid)


def _first(page: PageFacts, number: int) -> int:
    """The first column of a grid that holds names."""
    return page.keep(("first", number), partial(_of_names, page.grids[number]))[0]


def _of_names(grid: Grid) -> Iterator[int]:
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_KEY_SAMPLE] if row[at]]
        numbers = sum(parse_number(cell) is not None and cell[:1] in "0123456789#(.-" for cell in cells)
        if cells and not is_counter(label or "x") and numbers * 2 <= len(cells):
            yield at
    yield 0


def field_facts(page: PageFacts, names: frozenset[str], column: str) -> Iterator[Fact]:
    """What the fields of a page about the row say, or of a section about it."""
    about = page.speaks_of(names)
    for field, how, over in page.keep(("fields", column), partial(_answering, page.fields, column)):
        called = (form for heading in field.headings for form in forms(heading))
        if about or (not over and not names.isdisjoint(called)):
            quote = f"{over}{field.label}: {field.value}".replace("\n", " ")
            place = (field.start, field.end) if field.start >= 0 else (0, 0)
            said = _first_sentence(field.value) if field.origin is FieldOrigin.LINE else field.value
            yield Fact(without_plain_label(said), field.label, Place.FIELD, how, page.document, quote, *place)


def _answering(fields: Sequence[Field], column: str) -> Iterator[tuple[Field, Match, str]]:
    """The fields that answer a column, and the heading that says so where the label says little."""
    for field in fields:
        how, over = match(field.label, column), ""
        if how is Match.NONE and field.group:
            how = min(match(f"{field.group} {field.label}", column), Match.AKIN)
        if how is Match.NONE and field.headings[1:]:
            how, over = match_under(field.headings[-1], field.label, column), f"{field.headings[-1]}: "
        if how is not Match.NONE:
            yield field, how, over


def heading_facts(page: PageFacts, names: frozenset[str], column: str) -> Iterator[Fact]:
    """What stands alone under a heading that is the field's name, on a page about the row. A sentence is
    running text there, and a clause a value only where the heading is the very name."""
    if not page.is_about(names):
        return
    for text in page.paragraphs:
        if text.headings[1:] and len(text.text) <= _QUOTE and ":" not in text.text[:40]:
            label = text.headings[-1]
            how = match(label, column)
            running = is_sentence(text.text) or (how is Match.AKIN and is_clause(text.text))
            if how is not Match.NONE and not running:
                quote = f"{label}: {text.text}"
                yield Fact(text.text, label, Place.FIELD, how, page.document, quote, text.start, text.end)


def _first_sentence(text: str) -> str:
    """What a line `Label: value.` says before it goes on with other sentences."""
    spans = sentences(text)
    first = text[slice(*spans[0])].rstrip(" .") if len(spans) > 1 else text
    return re.split(r", (?=(?:which|including|with|\w+ed) )", first)[0]


def quote_of(grid: Grid, spot: Spot, at: int) -> str:
    """The row with the labels of what matters: `Anglo | Jockey: Tim Norman`."""
    row = grid.rows[spot.row]
    label = f"{grid.labels[at]}: " if grid.labels[at] else ""
    said = f"{row[spot.column]} | {label}{row[at]}".replace("\n", " ")
    return said if len(said) <= _QUOTE else said[: _QUOTE - 1] + "…"
