"""The list (`ul`, `ol`) under the heading that a question means: for `suburbs of Ayr` the one on the page Ayr
under `Suburbs`. What its items plainly say beside a name (`Ayr: 12`, `Ayr (1901–1950)`) are columns. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.asked import Listed, judge
from wideseek_cli.pages.elements.menus import is_heading_of_links
from wideseek_cli.pages.model import FieldOrigin, Grid, Headings
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question, without_columns
from wideseek_cli.question.words import PARTICIPLE
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.words import alike, words

_LEAST, _MOST = 3, 1_000  # items of a list
_LONGEST = 120  # characters of an item; longer ones are prose
_MOSTLY = 0.8  # of the items
_YEARS = r"\(?(?:1[0-9]|20)\d\d(?:\s?[–/-]\s?(?:\d{2,4}|present|date)?)?\)?"
_DATED = re.compile(rf"(?P<year>{_YEARS})(?:\s?:|\s[–—-])\s(?P<name>\S.*)")  # `1986: Ayr Rovers`
_PAIR = re.compile(r"(?P<name>[^:]{1,80}?)(?::|\s[–—-])\s(?P<rest>\S.*)")  # `Corvia: Channel 4`
_NOTED = re.compile(r"(?P<name>.{1,80}?)\s?[(\[](?P<rest>[^()\[\]]+)[)\]]\W?$")  # `Jon Ayr (1901–1950)`
_SPAN = re.compile(r"\s?[–—-]\s?")
_MARKS = " *†‡#^,;"


@dataclass(frozen=True)
class HeadedList:
    """The rows of a list, and where it stands."""

    table: Table
    url: str
    title: str
    under: str
    met: tuple[Condition, ...] = ()  # the conditions that stand over it


@dataclass(frozen=True)
class _Items:
    title: str
    url: str
    headings: Headings
    texts: tuple[str, ...]

    @property
    def listed(self) -> Listed:
        dated = [match for text in self.texts if (match := _DATED.fullmatch(text))]
        if len(dated) < _MOSTLY * len(self.texts):
            return Listed(self.title, Grid(("",), tuple((text,) for text in self.texts), self.headings))
        rows = tuple((match["year"], match["name"]) for match in dated)
        return Listed(self.title, Grid(("year", ""), rows, self.headings))


def headed_list(
    question: Question, columns: Sequence[Column], pages: Iterable[PageFacts]
) -> HeadedList | None:
    """Of lists that say all that the question does the one whose own heading says most of it; several of one
    page under the same heading are one."""
    found = [(items, rank) for page in pages for items in _lists(page) if (rank := _fit(question, items))]
    if not found:
        return None
    first, best = max(found, key=lambda pair: pair[1])
    texts = [text for items, rank in found if rank == best and items.url == first.url for text in items.texts]
    table = _table(texts, columns or question.wished, question.kind)
    met = judge(question, first.listed, columns, None).met
    return HeadedList(table, first.url, first.title, first.headings[-1], met) if table.rows else None


def _lists(page: PageFacts) -> Iterator[_Items]:
    """The first list under each heading, also one whose items are read as fields."""
    groups: dict[Headings, dict[int, list[str]]] = {}
    for item in page.paragraphs:
        if item.listing:
            groups.setdefault(item.headings, {}).setdefault(item.listing, []).append(item.text)
    for field in page.fields:
        if field.origin is FieldOrigin.LIST:
            groups.setdefault(field.headings, {}).setdefault(-1, []).append(f"{field.label}: {field.value}")
    for headings, lists in groups.items():
        for texts in lists.values():
            short = [text for text in texts if len(text) <= _LONGEST]
            if len(texts) >= _LEAST and len(short) >= _MOSTLY * len(texts):
                if len(headings) > 1 and not any(map(is_heading_of_links, headings)):
                    kept = tuple(text.rstrip(".").strip(_MARKS) for text in texts[:_MOST])
                    yield _Items(page.document.title, page.document.url, headings, kept)
                break


def _fit(question: Question, items: _Items) -> int:
    """How many words that are asked its own heading has beside its title; none where it is another list."""
    asked = [word for word in question.subject() if not PARTICIPLE.fullmatch(word)]
    verdict = judge(question, items.listed, (), None)
    over = {word for text in items.listed.over for word in words(text)}
    if verdict.other or question.unread((), " ".join(items.listed.over)):
        return 0
    if not all(any(alike(word, other) for other in over) for word in asked):
        return 0
    title, wanted = words(items.title), words(without_columns(question.text))
    if not any(alike(word, other) for word in title for other in wanted):
        return 0  # of a thing that nobody has named
    own = [word for word in words(items.headings[-1]) if not any(alike(word, other) for other in title)]
    return sum(any(alike(word, other) for other in wanted) for word in own)


def _table(texts: Sequence[str], columns: Sequence[Column], kind: str) -> Table:
    """The items in the columns that are asked for, where they have so many parts; else their names."""
    fields = [column.name for column in columns if not column.key]
    names = [column.name for column in columns if column.key] or [kind or "name"]
    for pattern in (_DATED, _PAIR, _NOTED):
        found = [(text, pattern.fullmatch(text)) for text in texts]
        if sum(match is not None for _, match in found) < _MOSTLY * len(texts):
            continue
        if pattern is _DATED:
            parts = [(m["year"].strip("()"), m["name"]) if m else ("", text) for text, m in found]
            return _made(["year", kind or "name"], parts)
        parts = [(m["name"].strip(), m["rest"].strip()) if m else (text, "") for text, m in found]
        if len(fields) == 2:
            spans = [_SPAN.split(rest) for _, rest in parts]
            if sum(len(span) == 2 for span in spans) >= _MOSTLY * len(parts):
                cells = [
                    (name, *(span if len(span) == 2 else ("", "")))
                    for (name, _), span in zip(parts, spans, strict=True)
                ]
                return _made([*names, *fields], cells)
            return _made(fields, parts) if pattern is _PAIR else _made(names, [part[:1] for part in parts])
        if len(fields) == 1:
            return _made([*names, *fields], parts)
        return _made(names, [(name,) for name, _ in parts] if pattern is _NOTED else [(t,) for t in texts])
    return _made(names, [(text,) for text in texts])


def _made(labels: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    columns = tuple(Column(label, key=not at) for at, label in enumerate(labels))
    made = dict.fromkeys(Row(tuple(map(_cell, row))) for row in rows if row[0])
    return Table(columns, tuple(made))


def _cell(text: str) -> Cell:
    return Cell(text) if text else Cell("", CellStatus.MISSING)
