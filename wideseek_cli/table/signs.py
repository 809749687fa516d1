"""What a cell's state looks like and means: for the terminal, pages and spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass

from wideseek_cli.table.model import CellStatus

_TONES = {"green": "good", "yellow": "part", "red": "bad", "cyan": "work", "bright_black": "none"}
_CODES = {
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bright_black": "2",
    "bold magenta": "1;35",
}


@dataclass(frozen=True)
class Mark:
    """A sign one cell wide, and a style of the terminal."""

    sign: str
    style: str

    @property
    def tone(self) -> str:
        """Its colour on a page, by what it means: good, part, bad, work or none."""
        return _TONES[self.style]

    def painted(self) -> str:
        """Its sign in its colour, for a terminal."""
        return f"\x1b[{_CODES[self.style]}m{self.sign}\x1b[0m"


@dataclass(frozen=True)
class CellMark(Mark):
    """A cell's: `ink` and `ground` are a page's colours, light and dark; `fill` is a spreadsheet's."""

    means: str
    ink: tuple[str, str]
    ground: tuple[str, str] | None
    fill: str


_GREY = ("#596067", "#a3aab2")
CELLS = {
    CellStatus.PROVED: CellMark(
        *("✓", "green"),
        means="a page that was read states it for this row",
        ink=("#1d6b35", "#7ccf95"),
        ground=None,
        fill="E2F0D9",
    ),
    CellStatus.SEEN: CellMark(
        *("~", "cyan"),
        means="it is on a page that was read, but not stated for this row",
        ink=("#1c5d9f", "#8dbcf5"),
        ground=("#edf4fb", "#1a2735"),
        fill="DDEBF7",
    ),
    CellStatus.UNPROVED: CellMark(
        *("?", "yellow"),
        means="no page that was read supports it",
        ink=("#7d4e00", "#e8ba69"),
        ground=("#fdf4e0", "#2f2817"),
        fill="FFF2CC",
    ),
    CellStatus.MISSING: CellMark(
        *("–", "bright_black"),
        means="no value was found",
        ink=_GREY,
        ground=("#f3f3f2", "#212429"),
        fill="EDEDED",
    ),
    CellStatus.CONFLICT: CellMark(
        *("≠", "bold magenta"),
        means="another page states a different value",
        ink=("#a01f6d", "#f39fd1"),
        ground=("#fceef6", "#33202c"),
        fill="F8CBAD",
    ),
    CellStatus.GIVEN: CellMark(
        *("·", "bright_black"),
        means="it was in the file and was not checked (fill --check does)",
        ink=_GREY,
        ground=None,
        fill="FFFFFF",
    ),
}
