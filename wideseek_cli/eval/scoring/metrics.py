"""WideSearch's score of one response: row and item precision, recall and F1, and success."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.scoring.frame import Frame, ResponseError, alike, frame_of_response
from wideseek_cli.eval.scoring.spec import ColumnRule, Spec
from wideseek_cli.eval.scoring.verdicts import preprocess, score


class Judge(Protocol):
    """What needs understanding. A failure is raised as EvaluationError, never scored."""

    name: str

    async def map_columns(self, response: Sequence[str], required: Sequence[str]) -> Mapping[str, str]:
        """Response column names to required ones, where they mean the same."""

    async def align_keys(
        self, response: Sequence[str], gold: Sequence[str], column: str
    ) -> Mapping[str, str]:
        """Response key values to the gold ones that mean the same."""

    async def judge_column(
        self, pairs: Sequence[tuple[str, str]], rule: ColumnRule
    ) -> Sequence[float] | None:
        """0 or 1 for each (response, gold); None when its reply cannot be read (the column scores 0)."""


class NoJudge:
    """Nothing is understood: keys are what they are, and judged columns need equal text."""

    name = "none"

    async def map_columns(self, response: Sequence[str], required: Sequence[str]) -> Mapping[str, str]:
        return {}

    async def align_keys(
        self, response: Sequence[str], gold: Sequence[str], column: str
    ) -> Mapping[str, str]:
        return {}

    async def judge_column(
        self, pairs: Sequence[tuple[str, str]], rule: ColumnRule
    ) -> Sequence[float] | None:
        return [float(preprocess(ours, "norm_str") == preprocess(gold, "norm_str")) for ours, gold in pairs]


@dataclass(frozen=True)
class Figures:
    """Precision, recall and their harmonic mean."""

    precision: float = 0.0
    recall: float = 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_dict(self) -> dict[str, float]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


PLACE = "\0place"  # a column of our own that remembers which row of the response a row was


@dataclass(frozen=True)
class Verdict:
    """One cell of one joined row; `place` is the row's place in the response."""

    place: int
    key: tuple[str, ...]
    column: str
    metric: str  # "key" for key cells
    response: str
    gold: str
    score: float


@dataclass(frozen=True)
class Score:
    """One response against gold. `error` says why nothing could be scored."""

    item: Figures = field(default_factory=Figures)
    row: Figures = field(default_factory=Figures)
    success: int = 0
    error: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    missed: tuple[tuple[str, ...], ...] = ()  # gold keys without a row
    surplus: tuple[tuple[str, ...], ...] = ()  # response keys that gold does not have
    renamed: Mapping[str, str] = field(default_factory=dict)  # the response's columns that a judge matched

    def as_dict(self) -> dict[str, object]:
        return {
            "item": self.item.as_dict(),
            "row": self.row.as_dict(),
            "success": self.success,
            "error": self.error,
        }


async def score_response(text: str, gold: Frame, spec: Spec, judge: Judge) -> Score:
    """A Markdown response against gold; one without a usable table scores 0 and says why."""
    try:
        frame = frame_of_response(text)
    except ResponseError as error:
        return Score(error=str(error))
    return await score_frame(frame, gold, spec, judge)


async def score_frame(response: Frame, gold: Frame, spec: Spec, judge: Judge) -> Score:
    """A table against gold."""
    if lacking := set(spec.required) - set(gold.columns):
        raise EvaluationError(f"the gold table lacks the required columns {sorted(lacking)}")
    names: Mapping[str, str] = {}
    if set(response.columns) != set(spec.required):
        names = await judge.map_columns(response.columns, spec.required)
        response = response.renamed([names.get(name, name) for name in response.columns])
    if set(response.columns) != set(spec.required) or len(response.columns) != len(spec.required):
        return Score(error=_column_trouble(response.columns, spec.required))
    ours, theirs = alike(response.only(spec.required), gold.only(spec.required))
    equal = sorted(ours.rows) == sorted(theirs.rows)
    ours, theirs = _placed(ours).without_repeats(spec.key), theirs.without_repeats(spec.key)
    ours = await _aligned(ours, theirs, spec, judge)
    ours, theirs = _preprocessed(ours, spec), _preprocessed(theirs, spec)
    pairs = _joined(ours, theirs, spec.key)
    verdicts = await _judged(pairs, spec, judge)
    return replace(_figures(verdicts, ours, theirs, spec, equal), renamed=names)


def _placed(frame: Frame) -> Frame:
    rows = tuple((*row, str(place)) for place, row in enumerate(frame.rows))
    return Frame((*frame.columns, PLACE), rows)


async def _aligned(ours: Frame, theirs: Frame, spec: Spec, judge: Judge) -> Frame:
    for name in spec.key:
        if set(spec.rule(name).metrics) & {"llm_judge", "exact_match"}:
            mapping = await judge.align_keys(ours.column(name), theirs.column(name), name)
            ours = ours.with_column(name, [mapping.get(value, value) for value in ours.column(name)])
    return ours


def _preprocessed(frame: Frame, spec: Spec) -> Frame:
    for name in spec.required:
        for step in spec.rule(name).preprocess:
            frame = frame.with_column(name, [preprocess(value, step) for value in frame.column(name)])
    return frame


@dataclass(frozen=True)
class _Pair:
    key: tuple[str, ...]
    ours: Mapping[str, str]
    gold: Mapping[str, str]

    @property
    def place(self) -> int:
        return int(self.ours[PLACE])


def _joined(ours: Frame, theirs: Frame, key: Sequence[str]) -> list[_Pair]:
    """Every pair of rows with the same key."""
    places = [ours.columns.index(name) for name in key]
    by_key: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for row in theirs.rows:
        by_key.setdefault(tuple(row[at] for at in places), []).append(row)
    pairs = []
    for row in ours.rows:
        names = tuple(row[at] for at in places)
        for gold in by_key.get(names, ()):
            given, right = zip(ours.columns, row, strict=True), zip(theirs.columns, gold, strict=True)
            pairs.append(_Pair(names, dict(given), dict(right)))
    return pairs


async def _judged(pairs: Sequence[_Pair], spec: Spec, judge: Judge) -> list[list[Verdict]]:
    """The verdicts of each joined row: one per key column, one per metric of every other."""
    rows: list[list[Verdict]] = [
        [Verdict(p.place, p.key, name, "key", p.ours[name], p.gold[name], 1.0) for name in spec.key]
        for p in pairs
    ]
    for name in spec.required:
        rule = spec.rule(name)
        if name in spec.key:
            continue
        for metric in rule.metrics or ("exact_match",):
            cells = [(pair.ours[name], pair.gold[name]) for pair in pairs]
            scores = await _column_scores(cells, metric, rule, judge)
            for row, pair, (ours, gold), one in zip(rows, pairs, cells, scores, strict=True):
                row.append(Verdict(pair.place, pair.key, name, metric, ours, gold, one))
    return rows


async def _column_scores(
    cells: Sequence[tuple[str, str]], metric: str, rule: ColumnRule, judge: Judge
) -> Sequence[float]:
    if metric != "llm_judge":
        return [score(ours, gold, metric, rule) for ours, gold in cells]
    if not cells:
        return []
    judged = await judge.judge_column(cells, rule)
    if judged is None or len(judged) != len(cells):
        return [0.0] * len(cells)
    return judged


def _figures(rows: Sequence[Sequence[Verdict]], ours: Frame, theirs: Frame, spec: Spec, equal: bool) -> Score:
    width = len(spec.required)
    row_sum = sum(min(verdict.score for verdict in row) for row in rows)
    cell_sum = sum(verdict.score for row in rows for verdict in row)
    row = Figures(_share(row_sum, len(ours.rows)), _share(row_sum, len(theirs.rows)))
    item = Figures(_share(cell_sum, len(ours.rows) * width), _share(cell_sum, len(theirs.rows) * width))
    perfect = all(f == 1.0 for one in (row, item) for f in (one.precision, one.recall, one.f1))
    met = {verdict.key for one in rows for verdict in one}
    return Score(
        item=item,
        row=row,
        success=int(equal or perfect),
        verdicts=tuple(verdict for one in rows for verdict in one),
        missed=tuple(key for key in _keys(theirs, spec.key) if key not in met),
        surplus=tuple(key for key in _keys(ours, spec.key) if key not in met),
    )


def _keys(frame: Frame, key: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(frame.column(name) for name in key), strict=True))


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _column_trouble(given: Sequence[str], required: Sequence[str]) -> str:
    missing = [name for name in required if name not in given]
    extra = [name for name in given if name not in required]
    parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"extra {', '.join(extra)}"] * bool(extra)
    return "the columns differ from the required ones: " + ("; ".join(parts) or "a name is there twice")
