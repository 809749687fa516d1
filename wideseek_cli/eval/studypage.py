"""A study's curves and figures as a page."""

from __future__ import annotations

from html import escape
from pathlib import Path

from wideseek_cli.core.errors import EvaluationError, NotFoundError
from wideseek_cli.eval.study import Point, read_csv, svg
from wideseek_cli.export.document import Document, static_document
from wideseek_cli.ui.amounts import count

_HEAD = ("setup", "item F1", "95 %", "row F1", "seconds", "tokens", "trials")


def make_study_page(folder: Path) -> Document:
    """The page for a folder that `eval study` wrote."""
    file = folder / "study.csv"
    try:
        points = read_csv(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        hint = "name a folder that `wideseek eval study` wrote"
        raise NotFoundError(f"{folder} holds no study", hint=hint) from error
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{file} cannot be read: {error}") from error
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEAD)
    rows = "".join(f"<tr>{_cells(point)}</tr>" for point in points)
    title = f"Width study: {folder.resolve().name}"
    curves = svg(points, "", ground="")
    body = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Curves">{curves}</div>'
        f'<h2>Figures</h2><div class="scroll" tabindex="0" role="region" aria-label="Figures">'
        f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return static_document(title, body)


def _cells(point: Point) -> str:
    many = count(point.setup.value, "subagent" if point.setup.kind == "width" else "turn")
    texts = (
        many if point.setup.kind == "width" else f"one agent, {many}",
        f"{point.item_f1:.3f}",
        f"{point.low:.3f}–{point.high:.3f}",
        f"{point.row_f1:.3f}",
        f"{point.seconds:.0f}",
        f"{point.tokens:.0f}",
        str(point.trials),
    )
    return "".join(f"<td>{escape(text)}</td>" for text in texts)
