"""Check the demo model on held-out worlds: calls without a grammar, absent fields, altered values.

    python -m models.demo.checks BASE.gguf models/demo/adapter.gguf --split test

Subagents read factbook pages on which every fact that is asked has another country's value, and are also
asked for something that no page has. Then whole questions are answered. All of it without a grammar.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.demo import worlds
from models.demo.experts.fieldwork import MISSING
from models.demo.experts.speech import joined
from wideseek_cli.agents.lead import Crew
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.world import Budget, World
from wideseek_cli.core.events import Event, Replied
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, Sampling
from wideseek_cli.core.state import RunState
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.eval.questions.factbook_fields import FIELDS, Field, text_of
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS, questions
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.offline.factbook import Country, load_countries
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.sources.opening import SourceSet, open_sources
from wideseek_cli.sources.reading.reader import ExtractReader

GREEDY = Sampling(temperature=0.0)
TOGETHER = 5  # things of one question
# What no page of the factbook states, in words that training never used.
ABSENT = ("tallest building", "number of museums", "speed limit", "number of libraries", "largest stadium",
          "oldest bridge", "number of cinemas", "bus fare", "average shoe size", "bookshops")  # fmt: skip
_LISTS = {
    "create_sub_agents": ("sub_agents", "prompt"),
    "search": ("queries", "query"),
    "access": ("urls", "url"),
}


@dataclass
class Tally:
    """What was counted, and some of what was wrong."""

    calls: Counter[bool] = field(default_factory=Counter)
    altered: Counter[str] = field(default_factory=Counter)  # followed, remembered, not found, other
    absent: Counter[bool] = field(default_factory=Counter)  # False: something was claimed
    wrong: list[str] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Judge every reply that calls a tool, or tries to."""
        if isinstance(event, Replied) and ("tool_call" in event.text or '{"name"' in event.text):
            good = well_formed(event.text)
            self.calls[good] += 1
            if not good:
                self.wrong.append(f"call: {event.text[:300]!r}")

    def told(self) -> str:
        """The figures, a line each."""
        asked, claimed = self.absent.total(), self.absent[False]
        right, calls = self.calls[True], self.calls.total()
        return (
            f"calls without a grammar: {right} of {calls} valid ({right / max(calls, 1):.1%})\n"
            f"absent fields: {claimed} of {asked} answered ({claimed / max(asked, 1):.1%})\n"
            f"altered values: {dict(self.altered)}, "
            f"{self.altered['followed'] / max(self.altered.total(), 1):.1%} followed"
        )


@dataclass(frozen=True)
class Asked:
    """A question to subagents: about whom, which facts, and the one that does not exist."""

    things: tuple[worlds.Thing, ...]
    needs: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"Make a list of {joined([t.name for t in self.things])} with {joined(self.needs)}."

    def tasks(self) -> list[str]:
        return [f"Find for {thing.name}: {', '.join(self.needs)}" for thing in self.things]


def well_formed(reply: str) -> bool:
    """Whether every call is closed, plain JSON, to a tool that exists, with items of the right shape."""
    blocks = reply.split(CALL_OPEN)[1:]
    return bool(blocks) and all(
        CALL_CLOSE in block and _is_call(block.split(CALL_CLOSE)[0]) for block in blocks
    )


def _is_call(text: str) -> bool:
    try:
        call = json.loads(text)
        name, most = _LISTS[call["name"]]
        items = call["arguments"][name]
        return bool(items) and all(isinstance(item[most], str) and item[most] for item in items)
    except (ValueError, KeyError, TypeError):
        return False


def draw(world: worlds.World, split: str, count: int, rng: random.Random) -> Iterator[Asked]:
    """Questions about `count` things in all, two facts and an absent one each."""
    every = list({thing.name: thing for thing in world.things()}.values())
    for _ in range(0, count, TOGETHER):
        needs = [item.name for item in rng.sample(FIELDS[split], 2)]
        needs.insert(rng.randint(0, 2), rng.choice(ABSENT))
        yield Asked(tuple(rng.sample(every, TOGETHER)), tuple(needs))


def judge(asked: Asked, reports: Sequence[tuple[str, str]], split: str, tally: Tally) -> None:
    """Compare the reports with the altered pages and with the true ones."""
    fields = {item.name: item for item in FIELDS[split]}
    true = {country.title: country for country in load_countries()}
    by_task = dict(reports)
    for thing, task in zip(asked.things, asked.tasks(), strict=True):
        lines = dict(re.findall(r"^- (.+?): (.*)$", by_task.get(task, ""), re.MULTILINE))
        for need in asked.needs:
            said = lines.get(need, MISSING)
            if need not in fields:
                tally.absent[said == MISSING] += 1
                outcome = "" if said == MISSING else "claimed"
            else:
                outcome = _outcome(said, thing, true[thing.name], fields[need])
                tally.altered.update([outcome] if outcome else [])
            if outcome not in ("", "followed"):
                tally.wrong.append(f"{outcome}: {thing.name}, {need}: {said}")


def _outcome(said: str, thing: worlds.Thing, country: Country, item: Field) -> str:
    """How an altered value was reported; empty where the page has none that is plain and altered."""
    fact = thing.facts.get(item.name)
    page, own = item.clean(fact.text) if fact else "", item.clean(text_of(country, item))
    if not page or page == own:
        return ""
    answer = item.clean(said) or said
    if page in (answer, said):
        return "followed"
    return "remembered" if own and own in (answer, said) else MISSING if said == MISSING else "other"


async def read_altered(engine: LocalEngine, split: str, count: int, seed: int, tally: Tally) -> None:
    """Subagents over a factbook in which every page is altered."""
    rng = random.Random(seed)
    world = worlds.factbook(rng, SPLIT_REGIONS[split], 1.0, FIELDS[split])
    settings = Settings(width=TOGETHER, grammar=False)
    prompts = load_prompts("compact")
    prompts = replace(prompts, limits=replace(prompts.limits, width=TOGETHER))
    reader = ExtractReader(prompts.limits.reader_tokens, engine.count_tokens)

    async def one(source: ZimSource, asked: Asked) -> None:
        run = World(engine, prompts, settings, tally.hear, Budget(settings, tally.hear), sampling=GREEDY)
        library = Library(SourceSet(source, source, reader, True), prompts, tally.hear, run.budget)
        crew = Crew(run, library, asked.text, RunState(), lambda _: None)
        done = await crew.work(1, asked.tasks(), by="lead")
        judge(asked, [(finished.agent.task, finished.text) for finished in done], split, tally)

    with tempfile.TemporaryDirectory() as folder:
        source = ZimSource(world.write(Path(folder)), world.name)
        todo = list(draw(world, split, count, rng))
        for at in range(0, len(todo), 2):
            await asyncio.gather(*(one(source, asked) for asked in todo[at : at + 2]))
            print(f"{min(at + 2, len(todo))} of {len(todo)} groups", file=sys.stderr)


class _NoJournal:
    run = "checks"

    def commit(self, event: Event) -> None:
        """Nothing is kept."""


async def answer(engine: LocalEngine, split: str, count: int, tally: Tally) -> None:
    """Whole questions, small ones, for their calls."""
    settings = Settings(model="demo", sources=("factbook",), offline=True, width=10, grammar=False, repair=0)
    session = Session(settings, OpenEngine(engine, GREEDY, "compact"), open_sources(settings))
    for question in questions(split)[:count]:
        await session.run(question.text, _NoJournal(), [lambda event, _: tally.hear(event)]).go()
        print(question.id, file=sys.stderr)
    await session.sources.aclose()


async def check(arguments: argparse.Namespace) -> Tally:
    options = LoadOptions(
        model=arguments.base, name="demo", adapter=arguments.adapter, width=10, conversation_tokens=8000,
        sampling=GREEDY, grammar=False,
    )  # fmt: skip
    engine = await asyncio.to_thread(LocalEngine.load, options)
    tally = Tally()
    try:
        await read_altered(engine, arguments.split, arguments.things, arguments.seed, tally)
        await answer(engine, arguments.split, arguments.questions, tally)
    finally:
        await engine.aclose()
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--things", type=int, default=100)
    parser.add_argument("--questions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    tally = asyncio.run(check(parser.parse_args()))
    print("\n".join(tally.wrong), file=sys.stderr)
    print(tally.told())


if __name__ == "__main__":
    main()
