"""What is practised: a folder of `wideseek eval make`, or short questions over the factbook."""

from __future__ import annotations

import random

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions.dataset import Task, load_dataset
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS, generate
from wideseek_cli.eval.scoring.frame import make_frame
from wideseek_cli.eval.scoring.spec import parse_spec

ROWS, COLUMNS = 6, 2  # of a short question, at most; the columns without the key
_SIZE = "small"


def practice(name: str, seed: int = 0) -> list[Task]:
    """`factbook:SPLIT:COUNT` (regions, fields and phrasings of the splits never meet), or a folder."""
    kind, _, rest = name.partition(":")
    if kind != "factbook":
        return load_dataset(name)
    split, _, count = rest.partition(":")
    if split not in SPLIT_REGIONS or not count.isdecimal():
        raise EvaluationError(
            f"there is no practice {name!r}",
            hint=f"factbook:SPLIT:COUNT, SPLIT of {', '.join(SPLIT_REGIONS)}",
        )
    made: dict[str, Task] = {}
    for question in generate(split, random.Random(f"short-{split}-{seed}"), _SIZE):
        if len(made) == int(count):
            break
        if len(question.gold) <= ROWS and len(question.columns) <= COLUMNS + 1:
            task = Task(
                f"{split}-{len(made) + 1:03d}", question.text, question.language,
                make_frame(question.columns, question.gold), parse_spec(question.spec), _SIZE,
            )  # fmt: skip
            made.setdefault(question.text, task)
    return list(made.values())
