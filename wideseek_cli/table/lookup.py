"""Looking things up in indexed documents: a row's entity by its names, a cell's value by its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wideseek_cli.table.dates import Date
from wideseek_cli.table.entity import Entity, forms_of
from wideseek_cli.table.labels import Wanted
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.naming import OTHER_PLACE, goes_on, is_other_state, is_said_of, without_legal
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.otherorder import turned_places
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.values import list_items, parse_bool, parse_value, url_key
from wideseek_cli.table.wordorder import said_in_order
from wideseek_cli.table.words import word_set, words

Span = tuple[int, int]

# Words of a name that are no more than its kind.
_GENERIC = word_set("""
    the of and a in university college city country republic state kingdom county province company inc corp
    corporation ltd limited group island islands prefecture municipality school institute mount mt
    lake river incorporated 大学 市 省 国
""")
_BEFORE_CHRIST = re.compile(r"(?<=\d)\s?(?:BC|B\.C)")
_WORD_BEFORE = re.compile(r"(\w+) ?$")
_BEGINS = re.compile(r"(?:^|[.!?:|\n])[^\w\n]*$")
_SMALL_BEHIND = re.compile(r" ([a-z-]+)\b")
_DOT_BEFORE = re.compile(r"(?:^|[\s(])\.$")  # `.ar` is not `ar`
_LONG = 6  # so many words are a description, not a name
_COVERED = 0.85
_SENTENCES = re.compile(r"[.!?]\s+\S|[。！？]\s*\S")


def generic(word: str) -> bool:
    """Whether a word of a name is no more than its kind: `university`, `lake`, `of`."""
    return word in _GENERIC


def mentions(doc: Indexed, entity: Entity) -> tuple[list[Span], list[Span]]:
    """Where an entity is named, and where its name only begins another one: Microsoft Research."""
    found: dict[Span, None] = {}
    longer: dict[Span, None] = {}
    short = {without_legal(form) for form in entity.forms}.difference(entity.forms)
    for form in (*entity.forms, *short):
        for span in _found(doc, form):
            if form in short and _is_mere_word(doc.text, *span):
                continue
            if not _part_of_longer(doc, span, form):
                (longer if goes_on(doc.text, *span, entity.kinds) else found).setdefault(span)
    if not found:
        found.update((span, None) for form in entity.forms for span in turned_places(doc, form))
    return sorted(found), sorted(longer)


def _found(doc: Indexed, form: Sequence[str]) -> list[Span]:
    """Where a name stands that is not the end of another state's."""
    return [span for span in doc.find(form) if not is_other_state(doc.text, span[0], form)]


def _is_mere_word(text: str, start: int, end: int) -> bool:
    """Whether a firm's short name may be none: `apple`, or `Apple cider` where a sentence begins."""
    if not text[start].isupper():
        return True
    behind = _SMALL_BEHIND.match(text, end) if _BEGINS.search(text, max(0, start - 8), start) else None
    return behind is not None and not is_said_of(behind[1])


def _part_of_longer(doc: Indexed, span: Span, form: Sequence[str]) -> bool:
    text, (start, end) = doc.text, span
    if len(form) == 1 and len(form[0]) <= 3 and form[0].isascii() and not text[start].isupper():
        return not text[start].isdigit()
    if text[end : end + 1] == "-" and text[end + 1 : end + 2].isupper():
        return True
    if text[start - 1 : start] == "-" and start > 1 and text[start - 2].isalpha():
        return True
    before = _WORD_BEFORE.search(text, max(0, start - 14), start)
    if before is None:
        return False
    word = before.group(1)
    if text[start] > "\u3000":
        return word[-1] in OTHER_PLACE
    return word.casefold() in OTHER_PLACE and word[0].isupper() and before.group().endswith(" ")


@dataclass(frozen=True)
class Claim:
    """A cell's value, ready to be looked for."""

    text: str
    kind: ColumnType
    value: Number | Date | bool | str
    scaled: Number | None = None  # the same number with the column's scale: 19.1 in `population (millions)`

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, Number)

    @property
    def is_date(self) -> bool:
        return isinstance(self.value, Date)

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    @property
    def tells(self) -> bool:
        """Whether finding the value somewhere means anything: `7` and `no` are everywhere."""
        if isinstance(self.value, Number):
            return abs(self.value.value) >= 100 or not self.value.plain
        return not isinstance(self.value, bool) and len("".join(words(str(self.text)))) >= 2

    def backed_by(self, found: Number) -> bool:
        """Whether a number of a document supports this one."""
        numbers = [n for n in (self.value, self.scaled) if isinstance(n, Number)]
        return any(found.backs(n, rounded=self.kind is ColumnType.INT) for n in numbers)

    def vocabulary(self) -> Iterable[str]:
        """The words that have to be indexed to find it."""
        if isinstance(self.value, str):
            for name in (self.text, *list_items(self.text)):
                for form in forms_of(name):
                    yield from form
        elif isinstance(self.value, bool):
            yield from ("yes", "no", "true", "false", "是", "否")

    def places(self, doc: Indexed) -> list[Span]:
        """Where a document states the value."""
        value = self.value
        if isinstance(value, bool):
            said = [span for word in ("yes", "no", "true", "false", "是", "否") for span in doc.find((word,))]
            marked = [(start, end) for start, end, truth in doc.marks if truth is value]
            return sorted([*marked, *(s for s in said if parse_bool(doc.text[s[0] : s[1]]) is value)])
        if isinstance(value, Number):
            rounded = self.kind is ColumnType.INT
            found = doc.numbers_like(value, rounded=rounded)
            if self.scaled is not None:
                found += doc.numbers_like(self.scaled, rounded=rounded)
            return sorted({(n.start, n.end) for n in found})
        if isinstance(value, Date):
            return [(d.start, d.end) for d in doc.dates if d.backs(value)]
        if self.kind is ColumnType.URL:
            return _url_places(doc, self.text)
        return self._text_places(doc)

    def _text_places(self, doc: Indexed) -> list[Span]:
        spans: dict[Span, None] = {}
        for form in forms_of(self.text):
            for span in _found(doc, form):
                dotted = _DOT_BEFORE.search(doc.text, max(0, span[0] - 2), span[0])
                if (self.text.startswith(".") or not dotted) and not _BEFORE_CHRIST.match(doc.text, span[1]):
                    spans.setdefault(span)
        if not spans:
            spans.update((span, None) for form in forms_of(self.text) for span in turned_places(doc, form))
        if spans:
            return sorted(spans)
        return _list_places(doc, self.text) or _long_places(doc, self.text)


def claim_of(text: str, kind: ColumnType, want: Wanted) -> Claim | None:
    """What a cell claims; None when it claims nothing."""
    value = parse_value(text, kind)
    if value is None or (isinstance(value, str) and not words(value)):
        return None
    if not isinstance(value, Number):
        return Claim(text, kind, value)
    unit = value.unit or want.unit
    number = Number(value.value, 0, 0, value.step, unit, value.approx, value.plain)
    scaled = None
    if want.scale != 1.0:
        scaled = Number(value.value * want.scale, 0, 0, value.step * want.scale, unit, value.approx, False)
    return Claim(text, kind, number, scaled)


def _url_places(doc: Indexed, url: str) -> list[Span]:
    key = url_key(url).casefold()
    lower = doc.text.lower()
    spans, at = [], lower.find(key) if key else -1
    while at >= 0:
        after = lower[at + len(key) : at + len(key) + 2]
        if not re.match(r"[\w-]|/\w|\.\w", after) and not re.match(r"[\w-]", lower[at - 1 : at]):
            spans.append((at, at + len(key)))
        at = lower.find(key, at + 1)
    return spans


def _list_places(doc: Indexed, text: str) -> list[Span]:
    """Where all items of a list stand in one line."""
    items = [forms_of(item) for item in list_items(text)]
    if len(items) < 2:
        return []
    found = [sorted({span for form in forms for span in _found(doc, form)}) for forms in items]
    if not all(found):
        return []
    rare = min(found, key=len)
    places = []
    for span in rare[:50]:
        block = doc.block_at(span[0])
        if block and all(any(block.start <= s < block.end for s, _ in spans) for spans in found):
            places.append(span)
    return places


def _long_places(doc: Indexed, text: str) -> list[Span]:
    """Where a sentence has nearly all words of a description, in its order."""
    order = [w for w in words(text) if len(w) > 2 or w.isdigit() or not w.isascii()]
    wanted = list(dict.fromkeys(order))
    if len(wanted) < _LONG:
        return []
    present = [w for w in wanted if w in doc.places]
    if len(present) < _COVERED * len(wanted) or any(w.isdigit() and w not in doc.places for w in wanted):
        return []
    rare = min(present, key=lambda w: len(doc.places[w]))
    places = []
    for at in doc.places[rare][:50]:
        block = doc.block_at(doc.starts[at])
        if block is None:
            continue
        start, end = doc.sentence(block, doc.starts[at])
        if _SENTENCES.search(text) or block.kind == "row":  # a description of several sentences
            start, end = max(block.start, start - len(text)), min(block.end, end + len(text))
        said = doc.words_in(start, end)[0]
        known = set(said)
        if sum(w in known for w in wanted) < _COVERED * len(wanted):
            continue
        if said_in_order(order, said) >= _COVERED * len(order):
            places.append((doc.starts[at], doc.ends[at]))
    return places
