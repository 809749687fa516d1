"""What a question asks for, read once: the list that it names, the conditions on its rows, its columns.

What can be read as a thing, a comparison and a value is a condition. Whatever else narrows the list is words
of the list, and who finds one says which of them it says itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from wideseek_cli.facts.relations import nations
from wideseek_cli.question.clauses import meant
from wideseek_cli.question.comparisons import RANKED, unchecked
from wideseek_cli.question.condition import PLACE, Condition, Sign
from wideseek_cli.question.courtesy import asked_part
from wideseek_cli.question.stated import conditions_in, without
from wideseek_cli.question.where import parse_condition
from wideseek_cli.question.wished import kind_of, wished
from wideseek_cli.question.words import LITTLE, NAME, PARTICIPLE, PLURAL, as_header
from wideseek_cli.table.columns import NAMED, columns_named
from wideseek_cli.table.model import Column
from wideseek_cli.values.numbers import scan_number_words
from wideseek_cli.values.words import stem, words

_DETAILS = re.compile(
    r"\bwith\b|[:;?]\s|,\s(?!\d{4}\b)|\s[–—-]\s|(?:(?<=[a-z]{3})|(?<=[\w.][)”\"]))\.\s(?!(?-i:[a-z]))"
    r"|\b(?:and|give|including|plus)\s(?:its|their|the(?!\s(?-i:[A-Z]))|me|who|when|where|how|by whom)\b",
    re.IGNORECASE,
)
IN = re.compile(
    rf"(?<=\s)(?P<prep>in|of|from|at|near|within|on|by)\s(?!which\b)(?:[a-z-]+\s){{0,4}}?(?P<names>{NAME})(?P<kind>\s[a-z]{{4,}}(?=[,.;:?!]|$))?"
)
_IN_PLACE = re.compile(r",\s[A-ZÀ-Þ]")
_NAME_BEFORE = re.compile(r"(?:^|\s)[A-ZÀ-Þ]\S{0,60}$")
_LETTER = re.compile(r"(?<![\w.'’&])(?:\d|[B-HJ-Z])(?![\w.'’&])")
_SHOWN = 4  # words that name what nobody reads


@dataclass(frozen=True)
class Question:
    """A question, taken apart. `plain`: without its conditions. `listed`: with those that may be the list's
    own words, `albums that topped the Meridian 200`. `implied`: what narrows the list only where it does not
    say so itself."""

    text: str
    plain: str
    listed: str
    columns: tuple[Column, ...] = ()
    conditions: tuple[Condition, ...] = ()
    implied: tuple[Condition, ...] = ()

    @property
    def line(self) -> str:
        """Its first line, without the names of columns."""
        return first_line(without_columns(self.plain))

    @property
    def every_condition(self) -> tuple[Condition, ...]:
        return (*self.conditions, *self.implied)

    def subject(self, columns: Sequence[Column] = ()) -> tuple[str, ...]:
        """What it is about, in its order: the words before its details, or all; not mere columns."""
        return _subject(without_columns(self.plain), tuple(c.name for c in columns if not c.key))

    @property
    def wished(self) -> tuple[Column, ...]:
        """Columns that it asks for in passing: `with their capitals`."""
        plain = without_columns(self.plain)
        head = before_details(plain)
        return wished(head, plain[len(head) :])

    @property
    def kind(self) -> str:
        """What its rows are, one of them: `capital` of `the capitals of Asia`."""
        return kind_of(before_details(without_columns(self.plain)))

    def naming(self, met: Sequence[Condition]) -> Question:
        """The question where these conditions are what the list is."""
        if not met:
            return self
        left = [tuple(one for one in some if one not in met) for some in (self.conditions, self.implied)]
        return replace(self, plain=self.listed, conditions=left[0], implied=left[1])

    def unread(self, columns: Sequence[Column] = (), over: str = "") -> str:
        """The words by which it wants only some rows, in a way that nothing here can check. Words of a column
        (`last eruption`) and of the list's own title (`the 100 largest`) are none."""
        names = (column.name for column in (*columns, *self.wished))
        known = {stem(word) for text in (over, *names) for word in words(text)}
        plain = without_columns(self.plain)
        for found in unchecked(plain):
            if not {stem(word) for word in words(found["said"])} <= known:
                return " ".join(plain[found.start() :].split()[:_SHOWN]).rstrip(".?!,:;")
        return ""


@lru_cache(maxsize=256)
def read_question(text: str, where: tuple[str, ...] = ()) -> Question:
    """Take a question apart. Nothing but its words and `where` has a say, so that a resume finds the same."""
    text = asked_part(text)
    asked = without_columns(text)
    found = conditions_in(asked)
    own = [parse_condition(said) for said in where]
    said = [one.condition for one in found if one.condition.text not in {mine.text for mine in own}]
    others = [one for one in found if not one.condition.may_name_a_list]
    head = before_details(without(asked, found))
    return Question(
        text,
        without(text, found),
        without(text, others),
        columns_named(text),
        (*own, *said),
        tuple(_implied(head)),
    )


def before_details(plain: str) -> str:
    """What is said before what is wanted to be known of it; what only asks, `please look up, for`, says
    nothing yet."""
    at, said, tells = 0, False, False
    for end in _DETAILS.finditer(plain):
        if _IN_PLACE.match(plain, end.start()) and _NAME_BEFORE.search(
            plain, max(end.start() - 64, 0), end.start()
        ):
            continue  # `Ayr, Ardovia`
        for word in plain[at : end.start()].split():
            if word.casefold() not in LITTLE and any(map(str.isalnum, word)):
                named = word[0].isupper() and not plain.startswith(word)
                said, tells = True, tells or named or PLURAL.fullmatch(word) is not None
        at = end.start()
        if tells or (said and end[0].startswith(":")):
            return plain[:at]
    return plain


def without_columns(text: str) -> str:
    """A question without the names of columns at its end: `Columns: name, city`."""
    named = NAMED.search(text)
    return text[: named.start()] if named else text


def first_line(text: str) -> str:
    return text.strip().split("\n")[0]


def _implied(head: str) -> Iterator[Condition]:
    """What narrows a list beside its kind: `in the canton of Ayr`, `landlocked countries`."""
    for match in IN.finditer(head):
        said = match[0].removesuffix(match["kind"] or "")
        names, about = meant(re.sub(r"['’]s\b", "", said))
        if all(len(name) == 1 for name in names):
            continue  # `from A to D`
        about = " ".join(about.split()[1:]) if about.startswith(match["prep"]) else about
        about = about or (match["kind"] or "").strip()  # `in the Ayr canton`
        column = about or (PLACE if match["prep"] != "by" else "")
        yield Condition(as_header(match[0]), column, Sign.HAS, names, implied=True)
    before = re.split(r"\s(?:in|of|from|at|near|within|on|by|for)\s", head)[0].split()
    kinds = [
        at for at, word in enumerate(before) if word.islower() and word.endswith("s") and word not in LITTLE
    ]
    if not kinds:
        return
    for word in reversed(before[: kinds[0]]):
        first = word is before[0] and before[1].islower()
        if not (word.islower() or first):
            if word.casefold() in nations():  # `Indian cities`
                yield Condition(word, PLACE, Sign.HAS, (word,), implied=True)
            continue  # a name, `African`
        asks = word.casefold() in LITTLE or word.endswith("s") or next(scan_number_words(word), None)
        if asks or not word.isalpha() or RANKED.match(word) or word.casefold() in ("most", "least"):
            return
        yield Condition(word.lower(), "", Sign.HAS, (word.lower(),), implied=True)


@lru_cache(maxsize=1024)
def _subject(plain: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    asked = {stem(word) for name in columns for word in words(name)}
    for text in (before_details(plain), plain):
        letters = {match[0].lower() for match in _LETTER.finditer(text)}  # `J-class`, `season 3`
        kept = dict.fromkeys(w for w in words(text) if w not in LITTLE and (len(w) > 1 or w in letters))
        if any(stem(word) not in asked for word in kept):
            *others, last = kept
            return tuple(others if others and PARTICIPLE.fullmatch(last) else kept)  # `Worldcons held`
    return tuple(dict.fromkeys(w for w in words(plain) if w not in LITTLE))
