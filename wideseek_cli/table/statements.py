"""What a document states about a row outside the fields of its own page: table cells, sections, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.cells import tells_year
from wideseek_cli.table.fieldwords import stem
from wideseek_cli.table.judge import Judge
from wideseek_cli.table.labels import GOOD, occurrences, score, years_in
from wideseek_cli.table.lookup import Claim, Span, claim_of
from wideseek_cli.table.markdown import clean_cell
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.readings import Read, Scope
from wideseek_cli.table.saying import Said, fields_in, is_rough
from wideseek_cli.table.stated import alone
from wideseek_cli.table.values import parse_number
from wideseek_cli.table.words import word_set

_MOST = 30  # places of a name in one document
_SENTENCES = 6  # of one paragraph
_NEAR = 2.1  # a sentence with the label at most four words from the value
_PLAIN = 4.3  # a table column whose header answers well
_HEDGED = re.compile(
    r"\b(?:not|former|formerly|once|until|legend|disputed|claims?|claimed|projected|expected|planned|target|"
    r"from|between|than|least|most|up to|under|grew|rose|fell|historical\w*|original\w*|previous\w*|if|or)\b"
    r"|曾|原|前|不|预计|约",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-ZÀ-Þ][\w'’.-]*\w(?:\s+(?:de|del|da|do|la|of|the|and|du|al)(?=\s+[A-ZÀ-Þ])|\s+[A-ZÀ-Þ][\w'’.-]*\w)*"
)
_LINKING = word_set("is the a city of in s country its official national of named called town")


def said_elsewhere(
    judge: Judge, seen: Read, row: int, column: int, claim: Claim, sentences: bool
) -> Iterator[Said]:
    """Table rows and sections that bear the row's name; with `sentences`, also what sentences say."""
    known: set[int] = set()
    titled = seen.is_own(row)
    for span in seen.of_row.get(row, [])[:_MOST]:
        block = seen.doc.block_at(span[0])
        if block is None or block.start in known:
            continue
        known.add(block.start)
        if block.kind == "row":
            yield from _in_row(judge, seen, row, column, claim, block)
        elif block.kind == "heading" and not titled:
            yield from _in_section(judge, seen, row, column, claim, block)
        elif block.kind != "heading" and sentences:
            yield from _in_sentence(judge, seen, row, column, claim, seen.doc.sentence(block, span[0]))
    if titled and sentences:
        for reach in _sentences(seen.doc):
            yield from _in_sentence(judge, seen, row, column, claim, reach)


def year_over(doc: Indexed, span: Span) -> int:
    """The year that holds for a place: of its column, its row, the headings over it, or the title."""
    block = doc.block_at(span[0])
    if block is None:
        return 0
    texts = [heading.text for heading in reversed(block.headings)]
    if block.kind == "row" and block.table is not None:
        header = block.table.header
        at = next((n for n, (start, end) in enumerate(block.cells) if start <= span[0] < end), -1)
        said = [doc.text[s:e] for (s, e), name in zip(block.cells, header, strict=False) if tells_year(name)]
        texts = [*header[max(0, at) : at + 1], *said, *texts]
    elif block.kind != "heading":
        start, end = doc.sentence(block, span[0])
        texts = [doc.text[start : span[0]] + " " + doc.text[span[1] : end], *texts]
    return next((years[-1] for text in (*texts, doc.document.title) if (years := years_in(text))), 0)


def _in_section(
    judge: Judge, seen: Read, row: int, column: int, claim: Claim, block: Block
) -> Iterator[Said]:
    heading = next((h for h in seen.doc.headings if h.start == block.start), None)
    if heading is not None and judge.names.is_name(row, heading.text):
        yield from fields_in(judge, seen, row, column, claim, Scope(2, heading.start, heading.end))


def _in_row(judge: Judge, seen: Read, row: int, column: int, claim: Claim, block: Block) -> Iterator[Said]:
    """The cell under the header that answers to the column, in a table row that begins with the name."""
    want, doc = judge.wants[column], seen.doc
    header = block.table.header if block.table else []
    for at, (start, end) in enumerate(block.cells):
        if at >= len(header) or score(want, header[at]) < GOOD:
            continue
        for span in _values(doc, start, end, claim, whole=True):
            found = judge.judge(seen, row, column, span, _claim(judge, doc, span, column, claim))
            if found.worth >= _PLAIN:
                year = year_over(doc, span)
                yield Said(
                    seen,
                    _text(doc, span, claim),
                    year,
                    found.marks,
                    (start, end),
                    is_rough(doc.text, span[0]),
                )
            break


def _sentences(doc: Indexed) -> Iterator[Span]:
    """The sentences with which a page begins."""
    for block in doc.blocks[:_MOST]:
        offset = block.start
        for _ in range(_SENTENCES if block.kind in ("text", "item") else 0):
            start, end = doc.sentence(block, offset)
            yield start, end
            if end >= block.end:
                break
            offset = end


def _in_sentence(
    judge: Judge, seen: Read, row: int, column: int, claim: Claim, reach: Span
) -> Iterator[Said]:
    doc, want = seen.doc, judge.wants[column]
    start, end = reach
    if _HEDGED.search(doc.text, start, end):
        return
    for span in _values(doc, start, end, claim, whole=False):
        if claim.is_text and not _adjoins(judge, doc, row, column, span, (start, end)):
            continue
        found = judge.judge(seen, row, column, span, _claim(judge, doc, span, column, claim))
        if found.marks >= _NEAR and want.concepts:
            year, rough = year_over(doc, span), is_rough(doc.text, span[0])
            yield Said(seen, _text(doc, span, claim), year, found.marks, (start, end), rough)


def _values(doc: Indexed, start: int, end: int, claim: Claim, whole: bool) -> Iterable[Span]:
    """Places of values of the claim's kind."""
    if claim.is_date:
        return [(d.start, d.end) for d in doc.dates if start <= d.start < end]
    if claim.is_number:
        return [(n.start, n.end) for n in doc.numbers_in(start, end) if alone(doc, (n.start, n.end))]
    if not whole:
        return [match.span() for match in _NAME.finditer(doc.text, start, end)]
    text = doc.text[start:end]
    first = start + len(text) - len(text.lstrip())
    last = start + len(text.rstrip())
    return [(first, last)] if 0 < last - first <= 80 else []


def _text(doc: Indexed, span: Span, claim: Claim) -> str:
    return clean_cell(doc.text[slice(*span)], claim.kind) if claim.is_text else doc.said(*span)


def _claim(judge: Judge, doc: Indexed, span: Span, column: int, claim: Claim) -> Claim:
    """The claim that the place's own value would be."""
    made = claim_of(_text(doc, span, claim), claim.kind, judge.wants[column])
    if made is None or type(made.value) is not type(claim.value):
        return claim
    return made


def _adjoins(judge: Judge, doc: Indexed, row: int, column: int, span: Span, reach: Span) -> bool:
    """Whether a name is said to be what the label is: `the capital of Chile is …`, `… is the capital`."""
    found, starts = doc.words_in(*reach)
    own = {word for form in judge.entities[row].forms for word in form}
    small = _LINKING | own
    for begin, end in occurrences([stem(word) for word in found], judge.wants[column].spellings):
        before = [w for w, at in zip(found, starts, strict=True) if starts[end - 1] < at < span[0]]
        after = [w for w, at in zip(found, starts, strict=True) if span[1] <= at < starts[begin]]
        if starts[begin] < span[0]:
            between = before
        elif starts[begin] >= span[1]:
            between = after
        else:
            continue
        if "is" in between and set(between) <= small and parse_number(doc.text[slice(*span)]) is None:
            return True
    return False
