"""A server's model: what it is known as, how it is spoken to, and what the user is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.agents.fakeworld import ListJournal, delegate, search, table
from tests.engine.scripted_server import Fail, Say, Script
from tests.models.ggufs import small_gguf
from wideseek_cli.core import events as ev
from wideseek_cli.core.messages import Opening
from wideseek_cli.models.registry import load_registry
from wideseek_cli.opening import served_entry
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.columns import parse_columns

SETTINGS = Settings(
    sources=("factbook",), offline=True, columns=parse_columns("country, capital"), reader="extract"
)


@pytest.mark.parametrize(
    ("served", "name"),
    [
        ("wideseek-r1-4b.q4_k_m", "wideseek-r1-4b"),
        ("wideseek-r1-4b@q4_k_m", "wideseek-r1-4b"),
        ("/srv/models/WideSeek-R1-4b/", "wideseek-r1-4b"),
        ("Qwen3-4B-Q4_K_M", "qwen3-4b"),
        ("qwen3:4b", "qwen3-4b"),
        ("Qwen/Qwen3-4B-GGUF:Q8_0", "qwen3-4b"),
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "qwen2.5-coder-1.5b"),
        ("qwen2.5-coder:1.5b-instruct-q4_K_M", "qwen2.5-coder-1.5b"),
        ("/m/" + load_registry().get("demo").file, "demo"),
        ("demo-lora", "demo-lora"),
        ("Qwen/Qwen3-4B-Instruct-2507", ""),  # another model, which does not reason
        ("Qwen/Qwen3-4B-Base", ""),
        ("qwen3:latest", ""),
        ("q4_k_m", ""),
        ("", ""),
    ],
)
def test_known_models_are_known_by_what_servers_call_them(served: str, name: str) -> None:
    entry = served_entry(served)
    assert (entry.name if entry else "") == name


def listed(name: str) -> dict[str, Any]:
    return {"data": [{"id": name, "owned_by": "vllm", "max_model_len": 32_000}]}


@pytest.mark.parametrize(
    ("name", "flags", "told"),
    [
        ("gpt-17", {}, True),
        ("gpt-17", {"prompts": "plain"}, False),
        ("gpt-17", {"model": "qwen3-4b"}, False),  # the user says what it is
        ("Qwen/Qwen3-4B", {}, False),
    ],
)
async def test_an_unknown_model_is_told_in_one_line(name: str, flags: dict[str, str], told: bool) -> None:
    said: list[str] = []
    async with Script([], models=listed(name)) as server:
        settings = replace(SETTINGS, engine=server.url, **flags)  # type: ignore[arg-type]
        async with await Session.open(settings, said.append):
            pass
    assert [line for line in said if "gpt-17 is no model" in line] == said
    assert len(said) == told


async def test_what_a_server_does_to_prompts_is_told_in_the_run() -> None:
    answers = [
        Say([delegate("Find the capital of Peru.")], usage=(300, 0, 9)),
        Say([search("Peru capital")], usage=(300, 0, 9)),
        Say(["Capital: Lima"], usage=(300, 0, 9)),
        Say([table([("Peru", "Lima")], ("country", "capital"))], usage=(300, 0, 9)),
    ]
    journal = ListJournal()
    async with (
        Script(answers, models=listed("m")) as server,
        await Session.open(replace(SETTINGS, engine=server.url)) as opened,
    ):
        state = await opened.run("List Peru and its capital", journal).go()
        opened.model.engine.note("late", "nobody runs any more")  # type: ignore[attr-defined]
    assert state.ending is ev.Ending.COMPLETE
    (notice,) = (event.text for event in journal.events if isinstance(event, ev.Noticed))
    assert "read only 300 of about" in notice


@pytest.fixture
def here(qwen3_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """qwen3-4b's file in the models folder, as far as its head."""
    path = tmp_path / load_registry().get("qwen3-4b").file
    path.write_bytes(small_gguf({"tokenizer.chat_template": qwen3_template}))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path))
    return path


async def reply_at(server: Script) -> list[str]:
    """Where a reply is asked for."""
    async with server, await Session.open(replace(SETTINGS, engine=server.url)) as opened:
        talk = await opened.model.engine.open(Opening("You look.", "Go"))
        assert (await talk.reply()).text == "ok"
    return [path for path, _ in server.asked]


async def test_a_text_is_continued_where_the_models_file_is_here(here: Path) -> None:
    server = Script([Say(["ok"])], models=listed("Qwen/Qwen3-4B"))
    assert await reply_at(server) == ["/v1/completions"]
    body = server.asked[0][1]
    assert body["prompt"].startswith("<|im_start|>system\nYou look.<|im_end|>\n<|im_start|>user\nGo")
    assert body["stop"] == ["<|im_end|>"]
    refuses = Script([Fail(404), Say(["ok"])], models=listed("Qwen/Qwen3-4B"))
    assert await reply_at(refuses) == ["/v1/completions", "/v1/chat/completions"]


async def test_messages_are_sent_where_no_template_is_known(here: Path) -> None:
    chat = ["/v1/chat/completions"]
    assert await reply_at(Script([Say(["ok"])], models=listed("wideseek-r1-4b"))) == chat  # not here
    ollama = {"data": [{"id": "qwen3:4b", "owned_by": "library"}]}  # puts its own template around texts
    assert await reply_at(Script([Say(["ok"])], models=ollama)) == chat


@pytest.mark.parametrize(
    "damaged", [small_gguf(), small_gguf({"tokenizer.chat_template": "{{ broken"}), b"GGU"], ids=len
)
def test_a_file_without_a_template_changes_nothing(here: Path, damaged: bytes) -> None:
    here.write_bytes(damaged)
    server = Script([Say(["ok"])], models=listed("Qwen/Qwen3-4B"))
    assert asyncio.run(reply_at(server)) == ["/v1/chat/completions"]
