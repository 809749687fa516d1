"""The proof, measured: labelled cells on real pages, and in which state the proof leaves them.

A case is a JSON line: `id`, `set`, `question`, `columns` (the key first), `key`, `column`, `value`, `right`,
and `pages`, the HTML files (beside the file of cases) that a run has read. It goes the whole way, from
the bytes of its pages to a state.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import EvaluationError, NotFoundError
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table

STATES = ("proved", "confirmed", "seen", "unproved", "missing", "conflict")
_TEXTS = ("id", "set", "question", "key", "column", "value")
_MOST_BYTES = 20_000_000  # of a page


@dataclass(frozen=True)
class Case:
    """A labelled cell: with these pages read, is this value to be proved?"""

    id: str
    set: str
    question: str
    columns: tuple[str, ...]
    key: str
    column: str
    value: str
    right: bool
    pages: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True)
class CaseError:
    """A line that is no case, or whose pages cannot be read."""

    line: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """In which state a case's cell came out; `cell` where our own proof was asked."""

    case: Case
    state: str
    seconds: float = 0.0
    cell: Cell | None = None

    @property
    def believed(self) -> bool:
        """Whether a user would take the value as stated by a page."""
        return self.state == "proved"


def read_cases(path: Path) -> tuple[list[Case], list[CaseError]]:
    """The cases of a file, and the lines that are none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    cases: list[Case] = []
    wrong: list[CaseError] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            cases.append(_case(json.loads(line), path.parent))
        except (ValueError, RecursionError) as error:
            wrong.append(CaseError(number, str(error)))
    if not cases:
        raise EvaluationError(f"{path} holds no case", hint="wideseek help measuring has the format")
    return cases, wrong


def _case(plain: Any, folder: Path) -> Case:
    if not isinstance(plain, dict):
        raise ValueError("not a JSON object")
    for name in _TEXTS:
        if not isinstance(plain.get(name), str):
            raise ValueError(f"{name!r} is missing or not a text")
    columns, pages = _texts(plain.get("columns")), _texts(plain.get("pages"))
    if not columns or not pages:
        raise ValueError("'columns' and 'pages' must be lists of texts")
    if plain["column"] not in columns:
        raise ValueError(f"there is no column {plain['column']!r}")
    if not isinstance(plain.get("right"), bool):
        raise ValueError("'right' must be true or false")
    for page in pages:
        if not (folder / page).is_file():
            raise ValueError(f"there is no page {page}")
    named = {name: plain[name] for name in _TEXTS}
    why = str(plain.get("why", ""))
    return Case(**named, columns=columns, pages=pages, right=plain["right"], why=why)


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts, or nothing."""
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return tuple(value) if fits else ()


class Pages:
    """Pages as a run has them, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Document | None] = {}
        self.seconds = 0.0

    def documents(self, names: Sequence[str]) -> tuple[Document, ...]:
        """The documents of those pages that have text."""
        return tuple(document for name in names if (document := self._document(name)) is not None)

    def _document(self, name: str) -> Document | None:
        if name not in self._read:
            begun = time.process_time()
            self._read[name] = _document(self._folder / name)
            self.seconds += time.process_time() - begun
        return self._read[name]


def _document(path: Path) -> Document | None:
    from wideseek_cli.core.findings import PageStatus
    from wideseek_cli.sources.fetch.content import read_content

    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    address = f"https://pages.example/{path.name}"
    content = read_content(data, "text/html", address, address)
    if content.status is not PageStatus.PAGE:
        return None
    return Document(address, content.title, content.text, structure=content.structure)


def judge_cases(cases: Sequence[Case], folder: Path) -> Iterator[Verdict]:
    """Our own proof of each case."""
    from wideseek_cli.facts.proof import prove

    pages = Pages(folder)
    for case in cases:
        documents = pages.documents(case.pages)
        begun = time.process_time()
        table = prove(table_of(case), documents, question=case.question)
        cell = table.rows[0].cells[case.columns.index(case.column)]
        yield Verdict(case, cell.status.value, time.process_time() - begun, cell)


def table_of(case: Case) -> Table:
    """The table that a model would have written: one row, of which the key and the value are known."""
    columns = tuple(Column(name, key=at == 0) for at, name in enumerate(case.columns))
    known = {case.columns[0]: case.key, case.column: case.value}
    blank = Cell("", CellStatus.MISSING)
    return Table(columns, (Row(tuple(Cell(known[c.name]) if c.name in known else blank for c in columns)),))


def read_verdicts(path: Path, cases: Sequence[Case]) -> list[Verdict]:
    """Another tool's verdicts: JSON lines of `id` and `state`."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        states = {str(line["id"]): str(line["state"]) for line in lines}
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvaluationError(f"{path}: {error}", hint='a line is {"id": …, "state": …}') from error
    unknown = sorted(set(states.values()) - set(STATES))
    if unknown:
        raise EvaluationError(f"{path}: unknown state {unknown[0]!r}", hint=f"states: {' '.join(STATES)}")
    return [Verdict(case, states[case.id]) for case in cases if case.id in states]


def figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """How many right and wrong cases of each set are in each state."""
    sets: dict[str, Any] = {}
    for name in sorted({verdict.case.set for verdict in verdicts}):
        here = [verdict for verdict in verdicts if verdict.case.set == name]
        sets[name] = {
            side: _counts([verdict for verdict in here if verdict.case.right is right])
            for side, right in (("right", True), ("wrong", False))
        }
        sets[name]["seconds"] = round(sum(verdict.seconds for verdict in here), 3)
    return {"sets": sets}


def _counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    counts = dict.fromkeys(STATES, 0)
    for verdict in verdicts:
        counts[verdict.state] += 1
    return {"cases": len(verdicts), **counts}


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    z, share = 1.96, hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def lines_of(figures: Mapping[str, Any]) -> list[list[str]]:
    """The figures for people, a line for each set and side."""
    made = []
    for name, sides in figures["sets"].items():
        for side in ("right", "wrong"):
            counts = sides[side]
            if counts["cases"]:
                low, high = interval(counts["proved"], counts["cases"])
                share = f"{counts['proved'] / counts['cases']:.1%} ({low:.1%}–{high:.1%})"
                others = [str(counts[state]) for state in STATES[1:]]
                made.append([name, side, str(counts["cases"]), share, *others])
    return made
