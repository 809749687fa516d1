"""One self-contained page of results. What it shows was written by others, so all of it is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.core.text import clean_text
from wideseek_cli.eval.folder import RECORD, RESULTS, detail_path
from wideseek_cli.eval.published import differences, published_rows
from wideseek_cli.eval.questions.dataset import SETUP
from wideseek_cli.eval.results import CAUSES, Trial, effort, load, summarise
from wideseek_cli.eval.scoring.spec import plain_name
from wideseek_cli.export.document import static_document
from wideseek_cli.record.store import Store
from wideseek_cli.table.model import Cell, Table
from wideseek_cli.table.signs import CELLS

_STYLE = """
.good { background: var(--good-bg); } .bad { background: var(--bad-bg); }
.none { background: var(--missing-bg); }
.pair { display: flex; gap: 1.5rem; flex-wrap: wrap; align-items: flex-start; }
details.cell > div { font-size: .85em; max-width: 28rem; } .legend span { padding: 0 .5rem; }
"""


def make_report(folders: Sequence[Path]) -> str:
    """The page for one or more folders of `eval run`."""
    legend = (
        '<p class="legend">Cells: <span class="good">right</span> <span class="bad">wrong</span> '
        '<span class="none">not in gold</span>; '
        + " ".join(f"{mark.sign} {status.value}" for status, mark in CELLS.items())
        + ". Click a cell for its evidence.</p>"
    )
    body = legend + "\n".join(_section(folder) for folder in folders)
    return static_document("wideseek evaluation", body, _STYLE).html


def _section(folder: Path) -> str:
    trials = load(folder / RESULTS)
    if not trials:
        raise EvaluationError(f"{folder} holds no results", hint="name a folder that `eval run` wrote")
    with Store.open(folder / RECORD, read_only=True) as store:
        questions = "\n".join(_question(folder, store, trial) for trial in sorted(trials, key=_order))
    return (
        f"<h2>{_text(folder.name)}</h2>{_scores(trials)}{_beside(folder, trials)}"
        f"<h3>Where points were lost</h3>{_causes(trials)}"
        f"<h3>Questions</h3>{questions}"
    )


def _order(trial: Trial) -> tuple[str, int]:
    return trial.task, trial.trial


def _scores(trials: Sequence[Trial]) -> str:
    lines = []
    summary: dict[str, Any] = dict(summarise(trials))
    took = summary.pop("effort")
    for name, group in summary.items():
        for figure in ("item_f1", "row_f1", "success"):
            low, high = group[figure]["avg_interval"]
            average, best = group[figure]["avg"], group[figure]["max"]
            lines.append([name, figure, f"{average:.3f}", f"{low:.3f}–{high:.3f}", f"{best:.3f}"])
        lines.append([name, "pass", f"{group['pass']:.3f}", "", ""])
    right = took["proved_right"]
    sure = (
        f"; of {took['proved_judged']} proved cells that gold has, {right:.1%} right"
        if right is not None
        else ""
    )
    line = (
        f"A question took {took['seconds']:.0f} s, {took['tokens']:.0f} tokens, "
        f"{took['searches']:.0f} searches, {took['pages']:.0f} pages; "
        f"{took['proved_share']:.0%} of cells proved{sure}."
    )
    return (
        _table(["questions", "figure", "avg@N", "95 %", "max@N"], lines, "figures") + f"<p>{_text(line)}</p>"
    )


def _beside(folder: Path, trials: Sequence[Trial]) -> str:
    """The published table, and what differs from how it was made."""
    summary: dict[str, Any] = dict(summarise(trials))
    group = summary.get("all") or next(iter(summary.values()))
    try:
        setup = json.loads((folder / SETUP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        setup = {}
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(f"{folder / SETUP} cannot be read: {error}") from error
    table = _table(
        ["Avg@N (Max@N), %", "item F1", "row F1", "success"], published_rows(folder.name, group), "figures"
    )
    apart = "".join(f"<li>{_text(line)}</li>" for line in differences(setup, group))
    return (
        f"<details><summary>Beside what was published on WideSearch</summary>{table}"
        f"<p>Not the same conditions:</p><ul>{apart}</ul></details>"
    )


def _causes(trials: Sequence[Trial]) -> str:
    """Each cause with its count and the questions it struck."""
    counts: Any = effort(trials)["causes"]
    rows = []
    for cause in CAUSES:
        if cause in counts:
            struck = [f"{t.task} ({t.causes[cause]})" for t in trials if t.causes.get(cause)]
            rows.append([cause, str(counts[cause]), ", ".join(struck)])
    return _table(["cause", "count", "questions"], rows) if rows else "<p>Nothing was lost.</p>"


def _question(folder: Path, store: Store, trial: Trial) -> str:
    try:
        detail = json.loads(detail_path(folder, trial.task, trial.trial).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(f"the details of {trial.task} cannot be read: {error}") from error
    events = list(store.events(trial.run))
    table = store.state(trial.run).table or Table(())
    head = (
        f"{trial.task} #{trial.trial}: item F1 {trial.item['f1']:.2f}, row F1 {trial.row['f1']:.2f}, "
        f"{trial.seconds:.0f} s, {trial.ending}"
    )
    trouble = f"<p><b>{_text(trial.error)}</b></p>" if trial.error else ""
    return (
        f"<details><summary>{_text(head)}</summary><p>{_text(detail['query'])}</p>{trouble}"
        f'<div class="pair"><div class="scroll"><b>answer</b>{_answer(table, detail)}</div>'
        f'<div class="scroll"><b>gold</b>{_gold(detail)}</div></div>{_time_line(events)}</details>'
    )


def _answer(table: Table, detail: Any) -> str:
    """The run's table, each cell coloured by its worst verdict."""
    scores: dict[tuple[int, str], float] = {}
    for verdict in detail["verdicts"]:
        at = (verdict["place"], verdict["column"])
        scores[at] = min(scores.get(at, 1.0), verdict["score"])
    renamed = detail.get("renamed", {})
    names = [renamed.get(plain_name(column.name), plain_name(column.name)) for column in table.columns]
    head = "".join(f"<th>{_text(column.name)}</th>" for column in table.columns)
    body = []
    for place, row in enumerate(table.rows):
        cells = zip(names, row.cells, strict=True)
        body.append("".join(_cell(cell, scores.get((place, name))) for name, cell in cells))
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{row}</tr>" for row in body) + "</table>"


def _cell(cell: Cell, score: float | None) -> str:
    color = "none" if score is None else "good" if score == 1.0 else "bad"
    sign = CELLS[cell.status].sign
    shown = f"{_text(cell.text)} <small>{sign}</small>"
    if cell.proof is None and not cell.alternatives:
        return f'<td class="{color}">{shown}</td>'
    proof = cell.proof
    why = (
        f"<q>{_text(proof.quote)}</q><br><small>{_text(proof.title)} {_text(proof.url)}</small>"
        if proof
        else ""
    )
    others = f"<br>also met: {_text(', '.join(cell.alternatives))}" if cell.alternatives else ""
    opened = f'<details class="cell"><summary>{shown}</summary><div>{why}{others}</div></details>'
    return f'<td class="{color}">{opened}</td>'


def _gold(detail: Any) -> str:
    """Rows that the answer lacks are coloured."""
    places = [list(detail["columns"]).index(name) for name in detail["key"]]
    met = {_plain(verdict["key"]) for verdict in detail["verdicts"]}
    head = "".join(f"<th>{_text(name)}</th>" for name in detail["columns"])
    rows = []
    for row in detail["gold"]:
        known = _plain(row[at] for at in places) in met
        cells = "".join(f"<td>{_text(value)}</td>" for value in row)
        color = "" if known else "bad"
        rows.append(f'<tr class="{color}">{cells}</tr>')
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _plain(key: Iterable[str]) -> tuple[str, ...]:
    return tuple("".join(value.lower().split()).replace("*", "") for value in key)


# The time line: a bar an agent, a tick a search or page

_ROW, _NAMES, _WIDE = 18, 70, 640


def _time_line(events: Sequence[ev.Event]) -> str:
    starts = {e.agent: e.at for e in events if isinstance(e, ev.AgentStarted)}
    if not starts:
        return ""
    begun, ended = events[0].at, events[-1].at
    scale = _WIDE / max(ended - begun, 0.001)
    ends = {e.agent: (e.at, e.outcome.value) for e in events if isinstance(e, ev.AgentFinished)}
    parts = []
    for line, (agent, start) in enumerate(starts.items()):
        end, outcome = ends.get(agent, (ended, "cut off"))
        x, y = _NAMES + (start - begun) * scale, line * _ROW
        parts += [
            f'<text x="0" y="{y + 12}">{_text(agent)}</text>',
            f'<rect x="{x:.1f}" y="{y + 3}" width="{max((end - start) * scale, 1):.1f}" height="11" '
            f'fill="#4a88c2"><title>{_text(f"{agent}: {outcome}, {end - start:.1f} s")}</title></rect>',
        ]
        acts = [e for e in events if isinstance(e, (ev.Searched, ev.PageRead)) and e.agent == agent]
        for act in acts:
            said = f"search: {act.query}" if isinstance(act, ev.Searched) else f"page: {act.title or act.url}"
            at = _NAMES + (act.at - begun) * scale
            color = "#e0a030" if isinstance(act, ev.Searched) else "#6ab04c"
            parts.append(
                f'<rect x="{at:.1f}" y="{y + 1}" width="2.5" height="15" fill="{color}">'
                f"<title>{_text(said[:120])}</title></rect>"
            )
    size = f'width="{_NAMES + _WIDE + 10}" height="{len(starts) * _ROW + 6}"'
    note = f"{ended - begun:.1f} s; orange: search, green: page"
    picture = f'<svg {size} font-size="11" fill="currentColor">{"".join(parts)}</svg>'
    return f'<div class="scroll">{picture}</div><p><small>{note}</small></p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    top = "".join(f"<th>{_text(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table class="{kind}"><tr>{top}</tr>{body}</table></div>'


def _text(text: object) -> str:
    return escape(clean_text(str(text)))
