"""What a text says of rows in words: `not in Asia`, `that are landlocked`, `with Lima as capital`.

A clause is a verb or preposition with what is said behind it. Names in it are what a row is to have, and its
other words say under which label; without a name it is the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wideseek_cli.question.condition import PLACE, Condition, Sign
from wideseek_cli.question.words import LITTLE, MOST_WORDS, NAME, OPPOSITE, PARTICIPLE, Found, as_header
from wideseek_cli.values.words import stem, word_set, words

_END = re.compile(
    r",(?!\s\d{4}\b)|[;:?!()]|\.(?:\s|$)|\s[–—-]\s|\s(?:with(?!\s(?:the\s)?(?-i:[A-ZÀ-Þ]))|whose|that|which|who|where|together|along|including|but|sorted"
    r"|ordered|as an?\stable|and\s(?!(?:the\s)?(?-i:[A-ZÀ-Þ])))(?:\b|(?<=\s))",
    re.IGNORECASE,
)
_NEGATED = r"(?:(?:do|does|did)(?:\snot|n['’]t)\s)"
_BEING, _HAVING = "are|is|were|was", word_set("have has had having possess possesses contain contains")
_IN_WHICH = r"(?:in|on|at|from)\swhich"
_ASKED = (
    r"^(?:Which|What|which|what)\s(?!are|is|were|was|do|does|did)(?:[A-Za-z-]+\s){0,4}?[a-z-]+s(?:\s(?:of|in|by|from)\s(?:the\s)?"
    + NAME
    + r")*\s"
)
_BUT = "except|excluding|other than|apart from|without|but not|leaving out|besides"
_CLAUSES = (
    # `that border Peru`, `which ones are dry`, `except those that do`, `Which parks of Ardovia have a lake`
    re.compile(
        rf"(?:(?P<out>\b(?:minus|not|{_BUT})\s(?:for\s)?(?:those|the\sones|ones|any)\s)?"
        rf"(?<!\band )\b(?:where(?=\sthere\s)|{_IN_WHICH}|that|which|who)\s"
        rf"(?:ones?\s|of\s(?:them|these|those)\s)?|(?:\band\s)(?:that\s)?"
        rf"(?=(?:{_BEING})(?:\snot|n['’]t)\s|{_NEGATED})|(?P<asked>{_ASKED}))"
        rf"(?P<not>{_NEGATED})?(?P<verb>(?!not\b)[a-z]+?)(?P<neg>\snot|n['’]t)?\s"
    ),
    # `whose capital is Lima`, `where Spanish is spoken`
    re.compile(
        rf"\b(?:whose|(?:where|{_IN_WHICH})\s(?:the|its|their))\s(?P<hint>[a-z][a-z\s-]{{1,40}}?)\s(?P<verb>{_BEING}|includes?|contains?)(?P<neg>\snot|n['’]t)?\s"
    ),
    # `parks located in Ardovia`, `countries not bordering Peru`
    re.compile(
        rf"(?<=\s)(?P<not>not\s)?(?P<verb>(?!includ|exclud|accord|with)[a-z]{{2,}}ing|{PARTICIPLE.pattern})\s"
        rf"(?=(?:(?:by|in|to|at|from|for|near|on|with|of|as)\s(?:[a-z]+\s){{0,3}}?|the\s)?{NAME}"
        rf"|in\s(?:the\syear\s)?\d{{4}}\b)"
    ),
    re.compile(r"(?<=[a-z]s\s)(?P<verb>(?!includ|exclud|accord)[a-z]{2,}ing)\s(?=[a-z]+)"),
)
_SPOKEN = re.compile(
    rf"\b(?:where|{_IN_WHICH})\s(?P<said>{NAME})\s(?:{_BEING}|(?:is|are|counts?|ranks?)\s(?:one of|among|as))"
    r"(?P<neg>\snot|n['’]t)?\s(?:the\s|its\s|their\s|an?\s)*(?P<hint>[a-z]+(?:\s(?!and|or|as|with|of|in|by|from|for|to|on)[a-z]+){0,2})"
)
_AS = re.compile(
    rf"\bwith\s(?P<said>{NAME})\s(?:as|among|for)\s(?:its\s|their\s|the\s|an?\s)*(?P<hint>[a-z][a-z\s-]*)"
)
_ONLY = re.compile(
    r"(?<=,\s)(?:but\s)?(?P<said>[A-Za-z-]{4,})\s(?:ones\s)?only\b|\bonly\s(?:the\s)?(?P<ones>[a-z-]{4,})\sones\b"
)
_WHERE = re.compile(
    rf"(?:\b(?:that|which|who|and)\s(?:are|is|were|lie)\s)?"
    rf"(?:(?:\b(?:but\s)?not\s|n['’]t\s"
    rf"|\b(?:except|excluding|other than)(?:\s(?:for|those|the ones|ones))*\s)"
    rf"(?:(?:located|situated|based|lying|found)\s)?(?:in|of|from|within|on)|\boutside(?:\sof)?)\s(?:the\s)?"
    rf"(?P<names>{NAME}(?:(?:,|,?\s(?:or|and))\s(?:in\s)?(?:the\s)?{NAME})*(?:\s[a-z]+(?=[,.;:?!]|$))?)"
)
_EXCEPT = re.compile(
    rf"\b(?:{_BUT})\s(?:for\s)?(?:the\s)?"
    rf"(?P<names>{NAME}(?:(?:,|,?\s(?:and|or))\s(?:the\s)?{NAME})*)"
)
_WITHOUT = re.compile(
    r"\b(?:without|(?:with|having|(?:that|which)\s(?:have|has|had))\sno|(?:that|which)\slacks?|lacking)\s"
    r"(?:any\s|an?\s)?(?P<said>[a-z][\w-]*(?:\s[a-z][\w-]*){0,2})"
)
_ATTRIBUTE = re.compile(r"\bwith\san?\s(?P<said>[a-z][\w-]*(?:\s[a-z][\w-]*){0,3})(?=[,.;:?!]|$)")
_OF_COLUMN = re.compile(  # `Only those whose State is “Bel”. Leave out all with Type: old`
    r"(?<=[.?!;]\s)(?P<all>[A-Z][^.?!;“”\"]{0,40}?\b(?:rows|those|all|ones|everything|entries|items))\s"
    r"(?:where|whose|with|that\shave)\s(?:the\s|an?\s)?(?P<hint>\S[^:;“”\"]{0,60}?)(?:\s(?:is|are|was|were)(?P<neg>\snot|n['’]t)?\s|:\s)"
    r"(?P<said>[“\"][^”\"]+[”\"]|.+?)(?:[.;](?=\s|$)|$)"
)
_LEAVING = re.compile(r"\b(?:leave|drop|exclude|omit|ignore|skip|remove|without|except|not)\b", re.IGNORECASE)
_RANKED = re.compile(r"\b(?:most|least|[a-z]{2,}est|top|first|last)\b")
_PLACING = re.compile(
    r"(?:(?:located|situated|based|found|lying|lie|lies|stand|stands)\s)?(?:in|within|inside|from|on|off|at|near)\s"
)
_MAIN = re.compile(rf"(?<=\s)(?P<verb>{_BEING}|ha[sd]|have)\s")
_ASKS = word_set(
    "do does did there them it each"
)  # `which lakes does Peru have`, `are there`, `who holds them`
_ROWS = word_set("them it each")  # `the fish that live in them` tells of a column
_TELLING = frozenset(
    map(stem, word_set("state stating show showing give giving list listing include say compare"))
)
_LEADING = re.compile(r"^(?:(?:a|an|the|any|its|their|also|both|still|currently)\s)+", re.IGNORECASE)
_ADVERB = re.compile(r"\s[a-z]{3,}ly$")
_NAMED = re.compile(
    rf"{NAME}(?:\s(?!(?:or|and|in|of|on|at|by|for|from|to|with|as|over|near|since|are|is|were|was)\b)[a-z]+)?"
)
_YEAR = re.compile(r"in\s(?:the\syear\s)?(?P<year>\d{4})\b")


def clauses(text: str) -> Iterator[Found]:
    """All that is said in words, the most telling form first; they may overlap."""
    for match in _OF_COLUMN.finditer(text):
        out = bool(_LEAVING.search(match["all"])) != bool(match["neg"])
        value = match["said"].strip('“”"')
        said = f"{match['hint']} is {'not ' * out}{value}"
        condition = Condition(said, match["hint"], Sign.NOT if out else Sign.IS, (value,))
        yield Found(condition, match.start(), match.end())
    yield from _exclusions(text)
    for pattern in (_SPOKEN, _AS):
        for match in pattern.finditer(text):
            hint = _cut(match["hint"])
            sign = Sign.LACKS if match.groupdict().get("neg") else Sign.HAS
            stop = match.start("hint") + len(hint)
            yield _found(text, match.start(), stop, Condition("", hint, sign, (match["said"],)))
    for match in _ATTRIBUTE.finditer(text):
        if not re.search(r"\b(?:each|every|of|for|list|table)\b", match["said"]):
            yield _found(text, match.start(), match.end(), Condition("", "", Sign.HAS, (match["said"],)))
    for match in _ONLY.finditer(text):
        said = (match["said"] or match["ones"]).lower()
        if said not in LITTLE:
            yield _found(text, match.start(), match.end(), Condition("", "", Sign.HAS, (said,)))
    for pattern in _CLAUSES:
        for match in pattern.finditer(text):
            before = text[: match.start()].split()[-1:]
            if pattern in _CLAUSES[2:] and (not before or before[0].casefold() in LITTLE):
                continue  # `Who called the race`
            yield from _clause(text, match)


def _exclusions(text: str) -> Iterator[Found]:
    for match in _WHERE.finditer(text):
        names = tuple(
            re.split(r"(?:,|,?\s(?:or|and))\s(?:in\s)?(?:the\s)?(?=[A-ZÀ-Þ])", match["names"].rstrip(". "))
        )
        yield _found(text, match.start(), match.end(), Condition("", PLACE, Sign.LACKS, names))
    for match in _EXCEPT.finditer(text):
        names = tuple(dict.fromkeys([*re.split(r",?\s(?:and|or)\s|,\s", match["names"]), match["names"]]))
        yield _found(text, match.start(), match.end(), Condition("", "", Sign.NONE_OF, names))
    for match in _WITHOUT.finditer(text):
        said = _cut(match["said"])
        stop = match.start("said") + len(said)
        yield _found(text, match.start(), stop, Condition("", "", Sign.LACKS, (said,)))


def _clause(text: str, match: re.Match[str]) -> Iterator[Found]:
    given = match.groupdict()
    rest = text[match.end() :]
    end = _END.search(rest)
    said = rest[: end.start() if end else None].rstrip(". ")
    hint, verb, start = (
        given.get("hint") or "",
        match["verb"],
        match.end("asked") if given.get("asked") else match.start(),
    )
    if given.get("asked") and PARTICIPLE.fullmatch(verb) and (main := _MAIN.search(said)):
        start += len(verb) + 1 + main.start()  # `Which abbeys dissolved by Henry were small?`
        verb, said = main["verb"], said[main.end() :]
    found = _read(verb, said, hint) if said else None
    if found is None:
        return
    column, values, sign = found
    if bool(given.get("not") or given.get("neg")) is not bool(given.get("out")):
        sign = OPPOSITE[sign]
    yield _found(text, start, text.index(said, start) + len(said), Condition("", column, sign, values))


def _read(verb: str, said: str, hint: str) -> tuple[str, tuple[str, ...], Sign] | None:
    """What a clause is about, if words tell, what is to be there, and whether it is or is not to be."""
    first = said.split(maxsplit=1)[0].casefold()
    being = verb in _BEING.split("|")
    if verb == "there" and first in _BEING.split("|"):  # `in which there are islands`
        verb, being, said = first, True, said.partition(" ")[2]
    elif verb in LITTLE and not being and verb not in _HAVING and not _PLACING.match(f"{verb} {said}"):
        return None
    first = said.split(maxsplit=1)[0].casefold() if said else ""
    last = said.rsplit(maxsplit=1)[-1].casefold() if said else ""
    if not said or first in _ASKS or last in _ROWS or stem(verb) in _TELLING or _RANKED.search(said):
        return None
    sign = Sign.LACKS if verb.startswith("lack") else Sign.HAS
    if first in ("not", "no"):
        sign, said = OPPOSITE[sign], said.partition(" ")[2]
    told = said.split()[0] if said else ""
    if being and PARTICIPLE.fullmatch(told) and " " in said:
        verb, being, said = told, False, said.partition(" ")[2]
    if not hint and (year := _YEAR.fullmatch(said)) and not being:
        return verb, (year["year"],), Sign.IS if sign is Sign.HAS else Sign.NOT
    said = _ADVERB.sub("", _LEADING.sub("", said))
    values, others = meant(said)
    if not values or len(words(said)) > MOST_WORDS + len(words(" ".join(values))):
        return None
    if not hint and values != (said,) and _PLACING.match(said if being else f"{verb} {said}"):
        hint, others = ("", others) if others else (PLACE, "")
        verb = ""
    about = [hint, "" if being or verb in _HAVING or hint else verb, others]
    return " ".join(filter(None, about)), values, sign


def meant(said: str) -> tuple[tuple[str, ...], str]:
    """What words name, with the word behind it, and those before it, which say what it is: `the canton of
    Ayr`. Without a name all of them."""
    names = list(_NAMED.finditer(said))
    if not names:
        return ((said,) if words(said) else ()), ""
    before = [word for word in said[: names[0].start()].split() if word not in LITTLE and word.isalpha()]
    return tuple(name[0].rstrip(".") for name in names), " ".join(before)


def _cut(said: str) -> str:
    end = _END.search(said)
    return said[: end.start() if end else None].strip()


def _found(text: str, start: int, stop: int, condition: Condition) -> Found:
    said = as_header(text[start:stop])
    return Found(Condition(said, condition.column, condition.sign, condition.values), start, stop)
