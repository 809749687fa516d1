"""Which cells of tables arrive with their row, and the time: `python -m tests.pages.cells FOLDER [PAGES]`."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lxml import html

from wideseek_cli.pages.html import HtmlPage, read_html
from wideseek_cli.pages.model import Field, Grid

_OUT = "//*[contains(translate(@style, ' ', ''), 'display:none')] | //sup[contains(@class, 'reference')]"


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", re.sub(r"\[[^\]]{1,12}\]", "", text)).lower()


def rows_of(source: bytes) -> Iterator[list[str]]:
    """The rows of innermost tables as a browser shows them, without header rows and boxes of links."""
    tree = html.document_fromstring(source, parser=html.HTMLParser(encoding="utf-8"))
    for node in tree.xpath(_OUT):
        if node.getparent() is not None:
            node.drop_tree()
    for table in tree.iter("table"):
        boxes = (node.get("class") or "" for node in (table, *table.iterancestors()))
        if table.find(".//table") is not None or any("navbox" in name for name in boxes):
            continue
        for row in table.iter("tr"):
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            texts = [text for cell in cells if (text := letters(cell.text_content()))]
            if len(texts) > 1 and any(cell.tag == "td" for cell in cells):
                yield texts


def lines_of(page: HtmlPage) -> tuple[list[str], list[str]]:
    """The lines of the text, and the rows and fields of the blocks."""
    stated = [letters(block.label + block.value) for block in page.blocks if isinstance(block, Field)]
    rows = [letters(" ".join(row)) for block in page.blocks if isinstance(block, Grid) for row in block.rows]
    return [letters(line) for line in page.text.split("\n")], rows + stated


def main(folder: str, count: int = 150) -> None:
    files = sorted(Path(folder).glob("*.html"))
    cells = in_text = in_blocks = size = 0
    seconds = 0.0
    for path in files[:: max(1, len(files) // count)]:
        source = path.read_bytes()
        begun = time.process_time()
        page = read_html(source)
        seconds += time.process_time() - begun
        size += len(source)
        lines, blocks = lines_of(page)
        for key, *texts in rows_of(source):
            near, near_blocks = ([line for line in some if key in line] for some in (lines, blocks))
            cells += len(texts)
            in_text += sum(any(text in line for line in near) for text in texts)
            in_blocks += sum(any(text in line for line in near_blocks) for text in texts)
    shares = f"in the text {in_text / max(1, cells):.1%}, in the blocks {in_blocks / max(1, cells):.1%}"
    print(f"{cells} cells with their row: {shares}; {1e8 * seconds / max(1, size):.0f} ms for 100 kB")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
