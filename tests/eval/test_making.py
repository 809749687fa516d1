"""`eval make`: tasks out of a folder of pages, or none where two readings differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import (
    EvaluationError,
    NotFoundError,
    OutputError,
    SourceUnreachableError,
    UsageError,
)
from wideseek_cli.eval.making import corpus_pages
from wideseek_cli.eval.making.corpus_pages import SourcePage, open_corpus
from wideseek_cli.eval.making.gold import Library, agree
from wideseek_cli.eval.making.intents import Bounds, page_intents, subject_of, table_intents
from wideseek_cli.eval.making.make import make_tasks, middling, split_of
from wideseek_cli.eval.questions.dataset import load_dataset
from wideseek_cli.eval.scoring.metrics import score_frame
from wideseek_cli.pages.model import Grid
from wideseek_cli.sources.fetch.content import read_content
from wideseek_cli.sources.offline.corpus import build_folder
from wideseek_cli.workers import Overrun, TaskOverran

ROWS = [("Arn", "Lund", "1,200"), ("Bor", "Lund", "450"), ("Cel", "Lund", "90"), ("Dov", "Ystad", "7,001"),
        ("Eke", "Ystad", "31"), ("Fal", "Ystad", "66")]  # fmt: skip


def table(
    rows: Sequence[tuple[str, ...]] = ROWS, head: tuple[str, ...] = ("Lake", "Town", "Depth (m)")
) -> str:
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    top = "".join(f"<th>{cell}</th>" for cell in head)
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def markup(title: str, body: str) -> bytes:
    head = f'<html><head><meta name="generator" content="wideseek"><title>{title}</title></head><body>'
    html = f"{head}<h1>{title}</h1><p>They are all in the south of the country and of some interest.</p>{body}</body></html>"  # noqa: E501
    return html.encode()


def page(title: str, body: str) -> SourcePage:
    return SourcePage(f"{title}.html", lambda: read_content(markup(title, body), "text/html", "", ""))


def test_a_table_is_asked_for_whole_and_by_a_value() -> None:
    lakes = page("Lakes of Skane", table())
    whole, *some = table_intents(lakes, Bounds())
    assert (whole.key, whole.columns, len(whole.rows)) == ("Lake", ("Town", "Depth (m)"), 6)
    assert [(intent.condition, len(intent.rows)) for intent in some] == [
        (("Town", "Lund"), 3),
        (("Town", "Ystad"), 3),
    ]
    assert all("Town" not in intent.columns for intent in some)


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, ("Arn", "Eslov", "4")],  # two rows of one name
        [(row[0], "", "") for row in ROWS],  # nothing to ask
        ROWS[:2],
    ],
)
def test_what_makes_no_task(rows: list[tuple[str, ...]]) -> None:
    assert list(table_intents(page("Lakes", table(rows)), Bounds())) == []


def test_a_total_is_no_row() -> None:
    whole = next(table_intents(page("Lakes", table([*ROWS, ("Total", "", "8,838")])), Bounds()))
    assert [row[0] for row in whole.rows] == [row[0] for row in ROWS]


def test_gold_is_taken_only_where_the_text_says_the_same() -> None:
    good = page("Lakes", table())
    intent = next(table_intents(good, Bounds()))
    assert agree(intent, Library([good])) is not None
    good.__dict__["in_text"] = (Grid(("Lake", "Town", "Depth (m)"), (*ROWS[:5], ("Fal", "Ystad", "67"))),)
    assert agree(intent, Library([good])) is None


def test_gold_is_written_as_a_finished_table_has_it() -> None:
    rows = [(f"“{name}”<sup>A</sup>", town, f"{depth}<sup>b</sup>") for name, town, depth in ROWS]
    made = make_tasks([page("Lakes", table(rows))], Bounds())
    assert made
    assert {row[0] for task in made for row in task.agreed.intent.rows} == {row[0] for row in ROWS}
    assert {row[-1] for task in made for row in task.agreed.intent.rows} == {row[2] for row in ROWS}


def test_another_page_may_confirm_or_contradict() -> None:
    lakes = page("Lakes", table())
    owns = [page(name, table([("Town", town), ("Depth (m)", depth)], ("", ""))) for name, town, depth in ROWS]
    again = page("Deep waters", table([(n, d) for n, _, d in ROWS], ("Lake", "Depth (m)")))
    intent = next(table_intents(lakes, Bounds()))
    agreed = agree(intent, Library([lakes, again, *owns]))
    assert agreed is not None
    assert agreed.elsewhere >= 6
    assert agreed.against == 0
    wrong = page("Deep waters", table([(n, d + "9") for n, _, d in ROWS], ("Lake", "Depth (m)")))
    assert agree(intent, Library([lakes, wrong])) is None


def test_pages_of_one_kind_are_asked_for_by_their_fields() -> None:
    names = page("Old mills", table([(row[0], "x") for row in ROWS], ("Mill", "See")))

    def own(name: str, town: str, depth: str) -> SourcePage:
        box = f"<tr><th>Village</th><td>{town}</td></tr><tr><th>Height</th><td>{depth} m</td></tr>"
        return page(name, f'<table class="infobox"><tr><th colspan=2>{name}</th></tr>{box}</table>')

    pages = [names, *(own(*row) for row in ROWS)]
    intents = list(page_intents(pages, Bounds()))
    assert [intent.kind for intent in intents] == ["pages"]
    assert intents[0].columns == ("Village", "Height")
    assert intents[0].rows[0] == ("Arn", "Lund", "1,200 m")
    assert agree(intents[0], Library(pages)) is not None


def test_the_same_seed_gives_the_same_tasks_and_another_other_phrasings() -> None:
    pages = [page(f"Lakes of {place}", table()) for place in ("Asa", "Bua", "Cy")]
    first, again, other = (make_tasks(pages, Bounds(), seed=seed) for seed in (1, 1, 2))
    assert [task.query for task in first] == [task.query for task in again]
    assert {task.query for task in first} != {task.query for task in other}
    for task in first:
        assert all(name.casefold() in task.query.casefold() for name in task.agreed.intent.columns)
        assert task.split == split_of(task.agreed.intent.page.path)


def test_the_folder_is_a_dataset_whose_gold_scores_one(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(12):
        (corpus / f"lakes{number}.html").write_bytes(markup(f"Lakes {number}", table()))
    (corpus / "notes.md").write_text("# Notes\n\nNothing here.\n")
    made = CliRunner().invoke(app, ["eval", "make", str(corpus), "-o", str(tmp_path / "t"), "--rows", "2-9"])
    assert made.stdout == f"{tmp_path / 't'}\n"
    assert "36 wide questions" in (tmp_path / "t" / "README.md").read_text()
    for split in ("train", "dev", "test"):
        for task in load_dataset(str(tmp_path / "t" / split)) if (tmp_path / "t" / split).is_dir() else ():
            assert score_gold(task) == 1.0
    again = CliRunner().invoke(app, ["eval", "make", str(corpus), "-o", str(tmp_path / "t")])
    assert isinstance(again.exception, OutputError)


def score_gold(task: object) -> float:
    import asyncio

    from wideseek_cli.eval.scoring.metrics import NoJudge

    score = asyncio.run(score_frame(task.gold, task.gold, task.spec, NoJudge()))  # type: ignore[attr-defined]
    return float(score.item.f1)


def test_middling_keeps_what_a_model_half_knows(tmp_path: Path) -> None:
    tasks = make_tasks([page("Lakes", table())], Bounds())
    easy, half, hard = (task.id for task in tasks)
    lines = []
    for name, f1 in ((easy, 1.0), (half, 0.5), (hard, 0.0)):
        figures = {"precision": f1, "recall": f1, "f1": f1}
        lines.append({
            "task": name, "language": "en", "size": "", "trial": 1, "run": "r", "item": figures,
            "row": figures, "success": 0, "error": None, "ending": "complete", "seconds": 1.0, "tokens": 1, "searches": 1,  # noqa: E501
            "pages": 1, "rows": 1, "statuses": {}, "proved_judged": 0, "proved_right": 0,
        })  # fmt: skip
    (tmp_path / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [task.id for task in middling(tasks, tmp_path)] == [half]
    with pytest.raises(EvaluationError):
        middling(tasks, tmp_path / "none")


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_corpus(tmp_path / "none.zim")
    (tmp_path / "empty").mkdir()
    run = CliRunner().invoke(app, ["eval", "make", str(tmp_path / "empty"), "-o", str(tmp_path / "t")])
    assert isinstance(run.exception, EvaluationError)
    run = CliRunner().invoke(app, ["eval", "make", str(tmp_path), "-o", str(tmp_path / "t"), "--rows", "9-2"])
    assert isinstance(run.exception, UsageError)


def test_subjects() -> None:
    assert subject_of("Lakes", Grid((), (), ("Lakes", "Deep ones"))) == "Deep ones (Lakes)"
    assert subject_of("Lakes", Grid((), (), (), "By depth")) == "By depth (Lakes)"
    assert subject_of("Lakes", Grid((), ())) == "Lakes"


def test_a_corpus_is_read_in_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that a page has trapped, or libzim over a damaged file, costs the page and not the process."""
    (tmp_path / "deep.html").write_bytes(markup("Deep", "<b>" * 9))
    (tmp_path / "lakes.html").write_bytes(markup("Lakes", table()))
    asked: list[str] = []

    class Trapped:
        def call(self, name: str, *what: object, **more: object) -> object:
            asked.append(name)
            if b"<b>" in what[0]:  # type: ignore[operator]
                raise TaskOverran(Overrun.TIME)
            return read_content(what[0], "text/html", "", "")  # type: ignore[arg-type]

    monkeypatch.setattr(corpus_pages, "shared", Trapped)
    deep, lakes = open_corpus(tmp_path)
    assert (deep.title, deep.in_markup) == ("", ())
    assert lakes.title == "Lakes"
    assert asked == ["read_content"] * 2


def test_the_pages_of_a_zim_file(tmp_path: Path) -> None:
    (tmp_path / "a b.html").write_bytes(markup("Lakes", table()))
    path = build_folder(tmp_path, tmp_path / "x.zim").path
    (lakes,) = [one for one in open_corpus(path) if one.path == "a b.html"]
    assert lakes.title == "Lakes"
    assert list(lakes.grids)
    (tmp_path / "cut.zim").write_bytes(path.read_bytes()[:4000])
    with pytest.raises(SourceUnreachableError):
        open_corpus(tmp_path / "cut.zim")
