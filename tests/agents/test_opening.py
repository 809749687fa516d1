"""Engine and sources as settings name them, opened for runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import ListJournal, delegate, engine_for, search, table
from tests.engine.scripted_server import Say, Script
from tests.engine.test_fit import gguf
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import ModelMissingError, NotFoundError, RemoteError, UsageError
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.models.choose import ModelChoice
from wideseek_cli.opening import load_ahead, open_engine, own_models, prompts_of, reader_for
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.reading.reader import BothReaders, ExtractReader, ModelReader
from wideseek_cli.table.columns import parse_columns

SETTINGS = Settings(
    sources=("factbook",), offline=True, columns=parse_columns("country, capital"), reader="extract"
)


async def test_a_run_on_a_server_and_the_factbook() -> None:
    answers = [
        Say([delegate("Find the capital of Peru.")]),
        Say([search("Peru capital")]),
        Say(["Capital: ", "Lima"]),
        Say([table([("Peru", "Lima")], ("country", "capital"))]),
    ]
    async with (
        Script(answers) as server,
        await Session.open(replace(SETTINGS, engine=server.url)) as opened,
    ):
        state = await opened.run("List Peru and its capital", ListJournal()).go()
    assert (state.ending, state.model, state.source) == (ev.Ending.COMPLETE, "m", "zim:factbook")
    assert state.table is not None
    assert [cell.text for cell in state.table.rows[0].cells] == ["Peru", "Lima"]
    assert len(server.asked) == 4


async def test_what_cannot_be_opened_is_told_before_a_run() -> None:
    with pytest.raises(UsageError, match="there is no source"):
        await Session.open(replace(SETTINGS, sources=("nowhere",)))
    with pytest.raises(UsageError, match="offline excludes"):
        await Session.open(replace(SETTINGS, sources=("ddgs",)))
    with pytest.raises(RemoteError):
        await Session.open(replace(SETTINGS, engine="http://127.0.0.1:9"))
    with pytest.raises((ModelMissingError, NotFoundError)):
        await Session.open(replace(SETTINGS, model="nonesuch"))


def test_who_reads_pages() -> None:
    engine, prompts = engine_for([]), load_prompts()
    assert isinstance(reader_for(Settings(), prompts, engine), ExtractReader)
    assert isinstance(reader_for(Settings(reader="model"), prompts, engine), ModelReader)
    quick = ScriptedEngine(by_label({}), quick=True)
    assert isinstance(reader_for(Settings(), prompts, quick), ModelReader)
    assert isinstance(reader_for(Settings(), replace(prompts, reader="model"), engine), ModelReader)
    assert isinstance(reader_for(Settings(reader="both"), prompts, quick), BothReaders)
    compact = load_prompts("compact")
    assert isinstance(reader_for(Settings(reader="extract"), compact, engine), ExtractReader)


async def test_lead_and_subagents_on_servers_of_their_own() -> None:
    lead_says = [
        Say([delegate("Find the capital of Peru.")]),
        Say([table([("Peru", "Lima")], ("country", "capital"))]),
    ]
    sub_says = [Say([search("Peru capital")]), Say(["Capital: ", "Lima"])]
    async with Script(lead_says) as lead, Script(sub_says) as sub:
        settings = replace(SETTINGS, engine="http://127.0.0.1:9", lead_model=lead.url, sub_model=sub.url)
        async with await Session.open(settings) as opened:
            journal = ListJournal()
            state = await opened.run("List Peru and its capital", journal).go()
    assert state.ending is ev.Ending.COMPLETE
    assert state.model == "m (subagents: m)"
    assert (len(lead.asked), len(sub.asked)) == (2, 2)
    ticks = [event for event in journal.events if isinstance(event, ev.EngineTicked)]
    assert not ticks or ticks[-1].decode_tokens > 0


async def test_the_first_model_is_closed_when_the_second_cannot_be_opened() -> None:
    async with Script([]) as lead:
        settings = replace(SETTINGS, lead_model=lead.url, sub_model="http://127.0.0.1:9")
        with pytest.raises(RemoteError):
            await Session.open(settings)


class Loaded:
    """Stands in for an engine."""

    notes = ()

    def __init__(self, options: LoadOptions) -> None:
        self.options, self.closed = options, False

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Loaded]:
    """The engines that were loaded, for a known model that is on this machine."""
    engines: list[Loaded] = []

    def load(options: LoadOptions) -> Loaded:
        engines.append(Loaded(options))
        return engines[-1]

    choice = ModelChoice("own", gguf(tmp_path / "own.gguf"), known=True)
    monkeypatch.setattr("wideseek_cli.models.choose.resolve", lambda *_, **__: choice)
    monkeypatch.setattr(LocalEngine, "load", load)
    return engines


async def test_what_was_loaded_ahead_is_what_is_opened(loaded: list[Loaded]) -> None:
    ahead = load_ahead(SETTINGS)
    opened = await open_engine(replace(SETTINGS, model="own"), ahead=ahead)
    assert [opened.engine] == loaded


async def test_a_model_that_was_loaded_otherwise_is_loaded_again(loaded: list[Loaded]) -> None:
    ahead = load_ahead(SETTINGS)
    opened = await open_engine(replace(SETTINGS, width=3), ahead=ahead)
    first, second = loaded
    assert (first.closed, second.closed) == (True, False)
    assert opened.engine is second
    assert second.options.width == 3


@pytest.mark.parametrize("settings", [Settings(engine="http://127.0.0.1:9"), Settings(sub_model="other")])
def test_nothing_is_loaded_ahead_where_more_is_to_be_known(settings: Settings, loaded: list[Loaded]) -> None:
    assert load_ahead(settings) is None
    assert loaded == []


def test_a_model_that_is_not_here_is_not_loaded_ahead() -> None:
    assert load_ahead(replace(SETTINGS, model="nonesuch")) is None


def test_who_has_a_model_of_its_own() -> None:
    assert own_models(Settings(model="a")) is None
    assert own_models(Settings(model="a", lead_model="a", sub_model="a")) is None
    assert own_models(Settings(model="a", sub_model="b")) == (Settings(model="a"), Settings(model="b"))
    url = "http://127.0.0.1:1"
    assert own_models(Settings(engine=url, lead_model="b")) == (Settings(model="b"), Settings(engine=url))


@pytest.mark.parametrize(
    ("own", "thinking", "prompts"), [("compact", True, "compact"), ("", True, ""), ("", False, "plain")]
)
def test_which_prompts_a_model_gets(own: str, thinking: bool, prompts: str) -> None:
    assert prompts_of(ModelChoice("m", Path("m.gguf"), prompts=own, thinking=thinking)) == prompts
