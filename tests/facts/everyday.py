"""The sentences of `everyday.toml` and `frames.toml`, as cells on pages of one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomllib

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sentence:
    """A sentence, the cell that it is asked about, and how it is wrong (empty where it is right)."""

    subject: str
    column: str
    value: str
    text: str
    wrong: str
    title: str


def everyday(file: str) -> Iterator[Sentence]:
    """All sentences of a file, every template with every filling."""
    for field in tomllib.loads((_HERE / file).read_text(encoding="utf-8"))["field"]:
        for wrong, templates in {"": field["right"], **field.get("wrong", {})}.items():
            for template in templates:
                for subject, value, other in field["fills"]:
                    text = template.format(S=subject, V=value, O=other)
                    title = "Notes of a week" if "{S}" in template else subject
                    yield Sentence(subject, field["column"], value, text, wrong, title)


def proved(sentence: Sentence) -> bool:
    """Whether a page of this one sentence proves the cell."""
    columns = (Column("name", key=True), Column(sentence.column))
    table = Table(columns, (Row((Cell(sentence.subject), Cell(sentence.value))),))
    page = Document("https://pages.example/a", sentence.title, sentence.text)
    return prove(table, [page]).rows[0].cells[1].status is CellStatus.PROVED
