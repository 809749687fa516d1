"""The list that a page has in several tables, by county, decade or letter: one verdict over all. Pure.

Tables under headings of one level are parts of one list where they have most labels in common, or have them
with another that has. Their columns are told by the labels; where one is worded otherwise (`Woodland`, else
`Name`), by its place between others and by what it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.rows.answering import Source, first_names, key_of, places_of, source_of
from wideseek_cli.facts.rows.asked import own_heading, part_of
from wideseek_cli.facts.rows.opposites import told
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import Question
from wideseek_cli.question.words import LITTLE
from wideseek_cli.table.model import Column
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, stems, words

_SAMPLE = 40  # rows that show what a column holds
_MOST_KINDS = 60  # of tables, by their labels
_SERIES = 3  # tables that are parts of one list, though not all have the columns asked for

_NO_KIND = frozenset(stems("name names title no"))

_Labels = tuple[str, ...]


@dataclass(frozen=True)
class OneList:
    """The tables that are one list: those whose rows answer, and those that lack a column that most lack."""

    taken: tuple[Source, ...]
    left: tuple[Source, ...] = ()

    @property
    def under(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(own_heading(one.grid) for one in self.left))

    @property
    def more(self) -> int:
        return sum(len(one.grid.rows) for one in self.left)


@dataclass(frozen=True)
class _Kind:
    """Tables with the same labels: where their rows' names stand, and the asked columns; `said`: those of
    which the label tells, the names' too."""

    grids: tuple[Grid, ...]
    key: int
    places: Mapping[int, int]
    said: frozenset[int]
    sure: bool = True  # where the names stand

    @property
    def label(self) -> str:
        return self.grids[0].labels[self.key]


def one_list(
    best: Source, found: Iterable[Source], asked: Question, columns: Sequence[Column], *, guessed: bool
) -> OneList:
    """The parts of a list that one page has as several tables, or that several pages have by letters."""
    name, letters = part_of(best.page.document.title, asked)
    same = [s for s in found if _same_labels(s, best) and (s.page is best.page or letters)]
    if letters:
        same = [s for s in same if part_of(s.page.document.title, asked)[0] == name]
        same.sort(key=lambda s: s.page.document.title)
        return OneList(tuple(_meant(best, same, asked)))
    order = {id(grid): at for at, grid in enumerate(best.page.grids)}
    kinds = _kinds(best, same, columns, asked)
    tables = sum(len(kind.grids) for kind in kinds)
    having = Counter(at for kind in kinds for at in kind.said for _ in kind.grids)
    common = {at for at, count in having.items() if _is_common(count, tables)}
    needed = {key_of(columns), *best.places} - common
    known, lacking = {id(s.grid): s for s in same}, set[int]()
    for kind in kinds:
        whole = kind.sure and kind.said >= needed
        for grid in kind.grids:
            given = kind.key, dict(kind.places)
            one = known.get(id(grid)) or source_of(
                best.page, grid, asked, columns, guessed=guessed, given=given
            )
            if one is not None and not one.unread:
                known[id(grid)] = one
                lacking |= set() if whole else {id(grid)}
    parts = sorted(known.values(), key=lambda s: order[id(s.grid)])
    taken = _meant(best, [s for s in parts if id(s.grid) not in lacking], asked)
    share, named = _share(taken[0], asked), taken[0].named
    left = [s for s in parts if id(s.grid) in lacking and set(best.met) <= set(s.met) and s.named >= named]
    least = share if tables >= _SERIES else max(share, 1)  # of two, one that is asked for
    return OneList(tuple(taken), tuple(s for s in left if _share(s, asked) >= least))


def _is_common(having: int, tables: int) -> bool:
    """Whether so many tables that have a column make the others lack it, rather than be another list."""
    return having >= _SERIES and 3 * having >= 2 * tables


def _meant(best: Source, same: Sequence[Source], asked: Question) -> list[Source]:
    """Of the parts those that state the same conditions; where the question's words are in the headings of
    some of them only, these; but not where the page as a whole is what was asked for."""
    same = [s for s in same if set(best.met) <= set(s.met)]
    shares = [_share(s, asked) for s in same]
    meant = [s for s, share in zip(same, shares, strict=True) if share == max(shares)]
    return [s for s in meant if s.named == max(one.named for one in meant)]


def _share(one: Source, asked: Question) -> int:
    """How many words that may choose a part stand over one: not those of the page, where it is what is asked
    for."""
    own = one.page.document.title
    title, wanted = ({stem(word) for word in said} for said in (words(own), asked.subject()))
    if title - {stem(word) for word in LITTLE} <= {stem(word) for word in words(asked.listed)}:
        wanted -= title
    head = " ".join((*one.grid.headings, one.grid.caption)).replace(own, "")
    return len(wanted & told(head))


def _same_labels(one: Source, other: Source) -> bool:
    """Whether the labels that answer are the same but for their wording."""
    if one.places.keys() != other.places.keys() or (not one.places and one.grid.labels != other.grid.labels):
        return False
    pairs = [(one.key, other.key), *((place, other.places[at]) for at, place in one.places.items())]
    return all(match(one.grid.labels[a], other.grid.labels[b]) is not Match.NONE for a, b in pairs)


def _kinds(best: Source, same: Sequence[Source], columns: Sequence[Column], asked: Question) -> list[_Kind]:
    """The kinds of tables that are one list with the best, each found by one that is."""
    depth, by_labels = len(best.grid.headings), dict[_Labels, list[Grid]]()
    for grid in best.page.grids:
        if grid.rows and len(grid.headings) == depth:
            by_labels.setdefault(grid.labels, []).append(grid)
    key = key_of(columns)
    known = {
        s.grid.labels: _Kind((s.grid,), s.key, s.places, frozenset({key, *s.places}))
        for s in (*same[::-1], best)
    }
    known = {
        labels: _Kind(tuple(by_labels.pop(labels, kind.grids)), kind.key, kind.places, kind.said)
        for labels, kind in known.items()
    }
    waiting = list(known.values())
    while waiting and len(known) < _MOST_KINDS:
        beside = waiting.pop(0)
        for labels in [labels for labels in by_labels if _alike(labels, beside.grids[0].labels)]:
            kind = _like(beside, by_labels[labels], columns, asked)
            if kind is not None:
                label = best.grid.labels[best.key]
                if _says_nothing(label) or _says_nothing(kind.label) or _fits((kind.label,), label):
                    kind = replace(kind, said=kind.said | {key})
                known[labels] = kind
                waiting.append(kind)
                del by_labels[labels]
    return list(known.values())


def _says_nothing(label: str) -> bool:
    """Of what rows are: `Name`, where another part has `Woodland`."""
    return _NO_KIND.issuperset(stems(label))


def _like(beside: _Kind, grids: list[Grid], columns: Sequence[Column], asked: Question) -> _Kind | None:
    key = found = _place_in(grids[0], beside.grids[0], beside.key)
    if key is None:
        key = first_names(grids[0])
        if key is None or _fits(beside.grids[0].labels, grids[0].labels[key]):
            return None  # it names what is a column of the other
    said = {at: place for at, place in places_of(grids[0], columns, asked.text)[1].items() if place != key}
    places = dict(said)
    for at, there in beside.places.items():
        place = _place_in(grids[0], beside.grids[0], there) if at not in said else None
        if place is not None and place not in (key, *said.values()):
            places[at] = place
    plain = _says_nothing(beside.label) or _says_nothing(grids[0].labels[key])
    return _Kind(tuple(grids), key, places, frozenset(said), found is not None or plain)


def _alike(labels: _Labels, others: _Labels) -> bool:
    """Whether the shorter of two headers has most of its labels in the other."""
    shorter, longer = sorted(([one for one in both if one] for both in (labels, others)), key=len)
    shared = sum(any(match(one, other) is not Match.NONE for other in longer) for one in shorter)
    return shared >= 2 and 2 * shared >= len(shorter)


def _place_in(grid: Grid, other: Grid, at: int) -> int | None:
    """Where a grid has what another has in a column: by its label, else between the labels beside it."""
    fits = _fits(grid.labels, other.labels[at])
    if fits:
        return fits[0] if len(fits) == 1 else None
    anchors = list(_anchors(grid.labels, other.labels))
    left = max((one for one in anchors if one[0] < at), default=(-1, -1))
    right = min((one for one in anchors if one[0] > at), default=(len(other.labels), len(grid.labels)))
    place = left[1] + at - left[0]
    if right[0] - left[0] != right[1] - left[1] or any(_fits(other.labels, grid.labels[place])):
        return None
    kinds = _holds(grid, place), _holds(other, at)
    return place if kinds[0] == kinds[1] else None


def _fits(labels: _Labels, label: str) -> list[int]:
    how = [match(one, label) for one in labels]
    best = max(how, default=Match.NONE)
    return [at for at, kind in enumerate(how) if kind is best is not Match.NONE]


def _anchors(labels: _Labels, others: _Labels) -> Iterator[tuple[int, int]]:
    """The places of labels that both have once."""
    for at, label in enumerate(others):
        fits = _fits(labels, label)
        if len(fits) == 1 and len(_fits(others, labels[fits[0]])) == 1:
            yield at, fits[0]


def _holds(grid: Grid, at: int) -> str:
    """What most of a column's cells are."""
    cells = [row[at] for row in grid.rows[:_SAMPLE] if any(map(str.isalnum, row[at]))]
    dates = sum(parse_date(cell) is not None for cell in cells)
    numbers = sum(cell[:1].isdigit() and parse_number(cell) is not None for cell in cells)
    return "date" if 2 * dates > len(cells) else "number" if 2 * numbers > len(cells) else "text"
