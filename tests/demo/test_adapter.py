"""The adapter that ships: small, whole, and able to answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from gguf import GGUFReader

from wideseek_cli.core.events import Ending, Event
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.state import RunState
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.models.registry import load_registry
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import open_sources
from wideseek_cli.table.model import CellStatus

FOLDER = Path(__file__).parents[2] / "models" / "demo"
ADAPTER = FOLDER / "adapter.gguf"
GREEDY = Sampling(temperature=0.0)


class Forgetting:
    """A journal that keeps nothing."""

    run = "demo-test"

    def commit(self, event: Event) -> None:
        """Nothing is read back."""


def test_it_is_small_and_its_sum_matches() -> None:
    assert ADAPTER.stat().st_size <= 12_000_000
    stated, name = (FOLDER / "adapter.sha256").read_text(encoding="utf-8").split()
    assert name == ADAPTER.name
    assert hashlib.sha256(ADAPTER.read_bytes()).hexdigest() == stated


def test_another_adapter_makes_another_file() -> None:
    """What is made of base and adapter is made anew when the adapter is another."""
    stated = (FOLDER / "adapter.sha256").read_text(encoding="utf-8")
    assert load_registry().get("demo").file == f"demo-{stated[:8]}.gguf"


def test_it_is_a_lora_over_every_linear_map() -> None:
    reader = GGUFReader(str(ADAPTER))
    kinds = {key: reader.get_field(key) for key in ("general.type", "adapter.type", "general.architecture")}
    assert {key: found and found.contents() for key, found in kinds.items()} == {
        "general.type": "adapter",
        "adapter.type": "lora",
        "general.architecture": "llama",
    }
    assert len(reader.tensors) == 30 * 7 * 2


async def ask(question: str, smollm2: Path, settings: Settings, sampling: Sampling) -> RunState:
    """A whole run on an engine of its own."""
    options = LoadOptions(
        model=smollm2,
        adapter=ADAPTER,
        width=settings.width,
        conversation_tokens=8000,
        sampling=sampling,
        name="demo",
    )
    engine = LocalEngine.load(options)
    async with Session(settings, OpenEngine(engine, sampling, "compact"), open_sources(settings)) as session:
        return await session.run(question, Forgetting()).go()


@pytest.mark.slow
async def test_it_answers_a_question_of_its_own_kind(
    smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = Settings(model="demo", sources=("factbook",), offline=True, width=4, repair=0)
    state = await ask("List the countries of North America with capital.", smollm2, settings, GREEDY)
    table = state.table
    assert table is not None
    rows = {row.cells[0].text: row.cells[1].text for row in table.rows}
    assert {"Canada", "Mexico", "United States"} <= set(rows)
    assert rows["Canada"] == "Ottawa"
    assert table.counts()[CellStatus.PROVED] >= len(table.rows)
    assert state.ending in (Ending.COMPLETE, Ending.INCOMPLETE)


@pytest.mark.slow
async def test_the_same_seed_gives_the_same_run(
    smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn, not greedy: what every agent said, word for word."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = Settings(
        model="demo", sources=("factbook",), offline=True, width=4, repair=0, seed=11, temperature=0.8
    )
    drawn = Sampling(temperature=0.8, seed=11)
    question = "Find the capital and the area of Canada, Mexico and the United States."
    runs = [await ask(question, smollm2, settings, drawn) for _ in range(2)]
    said = [
        {name: [turn.reply.text for turn in agent.turns] for name, agent in run.agents.items()}
        for run in runs
    ]
    assert said[0] == said[1]
    assert sum(map(len, said[0].values())) >= 3
