"""PDF to text, page numbers kept."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from wideseek_cli.text import clean_line, clean_text

_MAX_PAGES = 500
_MAX_CHARS = 3_000_000


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
    size = bad = 0
    for number in range(min(total, _MAX_PAGES)):
        try:
            text = clean_text(reader.pages[number].extract_text()).strip()
        except Exception:  # as above: one bad page must not cost the others
            bad += 1
            continue
        if text:
            parts.append(f"## Page {number + 1}\n\n{text}")
            size += len(text)
        if size > _MAX_CHARS:
            break
    if not parts:
        return PdfText(title, problem="the PDF has no text (scanned pages?)")
    problem = f"{bad} of its {total} pages cannot be read" if bad else ""
    return PdfText(title, "\n\n".join(parts), problem)
