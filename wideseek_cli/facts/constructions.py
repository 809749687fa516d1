"""The constructions that state a value V of a subject S, on sentences in normal form (see `clauses.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from wideseek_cli.facts import forward
from wideseek_cli.facts.clauses import (
    ADV,
    AGENT,
    ANY,
    BE,
    ITEMS,
    ITS,
    KIND,
    MID,
    TITLE,
    WHEN,
    Sides,
    W,
    any_of,
    heads_clause,
    is_subject,
    nouns_of,
    tail_of,
)
from wideseek_cli.facts.forward import _is_parent
from wideseek_cli.facts.relations import Relation, kinds

_NO_PLACE = re.compile(
    r"[\s,]{0,20}(?:(?:born|died|b\.|d\.)\s)?[\d\s,]*(?:[A-Z][a-z]{2,8}\.?[\s,]+\d[\d\s,]*)?(?:in |at )?"
)

# Brackets belong to the name right before them: the row's, with what completes it (`, née N`), no other.
_MORE = (
    r"\s(?:[A-Z][\w.’'-]*|of|the|de|von|van|der|di|da|la|le|al|bin|ibn)"
    r"|,\s(?:[A-Z.]{2,6}|Jr\.?|Sr\.?|[IVX]+|\d+(?:st|nd|rd|th)|n[ée]e|born|(?:also |better )?known as|or)\b"
    r"|,\s(?:the\s)?[A-Z]\w+\sof\s[A-Z]"
    r"|,\s(?:Lord|Lady|Count|Countess|Duke|Prince|Princess|King|Queen|Baron|Baroness|Earl|Viscount)\s[A-Z]"
    r"|[\s,]*[\"'“”’*_]"
)
_OPENING = re.compile(rf"(?:{_MORE}){{0,9}}[\s,]*(?:\([^()]*\)\s*)?\(")


_UNTIL_BORN = r"(?:[^()\d;,]+[;,]\s*){1,2}"  # `(Имя, 6 March 1931, Moscow)`
_BORN = rf"(?:{_UNTIL_BORN})?(?:\d{{1,2}} [A-Z][a-z]+|[A-Z][a-z]+ \d{{1,2}},) \d{{4}},? (?:in )?"
_DASH = re.compile(r"\s?[–—]\s?|\s-\s|(?<=\d{4})-(?=[A-Z\d])|(?<=[a-z])-(?=[A-Z][a-z]{2,8} \d)")


def _closing(text: str, low: int) -> int:
    """Where the bracket that was opened before `low` ends."""
    depth = 1
    for at in range(low, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return at
    return -1


def bracketed(sentence: str, high: int, value: tuple[int, int], relation: Relation) -> bool:
    """`S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""
    opening = _OPENING.match(sentence, high)
    if opening is None:
        return False
    low = opening.end()
    close = _closing(sentence, low)
    if not low <= value[0] < close:
        return False
    inner, at = sentence[low:close], value[0] - low
    dash = _DASH.search(inner)
    if dash and (relation.life >= 0 or (relation.place and {"born", "died"} & {*relation.cues})):
        second = relation.life == 1 or "died" in relation.cues
        before = inner[dash.end() if second else 0 : at]
        first_place = not relation.place or _NO_PLACE.fullmatch(before) is not None
        return first_place and ((at >= dash.end()) if second else at < dash.start())
    if relation.cues[:1] == ("born",) and re.fullmatch(_BORN if relation.place else _UNTIL_BORN, inner[:at]):
        return True
    if relation.life >= 0 or relation.place:
        cue = "(?:" + "|".join(map(re.escape, relation.cues)) + ")"
        return bool(
            re.search(
                rf"\b{cue}\b(?:(?!\bdied\b)[^–])*$" if relation.life == 0 else rf"\b{cue}\b[^;–]*$",
                inner[:at],
            )
            or (relation.life == 0 and re.search(r"(?:^|[;,]\s*)(?:b\.|\*)\s*$", inner[:at]))
        )
    return relation.bracket and not inner[:at].strip() and not sentence[high : low - 1].strip(" \"'“”’*_")


_MADE = r"(?:released|published|wrote|made|recorded|issued|launched|presented)"
_SUCH_AS = r"(?:(?:, )?(?:such as|including|like|include|included|includes|are|were|:) )"


def fronted_verb(here: Sides, relation: Relation) -> bool:
    """`V wrote S`, `V, author of S`, `V, who founded S`, `V wrote N, S and N`."""
    if not (heads_clause(here.before) or here.between.startswith(", who ")):
        return False
    thing = rf"(?:the |a |an |his |her |their |its )?(?:(?:{W}|D|N) ){{0,4}}?"
    lead = rf"(?:, )?(?:who )?(?:(?:had|has|also|the|is|was|as|and|then|later) )*(?:{W} (?:and|,) )?"
    verbs = any_of(relation.reverse)
    lead = rf"(?:{BE} (?:an?|the) {KIND}(?<!N )who (?:had |has |also |later )?|{lead})"
    plain = rf"{lead}{verbs} (?:(?:the )?(?:{W}|D) ){{0,4}}?{ITEMS}"
    listed = rf"{any_of(relation.things)}s? ,? ?{_SUCH_AS}?{ITEMS}"
    made = rf"(?:{MID}, |{lead})(?:{verbs}|{_MADE}|releasing) {thing}{listed}"
    making = any_of(
        (*(verb for verb in relation.reverse if "ing" in verb), "releasing", "publishing", "issuing")
    )
    made = rf"{made}|{ANY}, {making} {thing}{listed}"
    known = rf"{BE} (?:{W} )*(?:for|of) (?:the )?{ITS}?(?:{W} ){{0,3}}{listed}"
    of_it = rf"'s (?:{W} )?{any_of(relation.nouns)}s?\b" if not relation.things else "(?!)"
    owned = re.match(r"'s (?!$)", here.after) and not re.match(of_it, here.after)
    return not owned and bool(re.fullmatch(rf"{plain}|{made}|{known}", here.between))


def owned(here: Sides, relation: Relation) -> bool:
    """`V's novel S`, `V's books include S`, `the V album S`, `V and his wife S`."""
    things = any_of((*relation.things, *(() if "mother" in relation.nouns else relation.inverse)))
    described = rf"(?:(?:{W}|N|D) ){{0,4}}"
    if relation.things and here.between == "'s ":
        return True
    if re.fullmatch(rf"'s {described}{things}s? ,? ?(?:{_SUCH_AS}{ITEMS})?", here.between):
        return True
    kin = re.search(r"\b(?:son|daughter|child|children|born) (?:of|to) (?:the )?$", here.before)
    if relation.inverse and (kin or heads_clause(here.before)):
        his = "his|her|their|its"
        if "father" in relation.nouns:
            his = "his|their"
        elif "mother" in relation.nouns:
            his = "her"
        if re.fullmatch(
            rf"(?:and|, and|with) (?:{his}) (?:{W} ){{0,2}}{any_of(relation.inverse)} ,? ?", here.between
        ):
            return True
    named = re.search(r"(?:^|.* )(?:the|of the|from the|in the|to the|on the|for the) $", here.before)
    return bool(
        named and re.fullmatch(rf"(?:(?:{W}|D) ){{0,2}}{any_of(relation.things)} ,? ?(?:the )?", here.between)
    )


def named_of(here: Sides, relation: Relation) -> bool:
    """`V is the L of S`, `V, L of S`, `the L V of S`."""
    joined = rf"(?:, |{BE} |became |serves as )"
    joined += rf"(?:(?:a|an|the) (?:{W} |N |from |in )+and )?"
    noun = rf"(?:(?:the|its|a|an|current|as) )*{nouns_of(relation)} (?:of|at|for) (?:the )?(?:{W} ){{0,3}}"
    return heads_clause(here.before) and bool(re.fullmatch(rf"{joined}{noun}", here.between))


def date_first(here: Sides, relation: Relation) -> bool:
    """`In V, S was L-ed`, `L-ed in V, S …`, `At V, S is the tallest`."""
    if here.dated and relation.measures and re.fullmatch(r"at ", here.before):
        tall = rf"{BE} (?:the|a|one of the) (?:\S+ )?{any_of(relation.measures)}(?:est)?\b"
        return here.between in (", ", ", the ", "", "the ") and bool(re.match(tall, here.after))
    if _label_first(here, relation):
        return True
    if not relation.cues or here.after.startswith("'s "):  # `born in V, his brother`
        return False
    cues = any_of(relation.cues)
    if re.fullmatch(r", (?:the )?", here.between) and re.fullmatch(r"(?:in|on|since) (?:the )?", here.before):
        return bool(re.match(rf"(?:{BE} )?{ADV}{cues} ", here.after))
    begun = (
        r"(?:(?:an?|the) (?:\w+ )?|although |while |after |before |since |by |upon |following "
        r"|(?:\w+ ){1,6}and "
        rf"|having been |(?:born|\w+ed) {MID}, (?:the |a )?)?{cues} "
    )
    found = re.match(rf"(?P<lead>{begun}){tail_of(relation, dated=here.dated)}$", here.before)
    if found is None or not re.fullmatch(rf"(?:(?:(?:and|,|in|by|with) {MID})?, (?:the )?)?", here.between):
        return False
    return not relation.kin or _is_parent(here.before[found.end("lead") :], here.between, relation)


def _label_first(here: Sides, relation: Relation) -> bool:
    """`With V L S is the largest`, `With a L of V, S …`, `Run by L V, S …`."""
    noun, end = nouns_of(relation), r"(?:in D )?,? ?(?:the )?"
    if re.fullmatch(rf"(?:{W} ){{0,2}}(?:with|at|on|for) {ITS}(?:{W} )?{noun} of ", here.before):
        return bool(re.fullmatch(end, here.between))
    by = re.fullmatch(rf"(?:\w+ed|run|led|written|built|made) by (?:the |its )?(?:{W} )?{noun} ", here.before)
    under = re.fullmatch(
        rf"(?:in|under|with|during) (?:(?!{noun} )\S+ )*?(?:(?:under|with) )?(?:the |its )?(?:{W} )?{noun} ",
        here.before,
    )
    return bool((by or (under and not here.dated)) and re.fullmatch(r", (?:the )?", here.between))


def count_first(here: Sides, relation: Relation) -> bool:
    """`V L work for S`, `there are V L in S`, `the V L of S`."""
    lead = r"(?:.*[,;] )?(?:there (?:is|are|was|were) |the |S 's )?"
    if not here.dated or not re.fullmatch(lead, WHEN.sub("", here.before)) or here.after.startswith("'s "):
        return False
    does = rf"(?:(?:{BE}|{W}) ){{0,3}}"
    return bool(
        re.fullmatch(rf"(?:{W} )?{nouns_of(relation)} {does}(?:in|at|of|for|to|on) (?:the )?", here.between)
    )


def thing_by(here: Sides, relation: Relation) -> bool:
    """`S is the sixth album by V`, `S, a novel by V`, `S by V`."""
    if not relation.things:
        return False
    things = rf"{any_of(relation.things)}s? (?:(?:of|for|in) (?:(?:{W}|D) )+)?"
    made = any_of((*relation.cues, "made"))
    kind = rf"(?:(?:{W}|N|D|/|&|,|and|-|'s|of(?! an? | the )) )*?{things}"
    apposed = re.fullmatch(rf", (?:a|an|the|one of the) {kind}(?:{made} )?by {AGENT}", here.between)
    if not (apposed or is_subject(here) or here.between == "by "):
        return False
    is_a = rf"(?:, [^;]*, |, )?(?:{BE} )?(?:a|an|the|one of the) {kind}|(?:, [^;]*, |, )?are {kind}"
    return bool(
        re.fullmatch(
            rf"(?:{is_a})?(?:{made} )?by {AGENT}|(?:{is_a})(?:from|of) (?:the )?{TITLE}", here.between
        )
    )


def its_label(here: Sides, relation: Relation) -> bool:
    """`V, its L`, `V, S's L`."""
    return here.between == ", " and bool(re.match(rf"(?:'s )?(?:{W} )?{nouns_of(relation)}\b", here.after))


def described(here: Sides, relation: Relation) -> bool:
    """`the French painter S`: words that say what S is stand between."""
    named = any_of({*kinds("persons"), *kinds("things")})
    return relation.adjective and bool(re.fullmatch(rf"(?:{W} ){{0,3}}{named} ", here.between))


_Test = Callable[[Sides, Relation], bool]


def _done_to(here: Sides, relation: Relation) -> bool:
    """`N founded S in V`, `N released her album, S, on V`."""
    if not relation.verbs:
        return False
    thing = rf"(?:the |a |an |his |her |their |its )?(?:(?!d[eia]l? )(?:{W}|N) ){{0,5}}(?:, )?"
    done = rf"(?:^|.* )(?:N|{W}|they|he|she|it|and|,) {any_of(relation.verbs)} {thing}"
    when = r"(?:, )?(?:in|on|since) (?:the )?(?:early |late )?"
    where = rf"(?:, )?(?:(?:in|on) D )?{any_of(relation.after)} {AGENT}" if relation.suffixes else r"(?!)"
    return bool(re.fullmatch(when if here.dated else where, here.between) and re.fullmatch(done, here.before))


_FORWARD: tuple[tuple[str, _Test], ...] = (
    ("verb", forward.verb), ("label", forward.label_is), ("counted", forward.counted), ("is-a", forward.is_a),
    ("thing by", thing_by), ("owned", forward.owned), ("got", forward.got), ("done to", _done_to),
)  # fmt: skip
_REVERSED: tuple[tuple[str, _Test], ...] = (
    ("reverse", fronted_verb), ("owned", owned), ("label of", named_of),
    ("front", date_first), ("its label", its_label), ("described", described),
    ("count first", count_first),
)  # fmt: skip


def construction(here: Sides, relation: Relation) -> str:
    """The name of the construction that states the value; empty where none does."""
    behind_value = here.between if here.reverse else here.after
    if behind_value.startswith("N ") and not (here.dated or relation.adjective):
        return ""  # a part of a longer name
    owned = behind_value.startswith("'s ")
    known = _REVERSED if here.reverse else _FORWARD
    return next((n for n, test in known if (not owned or n == "owned") and test(here, relation)), "")
