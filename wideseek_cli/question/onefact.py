"""One fact that a question asks for: `What is the capital of Peru?`. Pure."""

from __future__ import annotations

import re

from wideseek_cli.question.reading import Question
from wideseek_cli.question.words import NAME
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table

_FACT = re.compile(
    r"(?i:what|who|which)(?:\s+is|['’]s)\s+the\s+(?P<label>[a-z][a-z'’-]*(?:\s(?!the\b)[a-z][a-z'’-]*){0,4}?)\s+of\s+"
    rf"(?:the\s+)?(?P<name>{NAME})\s*[?.!]?"
)


def fact_asked(question: Question) -> Table | None:
    """A row for the thing and a column for what is asked of it; None for any other question."""
    asked = _FACT.fullmatch(question.text.strip())
    if asked is None:
        return None
    row = Row((Cell(asked["name"]), Cell("", CellStatus.MISSING)))
    return Table((Column("name", key=True), Column(asked["label"])), (row,))
