"""What is practised: a folder of `wideseek eval make`, or short questions over the factbook."""

from __future__ import annotations

import random
import re
from itertools import islice

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions.dataset import Task, load_dataset
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS, generate
from wideseek_cli.eval.scoring.frame import make_frame
from wideseek_cli.eval.scoring.spec import parse_spec

ROWS, COLUMNS = 6, 2  # of a short question, at most; the columns without the key
_SIZE = "small"
DRAWS = 20_000


def practice(name: str, seed: int = 0) -> list[Task]:
    """`factbook:SPLIT:COUNT[:ROWSxCOLUMNS]` (regions, fields and phrasings of the splits never meet), or a
    folder."""
    kind, _, rest = name.partition(":")
    if kind != "factbook":
        return load_dataset(name)
    asked = re.fullmatch(r"(\w+):(\d+)(?::(\d+)x(\d+))?", rest)
    if not asked or asked[1] not in SPLIT_REGIONS:
        raise EvaluationError(
            f"there is no practice {name!r}",
            hint=f"factbook:SPLIT:COUNT[:ROWSxCOLUMNS], SPLIT of {', '.join(SPLIT_REGIONS)}",
        )
    split, count = asked[1], int(asked[2])
    rows, columns = int(asked[3] or ROWS), int(asked[4] or COLUMNS)
    made: dict[str, Task] = {}
    stream = generate(split, random.Random(f"short-{split}-{seed}"), _SIZE)
    for question in islice(stream, DRAWS):
        if len(made) == count:
            return list(made.values())
        if len(question.gold) <= rows and len(question.columns) <= columns + 1:
            task = Task(
                f"{split}-{len(made) + 1:03d}", question.text, question.language,
                make_frame(question.columns, question.gold), parse_spec(question.spec), _SIZE,
            )  # fmt: skip
            made.setdefault(question.text, task)
    raise EvaluationError(
        f"there are no {count} questions of {rows}x{columns}", hint=f"{len(made)} were found"
    )
