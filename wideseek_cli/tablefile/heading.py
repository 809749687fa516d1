"""Whether the first row of a table names its columns, or is a row like the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from wideseek_cli.facts.relations import lines, nations
from wideseek_cli.settings.data import packaged
from wideseek_cli.tablefile.raw import RawTable
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.words import fold, name_key, stem, stems, words

_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_NUMBER = re.compile(r"[-+]?\d[\d,.\s]*%?")
_MARKED = re.compile(r".*[_#%]|[a-z]+[A-Z]")  # first_name, areaKm, % of all
_MOST_READ, _FEW = 300, 3
_MOST, _SOME = 0.8, 0.5


class Heading(Enum):
    """What the first row is."""

    NAMES = "names"
    ROW = "row"
    UNSURE = "unsure"


def heading(raw: RawTable) -> tuple[Heading, str]:
    """What the first row is, by what its cells and those below them have in common; with a cell that names no
    column. A cell that can only be a name outweighs what speaks for a row."""
    cells = [" ".join(name.split()) for name in raw.header]
    below = [_below(raw, at) for at in range(len(cells))]
    columns = list(zip(cells, below, strict=True))
    filled = [(name, texts) for name, texts in columns if texts]
    over = sum(_is_over_figures(name, texts) for name, texts in filled)
    labels = any(_is_label(name) and _share(texts, _is_label) < _SOME for name, texts in filled)
    figures = [name for name, texts in filled if _same_kind(name, texts)]
    years = bool(figures) and all(_kind(name) == "year" for name in figures)
    if len(figures) > over and not _is_run(cells) and not (labels and years):
        return Heading.ROW, figures[0]
    if over or labels or _is_run(cells) or any(_is_written_as_name(*one) for one in filled):
        return Heading.NAMES, ""
    if row := next((name for name, texts in filled if _is_value(name, texts)), ""):
        return Heading.ROW, row
    to_fill = len(filled) < len(cells) and len(raw.rows) >= _FEW  # only a header has names over nothing
    return Heading.NAMES if to_fill else Heading.UNSURE, ""


@lru_cache(maxsize=1)
def label_words() -> frozenset[str]:
    """Stems of the words by which fields are called: in spellings and columns, and kinds of things."""
    fields, relations = packaged("facts", "fields.toml"), packaged("facts", "relations.toml")
    named = [*fields.values(), *lines("things"), *lines("distinct")]
    named += [line.partition(":")[0] for key in ("made", "kept") for line in relations[key].split("\n")]
    named += [column for one in relations["relation"] for column in one["columns"]]
    return frozenset(stem for text in named for stem in stems(text))


def _below(raw: RawTable, at: int) -> list[str]:
    texts = (row.cells[at].strip() for row in raw.rows[:_MOST_READ])
    return [text for text in texts if text]


def _share(texts: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(text)) for text in texts) / len(texts)


@lru_cache(maxsize=4096)
def _kind(text: str) -> str:
    """What kind of value a text plainly is; words are none."""
    if _YEAR.fullmatch(text):
        return "year"
    if _NUMBER.fullmatch(text):
        return "number"
    if text.startswith(("http://", "https://")):
        return "address"
    return "date" if text[:1].isdigit() and parse_date(text) else ""


def _same_kind(name: str, texts: Sequence[str]) -> bool:
    kind = _kind(name)
    return bool(kind) and all(_kind(text) == kind for text in texts)


def _is_run(cells: Sequence[str]) -> bool:
    """Whether the figures among cells are names of columns in their order: holes 1 to 18, years."""
    numbers = [int(text) for text in cells if text.isdecimal()]
    steps = {after - before for before, after in pairwise(numbers)}
    return steps == {1} or (len(numbers) > 2 and steps <= {1, 2, 5, 10})


def _is_over_figures(name: str, texts: Sequence[str]) -> bool:
    """Whether a cell is words, and those below it figures."""
    digits = _share(texts, lambda text: text[:1].isdigit() or _kind(text))
    return digits >= _MOST and not name[:1].isdigit() and not is_missing(name) and not _kind(name)


def _is_written_as_name(name: str, texts: Sequence[str]) -> bool:
    """Whether a cell is written as names of columns are, and those below it are not."""
    marked = _MARKED.match(name) and _share(texts, _MARKED.match) < _SOME
    small = name.islower() and _share(texts, str.islower) < _SOME
    large = name.isupper() and name.isalpha() and len(name) > 1 and _share(texts, str.isupper) < _SOME
    return bool(marked or small or large)


def _is_label(text: str) -> bool:
    """Whether a text is words for fields: `City`, `Home town`; of a lower case phrase its last is enough."""
    known, said = label_words(), words(text)
    if not said:
        return False
    phrase = text[1:] == text[1:].lower()
    return all(stem(word) in known for word in (said[-1:] if phrase else said))


def _is_value(name: str, texts: Sequence[str]) -> bool:
    """Whether a cell is like those below it: one of them, a country over countries, of their shape, or of
    their kind by a word that they share."""
    if _kind(name):
        return False
    if name_key(name) in set(map(name_key, texts)):
        return True
    if _is_nation(name) and _share(texts, _is_nation) >= _SOME:
        return True
    shape = _shape(name)
    if "9" in shape and _share(texts, lambda text: _shape(text) == shape) >= _MOST:
        return True
    said = stems(name)
    if len(texts) < 2 or len(said) < 2:
        return False
    often = Counter(word for text in texts for word in set(stems(text)))
    shared = {word for word in said if often[word] > _SOME * len(texts)}
    return bool(shared) and not any(word in label_words() for word in said if word not in shared)


def _is_nation(text: str) -> bool:
    known = nations()
    return fold(text) in known or fold(text) in known.values()


def _shape(text: str) -> str:
    """Its characters as classes: `Aa-99` of `No-17`."""
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", text)))
