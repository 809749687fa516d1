"""What a worker costs: python -m tests.workers.cost [FOLDER of HTML pages, for throughput and the proof]"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import starmap
from pathlib import Path

from tests.workers.test_pool import ADDRESS, ARTICLE
from wideseek_cli.core.machine import cores
from wideseek_cli.facts import served
from wideseek_cli.facts.proof import prove
from wideseek_cli.pipeline.reading import Facts
from wideseek_cli.sources.fetch.content import read_content
from wideseek_cli.table.model import Cell, Column, Document, Row, Table
from wideseek_cli.workers import Pool

ROUNDS = 100


def _mean_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(ROUNDS):
        work()
    return (time.perf_counter() - began) / ROUNDS * 1000


def pages_of(folder: Path) -> list[Document]:
    """The folder's first hundred pages."""
    files = sorted(folder.glob("*.html"))[:100]
    read = [read_content(file.read_bytes(), "text/html", "", "") for file in files]
    return [
        Document(f"http://a.test/{n}", c.title, c.text, structure=c.structure) for n, c in enumerate(read)
    ]


async def proof(pages: list[Document]) -> None:
    """A row for each page against all of them, here and there."""
    columns = (Column("name", key=True), Column("country"), Column("founded"), Column("location"))
    values = ("Germany", "1990", "Berlin")
    table = Table(columns, tuple(Row(tuple(map(Cell, (page.title, *values)))) for page in pages))
    began = time.process_time()
    here = prove(table, pages, question="List all")
    print(f"proof here: {time.process_time() - began:.2f} s of processor time")
    facts = Facts(print)
    await facts.ask(served.take, [])
    for how in ("first", "again"):
        began, clock = time.process_time(), time.perf_counter()
        assert await facts.ask(served.proved, pages, table, "List all") == here
        spent, took = time.process_time() - began, time.perf_counter() - clock
        print(f"proof there, {how}: {spent:.3f} s of processor time here, {took:.2f} s in all")


def throughput(files: list[bytes]) -> None:
    """Pages read a second: here one after the other, here in two threads, there in a worker for each core."""
    pool = Pool(cores())
    calls = [(data, *ADDRESS) for data in files]
    for future in pool.each("read_content", calls[: 2 * pool.size]):
        future.result()
    with ThreadPoolExecutor(2) as threads:
        ways: dict[str, Callable[[], Iterable[object]]] = {
            "here": lambda: starmap(read_content, calls),
            "in two threads": lambda: threads.map(lambda call: read_content(*call), calls),
            f"in {pool.size} workers": lambda: (f.result() for f in pool.each("read_content", calls)),
        }
        for how, work in ways.items():
            began = time.perf_counter()
            read = sum(1 for _ in work())
            print(f"{how}: {read / (time.perf_counter() - began):.1f} pages/s")
    pool.close()


def main() -> None:
    if sys.argv[1:]:
        throughput([file.read_bytes() for file in sorted(Path(sys.argv[1]).glob("*.html"))[:60]])
        asyncio.run(proof(pages_of(Path(sys.argv[1]))))
        return
    began = time.perf_counter()
    pool = Pool(1)
    pool.warm()
    print(f"warm() returned after {(time.perf_counter() - began) * 1000:.1f} ms")
    pool.call("read_content", b"x", "text/plain", "", "")
    print(f"first answer after {time.perf_counter() - began:.2f} s")
    print(f"a few bytes: {_mean_ms(lambda: pool.call('read_content', b'x', 'text/plain', '', '')):.2f} ms")
    there = _mean_ms(lambda: pool.call("read_content", ARTICLE, *ADDRESS))
    here = _mean_ms(lambda: read_content(ARTICLE, *ADDRESS))
    print(f"an article of {len(ARTICLE)} bytes: {there:.2f} ms there, {here:.2f} ms here")
    pool.close()


if __name__ == "__main__":
    main()
