"""`wideseek eval make`: a benchmark out of a corpus."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.core.errors import UsageError
from wideseek_cli.eval.making.corpus_pages import open_corpus
from wideseek_cli.eval.making.intents import Bounds
from wideseek_cli.eval.making.make import make_tasks, write_tasks
from wideseek_cli.eval.making.make import middling as medium
from wideseek_cli.ui.streams import say, write_out

app = plain_app()


@app.command()
def make(
    corpus: Annotated[Path, typer.Argument(help="a .zim file, or a folder of HTML or Markdown pages")],
    out: Annotated[Path, typer.Option("--output", "-o", help="a new folder for the tasks")],
    limit: Annotated[int, typer.Option("--limit", min=0, help="at most this many tasks; 0: all")] = 0,
    rows: Annotated[str, typer.Option("--rows", help="rows of a task, least and most")] = "3-30",
    columns: Annotated[str, typer.Option("--columns", help="columns besides the key")] = "1-4",
    a_page: Annotated[int, typer.Option("--per-page", min=1, help="at most this many tasks per page")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="another one draws other tasks and phrasings")] = 0,
    middling: Annotated[
        Path | None,
        typer.Option("--middling", help="keep tasks of medium difficulty, by this folder of `eval run`"),
    ] = None,
) -> None:
    """Make a benchmark out of a corpus: questions, gold tables, splits by page, a card.

    Example: wideseek eval make wiki.zim -o tasks/ --limit 500
    """
    bounds = Bounds(*_range(rows, "--rows"), *_range(columns, "--columns"))
    pages = open_corpus(corpus)
    say(f"{len(pages)} pages")
    tasks = make_tasks(pages, bounds, most=limit, a_page=a_page, seed=seed, say=say)
    if middling is not None:
        tasks = medium(tasks, middling)
        say(f"{len(tasks)} of medium difficulty")
    write_tasks(tasks, out, corpus.name)
    write_out(f"{out}\n")


def _range(text: str, name: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2] or found[1]):
        raise UsageError(f"{name} {text!r} is not a range", hint="like this: 3-30")
    return int(found[1]), int(found[2] or found[1])
