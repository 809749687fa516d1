"""One table out of the several that an answer may hold: parts below and beside one another, drafts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from wideseek_cli.facts.labels import is_counter
from wideseek_cli.table.celltext import clean_cell
from wideseek_cli.table.columns import MAX_COLUMNS, match_columns
from wideseek_cli.table.model import Column
from wideseek_cli.table.pipes import RawTable, fit_row
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.words import name_key, stem, words

MAX_TABLES = 1_000
_MAX_PAIRS = 2_500  # of column names that are compared letter by letter
_MAX_NAME = 100
_LEAST_WORD = 4  # letters of a word of the question that tells something
_SOURCES = frozenset(map(stem, ("source", "reference", "citation", "url", "link", "note", "remark")))
_SOURCES |= frozenset("来源参考链接网址备注")
_OF_SOURCES = _SOURCES | frozenset(map(stem, ("title", "name", "page", "website")))
_LEFT_OUT = frozenset(map(stem, ("excluded", "rejected", "omitted", "removed", "dropped", "ineligible")))


@dataclass(frozen=True)
class Joined:
    """What became of an answer's tables. `lost`: rows that seem to belong to it could not be placed."""

    table: RawTable
    lost: bool = False


def join(tables: Sequence[RawTable], columns: Sequence[Column] = (), question: str = "") -> Joined:
    """The tables that belong together, as one: under the columns, if they are given; else under those of the
    table that says most of what the question asks for."""
    if len(tables) == 1:
        return Joined(tables[0])
    asked = {stem(word) for word in words(question) if len(word) >= _LEAST_WORD or not word.isascii()}
    asked |= {stem(word) for column in columns for word in words(column.name)}
    parts = [_Part.of(raw) for raw in tables[:MAX_TABLES]]
    telling = [part for part in parts if not _is_aside(part, asked)]
    parts = telling if any(part.rows for part in telling) else parts
    plan = _under(parts, columns, asked) if columns else _beside(parts, asked)
    placed = [_Placed.of(part, places, plan) for part, places in plan.taken]
    kept = [
        part for at, part in enumerate(placed) if not any(part.redone_in(new) for new in placed[at + 1 :])
    ]
    shown = [at for at in range(len(plan.names)) if columns or not _only_counts(plan.names[at], at, kept)]
    rows = tuple(tuple(row[at] for at in shown) for part in kept for row in part.rows)
    header = tuple(plan.names[at] for at in shown)
    return Joined(RawTable(header, rows), plan.lost or len(tables) > MAX_TABLES)


@dataclass(frozen=True, eq=False)
class _Part:
    """A table with clean names; its key is the first column that is no running number."""

    raw: RawTable
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    key: int

    @classmethod
    def of(cls, raw: RawTable) -> _Part:
        names = [clean_cell(name)[:_MAX_NAME] for name in raw.header[:MAX_COLUMNS]]
        rows = [fit_row(row, len(raw.header)) for row in raw.rows]
        key = next((at for at, name in enumerate(names) if not is_counter(name)), 0)
        return cls(raw, names, rows, key)

    @cached_property
    def keys(self) -> Set[str]:
        return self.keys_at(self.key)

    def keys_at(self, column: int) -> Set[str]:
        """What stands in a column, for comparing."""
        return {key for row in self.rows if (key := name_key(clean_cell(row[column])))}

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Its names, for comparing."""
        return tuple(map(name_key, self.names))

    @cached_property
    def facts(self) -> list[int]:
        """Its columns but for running numbers."""
        return [at for at, name in enumerate(self.names) if not is_counter(name)]


@dataclass(frozen=True)
class _Plan:
    """The columns of the whole, and for each part taken the part's column for each of these."""

    names: Sequence[str]
    key: Sequence[int]
    taken: Sequence[tuple[_Part, Mapping[int, int]]]
    lost: bool


@dataclass(frozen=True, eq=False)
class _Placed:
    """A part's rows under the columns of the whole, and by their keys."""

    facts: Set[int]  # its columns but for the key
    rows: list[list[str]]
    by_key: Mapping[tuple[str, ...], list[str]]

    @classmethod
    def of(cls, part: _Part, places: Mapping[int, int], plan: _Plan) -> _Placed:
        wide = range(len(plan.names))
        rows = [[row[places[at]] if at in places else "" for at in wide] for row in part.rows]
        by_key = {tuple(name_key(clean_cell(row[at])) for at in plan.key): row for row in rows}
        return cls(places.keys() - set(plan.key), rows, by_key)

    def redone_in(self, new: _Placed) -> bool:
        """Whether a later table has all its rows and says mostly the same of them: this one was a draft. What
        only the draft had is put into the other."""
        if not (self.facts <= new.facts and self.by_key.keys() <= new.by_key.keys()):
            return False
        both, gaps = [], []
        for key, row in self.by_key.items():
            other = new.by_key[key]
            for at in self.facts:
                if _says_nothing(other[at]):
                    gaps.append((row, other, at))
                elif not _says_nothing(row[at]):
                    both.append(name_key(clean_cell(row[at])) == name_key(clean_cell(other[at])))
        if 2 * sum(both) < len(both):
            return False
        for row, other, at in gaps:
            other[at] = row[at]
        return True


def _under(parts: Sequence[_Part], columns: Sequence[Column], asked: Set[str]) -> _Plan:
    """The tables that fit given columns best, and those that have the key and another one of them."""
    key = [at for at, column in enumerate(columns) if column.key] or [0]
    named = [_match(part.names, columns) for part in parts]
    fits = [_match(_but_sources(part.names, asked), columns, guess=True) for part in parts]
    fits = [fit if own or not any(named) else {} for fit, own in zip(fits, named, strict=True)]
    best = max(map(len, fits))
    taken, left = [], []
    known: set[str] = set()
    for part, fit, own in zip(parts, fits, named, strict=True):
        keyed = all(at in own for at in key)
        if len(fit) == best or (keyed and len(own) > 1):
            taken.append((part, fit))
            known |= part.keys_at(fit.get(key[0], part.key))
        else:
            left.append((part, part.keys_at(own.get(key[0], part.key)), keyed))
    ruled = any(part.raw.ruled for part, _ in taken)
    lost = False
    for part, keys, keyed in left:
        alike = keyed or len(part.facts) == len(columns)
        lost = lost or _may_belong(part, ruled, alike, keys - known)
    return _Plan([column.name for column in columns], key, taken, lost)


def _beside(parts: Sequence[_Part], asked: Set[str]) -> _Plan:
    """The table that leads, with the parts that go on with its rows, or tell more about them."""
    rows: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        rows[part.heads] += len(part.rows)

    def worth(part: _Part) -> tuple[bool, int, bool, bool, int]:
        said, number = sum(_says(name, asked) for name in part.names), rows[part.heads]
        return number > 0, said, part.raw.ruled, part.raw.fenced, number

    lead = max(parts, key=worth)
    known = {key for part in parts if part.heads == lead.heads for key in part.keys}
    names, taken, lost = list(lead.names), [], False
    for part in parts:
        loosely = _match(part.names, [Column(name) for name in lead.names])
        places = _places(part, lead, loosely, known)
        many = 2 * len(part.keys) >= len(known)
        for at in part.facts if places else ():
            name = part.names[at]
            if at not in places.values() and not _are_sources(name, asked) and (many or _says(name, asked)):
                places[_place_of(name, names, len(lead.names))] = at
        if len(places) >= min(2, len(lead.facts)):
            taken.append((part, {n: at for n, at in places.items() if n < MAX_COLUMNS}))
        else:
            alike = loosely.get(lead.key) == part.key
            lost = lost or _may_belong(part, lead.raw.ruled, alike, part.keys - known)
    return _Plan(names[:MAX_COLUMNS], [lead.key], taken, lost)


def _places(part: _Part, lead: _Part, loosely: Mapping[int, int], known: Set[str]) -> dict[int, int]:
    """For the leading table's columns, the part's: of rows that are `known` only under the same names, of
    others also under like ones, the key perhaps under another. Empty where it is no part of it."""
    if part.heads == lead.heads:
        return {at: at for at in range(len(part.heads))}
    like = {n: at for n, at in loosely.items() if n in lead.facts}
    least = min(len(lead.facts), len(part.facts))
    only_order_differs = len(like) == len(lead.facts) == len(part.facts)
    key = like[lead.key] if only_order_differs else part.key
    keys = part.keys_at(key)
    shared = len(keys & known)
    if shared and 2 * shared >= min(len(keys), len(known)):
        same = {n: part.heads.index(name) for n, name in enumerate(lead.heads) if name in part.heads}
        return {**same, lead.key: key}
    if like.get(lead.key) == key:
        return dict(loosely) if len(like) >= min(2, len(lead.facts)) and 2 * len(like) >= least else {}
    only_key_differs = len(part.facts) == len(lead.facts) == len(like) + 1 > 2 and lead.key not in like
    return {**loosely, lead.key: key} if only_key_differs and key not in like.values() else {}


def _place_of(name: str, names: list[str], since: int) -> int:
    """Where a further column stands among those that parts have brought, or goes."""
    known = [name_key(other) for other in names[since:]]
    if name_key(name) not in known:
        names.append(name)
        return len(names) - 1
    return since + known.index(name_key(name))


def _may_belong(part: _Part, ruled: bool, alike: bool, more: Set[str]) -> bool:
    """Whether a table that was left out seems to hold rows of the answer: rows without a header that fit
    nowhere, or `more` things, under a name like that of the key."""
    stray = ruled and not part.raw.ruled and part.raw.barred and len(part.names) > 1
    return stray or (alike and bool(more))


def _match(names: Sequence[str], columns: Sequence[Column], *, guess: bool = False) -> dict[int, int]:
    if len(names) * len(columns) <= _MAX_PAIRS:
        return match_columns(names, columns, guess=guess)
    places = {name_key(name): at for at, name in reversed(list(enumerate(names)))}
    return {n: places[key] for n, c in enumerate(columns) if (key := name_key(c.name)) in places}


def _says_nothing(cell: str) -> bool:
    return is_missing(clean_cell(cell))


def _but_sources(names: Sequence[str], asked: Set[str]) -> list[str]:
    return ["" if _are_sources(name, asked) else name for name in names]


def _is_aside(part: _Part, asked: Set[str]) -> bool:
    """Whether a table is about where things were read, or what was left out, and nobody asked for that."""
    name = part.names[part.key] if part.names else ""
    out = _LEFT_OUT & {stem(word) for word in words(name)}
    return _are_sources(name, asked) or bool(out - asked)


def _are_sources(name: str, asked: Set[str]) -> bool:
    said = {stem(word) for word in words(name)}
    return bool(said & _SOURCES) and said <= _OF_SOURCES and not said & _SOURCES & asked


def _says(name: str, asked: Set[str]) -> bool:
    """Whether a column's name says a word of the question."""
    return any(stem(word) in asked for word in words(name))


def _only_counts(name: str, at: int, parts: Iterable[_Placed]) -> bool:
    """Whether a column numbers the rows of each part one after the other."""
    if not is_counter(name):
        return False
    for part in parts:
        values = [clean_cell(row[at]) for row in part.rows]
        first = int(values[0]) if values and values[0].isdecimal() and len(values[0]) < 7 else 1
        if any(value not in ("", str(n)) for n, value in enumerate(values, start=first)):
            return False
    return True
