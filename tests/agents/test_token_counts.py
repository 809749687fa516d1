"""What a server wrote is counted in the run, its record and its trial, though its token ids are not known."""

from __future__ import annotations

from pathlib import Path

from tests.agents.fakeworld import COLUMNS, QUESTION, FakeSources, colleges, table
from tests.answering import answer
from tests.engine.scripted_server import Say, Script
from wideseek_cli.engine.remote.engine import RemoteEngine, RemoteOptions
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.eval.runner import make_trial
from wideseek_cli.eval.scoring.frame import Frame
from wideseek_cli.eval.scoring.metrics import Score
from wideseek_cli.eval.scoring.spec import Spec
from wideseek_cli.record.store import Store
from wideseek_cli.settings.config import Settings


async def test_a_run_on_a_server_says_how_many_tokens_it_wrote(tmp_path: Path) -> None:
    places = colleges(2)
    said = table([(place.name, place.city, place.founded) for place in places])
    with Store.open(tmp_path / "runs.sqlite") as store:
        answers = [Say([said], usage=(50, 0, 41)), Say([said[:20], said[20:]])]
        async with Script(answers) as script:
            engine = await RemoteEngine.connect(RemoteOptions(script.url))
            journal = store.journal("r1")
            state = await answer(
                QUESTION,
                Settings(columns=COLUMNS, repair=0),
                engine=engine,
                sources=FakeSources(places),
                journal=journal,
            )
            journal.close()
            await engine.aclose()
        recorded = store.state("r1")
    for found in (state, recorded):
        assert [turn.reply.tokens for turn in found.agents["lead"].turns] == [41, 2]
    task = Task("t", QUESTION, "en", Frame((), ()), Spec((), (), {}))
    assert make_trial(task, 1, recorded, Score()).tokens == state.decode_tokens == 43
