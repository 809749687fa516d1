"""The scripted expert over built tasks on real pages: it reports only what a tool has shown it.

The lead hands out the list as one subtask; the subagent searches for the page, reads it for the columns and
reports the rows that it saw; the lead writes them down. Where nothing fits, it says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.demo.experts.speech import access, delegate, joined, search, think
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.eval.questions.dataset import Task

MISSING = "not found"
_HIT = re.compile(r"\[Doc \d+\]\((\S+)\):\n(.*)")
_PAGE = "# Page:"


@dataclass
class ListExpert:
    """The script of one run over one task; `page` is the title of the page that has its table."""

    task: Task
    page: str

    @property
    def subject(self) -> str:
        """What the list is called: the page's title."""
        return self.page

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.task.gold.columns)

    def __call__(self, opening: Opening, turns: Sequence[Turn]) -> str:
        return self._lead(turns) if opening.label == "lead" else self._subagent(turns)

    def _lead(self, turns: Sequence[Turn]) -> str:
        if not turns:
            asked = f"Find {self.subject}: {', '.join(self.columns)}"
            return think("One page may have the whole list.") + delegate([asked])
        rows = _rows(turns[-1].tool_result or "", len(self.columns))
        said = f"{len(rows)} rows are reported." if rows else "No row was found."
        return think(said) + _fenced(self.columns, rows)

    def _subagent(self, turns: Sequence[Turn]) -> str:
        shown = turns[-1].tool_result or "" if turns else ""
        if not turns:
            return think(f"Search for {self.subject}.") + search([self.subject])
        if _PAGE in shown:
            seen = self._seen("\n".join(turn.tool_result or "" for turn in turns))
            if not seen:
                return think("The page has no such rows.") + f"# {self.subject}\n{MISSING}"
            return think(f"{len(seen)} rows.") + f"# {self.subject}\n{_table(self.columns, seen)}"
        url = next((url for url, title in _HIT.findall(shown) if title.strip() == self.page), "")
        if url:
            return think("The page is there.") + access({url: joined(list(self.columns))})
        if len(turns) == 1:
            return think("Nothing fits. Other words.") + search([f"list {self.subject}"])
        return think("No page.") + f"# {self.subject}\n{MISSING}"

    def _seen(self, shown: str) -> list[tuple[str, ...]]:
        """The gold rows that one line of what was shown has whole."""
        lines = [_plain(line) for line in shown.splitlines()]
        wanted = [(row, [_plain(cell) for cell in row]) for row in self.task.gold.rows]
        return [tuple(row) for row, cells in wanted if any(all(c in line for c in cells) for line in lines)]


def _plain(text: str) -> str:
    return " ".join(text.replace("\\|", "|").split())


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _fenced(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"```markdown\n{_table(columns, rows)}\n```"


def _rows(text: str, width: int) -> list[list[str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return [row for row in cells if len(row) == width]
