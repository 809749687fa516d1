"""A run as a picture that moves: frames of the live view in one SVG, played by its own style sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME as THEME
from rich.text import Text

from wideseek_cli.core.events import Event
from wideseek_cli.core.state import RunState, apply
from wideseek_cli.ui.live.frame import Screen, frame

FRAMES = 40  # however long the run was
SECONDS, REST = 14.0, 8.0  # for the run, and to look at its end
_CELL, _LINE, _EDGE, _BAR = 8.4, 18, 14, 34  # pixels
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def moving_picture(events: Sequence[Event], title: str, width: int = 100, height: int = 20) -> str:
    """The whole run, at equal distances of time, as an SVG that repeats."""
    return _drawn([frame(state, Screen(width, height, now)) for now, state in _moments(events)], title, width)


def _moments(events: Sequence[Event]) -> list[tuple[float, RunState]]:
    """(time, what had happened until then), the last of them the end of the run."""
    began, ended = events[0].at, max(event.at for event in events)
    state, place, found = RunState(), 0, []
    for number in range(1, FRAMES + 1):
        now = began + (ended - began) * number / FRAMES
        while place < len(events) and (events[place].at <= now or number == FRAMES):
            state, place = apply(state, events[place]), place + 1
        found.append((now, state))
    return found


def _drawn(frames: Sequence[Sequence[Text]], title: str, width: int) -> str:
    lasting = _lasting([[_line(text) for text in lines] for lines in frames])
    right, bottom = round(2 * _EDGE + width * _CELL), _BAR + len(frames[0]) * _LINE + _EDGE
    spans = sorted(lasting)
    styles = [_rule(number, *span) for number, span in enumerate(spans)]
    groups = [
        f'<g class="s{number}">'
        + "".join(f'<text y="{_BAR + (row + 1) * _LINE - 4}">{text}</text>' for row, text in lasting[span])
        + "</g>"
        for number, span in enumerate(spans)
    ]
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" role="img">
<title>{escape(title)}</title>
<style>
text {{ font: 14px {_FONT}; white-space: pre; fill: {THEME.foreground_color.hex}; }}
g {{ visibility: hidden; animation: {SECONDS + REST:g}s step-end infinite; }}
@media (prefers-reduced-motion) {{ g {{ animation: none !important; }} }}
{chr(10).join(styles)}
</style>
<rect width="{right}" height="{bottom}" rx="8" fill="{THEME.background_color.hex}"/>
<circle cx="18" cy="17" r="5" fill="#ff5f57"/><circle cx="36" cy="17" r="5" fill="#febc2e"/>
<circle cx="54" cy="17" r="5" fill="#28c840"/>
<text x="{right / 2:g}" y="22" text-anchor="middle">{escape(title)}</text>
{chr(10).join(groups)}
</svg>
"""


def _lasting(frames: Sequence[Sequence[str]]) -> dict[tuple[int, int], list[tuple[int, str]]]:
    """(first frame, frame after the last) -> the lines that are shown just so long, with their rows."""
    found: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for row in range(len(frames[0])):
        texts = [lines[row] for lines in frames]
        changes = [n for n, (old, new) in enumerate(pairwise(texts), start=1) if old != new]
        for span in pairwise([0, *changes, len(frames)]):
            if texts[span[0]]:
                found.setdefault(span, []).append((row, texts[span[0]]))
    return found


def _rule(number: int, first: int, end: int) -> str:
    """When a group of lines is seen. What the last frame shows stays, also where nothing moves."""
    share = SECONDS / (SECONDS + REST) * 100 / FRAMES
    begins, ends = first * share, end * share if end < FRAMES else 100.0
    steps = [(0.0, "hidden"), (begins, "visible"), (ends, "hidden")] if begins else [(0.0, "visible")]
    if not begins and end < FRAMES:
        steps.append((ends, "hidden"))
    frames = " ".join(f"{at:.2f}% {{ visibility: {seen}; }}" for at, seen in steps if at < 100.0)
    still = " visibility: visible;" if end == FRAMES else ""
    return f"@keyframes k{number} {{ {frames} }} .s{number} {{ animation-name: k{number};{still} }}"


def _line(text: Text) -> str:
    """A line's parts, each at its place: no font has to have the width that another expects."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=10_000)
    parts, column = [], 0
    for segment in text.render(console):
        if said := segment.text.strip():
            place = column + len(segment.text) - len(segment.text.lstrip())
            parts.append(_part(said, _EDGE + place * _CELL, segment.style or Style.null()))
        column += segment.cell_length
    return "".join(parts)


def _part(text: str, x: float, style: Style) -> str:
    marks = f' fill="{style.color.get_truecolor(THEME).hex}"' if style.color else ""
    marks += ' font-weight="bold"' if style.bold else ""
    marks += ' font-style="italic"' if style.italic else ""
    marks += ' fill-opacity="0.6"' if style.dim else ""
    length = Text(text).cell_len * _CELL
    return f'<tspan x="{x:.1f}" textLength="{length:.1f}"{marks}>{escape(text)}</tspan>'
