"""Flash attention is on or off as measured here, once; or as set."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from tests.engine.test_fit import GB, gguf, have
from tests.models.ggufs import small_gguf
from wideseek_cli.core.errors import EngineError, ModelMemoryError, UsageError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.engine.llamacpp import twin
from wideseek_cli.engine.llamacpp.twin import Heads, Seconds, Setup
from wideseek_cli.engine.local import timed
from wideseek_cli.engine.local.attention import planned
from wideseek_cli.engine.local.engine import LocalEngine
from wideseek_cli.engine.local.fit import LoadOptions, lay_out
from wideseek_cli.engine.local.timed import Timed, kept_file
from wideseek_cli.opening import open_engine
from wideseek_cli.settings.config import Settings

SLOWER_WITHOUT = (Seconds(1.0, 0.010), Seconds(1.2, 0.010))
FASTER_WITHOUT = (Seconds(1.0, 0.030), Seconds(1.0, 0.020))
Figures = tuple[Seconds, Seconds]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    have(monkeypatch, 200 * GB)


@pytest.fixture
def options(tmp_path: Path) -> LoadOptions:
    return LoadOptions(gguf(tmp_path / "model.gguf"), width=4, flash="auto", threads=2)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Callable[[Figures], list[Setup]]:
    """Says what a measurement finds; the list tells what was measured."""

    def set_to(found: Figures) -> list[Setup]:
        asked: list[Setup] = []

        def measure(setup: Setup) -> Figures:
            asked.append(setup)
            return found

        monkeypatch.setattr(twin, "measure", measure)
        return asked

    return set_to


def test_the_faster_is_chosen_and_kept(
    options: LoadOptions, figures: Callable[[Figures], list[Setup]]
) -> None:
    asked = figures(FASTER_WITHOUT)
    layout, flash = planned(options)
    assert not flash.on
    assert "0.67 times for what is written" in flash.why
    assert asked == [Setup(Heads(36, 32, 8, 128), streams=4, tokens=1536, threads=2)]
    assert layout.pools == lay_out(options).pools
    figures(SLOWER_WITHOUT)  # would choose otherwise
    assert planned(options)[1] == flash
    assert planned(options, may_measure=False)[1] == flash
    assert planned(replace(options, threads=1))[1].on, "other threads, another measurement"


def test_the_slower_is_not(options: LoadOptions, figures: Callable[[Figures], list[Setup]]) -> None:
    figures(SLOWER_WITHOUT)
    assert planned(options)[1].on


def test_a_gain_within_the_noise_is_none(
    options: LoadOptions, figures: Callable[[Figures], list[Setup]]
) -> None:
    figures((Seconds(1.0, 0.010), Seconds(0.98, 0.010)))
    assert planned(options)[1].on


def test_prompts_and_what_is_written_count_as_in_a_run() -> None:
    """3.5 tokens are read for each that is written, and four are written in a pass."""
    setup = Setup(Heads(2, 2, 2, 64), streams=4, tokens=1000, threads=1)
    on = Seconds(prompt=1.0, token=0.014)  # 3.5 + 3.5 ms
    assert not Timed(setup, (on, Seconds(1.2, 0.0124))).other_is_faster  # 4.2 + 3.1
    assert Timed(setup, (on, Seconds(1.0, 0.0104))).other_is_faster  # 3.5 + 2.6


def test_doctor_does_not_measure(options: LoadOptions, figures: Callable[[Figures], list[Setup]]) -> None:
    asked = figures(FASTER_WITHOUT)
    flash = planned(options, may_measure=False)[1]
    assert flash.on
    assert "at the first run" in flash.why
    assert asked == []


@pytest.mark.parametrize("value", ["on", "off"])
def test_as_set(value: str, options: LoadOptions, figures: Callable[[Figures], list[Setup]]) -> None:
    asked = figures(FASTER_WITHOUT)
    flash = planned(replace(options, flash=value))[1]
    assert (flash.on, flash.why) == (value == "on", "as set")
    assert asked == []


def test_contexts_come_before_speed(
    options: LoadOptions, figures: Callable[[Figures], list[Setup]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scores of 32,768 and 16,384 tokens take 3.4 GB; with less memory the contexts would be shorter."""
    figures(FASTER_WITHOUT)
    assert not planned(options)[1].on
    have(monkeypatch, 12 * GB)
    layout, flash = planned(options)
    assert flash.on
    assert "no memory for the scores" in flash.why
    assert layout == lay_out(options)
    have(monkeypatch, 3 * GB)  # not even the shortest
    planned(replace(options, context=4096))
    with pytest.raises(ModelMemoryError):
        planned(replace(options, context=4096, flash="off"))


@pytest.mark.parametrize(
    ("change", "device", "why"),
    [
        ({"kv": "q8_0"}, 0.0, "q8_0 needs it"),
        ({}, 20 * GB, "accelerator"),
    ],
)
def test_what_needs_no_measurement(
    change: dict[str, str],
    device: float,
    why: str,
    options: LoadOptions,
    figures: Callable[[Figures], list[Setup]],
) -> None:
    asked = figures(FASTER_WITHOUT)
    flash = planned(replace(options, **change), device)[1]  # type: ignore[arg-type]
    assert flash.on
    assert why in flash.why
    assert asked == []


def test_q8_0_without_it_is_refused(options: LoadOptions) -> None:
    with pytest.raises(UsageError, match="needs flash attention"):
        planned(replace(options, kv="q8_0", flash="off"))
    with pytest.raises(UsageError, match="no flash attention 'maybe'"):
        planned(replace(options, flash="maybe"))


@pytest.mark.parametrize("key", ["attention.sliding_window", "attention.kv_lora_rank"])
def test_attention_of_another_kind_is_left_as_it_was(key: str, tmp_path: Path) -> None:
    numbers = {"block_count": 2, "embedding_length": 64, "attention.head_count": 2, "context_length": 4096}
    fields = {f"gemma3.{name}": value for name, value in {**numbers, key: 512}.items()}
    path = tmp_path / "other.gguf"
    path.write_bytes(small_gguf({**fields, "general.architecture": "gemma3"}, tensor_bytes=4096))
    assert Heads.of(read_header(path)) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"KEY": [[1, 2], [3, "x"]]}', '{"KEY": [[0, 0], [0, 0]]}'])
def test_a_kept_file_that_is_not_ours_is_measured_anew(
    text: str, options: LoadOptions, figures: Callable[[Figures], list[Setup]]
) -> None:
    asked = figures(FASTER_WITHOUT)
    planned(options)
    (setup,) = asked
    kept_file().write_text(text.replace("KEY", timed._key(setup)))
    asked = figures(SLOWER_WITHOUT)
    assert planned(options)[1].on
    assert asked == [setup]
    assert json.loads(kept_file().read_text()) == {
        timed._key(setup): [list(astuple(part)) for part in SLOWER_WITHOUT]
    }


def test_a_cache_that_cannot_be_written_is_told(
    options: LoadOptions, figures: Callable[[Figures], list[Setup]]
) -> None:
    kept_file().parent.parent.mkdir(parents=True, exist_ok=True)
    kept_file().parent.write_text("a file where the folder should be")
    figures(FASTER_WITHOUT)
    layout, flash = planned(options)
    assert not flash.on
    assert "cannot be written" in layout.notes[-1]


def test_a_measurement_that_breaks_leaves_it_on(
    options: LoadOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin, "_CODE", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    flash = planned(options)[1]
    assert flash.on
    assert "could not be timed" in flash.why
    assert "SIGILL" in flash.why
    monkeypatch.setattr(twin, "_CODE", "raise ImportError('no module of that name')")
    with pytest.raises(EngineError, match="no module of that name"):
        twin.measure(Setup(Heads(1, 1, 1, 32), streams=1, tokens=256, threads=1))


@pytest.mark.slow
def test_a_twin_has_the_heads_of_its_model(tmp_path: Path) -> None:
    setup = Setup(Heads(layers=2, queries=6, keys=2, size=64), streams=2, tokens=256, threads=1)
    twin.write(tmp_path / "twin.gguf", setup)
    assert Heads.of(read_header(tmp_path / "twin.gguf")) == setup.heads
    on, off = twin.measure(setup)
    assert all(seconds > 0 for seconds in (*astuple(on), *astuple(off)))


def test_layers_are_timed_that_take_about_a_second() -> None:
    small, large = Heads(30, 9, 3, 64), Heads(36, 32, 8, 128)
    assert [Setup(heads, 4, 1536, 2).layers for heads in (small, large)] == [3, 1]
    assert Setup(small, 4, 256, 2).layers == 30


@pytest.mark.slow
@pytest.mark.parametrize("value", ["on", "off"])
async def test_the_setting_reaches_the_contexts(tiny_model: Path, value: str) -> None:
    settings = Settings(sources=("factbook",), offline=True, context=2048, width=1, flash=value)
    opened = await open_engine(replace(settings, model=str(tiny_model)))
    try:
        assert isinstance(opened.engine, LocalEngine)
        assert {context.shape.flash for context in opened.engine.loop._contexts} == {value == "on"}
    finally:
        await opened.aclose()
