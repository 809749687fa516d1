"""The one cell that a question after one fact means: `Who won the Ayr Prize in 2006`, `area of Lake Bel`.

Every word of such a question is said by what stands over a table, by the name (or year) of a row, or by the
label of a column. Where one cell is so told, it is the answer; where several are that differ, none. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.labels import Match, match_asked
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.answering import first_names
from wideseek_cli.facts.rows.asked import Listed
from wideseek_cli.pages.elements.cells import as_name, as_value
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import Question
from wideseek_cli.question.words import LITTLE, PARTICIPLE, PLURAL
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.words import alike, name_key, stem, words

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_POSSESSIVE = re.compile(r"['’]s\b")
_MOST_WORDS = 12  # of a question after one fact


@dataclass(frozen=True)
class _Told:
    """A cell, and how much of the question its row's name says, and its label how well."""

    name: str
    label: str
    value: str
    kind: str
    said: int
    how: Match

    @property
    def rank(self) -> tuple[int, int]:
        return self.said, self.how


def asks_one(question: Question) -> bool:
    """Whether it may ask for one fact: of no kind of things, under no condition."""
    said = [word for word in PLURAL.findall(question.plain) if word.islower() and word not in LITTLE]
    return not (said or question.columns or question.wished or question.conditions)


def cell_asked(question: Question, pages: Iterable[PageFacts]) -> Table | None:
    """A table of the one row and the one column."""
    asked = [word for word in words(_POSSESSIVE.sub("", question.line)) if word not in LITTLE]
    if not 1 < len(asked) <= _MOST_WORDS:
        return None
    told = [one for page in pages for grid in page.grids for one in _told(page.document.title, grid, asked)]
    highest = max((one.rank for one in told), default=None)
    best = [one for one in told if one.rank == highest]
    if len({name_key(one.value) for one in best}) != 1:
        return None
    name = Column(best[0].kind or "name", key=True)
    label = best[0].label if name_key(best[0].label) != name_key(name.name) else "value"
    return Table(
        (name, Column(label)), (Row((Cell(best[0].name), Cell(best[0].value, CellStatus.UNPROVED))),)
    )


def _told(title: str, grid: Grid, asked: Sequence[str]) -> Iterator[_Told]:
    key = first_names(grid)
    if key is None or len(grid.rows) < 2:
        return
    over = {word for text in Listed(title, grid).over for word in words(text)}
    over |= set(words(grid.labels[key]))
    for row in grid.rows:
        for at in dict.fromkeys((key, *(at for at, cell in enumerate(row) if _YEAR.fullmatch(cell)))):
            name = words(as_name(row[at]))
            own = [word for word in asked if not _is_in(word, over)]
            said = [word for word in own if word in name]
            if said and all(_is_in(word, asked) for word in name):
                field = [word for word in own if word not in name]
                yield from _cells(grid, row, at, field, len(said))


def _cells(grid: Grid, row: Sequence[str], key: int, field: Sequence[str], said: int) -> Iterator[_Told]:
    """The cells of a row under a label that says what is left of the question."""
    bare = [word for word in field if not PARTICIPLE.fullmatch(word)]  # `city hosted`
    for phrase in dict.fromkeys((" ".join(field), " ".join(bare))):
        for at, label in enumerate(grid.labels):
            how = match_asked(label, phrase, grid.labels[key]) if phrase and at != key else Match.NONE
            if how is not Match.NONE and any(map(str.isalnum, row[at])):
                yield _Told(as_name(row[key]), label, as_value(row[at]), grid.labels[key], said, how)


def _is_in(word: str, there: Collection[str]) -> bool:
    return any(stem(word) == stem(other) or alike(word, other) for other in there)
