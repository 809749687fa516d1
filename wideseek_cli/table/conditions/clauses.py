"""What a text says of rows otherwise, kept in its own words: `not in Asia`, `that are landlocked`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wideseek_cli.table.conditions.condition import Condition, Sign
from wideseek_cli.table.conditions.words import MOST_WORDS, OPPOSITE, PARTICIPLE, Found, as_header
from wideseek_cli.values.words import word_set, words

PLACE = "location"  # what a condition is about that only says where

_CLAUSE_END = re.compile(
    r"[,.;:?!()]|\s(?:with|whose|that|which|together|along|including|and|but|sorted|ordered|as a table)\b",
    re.IGNORECASE,
)
_NAME = r"[A-ZÀ-Þ][\w’'.-]*(?:\s(?:(?:of|the|and|de|la)\s)*[A-ZÀ-Þ][\w’'-]*)*"
_WHERE = re.compile(
    rf"(?:\b(?:that|which|who|and)\s(?:are|is|were|lie)\s)?"
    rf"(?:(?:\b(?:but\s)?not\s|\b(?:except|excluding|other than)(?:\s(?:for|those|the ones|ones))*\s)"
    rf"(?:(?:located|situated|based|lying|found)\s)?(?:in|of|from|within|on)|\boutside(?:\sof)?)\s(?:the\s)?"
    rf"(?P<names>{_NAME}(?:\sor\s(?:in\s)?(?:the\s)?{_NAME})*)"
)
_EXCEPT = re.compile(
    rf"\b(?:except|excluding|other than|apart from|without|but not)\s(?:for\s)?(?:the\s)?"
    rf"(?P<names>{_NAME}(?:(?:,|\s(?:and|or))\s(?:the\s)?{_NAME})*)"
)
_WITHOUT = re.compile(r"\bwithout\s(?:any\s|an?\s)?(?P<said>[a-z][\w-]*(?:\s[a-z][\w-]*){0,2})")
_CLAUSE = re.compile(
    rf"(?:\b(?:that|which|who)\s|^(?P<asked>(?:Which|What)\s(?:[A-Za-z]+\s){{0,3}}?[a-z]+s(?:\s(?:of|in)\s(?:the\s)?{_NAME})?\s))"
    r"(?P<not>(?:do|does|did)(?:\snot|n['’]t)\s)?(?P<verb>[a-z]+)(?P<neg>\snot|n['’]t)?\s"
)
_RANKED = re.compile(r"\b(?:most|least|[a-z]{2,}est|top|first|last|only)\b")
_IN_PLACE = re.compile(
    rf"(?:(?:located|situated|based|found)\s)?(?:in|within|inside|on|off)\s(?:the\s)?(?P<name>{_NAME})$"
)
_BY = re.compile(r"(?P<verb>[a-z]+)\s(?:by|for|from|as|to|at|of|in|on)\s(?:the\s)?(?P<rest>.+)$")
_BEING = word_set("are is were was")
_ASKING = word_set("do does did")  # `which lakes does Peru have` asks for its lakes, as `are there in` does
_OF_ROWS = word_set("them it each")  # `who holds them` asks for a column
_HAVING = word_set("have has had possess possesses contain lack lacks")
_NO_VERBS = word_set(
    "not no that which in state states show shows give gives list lists include includes contains says say"
)
_LEADING = re.compile(r"^(?:(?:a|an|the|any|its|their|also|both|still|currently)\s)+", re.IGNORECASE)
_ADVERB = re.compile(r"\s[a-z]{3,}ly$")


def places(text: str) -> Iterator[Found]:
    for match in _WHERE.finditer(text):
        names = tuple(re.split(r"\sor\s(?:in\s)?(?:the\s)?", match["names"].rstrip(". ")))
        yield Found(Condition(as_header(match[0]), PLACE, Sign.LACKS, names), match.start(), match.end())
    for match in _EXCEPT.finditer(text):
        names = tuple(dict.fromkeys([*re.split(r",\s|\s(?:and|or)\s", match["names"]), match["names"]]))
        yield Found(Condition(as_header(match[0]), "", Sign.NONE_OF, names), match.start(), match.end())
    for match in _WITHOUT.finditer(text):
        end = _CLAUSE_END.search(match["said"])
        said = match["said"][: end.start() if end else None]
        stop = match.start("said") + len(said)
        condition = Condition(as_header(text[match.start() : stop]), "", Sign.LACKS, (said,))
        yield Found(condition, match.start(), stop)


def clauses(text: str) -> Iterator[Found]:
    for match in _CLAUSE.finditer(text):
        rest = text[match.end() :]
        end = _CLAUSE_END.search(rest)
        said = rest[: end.start() if end else None].strip()
        stop = match.end() + len(rest[: end.start() if end else None].rstrip())
        asks = match["verb"] in _ASKING or said.casefold().startswith("there") or said in _OF_ROWS
        found = _clause(match["verb"], said) if said and not asks else None
        if found is not None:
            column, phrase, sign = found
            sign = OPPOSITE[sign] if match["not"] or match["neg"] else sign
            start = match.end("asked") if match["asked"] else match.start()
            yield Found(Condition(as_header(text[start:stop]), column, sign, (phrase,)), start, stop)


def _clause(verb: str, said: str) -> tuple[str, str, Sign] | None:
    """What a clause is about, if words tell, its words, and whether rows are to have them."""
    sign = Sign.HAS
    if said.startswith(("not ", "no ")):
        sign, said = Sign.LACKS, said.partition(" ")[2]
    said = _ADVERB.sub("", _LEADING.sub("", said))
    if len(words(said)) > MOST_WORDS or verb in _NO_VERBS or not words(said) or _RANKED.search(said):
        return None
    if verb in _BEING:
        if place := _IN_PLACE.match(said):
            return PLACE, place["name"], sign
        if (told := _BY.match(said)) and PARTICIPLE.fullmatch(told["verb"]):
            year = re.fullmatch(r"\d{4}", told["rest"])
            return told["verb"], told["rest"], ((Sign.IS if sign is Sign.HAS else Sign.NOT) if year else sign)
        return "", said, sign
    if verb in _HAVING:
        return "", said, OPPOSITE[sign] if verb.startswith("lack") else sign
    if verb in ("lie", "lies", "stand", "stands") and (place := _IN_PLACE.match(said)):
        return PLACE, place["name"], sign
    return verb, said, sign
