"""The scripted expert: plays lead and subagents as a good agent would, from what it can see.

It knows the world's facts, but reports only those that stand in what a tool has shown it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.demo.worlds import Thing, World
from wideseek_cli.engine.scripted import Play
from wideseek_cli.errors import EngineError
from wideseek_cli.messages import CALL_CLOSE, CALL_OPEN, THINK_CLOSE, THINK_OPEN, Opening, Turn

MISSING = "not found"
_HIT = re.compile(r"\[Doc (\d+)\]\((\S+)\):\n(.*)")


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


def think(text: str) -> str:
    return f"{THINK_OPEN}{text}{THINK_CLOSE}\n"


def call(name: str, arguments: Mapping[str, object]) -> str:
    body = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"{CALL_OPEN}\n{body}\n{CALL_CLOSE}"


def delegate(tasks: Sequence[str]) -> str:
    return call("create_sub_agents", {"sub_agents": [{"prompt": task} for task in tasks]})


def search(query: str) -> str:
    return call("search", {"queries": [{"query": query}]})


def access(url: str, need: str) -> str:
    return call("access", {"urls": [{"url": url, "info_to_extract": need}]})


def listed(names: Sequence[str]) -> str:
    return "\n".join(f"{number}. {name}" for number, name in enumerate(names, start=1))


@dataclass
class Expert:
    """The script of one run."""

    world: World
    task: Task
    rng: random.Random
    width: int = 10
    failing: set[str] = field(default_factory=set)  # subtasks that fail once

    def __call__(self, opening: Opening, turns: Sequence[Turn]) -> str | Play:
        if opening.label == "lead":
            return self._lead(turns)
        subtask = opening.user.partition("# Subtask\n")[2].partition("\n\n")[0]
        if subtask in self.failing:
            self.failing.discard(subtask)
            return Play(think("Search."), error=EngineError("the subagent was lost"))
        if subtask.startswith("List "):
            return self._list(subtask.removeprefix("List "), turns)
        name, _, needs = subtask.removeprefix("Find for ").rpartition(": ")
        return self._find(name, needs.split(", "), turns)

    # the lead

    def _lead(self, turns: Sequence[Turn]) -> str:
        done = [task for turn in turns for task in self._given(turn) if not _failed(turn, task)]
        if self.task.groups and not turns:
            first = "First the list." if len(self.task.groups) == 1 else "First the lists."
            return think(first) + delegate([f"List {g}" for g in self._wanted_lists()])
        lost = [f"List {g}" for g in self._wanted_lists() if f"List {g}" not in done]
        if lost:
            return think("A list failed. Again.") + delegate(lost)
        wanted = [f"Find for {thing.name}: {', '.join(self.task.said)}" for thing in self.task.things]
        left = [task for task in wanted if task not in done]
        failed = [task for turn in turns[-1:] for task in self._given(turn) if _failed(turn, task)]
        left = failed + [task for task in left if task not in failed]
        if left:
            return think(self._plan(turns, failed, left)) + delegate(left[: self.width])
        return think("All reports are here.") + self._answer(turns)

    def _wanted_lists(self) -> list[str]:
        return [f"the {self.world.plural} of {group}" for group in self.task.groups]

    def _plan(self, turns: Sequence[Turn], failed: Sequence[str], left: Sequence[str]) -> str:
        names = [thing.name for thing in self.task.things]
        if failed:
            lost = ", ".join(task.removeprefix("Find for ").rpartition(": ")[0] for task in failed)
            return f"Failed: {lost}. Again."
        fresh = len(left) == len(names)
        if fresh and len(self.task.groups) != 1 and not self.task.short:
            return listed(names)
        first = next(n for n, name in enumerate(names, start=1) if left[0].startswith(f"Find for {name}: "))
        return f"Now {first} to {min(first + self.width - 1, len(names))} of {len(names)}."

    def _answer(self, turns: Sequence[Turn]) -> str:
        """From the reports alone."""
        reports = "\n".join(turn.tool_result or "" for turn in turns)
        rows = []
        for thing in self.task.things:
            start = reports.rfind(f"# {thing.name}\n")
            part = reports[start:].split("\n\n")[0] if start >= 0 else ""
            lines = dict(re.findall(r"^- (.+?): (.*)$", part, re.MULTILINE))
            rows.append([thing.name, *(lines.get(said, MISSING) for said in self.task.said)])
        if self.task.short:
            return f"\\boxed{{{rows[0][1]}}}"
        header = f"| {' | '.join(self.task.columns)} |\n|{' --- |' * len(self.task.columns)}\n"
        return f"```markdown\n{header}" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n```"

    @staticmethod
    def _given(turn: Turn) -> list[str]:
        """The subtasks of a turn that were taken: what is over the width has no part in the result."""
        tasks = [json.loads(f'"{t}"') for t in re.findall(r'"prompt": "((?:[^"\\]|\\.)*)"', turn.reply.text)]
        return tasks[: (turn.tool_result or "").count("# Subtask ")]

    # subagents

    def _list(self, what: str, turns: Sequence[Turn]) -> str:
        group = what.removeprefix(f"the {self.world.plural} of ")
        query = what.removeprefix("the ")
        title = self.world.title(group)
        found = self._found(turns, title)
        if found is None:
            return self._looking(query, turns, title)
        if "# Page:" not in (turns[-1].tool_result or ""):
            return self._open(found, title, query)
        names = [thing.name for thing in self.world.groups[group]]
        return think("Here is the list.") + f"# {title}\n{listed(names)}"

    def _find(self, name: str, needs: Sequence[str], turns: Sequence[Turn]) -> str:
        found = self._found(turns, name)
        if found is None:
            return self._looking(name, turns, name)
        shown = "\n".join(turn.tool_result or "" for turn in turns)
        reads = sum("# Page:" in (turn.tool_result or "") for turn in turns)
        if not reads:
            return self._open(found, name, ", ".join(needs))
        values = {need: self._seen(name, need, shown) for need in needs}
        lost = [need for need, value in values.items() if not value]
        if lost and reads == 1 and len(needs) > 1:
            return think(f"Still missing: {', '.join(lost)}.") + access(found[1], ", ".join(lost))
        note = f"Not on the page: {', '.join(lost)}." if lost else "All found."
        lines = [f"- {need}: {value or MISSING}" for need, value in values.items()]
        return think(note) + f"# {name}\n" + "\n".join(lines)

    def _looking(self, query: str, turns: Sequence[Turn], title: str) -> str:
        if not turns:
            return think(f"Search for {query}.") + search(query)
        if len(turns) == 1:
            return think("Nothing fits. Other words.") + search(f"{query} facts")
        return think(f"No page about {title}.") + f"# {title}\n{MISSING}"

    @staticmethod
    def _open(found: tuple[int, str], title: str, need: str) -> str:
        number, url = found
        return think(f"Doc {number} is {title}.") + access(url, need)

    @staticmethod
    def _found(turns: Sequence[Turn], title: str) -> tuple[int, str] | None:
        for turn in turns:
            for number, url, said in _HIT.findall(turn.tool_result or ""):
                if said.strip() == title:
                    return int(number), url
        return None

    def _seen(self, name: str, need: str, shown: str) -> str:
        """The value, if the text that was shown holds its line under its heading."""
        thing = next(thing for thing in self.task.things if thing.name == name)
        fact = thing.facts.get(self.task.fields[self.task.said.index(need)])
        if fact is None:
            return ""
        text = " ".join(shown.split())
        heading = text.find(f"{fact.heading} ") if fact.heading else 0
        line = text.find(" ".join(fact.line.split())[:50], max(heading, 0))
        return fact.value if heading >= 0 and line >= 0 else ""


def _failed(turn: Turn, task: str) -> bool:
    return f"Failed: {task}." in (turn.tool_result or "")
