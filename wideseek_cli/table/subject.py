"""Whose value a sentence states: the nearest name before it, the page's entity, or somebody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.fieldwords import Phrase, stems
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
_BACK = re.compile(
    r"\b(?:it|its|they|their|this|the (?:country|city|university|school|college|company|island|state))\b",
    re.I,
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
        return reach if owner.row in {n[2] for n in before if n[1] == last[1]} else None
    if heard and not owner.strength:
        return reach if owner.row in {n[2] for n in heard if n[0] == heard[0][0]} else None
    if not owner.strength or _foreign(doc.text, reach, span, owner):
        return None
    return reach


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
    said = [w for w in words(name.group()) if w not in _OPENERS]
    if not said or owner.words & (set(said) - _KINDS) or occurrences(stems(name.group()), owner.labels):
        return False
    if _KINDS & set(said) & owner.words:
        return True
    rest = text[name.end() : reach[1]]
    return bool(_VERB.match(rest)) and not _BACK.search(rest)
