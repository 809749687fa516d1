"""Weights are repacked where that was measured to be faster; else mapped as they are in the file."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import gguf as gguf_library
import pytest

from tests.engine.test_fit import gguf
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.engine.llamacpp import twin
from wideseek_cli.engine.llamacpp.twin import Heads, Seconds, Setup, Weights
from wideseek_cli.engine.local.engine import LocalEngine
from wideseek_cli.engine.local.fit import LoadOptions
from wideseek_cli.engine.local.repack import repacked

Q4_K = 12
FASTER, SLOWER = (Seconds(1.0, 0.10), Seconds(0.6, 0.08)), (Seconds(1.0, 0.10), Seconds(1.6, 0.08))


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadOptions:
    monkeypatch.setattr(Weights, "of", lambda header: Weights(Q4_K, 2560, 9728))
    return LoadOptions(gguf(tmp_path / "model.gguf"), width=4, repack="auto", threads=2)


@pytest.mark.parametrize(("found", "on"), [(FASTER, True), (SLOWER, False)])
def test_the_faster_is_chosen_and_kept(
    found: tuple[Seconds, Seconds], on: bool, options: LoadOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Setup] = []
    monkeypatch.setattr(twin, "measure", lambda setup: asked.append(setup) or found)
    unknown = repacked(options, may_measure=False)
    assert not unknown.on
    assert "at the first run" in unknown.why
    assert repacked(options).on is on
    assert asked == [Setup(Heads(36, 1, 1, 32), 4, 128, 2, Weights(Q4_K, 2560, 9728))]
    assert repacked(options, may_measure=False) == repacked(options)
    assert len(asked) == 1


def test_what_needs_no_measurement(options: LoadOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "measure", lambda setup: pytest.fail("it measures"))
    assert "accelerator" in repacked(options, 20e9).why
    assert repacked(replace(options, repack="on")).on
    assert not repacked(replace(options, repack="off")).on
    monkeypatch.setattr(Weights, "of", lambda header: None)
    assert "cannot be timed" in repacked(options).why.replace("not of a type that can", "cannot")


def test_a_twin_has_matrices_of_whole_blocks_and_more_than_a_cache_holds() -> None:
    small, large = Weights(8, 576, 1536), Weights(Q4_K, 4096, 14_336)
    assert Setup(Heads(30, 1, 1, 32), 4, 128, 2, small).layers == 23
    assert Setup(Heads(80, 1, 1, 32), 4, 128, 2, large).layers == 1


@pytest.mark.slow
def test_a_twin_is_of_its_models_type(tmp_path: Path) -> None:
    setup = Setup(Heads(2, 1, 1, 32), 2, 64, 1, Weights(Q4_K, 512, 1024))
    twin.write(tmp_path / "twin.gguf", setup)
    header = read_header(tmp_path / "twin.gguf")
    assert header.kind == Q4_K == gguf_library.GGMLQuantizationType.Q4_K
    assert Weights.of(header) == setup.weights
    plain, packed = twin.measure(setup)
    assert all(seconds > 0 for seconds in (*astuple(plain), *astuple(packed)))


@pytest.mark.slow
@pytest.mark.parametrize("value", ["on", "off"])
async def test_the_setting_reaches_the_model(
    value: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wideseek_cli.engine.llamacpp.llama import llama_cpp

    load, asked = llama_cpp.llama_model_load_from_file, []

    def noted(path: bytes, params: object) -> object:
        asked.append(params.use_extra_bufts)  # type: ignore[attr-defined]
        return load(path, params)

    monkeypatch.setattr(llama_cpp, "llama_model_load_from_file", noted)
    opened = LocalEngine.load(LoadOptions(tiny_model, context=2048, repack=value))
    await opened.aclose()
    assert asked == [value == "on"]
