"""How one question's table is compared with gold: WideSearch's `evaluation` object, checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wideseek_cli.core.errors import EvaluationError

PREPROCESSES = ("extract_number", "norm_str", "norm_date")
METRICS = ("exact_match", "in_match", "url_match", "number_near", "date_near", "llm_judge")
_HINT = "it holds `required`, `unique_columns` and `eval_pipeline`, as in WideSearch"


def plain_name(column: object) -> str:
    """Column names are compared without blanks and case."""
    return "".join(str(column).lower().split())


@dataclass(frozen=True)
class ColumnRule:
    """What is done to a column before it is compared, and how it is compared."""

    name: str
    preprocess: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    criterion: str | float | None = None

    @property
    def tolerance(self) -> float:
        """The relative difference that `number_near` allows; without a criterion, none."""
        try:
            return float(self.criterion or 0.0)
        except ValueError:
            return 0.0


@dataclass(frozen=True)
class Spec:
    """Required columns, the key among them, and a rule per column; all names plain."""

    required: tuple[str, ...]
    key: tuple[str, ...]
    rules: Mapping[str, ColumnRule]

    def rule(self, column: str) -> ColumnRule:
        return self.rules.get(column) or ColumnRule(column)

    @property
    def judged(self) -> bool:
        """Whether a judge model would have a say."""
        metrics = {metric for rule in self.rules.values() for metric in rule.metrics}
        return "llm_judge" in metrics


def parse_spec(given: str | Mapping[str, Any]) -> Spec:
    """From the object, or the JSON string in which the hub keeps it."""
    try:
        data = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"the evaluation is not JSON: {error}", hint=_HINT) from error
    if not isinstance(data, Mapping):
        raise EvaluationError("the evaluation is not an object", hint=_HINT)
    required, key = _names(data, "required"), _names(data, "unique_columns")
    if not required or not key:
        raise EvaluationError("the evaluation names no required columns or no key", hint=_HINT)
    if unknown := [name for name in key if name not in required]:
        raise EvaluationError(f"the key columns {unknown} are not among the required ones", hint=_HINT)
    pipeline = data.get("eval_pipeline") or {}
    if not isinstance(pipeline, Mapping):
        raise EvaluationError("`eval_pipeline` is not an object", hint=_HINT)
    rules = {plain_name(name): _rule(plain_name(name), entry) for name, entry in pipeline.items()}
    return Spec(required, key, rules)


def spec_for(columns: Sequence[str], key: Sequence[str]) -> Spec:
    """For two plain tables: numbers by value, everything else by its letters."""
    names = tuple(dict.fromkeys(map(plain_name, columns)))
    keys = tuple(map(plain_name, key))
    if missing := [name for name in keys if name not in names]:
        raise EvaluationError(
            f"the gold table has no column {missing[0]!r}", hint=f"it has: {', '.join(names)}"
        )
    return Spec(names, keys, {name: ColumnRule(name, ("norm_str",), ("exact_match",)) for name in names})


def _names(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = data.get(field) or []
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, Sequence):
        raise EvaluationError(f"`{field}` is not a list", hint=_HINT)
    return tuple(dict.fromkeys(map(plain_name, names)))


def _rule(name: str, entry: Any) -> ColumnRule:
    if not isinstance(entry, Mapping):
        raise EvaluationError(f"the rule of column {name!r} is not an object", hint=_HINT)
    preprocess, metrics = _list(entry.get("preprocess")), _list(entry.get("metric"))
    for given, known in ((preprocess, PREPROCESSES), (metrics, METRICS)):
        for word in given:
            if word not in known:
                raise EvaluationError(
                    f"column {name!r} asks for {word!r}, which is not known",
                    hint=f"known: {', '.join(known)}",
                )
    criterion = entry.get("criterion")
    if "number_near" in metrics and criterion is not None and not _is_tolerance(criterion):
        raise EvaluationError(
            f"column {name!r}: the criterion of number_near is {criterion!r}, not a number of 0 or more"
        )
    return ColumnRule(name, preprocess, metrics, criterion)


def _list(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(str(word) for word in given)


def _is_tolerance(value: Any) -> bool:
    try:
        return 0 <= float(value) < math.inf
    except (TypeError, ValueError, OverflowError):
        return False
