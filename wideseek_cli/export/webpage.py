"""One HTML page with the table, states by colour and sign, the evidence a click away. No script."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from wideseek_cli.core.text import clean_line
from wideseek_cli.export.grid import SIGNS, safe_url
from wideseek_cli.table.model import Cell, CellStatus, Column, Table
from wideseek_cli.values.kinds import ColumnType

# The colours are those of `wideseek view`.
_STYLE = """
:root { color-scheme: light dark;
  --bg: light-dark(#fafaf9, #15171a); --surface: light-dark(#ffffff, #1c1f23);
  --ink: light-dark(#1d2023, #e7e6e3); --quiet: light-dark(#596067, #a3aab2);
  --line: light-dark(#e1e3e2, #32373d); --edge: light-dark(#878e95, #737b84);
  --accent: light-dark(#1c5d9f, #8dbcf5); --proved: light-dark(#1d6b35, #7ccf95);
  --seen: light-dark(#1c5d9f, #8dbcf5); --seen-bg: light-dark(#edf4fb, #1a2735);
  --unproved: light-dark(#7d4e00, #e8ba69); --unproved-bg: light-dark(#fdf4e0, #2f2817);
  --missing: light-dark(#596067, #a3aab2); --missing-bg: light-dark(#f3f3f2, #212429);
  --conflict: light-dark(#a01f6d, #f39fd1); --conflict-bg: light-dark(#fceef6, #33202c);
  --given: light-dark(#596067, #a3aab2);
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.4rem 1.5rem 3rem; max-width: 90rem;
  background: var(--bg); color: var(--ink); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.3rem; line-height: 1.35; font-weight: 600; max-width: 60rem; margin: 0; }
.wide { overflow: auto; max-height: 92vh;
  position: relative; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; font-size: .92rem; line-height: 1.4; min-width: 100%; }
caption { text-align: left; padding: .4rem .75rem; color: var(--quiet); }
th, td { border-bottom: 1px solid var(--line); padding: .42rem .75rem; text-align: left; vertical-align: top;
  font-weight: 400; min-width: 7rem; }
tbody th { font-weight: 550; }
thead th { position: sticky; top: 0; background: var(--surface); font-weight: 600;
  border-bottom-color: var(--edge); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; } summary::marker { color: var(--quiet); font-size: .7em; }
details p { margin: .3rem 0; max-width: 40rem; text-align: left; font-variant-numeric: normal;
  color: var(--quiet); }
.sign { display: inline-block; min-width: 1.1em; font-weight: 700; }
.proved .sign { color: var(--proved); } .given .sign { color: var(--given); }
.seen { background: var(--seen-bg); } .seen .sign { color: var(--seen); }
.unproved { background: var(--unproved-bg); } .unproved .sign { color: var(--unproved); }
.missing { background: var(--missing-bg); } .missing .sign { color: var(--missing); }
.conflict { background: var(--conflict-bg); } .conflict .sign { color: var(--conflict); }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem .5rem;
  font-size: .85rem; }
ul.legend li { padding: .1rem .7rem; border: 1px solid var(--line); border-radius: 8px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MEANS = {
    CellStatus.PROVED: "value and entity stand in one passage",
    CellStatus.SEEN: "the value stands on a page, not beside the entity",
    CellStatus.UNPROVED: "nowhere in what was read",
    CellStatus.MISSING: "no value",
    CellStatus.CONFLICT: "another source says otherwise",
    CellStatus.GIVEN: "as it was in the file",
}


def render_html(table: Table, question: str, run: str, counts: Mapping[str, Any]) -> str:
    """A page that needs nothing else and lets nothing in."""
    title = _text(question) or "Table"
    head = "".join(f'<th scope="col">{_text(c.name)}</th>' for c in table.columns)
    body = "\n".join(
        "<tr>"
        + "".join(_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True))
        + "</tr>"
        for row in table.rows
    )
    legend = "".join(
        f'<li class="{s.value}"><span class="sign" aria-hidden="true">{SIGNS[s]}</span> {s.value} '
        f"({counts.get(s.value, 0)}): {_MEANS[s]}</li>"
        for s in CellStatus
        if s is not CellStatus.GIVEN or counts.get(s.value)
    )
    named = f"<p>Run {_text(run)}</p>" if run else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f'<ul class="legend">{legend}</ul>\n'
        '<div class="wide" tabindex="0" role="region" aria-label="Table">\n'
        f"<table>\n<caption>{len(table.rows)} rows. Open a cell to see where it stands.</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n{named}\n"
        "</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return html.escape(clean_line(text))


def _cell(cell: Cell, column: Column) -> str:
    status = cell.status
    sign = f'<span class="sign" aria-hidden="true">{SIGNS[status]}</span>'
    shown = f'{sign} <span class="hidden">{status.value}: </span>{_text(cell.text)}'
    number = " number" if column.type in (ColumnType.INT, ColumnType.FLOAT) else ""
    more = _evidence(cell)
    inner = f"<details><summary>{shown}</summary>{more}</details>" if more else shown
    if column.key:
        return f'<th scope="row" class="{status.value}">{inner}</th>'
    return f'<td class="{status.value}{number}">{inner}</td>'


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
