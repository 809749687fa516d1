"""Sentences that state a field of a subject: an allow-list of constructions.

A place of the value in running text counts only if a construction of `constructions.py` joins it to the row
and the column. What stands in none of them, or in a clause that denies it, is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from wideseek_cli.facts.brackets import bracketed
from wideseek_cli.facts.clauses import normal
from wideseek_cli.facts.constructions import construction, sides
from wideseek_cli.facts.hedging import doubts
from wideseek_cli.facts.labels import Match
from wideseek_cli.facts.model import Fact, Place
from wideseek_cli.facts.pagefacts import PageFacts, sentences, years
from wideseek_cli.facts.relations import Relation, relation_of
from wideseek_cli.pages.model import Paragraph
from wideseek_cli.table.model import Column, Doubt, Reason
from wideseek_cli.table.values import find_name

_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|We|[Oo]ur)\b")
_KINDS = (
    "company|firm|group|organization|organisation|institution|business|brand|club|team|band|duo|trio"
    "|film|movie|album|song|single|track|ep|EP|record|book|novel|play|poem|story|game|series|episode"
    "|show|opera|work|river|lake|stream|creek|mountain|glacier|island|town|city|village|municipality"
    "|county|district|school|college|university|faculty|museum|library|stadium|arena|hall|building"
    "|tower|bridge|church|station|airport|ship|party|league|magazine|newspaper|label|camera|phone|car"
    "|device|model|software|battle|treaty|festival"
)
_KIND = re.compile(rf"[Tt]he (?:[a-z-]+ )?(?:{_KINDS})\b(?! of)")
_LEADING = re.compile(r"(?:The |A )?((?:[A-Z][\w.'’-]*\s?)+?)(?=\s?[,(]| is | was | are | were )")
_MOST_PLACES, _MOST_SENTENCE = 20, 1_500
_MOST_SUBJECTS, _FAR = 8, 300  # mentions of the row that are tried; characters between it and the value
_LEAD = 12  # characters before the subject of a sentence: `Meet the S`


def sentence_facts(
    page: PageFacts, name: str, names: frozenset[str], column: Column, value: str, question: str
) -> Iterator[Fact]:
    """What sentences say of the row with this value; with doubts where no construction states it."""
    places = _places(page, value, column)
    if not places:
        return
    about, left = page.is_about(names), _MOST_PLACES
    relation, named = relation_of(column.name), page.heard.name(name)
    known = about
    for paragraph in page.paragraphs:
        here = bool(_within(named, paragraph))
        known = known or here
        if not known:
            continue
        for start, end in _within(places, paragraph):
            low, high = _sentence_at(paragraph.text, start)
            sentence = paragraph.text[low:high]
            if left <= 0 or len(sentence) > _MOST_SENTENCE:
                return
            left -= 1
            first = about and paragraph is page.paragraphs[0] and low == 0
            spans = _subjects(sentence, name, about, here, relation, first=first)
            if not about and here and _carried(paragraph.text, low, name):
                spans += [m.span() for m in (_PRONOUN.match(sentence), _KIND.match(sentence)) if m]
            asked = bool(years(sentence) & years(question))
            reasons = judge(sentence, spans, (start - low, end - low), relation, of_the_year=asked)
            if reasons is not None:
                at = paragraph.start + low
                reasons += _other_year(sentence, value, question)
                yield Fact(value, column.name, Place.SENTENCE, Match.AKIN, page.document,
                           " ".join(sentence.split()), at, at + len(sentence), tuple(reasons))  # fmt: skip


def _other_year(sentence: str, value: str, question: str) -> list[Reason]:
    """A sentence about another year than the question's."""
    asked, said = years(question), years(sentence) - years(value)
    if asked and said and asked.isdisjoint(said):
        return [Reason(Doubt.OTHER_SCOPE, ", ".join(sorted(said)), ", ".join(sorted(asked)))]
    return []


def _places(page: PageFacts, value: str, column: Column) -> list[tuple[int, int]]:
    """Where a page's text has the value, or the list that it is."""
    found = page.heard.value(value, column.type)
    items = [item.strip() for item in value.split(",")]
    if found or len(items) < 2 or not all(items):
        return found
    joined = r"\s*(?:,|,?\s+and|&)\s*(?:(?:an?|the)\s+)?".join(re.escape(item) for item in items)
    return [match.span() for match in re.finditer(joined, page.document.text)]


def _within(spans: Sequence[tuple[int, int]], paragraph: Paragraph) -> list[tuple[int, int]]:
    """Those of these places that are in a paragraph, counted from its beginning."""
    first = bisect_left(spans, (paragraph.start, 0))
    inside = takewhile(lambda span: span[1] <= paragraph.end, islice(spans, first, None))
    return [(start - paragraph.start, end - paragraph.start) for start, end in inside]


def _sentence_at(text: str, place: int) -> tuple[int, int]:
    low, high = next((span for span in sentences(text) if span[0] <= place < span[1]), (0, len(text)))
    return low + len(text[low:high]) - len(text[low:high].lstrip()), high


def _carried(text: str, place: int, name: str) -> bool:
    """Whether the sentences before are about the row, so that a pronoun at the start of this one is it."""
    for low, high in reversed([span for span in sentences(text) if span[1] <= place]):
        before = text[low:high].lstrip()
        if any(start <= _LEAD for start, _ in find_name(before[: _LEAD + len(name)], name)):
            return True
        if not (_PRONOUN.match(before) or _KIND.match(before)):
            return False
    return False


def _subjects(
    sentence: str, name: str, about: bool, here: bool, relation: Relation, *, first: bool = False
) -> list[tuple[int, int]]:
    """Where a sentence speaks of the row: by name; on its own page by pronoun, short name, or not at all."""
    found = list(find_name(sentence, name))
    short = re.findall(r"[A-Z][\w'’-]{3,}", re.sub(r"\(.*?\)", "", name))
    if (about or here) and len(short) > 1:
        before = r"(?<![A-Z][\w.] )" if about else r"(?<![A-Z][\w.] )(?<![a-z.] )"
        places = re.finditer(rf"{before}\b{re.escape(short[-1])}\b", sentence)
        found += [m.span() for m in places if not re.search(r"[A-Z][\w.]*\s$", sentence[: m.start()])]
    if about:
        found += [m.span() for m in _PRONOUN.finditer(sentence)]
        found += [m.span() for m in _KIND.finditer(sentence)]
        if first and (lead := _LEADING.match(sentence)) and any(word in lead[1] for word in short):
            found.append(lead.span())
        if relation.cues and re.match(_any(relation.cues), sentence, re.IGNORECASE):
            found.append((0, 0))
        if relation.nouns:
            nouns = _any(relation.nouns)
            told = re.search(rf"\b(?:the|our|its) {nouns}s?\b|^{nouns}:", sentence, re.IGNORECASE)
            found += [(told.start(), told.start())] if told else []
    return sorted(set(found))


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _around(sentence: str, span: tuple[int, int], value: tuple[int, int], relation: Relation) -> str:
    """The sentence in normal form, as far as it matters to these two."""
    low = max(0, min(span[0], value[0]) - _FAR)
    part = sentence[low : max(span[1], value[1]) + _FAR]
    subject, claim = (span[0] - low, span[1] - low), (value[0] - low, value[1] - low)
    return normal(part, subject, claim, (*relation.nouns, *relation.things))


def judge(
    sentence: str,
    subjects: Sequence[tuple[int, int]],
    value: tuple[int, int],
    relation: Relation,
    *,
    of_the_year: bool = False,
) -> list[Reason] | None:
    """The doubts about a place; none where a construction states it; None where the row is not spoken of."""
    outside = [span for span in subjects if span[1] <= value[0] or span[0] >= value[1]]
    if not outside:
        return None
    dated = sentence[value[0]].isdigit() or bool(re.search(r"\d{4}", sentence[slice(*value)]))
    least: list[Reason] | None = None
    for span in sorted(outside, key=lambda span: abs(span[0] - value[0]))[:_MOST_SUBJECTS]:
        if max(value[0] - span[1], span[0] - value[1]) > _FAR:
            break
        if bracketed(sentence, span[1], value, relation):
            return []
        text = _around(sentence, span, value, relation)
        here = sides(text, told=span[0] == span[1], dated=dated)
        if here is None or not construction(here, relation):
            continue
        found = doubts(here, relation, of_the_year=of_the_year)
        if not found:
            return []
        least = least or found
    return least or [Reason(Doubt.NO_LABEL)]
