"""Regular expressions read for what makes them slow: repeats without a bound that can share characters.

`\\s*\\s*x` and `(a+)+x` try every way to share a run of characters before they fail.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as sre
    from re import _parser as parser
else:
    import sre_constants as sre
    import sre_parse as parser

SAMPLE = tuple({*map(chr, range(128)), *"éßİıµª²½№“–…−·٣年中あ々한\u00a0\u200b\u0301\u2028€"})
ALL = frozenset(SAMPLE)
_CLASSES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
_CALLS = {"compile", "search", "match", "fullmatch", "split", "sub", "subn", "findall", "finditer"}


@dataclass
class Shape:
    """What a part of a pattern is at its ends: characters of the repeats that it can begin and end with."""

    leads: list[frozenset[str]] = field(default_factory=list)
    trails: list[frozenset[str]] = field(default_factory=list)
    empty: bool = True  # whether it matches nothing, too
    letter: frozenset[str] | None = None  # its characters, where it is one character long
    shared: list[str] = field(default_factory=list)  # by repeats after which nothing has failed yet
    barrier: bool = False  # whether it stands at one place only, so that nothing is shared over it
    fails: bool = False  # whether it can fail, also where it has no length: an anchor


class Reader:
    """One pattern; `found` are the pairs of repeats that share characters before something that can fail."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.found: list[str] = []
        tree = parser.parse(pattern, flags)
        self._flags = tree.state.flags
        self._sequence(tree)

    def _sequence(self, items: Any) -> Shape:
        """Of items one after the other."""
        whole = Shape()
        parts = [self._item(code, value) for code, value in items]
        for part in parts:
            if part.fails:
                self.found += whole.shared
                whole.shared = []
            whole.shared += [*_shared(whole.trails, part.leads, "side by side"), *part.shared]
            if whole.empty:
                whole.leads += part.leads
            whole.trails = [*(whole.trails if part.empty and not part.barrier else []), *part.trails]
            whole.empty = whole.empty and part.empty
            whole.fails = whole.fails or part.fails
        whole.letter = parts[0].letter if len(parts) == 1 else None
        return whole

    def _item(self, code: Any, value: Any) -> Shape:
        if code in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self._repeat(*value)
        if code is sre.SUBPATTERN:
            return self._group(*value[1:])
        if code is sre.BRANCH:
            return self._branches(value[1])
        if code in (sre.ASSERT, sre.ASSERT_NOT):
            self._sequence(value[1])
            return Shape(fails=True)
        if code is sre.AT and value in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            return Shape(fails=True, barrier=True)
        if code in (sre.AT, sre.GROUPREF, sre.GROUPREF_EXISTS):
            return Shape(fails=True)
        return Shape(empty=False, letter=self._characters(code, value), fails=True)

    def _group(self, added: int, removed: int, body: Any) -> Shape:
        """With flags of its own, if it has any."""
        before, self._flags = self._flags, (self._flags | added) & ~removed
        try:
            return self._sequence(body)
        finally:
            self._flags = before

    def _branches(self, branches: Any) -> Shape:
        parts = [self._sequence(branch) for branch in branches]
        letters = [part.letter for part in parts]
        return Shape(
            [lead for part in parts for lead in part.leads],
            [trail for part in parts for trail in part.trails],
            any(part.empty for part in parts),
            frozenset().union(*(x for x in letters if x)) if all(letters) else None,
            [pair for part in parts for pair in part.shared],
            all(part.fails for part in parts),
        )

    def _repeat(self, low: int, high: Any, body: Any) -> Shape:
        inner = self._sequence(body)
        empty, fails = low == 0 or inner.empty, low > 0 and inner.fails
        if high is not sre.MAXREPEAT:
            letter = inner.letter if high == low == 1 else None
            return Shape(inner.leads, inner.trails, empty, letter, inner.shared, fails)
        shared = [*inner.shared, *_shared(inner.trails, inner.leads, "inside a repeat")]
        own = [inner.letter] if inner.letter else []
        return Shape([*inner.leads, *own], [*inner.trails, *own], empty, None, shared, fails)

    def _characters(self, code: Any, value: Any) -> frozenset[str]:
        if code is sre.ANY:
            return ALL if self._flags & re.DOTALL else ALL - {"\n"}
        if code is sre.LITERAL:
            return self._cased({chr(value)})
        if code is sre.NOT_LITERAL:
            return ALL - self._cased({chr(value)})
        if code is sre.IN:
            kinds = [self._member(*member) for member in value if member[0] is not sre.NEGATE]
            found = self._cased(set().union(*kinds))
            return ALL - found if value[0][0] is sre.NEGATE else found
        raise ValueError(f"an item of a kind that is not known: {code}")

    def _member(self, code: Any, value: Any) -> set[str]:
        if code is sre.LITERAL:
            return {chr(value)}
        if code is sre.RANGE:
            low, high = value
            return {c for c in ALL if low <= ord(c) <= high}
        flags = re.ASCII if self._flags & re.ASCII else 0
        return {c for c in ALL if re.match(_CLASSES[value], c, flags)}

    def _cased(self, letters: set[str]) -> frozenset[str]:
        if not self._flags & re.IGNORECASE:
            return frozenset(letters)
        return frozenset({*letters, *(c.lower() for c in letters), *(c.upper() for c in letters)})


def _shared(ends: list[frozenset[str]], begins: list[frozenset[str]], how: str) -> list[str]:
    pairs = product(ends, begins)
    return [f"{how}: {''.join(sorted(end & begin))[:20]!r}" for end, begin in pairs if end & begin]


def sharing(pattern: str, flags: int = 0) -> list[str]:
    """The repeats of a pattern that can share characters."""
    return Reader(pattern, flags).found


def written(path: Path) -> Iterator[tuple[int, str]]:
    """The patterns that a file hands to `re` as they stand there; what is filled in counts as a word."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        function = node.func if isinstance(node, ast.Call) else None
        if (
            isinstance(function, ast.Attribute)
            and function.attr in _CALLS
            and isinstance(function.value, ast.Name)
            and function.value.id == "re"
            and isinstance(node, ast.Call)
            and node.args
        ):
            text = _text(node.args[0])
            if text is not None:
                yield node.lineno, text


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "(?:word)" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = _text(node.left), _text(node.right)
        return "".join(side if side is not None else "(?:word)" for side in sides)
    return None
