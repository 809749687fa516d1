"""Signs' colours by what they mean: the page's style sheet knows these names."""

from __future__ import annotations

from wideseek_cli.ui.signs import Mark

_TONES = {"green": "good", "yellow": "part", "red": "bad", "cyan": "work", "bright_black": "none"}


def tone_of(mark: Mark) -> str:
    """good, part, bad, work or none."""
    return _TONES[mark.style]
