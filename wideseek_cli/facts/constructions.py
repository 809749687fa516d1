"""The constructions that state a value V of a subject S, on sentences in normal form (see `clauses.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.facts.clauses import ADV, ASIDE, BE, THING, W, heads_clause, owns_participle, owns_verb
from wideseek_cli.facts.relations import Relation

_TITLE = rf"(?:(?:{W}|N|/|&) ){{0,9}}"  # `the British rock band V`
_LIST = rf"(?:(?:(?:{W}|N|D|/) )+(?:, and|,|and|&) )*(?:by )?"
_AGENT = rf"{_LIST}{_TITLE}"
_BAR = (
    "who|whom|which|that|whose|where|when|while|but|although|because|than|is|was|are|were|has|had|have|S|;|:|–"
    "|'s|will|not|he|she|it|they|we"
)
_STEP = rf"(?!(?:{_BAR}) )(?!(?:and|,|or) (?:then |later |was |were )?\w+ed )"
_MID = rf"(?:{_STEP}\S+ ){{0,16}}?"
_MID_OF_DATE = rf"(?:{_STEP}(?!D )\S+ ){{0,16}}?"
_MID_OF_PLACE = (
    rf"(?:(?:during|of|from|with|to|under|after) (?:{W} )*N |{_STEP}(?!N (?!{W} )|by )\S+ ){{0,14}}?"
)
_COPULA = (
    rf"(?:,|:|(?:{BE}|stands at|stood at|remains|reached|totals|totalled|came to)"
    r"(?: (?:now|currently|still))?)"
)
_ITS = r"(?:a |an |the |its |his |her |their )"
_LITTLE = r"(?:(?:the|a|an|in|at|on|near|of|to) )*"
_OF = (" of ", " at ", " for ", " in ")
_HAS = (
    r"(?:has|have|had|with|employs|employed|counts|contains|offers|seats|holds|sold|sells|operates|produces|produced"
    r"|covers|measures|comprises|includes|carries|built|builds|makes|made|earned|reports|reported|recorded)"
)


@dataclass(frozen=True)
class Sides:
    """A sentence in normal form around S and V."""

    before: str
    between: str
    after: str
    reverse: bool  # the value comes first
    told: bool  # the subject is left out, or part of the label
    dated: bool  # the value is a date or number


def sides(text: str, *, told: bool, dated: bool) -> Sides | None:
    """What stands before, between and after the two."""
    match = re.fullmatch(r"(.*?)\b([SV]) (.*?)\b([SV]) (.*)", text)
    if match is None or match[2] == match[4]:
        return None
    return Sides(match[1], match[3], match[5], match[2] == "V", told, dated)


def construction(here: Sides, relation: Relation) -> str:
    """The name of the construction that states the value; empty where none does."""
    if (here.after if not here.reverse else here.between).startswith("N ") and not (
        here.dated or relation.adjective
    ):
        return ""  # a part of a longer name
    owned = (here.after if not here.reverse else here.between).startswith("'s ")
    known = _REVERSED if here.reverse else _FORWARD
    return next((n for n, test in known if test(here, relation) and (not owned or n == "owned")), "")


def _is_subject(here: Sides) -> bool:
    """Whether S is what its clause is about; a label's own S is, unless a relative clause has another."""
    relative = re.search(r"\b(?:who|which|that|whose) [^,;]*$", here.before)
    return (here.told and not relative) or heads_clause(here.before)


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


@lru_cache(maxsize=2_000)
def _nouns(relation: Relation) -> str:
    return rf"{_any(relation.nouns)}s?" if relation.nouns else r"(?!)"


def _tail(relation: Relation, *, dated: bool) -> str:
    """What may stand between a verb and its value."""
    if dated:
        return _MID_OF_DATE
    if relation.after:
        return rf"(?:(?:, |and |, and |& )?(?:co-)?\w+(?:ed|en) )*{_MID}{_any(relation.after)} {_AGENT}"
    if relation.place:
        return rf"(?:[ND] )*{_MID_OF_PLACE}{_LITTLE}"
    if relation.kin:
        return rf"(?:(?:{W}|N) )*?(?:N (?:, (?:{W} )*(?:N |D )*)?and (?:his |her )?(?:{W} )*?)?"
    return rf"{_MID}{_TITLE}" if relation.far else rf"{_LITTLE}{_AGENT}"


def _verb(here: Sides, relation: Relation) -> bool:
    """`S was L-ed by V`, `S, L-ed in V`, `S is a thing L-ed by V`, `S joined V`."""
    if not _is_subject(here) or not relation.cues:
        return False
    tail = _tail(relation, dated=here.dated)
    for cue in re.finditer(rf"\b{_any(relation.cues)} ", here.between):
        if not re.fullmatch(tail, here.between[cue.end() :]):
            continue
        lead = here.between[: cue.start()]
        active = cue.group().strip() in relation.active
        if active and cue.group().endswith(_OF):
            lead = (
                re.sub(rf"(?:(?:a|an|the) )?(?:{W} ){{0,3}}$", "", lead)
                if not owns_participle(lead)
                else lead
            )
        if owns_participle(lead, told=here.told) or (active and owns_verb(lead)):
            return not relation.kin or _is_parent(cue.string[cue.end() :], here.after, relation)
    return False


def _is_parent(between: str, after: str, relation: Relation) -> bool:
    """`son of FATHER and MOTHER`."""
    second = " and " in f" {between}"
    return not second if "father" in relation.nouns else second or not after.startswith("and ")


def _label_is(here: Sides, relation: Relation) -> bool:
    """`S's L is V`, `its L, V`, `S, whose L is V`, `S has a L of V`, `the L of S is V`."""
    noun, value = _nouns(relation), rf"{_LITTLE}{_TITLE}"
    if _is_subject(here):
        own = (
            rf"(?:'s |, whose |our |the )?(?:{W} ){{0,2}}?{noun} (?:(?:in|for|of) D )?"
            rf"(?:{_COPULA} {value}|(?:in|at) )"
        )
        amount = rf"(?:{W} ){{0,2}}?{noun} (?:of|in|at|:) {_LITTLE}"
        has = rf"(?:, )?(?:which |who |that )?{_HAS} {_ITS}{amount}"
        more = rf"{BE} (?:a|an|the) {THING}(?:with|of) {_ITS}?{amount}"
        if re.fullmatch(rf"{own}|{has}|{more}", here.between):
            return True
    of = rf"(?:.*(?:[,;:]|\band|\bbut) )?(?:the )?(?:{W} ){{0,2}}?{noun} (?:of|for|in|at) (?:the )?"
    return bool(re.fullmatch(of, here.before) and re.fullmatch(rf"{_COPULA} {value}", here.between))


def _counted(here: Sides, relation: Relation) -> bool:
    """`S has V L`, `S is driven by the V L`, `S has V as its L`."""
    if not _is_subject(here):
        return False
    noun = _nouns(relation)
    verb = rf"(?:, )?(?:which |who |that )?{ADV}(?:{_HAS}|has had|{BE} (?:\w+ (?:by|with|in) )?)"
    thing = rf"{BE} (?:a|an|the) {THING}(?:(?:on|in|near) (?:the )?(?:{W} |N )+)?with "
    if not re.fullmatch(rf"(?:{verb} ?|{thing})(?:a |an |the )?", here.between):
        return False
    as_its = rf"as (?:its|his|her|their|the) (?:{W} ){{0,1}}{noun}\b"
    return bool(re.match(rf"(?:{W} ){{0,2}}?{noun}\b|{as_its}", here.after))


def _is_a(here: Sides, relation: Relation) -> bool:
    """`S is a French film`, `S is a 1994 film`, `S is a lake in France`."""
    if not heads_clause(here.before):
        return False
    head = rf"{ASIDE}{BE} {ADV}(?:a|an|the|one of the) "
    if relation.adjective and re.fullmatch(rf"{head}(?:(?:{W}|N|D|/|-|and|&|,) ){{0,5}}", here.between):
        return bool(re.match(rf"(?:(?:and|-|/|–|,) )?(?:N |-\S+ )?{W}", here.after))
    if relation.adjective:
        return bool(re.fullmatch(rf"{head}(?:{W} ){{1,4}}(?:in|of|from) (?:the )?", here.between))
    if relation.dated_things and here.dated and re.fullmatch(head, here.between):
        return bool(re.match(rf"(?:(?:N|{W}|/|-) ){{0,7}}?{_any(relation.dated_things)}\b", here.after))
    return False


def _thing_by(here: Sides, relation: Relation) -> bool:
    """`S is the sixth album by V`, `S, a novel by V`, `S by V`."""
    if not relation.things or not (_is_subject(here) or here.between == "by "):
        return False
    things = rf"{_any(relation.things)}s? (?:(?:of|for|in) (?:(?:{W}|D) )+)?"
    made = _any((*relation.cues, "made"))
    is_a = rf"(?:, [^;]*, |, )?(?:{BE} )?(?:a|an|the|one of the) (?:(?:{W}|N|D|/|&|,|and|-) )*?{things}"
    return bool(re.fullmatch(rf"(?:{is_a})?(?:{made} )?by {_AGENT}", here.between))


def _fronted_verb(here: Sides, relation: Relation) -> bool:
    """`V wrote S`, `V, author of S`, `V, who founded S`."""
    if not relation.reverse or not heads_clause(here.before):
        return False
    thing = rf"(?:the |a |an |his |her )?(?:(?:{W}|D) ){{0,4}}?"
    lead = rf"(?:, )?(?:who )?(?:(?:had|has|also|the|is|was|as|and) )*(?:{W} (?:and|,) )?"
    found = re.fullmatch(rf"{lead}{_any(relation.reverse)} (?P<thing>{thing})", here.between)
    return found is not None and not re.match(r"'s (?!$)", here.after)


def _owned(here: Sides, relation: Relation) -> bool:
    """`V's novel S`."""
    things = relation.things
    return bool(things) and bool(
        re.fullmatch(rf"'s (?:(?:{W}|N|D) ){{0,4}}{_any(things)}s? ,? ?", here.between)
    )


def _named_of(here: Sides, relation: Relation) -> bool:
    """`V is the L of S`, `V, L of S`, `the L V of S`."""
    joined = rf"(?:, |, (?:who |which )?{BE} |{BE} |became |serves as |, (?:who )?serves as )"
    noun = rf"(?:(?:the|its|a|an|current|as) )*{_nouns(relation)} (?:of|at|for) (?:the )?"
    return heads_clause(here.before) and bool(re.fullmatch(rf"{joined}{noun}", here.between))


def _date_first(here: Sides, relation: Relation) -> bool:
    """`In V, S was L-ed`, `L-ed in V, S …`."""
    if not relation.cues:
        return False
    cues = _any(relation.cues)
    if re.fullmatch(r", (?:the )?", here.between) and re.fullmatch(r"(?:in|on|since) (?:the )?", here.before):
        return bool(re.match(rf"(?:{BE} )?{ADV}{cues} ", here.after))
    begun = rf"(?:an? |although |while |(?:\w+ ){{1,6}}and |(?:born|\w+ed) {_MID}, (?:the |a )?)?{cues} "
    found = re.match(rf"(?P<lead>{begun}){_tail(relation, dated=here.dated)}$", here.before)
    if found is None or not re.fullmatch(rf"(?:(?:and|,|in|by|with) {_MID})?, (?:the )?", here.between):
        return False
    return not relation.kin or _is_parent(here.before[found.end("lead") :], here.between, relation)


def _its_label(here: Sides, relation: Relation) -> bool:
    """`V, its L`, `V, S's L`."""
    return here.between == ", " and bool(re.match(rf"(?:'s )?(?:{W} )?{_nouns(relation)}\b", here.after))


_Test = Callable[[Sides, Relation], bool]
_FORWARD: tuple[tuple[str, _Test], ...] = (
    ("verb", _verb), ("label", _label_is), ("counted", _counted), ("is-a", _is_a), ("thing by", _thing_by),
)  # fmt: skip
_REVERSED: tuple[tuple[str, _Test], ...] = (
    ("reverse", _fronted_verb), ("owned", _owned), ("label of", _named_of), ("front", _date_first),
    ("its label", _its_label),
)  # fmt: skip
