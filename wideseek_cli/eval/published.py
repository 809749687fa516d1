"""Published figures of WideSearch's 200 questions, and how a run of ours differs from those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# system, then item F1, row F1 and success: Avg@4 with Max@4, in percent; None: not published
PUBLISHED: tuple[tuple[str, tuple[float | None, ...]], ...] = (
    ("WideSeek-R1-4B, lead and 10 subagents", (40.0, 51.8, 15.3, 24.4, 0.4, 1.0)),
    ("SingleSeek-R1-4B, one agent", (28.1, 39.2, 6.5, 12.5, 0.3, 1.0)),
    ("Qwen3-4B, lead and subagents", (31.2, 42.3, 8.4, 15.5, 0.0, None)),
    ("Qwen3-4B, one agent", (20.1, 30.2, 3.0, 4.8, 0.0, None)),
    ("DeepSeek-R1-671B, one agent", (41.3, 55.1, 20.7, 31.7, 0.4, 1.5)),
)
FIGURES = ("item_f1", "row_f1", "success")
_TRIALS, _QUESTIONS = 4, 200


def published_rows(name: str, group: Mapping[str, Any]) -> list[list[str]]:
    """A table: a run of ours, then what was published, all in percent."""
    own = [100 * group[figure][kind] for figure in FIGURES for kind in ("avg", "max")]
    return [[name, *_pairs(own)], *([system, *_pairs(figures)] for system, figures in PUBLISHED)]


def _pairs(figures: Sequence[float | None]) -> list[str]:
    pairs = zip(figures[::2], figures[1::2], strict=True)
    return [_one(mean) + (f" ({_one(best)})" if best is not None else "") for mean, best in pairs]


def _one(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.1f}"


def differences(setup: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a run from being compared with these, a sentence each."""
    questions, trials = int(group["questions"]), int(group["trials"])
    if questions != _QUESTIONS:
        yield f"questions: {questions}, published over WideSearch's {_QUESTIONS}"
    if trials != _TRIALS:
        yield f"trials: {trials}, published {_TRIALS}"
    judge = str(setup.get("judge") or "none")
    named = f"judged by {judge} {setup.get('judge model') or ''}".strip()
    how = "by code alone" if judge == "none" else named
    yield f"judge: {how}; published with Qwen3-30B-A3B, which also read the pages"
    sources = setup.get("sources") or ["ddgs"]
    named = ", ".join(map(str, sources)) if isinstance(sources, list) else str(sources)
    yield f"search: {named}; published with a Google-results API and a page-reader API"
    model = str(setup.get("model") or "a server")
    yield f"model: {model}, as a quantised GGUF where it is local; published in bfloat16"
    if (width := setup.get("width")) not in (None, 10) or setup.get("single"):
        yield "agents: one alone" if setup.get("single") else f"subagents at once: {width}, published 10"
