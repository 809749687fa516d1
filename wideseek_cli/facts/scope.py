"""What a page or a table is about, held against the question: another year, another event."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from wideseek_cli.facts.pagefacts import years
from wideseek_cli.table.model import Doubt, Reason
from wideseek_cli.values.words import stem, tokens, word_set

_JOINS = word_set("the of at de du la le von der")  # inside a name
_LITTLE = word_set("the a an of in for to and or at by on from with list s")


@lru_cache(maxsize=50_000)
def other_scope(title: str, question: str) -> Reason | None:
    """Why what stands under a title does not answer the question; nothing where it may."""
    asked, here = years(question), years(title)
    if asked and here and asked.isdisjoint(here):
        return Reason(Doubt.OTHER_SCOPE, title, " ".join(sorted(asked)))
    if swapped := _swapped(title, question):
        return Reason(Doubt.OTHER_SCOPE, title, swapped)
    return None


@lru_cache(maxsize=50_000)
def wider_scope(over: str, question: str, columns: frozenset[str]) -> str:
    """What the question names and a page lacks that has most of that name: `Athletics at the 2003 Games`,
    and the page is of the 2003 Games. `columns`: words of the table's columns, no part of a name."""
    here = {word for word, _ in _proper(over)}
    for name in _names_in(question, columns):
        lacking = [word for word in name if word not in here and not word.isdigit()]
        if lacking and len(lacking) * 2 <= len(name):
            return _as_written(lacking, question)
    return ""


def _as_written(stems: list[str], question: str) -> str:
    """Words of a question as it writes them."""
    said = {stem(word): question[start:end] for word, start, end in tokens(question)}
    return " ".join(said.get(word, word) for word in stems)


def _names_in(question: str, columns: frozenset[str]) -> list[list[str]]:
    """The runs of words that a question writes as names; its first word is a capital anyway."""
    found: list[list[str]] = [[]]
    end = 0
    for count, (word, start, stop) in enumerate(tokens(question)):
        big = question[start].isupper() or question[start].isdigit()
        if question[end:start].strip():
            found.append([])
        if count and big and stem(word) not in columns and word not in _LITTLE:
            found[-1].append(stem(word))
        elif word not in _JOINS:
            found.append([])
        end = stop
    return found


def _swapped(title: str, question: str) -> str:
    """A word of the question where the title, else worded alike, has another name: `French` for `Italian`."""
    said, asked = _proper(title), _proper(question)
    pairs = SequenceMatcher(None, [w for w, _ in said], [w for w, _ in asked], autojunk=False).get_opcodes()
    same = sum(end - start for tag, start, end, *_ in pairs if tag == "equal")
    if same < 2:
        return ""
    for at, (tag, start, end, low, high) in enumerate(pairs):
        if tag != "replace":
            continue
        inside = 0 < at < len(pairs) - 1
        before_common = at + 1 < len(pairs) and pairs[at + 1][0] == "equal" and start == 0
        mine, theirs = said[start:end], asked[low:high]
        if not inside:
            theirs = theirs[-len(mine) :] if before_common else []
        if mine and theirs and _named(mine) and _named(theirs) and _numbers(mine) == _numbers(theirs):
            return _as_written([word for word, _ in theirs], question)
    return ""


def _named(found: list[tuple[str, bool]]) -> bool:
    return all(big for _, big in found)


def _numbers(found: list[tuple[str, bool]]) -> bool:
    return all(word.isdigit() for word, _ in found)


def _proper(text: str) -> list[tuple[str, bool]]:
    """The words of a text but little ones, and whether each is written as a name."""
    return [
        (stem(word), text[start].isupper() or text[start].isdigit())
        for word, start, _ in tokens(text)
        if word not in _LITTLE
    ]


@lru_cache(maxsize=50_000)
def shared_words(text: str, question: str) -> int:
    """How many of the question's words a title, caption or heading has."""
    return len({w for w, _ in _proper(text)} & {w for w, _ in _proper(question)})
