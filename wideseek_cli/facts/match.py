"""What pages state for a row and a column: from their cells and fields, with doubts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from wideseek_cli.facts.labels import Match, is_counter, match, match_asked, match_under, without_plain_label
from wideseek_cli.facts.model import Fact, Place
from wideseek_cli.facts.names import forms, plain
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
        reasons = tuple(_doubts(page, grid, spot, key, question, names, asked))
        called = grid.rows[spot.row][spot.column]
        if "(" in name and "(" in called and plain(called) != plain(name):
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
    """The spots of the rows that are meant, of namesakes in one grid: `Glass (pure)` is not `Glass (raw)`."""
    for number in dict.fromkeys(spot.grid for spot in spots):
        here = [spot for spot in spots if spot.grid == number]
        rows = page.grids[number].rows
        if len(here) > 1:
            here = [spot for spot in here if plain(rows[spot.row][spot.column]) == name] or here
        if len(here) == 1 or not beside:
            yield from here
            continue
        known = [
            sum(any(not names.isdisjoint(forms(cell)) for cell in rows[spot.row]) for names in beside)
            for spot in here
        ]
        yield from (spot for spot, count in zip(here, known, strict=True) if count == max(known))


def _columns(grid: Grid, column: str, question: str) -> list[tuple[int, Match]]:
    """The columns that answer: identical labels before akin ones, of which there may be only one."""
    found = [(at, match_asked(label, column, question)) for at, label in enumerate(grid.labels)]
    best = max((how for _, how in found), default=Match.NONE)
    if best == Match.NONE:
        return []
    chosen: list[tuple[int, Match]] = [(at, how) for at, how in found if how == best]
    return chosen if best == Match.IDENTICAL or len(chosen) == 1 else []


def _doubts(
    page: PageFacts,
    grid: Grid,
    spot: Spot,
    key: str,
    question: str,
    names: frozenset[str],
    asked: frozenset[str],
) -> Iterator[Reason]:
    if not is_key(page, spot, key):
        yield Reason(Doubt.OTHER_SUBJECT, grid.rows[spot.row][_first(page, spot.grid)])
    if page.is_about(names):
        return
    over = (grid.caption, *reversed(grid.headings), page.document.title)
    title, row = page.document.title, grid.rows[spot.row][spot.column]
    if lacks := wider_scope(" ".join((*over, *grid.labels, row)), question, asked):
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
    if number not in page.named:
        page.named[number] = _first_named(page.grids[number])
    return page.named[number]


def _first_named(grid: Grid) -> int:
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_KEY_SAMPLE] if row[at]]
        numbers = sum(parse_number(cell) is not None and cell[:1] in "0123456789#(.-" for cell in cells)
        if cells and not is_counter(label or "x") and numbers * 2 <= len(cells):
            return at
    return 0


def field_facts(page: PageFacts, names: frozenset[str], column: str) -> Iterator[Fact]:
    """What the fields of a page about the row say, or of a section about it."""
    about = page.speaks_of(names)
    for field, how, over in page.keep(("fields", column), partial(_answering, page.fields, column)):
        if about or (not over and not names.isdisjoint(_section(field))):
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


def _section(field: Field) -> frozenset[str]:
    return frozenset(form for heading in field.headings for form in forms(heading))


def quote_of(grid: Grid, spot: Spot, at: int) -> str:
    """The row with the labels of what matters: `Anglo | Jockey: Tim Norman`."""
    row = grid.rows[spot.row]
    label = f"{grid.labels[at]}: " if grid.labels[at] else ""
    said = f"{row[spot.column]} | {label}{row[at]}".replace("\n", " ")
    return said if len(said) <= _QUOTE else said[: _QUOTE - 1] + "…"
