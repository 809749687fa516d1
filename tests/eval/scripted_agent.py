"""A benchmark run by a lead whose words are given."""

from __future__ import annotations

from pathlib import Path

from models.scripted import Script, ScriptedEngine
from tests.answering import run_of
from wideseek_cli.eval.folder import ResultsFolder
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.eval.runner import Benchmark
from wideseek_cli.eval.scoring.frame import Frame
from wideseek_cli.eval.scoring.metrics import Judge, NoJudge
from wideseek_cli.record.store import RunJournal
from wideseek_cli.run import Run
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import open_sources


def markdown(frame: Frame) -> str:
    lines = [" | ".join(row) for row in (frame.columns, *frame.rows)]
    return "```markdown\n" + "\n".join(f"| {line} |" for line in lines) + "\n```"


def lead_says(words: dict[str, str]) -> Script:
    """The lead answers each question with the words for it; nobody else is asked."""

    def play(opening: object, turns: object) -> str:
        user = getattr(opening, "user", "")
        return next((text for question, text in words.items() if question in user), "I found nothing.")

    return play


async def run_benchmark(
    folder: Path, asked: list[Task], script: Script, judge: Judge | None = None
) -> Benchmark:
    settings = Settings(sources=("factbook",), offline=True, repair=0, keep_record=False)
    sources = open_sources(settings)
    engine = ScriptedEngine(script)

    def start(task: Task, number: int, journal: RunJournal) -> Run:
        return run_of(task.query, settings, engine=engine, sources=sources, journal=journal)

    try:
        with ResultsFolder(folder, {}) as results:
            bench = Benchmark(asked, start, judge or NoJudge(), results, trials=1, jobs=2)
            await bench.go()
    finally:
        await sources.aclose()
    return bench
