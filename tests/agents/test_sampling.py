"""How tokens are drawn, from the command line to every conversation: lead, subagents and the page reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import (
    QUESTION,
    FakeSources,
    ListJournal,
    colleges,
    delegate,
    engine_for,
    search,
    table,
)
from tests.engine.scripted_server import Say, Script
from wideseek_cli import opening
from wideseek_cli.cli.commands import ask as command
from wideseek_cli.cli.shared import fetching
from wideseek_cli.core.messages import Sampling
from wideseek_cli.models import choose
from wideseek_cli.models.choose import ModelChoice
from wideseek_cli.models.registry import load_registry
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources import opening as sources
from wideseek_cli.table.columns import parse_columns

PLACES = colleges(3)
OWN = Sampling(temperature=0.3, top_p=0.7, top_k=5)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """What `ask` opens, with a model whose registry entry says OWN; nothing of the machine's own."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    scripted = engine_for(PLACES, reader=["It is said."])
    scripted.notes = ()  # type: ignore[attr-defined]
    choice = ModelChoice("m", tmp_path / "m.gguf", sampling=OWN, thinking=True)
    made_up = FakeSources(PLACES)
    monkeypatch.setattr(opening, "load_options", lambda *given, **more: None, raising=False)
    monkeypatch.setattr(opening, "_load", lambda *given, **more: scripted)
    monkeypatch.setattr(choose, "resolve", lambda *given, **more: choice)
    monkeypatch.setattr(fetching, "ensure_model", lambda *given, **more: choice)
    monkeypatch.setattr(
        sources, "open_sources", lambda *given, **more: sources.SourceSet(made_up.search, made_up, made_up)
    )
    return scripted


def ask(engine: ScriptedEngine, *flags: str) -> None:
    engine.conversations.clear()
    engine.closed = False
    result = CliRunner().invoke(command.app, [QUESTION, "-c", "college, city, founded:int", "-q", *flags])
    assert result.exit_code in (0, 1, 3), result.output


def drawn(engine: ScriptedEngine) -> dict[str, list[Sampling]]:
    """By kind of agent, how its conversations were drawn."""
    kinds: dict[str, list[Sampling]] = {"lead": [], "subagent": [], "reader": []}
    for talk in engine.conversations:
        label = talk.opening.label
        assert talk.opening.sampling is not None, label
        kinds[label if label in kinds else "subagent"].append(talk.opening.sampling)
    assert all(kinds.values()), "all kinds of agents took part"
    return kinds


def test_the_registrys_sampling_is_everybodys(engine: ScriptedEngine) -> None:
    ask(engine, "--reader", "model")
    assert {how for kind in drawn(engine).values() for how in kind} == {OWN}


def test_flags_go_before_the_registry(engine: ScriptedEngine) -> None:
    ask(engine, "--reader", "model", "--temperature", "0.9", "--top-p", "0.8", "--seed", "7")
    kinds = drawn(engine)
    for how in (how for kind in kinds.values() for how in kind):
        assert replace(how, seed=None) == Sampling(temperature=0.9, top_p=0.8, top_k=5)
        assert how.seed is not None
    assert len({how.seed for kind in kinds.values() for how in kind}) > 5, "each draws its own numbers"
    first = {talk.opening.user: talk.opening.sampling for talk in engine.conversations}
    ask(engine, "--reader", "model", "--temperature", "0.9", "--top-p", "0.8", "--seed", "7")
    assert {talk.opening.user: talk.opening.sampling for talk in engine.conversations} == first
    ask(engine, "--reader", "model", "--seed", "8")
    again = {talk.opening.user: talk.opening.sampling for talk in engine.conversations}
    assert again.keys() == first.keys()
    assert all(again[user] != first[user] for user in first)


ANSWERS = [
    [delegate("Find it.")],
    [search("Peru")],
    ["Lima"],
    [table([("Peru", "Lima")], ("country", "capital"))],
]


@pytest.mark.parametrize(
    ("model", "listed", "flags", "sent"),
    [
        ("", "m", {}, {"temperature": 1.0, "top_p": 1.0}),
        ("", "/srv/models/Qwen3-4B.gguf", {}, {"temperature": 0.6, "top_p": 0.95}),
        ("m", "m", {"temperature": 0.0, "seed": 3}, {"temperature": 0.0, "top_p": 1.0}),
        ("qwen3-4b", "qwen3-4b", {}, {"temperature": 0.6, "top_p": 0.95}),
        ("Qwen/Qwen3-4B", "Qwen/Qwen3-4B", {"top_p": 0.5}, {"temperature": 0.6, "top_p": 0.5}),
    ],
)
async def test_a_server_is_asked_for_a_known_models_own(
    model: str, listed: str, flags: dict[str, float], sent: dict[str, float]
) -> None:
    settings = Settings(
        sources=("factbook",),
        offline=True,
        columns=parse_columns("country, capital"),
        repair=0,
        reader="extract",
    )
    models = {"data": [{"id": listed, "owned_by": "vllm"}]}
    async with Script([Say(pieces) for pieces in ANSWERS], models) as server:
        settings = replace(settings, engine=server.url, model=model, **flags)  # type: ignore[arg-type]
        async with await Session.open(settings) as opened:
            await opened.run("List Peru and its capital", ListJournal()).go()
    assert len(server.asked) == 4
    for _, body in server.asked:
        assert {key: body[key] for key in sent} == sent
        assert ("seed" in body) == ("seed" in flags)


def test_a_known_model_on_a_server_is_spoken_to_as_it_is_used_to() -> None:
    for name, prompts in (("qwen2.5-coder-1.5b", "plain"), ("demo", "compact"), ("qwen3-4b", "")):
        entry = opening.served_entry(name)
        assert entry == load_registry().get(name)
        assert opening.prompts_of(entry) == prompts
    assert opening.served_entry("gpt-17") is None
    assert opening.served_entry("") is None
