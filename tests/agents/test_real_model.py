"""A real model that knows nothing of the protocol: the run must still end in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.agents.fakeworld import COLUMNS, QUESTION, FakeSources, ListJournal, colleges
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import CellStatus

ENDINGS = {ev.Ending.COMPLETE, ev.Ending.INCOMPLETE, ev.Ending.NOTHING}


@pytest.mark.slow
@pytest.mark.parametrize("single", [False, True])
async def test_a_model_that_talks_nonsense_ends_with_a_typed_ending(smollm2: Path, single: bool) -> None:
    places = colleges(4)
    settings = Settings(
        columns=COLUMNS, prompts="plain", turns=3, subagent_turns=3, single_turns=3, width=2, seed=1,
        max_reply_tokens=200, time_s=40, single=single,
    )  # fmt: skip
    options = LoadOptions(model=smollm2, width=2, context=3 * 4096, conversation_tokens=4096, seed=1)
    engine = await asyncio.to_thread(LocalEngine.load, options)
    journal = ListJournal()
    try:
        state = await answer(QUESTION, settings, engine=engine, sources=FakeSources(places), journal=journal)
    finally:
        await engine.aclose()
    assert state.ending in ENDINGS
    assert isinstance(journal.events[-1], ev.RunEnded)
    assert all(agent.outcome is not None for agent in state.agents.values())
    right = {place.name: (place.city, str(place.founded)) for place in places}
    for row in state.table.rows if state.table else ():
        if row.cells[0].text not in right:
            assert row.cells[1].status is not CellStatus.PROVED  # an invented thing has no proof
