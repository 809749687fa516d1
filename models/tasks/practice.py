"""Play the expert over built tasks on their own pages, and keep every agent's tokens for `models.demo.train`.

    python -m models.tasks.practice BASE.gguf TASKS --source zim:wiki.zim -o real.jsonl

Only runs whose table is all right are kept: what the reader did not show, the expert does not say.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from models.scripted import ScriptedConversation, ScriptedEngine
from models.tasks.expert import ListExpert
from wideseek_cli.core.errors import EvaluationError, WideseekError
from wideseek_cli.core.events import Event
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.eval.questions.dataset import Task, load_dataset, read_json_lines
from wideseek_cli.eval.scoring.metrics import NoJudge, score_response
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import SourceSet, open_sources

LEAST = 0.8  # item F1 of a run that is worth learning from


class Tokenizer(Protocol):
    def transcript(self, talk: ScriptedConversation) -> tuple[list[int], list[list[int]]]: ...


class _Forgetful:
    """A journal that keeps nothing: the transcripts are what is kept."""

    run = "practice"

    def commit(self, event: Event) -> None:
        """Nothing is kept."""


def pages_of(folder: Path) -> dict[str, str]:
    """The page that each task was made of."""
    files = sorted(folder.glob("*.jsonl"))
    if len(files) != 1:
        raise EvaluationError(f"{folder} is not a split of `eval make`", hint="Name TASKS/train.")
    return {str(e.get("instance_id")): str(e.get("page", "")) for e in read_json_lines(files[0])}


async def play(task: Task, page: str, sources: SourceSet, settings: Settings) -> tuple[float, ScriptedEngine]:
    """One task played by the expert through the product: its item F1, and the conversations."""
    engine = ScriptedEngine(ListExpert(task, page), context=8192)
    session = Session(settings, OpenEngine(engine, prompts="compact"), sources)
    state = await session.run(task.query, _Forgetful()).go()
    lead = state.agents.get("lead")
    score = await score_response(lead.summary if lead else "", task.gold, task.spec, NoJudge())
    return score.item.f1, engine


async def practise(
    tasks: Sequence[Task], pages: dict[str, str], source: str, tokens: Tokenizer, out: Path
) -> str:
    """Every task once; what was kept, in words."""
    settings = Settings(sources=(source,), offline=True, repair=0, prompts="compact", width=4)
    sources = await asyncio.to_thread(open_sources, settings)
    kept = 0
    try:
        with out.open("w", encoding="utf-8") as file:
            for number, task in enumerate(tasks):
                f1, engine = await play(task, pages[task.id], sources, settings)
                if f1 < LEAST:
                    continue
                kept += 1
                for talk in engine.conversations:
                    ids, said = tokens.transcript(talk)
                    role = "lead" if talk.opening.label == "lead" else "subagent"
                    file.write(json.dumps({"run": number, "role": role, "ids": ids, "said": said}) + "\n")
    finally:
        await sources.aclose()
    return f"{kept} of {len(tasks)} tasks kept: the others' rows were not all shown"


def main() -> None:
    from models.demo.harvest import Tokens

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--source", required=True)
    parser.add_argument("--out", "-o", type=Path, required=True)
    given = parser.parse_args()
    try:
        tasks, pages = load_dataset(str(given.tasks)), pages_of(given.tasks)
        print(asyncio.run(practise(tasks, pages, given.source, Tokens(given.base), given.out)))
    except WideseekError as error:
        raise SystemExit(f"{error}. {error.hint}".strip()) from error


if __name__ == "__main__":
    main()
