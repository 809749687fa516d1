"""The facts of a run's pages in their worker: as if they were here, and no page holds up the others."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from wideseek_cli.core.errors import WorkerError
from wideseek_cli.facts import served
from wideseek_cli.facts.proof import prove
from wideseek_cli.pipeline import reading as kept
from wideseek_cli.pipeline.reading import Facts
from wideseek_cli.question.reading import read_question
from wideseek_cli.sources.fetch.content import read_content
from wideseek_cli.table.model import Cell, Column, Document, Row, Table
from wideseek_cli.workers import Pool

COLUMNS = (Column("country", key=True), Column("capital"))
TABLE = Table(COLUMNS, tuple(Row((Cell(a), Cell(b))) for a, b in (("Peru", "Lima"), ("Chile", "Santiago"))))
QUESTION = "List the capitals"
GOOD = (
    b"<title>Capitals</title><table><tr><th>Country<th>Capital<tr><td>Peru<td>Lima<tr><td>Chile<td>Santiago"
)
LONG = Document("http://a.test/long", "Long", "- Peru: Lima\n" * 60_000)


def document(number: int) -> Document:
    found = read_content(GOOD, "text/html", "", "")
    return Document(f"http://a.test/{number}", found.title, found.text, structure=found.structure)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(2, "warm_facts")
    yield pool
    pool.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def facts(pool: Pool, said: list[str]) -> Facts:
    return Facts(said.append, lambda: pool)


async def test_what_is_asked_there_is_what_is_found_here(facts: Facts) -> None:
    pages = [document(number) for number in range(3)]
    assert await facts.ask(served.proved, pages, TABLE, QUESTION) == prove(TABLE, pages, question=QUESTION)
    harvest = await facts.ask(
        served.harvested, pages, read_question("List all countries with capital"), COLUMNS
    )
    assert harvest is not None
    assert [row.cells[1].text for row in harvest.table.rows] == ["Lima", "Santiago"]
    names = [frozenset({name}) for name in ("chile", "bolivia")]
    assert await facts.ask(served.having, pages, names) == tuple((page.url, (0,)) for page in pages)


async def test_a_worker_that_was_killed_is_told_again(facts: Facts, pool: Pool, said: list[str]) -> None:
    pages = [document(1)]
    first = await facts.ask(served.proved, pages, TABLE, QUESTION)
    assert facts._given == {0}
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    assert await facts.ask(served.proved, pages, TABLE, QUESTION) == first
    assert said == []


@pytest.mark.slow
async def test_a_page_that_takes_too_long_costs_itself_alone(
    facts: Facts, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [document(1)]
    table = await facts.ask(served.proved, good, TABLE, QUESTION)
    monkeypatch.setattr(kept, "_BASE_S", 0.3)
    monkeypatch.setattr(kept, "_ALONE_S", 0.3)
    pages = [*good, LONG]
    assert await facts.ask(served.proved, pages, TABLE, QUESTION) == table
    assert said == ["takes too long to check, and proves nothing: Long (http://a.test/long)"]
    assert await facts.ask(served.proved, pages, TABLE, QUESTION) == table
    assert len(said) == 1


async def test_what_fails_without_any_page_is_said(facts: Facts) -> None:
    with pytest.raises(WorkerError, match="cannot be checked"):
        await facts.ask(served.proved, [document(1)], None, QUESTION)


async def test_cancelling_does_not_wait(facts: Facts) -> None:
    task = asyncio.create_task(facts.ask(served.take, [LONG]))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1.0
    assert await facts.ask(served.take, [document(1)]) is None


async def test_what_is_not_kept_is_forgotten(facts: Facts) -> None:
    pages = [document(number) for number in range(3)]
    await facts.ask(served.take, pages)
    await facts.keep(pages[:1])
    assert list(facts._numbers) == pages[:1]
    assert len(facts._given) == 1
    assert await facts.ask(served.proved, pages, TABLE, QUESTION) == prove(TABLE, pages, question=QUESTION)
