"""Whether a text is a name, only has it, or is another's: Ohio State University is not Ohio University."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from wideseek_cli.table.fieldwords import GROUPS, stem
from wideseek_cli.table.values import known_as
from wideseek_cli.table.words import tokens, word_set, words

IS_NAME = 2  # the text is the name
HAS_NAME = 1  # it has the name and little else
NO_NAME = 0
LONGER = -1  # it is a longer name, of something else: `Stanford University Press`
NAMESAKE = -2  # it says that it is another thing of this name: `Paris, Texas`

# What a text may say that things are, and the words that such a thing's name may have or lack.
_FAMILIES = tuple(
    (frozenset(stem(word) for word in said.split()), word_set(may))
    for said, may in (
        ("university college institute institution school academy", "university college institute school"),
        ("country nation member republic kingdom 国", "republic kingdom state 国"),
        ("state", "state"),
        ("city town municipality 市", "city municipality 市"),
        ("county", "county"),
        ("province 省", "province 省"),
        ("prefecture", "prefecture"),
        ("island isle archipelago", "island islands"),
        ("mountain mount peak summit volcano", "mt"),
        ("lake", "lake"),
        ("river", "river"),
        ("club team", "fc cf afc sc football club"),
        ("museum gallery", "museum gallery"),
        ("film movie", ""),
        ("book novel", ""),
        ("album song single", ""),
        ("band singer musician", ""),
        ("game videogame", ""),
        ("planet element god deity mythology", ""),
        ("genus species plant animal", ""),
        ("language", ""),
        ("place location region area territory district capital", ""),
        (
            "company firm corporation business brand employer maker manufacturer group",
            "company corporation incorporated limited group co plc ag gmbh kg llc nv spa "
            "sa se ab asa oyj oy bv kk lp llp pty as motor motors platforms technologies holding holdings",
        ),
    )
)
# These say nothing at the end of a name.
LEGAL = word_set(
    "company corporation incorporated limited group co plc ag gmbh kg llc nv spa sa se ab asa oyj oy bv kk "
    "lp llp pty as"
)
_LEARNING = _FAMILIES[0][1]
_PLACE = len(_FAMILIES) - 2
_UNSAID = (
    _FAMILIES[-1][1] | _LEARNING | word_set("mt 市 省 国")
)  # where a column does not say what its rows are

# Behind a name, or with `of` before it, these make the name of something else.
_THINGS = frozenset(word for _, may in _FAMILIES for word in may) | word_set("""
    academy airport archive association bank basin bay beach bridge cathedral center centre church club
    council county court desert district division falls festival foundation forest garden gardens gulf hall
    hospital hotel laboratory lake league library mountain museum palace park peninsula prize rainforest reef
    society stadium station store strait studios team theatre tower town union valley village
""")
# So do these right before it: Lake Victoria.
_LEADING = word_set("lake mt river fort port san santa cape air")
# Behind a name, these only say what is told of the thing.
_TOPICS = frozenset(
    map(
        stem,
        word_set("""
    about acceptance admission admissions annual average awards basic bio biography birthday brief campus cap
    career careers cfo chair chairman chairwoman characteristics chief coach cofounder contact country cto
    culture current data dean demographics demography details discography early economic economics economy
    encyclopedia explained fact facts family faq fee fees filmography financial financials flag geography
    government governor growth guide highest history income info information introduction investor jobs key
    largest latest leader life list map maps mayor minister movie net news number official overview photos
    politics price professor profile profit provost quick quotes rate ratio relations report review reviews
    secretary senator size spec specification specifications specs statistics stats stock summary technical
    timeline today total tourism travel tuition videos weather wiki wikipedia worth yearly
"""),
    )
) | frozenset(phrase[-1] for group in GROUPS for phrase in group.phrases)
_TOPICS -= {stem(word) for word in _THINGS}
_LISTING = word_set("list lists comparison countries vs versus ranking index category")
# A name with one of these before it is another place's name.
OTHER_PLACE = word_set("""
    south north east west southern northern eastern western new equatorial papua upper lower central
    inner outer 南 北 东 西 新
""")
_OTHER_STATE = re.compile(r"(?<!\w)(?:Dem\.?|Democratic|Peoples?['’]?s?['’]?)\s(?:the\s)?$")
_NEXT = re.compile(r" ((?:[^\W\d_]\.){2,}|[^\W\d_][\w&-]*)")
_BEFORE = re.compile(r"(?<![\w-])([A-Z]\w*)\.? $")
_AT = re.compile(r" at [A-Z]")
_DASH = re.compile(r"[-–][A-Z]")
_NUMBER = re.compile(r" (?:\d{1,3}|[IVX]+)$")
_CHINESE = re.compile(
    "大学|中学|学院|出版社|附属|附中|医院|图书馆|博物馆|研究院|研究所|公司|集团|银行|队|协会|机场|火车站"
)
_LINKS = word_set("of in and for by on at to from with is was are as or under after before since the")
_OF = re.compile(r"(?<![\w-])([A-Z]\w*) of (?:the )?$")
_PLACE_BEHIND = re.compile(r", ((?:[A-Z][\w.'’-]*\s?){1,4})$")
_VERBS = word_set(
    "has had have will would says said makes made owns runs sells employs operates opened began"
)
_MOST_WORDS = 9


@lru_cache(maxsize=4096)
def _families(text: str) -> frozenset[int]:
    said = {stem(word) for word in words(text)}
    return frozenset(number for number, (names, _) in enumerate(_FAMILIES) if names & said)


def kinds_said(text: str) -> frozenset[str] | None:
    """What a heading, or a column's name, says that things are, as words their names may lack; None when it
    does not say."""
    found = _families(text)
    return frozenset(word for number in found for word in _FAMILIES[number][1]) if found else None


def other_kind(text: str, column: str) -> bool:
    """Whether a text says that a thing is of another kind than a column's: `U.S. state`, for a country."""
    said, asked = _families(text) - {_PLACE}, _families(column) - {_PLACE}
    return text.isascii() and bool(said and asked) and not said & asked


@lru_cache(maxsize=4096)
def kinds_of(column: str) -> frozenset[str]:
    """The words that the names of a column's rows may have more than the row says."""
    said = kinds_said(column)
    return _UNSAID if said is None else said


def is_left_out(kinds: Sequence[str], over: Sequence[str]) -> bool:
    """Whether a shorter name may do in a table or list: the nearest text over it that says what the things
    are says what was left out. Where none does, only schools are called by less: Yale."""
    said = next((said for said in map(kinds_said, over) if said is not None), _LEARNING)
    return said.issuperset(kinds)


def is_other_state(text: str, start: int, form: Sequence[str]) -> bool:
    """Whether a republic's name is the end of another's: `Democratic People's Republic of Korea`."""
    return form[0] == "republic" and _OTHER_STATE.search(text, max(0, start - 20), start) is not None


def comparable(name: Sequence[str]) -> tuple[str, ...]:
    """A name's words without those that change nothing: `the`, and `Inc.` at its end."""
    return without_legal([word for word in name if word not in ("the", "and")])


def is_said_of(word: str) -> bool:
    """Whether a small word behind a name goes on about the thing, and does not make another noun of it."""
    return word in _LINKS or word in _VERBS or word.endswith("ed") or stem(word) in _TOPICS


def without_legal(name: Sequence[str]) -> tuple[str, ...]:
    """A firm's name without `Inc.` and the like at its end."""
    end = len(name)
    while end > 1 and name[end - 1] in LEGAL:
        end -= 1
    return tuple(name[:end])


def difference(shorter: Sequence[str], longer: Sequence[str]) -> tuple[str, ...] | None:
    """The words before or behind a name in a longer one, `University of`; None when it is not in it so."""
    rest: tuple[str, ...] = ()
    size = len(shorter)
    if not 0 < size < len(longer):
        return None
    if tuple(longer[:size]) == tuple(shorter):
        rest = tuple(longer[size:])
    elif tuple(longer[-size:]) == tuple(shorter):
        rest = tuple(longer[:-size])
        rest = rest[:-1] if len(rest) > 1 and rest[-1] == "of" else rest
    return rest or None


def same(form: Sequence[str], part: Sequence[str], kinds: frozenset[str]) -> bool:
    """Whether a text's words are a row's name, or that name and what its column says that it is. A name that
    says so already takes no more."""
    name, said = comparable(form), comparable(part)
    if name == said:
        return True
    rest = difference(name, said)
    return rest is not None and kinds.issuperset(rest) and not (kinds - LEGAL).intersection(name)


def is_another_known(part: Sequence[str], forms: Sequence[Sequence[str]]) -> bool:
    """Whether a text is a known other name of something else: Republic of China, for China."""
    group = known_as(" ".join(word for word in part if word != "the"))
    return bool(group) and group[0] not in (" ".join(part), *(" ".join(form) for form in forms))


def within(form: Sequence[str], part: str, kinds: frozenset[str]) -> int:
    """How far a short text that has a name in it is about it."""
    said = words(part)
    if len(said) > _MOST_WORDS or _LISTING & set(said):
        return NO_NAME
    place = place_of(form, part)
    if place is None:
        return NO_NAME
    start, end = place
    before = words(part[:start])
    if (before and before[-1] in OTHER_PLACE) or is_other_state(part, start, form):
        return NO_NAME
    if not before and _PLACE_BEHIND.match(part, end):
        return NAMESAKE
    if goes_on(part, start, end, kinds, title=True) or _PLACE_BEHIND.match(part, end):
        return LONGER
    return HAS_NAME


def place_of(form: Sequence[str], text: str) -> tuple[int, int] | None:
    """Where a short text has a name."""
    found = tokens(text)
    size = len(form)
    for at in range(len(found) - size + 1):
        if all(found[at + n][0] == word for n, word in enumerate(form)):
            return found[at][1], found[at + size - 1][2]
    return None


def goes_on(text: str, start: int, end: int, kinds: frozenset[str], *, title: bool = False) -> bool:
    """Whether a name in a text is a part of a longer one: Microsoft Research, Bank of China. In a title other
    names may stand further on, in a sentence `Apple CEO Tim Cook`."""
    if _DASH.match(text, end) or (_AT.match(text, end) and _LEARNING.intersection(words(text[start:end]))):
        return True
    thing = _CHINESE.match(text, end)
    if thing is not None:
        return thing.group() != "大学" or "university" not in kinds
    if title and _NUMBER.match(text, end):
        return True  # the second film, the next model
    before = _OF.search(text, max(0, start - 40), start)
    if before is not None:
        kind = words(before[1])[0]
        if kind in _THINGS and kind not in kinds and kind != "city":
            return True
    before = _BEFORE.search(text, max(0, start - 20), start)
    if before is not None:
        kind = words(before[1])[0]
        if kind in _LEADING and kind not in kinds:
            return True
    behind = _NEXT.match(text, end)
    while behind is not None:
        word = words(behind[1])[0]
        if word in _LINKS:
            return False
        if word not in kinds:
            if word in _THINGS or (not behind[1].islower() and stem(word) not in _TOPICS):
                return True
            if not title:
                return False
        behind = _NEXT.match(text, behind.end())
    return False
