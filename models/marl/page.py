"""A page of a training: curves by step, held-out figures, and how to look at the rollouts."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

CURVES = ("reward", "item_f1", "valid", "turns", "subagents", "length", "kl", "loss", "norm")
RESAMPLES = 2000


def paired(
    before: Mapping[str, float], after: Mapping[str, float], seed: int = 0
) -> tuple[float, float, float]:
    """Mean gain over the tasks of both, and its 95 % interval by resampling tasks."""
    gains = [after[task] - before[task] for task in before if task in after]
    if not gains:
        return 0.0, 0.0, 0.0
    rng = random.Random(seed)
    means = sorted(statistics.fmean(rng.choices(gains, k=len(gains))) for _ in range(RESAMPLES))
    return statistics.fmean(gains), means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def write_page(folder: Path) -> None:
    """`run.html` in the folder of a training."""
    log = folder / "steps.jsonl"
    lines = (
        [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    )
    parts = [f"<h1>{escape(folder.name)}</h1>", _held(folder)]
    parts += [_curve(name, [(line["step"], line[name]) for line in lines if name in line]) for name in CURVES]
    if lines:
        runs = "".join(f"<li><code>{escape(run)}</code></li>" for run in lines[-1]["runs"][:8])
        parts.append(
            f"<h2>Rollouts of the last step</h2><ul>{runs}</ul><p>Look at one: <code>wideseek runs show ID "
            "--record record.sqlite</code>, or <code>wideseek replay ID --record record.sqlite</code>.</p>"
        )
    head = '<!doctype html><meta charset="utf-8"><title>training</title>'
    style = (
        "<style>body{font:15px system-ui;max-width:60rem;margin:2rem auto}svg{border:1px solid #8886}</style>"
    )
    (folder / "run.html").write_text(head + style + "\n".join(parts) + "\n", encoding="utf-8")


def _held(folder: Path) -> str:
    found = sorted((int(path.stem.split("-")[1]), path) for path in folder.glob("held-*.json"))
    if not found:
        return "<p>No held-out tasks were measured.</p>"
    scores = [(step, json.loads(path.read_text(encoding="utf-8"))) for step, path in found]
    rows = []
    for step, own in scores:
        gain, low, high = paired(scores[0][1], own)
        rows.append(
            f"<tr><td>{step}</td><td>{statistics.fmean(own.values()):.3f}</td>"
            f"<td>{gain:+.3f} ({low:+.3f} to {high:+.3f})</td></tr>"
        )
    head = "<tr><th>step</th><th>item F1</th><th>against the start, 95 %</th></tr>"
    return f"<h2>Held-out tasks ({len(scores[0][1])})</h2><table>{head}{''.join(rows)}</table>"


def _curve(name: str, points: Sequence[tuple[int, float]]) -> str:
    if len(points) < 2:
        return ""
    low, high = min(y for _, y in points), max(y for _, y in points)
    span, last = (high - low) or 1.0, points[-1][0] or 1
    path = " ".join(f"{10 + 580 * x / last:.1f},{110 - 100 * (y - low) / span:.1f}" for x, y in points)
    line = f'<polyline points="{path}" fill="none" stroke="#4a88c2" stroke-width="2"/>'
    title = f"{escape(name)}: {points[0][1]:.3g} to {points[-1][1]:.3g}"
    return f'<h2>{title}</h2><svg width="600" height="120">{line}</svg>'
