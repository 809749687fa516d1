"""A lead that invents half of its values, on the real corpus: what is marked proved must be right."""

from __future__ import annotations

import random

import pytest

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import ListJournal, delegate, search, table
from tests.answering import answer
from wideseek_cli.eval.questions.factbook_wide import Question, questions
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.opening import open_sources
from wideseek_cli.table.columns import with_key
from wideseek_cli.table.model import CellStatus, Column
from wideseek_cli.values.cells import guess_type, same_value
from wideseek_cli.values.compare import name_forms


def inventing(question: Question, draw: random.Random) -> list[list[str]]:
    """A quarter of the rows missing, of the values 40 in 100 right, 36 another row's, the rest empty."""
    rows = [["Atlantis", *("42" for _ in question.columns[1:])]]
    for row in question.gold:
        if draw.random() < 0.75:
            wrong = [draw.choice([draw.choice(question.gold)[at]] * 3 + [""] * 2) for at in range(len(row))]
            rows.append(
                [row[0], *(row[at] if draw.random() < 0.4 else wrong[at] for at in range(1, len(row)))]
            )
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
async def test_what_is_proved_is_right_and_code_fills_what_pages_state(number: int) -> None:
    asked = [q for q in questions("dev") if q.kind == "region" and q.size == "small"][number]
    columns = with_key(
        [Column(name, guess_type([row[at] for row in asked.gold])) for at, name in enumerate(asked.columns)],
        asked.key,
    )
    invented = table(inventing(asked, random.Random(number)), asked.columns)

    def lead(opening, turns):
        return delegate(asked.text) if not turns else invented

    engine = ScriptedEngine(by_label({"lead": lead, "w.s": [search(asked.text), "Let me check."]}))
    settings = Settings(sources=("factbook",), offline=True, prompts="plain", columns=columns)
    sources = open_sources(settings)
    state = await answer(asked.text, settings, engine=engine, sources=sources, journal=ListJournal())
    await sources.aclose()
    gold = {form: row for row in asked.gold for form in name_forms(row[0])}
    assert state.table is not None
    judged = []
    for row in state.table.rows:
        right = next((gold[form] for form in name_forms(row.cells[0].text) if form in gold), None)
        for at, cell in enumerate(row.cells[: len(columns)]):  # behind them: verdicts on conditions
            good = right is not None and (at == 0 or same_value(cell.text, right[at], columns[at].type))
            judged.append((cell.status, good))
    proved = [good for status, good in judged if status is CellStatus.PROVED]
    assert all(proved)
    assert len(proved) > 0.4 * len(asked.gold) * len(columns)
    assert {form for row in state.table.rows for form in name_forms(row.cells[0].text)} >= set(gold)
