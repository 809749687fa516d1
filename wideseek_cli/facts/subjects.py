"""Where a sentence speaks of a row: by its name, a short form of it, what it is, a pronoun, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.relations import Relation, kinds, told_apart
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.values.compare import find_name

Span = tuple[int, int]
PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|We|[Oo]ur)\b")
_OWNING = re.compile(r"\b(?:[Hh]is|[Hh]er|[Tt]heir|[Ii]ts)\b")
_PERSON = re.compile(r"\b(?:he|she|his|her|born)\b", re.IGNORECASE)
_NOT_IT = (
    r"(?!(?:parent|sister|rival|holding|other|mother|daughter|first|second|third|next|last|latter|neighbouring|nearby"
    r"|previous|former|old|older|new|newer|local|whole|same|national|ordinary|average|state)\b)"
)
_IS_A = re.compile(
    r"\b(?:is|was|are|were) (?:(?:also|now|still|currently) )?(?:an?|the|one of the) "
    r"(?P<thing>(?:[\w’'-]+,? (?:and )?){0,9}?[\w-]+)"
    r"(?=[.;,]? ?(?:$|[,.;(–]|(?:of|in|by|that|which|who|whose|from|for|on|with|at|near|to|as|about|and"
    r"|based|located|situated|founded|released|published|recorded|written|directed|created|developed|held"
    r"|born)\b))"
)
_LEADING = re.compile(r"(?:The |A )?((?:[A-Z][\w.'’-]*\s?)+?)(?=\s?[,(]| is | was | are | were )")
_CALLED = re.compile(r"\b(?:known|named?|nicknamed|called|credited|billed)\b[^.;]{0,60}$")  # `N, known as S`
_OTHER = re.compile(
    r"(?:(?:His|Her|Their|Its) (?:[a-z-]+,? ){1,3}|The )?"
    r"(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w.’'-]*)+)(?:,[^,]*,|,)? "
    r"(?:is|was|has|had|became|married|died|worked|served|[a-z]+ed)\b"
)
_WHEN = re.compile(  # what may stand before the subject of a sentence
    r"(?:(?:In|On|By|From|After|During|Since|At|Until|Before|Later|Then|Also|There)\b[^,;.]{0,40}?,? )(?=\w)"
    r"(?=(?:he|she|it|they|his|her|its|their|the)\b)"
)
_CAPITAL_BEFORE = re.compile(r"[A-Z][\w.’'-]*(?<![’']s)\s$")
_PART_OF = re.compile(r"\bof (?:the )?$")
_LONGER = re.compile(r"[^\W_]|[ –-][A-Z0-9]")  # the name goes on: `Stanford University Press`
_ALIAS = re.compile(
    r"\b(?:abbreviated(?: as)?|(?:also|commonly|better|usually|often)(?: simply)? (?:known as|called))"
    r"(?: the| simply)? [\"“]?([A-Z][\w.’'&-]*(?: [A-Z][\w.’'&-]*){0,3})"
)
_PASSIVE = re.compile(r"[A-Z][a-z]+ed (?:by|with|in|on|at|from) [^,;:]*$")  # `Powered by V`
_ENDED = re.compile(r"\([^()]*\b\d{4}[^()\d]{0,3}\s?[–—-]\s?[^()]*\b\d{4}[^()]*\)")  # `(1893 – 1956)`
_ENDS = 120  # characters behind a name in which it says when it ended
_ALIASES = 400  # characters of a page in which it says what else its subject is called
_LEAD = 12  # characters before the subject of a sentence: `Meet the S`
_BEGINNING = 1_500  # characters of a page that say what it is about


def any_of(words: Iterable[str]) -> str:
    """One of these words, longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


@dataclass(frozen=True)
class Voice:
    """How a page may speak of a row. `about`: the page as a whole is about it."""

    name: str
    about: bool
    beginning: str

    @cached_property
    def words(self) -> list[str]:
        """The words of its name that are written as names."""
        return re.findall(r"[A-Z][\w'’-]{2,}", re.sub(r"\(.*?\)", "", self.name))

    @cached_property
    def person(self) -> bool:
        """Whether it is somebody, not something: then a first name speaks of it too."""
        return 2 <= len(self.words) <= 4 and len(_PERSON.findall(self.beginning)) > 1

    @cached_property
    def shorts(self) -> list[str]:
        """Short forms of the name: of a person each word, else the last; initials, if the page uses them."""
        if len(self.words) < 2:
            return []
        head, comma, _ = self.name.partition(", ")
        if comma and self.about:  # `Bexar County, Texas`
            return [head]
        found = list(self.words) if self.person and self.about else self.words[-1:]
        if self.about:
            found += [word for word in self.words if self._stands_alone(word)]
            found += _ALIAS.findall(self.beginning[:_ALIASES])
        initials = "".join(part[0] for word in self.words for part in re.split(r"[-]", word) if part)
        if self.about:
            found += [short for short in (initials, initials[:-1]) if len(short) > 2 and initials.isupper()]
            named = re.search(rf"{re.escape(self.name)}\s*\(([A-Z][\w.-]{{1,9}})[);,]", self.beginning)
            found += [named[1]] if named else []
        return [word for word in dict.fromkeys(found) if len(word) > 3 or word.isupper()]

    @cached_property
    def ended(self) -> bool:
        """Whether the page says when it began and ended."""
        return bool(self.about and _ENDED.search(self.beginning[: len(self.name) + _ENDS]))

    def _stands_alone(self, word: str) -> bool:
        """Whether the page begins a sentence with this word of the name alone: `Olimpija play in …`."""
        return bool(re.search(rf"[.!?] (?:The )?{re.escape(word)} [a-z]", self.beginning))

    @cached_property
    def kinds(self) -> re.Pattern[str]:
        """`the company`, `the house`: what the page says that it is, and the words of its name."""
        said = {
            *kinds("persons" if self.person else "things"),
            *(word.lower() for word in self.words if word.isalpha() and len(word) > 3),
        }
        for low, high in sentences(self.beginning)[:3]:
            sentence = self.beginning[low:high]
            if find_name(sentence[:80], self.name) and (match := _IS_A.search(sentence)):
                kind = re.split(r"\W+", match["thing"].strip())[-1]
                said = {word for word in said if not told_apart(kind, word)}
                said |= {kind} if kind.islower() and len(kind) > 3 else set()
        return re.compile(
            rf"\b(?:[Tt]he|[Oo]ur|[Tt]his) (?:{_NOT_IT}[a-z\d][a-z\d-]* ){{0,2}}{any_of(said)}\b(?! of)"
        )


def voice_of(page: PageFacts, name: str, names: frozenset[str]) -> Voice:
    """How this page may speak of the row, found once."""

    def made() -> Iterator[Voice]:
        first = next(iter(page.index.name(name)), (0, 0))[0]
        named = (item.text for item in page.paragraphs if item.start <= first < item.end)
        text = next(named, page.paragraphs[0].text if page.paragraphs else "")
        yield Voice(name, page.speaks_of(names), text[:_BEGINNING])

    return page.keep(("voice", name, names), made)[0]


def subjects(
    paragraph: str, low: int, high: int, voice: Voice, relation: Relation, *, here: bool, first: bool
) -> list[Span]:
    """Where the sentence of a paragraph speaks of the row. `here`: the paragraph has the name; `first`: it is
    the page's first sentence."""
    sentence = paragraph[low:high]
    found = [span for span in find_name(sentence, voice.name) if not _is_end_of_name(sentence, span)]
    if voice.about or here:
        found += _shortened(sentence, voice)
    if not voice.about:
        if here and _carried(paragraph, low, voice):
            begun = _WHEN.match(sentence)
            at = begun.end() if begun else 0
            found += [m.span() for m in (PRONOUN.match(sentence, at), voice.kinds.match(sentence, at)) if m]
        return sorted(set(found))
    if not _handed_over(paragraph, low, voice):
        found += [m.span() for m in PRONOUN.finditer(sentence)]
    found += [m.span() for m in voice.kinds.finditer(sentence)]
    if first and (lead := _LEADING.match(sentence)):
        named = any(_CALLED.search(sentence[:start]) for start, _ in found if start > lead.end())
        if named or any(w in lead[1] for w in voice.words if len(w) > 3):
            found.append(lead.span())
    return sorted({*found, *_left_out(sentence, relation)})


def _is_end_of_name(sentence: str, span: Span) -> bool:
    """Whether a name `KIND of N` ends a longer one: `Democratic Republic of the Congo`."""
    before = _CAPITAL_BEFORE.search(sentence[: span[0]])
    return bool(before and before[0] != "The " and re.match(r"\w+ of ", sentence[slice(*span)]))


def meant(sentence: str, voice: Voice) -> list[Span]:
    """Where a sentence of a page about it speaks of something without its whole name: a short form, `his`."""
    begun = _WHEN.match(sentence)
    first = PRONOUN.match(sentence, begun.end() if begun else 0)
    owning = [match.span() for match in _OWNING.finditer(sentence)]
    return [*_shortened(sentence, voice), *([first.span()] if first else []), *owning]


def _left_out(sentence: str, relation: Relation) -> list[Span]:
    """A sentence that does not name its subject: `Founded in V`, `Price: V`, `our headquarters are in V`."""
    found: list[Span] = [(0, 0)] if _PASSIVE.match(sentence) else []
    if relation.cues and re.match(any_of(relation.cues), sentence, re.IGNORECASE):
        found.append((0, 0))
    if relation.parts and (
        part := re.match(rf"(?:The |All |Most )?{any_of(relation.parts)}\b", sentence, re.I)
    ):
        found.append(part.span())
    if relation.nouns:
        nouns = any_of(relation.nouns).replace(r"\ ,", ",").replace(r"\ 's", "['’]s")
        told = re.search(
            rf"\b(?:the|our|its) (?:{_NOT_IT}[a-z]+ )?{nouns}s?\b"
            rf"|^(?:an? )?{nouns}(?::| (?=[A-Z€$£\d])| of \W?\d)",
            sentence,
            re.IGNORECASE,
        )
        found += [(told.start(), told.start())] if told else []
        alone = rf"\d[\d.,]* (?:[a-z-]+ )?{nouns}s?(?: (?:on|in|across) [^.;]{{1,24}})?[.!]?$"
        found += [(0, 0)] if re.match(alone, sentence.rstrip()) else []
    return found


def _shortened(sentence: str, voice: Voice) -> list[Span]:
    """Short forms that are not part of another name."""
    before = "" if voice.about else r"(?<![a-z.] )"
    found = []
    for word in voice.shorts:
        last = word == voice.words[-1] or word.isupper()
        after = "" if last else r"(?!\s[A-Z])"
        for match in re.finditer(rf"{before}\b{re.escape(word)}\b{after}", sentence):
            if not _CAPITAL_BEFORE.search(sentence[: match.start()]):
                found.append(match.span())
    return found


def _carried(paragraph: str, place: int, voice: Voice) -> bool:
    """Whether the sentences before are about the row, so that a pronoun at the start of this one is it."""
    for low, high in reversed([span for span in sentences(paragraph) if span[1] <= place]):
        before = paragraph[low:high].lstrip()
        places = find_name(before[: _LEAD + len(voice.name)], voice.name)
        if any(
            start <= _LEAD and not _LONGER.match(before, end) and not _PART_OF.search(before[:start])
            for start, end in places
        ):
            return True
        begun = _WHEN.match(before)
        at = begun.end() if begun else 0
        if not (PRONOUN.match(before, at) or voice.kinds.match(before, at)):
            return False
    return False


def _handed_over(paragraph: str, place: int, voice: Voice) -> bool:
    """Whether the sentence before is about somebody else, whom a pronoun may mean."""
    before: Sequence[Span] = [span for span in sentences(paragraph) if span[1] <= place]
    if not before or not voice.person:
        return False
    other = _OTHER.match(paragraph[before[-1][0] : before[-1][1]].lstrip())
    return other is not None and not any(word in other["name"] for word in voice.words)
