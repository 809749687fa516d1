"""Constructions in which the subject S comes before the value V, on sentences in normal form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wideseek_cli.facts.clauses import (
    ADV,
    ANY,
    ASIDE,
    BE,
    COPULA,
    ITS,
    LITTLE,
    MID,
    PHRASE,
    THING,
    TITLE,
    WHEN,
    Sides,
    W,
    any_of,
    filled,
    heads_clause,
    is_subject,
    new_subject,
    nouns_of,
    owns_gerund,
    owns_participle,
    owns_verb,
    tail_of,
)
from wideseek_cli.facts.relations import Relation

_OF = (" of ", " at ", " for ", " in ")
_HAS = (
    r"(?:has|have|had|with|employs|employed|counts|contains|offers|offered|seats|holds|sold|sells|operates|runs"
    r"|produces|produced|covers|measures|comprises|includes|carries|built|builds|makes|made|earned|reports"
    r"|reported|recorded|posted|generated|achieved|booked|owns|maintains|features|houses|serves|teaches|scored"
    r"|won|lost|played|ran|carried|transported|served|treated|exported|shipped|delivered|handled|drew|attracted"
    r"|welcomed|consists of|is home to|is made up of|is divided into)"
)
# Present-day verbs after which a number of something is not all that there is.
_LESS = (
    r"(?:loses|lays|cuts|hires|adds|closes|opens|fires|dismisses|drops|sheds|gains|buys|needs|seeks|wants|plans|says"
    r"|expects|hopes|aims|offers|lacks|owes|seems|appears|includes|was|is|has|remembers|knows|joins|beats|misses)"
)
_HAS_MADE = (
    r"(?:has|have) (?:released|published|written|made|won|recorded|directed|produced|scored|built|sold)"
)
_GOT = r"(?:has|holds|had|got|took|did|won|\w+ed|received)"
_MEASURES = "high tall long wide broad deep old heavy from away apart"


_APPOINTED = re.compile(r"\b(?:appointed|named|elected|hired|chosen|chose|made|installed|confirmed) $")
_AS = rf"(?:as |to be )?(?:(?:a|an|the|its) )?(?:{W} ){{0,3}}"


def verb(here: Sides, relation: Relation) -> bool:
    """`S was L-ed by V`, `S, L-ed in V`, `S is a thing L-ed by V`, `S joined V`."""
    if not relation.cues or _measured_otherwise(here, relation):
        return False
    subject, named = is_subject(here), _APPOINTED.search(here.before) is not None
    if not (subject or named or here.between.startswith(", ")):
        return False
    for cue, rest in _cues(here.between, relation):
        if not re.fullmatch(tail_of(relation, dated=here.dated, cue=cue), here.between[rest:]):
            continue
        if not here.dated and filled(here.between[rest:], cue, relation):
            continue
        if here.told and new_subject(here.between[rest:]):  # `Born in N, N began in V`
            continue
        if relation.place and here.between.endswith(("a ", "an ")):  # `born to a V mother`
            continue
        lead = here.between[: here.between.rindex(cue.split()[0], 0, rest)]
        active = cue in relation.active
        noun = active and (cue.endswith(tuple(word.rstrip() for word in _OF)) or cue in relation.roles)
        said = owns_participle(lead, told=here.told, cue=cue) or (active and owns_verb(lead))
        if (cue.endswith(" of") and lead.endswith("N , ")) or (
            cue.startswith("and ") and lead.endswith("N ")
        ):
            said = False  # `S met N, son of V`, `S knew N and his wife V`
        said = subject and (said or (cue.split()[0].endswith("ing") and owns_gerund(lead)))
        role = noun and (_is_role(lead) if subject or lead.startswith(", ") else False)
        if said or role or (named and noun and re.fullmatch(_AS, lead)):
            return not relation.kin or _is_parent(here.between[rest:], here.after, relation)
    return False


def _cues(between: str, relation: Relation) -> Iterator[tuple[str, int]]:
    """The verbs and nouns of the relation, and where they end; `born in N to`, `flows west into` too."""
    for match in re.finditer(rf"\b{any_of(relation.cues)} ", between):
        yield match.group().strip(), match.end()
    for cue in relation.cues:
        head, blank, tail = cue.rpartition(" ")
        if blank and tail in ("to", "into", "under", "with", "from", "at", "for"):
            aside = rf"(?:(?:in|on|at|near|to) (?:(?:N|D|{W}) ,? ?){{1,3}}|(?:for )?(?:(?:{W}|D) ){{1,2}})"
            for match in re.finditer(rf"\b{re.escape(head)} {aside}{tail} ", between):
                yield cue, match.end()


def _is_role(lead: str) -> bool:
    """Whether a noun behind `lead` is what S is: `is a left `, `, the second `, `is a painter and a `."""
    thing = rf"{ITS}(?:(?:{W}|N|D|-\S+) ){{0,4}}|(?:(?<=, )|(?<=is )|(?<=was ))(?:{W} ){{1,3}}"
    bare = re.sub(rf"(?:{thing})$", "", lead)
    bare = re.sub(r"(?:, )?(?:(?:best|better|also|now) )?known (?:as|for being) $", "and ", bare)
    served = rf"(?:(?:who|which) )?(?:{W}|has|had) (?:{ANY}(?<!N ))?as "  # `ran for N as a candidate of V`
    if re.fullmatch(rf"became |remains |{served}", bare) and not new_subject(bare):
        return True
    behind = re.search(r"(\S+) (?:the )?N , $", bare)
    if behind and behind[1] not in ("in", "at", "near", "on", "from", ","):  # `S met N, the wife of`: it is N
        return False
    return owns_participle(bare) or (bool(re.fullmatch(rf"{BE} .*\b(?:and|as) ", bare)) and owns_verb(bare))


def _measured_otherwise(here: Sides, relation: Relation) -> bool:
    """`stands V from N`, `V wide`, where the height is asked."""
    word = here.after.split(" ", 1)[0]
    return here.dated and word in _MEASURES.split() and word not in relation.measures


def _is_parent(between: str, after: str, relation: Relation) -> bool:
    """`son of FATHER and MOTHER`."""
    second = re.search(r"\b(?:N|,) (?:, )?and ", between) is not None
    return not second if "father" in relation.nouns else second or not after.startswith("and ")


def got(here: Sides, relation: Relation) -> bool:
    """`S received a degree in law from V`, `S signed a contract with V`."""
    if not relation.objects or not is_subject(here) or new_subject(here.between):
        return False
    of = rf"(?:(?:in|of|on) (?:(?:{W}|N|and) )+?)?"
    thing = rf"(?:(?:{W}|N|and|in|of|,) ){{0,6}}?{any_of(relation.objects)}s? {of}"
    joined = rf"(?:{BE} [^;]*?and |, |{ANY}and )?"
    return bool(
        re.fullmatch(rf"{joined}{ADV}{_GOT} {ITS}?{thing}(?:from|at|with|of) (?:the )?", here.between)
    )


def label_is(here: Sides, relation: Relation) -> bool:
    """`S's L is V`, `its L, V`, `S, whose L is V`, `S has a L of V`, `the L of S is V`."""
    noun, value = nouns_of(relation), rf"{LITTLE}{TITLE}"
    if not here.dated and re.fullmatch(
        rf"'s (?:{W} ){{0,2}}?{noun} (?:, )?(?:the |a )?{TITLE}", here.between
    ):
        return True  # `his wife, the architect V`
    if is_subject(here) and _own_label(here, noun, value):
        return True
    label = rf"(?:the )?(?:(?:total )?number of |(?:{W} ){{0,2}}?){noun}"
    of = rf"(?:.*(?:[,;:]|\band|\bbut) )?{label} (?:of|for|in|at) (?:the )?"
    since = r"(?:(?:since|in|for|of|on) (?:the )?(?:D|\w+|D \w+) )?"
    if re.fullmatch(of, WHEN.sub("", here.before)) and re.fullmatch(
        rf"{since}{COPULA} {value}", here.between
    ):
        return True
    # `For S a L of V was recorded`, `In S the L is V`
    given = rf",? ?(?:the|a|an|its) (?:{W} ){{0,2}}?{noun} (?:{COPULA} {value}|of {LITTLE})"
    placed = re.fullmatch(r"(?:.*[,;] )?(?:for|in|at) (?:the )?", here.before)
    return bool(placed and re.fullmatch(given, here.between))


_ALONE = r"$|[,;–(/] |(?:including|incl|per|from|only) "  # no verb follows


def _own_label(here: Sides, noun: str, value: str) -> bool:
    """The label behind S, which its clause is about."""
    own = (
        rf"(?:'s |, whose |our |the )?(?:{W} ){{0,2}}?{noun} (?:(?:in|for|of|since) (?:D|{W}) )?"
        rf"(?:{COPULA} {value}|(?:in|at) |{BE} (?:made|completed|reached|set) (?:in|on) "
        rf"|{BE} (?:(?:written|composed|designed|made|provided|played|sung|held|filled) )?by {TITLE})"
    )
    amount = rf"(?:{W} ){{0,2}}?{noun} (?:of|in|at|by|:) {LITTLE}"
    items = rf"(?:(?:{W}|N|D|of|in) )*?(?:, and|and|,) {ITS}?"
    also = rf"(?:(?:{BE}|{W}) (?:since |during |{PHRASE})*?(?:, and|and|,) )?"
    moved = rf"(?:moved (?:'s |{ITS})?|'s ){noun} (?:{BE} moved |moved )?(?:from N )?to {LITTLE}"
    has = rf"(?:, [^,;]* , )?(?:, )?(?:which |who |that )?{also}{_HAS} (?:{ITS})?(?:{items})?{amount}"
    more = rf"{BE} (?:(?:a|an|the) {THING}|{MID})(?:with|of) {ITS}?{amount}"
    beside = rf"(?:and|, and|with|, with) (?:his|her|its|their) (?:{W} ){{0,2}}{noun} ,? ?{TITLE}"
    of_it = rf"'s (?:{W} ){{0,2}}{noun} of {LITTLE}"
    if re.fullmatch(rf"{own}|{of_it}|{has}|{more}|{beside}|{moved}", here.between):
        return True
    told = here.told and re.fullmatch(r"(?:.*[,;] )?", here.before)
    if told and re.fullmatch(rf"{noun} {TITLE}", here.between):  # `Chief executive V said`, `Weight 180 g.`
        return not here.dated or (not here.before and bool(re.match(_ALONE, here.after)))
    placed = rf"(?:, [^;]*? , )?(?:{BE}|{W}) (?:{PHRASE}|, )*?(?:under|with|at|in|on|by) (?:the |its |an? )?"
    if new_subject(here.between):
        return False
    titled = rf"(?:{placed}|'s )(?:{W} )?(?:and )?(?:{W} )?{noun} {TITLE}" if not here.dated else r"(?!)"
    return bool(re.fullmatch(rf"{titled}|{placed}(?:{W} )?{noun} of {LITTLE}", here.between))


def counted(here: Sides, relation: Relation) -> bool:
    """`S has V L`, `S is driven by the V L`, `S has V as its L`, `S is V high`."""
    if not is_subject(here) or new_subject(here.between):
        return False
    if relation.measures and re.match(rf"{any_of(relation.measures)}\b(?! than)", here.after):
        measured = rf"{ASIDE}(?:, )?(?:which )?(?:{BE}|{W}) (?:an? )?(?:D {W} (?:\w+ )?(?:, |and |, and ))*"
        if here.between == ", " or re.fullmatch(measured, here.between):
            return True
    if relation.measures and re.fullmatch(r", at ", here.between):
        return bool(re.match(rf"(?:the|a) (?:\S+ )?{any_of(relation.measures)}(?:est)?\b", here.after))
    noun = nouns_of(relation)
    if here.between == "'s " and re.match(rf"{noun} (?!of |in |at |who |from |with |on |which )", here.after):
        return True  # `its 300 employees work`
    does = rf"(?!{_LESS} )[a-z]+s(?: (?:to|for|on|over|out|up))?"
    first = (
        rf"(?:, [^,;]* ,? ?)?(?:(?:{BE}|{_HAS}|{does}) (?:{PHRASE})*?(?:, and|and|,) (?!which |who |that ))?"
    )
    said = rf"{_HAS}|has had|{_HAS_MADE}|{BE} (?:\w+ (?:by|with|in) )?|{does}"
    said = rf"(?:, )?(?:which |who |that )?{ADV}(?:{said})"
    thing = rf"{BE} (?:a|an|the) {THING}(?:(?:on|in|near) (?:the )?(?:{W} |N )+)?with "
    named = (
        rf"(?:on N )?(?:has |had |have )?(?:re-?)?(?:elected|appointed|named|chose|chosen|confirmed) {TITLE}"
    )
    if re.fullmatch(rf"{named}|(?:{said} ?)(?:a |an |the )?", here.between) and re.match(
        rf"as (?:its|his|her|their|the) (?:{W} ){{0,1}}{noun}\b", here.after
    ):
        return True
    within = rf"(?:{BE}|{W}) (?:(?:{W}|N|D|,) )*?(?:under|with|in|on|from|by) (?:the |an? )"
    whole = r"(?:an? (?:total|fleet|staff|network|collection|workforce|team|stock) of |an? |the )?"
    listed = (
        rf"(?:, )?(?:which |who |that )?{ADV}{_HAS} (?:(?:{W}|N|D|of|in) )*?(?:, and|and|,|on|across|over) "
    )
    if not re.fullmatch(rf"(?:{first}{said} ?|{thing}|{listed}){whole}|{within}", here.between):
        return False
    if re.match(rf"(?:{W} |N )?of {noun}\b", here.after):  # `120 MB of storage`
        return True
    return bool(re.match(rf"(?:{W} ){{0,2}}?{noun}\b(?! (?:more|less|fewer|short)\b)", here.after))


def is_a(here: Sides, relation: Relation) -> bool:
    """`S is a French film`, `S is a 1994 film`, `S is a lake in France`, `S, a V-based firm`."""
    if "based" in relation.cues and here.after.startswith("-based "):
        return bool(re.fullmatch(rf"(?:, |{BE} )(?:an?|the) (?:{W} )*", here.between))
    if not heads_clause(here.before):
        return False
    head = rf"{ASIDE}{BE} {ADV}(?:a|an|the|one of the) "
    if relation.kind and re.fullmatch(
        rf"(?:{head}|, (?:an?|the) )(?:(?:{W}|N|D|-|and|,|/) ){{0,6}}", here.between
    ):
        return True
    if relation.adjective and re.fullmatch(rf"{head}(?:(?:{W}|N|D|/|-|and|&|,) ){{0,5}}", here.between):
        return bool(re.match(rf"(?!-born)(?:(?:and|-|/|–|,) )?(?:N |-\S+ )?{W}", here.after))
    if _within(here, relation):
        return True
    if "located" in relation.cues and re.fullmatch(
        rf"{head}(?:(?:{W}|N|-) )+(?:(?:in|at|on) (?:the )?(?:{W} )*N )?(?:in|at|on) (?:the )?", here.between
    ):
        return True
    if relation.adjective:
        within = re.fullmatch(rf"{head}(?:{W} ){{1,4}}(?:in|of|from) (?:the )?", here.between)
        return within is not None and not re.match(rf"(?!\w+ed ){W} ", here.after)
    if (
        relation.dated_things
        and here.dated
        and re.fullmatch(rf"(?:{head}|, (?:a|an|the) )(?:{W} ){{0,3}}", here.between)
    ):
        return bool(re.match(rf"(?:(?:N|{W}|/|-) ){{0,7}}?{any_of(relation.dated_things)}\b", here.after))
    return False


_OFF = "".join(rf"(?<!{word} )" for word in ("north", "south", "east", "west", "outside"))
_PART = (
    rf"(?:, )?(?:in|{_OFF}of|on|within) (?:the )?(?:{W} ){{0,3}}(?:of (?:the )?)?N (?:'s N )?(?:{W} )?"
    r"(?:(?:, |and )N )*"
)
_AGAIN = rf"(?:, (?:a|an|the)|and(?: the| a)?) (?:{W} )+"  # `in N and the largest town `
_CHAIN = (
    rf"(?:{W} |N (?!in |of |,)|D |-\S+ |and |of (?!the )){{1,8}}?(?:in (?={W} ))?(?:{_PART})*(?:{_AGAIN})?"
)


def _within(here: Sides, relation: Relation) -> bool:
    """`S is a town in N, in the L of V`, `S is a town in N, V` where the whole country is asked."""
    noun, head = nouns_of(relation), rf"{ASIDE}{BE} {ADV}(?:a|an|the|one of the) "
    if re.fullmatch(rf"{head}{_CHAIN}(?:, )?(?:in|{_OFF}of) the (?:{W} )?{noun} of (?:the )?", here.between):
        return True
    if re.fullmatch(rf"{head}{_CHAIN}(?:(?:, )?in|{_OFF}of|,) (?:the )?(?:{W} )?", here.between):
        if re.match(rf"{noun}\b", here.after):
            return True
        return relation.adjective and not re.match(
            r"(?:, |in |of )(?:the )?(?:N|[a-z]+ N)\b|N|[a-z]", here.after
        )
    return False


def owned(here: Sides, relation: Relation) -> bool:
    """`S, V's first novel`, `S is V's daughter`."""
    things = (*relation.things, *relation.inverse)
    joined = bool(things) and re.fullmatch(rf",|(?:, )?(?:(?:who|which) )?{BE}", here.between.strip())
    return bool(joined) and bool(re.match(rf"'s (?:(?:{W}|N|D) ){{0,3}}{any_of(things)}\b", here.after))
