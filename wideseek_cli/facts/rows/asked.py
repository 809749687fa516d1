"""Whether a list is the one that a question asks for: one decision, with its reason. Pure.

The words of the question are held against those over the list, and the words of its title against those of
the question. A list may leave words of the question out, or say more than it does; one that does both is
another list, since its words stand in the place of those: `hospitals in Ardovia` for `airports in Ardovia`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property

from wideseek_cli.facts.labels import Match, match, match_asked
from wideseek_cli.facts.relations import nations
from wideseek_cli.facts.rows.opposites import opposes
from wideseek_cli.facts.scope import other_scope
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.condition import Condition, is_named
from wideseek_cli.question.reading import Question, before_details, without_columns
from wideseek_cli.question.words import LITTLE, PARTICIPLE
from wideseek_cli.settings.data import packaged
from wideseek_cli.table.model import Column
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import alike, stem, stems, words

COVERED = 0.6  # of the question's own words that a list must say
_OFTEN = 0.3  # of the rows' names have a word that says what they are
_SAMPLE = 40  # rows that show what a column holds
_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w’'.-]*")
_WORD = re.compile(r"\w[\w’'.-]*")
_EDITION = re.compile(r"(?<!\d, )(?<![\w.])(?:1[5-9]|20)\d\d(?![\w.])")  # but no day, `December 7, 1941`
_YEAR = re.compile(r"(?<!\w)\d{4}(?!\w)")
_LETTER = re.compile(r"(?<![\w.'’&])(?:[A-Z]|X{0,3}(?:IX|IV|V?I{1,3}|V|X))(?![\w.'’&])")  # or `Pius IX`
_ORDER = re.compile(r"\sby\s(?P<by>[a-z][a-z ]{0,60})$")  # `by area`
_BEGINS_WITH_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[–/-]\d{2,4})?(?![\d,])(?!.*,)")
_PART = re.compile(r"\s{0,9}(?:[:,_–-]\s{0,9}|\()(?P<letters>[A-Z](?:\s?[–-]\s?[A-Z])?)\)?$")


class Other(str, Enum):
    """Why a list is not the one asked for."""

    SCOPE = "scope"  # another year or event
    EDITION = "edition"  # one year's, where none is asked for
    OPPOSITE = "opposite"  # former ones, those that did not, smaller ones
    ORDER = "order"  # it has not the column by which it is asked for
    PART = "part"  # other letters
    NAME = "name"  # it has not the names of the question
    WORD = "word"  # it says other words in the place of the question's
    NARROW = "narrow"  # it is of one place or person, and none is asked for
    LITTLE = "little"  # it says too few of the question's words


@dataclass(frozen=True)
class Verdict:
    """`other`: nothing where it is the list asked for. `lacking`: words of the question that it does not say.
    `unsaid`: words of its title that the question does not say."""

    other: Other | None
    covered: float = 0.0
    lacking: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    met: tuple[Condition, ...] = ()  # the conditions that title and headings state of all rows


@dataclass(frozen=True)
class Listed:
    """A table under its page's title, and where its rows' names stand."""

    title: str
    grid: Grid
    key: int | None = None

    @property
    def over(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.title, *self.grid.headings, self.grid.caption)))

    @cached_property
    def stems(self) -> set[str]:
        """What is said of it, also by its labels."""
        return self.of_rows | {stem(word) for text in self.grid.labels for word in words(text)}

    @cached_property
    def of_rows(self) -> set[str]:
        """What is said over it, and what its rows are called: by their label, or by many of their names
        (`Auckland Prison`)."""
        here = {stem(word) for text in self.over for word in words(text)}
        if self.key is not None:
            here |= {stem(word) for word in words(self.grid.labels[self.key])}
            names = [row[self.key] for row in self.grid.rows[:_SAMPLE]]
            counts = Counter(stem(word) for name in names for word in set(words(name)))
            here |= {word for word, count in counts.items() if _OFTEN * len(names) <= count > 1}
        return here

    def covers(self, asked: Sequence[str]) -> float:
        """The share of some words that it says."""
        return sum(_is_said(word, self.stems) for word in asked) / len(asked) if asked else 0.0

    def has(self, where: Condition) -> bool:
        """Whether any row has a place that the list itself does not say."""
        cells = (set(words(cell)) for row in self.grid.rows for cell in row)
        return any(any(cell.issuperset(words(name)) for name in where.values) for cell in cells)


def judge(asked: Question, one: Listed, columns: Sequence[Column], found: Collection[int] | None) -> Verdict:
    """`found`: those of the columns that the list has, where the user has named them; else they are its own,
    which tell nothing."""
    plain, over = without_columns(asked.listed), " ".join(one.over)
    letters, wanted = (set(_LETTER.findall(text)) for text in (one.title, plain))
    met = tuple(c for c in asked.every_condition if c.is_said_by(over))
    question = asked.naming([c for c in met if not c.implied])
    unsaid = tuple(_unsaid(asked, columns, one.title, chosen=found is not None))
    named = any(big for _, big in unsaid)
    placed = any(c.implied and not c.of_each for c in met)
    each = {  # what each row may be asked for, also a place where the title has none of its own
        word
        for c in asked.implied
        if c not in met and (not unsaid if c.of_each else not named and (placed or one.has(c)))
        for word in words(c.text)
    }
    stated = {word for c in met if not c.implied for word in words(c.text)}
    subject = [word for word in question.subject(columns) if word not in each]
    others = [c for c in question.conditions if any(not value.islower() for value in c.values)]
    lacking = [word for word in subject if word not in stated and not _is_said(word, one.of_rows)]
    lacking += [word for c in others if named and c.may_name_a_list for word in words(c.text)]
    covered = one.covers(subject)
    other = None
    if any(other_scope(text, asked.listed) for text in one.over):
        other = Other.SCOPE
    elif opposes(one.over, own_heading(one.grid), asked):
        other = Other.OPPOSITE
    elif _lacks_order(asked, one):
        other = Other.ORDER
    elif letters and wanted and letters.isdisjoint(wanted):
        other = Other.PART
    elif not _YEAR.search(asked.text) and _EDITION.search(one.title):
        other = Other.EDITION
    elif lacks_names(question, one.stems | {stem(word) for word in each}):
        other = Other.NAME
    elif lacking and unsaid and (named or not _tells(one, columns, found)):
        other = Other.WORD
    elif (
        named and found is None and not (_CAPITAL.search(before_details(plain), 1) or _says_name(one, plain))
    ):
        other = Other.NARROW
    elif covered < COVERED:
        other = Other.LITTLE
    return Verdict(other, covered, tuple(lacking), tuple(word for word, _ in unsaid), met)


def _lacks_order(question: Question, one: Listed) -> bool:
    """Whether it is asked for `by year`, and has no years, nor is said to be by year; not `made by hand`."""
    head = before_details(without_columns(question.plain)).rstrip(" .:?!,;")
    found = _ORDER.search(head)
    if found is None or PARTICIPLE.fullmatch(head[: found.start()].rsplit(maxsplit=1)[-1]):
        return False
    by = found["by"]
    said = (m["by"] for text in one.over if (m := _ORDER.search(text)))
    if any(match(by, other) is not Match.NONE for other in said):
        return False
    labelled = max((match_asked(label, by, "") for label in one.grid.labels), default=Match.NONE)
    if by not in ("year", "years", "date", "season", "edition") or labelled is Match.IDENTICAL:
        return labelled is Match.NONE
    rows = one.grid.rows[:_SAMPLE]  # `Winning years` is akin
    return not any(all(map(_BEGINS_WITH_YEAR.match, cells)) for cells in zip(*rows, strict=True))


def lacks_names(question: Question, here: Collection[str]) -> bool:
    """Whether most of the question's names are not among some stems, or half and the first (`Ivy League` and
    another league)."""
    about = before_details(without_columns(question.plain))
    capitals = [(m[0], m.start() == 0) for m in _CAPITAL.finditer(about) if len(m[0]) > 1]
    names = [(w, text, first) for text, first in capitals for w in words(text) if len(w) > 1]
    said = [
        (_is_said(word, here) or is_named(text, here), first and word not in nations())
        for word, text, first in names
        if word not in LITTLE
    ]
    met = [is_met for is_met, first in said if is_met or not first]  # the first word is a capital anyway
    return 2 * sum(met) < len(met) or (2 * sum(met) == len(met) > 0 and not met[0])


def _says_name(one: Listed, question: str) -> bool:
    """Whether a question in small letters has a name of the title, `pius ix encyclicals`."""
    names = {word for found in _CAPITAL.finditer(one.title, 1) for word in words(found[0])}
    names |= {letter.lower() for letter in _LETTER.findall(one.title)}
    return not names.isdisjoint(words(question))


def _tells(one: Listed, columns: Sequence[Column], found: Collection[int] | None) -> bool:
    """Whether it has all columns that the user has named, and these say what its rows are: not all sorts of
    lists have one of them, or its title has what they call the rows."""
    wanted = {at: column.name for at, column in enumerate(columns) if not column.key}
    rare = any(not _common().issuperset(stems(name)) for name in wanted.values())
    kind = {stem(word) for c in columns if c.key for word in words(c.name)} & {
        stem(w) for w in words(one.title)
    }
    return found is not None and wanted.keys() <= set(found) and (rare or bool(kind))


@cache
def _common() -> frozenset[str]:
    """The words of the fields that all sorts of things have (`year built`, and not `security level`), and
    those that tell nothing."""
    known, spelled = packaged("facts", "relations.toml"), packaged("facts", "fields.toml")["spellings"]
    doers = (line.partition(":")[0] for line in f"{known['made']}\n{known['kept']}".splitlines())
    named = (name for one in known["relation"] for name in one["columns"])
    return frozenset(stems(" ".join((*named, *doers, spelled, "name title number notes total"))))


def _unsaid(
    question: Question, columns: Sequence[Column], title: str, *, chosen: bool
) -> Iterator[tuple[str, bool]]:
    """The words of a title that the question does not say of its rows (what it wants to know of them says
    nothing here), and whether the title writes them as names: its first is a capital anyway, so one beside it
    tells."""
    plain = without_columns(question.text)
    fields = {stem(word) for c in columns if not c.key or not chosen for word in words(c.name)}
    details = words(plain[len(before_details(plain)) :])
    key = [c.name for c in columns if c.key and chosen]
    text = " ".join((before_details(plain), *key, *(w for w in details if stem(w) not in fields)))
    asked = words(text)
    told = {stem(w) for m in _CAPITAL.finditer(text) for form in _forms(m[0]) for w in words(form)}
    told |= {stem(part) for word in asked for part in words(nations().get(word, ""))}
    title = _ORDER.sub("", title)
    found = [(match[0], match.start()) for match in _WORD.finditer(title)]
    for at, (text, start) in enumerate(found):
        big = text[0].isupper() and (start > 0 or (len(found) > 1 and found[at + 1][0][0].isupper()))
        for word in words(text) if text.casefold() not in LITTLE else ():
            if stem(word) not in told and not any(alike(word, other) for other in asked):
                yield word, big


def _is_said(word: str, here: Collection[str]) -> bool:
    """Whether a word is among stems, with another ending or as a country's: `Finnish` of Finland."""
    if stem(word) in here or any(alike(word, other) for other in here):
        return True
    country = nations().get(word)
    return country is not None and all(stem(part) in here for part in words(country))


def _forms(name: str) -> tuple[str, ...]:
    return tuple(name_forms(name)) if name.isupper() else ()


def own_heading(grid: Grid) -> str:
    return " ".join(filter(None, (*grid.headings[-1:], grid.caption)))


def part_of(title: str, question: Question) -> tuple[str, str]:
    """Of a page that is a part of a list by letters (`Places in Ardovia: A–D`) the list's name and the
    letters, where the question names none and means the whole list."""
    found = _PART.search(title)
    if found is None or _LETTER.search(without_columns(question.text)):
        return title, ""
    return title[: found.start()], found["letters"]
