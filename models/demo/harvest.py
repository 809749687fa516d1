"""Play the expert through the real loop, tools and prompts, and keep every agent's tokens.

    python -m models.demo.harvest BASE.gguf OUT.jsonl --tokens 1500000 --seed 1

A line is one agent's transcript: {"run", "role", "ids", "said"}; `said` are [start, end) ranges of the
agent's own words, its end-of-turn token included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.demo import invented, practice, tables, worlds
from models.demo.experts.expert import Expert
from models.demo.experts.fieldwork import Task
from models.demo.tasks import draw
from models.scripted import ScriptedConversation, ScriptedEngine
from wideseek_cli.agents.lead import Crew, LeadTools
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.loop import Agent, run_agent
from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.agents.world import Budget
from wideseek_cli.agents.world import World as RunWorld
from wideseek_cli.core.events import DocumentSaved, Event, Role
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.core.state import RunState
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.engine.llamacpp.llama import Model
from wideseek_cli.engine.local.engine import TAGS
from wideseek_cli.eval.questions.factbook_fields import FIELDS
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.sources.reading.reader import ExtractReader
from wideseek_cli.table.model import Document

PER_WORLD = 8  # questions
OPENINGS = 6  # further questions of which only how the lead begins is kept
WIDE = 0.75  # of the factbook's worlds: all facts are asked, not only the training split's
MOST_SAME = 3  # subagents of one question that are kept: the rest would be more of the same


class Tokens:
    """The base model's tokenizer and chat template, as the engine uses them."""

    def __init__(self, gguf: Path) -> None:
        self.model = Model(gguf, gpu_layers=0)
        self.template = ChatTemplate(
            self.model.metadata["tokenizer.chat_template"],
            bos_token=self.model.start_text,
            eos_token=self.model.end_text,
            specials=[*self.model.special_texts, *TAGS],
        )
        self.end = self.model.tokenize(self.template.end_text)

    def count(self, text: str) -> int:
        return len(self.model.tokenize(text))

    def transcript(
        self, talk: ScriptedConversation, most: int | None = None
    ) -> tuple[list[int], list[list[int]]]:
        """All ids of a conversation, or of its first `most` turns, and which of them the agent said."""
        ids = self.model.tokenize(self.template.render_opening(talk.opening))
        said = []
        turns = talk.turns[:most]
        for number, turn in enumerate(turns, start=1):
            start = len(ids)
            ids += self.model.tokenize(turn.reply.text, special=False) + self.end
            said.append([start, len(ids)])
            if turn.tool_result is not None and number < len(turns):
                ids += self.model.tokenize(self.template.render_tool_result(turn.tool_result))
        return ids, said


class CountingEngine(ScriptedEngine):
    """A scripted engine that counts in the base model's tokens, so that budgets cut where they will."""

    def __init__(self, script: Expert, tokens: Tokens) -> None:
        super().__init__(script, context=8192)
        self._tokens = tokens

    def count_tokens(self, text: str) -> int:
        return self._tokens.count(text)


class RoughSearch:
    """A search source with the accidents of real ones: nothing found, the right hit missing or not first."""

    def __init__(self, source: ZimSource, rng: random.Random) -> None:
        self._source, self._rng = source, rng
        self.name = source.name

    async def search(self, query: str, count: int) -> SearchResult:
        found = await self._source.search(query, count)
        luck = self._rng.random()
        hits: list[Hit] = list(found.hits)
        if luck < 0.03:
            return replace(found, hits=())
        if luck < 0.08:
            return replace(found, hits=tuple(hits[1:]))
        if luck < 0.3:
            self._rng.shuffle(hits)
            return replace(found, hits=tuple(hits))
        return found

    async def aclose(self) -> None:
        await self._source.aclose()


@dataclass(frozen=True)
class PracticeSources:
    """What agents search and read in practice."""

    search: RoughSearch
    pages: ZimSource
    reader: ExtractReader


class _Read:
    """The documents of a run, out of its events."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, DocumentSaved):
            self.documents.append(event.document)


def practice_worlds(rng: random.Random) -> Iterator[worlds.World]:
    """Endless worlds: the factbook's training regions, real tables, inventions."""
    real = tables.available()
    while True:
        kind = rng.random()
        if kind < 0.55:
            regions = SPLIT_REGIONS["train"]
            fields = practice.draw_fields(rng, regions) if rng.random() < WIDE else FIELDS["train"]
            yield worlds.factbook(rng, regions, fields=fields)
        elif kind < 0.65 and real:
            yield rng.choice(real)(rng)
        else:
            yield invented.invented(rng)


async def play(
    world: worlds.World, source: ZimSource, prompts: PromptSet, tokens: Tokens, rng: random.Random
) -> list[ScriptedConversation]:
    """One question, played by the expert; every conversation there was."""
    task = draw(world, rng, prompts)
    width = rng.choices((10, 8, 6, 5, 4, 3, 2, 1), (20, 18, 12, 6, 22, 5, 5, 12))[0]
    prompts = replace(prompts, limits=replace(prompts.limits, width=width))
    expert = Expert(world, task, rng, width)
    if rng.random() < 0.12:
        names = [task.subtask(thing.name) for thing in task.things]
        expert.failing = set(rng.sample(names, 1))
    engine = CountingEngine(expert, tokens)
    read = _Read()
    settings = Settings(width=_taken(width, rng))
    run = RunWorld(engine, prompts, settings, read.hear, Budget(settings, read.hear))
    reader = ExtractReader(prompts.limits.reader_tokens, tokens.count)
    sources = PracticeSources(RoughSearch(source, rng), source, reader)
    library = Library(sources, prompts, read.hear, run.budget)
    crew = Crew(run, library, task.text, RunState(), _ignore)
    tools = LeadTools(run, crew, _Practice())
    limits = prompts.limits
    lead = Agent("lead", Role.LEAD, task.text, limits.lead_turns, limits.lead_answer_tokens)
    await run_agent(run, replace(lead, wants_table=not task.short), tools)
    if not task.short and rng.random() < 0.2:
        await crew.work(99, _repairs(task, rng)[:width], by="repair")
    return engine.conversations


def _repairs(task: Task, rng: random.Random) -> list[str]:
    """Subtasks of a repair wave: some rows' cells once more, by the table's columns; at times a few rows in
    one subtask."""
    rows = rng.sample(task.things, min(len(task.things), rng.randint(1, 4)))
    columns = task.columns[1:]
    asks = [
        f"Find for {row.name}: {', '.join(rng.sample(columns, rng.randint(1, min(2, len(columns)))))}"
        for row in rows
    ]
    together = rng.choice((1, 1, 2, 3))
    return ["\n".join(asks[at : at + together]) for at in range(0, len(asks), together)]


def _taken(width: int, rng: random.Random) -> int:
    """How many subtasks are really taken: now and then fewer than the prompt says, and the lead is told."""
    return rng.choice((2, 4, 4, 5)) if width > 5 and rng.random() < 0.06 else width


def _ignore(_: object) -> None:
    """Nothing is shown of a practice run."""


class _Practice:
    """Whom the expert plays the lead for."""

    def planned(self, tasks: Sequence[str]) -> None:
        """Nothing is shown of a practice run."""

    async def reported(self) -> None:
        """Nothing is made of what was read."""

    def has_answer(self, text: str) -> bool:
        return "|" in text or "boxed" in text

    async def lacks(self, text: str) -> str:
        return ""


def keep(talks: list[ScriptedConversation], rng: random.Random) -> list[ScriptedConversation]:
    """The lead, list makers, those with something unusual, and some of the many that are alike."""
    talks = [talk for talk in talks if talk.turns and talk.turns[-1].tool_result is None]
    lead = [talk for talk in talks if talk.opening.label == "lead"]
    rest = [talk for talk in talks if talk.opening.label != "lead"]
    rng.shuffle(rest)
    lists = [talk for talk in rest if "# Subtask\nList " in talk.opening.user]
    rest = [talk for talk in rest if talk not in lists]
    odd = [max(rest, key=lambda talk: len(talk.turns))] if rest else []
    return lead + lists + odd + [talk for talk in rest if talk not in odd][: MOST_SAME - 1]


async def harvest(base: Path, out: Path, wanted: int, seed: int) -> None:
    """Write transcripts until there are `wanted` tokens."""
    rng = random.Random(seed)
    tokens, prompts = Tokens(base), load_prompts("compact")
    total = runs = 0

    def write(talk: ScriptedConversation, most: int | None = None) -> int:
        ids, said = tokens.transcript(talk, most)
        role = "lead" if talk.opening.label == "lead" else "subagent"
        file.write(json.dumps({"run": runs, "role": role, "ids": ids, "said": said}) + "\n")
        return len(ids)

    with out.open("w", encoding="utf-8") as file, tempfile.TemporaryDirectory() as folder:
        for world in practice_worlds(rng):
            source = ZimSource(world.write(Path(folder)), world.name)
            for number in range(PER_WORLD + OPENINGS):
                runs += 1
                talks = await play(world, source, prompts, tokens, rng)
                if number < PER_WORLD:
                    total += sum(write(talk) for talk in keep(talks, rng))
                else:
                    total += sum(write(talk, rng.choice((1, 1, 2))) for talk in keep(talks, rng)[:1])
            print(f"{runs} runs, {total:,} tokens", file=sys.stderr)
            if total >= wanted:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tokens", type=int, default=1_500_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(harvest(arguments.base, arguments.out, arguments.tokens, arguments.seed))


if __name__ == "__main__":
    main()
