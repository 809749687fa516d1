"""Questions about a practice world, in the training split's phrasings."""

from __future__ import annotations

import random
from collections.abc import Sequence

from models.demo.expert import Task
from models.demo.worlds import Thing, World
from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.eval.factbook import PHRASINGS
from wideseek_cli.table.model import Column, ColumnType

_EXTRA = (
    "{set} with {fields}",
    "{set} and their {fields}.",
    "Name {set} and, for each, {fields}.",
    "Build a table: {set}, {fields}.",
    "Research {fields} of {set}.",
    "Which are {set}? Add {fields}.",
    "I am writing a report on {set}. Get me {fields}.",
)
_SHORT = ("What is the {field} of {thing}?", "Tell me the {field} of {thing}.", "{thing}: which {field}?",
          "Find the {field} of {thing}.", "{field} of {thing}?")  # fmt: skip
_LINES = (
    'Columns: {columns}. Write "not found" where a value cannot be found.',
    "Columns: {columns}.",
    "Use the columns {columns}.",
)
_COLUMN_KINDS = (ColumnType.STR, ColumnType.STR, ColumnType.INT, ColumnType.FLOAT, ColumnType.DATE)
_TAILS = (" in full", " by the latest figure", " as stated")
_MOST_ROWS = 26


def draw(world: World, rng: random.Random, prompts: PromptSet) -> Task:
    """A question; about one in fifteen wants a short answer."""
    if rng.random() < 0.07:
        return _short(world, rng)
    groups, things = _who(world, rng)
    fields = tuple(rng.sample(world.fields, min(len(world.fields), _count(rng))))
    said = tuple(name + rng.choice(_TAILS) if rng.random() < 0.04 else name for name in fields)
    columns = (rng.choice((world.singular, world.singular, "name", world.singular.capitalize())), *said)
    if groups:
        names = _joined(groups)
        article, link = rng.choice(("the ", "the ", "all ", "")), rng.choice(("of", "of", "in"))
        some = f"{article}{world.plural} {link} {names}"
    else:
        some = _joined([thing.name for thing in things])
    form = rng.choice((*PHRASINGS["train"], *_EXTRA))
    text = form.replace("{set}", some).replace("{fields}", _joined(said))
    text = text[0].upper() + text[1:]
    way = rng.random()
    if way < 0.5:
        text += rng.choice(("\n", " ")) + rng.choice(_LINES).replace("{columns}", ", ".join(columns))
    elif way < 0.75:
        kinds = (Column(name, rng.choice(_COLUMN_KINDS)) for name in columns[1:])
        text = main_task(text, prompts, (Column(columns[0]), *kinds))
    else:
        columns = (world.singular, *said)
    return Task(text, tuple(things), tuple(groups), fields, said, columns)


def _short(world: World, rng: random.Random) -> Task:
    thing = rng.choice(world.things())
    name = rng.choice(world.fields)
    text = rng.choice(_SHORT).replace("{field}", name).replace("{thing}", thing.name)
    return Task(text[0].upper() + text[1:], (thing,), (), (name,), (name,), (), short=True)


def _who(world: World, rng: random.Random) -> tuple[Sequence[str], list[Thing]]:
    """Groups to be listed first, or things named at once."""
    small = [group for group, things in world.groups.items() if len(things) <= _MOST_ROWS]
    if rng.random() < 0.3:
        every = list({thing.name: thing for thing in world.things()}.values())
        count = min(len(every), rng.choice((2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 13)))
        return (), rng.sample(every, count)
    if rng.random() < 0.14 and len(small) > 1:
        pair = rng.sample(small, 2)
        joined = {thing.name: thing for group in pair for thing in world.groups[group]}
        if len(joined) <= _MOST_ROWS and len(joined) == sum(len(world.groups[group]) for group in pair):
            return pair, list(joined.values())
    group = rng.choice(small)
    return (group,), world.groups[group]


def _count(rng: random.Random) -> int:
    return rng.choices((1, 2, 3, 4, 5, 6), (10, 32, 26, 16, 9, 7))[0]


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
