"""`wideseek eval`: score tables, run benchmarks, plot the width curve, make a report."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.shared.options import RESULT, RUN, GroupedCommand, takes_options

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)
# each results folder has a record of its own, and a study sets these at every point
_RECORD = ("record", "keep_record")
_STUDIED = (*_RECORD, "width", "single")

Skip = Annotated[int, typer.Option("--skip", min=0, help="skip this many questions")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="at most this many questions; 0: all")]
Judge = Annotated[
    str,
    typer.Option("--judge", help="none, local (the --model) or the URL of a server", rich_help_panel=RESULT),
]
JudgeModel = Annotated[
    str,
    typer.Option(
        "--judge-model", help="which model of the judge's server; else its first", rich_help_panel=RESULT
    ),
]
Json = Annotated[bool, typer.Option("--json", help="figures as JSON on stdout", rich_help_panel=RESULT)]


@app.command(cls=GroupedCommand)
def score(
    tables: Annotated[
        list[Path] | None, typer.Argument(help="a response (Markdown) or a table (CSV) to score")
    ] = None,
    gold: Annotated[Path | None, typer.Option("--gold", help="the gold CSV, or a folder of them")] = None,
    spec: Annotated[Path | None, typer.Option("--spec", help="the `evaluation` object, as JSON")] = None,
    key: Annotated[str, typer.Option("--key", help="without --spec: the key columns, comma-separated")] = "",
    queries: Annotated[Path | None, typer.Option("--queries", help="JSON lines of queries")] = None,
    responses: Annotated[Path | None, typer.Option("--responses", help="JSON lines of responses")] = None,
    verdicts: Annotated[Path | None, typer.Option("--cells", help="write cell verdicts as CSV here")] = None,
    judge: Judge = "none",
    model: Annotated[str, typer.Option("--model", "-m", help="the model of a local judge")] = "",
    as_json: Json = False,
) -> None:
    """Compare tables with gold as WideSearch does.

    One table: --gold gold.csv with --spec evaluation.json or --key name. Many: --queries, --gold FOLDER and
    --responses.

    Example: wideseek eval score --gold gold.csv --spec evaluation.json response.md
    """
    from wideseek_cli.cli.shared.scoring import Pairs, print_scores, score_all

    pairs = Pairs.of(tables or [], gold, spec, key, queries, responses)
    scores = asyncio.run(score_all(pairs, judge, model))
    print_scores(scores, single=pairs.single, as_json=as_json, verdicts=verdicts)


@app.command(cls=GroupedCommand)
@partial(takes_options, without=_RECORD)
def run(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    dataset: Annotated[
        str, typer.Argument(help="factbook-wide[:SPLIT[:SIZE[:DRAW]]], widesearch, or a folder")
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", help="the folder for results", rich_help_panel=RESULT)
    ],
    trials: Annotated[int, typer.Option("--trials", "-n", min=1, help="times each question is asked")] = 1,
    skip: Skip = 0,
    limit: Limit = 0,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, max=64, help="questions at once", rich_help_panel=RUN)
    ] = 1,
    judge: Judge = "none",
    judge_model: JudgeModel = "",
    as_json: Json = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="download a missing model without asking", rich_help_panel=RUN)
    ] = False,
) -> None:
    """Answer a benchmark's questions and score the tables.

    The same command again continues where it stopped.

    Example: wideseek eval run factbook-wide:test:small -o results/ --source factbook --offline
    """
    from wideseek_cli.cli.shared.benchmarking import Plan, benchmark
    from wideseek_cli.eval.results import summarise
    from wideseek_cli.eval.runner import Some

    some = Some(skip, limit)
    plan = Plan.of(
        dataset,
        flags,
        profile,
        out,
        some,
        trials=trials,
        jobs=jobs,
        judge=judge,
        judge_model=judge_model,
        yes=yes,
    )
    measured = asyncio.run(benchmark(plan))
    summary = summarise(measured.trials)
    write_text(out / "summary.json", json.dumps(summary, indent=2))
    sys.stdout.write(json.dumps(summary) + "\n" if as_json else _table(summary))
    measured.check()


@app.command(cls=GroupedCommand)
@partial(takes_options, without=_STUDIED)
def study(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    kind: Annotated[str, typer.Argument(help="what to vary: width")] = "width",
    dataset: Annotated[str, typer.Option("--dataset", help="as for run")] = "factbook-wide:dev:small",
    out: Annotated[Path, typer.Option("--output", "-o", help="the folder for data and plot")],
    widths: Annotated[str, typer.Option("--widths", help="subagents at once")] = "1,2,4,8,10",
    alone: Annotated[  # not `single`: that is a setting, which would take its place
        str, typer.Option("--single-turns", help="turns of one agent; empty: none")
    ] = "5,10,20",
    trials: Annotated[int, typer.Option("--trials", "-n", min=1, help="times each question is asked")] = 1,
    skip: Skip = 0,
    limit: Limit = 0,
    judge: Judge = "none",
    judge_model: JudgeModel = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="download a missing model without asking")] = False,
) -> None:
    """Measure F1 and time against width, and for one agent against turns.

    Example: wideseek eval study width -o study/ --source factbook --offline
    """
    from wideseek_cli.cli.shared.benchmarking import Plan, curve
    from wideseek_cli.core.errors import UsageError
    from wideseek_cli.core.text import without_password
    from wideseek_cli.eval.runner import Some
    from wideseek_cli.eval.study import as_csv, drawn, setups, svg

    if kind != "width":
        raise UsageError(f"there is no study {kind!r}", hint="there is: width")
    some, asked = Some(skip, limit), setups(_numbers(widths), _numbers(alone))
    plan = Plan.of(
        dataset,
        flags,
        profile,
        out,
        some,
        trials=trials,
        jobs=1,
        judge=judge,
        judge_model=judge_model,
        yes=yes,
    )
    points, last = asyncio.run(curve(plan, asked))
    write_text(out / "study.csv", as_csv(points))
    model = plan.settings.model or without_password(plan.settings.engine)
    write_text(out / "study.svg", svg(points, f"{plan.dataset}, {model}"))
    sys.stdout.write(drawn(points) + "\n" if points else "")
    last.check()


@app.command()
def proof(
    cases: Annotated[Path, typer.Argument(metavar="CASES.jsonl", help="labelled cells, a JSON line each")],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="a folder for the worst cases and verdicts")
    ] = None,
    verdicts: Annotated[
        Path | None, typer.Option("--verdicts", help="measure another tool: JSON lines of id and state")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the proof on labelled cells of pages: how many right and wrong values are proved.

    Example: wideseek eval proof cases.jsonl -o proof/
    """
    from wideseek_cli.cli.shared.proving import measure_proof

    raise typer.Exit(measure_proof(cases, out, verdicts, as_json=as_json))


@app.command()
def make(
    corpus: Annotated[Path, typer.Argument(help="a .zim file, or a folder of HTML or Markdown pages")],
    out: Annotated[Path, typer.Option("--output", "-o", help="a new folder for the tasks")],
    limit: Annotated[int, typer.Option("--limit", min=0, help="at most this many tasks; 0: all")] = 0,
    rows: Annotated[str, typer.Option("--rows", help="rows of a task, least and most")] = "3-30",
    columns: Annotated[str, typer.Option("--columns", help="columns besides the key")] = "1-4",
    a_page: Annotated[int, typer.Option("--per-page", min=1, help="at most this many tasks per page")] = 5,
    seed: Annotated[
        int, typer.Option("--seed", help="seed: seed: another one draws other tasks and phrasings")
    ] = 0,
    middling: Annotated[
        Path | None,
        typer.Option("--middling", help="keep tasks of medium difficulty, by this folder of `eval run`"),
    ] = None,
) -> None:
    """Make a benchmark out of a corpus: questions, gold tables, splits by page, a card.

    Example: wideseek eval make wiki.zim -o tasks/ --limit 500
    """
    from wideseek_cli.cli.shared.making import Wanted, make_benchmark

    wanted = Wanted.of(rows, columns, limit, a_page, seed)
    sys.stdout.write(make_benchmark(corpus, out, wanted, middling))


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN…", help="folders that `eval run` wrote")],
    html: Annotated[Path, typer.Option("--html", help="the page to write")] = Path("report.html"),
) -> None:
    """Make one self-contained page of results: scores, tables beside gold, evidence, causes, time lines.

    Example: wideseek eval report results/ --html report.html
    """
    from wideseek_cli.eval.report import make_report

    write_text(html, make_report(folders))
    sys.stderr.write(f"written to {html}\n")


def _numbers(text: str) -> list[int]:
    from wideseek_cli.core.errors import UsageError

    try:
        numbers = [int(word) for word in text.split(",") if word.strip()]
    except ValueError as error:
        raise UsageError(f"{text!r} is not a list of numbers", hint="like this: 1,2,4,8") from error
    if any(number < 1 for number in numbers):
        raise UsageError(f"{text!r}: every number is at least 1")
    return numbers


def write_text(path: Path, text: str) -> None:
    from wideseek_cli.export.output import write_file

    def fill(part: Path) -> None:
        part.write_text(text, encoding="utf-8")

    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, fill)


def _table(summary: dict[str, Any]) -> str:
    """The figures for people."""
    from tabulate import tabulate

    effort = summary["effort"]
    rows = []
    for name, group in summary.items():
        if name == "effort":
            continue
        for figure in ("item_f1", "row_f1", "success"):
            low, high = group[figure]["avg_interval"]
            best = group[figure]["max"]
            rows.append([name, figure, group[figure]["avg"], f"{low:.3f}–{high:.3f}", best])
        rows.append([name, "pass", group["pass"], "", ""])
    head = ["questions", "figure", "avg@N", "95 %", "max@N"]
    right = effort["proved_right"]
    proved = f"{effort['proved_share']:.0%} of cells proved"
    sure = f", {right:.1%} of {effort['proved_judged']} such right" if right is not None else ""
    lines = [
        tabulate(rows, head, floatfmt=".3f"),
        f"{effort['seconds']:.0f} s, {effort['tokens']:.0f} tokens, {effort['searches']:.0f} searches, "
        f"{effort['pages']:.0f} pages a question; {proved}{sure}",
        "lost by: "
        + (", ".join(f"{cause} {count}" for cause, count in effort["causes"].items()) or "nothing"),
    ]
    return "\n".join(lines) + "\n"
