"""The report page and the width study, from scripted runs."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.eval.scripted_agent import lead_says, markdown, run_benchmark
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.cli.commands.eval.benchmark import possible
from wideseek_cli.core.errors import EvaluationError, NotFoundError
from wideseek_cli.eval.folder import detail_path
from wideseek_cli.eval.questions.dataset import Task, load_dataset
from wideseek_cli.eval.report import make_report
from wideseek_cli.eval.results import Trial
from wideseek_cli.eval.scoring.frame import Frame
from wideseek_cli.eval.scoring.spec import parse_spec
from wideseek_cli.eval.study import Setup, as_csv, drawn, point, read_csv, setups, svg
from wideseek_cli.eval.studypage import make_study_page


class Tags(HTMLParser):
    """Every tag that was opened, and the text between."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_report_shows_tables_verdicts_and_times_and_runs_nothing(tmp_path: Path) -> None:
    task = load_dataset("factbook-wide:dev:small")[0]
    hostile = markdown(task.gold).replace(task.gold.rows[0][1], "<script>alert(1)</script>", 1)
    await run_benchmark(tmp_path / "one", [task], lead_says({task.query: hostile}))
    page = make_report([tmp_path / "one"])
    assert "Beside what was published on WideSearch" in page
    assert "40.0 (51.8)" in page
    seen = Tags()
    seen.feed(page)
    assert "script" not in seen.tags
    assert seen.tags.count("link") == page.count('<link rel="icon" href="data:,">') == 1, "nothing is loaded"
    assert "://" not in page.replace("http://www.w3.org", "")
    assert task.query in seen.text
    assert all(row[0] in seen.text for row in task.gold.rows)
    assert 'class="bad"' in page
    assert 'class="good"' in page
    assert "svg" in seen.tags


async def test_a_gold_row_is_met_by_its_whole_key(tmp_path: Path) -> None:
    columns, rows = ("city", "year", "count"), (("A", "1", "5"), ("B", "2", "6"), ("A", "2", "7"))
    spec = parse_spec({"required": columns, "unique_columns": columns[:2]})
    task = Task("t", "List the cities with year and count.", "en", Frame(columns, rows), spec)
    answer = markdown(Frame(columns, rows[:2]))
    await run_benchmark(tmp_path, [task], lead_says({task.query: answer}))
    page = make_report([tmp_path])
    assert '<tr class="bad"><td>A</td><td>2</td>' in page
    assert page.count('<tr class="bad">') == 1
    for damage in ("{", "[" * 100_000):
        detail_path(tmp_path, "t", 1).write_text(damage)
        with pytest.raises(EvaluationError, match="the details of t cannot be read"):
            make_report([tmp_path])


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no results"):
        make_report([tmp_path])


def trial(task: str, f1: float, seconds: float) -> Trial:
    scores = {"precision": f1, "recall": f1, "f1": f1}
    return Trial(
        *(
            task,
            "en",
            "small",
            1,
            "run",
            scores,
            scores,
            int(f1 == 1),
            None,
            "complete",
            seconds,
            100,
            3,
            2,
            5,
        ),
        statuses={"proved": 5},
        proved_judged=4,
        proved_right=4,
    )


def test_the_study_writes_its_points_and_draws_them() -> None:
    asked = setups([1, 4], [5])
    assert [one.name for one in asked] == ["width-1", "width-4", "turns-5"]
    scores = {"width-1": 0.25, "width-4": 0.75, "turns-5": 0.5}
    points = [
        point(one, [trial("a", scores[one.name], 10), trial("b", scores[one.name], 30)]) for one in asked
    ]
    rows = list(csv.DictReader(as_csv(points).splitlines()))
    assert [(row["kind"], row["value"], float(row["item_f1"]), float(row["seconds"])) for row in rows] == [
        ("width", "1", 0.25, 20.0),
        ("width", "4", 0.75, 20.0),
        ("turns", "5", 0.5, 20.0),
    ]
    picture = ElementTree.fromstring(svg(points, "a <title> & more"))
    assert len(picture.findall("{*}circle")) == 2 * len(points)
    assert len(drawn(points).splitlines()) == 3
    assert Setup("turns", 5).name == "turns-5"
    assert read_csv(as_csv(points)) == points


def test_a_study_as_a_page(tmp_path: Path) -> None:
    points = [point(one, [trial("a", 0.5, 10)]) for one in setups([1, 4], [5])]
    (tmp_path / "study.csv").write_text(as_csv(points), encoding="utf-8")
    seen = Tags()
    seen.feed(make_study_page(tmp_path).html)
    assert "script" not in seen.tags
    assert seen.tags.count("circle") == 2 * len(points)
    assert "4 subagents" in seen.text


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (None, NotFoundError, "holds no study"),
        ("", EvaluationError, "cannot be read"),
        ("a,b\n1,2\n", EvaluationError, "another one"),
        (as_csv([]) + "width,x,1,1,1,1,1,1,1\n", EvaluationError, "cannot be read"),
    ],
)
def test_a_folder_that_is_no_study(
    tmp_path: Path, text: str | None, kind: type[Exception], said: str
) -> None:
    if text is not None:
        (tmp_path / "study.csv").write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=said):
        make_study_page(tmp_path)


def test_a_study_measures_only_what_the_prompts_allow(capsys: pytest.CaptureFixture[str]) -> None:
    limits = load_prompts("compact").limits
    asked = setups([1, 10, 16], [5, 20])
    assert [one.name for one in possible(asked, limits)] == ["width-1", "width-10", "turns-5"]
    said = capsys.readouterr().err
    assert "width-16 is left out: the prompt set goes no further than 10" in said
    assert "turns-20 is left out: the prompt set goes no further than 12" in said
