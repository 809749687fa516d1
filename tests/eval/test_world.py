"""Over real pages, where they are at hand: the search finds a question's page, and its table becomes rows."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from wideseek_cli.eval.scoring.frame import frame_of_csv, make_frame
from wideseek_cli.eval.scoring.metrics import NoJudge, score_frame
from wideseek_cli.eval.scoring.spec import parse_spec
from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.rows.harvest import harvest
from wideseek_cli.question.reading import read_question
from wideseek_cli.sources.offline.corpus import build_folder
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.table.columns import columns_named
from wideseek_cli.table.model import Document

WORLD = Path(__file__).parents[2].parent / "shared" / "world"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not WORLD.is_dir(), reason="the pages are not here"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ZimSource:
    folder = tmp_path_factory.mktemp("world")
    with tarfile.open(WORLD / "pages.tar.xz") as packed:
        packed.extractall(folder / "pages", filter="data")
    return ZimSource(build_folder(folder / "pages", folder / "wiki.zim").path, here=True)


def _questions() -> list[dict[str, Any]]:
    lines = (WORLD / "questions.jsonl").read_text("utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["page"]]


def _name(world: ZimSource, url: str) -> str:
    return unquote(url[len(world.prefix) :]).removesuffix(".html")


def test_the_page_of_a_question_is_found_first(world: ZimSource) -> None:
    asked = [(q["page"], q["query"]) for q in _questions()]
    asked += [(page, query.split(" Columns:")[0]) for page, query in asked]
    first = [_name(world, hits[0].url) == page if (hits := world.find(q, 3)) else False for page, q in asked]
    assert sum(first) / len(first) >= 0.9


async def test_the_table_of_the_page_becomes_rows(world: ZimSource) -> None:
    found = []
    for question in _questions():
        hits = world.find(question["query"], 3)
        pages = [world.read(hit.url) for hit in hits]
        documents = [Document(p.url, p.title, p.text, structure=p.structure) for p in pages]
        columns = columns_named(question["query"])
        got = harvest(read_question(question["query"]), columns, [read_document(one) for one in documents])
        if got is None:
            found.append(0.0)
            continue
        frame = make_frame(
            [column.name for column in columns], [[c.text for c in row.cells] for row in got.table.rows]
        )
        gold = frame_of_csv(WORLD / "gold" / f"{question['instance_id']}.csv")
        score = await score_frame(frame, gold, parse_spec(question["evaluation"]), NoJudge())
        found.append(score.item.f1)
    assert sum(found) / len(found) >= 0.9
