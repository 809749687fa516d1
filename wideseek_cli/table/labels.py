"""What a column asks for, and how well a label in a document answers to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wideseek_cli.table.fieldwords import GROUP_OF, GROUPS, LONGEST, Phrase, stem, stems
from wideseek_cli.table.numbers import currency_said, parse_number, scale_said
from wideseek_cli.table.words import word_set

GOOD = 0.6  # a label that scores less is about something else
NEAR = 0.03  # labels this close to the best one count as much as the best


_WEAK = word_set("""
    total overall name text value number amount all figure est estimate estimated year date time rate level
    main count percentage percent share size current latest official of in the by at on for to a an and or
    per cover coverage proportion ratio with its is was are were s no information info data sq km km2 mi m
    usd us eur
""")
_WEAK_CHINESE = (
    "人数",
    "时间",
    "年份",
    "日期",
    "名称",
    "数量",
    "年",
    "数",
    "总",
    "率",
    "的",
    "额",
    "主要",
    "官方",
    "所在",
)
_NEUTRAL: tuple[Phrase, ...] = (
    *(("total", "population"), ("whole", "country")),
    *(("percent", "of", "population"), ("shar", "of", "population"), ("percentag", "of", "population")),
)
_ASIDE = frozenset({"note", "notes", "see", "comparison", "ranking", "source", "comparativ"})
_DATED = re.compile(
    r"year|date|when|since|found|establish|born|birth|died|death|opened|opening|complet|built|released|publish|"
    r"premiere|independ|inception|created|formed|joined|elected|term|[年月]|日期|时间|成立|建立|创[立办建]|出生|去世|始建",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


_WEAK_STEMS = frozenset(stem(w) for w in _WEAK) | _WEAK


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a column asks for: concepts (each a set of spellings), and the year, unit and scale it names."""

    concepts: tuple[frozenset[Phrase], ...]
    says_so: bool = False
    years: frozenset[int] = frozenset()
    unit: str = ""
    scale: float = 1.0
    dated: bool = False  # the column holds dates or years
    name: Phrase = ()

    @cached_property
    def spellings(self) -> frozenset[Phrase]:
        """Every phrase that speaks of this column."""
        return frozenset(phrase for concept in self.concepts for phrase in concept)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first words of those phrases: a label without any of them is about something else."""
        return frozenset(phrase[0] for phrase in self.spellings)


def wanted(name: str, question: str = "") -> Wanted:
    """Read a column's name."""
    years = frozenset(int(y) for y in _YEAR.findall(name))
    if not years:
        asked = {
            int(y)
            for y in re.findall(r"\b(?:in|as of|for|during|year)\s+((?:19|20)\d\d)\b(?!\s*[-–])", question)
        }
        years = frozenset(asked) if len(asked) == 1 else frozenset()
    unit, scale = unit_and_scale(name)
    bare = re.sub(r"[(（\[].{0,300}?[)）\]]", " ", name.replace("_", " "))
    concepts, says_so = _concepts(stems(_YEAR.sub(" ", bare)))
    return Wanted(concepts, says_so, years, unit, scale, tells_date(name), stems(name))


def tells_date(name: str) -> bool:
    """Whether a column with this name holds dates or years."""
    return bool(_DATED.search(name))


@lru_cache(maxsize=4096)
def unit_and_scale(name: str) -> tuple[str, float]:
    """The unit and the scale that a column's name gives in brackets or at its end."""
    spelled = re.findall(r"[(（\[](.*?)[)）\]]", name) + re.findall(
        r"(?:\bin|_)\s*([a-z0-9² ]+)$", name.lower()
    )
    for text in map(str.strip, spelled):
        if text[:1].isdigit():
            number = parse_number(text)  # `1,000 ha`, but no year and no race over 100 m
            number = number if number and number.value == 1e3 else None
        else:
            number = parse_number(f"1 {text}") or parse_number(f"1{text}")
        unit = (number.unit if number else "") or currency_said(text)
        scale = number.value if number and number.value != 1 else scale_said(text)
        if unit or scale != 1:
            return unit, scale
    return "", 1.0


def _concepts(name: Phrase) -> tuple[tuple[frozenset[Phrase], ...], bool]:
    """Known phrases first (the longest), then single words; an unknown run of ideographs is one phrase."""
    found: list[frozenset[Phrase]] = []
    says_so, run, at = False, [], 0
    while at < len(name):
        size = next(
            (s for s in range(min(LONGEST, len(name) - at), 0, -1) if name[at : at + s] in GROUP_OF), 0
        )
        if size:
            groups = [GROUPS[n] for n in GROUP_OF[name[at : at + size]]]
            found.append(frozenset().union(*(g.phrases for g in groups)))
            says_so = says_so or all(g.says_so for g in groups)
            at += size
            continue
        weak = next((len(w) for w in _WEAK_CHINESE if name[at : at + len(w)] == tuple(w)), 0)
        if weak:
            at += weak
            continue
        word = name[at]
        if not word.isascii() and len(word) == 1:
            run.append(word)
        elif word not in _WEAK_STEMS:
            found.append(frozenset({(word,)}))
        at += 1
    if run:
        found.append(frozenset({tuple(run)}))
    return tuple(dict.fromkeys(found)), says_so


def occurrences(text: Sequence[str], phrases: frozenset[Phrase]) -> list[tuple[int, int]]:
    """Where phrases stand in a list of stems: (first, after last)."""
    found: list[tuple[int, int]] = []
    firsts = _firsts(phrases)
    for at, word in enumerate(text):
        for phrase in firsts.get(word, ()):
            if len(phrase) == 1 or tuple(text[at : at + len(phrase)]) == phrase:
                found.append((at, at + len(phrase)))
    return found


@lru_cache(maxsize=4096)
def _firsts(phrases: frozenset[Phrase]) -> dict[str, list[Phrase]]:
    table: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if phrase:
            table.setdefault(phrase[0], []).append(phrase)
    return table


@lru_cache(maxsize=65536)
def score(want: Wanted, leaf: str, above: tuple[str, ...] = ()) -> float:
    """How well a label, with the headings over it (nearest first), answers to a column; 1 is exactly.

    Every concept must be named, in the label or over it. Words that the column does not have make the label
    narrower (`land` under `Area`) and cost a little; so total, which says nothing, beats land.
    """
    if not want.concepts:
        return 1.0 if stems(leaf) == want.name else 0.5
    levels = [stems(leaf), *(stems(text) for text in above)]
    met = [_first_level(concept, levels) for concept in want.concepts]
    missed = met.count(-1)
    if missed and not (len(met) >= 3 and missed == 1):
        return 0.0
    marks = 1.0 - 0.25 * missed
    if leaf_extra := _extra(levels[0], want):
        marks -= (0.08 if 0 in met else 0.12) * min(4, leaf_extra)
    if len(levels) > 1 and 1 in met:
        marks -= 0.04 * min(4, _extra(levels[1], want))
    if len(levels) > 1 and 0 in met and 1 not in met and _extra(levels[1], want):
        marks -= 0.06  # `exports` under `Electricity`
    if not {0, 1} & set(met):
        marks -= 0.25
    if _ASIDE & set(levels[0]):
        marks -= 0.3
    return marks


def covered(want: Wanted, levels: Sequence[Sequence[str]]) -> float:
    """How much of a column's name some texts say: 1 all of it (of three words or more, one may lack)."""
    met = sum(any(occurrences(level, concept) for level in levels) for concept in want.concepts)
    needed = len(want.concepts) - (len(want.concepts) >= 3)
    return min(1.0, met / needed) if needed else 1.0


def _first_level(concept: frozenset[Phrase], levels: Sequence[Phrase]) -> int:
    return next((n for n, level in enumerate(levels) if occurrences(level, concept)), -1)


def _extra(label: Phrase, want: Wanted) -> int:
    covered = {at for first, last in occurrences(label, want.spellings) for at in range(first, last)}
    for neutral in _NEUTRAL:
        covered |= {
            at for first, last in occurrences(label, frozenset({neutral})) for at in range(first, last)
        }
    rest = [w for at, w in enumerate(label) if at not in covered]
    return sum(w not in _WEAK_STEMS and not w.isdigit() for w in rest)


def years_in(text: str) -> list[int]:
    """The years a text names."""
    return [int(y) for y in _YEAR.findall(text)]
