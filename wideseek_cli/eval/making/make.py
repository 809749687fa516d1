"""A benchmark out of a corpus: intent, question, gold; split by page; in the form of WideSearch."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import EvaluationError, OutputError
from wideseek_cli.core.text import clean_line
from wideseek_cli.eval.making.corpus_pages import SourcePage
from wideseek_cli.eval.making.gold import Agreed, Library, agree, as_written
from wideseek_cli.eval.making.intents import Bounds, Intent, page_intents, table_intents
from wideseek_cli.eval.making.wording import question_of
from wideseek_cli.eval.results import load
from wideseek_cli.eval.scoring.spec import plain_name
from wideseek_cli.values.kinds import ColumnType

SPLITS = (("train", 0.8), ("dev", 0.9), ("test", 1.0))
MIDDLING = (0.1, 0.9)  # mean item F1 of a task that teaches something
_CARD = "README.md"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """One task."""

    id: str
    split: str
    query: str
    agreed: Agreed


def make_tasks(
    pages: Sequence[SourcePage], bounds: Bounds, *, most: int = 0, a_page: int = 5, seed: int = 0,
    say: Say = lambda text: None,
) -> list[Made]:  # fmt: skip
    """Tasks from all pages in an order drawn by the seed, at most so many, and so many of one page."""
    rng = random.Random(seed)
    library = Library(pages)
    made: list[Made] = []
    refused: Counter[str] = Counter()
    seen: set[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]] = set()
    for intent in _drawn(pages, bounds, a_page, rng):
        mark = (intent.page.path, intent.columns, intent.rows)
        if mark in seen:
            continue
        seen.add(mark)
        agreed = agree(intent, library)
        agreed = agreed and as_written(agreed)
        if agreed is None:
            refused[intent.kind] += 1
            continue
        query = question_of(agreed.intent, rng)
        digest = hashlib.sha256(repr((mark, intent.condition)).encode()).hexdigest()[:10]
        made.append(
            Made(f"{intent.kind}_{digest}", split_of(intent.page.path), clean_line(query, 2000), agreed)
        )
        if most and len(made) >= most:
            break
    say(f"{len(made)} tasks; {sum(refused.values())} refused, as two readings of them differ")
    return made


def _drawn(pages: Sequence[SourcePage], bounds: Bounds, a_page: int, rng: random.Random) -> Iterator[Intent]:
    order = list(pages)
    rng.shuffle(order)
    several = list(page_intents(pages, bounds))
    yield from several
    for page in order:
        found = list(table_intents(page, bounds))
        yield from rng.sample(found, min(a_page, len(found)))


def split_of(path: str) -> str:
    """By page, so that no page of the test was trained on."""
    share = int(hashlib.sha256(path.encode()).hexdigest()[:8], 16) / 16**8
    return next(name for name, end in SPLITS if share < end)


def middling(tasks: Iterable[Made], results: Path) -> list[Made]:
    """Those that a model, whose `eval run` over them is in `results`, finds neither trivial nor hopeless."""
    scores: dict[str, list[float]] = {}
    for trial in load(results / "trials.jsonl"):
        scores.setdefault(trial.task, []).append(trial.item["f1"])
    if not scores:
        raise EvaluationError(f"{results} holds no results", hint="name a folder that `eval run` wrote")
    low, high = MIDDLING
    means = {task: sum(several) / len(several) for task, several in scores.items()}
    return [task for task in tasks if low <= means.get(task.id, -1.0) <= high]


def write_tasks(tasks: Sequence[Made], folder: Path, corpus: str) -> None:
    """A folder a split, each a dataset of its own, and a card."""
    if not tasks:
        raise EvaluationError(f"nothing in {corpus} makes a task", hint="try other --rows and --columns")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise OutputError(f"{folder} is not empty", hint="name a new folder with -o")
        for split in dict.fromkeys(task.split for task in tasks):
            own = [task for task in tasks if task.split == split]
            gold = folder / split / "gold"
            gold.mkdir(parents=True)
            lines = [json.dumps(_entry(task), ensure_ascii=False) for task in own]
            (folder / split / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
            for task in own:
                (gold / f"{task.id}.csv").write_text(_csv(task.agreed.intent), encoding="utf-8")
        (folder / _CARD).write_text(card(tasks, corpus), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from error


def _entry(task: Made) -> dict[str, object]:
    intent = task.agreed.intent
    names = [plain_name(name) for name in (intent.key, *intent.columns)]
    pipeline = {names[0]: _rule(ColumnType.STR)}
    pipeline |= {name: _rule(kind) for name, kind in zip(names[1:], intent.types, strict=True)}
    evaluation = {"required": names, "unique_columns": names[:1], "eval_pipeline": pipeline}
    return {
        "instance_id": task.id, "language": "en", "query": task.query, "evaluation": evaluation,
        "page": intent.page.title,
    }  # fmt: skip


def _rule(kind: ColumnType) -> dict[str, object]:
    if kind in (ColumnType.INT, ColumnType.FLOAT):
        return {"preprocess": ["extract_number"], "metric": ["number_near"], "criterion": 0.001}
    if kind is ColumnType.DATE:
        return {"preprocess": ["norm_date"], "metric": ["exact_match"]}
    return {"preprocess": ["norm_str"], "metric": ["exact_match"]}


def _csv(intent: Intent) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([plain_name(name) for name in (intent.key, *intent.columns)])
    writer.writerows(intent.rows)
    return text.getvalue()


def card(tasks: Sequence[Made], corpus: str) -> str:
    """What is in the folder and how it came about."""
    splits = Counter(task.split for task in tasks)
    kinds = Counter(task.agreed.intent.kind for task in tasks)
    rows = sorted(len(task.agreed.intent.rows) for task in tasks)
    cells, elsewhere = sum(t.agreed.cells for t in tasks), sum(t.agreed.elsewhere for t in tasks)
    against = sum(t.agreed.against for t in tasks)
    filtered = sum(bool(task.agreed.intent.condition[0]) for task in tasks)
    pages = len({task.agreed.intent.page.path for task in tasks})
    return f"""# Tasks made of {corpus}

{len(tasks)} wide questions with gold tables, made by `wideseek eval make` from {pages} pages: an intent from
a table or from pages of one kind, a question in one of many phrasings, gold where two readings agree.

| | |
| --- | --- |
| tasks by split (by page) | {", ".join(f"{name} {splits[name]}" for name, _ in SPLITS)} |
| from a table, from pages of one kind | {kinds["table"]}, {kinds["pages"]} |
| with a condition | {filtered} |
| rows, median (least to most) | {rows[len(rows) // 2]} ({rows[0]} to {rows[-1]}) |
| cells | {cells} |
| of these, stated by another page too | {elsewhere} |
| another page states otherwise | {against} |

A table's cells were read twice: from the page's markup, and by another reader from the text that agents see.
This guards against errors of reading, not of the page. Cells that another page states too were compared with
it; a task that these mostly contradict is left out.

Each split is a dataset: `wideseek eval run FOLDER/dev -m MODEL --source zim:CORPUS --offline -o OUT`.
The text is that of the corpus and keeps its licence.
"""
