"""What only a model of some size shows; minutes on two cores."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from pathlib import Path

import pytest

from tests.engine.ties import same_but_for_ties
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Sampling, ToolSpec, ToolUse
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine

pytestmark = [pytest.mark.big, pytest.mark.timeout(1800)]

SEARCH = ToolSpec(
    "search",
    "Search the web for several queries at once",
    {
        "type": "object",
        "properties": {
            "queries": {
                "type": "array",
                "minItems": 1,
                "maxItems": 5,
                "items": {
                    "type": "object",
                    "properties": {
                        "query": {"type": "string", "maxLength": 80},
                        "count": {"type": "integer"},
                    },
                    "required": ["query"],
                },
            }
        },
        "required": ["queries"],
    },
)
CITIES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper")
ENDINGS = ("ton", "ville", "berg", "field")


def table() -> str:
    """Forty rows of names, numbers and addresses."""
    rng = random.Random(3)
    lines = ["| City | Country | Founded | Population | Website |", "| --- | --- | --- | --- | --- |"]
    for city in (name + ending for ending in ENDINGS for name in CITIES):
        country = rng.choice(["Norland", "Southmark", "Eastovia"])
        site = f"https://www.{city.lower()}.example/city/{rng.randrange(1000, 9999)}"
        founded, people = rng.randrange(1100, 1950), rng.randrange(10_000, 900_000)
        lines.append(f"| {city} | {country} | {founded} | {people} | {site} |")
    return "\n".join(lines)


async def test_forced_calls_of_a_model_that_knows_no_tags_parse(qwen_coder: Path) -> None:
    options = LoadOptions(qwen_coder, width=4, conversation_tokens=2048, sampling=Sampling(), seed=1)
    engine = await asyncio.to_thread(LocalEngine.load, options)

    async def ask(number: int) -> Reply:
        subject = ("rivers of Peru", "mayors of Oslo", "novels by Dickens", "moons of Saturn")[number % 4]
        opening = Opening("Find out by searching.", f"List the {subject}.", tools=[SEARCH], label=str(number))
        conversation = await engine.open(opening)
        return await conversation.reply(ReplyLimits(max_tokens=500, tool_use=ToolUse.REQUIRED))

    replies = await asyncio.gather(*(ask(number) for number in range(8)))
    await engine.aclose()
    for reply in replies:
        calls = re.findall(r"<tool_call>(.*?)</tool_call>", reply.text, re.DOTALL)
        assert calls, reply.text
        for call in calls:
            parsed = json.loads(call)
            assert parsed["name"] == "search"
            assert all(isinstance(query["query"], str) for query in parsed["arguments"]["queries"])


async def test_copying_a_table_is_half_as_fast_again(qwen_coder: Path) -> None:
    """Drafts save passes and change nothing."""
    question = f"{table()}\n\nWrite all 40 rows again as they stand."
    rates, written = [], []
    for speculate in (True, False):
        options = LoadOptions(
            qwen_coder,
            width=0,
            conversation_tokens=4096,
            sampling=Sampling(temperature=0.0),
            speculate=speculate,
        )
        engine = await asyncio.to_thread(LocalEngine.load, options)
        conversation = await engine.open(Opening("You copy tables exactly and say nothing else.", question))
        await conversation.write_tokens(1)  # the prompt is computed
        began = time.perf_counter()
        reply = await conversation.reply(ReplyLimits(max_tokens=1700))
        seconds = time.perf_counter() - began
        stats, tokens = engine.stats, conversation.token_ids
        await engine.aclose()
        rates.append(len(reply.token_ids) / seconds)
        written.append(tokens)
        print(f"speculate={speculate}: {rates[-1]:.1f} tokens/s, {stats}")
    assert same_but_for_ties(qwen_coder, *written)
    assert rates[0] >= 1.5 * rates[1]
