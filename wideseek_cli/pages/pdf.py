"""PDF to text, page numbers kept."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.pages.model import MOST_TEXT

_MAX_PAGES = 500
_MAX_CHARS = MOST_TEXT


@dataclass(frozen=True)
class PdfText:
    """A PDF's text with a heading per page; `problem` says why there is none, or less than all."""

    title: str = ""
    text: str = ""
    problem: str = ""


def extract_pdf(data: bytes) -> PdfText:
    """All pages of a PDF; never raises on a bad file."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return PdfText(problem="the PDF is locked with a password")
        title = clean_line(str((reader.metadata or {}).get("/Title") or ""), 200)
        total = len(reader.pages)
    except Exception as error:  # damaged files make pypdf raise whatever its parser met
        return PdfText(problem=f"the PDF is damaged ({type(error).__name__})")
    parts: list[str] = []
    size = bad = read = 0
    while read < min(total, _MAX_PAGES) and size < _MAX_CHARS:
        read += 1
        try:
            text = clean_text(reader.pages[read - 1].extract_text()).strip()
        except Exception:  # as above: one bad page must not cost the others
            bad += 1
            continue
        if text:
            parts.append(f"## Page {read}\n\n{text[: _MAX_CHARS - size]}")
            size += len(text)
    if not parts:
        return PdfText(title, problem="the PDF has no text (scanned pages?)")
    return PdfText(title, "\n\n".join(parts), _missing(read, total, bad, size > _MAX_CHARS))


def _missing(read: int, total: int, bad: int, cut: bool) -> str:
    """What of a PDF is not in its text."""
    said = []
    if read < total:
        said.append(f"the PDF is longer; the first {read} of its {total} pages were read")
    elif cut:
        said.append("the PDF is longer; the end of its text was left out")
    if bad:
        said.append(f"{bad} of its {total} pages cannot be read")
    return "; ".join(said)
