"""A process that starts runs, kills them at random moments, and lets each go on.

`python -m tests.record.crashing FOLDER SEED TIMES`. It has no threads of its own, so forking it is safe;
each run is one forked child."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.agents.fakeworld import COLUMNS, QUESTION, FakeSources, colleges, engine_for
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.record.store import RunJournal, Store
from wideseek_cli.settings.config import Settings

PLACES = colleges(25)


class DyingJournal:
    """Kills its own process around the n-th commit: right before it, or right after."""

    def __init__(self, journal: RunJournal, number: int) -> None:
        self.run, self._journal, self._left = journal.run, journal, number

    def commit(self, event: ev.Event) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._journal.commit(event)
        if self._left == -1:
            os.kill(os.getpid(), signal.SIGKILL)


def run_or_resume(record: Path, run: str, did: Path, die_at: int = 0) -> None:
    """The whole run, or the rest of it; what the sources were asked goes to the file `did`."""
    settings = Settings(columns=COLUMNS, record=record)
    sources = FakeSources(PLACES, slow=0.001)
    with Store.open(record) as store:
        known = store.state(run) if store.event_count(run) else None
        journal = store.journal(run)
        work = answer(
            known.question if known else QUESTION,
            settings,
            engine=engine_for(PLACES),
            sources=sources,
            journal=DyingJournal(journal, die_at) if die_at else journal,
            resume_from=known,
        )
        asyncio.run(work)
        journal.close()
    did.write_text(json.dumps({"searched": sources.searched, "fetched": sources.fetched}))


def forked(work: Callable[[], None]) -> int:
    """Start the work in a child; returns its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def events_of(record: Path, run: str) -> list[ev.Event]:
    """Read without a lock on the run, as another process would."""
    if not record.is_file():
        return []
    with Store.open(record, read_only=True) as store:
        return list(store.events(run))


def integrity(record: Path) -> str:
    """What SQLite says about the file."""
    if not record.is_file():
        return "ok"
    db = sqlite3.connect(record)
    said = str(db.execute("PRAGMA integrity_check").fetchone()[0])
    db.close()
    return said


def one_kill(record: Path, run: str, delay: float, die_at: int) -> dict[str, object]:
    """Kill a run after so many seconds or at some event, let it go on to its end, and report both halves."""
    did = record.with_suffix(".did")
    child = forked(lambda: run_or_resume(record, run, did, die_at))
    if not die_at:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    checked = integrity(record)
    before = events_of(record, run)
    ended = any(isinstance(event, ev.RunEnded) for event in before)
    code = os.waitstatus_to_exitcode(os.waitpid(forked(lambda: run_or_resume(record, run, did)), 0)[1])
    after = events_of(record, run)
    return {
        "killed": killed == -signal.SIGKILL and not ended,
        "integrity": [checked, integrity(record)],
        "code": code,
        "events": [len(before), len(after)],
        "kept": after[: len(before)] == before,
        "table": _table(after),
        "repeated": _repeated(before, after, json.loads(did.read_text()) if code == 0 else {}),
    }


def _table(events: list[ev.Event]) -> object:
    tables = [event for event in events if isinstance(event, ev.TableChanged)]
    if not tables or tables[-1].stage is not ev.Stage.FINAL:
        return None
    return [[[cell.text, cell.status.value] for cell in row.cells] for row in tables[-1].table.rows]


def _repeated(before: list[ev.Event], after: list[ev.Event], did: dict[str, list[str]]) -> list[str]:
    """What was done again though it was finished and on record."""
    found: list[str] = []
    done = {event.agent for event in before if isinstance(event, ev.AgentFinished)}
    new = after[len(before) :]
    found += [f"{e.agent} replied again" for e in new if isinstance(e, ev.Replied) and e.agent in done]
    replies = [(e.agent, e.turn) for e in after if isinstance(e, ev.Replied)]
    found += [f"{key} twice" for key in set(replies) if replies.count(key) > 1]
    pages = {e.document.url for e in before if isinstance(e, ev.DocumentSaved) and e.document.kind == "page"}
    found += [f"fetched {url} again" for url in did.get("fetched", []) if url in pages]
    asked = {e.query for e in before if isinstance(e, ev.Searched)}
    found += [f"searched {query} again" for query in did.get("searched", []) if query in asked]
    return found


def main(folder: Path, seed: int, times: int) -> None:
    """A whole run for comparison, then the killed ones, a line of JSON each."""
    draw = random.Random(seed)
    whole = folder / "whole.sqlite"
    began = time.monotonic()
    os.waitpid(forked(lambda: run_or_resume(whole, "whole", folder / "whole.did")), 0)
    span = time.monotonic() - began
    events = events_of(whole, "whole")
    print(json.dumps({"events": len(events), "table": _table(events)}), flush=True)
    for number in range(times):
        delay, die_at = draw.uniform(0.1, 0.8) * span, draw.randint(1, len(events)) if number % 2 else 0
        print(json.dumps(one_kill(folder / f"{number}.sqlite", f"run{number}", delay, die_at)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
