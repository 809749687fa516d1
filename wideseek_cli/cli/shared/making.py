"""`wideseek eval make`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import UsageError
from wideseek_cli.eval.making.intents import Bounds
from wideseek_cli.eval.making.make import make_tasks, middling, write_tasks
from wideseek_cli.eval.making.sources import open_corpus
from wideseek_cli.ui.streams import say


@dataclass(frozen=True)
class Wanted:
    """Which tasks, and how many."""

    bounds: Bounds
    limit: int
    a_page: int
    seed: int

    @classmethod
    def of(cls, rows: str, columns: str, limit: int, a_page: int, seed: int) -> Wanted:
        return cls(Bounds(*_range(rows, "--rows"), *_range(columns, "--columns")), limit, a_page, seed)


def make_benchmark(corpus: Path, out: Path, wanted: Wanted, results: Path | None) -> str:
    """Write the tasks; the path of the folder, for stdout."""
    pages = open_corpus(corpus)
    say(f"{len(pages)} pages")
    tasks = make_tasks(
        pages, wanted.bounds, most=wanted.limit, a_page=wanted.a_page, seed=wanted.seed, say=say
    )
    if results is not None:
        tasks = middling(tasks, results)
        say(f"{len(tasks)} of medium difficulty")
    write_tasks(tasks, out, corpus.name)
    return f"{out}\n"


def _range(text: str, name: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2] or found[1]):
        raise UsageError(f"{name} {text!r} is not a range", hint="like this: 3-30")
    return int(found[1]), int(found[2] or found[1])
