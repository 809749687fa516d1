"""A sentence in normal form: `S was founded on D in N by the N V`, on which constructions are matched.

S is the row's name, V the value, N another name, D a date or number; all other words are lower case and
punctuation stands alone. What stands in brackets is left out, unless the value does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.facts.relations import Relation, past_verbs
from wideseek_cli.values.words import word_set

_SUBJECT, _VALUE, _D = "\ue000", "\ue001", "\ue002"
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sep(?:t\.?|tember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![\w’'])"
)
_DATE = re.compile(  # a month alone is a date behind a preposition: April and Jan are names too
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|{_MONTH},? \d{{4}}"
    rf"|(?<=\b[iI]n ){_MONTH}|(?<=\b[oO]f ){_MONTH}|(?<=\bsince ){_MONTH})(?!\w)(?! \d)"
)
_NUMBER = re.compile(r"(?<![\w])[€$£]?\d+(?:[.,]\d+)*(?:%|[a-z]{1,2}\b)?")
_DEGREES = re.compile(r"\b([Mm]aster|[Bb]achelor)[’']s\b")
_NAME = r"[^\W\d_a-zß-öø-ÿ][\w&/.’'-]*"
_NAMES = re.compile(
    rf"(?<![\w’'-]){_NAME}(?:\s+(?:(?:of|of the|de|van|von|der|del|di|da|du|la)\s+)?{_NAME})*"
)
_SMALL = word_set(
    "a an the this that these those in on at by to for from with as into about near under over after before"
    " until since during between through via and or but nor while who whose which where when if because"
    " although though is are was were he she it they his her its their our we some one not no never today"
    " currently there"
)
STOP = (
    "of in on at by to for from with as than into about near under over after before until since during"
    " between through via and or but nor while who whom whose which that where when if because although"
    " though is are was were be been being has have had do does did not will would can could may might must"
)
_STOPS = "|".join(STOP.split())
W = rf"(?:(?!(?:{_STOPS})\b)[a-zß-öø-ÿ][\w’'-]*)"  # a plain word: noun, adjective, article, adverb
_OTHER_UNIT = re.compile(r"\bD (?:\w+ )?\( V \)")  # `88 m (289 ft)`
_OWNING = re.compile(r"his|her|its|their|our", re.IGNORECASE)
_AFTER_HER = frozenset(STOP.split()) | word_set(
    "a an the this his her its their again there later first then"
)
BE = r"(?:is|was|are|were|has been|have been|had been)"
ADV = r"(?:(?:also|first|now|still|currently|later|then|both|jointly|once|best|well|most|just|\w+ly) )*"
_NOT_THE_SUBJECT = r"who|whom|which|that|whose|where|when|while|but|although|though|because|than|;|:|S"
ANY = rf"(?:(?!(?:{_NOT_THE_SUBJECT}) )\S+ )*?"  # words that open no other clause
PHRASE = rf"(?:{W}|N|D|of|in|for|on|by|to|at|from|with|near|as|through|into|/|'s) "  # within one clause
_NEW_SUBJECT = re.compile(
    r"(?:\b(?:and|after|before)|,) "
    rf"(?:(?:the |a |an )?(?:N|he|she|it|they) (?:{ADV})(?:{BE}|has|had|\w+ed)\b"
    rf"|(?:the|a|an|his|her|its|their|whose) (?:{W} ){{1,3}}(?:{BE}|has|had)\b)"
)
THING = (  # what a name is said to be
    rf"(?:(?:{W}|N|D|/|&|,|and|-|V|'s) )*(?:(?:of|on|about|in|for) (?!an? )(?:(?:{W}|N|D|,|and|&) )+)*"
)
_AFTER_NAME = r"(?:(?:in|at|near|on) (?:the )?N )?(?:, )?(?:(?:who|which|that) )?"
ASIDE = rf"(?:, (?:(?!(?:{_NOT_THE_SUBJECT}|is|was|are|were) )\S+ ){{1,12}})?"
_RELATIVE = r", (?:who|which|whose|where|when) [^,;]* , "
_IS_A = rf"(?:{_AFTER_NAME}|{ASIDE}){BE} {ADV}(?:a|an|the|one of the|another) {THING}"
KIND = rf"(?:(?:{W}|N|D|-|and|/|&|,) )+(?:(?:of|for|in) (?!an? |the )(?:(?:{W}|N|D) )+)?"
_WHO = (  # `is a player who V-s`
    rf"(?:{_AFTER_NAME}|{ASIDE}){BE} {ADV}(?:an?|the|one of the) {KIND}(?:[a-z]+ed by (?:(?:{W}|N) )+)?"
    r"(?:(?<!N )(?:, )?who|(?<!N )(?:, )?which|which|that) "
)
_APPOSED = rf", (?:(?:a|an|the) {THING})?"


def normal(sentence: str, subject: tuple[int, int], value: tuple[int, int], words: Iterable[str]) -> str:
    """The sentence in normal form; `words` are terms that stay words though they be capitals (`CEO`)."""
    parts = sorted(((*subject, _SUBJECT), (*value, _VALUE)))
    (low, high, first), (start, end, second) = parts
    text = (
        f"{_clean(sentence[:low])} {first}{_own(sentence, low, high)} {_clean(sentence[high:start])}"
        f" {second}{_own(sentence, start, end)} {_clean(sentence[end:])}"
    )
    for _ in range(2):
        text = re.sub(rf"[(\[][^()\[\]{_SUBJECT}{_VALUE}]*[)\]]", " ", text)
    text = re.sub('["“”„«»*_]', " ", text)
    text = re.sub(rf"(?<=[{_SUBJECT}{_VALUE}])\s*[?!.…]+(?=\s+[a-z,(])", " ", text)  # `Who? is a film`
    if terms := _terms(frozenset(words)):
        text = terms.sub(lambda match: match.group().lower(), text)
    text = re.sub(rf"[’']s\b|(?<=[s{_SUBJECT}{_VALUE}])[’'](?=\s)", " 's ", _DEGREES.sub(r"\1", text))
    text = _first_word(text)
    text = re.sub(r"\w+", lambda m: m.group().lower() if m.group().lower() in _SMALL else m.group(), text)
    text = _NUMBER.sub(f" {_D} ", _DATE.sub(f" {_D} ", text))
    text = re.sub(r"([,;:–—()/&]|\s-\s)", r" \1 ", text.strip().rstrip(".!? "))
    text = _NAMES.sub("N", text)
    text = re.sub(r"\s+", " ", text.replace(_SUBJECT, " S ").replace(_VALUE, " V ").replace(_D, " D "))
    text = re.sub(r"\bN(?: N)+\b", "N", text)
    text = re.sub(r"\bS , (?=(?:is|was|are|were) )", "S ", text)  # `S (born D), is a painter`
    text = re.sub(r"\bD(?: D| –| ,(?= D))+\b", "D", text)
    if re.fullmatch(r"\d{4}", sentence[slice(*value)]):  # `in June 1936`
        text = re.sub(r"\bD ,? ?(?=V )", "", text)
    if sentence[value[0]].isdigit():  # `a 640-seat hall`
        text = re.sub(r"\bV -(?=[a-z])", "V ", text)
    return _OTHER_UNIT.sub("V", text).strip() + " "


def _own(sentence: str, start: int, end: int) -> str:
    """`'s` behind a pronoun that owns: `his wife` is `S's wife`, but `married her in` is not."""
    owns = _OWNING.fullmatch(sentence[start:end])
    following = re.match(r"\s+([\w-]+)", sentence[end:]) if owns else None
    return " 's" if following and following[1] not in _AFTER_HER else ""


def _clean(text: str) -> str:
    return re.sub(f"[{_SUBJECT}{_VALUE}{_D}]", " ", text)


@lru_cache(maxsize=1_000)
def _terms(words: frozenset[str]) -> re.Pattern[str] | None:
    found = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    return re.compile(rf"\b(?:{found})s?(?!\w)", re.IGNORECASE) if found else None


def _first_word(text: str) -> str:
    """A sentence's first word is no name for its capital alone."""
    return re.sub(
        r"^\W*(?:[A-Z][a-z]+(?:ed|ing|ly)|Born|Written|Built|Made|Run|Held|Sold|Shot|Set|Led|Part|For|Work)\b"
        r"(?= [a-z])",
        lambda match: match.group().lower(),
        text,
    )


WHEN = re.compile(
    r"^(?:today|now|(?:last|this|every|each) \w+|according to (?:(?!S )\S+ ){1,6}?(?:of )?D"
    r"|(?:in|on|since|by|from|after|during|until|at|as of) (?:(?:the|early|late|mid) )*D"
    r"(?: (?:to|until) D| census)?) ,? ?"
)


def heads_clause(before: str) -> bool:
    """Whether what follows is the subject of its clause, not a part of another name."""
    before = WHEN.sub("", before)
    opened = (
        r"(?:.*(?:[,;:–]|\b(?:and|but|while|that|although|when|because|since|as|after|before|until|where)) )?"
    )
    if re.search(r"\b(?:of|to|with|than|by|for|near|in|at|from) (?:the |a |an )?(?:N |\w+ )?$", before):
        return False
    return bool(re.fullmatch(rf"{opened}(?:the |a |an |both )?(?:N |{W} )?", before))


def new_subject(lead: str) -> bool:
    """Whether another subject comes up in these words."""
    return bool(_NEW_SUBJECT.search(lead))


_OF_WORKS = word_set(
    "released published issued directed produced recorded distributed developed written composed filmed shot"
    " aired broadcast premiered launched unveiled manufactured"
)


def owns_participle(lead: str, *, told: bool = False, cue: str = "") -> bool:
    """Whether a participle behind `lead` (the words after S) is said of S; `told`: S itself is left out."""
    if _NEW_SUBJECT.search(lead):
        return False
    if told and not lead:
        return True
    plain = rf"{_AFTER_NAME}{BE} {ADV}|(?:{_IS_A}|{_APPOSED})(?:{_AFTER_NAME}{BE} )?{ADV}"
    if re.fullmatch(plain, lead):
        return True
    joined = rf"(?:{plain}|{_AFTER_NAME}{ADV}(?:{W}|has|had|have) ){ANY}(?:, and|and|,|&) {BE} {ADV}"
    listed = rf"(?:{plain}){ANY}(?:, and|and|,|&) {ADV}"
    if re.fullmatch(joined, lead):
        return True
    return bool(re.fullmatch(listed, lead)) and (
        cue in _OF_WORKS or not re.search(r"\bby (?:\w+ )?N , $", lead)  # `a song by N, born in V`: it is N
    )


def owns_verb(lead: str) -> bool:
    """Whether a finite verb behind `lead` is said of S."""
    if re.fullmatch(rf"{_RELATIVE}{ADV}|{_WHO}(?:has |had |have )?{ADV}", lead):
        return True
    if _NEW_SUBJECT.search(lead):
        return False
    joined = rf"(?:{_AFTER_NAME}(?:{BE}|{W}|has|had|have) |, ){ANY}(?:, and|and|,|then|&) "
    joined = rf"{joined}(?:(?<!N , )(?<!V , )who )?{ADV}"
    aside = rf", (?:{ANY}), {ADV}"
    return bool(re.fullmatch(rf"{_AFTER_NAME}(?:has |had |have )?{ADV}|{joined}|{aside}", lead))


def owns_gerund(lead: str) -> bool:
    """Whether a verb in -ing behind `lead` is said of S: `moved to N, joining V`, `before joining V`."""
    joined = r"(?:, (?:and )?|(?:, )?(?:before|after|while|by|since|then|later) )"
    return not _NEW_SUBJECT.search(lead) and bool(re.fullmatch(rf"{_AFTER_NAME}{W} {ANY}{joined}|, ", lead))


TITLE = rf"(?:(?:{W}|N|/|&) ){{0,9}}"  # `the British rock band V`
_LIST = rf"(?:(?:(?:{W}|N 's(?= N)|N|D|/) )+(?:, and|,|and|&) )*(?:by )?"
AGENT = rf"{_LIST}(?:N 's )?{TITLE}"
ITEMS = r"(?:(?:(?:the|a|an) )?(?:N|D) (?:D )?(?:, and|,|and|&) )*(?:the |a |an )?"  # names of the same list
_BAR = (
    "who|whom|which|that|whose|where|when|while|but|although|because|than|is|was|are|were|has|had|have|S|;|:|–"
    "|'s|will|not|he|she|it|they|we"
)
_STEP = rf"(?!(?:{_BAR}) )(?!(?:and|,|or) (?:then |later |was |were )?\w+ed )"
MID = rf"(?:{_STEP}\S+ ){{0,16}}?"
_SAME = r"(?:(?:, |and |, and |& )?(?:co-)?\w+(?:ed|en) )*"  # `born and raised in V`
_MID_OF_DATE = rf"(?:{_STEP}(?!D )\S+ ){{0,16}}?"
_MID_OF_PLACE = (
    rf"(?:(?:during|of|from|with|to|under|after) (?:{W} )*N |{_STEP}(?!N (?!{W} )|by )\S+ ){{0,14}}?"
)
COPULA = (
    rf"(?:,|:|(?:{BE}|stands at|stood at|remains|reached|totals|totalled|came to"
    r"|comes to|amounts to|lies at|measures|numbers|consists of"
    r"|(?:grew|grows|rose|rises|fell|falls|increased|decreased|dropped|climbed|declined|went up)"
    r"(?: from D)? to"
    r"|includes?)"
    r"(?: (?:now|currently|still))?)"
)
ITS = r"(?:a |an |the |its |his |her |their )"
LITTLE = r"(?:(?:the|a|an|in|at|on|near|of|to) )*"


_JOINED = (  # names joined to the one before: `N and the engineer V`
    rf"(?:(?:, and|,|and|&|or|as well as|along with|together with) (?:by |from |in |at |near )?(?:{ITS})?"
    rf"(?:{W} ){{0,5}}(?:N (?:'s )?)?(?:{W} ){{0,2}})*"
)
_LINKS = (" at", " by", " from", " in", " into", " of", " on", " to", " under", " with")


def filled(tail: str, cue: str, relation: Relation) -> bool:
    """Whether the words between a verb and V have another in V's place: `designed by N and built by `,
    `studied under N and later taught `."""
    link = cue.rsplit(maxsplit=1)[-1] if cue.endswith(_LINKS) else ""
    if relation.after and (found := re.search(rf"\b({any_of(relation.after)}) (?:{ITS})?(?:{W} )*$", tail)):
        first = re.search(rf"\b{found[1]} ", tail)
        if first and first.start() < found.start():
            listed = re.fullmatch(rf"(?:{ITS})?(?:(?:{W}|N|'s|D) )*({_JOINED})", tail[first.end() :])
            return listed is None or has_verb(listed[1])
        tail = tail[first.end() :] if first else tail
    elif not link:
        return False
    named = re.match(rf"(?:{ITS})?(?:{W} )*?N (?:'s )?", tail)
    if named is None:
        return False
    rest = tail[named.end() :]
    return has_verb(rest) or not re.fullmatch(_JOINED, rest)


def has_verb(words: str) -> bool:
    """Whether a verb in the past is among these words, as far as the relations know it."""
    return any(word.endswith("ed") or word in past_verbs() for word in words.split())


@dataclass(frozen=True)
class Sides:
    """A sentence in normal form around S and V."""

    before: str
    between: str
    after: str
    reverse: bool  # the value comes first
    told: bool  # the subject is left out, or part of the label
    dated: bool  # the value is a date or number
    nominative: bool = False  # the subject is a pronoun that can be nothing else: `she`


def sides(text: str, *, told: bool, dated: bool, nominative: bool = False) -> Sides | None:
    """What stands before, between and after the two."""
    match = re.fullmatch(r"(.*?)\b([SV]) (.*?)\b([SV]) (.*)", text)
    if match is None or match[2] == match[4]:
        return None
    return Sides(match[1], match[3], match[5], match[2] == "V", told, dated, nominative)


def any_of(words: Iterable[str]) -> str:
    """One of these words, longest first; nothing where there are none."""
    found = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return f"(?:{found})" if found else "(?!)"


@lru_cache(maxsize=2_000)
def nouns_of(relation: Relation) -> str:
    """The words for the value."""
    return rf"{any_of(relation.nouns)}s?" if relation.nouns else r"(?!)"


def is_subject(here: Sides) -> bool:
    """Whether S is what its clause is about; a label's own S is, unless a relative clause has another."""
    relative = re.search(r"\b(?:who|which|that|whose) [^,;]*$", here.before)
    return (here.told and not relative) or here.nominative or heads_clause(here.before)


def tail_of(relation: Relation, *, dated: bool, cue: str = "") -> str:
    """What may stand between a verb and its value."""
    if dated:
        return rf"{_SAME}{_MID_OF_DATE}"
    linked = cue.rpartition(" ")[2] in relation.after  # `affiliated with`
    if relation.after and not linked and (cue not in relation.active or cue in relation.roles):
        more = r"(?:and (?:\w+ (?:at|in|from|on) |\w+ing ))?"  # `owned by and based at V`
        return rf"{_SAME}{MID}{any_of(relation.after)} {more}{AGENT}"
    if relation.place:
        wider = rf"(?:{LITTLE}N (?:,|in|near|at) )*"  # `at N in V`, `in N, V`
        return rf"{_SAME}(?:[ND] )*{_MID_OF_PLACE}{wider}{LITTLE}"
    if relation.kin:
        other = rf"N (?:, (?:{W} )*(?:N |D )*)?and (?:his |her )?(?:{W} )*?"
        return rf"(?:(?:{W} )+and )?(?:(?:{W}|N) )*?(?:{other})?"
    return rf"{MID}(?:N 's (?:N and )?)?{TITLE}" if relation.far else rf"{LITTLE}{AGENT}"
