"""The curve behind the width claim: scores and time against width, and for one agent against turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from wideseek_cli.eval.results import Trial, interval
from wideseek_cli.settings.config import Settings

TURNS = (5, 10, 20, 50)
_BAR = 30


@dataclass(frozen=True)
class Setup:
    """One point of a curve: `kind` is "width" or "turns"."""

    kind: str
    value: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.value}"

    def settings(self, base: Settings) -> Settings:
        """Everything but this one number stays, budgets too."""
        if self.kind == "width":
            return replace(base, single=False, width=self.value)
        return replace(base, single=True, single_turns=self.value)


@dataclass(frozen=True)
class Point:
    """What a setup came to."""

    setup: Setup
    item_f1: float
    low: float
    high: float
    row_f1: float
    seconds: float
    tokens: float
    trials: int


def setups(widths: Sequence[int], turns: Sequence[int]) -> list[Setup]:
    return [*(Setup("width", width) for width in widths), *(Setup("turns", turn) for turn in turns)]


def point(setup: Setup, trials: Sequence[Trial]) -> Point:
    """The means of a setup's trials, with the interval of the item F1 over questions."""
    count = max(1, len(trials))
    by_task: dict[str, list[float]] = {}
    for trial in trials:
        by_task.setdefault(trial.task, []).append(trial.item["f1"])
    means = [sum(several) / len(several) for several in by_task.values()]
    low, high = interval(means)
    return Point(
        setup,
        sum(means) / max(1, len(means)),
        low,
        high,
        sum(trial.row["f1"] for trial in trials) / count,
        sum(trial.seconds for trial in trials) / count,
        sum(trial.tokens for trial in trials) / count,
        len(trials),
    )


_HEAD = "kind,value,item_f1,item_f1_low,item_f1_high,row_f1,seconds,tokens,trials"


def as_csv(points: Sequence[Point]) -> str:
    """The data behind the picture."""
    lines = [_HEAD]
    for p in points:
        figures = (p.item_f1, p.low, p.high, p.row_f1, p.seconds, p.tokens)
        lines.append(f"{p.setup.kind},{p.setup.value},{','.join(f'{f:.4f}' for f in figures)},{p.trials}")
    return "\n".join([*lines, ""])


def read_csv(text: str) -> list[Point]:
    """The points again; ValueError where it is not what `as_csv` wrote."""
    first, *lines = text.splitlines() or [""]
    if first != _HEAD:
        raise ValueError("its first line is another one")
    points = []
    for line in lines:
        kind, value, *figures, trials = line.split(",")
        item, low, high, row, seconds, tokens = map(float, figures)
        points.append(Point(Setup(kind, int(value)), item, low, high, row, seconds, tokens, int(trials)))
    return points


def drawn(points: Sequence[Point]) -> str:
    """The curves in a terminal: a bar of F1 a line."""
    lines = []
    for p in points:
        bar = "█" * round(_BAR * p.item_f1)
        figures = f"{p.item_f1:.2f} [{p.low:.2f}–{p.high:.2f}]  {p.seconds:6.0f} s  {p.tokens:7.0f} tokens"
        lines.append(f"{p.setup.kind:>5} {p.setup.value:>3}  {bar:<{_BAR}} {figures}")
    return "\n".join(lines)


# The picture: two panels a kind, F1 above and seconds below.

_WIDE, _HIGH, _LEFT, _TOP, _GAP = 320, 150, 60, 40, 60


def svg(points: Sequence[Point], title: str, *, ground: str = "white") -> str:
    """A plot of F1 and time, self-contained; without a `ground` it takes its page's colours."""
    kinds = [kind for kind in ("width", "turns") if any(p.setup.kind == kind for p in points)]
    width = _LEFT + len(kinds) * (_WIDE + _LEFT)
    height = _TOP + 2 * (_HIGH + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" '
        f'fill="{"black" if ground else "currentColor"}">',
        f'<rect width="{width}" height="{height}" fill="{ground or "none"}"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
    ]
    slowest = max((p.seconds for p in points), default=1.0) or 1.0
    for at, kind in enumerate(kinds):
        mine = [p for p in points if p.setup.kind == kind]
        left = _LEFT + at * (_WIDE + _LEFT)
        label = "subagents" if kind == "width" else "turns of one agent"
        scores = [(p.item_f1, p.low, p.high) for p in mine]
        times = [(p.seconds, p.seconds, p.seconds) for p in mine]
        values = [p.setup.value for p in mine]
        parts += _panel(left, _TOP, values, scores, 1.0, f"item F1 by {label}", "#1b6ca8")
        parts += _panel(left, _TOP + _HIGH + _GAP, values, times, slowest, f"seconds by {label}", "#a8541b")
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    left: int,
    top: int,
    values: Sequence[int],
    figures: Sequence[tuple[float, float, float]],
    most: float,
    label: str,
    color: str,
) -> list[str]:
    def x(value: int) -> float:
        return left + _WIDE * value / (max(values) or 1)

    def y(figure: float) -> float:
        return top + _HIGH * (1 - figure / most)

    parts = [
        f'<text x="{left}" y="{top - 6}">{escape(label)}</text>',
        f'<path d="M{left} {top}V{top + _HIGH}H{left + _WIDE}" fill="none" stroke="#888"/>',
        f'<text x="{left - 6}" y="{top + 10}" text-anchor="end">{most:.4g}</text>',
        f'<text x="{left - 6}" y="{top + _HIGH}" text-anchor="end">0</text>',
    ]
    line = " ".join(f"{x(v):.1f},{y(f[0]):.1f}" for v, f in zip(values, figures, strict=True))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
    for value, (middle, low, high) in zip(values, figures, strict=True):
        parts += [
            f'<path d="M{x(value):.1f} {y(low):.1f}V{y(high):.1f}" stroke="{color}"/>',
            f'<circle cx="{x(value):.1f}" cy="{y(middle):.1f}" r="3.5" fill="{color}">'
            f"<title>{value}: {middle:.3g}</title></circle>",
            f'<text x="{x(value):.1f}" y="{top + _HIGH + 16}" text-anchor="middle">{value}</text>',
        ]
    return parts
