"""One HTML page with the table, states by colour and sign, the evidence a click away. No script."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from wideseek_cli.core.text import clean_line
from wideseek_cli.export.document import static_document
from wideseek_cli.export.grid import safe_url
from wideseek_cli.table.model import Cell, CellStatus, Column, Table
from wideseek_cli.table.signs import CELLS
from wideseek_cli.table.summary import Met
from wideseek_cli.values.kinds import ColumnType

_STYLE = """
.wide { overflow: auto; max-height: 92vh; position: relative; }
caption { text-align: left; padding: .4rem .75rem; color: var(--quiet); }
th, td { font-weight: 400; min-width: 7rem; }
tbody th { font-weight: 550; font-size: inherit; color: inherit; border-bottom-color: var(--line); }
thead th { position: sticky; top: 0; background: var(--surface); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
summary::marker { color: var(--quiet); font-size: .7em; }
details p { max-width: 40rem; text-align: left; font-variant-numeric: normal; color: var(--quiet); }
[class*="s-"]::before { display: inline-block; min-width: 1.25em; text-align: left; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem .5rem;
  font-size: .85rem; }
.legend li { padding: .1rem .7rem; border: 1px solid var(--line); border-radius: 8px; }
"""


def render_html(table: Table, question: str, run: str, counts: Mapping[str, Any]) -> str:
    """A page that needs nothing else and lets nothing in."""
    table, said = table.asked, " ".join(f"{Met(**one)}." for one in counts.get("conditions", ()))
    head = "".join(f'<th scope="col">{_text(c.name)}</th>' for c in table.columns)
    body = "\n".join(
        "<tr>"
        + "".join(_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True))
        + "</tr>"
        for row in table.rows
    )
    legend = "".join(
        f'<li class="s-{s.value}">{s.value} ({counts.get(s.value, 0)}): {mark.means}</li>'
        for s, mark in CELLS.items()
        if s is not CellStatus.GIVEN or counts.get(s.value)
    )
    named = f"<p>Run {_text(run)}</p>" if run else ""
    shown = (
        f'<ul class="legend">{legend}</ul>\n'
        '<div class="wide" tabindex="0" role="region" aria-label="Table">\n'
        f"<table>\n<caption>{len(table.rows)} rows. {_text(said)}"
        " Open a cell to see where it stands.</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n{named}"
    )
    return static_document(question or "Table", shown, _STYLE).html


def _text(text: str) -> str:
    return html.escape(clean_line(text))


def _cell(cell: Cell, column: Column) -> str:
    status, text, more = cell.status.value, _text(cell.text), _evidence(cell)
    opened = f'<details><summary class="s-{status}">{text}</summary>{more}</details>'
    inner = opened if more else f'<span class="s-{status}">{text}</span>'
    if column.key:
        return f'<th scope="row" class="g-{status}">{inner}</th>'
    number = " number" if column.type in (ColumnType.INT, ColumnType.FLOAT) else ""
    return f'<td class="g-{status}{number}">{inner}</td>'


def _evidence(cell: Cell) -> str:
    parts = []
    if cell.proof:
        proof, url = cell.proof, safe_url(cell.proof.url)
        name = _text(proof.title) or _text(proof.url)
        source = (
            f'<a href="{html.escape(url)}" rel="noopener noreferrer">{name}</a>'
            if url
            else f"{name} ({_text(proof.url)})"
        )
        fetched = f", fetched {_text(proof.fetched_at)}" if proof.fetched_at else ""
        parts.append(f"<p><q>{_text(proof.quote)}</q></p><p>{source}{fetched}</p>")
    if cell.note:
        parts.append(f"<p>{_text(cell.note)}</p>")
    if cell.alternatives:
        parts.append(f"<p>Also met: {_text('; '.join(cell.alternatives))}</p>")
    return "".join(parts)
