"""The conditions of a question and of `--where`, checked row by row: by values, by words on pages, and what
is left by the model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wideseek_cli.agents.calls import Target
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.world import World
from wideseek_cli.core.aio import together
from wideseek_cli.core.messages import Opening, ReplyLimits, ToolUse, split_thinking
from wideseek_cli.facts import served
from wideseek_cli.facts.names import forms
from wideseek_cli.pipeline.lookup import AGENT
from wideseek_cli.pipeline.reading import Reading
from wideseek_cli.pipeline.repair import key_of
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.judged import by_values
from wideseek_cli.table.model import Cell, CellStatus, Document, Proof, Table, Verdict

JUDGED = "a model judged this by the passage"
_MOST_JUDGED = 60  # rows that a model is asked about
_MOST_QUOTE = 300
_LIMITS = ReplyLimits(max_tokens=600, think_cap=400, tool_use=ToolUse.NONE)
_YES, _NO = (
    re.compile(r"\W*(?:yes|是)(?!\w)", re.IGNORECASE),
    re.compile(r"\W*(?:no|否)(?!\w)", re.IGNORECASE),
)


class Judge:
    """Gives the verdicts of one run. A model is only asked where its prompt set has words for it."""

    def __init__(self, world: World, library: Library) -> None:
        self._world, self._library = world, library

    async def verdicts(
        self, table: Table, conditions: Sequence[Condition], reading: Reading
    ) -> list[list[Cell]]:
        """A list for every condition, with a verdict for every row."""
        return [await self._verdicts(table, condition, reading) for condition in conditions]

    async def _verdicts(self, table: Table, condition: Condition, reading: Reading) -> list[Cell]:
        unknown = Verdict.NOT_SHOWN.value
        if not condition.of_words:
            cells = by_values(table, condition)
            if condition.column and any(cell.text == unknown for cell in cells):
                others = await reading.ask(served.comparisons, condition, table)
                pairs = zip(cells, others, strict=True)
                cells = [b if a.text == unknown != b.text else a for a, b in pairs]
            return cells
        cells = list(await reading.ask(served.verdicts, condition, table))
        if not self._world.prompts.texts["judge.ask"] or self._world.ender.asked:
            return cells
        key = key_of(table)
        names = [forms(row.cells[key].text) for row in table.rows]
        pages = {document.url: document for document in reading.documents}
        about: dict[int, Document] = {}
        for number, url in enumerate(await reading.ask(served.about, names)):
            if cells[number].text == Verdict.NOT_SHOWN.value and url and len(about) < _MOST_JUDGED:
                about[number] = pages[url]
        rows = [table.rows[number].cells[key].text for number in about]
        asked = zip(rows, about.values(), strict=True)
        found = await together(self._by_model(condition, row, document) for row, document in asked)
        for number, judged in zip(about, found, strict=True):
            cells[number] = judged or cells[number]
        return cells

    async def _by_model(self, condition: Condition, row: str, document: Document) -> Cell | None:
        """What the model makes of the page's passage; its word is no proof, and is marked as a model's."""
        read = await self._library.read(AGENT, Target(document.url, f"{row}: {condition.text}"))
        if not read.good:
            return None
        world, fill = self._world, self._world.prompts.fill
        user = fill("judge.ask", row=row, condition=condition.text, passage=read.text)
        sampling = world.sampling_for(f"judge {row} {condition.text}")
        talk = await world.engine.open(Opening(fill("judge.system"), user, sampling=sampling, label="judge"))
        try:
            reply = await talk.reply(_LIMITS)
        finally:
            talk.close()
        answer = split_thinking(reply.text)[1]
        holds = True if _YES.match(answer) else False if _NO.match(answer) else None
        if holds is None:
            return None
        verdict = Verdict.MEETS if holds else Verdict.FAILS
        place = document.text.find(read.text[:_MOST_QUOTE])
        start, end = (place, place + _MOST_QUOTE) if place >= 0 else (0, 0)
        quote = " ".join(read.text.split())[:_MOST_QUOTE]
        proof = Proof(document.url, document.title, quote, start, end, document.fetched_at)
        return Cell(verdict.value, CellStatus.SEEN, proof, note=JUDGED)
