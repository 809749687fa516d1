"""Short pages as sites word them: most of what they state is proved, nothing that they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomllib

from wideseek_cli.facts.pagefacts import Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table

_PAGES: list[dict[str, Any]] = [
    page
    for file in ("pages.toml", "ways.toml")
    for page in tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))["page"]
]
_RIGHT_SHARE = 0.85
_SHELF = Shelf()  # a page is read once for all its claims


def _proved(page: dict[str, Any], column: str, value: str) -> bool:
    table = Table((Column("Name", key=True), Column(column)), (Row((Cell(page["key"]), Cell(value))),))
    document = Document("https://pages.example/a", page["title"], page["text"])
    return prove(table, [document], shelf=_SHELF).rows[0].cells[1].status is CellStatus.PROVED


def test_nothing_is_proved_that_a_page_does_not_state() -> None:
    claims = [(page, *claim) for page in _PAGES for claim in page.get("wrong", [])]
    assert len(claims) >= 80
    assert [claim for page, *claim in claims if _proved(page, *claim)] == []


@pytest.mark.parametrize("each", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_most_of_what_a_page_states_is_proved(each: int) -> None:
    claims = [(page, *claim) for page in _PAGES for claim in page.get("right", [])][::each]
    missed = [claim for page, *claim in claims if not _proved(page, *claim)]
    assert len(missed) <= (1 - _RIGHT_SHARE) * len(claims), missed
