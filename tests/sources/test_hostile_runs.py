"""Pages made to break their reader, inside a run: its result is right, and it ends when it says so."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from tests.sources.hostile_more import BAD, put
from tests.sources.offline_run import PLACES
from tests.sources.site import Reply, Request, Site

ROOT = Path(__file__).parents[2]
MOST_S = 60.0  # a run in all, on a busy machine; a hang has no end
GONE_S = 2.0
FEW = 3  # pages of a run
GOOD = (
    "<html><title>Capitals</title><body><p>The capitals of two countries.</p><table>{}</table></body></html>"
)
TOGETHER = ("backslashes", "spans-many", "lists")


@dataclass
class Ran:
    """What a process wrote, and when it wrote its last line and was gone."""

    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    took: float = 0.0
    lingered: float = 0.0


def _watch(words: list[str], env: dict[str, str]) -> Ran:
    ran, pipe, last = Ran(), subprocess.PIPE, [0.0]
    command = [sys.executable, "-m", "tests.sources.hostile_run", *words]
    began = time.monotonic()

    def follow(stream: IO[str], kept: list[str]) -> None:
        for line in stream:
            kept.append(line)
            last[0] = time.monotonic()

    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, cwd=ROOT, text=True) as process:
        streams = [(process.stdout, ran.out), (process.stderr, ran.err)]
        threads = [threading.Thread(target=follow, args=both, daemon=True) for both in streams]
        for thread in threads:
            thread.start()
        try:
            process.wait(MOST_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        ended = time.monotonic()
        for thread in threads:
            thread.join(5.0)
    ran.took, ran.lingered = ended - began, ended - last[0]
    return ran


async def run_over(site: Site, names: tuple[str, ...], home: Path) -> None:
    """Ask with these pages among those that are read."""
    rows = "".join(f"<tr><td>{country}<td>{capital}" for country, capital in PLACES.items())
    site.html("/good", GOOD.format(f"<tr><th>Country<th>Capital{rows}"))
    for name in names:
        put(site, f"/{name}", name)
    local = "127.0.0.1"
    urls = [site.url(path, local) for path in (*(f"/{name}" for name in names), "/good")]
    hits = {"results": [{"url": url, "title": "Capitals", "content": "capital"} for url in urls]}
    found = Reply(json.dumps(hits).encode(), headers={"Content-Type": "application/json"})

    def otherwise(request: Request) -> Reply:
        return found if request.path.startswith("/search") else Reply(b"nothing here", 404)

    site.fallback = otherwise
    words = ["ask", "List the capitals of Peru and Chile", "-c", "country, capital", "-f", "json", "--plain"]
    words += ["--source", f"searxng:{site.url('', local)}", "--allow-host", local, "--repair", "0"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("WIDESEEK_", "XDG_"))}
    env = {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "PAGES": " ".join(urls)}
    ran = await asyncio.to_thread(_watch, words, env)
    said = "".join(ran.err)
    assert ran.took < MOST_S, said
    rows = json.loads("".join(ran.out))["rows"]
    cells = [[(cell["value"], cell["status"]) for cell in row.values()] for row in rows]
    assert cells == [[(name, "proved"), (town, "proved")] for name, town in PLACES.items()], said
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    assert ran.lingered < GONE_S * max(busy, 1.0), said
    assert {f"/{name}" for name in names} <= set(site.paths())


@pytest.mark.slow
async def test_a_run_over_many_at_once(site: Site, tmp_path: Path) -> None:
    await run_over(site, TOGETHER, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("names", [tuple(BAD[at : at + FEW]) for at in range(0, len(BAD), FEW)], ids=",".join)
async def test_a_run_over_a_few(site: Site, tmp_path: Path, names: tuple[str, ...]) -> None:
    await run_over(site, names, tmp_path)
