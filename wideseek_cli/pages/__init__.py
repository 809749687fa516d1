"""What a page says and how it is built."""

from __future__ import annotations

from functools import lru_cache

from wideseek_cli.pages.model import Block
from wideseek_cli.table.model import Document

_PAGES_KEPT = 256


def blocks_of(document: Document) -> tuple[Block, ...]:
    """The blocks of a document: those that were read with it, else those of its text."""
    return _blocks(document.structure, document.text)


@lru_cache(maxsize=_PAGES_KEPT)
def _blocks(packed: str, text: str) -> tuple[Block, ...]:
    from wideseek_cli.pages.codec import from_text
    from wideseek_cli.pages.markdown import read_text

    if packed:
        try:
            return from_text(packed, text)
        except ValueError:
            pass  # damaged: the text still has all that is needed
    return read_text(text).blocks
