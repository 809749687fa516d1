"""The worst cases of a measured proof as a page to look at. All outside text in it is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from wideseek_cli.core.text import clean_text
from wideseek_cli.eval.proofset import STATES, Verdict, lines_of
from wideseek_cli.export.document import static_document

_MOST = 400  # cases on the page


def make_page(figures: Mapping[str, Any], verdicts: Sequence[Verdict]) -> str:
    """Wrong values that are proved first, then right ones that are not."""
    believed = [v for v in verdicts if v.believed and not v.case.right]
    missed = [v for v in verdicts if v.case.right and not v.believed]
    head = "".join(f"<th>{name}</th>" for name in ("set", "side", "cases", "proved (95 %)", *STATES[1:]))
    rows = "".join(f"<tr>{''.join(f'<td>{_text(c)}</td>' for c in line)}</tr>" for line in lines_of(figures))
    shown = [*believed, *missed][:_MOST]
    left = len(believed) + len(missed) - len(shown)
    body = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table class="figures">'
        f"<tr>{head}</tr>{rows}</table></div>"
        f"<h2>{len(believed)} wrong values proved, {len(missed)} right ones not</h2>"
        + "\n".join(map(_article, shown))
        + (f"<p>{left} more are not shown.</p>" if left else "")
    )
    return static_document("The proof, measured", body).html


def _article(verdict: Verdict) -> str:
    case, cell = verdict.case, verdict.cell
    kind = "missed" if case.right else "wrong"
    said = "right" if case.right else f"wrong ({case.why})"
    lines = [
        f'<p class="{kind}"><b>{_text(case.id)}</b>: {_text(said)}, {_text(verdict.state)}</p>',
        f"<p>{_text(case.question)}</p>",
        f"<p><b>{_text(case.key)}</b>, {_text(case.column)}: <b>{_text(case.value)}</b></p>",
    ]
    if cell is not None and cell.proof is not None:
        lines.append(f"<blockquote>{_text(cell.proof.quote)}</blockquote><p>{_text(cell.proof.title)}</p>")
    if cell is not None and cell.note:
        lines.append(f"<p>{_text(cell.note)}</p>")
    if cell is not None and cell.alternatives:
        lines.append(f"<p>other values: {_text('; '.join(cell.alternatives))}</p>")
    return f"<article>{''.join(lines)}<p>{_text(', '.join(case.pages))}</p></article>"


def _text(text: str) -> str:
    return escape(clean_text(text))
