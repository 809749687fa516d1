"""Sentences that state a field of a subject: an allow-list of constructions.

A place of the value in running text counts only if a construction of `constructions.py` joins it to the row
and the column. What stands in none of them, or in a clause that denies it, is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile

from wideseek_cli.facts.clauses import Sides, any_of, normal, sides
from wideseek_cli.facts.constructions import bracketed, construction
from wideseek_cli.facts.labels import Match
from wideseek_cli.facts.model import Fact, Place
from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import PageFacts, years
from wideseek_cli.facts.relations import Relation, demonyms, relation_of
from wideseek_cli.facts.subjects import meant, subjects, voice_of
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.pages.model import Paragraph
from wideseek_cli.settings.data import packaged
from wideseek_cli.table.model import Column, Doubt, Reason
from wideseek_cli.values.dates import parse_date

_END = re.compile(r"[;:]|, (?!until)| (?:but|while|whereas|although|who|which|that|and) ")
_START = re.compile(r"[;:–]|, (?:and|but|while) ")
_OVER = re.compile(r"\b(?:was|were|(?<!has )(?<!have )had)\b")
_ITS = re.compile(r"(?:its|our|the) ")
_CLAUSES = re.compile(r"(?:,|\band) ")
_PRESENT = re.compile(r"(?:also |now |still |today )?(?:has|is|are|[a-z]{3,}s) (?!by )")
_NOMINATIVE = re.compile(
    r"(?:[Hh]e|[Ss]he|[Tt]hey)\b|[Ii]t (?:now |also |still )?(?:is|was|ha[sd]|[a-z]{2,}s|[a-z]+ed)\b"
)
_OF_ANOTHER = re.compile(r"\b[A-Z][\w’'-]+ (?:and|with) $")  # `Karl Venn and his wife`
_AS_OF = re.compile(r"\b(?:as of|as at) |\bcensus\b")  # the newest count is told in the past too
_OF_THE_PRESENT = frozenset({Doubt.PAST, Doubt.PARTIAL, Doubt.COMPARED})
_ROUGH = re.compile(
    r"\b(about|around|approximately|approx|nearly|almost|over|more than|up to|at least|at most|less than"
    r"|fewer than|under|roughly|some|estimated|circa|c\.|between|several)\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _hedges() -> tuple[tuple[Doubt, re.Pattern[str]], ...]:
    known = packaged("facts", "hedges.toml")
    return tuple(
        (Doubt(name), re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE))
        for name, words in known.items()
    )


def doubts(here: Sides, relation: Relation, *, of_the_year: bool = False) -> list[Reason]:
    """Why the clause around a subject and a value does not state it, though it has the construction.

    Where the field asks for what is itself of the past (a birth), words for what is over do not matter.
    """
    tail = re.split(_END, f" {here.after}")[0]
    lead = re.split(_START, here.before)[-1]
    said = f"{lead}{here.between}{tail}"
    found = []
    for doubt, words in _hedges():
        if (doubt in _OF_THE_PRESENT and relation.past) or (doubt is Doubt.OTHER_LABEL and relation.roles):
            continue  # a vice president works there too
        match = words.search(f"{lead}{here.between}" if doubt is Doubt.PARTIAL else said)
        if match and not _is_of_the_field(match.group().lower(), relation):
            found.append(Reason(doubt, match.group()))
    told = f"{lead}{here.between}" if _ITS.match(here.between) else here.between  # `had its seat in V`
    last = _CLAUSES.split(told)[-1]  # `was begun in D, has V`
    over = _OVER.search(last if _PRESENT.match(last) else told)
    lasts = relation.past or relation.adjective or of_the_year
    lasts = lasts or (here.dated and bool(_AS_OF.search(f"{lead}{here.between}{here.after}")))
    if over and not lasts and not re.search(rf"\b{any_of(relation.events)}\b", here.between):
        found.append(Reason(Doubt.PAST, over.group()))
    rough = _ROUGH.search(here.before if here.reverse else here.between) if here.dated else None
    if rough and not any(rough[1].lower() in cue.split() for cue in relation.cues):  # `active between`
        found.append(Reason(Doubt.ROUGH, rough.group().strip()))
    return found


def _is_of_the_field(word: str, relation: Relation) -> bool:
    """Whether a word for a doubt says the field itself (`part of`), or of what one was, not where from."""
    if any(word.startswith(cue) for cue in relation.cues):
        return True
    return relation.adjective and word in ("former", "retired", "late")


_MOST_PLACES, _MOST_SENTENCE = 20, 1_500
_DATED = re.compile(r"[€$£¥]?\d[\d.,:]*(?:st|nd|rd|th)?(?![^\W_])|.*\d{4}")  # `4AD` is a name
_MOST_SUBJECTS, _FAR = 8, 300  # mentions of the row that are tried; characters between it and the value


def sentence_facts(
    page: PageFacts, name: str, names: frozenset[str], column: Column, value: str, question: str
) -> Iterator[Fact]:
    """What sentences say of the row with this value; with doubts where no construction states it."""
    relation, named = relation_of(column.name), page.index.name(name)
    about = page.speaks_of(names)
    near = page.keep(
        ("near", name, about), lambda: (p for p in page.paragraphs if about or _within(named, p))
    )
    if not near:
        return
    places = _places(page, value, column, near)
    if named and not value[:1].isdigit() and page.speaks_of(forms(value)):
        places = sorted({*places, *_meant(page, value, named)})
    if not places:
        return
    voice, left = voice_of(page, name, names), _MOST_PLACES
    known = voice.about
    # A season is over, and a date is of what happened: that it `was` so takes nothing back.
    # Of what a page calls ended (`S (1893 – 1956)`) nothing newer can be said.
    happened = bool(years(name)) or parse_date(value) is not None or voice.ended
    for paragraph in near:
        inside = _within(places, paragraph)
        if known and not inside:
            continue
        here = bool(_within(named, paragraph))
        known = known or here
        if not known:
            continue
        for start, end in inside:
            low, high = _sentence_at(paragraph.text, start)
            sentence = paragraph.text[low:high]
            if left <= 0 or len(sentence) > _MOST_SENTENCE:
                return
            left -= 1
            end += _kind_behind(paragraph.text, end, relation)
            first = paragraph is page.paragraphs[0] and low == 0
            spans = subjects(paragraph.text, low, high, voice, relation, here=here, first=first)
            asked = happened or bool(years(sentence) & years(question))
            reasons = judge(sentence, spans, (start - low, end - low), relation, of_the_year=asked)
            if reasons and (shorter := _without_noun(paragraph.text[start:end], relation)):
                bare = (start - low, end - low - shorter)
                again = judge(sentence, spans, bare, relation, of_the_year=asked)
                reasons = reasons if again is None else again
            if reasons is not None:
                at = paragraph.start + low
                reasons += _other_year(sentence, value, question)
                yield Fact(value, column.name, Place.SENTENCE, Match.AKIN, page.document,
                           " ".join(sentence.split()), at, at + len(sentence), tuple(reasons))  # fmt: skip


def _without_noun(value: str, relation: Relation) -> int:
    """How long the field's own word at a value's end is: `licence` in `MIT licence`."""
    found = (
        re.search(rf"(?<=\w)\s{any_of(relation.nouns)}$", value, re.IGNORECASE) if relation.nouns else None
    )
    return len(found.group()) if found else 0


def _kind_behind(text: str, end: int, relation: Relation) -> int:
    """How long the word behind a value is that says what it is: `Atlantic Records` for `Atlantic`."""
    found = re.match(rf"\s{any_of(relation.suffixes)}\b", text[end : end + 30])
    return found.end() if found else 0


def _other_year(sentence: str, value: str, question: str) -> list[Reason]:
    """A sentence about another year than the question's."""
    asked, said = years(question), years(sentence) - years(value)
    if asked and said and asked.isdisjoint(said):
        return [Reason(Doubt.OTHER_SCOPE, ", ".join(sorted(said)), ", ".join(sorted(asked)))]
    return []


def _places(page: PageFacts, value: str, column: Column, near: Sequence[Paragraph]) -> list[tuple[int, int]]:
    """Where these paragraphs have the value, or the list that it is."""
    found = page.index.value(value, column.type, [(item.start, item.end) for item in near])
    if relation_of(column.name).adjective and (
        people := demonyms().get(value.casefold().removeprefix("the "))
    ):
        found = sorted({*found, *page.index.forms(people)})
    items = [item.strip() for item in value.split(",")]
    if found or len(items) < 2 or not all(items):
        return found
    joined = r"\s*(?:,|,?\s+and|&)\s*(?:(?:an?|the)\s+)?".join(re.escape(item) for item in items)
    return [match.span() for match in re.finditer(joined, page.document.text)]


def _meant(page: PageFacts, value: str, named: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where a page about the value speaks of it by a short form, or as `his S`, beside the row's name."""
    voice, found = voice_of(page, value, forms(value)), [*page.index.forms(forms(value))]
    for paragraph in page.paragraphs:
        for start, _ in _within(named, paragraph):
            low, high = _sentence_at(paragraph.text, start)
            at = paragraph.start + low
            found += [(a + at, b + at) for a, b in meant(paragraph.text[low:high], voice)]
    return found


def _within(spans: Sequence[tuple[int, int]], paragraph: Paragraph) -> list[tuple[int, int]]:
    """Those of these places that are in a paragraph, counted from its beginning."""
    first = bisect_left(spans, (paragraph.start, 0))
    later = (spans[at] for at in range(first, len(spans)))  # islice would pass over all before them
    inside = takewhile(lambda span: span[1] <= paragraph.end, later)
    return [(start - paragraph.start, end - paragraph.start) for start, end in inside]


def _sentence_at(text: str, place: int) -> tuple[int, int]:
    low, high = next((span for span in sentences(text) if span[0] <= place < span[1]), (0, len(text)))
    return low + len(text[low:high]) - len(text[low:high].lstrip()), high


def _around(sentence: str, span: tuple[int, int], value: tuple[int, int], relation: Relation) -> str:
    """The sentence in normal form, as far as it matters to these two."""
    low = max(0, min(span[0], value[0]) - _FAR)
    part = sentence[low : max(span[1], value[1]) + _FAR]
    subject, claim = (span[0] - low, span[1] - low), (value[0] - low, value[1] - low)
    if span == (0, 0):  # the sentence begins with the verb
        part = part[:1].lower() + part[1:]
    terms = (*relation.nouns, *relation.things, *relation.objects, *relation.inverse, *relation.verbs)
    return normal(part, subject, claim, terms)


def judge(
    sentence: str,
    spoken: Sequence[tuple[int, int]],
    value: tuple[int, int],
    relation: Relation,
    *,
    of_the_year: bool = False,
) -> list[Reason] | None:
    """The doubts about a place; none where a construction states it; None where the row is not spoken of."""
    outside = [span for span in spoken if span[1] <= value[0] or span[0] >= value[1]]
    if not outside:
        return None
    dated = bool(_DATED.match(sentence[slice(*value)]))
    least: list[Reason] | None = None
    nearest: Sides | None = None
    for span in sorted(outside, key=lambda span: abs(span[0] - value[0]))[:_MOST_SUBJECTS]:
        if max(value[0] - span[1], span[0] - value[1]) > _FAR:
            break
        if bracketed(sentence, span[1], value, relation):
            return []
        text = _around(sentence, span, value, relation)
        if _OF_ANOTHER.search(sentence[: span[0]]) and sentence[slice(*span)].lower() in (
            "his",
            "her",
            "their",
        ):
            continue
        nominative = bool(_NOMINATIVE.match(sentence, span[0]))
        here = sides(text, told=span[0] == span[1], dated=dated, nominative=nominative)
        nearest = nearest or here
        if here is None or not construction(here, relation):
            continue
        found = doubts(here, relation, of_the_year=of_the_year)
        if not found:
            return []
        least = least or found
    return least or _unread(sentence, nearest, relation, of_the_year)


def _unread(sentence: str, nearest: Sides | None, relation: Relation, of_the_year: bool) -> list[Reason]:
    """What can be said of a sentence with the row and the value, but without a construction: does it have a
    word of the field, and does something between the two take it back?"""
    words = (*relation.cues, *relation.reverse, *relation.nouns, *relation.objects)
    word = re.search(rf"\b{any_of(words)}s?(?!\w)", sentence, re.IGNORECASE)
    if word is None:
        return [Reason(Doubt.NO_LABEL)]
    bare = replace(nearest, before="", after="") if nearest else None
    back = doubts(bare, relation, of_the_year=of_the_year) if bare else []
    return [*back, Reason(Doubt.UNCLEAR, word.group())]
