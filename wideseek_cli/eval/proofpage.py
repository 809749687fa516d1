"""The worst cases of a measured proof as a page to look at. All outside text in it is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from wideseek_cli.eval.proofset import STATES, Verdict, lines_of
from wideseek_cli.text import clean_text

_MOST = 400  # cases on the page
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #8886; padding: .2rem .5rem; text-align: left; vertical-align: top; }
th { background: #8882; } article { border-top: 1px solid #8886; padding: .6rem 0; }
.wrong { color: #c0392b; } .missed { color: #b9770e; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid #8886; } p { margin: .2rem 0; }
"""


def make_page(figures: Mapping[str, Any], verdicts: Sequence[Verdict]) -> str:
    """Wrong values that are proved first, then right ones that are not."""
    believed = [v for v in verdicts if v.believed and not v.case.right]
    missed = [v for v in verdicts if v.case.right and not v.believed]
    head = "".join(f"<th>{name}</th>" for name in ("set", "side", "cases", "proved (95 %)", *STATES[1:]))
    rows = "".join(f"<tr>{''.join(f'<td>{_text(c)}</td>' for c in line)}</tr>" for line in lines_of(figures))
    shown = [*believed, *missed][:_MOST]
    left = len(believed) + len(missed) - len(shown)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>The proof, measured</title><style>{_STYLE}</style></head><body><h1>The proof, measured</h1>"
        f"<table><tr>{head}</tr>{rows}</table>"
        f"<h2>{len(believed)} wrong values proved, {len(missed)} right ones not</h2>"
        + "\n".join(map(_article, shown))
        + (f"<p>{left} more are not shown.</p>" if left else "")
        + "</body></html>\n"
    )


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
