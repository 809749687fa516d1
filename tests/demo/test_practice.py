"""The scripted expert plays through the real loop and tools: its transcripts are what the model learns."""

from __future__ import annotations

import asyncio
import json
import random
import re
from pathlib import Path

import pytest

from models.demo import harvest, invented, packing, practice, worlds
from models.demo.experts.fieldwork import Fieldwork, Task
from models.scripted import ScriptedConversation
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.eval.questions.factbook_fields import FIELDS
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.sources.reading.terms import guess_tokens


class Guessing:
    """Stands in for the tokenizer: the words are what is looked at here."""

    count = staticmethod(guess_tokens)


@pytest.fixture(scope="module")
def world() -> worlds.World:
    return invented.invented(random.Random(5))


@pytest.fixture(scope="module")
def source(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> ZimSource:
    return ZimSource(world.write(tmp_path_factory.mktemp("zim")), world.name)


async def _talks(world: worlds.World, source: ZimSource, seed: int) -> list[ScriptedConversation]:
    prompts = load_prompts("compact")
    return await harvest.play(world, source, prompts, Guessing(), random.Random(seed))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def played(world: worlds.World, source: ZimSource) -> list[ScriptedConversation]:
    """Sixty questions."""

    async def play() -> list[ScriptedConversation]:
        return [talk for seed in range(60) for talk in await _talks(world, source, seed)]

    return asyncio.run(play())


@pytest.mark.slow
async def test_tables_hold_what_the_pages_say(world: worlds.World, source: ZimSource) -> None:
    facts = {thing.name: thing.facts for thing in world.things()}
    cells = right = 0
    for seed in range(12):
        lead = next(talk for talk in await _talks(world, source, seed) if talk.opening.label == "lead")
        lines = [line for line in lead.turns[-1].reply.text.splitlines() if "|" in line]
        rows = [line.strip("| ").split(" | ") for line in lines]
        for row in rows[2:]:
            for name, value in zip(rows[0][1:], row[1:], strict=True):
                fact = facts[row[0]].get(next((f for f in world.fields if name.startswith(f)), ""))
                cells += 1
                right += value == (fact.value if fact and fact.value else "not found")
    assert cells > 100
    assert right / cells > 0.97  # the rest: passages that did not fit the reader's budget


@pytest.mark.slow
async def test_every_call_is_well_formed_and_every_agent_ends(world: worlds.World, source: ZimSource) -> None:
    for seed in range(8):
        for talk in harvest.keep(await _talks(world, source, seed), random.Random(seed)):
            *before, last = [turn.reply.text for turn in talk.turns]
            assert "<tool_call>" not in last
            for text in before:
                call = json.loads(re.findall(r"<tool_call>\n(.*)\n</tool_call>$", text)[0])
                assert call["name"] in ("create_sub_agents", "search", "access")


@pytest.mark.slow
def test_detours_are_practised(played: list[ScriptedConversation]) -> None:
    said = "\n".join(turn.reply.text for talk in played for turn in talk.turns)
    marks = (
        *("Other words.", "Failed: ", "Look again.", ": none.", "Doc 2 is ", "boxed"),
        *("Yes: ", "No page about ", "First the lists of "),
    )
    assert [mark for mark in marks if mark not in said] == []


@pytest.mark.slow
def test_every_list_is_a_subtask_of_its_own(world: worlds.World, played: list[ScriptedConversation]) -> None:
    """So that no agent has to hold several lists; the lead goes through them by their own numbers."""
    leads = [
        talk.turns
        for talk in played
        if talk.opening.label == "lead" and "First the lists of" in talk.turns[0].reply.text
    ]
    assert len(leads) > 3
    for turns in leads:
        asked = re.findall(r'"List the \w+ of ([^"]+)"', "".join(turn.reply.text for turn in turns))
        assert set(asked) <= set(world.groups)
        assert len(set(asked)) > 1
    plans = [turn.reply.text for turns in leads for turn in turns if "<think>Now " in turn.reply.text]
    assert any(re.search(r"Now \d+ to \d+ of \d+ in .+", text) for text in plans)


@pytest.mark.slow
def test_practice_asks_for_many_facts_and_for_none_that_is_held_out() -> None:
    fields = practice.draw_fields(random.Random(1), ("africa", "europe"))
    held_out = {field.path for split in ("dev", "test") for field in FIELDS[split]}
    names = {field.name for split in ("dev", "test") for field in FIELDS[split]}
    own = {field.path for field in FIELDS["train"]}
    assert len(fields) > 100
    assert not {field.path for field in fields} & held_out
    assert not {field.path[1] for field in fields if field.path not in own} & {path[1] for path in held_out}
    assert not {field.name for field in fields} & names
    assert not any("," in field.name or ":" in field.name for field in fields)


def test_the_expert_reports_only_what_it_was_shown(world: worlds.World) -> None:
    thing = world.things()[0]
    name = next(iter(thing.facts))
    task = Task("?", (thing,), (), (name,), (name,), ())
    worker = Fieldwork(world, task)
    fact = thing.facts[name]
    assert worker._seen(thing.name, name, "nothing of it") is None
    assert worker._seen(thing.name, name, f"{fact.heading} {fact.line}") == fact


@pytest.mark.slow
def test_altered_pages_say_other_values() -> None:
    plain = worlds.factbook(random.Random(1), ("europe",), altered=0.0)
    changed = worlds.factbook(random.Random(1), ("europe",), altered=1.0)
    by_name = {thing.name: thing for thing in plain.groups["Europe"]}
    differing = [thing for thing in changed.groups["Europe"] if thing.facts != by_name[thing.name].facts]
    assert len(differing) > 30
    thing = differing[0]
    fact = next(f for n, f in thing.facts.items() if f != by_name[thing.name].facts.get(n))
    assert fact.text.split("\n")[0].split("&")[0].split("'")[0] in thing.html


def test_packs_share_a_beginning_and_learn_only_what_was_said() -> None:
    shared = list(range(100, 110))
    both = [
        packing.Transcript("1", "subagent", (*shared, 1, 2, 3, 4), ((11, 13),)),
        packing.Transcript("1", "subagent", (*shared, 7, 8, 9), ((11, 13),)),
    ]
    (pack,) = packing.packs(both, random.Random(1))
    assert pack.ids == [*shared, 1, 2, 3, 7, 8]
    assert pack.positions == [*range(10), 10, 11, 12, 10, 11]
    assert pack.spans == [(0, 10, -1), (10, 13, 0), (13, 15, 0)]
    assert [(pack.ids[place], target) for place, target in zip(pack.places, pack.targets, strict=True)] == [
        (1, 2),
        (2, 3),
        (7, 8),
        (8, 9),
    ]


@pytest.mark.slow
async def test_transcripts_are_the_very_tokens_an_engine_sees(
    world: worlds.World, source: ZimSource, smollm2: Path
) -> None:
    tokens = harvest.Tokens(smollm2)
    talks = await harvest.play(world, source, load_prompts("compact"), tokens, random.Random(3))
    for talk in harvest.keep(talks, random.Random(1)):
        ids, said = tokens.transcript(talk)
        assert ids[: said[0][0]] == tokens.model.tokenize(tokens.template.render_opening(talk.opening))
        for (start, end), turn in zip(said, talk.turns, strict=True):
            assert tokens.model.text(ids[start:end]) == turn.reply.text + tokens.template.end_text
