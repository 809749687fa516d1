"""What a worker costs: python -m tests.workers.cost"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.workers.test_pool import ADDRESS, ARTICLE
from wideseek_cli.sources.fetch.content import read_content
from wideseek_cli.workers import Pool

ROUNDS = 100


def _mean_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(ROUNDS):
        work()
    return (time.perf_counter() - began) / ROUNDS * 1000


def main() -> None:
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
