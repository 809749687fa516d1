"""A run of ours beside the published table, with what differs."""

from __future__ import annotations

from wideseek_cli.eval.published import differences, published_rows

GROUP = {
    "questions": 200, "trials": 4, "pass": 0.02,
    "item_f1": {"avg": 0.4, "max": 0.518}, "row_f1": {"avg": 0.153, "max": 0.244},
    "success": {"avg": 0.004, "max": 0.01},
}  # fmt: skip


def test_a_run_with_the_published_figures_reads_like_the_published_row() -> None:
    ours, first, *others = published_rows("ours", GROUP)
    assert ours[1:] == first[1:] == ["40.0 (51.8)", "15.3 (24.4)", "0.4 (1.0)"]
    assert others[1][1:] == ["31.2 (42.3)", "8.4 (15.5)", "0.0"]


def test_what_differs_is_said() -> None:
    setup = {"judge": "none", "sources": ["zim:w"], "model": "wideseek-r1-4b", "width": 10, "single": False}
    said = list(differences(setup, GROUP))
    assert [line.partition(":")[0] for line in said] == ["judge", "search", "model"]
    assert "zim:w" in said[1]
    few = {**GROUP, "questions": 11, "trials": 1}
    said = list(differences({**setup, "width": 4}, few))
    assert said[0] == "questions: 11, published over WideSearch's 200"
    assert said[1] == "trials: 1, published 4"
    assert said[-1] == "subagents at once: 4, published 10"
    assert list(differences({**setup, "single": True}, GROUP))[-1] == "agents: one alone"
