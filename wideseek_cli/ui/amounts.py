"""Small texts for screens: amounts, times, and outside text cut to a width."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from wideseek_cli.core.text import clean_line


@lru_cache(maxsize=8192)  # the same cells are shown frame after frame
def fit(text: str, width: int) -> str:
    """Clean text on one line, at most `width` terminal cells wide."""
    if width <= 0:
        return ""
    line = clean_line(text, 4 * width + 4)
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, width - 1).rstrip() + "…"


def fit_end(text: str, width: int) -> str:
    """As `fit`, but the end is what stays."""
    line = clean_line(text[-(4 * width + 4) :])
    if cell_len(line) <= width and len(text) <= 4 * width + 4:
        return line
    while line and cell_len(line) > width - 1:
        line = line[1:]
    return "…" + line.lstrip() if width > 0 else ""


def pad(text: str, width: int) -> str:
    """Exactly `width` cells wide."""
    return set_cell_size(text, max(width, 0))


def clock(seconds: float) -> str:
    """1:05, or 1:02:03."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def amount(number: int) -> str:
    """950, 3.2k, 41k, 1.2M."""
    if number < 1000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k" if number < 10_000 else f"{number // 1000}k"
    return f"{number / 1_000_000:.1f}M"


def count(number: int, thing: str) -> str:
    """1 row, 2 rows."""
    plural = thing[:-1] + "ies" if thing.endswith("ry") else thing + ("es" if thing.endswith("ch") else "s")
    return f"{number:,} {thing if number == 1 else plural}"
