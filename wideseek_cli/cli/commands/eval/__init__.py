"""`wideseek eval`: score tables, run benchmarks, plot the width curve, make a report."""

from wideseek_cli.cli.lazy import group

app = group(
    __name__,
    {
        "score": ("score", "Compare tables with gold as WideSearch does."),
        "run": ("run", "Answer a benchmark's questions and score the tables."),
        "study": ("study", "Measure F1 and time against width, and for one agent against turns."),
        "proof": ("proof", "Measure the proof on labelled cells of pages."),
        "make": ("make", "Make a benchmark out of a corpus."),
        "report": ("report", "Make one self-contained page of results."),
    },
    help="score tables, run benchmarks, plot the width curve, make a report",
)
