"""An HTML page to its kept text and blocks: everything once, what is not its content left out."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from wideseek_cli.core.text import clean_line
from wideseek_cli.pages.elements import tree as trees
from wideseek_cli.pages.elements.cells import one_line, text_of
from wideseek_cli.pages.elements.declared import declared
from wideseek_cli.pages.elements.lists import content_lists
from wideseek_cli.pages.elements.maintext import find_main
from wideseek_cli.pages.elements.style import Hidden
from wideseek_cli.pages.elements.walk import Walk
from wideseek_cli.pages.model import MOST_TEXT, Block, Field, FieldOrigin, PageText
from wideseek_cli.pages.pieces import Kind, Piece
from wideseek_cli.pages.render import Writer, unplaced, write_facts

_MOST_ELEMENTS = 30_000  # beyond, judging what is main text takes many seconds
_LEAST_SHOWN = 200  # characters: a page whose stylesheet leaves less is shown by a script
_MOST_UNPLACED = 200


@dataclass(frozen=True)
class HtmlPage:
    """A page's content; `text` is Markdown and may be empty. `cut` where not all of the page was read."""

    title: str = ""
    text: str = ""
    blocks: tuple[Block, ...] = ()
    language: str = ""
    date: str = ""
    links: tuple[str, ...] = field(default=())
    cut: bool = False


def read_html(source: str | bytes, url: str = "", encoding: str | None = None) -> HtmlPage:
    """The content of an HTML page; never raises on bad HTML."""
    parsed = trees.parse(source, encoding)
    tree = parsed.tree
    if tree is None:
        return HtmlPage()
    web = url if url.startswith("http") else ""
    head = (trees.language_of(tree), trees.date_of(tree), trees.links(tree, web))
    title = _title(tree)
    read, cut = _all_of(tree, from_markdown=True) if trees.is_made_by_us(tree) else _content(tree, web)
    return HtmlPage(title, read.text, read.blocks, *head, cut or parsed.cut)


def read_all(source: str | bytes, encoding: str | None = None) -> HtmlPage:
    """Everything that a reader sees, without judging what matters."""
    tree = trees.parse(source, encoding).tree
    if tree is None:
        return HtmlPage()
    read, cut = _all_of(tree)
    return HtmlPage(_title(tree), read.text, read.blocks, cut=cut)


def _title(tree: Any) -> str:
    hidden = Hidden()
    for path in (".//title", ".//h1"):
        found = tree.find(path)
        if found is not None and (title := clean_line(one_line(text_of(found, hidden)), 300)):
            return title
    return ""


def _all_of(tree: Any, *, from_markdown: bool = False) -> tuple[PageText, bool]:
    walk = _walk(tree, frozenset(), from_markdown=from_markdown)
    writer = Writer(MOST_TEXT)
    writer.write(piece for piece in walk.pieces if not piece.around)
    return writer.done(), walk.cut or writer.cut


def _walk(tree: Any, lists: Set[Any], *, from_markdown: bool = False) -> Walk:
    """The page as its stylesheet shows it, unless that leaves next to nothing."""
    body = tree.find("body") if tree.tag == "html" else tree
    body = tree if body is None else body
    for hidden in (Hidden(tree), Hidden()):
        walk = Walk(hidden, lists, from_markdown=from_markdown)
        walk.visit(body)
        walk.flush()
        if (
            not hidden.has_rules
            or sum(len(piece.text) for piece in walk.pieces) >= _LEAST_SHOWN
            or walk.grids
        ):
            break
    return walk


def _content(tree: Any, url: str) -> tuple[PageText, bool]:
    """The main text with the content's grids, fields and lists; of very large pages simply everything."""
    if any(count > _MOST_ELEMENTS for count, _ in enumerate(tree.iter())):
        return _all_of(tree)
    facts, is_article = declared(tree)
    lists = content_lists(tree, Hidden(tree), article=is_article)
    walk = _walk(tree, lists)
    main = find_main(tree, walk.places, url, walk.grids)
    _decide(walk.pieces, main, is_article)
    writer = Writer(MOST_TEXT)
    _write(writer, walk.pieces)
    read = writer.done()
    missing = [(label, value) for label, value in facts if value not in read.text]
    shown = [] if is_article else missing
    write_facts(writer, shown)
    others = [fact for fact in facts if fact not in shown]
    writer.blocks += [Field(label, value, origin=FieldOrigin.DECLARED) for label, value in others]
    return writer.done(), walk.cut or writer.cut


def _decide(pieces: Sequence[Piece], main: frozenset[int], is_article: bool) -> None:
    """Which pieces are kept. Without any main text, all that is not around the page."""
    prose = any(piece.stamp in main for piece in pieces)
    for piece in pieces:
        if piece.kept is not None or piece.kind is Kind.HEADING:
            continue
        piece.kept = piece.stamp in main if prose else not piece.around
        if piece.stated is not None and not piece.around and not is_article:
            piece.kept = True
    _keep_headings(pieces, main if prose else None)


def _keep_headings(pieces: Sequence[Piece], main: frozenset[int] | None) -> None:
    """A heading is kept where something under it is; the title only as main text, or over a table."""
    some, other = [False] * 7, [False] * 7  # by level: is anything kept in its section?
    for piece in reversed(pieces):
        if piece.kind is Kind.HEADING and piece.kept is None:
            is_main = main is None or piece.stamp in main or (piece.level > 1 and not piece.leads_away)
            piece.kept = other[piece.level] or (is_main and some[piece.level])
            for level in range(piece.level, 7):
                some[level] = other[level] = False
        elif piece.kept:
            is_other = main is None or piece.stamp not in main
            some = [True] * 7
            other = [True] * 7 if is_other else other


def _write(writer: Writer, pieces: Sequence[Piece]) -> None:
    """The kept pieces; fields of others are blocks without a place."""
    left = _MOST_UNPLACED
    for piece in pieces:
        if piece.kept:
            writer.write([piece])
        elif piece.kind is Kind.HEADING:
            writer.hear(piece.level, piece.text)
        elif left and not piece.around and (fields := unplaced(piece)):
            left -= 1
            writer.add_unplaced(fields)
