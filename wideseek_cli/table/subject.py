"""Whose value a sentence states: the nearest name before it, the page's entity, or somebody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.fieldwords import Phrase, stems
from wideseek_cli.table.hedges import parted
from wideseek_cli.table.labels import occurrences
from wideseek_cli.table.lookup import Span
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.words import word_set, words

_ASIDE = re.compile(
    r"[(（][^()（）]*[)）]|,\s(?:which|who|where|whose|like|unlike|along with|as well as)\b[^,;]*,"
)
_LEAD_IN = re.compile(
    r"(?:In|On|By|As of|As|At|After|Since|During|From|For|Under|With|According to)\b[^,]{0,60},\s+"
)
_NAME = re.compile(
    r"(?:The\s+)?[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:of|the|and|de|du|von|van|&)(?=\s+(?:the\s+)?[A-ZÀ-Þ])|\s+[A-ZÀ-Þ][\w'’.-]*)*"
)
_CHINESE_NAME = re.compile(
    r"[\u4e00-\u9fff]{2,12}?(大学|学院|公司|集团|银行|医院|学校|省|市|县|国|州|岛|山|河|湖)(?![\u4e00-\u9fff]?[的内中])"
)
_KINDS = word_set("""
    university college school institute company corporation inc group bank museum library hospital airport
    bridge tower river lake mount mountain island islands county city state province republic kingdom club
    team party church cathedral stadium station street award prize festival league
""")
_VERB = re.compile(r"\s*(?:,|is\b|was\b|has\b|had\b|are\b|were\b|lies\b|covers\b|became\b|opened\b|joined\b)")
_THE_ROW = r"the (?:country|city|university|school|college|company|island|state)"
_BACK = re.compile(rf"\b(?:it|its|they|their|this|{_THE_ROW})\b", re.I)
_APPOSED = re.compile(r",\s[^,;]{1,80},\s")
_MATE = re.compile(
    r",\s(?:the|an?|its|their|his|her)\s[^,;]{1,80},\s(?=(?:is|was|has|had|are|were|covers)\b)"
)
# `in Europe, which has …` may be said of the row.
_CONTAINS = re.compile(r"\b(?:[Ii]n|of|at|on|near|from)\s(?:the\s)?$")
_OWN_AGAIN = re.compile(
    r"(?:[,;]|\b(?:and|when|while|after|before|but))\s"
    rf"(?:it|its|they|their|he|his|she|her|{_THE_ROW})\b"
)
_WHICH = re.compile(r",\s(?:which|whose|who)\b(?![^;]*,\s)")
_DOES = re.compile(r"\s(?:is|was|has|had|are|were)\b")
# `its capital, Lima`, and `her daughter`.
_ITS = re.compile(r"(?:\b(?:[Ii]ts|[Hh]is|[Hh]er|[Tt]heir)|['’]s)\s(?:[\w-]+\s){0,3}[\w-]+,\s$")
_INSIDE = re.compile(r"\s?[(（](?![^()（）]*[)）])")
_RELATIVE = re.compile(
    r"(?:(?<!and )\b(?:[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|whose)|['’]s)\s(?:[\w-]+\s){0,2}(?:daughter|son|"
    r"child|children|sister|brother|mother|father|parents|wife|husband|rival|competitor|neighbou?r|"
    r"subsidiary|predecessor|successor)\b"
)
_OF = re.compile(r"(?:of|at|for)\s")
_AKIN = 3  # letters that France and French, China and Chinese share
_SOON = 4  # words between another name's verb and the column's word, at most
_TITLES = word_set(
    "president prime minister king queen prince princess sir lady lord dr mr mrs ms professor saint"
)
_OPENERS = word_set("""
    the a an it its this these that those he she they his her their in on by as at after since during from for
    under with there here today total overall most many some all about around over
""")


@dataclass(frozen=True)
class Owner:
    """The row a value should belong to, and every row that the sentence names: (start, end, row) in order."""

    row: int
    named: Sequence[tuple[int, int, int]]
    strength: int  # how far the page or section is about the row
    words: frozenset[str]  # of the row's names
    labels: frozenset[Phrase]  # of the column
    figure: bool = False  # the value is a number or a date


def stretch(doc: Indexed, reach: Span, span: Span, owner: Owner) -> Span | None:
    """The part of a sentence that states the value, if it is the owner's; else None."""
    named = [n for n in owner.named if n[1] <= span[0] or n[0] >= span[1]]
    clause = _clause(doc.text, reach, span)
    in_clause = [n for n in named if clause[0] <= n[0] < clause[1]]
    if in_clause:
        reach, named = clause, in_clause
    elif named and clause != reach and not any(n[1] <= span[0] for n in named):
        return None  # the name is in a later part of the sentence
    asides = [m.span() for m in _ASIDE.finditer(doc.text, *reach)]
    heard = [n for n in named if not any(a <= n[0] < b and not a <= span[0] < b for a, b in asides)] or named
    before = [n for n in heard if n[1] <= span[0]]
    if before:
        last = before[-1]
        own = owner.row in {n[2] for n in before if n[1] == last[1]}
        taken = own and (
            _taken(doc.text, last[1], span, owner) or _beside(doc.text, reach, span, before, owner)
        )
        return reach if own and not taken else None
    if heard and not owner.strength and owner.row not in {n[2] for n in heard if n[0] == heard[0][0]}:
        return None
    if not heard and not owner.strength:
        return None
    foreign = (owner.strength or owner.figure) and _foreign(doc.text, reach, span, owner)
    if foreign or _taken(doc.text, reach[0], span, owner):
        return None
    return None if heard and parted(doc.text, span[1], heard[0][0]) else reach


def _clause(text: str, reach: Span, span: Span) -> Span:
    """The part between semicolons."""
    marks = [reach[0] + m.start() for m in re.finditer(r";\s|；", text[reach[0] : reach[1]])]
    start = max((m + 1 for m in marks if m < span[0]), default=reach[0])
    end = min((m for m in marks if m >= span[1]), default=reach[1])
    return start, end


def _foreign(text: str, reach: Span, span: Span, owner: Owner) -> bool:
    """Whether a sentence without the row's name begins with the name of something else."""
    lead = _LEAD_IN.match(text, *reach)
    start = lead.end() if lead else reach[0]
    chinese = _CHINESE_NAME.match(text, start, reach[1])
    if chinese:
        kind = chinese.group(1)
        return chinese.end() <= span[0] and any(kind[-1] == w or kind.endswith(w) for w in owner.words)
    name = _NAME.match(text, start, reach[1])
    if name is None or name.end() > span[0] or name.start() >= span[0]:
        return False
    if not _is_other(name.group(), owner):
        return False
    if _KINDS & set(words(name.group())) & owner.words:
        return True
    apposed = _APPOSED.match(text, name.end(), span[0])
    rest = text[apposed.end() if apposed else name.end() : span[0]]
    return bool(apposed or _VERB.match(rest)) and not _BACK.search(" ".join(rest.split()[:6]))


def _is_other(name: str, owner: Owner) -> bool:
    """Whether a name is neither the row's nor the column's; `Pierre Curie` is not `Marie Curie`."""
    said = [w for w in words(name.removesuffix("'s").removesuffix("’s")) if w not in _OPENERS]
    if not said or occurrences(stems(name), owner.labels):
        return False
    if not owner.words & (set(said) - _KINDS):
        return True
    first = said[0] not in owner.words | _KINDS | _TITLES
    return first and said[-1] in owner.words and bool(owner.words - _KINDS - set(said))


def of_another(text: str, label: Span, reach: Span, span: Span, owner: Owner) -> bool:
    """Whether the label is said to be somebody else's: `who is CEO of Ford`, for a row about another firm.

    A label ends where the next word begins.
    """
    joint = _OF.match(text, label[1])
    name = _NAME.match(text, joint.end(), reach[1]) if joint else None
    if name is None or (name.start() < span[1] and span[0] < name.end()):
        return False
    said = {word[:_AKIN] for word in words(name.group()) if word not in _OPENERS | _KINDS}
    short = "".join(word[0] for word in words(name.group()) if word not in _OPENERS)  # General Motors, GM
    akin = short in owner.words or not said.isdisjoint(word[:_AKIN] for word in owner.words)
    return bool(said) and not akin and _is_other(name.group(), owner)


def _taken(text: str, start: int, span: Span, owner: Owner) -> bool:
    """Whether another name between the row's (or the sentence's beginning) and the value has the value."""
    for name in _NAME.finditer(text, start, span[0]):
        if _is_other(name.group(), owner) and _has(text, start, span, name, owner):
            return True
    relative = _RELATIVE.search(text, start, span[0])
    return relative is not None and _soon(text[relative.end() : span[0]], owner, 2 * _SOON)


def _has(text: str, start: int, span: Span, name: re.Match[str], owner: Owner) -> bool:
    """Whether what follows a name says the column's word of it: `Argentina, which has a population of …`."""
    rest = text[name.end() : span[0]]
    if name.group().endswith(("'s", "’s")):
        return not re.match(r"\s(?:\w+est|most)\b", rest) and _soon(rest, owner, 2)
    opens = not text[start : name.start()].strip()
    inside = _INSIDE.match(rest)
    if inside and not opens:
        return _soon(rest[inside.end() :], owner, 2)
    if _CONTAINS.search(text, start, name.start()):
        return False
    which = _WHICH.match(rest)
    if which and (owner.figure or "who" not in which.group().split()):
        return owner.figure or _soon(rest[which.end() :], owner, _SOON)
    apart = rest.startswith(",") and _ITS.search(text, start, name.start())
    does = _DOES.match(rest.removeprefix(",") if apart else rest)
    return owner.figure and does is not None and not opens and _soon(rest[does.end() :], owner, _SOON)


def _soon(text: str, owner: Owner, within: int) -> bool:
    """Whether the column's word follows within some words, and the sentence does not come back to the row."""
    near = any(begin <= within for begin, _ in occurrences(stems(text), owner.labels))
    return near and not _OWN_AGAIN.search(text)


def _beside(text: str, reach: Span, span: Span, before: Sequence[tuple[int, int, int]], owner: Owner) -> bool:
    """Whether the row is only named beside the subject: `Richmond, the capital of Virginia, has …`."""
    name = _NAME.match(text, *reach)
    mate = _MATE.match(text, name.end(), span[0]) if name and owner.figure else None
    if name is None or mate is None or not _is_other(name.group(), owner):
        return False
    return all(mate.start() < start < mate.end() for start, _, _ in before)
