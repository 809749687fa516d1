"""Sentences that state a field of a subject: an allow-list of constructions.

A place of the value in running text counts only if one of these joins it to the row and the column:
`S was L-ed in V`, `the L of S is V`, `S's L is V`, `S has V L`, `S (born V)`, `S, a book by V`, `V wrote S`,
`V's novel S`, `V, the L of S`. What stands in none of them, or in a clause that denies it, is a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from wideseek_cli.facts.hedging import clause, doubts
from wideseek_cli.facts.labels import Match
from wideseek_cli.facts.model import Fact, Place
from wideseek_cli.facts.pagefacts import PageFacts, sentences, years
from wideseek_cli.facts.relations import Relation, relation_of
from wideseek_cli.table.model import Column, Doubt, Reason
from wideseek_cli.table.values import find_name, find_value

_PRONOUN = re.compile(r"\b(?:He|She|It|They|His|Her|Its|Their|he|she|it|they|his|her|its|their)\b")
_THE_THING = re.compile(r"\b[Tt]he (?:[a-z-]+ ){0,2}[a-z-]+\b(?! of)")
_MOST_PLACES, _MOST_SENTENCE = 20, 1_500
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:{_DAY} )?(?:{_MONTH} )?(?:{_DAY},? )?(?:\d{{4}})?"
_LITTLE = (
    r"(?:in|at|on|by|near|to|from|of|the|a|an|into|as|with|for|through|his|her|its|their|was|were|is|are|been"
    r"|being|first|and)"
)
_OTHER_SUBJECT = re.compile(
    r"(?:\band|\bbut|\bwhile|[,;])\s+(?:[A-Z][\w.'’-]+(?:\s[A-Z][\w.'’-]+)*|he|she|it|they|his|her|its|their)\s+"
    r"(?:\w+\s)?(?:was|is|are|were|has|had|have|became|\w+ed)\b"
)
_CAPITAL = re.compile(r"(?<![\w-])[A-Z][\w'’.-]*")


def sentence_facts(
    page: PageFacts, name: str, names: frozenset[str], column: Column, value: str, question: str
) -> Iterator[Fact]:
    """What sentences say of the row with this value; with doubts where no construction states it."""
    about, left = page.is_about(names), _MOST_PLACES
    relation = relation_of(column.name)
    known = about
    for paragraph in page.paragraphs:
        here = _has_name(paragraph.text, name)
        known = known or here
        if not known:
            continue
        for start, end in _places(paragraph.text, value, column):
            low, high = _sentence_at(paragraph.text, start)
            sentence = paragraph.text[low:high]
            if left <= 0 or len(sentence) > _MOST_SENTENCE:
                return
            left -= 1
            spans = _subjects(sentence, name, about, here, relation)
            reasons = judge(sentence, spans, (start - low, end - low), relation)
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


def _places(text: str, value: str, column: Column) -> list[tuple[int, int]]:
    """Where a text has the value, or the list that it is."""
    found = find_value(text, value, column.type)
    items = [item.strip() for item in value.split(",")]
    if found or len(items) < 2 or not all(items):
        return found
    joined = r"\s*(?:,|,?\s+and|&)\s*".join(re.escape(item) for item in items)
    return [match.span() for match in re.finditer(joined, text)]


@lru_cache(maxsize=50_000)
def _has_name(text: str, name: str) -> bool:
    return bool(find_name(text, name))


def _sentence_at(text: str, place: int) -> tuple[int, int]:
    low, high = next((span for span in sentences(text) if span[0] <= place < span[1]), (0, len(text)))
    return low + len(text[low:high]) - len(text[low:high].lstrip()), high


def _subjects(sentence: str, name: str, about: bool, here: bool, relation: Relation) -> list[tuple[int, int]]:
    """Where a sentence speaks of the row: by name; on its own page by pronoun, short name, or not at all."""
    found = list(find_name(sentence, name))
    short = re.findall(r"[A-Z][\w'’-]{3,}", name)
    if (about or here) and len(short) > 1:
        last = (
            rf"(?<![A-Z][\w.] )(?<![a-z.] )\b{re.escape(short[-1])}\b"
            if not about
            else rf"\b{re.escape(short[-1])}\b"
        )
        found += [
            m.span()
            for m in re.finditer(last, sentence)
            if not re.search(r"[A-Z][\w.]*\s$", sentence[: m.start()])
        ]
    if about:
        found += [m.span() for m in _PRONOUN.finditer(sentence)]
        if (thing := _THE_THING.match(sentence)) is not None:
            found.append(thing.span())
        if relation.cues and re.match(_any([cue.capitalize() for cue in relation.cues]), sentence):
            found.append((0, 0))
        if relation.nouns and (noun := re.search(rf"\b[Tt]he {_any(relation.nouns)}\b", sentence)):
            found.append((noun.start(), noun.start()))
    return sorted(set(found))


def judge(
    sentence: str, subjects: Sequence[tuple[int, int]], value: tuple[int, int], relation: Relation
) -> list[Reason] | None:
    """The doubts about a place; none where a construction states it; None where the row is not spoken of."""
    outside = [span for span in subjects if span[1] <= value[0] or span[0] >= value[1]]
    if not outside:
        return None
    found = _construction(sentence, outside, value, relation)
    if found is None:
        return [Reason(Doubt.NO_LABEL)]
    low, high = found
    past = relation.past
    said = f"{sentence[low : value[0]]} {sentence[value[1] : high]}"
    return doubts(
        said, sentence[max(low, value[0] - 40) : value[0]] if sentence[value[0]].isdigit() else "", past=past
    )


def _construction(
    sentence: str, subjects: Sequence[tuple[int, int]], value: tuple[int, int], relation: Relation
) -> tuple[int, int] | None:
    """The stretch of the sentence that states the value for the subject, if a construction does."""
    begin, end = clause(sentence, *value)
    for low, high in reversed([span for span in subjects if span[1] <= value[0]]):
        gap, tail = sentence[high : value[0]], sentence[value[1] :]
        if _bracketed(sentence, high, value, relation):
            return value[0], value[1]
        if _thing_by(gap, relation) or _adjective(gap, tail, relation):
            return low, value[1]
        if _verb(gap, relation) or _noun(gap, relation) or _counted(gap, tail, relation):
            return min(low, begin), end
        if _of_subject(sentence, low, gap, relation):
            return min(begin, low), end
    for low, high in [span for span in subjects if span[0] >= value[1]]:
        gap = sentence[value[1] : low]
        if _reverse(gap, relation) or _owned(gap, relation) or _named_of(sentence[: value[0]], gap, relation):
            return value[0], high
        if _fronted(sentence, value, gap, high, relation):
            return value[0], end
    return None


def _fronted(sentence: str, value: tuple[int, int], gap: str, high: int, relation: Relation) -> bool:
    """`In V, S was L-ed`."""
    if not relation.cues or not re.fullmatch(r"\s*,\s*(?:the\s+)?", gap):
        return False
    if not re.fullmatch(r"(?:.*[,;]\s*)?(?:On|In|Since|on|in|since)\s+(?:the\s+)?", sentence[: value[0]]):
        return False
    return bool(
        re.match(
            rf"\s+(?:was|were|is|has been|had been)?\s*(?:\w+ly\s+)?{_any(relation.cues)}\b", sentence[high:]
        )
    )


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


@lru_cache(maxsize=2_000)
def _cue(relation: Relation) -> re.Pattern[str] | None:
    """A verb, and behind it nothing but little words, dates and adjectives up to the value."""
    if not relation.cues:
        return None
    by = r"(?:\s+\w+){0,8}?\s+by" if relation.by else ""
    return re.compile(rf"\b{_any(relation.cues)}\b{by}(?P<rest>[^.;()]*)$")


def _verb(gap: str, relation: Relation) -> bool:
    pattern = _cue(relation)
    match = pattern.search(gap) if pattern else None
    if match is None or _OTHER_SUBJECT.search(gap[: match.start()]):
        return False
    return _passes(match["rest"], relation)


def _passes(rest: str, relation: Relation) -> bool:
    """Whether nothing between a verb and the value takes the value's place."""
    rest = (
        re.sub(rf"\b(?:on|in|of)?\s*{_DATE}(?=[\s,]|$)", " ", f" {rest}")
        if _CAPITAL.search(rest) or re.search(r"\d", rest)
        else rest
    )
    if re.search(r"\b(?:who|which|that|where|when|after|before|because|since|until|but|while)\b", rest):
        return False
    rest = re.sub(
        r"\b[A-Z][\w-]*(?= [a-z])(?! (?:in|at|of|and|by|on|for|to|from|near|the)\b)", " ", rest
    )  # adjectives, titles
    names = _CAPITAL.findall(rest)
    if not names:
        return len(rest.split()) <= 12
    if relation.place:
        return False
    listed = re.sub(r"[A-Z][\w.'’-]*(?:\s+(?:[A-Z][\w.'’-]*|of|de|van|the))*", "N", rest.strip())
    return bool(
        re.fullmatch(
            rf"(?:{_LITTLE}\s+)*N(?:\s*(?:,|and|&|, and)\s*N)*\s*(?:,|and|&|, and)\s*(?:{_LITTLE}\s*)?",
            listed,
        )
    )


def _noun(gap: str, relation: Relation) -> bool:
    """`'s L is V`, `, whose L is V`, `has a L of V`, `L: V`, `with its L in V`."""
    if not relation.nouns:
        return False
    noun = _any(relation.nouns)
    verbs = (
        r"is|was|are|were|has been|of|at|in|stands at|stood at|reached|came to|totals?|totalled|to|named"
        r"|called|remains?"
    )
    has = r"whose|with|has|had|have|reports?|reported|reached|reaches|recorded|records|offers?"
    return bool(
        re.fullmatch(
            rf"(?:['’]s?|,? (?:{has})\b)?(?:\s+[a-z]+){{0,3}}\s+{noun}(?:\s+(?:in|of|for)\s+\d{{4}})?"
            rf"(?:\s*[,:]|\s+(?:{verbs}))(?:\s+(?:the|a|an|now|currently|in|at|about))?\s*",
            gap,
            re.IGNORECASE,
        )
    )


def _of_subject(sentence: str, low: int, gap: str, relation: Relation) -> bool:
    """`The L of S is V`; on its own page `the L is V`."""
    if not relation.nouns:
        return False
    noun = _any(relation.nouns)
    copula = r"\s*(?:,|:|(?:is|was|are|were|stands at|remains)(?:\s+(?:the|a|an|now|currently))?)\s*"
    if re.search(rf"\b{noun}\s+(?:of|for|in|at)\s+(?:the\s+)?$", sentence[:low], re.IGNORECASE):
        return bool(re.fullmatch(copula, gap))
    return bool(re.fullmatch(rf"[Tt]he {noun}{copula}", gap))


def _counted(gap: str, behind: str, relation: Relation) -> bool:
    """`S has V L`."""
    if not relation.nouns:
        return False
    verbs = (
        r"has|have|had|with|employs|employed|counts|contains|offers|seats|holds|sold|sells|operates|produces"
        r"|produced|covers|measures|comprises|includes|is|was|carries|built|makes|made|earned"
    )
    verb = re.fullmatch(
        rf",?\s+(?:which\s+|who\s+|that\s+)?(?:(?:also|now|currently)\s+)?(?:{verbs})\s+(?:a |an |the )?", gap
    )
    return bool(verb and re.match(rf"\s*(?:\w+\s+){{0,2}}{_any(relation.nouns)}\b", behind, re.IGNORECASE))


def _adjective(gap: str, behind: str, relation: Relation) -> bool:
    """`S is a French film`, `S is a lake in France`."""
    if not relation.adjective:
        return False
    is_a = r"[^.;]{0,80}?\b(?:is|was|are|were)\s+(?:a|an|the|one of the)\s+(?:\w+[- ]){0,3}?"
    return bool(re.fullmatch(is_a, gap) and re.match(r"[\s-]+[a-z]", behind)) or bool(
        re.fullmatch(
            r"[^.;]{0,60}?\b(?:is|was)\s+(?:a|an|the)\s+(?:[a-z-]+\s+){1,4}(?:in|of|from)\s+(?:the\s+)?", gap
        )
    )


def _bracketed(sentence: str, high: int, value: tuple[int, int], relation: Relation) -> bool:
    """`S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""
    opening = re.match(r"[^().;]{0,60}?(?:\([^()]*\)\s*)?\(", sentence[high:])
    if opening is None:
        return False
    low = high + opening.end()
    close = sentence.find(")", low)
    if not low <= value[0] < close:
        return False
    inner, at = sentence[low:close], value[0] - low
    dash = re.search(r"\s?[–—]\s?|\s-\s", inner)
    if dash and (relation.life >= 0 or (relation.place and relation.cues[0] in ("born", "died"))):
        second = relation.life == 1 or relation.cues[0] == "died"
        first_place = not inner[dash.end() if second else 0 : at].strip(" ,") or not relation.place
        return first_place and ((at >= dash.end()) if second else at < dash.start())
    if relation.life >= 0 or relation.place:
        cue = _any(relation.cues)
        return bool(
            re.search(rf"\b{cue}\b[^;–]*$", inner[:at]) or (relation.life == 0 and re.match(r"b\.", inner))
        )
    return relation.bracket and not inner[:at].strip()


def _thing_by(gap: str, relation: Relation) -> bool:
    """`S is the sixth album by the singer V`, `S, a novel by V`."""
    if not relation.things:
        return False
    return bool(
        re.fullmatch(
            rf"[^.;]{{0,90}}?\b{_any(relation.things)}s?\s+(?:by|of|from)\s+(?P<rest>[^.;]{{0,60}})", gap
        )
        and _passes(gap[gap.rfind(" by ") + 4 :] if " by " in gap else "", relation)
    )


def _reverse(gap: str, relation: Relation) -> bool:
    """`V wrote S`, `V, author of S`, `V, who founded S`."""
    if not relation.reverse:
        return False
    return bool(
        re.fullmatch(
            rf"(?:,)?\s+(?:who\s+|had\s+|has\s+|also\s+|the\s+|is\s+|was\s+|as\s+)*{_any(relation.reverse)}\s+"
            r"(?:the\s+|a\s+|an\s+|his\s+|her\s+)?(?:[a-z-]+\s+){0,3}[\"“'‘]?",
            gap,
        )
    )


def _owned(gap: str, relation: Relation) -> bool:
    """`V's novel S`."""
    if not relation.things:
        return False
    return bool(re.fullmatch(rf"['’]s?\s+(?:[\w-]+\s+){{0,4}}{_any(relation.things)}s?,?\s+[\"“'‘]?", gap))


def _named_of(lead: str, gap: str, relation: Relation) -> bool:
    """`V, the L of S` and `V is the L of S`."""
    if not relation.nouns or re.search(r"\w['’]s?\s*$", lead):
        return False
    joined = r"(?:,|,?\s+(?:which\s+|who\s+|that\s+)?(?:is|was|became|serves as|has been))"
    of_it = (
        rf"{joined}\s*(?:(?:the|its|a|an|current)\s+)*{_any(relation.nouns)}\s+(?:of|at|for)\s+(?:the\s+)?"
    )
    return bool(re.fullmatch(of_it, gap, re.IGNORECASE))
