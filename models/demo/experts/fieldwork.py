"""What subagents of the practice runs do: find a list, or facts about things, and report what was shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.demo.experts.speech import about, access, joined, listed, search, think
from models.demo.worlds import Condition, Fact, Thing, World
from wideseek_cli.core.messages import Turn

MISSING = "not found"
ANSWER_NOW = "Answer now."
_HIT = re.compile(r"\[Doc (\d+)\]\((\S+)\):\n(.*)")
_PAGE = "# Page:"


@dataclass(frozen=True)
class Task:
    """What is asked: who, which facts (in the question's words), and how the table is headed."""

    text: str
    things: tuple[Thing, ...]
    groups: tuple[str, ...]  # empty: the things are named in the question
    fields: tuple[str, ...]  # names in the world
    said: tuple[str, ...]  # the same in the question's words
    columns: tuple[str, ...]
    short: bool = False
    condition: Condition | None = None  # narrows the groups

    @property
    def needs(self) -> tuple[str, ...]:
        return (*self.said, self.condition.check) if self.condition else self.said

    def subtask(self, name: str) -> str:
        return f"Find for {name}: {', '.join(self.needs)}"


@dataclass(frozen=True)
class _Hit:
    number: int
    url: str


class Fieldwork:
    """The script of one subagent."""

    def __init__(self, world: World, task: Task) -> None:
        self._world, self._task = world, task

    def reply(self, subtask: str, turns: Sequence[Turn]) -> str:
        if subtask.startswith("List "):
            return self._list(subtask.removeprefix("List the "), turns)
        asked = {}
        for line in subtask.split("\n"):
            name, _, needs = line.removeprefix("Find for ").rpartition(": ")
            asked[name] = needs.split(", ")
        return self._find(asked, turns)

    # lists

    def _list(self, what: str, turns: Sequence[Turn]) -> str:
        """The list of one group."""
        group = what.partition(" of ")[2]
        title = self._world.title(group)
        found = _hit(turns, title)
        if not turns:
            return think(f"Search for {what}.") + search([what])
        if found is None and len(turns) == 1:
            return think("Nothing fits. Other words.") + search([f"{what} list"])
        if found is None:
            return think(f"No page about {what}.") + f"# {what}\n{MISSING}"
        shown = turns[-1].tool_result or ""
        if _PAGE not in shown:
            return think(f"Doc {found.number} is right.") + access({found.url: what})
        things = self._world.groups[group]
        names = [thing.name for thing in things if f"\n- {thing.name}\n" in f"{shown}\n"]
        return think("Here is the list.") + f"# {title}\n{listed(names)}"

    # facts

    def _find(self, asked: dict[str, list[str]], turns: Sequence[Turn]) -> str:
        found = {name: hit for name in asked if (hit := _hit(turns, name))}
        lost = [name for name in asked if name not in found]
        searches = sum("# Search:" in (turn.tool_result or "") for turn in turns)
        if not turns:
            return think(f"Search for {joined(list(asked))}.") + search(map(about, asked))
        if lost and searches == 1:
            return think("Nothing fits. Other words.") + search(f"facts {about(name)}" for name in lost)
        reads = sum(_PAGE in (turn.tool_result or "") for turn in turns)
        if found and not reads:
            docs = joined([f"Doc {hit.number} is {name}" for name, hit in found.items()])
            return think(f"{docs}.") + access(
                {hit.url: ", ".join(asked[name]) for name, hit in found.items()}
            )
        if not found:
            return think(f"No page about {joined(lost)}.") + _report({name: {} for name in lost})
        seen = self._all_seen(asked, found, turns)
        before = self._all_seen(asked, found, turns[:-1]) if reads > 1 else {}
        notes = [
            f"{need}: {fact.mark if fact else 'none'}"
            for name, facts in seen.items()
            for need, fact in facts.items()
            if not before.get(name, {}).get(need)
        ]
        note = "; ".join(notes)
        again = {
            found[name].url: ", ".join(need for need, fact in facts.items() if not fact)
            for name, facts in seen.items()
            if len(facts) > 1 and not all(facts.values())
        }
        if again and reads == 1:
            return think(f"{note}. Look again.") + access(again)
        said = {
            name: {need: self._said(need, fact) for need, fact in seen.get(name, {}).items()}
            for name in asked
        }
        return think(f"{note}.") + _report(said)

    def _all_seen(
        self, asked: Mapping[str, Sequence[str]], found: Iterable[str], turns: Sequence[Turn]
    ) -> dict[str, dict[str, Fact | None]]:
        shown = "\n".join(turn.tool_result or "" for turn in turns)
        return {name: {need: self._seen(name, need, shown) for need in asked[name]} for name in found}

    def _said(self, need: str, fact: Fact | None) -> str:
        """How a report states a fact; for a condition, with the verdict."""
        condition = self._task.condition
        if fact is None:
            return MISSING
        if condition and need == condition.check:
            return f"{fact.short}: {'yes' if condition.holds(fact.text) else 'no'}"
        return fact.value

    def _seen(self, name: str, need: str, shown: str) -> Fact | None:
        """The fact, if the text that was shown holds its line under its heading."""
        task = self._task
        thing = next(thing for thing in task.things if thing.name == name)
        if task.condition and need == task.condition.check:
            fact = thing.facts.get(task.condition.field)
        else:
            wanted = need if need in task.said else task.said[task.columns[1:].index(need)]
            fact = thing.facts.get(task.fields[task.said.index(wanted)])
        if fact is None or not fact.value:
            return None
        text = " ".join(_of_page(shown, name).split())
        heading = text.find(f"{fact.heading} ") if fact.heading else 0
        line = text.find(" ".join(fact.line.split())[:50], max(heading, 0))
        return fact if heading >= 0 and line >= 0 else None


def _of_page(shown: str, title: str) -> str:
    """What was shown of one page, in all readings; all of it where no page is named."""
    parts = [part for part in shown.split(f"{_PAGE} ") if part.startswith(f"{title}\n")]
    return "\n".join(parts) if _PAGE in shown else shown


def _hit(turns: Sequence[Turn], title: str) -> _Hit | None:
    for turn in turns:
        for number, url, said in _HIT.findall(turn.tool_result or ""):
            if said.strip() == title:
                return _Hit(int(number), url)
    return None


def _report(said: dict[str, dict[str, str]]) -> str:
    """A part for each thing, with a line for each need."""
    parts = []
    for name, values in said.items():
        lines = "\n".join(f"- {need}: {value}" for need, value in values.items()) or MISSING
        parts.append(f"# {name}\n{lines}")
    return "\n\n".join(parts)
