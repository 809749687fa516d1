"""Numbers whose header gives their scale: 680,985 under `Revenue (USD millions)` is 680,985,000,000."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.labels import unit_and_scale
from wideseek_cli.table.numbers import Number, has_scale_word

_MAY_SAY = re.compile(r"[(（\[_]|\bin\s", re.IGNORECASE)
_LABEL_END = re.compile(r"[)）][*_]{0,2}[:：]\s")
_LONGEST = 80  # characters of a label with what stands before it
_LABEL = re.compile(r"\s*(?:[-+*•]\s+)?([^:：|]{2,60})")
_END = re.compile(r"[\n;；(（\[]")  # what stands in brackets has another measure


@dataclass(frozen=True)
class Scaled:
    """A stretch of a text with a scale over it."""

    start: int
    end: int
    scale: float

    def whole(self, text: str, number: Number) -> Number | None:
        """What a number in it comes to; None where it is a share or has a scale of its own."""
        said = text[number.start : number.end]
        if not self.start <= number.start < self.end or number.unit == "%" or has_scale_word(said):
            return None
        return replace(number, value=number.value * self.scale, step=number.step * self.scale, plain=False)


@dataclass(frozen=True)
class Scales:
    """All of them, in order."""

    stretches: tuple[Scaled, ...]

    @classmethod
    def of(cls, text: str, blocks: Sequence[Block]) -> Scales:
        found = [*_cells(text, blocks), *_fields(text)]
        cut = [(start, _end(text, start, end), scale) for start, end, scale in found if scale != 1]
        return cls(tuple(Scaled(*stretch) for stretch in sorted(cut)))

    def whole(self, text: str, number: Number) -> Number | None:
        """What a number comes to where a scale stands over it."""
        at = bisect_right(self.stretches, number.start, key=lambda stretch: stretch.start) - 1
        return self.stretches[at].whole(text, number) if at >= 0 else None


def _end(text: str, start: int, end: int) -> int:
    found = _END.search(text, start, end)
    return found.start() if found else end


def _cells(text: str, blocks: Sequence[Block]) -> Iterator[tuple[int, int, float]]:
    """Cells under a header with a scale, or in a row whose label has one."""
    over: list[float] = []
    for block in blocks:
        table = block.table
        if table is None:
            continue
        if block is table.rows[0]:
            over = [_scale(name) for name in table.header]
        own = _scale(text[slice(*block.cells[0])]) if block.cells else 1.0
        if own == 1 and all(scale == 1 for scale in over):
            continue
        for at, (start, end) in enumerate(block.cells[1:], 1):
            yield start, end, over[at] if at < len(over) and over[at] != 1 else own


def _fields(text: str) -> Iterator[tuple[int, int, float]]:
    """What follows a label with a scale: `- Population (millions): 1,428`."""
    for match in _LABEL_END.finditer(text):
        begin = text.rfind("\n", max(0, match.start() - _LONGEST), match.start()) + 1
        label = _LABEL.fullmatch(text, begin, match.start() + 1)
        if label:
            line_end = text.find("\n", match.end())
            yield match.end(), line_end if line_end >= 0 else len(text), _scale(label.group(1))


def _scale(name: str) -> float:
    return unit_and_scale(name)[1] if _MAY_SAY.search(name) else 1.0


def said(number: Number, text: str) -> str:
    """A number as it would be written whole, with the currency before it."""
    sign = re.match(r"\D*", text)
    return f"{sign.group() if sign else ''}{abs(number.value):,.0f}"
