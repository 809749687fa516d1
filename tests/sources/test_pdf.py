"""PDFs: what is not in the text is said."""

from __future__ import annotations

import pytest

from tests.sources import site
from wideseek_cli.pages import pdf
from wideseek_cli.sources.fetch import content


def test_pages_beyond_the_limit_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_MAX_PAGES", 3)
    found = pdf.extract_pdf(site.pdf([f"Page {i} text" for i in range(5)]))
    assert found.text.count("## Page") == 3
    assert found.problem == "the PDF is longer; the first 3 of its 5 pages were read"
    assert pdf.extract_pdf(site.pdf(["One", "Two", "Three"])).problem == ""


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        (["a" * 60, "b" * 60, "c" * 60], "the PDF is longer; the first 2 of its 3 pages were read"),
        (["a" * 60, "b" * 60], "the PDF is longer; the end of its text was left out"),
        (["a" * 50, "b" * 50], ""),
    ],
)
def test_text_beyond_the_limit_is_said(
    pages: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_MAX_CHARS", 100)
    found = pdf.extract_pdf(site.pdf(pages))
    assert (found.text.count("b"), found.problem) == (min(len(pages[1]), 100 - len(pages[0])), problem)


def test_the_page_ends_with_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_MAX_PAGES", 1)
    data = site.pdf(["One", "Two"])
    read = content.read_content(data, "application/pdf", "http://a.test/a.pdf", "http://a.test/a.pdf")
    assert read.text == "## Page 1\n\nOne\n\n(The PDF is longer; the first 1 of its 2 pages were read.)"


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_text_beyond_what_a_page_may_hold_is_said(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_TEXT", 1000)
    data = b"<html><title>t</title><p>" + b"Lima is the capital of Peru. " * 100
    read = content.read_content(data, kind, "http://a.test/a", "http://a.test/a")
    assert len(read.text) < 1100
    assert read.text.endswith("(The page is longer; its first million characters were kept.)")
