"""The expert over built tasks: through the product, on the tasks' own pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.tasks.practice import pages_of, play
from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions.dataset import load_dataset
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import open_sources

HEAD = '<html><head><meta name="generator" content="wideseek"><title>{0}</title></head><body><h1>{0}</h1>'
ROWS = [("Arn", "Lund", "1,200"), ("Bor", "Asa", "450"), ("Cel", "Bua", "90"), ("Dov", "Ystad", "7,001")]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    table = f"<table><tr><th>Lake</th><th>Town</th><th>Depth (m)</th></tr>{lines}</table>"
    for place in ("Skane", "Halland"):
        text = f"{HEAD.format(f'Lakes of {place}')}<p>They are all in the south.</p>{table}</body></html>"
        (folder / f"{place}.html").write_text(text)
    return folder


def test_the_expert_answers_from_what_it_was_shown(corpus: Path, tmp_path: Path) -> None:
    zim = tmp_path / "w.zim"
    assert CliRunner().invoke(app, ["corpus", "build", str(corpus), "-o", str(zim)]).exit_code == 0
    made = CliRunner().invoke(app, ["eval", "make", str(zim), "-o", str(tmp_path / "t")])
    assert made.exit_code == 0
    settings = Settings(sources=(f"zim:{zim}",), offline=True, repair=0, prompts="compact", width=4)

    async def all_of_them() -> list[float]:
        sources = open_sources(settings)
        scores = []
        try:
            for split in sorted(path for path in (tmp_path / "t").iterdir() if path.is_dir()):
                pages = pages_of(split)
                for task in load_dataset(str(split)):
                    f1, engine = await play(task, pages[task.id], sources, settings)
                    scores.append(f1)
                    assert {talk.opening.label for talk in engine.conversations} == {"lead", "w1.s1"}
                    missing, _ = await play(task, "No such page", sources, settings)
                    assert missing == 0.0
        finally:
            await sources.aclose()
        return scores

    scores = asyncio.run(all_of_them())
    assert scores
    assert min(scores) == 1.0


def test_a_folder_that_is_no_split(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="not a split"):
        pages_of(tmp_path)
