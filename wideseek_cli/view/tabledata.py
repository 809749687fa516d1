"""A run's table as the page shows it. What several cells share (a passage, a source) is there once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line, without_password
from wideseek_cli.export.grid import safe_url
from wideseek_cli.export.typed import Reader
from wideseek_cli.facts.model import in_words
from wideseek_cli.table.model import Cell, Column, Document, Proof, Table
from wideseek_cli.table.summary import size, summary
from wideseek_cli.ui.evidence import Finders, documents_of, excerpt
from wideseek_cli.ui.signs import STAGES
from wideseek_cli.values.kinds import ColumnType

DRAFT = "draft"  # the state of a cell that nothing has checked yet
_NUMBERS = (ColumnType.INT, ColumnType.FLOAT)


@dataclass
class _Shared:
    """Things with a number each, in the order they came."""

    items: list[dict[str, Any]] = field(default_factory=list)
    places: dict[object, int] = field(default_factory=dict)

    def add(self, key: object, item: dict[str, Any]) -> int:
        self.places[key] = len(self.items)
        self.items.append(item)
        return self.places[key]


def table_data(state: RunState, finders: Finders) -> dict[str, Any] | None:
    """The table with everything that a cell can be asked; None while there is none."""
    table = state.shown
    if table is None or not table.columns:
        return None
    checked = state.stage is not None and state.stage.checked
    evidence = _Evidence(state.documents, finders)
    texts = [[clean_line(cell.text) for cell in row.cells] for row in table.rows]
    readers = [_reader(column, [row[at] for row in texts]) for at, column in enumerate(table.columns)]
    rows = [
        [_cell(*each, evidence if checked else None) for each in zip(row.cells, line, readers, strict=True)]
        for row, line in zip(table.rows, texts, strict=True)
    ]
    return {
        "stage": STAGES[state.stage] if state.stage and not checked else "",
        "columns": _columns(table),
        "rows": rows,
        "passages": evidence.passages.items,
        "sources": evidence.sources.items,
        "summary": summary(table) if checked else size(table),
    }


def _columns(table: Table) -> list[dict[str, Any]]:
    return [
        {"name": clean_line(c.name), "type": c.type.value, "key": c.key, "number": c.type in _NUMBERS}
        for c in table.columns
    ]


def _reader(column: Column, texts: list[str]) -> Reader | None:
    """For what does not sort as it is written."""
    return Reader.of(column, texts) if column.type in (*_NUMBERS, ColumnType.DATE) else None


def _cell(cell: Cell, text: str, reader: Reader | None, evidence: _Evidence | None) -> dict[str, Any]:
    """Short names and nothing that is empty: a page may hold ten thousand of these. Without evidence, its
    state says nothing yet."""
    made: dict[str, Any] = {"v": text, "s": cell.status.value if evidence else DRAFT}
    value = reader.read(text) if reader else text
    if value != text:
        made["k" if isinstance(value, str) else "n"] = value
    if evidence is None:
        return made
    if cell.proof is not None:
        made["p"] = evidence.passage(cell.proof)
    if cell.alternatives:
        made["o"] = [clean_line(text, 300) for text in cell.alternatives]
    if doubts := _doubts(cell):
        made["d"] = doubts
    return made


def _doubts(cell: Cell) -> list[str]:
    """Why the state is not better, each reason once."""
    reasons = [in_words([reason]) for reason in cell.reasons]
    note = clean_line(cell.note, 500)
    return list(dict.fromkeys([*([note] if note else []), *(r for r in reasons if r not in note)]))


class _Evidence:
    """Passages and sources of a table."""

    def __init__(self, documents: Mapping[tuple[str, str], Document], finders: Finders) -> None:
        self._documents, self._finders = documents, finders
        self.passages, self.sources = _Shared(), _Shared()

    def passage(self, proof: Proof) -> int:
        key = (proof.url, proof.start, proof.end, proof.quote)
        if key in self.passages.places:
            return self.passages.places[key]
        found = excerpt(proof, documents_of(self._documents, proof))
        item = {"before": found.before, "quote": found.quote, "after": found.after}
        return self.passages.add(key, {**item, "source": self._source(proof, found.kind)})

    def _source(self, proof: Proof, kind: str) -> int:
        key = (proof.url, kind)
        if key in self.sources.places:
            return self.sources.places[key]
        return self.sources.add(
            key,
            {
                **link(proof.url),
                "title": clean_line(proof.title, 300),
                "fetched": clean_line(proof.fetched_at, 40),
                "snippet": kind == "snippet",
                "finders": list(self._finders.of_page(proof.url)),
            },
        )


def link(url: str) -> dict[str, str]:
    """An address to show, and to follow where it is a web address."""
    return {"href": safe_url(url), "url": without_password(clean_line(url, 500))}
