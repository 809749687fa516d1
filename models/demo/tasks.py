"""Questions about a practice world, in the training split's phrasings."""

from __future__ import annotations

import random
from collections.abc import Sequence

from models.demo import invented
from models.demo.experts.fieldwork import Task
from models.demo.experts.speech import joined
from models.demo.worlds import Condition, Thing, World
from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.agents.shapes import main_task
from wideseek_cli.eval.questions.factbook_fields import FIELDS
from wideseek_cli.eval.questions.factbook_wide import PHRASINGS
from wideseek_cli.table.model import Column
from wideseek_cli.values.kinds import ColumnType

_EXTRA = (
    "{set} with {fields}",
    "{set} and their {fields}.",
    "Name {set} and, for each, {fields}.",
    "Build a table: {set}, {fields}.",
    "Research {fields} of {set}.",
    "Which are {set}? Add {fields}.",
    "I am writing a report on {set}. Get me {fields}.",
    "Take {set} and tell {fields} of each.",
    "Prepare {fields} about {set} in columns.",
    "I want {set} side by side: {fields}.",
    "Get {fields} on {set} so that I can sort them.",
    "Check {set} for {fields}.",
    "Put {set} in one sheet and add {fields}.",
    "{fields} for {set} in table form.",
    "Get me {fields} for {set}, in a sheet.",
    "I need {fields} of {set} in rows and columns.",
    "Write {set} down in a grid with {fields}.",
    "Tell me {fields} for {set} at once.",
    "Let us look at {set}: what are {fields}?",
    "For a slide I want {fields} of {set} as rows.",
)
_SHORT = ("What is the {field} of {thing}?", "Tell me the {field} of {thing}.", "{thing}: which {field}?",
          "Find the {field} of {thing}.", "{field} of {thing}?")  # fmt: skip
_LINES = (
    'Columns: {columns}. Write "not found" where a value cannot be found.',
    'Columns: {columns}. Write "not found" where a value cannot be found.',
    "Columns: {columns}.",
    "Use the columns {columns}.",
)
_CHINESE = ("{set}：{fields}？", "我需要{set}的{fields}，请做成表格。", "查一查{set}的{fields}。")
_CHINESE_LINE = '列名：{columns}。国家名称和内容请用英文；找不到的内容写 "not found"。'
_CHINESE_FIELDS = {field.name: field.chinese for field in FIELDS["train"]}
_COLUMN_KINDS = (ColumnType.STR, ColumnType.STR, ColumnType.INT, ColumnType.FLOAT, ColumnType.DATE)
_TAILS = (" in full", " by the latest figure", " as stated")
# Asked of worlds that have no such field, so that "not found" is right.
_FOREIGN = ("ticket price", "staff", "visitors", "capacity", "architect", "opening date", "station code",
            "call sign", "first mayor", "occupancy", "largest hall", "patron", "sister city", "rank",
            "licence number", "last inspection", "mean age", "domain suffix", "tree cover")  # fmt: skip
_MOST_ROWS = 26
_MOST_TOGETHER = 32  # rows of several groups
_MOST_CHECKED = 26  # rows of groups that a condition narrows
Who = tuple[tuple[str, ...], tuple[Thing, ...], Condition | None]


def draw(world: World, rng: random.Random, prompts: PromptSet) -> Task:
    """A question; about one in twenty wants a short answer, a few are in Chinese."""
    chance = rng.random()
    if chance < 0.05:
        return _short(world, rng)
    groups, things, condition = _who(world, rng)
    fields = _fields(world, rng)
    if world.name == "factbook" and not groups and chance < 0.17 and set(fields) <= set(_CHINESE_FIELDS):
        return _chinese(things, fields, rng)
    said = tuple(name + rng.choice(_TAILS) if rng.random() < 0.04 else name for name in fields)
    columns = (rng.choice((world.singular, world.singular, "name", world.singular.capitalize())), *said)
    if groups:
        article, link = rng.choice(("the ", "the ", "the ", "all ", "")), rng.choice(("of", "of", "of", "in"))
        some = f"{article}{world.plural} {link} {joined(groups)}"
        some += f" {condition.words}" if condition else ""
    else:
        some = joined([thing.name for thing in things])
    form = rng.choice((*PHRASINGS["train"], *_EXTRA))
    text = form.replace("{set}", some).replace("{fields}", joined(said))
    text = text[0].upper() + text[1:]
    way = rng.random()
    if way < 0.55:
        text += rng.choice(("\n", "\n", " ")) + rng.choice(_LINES).replace("{columns}", ", ".join(columns))
    elif way < 0.75:
        kinds = (Column(name, rng.choice(_COLUMN_KINDS)) for name in columns[1:])
        text = main_task(text, prompts, (Column(columns[0]), *kinds))
    else:
        columns = (world.singular, *said)
    return Task(text, things, groups, fields, said, columns, condition=condition)


def _short(world: World, rng: random.Random) -> Task:
    thing = rng.choice(world.things())
    name = rng.choice(world.fields)
    text = rng.choice(_SHORT).replace("{field}", name).replace("{thing}", thing.name)
    return Task(text[0].upper() + text[1:], (thing,), (), (name,), (name,), (), short=True)


def _chinese(things: Sequence[Thing], fields: Sequence[str], rng: random.Random) -> Task:
    """Asked in Chinese, looked up in English pages by English words, answered under Chinese headings."""
    chinese = [_CHINESE_FIELDS[name] for name in fields]
    columns = ("国家", *chinese)
    text = rng.choice(_CHINESE).replace("{set}", "、".join(thing.name for thing in things))
    line = _CHINESE_LINE.replace("{columns}", ", ".join(columns))
    text = f"{text.replace('{fields}', '、'.join(chinese))}\n{line}"
    return Task(text, tuple(things), (), tuple(fields), tuple(fields), columns)


def _fields(world: World, rng: random.Random) -> tuple[str, ...]:
    """Some of the world's fields; in one question of seven, one that no page of it has."""
    count = rng.choices((1, 2, 3, 4, 5, 6), (8, 30, 27, 17, 11, 7))[0]
    fields = rng.sample(world.fields, min(len(world.fields), count))
    foreign = [name for name in _FOREIGN if name not in world.fields]
    if foreign and rng.random() < 0.14:
        fields[rng.randrange(len(fields))] = rng.choice(foreign)
    return tuple(fields)


def _who(world: World, rng: random.Random) -> Who:
    """Groups to be listed first, narrowed or not, or things named at once."""
    small = [group for group, things in world.groups.items() if len(things) <= _MOST_ROWS]

    def things_of(groups: Sequence[str]) -> tuple[Thing, ...]:
        return tuple(thing for group in groups for thing in world.groups[group])

    if rng.random() < 0.35:
        return (), _named(world, rng), None
    if rng.random() < 0.4 and world.conditions:
        for groups in rng.sample([_several(small, rng), _several(small, rng), (rng.choice(small),)], 3):
            things = things_of(groups)
            fits = [c for c in world.conditions if _narrows(c, things)]
            if fits and _apart(things, _MOST_CHECKED):
                return groups, things, rng.choice(fits)
    if rng.random() < 0.4:
        groups = _several(small, rng)
        if len(groups) > 1 and _apart(things_of(groups), _MOST_TOGETHER):
            return groups, things_of(groups), None
    group = rng.choice(small)
    return (group,), tuple(world.groups[group]), None


def _several(groups: Sequence[str], rng: random.Random) -> tuple[str, ...]:
    """Two or three groups, if there are so many."""
    return tuple(rng.sample(list(groups), min(len(groups), rng.choice((2, 2, 2, 3, 3)))))


def _apart(things: Sequence[Thing], most: int) -> bool:
    """Whether groups together are not too many things, and have none in common."""
    return len(things) <= most and len({thing.name for thing in things}) == len(things)


def _named(world: World, rng: random.Random) -> tuple[Thing, ...]:
    """Some things of the world; now and then one that it has no page of."""
    every = list({thing.name: thing for thing in world.things()}.values())
    count = min(len(every), rng.choice((2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 13)))
    chosen = rng.sample(every, count)
    if rng.random() < 0.08:
        chosen[rng.randrange(count)] = Thing(invented.word(rng), "", "")
    return tuple(chosen)


def _narrows(condition: Condition, things: Sequence[Thing]) -> bool:
    return 0 < sum(map(condition.fits, things)) < len(things)
