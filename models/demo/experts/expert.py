"""The scripted expert: plays lead and subagents as a good agent would, from what it can see.

It knows the world's facts, but reports only those that stand in what a tool has shown it. Here is the lead;
`fieldwork.py` holds the subagents.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.demo.experts.fieldwork import ANSWER_NOW, MISSING, Fieldwork, Task
from models.demo.experts.speech import delegate, joined, listed, think
from models.demo.worlds import World
from models.scripted import Play
from wideseek_cli.core.errors import EngineError
from wideseek_cli.core.messages import Opening, Turn


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
        return Fieldwork(self.world, self.task).reply(subtask, turns)

    def _lead(self, turns: Sequence[Turn]) -> str:
        given = [self._given(turn) for turn in turns]
        done = {
            task
            for turn, tasks in zip(turns, given, strict=True)
            for task in tasks
            if not _failed(turn, task)
        }
        last = turns[-1].tool_result or "" if turns else ""
        if ANSWER_NOW in last:
            return think("No turn is left.") + self._answer(turns)
        lists = {f"List the {self.world.plural} of {group}": group for group in self.task.groups}
        lacking = [task for task in lists if task not in done]
        if lacking:
            asked = {task for tasks in given for task in tasks}
            first = "First the list of" if len(lists) == 1 else "First the lists of"
            plan = f"{first} {joined(self.task.groups)}." if not turns else "Now the other lists."
            again = any(task in asked for task in lacking)
            return think("A list failed. Again." if again else plan) + delegate(lacking[: self.width])
        names = self._names(turns)
        wanted = [self.task.subtask(name) for name in names]
        failed = [task for task in given[-1] if _failed(turns[-1], task)] if turns else []
        left = failed + [task for task in wanted if task not in done and task not in failed]
        if left:
            return think(self._plan(turns, failed, left)) + delegate(left[: self.width])
        return think(self._closing(turns)) + self._answer(turns)

    def _names(self, turns: Sequence[Turn]) -> list[str]:
        """Who is to be looked up: named in the question, or as the lists' reports number them."""
        if not self.task.groups:
            return [thing.name for thing in self.task.things]
        return list(dict.fromkeys(name for names in self._lists(turns).values() for name in names))

    def _lists(self, turns: Sequence[Turn]) -> dict[str, list[str]]:
        """What the report of each list numbers."""
        text = "\n".join(turn.tool_result or "" for turn in turns if '"List ' in turn.reply.text)
        found = {}
        for group in self.task.groups:
            _, title, part = text.rpartition(f"# {self.world.title(group)}\n")
            names = re.findall(r"^\d+\. (.+)$", part.split("\n\n")[0], re.MULTILINE)
            found[group] = names if title else []
        return found

    def _plan(self, turns: Sequence[Turn], failed: Sequence[str], left: Sequence[str]) -> str:
        """Who is next: by name, or by the numbers that the lists give them."""
        if failed:
            lost = ", ".join(_name(task) for task in failed)
            return f"Failed: {lost}. Again."
        names = [_name(task) for task in left[: self.width]]
        lists = self._lists(turns) or {"": self._names(turns)}
        if len(left) == len(lists.get("", [])) and not self.task.short:
            return listed(list(lists[""]))
        parts = []
        for group, known in lists.items():
            places = [known.index(name) + 1 for name in names if name in known]
            within = f" in {group}" if len(lists) > 1 else ""
            parts += [f"{places[0]} to {places[-1]} of {len(known)}{within}"] if places else []
        return f"Now {'; '.join(parts)}."

    def _closing(self, turns: Sequence[Turn]) -> str:
        """With a condition: who fulfils it, by the reports."""
        if self.task.condition is None:
            return "All reports are here."
        good = [name for name, lines in self._reports(turns).items() if self._belongs(lines)]
        return f"Yes: {', '.join(good) or 'none'}."

    def _belongs(self, lines: Mapping[str, str]) -> bool:
        condition = self.task.condition
        return condition is None or lines.get(condition.check, "").endswith(": yes")

    def _reports(self, turns: Sequence[Turn]) -> dict[str, dict[str, str]]:
        """What the reports say of each name."""
        text = "\n".join(turn.tool_result or "" for turn in turns)
        found: dict[str, dict[str, str]] = {}
        for name in self._names(turns):
            start = text.rfind(f"# {name}\n")
            part = text[start:].split("\n\n")[0] if start >= 0 else ""
            found[name] = dict(re.findall(r"^- (.+?): (.*)$", part, re.MULTILINE))
        return found

    def _answer(self, turns: Sequence[Turn]) -> str:
        """From the reports alone."""
        reports = self._reports(turns)
        rows = [
            [name, *(lines.get(said, MISSING) for said in self.task.said)]
            for name, lines in reports.items()
            if self._belongs(lines)
        ]
        if self.task.short:
            return f"\\boxed{{{rows[0][1]}}}"
        header = f"| {' | '.join(self.task.columns)} |\n|{' --- |' * len(self.task.columns)}\n"
        return f"```markdown\n{header}" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n```"

    @staticmethod
    def _given(turn: Turn) -> list[str]:
        """The subtasks of a turn that were taken: what is over the width has no part in the result."""
        tasks = [json.loads(f'"{t}"') for t in re.findall(r'"prompt": "((?:[^"\\]|\\.)*)"', turn.reply.text)]
        return tasks[: (turn.tool_result or "").count("# Subtask ")]


def _failed(turn: Turn, task: str) -> bool:
    return f"Failed: {task}." in (turn.tool_result or "")


def _name(task: str) -> str:
    return task.removeprefix("Find for ").rpartition(": ")[0]
