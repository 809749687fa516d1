"""Agents, record and screen cost little beside a model. The figures: python -m tests.record.overhead."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.record.overhead import SUBAGENTS, TURNS, measure, measure_screen, same_run, time_model

SLOW_MODEL = 20.0  # tokens a second, all agents together: a 4B on a few cores


@pytest.mark.slow
def test_agents_and_record_take_a_fraction_of_a_percent(tmp_path: Path) -> None:
    found = measure(tmp_path / "runs.sqlite")
    assert found["replies"] == SUBAGENTS * TURNS + 2
    assert found["rows"] == SUBAGENTS * TURNS // 2
    assert found["cpu_seconds"] < 0.005 * found["decoded_tokens"] / SLOW_MODEL


@pytest.mark.slow
def test_a_model_takes_the_same_run_by_its_numbers(tmp_path: Path, tiny_model: Path) -> None:
    record = tmp_path / "runs.sqlite"
    found = measure(record)
    whole, small = same_run(record, 1.0), same_run(record, 0.002)
    assert whole.written == found["decoded_tokens"]
    assert [len(part.steps) for part in whole.subagents] == [TURNS] * SUBAGENTS
    timing = asyncio.run(time_model(tiny_model, small))
    assert timing.counts.decode_tokens == small.written


@pytest.mark.slow
def test_the_screen_takes_less_than_a_fiftieth_of_a_core() -> None:
    assert measure_screen(SLOW_MODEL, 8.0) < 0.02
